//! Submodules: what is said of them before a run, what of an agent's work in them is kept, and who could get it.

use crate::support::{Output, TestRepo};
use git_orca::journal::Event;
use serde_json::{Value, json};
use std::path::PathBuf;

/// A commit inside the submodule, and its pointer with it.
const COMMITS: &str =
    "cd lib && echo x > x.txt && git add -A && git -c user.name=A -c user.email=a@example.org commit -qm x";

/// Makes the repository `name` of one commit beside that of the bed.
fn upstream(bed: &TestRepo, name: &str) -> PathBuf {
    let (up, seed) = (bed.root().join(format!("{name}.git")), bed.root().join(format!("seed-{name}")));
    std::fs::create_dir(&seed).unwrap();
    std::fs::write(seed.join("lib.txt"), "lib\n").unwrap();
    for args in [
        &["init", "-q", "-b", "main"][..],
        &["add", "-A"],
        &["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "lib"],
    ] {
        bed.git_in(&seed, args);
    }
    bed.git(&["clone", "-q", "--bare", seed.to_str().unwrap(), up.to_str().unwrap()]);
    up
}

/// A repository with the submodule `lib`, and where that comes from.
fn with_submodule() -> (TestRepo, PathBuf) {
    let bed = TestRepo::new();
    let up = upstream(&bed, "up");
    bed.git(&["-c", "protocol.file.allow=always", "submodule", "add", "-q", up.to_str().unwrap(), "lib"]);
    bed.commit("a submodule");
    (bed, up)
}

fn settings(bed: &TestRepo, policy: &str) {
    bed.toml(&format!("[run]\nfound-gates = false\n[worktree]\nsubmodules = \"{policy}\"\n"));
}

fn moved(bed: &TestRepo) -> Vec<(Option<bool>, bool)> {
    let moved = bed.journal().into_iter().filter_map(|entry| match entry.event {
        Event::SubmoduleMoved { pointer, .. } => Some((pointer.fetchable, pointer.pushed.is_some())),
        _ => None,
    });
    moved.collect()
}

fn report(bed: &TestRepo) -> (String, Value) {
    let text = bed.orca(&["report", "--format", "md"]).exits(0).stdout;
    (text, serde_json::from_str(&bed.orca(&["report", "--format", "json"]).exits(0).stdout).unwrap())
}

#[test]
fn a_commit_inside_a_submodule_is_pushed_where_the_settings_say_so() {
    for (policy, takes, is_there) in [("push", true, true), ("push", false, false), ("local", true, false)] {
        let (bed, up) = with_submodule();
        if !takes {
            let hook = up.join("hooks/pre-receive");
            std::fs::create_dir_all(up.join("hooks")).unwrap();
            std::fs::write(&hook, "#!/bin/sh\necho not here >&2\nexit 1\n").unwrap();
            std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        }
        settings(&bed, policy);
        bed.plan(json!([{"id": "A", "run": COMMITS}]));
        let output = bed.execute(&["--attempts", "1"]).exits(0);
        assert_eq!(
            output.stderr.contains("commits that agents make inside submodules"),
            policy == "push",
            "{}",
            output.stderr
        );
        let pointer = bed.git(&["rev-parse", &format!("{}:lib", bed.integration())]);
        let branch = format!("refs/heads/orca/{}/task/A-1", bed.run());
        let there = bed.git_in(&up, &["for-each-ref", "--format=%(objectname)", &branch]);
        assert_eq!(there == pointer, is_there, "{policy}: `{there}`");
        assert_eq!(
            bed.git_in(&up, &["for-each-ref", "--format=%(refname)"]).lines().count(),
            1 + usize::from(is_there)
        );
        assert_eq!(moved(&bed), [(Some(is_there), is_there)], "{policy}");
        let words = if is_there { "was pushed there" } else { "which nobody else can fetch" };
        output.says(&[words]);
        let (text, document) = report(&bed);
        assert!(text.contains("## Submodules\n\n- A: ") && text.contains(words), "{text}");
        let entry = &document["submodules"][0];
        assert_eq!((&entry["task"], &entry["path"], &entry["commit"]), (&json!("A"), &json!("lib"), &json!(pointer)));
        assert_eq!(entry["fetchable"], json!(is_there), "{entry}");
        assert_eq!(
            bed.orca(&["log"]).exits(0).stdout.contains("`A` lands, and submodule `lib`"),
            !is_there,
            "{policy}"
        );
    }
}

#[test]
fn a_pointer_that_nobody_could_fetch_does_not_land_where_that_is_refused() {
    let (bed, _up) = with_submodule();
    settings(&bed, "refuse");
    bed.plan(json!([{"id": "A", "run": COMMITS}, {"id": "B", "run": "echo b > b.txt"}]));
    bed.execute(&["--attempts", "1", "--no-writeback"]).exits(4).says(&["which nobody else can fetch"]);
    assert_eq!(bed.standings(), "A failed, B landed");
    assert_eq!(report(&bed).1["submodules"], json!([]), "it is part of no result");
    let before = bed.git(&["rev-parse", "HEAD:lib"]);
    assert_eq!(bed.git(&["rev-parse", &format!("{}:lib", bed.integration())]), before);
}

/// Edits and commits inside, with and without work outside: named, and kept in the user's own clone when everything of the
/// run is gone.
#[test]
fn work_inside_a_submodule_survives_clean() {
    let rows = [
        ("an edit", "echo edit > lib/edit.txt; echo o > o.txt", "edit.txt", "not part of the result", "edit"),
        ("a change", "echo edit >> lib/lib.txt; echo o > o.txt", "lib.txt", "not part of the result", "lib\nedit"),
        ("a commit", &format!("({COMMITS}); echo o > o.txt"), "x.txt", "commits made inside", "x"),
        (
            "on a branch",
            &format!(
                "(cd lib; git switch -qc own); ({COMMITS}); (cd lib; git switch -q --detach HEAD~1); echo o > o.txt"
            ),
            "x.txt",
            "commits made inside",
            "x",
        ),
    ];
    for (what, run, path, said, text) in rows {
        let (bed, _up) = with_submodule();
        settings(&bed, "local");
        bed.plan(json!([{"id": "A", "run": run}]));
        let output = bed.execute(&["--attempts", "1"]).exits(0).says(&[said, "`lib`"]);
        assert_eq!(bed.result("o.txt"), "o", "{what}");
        let store = bed.repo().join(".git/modules/lib");
        bed.orca(&["take"]).exits(0);
        bed.orca(&["clean", "-f", "--unlanded"]).exits(0);
        let refs = bed.git_in(&store, &["for-each-ref", "--format=%(refname)", "refs/orca"]);
        let has = |name: &str| {
            let shown =
                bed.command("git").current_dir(&store).args(["cat-file", "blob", &format!("{name}:{path}")]).output();
            shown.is_ok_and(|shown| String::from_utf8_lossy(&shown.stdout).trim_end() == text)
        };
        assert!(refs.lines().any(has), "{what}: {refs}: {}", output.stderr);
    }
}

/// A submodule of a submodule, with upstreams of their own.
#[test]
fn a_submodule_of_a_submodule_is_there_and_keeps_what_is_done_in_it() {
    let bed = TestRepo::new();
    let (outer, inner) = (upstream(&bed, "outer"), upstream(&bed, "inner"));
    let seed = bed.root().join("seed-outer");
    let allow = ["-c", "protocol.file.allow=always"];
    bed.git_in(&seed, &[&allow[..], &["submodule", "add", "-q", inner.to_str().unwrap(), "deep"]].concat());
    bed.git_in(&seed, &["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qam", "deeper"]);
    bed.git_in(&seed, &["push", "-q", outer.to_str().unwrap(), "HEAD:main"]);
    bed.git(&[&allow[..], &["submodule", "add", "-q", outer.to_str().unwrap(), "lib"]].concat());
    bed.git(&[&allow[..], &["submodule", "update", "-q", "--init", "--recursive"]].concat());
    bed.commit("submodules");
    settings(&bed, "local");
    bed.plan(json!([
        {"id": "A", "run": "test -f lib/deep/lib.txt && echo a > a.txt"},
        {"id": "B", "after": ["A"], "run": "echo precious > lib/deep/own.txt; echo b > b.txt"},
        {"id": "C", "after": ["B"], "run": "test -f lib/deep/lib.txt && test ! -e lib/deep/own.txt && echo c > c.txt"},
    ]));
    bed.execute(&["-j", "1", "--attempts", "1"]).exits(0).says(&["lib/deep", "not part of the result"]);
    bed.orca(&["clean", "-f", "--unlanded"]).exits(0);
    let store = bed.repo().join(".git/modules/lib/modules/deep");
    let refs = bed.git_in(&store, &["for-each-ref", "--format=%(refname)", "refs/orca"]);
    assert!(refs.lines().any(|name| bed.git_in(&store, &["show", &format!("{name}:own.txt")]) == "precious"), "{refs}");
}

fn begun(bed: &TestRepo) -> Output {
    bed.plan(json!([{"id": "A", "run": "echo a > a.txt"}]));
    bed.execute(&["--attempts", "1", "--new"])
}

/// Without the folds of lines.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Both are said once, and before anything runs.
#[test]
fn submodules_that_worktrees_will_lack_are_said_before_the_start() {
    let (bed, up) = with_submodule();
    settings(&bed, "local");
    let said = one_line(&begun(&bed).exits(0).stderr);
    assert!(!said.contains("submodule"), "all is well: {said}");

    // Its address does not answer; the user's own clone has it.
    std::fs::rename(&up, bed.root().join("away.git")).unwrap();
    let said = one_line(&begun(&bed).exits(0).stderr);
    assert_eq!(said.matches("address of submodule `lib` does not answer").count(), 1, "{said}");
    assert!(said.contains("your own clone;"), "{said}");
    let warned = said.find("does not answer").unwrap();
    assert!(warned < said.find("A started").unwrap(), "before the start: {said}");
    let shown = bed.orca(&["execute", "--new", "--dry-run"]).exits(0);
    let shown = one_line(&format!("{}{}", shown.stdout, shown.stderr));
    assert!(shown.contains("does not answer"), "{shown}");

    // The clone does not have it either.
    bed.git(&["submodule", "deinit", "-q", "-f", "lib"]);
    std::fs::remove_dir_all(bed.repo().join(".git/modules/lib")).unwrap();
    bed.git(&["config", "submodule.lib.url", up.to_str().unwrap()]);
    let said = one_line(&begun(&bed).stderr);
    assert!(said.contains("your own clone does not have its commit"), "{said}");

    // Nobody initialised it.
    bed.git(&["config", "--remove-section", "submodule.lib"]);
    let said = one_line(&begun(&bed).exits(0).stderr);
    assert_eq!(said.matches("submodule `lib` is not initialised").count(), 1, "{said}");
    assert!(said.contains("git submodule update --init lib"), "{said}");
}

/// Of git orca's own branches and of one into which the result was taken; no longer once it was pushed there.
#[test]
fn a_pointer_that_nobody_could_fetch_is_said_before_a_push() {
    let (bed, up) = with_submodule();
    settings(&bed, "local");
    bed.plan(json!([{"id": "A", "run": COMMITS}]));
    bed.commit("a plan");
    let origin = bed.root().join("origin.git");
    bed.git(&["init", "-q", "--bare", origin.to_str().unwrap()]);
    bed.git(&["remote", "add", "origin", origin.to_str().unwrap()]);
    bed.execute(&["--attempts", "1"]).exits(0);
    bed.orca(&["take"]).exits(0);
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_git-orca"), bed.root().join("bin/git-orca")).unwrap();
    bed.orca(&["hooks", "install"]).exits(0);
    let push = |what: &str| {
        let output = bed.command("git").args(["push", "origin", what]).output().unwrap();
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let words = "submodule `lib` points to ";
    for branch in ["main", &bed.integration()] {
        let said = push(branch);
        assert!(said.contains(words) && said.contains("nobody else can fetch"), "{branch}: {said}");
    }
    let pointer = bed.git(&["rev-parse", &format!("{}:lib", bed.integration())]);
    let store = bed.repo().join(".git/modules/lib");
    bed.git_in(&store, &["push", "-q", up.to_str().unwrap(), &format!("{pointer}:refs/heads/theirs")]);
    bed.git(&["commit", "-q", "--allow-empty", "-m", "more"]);
    assert!(!push("main").contains(words), "others can fetch it by now");
    std::fs::rename(&up, bed.root().join("away.git")).unwrap();
    bed.git(&["commit", "-q", "--allow-empty", "-m", "and more"]);
    let said = push("main");
    assert!(said.contains("unchecked"), "what could not be asked is not called fetchable: {said}");
}
