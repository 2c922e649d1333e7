//! What runs a task. An agent *makes* a command and *judges* how its program ended; git decides whether there is a
//! result.
//!
//! | agent | runs |
//! |---|---|
//! | `script` | the task's own `run` text with `sh -e` |
//! | any name under `[agents.NAME]` | the program named there (`command.rs`) |
//!
//! ## To add an agent
//!
//! Copy `command.rs`, implement [`Agent`] for a unit type, add it to [`AGENTS`], describe it in the README's table (a
//! test walks the registry). Flags, streams and exit codes of real programs are measured in FACTS, not guessed.

mod command;
mod script;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::model::{AgentDef, CommandSpec, Result, Task};
use crate::process::End;

pub use command::Command;
pub use script::Script;

/// Everything an agent's command depends on.
#[derive(Debug, Clone)]
pub struct Job<'a> {
    /// The task.
    pub task: &'a Task,
    /// Number of the attempt.
    pub n: u32,
    /// Its definition in `orca.toml`, where there is one.
    pub def: AgentDef,
    /// The worktree, its working folder.
    pub worktree: PathBuf,
    /// The complete task.
    pub task_file: PathBuf,
    /// The prompt.
    pub prompt_file: PathBuf,
    /// File for the task's `run` text.
    pub script_file: PathBuf,
    /// File for its output.
    pub log: PathBuf,
    /// Its complete environment.
    pub env: BTreeMap<String, String>,
}

/// How an agent's program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// By itself, saying that it is done. Whether it is, git says.
    Finished,
    /// Not as it should; again may help.
    Retryable(String),
    /// Not as it should; again would end the same way.
    Fatal(String),
    /// On request.
    Stopped,
}

/// One kind of agent.
pub trait Agent: Sync {
    /// Its name in `--agent`, unless it serves many names.
    fn name(&self) -> &'static str;

    /// One line for people.
    fn about(&self) -> &'static str;

    /// The command that runs `job`, and the text to be put into its script file, if it wants one.
    ///
    /// # Errors
    /// The job lacks what this agent needs.
    fn command(&self, job: &Job<'_>) -> Result<(CommandSpec, Option<String>)>;

    /// What the program's end means.
    fn judge(&self, end: &End) -> Ending;

    /// Whether the program's exit status is evidence: true where a program, not a model, decides it. Then a task that
    /// only verifies is verified by exit 0.
    fn exit_is_evidence(&self) -> bool;
}

/// All kinds of agents. The last serves every name defined in `orca.toml`.
pub static AGENTS: &[&dyn Agent] = &[&Script, &Command];

/// The agent that serves a name.
pub fn find(name: &str) -> &'static dyn Agent {
    AGENTS.iter().find(|agent| agent.name() == name).copied().unwrap_or(&Command)
}

/// What most programs' ends mean, with `again` for what may pass another time.
fn ended(end: &End, again: fn(String) -> Ending) -> Ending {
    match end {
        End::Exited(0) => Ending::Finished,
        End::Exited(code) => again(format!("exit {code}")),
        End::Signaled(signal) => again(format!("killed by signal {signal}")),
        End::WallLimit => again("its time was over".to_owned()),
        End::IdleLimit => again("it was silent for too long".to_owned()),
        End::Stopped => Ending::Stopped,
        End::NotStarted { why, .. } => Ending::Fatal(why.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_described() {
        let names: std::collections::BTreeSet<&str> = AGENTS.iter().map(|agent| agent.name()).collect();
        assert_eq!(names.len(), AGENTS.len());
        assert!(AGENTS.iter().all(|agent| !agent.about().is_empty()));
        assert_eq!(find("script").name(), "script");
        assert_eq!(find("mine").name(), "command");
    }
}
