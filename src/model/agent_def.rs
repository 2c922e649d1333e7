//! An agent as a run is told of it (`[agents.NAME]`).

use serde::{Deserialize, Serialize};

/// How a prompt reaches an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PromptVia {
    /// On standard input.
    Prompt,
    /// Not on standard input: `{prompt_file}` or `ORCA_PROMPT_FILE`.
    #[default]
    None,
}

/// What an agent may do without being asked; nobody is there to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Permissions {
    /// Everything its user may. What holds it is the fence around it.
    #[default]
    Full,
    /// Edit in its worktree, commit, and what `allow` names; by the agent's own means.
    Workspace,
}

/// Any program as an agent (`[agents.NAME]`). Durations in seconds, memory in bytes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentDef {
    /// Program and arguments; `{prompt_file}`, `{task}`, `{task_file}`, `{worktree}`, `{attempt}` are replaced.
    pub command: Vec<String>,
    /// What it reads on standard input.
    pub stdin: PromptVia,
    /// Wall time of an attempt, seconds.
    pub timeout: Option<u64>,
    /// Time without output, seconds.
    pub idle: Option<u64>,
    /// Memory a process may take, bytes.
    pub memory: Option<u64>,
    /// Names of environment variables passed through.
    pub env: Vec<String>,
    /// The kind of agent it is, where that is not its name: `claude`, `codex`.
    pub kind: Option<String>,
    /// More arguments, after those of its kind.
    pub args: Vec<String>,
    /// What it may do.
    pub permissions: Permissions,
    /// Tools it may use besides, in the agent's own notation: `Bash(cargo test *)`.
    pub allow: Vec<String>,
    /// Model, for agents that take one.
    pub model: Option<String>,
    /// Whom it asks. Agents of one provider share its pauses and refusals; none: the agent's own name.
    pub provider: Option<String>,
    /// Turns it may take in an attempt: tools used, where the agent does not count for itself.
    pub turns: Option<u32>,
    /// The user's own, from git's configuration, which no repository brings along: it needs no trust.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub own: bool,
    /// Whether it gets our own server, to read about its task.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub mcp: bool,
    /// Whether it can be told something while it works, for agents that know both ways; none: as its kind usually is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live: Option<bool>,
}
