//! A folder for commands, a marker that no other test has, and conditions to wait for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use git_orca::model::{CommandSpec, Limits, Stdin};
use git_orca::process::{End, Ended, Extras, Marker, StopSignal, run_with, sweep};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

pub const BINARY: &str = env!("CARGO_BIN_EXE_git-orca");

/// Longer than any of these takes on a busy machine.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// A folder, and a marker that no other test has.
pub struct CommandFolder {
    pub dir: tempfile::TempDir,
    pub marker: Marker,
}

impl CommandFolder {
    pub fn new() -> CommandFolder {
        let dir = tempfile::tempdir().unwrap();
        CommandFolder { marker: marker(dir.path()), dir }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn fifo(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        path
    }

    pub fn sh(&self, script: &str) -> CommandSpec {
        sh(self.dir.path(), script)
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap()
    }

    pub async fn run(&self, spec: &CommandSpec) -> Ended {
        self.run_until(spec, StopSignal::new()).await
    }

    pub async fn run_until(&self, spec: &CommandSpec, stop: StopSignal) -> Ended {
        let ended = run_with(spec, &self.marker, stop, |_| {}, extras()).await;
        self.assert_nothing_left();
        ended
    }

    pub fn left(&self) -> Vec<sweep::Found> {
        match sweep::find(&self.marker) {
            sweep::Looked::Found(found) => found,
            sweep::Looked::CannotLook(why) => panic!("{why}"),
        }
    }

    pub fn assert_nothing_left(&self) {
        assert_eq!(self.left(), [], "processes that outlived their command");
    }
}

/// A failed test leaves nothing behind either.
impl Drop for CommandFolder {
    fn drop(&mut self) {
        for found in self.left() {
            let _ = kill(Pid::from_raw(found.id.pid.cast_signed()), Signal::SIGKILL);
        }
    }
}

/// The marker of everything that is started for the test with this folder.
pub fn marker(dir: &Path) -> Marker {
    let name = dir.file_name().unwrap().to_str().unwrap();
    Marker::new(format!("test-{name}"), format!("r{name}").parse().unwrap())
}

pub fn sh(dir: &Path, script: &str) -> CommandSpec {
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

pub fn extras() -> Extras {
    Extras { launcher: Some(BINARY.into()), ..Extras::default() }
}

pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The pids that a script wrote, one a line.
pub fn pids(path: &Path) -> Vec<i32> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| line.parse().unwrap()).collect()
}

pub fn exists(pid: i32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

pub fn not_started(ended: Ended) -> (String, bool) {
    match ended.end {
        End::NotStarted { why, missing } => (why, missing),
        other => panic!("it started: {other:?}"),
    }
}
