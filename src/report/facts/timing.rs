//! How long a run took, would have taken one task after another, and could not have been beaten.

use jiff::Timestamp;

use super::picture::{Picture, StateWord};
use crate::journal::{Attempt, CheckState, FailClass};
use crate::report::words::measure::seconds;

/// Less than this is no speed-up that anybody would notice.
pub const WORTH_SAYING: f64 = 1.1;

/// Times of a run, seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// From the start to the end, or to now, without the time in which nobody drove it.
    pub wall: f64,
    /// All attempts and their gates, one after another.
    pub sequential: f64,
    /// No schedule of these attempts and gates on these places is shorter: the longest chain of dependencies, or all
    /// agents' work shared evenly, or all gates'.
    pub bound: f64,
}

/// The times of one task, seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct AttemptSpan {
    agents: f64,
    gates: f64,
    /// Least time from the first start to the last verdict: the gates of an attempt run side by side.
    least: f64,
}

impl Timing {
    /// The times of a run as they are now.
    pub fn of(picture: &Picture<'_>) -> Timing {
        let spans: Vec<AttemptSpan> = (0..picture.len()).map(|i| span(picture, i)).collect();
        let options = &picture.state.info.options;
        let agents: f64 = spans.iter().map(|span| span.agents).sum();
        let gates: f64 = spans.iter().map(|span| span.gates).sum();
        let least: Vec<f64> = spans.iter().map(|span| span.least).collect();
        let chain = picture.course.graph.tails(&least).into_iter().fold(0.0, f64::max);
        let shared = (agents / f64::from(options.jobs.max(1))).max(gates / f64::from(options.checks.max(1)));
        Timing { wall: wall(picture), sequential: agents + gates, bound: chain.max(shared) }
    }

    /// How many times faster than one task after another; none before anything was measured.
    pub fn speed_up(&self) -> Option<f64> {
        (self.wall > 0.0 && self.sequential > 0.0).then(|| self.sequential / self.wall)
    }

    /// What agents and gates worked, each in all.
    pub fn parts(&self, picture: &Picture<'_>) -> (f64, f64) {
        let spans = (0..picture.len()).map(|i| span(picture, i));
        spans.fold((0.0, 0.0), |(agents, gates), span| (agents + span.agents, gates + span.gates))
    }

    /// The same where it is worth a word: of a run that gained nothing by running tasks at once there is nothing to say.
    pub fn gain(&self) -> Option<f64> {
        self.speed_up().filter(|times| *times >= WORTH_SAYING)
    }
}

fn wall(picture: &Picture<'_>) -> f64 {
    let state = picture.state;
    // Of a run that nobody drives only the time until its last word is known.
    let end = match (&state.finished, picture.driven) {
        (Some((at, _)), _) => *at,
        (None, true) => picture.now,
        (None, false) => state.at,
    };
    (seconds(state.started, end) - state.away.as_secs_f64()).max(0.0)
}

fn span(picture: &Picture<'_>, i: usize) -> AttemptSpan {
    let mut sum = AttemptSpan::default();
    for attempt in &picture.facts(i).attempts {
        let agent = agent_seconds(picture, attempt);
        let gates: Vec<f64> = picture.words(i, attempt).iter().map(gate_seconds).collect();
        sum.agents += agent;
        sum.gates += gates.iter().sum::<f64>();
        sum.least += agent + gates.iter().copied().fold(0.0, f64::max);
    }
    sum
}

/// What a gate's own run took; an answer from an earlier run took nothing.
fn gate_seconds(word: &StateWord<'_>) -> f64 {
    match word.check {
        Some(CheckState::Judged(judgement)) if !judgement.cached => judgement.seconds.max(0.0),
        _ => 0.0,
    }
}

/// An attempt that was cut off with the program that drove it took nobody knows how long: it counts nothing, or the bound
/// could exceed the time that the run took.
fn agent_seconds(picture: &Picture<'_>, attempt: &Attempt) -> f64 {
    if matches!(attempt.failure(), Some((FailClass::Lost, _))) {
        return 0.0;
    }
    seconds(attempt.started, end_of(picture, attempt))
}

/// When an attempt ended; an open one goes on until now, or ended with the process that drove it.
fn end_of(picture: &Picture<'_>, attempt: &Attempt) -> Timestamp {
    match &attempt.ended {
        Some((at, _)) => *at,
        None if picture.driven => picture.now,
        None => picture.state.at,
    }
}

/// What a task took so far: its attempts and their gates. Gates work side by side, so that their times may add up to more
/// than has passed.
pub fn of_task(picture: &Picture<'_>, i: usize) -> f64 {
    let span = span(picture, i);
    let facts = picture.facts(i);
    let (landed, finished) = (facts.landed.map(|(at, _)| at), picture.state.finished.as_ref().map(|(at, _)| *at));
    let end = landed.or(finished).unwrap_or(if picture.driven { picture.now } else { picture.state.at });
    let passed = facts.attempts.first().map_or(0.0, |first| seconds(first.started, end));
    (span.agents + span.gates).min(passed)
}

/// How long the present attempt of a task has been running, or its gates judging.
pub fn of_phase(picture: &Picture<'_>, i: usize) -> Option<f64> {
    let last = picture.facts(i).last()?;
    let since = last.ended.as_ref().map_or(last.started, |(at, _)| *at);
    let until = if picture.driven { picture.now } else { picture.state.at };
    Some(seconds(since, until))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{AttemptOutcome, Event, Host, RunOutcome};
    use crate::model::{AttemptId, Verdict};
    use crate::report::testing::Story;

    fn host() -> Host {
        Host { host: "here".into(), pid: 2, start: 1, boot: "b".into(), space: String::new() }
    }

    #[test]
    fn times_are_those_of_attempts_and_gates() {
        let mut story = Story::new(&[("A", "a", &[]), ("B", "b", &[]), ("C", "c", &["A"])], &["test"]);
        story.done("A", 0.0, 4.5).done("B", 0.0, 2.5).done("C", 4.5, 3.5);
        story.finishes(RunOutcome::Done);
        let state = story.state();
        let timing = Timing::of(&Picture::new(&state, state.at, false));
        assert_eq!(timing, Timing { wall: 8.0, sequential: 10.5, bound: 8.0 });
        assert_eq!(timing.speed_up(), Some(10.5 / 8.0));
    }

    #[test]
    fn a_task_takes_no_longer_than_what_passed() {
        let mut story = Story::new(&[("A", "a", &[])], &["test", "tdd"]);
        story.at(0.0).starts(&["A"]).at(2.0).commits("A", 1, 1, 0).gates("A", "test").gates("A", "tdd");
        story.at(2.2).says("A", "test", Verdict::Pass, "").says("A", "tdd", Verdict::Pass, "");
        story.lands(&["A"]).finishes(RunOutcome::Done);
        let state = story.state();
        let picture = Picture::new(&state, state.at, false);
        let span = span(&picture, 0);
        assert!(span.agents + span.gates > of_task(&picture, 0), "{span:?}");
        assert!(of_task(&picture, 0) <= Timing::of(&picture).wall);
    }

    #[test]
    fn time_in_which_nobody_drove_the_run_does_not_count() {
        let mut story = Story::new(&[("A", "a", &[])], &[]);
        story.at(10.0).starts(&["A"]).at(3600.0).happens(Event::RunResumed { host: host(), changes: Vec::new() });
        story.at(3610.0).commits("A", 1, 1, 0).lands(&["A"]).finishes(RunOutcome::Done);
        let state = story.state();
        assert_eq!(Timing::of(&Picture::new(&state, state.at, false)).wall, 20.0);
    }

    #[test]
    fn an_attempt_cut_off_by_a_kill_does_not_raise_the_bound_above_the_time_it_took() {
        let mut story = Story::new(&[("A", "a", &[])], &[]);
        story.at(0.0).starts(&["A"]).at(900.0).happens(Event::RunResumed { host: host(), changes: Vec::new() });
        let attempt = AttemptId { task: "A".parse().unwrap(), n: 1 };
        let outcome = AttemptOutcome::Failed { class: FailClass::Lost, reason: "killed".into() };
        story.happens(Event::AttemptEnded { attempt, outcome, seconds: 0.0, salvage: None, max_rss: 0, cpu: 0.0 });
        story.starts(&["A"]).at(905.0).commits("A", 1, 1, 0).lands(&["A"]).finishes(RunOutcome::Done);
        let state = story.state();
        let timing = Timing::of(&Picture::new(&state, state.at, false));
        assert_eq!(timing, Timing { wall: 5.0, sequential: 5.0, bound: 5.0 });
    }

    #[test]
    fn before_anything_ran_there_is_no_speed_up() {
        let state = Story::new(&[("A", "a", &[])], &[]).state();
        assert_eq!(Timing::of(&Picture::new(&state, state.at, true)).speed_up(), None);
    }
}
