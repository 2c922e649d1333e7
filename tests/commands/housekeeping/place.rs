//! A repository in a folder of its own, and the program run in it, hermetically.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A repository `app` in a temporary folder, with everything a command could read of a user below it too.
pub struct Place {
    root: tempfile::TempDir,
}

/// How a command ended and what it said.
#[derive(Debug)]
pub struct Said {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Said {
    /// Checks the exit code; the streams are shown when it differs.
    #[track_caller]
    pub fn exits(self, code: i32) -> Said {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Checks that stdout contains a text.
    #[track_caller]
    pub fn out_has(self, text: &str) -> Said {
        assert!(self.out.contains(text), "no `{text}` in stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Checks that stderr contains a text.
    #[track_caller]
    pub fn err_has(self, text: &str) -> Said {
        assert!(self.err.contains(text), "no `{text}` in stderr:\n{}\nstdout:\n{}", self.err, self.out);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}:\n{}", self.out))
    }
}

impl Place {
    /// An empty folder with `app` in it, which is no repository yet.
    pub fn bare() -> Place {
        let root = tempfile::Builder::new().prefix("orca-house-").tempdir().unwrap();
        for folder in ["app", "home", "state", "cache", "tmp"] {
            std::fs::create_dir(root.path().join(folder)).unwrap();
        }
        Place { root }
    }

    /// A repository on `main` without a commit.
    pub fn unborn() -> Place {
        let place = Place::bare();
        place.git(&["init", "-q", "-b", "main"]);
        place.git(&["config", "user.name", "Ada"]);
        place.git(&["config", "user.email", "ada@example.org"]);
        place
    }

    /// A repository with these files committed.
    pub fn with(files: &[(&str, &str)]) -> Place {
        let place = Place::unborn();
        files.iter().for_each(|(path, text)| place.write(path, text));
        place.git(&["add", "-A"]);
        place.git(&["commit", "-q", "-m", "first"]);
        place
    }

    /// The repository's folder.
    pub fn app(&self) -> PathBuf {
        self.root.path().canonicalize().unwrap().join("app")
    }

    /// A folder of the pool.
    pub fn slot(&self, name: &str) -> PathBuf {
        self.app().with_file_name("app.orca").join(name)
    }

    /// Writes a file of the repository.
    pub fn write(&self, path: &str, text: &str) {
        let file = self.app().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.app()).env_clear().stdin(std::process::Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        for (name, folder) in
            [("HOME", "home"), ("XDG_STATE_HOME", "state"), ("XDG_CACHE_HOME", "cache"), ("TMPDIR", "tmp")]
        {
            command.env(name, self.root.path().join(folder));
        }
        command.env("XDG_RUNTIME_DIR", self.root.path().join("tmp"));
        command
    }

    fn run(mut command: Command) -> Said {
        let output = command.output().unwrap();
        Said {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs the program.
    pub fn orca(&self, args: &[&str]) -> Said {
        let mut command = self.command(env!("CARGO_BIN_EXE_git-orca"));
        command.args(args);
        Place::run(command)
    }

    /// Runs git, which must succeed; gives what it said without the last line end.
    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        let mut command = self.command("git");
        command
            .args(args)
            .env("GIT_AUTHOR_DATE", "2026-11-20T18:12:00Z")
            .env("GIT_COMMITTER_DATE", "2026-11-20T18:12:00Z");
        Place::run(command).exits(0).out.trim_end().to_owned()
    }

    /// All refs with their values.
    pub fn refs(&self) -> BTreeMap<String, String> {
        let listed = self.git(&["for-each-ref", "--format=%(refname) %(objectname)"]);
        listed
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(name, oid)| (name.to_owned(), oid.to_owned()))
            .collect()
    }

    /// Names of the refs that git orca made.
    pub fn own_refs(&self) -> Vec<String> {
        self.refs().into_keys().filter(|name| name.contains("/orca/")).collect()
    }

    /// Everything below the temporary folder, with sizes: to see that nothing changed.
    pub fn everything(&self) -> BTreeMap<PathBuf, u64> {
        let mut found = BTreeMap::new();
        let mut todo = vec![self.root.path().to_owned()];
        while let Some(folder) = todo.pop() {
            for entry in std::fs::read_dir(&folder).unwrap().flatten() {
                let data = entry.metadata().unwrap();
                if data.is_dir() {
                    todo.push(entry.path());
                }
                found.insert(entry.path(), if data.is_dir() { 0 } else { data.len() });
            }
        }
        found
    }

    /// The only run's id.
    pub fn run_id(&self) -> String {
        let runs = std::fs::read_dir(self.app().join(".git/orca/runs")).unwrap();
        runs.flatten().next().unwrap().file_name().into_string().unwrap()
    }

    /// The run's journal loses its last line, as if the program had been killed before it wrote it.
    pub fn interrupt(&self) {
        let journal = self.app().join(".git/orca/runs").join(self.run_id()).join("journal.jsonl");
        let text = std::fs::read_to_string(&journal).unwrap();
        let end = text.trim_end().rfind('\n').unwrap();
        assert!(text[end..].contains("run_finished"), "{}", &text[end..]);
        std::fs::write(&journal, &text[..=end]).unwrap();
    }
}

/// Names in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
