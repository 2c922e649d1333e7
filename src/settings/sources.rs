//! Where settings come from.

use std::collections::BTreeMap;

use super::flags::Flags;
use super::gate_keys::GateKinds;

/// Where settings come from. All of it is data: whoever calls has read it.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The command line.
    pub flags: &'a Flags,
    /// The environment; only `ORCA_*` is looked at.
    pub env: &'a BTreeMap<String, String>,
    /// git's configuration, keys lower-case, the last value of each; only `orca.*` is looked at.
    pub git_config: &'a BTreeMap<String, String>,
    /// Name (for problems) and text of `orca.toml`.
    pub file: Option<(&'a str, &'a str)>,
    /// The same of the folders around it, nearest first: what the file leaves open, they say.
    pub beneath: &'a [(String, String)],
    /// Names of the agents that need no definition.
    pub built_in_agents: &'a [&'a str],
    /// The kinds of gates.
    pub gate_kinds: GateKinds<'a>,
}
