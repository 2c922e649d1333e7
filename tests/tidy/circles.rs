//! Files of one module use each other in one direction only.

use std::collections::BTreeSet;

use super::imports::{Crate, circles};
use super::{ORDER, is_test, sources};

/// Circles that are still there. The list may only shrink: whoever unties a file takes it out, and nobody adds one. It
/// grew once, when parts that were built side by side came together: `plan::text`, `brief`, `git::pool_folder` and
/// `cli::execute` are the first to be untied.
const KNOWN: &[&[&str]] = &[
    &["settings::pick", "settings::resolve"],
    &["project::ecosystem", "project::go", "project::node", "project::python", "project::rust"],
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
    &[
        "gate::command",
        "gate::tdd",
        "gate::tdd::merged",
        "gate::tdd::mutation_check",
        "gate::tdd::proof",
        "gate::tdd::red",
        "gate::tdd::tests_only",
    ],
    &[
        "gate::reports",
        "gate::reports::checkstyle",
        "gate::reports::cobertura",
        "gate::reports::coverage",
        "gate::reports::go_cover",
        "gate::reports::go_test",
        "gate::reports::json",
        "gate::reports::junit",
        "gate::reports::lcov",
        "gate::reports::libtest",
        "gate::reports::sarif",
        "gate::reports::sink",
        "gate::reports::tap",
    ],
    &["gate::security", "gate::security::locks", "gate::security::manifests", "gate::security::risky"],
    &["gate::tdd::cases", "gate::tdd::rust"],
    &["gate::tools", "gate::tools::answers", "gate::tools::audits", "gate::tools::calls"],
    &["report::live::alert", "report::machine::result", "report::machine::status_json"],
    &["report::screens::beginning::block", "report::screens::beginning::work"],
    &["report::screens::html", "report::screens::html::tasks", "report::screens::html::timeline"],
    &["report::validation", "report::validation::human", "report::validation::junit", "report::validation::sarif"],
    &[
        "plan::formats",
        "plan::formats::agent_os",
        "plan::formats::backlog_json",
        "plan::formats::backlog_md",
        "plan::formats::beads",
        "plan::formats::bmad",
        "plan::formats::ccpm",
        "plan::formats::checklist",
        "plan::formats::complete",
        "plan::formats::conductor",
        "plan::formats::github_issues",
        "plan::formats::gsd",
        "plan::formats::kiro",
        "plan::formats::native",
        "plan::formats::numbered",
        "plan::formats::openspec",
        "plan::formats::orca",
        "plan::formats::ralph",
        "plan::formats::sisyphus",
        "plan::formats::spec_workflow",
        "plan::formats::speckit",
        "plan::formats::speckit::edges",
        "plan::formats::speckit::table",
        "plan::formats::speckit::tasks",
        "plan::formats::superpowers",
        "plan::formats::taskmaster",
    ],
    &["plan::text::lexer", "plan::text::references", "plan::text::relations"],
    &["brief::criteria", "brief::library"],
    &["git::pool_folder", "git::worktree"],
    &[
        "run::judging::check",
        "run::judging::difference",
        "run::judging::phase",
        "run::judging::review",
        "run::judging::rounds",
        "run::run_env",
        "run::watching::guard",
        "run::watching::space",
        "run::work::attempt",
        "run::work::clash",
        "run::work::fence",
        "run::work::hooks",
        "run::work::listen",
        "run::work::merging",
        "run::work::no_change",
        "run::work::settle",
        "run::work::setup",
        "run::work::slot",
        "run::work::take_in",
        "run::work::teardown",
        "run::work::telling",
        "run::worker",
    ],
    &["cli::execute", "cli::resume"],
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
