//! A run at one moment: its state, and what every screen derives from it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::{SignedDuration, Timestamp};

use super::doing::Doings;
use crate::journal::{Answer, Attempt, CheckState, Request, RunState, Subject, TaskState};
use crate::model::{AttemptId, GateDef, GatePhase, Task, TaskId};
use crate::schedule::{self, RunContext, StartWait, TaskStatus, standings};

/// What a run is doing as a whole (DESIGN 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunWord {
    /// A process drives it.
    Running,
    /// A process drives it, and starts nothing new.
    Paused,
    /// It is over.
    Finished,
    /// It is not over, and nobody drives it.
    Interrupted,
}

impl RunWord {
    /// The word of `status --format json`.
    pub fn word(self) -> &'static str {
        match self {
            RunWord::Running => "running",
            RunWord::Paused => "paused",
            RunWord::Finished => "finished",
            RunWord::Interrupted => "interrupted",
        }
    }
}

/// A run at one moment.
#[derive(Debug)]
pub struct Picture<'a> {
    /// The fold.
    pub state: &'a RunState,
    /// What is constant for the run.
    pub course: RunContext,
    /// Where each task stands, in the plan's order.
    pub standings: Vec<TaskStatus>,
    /// The moment.
    pub now: Timestamp,
    /// Whether a process drives the run.
    pub driven: bool,
    /// What running agents do, where that was looked at.
    pub doings: Doings,
    /// The user's branch that has the result, where that was looked at; empty for a detached `HEAD`.
    pub taken_onto: Option<String>,
    /// Tasks that somebody has open to change them by hand, and where.
    pub by_hand: Vec<(TaskId, String)>,
    /// What a person told a run that nobody drives: it counts once somebody does.
    pub told: Vec<Request>,
    /// Whether the branch of the result was removed again, as `undo` does.
    pub undone: bool,
    /// Whether every place of this machine is in use, by this run and others, where that was looked at.
    pub crowded: bool,
    waits: OnceLock<BTreeMap<usize, StartWait>>,
}

/// What could start and does not for so long is kept by the machine: a run needs a moment to start what it can.
const MOMENT: SignedDuration = SignedDuration::from_secs(1);

/// A gate's word on an attempt.
#[derive(Debug, Clone, Copy)]
pub struct StateWord<'a> {
    /// The gate.
    pub gate: &'a GateDef,
    /// Running or judged; none when it has not been asked yet.
    pub check: Option<&'a CheckState>,
    /// The run was cut off: what is open does not run any more.
    pub cut_off: bool,
}

impl StateWord<'_> {
    /// `pass`, `running`, `waiting`.
    pub fn word(&self) -> &'static str {
        match self.check {
            Some(CheckState::Judged(judgement)) => judgement.verdict.word(),
            Some(CheckState::Open) if self.cut_off => "interrupted",
            Some(CheckState::Open) => "running",
            None => "waiting",
        }
    }
}

impl<'a> Picture<'a> {
    /// The run as of `now`. `driven` says whether its writer lives.
    pub fn new(state: &'a RunState, now: Timestamp, driven: bool) -> Picture<'a> {
        let course = RunContext::new(state.info.clone());
        let now = now.max(state.at);
        let mut standings = standings(&course, state, now);
        if state.finished.is_some() {
            // What was under way when the run was stopped is done when it is resumed; nothing is under way now.
            let is_open = |standing: &&mut TaskStatus| {
                matches!(standing, TaskStatus::Running | TaskStatus::Gating | TaskStatus::Landing)
            };
            standings.iter_mut().filter(is_open).for_each(|standing| *standing = TaskStatus::Ready);
        }
        Picture {
            state,
            course,
            standings,
            now,
            driven,
            doings: Doings::new(),
            taken_onto: None,
            by_hand: Vec::new(),
            told: Vec::new(),
            undone: false,
            crowded: false,
            waits: OnceLock::new(),
        }
    }

    /// With what running agents do.
    #[must_use]
    pub fn with_doings(mut self, doings: Doings) -> Picture<'a> {
        self.doings = doings;
        self
    }

    /// With the user's branch that has the result.
    #[must_use]
    pub fn with_taken(mut self, branch: Option<String>) -> Picture<'a> {
        self.taken_onto = branch;
        self
    }

    /// With the tasks that are open to be changed by hand.
    #[must_use]
    pub fn with_by_hand(mut self, open: Vec<(TaskId, String)>) -> Picture<'a> {
        self.by_hand = open;
        self
    }

    /// With what waits until somebody drives the run.
    #[must_use]
    pub fn with_told(mut self, told: Vec<Request>) -> Picture<'a> {
        self.told = told;
        self
    }

    /// With whether its result was taken back.
    #[must_use]
    pub fn with_undone(mut self, undone: bool) -> Picture<'a> {
        self.undone = undone;
        self
    }

    /// The answer that was given to a question about a task, and that nobody has taken in yet.
    pub fn answered(&self, i: usize) -> Option<&Answer> {
        let task = &self.task(i).id;
        let about = |id: &str| self.state.approvals.get(id).is_some_and(|it| it.question.task() == Some(task));
        self.told.iter().find_map(|request| match request {
            Request::Answer(answer) if about(&answer.id) => Some(answer),
            _ => None,
        })
    }

    /// With whether every place of this machine is in use.
    #[must_use]
    pub fn with_crowded(mut self, crowded: bool) -> Picture<'a> {
        self.crowded = crowded;
        self
    }

    /// What a task that is ready waits for; none where it would start.
    pub fn wait(&self, i: usize) -> Option<&StartWait> {
        let all = || schedule::waits(&self.course, self.state, &self.standings, self.now);
        if self.word() != RunWord::Running || self.state.stop.is_some() {
            return None;
        }
        self.waits.get_or_init(all).get(&i)
    }

    /// Whether a task could start by all that the run knows, and does not: this machine has no place for it.
    pub fn is_kept_by_machine(&self, i: usize) -> bool {
        let still = self.now.duration_since(self.state.at) >= MOMENT;
        let running = self.word() == RunWord::Running && self.state.stop.is_none();
        running && still && *self.standing(i) == TaskStatus::Ready && self.wait(i).is_none()
    }

    /// What the run is doing.
    pub fn word(&self) -> RunWord {
        match (self.state.finished.is_some(), self.driven) {
            _ if self.state.awaits_review().is_some() => RunWord::Paused,
            (true, _) => RunWord::Finished,
            (false, false) => RunWord::Interrupted,
            (false, true) if self.state.is_paused() => RunWord::Paused,
            (false, true) if self.state.has_overdue_question() && self.state.is_idle() => RunWord::Paused,
            (false, true) => RunWord::Running,
        }
    }

    /// Whether nobody drives a run that has not ended: what its journal says to be under way is not.
    pub fn is_cut_off(&self) -> bool {
        self.state.finished.is_none() && !self.driven
    }

    /// The state of a task for people: what was under way when the run was cut off is told as that.
    pub fn state_word(&self, i: usize) -> &'static str {
        match self.standing(i) {
            TaskStatus::Running | TaskStatus::Gating | TaskStatus::Landing if self.is_cut_off() => "interrupted",
            standing => standing.word(),
        }
    }

    /// How many tasks the run has.
    pub fn len(&self) -> usize {
        self.state.tasks.len()
    }

    /// Whether the run has no task.
    pub fn is_empty(&self) -> bool {
        self.state.tasks.is_empty()
    }

    /// A task by its position.
    pub fn task(&self, i: usize) -> &Task {
        &self.state.info.tasks[i]
    }

    /// Facts about a task.
    pub fn facts(&self, i: usize) -> &TaskState {
        &self.state.tasks[i]
    }

    /// Where a task stands.
    pub fn standing(&self, i: usize) -> &TaskStatus {
        &self.standings[i]
    }

    /// Positions of the tasks for which `wanted` holds, in the plan's order.
    pub fn that(&self, wanted: impl Fn(&TaskStatus) -> bool) -> Vec<usize> {
        (0..self.len()).filter(|i| wanted(self.standing(*i))).collect()
    }

    /// How many tasks have landed.
    pub fn landed(&self) -> usize {
        self.standings.iter().filter(|standing| **standing == TaskStatus::Landed).count()
    }

    /// Failed or conflicted tasks that hold a blocked one back.
    pub fn blockers(&self, i: usize) -> Vec<TaskId> {
        schedule::blockers(&self.course, self.state, &self.standings, &self.task(i).id)
    }

    /// What gates say about an attempt, in the order of the settings. Empty for an attempt that changed nothing: its
    /// tree was gated before.
    pub fn words(&self, i: usize, attempt: &Attempt) -> Vec<StateWord<'_>> {
        let subject = Subject::Attempt(AttemptId { task: self.task(i).id.clone(), n: attempt.n });
        let gates = self.state.info.options.gates.iter();
        let judging = gates.filter(|gate| matches!(gate.on, GatePhase::Task | GatePhase::Both));
        let is_over = self.state.finished.is_some();
        let check = |gate: &GateDef| {
            let check = self.state.check(&subject, &gate.name).map(|check| &check.state);
            check.filter(|check| !(is_over && matches!(check, CheckState::Open)))
        };
        let cut_off = self.is_cut_off();
        let words = judging.map(|gate| StateWord { gate, check: check(gate), cut_off });
        words.filter(|word| attempt.result().is_some() || word.check.is_some()).collect()
    }

    /// What gates say about a merged tree.
    pub fn words_on(&self, subject: &Subject) -> Vec<StateWord<'_>> {
        let gates = self.state.info.options.gates.iter();
        let cut_off = self.is_cut_off();
        let check = |gate: &GateDef| self.state.check(subject, &gate.name).map(|check| &check.state);
        let words = gates.map(|gate| StateWord { gate, check: check(gate), cut_off });
        words.filter(|word| word.check.is_some()).collect()
    }
}

/// Whether an attempt says something about its task: one that had no fair chance does not.
pub fn counts(attempt: &Attempt) -> bool {
    attempt.failure().is_none_or(|(class, _)| class.counts())
}
