//! `tools`, `agent` and `same_agent` of a gate of the kind review.

use crate::gate::tools::{read_tools, wanted_of_tools};
use crate::model::{GateDef, GateKind, Reviewer};
use crate::settings::{GateKeys, SettingsTable};

/// What others know of the kind.
pub(super) const KEYS: GateKeys = GateKeys {
    kind: GateKind::Review,
    names: &["tools", "agent", "same_agent"],
    read,
    commands: |_| Vec::new(),
    wants: |def| format!(": only files of the task, small functions, no leftovers{}", wanted_of_tools(def)),
};

fn read(table: &SettingsTable<'_, '_>, def: &mut GateDef) {
    read_tools(table, def);
    let same_agent = table.boolean("same_agent").unwrap_or(false);
    def.reviewer = table.text("agent").map(|(agent, _)| Reviewer { agent, same_agent });
}
