//! From a run's entries to what a tracker is told. Pure: the same entries give the same changes, so that a place among them
//! can be remembered by two numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::integrate::names;
use crate::journal::{Entry, Event, RunOutcome, RunStarted, RunState};
use crate::model::{RunId, Task, TaskId};
use crate::schedule::{RunContext, TaskStatus, standings};

/// Where a task stands, as trackers know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TrackerState {
    /// Nobody works on it.
    Todo,
    /// An agent works on it, or will again.
    Doing,
    /// Work is there and is judged or merged; or a person is needed.
    Review,
    /// It landed.
    Done,
}

impl TrackerState {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            TrackerState::Todo => "todo",
            TrackerState::Doing => "doing",
            TrackerState::Review => "review",
            TrackerState::Done => "done",
        }
    }
}

/// One thing that a tracker is told.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrackerChange {
    /// The run.
    pub run: RunId,
    /// The entry that it follows from.
    pub seq: u64,
    /// Its number among those of that entry, from 1.
    pub n: u32,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub what: TrackerNews,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum TrackerNews {
    /// A run began.
    Run {
        /// Its name for people.
        title: String,
        /// What it is about.
        description: String,
    },
    /// A task is part of it.
    Task {
        /// The task.
        task: TaskId,
        /// Its title.
        title: String,
        /// What it is about.
        description: String,
        /// Larger comes first.
        order: u32,
    },
    /// A task moved.
    Moved {
        /// The task.
        task: TaskId,
        /// Its title.
        title: String,
        /// What it is about, with the note.
        description: String,
        /// Where to.
        state: TrackerState,
        /// Why, where the state does not say it; empty otherwise.
        note: String,
        /// Where the task comes from.
        #[serde(skip)]
        source: TaskSource,
    },
    /// The run ended, for now.
    Report {
        /// Its name for people.
        title: String,
        /// How it ended, and where each task stands; Markdown.
        description: String,
    },
}

/// Where a task comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TaskSource {
    /// The document.
    pub file: String,
    /// What it is called there: `#12`.
    pub key: String,
}

/// Follows a run.
#[derive(Debug, Default)]
pub struct TrackerChanges {
    run: Option<(RunState, RunContext)>,
    told: BTreeMap<TaskId, (TrackerState, String)>,
}

impl TrackerChanges {
    /// What an entry changes for a tracker.
    pub fn of(&mut self, entry: &Entry) -> Vec<TrackerChange> {
        let mut news = Vec::new();
        match &mut self.run {
            None => {
                let Ok(state) = RunState::begin(entry) else { return Vec::new() };
                news.push(run_news(&state.info));
                let course = RunContext::new(state.info.clone());
                self.run = Some((state, course));
            }
            Some((state, course)) => {
                state.apply(entry);
                if !Arc::ptr_eq(&state.info, &course.info) {
                    *course = RunContext::new(state.info.clone());
                }
            }
        }
        if is_routine(&entry.event) {
            return Vec::new();
        }
        news.extend(self.tasks());
        let Some((state, course)) = &self.run else { return Vec::new() };
        if let Event::RunFinished { outcome } = entry.event {
            news.push(report(state, &standings(course, state, entry.at), outcome));
        }
        let (run, seq, at) = (state.info.run.clone(), entry.seq, entry.at);
        let numbered = |(n, what)| TrackerChange { run: run.clone(), seq, n, at, what };
        (1..).zip(news).map(numbered).collect()
    }

    /// Whether the run is over, as far as the entries go.
    pub fn is_over(&self) -> bool {
        self.run.as_ref().is_some_and(|(state, _)| state.is_over())
    }

    /// New tasks, and those that moved.
    fn tasks(&mut self) -> Vec<TrackerNews> {
        let Some((state, course)) = &self.run else { return Vec::new() };
        let mut news = Vec::new();
        for (i, standing) in standings(course, state, state.at).iter().enumerate() {
            let task = &state.info.tasks[i];
            let attempted = state.tasks[i].has_attempts();
            let now = (state_of(standing, attempted), note(standing, state, i));
            let before = self.told.insert(task.id.clone(), now.clone());
            if before.is_none() {
                let (title, description) = (task.title.clone(), description(&state.info.run, task, ""));
                let order = course.preference.iter().rev().position(|ix| ix.index() == i).unwrap_or(0) as u32;
                news.push(TrackerNews::Task { task: task.id.clone(), title, description, order });
            }
            if before.unwrap_or((TrackerState::Todo, String::new())) != now {
                let description = description(&state.info.run, task, &now.1);
                let source = TaskSource { file: task.at.file.clone(), key: task.key.clone() };
                let (task, title) = (task.id.clone(), task.title.clone());
                news.push(TrackerNews::Moved { task, title, description, state: now.0, note: now.1, source });
            }
        }
        news
    }
}

/// The words by which a run, or a task of it, is found again: they stand first in its description.
pub fn marker(run: &RunId, part: TrackerPart<'_>) -> String {
    match part {
        TrackerPart::Run => format!("[git-orca run {run}]"),
        TrackerPart::Task(task) => format!("[git-orca run {run} task {task}]"),
        TrackerPart::Report => format!("[git-orca run {run} report]"),
    }
}

/// What a marker stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackerPart<'a> {
    /// The run itself.
    Run,
    /// One of its tasks.
    Task(&'a TaskId),
    /// Its report.
    Report,
}

/// What becomes of a task while an agent only works tells nobody anything.
fn is_routine(event: &Event) -> bool {
    matches!(
        event,
        Event::UsageSeen { .. }
            | Event::SnapshotTaken { .. }
            | Event::SessionSeen { .. }
            | Event::AgentStarted { .. }
            | Event::AgentHears { .. }
            | Event::AgentExited { .. }
            | Event::CheckIntended { .. }
            | Event::PoolResized { .. }
    )
}

fn run_news(info: &RunStarted) -> TrackerNews {
    let about =
        format!("{} tasks of {} on {} {}.", info.tasks.len(), info.plan.path, info.base_name, info.base.short());
    TrackerNews::Run { title: title(info), description: format!("{} {about}", marker(&info.run, TrackerPart::Run)) }
}

fn title(info: &RunStarted) -> String {
    format!("{} ({})", info.plan.path, info.run)
}

fn description(run: &RunId, task: &Task, note: &str) -> String {
    let parts = [marker(run, TrackerPart::Task(&task.id)), note.to_owned(), task.details.trim().to_owned()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

fn state_of(standing: &TaskStatus, attempted: bool) -> TrackerState {
    match standing {
        TaskStatus::Landed => TrackerState::Done,
        TaskStatus::Running | TaskStatus::Backoff(_) => TrackerState::Doing,
        TaskStatus::Ready if attempted => TrackerState::Doing,
        TaskStatus::Gating
        | TaskStatus::Passed
        | TaskStatus::Landing
        | TaskStatus::AwaitsLanding
        | TaskStatus::Failed(_)
        | TaskStatus::Conflicted => TrackerState::Review,
        TaskStatus::Ready
        | TaskStatus::Waiting
        | TaskStatus::Blocked
        | TaskStatus::BaseRed
        | TaskStatus::AwaitsPerson
        | TaskStatus::Skipped => TrackerState::Todo,
    }
}

/// What trackers have no state for.
fn note(standing: &TaskStatus, state: &RunState, i: usize) -> String {
    let why =
        || state.tasks[i].last().and_then(|last| last.failure()).map(|(_, why)| format!(": {why}")).unwrap_or_default();
    match standing {
        TaskStatus::Failed(_) => format!("Failed{}. A person has to look.", why()),
        TaskStatus::Conflicted => "Conflicts with what landed. A person has to look.".to_owned(),
        TaskStatus::AwaitsLanding | TaskStatus::AwaitsPerson => "Waits for a person.".to_owned(),
        TaskStatus::Blocked => "Blocked: a task that it needs did not land.".to_owned(),
        TaskStatus::Skipped => "Skipped.".to_owned(),
        _ => String::new(),
    }
}

fn report(state: &RunState, standings: &[TaskStatus], outcome: RunOutcome) -> TrackerNews {
    let info = &state.info;
    let landed = standings.iter().filter(|standing| **standing == TaskStatus::Landed).count();
    let mut lines = vec![format!(
        "{} Exit {}, {landed} of {} tasks landed. Result: {}.",
        marker(&info.run, TrackerPart::Report),
        outcome.exit_code(),
        standings.len(),
        names::integration_branch(&info.run)
    )];
    lines.push(String::new());
    for (i, (task, standing)) in info.tasks.iter().zip(standings).enumerate() {
        let note = note(standing, state, i);
        let note = if note.is_empty() { note } else { format!(": {note}") };
        lines.push(format!("- {} {} ({}){note}", task.id, task.title, standing.word()));
    }
    TrackerNews::Report { title: format!("Report of {}", title(info)), description: lines.join("\n") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::FailClass;
    use crate::model::Verdict;
    use crate::report::testing::{Story, wreck};

    /// The changes of a story: `T001 doing`.
    fn told(story: &Story) -> Vec<String> {
        let mut changes = TrackerChanges::default();
        let news = story.entries().iter().flat_map(|entry| changes.of(entry));
        let line = |change: TrackerChange| match change.what {
            TrackerNews::Run { title, .. } => format!("run {title}"),
            TrackerNews::Task { task, order, .. } => format!("{task} {order}"),
            TrackerNews::Moved { task, state, note, .. } => format!("{task} {} {note}", state.word()).trim().to_owned(),
            TrackerNews::Report { description, .. } => description,
        };
        news.map(line).collect()
    }

    #[test]
    fn a_task_goes_from_todo_to_done_in_step() {
        let mut story = Story::new(&[("A", "first", &[]), ("B", "second", &["A"])], &["test"]);
        story.starts(&["A"]).commits("A", 1, 2, 0).gates("A", "test").says("A", "test", Verdict::Pass, "");
        story.merges(&["A"], &[]);
        story.lands(&["A"]);
        let told = told(&story);
        assert_eq!(told[..3], ["run specs/001-cart/tasks.md (20261120-1812-k3)", "A 1", "B 0"]);
        let of_a: Vec<_> = told[3..].iter().filter(|line| line.starts_with('A')).collect();
        assert_eq!(of_a, ["A doing", "A review", "A done"]);
    }

    #[test]
    fn what_fails_for_good_waits_in_review_and_the_report_says_why() {
        let mut story = Story::new(&[("A", "first", &[]), ("B", "second", &["A"])], &[]);
        for _ in 0..3 {
            story.starts(&["A"]).fails("A", FailClass::Fatal, "no luck");
        }
        story.finishes(RunOutcome::Stopped);
        let told = told(&story);
        assert!(told.contains(&"A review Failed: no luck. A person has to look.".to_owned()), "{told:#?}");
        assert!(told.contains(&"B todo Blocked: a task that it needs did not land.".to_owned()), "{told:#?}");
        let report = told.last().unwrap();
        assert!(
            report.contains("0 of 2 tasks landed") && report.contains("- A first (failed): Failed: no luck"),
            "{report}"
        );
    }

    #[test]
    fn the_same_entries_give_the_same_changes_wherever_they_are_cut() {
        let story = wreck();
        let whole: Vec<TrackerChange> = {
            let mut changes = TrackerChanges::default();
            story.entries().iter().flat_map(|entry| changes.of(entry)).collect()
        };
        let mut again = TrackerChanges::default();
        for entry in story.entries() {
            let of_entry: Vec<_> = whole.iter().filter(|change| change.seq == entry.seq).cloned().collect();
            assert_eq!(again.of(entry), of_entry);
            assert!(of_entry.iter().zip(1..).all(|(change, n)| change.n == n));
        }
    }
}
