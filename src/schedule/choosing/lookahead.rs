//! Places held for the next link of a long chain: a task that becomes ready as soon as what its gates or the train still
//! have of its prerequisites has landed is not passed over by one that nobody waits for.
//!
//! Work-conserving dispatch gives every free place away at once. Where a prerequisite is about to land, that costs the
//! chain the whole time of whoever took the place, so one is held: for a wait that is short against the time of the task
//! that would start, and only where the chain behind it is longer.

use jiff::{SignedDuration, Timestamp};

use crate::graph::TaskIx;
use crate::journal::TaskState;
use crate::model::Role;
use crate::schedule::facts::{TaskStatus, View};
use crate::schedule::rules::approvals::{self, Leave};
use crate::schedule::rules::budget::{Ledger, Reserve};
use crate::schedule::rules::providers::{Queue, Turn};
use crate::schedule::rules::staged;

/// Most that may be waited, as a share of the time of the task that would start instead.
const MOST_WAIT: f64 = 0.25;
/// Least by which the chain has to be longer, as a share of a mean task.
const LEAST_TAIL: f64 = 0.5;
/// A place is held no longer than so many times the expected wait.
const PATIENCE: f64 = 2.0;
/// Part of the places that may be held.
const SHARE: u32 = 2;

/// A task for which a place is held.
struct Expected<'a> {
    task: usize,
    provider: &'a str,
    role: Role,
    /// Seconds until it is ready.
    wait: f64,
    /// When the place is given away after all.
    until: Timestamp,
}

/// The tasks for which places are held in one decision.
#[derive(Default)]
pub struct Lookahead<'a> {
    expected: Vec<Expected<'a>>,
    mean: f64,
    most: usize,
}

impl<'a> Lookahead<'a> {
    /// The tasks that will be ready soon, most urgent first. None where this run has not landed anything yet (there is no
    /// wait to expect), or has fewer places than it asked for: others on this machine wait for those.
    pub fn new(view: &View<'a>, statuses: &[TaskStatus], ledger: &Ledger) -> Lookahead<'a> {
        let course = view.course;
        let shared = view.capacity.agents < course.info.options.jobs;
        let Some(wait) = median(&waits(view)).filter(|_| !shared && course.info.options.jobs > 1) else {
            return Lookahead::default();
        };
        let tasks = course.tails.len().max(1) as f64;
        let mean = (0..course.tails.len()).map(|i| own_weight(view, i)).sum::<f64>() / tasks;
        let expected = course.preference.iter().filter_map(|ix| expect(view, statuses, ledger, ix.index(), wait));
        Lookahead { expected: expected.collect(), mean, most: (view.capacity.agents / SHARE) as usize }
    }

    /// How many places are held that a task may not take, and when the first of them is given away.
    pub fn held_against(&self, view: &View<'_>, i: usize, provider: &str, role: Role) -> (usize, Option<Timestamp>) {
        let time = expected_seconds(view, i);
        let holds = |it: &&Expected<'_>| {
            let longer = view.course.tails[it.task] >= view.course.tails[i] + LEAST_TAIL * self.mean;
            longer && it.wait <= MOST_WAIT * time && it.provider == provider && it.role == role
        };
        let held: Vec<&Expected<'_>> = self.expected.iter().filter(holds).take(self.most).collect();
        (held.len(), held.iter().map(|it| it.until).min())
    }
}

/// The task, if it is ready as soon as everything that it waits for is judged and merged.
fn expect<'a>(view: &View<'a>, statuses: &[TaskStatus], ledger: &Ledger, i: usize, wait: f64) -> Option<Expected<'a>> {
    let (course, state) = (view.course, view.state);
    if statuses[i] != TaskStatus::Waiting || course.people[i] || !course.info.tasks[i].needs.is_empty() {
        return None;
    }
    let (mut longest, mut until) = (0.0f64, None::<Timestamp>);
    for TaskIx(before) in course.graph.dependencies(TaskIx(i as u32)) {
        let before = before as usize;
        if statuses[before] == TaskStatus::Landed {
            continue;
        }
        let since = through(&state.tasks[before], &statuses[before])?;
        let passed = view.now.duration_since(since).as_secs_f64().max(0.0);
        let given_up = since + SignedDuration::from_secs_f64(PATIENCE * wait);
        if given_up <= view.now {
            return None;
        }
        longest = longest.max(wait - passed);
        until = Some(until.map_or(given_up, |until| until.min(given_up)));
    }
    let role = staged::next_role(course, state, i);
    let provider = course.provider(course.agent_for(i, role));
    let may = approvals::to_start(course, state, course.info.layers[i]) == Leave::Given;
    let served = Queue::default().turn(view, provider) == Turn::Now;
    let paid = matches!(ledger.ask(course, state, i), Reserve::Yes(_));
    let expected = Expected { task: i, provider, role, wait: longest.max(0.0), until: until? };
    (may && served && paid).then_some(expected)
}

/// Since when a task has only been judged and merged; none for one that still works, or waits for a person.
fn through(task: &TaskState, status: &TaskStatus) -> Option<Timestamp> {
    let last = task.last()?;
    match status {
        TaskStatus::Running => last.exited_at.filter(|_| !last.is_working()),
        TaskStatus::Gating | TaskStatus::Passed | TaskStatus::Landing => {
            last.exited_at.or(last.ended.as_ref().map(|(at, _)| *at))
        }
        _ => None,
    }
}

/// Seconds from the end of its agent to its landing, of each task that landed.
fn waits(view: &View<'_>) -> Vec<f64> {
    let of = |task: &TaskState| {
        let (landed, _) = task.landed?;
        let last = task.last()?;
        let end = last.exited_at.or(last.ended.as_ref().map(|(at, _)| *at))?;
        Some(landed.duration_since(end).as_secs_f64().max(0.0))
    };
    view.state.tasks.iter().filter_map(of).collect()
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

/// What a task adds to the longest way from it to the end.
fn own_weight(view: &View<'_>, i: usize) -> f64 {
    let after = view.course.graph.dependents(TaskIx(i as u32));
    let longest = after.iter().map(|ix| view.course.tails[ix.index()]).fold(0.0, f64::max);
    view.course.tails[i] - longest
}

/// How long a task's agent will work: by its estimate or by earlier runs, else as long as this run's attempts did.
fn expected_seconds(view: &View<'_>, i: usize) -> f64 {
    let info = &view.course.info;
    if info.expected.len() == info.tasks.len() || info.tasks[i].estimate.is_some() {
        return own_weight(view, i) * 60.0;
    }
    let attempts = view.state.tasks.iter().flat_map(|task| &task.attempts);
    let times: Vec<f64> =
        attempts.filter_map(|it| Some(it.exited_at?.duration_since(it.started).as_secs_f64())).collect();
    median(&times).unwrap_or(0.0)
}
