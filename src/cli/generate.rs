//! `git orca generate [PLAN] -o DIR`: one complete task file (JSON) per task, for programs and for looking at what an
//! agent would be told.

use super::args::GenerateArgs;
use crate::brief::{Delivered, one_line};
use crate::git::CommitFiles;
use crate::graph::{TaskGraph, TaskIx};
use crate::model::{Error, ErrorKind, Result, Task};
use crate::run::{self, Telling};
use crate::settings::Flags;
use crate::start::here::{Here, Refusal};
use crate::start::{prepare, reading};
use crate::{project, report};

/// Changed files named per dependency; the rest is counted.
const MOST_FILES: usize = 12;

/// Runs it. Files of tasks that the plan no longer has stay where they are.
///
/// # Errors
/// The plan has problems, or the folder cannot be written.
pub fn main(args: &GenerateArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let flags = Flags { require_complete: args.require_complete, ..args.reading.flags() };
    let mut settings = here.settings(&flags)?;
    let given = reading::given(&here, &args.plans)?;
    let plan = reading::read(&given, &settings);
    let (selection, graph, warnings) = prepare::selected(&plan, &settings, &flags)?;
    warnings.iter().for_each(|problem| report::say(&report::problem_line(problem)));
    if selection.tasks.is_empty() {
        let hint = "git orca generate --include-done --include-optional";
        let cause = format!("`{}` has no task left to do", given.shown);
        return Err(Error::new(ErrorKind::Plan, "generating tasks", cause).hint(hint).into());
    }
    let files = CommitFiles::new(&here.repo, &here.repo.head()?.commit)?;
    let project = project::read(&files)?;
    let detected = prepare::detect(&here, &mut settings, &project);
    let options = settings.options(1, None, &detected.gates);
    let library = prepare::library(&plan, &given, &project, &files);
    let telling = Telling { library, project, given: prepare::given_tasks(&plan, &given), ..Telling::default() };
    let mut missing = 0;
    let tasks: Vec<(&Task, Vec<Delivered>)> =
        graph.all().zip(&selection.tasks).map(|(ix, task)| (task, delivered(&graph, &selection.tasks, ix))).collect();
    for (complete, (task, _)) in telling.counted_all(&tasks, &options.gates).into_iter().zip(&tasks) {
        run::write(&args.out.join(format!("{}.json", task.id)), &complete.to_json())?;
        missing += usize::from(!complete.missing.is_empty());
        complete.missing.iter().for_each(|what| report::say(&format!("{}: missing: {}", task.id, one_line(what))));
        report::answer(&args.out.join(format!("{}.json", task.id)).display().to_string());
    }
    report::say(&format!(
        "{} task files written; {missing} of them lack something that a fresh agent needs (see above)",
        selection.tasks.len()
    ));
    Ok(if settings.require_complete && missing > 0 { ErrorKind::Plan.exit_code() } else { 0 })
}

/// What each dependency will deliver: nothing has landed yet.
fn delivered(graph: &TaskGraph, tasks: &[Task], ix: TaskIx) -> Vec<Delivered> {
    let dependencies = graph.dependencies(ix);
    dependencies
        .into_iter()
        .map(|ix| &tasks[ix.index()])
        .map(|task| Delivered { task_id: task.id.to_string(), delivered: promise(task) })
        .collect()
}

/// A task's title and the files it says it changes.
fn promise(task: &Task) -> String {
    let named: Vec<&str> = task.files.iter().take(MOST_FILES).map(|file| file.path.as_str()).collect();
    let more = task.files.len().saturating_sub(MOST_FILES);
    match (named.is_empty(), more) {
        (true, _) => format!("will deliver: {}", task.title),
        (false, 0) => format!("will deliver: {} (in {})", task.title, named.join(", ")),
        (false, more) => format!("will deliver: {} (in {} and {more} more files)", task.title, named.join(", ")),
    }
}
