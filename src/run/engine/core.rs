//! The core: owns journal and state, has no clock and no threads.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;

use super::announce::announce;
use crate::journal::inbox::Message;
use crate::journal::{
    BatchPhase, CheckState, Entry, Event, Host, Journal, JournalWatch, MarkingPhase, RunStarted, RunState, SideBase,
};
use crate::model::{Error, ErrorKind, Result, secrets};
use crate::schedule::{self, Action, Capacity, Demand, RunContext, View};

/// What enters the core. Nothing else does.
#[derive(Debug, Clone, PartialEq)]
pub enum Signal {
    /// A worker's outcome.
    Happened(Event),
    /// A message of a person.
    Request(Message),
    /// What the machine gives now.
    Capacity(Capacity),
    /// Time went by.
    Tick,
    /// A worker met what no decision can mend (git refuses, the disk is full): the run ends, `resume` goes on.
    Broken(Error),
}

/// What came of a step. Everything in it is on the disk.
#[derive(Debug, Default)]
pub struct Step {
    /// To be performed now.
    pub actions: Vec<Action>,
    /// For observers.
    pub entries: Vec<Arc<Entry>>,
}

/// Decisions that follow on each other within one step. More than this is a loop in the policy, not a long plan: each
/// round makes all decisions that are possible at once.
const MAX_ROUNDS: usize = 1000;

/// The core of one run.
#[derive(Debug)]
pub struct Core {
    course: RunContext,
    state: RunState,
    journal: Journal,
    capacity: Capacity,
}

impl Core {
    /// Begins a run in an empty journal.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub fn begin(
        mut journal: Journal,
        info: RunStarted,
        capacity: Capacity,
        now: Timestamp,
    ) -> Result<(Core, Arc<Entry>)> {
        let entry = Entry { seq: 1, at: now, event: Event::RunStarted(Box::new(info)) };
        journal.append(std::slice::from_ref(&entry))?;
        let state = RunState::begin(&entry)?;
        Ok((Core { course: RunContext::new(state.info.clone()), state, journal, capacity }, Arc::new(entry)))
    }

    /// Goes on with a run whose journal gave `entries`.
    ///
    /// # Errors
    /// The entries are no run.
    pub fn reopen(journal: Journal, entries: &[Entry], capacity: Capacity) -> Result<Core> {
        let state = RunState::replay(entries)?;
        Ok(Core { course: RunContext::new(state.info.clone()), state, journal, capacity })
    }

    /// Announces that another process goes on with the run; what an older format lacks is derived and written with it.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub fn resumed(&mut self, host: Host, changes: Vec<String>, now: Timestamp) -> Result<Vec<Arc<Entry>>> {
        let mut entries = Vec::new();
        self.fold(now, Event::RunResumed { host, changes }, &mut entries);
        if let Some(raised) = schedule::raise_format(&self.course, &self.state) {
            self.fold(now, raised, &mut entries);
        }
        self.journal.append(&entries)?;
        Ok(entries.into_iter().map(Arc::new).collect())
    }

    /// Records what happens before anything is decided.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub fn note(&mut self, event: Event, now: Timestamp) -> Result<Vec<Arc<Entry>>> {
        let mut entries = Vec::new();
        self.fold(now, event, &mut entries);
        self.journal.append(&entries)?;
        Ok(entries.into_iter().map(Arc::new).collect())
    }

    /// What notices when somebody else writes to the journal.
    pub fn journal_watch(&self) -> Arc<JournalWatch> {
        self.journal.watch()
    }

    /// The state.
    pub fn state(&self) -> &RunState {
        &self.state
    }

    /// What follows from the plan as it is now.
    pub fn course(&self) -> &RunContext {
        &self.course
    }

    /// Takes signals in, decides until nothing new follows, and makes all of it durable.
    ///
    /// Nothing is performed before its intent is on the disk; facts and intents of a step share one sync.
    ///
    /// # Errors
    /// The journal cannot be written: the run must end, nothing of the step may be performed.
    pub fn step(&mut self, now: Timestamp, signals: Vec<Signal>) -> Result<Step> {
        let mut entries = Vec::new();
        for signal in signals {
            match signal {
                Signal::Capacity(capacity) => self.capacity = capacity,
                Signal::Tick => {}
                Signal::Broken(error) => return Err(error),
                Signal::Request(message) if self.state.messages.contains(&message.id) => {}
                Signal::Request(message) => {
                    let event = Event::Requested { message: message.id, request: message.request };
                    self.fold(now, clean(event), &mut entries);
                }
                Signal::Happened(event) => {
                    let event = if self.accepts(&event) { event } else { ignored(&event) };
                    self.fold(now, clean(event), &mut entries);
                }
            }
        }
        let actions = self.reach_fixed_point(now, &mut entries)?;
        match can_wait(&self.state, &entries, &actions) {
            true => self.journal.append_soon(&entries)?,
            false => self.journal.append(&entries)?,
        }
        Ok(Step { actions, entries: entries.into_iter().map(Arc::new).collect() })
    }

    /// Decides and folds the intents in until nothing follows any more.
    fn reach_fixed_point(&mut self, now: Timestamp, entries: &mut Vec<Entry>) -> Result<Vec<Action>> {
        let mut actions = Vec::new();
        for _ in 0..MAX_ROUNDS {
            let decided = self.decide(now);
            let intents: Vec<Event> = decided.iter().filter_map(|action| announce(action, &self.state)).collect();
            let settled = intents.is_empty();
            actions.retain(|action| !matches!(action, Action::Wake { .. }));
            actions.extend(decided);
            if settled {
                return Ok(actions);
            }
            intents.into_iter().for_each(|event| self.fold(now, event, entries));
        }
        Err(Error::new(
            ErrorKind::Failed,
            "deciding what to do next",
            "the decisions do not settle; this is a bug in git orca",
        ))
    }

    /// What is to be done now. After a step this is nothing but `Wake`.
    pub fn decide(&self, now: Timestamp) -> Vec<Action> {
        let now = now.max(self.state.at);
        schedule::decide(&View { course: &self.course, state: &self.state, capacity: self.capacity, now })
    }

    /// What it could use of the machine now.
    pub fn demand(&self, now: Timestamp) -> Demand {
        schedule::demand(&self.course, &self.state, now.max(self.state.at))
    }

    fn fold(&mut self, now: Timestamp, event: Event, entries: &mut Vec<Entry>) {
        let entry = Entry { seq: self.state.seq + 1, at: now.max(self.state.at), event };
        self.state.apply(&entry);
        if !Arc::ptr_eq(&self.course.info, &self.state.info) {
            self.course = RunContext::new(self.state.info.clone());
        }
        entries.push(entry);
    }

    /// The fence: an outcome counts only while its intent is open. No arm for the rest: a kind of event that somebody adds
    /// has to be thought of here.
    fn accepts(&self, event: &Event) -> bool {
        let open = |id| self.state.attempt(id).is_some_and(crate::journal::Attempt::is_open);
        let phase = |n: &u32| self.state.batch.as_ref().filter(|batch| batch.n == *n).map(|batch| &batch.phase);
        match event {
            Event::AttemptPlaced { attempt, .. }
            | Event::AgentStarted { attempt, .. }
            | Event::SnapshotTaken { attempt, .. }
            | Event::UsageSeen { attempt, .. }
            | Event::SessionSeen { attempt, .. }
            | Event::AgentExited { attempt }
            | Event::AgentHears { attempt }
            | Event::WordHeard { attempt, .. }
            | Event::SubmoduleMoved { attempt, .. }
            | Event::AttemptEnded { attempt, .. } => open(attempt),
            // Handed over and ended cross each other: then its end said the same.
            Event::WordCarried { attempt, .. } => self.state.attempt(attempt).is_some(),
            Event::Judged { subject, gate, .. } | Event::CheckPutOff { subject, gate, .. } => {
                self.state.check(subject, gate).is_some_and(|check| check.state == CheckState::Open)
            }
            Event::ChoiceAnswered { task, round, .. } => {
                let choice = self.state.task(task).and_then(|task| task.choice(*round));
                choice.is_some_and(|choice| choice.answer.is_none())
            }
            Event::Replayed { attempt, .. } => self.state.attempt(attempt).is_some_and(|it| it.replaying.is_some()),
            Event::BaseMade { of, .. } => self.state.bases.get(of) == Some(&SideBase::Making),
            Event::Merged { batch, .. } => phase(batch) == Some(&BatchPhase::Merging),
            Event::Landed { batch, .. } => matches!(phase(batch), Some(BatchPhase::Landing { .. })),
            Event::MarksMade { .. } => {
                self.state.marking.as_ref().is_some_and(|marking| marking.phase == MarkingPhase::Making)
            }
            Event::MarksLanded { .. } => {
                self.state.marking.as_ref().is_some_and(|marking| matches!(marking.phase, MarkingPhase::Moving(_)))
            }
            Event::IntoEnded { .. } => self.state.into == Some((false, None)),
            Event::DeployEnded { .. } => self.state.deploy == Some(None),
            Event::ProviderPaused { .. }
            | Event::ProviderBroken { .. }
            | Event::SlotSetAside { .. }
            | Event::Reconciled { .. }
            | Event::Noticed { .. }
            | Event::ConflictForeseen { .. }
            | Event::Ignored { .. } => true,
            // The core's own: intents, what people ask for (which has a signal of its own), the run's beginning and end.
            Event::RunStarted(_)
            | Event::RunResumed { .. }
            | Event::FormatRaised { .. }
            | Event::BaseIntended { .. }
            | Event::ReplayIntended { .. }
            | Event::AttemptIntended(_)
            | Event::AttemptEndIntended { .. }
            | Event::CandidateChosen { .. }
            | Event::ChoiceAsked(_)
            | Event::WordIntended { .. }
            | Event::CheckIntended { .. }
            | Event::PausedForGate { .. }
            | Event::PoolResized { .. }
            | Event::MergeIntended { .. }
            | Event::LandRefused { .. }
            | Event::LandIntended { .. }
            | Event::MarksIntended { .. }
            | Event::MarksLandIntended
            | Event::IntoIntended { .. }
            | Event::DeployIntended
            | Event::ApprovalAsked(_)
            | Event::ApprovalExpired { .. }
            | Event::ApprovalFellBack(_)
            | Event::Requested { .. }
            | Event::RunFinished { .. }
            | Event::Foreign { .. } => false,
            // Written by whoever publishes or takes out what landed, which is no run.
            Event::RevertIntended { .. } | Event::Reverted { .. } => false,
            Event::PullRequestSeen(_) | Event::HeadsMoveIntended { .. } | Event::HeadsMoved { .. } => false,
            Event::BridgeIntended { .. } | Event::BridgeRemoved => false,
        }
    }
}

/// Whether a step can go to the disk with the next one: nothing that follows from it has an effect outside of memory, and of
/// what it tells only the work of an attempt would be missed, which a merge tells again in a moment. Merges that gates judge
/// are named by refs.
fn can_wait(state: &RunState, entries: &[Entry], actions: &[Action]) -> bool {
    let merges = actions.iter().any(|action| matches!(action, Action::Merge { .. }));
    let harmless = |entry: &Entry| match entry.event {
        Event::AgentStarted { .. } | Event::AgentExited { .. } | Event::MergeIntended { .. } => true,
        Event::AttemptEnded { .. } => merges,
        _ => false,
    };
    let quiet = |action: &Action| matches!(action, Action::Merge { .. } | Action::Wake { .. });
    state.info.options.gates.is_empty() && entries.iter().all(harmless) && actions.iter().all(quiet)
}

/// What comes from agents, gates and people has no secrets in it before it is folded, so that state and journal agree.
fn clean(mut event: Event) -> Event {
    let secrets = secrets::current();
    event.change_texts(&|text| {
        if let Cow::Owned(clean) = secrets.redact(text) {
            *text = clean;
        }
    });
    event
}

fn ignored(event: &Event) -> Event {
    let what = serde_json::to_string(event).unwrap_or_else(|_| "an outcome that cannot be shown".to_owned());
    Event::Ignored { what }
}
