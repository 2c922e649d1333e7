//! Repositories of a given size for benches, with a hermetic program.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A repository for a bench, with a home of its own.
pub struct Bench {
    pub folder: tempfile::TempDir,
}

impl Bench {
    /// A repository with `files` files of a few lines, committed.
    pub fn new(files: usize) -> Bench {
        let bench = Bench { folder: tempfile::tempdir().unwrap() };
        let app = bench.app();
        for n in 0..files {
            let folder = app.join(format!("d{}", n / 50));
            std::fs::create_dir_all(&folder).unwrap();
            let lines: String = (0..20).map(|line| format!("file {n} line {line}\n")).collect();
            std::fs::write(folder.join(format!("f{n}.txt")), lines).unwrap();
        }
        std::fs::create_dir_all(&app).unwrap();
        bench.git(&["init", "-q", "-b", "main"]);
        bench.git(&["config", "user.name", "Bench"]);
        bench.git(&["config", "user.email", "bench@localhost"]);
        std::fs::write(app.join("README"), "bench\n").unwrap();
        bench.git(&["add", "-A"]);
        bench.git(&["commit", "-q", "-m", "base"]);
        bench
    }

    pub fn app(&self) -> PathBuf {
        self.folder.path().join("app")
    }

    /// A program in the repository, with a home of its own.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        let home = self.folder.path().join("home");
        std::fs::create_dir_all(&home).unwrap();
        command
            .current_dir(self.app())
            .env("HOME", &home)
            .env("XDG_STATE_HOME", home.join("state"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .stdin(Stdio::null());
        command
    }

    pub fn git(&self, args: &[&str]) -> String {
        let out = self.command(Path::new("git")).args(args).output().unwrap();
        assert!(out.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }
}
