//! All runs of a repository, one beside the other: how often agents and gates succeed, how much clashes, what it costs.

use jiff::Timestamp;
use serde::Serialize;

use super::figures::{ConflictFigures, fair_attempts, share};
use super::picture::Picture;
use super::timing::Timing;
use crate::journal::CheckState;
use crate::model::{RunId, Verdict};

/// Runs below which the newer half says nothing against the older one.
const ENOUGH: usize = 4;

/// One run, counted. Times in seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "counts with the names of `status --format json`")]
pub struct RunRecord {
    pub run: RunId,
    pub started: Timestamp,
    pub state: &'static str,
    /// None until it is over.
    pub exit: Option<u8>,
    #[serde(flatten)]
    pub counts: RunCounts,
    pub speed_up: Option<f64>,
}

/// Counts that can be added up over runs.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct RunCounts {
    /// Tasks of the run.
    pub tasks: usize,
    /// Those that landed.
    pub landed: usize,
    /// Attempts of agents that had a fair chance.
    pub attempts: usize,
    /// Those that left a result.
    pub results: usize,
    /// Verdicts of gates that applied.
    pub verdicts: usize,
    /// Passes.
    pub passed: usize,
    /// Conflicts that were met.
    pub conflicts: usize,
    /// Those whose task landed.
    pub conflicts_solved: usize,
    /// Tokens of agents and reviews.
    pub tokens: u64,
    /// US dollars.
    pub cost_usd: f64,
    /// The run's own time.
    pub wall: f64,
    /// All attempts and gates, one after another.
    pub sequential: f64,
}

/// Rates of some runs together; none where there is nothing to count.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct HistoryRates {
    /// How many runs.
    pub runs: usize,
    /// The sums.
    #[serde(flatten)]
    pub counts: RunCounts,
    /// Landed of all tasks.
    pub landed_rate: Option<f64>,
    /// Attempts that left a result.
    pub agent_success_rate: Option<f64>,
    /// Passes of all verdicts.
    pub gate_pass_rate: Option<f64>,
    /// Conflicts of all results that were merged or clashed.
    pub conflict_rate: Option<f64>,
    /// Time one after another, of the time that the runs took.
    pub speed_up: Option<f64>,
    /// US dollars a landed task.
    pub cost_per_task: Option<f64>,
}

/// The runs of a repository.
#[derive(Debug, Clone, PartialEq)]
pub struct RunHistory {
    /// Oldest first.
    pub runs: Vec<RunRecord>,
    /// All together.
    pub all: HistoryRates,
    /// The older and the newer half, where there are enough to compare.
    pub halves: Option<(HistoryRates, HistoryRates)>,
}

impl RunRecord {
    /// A run as it stands.
    pub fn of(picture: &Picture<'_>) -> RunRecord {
        let timing = Timing::of(picture);
        let usage = picture.state.usage();
        let conflicts = ConflictFigures::of(picture);
        let verdicts = picture.state.checks.values().filter_map(|check| match &check.state {
            CheckState::Judged(judgement) if judgement.verdict != Verdict::NotApplicable => Some(judgement.verdict),
            _ => None,
        });
        let verdicts: Vec<Verdict> = verdicts.collect();
        let counts = RunCounts {
            tasks: picture.len(),
            landed: picture.landed(),
            attempts: fair_attempts(picture).count(),
            results: fair_attempts(picture).filter(|attempt| attempt.result().is_some()).count(),
            verdicts: verdicts.len(),
            passed: verdicts.iter().filter(|verdict| **verdict == Verdict::Pass).count(),
            conflicts: conflicts.detected,
            conflicts_solved: conflicts.solved,
            tokens: usage.tokens(),
            cost_usd: usage.usd,
            wall: timing.wall,
            sequential: timing.sequential,
        };
        RunRecord {
            run: picture.state.info.run.clone(),
            started: picture.state.started,
            state: picture.word().word(),
            exit: picture.state.finished.as_ref().map(|(_, outcome)| outcome.exit_code()),
            counts,
            speed_up: timing.speed_up(),
        }
    }
}

impl std::ops::AddAssign for RunCounts {
    fn add_assign(&mut self, other: RunCounts) {
        self.tasks += other.tasks;
        self.landed += other.landed;
        self.attempts += other.attempts;
        self.results += other.results;
        self.verdicts += other.verdicts;
        self.passed += other.passed;
        self.conflicts += other.conflicts;
        self.conflicts_solved += other.conflicts_solved;
        self.tokens += other.tokens;
        self.cost_usd += other.cost_usd;
        self.wall += other.wall;
        self.sequential += other.sequential;
    }
}

impl HistoryRates {
    /// The rates of these runs.
    pub fn of(runs: &[RunRecord]) -> HistoryRates {
        let mut counts = RunCounts::default();
        runs.iter().for_each(|run| counts += run.counts);
        let merged = counts.landed + counts.conflicts - counts.conflicts_solved;
        HistoryRates {
            runs: runs.len(),
            landed_rate: share(counts.landed, counts.tasks),
            agent_success_rate: share(counts.results, counts.attempts),
            gate_pass_rate: share(counts.passed, counts.verdicts),
            conflict_rate: share(counts.conflicts, merged),
            speed_up: (counts.wall > 0.0 && counts.sequential > 0.0).then(|| counts.sequential / counts.wall),
            cost_per_task: (counts.landed > 0).then(|| counts.cost_usd / counts.landed as f64),
            counts,
        }
    }
}

impl RunHistory {
    /// The history of these runs, oldest first.
    pub fn of(runs: Vec<RunRecord>) -> RunHistory {
        let (older, newer) = runs.split_at(runs.len() / 2);
        let halves = (runs.len() >= ENOUGH).then(|| (HistoryRates::of(older), HistoryRates::of(newer)));
        RunHistory { all: HistoryRates::of(&runs), halves, runs }
    }
}

#[cfg(test)]
pub(in crate::report) mod tests {
    use super::*;
    use crate::journal::{FailClass, RunOutcome};
    use crate::report::testing::Story;

    /// A run of two tasks of which some land.
    pub(in crate::report) fn record(landed: usize) -> RunRecord {
        let mut story = Story::new(&[("A", "a", &[]), ("B", "b", &[])], &["test"]);
        for (n, task) in ["A", "B"].into_iter().enumerate() {
            if n < landed {
                story.done(task, 0.0, 10.0).uses(task, 1_000, 0.25);
            } else {
                story.at(0.0).starts(&[task]).at(10.0).fails(task, FailClass::Fatal, "no");
            }
        }
        story.finishes(if landed == 2 { RunOutcome::Done } else { RunOutcome::Incomplete { exit: 4 } });
        let state = story.state();
        RunRecord::of(&Picture::new(&state, state.at, false))
    }

    #[test]
    fn rates_are_those_of_all_runs_together() {
        let history = RunHistory::of(vec![record(0), record(1), record(2), record(2)]);
        let all = history.all;
        assert_eq!((all.runs, all.counts.tasks, all.counts.landed), (4, 8, 5));
        assert_eq!((all.landed_rate, all.agent_success_rate), (Some(5.0 / 8.0), Some(5.0 / 8.0)));
        assert_eq!((all.gate_pass_rate, all.conflict_rate, all.cost_per_task), (Some(1.0), Some(0.0), Some(0.25)));
        let (older, newer) = history.halves.unwrap();
        assert_eq!((older.agent_success_rate, newer.agent_success_rate), (Some(0.25), Some(1.0)));
        assert_eq!(history.runs.iter().map(|run| run.exit).collect::<Vec<_>>(), [Some(4), Some(4), Some(0), Some(0)]);
    }

    #[test]
    fn a_few_runs_are_no_trend_and_none_have_no_rates() {
        assert!(RunHistory::of(vec![record(2), record(1)]).halves.is_none());
        let none = RunHistory::of(Vec::new()).all;
        assert_eq!((none.landed_rate, none.speed_up, none.cost_per_task), (None, None, None));
    }
}
