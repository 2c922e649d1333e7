//! Nothing outlives what it was started for, however that ends.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use git_orca::process::{End, Marker, ProcessId, StopSignal, detach, run_with, sweep};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::command_folder::{BINARY, CommandFolder, DEADLINE, exists, extras, marker, pids, sh, until};

#[tokio::test]
async fn stopping_softly_and_hard() {
    let bed = CommandFolder::new();
    let go = bed.fifo("go");
    let stop = StopSignal::new();
    stop.within(DEADLINE);
    let spec = bed.sh("read line < go; echo $line");
    let (ended, wrote) = tokio::join!(
        bed.run_until(&spec, stop.clone()),
        tokio::task::spawn_blocking(move || std::fs::write(go, "done\n"))
    );
    wrote.unwrap().unwrap();
    assert_eq!(ended.end, End::Exited(0), "it finished in time");
    assert_eq!(bed.log(), "done\n");

    let stop = StopSignal::new();
    let spec = bed.sh("exec sleep 1000");
    let asked = stop.below();
    let ended = run_with(&spec, &bed.marker, asked, |_| stop.now(), extras()).await;
    assert_eq!(ended.end, End::Stopped);
    bed.assert_nothing_left();
}

#[tokio::test]
async fn dropping_the_future_ends_the_tree() {
    let bed = CommandFolder::new();
    let (send, started) = tokio::sync::oneshot::channel();
    let spec = bed.sh("trap '' TERM; setsid sleep 1000 & while :; do sleep 1000; done");
    let marker = bed.marker.clone();
    let task = tokio::spawn(async move {
        run_with(&spec, &marker, StopSignal::new(), |id| send.send(id).unwrap(), extras()).await
    });
    let launcher = started.await.unwrap();
    assert!(launcher.is_alive());
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    let bed = tokio::task::spawn_blocking(move || {
        until("the tree is gone", || bed.left().is_empty());
        until("and the launcher, which carries no marker", || !launcher.is_alive());
        bed
    });
    bed.await.unwrap();
}

#[tokio::test]
async fn killing_the_launcher_helps_nobody() {
    let bed = CommandFolder::new();
    let ended = bed.run(&bed.sh("setsid sleep 1000 & kill -9 $PPID; trap '' TERM; while :; do sleep 1000; done")).await;
    assert_eq!(ended.end, End::Signaled(9));
    assert_eq!(ended.survivors, 0);
}

#[tokio::test]
async fn term_to_the_launcher_ends_the_tree() {
    let bed = CommandFolder::new();
    let term = |id: ProcessId| kill(Pid::from_raw(id.pid.cast_signed()), Signal::SIGTERM).unwrap();
    let ended = run_with(&bed.sh("exec sleep 1000"), &bed.marker, StopSignal::new(), term, extras()).await;
    assert_eq!(ended.end, End::Signaled(15));
    // What a terminal sends to everybody is not meant for it.
    let all = |id: ProcessId| {
        for signal in [Signal::SIGINT, Signal::SIGHUP, Signal::SIGQUIT] {
            kill(Pid::from_raw(id.pid.cast_signed()), signal).unwrap();
        }
        std::fs::write(bed.path("sent"), "").unwrap();
    };
    let spec = bed.sh("until [ -e sent ]; do sleep 0.01; done; exit 5");
    let ended = run_with(&spec, &bed.marker, StopSignal::new(), all, extras()).await;
    assert_eq!(ended.end, End::Exited(5));
}

/// Names the folder to work in, when this test program plays another one.
const PLAY: &str = "ORCA_TEST_PLAY";

/// Runs the test `name` of this module in a process of its own, where [`played`] gives `dir`.
fn play(name: &str, dir: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("processes::ending::{name}"), "--nocapture"]).env(PLAY, dir);
    command
}

fn played() -> Option<PathBuf> {
    std::env::var_os(PLAY).map(PathBuf::from)
}

const TREE: &str = "trap '' TERM; echo $$ >> pids; setsid sleep 1000 & echo $! >> pids
                    (env -i setsid sleep 1000 & echo $! >> pids) & echo up > up; while :; do sleep 1000; done";

#[test]
fn kill_9_of_the_orchestrator_ends_everything() {
    if let Some(dir) = played() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let ended = runtime.block_on(run_with(&sh(&dir, TREE), &marker(&dir), StopSignal::new(), |_| {}, extras()));
        panic!("it was to be killed, and not to see {ended:?}");
    }
    let bed = CommandFolder::new();
    let up = bed.fifo("up");
    let mut orchestrator = play("kill_9_of_the_orchestrator_ends_everything", bed.dir.path()).spawn().unwrap();
    assert_eq!(std::fs::read_to_string(up).unwrap(), "up\n");
    until("all pids are written", || pids(&bed.path("pids")).len() == 3);
    let pids = pids(&bed.path("pids"));
    assert!(pids.iter().all(|pid| exists(*pid)));
    orchestrator.kill().unwrap();
    orchestrator.wait().unwrap();
    until("everything is gone", || !pids.iter().any(|pid| exists(*pid)) && bed.left().is_empty());
}

#[test]
fn crash_points_are_hit_and_leave_nothing() {
    const NAME: &str = "crash_points_are_hit_and_leave_nothing";
    if let Some(dir) = played() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let spec = sh(&dir, "env; [ -e hang ] && exec sleep 1000; exit 0");
        assert!(runtime.block_on(run_with(&spec, &marker(&dir), StopSignal::new(), |_| {}, extras())).is_success());
        return;
    }
    let bed = CommandFolder::new();
    let trace = bed.path("trace");
    assert!(play(NAME, bed.dir.path()).env("ORCA_CRASH_TRACE", &trace).status().unwrap().success());
    assert_eq!(std::fs::read_to_string(&trace).unwrap(), "1 process.start.before\n2 process.start.after\n");
    assert!(!bed.log().contains("ORCA_CRASH"), "commands do not count");
    std::fs::write(bed.path("hang"), "").unwrap();
    for n in ["1", "2"] {
        use std::os::unix::process::ExitStatusExt;
        let status = play(NAME, bed.dir.path()).env("ORCA_CRASH_AT", n).status().unwrap();
        assert_eq!(status.signal(), Some(9));
        until("nothing is left", || bed.left().is_empty());
    }
}

#[tokio::test]
async fn sweep_finds_by_marker_and_below() {
    let bed = CommandFolder::new();
    let up = bed.fifo("up");
    // As if the launcher had been killed: marked, in no tree of ours; one below it without the marker.
    let script = "trap '' TERM; (env -i sh -c 'echo $$ >> pids; echo up > up; exec sleep 1000') & echo $$ >> pids; wait; \
                  while :; do sleep 1000; done";
    let mut orphan = Command::new("setsid")
        .args(["sh", "-c", script])
        .envs(bed.marker.env())
        .current_dir(bed.dir.path())
        .spawn()
        .unwrap();
    assert_eq!(std::fs::read_to_string(up).unwrap(), "up\n");
    until("both pids are written", || pids(&bed.path("pids")).len() == 2);
    let pids = pids(&bed.path("pids"));
    let other = Marker { run: "r-other".parse().unwrap(), ..bed.marker.clone() };
    assert_eq!(sweep::find(&other), sweep::Looked::Found(Vec::new()));
    assert!(pids.iter().all(|pid| bed.left().iter().any(|found| found.id.pid.cast_signed() == *pid)));
    let sweep::Looked::Found(of_all_runs) = sweep::find_all(&bed.marker.repo) else { panic!("cannot look") };
    assert_eq!(of_all_runs.len(), 2);
    // Zombies have ended; this one is ours to reap.
    let swept = sweep::end(&bed.marker, Duration::from_millis(100)).await;
    orphan.wait().unwrap();
    let sweep::Swept::Ended { ended, left } = swept else { panic!("{swept:?}") };
    assert_eq!(left, []);
    assert!(pids.iter().all(|pid| ended.iter().any(|found| found.id.pid.cast_signed() == *pid)), "{ended:?}");
    bed.assert_nothing_left();
}

#[test]
fn sweep_spares_itself_and_those_above() {
    const NAME: &str = "sweep_spares_itself_and_those_above";
    if let Some(dir) = played() {
        let marker = marker(&dir);
        assert_eq!(sweep::find(&marker), sweep::Looked::Found(Vec::new()));
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let swept = runtime.block_on(sweep::end(&marker, Duration::ZERO));
        assert_eq!(swept, sweep::Swept::Ended { ended: Vec::new(), left: Vec::new() });
        return;
    }
    // `env` becomes the shell, so both the shell and the program below it are marked.
    let bed = CommandFolder::new();
    let below = play(NAME, bed.dir.path());
    let mut shell = Command::new("sh");
    shell.args(["-c", "\"$@\"; exit $?", "sh"]).arg(below.get_program()).args(below.get_args());
    let status = shell.env(PLAY, bed.dir.path()).envs(bed.marker.env()).status().unwrap();
    assert!(status.success());
}

#[test]
fn detached_goes_on_without_us() {
    let bed = CommandFolder::new();
    let go = bed.fifo("go");
    let args = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
    // The hidden form that becomes another program stands for the command to run in the background.
    let script = format!("cd {}; read line < go; cut -d' ' -f1,6,7 /proc/$$/stat; exit 4", bed.dir.path().display());
    let limited = args(&["__launch", "limited", "8589934592", "/bin/sh", "sh", "-c", &script]);
    let mut detached = detach::start_with(Command::new(BINARY), &limited, &bed.path("log")).unwrap();
    assert!(detached.id.is_alive());
    assert_eq!(detached.ended().unwrap(), None);
    std::fs::write(go, "go\n").unwrap();
    until("it has ended", || detached.ended().unwrap() == Some(4));
    let pid = detached.id.pid;
    assert_eq!(bed.log(), format!("{pid} {pid} 0\n"), "leader of its own session, no terminal");
    assert!(!detached.id.is_alive());
}
