//! What a gate looks at, in a line.

use super::display::safe;
use crate::model::{GateDef, GateKind, Speed};

/// `cargo test`, `built-in rules, bandit`, `time and memory of pytest, base against head, at most 1.5x`.
pub fn gate_text(gate: &GateDef) -> String {
    let with = |first: &str, last: &[&str]| {
        let tools = gate.tools.iter().flatten().map(String::as_str);
        let all: Vec<&str> = std::iter::once(first).filter(|text| !text.is_empty()).chain(tools).collect();
        safe(&[&all[..], last].concat().join(", "))
    };
    match gate.kind {
        GateKind::Security => with("built-in rules", &[]),
        GateKind::Review => with("", &["complexity", "files outside the task", "conflict markers"]),
        GateKind::Performance => performance(gate, &gate.speed.clone().unwrap_or_default()),
        _ => safe(&gate.run),
    }
}

fn performance(gate: &GateDef, speed: &Speed) -> String {
    if gate.run.trim().is_empty() {
        return "no command to measure: unchecked".to_owned();
    }
    // A building command's memory would be the compiler's.
    let what = if speed.build.is_some() { "time" } else { "time and memory" };
    format!("{what} of {}, base against head, at most {}x", safe(&gate.run), speed.limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_says_what_it_looks_at() {
        let gate = |kind| GateDef::new("g".parse().unwrap(), kind);
        let tools = Some(vec!["bandit".to_owned()]);
        let security = GateDef { tools, ..gate(GateKind::Security) };
        assert_eq!(gate_text(&security), "built-in rules, bandit");
        let speed = GateDef { run: "pytest".into(), ..gate(GateKind::Performance) };
        assert_eq!(gate_text(&speed), "time and memory of pytest, base against head, at most 1.5x");
        assert_eq!(gate_text(&gate(GateKind::Review)), "complexity, files outside the task, conflict markers");
        assert_eq!(gate_text(&GateDef { run: "make".into(), ..gate(GateKind::Command) }), "make");
    }
}
