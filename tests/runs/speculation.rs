//! Tasks that start on a candidate before it is judged: what becomes of their work when it is given up.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::crash::{chosen_points, go_on, in_twos};
use crate::support::{TestRepo, until};
use git_orca::journal::{Event, RunOutcome, RunState};
use serde_json::json;

/// A task `A` whose first work the merged gate refuses, but not before `C`, which waits for `A` and starts on the candidate,
/// is through. `first` and `second` are what `A` writes, `edit` is what `C` does with it.
fn bed(first: &str, second: &str, edit: &str) -> TestRepo {
    let bed = TestRepo::in_memory();
    let script = format!(
        "#!/bin/sh -e\ncase $ORCA_TASK in\n\
         A) if test -e '{out}/saw'; then put a.txt {second}; else put a.txt {first}; put bad.txt bad; fi;;\n\
         C) {edit};;\nesac\n",
        out = bed.out("").display()
    );
    bed.program("mine", &script);
    let gate = "test -e bad.txt || exit 0\nuntil test -e OUT/go; do sleep 0.02; done\nnote saw bad\nexit 1\n";
    bed.write("gate.sh", &gate.replace("OUT", bed.out("").to_str().unwrap().trim_end_matches('/')));
    bed.toml(
        "[run]\nagent = \"mine\"\nspeculate = true\n[agents.mine]\ncommand = [\"mine\"]\n\
         [gates.whole]\nrun = \"sh gate.sh\"\non = \"merged\"\n",
    );
    bed.plan(json!([{"id": "A"}, {"id": "C", "after": ["A"]}]));
    bed.commit("the beginning");
    bed
}

/// Does `job`, and lets the gate speak once `C` has begun and ended.
fn until_c_is_through<T>(bed: &TestRepo, job: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let ended = |state: RunState| state.tasks[1].last().is_some_and(|last| !last.is_open());
            let go = || over.load(Ordering::Relaxed) || bed.try_state().is_some_and(ended);
            until("C is through", go);
            std::fs::write(bed.out("go"), "").unwrap();
        });
        let done = job();
        over.store(true, Ordering::Relaxed);
        done
    })
}

/// Nothing of the work that was refused is in the history of a head, and each task landed once.
fn assert_clean(bed: &TestRepo, what: &str) {
    let state = bed.state();
    assert_eq!(state.finished.as_ref().map(|(_, outcome)| *outcome), Some(RunOutcome::Done), "{what}");
    assert_eq!(RunState::replay(&bed.journal()).unwrap(), state, "{what}");
    for head in state.heads.values() {
        assert_eq!(bed.git(&["log", "--format=%H", head.commit.as_str(), "--", "bad.txt"]), "", "{what}");
    }
    assert_eq!(bed.landings().values().copied().collect::<Vec<_>>(), [1, 1], "{what}");
    bed.assert_lossless();
    bed.assert_no_processes();
    bed.assert_no_markers();
}

fn begun_early(bed: &TestRepo) -> bool {
    bed.journal().iter().any(|it| matches!(&it.event, Event::AttemptIntended(it) if it.candidate.is_some()))
}

/// What was carried: whether it could be.
fn carried(bed: &TestRepo) -> Vec<bool> {
    let of = |event: &Event| if let Event::Replayed { work, .. } = event { Some(work.is_some()) } else { None };
    bed.journal().iter().filter_map(|entry| of(&entry.event)).collect()
}

const EDIT: &str = "put c.txt one; git add c.txt; git commit -qm 'the first of two'; put d.txt \"$(cat a.txt)\"";

#[test]
fn own_commits_are_carried_from_a_red_candidate_onto_what_landed() {
    let bed = bed("a", "a", EDIT);
    let said = until_c_is_through(&bed, || bed.execute(&["-j", "2"])).exits(0);
    assert!(begun_early(&bed));
    assert_eq!(carried(&bed), [true]);
    assert!(said.stderr.contains("carried onto what landed"), "{}", said.stderr);
    assert_clean(&bed, "undisturbed");
    assert_eq!(bed.state().tasks[1].attempts.len(), 1, "nothing is done again");
    assert_eq!((bed.result("c.txt"), bed.result("d.txt")), ("one".to_owned(), "a".to_owned()));
    let (now, before) =
        (bed.attempt("C", 1), bed.git(&["rev-parse", &format!("refs/orca/runs/{}/before-replay/C/1", bed.run())]));
    let told = |of: &str| bed.git(&["log", "-2", "--format=%an %ae %at %s", of]);
    assert_eq!(told(&now), told(&before), "each commit by its author and with its words");
    assert_eq!(bed.git(&["rev-parse", &format!("{now}~2")]), bed.state().tasks[1].attempts[0].base.as_str());
}

#[test]
fn what_clashes_with_what_landed_instead_is_done_again() {
    let bed = bed("first", "second", "put a.txt \"$(cat a.txt) C\"");
    until_c_is_through(&bed, || bed.execute(&["-j", "2"])).exits(0);
    assert_eq!(carried(&bed), [false]);
    assert_clean(&bed, "undisturbed");
    assert_eq!(bed.result("a.txt"), "second C");
    assert_eq!(bed.state().tasks[1].attempts.len(), 2);
}

#[test]
fn without_the_setting_nothing_starts_early() {
    let bed = bed("a", "a", EDIT);
    bed.write("gate.sh", "note saw bad\ntest ! -e bad.txt\n");
    bed.commit("a gate that waits for nobody");
    bed.spawn_with(&["execute", "--yes", "-j", "2"], &[("ORCA_SPECULATE", "false")]).wait().exits(0);
    assert!(!begun_early(&bed));
    assert_clean(&bed, "off");
}

#[test]
fn killed_while_work_stands_on_a_candidate_a_run_goes_on_to_the_same_result() {
    let first = bed("a", "a", EDIT);
    let trace = first.out("trace");
    until_c_is_through(&first, || {
        let trace = [("ORCA_CRASH_TRACE", trace.to_str().unwrap())];
        first.spawn_with(&["execute", "--yes", "-j", "2"], &trace).wait().exits(0);
    });
    let points = first.notes("trace");
    in_twos(&chosen_points(&points, 10), |n| {
        let what = format!("killed at {}", points[n - 1]);
        let bed = bed("a", "a", EDIT);
        until_c_is_through(&bed, || {
            let running = bed.spawn_with(&["execute", "--yes", "-j", "2"], &[("ORCA_CRASH_AT", &n.to_string())]);
            let code = running.wait().code;
            if code != 0 {
                assert_eq!(code, 128 + 9, "{what}");
                go_on(&bed, &what);
            }
        });
        assert_clean(&bed, &what);
        assert_eq!((bed.result("c.txt"), bed.result("d.txt")), ("one".to_owned(), "a".to_owned()), "{what}");
    });
}
