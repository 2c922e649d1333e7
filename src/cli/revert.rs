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
use crate::report::words::measure::{and, plural};
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
                "{what} cannot be reverted by itself: later work changes the same lines of `{paths}`; nothing was changed"
            ));
            if let Some(more) = revertible(&here, &state, &tasks, &conflict.paths) {
                report::say(&format!("  git orca revert {}   reverts them together", more.join(" ")));
            }
            return Ok(CONFLICT);
        }
    };
    let names: Vec<String> = tasks.iter().map(ToString::to_string).collect();
    report::say(&format!("this removes {} from the result of run {}", and(&names), paths.run));
    agreed(args)?;
    let held_back = run::revert(&here.repo, &paths, &lock, &tasks, &heads)?;
    for held in held_back {
        report::say(&format!("branch {} was not moved: {}", held.branch, held.why));
    }
    report::answer(&format!(
        "reverted {}; check the result: git orca validate orca/{}/integration\nto do them again: git orca retry {}\nif you took the result already: git orca take {}",
        plural(tasks.len(), "task"),
        paths.run,
        names.join(" "),
        paths.run
    ));
    Ok(0)
}

/// The tasks that were named, which have to have landed, and all landed ones that depend on them.
fn with_dependents(state: &RunState, args: &RevertArgs) -> Result<BTreeSet<usize>> {
    let mut out = BTreeSet::new();
    for (i, named) in Here::tasks_named(state, &args.tasks)? {
        if state.tasks[i].landed.is_some() {
            out.insert(i);
        } else if named {
            let task = &state.info.tasks[i].id;
            let error = Error::new(ErrorKind::Usage, format!("reverting `{task}`"), "it has not landed");
            return Err(error.hint(format!("git orca show {task}")));
        }
    }
    with_what_builds_on_them(state, &mut out);
    if out.is_empty() {
        let error = Error::new(ErrorKind::Usage, "reverting tasks", "none of them has landed");
        return Err(error.hint("git orca status"));
    }
    Ok(out)
}

/// Adds the landed tasks that depend on others of a set.
fn with_what_builds_on_them(state: &RunState, out: &mut BTreeSet<usize>) {
    let course = RunContext::new(state.info.clone());
    let taken = out.clone();
    let dependents = course.graph.reachable_from(|ix: TaskIx| taken.contains(&ix.index()));
    out.extend((0..state.tasks.len()).filter(|i| dependents[*i] && state.tasks[*i].landed.is_some()));
}

/// Landed tasks that can be reverted together where `tasks` alone cannot: with all that later changed `paths`.
fn revertible(here: &Here, state: &RunState, tasks: &[TaskId], paths: &[String]) -> Option<Vec<String>> {
    let changes = |i: &usize| {
        let commit = state.tasks[*i].landed_commit.as_ref();
        let changed = commit.and_then(|commit| here.repo.changed_by(commit).ok()).unwrap_or_default();
        changed.iter().any(|change| paths.contains(&change.path))
    };
    let mut all: BTreeSet<usize> =
        (0..state.tasks.len()).filter(|i| tasks.contains(&state.info.tasks[*i].id)).collect();
    let first = all.iter().filter_map(|i| Some((state.info.layers[*i], state.tasks[*i].landed?))).min()?;
    let is_later = |i: &usize| state.tasks[*i].landed.is_some_and(|landed| (state.info.layers[*i], landed) >= first);
    all.extend((0..state.tasks.len()).filter(is_later).filter(changes));
    with_what_builds_on_them(state, &mut all);
    let order = newest_first(state, &all);
    let fits = integrate::revert_tasks(&here.repo, state, &order, Timestamp::now()).is_ok_and(|heads| heads.is_ok());
    (fits && order.len() > tasks.len()).then(|| order.iter().rev().map(ToString::to_string).collect())
}

fn newest_first(state: &RunState, tasks: &BTreeSet<usize>) -> Vec<TaskId> {
    let mut order: Vec<usize> = tasks.iter().copied().collect();
    order.sort_by_key(|i| std::cmp::Reverse((state.info.layers[*i], state.tasks[*i].landed, *i)));
    order.into_iter().map(|i| state.info.tasks[i].id.clone()).collect()
}

fn agreed(args: &RevertArgs) -> Result<()> {
    let doing = "reverting tasks";
    if args.yes {
        return Ok(());
    }
    if !can_ask() {
        let words: Vec<String> = args.tasks.iter().map(|word| report::shell_word(word)).collect();
        let of_run = args.run.as_ref().map(|run| format!(" --run {run}")).unwrap_or_default();
        return Err(Error::new(ErrorKind::Usage, doing, "no terminal to ask on; nothing was changed").hint(format!(
            "git orca revert {}{} --yes   does it without asking",
            words.join(" "),
            of_run
        )));
    }
    match ask("Revert these tasks? [y]es  [n]o: ") {
        'y' => Ok(()),
        _ => Err(Error::new(ErrorKind::Declined, doing, "cancelled; nothing was changed")),
    }
}
