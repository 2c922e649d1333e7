//! What a run's own attempts try with the run, where no fence stops them: by every door it is a person's to control.

use crate::support::TestRepo;
use git_orca::journal::Event;
use serde_json::json;

/// `git-orca` and python are found by agents.
fn bed() -> TestRepo {
    let bed = TestRepo::new();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_git-orca"), bed.root().join("bin/git-orca")).unwrap();
    bed
}

fn noticed(bed: &TestRepo) -> Vec<String> {
    let entries = bed.journal().into_iter();
    entries.filter_map(|entry| if let Event::Noticed { what, .. } = entry.event { Some(what) } else { None }).collect()
}

/// `env -i` with what a person's shell would have.
fn emptied(bed: &TestRepo) -> String {
    let root = bed.root().display().to_string();
    format!("env -i PATH=\"$PATH\" HOME={root}/home XDG_STATE_HOME={root}/state XDG_RUNTIME_DIR={root}/runtime")
}

#[test]
fn commands_of_an_attempt_a_gate_and_set_up_are_refused_with_and_without_environment() {
    let bed = bed();
    let (repo, empty) = (bed.repo().display().to_string(), emptied(&bed));
    let mut script = format!("cd {repo}\n");
    for command in [
        "approve",
        "skip B",
        "retry B",
        "stop",
        "pause",
        "clean",
        "undo",
        "integrate",
        "resume",
        "trust --yes",
        "say B hello",
    ] {
        script.push_str(&format!("git-orca {command} && note let-in '{command}'\n{empty} git-orca {command} && note let-in 'emptied {command}'\n"));
        script.push_str(&format!("(setsid sh -c '{empty} git-orca {command} && note let-in \"away {command}\"')\n"));
    }
    script.push_str("true\n");
    bed.program("try-all", &format!("#!/bin/sh\n{script}"));
    bed.toml("[worktree]\nsetup = \"try-all\"\n[gates.try]\nrun = \"try-all\"\n");
    bed.plan(json!([{"id": "A", "run": "try-all; put a.txt a"}, {"id": "B", "run": "put b.txt b", "after": ["A"]}]));
    bed.commit("plan");
    bed.execute(&["--sandbox", "off"]).exits(0);
    assert_eq!(bed.notes("let-in"), Vec::<String>::new());
    assert_eq!(bed.standings(), "A landed, B landed");
}

#[test]
fn other_repositories_are_used_by_a_projects_own_tests() {
    let bed = bed();
    let script = "git init -q \"$TMPDIR/other\"; cd \"$TMPDIR/other\"; git config user.name x; git config user.email x@x\n\
        git commit -q --allow-empty -m one\n\
        echo '{\"orca\":1,\"tasks\":[{\"id\":\"X\",\"run\":\"echo x > x\"}]}' > tasks.json\n\
        git-orca execute --yes --sandbox off && note inner done\n\
        git-orca stop; git-orca clean; cd \"$ORCA_WORKTREE\"; put a.txt a";
    bed.plan(json!([{"id": "A", "run": script}]));
    bed.execute(&["--sandbox", "off"]).exits(0);
    assert_eq!(bed.notes("inner"), ["done"]);
}

#[test]
fn a_message_in_the_inbox_of_a_living_run_is_set_aside_and_named() {
    let bed = bed();
    let inbox = format!("{}/.git/orca/runs/$ORCA_RUN/inbox", bed.repo().display());
    let script = format!(
        "echo '{{\"id\":\"1\",\"request\":{{\"skip\":{{\"task\":\"B\"}}}}}}' > {inbox}/1.json\n\
         until test -e {inbox}/set-aside/1.json; do sleep 0.05; done; put a.txt a"
    );
    bed.plan(json!([{"id": "A", "run": script}, {"id": "B", "run": "put b.txt b", "after": ["A"]}]));
    bed.execute(&["--sandbox", "off"]).exits(0);
    assert_eq!(bed.standings(), "A landed, B landed");
    let named = noticed(&bed);
    assert!(named.iter().any(|what| what.contains("inbox") && what.contains("set-aside/1.json")), "{named:?}");
}

#[test]
fn a_line_appended_to_the_journal_is_taken_back_and_fails_the_attempt() {
    for line in [r#"{"seq":9}"#, "no journal at all"] {
        let bed = bed();
        let journal = format!("{}/.git/orca/runs/$ORCA_RUN/journal.jsonl", bed.repo().display());
        let script = format!(
            "test -e '{0}' || {{ touch '{0}'; echo '{line}' >> {journal}; }}; put a.txt a",
            bed.out("once").display()
        );
        bed.plan(json!([{"id": "A", "run": script}, {"id": "B", "run": "put b.txt b", "after": ["A"]}]));
        bed.execute(&["--sandbox", "off"]).exits(0);
        assert_eq!(bed.standings(), "A landed, B landed", "the second attempt is an honest one");
        let first = bed.state().tasks[0].attempts[0].failure().map(|(_, why)| why.to_owned()).unwrap();
        assert!(first.contains("appended to the journal"), "{first}");
    }
}

#[test]
fn what_a_run_left_is_the_users_alone() {
    use std::os::unix::fs::PermissionsExt;
    let bed = bed();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.execute(&[]).exits(0);
    let mode = |path: &str| bed.repo().join(path).metadata().unwrap().permissions().mode() & 0o077;
    assert_eq!(mode(".git/orca"), 0);
}
