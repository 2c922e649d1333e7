//! The train of a run told step by step: what the result was after each task.

use crate::git::{self, MergeOutcome, Repo};
use crate::journal::{AttemptOutcome, Entry, Event, RunState};
use crate::model::{Oid, Result, RunId, Task, TaskId};

/// A task, as a commit names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepTask {
    /// Its id.
    pub id: TaskId,
    /// Its title.
    pub title: String,
}

/// One step of the train.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakeStep {
    /// The tasks that it brought; none for marks in the plan, and for what was taken out again.
    pub tasks: Vec<StepTask>,
    /// The train after it: its own head, or a commit of the tree that it would have had.
    pub after: Oid,
    /// The message of a commit of its own.
    pub message: String,
    /// `Name <mail>` and date of who did the task.
    pub author: Option<(String, String)>,
}

/// Tasks that landed together.
struct Landing {
    tasks: Vec<TaskId>,
    top: Oid,
}

/// The steps that lead to the head of `layer` (the last one for none).
///
/// # Errors
/// The journal does not fit together, or a commit is missing.
pub fn take_steps(repo: &Repo, entries: &[Entry], layer: Option<u32>) -> Result<Vec<TakeStep>> {
    let (state, landings) = landings(entries, layer)?;
    let mut steps = Vec::new();
    let mut before = state.info.base.clone();
    for landing in landings {
        steps.extend(steps_of(repo, &state, &before, &landing)?);
        before = landing.top;
    }
    Ok(steps)
}

/// The head that counts: of the layer, else of the nearest one below; the last of all for none.
pub fn head_of(state: &RunState, layer: Option<u32>) -> Oid {
    match layer {
        None => state.top().commit.clone(),
        Some(n) => state.head(n).commit.clone(),
    }
}

fn landings(entries: &[Entry], layer: Option<u32>) -> Result<(RunState, Vec<Landing>)> {
    let mut state = RunState::replay(&entries[..1.min(entries.len())])?;
    let mut found: Vec<Landing> = Vec::new();
    for entry in entries.iter().skip(1) {
        let before = head_of(&state, layer);
        let batch = match &entry.event {
            Event::Landed { batch, .. } => Some(*batch),
            _ => None,
        };
        state.apply(entry);
        let top = head_of(&state, layer);
        if top == before {
            continue;
        }
        let landed = state.info.tasks.iter().zip(&state.tasks).zip(&state.info.layers);
        let landed = landed.filter(|((_, facts), own)| {
            batch.is_some() && facts.landed.map(|(_, n)| n) == batch && layer.is_none_or(|layer| **own <= layer)
        });
        found.push(Landing { tasks: landed.map(|((task, _), _)| task.id.clone()).collect(), top });
    }
    Ok((state, found))
}

/// One step a task. Tasks that landed together are told apart by merging one after the other, as they were; where that is
/// not clean, the rest is one step. The last has the tree that the gates judged.
fn steps_of(repo: &Repo, state: &RunState, before: &Oid, landing: &Landing) -> Result<Vec<TakeStep>> {
    let run = &state.info.run;
    if landing.tasks.is_empty() {
        let message = format!("Mark landed tasks in the plan\n\nOrca-Run: {run}\n");
        return Ok(vec![TakeStep { tasks: Vec::new(), after: landing.top.clone(), message, author: None }]);
    }
    let mut steps = Vec::new();
    let mut at = before.clone();
    let mut together: Vec<&TaskId> = Vec::new();
    let mut apart = true;
    for (n, task) in landing.tasks.iter().enumerate() {
        together.push(task);
        if n + 1 == landing.tasks.len() {
            break;
        }
        let next = if apart { one_more(repo, state, &at, task)? } else { None };
        apart = next.is_some();
        if let Some(next) = next {
            steps.push(step(repo, state, &together, next.clone())?);
            at = next;
            together.clear();
        }
    }
    steps.push(step(repo, state, &together, landing.top.clone())?);
    Ok(steps)
}

/// A commit of the train at `at` with one more of the tasks that landed together; none where that is not clean.
fn one_more(repo: &Repo, state: &RunState, at: &Oid, task: &TaskId) -> Result<Option<Oid>> {
    let Some(landed) = state.task(task).and_then(|facts| facts.landed_commit.as_ref()) else { return Ok(None) };
    let info = repo.commit_info(landed)?;
    let Some(before) = info.parents.first() else { return Ok(None) };
    let MergeOutcome::Clean { tree } = git::merge_declared(repo, before, at, landed)? else { return Ok(None) };
    git::commit_tree(repo, &tree, std::slice::from_ref(at), &info.subject, info.time).map(Some)
}

fn step(repo: &Repo, state: &RunState, tasks: &[&TaskId], after: Oid) -> Result<TakeStep> {
    let told: Vec<StepTask> = tasks.iter().filter_map(|id| step_task(state, id)).collect();
    let (message, author) = match tasks {
        [one] => (message_of(repo, state, one, &told)?, author(repo, state, one)?),
        several => {
            let mut text = String::new();
            for task in several {
                text.push_str(
                    &work(state, task).map_or(Ok(String::new()), |(base, result)| trailers(repo, &base, &result))?,
                );
            }
            (together_message(&state.info.run, &told, &text), None)
        }
    };
    Ok(TakeStep { tasks: told, after, message, author })
}

fn step_task(state: &RunState, id: &TaskId) -> Option<StepTask> {
    let task: &Task = &state.info.tasks[state.index(id)?];
    let title: String = task.title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    Some(StepTask { id: id.clone(), title: title.trim().to_owned() })
}

/// From where the landed attempt of a task began to what it left.
fn work(state: &RunState, task: &TaskId) -> Option<(Oid, Oid)> {
    let attempts = &state.task(task)?.attempts;
    attempts.iter().rev().find_map(|attempt| match &attempt.ended {
        Some((_, AttemptOutcome::Committed { commit, .. })) => Some((attempt.base.clone(), commit.clone())),
        _ => None,
    })
}

fn author(repo: &Repo, state: &RunState, task: &TaskId) -> Result<Option<(String, String)>> {
    work(state, task).map(|(_, result)| git::author_of(repo, &result)).transpose()
}

/// The agent's own subject where it made one commit, else the task's title; all trailers.
fn message_of(repo: &Repo, state: &RunState, task: &TaskId, told: &[StepTask]) -> Result<String> {
    let run = &state.info.run;
    let title = told.iter().map(|task| format!("{}: {}", task.id, task.title)).collect::<String>();
    let Some((base, result)) = work(state, task) else { return Ok(format!("{title}\n\nOrca-Run: {run}\n")) };
    let commits = git::commits_between(repo, &base, &result)?;
    let subject = match &commits[..] {
        [(_, subject)] if !subject.trim().is_empty() => subject.trim().to_owned(),
        _ => title,
    };
    Ok(format!("{subject}\n\n{}Orca-Run: {run}\nOrca-Task: {task}\n", trailers(repo, &base, &result)?))
}

/// The trailers of an attempt's commits, a line each, without ours.
fn trailers(repo: &Repo, base: &Oid, result: &Oid) -> Result<String> {
    let all = git::trailers_between(repo, base, result)?;
    Ok(all.into_iter().filter(|line| !line.starts_with("Orca-")).map(|line| line + "\n").collect())
}

fn together_message(run: &RunId, tasks: &[StepTask], trailers: &str) -> String {
    let ids: Vec<&str> = tasks.iter().map(|task| task.id.as_str()).collect();
    let list: String = tasks.iter().map(|task| format!("- {}: {}\n", task.id, task.title)).collect();
    format!("{}\n\n{list}\n{trailers}Orca-Run: {run}\n", ids.join(", "))
}
