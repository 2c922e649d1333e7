//! Files of one module use each other in one direction only.

use std::collections::BTreeSet;

use super::imports::{Crate, circles};
use super::{ORDER, is_test, sources};

/// Circles that are still there. The list may only shrink: whoever unties a file takes it out, and nobody adds one.
const KNOWN: &[&[&str]] = &[
    &["settings::pick", "settings::resolve"],
    &["graph::build", "graph::cycles", "graph::task_graph"],
    &[
        "agent::claude",
        "agent::claude::stream",
        "agent::codex",
        "agent::codex::stream",
        "agent::command",
        "agent::gemini",
        "agent::gemini::stream",
        "agent::opencode",
        "agent::opencode::stream",
        "agent::registry",
        "agent::script",
    ],
];

#[test]
fn files_of_a_module_use_each_other_in_one_direction() {
    let all = sources();
    let read = Crate::read(all.iter().filter(|(path, _)| !is_test(path)).map(|(path, text)| (path.as_path(), &**text)));
    let known: Vec<BTreeSet<&str>> = KNOWN.iter().map(|files| files.iter().copied().collect()).collect();
    let mut in_circles = BTreeSet::new();
    let mut wrong = Vec::new();
    for module in ORDER {
        let edges = read.edges(module);
        for circle in circles(&edges) {
            let is_known = known.iter().any(|known| circle.iter().all(|file| known.contains(&**file)));
            if !is_known {
                let uses = |from: &String| {
                    let to: Vec<_> = edges[from].intersection(&circle).cloned().collect();
                    format!("    {from} uses {}", to.join(", "))
                };
                wrong.push(format!("a new circle:\n{}", circle.iter().map(uses).collect::<Vec<_>>().join("\n")));
            }
            in_circles.extend(circle);
        }
    }
    let untied = known.iter().flatten().filter(|file| !in_circles.contains(**file));
    wrong.extend(untied.map(|file| format!("`{file}` is in no circle any more: take it out of the list")));
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
