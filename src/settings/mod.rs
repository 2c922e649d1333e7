//! What the program is told, from five sources, as one value: flag > environment `ORCA_*` > git config `orca.*` >
//! `orca.toml` > default; and what a repository may have us run ([`trust`]).
//!
//! [`Flags`] is what was said, [`Settings`] what is meant. [`resolve`](resolve()) turns one into the other without
//! I/O: environment and git configuration come in as maps. To add a simple setting see [`KEYS`].

mod approvals;
mod definitions;
mod document;
mod file;
mod flags;
mod forge;
mod forge_name;
mod gate_keys;
mod keys;
mod layers;
mod near;
mod own_agents;
mod pick;
mod resolve;
mod resources;
mod run_options;
mod shown;
mod sources;
pub mod trust;
pub mod units;
mod words;

pub use definitions::{AGENT_TIMEOUT, GATE_TIMEOUT, PLACEHOLDERS};
pub use document::SettingsTable;
pub use file::{DepEdit, FILE_FORMAT, OrcaFile, ROLES, RoleDef, TaskRule};
pub use flags::{ExecutorName, Flags, JobsWish, OrderReading, Sandbox};
pub use forge::{ForgePlace, ForgeSettings};
pub use forge_name::{ForgeName, IssueEcho};
pub use gate_keys::{GateKeys, GateKinds};
pub use keys::{KEYS, Key, ValueShape};
pub use near::{nearest, suggestion};
pub use resolve::{Settings, host_of, resolve};
pub use shown::Shown;
pub use sources::Sources;
pub use units::{count, money};
pub use words::Words;

#[cfg(test)]
mod tests;
