//! Which tasks of a plan run.

use std::collections::HashSet;

use crate::graph::{Selection, TaskGraph, TaskSelection, select};
use crate::model::{Error, ErrorKind, Problem, TaskId};
use crate::plan::Plan;
use crate::settings::{Flags, Settings};
use crate::start::here::Refusal;
use crate::start::reading;

/// The tasks that run, their graph, and what is worth saying.
///
/// # Errors
/// The plan has errors, or a word names no task.
pub fn selected(
    plan: &Plan,
    settings: &Settings,
    flags: &Flags,
) -> Result<(Selection, TaskGraph, Vec<Problem>), Refusal> {
    let (graph, problems) = TaskGraph::build(&plan.tasks, &plan.barriers);
    reading::sound(plan, &problems)?;
    let wanted = wanted_of(plan, &graph, settings, flags)?;
    let selection = select(&graph, &plan.tasks, &plan.barriers, &wanted);
    reading::sound(plan, &selection.problems)?;
    let (graph, more) = TaskGraph::build(&selection.tasks, &selection.barriers);
    reading::sound(plan, &more)?;
    let warnings = plan.problems.iter().chain(&problems).chain(&selection.problems).cloned().collect();
    Ok((selection, graph, warnings))
}

/// The tasks that are wanted of a plan.
///
/// # Errors
/// A word names no task.
pub fn wanted(plan: &Plan, settings: &Settings, flags: &Flags) -> Result<TaskSelection, Error> {
    let (graph, _) = TaskGraph::build(&plan.tasks, &plan.barriers);
    wanted_of(plan, &graph, settings, flags)
}

fn wanted_of(plan: &Plan, graph: &TaskGraph, settings: &Settings, flags: &Flags) -> Result<TaskSelection, Error> {
    let meant = |words: &[String]| -> Result<HashSet<TaskId>, Error> {
        let mut ids = HashSet::new();
        for word in words {
            let before = ids.len();
            let glob = globset::Glob::new(word).ok().map(|glob| glob.compile_matcher());
            let layer = word.strip_prefix("layer:").and_then(|n| n.parse::<u32>().ok());
            for (ix, task) in graph.all().zip(&plan.tasks) {
                let named = task.id.as_str().eq_ignore_ascii_case(word) || task.key == *word;
                let globbed = glob.as_ref().is_some_and(|glob| glob.is_match(task.id.as_str()));
                if named || globbed || layer == Some(graph.layer(ix)) {
                    ids.insert(task.id.clone());
                }
            }
            if ids.len() == before {
                let near = crate::settings::nearest(word, plan.tasks.iter().map(|task| task.id.as_str()));
                let error = Error::new(ErrorKind::Usage, "choosing tasks", format!("the plan has no task `{word}`"));
                return Err(near.map_or(error.clone(), |near| error.hint(format!("did you mean {near}?"))));
            }
        }
        Ok(ids)
    };
    Ok(TaskSelection {
        only: if flags.only.is_empty() { None } else { Some(meant(&flags.only)?) },
        skip: meant(&flags.skip)?,
        include_optional: settings.include_optional,
        include_done: settings.include_done,
    })
}
