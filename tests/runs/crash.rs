//! Killed at any instant, a run goes on: the same result, each task landed once, nothing lost, nobody left.
//!
//! `ORCA_TEST_EXHAUSTIVE=1` tries every crash point; without it every k-th is tried, from a start that is printed and
//! can be given as `ORCA_TEST_SEED`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::{TestRepo, until};
use git_orca::journal::{RunOutcome, RunState, read_entries};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

/// Sixteen tasks in four layers, in worktrees with setup, teardown, a submodule and a filter: committed and uncommitted
/// work, a deletion, a link, a file that becomes a program, a file changed by two (solved by a rule), a task that only verifies, a commit taken back.
fn plan() -> Value {
    let task = |id: &str, after: &[&str], run: &str| json!({"id": id, "after": after, "run": run});
    json!([
        task("T01", &[], "put one.txt 1"),
        task("T02", &[], "put two.txt 2; git add two.txt; git commit -qm two; put two.txt '2 more'"),
        task("T03", &[], "put dir/three.txt 3; git rm -q old.txt"),
        task("T04", &["T01"], "cat one.txt; echo 4 >> log.md; announce log.md"),
        task("T05", &["T02"], "put five.txt \"$(cat two.txt)\"; echo 5 >> log.md; announce log.md"),
        task("T06", &["T01", "T03"], "put x x; git add x; git commit -qm x; git rm -q x; put six.txt 6"),
        json!({"id": "T07", "kind": "verify", "after": ["T04", "T05"], "run": "grep -q 4 log.md; grep -q 5 log.md"}),
        task("T08", &["T06"], "put eight.txt 8; git add eight.txt"),
        task("T09", &["T07"], "put nine.txt \"$(cat five.txt)\""),
        task("T10", &["T08"], "put dir/three.txt 33"),
        task("T11", &["T09", "T10"], "put eleven.txt \"$(cat nine.txt dir/three.txt)\""),
        task("T12", &["T11"], "cat eleven.txt eight.txt; put twelve.txt 12"),
        task("T13", &["T01"], INSIDE),
        task("T15", &["T03"], "ln -s dir/three.txt points; git add points; git commit -qm points"),
        task("T16", &[], "chmod +x kept.sh; echo 16 > sixteen.txt; announce sixteen.txt"),
        task("T14", &["T02"], "grep -q made .inst; printf 'quiet\\n' > loud.up"),
    ])
}

/// A commit inside the submodule, the same whenever it is made.
const INSIDE: &str = "cd lib; echo inner > inner.txt; git add -A; GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' \
    GIT_COMMITTER_DATE='2026-01-01T00:00:00Z' git -c user.name=A -c user.email=a@example.org commit -qm inner";

/// A repository beside the other, that is its submodule `lib`; its commits are the same in every bed.
fn add_submodule(bed: &TestRepo) {
    let up = bed.root().join("up");
    std::fs::create_dir(&up).unwrap();
    std::fs::write(up.join("lib.txt"), "lib\n").unwrap();
    let date = "2026-01-01T00:00:00Z";
    for args in [&["init", "-q", "-b", "main"][..], &["add", "-A"], &["commit", "-qm", "lib"]] {
        let mut git = bed.command("git");
        git.current_dir(&up).env("GIT_AUTHOR_DATE", date).env("GIT_COMMITTER_DATE", date);
        git.args(["-c", "user.name=A", "-c", "user.email=a@example.org"]).args(args);
        assert!(git.status().unwrap().success(), "{args:?}");
    }
    bed.git(&["-c", "protocol.file.allow=always", "submodule", "add", "-q", "../up", "lib"]);
}

fn bed() -> TestRepo {
    let bed = TestRepo::in_memory();
    bed.write("log.md", "begin\n");
    bed.write("old.txt", "old\n");
    bed.write(".gitattributes", "*.up filter=upper\n");
    for (key, value) in [("filter.upper.clean", "tr a-z A-Z"), ("filter.upper.smudge", "tr A-Z a-z")] {
        bed.git(&["config", key, value]);
    }
    bed.write("kept.up", "kept\n");
    bed.write("kept.sh", "kept\n");
    add_submodule(&bed);
    bed.toml(
        "[worktree]\nsetup = \"echo made > .inst; echo TOKEN > .env\"\nteardown = \"rm -f .inst\"\n\
         [gates.there]\nrun = \"test -e log.md && test -e lib/lib.txt && grep -q kept kept.up\"\non = \"merged\"\n\
         [conflicts]\nunion = [\"log.md\"]\n",
    );
    bed.plan(plan());
    bed.commit("the beginning");
    bed
}

/// What an undisturbed run comes to: files and landings.
#[derive(Debug, PartialEq)]
struct Result {
    files: BTreeMap<String, String>,
    landings: BTreeMap<String, usize>,
}

fn result(bed: &TestRepo) -> Result {
    let mut files = bed.files(&bed.integration());
    // Of a submodule its commit, which its own repository must have: nothing else holds what was made there.
    let pointer = bed.git(&["rev-parse", &format!("{}:lib", bed.integration())]);
    let made = bed.git_in(&bed.repo().join(".git/modules/lib"), &["show", &format!("{pointer}:inner.txt")]);
    files.insert("modes".to_owned(), bed.git(&["ls-tree", "-r", "--format=%(objectmode) %(path)", &bed.integration()]));
    files.insert("lib".to_owned(), format!("{pointer} {made}"));
    // Which of the two lines comes first follows from who landed first.
    let log = files.get_mut("log.md").unwrap();
    let mut lines: Vec<&str> = log.split('|').collect();
    lines.sort_unstable();
    *log = lines.join("|");
    Result { files, landings: bed.landings() }
}

fn assert_whole(bed: &TestRepo, expected: &Result, what: &str) {
    let state = bed.state();
    assert_eq!(state.finished.as_ref().map(|(_, outcome)| *outcome), Some(RunOutcome::Done), "{what}");
    assert_eq!(&result(bed), expected, "{what}");
    assert_eq!(
        bed.git(&["log", "--all", "--format=%H", "--", ".env", ".inst"]),
        "",
        "set-up's files are in no history: {what}"
    );
    bed.assert_lossless();
    bed.assert_no_processes();
    bed.assert_no_markers();
    let entries = read_entries(&bed.paths().journal()).unwrap();
    assert_eq!(RunState::replay(&entries).unwrap(), state, "{what}");
    let locks =
        std::process::Command::new("find").arg(bed.repo().join(".git")).args(["-name", "*.lock"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&locks.stdout), "", "{what}");
}

/// Goes on after a kill as a person would: resume; begin again when nothing had begun.
pub fn go_on(bed: &TestRepo, what: &str) {
    let begun = bed.try_state();
    let output = match begun {
        Some(_) => bed.orca(&["resume"]),
        None => bed.execute(&["--new", "-j", "2"]),
    };
    assert_eq!(output.code, 0, "{what}\n{}", output.stderr);
}

/// Runs `job` for every number, two at a time.
pub fn in_twos(numbers: &[usize], job: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(n) = numbers.get(next.fetch_add(1, Ordering::Relaxed)) {
                    job(*n);
                }
            });
        }
    });
}

fn exhaustive() -> bool {
    std::env::var_os("ORCA_TEST_EXHAUSTIVE").is_some()
}

/// Numbers of about `at_most` crash points of these, evenly apart from a start that is another each time; all, if asked for.
pub fn chosen_points(points: &[String], at_most: usize) -> Vec<usize> {
    let step = if exhaustive() { 1 } else { points.len().div_ceil(at_most) };
    let start = usize::try_from(seed()).unwrap() % step;
    (1 + start..=points.len()).step_by(step).collect()
}

/// A number that differs from run to run unless it is given.
fn seed() -> u64 {
    let given = std::env::var("ORCA_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| jiff::Timestamp::now().as_millisecond().unsigned_abs() % 1_000_000);
    eprintln!("ORCA_TEST_SEED={seed}");
    seed
}

fn undisturbed() -> (TestRepo, Result) {
    let bed = bed();
    let trace = bed.out("trace");
    let running = bed.spawn_with(&["execute", "--yes", "-j", "1"], &[("ORCA_CRASH_TRACE", trace.to_str().unwrap())]);
    running.wait().exits(0);
    let found = result(&bed);
    assert!(found.files["modes"].contains("120000 points") && found.files["modes"].contains("100755 kept.sh"));
    assert_eq!(found.landings.len(), 15, "all but the one that verifies: {found:?}");
    assert_whole(&bed, &found, "undisturbed");
    (bed, found)
}

/// Tried at least in CI, so that the whole stays below a minute and a half there.
const SAMPLED: usize = 24;

/// Points at the end that are always tried.
const LAST: usize = 12;

#[test]
fn killed_at_any_crash_point_a_run_goes_on_to_the_same_result() {
    let (first, expected) = undisturbed();
    let points = first.notes("trace");
    let step = if exhaustive() { 1 } else { points.len().div_ceil(SAMPLED) };
    let begin = usize::try_from(seed()).unwrap() % step;
    // The last ones always: there the run has said its last word, and resume has nothing to run.
    let last = points.len().saturating_sub(LAST) + 1..=points.len();
    let mut chosen: Vec<usize> = (1 + begin..=points.len()).step_by(step).chain(last).collect();
    chosen.sort_unstable();
    chosen.dedup();
    eprintln!("{} crash points of {}, every {step}.", chosen.len(), points.len());
    in_twos(&chosen, |n| {
        let what = format!("killed at {}", points[n - 1]);
        let bed = bed();
        let running = bed.spawn_with(&["execute", "--yes", "-j", "1"], &[("ORCA_CRASH_AT", &n.to_string())]);
        let code = running.wait().code;
        // Two threads may swap their hits, so that a run can end before its last ones.
        if code != 0 {
            assert_eq!(code, 128 + 9, "{what}");
            go_on(&bed, &what);
        }
        assert_whole(&bed, &expected, &what);
    });
}

#[test]
fn killed_again_while_it_resumes_a_run_goes_on_to_the_same_result() {
    let (first, expected) = undisturbed();
    let trace = first.notes("trace");
    let points = trace.len();
    // Before the journal's first entry is on the disk there is no run to be resumed.
    let begun = 1 + trace.iter().position(|line| line.ends_with("journal.synced")).unwrap();
    let rounds = if exhaustive() { 40 } else { 4 };
    let seed = usize::try_from(seed()).unwrap();
    let numbers: Vec<usize> = (0..rounds).collect();
    in_twos(&numbers, |round| {
        let bed = bed();
        let at = begun + 1 + (seed + round * 7919) % (points / 2);
        bed.spawn_with(&["execute", "--yes", "-j", "1"], &[("ORCA_CRASH_AT", &at.to_string())]).wait();
        let mut killed = vec![at];
        // Each time a little further, until it comes through.
        for more in 0..6 {
            let at = 1 + (seed + round * 31 + more * 17) % 40;
            let output = bed.spawn_with(&["resume"], &[("ORCA_CRASH_AT", &at.to_string())]).wait();
            killed.push(at);
            if output.code == 0 {
                break;
            }
            assert_eq!(output.code, 128 + 9, "killed at {killed:?}\n{}", output.stderr);
        }
        go_on(&bed, &format!("killed at {killed:?}"));
        assert_whole(&bed, &expected, &format!("killed at {killed:?}"));
    });
}

#[test]
fn killed_from_outside_at_any_time_with_four_agents_a_run_goes_on_to_the_same_result() {
    let (_, expected) = undisturbed();
    let timed = bed();
    let begun = Instant::now();
    timed.execute(&["-j", "4"]).exits(0);
    let whole = begun.elapsed();
    assert_whole(&timed, &expected, "four agents");
    let rounds = if exhaustive() { 60 } else { 8 };
    let seed = seed();
    let numbers: Vec<usize> = (0..rounds).collect();
    in_twos(&numbers, |round| {
        let bed = bed();
        let share = (seed.wrapping_mul(2_654_435_761).wrapping_add(round as u64 * 1_000_003) % 1000) as f64 / 1000.0;
        let at = whole.mul_f64(share);
        let what = format!("killed after {at:?} of {whole:?}");
        let mut running = bed.spawn(&["execute", "--yes", "-j", "4"]);
        let due = Instant::now() + at;
        // The time is the point here: nothing that could be waited for says when.
        while Instant::now() < due && !running.has_ended() {
            std::thread::sleep(Duration::from_millis(1));
        }
        if !running.has_ended() {
            running.signal(Signal::SIGKILL);
        }
        if running.wait().code != 0 {
            go_on(&bed, &what);
        }
        assert_whole(&bed, &expected, &what);
    });
}

#[test]
fn a_journal_without_its_last_line_is_gone_on_with() {
    let (_, expected) = undisturbed();
    let bed = bed();
    let running = bed.spawn_with(&["execute", "--yes", "-j", "1"], &[("ORCA_CRASH_AT", "150")]);
    assert_eq!(running.wait().code, 128 + 9);
    let journal = bed.paths().journal();
    let bytes = std::fs::read(&journal).unwrap();
    std::fs::write(&journal, &bytes[..bytes.len() - 7]).unwrap();
    go_on(&bed, "torn");
    assert_whole(&bed, &expected, "torn");
}

#[test]
fn a_slot_whose_folder_is_gone_is_made_again() {
    let bed = TestRepo::new();
    let go = bed.fifo("go");
    bed.plan(json!([{"id": "A", "run": "block go; put a.txt a"}]));
    let running = bed.spawn(&["execute", "--yes"]);
    let held = go.wait();
    assert!(!bed.processes().is_empty(), "they are seen while they run");
    running.signal(Signal::SIGKILL);
    running.wait();
    drop(held);
    until("its processes are gone", || bed.processes().is_empty());
    std::fs::remove_dir_all(bed.slots().join("a1")).unwrap();
    let again = bed.spawn(&["resume"]);
    drop(go.wait());
    again.wait().exits(0);
    assert_eq!(bed.result("a.txt"), "a");
}

/// Two tasks that clash, each begun before the other is through, and an agent that merges what clashed: in a file with wide
/// markers, and in one whose merge driver fails without any.
fn clashing() -> TestRepo {
    let bed = TestRepo::in_memory();
    bed.write("list.txt", "one\ntwo\nthree\n");
    bed.write("never.txt", "one\ntwo\nthree\n");
    bed.write(".gitattributes", "list.txt conflict-marker-size=20\nnever.txt merge=never\n");
    bed.git(&["config", "merge.never.driver", "false"]);
    let script = "#!/bin/sh -e\nnote began.$ORCA_TASK x\n\
        until test -e OUT/began.A && test -e OUT/began.B; do sleep 0.02; done\n\
        if ! grep -q '^two$' list.txt || grep -q '^<<<<<<<' list.txt; then printf 'one\\ntwee zwei\\nthree\\n' | tee list.txt > never.txt; git add never.txt\n\
        elif test $ORCA_TASK = A; then sed -i s/two/twee/ list.txt never.txt; else sed -i s/two/zwei/ list.txt never.txt; fi\n\
        announce list.txt never.txt\n";
    bed.program("mine", &script.replace("OUT", bed.out("").to_str().unwrap().trim_end_matches('/')));
    bed.toml("[run]\nagent = \"mine\"\n[agents.mine]\ncommand = [\"mine\"]\n");
    bed.plan(json!([{"id": "A"}, {"id": "B"}]));
    bed.commit("the beginning");
    bed
}

#[test]
fn killed_while_a_clash_is_solved_a_run_goes_on_to_the_same_result() {
    let first = clashing();
    let trace = first.out("trace");
    let begun = first.spawn_with(&["execute", "--yes", "-j", "2"], &[("ORCA_CRASH_TRACE", trace.to_str().unwrap())]);
    begun.wait().exits(0);
    let solved = |bed: &TestRepo| bed.state().tasks.iter().flat_map(|task| task.rules.clone()).collect::<Vec<_>>();
    let why: Vec<_> = first
        .state()
        .tasks
        .iter()
        .flat_map(|task| &task.attempts)
        .map(|it| format!("{:?} {:?}", it.role, it.failure()))
        .collect();
    assert_eq!(solved(&first), ["agent list.txt", "agent never.txt"], "{why:?}");
    let points = first.notes("trace");
    in_twos(&chosen_points(&points, 8), |n| {
        let what = format!("killed at {}", points[n - 1]);
        let bed = clashing();
        let running = bed.spawn_with(&["execute", "--yes", "-j", "2"], &[("ORCA_CRASH_AT", &n.to_string())]);
        let code = running.wait().code;
        if code != 0 {
            assert_eq!(code, 128 + 9, "{what}");
            go_on(&bed, &what);
        }
        let state = bed.state();
        assert_eq!(state.finished.as_ref().map(|(_, outcome)| *outcome), Some(RunOutcome::Done), "{what}");
        for file in ["list.txt", "never.txt"] {
            assert_eq!(bed.result(file), "one\ntwee zwei\nthree", "{what}: {file}");
        }
        assert_eq!(bed.landings().values().copied().collect::<Vec<_>>(), [1, 1], "{what}");
        assert_eq!(RunState::replay(&bed.journal()).unwrap(), state, "{what}");
        bed.assert_lossless();
        bed.assert_no_processes();
        bed.assert_no_markers();
    });
}
