//! What a run looks like from here: for every front, and for the report that it leaves.

use jiff::Timestamp;

use super::here::Here;
use crate::git;
use crate::integrate::{self, names};
use crate::journal::{Attempt, Request, RunState, TakenRecord, inbox};
use crate::model::{Result, Task, TaskId};
use crate::report;
use crate::report::facts::picture::Picture;
use crate::report::machine::report_json::{Changes, report_json};
use crate::report::machine::report_junit::report_junit;
use crate::report::machine::result::{FileChange, result_json};
use crate::report::print::out;
use crate::report::screens;
use crate::report::screens::html::report_html;
use crate::report::screens::report_md::report_md;
use crate::report::screens::summary::{DiffStat, ResultFacts};
use crate::report::words::json_text;
use crate::run::{is_crowded, write};

/// What a run looks like now.
pub fn picture<'a>(here: &Here, state: &'a RunState) -> Picture<'a> {
    let doings = report::facts::doing::doings(&here.store.run(&state.info.run), state);
    let picture = Picture::new(state, Timestamp::now(), here.drives(state)).with_doings(doings);
    let crowded = picture.driven && is_crowded(&state.info.options);
    let picture = picture.with_taken(taken_onto(here, state)).with_by_hand(by_hand(here, state)).with_crowded(crowded);
    picture.with_told(told(here, state)).with_undone(is_undone(here, state))
}

/// What waits in the inbox of a run that nobody drives.
fn told(here: &Here, state: &RunState) -> Vec<Request> {
    if here.drives(state) {
        return Vec::new();
    }
    let waiting = inbox::waiting(&here.store.run(&state.info.run).inbox());
    waiting.into_iter().filter(|it| !state.messages.contains(&it.id)).map(|it| it.request).collect()
}

/// Whether something landed, and the branch of the result is gone.
fn is_undone(here: &Here, state: &RunState) -> bool {
    let branch = names::full(&names::integration_branch(&state.info.run));
    !state.heads.is_empty() && state.is_over() && matches!(here.repo.read_ref(&branch), Ok(None))
}

/// The tasks that somebody has open to change them by hand, and where.
pub fn by_hand(here: &Here, state: &RunState) -> Vec<(TaskId, String)> {
    let mut open = git::opened_by_hand(&here.repo);
    let mut of = |task: &Task| {
        let place = open.remove(&names::task_branch(&state.info.run, &task.id))?;
        Some((task.id.clone(), place.display().to_string()))
    };
    state.info.tasks.iter().filter_map(&mut of).collect()
}

/// The user's branch that has the run's result: the one that is checked out here, or one onto which it was taken.
fn taken_onto(here: &Here, state: &RunState) -> Option<String> {
    let head = &state.top().commit;
    if state.heads.is_empty() {
        return None;
    }
    let on = here.repo.head().ok()?;
    if here.repo.is_ancestor(head, &on.commit).unwrap_or(false) {
        return Some(on.branch.unwrap_or_default());
    }
    let records = here.store.run(&state.info.run).taken();
    let of_head = records.into_iter().rev().filter(|record| record.head == *head);
    let there = |record: &TakenRecord| {
        let tip = here.repo.read_ref(&names::full(&record.branch)).ok().flatten();
        tip.is_some_and(|tip| integrate::is_there(&here.repo, record, &tip).unwrap_or(false))
    };
    of_head.filter(there).map(|record| record.branch).next()
}

/// The latest attempt that left a result, else the latest.
pub fn best<'a>(state: &'a RunState, task: &TaskId) -> Option<&'a Attempt> {
    let facts = state.task(task)?;
    let own = facts.attempts.iter().rev().find(|attempt| attempt.result().is_some()).or(facts.last());
    // Of those that are made at once none is the task's yet.
    own.or_else(|| facts.contenders().find(|attempt| attempt.result().is_some())).or_else(|| facts.contenders().next())
}

/// What git says of a task's change; none where there is no result.
///
/// # Errors
/// Git cannot be asked.
pub fn changed(here: &Here, state: &RunState, task: &TaskId) -> Result<Option<Vec<FileChange>>> {
    let Some((attempt, result)) = best(state, task).and_then(|attempt| Some((attempt, attempt.result()?))) else {
        return Ok(None);
    };
    let changes = here.repo.changed(&attempt.base, result)?;
    let file = |change: git::Change| FileChange {
        path: change.path,
        added: change.added as u32,
        removed: change.removed as u32,
    };
    Ok(Some(changes.into_iter().map(file).collect()))
}

/// What git says of the change of every task that has a result.
///
/// # Errors
/// Git cannot be asked.
pub fn all_changes(here: &Here, state: &RunState) -> Result<Changes> {
    let mut changes = Changes::new();
    for task in &state.info.tasks {
        if let Some(files) = changed(here, state, &task.id)? {
            changes.insert(task.id.clone(), files);
        }
    }
    Ok(changes)
}

/// Leaves the report and one result document per task in the run's folder.
///
/// # Errors
/// Git cannot be asked, or the disk refuses.
pub fn leave_report(here: &Here, state: &RunState) -> Result<()> {
    let paths = here.store.run(&state.info.run);
    let picture = picture(here, state);
    let changes = all_changes(here, state)?;
    for task in &state.info.tasks {
        if let Some(result) = result_json(&picture, &task.id, changes.get(&task.id).map(Vec::as_slice)) {
            write(&paths.result_file(&task.id), &json_text::pretty(&result))?;
        }
    }
    write(&paths.root().join("report.md"), &report_md(&picture, &changes))?;
    write(&paths.root().join("report.html"), &report_html(&picture, &changes))?;
    write(&paths.root().join("report.xml"), &report_junit(&picture))?;
    write(&paths.root().join("report.json"), &json_text::pretty(&report_json(&picture, &changes)))
}

/// The end of a run in words.
pub fn summary(here: &Here, state: &RunState) -> String {
    let picture = picture(here, state);
    let changes = here.repo.changed(&state.info.base, &state.top().commit).ok();
    let change = changes.map(|changes| DiffStat {
        files: changes.len() as u64,
        added: changes.iter().map(|change| change.added as u64).sum(),
        removed: changes.iter().map(|change| change.removed as u64).sum(),
    });
    screens::summary::summary(&picture, &ResultFacts { change }, out::width())
}
