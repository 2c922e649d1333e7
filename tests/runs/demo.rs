//! The demo does what it says: eight tasks in three layers, one mended after a gate's finding, one file solved by a rule.

use std::path::Path;
use std::process::{Command, Output};

use git_orca::journal::{RunState, Store, Subject, read_entries};
use git_orca::model::Verdict;

fn demo(keep: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_git-orca"))
        .args(["demo", "--keep"])
        .arg(keep)
        .args(args)
        .env("HOME", keep)
        .env("XDG_STATE_HOME", keep.join("state"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap()
}

fn app(keep: &Path) -> std::path::PathBuf {
    let made = std::fs::read_dir(keep).unwrap().flatten().map(|entry| entry.path().join("app"));
    made.into_iter().find(|app| app.join(".git").is_dir()).expect("the repository lies below the folder")
}

#[test]
fn eight_tasks_in_three_layers_land_one_at_its_second_attempt_one_by_a_rule() {
    let keep = tempfile::tempdir().unwrap();
    let out = demo(keep.path(), &[]);
    let (stdout, stderr) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert_eq!(out.status.code(), Some(0), "{stdout}\n{stderr}");
    assert!(stdout.contains("8 of 8 landed"), "{stdout}");
    assert!(stdout.contains("Land task-8: Integration"), "{stdout}");
    assert!(stderr.contains("no network, no model"), "{stderr}");

    let app = app(keep.path());
    let store = Store::new(&app.join(".git"));
    let run = store.find(None).unwrap();
    let state = RunState::replay(&read_entries(&run.journal()).unwrap()).unwrap();
    let mut layers = state.info.layers.clone();
    layers.sort_unstable();
    assert_eq!(layers, [1, 1, 1, 1, 2, 2, 2, 3]);
    assert!(state.tasks.iter().all(|task| task.landed.is_some()));
    let solved: Vec<&str> = state.tasks.iter().flat_map(|task| &task.rules).map(String::as_str).collect();
    assert_eq!(solved, ["union CHANGELOG.md"]);
    let task = state.task(&"task-6".parse().unwrap()).unwrap();
    assert_eq!(task.attempts.len(), 2);
    let first = Subject::Attempt(git_orca::model::AttemptId { task: "task-6".parse().unwrap(), n: 1 });
    let judged = state.judgement(&first, &"test".parse().unwrap()).unwrap();
    assert_eq!(judged.verdict, Verdict::Fail);
    assert_eq!((judged.findings[0].file.as_str(), judged.findings[0].line), ("tests/template.sh", 3));

    let changes = Command::new("git")
        .arg("-C")
        .arg(&app)
        .args(["show", &format!("{}:CHANGELOG.md", state.top().commit)])
        .output()
        .unwrap();
    let changes = String::from_utf8(changes.stdout).unwrap();
    assert!(changes.contains("- log:") && changes.contains("- config:") && !changes.contains("<<<<"), "{changes}");
    let status =
        Command::new(env!("CARGO_BIN_EXE_git-orca")).args(["status", "--json"]).current_dir(&app).output().unwrap();
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(status["state"], "finished");
}

#[test]
fn for_programs_it_gives_one_entry_a_line_and_the_status_last() {
    let keep = tempfile::tempdir().unwrap();
    let out = demo(keep.path(), &["--json"]);
    assert_eq!(out.status.code(), Some(0));
    let lines: Vec<serde_json::Value> =
        String::from_utf8(out.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["event"], "run_started");
    assert_eq!(lines[lines.len() - 2]["event"], "run_finished");
    assert_eq!(lines[lines.len() - 1]["tasks"].as_array().unwrap().len(), 8);
}
