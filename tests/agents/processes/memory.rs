//! The ceiling over the memory of a command and all that it starts.

use std::time::{Duration, Instant};

use git_orca::model::{CommandSpec, Limits};
use git_orca::process::End;

use super::command_folder::{CommandFolder, DEADLINE, exists, pids};

const MIB: u64 = 1 << 20;

/// Without a line's end `tail` keeps all that it reads.
const FOR_EVER: &str = "tail /dev/zero";

/// Holds so many MiB until somebody writes to `hold`, which nobody does.
fn holding(mib: u64) -> String {
    format!("(head -c {mib}M /dev/zero; cat hold) | tail")
}

fn may_have(spec: CommandSpec, mib: u64) -> CommandSpec {
    let limits = Limits { resident: Some(mib * MIB), grace: DEADLINE * 10, wall: Some(DEADLINE * 4), ..spec.limits };
    CommandSpec { limits, ..spec }
}

#[tokio::test]
async fn what_fills_memory_is_ended_however_deep_it_lies() {
    let deaf = format!("trap '' TERM; {FOR_EVER}");
    let deep = format!("sh -c 'sh -c \"{FOR_EVER}; true\"; true'; true");
    // Its parent has gone and it is in no group or session of ours.
    let astray = format!("(setsid sh -c 'echo $$ > pids; exec {FOR_EVER}' &); cat hold");
    for script in [FOR_EVER, &deaf, &deep, &astray] {
        let bed = CommandFolder::new();
        let _hold = bed.fifo("hold");
        let begun = Instant::now();
        let ended = bed.run(&may_have(bed.sh(script), 48)).await;
        assert_eq!(ended.end, End::MemoryLimit(48 * MIB), "{script}");
        assert!(begun.elapsed() < DEADLINE * 4 && ended.survivors == 0, "KILL comes without grace: {script}");
        if bed.path("pids").exists() {
            assert!(!pids(&bed.path("pids")).into_iter().any(exists));
        }
    }
}

#[tokio::test]
async fn processes_that_are_small_each_count_together() {
    let bed = CommandFolder::new();
    let _hold = bed.fifo("hold");
    let each = holding(24);
    let ended = bed.run(&may_have(bed.sh(&format!("{each} & {each} & {each} & {each} & wait")), 72)).await;
    assert_eq!(ended.end, End::MemoryLimit(72 * MIB));
}

#[tokio::test]
async fn what_stays_below_it_ends_by_itself() {
    let bed = CommandFolder::new();
    for (script, end) in [
        ("true", End::Exited(0)),
        ("exit 7", End::Exited(7)),
        ("head -c 24M /dev/zero | tail | wc -c", End::Exited(0)),
        ("kill -9 $$", End::Signaled(9)),
    ] {
        assert_eq!(bed.run(&may_have(bed.sh(script), 256)).await.end, end, "{script}");
    }
    assert!(bed.log().contains(&(24 * MIB).to_string()));
}

#[tokio::test]
async fn another_limit_that_comes_first_is_what_is_told() {
    let bed = CommandFolder::new();
    let _hold = bed.fifo("hold");
    let mut spec = may_have(bed.sh("cat hold"), 256);
    (spec.limits.wall, spec.limits.grace) = (Some(Duration::from_millis(700)), Duration::from_millis(100));
    assert_eq!(bed.run(&spec).await.end, End::WallLimit);
}
