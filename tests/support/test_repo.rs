//! A repository to run plans in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use git_orca::journal::{Entry, RunPaths, RunState, Store, read_entries};
use git_orca::model::RunId;
use git_orca::schedule::{RunContext, standings};
use serde_json::{Value, json};

use super::fifo::Fifo;
use super::running::{Output, Running};

/// How a bed is made.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// In memory: for tests that start hundreds of programs.
    pub in_memory: bool,
    /// More arguments of `git init`.
    pub init: Vec<&'static str>,
    /// Without the first commit.
    pub unborn: bool,
    /// Without a name and mail address.
    pub nobody: bool,
    /// Below this folder.
    pub below: Option<PathBuf>,
}

/// A temporary folder with a repository `repo`, a home, a folder of helper programs, and room beside it.
///
/// Helper programs that agents and gates find in `PATH`:
/// - `put FILE TEXT…` writes a file and announces its blob
/// - `announce FILE…` announces what is written already
/// - `block NAME` waits until the test lets the FIFO of that name go
/// - `note NAME TEXT…` appends a line to a file of the bed, outside the repository
#[derive(Debug)]
pub struct TestRepo {
    folder: tempfile::TempDir,
    env: BTreeMap<String, String>,
}

const PUT: &str = r#"#!/bin/sh -e
file=$1; shift
case $file in */*) mkdir -p "${file%/*}";; esac
printf '%s\n' "$@" > "$file"
exec announce "$file"
"#;
const ANNOUNCE: &str = r#"#!/bin/sh -e
for file; do git hash-object --no-filters -- "$file"; done >> 'OUT/announced'
"#;
const BLOCK: &str = r#"#!/bin/sh
cat 'OUT'/"$1".fifo > /dev/null
"#;
const NOTE: &str = r#"#!/bin/sh
name=$1; shift
printf '%s\n' "$*" >> 'OUT'/"$name"
"#;

impl Default for TestRepo {
    fn default() -> Self {
        TestRepo::new()
    }
}

impl TestRepo {
    /// A repository with one commit.
    pub fn new() -> TestRepo {
        TestRepo::with(&Options::default())
    }

    /// As [`TestRepo::new`], in memory.
    pub fn in_memory() -> TestRepo {
        TestRepo::with(&Options { in_memory: true, ..Options::default() })
    }

    /// A repository made as asked.
    pub fn with(options: &Options) -> TestRepo {
        let bed = TestRepo::bare_ground(options);
        std::fs::create_dir(bed.repo()).unwrap();
        let init: Vec<&str> = ["init", "-q", "-b", "main"].into_iter().chain(options.init.iter().copied()).collect();
        bed.git(&init);
        if !options.nobody {
            bed.git(&["config", "user.name", "Ada"]);
            bed.git(&["config", "user.email", "ada@example.org"]);
        }
        if !options.unborn {
            bed.write("README.md", "# A project\n");
            bed.write(".gitignore", "ignored/\n*.secret\n");
            bed.commit("first commit");
        }
        bed
    }

    /// All but the repository.
    pub fn bare_ground(options: &Options) -> TestRepo {
        let memory = Path::new("/dev/shm");
        let mut builder = tempfile::Builder::new();
        builder.prefix("orca-test-");
        let folder = match &options.below {
            Some(below) => builder.tempdir_in(below).unwrap(),
            None if options.in_memory && memory.is_dir() => builder.tempdir_in(memory).unwrap(),
            None => builder.tempdir().unwrap(),
        };
        let root = folder.path().canonicalize().unwrap();
        for name in ["home", "state", "runtime", "tmp", "bin", "out"] {
            std::fs::create_dir(root.join(name)).unwrap();
        }
        let text = |name: &str| root.join(name).display().to_string();
        let path = format!("{}:{}", text("bin"), std::env::var("PATH").unwrap());
        let env = [
            ("PATH", path),
            ("HOME", text("home")),
            ("XDG_STATE_HOME", text("state")),
            ("XDG_RUNTIME_DIR", text("runtime")),
            ("TMPDIR", text("tmp")),
            ("LC_ALL", "C.UTF-8".to_owned()),
            ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
            ("GIT_CONFIG_GLOBAL", "/dev/null".to_owned()),
            // Gates of most tests are about what a task brings; those about the base turn it on.
            ("ORCA_BASE_RED", "off".to_owned()),
        ];
        let bed = TestRepo { folder, env: env.map(|(name, value)| (name.to_owned(), value)).into() };
        for (name, script) in [("put", PUT), ("announce", ANNOUNCE), ("block", BLOCK), ("note", NOTE)] {
            bed.program(name, &script.replace("OUT", &text("out")));
        }
        bed
    }

    /// The temporary folder.
    pub fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    /// The user's checkout.
    pub fn repo(&self) -> PathBuf {
        self.root().join("repo")
    }

    /// The folder of the worktrees.
    pub fn slots(&self) -> PathBuf {
        self.root().join("repo.orca")
    }

    /// A path outside the repository.
    pub fn out(&self, name: &str) -> PathBuf {
        self.root().join("out").join(name)
    }

    /// The lines of a file outside the repository; none when it is not there.
    pub fn notes(&self, name: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.out(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Puts a program first into `PATH`.
    pub fn program(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt;
        let file = self.root().join("bin").join(name);
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Sets a variable of the environment that everything here runs in.
    pub fn set(&mut self, name: &str, value: &str) {
        self.env.insert(name.to_owned(), value.to_owned());
    }

    /// Puts the real cargo first into `PATH`: rustup's stand-in looks for its tool chains in the user's home.
    pub fn real_cargo(&mut self) {
        let output = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap();
        let root = String::from_utf8(output.stdout).unwrap();
        let path = format!("{}/bin:{}", root.trim(), self.env["PATH"]);
        self.set("PATH", &path);
    }

    /// Finds the programs of a folder before those of the machine, and after the bed's own.
    pub fn programs_of(&mut self, folder: &Path) {
        let own = self.root().join("bin");
        let path = format!("{}:{}:{}", own.display(), folder.display(), self.env["PATH"]);
        self.set("PATH", &path);
    }

    /// Whether a program ends with 0 in this environment.
    pub fn succeeds(&self, program: &str, args: &[&str]) -> bool {
        let output = self.command(program).args(args).output();
        output.is_ok_and(|output| output.status.success())
    }

    /// Writes a file of the checkout.
    pub fn write(&self, path: &str, text: &str) {
        let full = self.repo().join(path);
        std::fs::create_dir_all(full.parent().unwrap()).unwrap();
        std::fs::write(full, text).unwrap();
    }

    /// Writes the plan: tasks, or a whole document.
    pub fn plan(&self, plan: Value) {
        let document = if plan.is_array() { json!({"orca": 1, "tasks": plan}) } else { plan };
        self.write("tasks.json", &serde_json::to_string_pretty(&document).unwrap());
    }

    /// Writes `orca.toml`.
    pub fn toml(&self, text: &str) {
        self.write("orca.toml", &format!("orca = 1\n{text}"));
    }

    /// Commits everything in the checkout.
    pub fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
    }

    /// A FIFO that agents wait at with `block NAME`.
    pub fn fifo(&self, name: &str) -> Fifo {
        Fifo::make(&self.out(&format!("{name}.fifo")))
    }

    /// A program in the bed's environment, in the checkout, its dates fixed.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(&self.env).current_dir(self.repo()).stdin(Stdio::null());
        command.env("GIT_AUTHOR_DATE", "2026-11-20T12:00:00Z").env("GIT_COMMITTER_DATE", "2026-11-20T12:00:00Z");
        command
    }

    /// Runs git; gives its output without the last line end.
    pub fn git(&self, args: &[&str]) -> String {
        self.git_in(&self.repo(), args)
    }

    /// As [`TestRepo::git`], elsewhere.
    pub fn git_in(&self, folder: &Path, args: &[&str]) -> String {
        let output = self.command("git").current_dir(folder).args(args).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "git {args:?}: {said}");
        String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned()
    }

    /// Whether git answers with exit code 0.
    pub fn git_says(&self, args: &[&str]) -> bool {
        self.command("git").args(args).output().unwrap().status.success()
    }

    /// Runs git orca to its end.
    pub fn orca(&self, args: &[&str]) -> Output {
        self.spawn(args).wait()
    }

    /// Runs the plan without asking.
    pub fn execute(&self, args: &[&str]) -> Output {
        self.orca(&[&["execute", "--yes"], args].concat())
    }

    /// Starts git orca.
    pub fn spawn(&self, args: &[&str]) -> Running {
        self.spawn_with(args, &[])
    }

    /// Starts git orca with more variables.
    pub fn spawn_with(&self, args: &[&str], env: &[(&str, &str)]) -> Running {
        self.spawn_in(&self.repo(), args, env)
    }

    /// Starts git orca in another folder.
    pub fn spawn_in(&self, folder: &Path, args: &[&str], env: &[(&str, &str)]) -> Running {
        let mut command = self.command(env!("CARGO_BIN_EXE_git-orca"));
        command.env_remove("GIT_AUTHOR_DATE").env_remove("GIT_COMMITTER_DATE");
        command.current_dir(folder).args(args).envs(env.iter().copied());
        Running::start(command, &self.root().join("tmp"))
    }

    /// The runs of the repository.
    pub fn store(&self) -> Store {
        Store::new(&self.repo().join(".git"))
    }

    /// All runs, oldest first.
    pub fn runs(&self) -> Vec<RunId> {
        self.store().runs()
    }

    /// The latest run's folder.
    pub fn paths(&self) -> RunPaths {
        self.store().find(None).unwrap()
    }

    /// The latest run.
    pub fn run(&self) -> RunId {
        self.paths().run
    }

    /// The latest run's state.
    pub fn state(&self) -> RunState {
        self.paths().state().unwrap()
    }

    /// The latest run's state, when there is one that can be read already.
    pub fn try_state(&self) -> Option<RunState> {
        self.store().find(None).ok()?.state().ok()
    }

    /// The latest run's journal.
    pub fn journal(&self) -> Vec<Entry> {
        read_entries(&self.paths().journal()).unwrap()
    }

    /// Where each task of the latest run stands, as `A landed, B failed`.
    pub fn standings(&self) -> String {
        standings_of(&self.state())
    }
}

/// Where each task stands, in the plan's order.
pub fn standings_of(state: &RunState) -> String {
    let course = RunContext::new(state.info.clone());
    let all = standings(&course, state, jiff::Timestamp::now());
    let words = state.info.tasks.iter().zip(&all).map(|(task, standing)| format!("{} {}", task.id, standing.word()));
    words.collect::<Vec<_>>().join(", ")
}
