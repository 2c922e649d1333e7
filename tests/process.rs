//! Commands in trees of their own, with the real launcher. Nothing here waits for time to pass: commands block on
//! FIFOs or for ever, tests wait for conditions, with a deadline that only a failure meets.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use git_orca::model::{CommandSpec, Limits, Stdin};
use git_orca::process::{End, Ended, Extras, Marker, ProcessId, StopSignal, detach, run_with, sweep};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const BINARY: &str = env!("CARGO_BIN_EXE_git-orca");

/// Longer than any of these takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(30);

/// A folder, and a marker that no other test has.
struct Bed {
    dir: tempfile::TempDir,
    marker: Marker,
}

impl Bed {
    fn new() -> Bed {
        let dir = tempfile::tempdir().unwrap();
        Bed { marker: marker(dir.path()), dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn fifo(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        path
    }

    fn sh(&self, script: &str) -> CommandSpec {
        sh(self.dir.path(), script)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap()
    }

    async fn run(&self, spec: &CommandSpec) -> Ended {
        self.run_until(spec, StopSignal::new()).await
    }

    async fn run_until(&self, spec: &CommandSpec, stop: StopSignal) -> Ended {
        let ended = run_with(spec, &self.marker, stop, |_| {}, extras()).await;
        self.assert_nothing_left();
        ended
    }

    fn left(&self) -> Vec<sweep::Found> {
        match sweep::find(&self.marker) {
            sweep::Looked::Found(found) => found,
            sweep::Looked::CannotLook(why) => panic!("{why}"),
        }
    }

    fn assert_nothing_left(&self) {
        assert_eq!(self.left(), [], "processes that outlived their command");
    }
}

/// A failed test leaves nothing behind either.
impl Drop for Bed {
    fn drop(&mut self) {
        for found in self.left() {
            let _ = kill(Pid::from_raw(found.id.pid.cast_signed()), Signal::SIGKILL);
        }
    }
}

/// The marker of everything that is started for the test with this folder.
fn marker(dir: &Path) -> Marker {
    let name = dir.file_name().unwrap().to_str().unwrap();
    Marker { repo: format!("test-{name}"), run: format!("r{name}").parse().unwrap() }
}

fn sh(dir: &Path, script: &str) -> CommandSpec {
    CommandSpec {
        program: "sh".to_owned(),
        args: vec!["-c".to_owned(), script.to_owned()],
        cwd: dir.to_owned(),
        env: BTreeMap::from([("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned())]),
        stdin: Stdin::None,
        log: dir.join("log"),
        limits: Limits { grace: Duration::from_millis(200), ..Limits::default() },
    }
}

fn extras() -> Extras {
    Extras { launcher: Some(BINARY.into()), ..Extras::default() }
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The pids that a script wrote, one a line.
fn pids(path: &Path) -> Vec<i32> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| line.parse().unwrap()).collect()
}

fn exists(pid: i32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

fn not_started(ended: Ended) -> (String, bool) {
    match ended.end {
        End::NotStarted { why, missing } => (why, missing),
        other => panic!("it started: {other:?}"),
    }
}

#[tokio::test]
async fn exit_code_output_and_account() {
    let bed = Bed::new();
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
    let bed = Bed::new();
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
    let bed = Bed::new();
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
    let bed = Bed::new();
    assert_eq!(bed.run(&bed.sh("kill -9 $$")).await.end, End::Signaled(9));
    assert_eq!(bed.run(&bed.sh("kill -SEGV $$")).await.end, End::Signaled(11));
    assert_eq!(bed.run(&bed.sh("trap '' PIPE; yes | head -1; exit 0")).await.end, End::Exited(0));
}

#[tokio::test]
async fn wall_limit_ends_a_tree_that_ignores_term() {
    let bed = Bed::new();
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
    let bed = Bed::new();
    let mut spec = bed.sh("echo said; exec sleep 1000");
    spec.limits.idle = Some(Duration::from_millis(300));
    assert_eq!(bed.run(&spec).await.end, End::IdleLimit);
    assert_eq!(bed.log(), "said\n");
}

#[tokio::test]
async fn what_detaches_ends_with_the_command() {
    let bed = Bed::new();
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
    let bed = Bed::new();
    // The shell does not wait for it, as with `cmd > >(tee log)`.
    assert!(bed.run(&bed.sh("(sleep 0.01; echo last) & exit 0")).await.is_success());
    assert_eq!(bed.log(), "last\n");
}

#[tokio::test]
async fn programs_that_cannot_start() {
    let bed = Bed::new();
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
    let bed = std::sync::Arc::new(Bed::new());
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
    let bed = Bed::new();
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
    let bed = Bed::new();
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
    let bed = Bed::new();
    let mut spec = bed.sh("ulimit -S -v; ulimit -H -v; dd if=/dev/zero of=/dev/null bs=400M count=1 2>&1; exit $?");
    spec.limits.memory = Some(128 << 20);
    assert_eq!(bed.run(&spec).await.end, End::Exited(1));
    let log = bed.log();
    assert!(log.starts_with("131072\n131072\n") && log.contains("exhausted"), "{log}");
    // Too little even to load the program, let alone the launcher.
    spec.limits.memory = Some(1 << 20);
    assert!(!bed.run(&spec).await.is_success());
}

#[tokio::test]
async fn stopping_softly_and_hard() {
    let bed = Bed::new();
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
    let bed = Bed::new();
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
        bed
    });
    bed.await.unwrap();
    assert!(!launcher.is_alive());
}

#[tokio::test]
async fn killing_the_launcher_helps_nobody() {
    let bed = Bed::new();
    let ended = bed.run(&bed.sh("setsid sleep 1000 & kill -9 $PPID; trap '' TERM; while :; do sleep 1000; done")).await;
    assert_eq!(ended.end, End::Signaled(9));
    assert_eq!(ended.survivors, 0);
}

#[tokio::test]
async fn term_to_the_launcher_ends_the_tree() {
    let bed = Bed::new();
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

/// Runs the test `name` of this program in a process of its own, where [`played`] gives `dir`.
fn play(name: &str, dir: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture"]).env(PLAY, dir);
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
    let bed = Bed::new();
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
    let bed = Bed::new();
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
    let bed = Bed::new();
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
    let bed = Bed::new();
    let below = play(NAME, bed.dir.path());
    let mut shell = Command::new("sh");
    shell.args(["-c", "\"$@\"; exit $?", "sh"]).arg(below.get_program()).args(below.get_args());
    let status = shell.env(PLAY, bed.dir.path()).envs(bed.marker.env()).status().unwrap();
    assert!(status.success());
}

#[test]
fn detached_goes_on_without_us() {
    let bed = Bed::new();
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
