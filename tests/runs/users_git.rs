//! What people do with git while a run goes on: none of it costs the run its result, and none of it is taken back.

use crate::support::{TestRepo, until};
use serde_json::json;

type Doing = fn(&TestRepo);

/// Each while an agent works and something has landed already, with and without commits of the agent's own.
const DOINGS: [(&str, Doing); 9] = [
    ("worktree prune", |bed| drop(bed.git(&["worktree", "prune", "--expire", "now"]))),
    ("gc", |bed| drop(bed.git(&["gc", "-q", "--prune=now"]))),
    ("amend", |bed| drop(bed.git(&["commit", "-q", "--amend", "--allow-empty", "-m", "amended"]))),
    ("commit", |bed| bed.commit("the user's own")),
    ("force-move", |bed| {
        let other = bed.git(&["commit-tree", "-m", "elsewhere", "HEAD^{tree}"]);
        bed.git(&["update-ref", "refs/heads/main", &other]);
    }),
    ("rename the base", |bed| drop(bed.git(&["branch", "-m", "main", "trunk"]))),
    ("delete refs/orca", |bed| {
        for name in bed.git(&["for-each-ref", "--format=%(refname)", "refs/orca"]).lines() {
            bed.git(&["update-ref", "-d", name]);
        }
    }),
    ("look at a task's branch", |bed| drop(bed.git(&["checkout", "-q", &format!("orca/{}/task/A", bed.run())]))),
    ("stash", |bed| {
        bed.write("README.md", "mine\n");
        bed.git(&["stash", "-q"]);
    }),
];

#[test]
fn what_the_user_does_meanwhile_costs_no_result() {
    for (what, does) in DOINGS {
        let bed = TestRepo::new();
        bed.toml("[run]\nfound-gates = false\njobs = 1\n");
        let go = bed.fifo("go");
        bed.plan(json!([
            {"id": "A", "run": "put a.txt a"},
            {"id": "B", "after": ["A"], "run": "put b1.txt b; git add -A; git commit -qm b; put b2.txt b; block go; put b3.txt b"},
            {"id": "C", "after": ["B"], "run": "test -e a.txt && test -e b3.txt && put c.txt c"},
        ]));
        bed.commit("a plan");
        let running = bed.spawn(&["execute", "--yes", "--no-writeback"]);
        let held = go.wait();
        until("A has landed", || bed.state().tasks[0].landed.is_some());
        does(&bed);
        let own = bed.git(&[
            "for-each-ref",
            "--format=%(refname) %(objectname)",
            "refs/heads/main",
            "refs/heads/trunk",
            "refs/stash",
        ]);
        drop(held);
        let said = running.wait().exits(0);
        assert_eq!(bed.standings(), "A landed, B landed, C landed", "{what}: {}", said.stderr);
        for path in ["a.txt", "b1.txt", "b2.txt", "b3.txt", "c.txt"] {
            assert!(bed.result_has(path), "{what}: {path}");
        }
        assert!(bed.git_says(&["rev-list", "--objects", "--quiet", &bed.integration()]), "{what}: it is whole");
        let now = bed.git(&[
            "for-each-ref",
            "--format=%(refname) %(objectname)",
            "refs/heads/main",
            "refs/heads/trunk",
            "refs/stash",
        ]);
        assert_eq!(now, own, "{what}: what the user did stays");
        bed.assert_lossless();
    }
}

/// Nobody puts back what was deleted from outside of git: then the run does not end well, and says what to do.
#[test]
fn a_result_with_holes_is_no_success() {
    let bed = TestRepo::new();
    bed.toml("[run]\nfound-gates = false\njobs = 1\n");
    let go = bed.fifo("go");
    bed.plan(
        json!([{"id": "A", "run": "put a.txt hole"}, {"id": "B", "after": ["A"], "run": "block go; put b.txt b"}]),
    );
    bed.commit("a plan");
    let running = bed.spawn(&["execute", "--yes", "--no-writeback", "--sandbox", "off"]);
    let held = go.wait();
    until("A has landed", || bed.state().tasks[0].landed.is_some());
    let blob = bed.git(&["rev-parse", &format!("{}:a.txt", bed.integration())]);
    lose(&bed, &blob);
    drop(held);
    let said = running.wait();
    assert!(said.code != 0, "{}{}", said.stdout, said.stderr);
    said.says(&["needs objects that are gone", "git orca doctor", "git orca execute --new"]);
    let found = bed.orca(&["doctor"]);
    let shown = format!("{}{}", found.stdout, found.stderr);
    assert!(shown.contains("needs objects that are gone") && shown.contains("git update-ref -d refs/orca/"), "{shown}");
    // The commands that are said lead out of it.
    bed.program("block", "#!/bin/sh\n");
    bed.execute(&["--new", "--no-writeback", "--sandbox", "off"]).exits(0);
    assert_eq!(bed.standings(), "A landed, B landed");
}

/// Removes every copy of an object: loose, its second name, and packs.
fn lose(bed: &TestRepo, oid: &str) {
    let git = bed.repo().join(".git");
    let packs = git.join("objects/pack");
    for item in std::fs::read_dir(packs).into_iter().flatten().flatten() {
        assert!(item.path().extension().is_none_or(|end| end != "pack"), "this test is about loose objects");
    }
    let _no_spare = std::fs::remove_file(git.join("orca/spares").join(oid));
    let (folder, file) = oid.split_at(2);
    std::fs::remove_file(git.join("objects").join(folder).join(file)).unwrap();
}
