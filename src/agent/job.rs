//! What an agent's command depends on.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::model::{AgentDef, Allowance, CommandSpec, Limits, Price, SessionId, Stdin, Task, Usage};

/// Everything an agent's command and the reading of its stream depend on.
#[derive(Debug, Clone)]
pub struct Job<'a> {
    /// The task.
    pub task: &'a Task,
    /// Number of the attempt.
    pub n: u32,
    /// Its definition, with the defaults of its kind filled in.
    pub def: AgentDef,
    /// The worktree, its working folder.
    pub worktree: PathBuf,
    /// The folder that it works in: the worktree, or a project's folder in it.
    pub folder: PathBuf,
    /// What committing in the worktree writes outside of it: for agents that bring a sandbox of their own.
    pub shared: Vec<PathBuf>,
    /// The complete task.
    pub task_file: PathBuf,
    /// The prompt.
    pub prompt_file: PathBuf,
    /// The prompt, where the input of the program can stay open; else only its file is read.
    pub spoken: Option<String>,
    /// File for the task's `run` text.
    pub script_file: PathBuf,
    /// File for its output.
    pub log: PathBuf,
    /// Its complete environment.
    pub env: BTreeMap<String, String>,
    /// The session to go on in, and what it used before: agents count on from there.
    pub resume: Option<(SessionId, Usage)>,
    /// What this attempt may use.
    pub allowance: Allowance,
    /// The user's own prices, by model.
    pub prices: BTreeMap<String, Price>,
    /// Whether we are root: some agents refuse to work without asking then.
    pub root: bool,
    /// Where it only has to judge: it may read, and must answer in a form.
    pub review: Option<ReviewJob>,
}

/// The form of a reviewing agent's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewJob {
    /// JSON Schema of the answer.
    pub schema: &'static str,
    /// File with the same.
    pub schema_file: PathBuf,
    /// File that the answer may be written to.
    pub answer_file: PathBuf,
}

impl Job<'_> {
    /// The command of a built-in agent: its definition's own program with `args`, or `program`, in the worktree, with
    /// the prompt on standard input. There it needs no room on a command line, and no other user sees it.
    pub(super) fn spec(&self, program: &str, args: Vec<String>) -> CommandSpec {
        let mut words = self.def.command.iter().cloned();
        CommandSpec {
            program: words.next().unwrap_or_else(|| program.to_owned()),
            args: words.chain(args).collect(),
            cwd: self.worktree.clone(),
            env: self.env.clone(),
            stdin: Stdin::File(self.prompt_file.clone()),
            log: self.log.clone(),
            limits: self.limits(),
        }
    }

    /// The prompt, where it is asked for that it is told over an input that stays open, and can be.
    pub(super) fn told_live(&self) -> Option<&str> {
        self.spoken.as_deref().filter(|_| self.def.live == Some(true) && self.review.is_none())
    }

    /// Its definition's limits.
    pub(super) fn limits(&self) -> Limits {
        let seconds = std::time::Duration::from_secs;
        Limits {
            wall: self.def.timeout.map(seconds),
            idle: self.def.idle.map(seconds),
            memory: self.def.memory,
            ..Limits::default()
        }
    }
}
