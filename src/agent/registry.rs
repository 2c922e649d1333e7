//! All agents, and which one serves a name.

use std::collections::BTreeSet;
use std::path::Path;

use super::seam::Agent;
use super::{Acp, Claude, Codex, CommandAgent, Gemini, Opencode, Script};
use crate::model::AgentDef;

/// All kinds of agents. The last serves every name defined in `orca.toml` without a `kind`.
pub static AGENTS: &[&dyn Agent] = &[&Script, &Claude, &Codex, &Gemini, &Opencode, &Acp, &CommandAgent];

/// The agent that serves a name with this definition.
pub fn find(name: &str, def: Option<&AgentDef>) -> &'static dyn Agent {
    let kind = def.and_then(|def| def.kind.as_deref()).unwrap_or(name);
    AGENTS.iter().find(|agent| agent.name() == kind).copied().unwrap_or(&CommandAgent)
}

/// The definition of an agent with the defaults of its kind filled in.
pub fn defined(name: &str, def: Option<&AgentDef>) -> AgentDef {
    let agent = find(name, def);
    let mut filled = def.cloned().unwrap_or_default();
    filled.timeout = filled.timeout.or(agent.has_stream().then_some(TIMEOUT));
    filled.idle = filled.idle.or(agent.has_stream().then_some(IDLE));
    filled.provider = filled.provider.take().or_else(|| agent.provider_of(&filled));
    filled
}

/// The variables that an agent needs: its kind's, and those of the program that it starts, where that is known by itself.
pub fn variables(agent: &dyn Agent, def: &AgentDef) -> Vec<&'static str> {
    let program = def.command.first().map(Path::new).and_then(Path::file_name);
    let known = AGENTS.iter().filter(|it| it.program().is_some_and(|name| program == Some(name.as_ref())));
    let all = agent.variables().iter().chain(known.flat_map(|it| it.variables()));
    all.copied().collect::<BTreeSet<_>>().into_iter().collect()
}

/// Whether two names mean the same program and model: then one reads its own work when it reads the other's.
pub fn same(a: &str, of_a: Option<&AgentDef>, b: &str, of_b: Option<&AgentDef>) -> bool {
    let identity = |name: &str, def: Option<&AgentDef>| {
        let filled = defined(name, def);
        (find(name, def).name(), filled.command, filled.args, filled.model)
    };
    identity(a, of_a) == identity(b, of_b)
}

/// Seconds of an attempt of a built-in agent where nothing is said: half an hour, as for any agent (TRANSCRIPTS b).
const TIMEOUT: u64 = crate::settings::AGENT_TIMEOUT;

/// Seconds without a line of the stream. Claude Code and Codex are silent while a tool runs, and end one after ten
/// minutes at the latest.
const IDLE: u64 = 900;
