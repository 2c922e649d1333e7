//! Commands from their start to their end: output, account, limits.

use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use git_orca::model::{Limits, Stdin};
use git_orca::process::{End, Extras, ProcessId, StopSignal, run_with};

use super::command_folder::{CommandFolder, DEADLINE, exists, extras, not_started, pids};

#[tokio::test]
async fn exit_code_output_and_account() {
    let bed = CommandFolder::new();
    let ended =
        bed.run(&bed.sh("echo out; echo err >&2; pwd; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exit 7")).await;
    assert_eq!(ended.end, End::Exited(7));
    assert!(!ended.is_success());
    assert_eq!(bed.log(), format!("out\nerr\n{}\n", bed.dir.path().canonicalize().unwrap().display()));
    assert!(ended.cpu > Duration::ZERO && ended.wall > Duration::ZERO && ended.max_rss > 100_000, "{ended:?}");
    assert_eq!(ended.survivors, 0);
    assert!(bed.run(&bed.sh("echo again")).await.is_success());
    assert!(bed.log().ends_with("again\n") && bed.log().starts_with("out\n"), "the log is appended to");
}

#[tokio::test]
async fn environment_and_input_are_what_was_said() {
    let bed = CommandFolder::new();
    let mut spec = bed.sh("");
    (spec.program, spec.args) = ("env".to_owned(), Vec::new());
    spec.env.insert("SAID".to_owned(), "so".to_owned());
    assert!(bed.run(&spec).await.is_success());
    let log = bed.log();
    let names: Vec<_> = log.lines().map(|line| line.split_once('=').unwrap().0).collect();
    assert_eq!(names, ["ORCA_LAUNCH", "ORCA_REPO", "ORCA_RUN", "PATH", "SAID"]);

    std::fs::write(bed.path("in"), "from a file").unwrap();
    let mut spec = bed.sh("cat; printf '|'; [ -t 0 ] || echo no terminal");
    spec.log = bed.path("log2");
    assert!(bed.run(&spec).await.is_success());
    spec.stdin = Stdin::File(bed.path("in"));
    assert!(bed.run(&spec).await.is_success());
    assert_eq!(std::fs::read_to_string(bed.path("log2")).unwrap(), "|no terminal\nfrom a file|no terminal\n");
}

#[tokio::test]
async fn own_group_own_session_no_terminal() {
    let bed = CommandFolder::new();
    let id = Mutex::new(None);
    // Fields of proc(5): 1 pid, 5 group, 6 session, 7 terminal.
    let spec = bed.sh("cut -d' ' -f1,5,6,7 /proc/$$/stat; exit 0");
    let ended = run_with(&spec, &bed.marker, StopSignal::new(), |p| *id.lock().unwrap() = Some(p), extras()).await;
    assert!(ended.is_success());
    let launcher: ProcessId = id.into_inner().unwrap().unwrap();
    let log = bed.log();
    let [pid, group, session, terminal] = log.trim().split(' ').collect::<Vec<_>>()[..] else { panic!("{log}") };
    assert_eq!((pid, session, terminal), (group, launcher.pid.to_string().as_str(), "0"));
    assert!(!launcher.is_alive() && !exists(launcher.pid.cast_signed()), "reaped before `run` returns");
}

#[tokio::test]
async fn ended_by_a_signal() {
    let bed = CommandFolder::new();
    assert_eq!(bed.run(&bed.sh("kill -9 $$")).await.end, End::Signaled(9));
    assert_eq!(bed.run(&bed.sh("kill -SEGV $$")).await.end, End::Signaled(11));
    assert_eq!(bed.run(&bed.sh("trap '' PIPE; yes | head -1; exit 0")).await.end, End::Exited(0));
}

#[tokio::test]
async fn wall_limit_ends_a_tree_that_ignores_term() {
    let bed = CommandFolder::new();
    let stubborn = "trap '' TERM; echo $$ >> pids; (trap '' TERM; while :; do sleep 1000; done) & echo $! >> pids; \
                    while :; do sleep 1000; done";
    let mut spec = bed.sh(stubborn);
    spec.limits.wall = Some(Duration::from_millis(300));
    let begun = Instant::now();
    assert_eq!(bed.run(&spec).await.end, End::WallLimit);
    assert!(begun.elapsed() >= Duration::from_millis(500), "limit and grace time");
    assert!(!pids(&bed.path("pids")).into_iter().any(exists));
    // A command that hears TERM may still say something, even one that was stopped.
    let mut spec = bed.sh("trap 'echo saved; exit 0' TERM; kill -STOP $$; while :; do sleep 0.01; done");
    spec.limits = Limits { wall: Some(Duration::from_millis(300)), grace: DEADLINE, ..Limits::default() };
    assert_eq!(bed.run(&spec).await.end, End::WallLimit);
    assert!(bed.log().ends_with("saved\n"));
}

#[tokio::test]
async fn idle_limit() {
    let bed = CommandFolder::new();
    let mut spec = bed.sh("echo said; exec sleep 1000");
    spec.limits.idle = Some(Duration::from_millis(300));
    assert_eq!(bed.run(&spec).await.end, End::IdleLimit);
    assert_eq!(bed.log(), "said\n");
}

#[tokio::test]
async fn what_detaches_ends_with_the_command() {
    let bed = CommandFolder::new();
    let spec = bed.sh("mkfifo ready; exec 3<> ready
         setsid sh -c 'trap \"\" TERM HUP; echo $$ >> pids; echo > ready; while :; do sleep 1000; done' &
         nohup sh -c 'echo $$ >> pids; echo > ready; exec sleep 1000' > /dev/null 2>&1 &
         (setsid sh -c '(echo > ready; exec env -i setsid sleep 1000) & echo $! >> pids' &)
         setsid sh -c 'echo $$ >> pids; kill -STOP $$' &
         for i in 1 2 3; do read line <&3; done
         exit 3");
    assert_eq!(bed.run(&spec).await.end, End::Exited(3));
    let pids = pids(&bed.path("pids"));
    assert!(pids.len() >= 3, "{pids:?}");
    assert!(!pids.into_iter().any(exists));
}

#[tokio::test]
async fn what_writes_a_last_line_may() {
    let bed = CommandFolder::new();
    // The shell does not wait for it, as with `cmd > >(tee log)`.
    assert!(bed.run(&bed.sh("(sleep 0.01; echo last) & exit 0")).await.is_success());
    assert_eq!(bed.log(), "last\n");
}

#[tokio::test]
async fn programs_that_cannot_start() {
    let bed = CommandFolder::new();
    let mut spec = bed.sh("");
    spec.program = "no-such-agent".to_owned();
    let (why, missing) = not_started(bed.run(&spec).await);
    assert!(missing && why.contains("`no-such-agent`") && why.contains("/usr/local/bin:/usr/bin:/bin"), "{why}");

    std::fs::write(bed.path("script"), "#!/no/such/interpreter\n").unwrap();
    spec.program = "./script".to_owned();
    let (why, missing) = not_started(bed.run(&spec).await);
    assert!(!missing && why.contains("may not be executed"), "{why}");
    assert!(Command::new("chmod").args(["+x", "script"]).current_dir(bed.dir.path()).status().unwrap().success());
    let (why, missing) = not_started(bed.run(&spec).await);
    assert!(!missing && why.contains("interpreter"), "{why}");

    let mut spec = bed.sh("");
    spec.cwd = bed.path("gone");
    assert!(not_started(bed.run(&spec).await).0.contains("no folder"));
    let mut spec = bed.sh("");
    spec.log = bed.path("gone/log");
    assert!(not_started(bed.run(&spec).await).0.contains("log"));
    let mut spec = bed.sh("");
    spec.stdin = Stdin::File(bed.path("gone"));
    assert!(not_started(bed.run(&spec).await).0.contains("input"));
    // A program without `__launch` is not a launcher, and that is said.
    let no_launcher = Extras { launcher: Some("/bin/true".into()), ..Extras::default() };
    let ended = run_with(&bed.sh(""), &bed.marker, StopSignal::new(), |_| panic!("started"), no_launcher).await;
    assert!(not_started(ended).0.contains("launcher"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_at_once() {
    let bed = std::sync::Arc::new(CommandFolder::new());
    let mut all = tokio::task::JoinSet::new();
    for n in 0..64_i32 {
        let bed = bed.clone();
        all.spawn(async move {
            let mut spec = bed.sh(&format!("echo {n}; exit {n}"));
            spec.log = bed.path(&format!("log{n}"));
            let mut launcher = None;
            let ended = run_with(&spec, &bed.marker, StopSignal::new(), |id| launcher = Some(id), extras()).await;
            assert_eq!(ended.end, End::Exited(n));
            assert_eq!(std::fs::read_to_string(&spec.log).unwrap(), format!("{n}\n"));
            launcher.unwrap().pid.cast_signed()
        });
    }
    let launchers = all.join_all().await;
    assert_eq!(launchers.len(), 64);
    bed.assert_nothing_left();
    assert!(!launchers.into_iter().any(exists), "no zombies");
}

#[tokio::test]
async fn lines_of_a_large_log() {
    let bed = CommandFolder::new();
    let (send, mut receive) = tokio::sync::mpsc::unbounded_channel();
    let spec = bed.sh("seq 1 200000; head -c 6000000 /dev/zero | tr '\\0' x; echo; printf 'caf\\351\\nend'");
    let extras = Extras { lines: Some(send), ..extras() };
    let reader = tokio::spawn(async move {
        let mut lines = Vec::new();
        while let Some(line) = receive.recv().await {
            lines.push(line);
        }
        lines
    });
    assert!(run_with(&spec, &bed.marker, StopSignal::new(), |_| {}, extras).await.is_success());
    let lines = reader.await.unwrap();
    assert!(lines[..200_000].iter().enumerate().all(|(n, line)| *line == (n + 1).to_string()));
    assert_eq!(lines[200_000].len(), git_orca::process::tail::MAX_LINE);
    assert_eq!(lines[200_001..], ["caf\u{fffd}", "end"]);
}

#[tokio::test]
async fn lines_come_while_it_runs() {
    let bed = CommandFolder::new();
    let go = bed.fifo("go");
    let (send, mut receive) = tokio::sync::mpsc::unbounded_channel();
    let spec = bed.sh("echo asked; read answer < go; echo $answer");
    let extras = Extras { lines: Some(send), ..extras() };
    let run = run_with(&spec, &bed.marker, StopSignal::new(), |_| {}, extras);
    let talk = async {
        assert_eq!(receive.recv().await.as_deref(), Some("asked"));
        tokio::task::spawn_blocking(move || std::fs::write(go, "heard\n")).await.unwrap().unwrap();
        assert_eq!(receive.recv().await.as_deref(), Some("heard"));
        assert_eq!(receive.recv().await, None);
    };
    let (ended, ()) = tokio::join!(run, talk);
    assert!(ended.is_success());
}

#[tokio::test]
async fn memory_limit() {
    let bed = CommandFolder::new();
    let mut spec = bed.sh("ulimit -S -v; ulimit -H -v; dd if=/dev/zero of=/dev/null bs=400M count=1 2>&1; exit $?");
    spec.limits.memory = Some(128 << 20);
    assert_eq!(bed.run(&spec).await.end, End::Exited(1));
    let log = bed.log();
    assert!(log.starts_with("131072\n131072\n") && log.contains("exhausted"), "{log}");
    // Too little even to load the program, let alone the launcher.
    spec.limits.memory = Some(1 << 20);
    assert!(!bed.run(&spec).await.is_success());
}
