//! A repository in a temporary folder, for tests: hermetic, with fixed identity and dates.

use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::Timestamp;
use tempfile::TempDir;

use super::{
    Baseline, Ignored, LeftoverRules, Leftovers, Repo, Slot, SlotHead, commit_leftovers, create_slot, reset_slot,
};
use crate::model::{Oid, Result};

/// A repository at `dir/repo`, and room for slots at `dir/repo.orca`.
pub(super) struct Fixture {
    pub(super) dir: TempDir,
}

/// When everything in a test happens.
pub(super) fn noon() -> Timestamp {
    Timestamp::from_second(1_795_000_000).unwrap()
}

/// Runs git in `folder` with a fixed environment, and gives what it said; panics when it fails.
pub(super) fn git(folder: &Path, args: &[&str]) -> String {
    let (ok, said) = try_git(folder, args);
    assert!(ok, "git {args:?} in {}: {said}", folder.display());
    said
}

/// As [`git`], for calls that may fail.
pub(super) fn try_git(folder: &Path, args: &[&str]) -> (bool, String) {
    let mut command = Command::new("git");
    command.current_dir(folder).args(args).env_clear();
    command.envs(["PATH", "TMPDIR"].into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env("HOME", "/nonexistent");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "Ada").env(format!("GIT_{who}_EMAIL"), "ada@example.org");
        command.env(format!("GIT_{who}_DATE"), "1795000000 +0000");
    }
    command.env("LC_ALL", "C").env("GIT_EDITOR", ":");
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    let said = if output.status.success() { text(&output.stdout) } else { text(&output.stderr) };
    (output.status.success(), said)
}

/// Writes a file with its folders.
pub(super) fn write(root: &Path, path: &str, content: &str) {
    let full = root.join(path);
    std::fs::create_dir_all(full.parent().unwrap()).unwrap();
    std::fs::write(full, content).unwrap();
}

/// Commits what is left in a slot whose attempt began at `start`.
pub(super) fn commit_left(repo: &Repo, slot: &Slot, start: &Oid, baseline: &Baseline) -> Leftovers {
    let rules = LeftoverRules { start, baseline, message: "Left by the agent", when: noon(), known_only: false };
    commit_leftovers(repo, slot, &rules).unwrap()
}

impl Fixture {
    /// One commit with a few files, one folder and an ignore rule.
    pub(super) fn new() -> Self {
        let fixture = Fixture { dir: tempfile::tempdir().unwrap() };
        let root = fixture.root();
        std::fs::create_dir_all(&root).unwrap();
        git(&root, &["init", "-q", "-b", "main"]);
        // The identity lies in the repository: the code under test inherits the environment of the test process, whose
        // own configuration must not matter.
        for (key, value) in [("user.name", "Ada"), ("user.email", "ada@example.org"), ("core.autocrlf", "false")] {
            git(&root, &["config", key, value]);
        }
        fixture.commit(
            "base",
            &[
                (".gitignore", "target/\n*.log\n"),
                ("a.txt", "1\n2\n3\n4\n5\n"),
                ("b.txt", "b\n"),
                ("src/lib.rs", "fn one() {}\n"),
                ("src/deep/two.rs", "fn two() {}\n"),
            ],
        );
        fixture
    }

    pub(super) fn root(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join("repo")
    }

    pub(super) fn slots(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join("repo.orca")
    }

    pub(super) fn repo(&self) -> Repo {
        Repo::discover(&self.root()).unwrap()
    }

    pub(super) fn git(&self, args: &[&str]) -> String {
        git(&self.root(), args)
    }

    /// Writes files in the main checkout and commits everything.
    pub(super) fn commit(&self, message: &str, files: &[(&str, &str)]) -> Oid {
        files.iter().for_each(|(path, content)| write(&self.root(), path, content));
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"]).parse().unwrap()
    }

    /// A commit on top of `on`, made by `change` in the main checkout, which is back on `main` afterwards.
    pub(super) fn branch(&self, on: &Oid, change: impl FnOnce(&Path)) -> Oid {
        self.git(&["checkout", "-q", "--detach", on.as_str()]);
        change(&self.root());
        let commit = self.commit("branch", &[]);
        self.git(&["checkout", "-q", "main"]);
        commit
    }

    /// A slot with the files of `at`, on a branch of its own.
    pub(super) fn slot(&self, repo: &Repo, name: &str, at: &Oid) -> Result<(Slot, SlotHead)> {
        let slot = create_slot(repo, &self.slots(), name, at)?;
        self.git(&["update-ref", &format!("refs/heads/orca/r/task/{name}"), at.as_str()]);
        let head = SlotHead::Branch { name: format!("orca/r/task/{name}"), at: at.clone() };
        reset_slot(repo, &slot, &head, &Ignored::Keep).unwrap();
        Ok((slot, head))
    }
}
