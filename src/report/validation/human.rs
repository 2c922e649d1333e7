//! For people.

use super::found::Validation;
use crate::model::Verdict;
use crate::report::words::display::{hang, safe};
use crate::report::words::measure;
use crate::report::words::table::Table;
use crate::run::Validated;

/// Findings shown per gate; the rest is in the log and in the other forms.
const FINDINGS: usize = 20;

/// A block per commit: a line per gate, what refuses it, and what to type. `is_all` says that every gate was asked.
pub fn human(found: &[Validation], is_all: bool, columns: usize) -> String {
    found.iter().map(|one| block(one, is_all, columns)).collect::<Vec<_>>().join("\n")
}

fn block(one: &Validation, is_all: bool, columns: usize) -> String {
    let wanted = &one.wanted;
    let head = format!("{} {}, against {}", safe(&wanted.words), wanted.commit.short(), wanted.base.short());
    if one.gates.is_empty() {
        return format!("{head}\nno gate is defined: nothing was checked (git orca init writes some)\n");
    }
    let mut table = Table::new().left("").left("").right("").flexible("", 20);
    for gate in &one.gates {
        let time = if gate.cached { "remembered".to_owned() } else { measure::duration(gate.seconds) };
        let optional = if gate.gate.required { "" } else { "reported only; " };
        let reason = format!("{optional}{}", safe(&gate.judged.reason));
        let cells = [gate.gate.name.to_string(), gate.judged.verdict.word().to_owned(), time, reason];
        table.row(cells.map(Into::into));
    }
    let findings: String = one.gates.iter().map(|gate| findings(gate, columns)).collect();
    format!("{head}\n{}\n{findings}{}\n", table.text(columns).trim_end(), verdict(one, is_all))
}

fn findings(gate: &Validated, columns: usize) -> String {
    let judged = &gate.judged;
    let mut lines: Vec<String> = judged
        .findings
        .iter()
        .take(FINDINGS)
        .map(|finding| {
            let at = match (finding.file.as_str(), finding.line) {
                ("", _) => String::new(),
                (file, 0) => format!("{}: ", safe(file)),
                (file, line) => format!("{}:{line}: ", safe(file)),
            };
            let advice =
                if finding.advice.is_empty() { String::new() } else { format!(" ({})", safe(&finding.advice)) };
            hang(&format!("  {}  ", gate.gate.name), &format!("{at}{}{advice}", safe(&finding.message)), columns)
        })
        .collect();
    if judged.findings.len() > FINDINGS {
        lines.push(format!("  {}  and {} more", gate.gate.name, judged.findings.len() - FINDINGS));
    }
    if gate.refuses()
        && let Some(log) = &gate.log
    {
        lines.push(format!("  {}  output: {}", gate.gate.name, log.display()));
    }
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn verdict(one: &Validation, is_all: bool) -> String {
    let refused: Vec<String> = one
        .gates
        .iter()
        .filter(|gate| gate.refuses())
        .map(|gate| format!("{} {}", gate.gate.name, gate.judged.verdict.word()))
        .collect();
    match refused.is_empty() {
        true if is_all => "all required gates passed".to_owned(),
        true => {
            let said = one.gates.iter().map(|gate| (gate.gate.name.to_string(), gate.judged.verdict));
            let words = said.map(|(name, verdict)| match verdict {
                Verdict::Pass => format!("{name} passed"),
                other => format!("{name} {}", other.word()),
            });
            format!("{}; no other gate was asked", words.collect::<Vec<_>>().join(", "))
        }
        false => format!("refused: {}", refused.join(", ")),
    }
}
