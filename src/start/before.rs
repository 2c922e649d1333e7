//! What is said before a run begins (TRANSCRIPTS b).

use std::path::Path;

use jiff::Timestamp;

use super::here::Here;
use super::prepare::{self, Prepared};
use super::{agents, reading, unhurried};
use crate::graph::{SimulatedLoad, TaskGraph, WhyLeftOut as TimeLeft};
use crate::journal::LeftOut;
use crate::model::{RunId, Why};
use crate::process::version_of;
use crate::report::facts::plan_view::PlanView;
use crate::report::print::out;
use crate::report::screens::beginning::{AgentFacts, Beginning, UpstreamFacts, beginning};
use crate::report::screens::plan_text::plan_text;
use crate::schedule::needs_person;
use crate::settings::Flags;
use crate::{git, plan};

/// The block; `run` is the id that the run will have.
pub fn block(here: &Here, prepared: &Prepared, run: Option<&RunId>) -> String {
    beginning(&facts(here, prepared, run), out::width())
}

fn facts(here: &Here, prepared: &Prepared, run: Option<&RunId>) -> Beginning {
    let selection = &prepared.selection;
    let (graph, _) = TaskGraph::build(&selection.tasks, &selection.barriers);
    let load = SimulatedLoad::new(&selection.tasks, &prepared.options.resources);
    let count = |why: &[TimeLeft]| selection.left_out.iter().filter(|(_, w)| why.contains(w)).count() as u32;
    let uncommitted = here.repo.uncommitted().unwrap_or_default();
    let is_plan = |path: &&String| prepared.given.paths.iter().any(|plan| is_of_plan(path, plan));
    let of_plan = uncommitted.iter().filter(is_plan).count();
    let makespan = graph.simulate(&load, prepared.options.jobs as usize).makespan;
    Beginning {
        plan: prepared.given.shown.clone(),
        kind: prepared.plan.sources.first().map_or("", |source| source.kind).to_owned(),
        plan_uncommitted: of_plan > 0,
        tasks: selection.tasks.len(),
        left_out: LeftOut {
            done: count(&[TimeLeft::Done]),
            optional: count(&[TimeLeft::Optional]),
            chosen: count(&[TimeLeft::Skipped, TimeLeft::NotAsked]),
        },
        edges: edges(&graph),
        layers: prepared.depth,
        speed_up: if makespan > 0.0 { graph.work(&load.weights) / makespan } else { 1.0 },
        expected: prepared.expected.clone(),
        base_name: prepared.base_name.clone(),
        on_branch: here.repo.read_ref(&format!("refs/heads/{}", prepared.base_name)).ok().flatten().is_some(),
        base: prepared.base.clone(),
        upstream: upstream(here, &prepared.base_name),
        uncommitted: uncommitted.len() - of_plan,
        agent: agent(here, prepared),
        people: selection.tasks.iter().filter(|task| needs_person(task, prepared.options.judged_by_exit)).count(),
        scripts: selection.tasks.iter().filter(|task| task.run.is_some()).count(),
        loose: unhurried::loose(prepared, makespan),
        bound: prepared.bound,
        options: prepared.options.clone(),
        gates_found: prepared.settings.gates.is_empty(),
        has_file: here.orca_tomls().is_ok_and(|files| !files.is_empty()),
        not_found: prepared.detected.left_out.iter().map(|out| (out.what.clone(), out.how.clone())).collect(),
        language: prepared.project.in_words(),
        slots: shown(here, &prepared.slots.0),
        slots_elsewhere: prepared.slots.1,
        checkout: git::checkout_size(&here.repo, &prepared.base).ok(),
        copies: [&prepared.copy[..], &prepared.options.worktree.reflink].concat(),
        setup_found: prepared.detected.setup.clone(),
        run: run.cloned(),
        warnings: prepared.warnings.clone(),
        now: Timestamp::now(),
    }
}

/// Whether a path is the plan, or lies in its folder.
fn is_of_plan(path: &str, plan: &str) -> bool {
    let plan = plan.trim_start_matches("./").trim_end_matches('/');
    path == plan || path.strip_prefix(plan).is_some_and(|rest| rest.starts_with('/'))
}

fn edges(graph: &TaskGraph) -> Vec<(Why, usize)> {
    let mut edges: Vec<(Why, usize)> = graph.reduced().by_why().into_iter().collect();
    edges.sort_by_key(|(why, n)| (std::cmp::Reverse(*n), *why));
    edges
}

fn upstream(here: &Here, branch: &str) -> Option<UpstreamFacts> {
    let found = here.repo.upstream(branch).ok().flatten()?;
    Some(UpstreamFacts { name: found.name, ahead: found.ahead, behind: found.behind, fetched: found.fetched })
}

fn agent(here: &Here, prepared: &Prepared) -> Option<AgentFacts> {
    if !prepared.selection.tasks.iter().any(|task| agents::needs_agent(task, prepared.options.judged_by_exit)) {
        return None;
    }
    let name = prepared.options.agent.clone();
    // A program of the user's own may take an option that it does not know for its task.
    let is_own = prepared.settings.agents.get(&name).is_some_and(|def| !def.command.is_empty());
    let program = agents::program_of(here, &prepared.settings, &name).filter(|_| !is_own);
    let version = program.and_then(|program| version_of(&program));
    Some(AgentFacts { name, version, found_beside: prepared.agents_beside.clone() })
}

/// A folder beside the repository as `../name`, another one whole.
fn shown(here: &Here, folder: &Path) -> String {
    match (folder.parent(), folder.file_name()) {
        (Some(parent), Some(name)) if Some(parent) == here.repo.work_tree().parent() => {
            format!("../{}", name.to_string_lossy())
        }
        _ => folder.display().to_string(),
    }
}

/// The plan as `git orca plan` shows it, without what to type next: that is the question.
pub fn plan_in_detail(flags: &Flags, prepared: &Prepared) -> String {
    let wanted = prepare::wanted(&prepared.plan, &prepared.settings, flags).unwrap_or_default();
    let mode = reading::reading(&prepared.settings).mode;
    let jobs = flags.jobs.map(|_| prepared.options.jobs as usize);
    let none: &[(plan::Mode, plan::Plan)] = &[];
    let view = PlanView::new(&prepared.plan, mode, &wanted, jobs, none);
    let text = plan_text(&view.with_expected(&prepared.learned, &prepared.options.agent), &prepared.given.shown);
    text.lines().filter(|line| !line.starts_with("next: ")).map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_plan_are_not_counted_as_unseen() {
        let table = [
            ("tasks.md", "tasks.md", true),
            ("tasks.md", "./tasks.md", true),
            ("specs/a/plan.md", "specs/a/", true),
            ("specs/ab/plan.md", "specs/a", false),
            ("other.md", "tasks.md", false),
        ];
        for (path, plan, of) in table {
            assert_eq!(is_of_plan(path, plan), of, "{path} {plan}");
        }
    }
}
