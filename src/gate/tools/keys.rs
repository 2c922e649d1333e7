//! `tools = ["ruff", "mypy"]`, for the kinds of gates that run some.

use crate::brief::one_line;
use crate::model::{GateDef, TOOLS, find_tool};
use crate::settings::{SettingsTable, suggestion};

/// Reads the tools of a gate: those of its kind.
pub(in crate::gate) fn read_tools(table: &SettingsTable<'_, '_>, def: &mut GateDef) {
    let Some(named) = table.texts("tools") else { return };
    let fitting = || TOOLS.iter().filter(|tool| tool.gate == def.kind).map(|tool| tool.name);
    for (name, at) in &named {
        match find_tool(name) {
            Some(tool) if tool.gate == def.kind => {}
            Some(_) => {
                let what = format!("`{name}` is a tool of another kind of gate");
                table.error(at.clone(), what, format!("this one takes {}", fitting().collect::<Vec<_>>().join(", ")));
            }
            None => {
                let near = suggestion(name, fitting());
                let hint = if near.is_empty() { "as a gate of its own: run = \"…\"".to_owned() } else { near };
                table.error(at.clone(), format!("there is no tool `{}`", name.escape_debug()), hint);
            }
        }
    }
    def.tools = Some(named.into_iter().map(|(name, _)| name).collect());
}

/// What a gate with tools wants of a change beside its own rules.
pub(in crate::gate) fn wanted_of_tools(def: &GateDef) -> String {
    let tools: Vec<String> = def.tools.iter().flatten().map(|tool| one_line(tool)).collect();
    if tools.is_empty() { String::new() } else { format!("; nothing found by {} on changed lines", tools.join(", ")) }
}
