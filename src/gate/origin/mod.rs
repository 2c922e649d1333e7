//! Where the code comes from that a gate's commands load: the tree that is judged, or another place that has the same
//! packages (an editable install of the user's checkout, a plain install, `npm link`, `go.work`, a path dependency).
//!
//! Before the first command of a gate one question goes to the place where it will run ([`Question::probe`]). Where the
//! judged tree can be made to win, the gate's commands are told so ([`Origins::told`]: `PYTHONPATH`, `GOWORK=off`). Where it
//! cannot, whatever they say would be about other code: the gate is unchecked, with the package, where it came from and
//! what to type.
//!
//! To add a language: a file beside `python.rs` with what it asks and how it reads the answer, and its lines here.

mod answer;
mod manifests;
mod node;
mod python;

use super::{Diff, Evidence, Probe, ProbeTree};
use crate::model::{GateDef, GateKind};

pub(super) use answer::Origins;

/// The label of the question among a gate's probes.
pub const LABEL: &str = "origins";

/// Seconds for the question: it starts a few interpreters.
const TIMEOUT: u64 = 60;

/// What is asked of the place where a gate runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Question {
    python: Option<python::Packages>,
    node: Vec<String>,
    go: bool,
    paths: Vec<manifests::Outside>,
}

impl Question {
    /// What has to be asked of a tree for a gate; none where nothing in it could come from elsewhere.
    pub(super) fn of(def: &GateDef, diff: &Diff) -> Option<Question> {
        if !matches!(def.kind, GateKind::Command | GateKind::Tdd | GateKind::Acceptance | GateKind::Performance) {
            return None;
        }
        let paths = diff.new.paths();
        let question = Question {
            python: python::Packages::of(&def.run, &paths, &diff.new),
            node: node::packages(&paths, &diff.new),
            go: paths.iter().any(|path| path == "go.mod" || path.ends_with("/go.mod")),
            paths: manifests::outside(&paths, &diff.new),
        };
        (question != Question::default()).then_some(question)
    }

    /// The question as a command.
    pub(super) fn probe(&self) -> Probe {
        let parts = [
            self.python.as_ref().map(python::Packages::shell),
            (!self.node.is_empty()).then(|| node::shell(&self.node)),
            self.go.then(|| GO.to_owned()),
            (!self.paths.is_empty()).then(|| manifests::shell(&self.paths)),
        ];
        Probe {
            label: LABEL.to_owned(),
            tree: ProbeTree::head(),
            prepare: None,
            run: format!("{}\nexit 0\n", parts.into_iter().flatten().collect::<Vec<_>>().join("\n")),
            report: None,
            coverage: None,
            timeout: TIMEOUT,
            share: true,
        }
    }

    /// Reads the answer. What did not answer (an interpreter that is not there) says nothing: the gate's own command will
    /// miss it too.
    pub(super) fn read(&self, left: &Evidence) -> Origins {
        let mut origins = Origins::default();
        if let Some(python) = &self.python {
            python.read(&left.output, &mut origins);
        }
        for line in left.output.lines() {
            let words: Vec<&str> = line.splitn(3, '\t').collect();
            match words[..] {
                ["node", package, from] => origins.elsewhere.push(node::elsewhere(package, from)),
                ["go", "work", _] => origins.lead.push_str("export GOWORK=off; "),
                ["path", n, fate] => {
                    let outside = n.parse().ok().and_then(|n: usize| self.paths.get(n));
                    origins.elsewhere.extend(outside.and_then(|outside| outside.elsewhere(fate)));
                }
                _ => {}
            }
        }
        origins
    }
}

/// A workspace file outside of the tree lists other folders, never this one: with it Go would load the listed modules from
/// there, or refuse to work here at all.
const GO: &str = r#"if command -v go >/dev/null 2>&1; then
  w=$(go env GOWORK 2>/dev/null)
  case "$w" in ''|off|"$PWD"/*) ;; *) printf 'go\twork\t%s\n' "$w" ;; esac
fi"#;

#[cfg(test)]
mod tests;
