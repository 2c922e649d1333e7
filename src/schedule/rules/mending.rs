//! Whether a task's text asks for mending what fails on the base: such a task may always start, and is held to it.

use std::collections::BTreeSet;

use crate::journal::Judgement;
use crate::model::{GateDef, Task};

/// What people write who want something mended.
const MENDING: [&str; 22] = [
    "fix", "fixes", "fixed", "fixing", "repair", "repairs", "mend", "mends", "restore", "restores", "pass", "passes",
    "green", "red", "broken", "breaks", "failing", "fails", "failure", "failures", "unbreak", "solve",
];

/// Words of a shell text that say nothing about what it runs.
const COMMON: [&str; 12] =
    ["sh", "bash", "env", "npx", "npm", "run", "test", "python", "python3", "node", "cargo", "make"];

/// Whether a task asks for mending a gate: by the name of a test that fails there, or by a word of mending and what the gate
/// is called, runs, or complains about.
pub fn asks_for(task: &Task, gate: &GateDef, said: &Judgement) -> bool {
    let text = TaskWords::of(task);
    if said.measured.red.iter().any(|red| text.names_test(&red.test)) {
        return true;
    }
    let places = said.findings.iter().map(|finding| finding.file.as_str()).filter(|file| !file.is_empty());
    let runs = gate.run.split_whitespace().filter(|word| word.len() > 3 && !COMMON.contains(word));
    let about = |word: &str| text.has(word) || task.files.iter().any(|file| file.path.as_str() == word);
    text.wants_mending() && (text.has(gate.name.as_str()) || text.has_tests(gate) || places.chain(runs).any(about))
}

/// Of the tests that fail on the base, those that may go on failing with a task that asks for mending: the others, where it
/// names some of them; none, where it asks for all.
pub fn left_by(task: &Task, names: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    let text = TaskWords::of(task);
    let left: BTreeSet<String> = names.iter().filter(|name| !text.names_test(name)).cloned().collect();
    (left.len() < names.len() && !left.is_empty()).then_some(left)
}

/// All that a task says, in small letters.
struct TaskWords(String);

impl TaskWords {
    fn of(task: &Task) -> TaskWords {
        let parts = [task.title.as_str(), &task.details, task.run.as_deref().unwrap_or_default()];
        let all = parts.into_iter().chain(task.acceptance.iter().map(String::as_str));
        TaskWords(all.collect::<Vec<_>>().join("\n").to_lowercase())
    }

    fn wants_mending(&self) -> bool {
        MENDING.iter().any(|word| self.has(word))
    }

    /// Whether it has a word, as a word of its own.
    fn has(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !word.is_empty()
            && self.0.match_indices(&word).any(|(at, _)| {
                !part(self.0[..at].chars().next_back()) && !part(self.0[at + word.len()..].chars().next())
            })
    }

    /// Whether it names a test of a report: by the last part of its name, without the row of a table.
    fn names_test(&self, name: &str) -> bool {
        let bare = name.split('[').next().unwrap_or(name);
        let last = bare.rsplit([':', '.', '/', ' ']).next().unwrap_or(bare);
        // `works` and `test` are words of every text.
        last.contains(['_', '-']) && self.has(last) || last.len() > 3 && last != bare && self.has(bare)
    }

    /// Whether it speaks of the tests, and the gate runs them.
    fn has_tests(&self, gate: &GateDef) -> bool {
        let runs_tests = gate.as_proof || gate.name.as_str().contains("test") || gate.run.contains("test");
        runs_tests && ["test", "tests", "suite"].iter().any(|word| self.has(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{GateKind, Measured, RedTest, Verdict};

    fn said(tests: &[&str]) -> Judgement {
        let red = |name: &&str| RedTest { file: String::new(), test: (*name).to_owned() };
        Judgement {
            tree: "a".repeat(40).parse().unwrap(),
            verdict: Verdict::Fail,
            reason: String::new(),
            findings: Vec::new(),
            seconds: 1.0,
            cached: false,
            log: String::new(),
            measured: Measured { red: tests.iter().map(red).collect(), ..Measured::default() },
        }
    }

    fn task(title: &str) -> Task {
        serde_json::from_value(serde_json::json!({"id": "T1", "key": "T1", "title": title}))
            .unwrap_or_else(|_| Task { title: title.to_owned(), ..crate::run::simulation::task(1, &[]) })
    }

    #[test]
    fn only_a_text_that_asks_for_it_mends() {
        let gate = |name: &str, run: &str| GateDef {
            run: run.to_owned(),
            ..GateDef::new(name.parse().unwrap(), GateKind::Command)
        };
        let test = gate("test", "pytest -q");
        let lint = gate("lint", "ruff check src");
        let table = [
            ("Fix the failing tests", &test, true),
            ("Make pytest green again", &test, true),
            ("Repair test_sum_of_rows", &test, true),
            ("Look at test_sum_of_rows", &test, true),
            ("Add a page for orders, with tests", &test, false),
            ("Fix the colour of the button", &test, false),
            ("Fix the failing tests", &lint, false),
            ("Fix what ruff complains about", &lint, true),
            ("Fix lint", &lint, true),
            ("Prefix every line", &lint, false),
        ];
        for (title, gate, asks) in table {
            assert_eq!(asks_for(&task(title), gate, &said(&["tests.test_a::test_sum_of_rows[1-2]"])), asks, "{title}");
        }
    }

    #[test]
    fn what_it_names_has_to_pass() {
        let names: BTreeSet<String> = ["t::test_one".to_owned(), "t::test_two".to_owned()].into();
        let left = |title: &str| left_by(&task(title), &names);
        assert_eq!(left("Repair test_one"), Some(["t::test_two".to_owned()].into()));
        assert_eq!(left("Repair test_one and test_two"), None);
        assert_eq!(left("Fix the tests"), None);
    }
}
