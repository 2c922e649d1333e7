//! `git orca revert TASK`: landed tasks, and the landed tasks that depend on them, out of the result again.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::args::RevertArgs;
use super::terminal::{ask, can_ask};
use crate::graph::TaskIx;
use crate::integrate;
use crate::journal::RunState;
use crate::model::{Error, ErrorKind, Result, TaskId};
use crate::report;
use crate::run;
use crate::schedule::RunContext;
use crate::start::here::{Here, Refusal, busy};

/// Exit code when a merge conflict is left (DESIGN 3).
const CONFLICT: u8 = 6;

/// Runs it.
///
/// # Errors
/// A task has not landed, the run is active, nobody can be asked, or a head was moved.
pub fn main(args: &RevertArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (paths, state) = here.run(args.run.as_deref())?;
    let tasks = newest_first(&state, &with_dependents(&state, args)?);
    let Some(lock) = here.lock()? else { return Err(busy("reverting a task", &format!("run {}", paths.run)).into()) };
    let heads = match integrate::revert_tasks(&here.repo, &state, &tasks, Timestamp::now())? {
        Ok(heads) => heads,
        Err(conflict) => {
            let what = conflict.task.map_or("a later layer".to_owned(), |task| format!("task {task}"));
            let paths = conflict.paths.join("`, `");
            report::refuse(&format!(
                "{what} cannot be taken out by itself: later work changes the same lines of `{paths}`; nothing was changed"
            ));
            return Ok(CONFLICT);
        }
    };
    let names: Vec<&str> = tasks.iter().map(TaskId::as_str).collect();
    report::say(&format!("takes out of run {}: {}", paths.run, names.join(", ")));
    agreed(args.yes)?;
    let held_back = run::revert(&here.repo, &paths, &lock, &tasks, &heads)?;
    for held in held_back {
        report::say(&format!("branch {} was not moved: {}", held.branch, held.why));
    }
    report::answer(&format!(
        "{} out of the result; check it: git orca validate orca/{}/integration\nto do it again: git orca retry {}\nif you took the result already: git orca take {}",
        if tasks.len() == 1 { "1 task is".to_owned() } else { format!("{} tasks are", tasks.len()) },
        paths.run,
        names.join(" "),
        paths.run
    ));
    Ok(0)
}

/// The tasks that were named, which have to have landed, and all landed ones that depend on them.
fn with_dependents(state: &RunState, args: &RevertArgs) -> Result<BTreeSet<usize>> {
    let course = RunContext::new(state.info.clone());
    let mut out = BTreeSet::new();
    for (i, named) in Here::tasks_named(state, &args.tasks)? {
        if state.tasks[i].landed.is_some() {
            out.insert(i);
        } else if named {
            let task = &state.info.tasks[i].id;
            let error = Error::new(ErrorKind::Usage, format!("taking `{task}` out"), "it has not landed");
            return Err(error.hint(format!("git orca show {task}")));
        }
    }
    let taken = out.clone();
    let dependents = course.graph.reachable_from(|ix: TaskIx| taken.contains(&ix.index()));
    out.extend((0..state.tasks.len()).filter(|i| dependents[*i] && state.tasks[*i].landed.is_some()));
    if out.is_empty() {
        let error = Error::new(ErrorKind::Usage, "taking tasks out", "none of them has landed");
        return Err(error.hint("git orca status"));
    }
    Ok(out)
}

fn newest_first(state: &RunState, tasks: &BTreeSet<usize>) -> Vec<TaskId> {
    let mut order: Vec<usize> = tasks.iter().copied().collect();
    order.sort_by_key(|i| std::cmp::Reverse((state.info.layers[*i], state.tasks[*i].landed, *i)));
    order.into_iter().map(|i| state.info.tasks[i].id.clone()).collect()
}

fn agreed(yes: bool) -> Result<()> {
    let doing = "taking tasks out";
    if yes {
        return Ok(());
    }
    if !can_ask() {
        return Err(Error::new(ErrorKind::Usage, doing, "no terminal to ask on; nothing was changed")
            .hint("the same command with --yes   does it without asking"));
    }
    match ask("Take these tasks out of the result? [y]es  [n]o: ") {
        'y' => Ok(()),
        _ => Err(Error::new(ErrorKind::Declined, doing, "you said no; nothing was changed")),
    }
}
