//! The demo does what it says: eight tasks in three layers, one fixed after a gate's finding, a cheat that is refused, one
//! file solved by a rule, a kill in the middle; and what it says to type next works.

use std::path::Path;
use std::process::{Command, Output};

use git_orca::journal::{Event, RunState, Store, Subject, read_entries};
use git_orca::model::Verdict;

use crate::picture;

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
fn eight_tasks_land_after_a_finding_a_cheat_a_conflict_and_a_kill() {
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
    // An attempt that the kill ended was judged by nobody.
    let refused = |task: &str, gate: &str| {
        let attempts = state.task(&task.parse().unwrap()).unwrap().attempts.len() as u32;
        let subject = |n| Subject::Attempt(git_orca::model::AttemptId { task: task.parse().unwrap(), n });
        let judged = (1..=attempts).filter_map(|n| state.judgement(&subject(n), &gate.parse().unwrap()));
        let first = judged.into_iter().next().unwrap();
        assert_eq!(first.verdict, Verdict::Fail, "{task}");
        (first.findings[0].file.clone(), first.findings[0].line)
    };
    assert_eq!(refused("task-6", "test"), ("tests/template.sh".to_owned(), 3));
    assert_eq!(refused("task-7", "review").0, "tests/log.sh", "the test of another task");
    let entries = read_entries(&run.journal()).unwrap();
    assert!(entries.iter().any(|entry| matches!(entry.event, Event::RunResumed { .. })), "{stderr}");
    assert!(stderr.contains("kill -9") && stderr.contains(" continues: "), "{stderr}");
    next_steps_work(&stdout, keep.path());
    if std::env::var_os("ORCA_PICTURE").is_some() {
        let shown = stderr.replace(&keep.path().canonicalize().unwrap().display().to_string(), "/tmp");
        std::fs::write(picture::file(), picture::draw(&picture::lines(&stdout, &shown))).unwrap();
    }

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

/// What the demo says to type, typed into one shell; installing is left out, which would build everything.
fn next_steps_work(stdout: &str, keep: &Path) {
    let (_, next) = stdout.split_once("Go there:\n").unwrap();
    let steps: Vec<&str> = next.lines().filter_map(|line| line.strip_prefix("  ")).collect();
    let (install, steps): (Vec<&str>, Vec<&str>) =
        steps.into_iter().partition(|step| step.starts_with("cargo install"));
    assert_eq!(steps.len(), 4 + 1, "{next}");
    for step in install {
        let source = step.rsplit(' ').next().unwrap();
        assert!(Path::new(source).join("Cargo.toml").is_file(), "{step}");
    }
    let typed = Command::new("sh")
        .args(["-exc", &steps.join("\n")])
        .current_dir("/")
        .env("HOME", keep)
        .env("XDG_STATE_HOME", keep.join("state"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_PAGER", "cat")
        .output()
        .unwrap();
    let (said, told) = (String::from_utf8_lossy(&typed.stdout), String::from_utf8_lossy(&typed.stderr));
    assert!(typed.status.success(), "{told}");
    assert!(said.contains("tests/template.sh:3") && said.contains("tests/log.sh"), "{said}");
    assert!(said.contains("main fast-forwarded to"), "{said}");
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

/// Any agent runs the same plan, without a break; here one that the user's own git configuration names.
#[test]
fn with_an_agent_of_ones_own_nobody_is_killed() {
    let keep = tempfile::tempdir().unwrap();
    let config = keep.path().join("gitconfig");
    std::fs::write(&config, "[orca \"agents.copy\"]\n\tcommand = sh -eu agent.sh\n").unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_git-orca"))
        .args(["demo", "--agent", "copy", "--keep"])
        .arg(keep.path())
        .env("HOME", keep.path())
        .env("XDG_STATE_HOME", keep.path().join("state"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", &config)
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert_eq!(out.status.code(), Some(0), "{stdout}\n{stderr}");
    assert!(stdout.contains("8 of 8 landed"), "{stdout}");
    assert!(stderr.contains("with copy, which uses your login") && !stderr.contains("kill -9"), "{stderr}");
    let store = Store::new(&app(keep.path()).join(".git"));
    let state = RunState::replay(&read_entries(&store.find(None).unwrap().journal()).unwrap()).unwrap();
    assert_eq!(state.info.options.agent, "copy");
}
