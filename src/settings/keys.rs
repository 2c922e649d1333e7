//! The registry of simple settings: those with one value and a place in each source.
//!
//! To add one: an entry here, a field in `Flags` if it has a flag, a line in `resolve.rs`. Its names follow from its
//! entry; `git orca config`, unknown-key checks and the reading of `orca.toml` follow from the registry.

/// What kind of TOML value a setting takes in `orca.toml`. Environment and git config always give text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueShape {
    /// Text in quotes.
    Text,
    /// A whole number.
    Number,
    /// A number.
    Float,
    /// `true` or `false`.
    Switch,
    /// A whole number or text.
    NumberOrText,
    /// A whole number or a list of texts; in the other sources the texts are separated by commas.
    NumberOrTexts,
    /// A list of texts; in the other sources separated by commas.
    Texts,
}

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name: that of its flag without the dashes.
    pub name: &'static str,
    /// Table and key in `orca.toml`; `None` for personal settings that a repository must not supply.
    pub file: Option<(&'static str, &'static str)>,
    /// Its kind of value there.
    pub shape: ValueShape,
    /// One line for help and `git orca config`.
    pub about: &'static str,
}

impl Key {
    /// The environment variable: `ORCA_WORKTREE_DIR`.
    pub fn env(&self) -> String {
        format!("ORCA_{}", self.name.to_ascii_uppercase().replace('-', "_"))
    }

    /// The git configuration key as documented: `orca.worktreeDir`.
    pub fn git(&self) -> String {
        let mut parts = self.name.split('-');
        let mut name = format!("orca.{}", parts.next().unwrap_or_default());
        for part in parts {
            let (first, rest) = part.split_at(1);
            name.push_str(&first.to_ascii_uppercase());
            name.push_str(rest);
        }
        name
    }

    /// The key in `orca.toml`: `limits.usd`.
    pub fn in_file(&self) -> Option<String> {
        self.file.map(|(table, key)| format!("{table}.{key}"))
    }
}

macro_rules! keys {
    ($($constant:ident = $name:literal, $file:expr, $shape:ident, $about:literal;)+) => {
        $(#[doc = $about]
        pub(super) const $constant: Key = Key { name: $name, file: $file, shape: ValueShape::$shape, about: $about };)+
        /// Every simple setting, in the order shown.
        pub const KEYS: &[Key] = &[$($constant),+];
    };
}

keys! {
    AGENT = "agent", Some(("run", "agent")), Text, "agent of tasks without a `run` text of their own";
    JOBS = "jobs", Some(("run", "jobs")), NumberOrText, "agents at once: a number or `auto`";
    PLACES = "places", None, Number, "agents at once on this machine, all runs together";
    CHECKS = "checks", Some(("run", "checks")), Number, "gate commands at once";
    SCHEDULE = "schedule", Some(("run", "schedule")), Text, "when tasks start: ready, layered, sequential";
    TDD = "tdd", Some(("run", "tdd")), Text, "how tests are written: off, single, staged";
    BASE_MODE = "base-mode", Some(("run", "base")), Text, "what tasks start from: head, exact";
    BASE_RED = "base-red", Some(("run", "base-red")), Text, "a required gate fails on the base: stop, ok (go on), off (do not ask)";
    SPECULATE = "speculate", Some(("run", "speculate")), Switch, "start tasks on merged work before its gates have spoken";
    TELL = "tell", Some(("run", "tell")), Switch, "tell agents that work which conflicts are foreseen with their work, and what has landed that it builds on";
    APPROVE = "approve", Some(("run", "approve")), Text, "what needs your approval: none, plan, layer, task";
    FOUND_GATES = "found-gates", Some(("run", "found-gates")), Switch, "gates that fit the project besides those of orca.toml";
    ATTEMPTS = "attempts", Some(("run", "attempts")), Number, "attempts per task";
    CANDIDATES = "candidates", Some(("run", "candidates")), NumberOrTexts, "attempts of one task at once, of which the gates choose one: a number, or agents (`claude,codex`)";
    PICK = "pick", Some(("run", "pick")), Text, "which of them: best (of all), first (that passes; the others are stopped)";
    EXECUTOR = "executor", Some(("run", "executor")), Text, "where attempts run: local, ssh, slurm";
    GATES_AT = "gates-at", Some(("executors", "gates")), Text, "where the commands of gates run: local, ssh, slurm";
    HUB = "hub", Some(("executors", "hub")), Text, "bare repository that this machine and far hosts reach: a path or an ssh address; default: one is made";
    FAR_PROGRAM = "far-program", Some(("executors", "program")), Text, "git orca on far hosts: a name in their PATH, or a path";
    FAR_PATIENCE = "far-patience", Some(("executors", "patience")), Text, "how long a far host may be out of reach before its attempts are made again";
    SSH_HOSTS = "ssh-hosts", Some(("executors.ssh", "hosts")), Texts, "hosts of the ssh executor: `box1`, `box2 jobs=4`";
    SLURM_ARGS = "slurm-args", Some(("executors.slurm", "args")), Texts, "more arguments of sbatch";
    SLURM_ARRAYS = "slurm-arrays", Some(("executors.slurm", "arrays")), Switch, "attempts that are ready at the same time are handed over as one job array";
    SANDBOX = "sandbox", None, Text, "fence around agents and gates: repository, auto, bwrap, landlock, off";
    SANDBOX_NET = "sandbox-net", None, Switch, "whether fenced commands can reach the network";
    SANDBOX_WRITE = "sandbox-write", None, Texts, "paths that fenced commands may write: paths, caches, none";
    READING = "reading", Some(("run", "reading")), Text, "order read into a plan: default, strict, loose";
    DEPS = "deps", Some(("run", "deps")), Texts, "kinds of the edges to keep";
    INCLUDE_OPTIONAL = "include-optional", Some(("run", "include-optional")), Switch, "run optional tasks too";
    INCLUDE_DONE = "include-done", Some(("run", "include-done")), Switch, "run tasks that the plan marks as done, too";
    WRITEBACK = "writeback", Some(("run", "writeback")), Switch, "mark landed tasks in the plan";
    REQUIRE_COMPLETE = "require-complete", Some(("run", "require-complete")), Switch, "refuse tasks that lack something";
    PR = "pr", Some(("run", "pr")), Switch, "open pull requests at the end";
    SUCCESS_ALERT = "success-alert", Some(("run", "success-alert")), Float, "share of agents' attempts, from 0 to 1, below which an alert is raised";
    SYMBOLS = "symbols", Some(("run", "symbols")), Text, "who says what a task's files define and who uses it: built-in, serena, off";
    SERENA_SERVERS = "serena-servers", None, Texts, "language servers that Serena may start, by its names; others than `python_jedi` may run code of the repository";
    SNAPSHOT_EVERY = "snapshot-every", Some(("run", "snapshot-every")), Text, "time between snapshots of a worktree";
    BUDGET_TOKENS = "budget-tokens", Some(("limits", "tokens")), Number, "token limit of a run";
    BUDGET_USD = "budget-usd", Some(("limits", "usd")), Float, "limit of a run in US dollars";
    ATTEMPT_TOKENS = "attempt-tokens", Some(("limits", "attempt-tokens")), Number, "token limit of one attempt";
    ATTEMPT_USD = "attempt-usd", Some(("limits", "attempt-usd")), Float, "limit of one attempt in US dollars";
    TASK_TOKENS = "task-tokens", Some(("limits", "task-tokens")), Number, "token limit of a task, all attempts together";
    TASK_USD = "task-usd", Some(("limits", "task-usd")), Float, "limit of a task in US dollars, all attempts together";
    TASK_TIME = "task-time", Some(("limits", "task-time")), Text, "time limit of a task, all attempts together";
    RUN_TIME = "run-time", Some(("limits", "run-time")), Text, "time limit of the run";
    GATE_MEMORY = "gate-memory", Some(("limits", "gate-memory")), Text, "memory that a gate's command, or setup, may have with all that it starts";
    DISK = "disk", Some(("limits", "disk")), Text, "room that worktrees may take; beyond it those go that nobody uses, the longest unused first";
    ATTEMPT_TIME = "attempt-time", Some(("limits", "attempt-time")), Text, "time limit of one attempt";
    IDLE = "idle", Some(("limits", "idle")), Text, "time limit of an agent without output";
    TURNS = "turns", Some(("limits", "turns")), Number, "limit of turns in one attempt: tool calls, where the agent does not count turns itself";
    PUBLISH_REMOTE = "publish-remote", Some(("publish", "remote")), Text, "remote to push layer branches to";
    PUBLISH_DRAFT = "publish-draft", Some(("publish", "draft")), Switch, "pull requests start as drafts";
    PUBLISH_ONTO = "publish-onto", Some(("publish", "onto")), Text, "branch to merge the lowest layer's pull request into";
    PUBLISH_LABELS = "publish-labels", Some(("publish", "labels")), Texts, "labels of new pull requests";
    PUBLISH_REVIEWERS = "publish-reviewers", Some(("publish", "reviewers")), Texts, "reviewers of new pull requests; `org/team` for a team";
    PUBLISH_ASSIGNEES = "publish-assignees", Some(("publish", "assignees")), Texts, "assignees of new pull requests";
    PUBLISH_MILESTONE = "publish-milestone", Some(("publish", "milestone")), Text, "milestone of new pull requests";
    PUBLISH_POLL = "publish-poll", Some(("publish", "poll")), Text, "time between two looks at the server while a review or its checks are waited for";
    PUBLISH_SILENCE = "publish-silence", Some(("publish", "silence")), Text, "time after which a server that says nothing is asked again";
    PUBLISH_FEEDBACK = "publish-feedback", Some(("publish", "feedback")), Switch, "`publish` gives review comments of people with write access back to the tasks";
    WORKTREE_DIR = "worktree-dir", None, Text, "folder of the worktrees";
    NOTIFY = "notify", None, Text, "where notices go, at the end and when you are needed: `desktop`, a URL, a command";
    FORGE = "forge", None, Text, "the server of pull requests: `github` or `forgejo`";
    PUBLISH_ISSUES = "publish-issues", Some(("publish", "issues")), Text, "what the issues of a plan hear: `off`, `comment`, or `close` when the pull request is merged";
    GITHUB_REPO = "github-repo", None, Text, "repository of pull requests, `owner/name`, where the remote's address does not say it";
    GITHUB_API = "github-api", None, Text, "address of the GitHub API, for other hosts";
    FORGE_REPO = "forge-repo", None, Text, "repository on a Forgejo or Gitea server, `owner/name`, where the remote's address does not say it";
    FORGE_API = "forge-api", None, Text, "address of the API of a Forgejo or Gitea server";
    TRACKER = "tracker", None, Text, "what is told what becomes of tasks: `issues` (the plan's own), an Archon server's address, or a file that gets a line each";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_from_one_name() {
        assert_eq!(WORKTREE_DIR.env(), "ORCA_WORKTREE_DIR");
        assert_eq!(WORKTREE_DIR.git(), "orca.worktreeDir");
        assert_eq!(BUDGET_USD.in_file().as_deref(), Some("limits.usd"));
    }

    #[test]
    fn keys_are_unique_and_described() {
        for (n, key) in KEYS.iter().enumerate() {
            assert!(!key.about.is_empty() && key.name.split('-').all(|part| !part.is_empty()), "{}", key.name);
            for other in &KEYS[n + 1..] {
                assert_ne!(key.name, other.name);
                assert!(key.file.is_none() || key.file != other.file, "{}", key.name);
            }
        }
    }
}
