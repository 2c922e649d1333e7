//! The plan of a run, read again: what its documents say now against what the run has, and taking that in.
//!
//! The documents are those of the checkout in which the run was begun; what agents write in their worktrees is never
//! looked at. Nothing is taken in by itself: a person sees [`PlanEdit`] first, and what a task wants to run is asked for as
//! at the run's beginning.

mod edit;

use std::collections::HashSet;
use std::path::PathBuf;

pub use edit::PlanEdit;

use super::checkpoints::{answered_by_tests, is_of_gates};
use super::consent::consent;
use super::front::Front;
use super::go_on::{checkout_of, keep_allowance};
use super::here::{Here, Refusal};
use super::prepare::resources;
use super::reading;
use crate::graph::{Selection, TaskGraph, TaskSelection, select};
use crate::journal::{PlanRevision, Request, RunPaths, RunState};
use crate::model::{Candidates, Error, ErrorKind, Result, Task};
use crate::plan::Plan;
use crate::run;
use crate::settings::{Flags, Settings, trust};

const DOING: &str = "reading the plan again";

/// What the plan's documents say now that the run does not know.
///
/// # Errors
/// They cannot be read, have errors or lines that were not understood, or want an agent that the run does not have.
pub fn read_edit(here: &Here, state: &RunState) -> Result<PlanEdit, Refusal> {
    let there = checkout_of(here, state);
    let here = there.as_ref().unwrap_or(here);
    let each = state.info.plan.each().iter();
    let plans: Vec<PathBuf> = each.map(|path| here.repo.work_tree().join(path)).collect();
    let settings = here.settings(&Flags { plans: plans.clone(), ..Flags::default() })?;
    let given = reading::given(here, &plans)?;
    let how = state.info.reading.clone().unwrap_or_else(|| reading::reading(&settings));
    let mut plan = reading::read_as(&given, &settings, &how);
    reading::sound(&plan, &[])?;
    if !plan.unread.is_empty() {
        return Err(super::begin::not_read(&given.shown, &plan.unread).into());
    }
    let done: HashSet<_> = plan.tasks.iter().filter(|task| task.done).map(|task| task.id.clone()).collect();
    let selection = selected(state, &settings, &how, &mut plan)?;
    let edit = PlanEdit::between(state, &selection, &done);
    edit.change.tasks.iter().try_for_each(|task| doable(state, task))?;
    Ok(edit)
}

/// The tasks that the run would have if it began now. What has begun counts as open, so that nothing is bridged that the
/// run still knows.
fn selected(
    state: &RunState,
    settings: &Settings,
    how: &crate::plan::Reading,
    plan: &mut Plan,
) -> Result<Selection, Refusal> {
    for task in &mut plan.tasks {
        if let Some(i) = state.index(&task.id) {
            task.optional &= !state.info.tasks[i].optional;
            task.done &= !state.has_begun(i);
        }
    }
    let (graph, problems) = TaskGraph::build(&plan.tasks, &plan.barriers);
    reading::sound(plan, &problems)?;
    let wanted = TaskSelection {
        only: None,
        skip: state.info.not_chosen.iter().cloned().collect(),
        include_optional: how.include_optional || settings.include_optional,
        include_done: how.include_done,
    };
    let mut selection = select(&graph, &plan.tasks, &plan.barriers, &wanted);
    reading::sound(plan, &selection.problems)?;
    resources(&mut state.info.options.clone(), plan, &mut selection.tasks)?;
    answered_by_tests(&state.info.options, &mut selection.tasks);
    Ok(selection)
}

/// A run knows the agents that it was started with, and no others.
fn doable(state: &RunState, task: &Task) -> Result<()> {
    let options = &state.info.options;
    let refuse =
        |cause: String| Err(Error::new(ErrorKind::Plan, format!("{DOING}: `{}` in {}", task.id, task.at), cause));
    let rivals = match &task.candidates {
        Some(Candidates::Agents(agents)) => agents.as_slice(),
        _ => &[],
    };
    match task.agent.iter().chain(rivals).find(|name| !options.agents.contains_key(*name)).or(task.agent.as_ref()) {
        Some(name) if !options.agents.contains_key(name) => {
            let known: Vec<&str> = options.agents.keys().map(String::as_str).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            refuse(format!("the run has no agent `{}`; it was started with: {known}", name.escape_debug()))
        }
        None if task.run.is_none() && options.agent.is_empty() && task.kind != crate::model::TaskKind::Approval => {
            refuse("the run was started without an agent, and the task says nothing to run".to_owned())
        }
        _ => Ok(()),
    }
}

/// Takes an edit in, once what it wants to run is trusted.
///
/// # Errors
/// It is not, or the run cannot be told.
pub fn take_in(
    here: &Here,
    front: &dyn Front,
    run: (&RunPaths, &RunState),
    edit: &PlanEdit,
    yes: bool,
) -> Result<(), Refusal> {
    let tasks = edit.change.tasks.iter().filter(|task| !is_of_gates(&run.1.info.options, task));
    let items = trust::plan_items(&run.1.info.plan.path, tasks);
    consent(here, front, (), &items, yes)?;
    tell(here, run, edit.change.clone())?;
    Ok(())
}

/// Tells the run of a change that a person has agreed to.
///
/// # Errors
/// The run refuses it or does not answer.
pub fn tell(here: &Here, (paths, state): (&RunPaths, &RunState), change: PlanRevision) -> Result<()> {
    let mut after = state.clone();
    after.change_plan(&change);
    run::send(&here.store, here.repo.common_dir(), paths, &Request::ChangePlan(change))?;
    keep_allowance(here, state, &after)
}
