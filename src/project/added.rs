//! What an `orca.toml` that is there already lacks of what `git orca init` would write: gates of kinds that it does not have,
//! and the set-up that its tests need.

use super::detect::Detected;
use super::init::{one_gate, toml_text};
use crate::model::{GateDef, GateKind};

/// The text with what is missing, or none where nothing is. Nothing of the text itself is changed: lines are added to its end,
/// or below the header of a table that it has.
pub fn added(text: &str, own: &[GateDef], has_setup: bool, detected: &Detected) -> Option<String> {
    let is_missing = |gate: &&GateDef| {
        let covered = own.iter().any(|known| known.kind == gate.kind || known.name == gate.name);
        // What only reads is found wherever there are tests, and needs no line.
        !gate.only_reads && !covered
    };
    let gates: String = detected.gates.iter().filter(is_missing).map(one_gate).collect();
    let needs_setup = gates_run(detected, &is_missing) && !has_setup;
    let setup = detected.setup.as_ref().filter(|_| needs_setup).map(|setup| format!("setup = {}\n", toml_text(setup)));
    if gates.is_empty() {
        return None;
    }
    let mut new = match setup {
        Some(line) => with_setup(text, &line),
        None => text.to_owned(),
    };
    if !new.ends_with('\n') {
        new.push('\n');
    }
    new.push_str("\n# Added by git orca init.\n");
    new.push_str(&gates);
    Some(new)
}

/// Whether one of the missing gates runs the project's tests.
fn gates_run(detected: &Detected, is_missing: &dyn Fn(&&GateDef) -> bool) -> bool {
    detected.gates.iter().filter(is_missing).any(|gate| matches!(gate.kind, GateKind::Command | GateKind::Tdd))
}

/// A line in the table `[worktree]`, which is made where there is none.
fn with_setup(text: &str, line: &str) -> String {
    let is_header = |text: &str| text.split('#').next().unwrap_or_default().trim() == "[worktree]";
    let mut new = String::new();
    let mut done = false;
    for part in text.split_inclusive('\n') {
        new.push_str(part);
        if !done && is_header(part) {
            if !part.ends_with('\n') {
                new.push('\n');
            }
            new.push_str(line);
            done = true;
        }
    }
    if !done {
        let gap = if new.is_empty() || new.ends_with('\n') { "" } else { "\n" };
        new.push_str(&format!("{gap}\n[worktree]\n{line}"));
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(name: &str, kind: GateKind, run: &str) -> GateDef {
        GateDef { run: run.to_owned(), ..GateDef::new(name.parse().unwrap(), kind) }
    }

    fn detected() -> Detected {
        let gates = vec![
            gate("test", GateKind::Command, "npx vitest run"),
            gate("tdd", GateKind::Tdd, ""),
            gate("security", GateKind::Security, ""),
            GateDef { only_reads: true, ..gate("reads", GateKind::Review, "") },
        ];
        Detected { gates, setup: Some("npm ci".to_owned()), ..Detected::default() }
    }

    #[test]
    fn only_what_is_missing_is_added_and_nothing_is_changed() {
        let own = [gate("check", GateKind::Command, "make check")];
        let text = "orca = 1\n[agents.mine]\ncommand = [\"mine\"]\n[gates.check]\nrun = \"make check\"";
        let new = added(text, &own, true, &detected()).unwrap();
        assert!(new.starts_with(&format!("{text}\n\n# Added by git orca init.\n[gates.tdd]\n")), "{new}");
        assert!(new.contains("[gates.security]") && !new.contains("[gates.test]"), "{new}");
        assert!(!new.contains("npm ci") && !new.contains("[gates.reads]"), "{new}");
        let all = detected().gates;
        assert_eq!(added(&new, &all, true, &detected()), None);
    }

    #[test]
    fn set_up_goes_into_the_table_that_is_there() {
        let table = [
            ("orca = 1\n", "orca = 1\n\n[worktree]\nsetup = \"npm ci\"\n"),
            ("[worktree] # fresh\ncopy = [\".env\"]\n", "[worktree] # fresh\nsetup = \"npm ci\"\ncopy = [\".env\"]\n"),
        ];
        for (text, start) in table {
            let new = added(text, &[], false, &detected()).unwrap();
            assert!(new.starts_with(start), "{new}");
            assert!(toml::from_str::<toml::Table>(&new).is_ok(), "{new}");
        }
    }
}
