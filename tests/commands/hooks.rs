//! Hooks against a real bare remote: unchecked work stays inside, and nobody's own hook is lost.

use std::path::PathBuf;

use crate::support::{Output, Running, TestRepo};
use serde_json::json;

/// A repository whose run has landed one task, with the gate `said`, a bare remote, and git orca in `PATH`.
fn landed(said: &str) -> TestRepo {
    let bed = TestRepo::new();
    bed.program("git-orca", &format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_git-orca")));
    bed.git(&["init", "-q", "--bare", "../remote.git"]);
    bed.git(&["remote", "add", "origin", "../remote.git"]);
    if !said.is_empty() {
        bed.toml(&format!("[gates.test]\nrun = \"{said}\"\n"));
    }
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.commit("a plan");
    bed.execute(&["--base", "main"]);
    bed
}

fn push(bed: &TestRepo, args: &[&str]) -> Output {
    push_with(bed, args, &[])
}

fn push_with(bed: &TestRepo, args: &[&str], env: &[(&str, &str)]) -> Output {
    let mut command = bed.command("git");
    command.args(["push", "origin"]).args(args).envs(env.iter().copied());
    Running::start(command, &bed.root().join("tmp")).wait()
}

fn branch(bed: &TestRepo, rest: &str) -> String {
    format!("orca/{}/{rest}", bed.run())
}

fn remote(bed: &TestRepo) -> String {
    bed.git_in(&bed.root().join("remote.git"), &["for-each-ref", "--format=%(refname)"])
}

fn hook(bed: &TestRepo, name: &str) -> PathBuf {
    bed.repo().join(".git/hooks").join(name)
}

#[test]
fn evidence_lets_a_branch_leave_and_is_readable() {
    let bed = landed("grep -q a a.txt");
    bed.orca(&["hooks", "install"]).exits(0);
    let tip = branch(&bed, "integration");
    push(&bed, &[&tip]).exits(0);
    assert!(remote(&bed).contains(&tip));
    let log = bed.git(&["log", "-1", "--notes=orca", &tip]);
    assert!(log.contains("all required gates passed on tree") && log.contains("test         pass"), "{log}");
    let task = branch(&bed, "task/A");
    assert!(bed.git(&["log", "-1", "--notes=orca", &task]).contains("task A, attempt 1"));
    push(&bed, &[&task]).exits(0);
}

#[test]
fn what_no_gate_let_through_stays() {
    let bed = landed("exit 3");
    bed.orca(&["hooks", "install"]).exits(0);
    let task = branch(&bed, "task/A");
    let output = push(&bed, &[&task]).exits(1);
    assert!(output.stderr.contains("gate `test`: fail"), "{}", output.stderr);
    assert!(output.stderr.contains(&format!("git orca validate {task}")), "{}", output.stderr);
    assert_eq!(remote(&bed), "");
    let skipped = push_with(&bed, &[&task], &[("ORCA_SKIP", "1")]).exits(0);
    assert!(skipped.stderr.contains("leaves unchecked"), "{}", skipped.stderr);
    let record = std::fs::read_to_string(bed.repo().join(".git/orca/skips.jsonl")).unwrap();
    assert_eq!(record.lines().count(), 1);
    assert!(record.contains(&task) && record.contains("gate `test`: fail"), "{record}");
}

#[test]
fn evidence_ends_where_the_commit_or_the_gate_changes() {
    let bed = landed("true");
    bed.orca(&["hooks", "install"]).exits(0);
    let tip = branch(&bed, "integration");
    bed.toml("[gates.test]\nrun = \"grep -q a a.txt\"\n");
    let output = push(&bed, &[&tip]).exits(1);
    assert!(output.stderr.contains("gate `test` has changed since"), "{}", output.stderr);
    bed.toml("[gates.test]\nrun = \"true\"\n");
    push(&bed, &[&format!("{tip}:refs/heads/release")]).exits(0);
    let more = bed.git(&["commit-tree", "-p", &tip, "-m", "by hand", &format!("{tip}^{{tree}}")]);
    bed.git(&["branch", "-f", &tip, &more]);
    let output = push(&bed, &[&tip]).exits(1);
    assert!(output.stderr.contains("there is no evidence"), "{}", output.stderr);
    assert!(!remote(&bed).contains(&tip));
}

#[test]
fn what_was_chosen_for_a_gate_is_no_other_definition() {
    let bed = landed("true");
    bed.program("critic", "#!/bin/sh\necho '{\"verdict\": \"pass\", \"findings\": []}'\n");
    let toml = "[gates.security]\nkind = \"security\"\n[gates.review]\nkind = \"review\"\n\
                [agents.critic]\ncommand = [\"critic\"]\n[roles.review]\nagent = \"critic\"\n";
    bed.toml(toml);
    bed.execute(&["--base", "main", "--new"]).exits(0);
    bed.orca(&["hooks", "install"]).exits(0);
    push(&bed, &[&branch(&bed, "task/A")]).exits(0);
    bed.toml(&toml.replace("agent = \"critic\"", "agent = \"codex\""));
    let output = push(&bed, &[&branch(&bed, "integration")]).exits(1);
    assert!(output.stderr.contains("gate `review` has changed since"), "{}", output.stderr);
}

#[test]
fn other_branches_tags_and_deletions_go_through() {
    let bed = landed("exit 3");
    bed.git(&["push", "-q", "origin", &branch(&bed, "task/A")]);
    bed.orca(&["hooks", "install"]).exits(0);
    bed.git(&["tag", "v1"]);
    push(&bed, &["main", "v1"]).exits(0);
    push(&bed, &["--delete", &branch(&bed, "task/A")]).exits(0);
    assert_eq!(remote(&bed), "refs/heads/main\nrefs/tags/v1");
}

#[test]
fn without_gates_it_leaves_and_is_said_not_to_be_checked() {
    let bed = landed("");
    bed.orca(&["hooks", "install"]).exits(0);
    let output = push(&bed, &[&branch(&bed, "integration")]).exits(0);
    assert!(output.stderr.contains("nothing was checked"), "{}", output.stderr);
}

#[test]
fn somebodys_hook_runs_first_with_the_same_input_and_comes_back() {
    let bed = landed("true");
    let theirs = format!("#!/bin/sh\ncat > '{}'\nexit \"${{THEIRS:-0}}\"\n", bed.out("seen").display());
    std::fs::create_dir_all(bed.repo().join(".git/hooks")).unwrap();
    std::fs::write(hook(&bed, "pre-push"), &theirs).unwrap();
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(hook(&bed, "pre-push"), std::fs::Permissions::from_mode(0o755)).unwrap();
    bed.orca(&["hooks", "install", "--dry-run"]).exits(0);
    assert_eq!(std::fs::read_to_string(hook(&bed, "pre-push")).unwrap(), theirs);
    bed.orca(&["hooks", "install"]).exits(0);
    bed.orca(&["hooks", "install"]).exits(0);
    let tip = branch(&bed, "integration");
    push_with(&bed, &[&tip], &[("THEIRS", "1")]).exits(1);
    push(&bed, &[&tip]).exits(0);
    assert!(bed.notes("seen")[0].starts_with(&format!("refs/heads/{tip} ")));
    bed.orca(&["hooks", "uninstall"]).exits(0);
    assert_eq!(std::fs::read_to_string(hook(&bed, "pre-push")).unwrap(), theirs);
    assert!(!hook(&bed, "pre-push.before-orca").exists());
}

#[test]
fn a_linked_worktree_and_a_hooks_path_are_guarded_too() {
    let bed = landed("exit 3");
    bed.git(&["config", "core.hooksPath", ".githooks"]);
    let linked = bed.root().join("linked");
    bed.git(&["worktree", "add", "-q", "-b", "side", &linked.display().to_string()]);
    let output = bed.spawn_in(&linked, &["hooks", "install"], &[]).wait().exits(0);
    let written = [&linked, &bed.repo()].iter().filter(|top| top.join(".githooks/pre-push").exists()).count();
    // Each worktree runs its own, and those to come are spoken of.
    assert_eq!(written, 2, "{}", output.stdout);
    assert!(output.stderr.contains("core.hooksPath is relative"), "{}", output.stderr);
    let mut command = bed.command("git");
    command.current_dir(&linked).args(["push", "origin", &branch(&bed, "task/A")]);
    Running::start(command, &bed.root().join("tmp")).wait().exits(1);
    bed.git(&["config", "core.hooksPath", &bed.repo().join(".githooks").display().to_string()]);
    bed.orca(&["hooks", "install"]).exits(0);
    let mut command = bed.command("git");
    command.current_dir(&linked).args(["push", "origin", &branch(&bed, "task/A")]);
    Running::start(command, &bed.root().join("tmp")).wait().exits(1);
    assert_eq!(remote(&bed), "");
}

#[test]
fn markers_stay_out_and_attempts_sign_their_commits() {
    let bed = landed("");
    bed.orca(&["hooks", "install", "pre-commit", "commit-msg"]).exits(0);
    bed.write("clash.txt", "one\n<<<<<<< ours\ntwo\n=======\nthree\n>>>>>>> theirs\n");
    bed.git(&["add", "clash.txt"]);
    let mut commit = bed.command("git");
    commit.args(["commit", "-m", "clash"]);
    let output = Running::start(commit, &bed.root().join("tmp")).wait().exits(1);
    assert!(output.stderr.contains("clash.txt:2"), "{}", output.stderr);
    bed.write("clash.txt", "one\n");
    bed.git(&["add", "clash.txt"]);
    let mut commit = bed.command("git");
    commit.args(["commit", "-q", "-m", "solved"]).env("ORCA_TASK", "T7").env("ORCA_RUN", "r1");
    Running::start(commit, &bed.root().join("tmp")).wait().exits(0);
    assert_eq!(bed.git(&["log", "-1", "--format=%(trailers:key=Orca-Task,valueonly)"]).trim(), "T7");
    bed.git(&["commit", "-q", "--allow-empty", "-m", "by a person"]);
    assert_eq!(bed.git(&["log", "-1", "--format=%(trailers)"]).trim(), "");
}
