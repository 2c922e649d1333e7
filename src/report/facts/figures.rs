//! Rates and averages of a run, for dashboards and for comparing runs. What cannot be known yet is none.

use serde::Serialize;

use super::picture::{Picture, counts};
use super::timing::Timing;
use crate::journal::{Attempt, CheckState, TaskState};
use crate::model::{GateDef, GateName, Verdict};
use crate::report::words::measure::seconds;
use crate::schedule::{PERSON, SCRIPT, TaskStatus};

/// Rates and averages. Times in seconds, shares from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RunFigures {
    /// Tasks that landed or were left out, percent of all.
    pub progress_percent: f64,
    /// Landed tasks an hour of the run's own time.
    pub tasks_per_hour: Option<f64>,
    /// From a task's first attempt to its landing, on average.
    pub average_cycle_time: Option<f64>,
    /// Results that clashed with what had landed, of all that were merged or clashed.
    pub conflict_rate: Option<f64>,
    /// Conflicts that nobody had to solve by hand, of those that came to an end.
    pub conflicts_solved_alone_rate: Option<f64>,
    /// From a clash to the landing of its task, on average.
    pub average_conflict_time: Option<f64>,
    /// Time of the places for agents in which an agent worked.
    pub agent_use: Option<f64>,
    /// Time of the places for gate commands in which one ran.
    pub gate_use: Option<f64>,
    /// Largest resident set of a process of an agent, bytes.
    pub agent_memory_max: Option<u64>,
    /// Processor time of the agents that ended, with all that they started, seconds.
    pub agent_cpu_seconds: Option<f64>,
    /// Processors that they kept busy while they worked, on average.
    pub agent_processors: Option<f64>,
    /// What running attempts may still use of the budget: reserved, less what they used. None where nothing is reserved.
    pub tokens_reserved: Option<u64>,
    /// Passed checks of all that applied; a required gate counts twice, and what could not be checked is not a pass.
    pub quality: Option<f64>,
}

/// Conflicts of a run.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ConflictFigures {
    /// All that were met.
    pub detected: usize,
    /// Those whose task landed.
    pub solved: usize,
    /// Of these, those that no person solved.
    pub alone: usize,
    /// From clash to landing, of those that a rule did not solve within the merge.
    waits: f64,
    waited: usize,
}

impl RunFigures {
    /// The figures of a run as it stands.
    pub fn of(picture: &Picture<'_>) -> RunFigures {
        let timing = Timing::of(picture);
        let landed = picture.landed();
        let skipped = picture.that(|standing| *standing == TaskStatus::Skipped).len();
        let conflicts = ConflictFigures::of(picture);
        let merged = landed + conflicts.detected - conflicts.solved;
        let options = &picture.state.info.options;
        let places = |n: u32| timing.wall * f64::from(n.max(1));
        let (agents, gates) = timing.parts(picture);
        let measured = || attempts(picture).filter(|attempt| attempt.cpu > 0.0);
        let cpu: f64 = measured().map(|attempt| attempt.cpu).sum();
        let ended = |attempt: &Attempt| attempt.ended.as_ref().map(|(at, _)| seconds(attempt.started, *at));
        let worked: f64 = measured().filter_map(ended).sum();
        RunFigures {
            progress_percent: share(landed + skipped, picture.len()).map_or(100.0, |share| share * 100.0),
            tasks_per_hour: (timing.wall > 0.0).then(|| landed as f64 * 3600.0 / timing.wall),
            average_cycle_time: average(picture.state.tasks.iter().filter_map(cycle)),
            conflict_rate: share(conflicts.detected, merged),
            conflicts_solved_alone_rate: share(conflicts.alone, conflicts.solved),
            average_conflict_time: (conflicts.waited > 0).then(|| conflicts.waits / conflicts.waited as f64),
            agent_use: (timing.wall > 0.0).then(|| (agents / places(options.jobs)).min(1.0)),
            gate_use: (timing.wall > 0.0).then(|| (gates / places(options.checks)).min(1.0)),
            agent_memory_max: attempts(picture).map(|attempt| attempt.max_rss).max().filter(|bytes| *bytes > 0),
            agent_cpu_seconds: (cpu > 0.0).then_some(cpu),
            agent_processors: (cpu > 0.0 && worked > 0.0).then(|| cpu / worked),
            tokens_reserved: reserved(picture),
            quality: quality(picture),
        }
    }
}

impl ConflictFigures {
    /// The conflicts of a run so far.
    pub fn of(picture: &Picture<'_>) -> ConflictFigures {
        let mut figures = ConflictFigures::default();
        for task in &picture.state.tasks {
            // What agents and people solved is counted where it clashed.
            let by_rule = |rule: &&String| !["agent ", "again ", "by-hand "].iter().any(|who| rule.starts_with(who));
            let by_rule = task.rules.iter().filter(by_rule).count();
            figures.detected += by_rule;
            figures.solved += by_rule;
            figures.alone += by_rule;
            let by_hand = task.rules.iter().any(|rule| rule.starts_with("by-hand "))
                || task.attempts.iter().any(|attempt| attempt.agent == PERSON);
            for clashed in task.attempts.iter().filter(|attempt| attempt.conflict.is_some()) {
                figures.detected += 1;
                let (Some((at, _)), Some((ended, _))) = (&task.landed, &clashed.ended) else { continue };
                figures.solved += 1;
                figures.alone += usize::from(!by_hand);
                figures.waits += seconds(*ended, *at);
                figures.waited += 1;
            }
        }
        figures
    }
}

/// Attempts of agents that say something of the agents: ended, with a fair chance, and no commands of the plan itself.
pub fn fair_attempts<'a>(picture: &'a Picture<'_>) -> impl Iterator<Item = &'a Attempt> {
    attempts(picture).filter(|attempt| !attempt.is_open() && counts(attempt) && attempt.agent != SCRIPT)
}

fn attempts<'a>(picture: &'a Picture<'_>) -> impl Iterator<Item = &'a Attempt> {
    picture.state.tasks.iter().flat_map(TaskState::all_attempts)
}

/// A share; none of nothing.
pub fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn average(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0u32), |(sum, n), value| (sum + value, n + 1));
    (n > 0).then(|| sum / f64::from(n))
}

fn cycle(task: &TaskState) -> Option<f64> {
    let (landed, _) = task.landed?;
    Some(seconds(task.all_attempts().map(|it| it.started).min()?, landed))
}

fn reserved(picture: &Picture<'_>) -> Option<u64> {
    let open = attempts(picture).filter(|attempt| attempt.is_open());
    let left = open.filter_map(|attempt| Some(attempt.reserved.tokens?.saturating_sub(attempt.usage.tokens())));
    left.fold(None, |sum, tokens| Some(sum.unwrap_or(0) + tokens))
}

fn quality(picture: &Picture<'_>) -> Option<f64> {
    let gates = &picture.state.info.options.gates;
    let weight = |name: &GateName| {
        let is_it = |gate: &&GateDef| gate.name == *name;
        if gates.iter().find(is_it).is_some_and(|gate| gate.required) { 2.0 } else { 1.0 }
    };
    let judged = picture.state.checks.iter().filter_map(|((_, gate), check)| match &check.state {
        CheckState::Judged(judgement) if judgement.verdict != Verdict::NotApplicable => {
            Some((weight(gate), judgement.verdict == Verdict::Pass))
        }
        _ => None,
    });
    let (passed, all) = judged
        .fold((0.0, 0.0), |(passed, all), (weight, pass)| (passed + if pass { weight } else { 0.0 }, all + weight));
    (all > 0.0).then(|| passed / all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{AttemptOutcome, FailClass, RunOutcome};
    use crate::report::testing::{Story, wreck};

    fn figures(story: &Story) -> RunFigures {
        let state = story.state();
        RunFigures::of(&Picture::new(&state, state.at, state.finished.is_none()))
    }

    #[test]
    fn processors_are_those_of_attempts_that_were_measured() {
        let mut story = Story::new(&[("A", "a", &[]), ("B", "b", &[])], &[]);
        story.starts(&["A", "B"]);
        let mut state = story.state();
        let end = |n: usize, cpu: f64, state: &mut crate::journal::RunState| {
            let attempt = &mut state.tasks[n].attempts[0];
            let at = attempt.started + jiff::SignedDuration::from_secs(10);
            attempt.ended = Some((at, AttemptOutcome::Failed { class: FailClass::NoWork, reason: String::new() }));
            attempt.cpu = cpu;
        };
        let figures = |state: &crate::journal::RunState| RunFigures::of(&Picture::new(state, state.at, true));
        assert_eq!((figures(&state).agent_cpu_seconds, figures(&state).agent_processors), (None, None));
        end(0, 15.0, &mut state);
        end(1, 0.0, &mut state);
        let measured = figures(&state);
        assert_eq!((measured.agent_cpu_seconds, measured.agent_processors), (Some(15.0), Some(1.5)));
    }

    #[test]
    fn rates_and_averages_of_a_run() {
        let mut story = Story::new(&[("A", "a", &[]), ("B", "b", &[])], &["test"]);
        story.done("A", 0.0, 10.0).done("B", 0.0, 20.0);
        story.finishes(RunOutcome::Done);
        let figures = figures(&story);
        assert_eq!((figures.progress_percent, figures.tasks_per_hour), (100.0, Some(360.0)));
        assert_eq!((figures.average_cycle_time, figures.conflict_rate), (Some(15.0), Some(0.0)));
        assert_eq!((figures.quality, figures.conflicts_solved_alone_rate), (Some(1.0), None));
        // Two agents of four places, 9.5 and 19.5 of 20 seconds.
        assert!((figures.agent_use.unwrap() - 29.0 / 80.0).abs() < 1e-9, "{figures:?}");
    }

    #[test]
    fn what_is_reserved_is_what_running_agents_may_still_use() {
        let mut story = Story::new(&[("A", "a", &[]), ("B", "b", &[]), ("C", "c", &[])], &[]);
        story.starts(&["A", "B", "C"]).uses("A", 300, 0.1);
        assert_eq!(figures(&story).tokens_reserved, None, "nothing is reserved without a limit");
        let mut state = story.state();
        for (n, tokens) in [(0, Some(1000)), (1, Some(500)), (2, None)] {
            state.tasks[n].attempts[0].reserved.tokens = tokens;
            state.tasks[n].attempts[0].max_rss = 1 << (20 + n);
        }
        let figures = |state: &crate::journal::RunState| RunFigures::of(&Picture::new(state, state.at, true));
        assert_eq!((figures(&state).tokens_reserved, figures(&state).agent_memory_max), (Some(1200), Some(4 << 20)));
        // One that used more than was reserved takes nothing from the others.
        state.tasks[1].attempts[0].reserved.tokens = Some(0);
        assert_eq!(figures(&state).tokens_reserved, Some(700));
        let at = state.at;
        state.tasks[0].attempts[0].ended =
            Some((at, AttemptOutcome::Failed { class: FailClass::NoWork, reason: String::new() }));
        assert_eq!(figures(&state).tokens_reserved, Some(0), "who has ended may use nothing more");
    }

    #[test]
    fn a_conflict_is_solved_from_its_clash_to_its_landing() {
        let mut story = Story::new(&[("A", "a", &[]), ("B", "b", &[])], &[]);
        story.done("A", 0.0, 10.0);
        story.at(4.0).starts(&["B"]).at(12.0).commits("B", 1, 1, 0).conflicts("B", &["A"], &[("x", "contents")]);
        assert_eq!(figures(&story).average_conflict_time, None, "nothing is solved yet");
        story.at(20.0).starts(&["B"]).at(30.0).commits("B", 1, 1, 0).at(42.0).lands(&["B"]);
        let figures = figures(&story);
        assert_eq!(figures.average_conflict_time, Some(30.0));
        assert_eq!((figures.conflicts_solved_alone_rate, figures.agent_memory_max), (Some(1.0), None));
    }

    #[test]
    fn before_anything_ran_nothing_is_known() {
        let figures = figures(&Story::new(&[("A", "a", &[])], &["test"]));
        assert_eq!((figures.progress_percent, figures.tasks_per_hour), (0.0, None));
        assert_eq!((figures.quality, figures.agent_use, figures.average_cycle_time), (None, None, None));
    }

    #[test]
    fn conflicts_count_by_who_solved_them() {
        let state = wreck().state();
        let picture = Picture::new(&state, state.at, true);
        let ConflictFigures { detected, solved, alone, .. } = ConflictFigures::of(&picture);
        // A rule solved one, one is left to a person.
        assert_eq!((detected, solved, alone), (2, 1, 1));
        let figures = RunFigures::of(&picture);
        assert_eq!(figures.conflict_rate, Some(2.0 / 6.0));
        assert!(figures.quality.unwrap() < 1.0);
    }

    #[test]
    fn what_a_plan_states_itself_is_no_agents_failure() {
        let mut story = Story::new(&[("A", "a", &[])], &[]);
        story.starts(&["A"]).fails("A", FailClass::Fatal, "no");
        let mut state = story.state();
        state.tasks[0].attempts[0].agent = SCRIPT.to_owned();
        assert_eq!(fair_attempts(&Picture::new(&state, state.at, true)).count(), 0);
        state.tasks[0].attempts[0].agent = "claude".to_owned();
        assert_eq!(fair_attempts(&Picture::new(&state, state.at, true)).count(), 1);
    }
}
