//! What the watch view shows of a run beside the details of one task: its head, its tasks by layers, what can be done.

use crate::journal::Question;
use crate::model::TaskId;
use crate::report::facts::eta::RemainingTime;
use crate::report::facts::picture::{Picture, RunWord};
use crate::report::facts::timing::{self, Timing};
use crate::report::facts::{ending, tally};
use crate::report::machine::status_json::needs;
use crate::report::screens::summary::used;
use crate::report::words::display::{plan_name, safe};
use crate::report::words::measure::{duration, plural};
use crate::report::words::style;
use crate::schedule::TaskStatus;

/// A task in the list.
#[derive(Debug, Clone)]
pub struct WatchRow {
    /// Its id.
    pub id: TaskId,
    /// Its title, safe.
    pub title: String,
    /// Its layer.
    pub layer: u32,
    /// Its state.
    pub word: &'static str,
    /// The color of that.
    pub style: anstyle::Style,
    /// How long it has been in it, while something happens to it.
    pub time: String,
    /// The tasks that it is directly after.
    pub after: Vec<TaskId>,
    /// Whether a person is needed for it.
    pub needs_person: bool,
    /// Whether something happens to it.
    pub is_busy: bool,
    /// Whether a question about it waits for an answer.
    pub is_asked: bool,
    /// Whether an agent works on it.
    pub is_open: bool,
    /// Whether it has landed.
    pub is_landed: bool,
    /// Whether a person can mend it by hand.
    pub is_editable: bool,
}

/// A run at a glance.
#[derive(Debug, Clone)]
pub struct WatchGlance {
    /// Two lines: which run and how it stands; the counts.
    pub head: [String; 2],
    /// What a person can type now, most urgent first.
    pub needs: Vec<String>,
    /// Questions about no task: `plan`, `layer:2`, `base`.
    pub asked: Vec<String>,
    /// The tasks, by layer.
    pub rows: Vec<WatchRow>,
    /// Whether a process drives the run.
    pub is_driven: bool,
    /// Whether it has ended.
    pub is_over: bool,
}

impl WatchGlance {
    /// Of a run at a moment.
    pub fn of(picture: &Picture<'_>) -> WatchGlance {
        let mut order: Vec<usize> = (0..picture.len()).collect();
        order.sort_by_key(|i| (picture.state.info.layers[*i], *i));
        let asked = picture.state.unanswered().filter(|approval| approval.question.task().is_none());
        WatchGlance {
            head: head(picture),
            needs: needed(picture),
            asked: asked.map(|approval| approval.question.id()).collect(),
            rows: order.into_iter().map(|i| row(picture, i)).collect(),
            is_driven: picture.driven,
            is_over: picture.state.finished.is_some(),
        }
    }

    /// How many tasks of a layer have landed, and how many it has.
    pub fn of_layer(&self, layer: u32) -> (usize, usize) {
        let all = || self.rows.iter().filter(|row| row.layer == layer);
        (all().filter(|row| row.is_landed).count(), all().count())
    }
}

fn head(picture: &Picture<'_>) -> [String; 2] {
    let info = &picture.state.info;
    let wall = duration(Timing::of(picture).wall);
    let word = match picture.word() {
        RunWord::Finished => format!("finished in {wall}, {}", ending::line(picture)),
        RunWord::Interrupted => format!("interrupted {}", ending::silence(picture)),
        _ if picture.state.stop.is_some() => format!("stopping, {wall}"),
        RunWord::Paused => format!("paused, {wall}"),
        RunWord::Running => match RemainingTime::of(picture) {
            Some(left) => format!("running, {wall}, about {} left", duration(left.seconds)),
            None => format!("running, {wall}"),
        },
    };
    let counts = format!("{}: {}", plural(picture.len(), "task"), tally::words(&tally::shown(picture)));
    let used = used(picture).map(|used| format!("    {used}")).unwrap_or_default();
    [format!("run {}  {word}    {}", info.run, plan_name(&info.plan.path)), format!("{counts}{used}")]
}

fn needed(picture: &Picture<'_>) -> Vec<String> {
    let first = match picture.word() {
        RunWord::Interrupted => Some(format!("git orca resume {}", picture.state.info.run)),
        RunWord::Paused => Some("git orca resume".to_owned()),
        RunWord::Running | RunWord::Finished => None,
    };
    first.into_iter().chain(needs(picture).into_iter().map(|need| need.command)).collect()
}

fn row(picture: &Picture<'_>, i: usize) -> WatchRow {
    let (task, standing, facts) = (picture.task(i), picture.standing(i), picture.facts(i));
    let is_asked = picture.state.unanswered().any(|it| it.question.task() == Some(&task.id));
    let landing = |it: &Question| matches!(it, Question::Landing(id) if *id == task.id);
    let lands = picture.state.unanswered().any(|it| landing(&it.question));
    let stuck = matches!(standing, TaskStatus::Failed(_) | TaskStatus::Conflicted);
    WatchRow {
        id: task.id.clone(),
        title: safe(&task.title),
        layer: picture.state.info.layers[i],
        word: picture.state_word(i),
        style: style::of(standing),
        time: timing::of_phase(picture, i)
            .filter(|_| standing.is_busy() && !picture.is_cut_off())
            .map(duration)
            .unwrap_or_default(),
        after: task.after.iter().map(|edge| edge.task.clone()).collect(),
        needs_person: stuck || is_asked,
        is_busy: standing.is_busy(),
        is_asked,
        is_open: facts.under_way().next().is_some(),
        is_landed: facts.landed.is_some(),
        is_editable: stuck || lands,
    }
}
