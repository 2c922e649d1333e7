//! Programs that are told what becomes of tasks: in step, once, and whatever happens to them or to the run.

mod archon;

use self::archon::{ArchonDouble, Death, Tools};
use crate::support::{TestRepo, until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

/// A, which waits at a FIFO, B beside it, and C after both.
fn bed_with(tracker: &str) -> TestRepo {
    let bed = TestRepo::in_memory();
    bed.git(&["config", "orca.tracker", tracker]);
    bed.plan(json!([
        {"id": "A", "title": "First of all", "run": "block a; put a.txt a"},
        {"id": "B", "title": "Beside it", "run": "put b.txt b", "details": "x".repeat(3000)},
        {"id": "C", "title": "After both", "after": ["A", "B"], "run": "put c.txt c"},
    ]));
    bed
}

/// What a tracker shows once everything landed: each task once, in step, in one project, and the report.
fn shows_everything(archon: &ArchonDouble, run: &str) {
    assert_eq!(archon.projects().iter().filter(|title| title.contains(run)).count(), 1, "{:?}", archon.projects());
    let tasks: Vec<_> = archon.tasks().into_iter().filter(|task| task.description.contains(run)).collect();
    let titles: Vec<&str> = tasks.iter().map(|task| task.title.as_str()).collect();
    assert_eq!(titles.len(), 4, "{titles:?}");
    for task in &tasks {
        let is_report = task.title.starts_with("Report of");
        let steps = if is_report { &["todo", "done"][..] } else { &["todo", "doing", "review", "done"] };
        assert_eq!(task.statuses, steps, "{}", task.title);
        assert_eq!(task.description.contains("3 of 3 tasks landed"), is_report, "{}", task.description);
    }
}

/// The server dies with a call whose answer is lost, and comes back: in each era, in different places. What it made then is
/// found again behind all that others have there.
#[test]
fn archon_is_told_in_step_although_it_dies_in_the_middle() {
    for (tools, then, death) in [
        (Tools::First, Tools::First, Death::Create(1)),
        (Tools::First, Tools::First, Death::Create(3)),
        (Tools::Consolidated, Tools::Consolidated, Death::Create(1)),
        (Tools::Nested, Tools::Nested, Death::Create(3)),
        (Tools::Flat, Tools::Consolidated, Death::Update(1)),
        (Tools::Consolidated, Tools::Consolidated, Death::Create(2)),
    ] {
        let archon = ArchonDouble::start(tools, true);
        archon.crowd(60);
        archon.dies(death);
        let bed = bed_with(&archon.url());
        let a = bed.fifo("a");
        let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
        let held = a.wait();
        until("it was asked while it was dead", || archon.turned_away() > 0);
        archon.restart(then);
        until("it knows what happens now", || {
            archon.task("Beside it").is_some_and(|task| task.statuses.last().unwrap() == "done")
        });
        drop(held);
        let output = running.wait().exits(0);
        assert_eq!(output.stderr.matches("the tracker at 127.0.0.1").count(), 1, "{tools:?}: {}", output.stderr);
        shows_everything(&archon, bed.run().as_str());
    }
}

/// A run does not wait for a tracker that is not there; the next one tells both.
#[test]
fn a_tracker_that_is_away_for_a_whole_run_is_told_by_the_next() {
    is_told_by_the_next(&ArchonDouble::start(Tools::Consolidated, false));
}

/// Nor for one that takes what it is sent and never answers.
#[test]
fn a_tracker_that_never_answers_keeps_no_run_for_longer_than_seconds() {
    let archon = ArchonDouble::start(Tools::Consolidated, true);
    archon.falls_silent();
    is_told_by_the_next(&archon);
}

fn is_told_by_the_next(archon: &ArchonDouble) {
    let bed = bed_with(&archon.url());
    let a = bed.fifo("a");
    let mut running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    drop(a.wait());
    let all_landed = || bed.try_state().is_some_and(|state| state.tasks.iter().all(|task| task.landed.is_some()));
    until("everything landed", || all_landed() || running.has_ended());
    let landed = std::time::Instant::now();
    until("it is over", || running.has_ended());
    // It tries for three seconds; the rest is for a busy machine.
    assert!(landed.elapsed().as_secs() < 12, "{:?}", landed.elapsed());
    running.wait().exits(0).says(&["was not told everything", "the next run here tells it the rest"]);
    let first = bed.run();
    assert!(archon.turned_away() > 0 && archon.projects().is_empty());
    archon.restart(Tools::Consolidated);
    let running = bed.spawn(&["execute", "--yes", "--new", "-j", "2"]);
    let held = a.wait();
    until("the earlier run is told", || archon.tasks().iter().any(|task| task.title.contains(first.as_str())));
    drop(held);
    running.wait().exits(0);
    let second = bed.runs().into_iter().find(|run| *run != first).unwrap();
    shows_everything(archon, first.as_str());
    shows_everything(archon, second.as_str());
}

/// What is no tracker, and one whose database was made anew, fail nothing.
#[test]
fn what_a_tracker_forgot_is_made_again_and_a_stranger_is_left_alone() {
    let archon = ArchonDouble::start(Tools::Flat, true);
    let bed = bed_with(&archon.url());
    let a = bed.fifo("a");
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let held = a.wait();
    until("it knows what happens now", || {
        archon.task("Beside it").is_some_and(|task| task.statuses.last().unwrap() == "done")
    });
    archon.forget_tasks();
    drop(held);
    running.wait().exits(0);
    assert_eq!(archon.task("First of all").unwrap().statuses.last().unwrap(), "done");
    assert_eq!(archon.task("After both").unwrap().statuses.last().unwrap(), "done");

    let stranger = ArchonDouble::start(Tools::Strange, true);
    bed.git(&["config", "orca.tracker", &stranger.url()]);
    let running = bed.spawn(&["execute", "--yes", "--new", "-j", "2"]);
    drop(a.wait());
    running.wait().exits(0).says(&["it has none of Archon's tools for projects and tasks", "was not told everything"]);
}

/// One line per change, in order, each once, although the run is killed in the middle.
#[test]
fn a_file_gets_each_change_once_over_a_kill() {
    let bed = bed_with("../told.jsonl");
    let file = bed.root().join("told.jsonl");
    let lines = || -> Vec<Value> {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let a = bed.fifo("a");
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let held = a.wait();
    until("B is told to be done", || lines().iter().any(|line| line["task"] == "B" && line["state"] == "done"));
    running.signal(Signal::SIGKILL);
    running.wait();
    drop(held);
    let mut again = bed.spawn(&["resume"]);
    // Whoever waits there: perhaps still the agent of the run that was killed.
    until("it is over", || {
        drop(a.caught());
        again.has_ended()
    });
    again.wait().exits(0);
    let lines = lines();
    let place = |line: &Value| (line["seq"].as_u64().unwrap(), line["n"].as_u64().unwrap());
    assert!(lines.windows(2).all(|pair| place(&pair[0]) < place(&pair[1])), "{lines:#?}");
    let of = |task: &str| -> Vec<&str> {
        lines.iter().filter(|line| line["task"] == task).filter_map(|line| line["state"].as_str()).collect()
    };
    assert_eq!((of("B"), of("C")), (vec!["doing", "review", "done"], vec!["doing", "review", "done"]));
    assert_eq!((of("A").first(), of("A").last()), (Some(&"doing"), Some(&"done")));
    let changes: Vec<&str> = lines.iter().filter_map(|line| line["change"].as_str()).collect();
    assert_eq!((changes[0], *changes.last().unwrap()), ("run", "report"));
    assert_eq!(changes.iter().filter(|change| **change == "task").count(), 3);
}
