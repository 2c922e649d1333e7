//! WorkOrder at a place that is not here: brought there, handed over, asked for, brought back, and ended on request.

use git_orca::executor::{self, WorkOrder};
use git_orca::process::{End, Ended, StopSignal};

use super::command_folder::{extras, marker, sh};

/// Runs `script` at the place of that name, in a folder with a file of its own; gives how it ended and the folder.
async fn performed(place: &str, script: &str, stop: StopSignal) -> (Ended, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let worktree = dir.path().join("work");
    std::fs::create_dir(&worktree).unwrap();
    std::fs::write(worktree.join("given"), "here").unwrap();
    let mut spec = sh(dir.path(), script);
    spec.cwd = worktree.clone();
    let work = WorkOrder { spec, worktree, commit: None, node: None, handed: None };
    let executor = executor::named(place).unwrap();
    let ended = executor::perform(executor, work, &marker(dir.path()), stop, |_| {}, extras()).await;
    (ended, dir)
}

#[tokio::test]
async fn every_place_runs_the_same_work_to_the_same_end() {
    // Those that carry attempts need hosts: `tests/runs/far` has them.
    let here = |it: &&&dyn executor::Executor| it.carries() == executor::Carries::Commands;
    for executor in executor::EXECUTORS.iter().filter(here) {
        let place = executor.name();
        let (ended, dir) = performed(place, "cat given > made; exit 3", StopSignal::new()).await;
        assert_eq!(ended.end, End::Exited(3), "{place}");
        let made = std::fs::read_to_string(dir.path().join("work/made")).unwrap();
        assert_eq!(made, "here", "{place}: what it left is brought back");
    }
}

#[tokio::test]
async fn work_that_waits_is_ended_on_request_and_what_cannot_go_there_says_why() {
    let stop = StopSignal::new();
    stop.now();
    let (ended, dir) = performed("dummy", "touch ran", stop).await;
    assert_eq!(ended.end, End::Stopped);
    assert!(dir.path().join("work/cancelled").exists() && !dir.path().join("work/ran").exists());
    let (ended, _dir) = performed("dummy", "rm .job; exit 1", StopSignal::new()).await;
    assert_eq!(ended.end, End::Exited(1), "the answer was there before the job was gone");
}
