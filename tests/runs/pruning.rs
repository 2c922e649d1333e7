//! A user who prunes (`git gc --prune=now`) between a call of ours that writes objects and the one that names them: what was
//! written is written again, and what lands is whole.

use crate::support::{Running, TestRepo};
use serde_json::json;

/// Stands for git: after the first calls of git orca's with `word` everything is pruned that no ref names. An agent's own calls
/// are its own business.
fn prune_after(bed: &TestRepo, word: &str) {
    let (real, repo, out) = (real_git(), bed.repo().display().to_string(), bed.out("pruned").display().to_string());
    bed.program(
        "git",
        &format!(
            "#!/bin/sh\ncase \" $* \" in *core.hooksPath*\" {word} \"*)\n'{real}' \"$@\"; code=$?\n\
             if mkdir '{out}1' 2> /dev/null || mkdir '{out}2' 2> /dev/null; then\n\
             env -u GIT_INDEX_FILE -u GIT_DIR '{real}' -C '{repo}' prune --expire=now < /dev/null > /dev/null 2>&1\n\
             fi\nexit $code;;\nesac\nexec '{real}' \"$@\"\n"
        ),
    );
}

/// Stands for git: before a call of git orca's that moves refs everything is pruned that no ref names yet.
fn prune_before_refs_move(bed: &TestRepo) {
    let (real, repo, out) = (real_git(), bed.repo().display().to_string(), bed.out("pruned1").display().to_string());
    bed.program(
        "git",
        &format!(
            "#!/bin/sh\ncase \" $* \" in *core.hooksPath*\" update-ref \"*) mkdir -p '{out}'\n\
             env -u GIT_DIR '{real}' -C '{repo}' prune --expire=now < /dev/null > /dev/null 2>&1;;\nesac\n\
             exec '{real}' \"$@\"\n"
        ),
    );
}

fn real_git() -> String {
    let real = std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .map(|folder| folder.join("git"))
        .find(|file| file.is_file())
        .unwrap();
    real.display().to_string()
}

fn bed(word: &str, run: &str) -> TestRepo {
    let bed = TestRepo::new();
    bed.write("log.txt", "one\ntwo\nthree\nfour\nfive\nsix\nseven\n");
    bed.toml("[run]\nfound-gates = false\n");
    bed.plan(json!([
        {"id": "A", "run": "mkdir -p new/a; echo a > new/a/file; sed -i s/one/eins/ log.txt"},
        {"id": "B", "run": "mkdir -p new/b; echo b > new/b/file; sed -i s/seven/sieben/ log.txt"},
        // What agents write with git themselves is theirs to lose: nothing else goes on meanwhile.
        {"id": "C", "after": ["A", "B"], "run": run},
        {"id": "D", "after": ["C"], "run": "echo b > b; git add b; git commit -qm b"},
    ]));
    bed.commit("a project");
    match word {
        "update-ref" => prune_before_refs_move(&bed),
        word => prune_after(&bed, word),
    }
    bed
}

/// Every object that a ref needs can be read.
fn assert_whole(bed: &TestRepo, word: &str) {
    assert!(bed.out("pruned1").exists(), "`{word}`: nothing was pruned");
    assert!(bed.git_says(&["rev-list", "--objects", "--all", "--quiet"]), "`{word}`: something is missing");
}

#[test]
fn what_is_pruned_before_it_has_a_name_is_written_again() {
    for word in [
        "update-index",
        "write-tree",
        "read-tree",
        "merge-tree",
        "repack",
        "worktree",
        "checkout",
        "rev-list",
        "update-ref",
    ] {
        let bed = bed(word, "echo c > new.txt; git add new.txt; echo more > more.txt");
        let said = bed.execute(&["-j", "3"]);
        assert_eq!(bed.standings(), "A landed, B landed, C landed, D landed", "`{word}`: {}", said.stderr);
        for (path, text) in
            [("new/a/file", "a"), ("new/b/file", "b"), ("b", "b"), ("new.txt", "c"), ("more.txt", "more")]
        {
            assert_eq!(bed.result(path), text, "`{word}`");
        }
        assert_eq!(bed.result("log.txt"), "eins\ntwo\nthree\nfour\nfive\nsix\nsieben", "`{word}`");
        if bed.out("pruned1").exists() || ["update-index", "merge-tree", "update-ref"].contains(&word) {
            assert_whole(&bed, word);
        }
    }
}

#[test]
fn work_that_is_saved_is_written_again_too() {
    for word in ["fast-import", "write-tree", "update-index"] {
        let bed = bed(word, "mkdir c; echo c > c/file; echo staged > s; git add s; echo more > s; kill -9 $$");
        bed.execute(&["-j", "3", "--attempts", "1"]).exits(4);
        assert_eq!(bed.standings(), "A landed, B landed, C failed, D blocked", "`{word}`");
        let saved = bed.state().tasks[2].attempts[0].salvage.clone().unwrap().to_string();
        for (path, text) in [("c/file", "c"), ("s", "more")] {
            assert_eq!(bed.git(&["show", &format!("{saved}:{path}")]), text, "`{word}`");
        }
        assert_whole(&bed, word);
    }
}

/// Prunes and repacks in one go after another until the run is over; gives how often.
fn prune_until_over(bed: &TestRepo, running: &mut Running) -> usize {
    let mut pruned = 0;
    while !running.has_ended() {
        for args in [["prune", "--expire=now"], ["repack", "-qd"]] {
            // A ref that is moved just then makes a call fail; the next one comes at once.
            let _next_time = bed.git_says(&args);
        }
        pruned += 1;
    }
    pruned
}

/// How many attempts an agent has that only commits is a race; what is called landed is there, whoever wins it.
#[test]
fn beside_who_prunes_all_the_time_nothing_lands_that_is_not_whole() {
    let bed = TestRepo::new();
    bed.toml("[run]\nfound-gates = false\n");
    let task = |id: &str, after: &[&str]| {
        let commit = "git add -A; git commit -qm work";
        let run = format!(
            "set -e; mkdir {id}; for k in 1 2; do echo {id} $k > {id}/$k; {commit}; done; echo left > {id}/left"
        );
        json!({"id": id, "after": after, "run": run})
    };
    bed.plan(json!([task("A", &[]), task("B", &[]), task("C", &["A"]), task("D", &["B", "C"])]));
    bed.commit("a project");
    let mut running = bed.spawn(&["execute", "--yes", "-j", "3"]);
    let pruned = prune_until_over(&bed, &mut running);
    let said = running.wait();
    assert!(pruned > 1, "nothing was pruned while it ran");
    assert!(!bed.repo().join(".git/orca/spares").exists(), "second names stay behind: {}", said.stderr);
    let is_whole = || bed.git_says(&["rev-list", "--objects", "--quiet", &bed.integration()]);
    let all = bed.state().tasks.iter().all(|facts| facts.landed.is_some());
    assert_eq!(said.code == 0, all && is_whole(), "0 says that everything landed and is whole: {}", said.stderr);
    for (task, facts) in ["A", "B", "C", "D"].into_iter().zip(&bed.state().tasks) {
        for (path, text) in [("1", format!("{task} 1")), ("2", format!("{task} 2")), ("left", "left".to_owned())] {
            if facts.landed.is_some() {
                assert_eq!(bed.result(&format!("{task}/{path}")), text, "{}", said.stderr);
            }
        }
    }
    if bed.state().tasks.iter().any(|facts| facts.landed.is_some()) {
        assert!(bed.git_says(&["rev-list", "--objects", "--quiet", &bed.integration()]), "{}", said.stderr);
    }
}
