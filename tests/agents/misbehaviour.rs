//! Agents that reach beyond their task in git, with every fence there is and without one: caught or stopped, their work
//! kept, everybody else's untouched to the byte.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::support::{Options, TestRepo, TestRequirement, fences, needs};
use git_orca::journal::{AttemptOutcome, Event};
use serde_json::json;

/// A repository whose user is in the middle of things: two stashes, a branch, a remote, something staged.
fn busy_bed() -> TestRepo {
    let bed = TestRepo::new();
    bed.git_in(&bed.root(), &["init", "-q", "--bare", "bare.git"]);
    bed.git(&["remote", "add", "origin", "../bare.git"]);
    bed.git(&["branch", "dev"]);
    for text in ["one", "two"] {
        bed.write("README.md", text);
        bed.git(&["stash", "push", "-q", "-m", text]);
    }
    bed.write("staged.txt", "staged\n");
    bed.git(&["add", "staged.txt"]);
    bed
}

/// Everything that is not the run's: files of the shared folder and of the checkout, refs, the remote.
fn others(bed: &TestRepo) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut file = |path: &Path| {
        if let Ok(bytes) = std::fs::read(path) {
            all.insert(path.display().to_string(), bytes);
        }
    };
    let common = bed.repo().join(".git");
    for name in ["config", "index", "HEAD", "info/exclude", "info/attributes", "logs/refs/stash", "logs/refs/heads/dev"]
    {
        file(&common.join(name));
    }
    for item in std::fs::read_dir(common.join("hooks")).into_iter().flatten().flatten() {
        file(&item.path());
    }
    for name in ["README.md", "staged.txt"] {
        file(&bed.repo().join(name));
    }
    let refs = bed.refs().into_iter().filter(|line| !line.contains("refs/orca/") && !line.contains("/orca"));
    all.insert("refs".to_owned(), refs.collect::<Vec<_>>().join("\n").into_bytes());
    let remote = bed.git_in(&bed.root().join("bare.git"), &["for-each-ref"]);
    all.insert("remote".to_owned(), remote.into_bytes());
    all
}

#[track_caller]
fn assert_same(before: &BTreeMap<String, Vec<u8>>, after: &BTreeMap<String, Vec<u8>>, what: &str) {
    let text = |bytes: Option<&Vec<u8>>| bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    for name in before.keys().chain(after.keys()) {
        assert_eq!(text(before.get(name)), text(after.get(name)), "{what}: {name}");
    }
}

/// Whether some ref reaches a file of this content.
pub(super) fn is_kept(bed: &TestRepo, content: &str) -> bool {
    let mut hash = bed.command("git");
    hash.args(["hash-object", "--stdin"]).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = hash.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), content.as_bytes()).unwrap();
    let blob = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    bed.git(&["rev-list", "--objects", "--all"]).lines().any(|line| line.starts_with(blob.trim()))
}

/// Why the first attempt of a task failed; empty when it did not.
fn failure(bed: &TestRepo, task: &str) -> String {
    let reason = bed.journal().into_iter().find_map(|entry| match entry.event {
        Event::AttemptEnded { attempt, outcome: AttemptOutcome::Failed { reason, .. }, .. }
            if attempt.task.to_string() == task =>
        {
            Some(reason)
        }
        _ => None,
    });
    reason.unwrap_or_default()
}

/// What comes of one misbehaviour.
struct Case {
    /// Done by task A after it wrote and committed `a.txt`, by `sh -e`; B has landed before, C comes after.
    does: &'static str,
    /// Said about it where nothing stopped it.
    caught: &'static str,
}

/// Runs it with every fence: A's work is kept, B and C land, everybody else's is untouched, and A is either stopped by
/// the fence (its command fails, and with it the script) or caught.
#[track_caller]
fn misbehaves(case: &Case) {
    fences().into_iter().for_each(|fence| misbehaves_in(fence, case));
}

/// What reaches nobody else inside a fence of bubblewrap, where an agent has git's shared files for itself, and is caught
/// elsewhere.
fn reaches_itself_alone(case: &Case) {
    let (own, shared): (Vec<&str>, Vec<&str>) =
        fences().into_iter().partition(|fence| matches!(*fence, "repository" | "bwrap"));
    shared.into_iter().for_each(|fence| misbehaves_in(fence, case));
    for fence in own {
        let bed = busy_bed();
        let before = others(&bed);
        let does = format!("echo precious > a.txt; git add a.txt; git commit -qm a\n{}", case.does);
        bed.plan(json!([{"id": "A", "run": does}, {"id": "B", "after": ["A"], "run": "git config --get-regexp 'user.name|remote.evil' > seen.txt || true"}]));
        bed.execute(&["--sandbox", fence, "-j", "1"]).exits(0);
        assert_same(&before, &others(&bed), &format!("sandbox {fence}: {}", case.does));
        let seen = bed.result("seen.txt");
        assert!(!seen.contains("Mallory") && !seen.contains("evil"), "{fence}: the next one sees it: {seen}");
    }
}

fn misbehaves_in(fence: &str, case: &Case) {
    let bed = busy_bed();
    let before = others(&bed);
    let does = format!("echo precious > a.txt; git add a.txt; git commit -qm a; echo more > b.txt\n{}", case.does);
    bed.plan(json!([
        {"id": "B", "run": "echo b > b-only.txt"},
        {"id": "A", "after": ["B"], "run": does},
        {"id": "C", "run": "echo c > c-only.txt"},
    ]));
    bed.execute(&["--sandbox", fence, "--attempts", "1", "-j", "1"]).exits(4);
    let what = format!("sandbox {fence}: {}", case.does);
    assert_eq!(bed.standings(), "B landed, A failed, C landed", "{what}");
    assert_same(&before, &others(&bed), &what);
    assert!(is_kept(&bed, "precious\n") && is_kept(&bed, "more\n"), "{what}: its work");
    let why = failure(&bed, "A");
    if fence == "off" {
        assert!(why.contains(case.caught), "{what}: `{why}` lacks `{}`", case.caught);
    }
    assert!(!why.is_empty(), "{what}");
    assert!(bed.git(&["rev-parse", &format!("orca/{}/task/B", bed.run())]).len() == 40, "{what}: B's branch");
    bed.git(&["fsck", "--connectivity-only"]);
    bed.assert_no_processes();
}

#[test]
fn stash_pop() {
    misbehaves(&Case { does: "git stash pop", caught: "the stash (`git stash pop`; put back)" });
}

#[test]
fn stash_of_its_own() {
    misbehaves(&Case { does: "echo x > a.txt; git stash; exit 1", caught: "the stash (`git stash`; put back)" });
}

#[test]
fn delete_a_sibling() {
    misbehaves(&Case {
        does: "git branch -D orca/$ORCA_RUN/task/B; exit 1",
        caught: "/task/B` deleted (`git branch -D",
    });
}

#[test]
fn delete_a_branch_of_the_user() {
    misbehaves(&Case { does: "git branch -D dev", caught: "`dev` deleted (`git branch -D dev`; put back)" });
}

#[test]
fn commit_on_a_branch_of_the_user() {
    misbehaves(&Case {
        does: "git update-ref refs/heads/main $(git commit-tree -p main -m evil 'HEAD^{tree}')",
        caught: "`main` (`git update-ref refs/heads/main",
    });
}

#[test]
fn add_a_remote() {
    reaches_itself_alone(&Case {
        does: "git remote add evil /nowhere",
        caught: "`.git/config` (`git remote add evil /nowhere`; put back)",
    });
}

#[test]
fn push_to_a_remote() {
    misbehaves(&Case { does: "git push origin HEAD:refs/heads/evil", caught: "exit 128" });
    misbehaves(&Case { does: "git push --no-verify ../../bare.git HEAD:refs/heads/evil", caught: "exit 128" });
}

#[test]
fn configuration() {
    reaches_itself_alone(&Case {
        does: "git config user.name Mallory",
        caught: "`.git/config` (`git config user.name Mallory`; put back)",
    });
}

#[test]
fn hooks() {
    let does = r#"h="$(git rev-parse --git-common-dir)/hooks"; mkdir -p "$h"; echo '#!/bin/sh' > "$h/pre-commit""#;
    misbehaves(&Case { does, caught: "`.git/hooks/pre-commit`" });
}

#[test]
fn exclude_list() {
    let does = r#"echo '*.txt' >> "$(git rev-parse --git-common-dir)/info/exclude""#;
    misbehaves(&Case { does, caught: "`.git/info/exclude`" });
}

#[test]
fn reset_below_its_base() {
    misbehaves(&Case {
        does: "git reset -q --hard HEAD~2; echo late > late.txt; git add late.txt; git commit -qm late",
        caught: "it rewrote the commit it started from",
    });
}

#[test]
fn deleted_dot_git() {
    misbehaves(&Case { does: "rm -rf .git; exit 1", caught: "the `.git` of its worktree" });
}

#[test]
fn gc_and_prune() {
    for fence in fences() {
        let bed = busy_bed();
        bed.write("loose.txt", "somebody's, in no commit yet\n");
        let loose = bed.git(&["hash-object", "-w", "loose.txt"]);
        bed.plan(json!([{"id": "A", "run": "echo precious > a.txt; git add a.txt; git gc --prune=now && exit 3; git prune --expire=now && exit 3; exit 0"}]));
        bed.execute(&["--sandbox", fence]).exits(0);
        assert_eq!(bed.result("a.txt"), "precious");
        bed.git(&["cat-file", "-e", &loose]);
        bed.git(&["fsck", "--connectivity-only"]);
    }
}

/// The same without git's settings: a fence stops it at the packs. Where nothing does, it is told, and what has a ref is
/// there still: the agent's own work, the others', and the user's.
#[test]
fn gc_with_an_emptied_environment() {
    for fence in fences() {
        let bed = busy_bed();
        let before = others(&bed);
        bed.git(&["gc", "-q"]);
        let packs = || std::fs::read_dir(bed.repo().join(".git/objects/pack")).unwrap().count();
        let packed = packs();
        bed.plan(json!([
            {"id": "B", "run": "echo b > b-only.txt"},
            {"id": "A", "after": ["B"], "run": "echo precious > a.txt; git add a.txt; git commit -qm a; env -i PATH=\"$PATH\" git gc -q --prune=now || echo refused > how.txt; test -e how.txt || echo done > how.txt"},
            {"id": "C", "after": ["A"], "run": "echo c > c-only.txt"},
        ]));
        bed.execute(&["--sandbox", fence, "-j", "1"]).exits(0);
        assert_eq!(bed.result("how.txt"), if fence == "off" { "done" } else { "refused" }, "{fence}");
        assert!(fence == "off" || packs() == packed, "{fence}: {} packs, {packed} before", packs());
        assert_same(&before, &others(&bed), fence);
        assert!(is_kept(&bed, "precious\n") && bed.result_has("b-only.txt") && bed.result_has("c-only.txt"), "{fence}");
        assert_eq!(bed.git(&["stash", "list"]).lines().count(), 2, "{fence}");
        bed.git(&["fsck", "--connectivity-only"]);
    }
}

/// B runs while A commits on its branch: B's own commit has no part of it.
#[test]
fn commit_on_a_running_sibling() {
    for fence in fences() {
        let bed = busy_bed();
        let go = bed.fifo("go");
        let evil = "echo evil > evil.txt; git add evil.txt; git update-ref refs/heads/orca/$ORCA_RUN/task/B $(git commit-tree -p HEAD -m evil $(git write-tree))";
        bed.plan(json!([
            {"id": "B", "run": "block go; echo b > b.txt; git add b.txt; git commit -qm b"},
            {"id": "A", "run": format!("echo precious > a.txt; {evil}")},
        ]));
        let running = bed.spawn(&["execute", "--yes", "-j", "2", "--attempts", "1", "--sandbox", fence]);
        let held = go.wait();
        crate::support::until("A has failed", || bed.try_state().is_some() && bed.standings().ends_with("A failed"));
        drop(held);
        running.wait().exits(4);
        assert_eq!(bed.standings(), "B landed, A failed", "{fence}");
        assert!(failure(&bed, "A").contains("/task/B` (`git update-ref"), "{fence}: {}", failure(&bed, "A"));
        assert!(!bed.result_has("evil.txt") && bed.result("b.txt") == "b", "{fence}");
        assert!(is_kept(&bed, "precious\n") && is_kept(&bed, "evil\n"), "{fence}");
    }
}

/// What was put back is listed as saved work, can be looked at and brought back.
#[test]
fn what_was_put_back_can_be_found_again() {
    let bed = busy_bed();
    let evil = "git update-ref refs/heads/dev $(echo evil > e.txt; git add e.txt; git commit-tree -p main -m evil $(git write-tree))";
    bed.plan(json!([{"id": "A", "run": format!("git config user.name Mallory; {evil}; exit 1")}]));
    bed.execute(&["--sandbox", "off"]).exits(4);
    let listed = bed.orca(&["salvage"]).exits(0).stdout;
    for what in ["A.1   outside files", "A.1   outside heads/dev"] {
        assert!(listed.contains(what), "{what}:\n{listed}");
    }
    let shown = bed.orca(&["salvage", "show", "outside/A/1/files"]).exits(0).stdout;
    assert!(shown.contains("\n  config  +"), "{shown}");
    bed.orca(&["salvage", "restore", "outside/A/1/heads/dev", "--branch", "looked-at"]).exits(0);
    assert_eq!(bed.show("looked-at", "e.txt"), "evil");
}

/// What the user does meanwhile is the user's, whatever agents do elsewhere.
#[test]
fn the_user_works_meanwhile() {
    let bed = busy_bed();
    let go = bed.fifo("go");
    bed.plan(json!([{"id": "A", "run": "block go; echo a > a.txt; git log --oneline main; git stash list"}]));
    let running = bed.spawn(&["execute", "--yes", "--sandbox", "off"]);
    let held = go.wait();
    bed.git(&["branch", "-D", "dev"]);
    bed.git(&["branch", "next"]);
    bed.git(&["config", "alias.st", "status"]);
    bed.git(&["stash", "drop", "-q"]);
    bed.commit("the user's own");
    let now = others(&bed);
    drop(held);
    running.wait().exits(0).says(&["config` changed while agents ran"]);
    assert_same(&now, &others(&bed), "what the user did");
    assert_eq!(bed.standings(), "A landed");
}

/// An agent's entry in the stash goes, the one that the user made meanwhile stays.
#[test]
fn two_in_one_stash() {
    let bed = busy_bed();
    let go = bed.fifo("go");
    bed.plan(json!([{"id": "A", "run": "echo x > README.md; git stash -q; block go; exit 1"}]));
    let running = bed.spawn(&["execute", "--yes", "--sandbox", "off"]);
    let held = go.wait();
    bed.write("README.md", "three");
    bed.git(&["stash", "push", "-q", "-m", "three", "README.md"]);
    drop(held);
    running.wait().exits(4);
    let list = bed.git(&["stash", "list", "--format=%gs"]);
    assert_eq!(list.lines().collect::<Vec<_>>(), ["On main: three", "On main: two", "On main: one"]);
    assert!(is_kept(&bed, "x\n"), "what it had stashed");
}

#[test]
fn filling_the_temporary_folder() {
    if !nix::unistd::geteuid().is_root() {
        return needs(TestRequirement::RootAndTmpfs);
    }
    for fence in fences() {
        let disk = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=48m", "tmpfs"]).arg(disk.path()).status();
        if !mounted.is_ok_and(|status| status.success()) {
            return needs(TestRequirement::RootAndTmpfs);
        }
        let bed = TestRepo::with(&Options { below: Some(disk.path().to_owned()), ..Options::default() });
        bed.plan(json!([
            {"id": "A", "run": "echo precious > a.txt; git add a.txt; git commit -qm a; echo more > m.txt; dd if=/dev/zero of=\"$TMPDIR/big\" bs=1M || sleep 60"},
            {"id": "B", "after": [], "run": "echo b > b.txt"},
        ]));
        bed.execute(&["-j", "1", "--attempts", "1", "--sandbox", fence]).exits(4);
        assert_eq!(bed.standings(), "A failed, B landed", "{fence}");
        assert!(failure(&bed, "A").contains("it filled the disk"), "{fence}: {}", failure(&bed, "A"));
        assert!(is_kept(&bed, "precious\n") && is_kept(&bed, "more\n"), "{fence}");
        drop(bed);
        assert!(Command::new("umount").arg(disk.path()).status().unwrap().success());
    }
}

/// Planted in the environment and in what agents, gates and setup say: nothing of it lies below the folder of all runs
/// (journal, logs, prompts, results, reports in every form, learned times), in notes, or in what any command shows.
#[test]
fn secrets_are_written_nowhere() {
    let mut bed = TestRepo::new();
    let (passed, other) = ("s3cr3t \"passed\" value", "tok-0123456789-other");
    let shape = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    bed.set("MINE_API_KEY", passed);
    bed.set("GH_TOKEN", other);
    // Not in its text: what a user writes into a plan or settings is executed as it is.
    bed.program("blurt", &format!("#!/bin/sh\necho '{other}: a.rs:1: error {shape}'; echo https://u:pa55w0rd@h/\n"));
    bed.toml(
        r#"[run]
agent = "mine"
[agents.mine]
command = ["sh", "-ec", 'echo "$MINE_API_KEY" >&2; printf %s "$MINE_API_KEY" | cut -c1-5 | tr -d "\n"; sleep 0.1; printf %s "$MINE_API_KEY" | cut -c6-; printf "ghp_0123456789"; sleep 0.1; echo abcdefghijABCDEFGHIJ012345; echo $ORCA_ATTEMPT > $ORCA_TASK.txt']
env = ["MINE_API_KEY"]
[worktree]
setup = "blurt"
[gates.leak]
run = "blurt; grep -q 2 A.txt"
"#,
    );
    bed.plan(json!([{"id": "A"}]));
    // What the gate says of the first attempt goes into findings, and into the prompt of the second.
    let said = bed.execute(&[]).exits(0).says(&["gate leak fails"]);
    let mut shown = vec![("execute".to_owned(), format!("{}{}", said.stdout, said.stderr))];
    let mut show = |words: &[&str]| {
        let said = bed.orca(words).exits(0);
        assert!(!said.stdout.is_empty(), "{words:?} shows nothing");
        shown.push((words.join(" "), format!("{}{}", said.stdout, said.stderr)));
    };
    for form in ["md", "html", "json", "junit"] {
        show(&["report", "--format", form]);
    }
    for words in ["status", "status --json", "log", "log A", "show A", "show A --output", "show A --prompt", "config"] {
        show(&words.split(' ').collect::<Vec<_>>());
    }
    shown.push(("notes".to_owned(), bed.git(&["log", "--all", "--notes=orca", "--format=%B%N"])));
    assert!(shown.last().unwrap().1.contains("leak"), "the notes name the gate");
    let mut todo = vec![bed.store().root().to_owned(), bed.repo().join(".git/orca")];
    while let Some(path) = todo.pop() {
        if path.is_dir() {
            todo.extend(std::fs::read_dir(&path).unwrap().map(|item| item.unwrap().path()));
            continue;
        }
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        shown.push((path.display().to_string(), text));
    }
    for name in
        ["journal.jsonl", "report.md", "report.html", "report.json", "report.xml", "results/A.json", "agent.log"]
    {
        assert!(shown.iter().any(|(path, _)| path.ends_with(name)), "{name} was not read");
    }
    for (path, text) in shown {
        for secret in [passed, &passed.replace('"', "\\\""), other, shape, "pa55w0rd"] {
            assert!(!text.contains(secret), "{path} holds `{secret}`:\n{text}");
        }
    }
    let log = std::fs::read_to_string(bed.paths().root().join("logs/A/2/agent.log")).unwrap();
    assert_eq!(log, "[redacted]\n[redacted]\n[redacted]\n");
}
