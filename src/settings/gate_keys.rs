//! The keys of a gate that only some kinds take: `tools`, and what is measured.

use super::document::{SettingsDocument, SettingsTable};
use super::near::suggestion;
use crate::model::{GateKind, Place, Reviewer, Speed, TOOLS, find_tool};

/// `tools = ["ruff", "mypy"]`, for gates that run some.
pub(super) fn tools(doc: &SettingsDocument<'_>, table: &SettingsTable<'_, '_>, kind: GateKind) -> Option<Vec<String>> {
    let found = table.find("tools")?;
    let named = table.texts("tools")?;
    if !matches!(kind, GateKind::Security | GateKind::Review) {
        doc.error(found.at, format!("`{}` is for gates of the kinds security and review", found.name), "");
        return None;
    }
    let fitting = || TOOLS.iter().filter(|tool| tool.gate == kind).map(|tool| tool.name);
    for (name, at) in &named {
        match find_tool(name) {
            Some(tool) if tool.gate == kind => {}
            Some(_) => {
                let what = format!("`{name}` is a tool of another kind of gate");
                doc.error(at.clone(), what, format!("this one takes {}", fitting().collect::<Vec<_>>().join(", ")));
            }
            None => {
                let near = suggestion(name, fitting());
                let hint = if near.is_empty() { "as a gate of its own: run = \"…\"".to_owned() } else { near };
                doc.error(at.clone(), format!("there is no tool `{}`", name.escape_debug()), hint);
            }
        }
    }
    Some(named.into_iter().map(|(name, _)| name).collect())
}

/// `agent = "codex"` and `same_agent = true`, for gates of the kind review.
pub(super) fn reviewer(doc: &SettingsDocument<'_>, table: &SettingsTable<'_, '_>, kind: GateKind) -> Option<Reviewer> {
    if kind != GateKind::Review {
        for found in ["agent", "same_agent"].into_iter().filter_map(|key| table.find(key)) {
            doc.error(found.at, format!("`{}` is for gates of the kind review", found.name), "");
        }
        return None;
    }
    let same_agent = table.boolean("same_agent").unwrap_or(false);
    Some(Reviewer { agent: table.text("agent")?.0, same_agent })
}

/// `limit`, `memory_limit`, `repeats`, `build`, `measure`, for gates of the kind performance.
pub(super) fn speed(
    doc: &SettingsDocument<'_>,
    table: &SettingsTable<'_, '_>,
    kind: GateKind,
    has_run: bool,
) -> Option<Speed> {
    let keys = ["limit", "memory_limit", "repeats", "build", "measure"];
    if kind != GateKind::Performance {
        for found in keys.into_iter().filter_map(|key| table.find(key)) {
            doc.error(found.at, format!("`{}` is for gates of the kind performance", found.name), "");
        }
        return None;
    }
    let usual = Speed::default();
    let limit = |key: &str, usual: f64| match table.float(key) {
        Some((limit, at)) if !(limit >= 1.0 && limit.is_finite()) => {
            let what = format!("`{key}` is a multiple of the base's, at least 1, not {limit}");
            doc.error(at, what, "1.5 allows half as much again");
            usual
        }
        Some((limit, _)) => limit,
        None => usual,
    };
    let measure = |text: &str| match text {
        "benchmark" => Ok(false),
        "tests" => Ok(true),
        _ => Err(format!("`{}` is neither `benchmark` nor `tests`", text.escape_debug())),
    };
    Some(Speed {
        limit: limit("limit", usual.limit),
        memory_limit: limit("memory_limit", usual.memory_limit),
        repeats: repeats(doc, table).unwrap_or(usual.repeats),
        build: table.text("build").map(|(text, _)| text),
        // Without a command the project's tests are measured.
        tests: table.read("measure", measure).unwrap_or(!has_run),
    })
}

/// Each is two runs of the command, and the gate gives up after 64 rounds.
const MOST_REPEATS: u32 = 50;

fn repeats(doc: &SettingsDocument<'_>, table: &SettingsTable<'_, '_>) -> Option<u32> {
    let repeats = table.number("repeats")?;
    let at = table.find("repeats").map_or_else(|| Place::new(String::new(), 0), |found| found.at);
    if repeats > MOST_REPEATS {
        doc.error(at, format!("`repeats` is at most {MOST_REPEATS}"), "");
        return None;
    }
    Some(repeats)
}
