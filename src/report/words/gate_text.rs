//! What a gate looks at, in a line.

use super::display::{clip, safe};
use crate::gate::{self, Speed};
use crate::model::{GateDef, GateKind};
use crate::report::WIDTH;

/// `cargo test`, `built-in rules, bandit`, `time and memory of pytest, base against head, at most 1.5x`.
pub fn gate_text(gate: &GateDef) -> String {
    let run = run_text(&gate.run);
    let with = |first: &[&str], last: &[&str]| {
        let tools: Vec<&str> = gate.tools.iter().flatten().map(String::as_str).collect();
        safe(&[first, &tools, last].concat().join(", "))
    };
    match gate.kind {
        GateKind::Security => with(&["built-in rules"], &[]),
        GateKind::Review => {
            let read = gate.reviewer.as_ref().map(|reviewer| format!("reviewed by agent {}", reviewer.agent));
            let own = ["complexity", "files outside the task", "conflict markers"];
            with(&[], &own.into_iter().chain(read.as_deref()).collect::<Vec<_>>())
        }
        GateKind::Performance => Speed::of(gate).map_or_else(|why| why, |speed| performance(&run, &speed)),
        GateKind::Tdd if gate.only_reads => "no test deleted, skipped or weakened (read, not run)".to_owned(),
        GateKind::Tdd if run.is_empty() => "red before and green after".to_owned(),
        GateKind::Tdd => format!("{run}, red before and green after"),
        GateKind::Acceptance => "acceptance commands".to_owned(),
        GateKind::Other(_) if run.is_empty() => {
            gate::kind(gate).map_or_else(|| gate.kind.word().to_owned(), |kind| kind.about.to_owned())
        }
        GateKind::Command | GateKind::Other(_) => run,
    }
}

/// The first line of a shell text.
fn run_text(run: &str) -> String {
    let first = clip(run.trim().lines().next().unwrap_or_default(), WIDTH);
    if run.trim().lines().count() > 1 { format!("{first} …") } else { first }
}

fn performance(run: &str, speed: &Speed) -> String {
    if run.is_empty() {
        return "no command to measure".to_owned();
    }
    // A building command's memory would be the compiler's.
    let what = if speed.build.is_some() { "time" } else { "time and memory" };
    format!("{what} of {run}, base against head, at most {}x", speed.limit)
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
        assert_eq!(gate_text(&gate(GateKind::Performance)), "no command to measure");
        assert_eq!(gate_text(&gate(GateKind::Review)), "complexity, files outside the task, conflict markers");
        assert_eq!(gate_text(&GateDef { run: "make\nmore".into(), ..gate(GateKind::Command) }), "make …");
    }
}
