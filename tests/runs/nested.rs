//! Repositories that an agent makes inside its worktree: whatever becomes of the task, their files and their history stay,
//! and nothing lands as a link to nowhere.

use crate::support::TestRepo;
use serde_json::json;

const OWN: &str = "git -C inner -c user.name=A -c user.email=a@example.org commit -q";

/// How it came there and what of it is committed, within and without.
fn ways(bed: &TestRepo) -> [(&'static str, String); 5] {
    let source = bed.root().join("source").display().to_string();
    let created = format!("git init -q inner; put inner/own.txt own; git -C inner add -A; {OWN} -m own");
    let cloned = format!("git clone -q {source} inner; put inner/own.txt own; git -C inner add -A; {OWN} -m own");
    let link = "git add -A; git commit -qm 'with a link'";
    [
        ("created and linked", format!("{created}; {link}")),
        ("cloned and linked", format!("{cloned}; {link}")),
        ("cloned, edited and linked", format!("{cloned}; {link}; put inner/more.txt more")),
        ("created, and left", created),
        ("with no commit at all", "git init -q inner; put inner/own.txt own".to_owned()),
    ]
}

fn source(bed: &TestRepo) {
    let source = bed.root().join("source");
    std::fs::create_dir(&source).unwrap();
    std::fs::write(source.join("theirs.txt"), "theirs\n").unwrap();
    let commit = ["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "theirs"];
    for args in [&["init", "-q", "-b", "main"][..], &["add", "-A"], &commit] {
        bed.git_in(&source, args);
    }
}

#[test]
fn nested_repositories_are_kept_whatever_becomes_of_the_task() {
    for way in 0..5 {
        for (end, last, code, standing) in [
            ("landed", "", 0, "A landed, B landed"),
            ("refused", "; echo r > refuse.txt", 5, "A failed, B landed"),
            ("failed", "; exit 1", 4, "A failed, B landed"),
        ] {
            let bed = TestRepo::new();
            source(&bed);
            let (what, run) = &ways(&bed)[way];
            bed.toml("[run]\nfound-gates = false\njobs = 1\n[gates.g]\nrun = \"test ! -e refuse.txt\"\n");
            bed.plan(json!([
                {"id": "A", "run": format!("{run}{last}")},
                // In the same worktree, used again.
                {"id": "B", "run": "test ! -e inner && put b.txt b"},
            ]));
            let said = bed.execute(&["--attempts", "1", "--no-writeback"]).exits(code);
            assert_eq!(bed.standings(), standing, "{what}, {end}: {}", said.stderr);
            bed.assert_lossless();
            assert!(
                !bed.git(&["ls-tree", "-r", &bed.integration()]).contains("160000 "),
                "{what}, {end}: an empty link"
            );
            if end == "landed" {
                assert_eq!(bed.result("inner/own.txt"), "own", "{what}: {}", said.stderr);
            }
            // The history that the agent made in there.
            let subjects = bed.git(&["log", "--all", "--format=%s"]);
            assert_eq!(subjects.lines().any(|line| line == "own"), *what != "with no commit at all", "{what}, {end}");
            // Every worktree that is there is used again, for two more tasks.
            bed.plan(json!([
                {"id": "X", "run": "test ! -e inner && put x.txt x"},
                {"id": "Y", "run": "test ! -e inner && put y.txt y"},
            ]));
            bed.execute(&["-j", "2", "--new", "--attempts", "1", "--no-writeback"]).exits(0);
            bed.assert_lossless();
            bed.orca(&["clean", "-f"]).exits(0);
            bed.assert_lossless();
        }
    }
}
