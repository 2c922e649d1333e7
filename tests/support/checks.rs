//! Questions about what a run left behind.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use git_orca::integrate::names;
use git_orca::model::AttemptId;
use git_orca::process::{Marker, repo_digest};

use super::test_repo::TestRepo;

/// What a test cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestRequirement {
    /// bubblewrap, allowed to make namespaces.
    Bubblewrap,
    /// A kernel with Landlock.
    Landlock,
    /// Mounting a small file system.
    RootAndTmpfs,
    /// Mounting images: root, with loop devices, and Debian's xfsprogs and btrfs-progs.
    LoopMounts,
    /// Debian's own git 2.39.
    OldGit,
    /// A Python to run programs of tests with.
    Python,
    /// A terminal without a person: tmux.
    Tmux,
    /// pytest, ruff, bandit, mypy and others, as `.ci/run` installs them.
    PythonTools,
    /// vitest, eslint, TypeScript and prettier, as `.ci/run` installs them.
    NodeTools,
    /// semgrep, as `.ci/run` installs it.
    Semgrep,
    /// cargo-llvm-cov with rustup's llvm-tools, as `.ci/run` installs them.
    CargoLlvmCov,
    /// clippy and rustfmt.
    Clippy,
    /// Debian's Go.
    Go,
    /// A git that can make reftable repositories.
    Reftable,
    /// A git that reads attributes from a commit: 2.41.
    AttrSource,
    /// Claude Code, as `.ci/run` installs it.
    Claude,
    /// python3 with its `jsonschema` package.
    JsonSchema,
    /// Codex, as `.ci/run` installs it.
    Codex,
    /// pytest with pytest-cov for the machine's own Python, as `.ci/run` installs them.
    Pytest,
    /// Gemini CLI, as `.ci/run` installs it.
    Gemini,
    /// opencode, as `.ci/run` installs it.
    Opencode,
    /// aider, as `.ci/run` installs it.
    Aider,
    /// Codex's adapter for the agent client protocol, as `.ci/run` installs it.
    CodexAcp,
    /// Claude's adapter for the agent client protocol, as `.ci/run` installs it.
    ClaudeAgentAcp,
    /// Debian's git-lfs.
    GitLfs,
    /// Debian's git-crypt.
    GitCrypt,
    /// The Python client of MCP, as `.ci/run` installs it.
    McpPython,
    /// The inspector of MCP and its published scenarios, as `.ci/run` installs them.
    McpInspector,
    /// bash.
    Bash,
    /// zsh.
    Zsh,
    /// fish.
    Fish,
    /// A Chromium for pages: Debian's chromium-headless-shell.
    Chromium,
    /// Debian's openssh-server.
    Sshd,
    /// Debian's postgresql: `initdb`, `pg_ctl`, `psql`.
    Postgres,
    /// Debian's slurmctld, slurmd, slurm-client and munge, as root.
    Slurm,
    /// The validator of Kubernetes manifests, as `.ci/run` installs it.
    KubernetesValidate,
    /// Network namespaces: root, and iproute2.
    NetworkNamespaces,
    /// Prism with GitHub's description, as `.ci/run` installs them.
    Prism,
    /// husky, as `.ci/run` installs it.
    Husky,
    /// The pre-commit framework, as `.ci/run` installs it.
    PreCommit,
    /// rotel, a collector of OpenTelemetry, as `.ci/run` installs it.
    Rotel,
    /// Serena with the language server for Python that only reads, as `.ci/run` installs them.
    Serena,
    /// npm with a cache of two small packages, as `.ci/run` fills it.
    NpmCache,
    /// Two wheels and a pip that installs into other places, as `.ci/run` gets them.
    Wheels,
    /// Making device files: root, on a file system that has them.
    Devices,
}

impl TestRequirement {
    /// The suite of `.ci/run` that installs it, if that does not run every time.
    fn suite(self) -> Option<&'static str> {
        match self {
            TestRequirement::Claude
            | TestRequirement::Codex
            | TestRequirement::Gemini
            | TestRequirement::Opencode
            | TestRequirement::Aider
            | TestRequirement::CodexAcp
            | TestRequirement::ClaudeAgentAcp => Some("agents"),
            TestRequirement::PythonTools
            | TestRequirement::NodeTools
            | TestRequirement::Semgrep
            | TestRequirement::CargoLlvmCov
            | TestRequirement::Go => Some("scanners"),
            TestRequirement::Sshd
            | TestRequirement::Slurm
            | TestRequirement::Postgres
            | TestRequirement::NetworkNamespaces => Some("far"),
            TestRequirement::Serena => Some("symbols"),
            _ => None,
        }
    }
}

/// Says that a test is skipped for want of something; fails where everything is required, but for suites that rest.
pub fn needs(what: TestRequirement) {
    let resting = std::env::var("ORCA_TEST_RESTING").unwrap_or_default();
    let rests = what.suite().is_some_and(|suite| resting.split(' ').any(|one| one == suite));
    let required = !rests && std::env::var("ORCA_TEST_REQUIRE").is_ok_and(|all| all == "all");
    assert!(!required, "needs {what:?}, and ORCA_TEST_REQUIRE=all");
    #[expect(clippy::print_stderr, reason = "a skipped test must say so")]
    {
        eprintln!("skipped: needs {what:?}");
    }
}

/// Where `.ci/run` puts a program of others, if it is there. It is said where it is not.
pub fn in_cache(below: &str, what: TestRequirement) -> Option<PathBuf> {
    let cache = std::env::var_os("ORCA_CI_CACHE").map(PathBuf::from);
    let cache = cache.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cache/orca-ci")));
    let found = cache.map(|cache| cache.join(below)).filter(|program| program.exists());
    if found.is_none() {
        needs(what);
    }
    found
}

/// The fences that work here, none at all first. A missing one is said, and an error where everything is required.
pub fn fences() -> Vec<&'static str> {
    let works = |program: &str, args: &[&str]| {
        std::process::Command::new(program).args(args).output().is_ok_and(|output| output.status.success())
    };
    let mut fences = vec!["off"];
    if works("bwrap", &["--ro-bind", "/", "/", "--unshare-pid", "--proc", "/proc", "true"]) {
        fences.extend(["repository", "bwrap"]);
    } else {
        needs(TestRequirement::Bubblewrap);
    }
    let landlock = ["__launch", "fenced", r#"{"write":[]}"#, "/bin/sh", "sh", "-c", ":"];
    if works(env!("CARGO_BIN_EXE_git-orca"), &landlock) {
        fences.push("landlock");
    } else {
        needs(TestRequirement::Landlock);
    }
    fences
}

/// The blobs that agents announced.
pub fn announced(bed: &TestRepo) -> Vec<String> {
    bed.notes("announced")
}

impl TestRepo {
    /// The files of a revision with their texts, lines joined by `|`.
    pub fn files(&self, rev: &str) -> BTreeMap<String, String> {
        let listed = self.git(&["ls-tree", "-r", rev]);
        let text = |path: &str| self.git(&["show", &format!("{rev}:{path}")]).replace('\n', "|");
        let files = listed.lines().filter(|line| !line.starts_with("160000 "));
        files.filter_map(|line| line.split_once('\t')).map(|(_, path)| (path.to_owned(), text(path))).collect()
    }

    /// A file of a revision.
    pub fn show(&self, rev: &str, path: &str) -> String {
        self.git(&["show", &format!("{rev}:{path}")])
    }

    /// The last head of the latest run.
    pub fn integration(&self) -> String {
        names::integration_branch(&self.run())
    }

    /// A file of the result.
    pub fn result(&self, path: &str) -> String {
        self.show(&self.integration(), path)
    }

    /// Whether the result has a file.
    pub fn result_has(&self, path: &str) -> bool {
        self.git_says(&["cat-file", "-e", &format!("{}:{path}", self.integration())])
    }

    /// What an attempt of the latest run left.
    pub fn attempt(&self, task: &str, n: u32) -> String {
        names::attempt(&self.run(), &AttemptId { task: task.parse().unwrap(), n })
    }

    /// All refs with their values.
    pub fn refs(&self) -> Vec<String> {
        self.git(&["for-each-ref", "--format=%(refname) %(objectname)"]).lines().map(str::to_owned).collect()
    }

    /// How often each task stands in the first-parent history of the latest run's heads.
    pub fn landings(&self) -> BTreeMap<String, usize> {
        let run = self.run();
        let heads = self.git(&["for-each-ref", "--format=%(refname)", &format!("refs/orca/runs/{run}/head")]);
        let heads: Vec<&str> = heads.lines().collect();
        let mut counts = BTreeMap::new();
        if heads.is_empty() {
            return counts;
        }
        let log = ["log", "--first-parent", "--format=%(trailers:key=Orca-Task,valueonly)"];
        let named = self.git(&[&log[..], &heads].concat());
        for task in named.lines().filter(|line| !line.is_empty()) {
            *counts.entry(task.to_owned()).or_default() += 1;
        }
        counts
    }

    /// Every blob that an agent announced is reachable from a ref.
    #[track_caller]
    pub fn assert_lossless(&self) {
        let listed = self.git(&["rev-list", "--objects", "--all"]);
        let reachable: BTreeSet<&str> = listed.lines().filter_map(|line| line.split(' ').next()).collect();
        let lost: Vec<String> = announced(self).into_iter().filter(|blob| !reachable.contains(blob.as_str())).collect();
        assert_eq!(lost, Vec::<String>::new(), "announced, and reachable from no ref");
    }

    /// Processes that carry the latest run's mark in their environment. Runs of other repositories may have the same name.
    pub fn processes(&self) -> Vec<String> {
        let marks = Marker::new(repo_digest(&self.repo().join(".git")), self.run()).env();
        let marks = marks.map(|(name, value)| format!("{name}={value}"));
        let mut found = Vec::new();
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            let Ok(environ) = std::fs::read(entry.path().join("environ")) else { continue };
            let has = |mark: &String| environ.split(|byte| *byte == 0).any(|one| one == mark.as_bytes());
            if marks.iter().all(has) {
                let command = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
                found.push(String::from_utf8_lossy(&command).replace('\0', " "));
            }
        }
        found
    }

    /// No process of the latest run is left, two seconds from now at the latest.
    #[track_caller]
    pub fn assert_no_processes(&self) {
        let begun = std::time::Instant::now();
        while begun.elapsed().as_secs() < 2 && !self.processes().is_empty() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert_eq!(self.processes(), Vec::<String>::new(), "processes that outlived their run");
    }

    /// No file of any branch of the run has a conflict marker.
    #[track_caller]
    pub fn assert_no_markers(&self) {
        for branch in self.git(&["for-each-ref", "--format=%(refname)", "refs/heads"]).lines() {
            let found = self.command("git").args(["grep", "-lE", "^(<<<<<<<|>>>>>>>)", branch]).output().unwrap();
            let found = String::from_utf8_lossy(&found.stdout).into_owned();
            assert_eq!(found, "", "conflict markers");
        }
    }
}
