//! The fold: facts only. What they mean (is a task ready? may it be tried again?) is `schedule`'s.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::event::{
    AttemptOutcome, Conflict, Entry, Event, FailClass, Head, HeldBack, Host, LandedTask, Request, RunOutcome,
    RunStarted, Subject,
};
use crate::model::{AttemptId, Error, ErrorKind, Finding, GateName, Oid, Result, TaskId, Usage, Verdict};

/// One attempt of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Its number, from 1.
    pub n: u32,
    /// The agent's name; `person` for work that a person committed.
    pub agent: String,
    /// The slot it works in.
    pub slot: String,
    /// What its result is compared with.
    pub base: Oid,
    /// Where its worktree began.
    pub start: Oid,
    /// When it was intended.
    pub started: Timestamp,
    /// When it ended and how.
    pub ended: Option<(Timestamp, AttemptOutcome)>,
    /// Whether its end was asked for.
    pub end_asked: bool,
    /// Launcher's pid and start time, once it runs.
    pub process: Option<(u32, u64)>,
    /// Latest saved state of its worktree.
    pub snapshot: Option<Oid>,
    /// Saved work that is not part of its result.
    pub salvage: Option<Oid>,
    /// What it used.
    pub usage: Usage,
    /// Largest resident set, bytes.
    pub max_rss: u64,
    /// Set when the merged tree with its work was red: the subject that was.
    pub refused: Option<Refusal>,
    /// Set when its work could not be merged.
    pub conflict: Option<Conflict>,
}

impl Attempt {
    /// Whether it still runs.
    pub fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    /// The commit to judge and land.
    pub fn result(&self) -> Option<&Oid> {
        match &self.ended {
            Some((_, AttemptOutcome::Committed { commit, .. } | AttemptOutcome::NoChange { commit })) => Some(commit),
            _ => None,
        }
    }

    /// The class of its failure.
    pub fn failure(&self) -> Option<(FailClass, &str)> {
        match &self.ended {
            Some((_, AttemptOutcome::Failed { class, reason })) => Some((*class, reason)),
            _ => None,
        }
    }
}

/// A merged tree that was red because of one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The batch.
    pub batch: u32,
    /// Which tree of it.
    pub subject: Subject,
}

/// The facts about one task.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskState {
    /// Attempts, oldest first.
    pub attempts: Vec<Attempt>,
    /// Attempts that a `retry` forgave: those before this index no longer count.
    pub forgiven: usize,
    /// Whether a `retry` waits for its attempt.
    pub retry_asked: bool,
    /// What a person says to the agent.
    pub hint: Option<String>,
    /// Left out by a person.
    pub skipped: bool,
    /// Ended by a person.
    pub stopped: bool,
    /// When it landed, with the batch.
    pub landed: Option<(Timestamp, u32)>,
    /// Merge commit on its layer's head.
    pub landed_commit: Option<Oid>,
    /// Rules that solved its merge.
    pub rules: Vec<String>,
}

impl TaskState {
    /// The latest attempt.
    pub fn last(&self) -> Option<&Attempt> {
        self.attempts.last()
    }

    /// The attempt that runs.
    pub fn open(&self) -> Option<&Attempt> {
        self.attempts.last().filter(|attempt| attempt.is_open())
    }
}

/// A verdict with what led to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The tree it is about.
    pub tree: Oid,
    /// The verdict.
    pub verdict: Verdict,
    /// One line.
    pub reason: String,
    /// What was found.
    pub findings: Vec<Finding>,
    /// Seconds.
    pub seconds: f64,
    /// From an earlier result.
    pub cached: bool,
    /// Output, relative to the run's folder.
    pub log: String,
}

/// A gate's run on one subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The commit that is checked out.
    pub commit: Oid,
    /// The slot.
    pub slot: String,
    /// When it was intended.
    pub started: Timestamp,
    /// Running, or its judgement.
    pub state: CheckState,
}

/// Running, or judged.
#[derive(Debug, Clone, PartialEq)]
pub enum CheckState {
    /// Intended, not answered.
    Open,
    /// Answered.
    Judged(Judgement),
}

/// One task of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchTask {
    /// The task.
    pub task: TaskId,
    /// Its layer.
    pub layer: u32,
    /// The commit to merge.
    pub commit: Oid,
}

/// How far a batch is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchPhase {
    /// Being merged.
    Merging,
    /// Candidates made; gates run.
    Checking {
        /// Candidate heads that differ from the landed ones, lowest layer first.
        heads: Vec<Head>,
        /// The tasks that are in.
        landed: Vec<LandedTask>,
    },
    /// Refs are moving.
    Landing {
        /// Candidate heads.
        heads: Vec<Head>,
        /// The tasks that are in.
        landed: Vec<LandedTask>,
    },
}

/// Tasks on their way onto the train.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its number, from 1.
    pub n: u32,
    /// Its tasks, in merge order.
    pub tasks: Vec<BatchTask>,
    /// How far it is.
    pub phase: BatchPhase,
}

/// How the run is being stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    /// When it was asked.
    pub asked: Timestamp,
    /// Whether running agents get no time to finish.
    pub now: bool,
}

/// The state of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunState {
    /// What the run was told.
    pub info: Arc<RunStarted>,
    /// Sequence number of the last entry.
    pub seq: u64,
    /// Time of the last entry.
    pub at: Timestamp,
    /// Time of the first entry.
    pub started: Timestamp,
    /// Time in which nobody drove the run: between an end or a crash and the resumption.
    pub away: SignedDuration,
    /// Who writes.
    pub host: Host,
    /// Facts per task, in the order of `info.tasks`.
    pub tasks: Vec<TaskState>,
    /// Landed heads of the layers that have something of their own merged. A layer without *is* the one below, so that
    /// a plan of ten thousand layers costs nothing until they land.
    pub heads: BTreeMap<u32, Head>,
    /// What layer 0 would be: the base.
    pub root: Head,
    /// Checks by subject and gate.
    pub checks: BTreeMap<(Subject, GateName), Check>,
    /// Gates that let a merged tree through.
    pub passed: BTreeSet<(GateName, Oid)>,
    /// The batch on its way.
    pub batch: Option<Batch>,
    /// Number of the last batch.
    pub batches: u32,
    /// Groups that a red batch was split into, still to be tried.
    pub groups: VecDeque<Vec<TaskId>>,
    /// Slots not to be used again.
    pub set_aside: BTreeSet<String>,
    /// Branches that do not show their head, with the reason.
    pub held_back: Vec<HeldBack>,
    /// Nothing new is started.
    pub paused: bool,
    /// The run is being stopped.
    pub stop: Option<Stop>,
    /// `--into`: asked (false) or answered (true), with what refused it.
    pub into: Option<(bool, Option<String>)>,
    /// The finishing command: asked, or answered with success and words.
    pub deploy: Option<Option<(bool, String)>>,
    /// How it ended.
    pub finished: Option<(Timestamp, RunOutcome)>,
    /// Ids of the messages that were read: a crash between the sync and the file's removal must not do them twice.
    pub messages: BTreeSet<String>,
    index: HashMap<TaskId, usize>,
}

impl RunState {
    /// The state after the first entry of a journal.
    ///
    /// # Errors
    /// The entry is no `run_started`, or of a newer format.
    pub fn begin(entry: &Entry) -> Result<RunState> {
        let Event::RunStarted(info) = &entry.event else {
            return Err(Error::new(ErrorKind::Corrupt, "reading the journal", "it does not begin with `run_started`"));
        };
        let info = Arc::new((**info).clone());
        Ok(RunState {
            seq: entry.seq,
            at: entry.at,
            started: entry.at,
            away: SignedDuration::ZERO,
            host: info.host.clone(),
            tasks: vec![TaskState::default(); info.tasks.len()],
            heads: BTreeMap::new(),
            root: Head { layer: 0, commit: info.base.clone(), tree: info.base_tree.clone() },
            checks: BTreeMap::new(),
            passed: BTreeSet::new(),
            batch: None,
            batches: 0,
            groups: VecDeque::new(),
            set_aside: BTreeSet::new(),
            held_back: Vec::new(),
            paused: false,
            stop: None,
            into: None,
            deploy: None,
            finished: None,
            messages: BTreeSet::new(),
            index: info.tasks.iter().enumerate().map(|(i, task)| (task.id.clone(), i)).collect(),
            info,
        })
    }

    /// The state after all of `entries`.
    ///
    /// # Errors
    /// No entry, or the first is no `run_started`.
    pub fn replay<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Result<RunState> {
        let mut entries = entries.into_iter();
        let Some(first) = entries.next() else {
            return Err(Error::new(ErrorKind::Corrupt, "reading the journal", "it is empty"));
        };
        let mut state = RunState::begin(first)?;
        entries.for_each(|entry| state.apply(entry));
        Ok(state)
    }

    /// Position of a task in `info.tasks` and `tasks`.
    pub fn index(&self, task: &TaskId) -> Option<usize> {
        self.index.get(task).copied()
    }

    /// Facts about a task.
    pub fn task(&self, task: &TaskId) -> Option<&TaskState> {
        self.index(task).map(|i| &self.tasks[i])
    }

    /// An attempt.
    pub fn attempt(&self, id: &AttemptId) -> Option<&Attempt> {
        self.task(&id.task)?.attempts.get(id.n.checked_sub(1)? as usize)
    }

    /// The landed head that tasks of a layer build on.
    pub fn head(&self, layer: u32) -> &Head {
        self.heads.range(..=layer).next_back().map_or(&self.root, |(_, head)| head)
    }

    /// The last head: the result so far.
    pub fn top(&self) -> &Head {
        self.head(u32::MAX)
    }

    /// The check of a gate on a subject.
    pub fn check(&self, subject: &Subject, gate: &GateName) -> Option<&Check> {
        self.checks.get(&(subject.clone(), gate.clone()))
    }

    /// The judgement of a gate on a subject.
    pub fn judgement(&self, subject: &Subject, gate: &GateName) -> Option<&Judgement> {
        match &self.check(subject, gate)?.state {
            CheckState::Judged(judgement) => Some(judgement),
            CheckState::Open => None,
        }
    }

    /// Checks of a subject, in gate order.
    pub fn checks_of<'a>(&'a self, subject: &Subject) -> impl Iterator<Item = (&'a GateName, &'a Check)> {
        let subject = subject.clone();
        self.checks.iter().filter(move |((of, _), _)| *of == subject).map(|((_, gate), check)| (gate, check))
    }

    /// Everything used so far.
    pub fn usage(&self) -> Usage {
        let mut sum = Usage::default();
        self.tasks.iter().flat_map(|task| &task.attempts).for_each(|attempt| sum += attempt.usage);
        sum
    }

    /// Folds one entry in. Entries that name what does not exist change nothing: the writer's fence keeps them out.
    pub fn apply(&mut self, entry: &Entry) {
        if matches!(entry.event, Event::RunResumed { .. }) {
            self.away += entry.at.duration_since(self.at);
        }
        self.seq = entry.seq;
        self.at = entry.at;
        match &entry.event {
            Event::RunStarted(_) | Event::Ignored { .. } | Event::Reconciled { .. } | Event::Noticed { .. } => {}
            Event::RunResumed { host, .. } => self.resumed(host),
            Event::AttemptIntended { attempt, agent, slot, base, start } => {
                self.attempt_intended(entry.at, attempt, agent, slot, base, start);
            }
            Event::AgentStarted { attempt, pid, start, .. } => {
                self.edit(attempt, |it| it.process = Some((*pid, *start)));
            }
            Event::SnapshotTaken { attempt, commit } => self.edit(attempt, |it| it.snapshot = Some(commit.clone())),
            Event::UsageSeen { attempt, delta } => self.edit(attempt, |it| it.usage += *delta),
            Event::AttemptEndIntended { attempt, .. } => self.edit(attempt, |it| it.end_asked = true),
            Event::AttemptEnded { attempt, outcome, salvage, max_rss, .. } => self.edit(attempt, |it| {
                it.ended = Some((entry.at, outcome.clone()));
                it.salvage = salvage.clone();
                it.max_rss = *max_rss;
            }),
            Event::SlotSetAside { slot, .. } => {
                self.set_aside.insert(slot.clone());
            }
            Event::CheckIntended { subject, gate, commit, slot } => {
                let check =
                    Check { commit: commit.clone(), slot: slot.clone(), started: entry.at, state: CheckState::Open };
                self.checks.insert((subject.clone(), gate.clone()), check);
            }
            Event::Judged { .. } => self.judged(&entry.event),
            Event::MergeIntended { batch, tasks } => self.merge_intended(*batch, tasks),
            Event::Merged { batch, heads, landed, conflicts } => self.merged(*batch, heads, landed, conflicts),
            Event::LandRefused { batch, culprit, next, subject } => {
                self.refused(*batch, culprit.as_ref(), next, subject)
            }
            Event::LandIntended { batch } => self.land_intended(*batch),
            Event::Landed { batch, held_back } => self.landed(entry.at, *batch, held_back),
            Event::IntoIntended { .. } => self.into = Some((false, None)),
            Event::IntoEnded { refused, .. } => self.into = Some((true, refused.clone())),
            Event::DeployIntended => self.deploy = Some(None),
            Event::DeployEnded { ok, reason } => self.deploy = Some(Some((*ok, reason.clone()))),
            Event::Requested { message, request } => {
                self.messages.insert(message.clone());
                self.requested(entry.at, request);
            }
            Event::RunFinished { outcome } => self.finished = Some((entry.at, *outcome)),
        }
    }

    fn edit(&mut self, id: &AttemptId, change: impl FnOnce(&mut Attempt)) {
        let found = self.index(&id.task).and_then(|i| {
            let n = id.n.checked_sub(1)? as usize;
            self.tasks[i].attempts.get_mut(n)
        });
        if let Some(attempt) = found {
            change(attempt);
        }
    }

    fn resumed(&mut self, host: &Host) {
        self.host = host.clone();
        self.finished = None;
        self.stop = None;
        self.paused = false;
        // What ended badly at the end of the run is done again; what passed is not.
        if matches!(self.into, Some((true, Some(_)))) {
            self.into = None;
        }
        if matches!(self.deploy, Some(Some((false, _)))) {
            self.deploy = None;
        }
        self.checks.retain(|(subject, _), check| {
            let end = matches!(subject, Subject::Layer { .. } | Subject::Final(_));
            !end || !matches!(&check.state, CheckState::Judged(judgement) if !judgement.verdict.lets_through())
        });
    }

    fn attempt_intended(&mut self, at: Timestamp, id: &AttemptId, agent: &str, slot: &str, base: &Oid, start: &Oid) {
        let Some(i) = self.index(&id.task) else { return };
        self.tasks[i].retry_asked = false;
        self.tasks[i].attempts.push(Attempt {
            n: id.n,
            agent: agent.to_owned(),
            slot: slot.to_owned(),
            base: base.clone(),
            start: start.clone(),
            started: at,
            ended: None,
            end_asked: false,
            process: None,
            snapshot: None,
            salvage: None,
            usage: Usage::default(),
            max_rss: 0,
            refused: None,
            conflict: None,
        });
    }

    fn judged(&mut self, event: &Event) {
        let Event::Judged { subject, gate, tree, verdict, reason, findings, seconds, cached, log } = event else {
            return;
        };
        if verdict.lets_through() && !matches!(subject, Subject::Attempt(_)) {
            self.passed.insert((gate.clone(), tree.clone()));
        }
        if let Some(check) = self.checks.get_mut(&(subject.clone(), gate.clone())) {
            check.state = CheckState::Judged(Judgement {
                tree: tree.clone(),
                verdict: *verdict,
                reason: reason.clone(),
                findings: findings.clone(),
                seconds: *seconds,
                cached: *cached,
                log: log.clone(),
            });
        }
    }

    fn merge_intended(&mut self, n: u32, tasks: &[TaskId]) {
        let tasks = tasks.iter().filter_map(|task| {
            let i = self.index(task)?;
            let commit = self.tasks[i].last()?.result()?.clone();
            Some(BatchTask { task: task.clone(), layer: self.info.layers[i], commit })
        });
        let tasks: Vec<BatchTask> = tasks.collect();
        self.batches = n;
        if !self.groups.is_empty() {
            self.groups.pop_front();
        }
        // A group of which nothing is left to try is done with: nobody performs an empty merge.
        self.batch = (!tasks.is_empty()).then_some(Batch { n, tasks, phase: BatchPhase::Merging });
    }

    fn merged(&mut self, n: u32, heads: &[Head], landed: &[LandedTask], conflicts: &[Conflict]) {
        for conflict in conflicts {
            if let Some(i) = self.index(&conflict.task)
                && let Some(attempt) = self.tasks[i].attempts.last_mut()
            {
                attempt.conflict = Some(conflict.clone());
            }
        }
        let Some(batch) = self.batch.as_mut().filter(|batch| batch.n == n) else { return };
        if landed.is_empty() {
            self.batch = None;
        } else {
            batch.phase = BatchPhase::Checking { heads: heads.to_vec(), landed: landed.to_vec() };
        }
    }

    fn refused(&mut self, n: u32, culprit: Option<&TaskId>, next: &[Vec<TaskId>], subject: &Subject) {
        if let Some(i) = culprit.and_then(|task| self.index(task))
            && let Some(attempt) = self.tasks[i].attempts.last_mut()
        {
            attempt.refused = Some(Refusal { batch: n, subject: subject.clone() });
        }
        for group in next.iter().rev() {
            self.groups.push_front(group.clone());
        }
        self.batch = None;
    }

    fn land_intended(&mut self, n: u32) {
        let Some(batch) = self.batch.as_mut().filter(|batch| batch.n == n) else { return };
        if let BatchPhase::Checking { heads, landed } = &batch.phase {
            batch.phase = BatchPhase::Landing { heads: heads.clone(), landed: landed.clone() };
        }
    }

    fn landed(&mut self, at: Timestamp, n: u32, held_back: &[HeldBack]) {
        let Some(batch) = self.batch.take_if(|batch| batch.n == n) else { return };
        self.held_back = held_back.to_vec();
        let BatchPhase::Landing { heads, landed } = batch.phase else { return };
        self.heads.extend(heads.into_iter().map(|head| (head.layer, head)));
        for done in landed {
            let Some(i) = self.index(&done.task) else { continue };
            let task = &mut self.tasks[i];
            task.landed = Some((at, n));
            task.landed_commit = done.commit;
            task.rules = done.rules;
        }
    }

    fn requested(&mut self, at: Timestamp, request: &Request) {
        match request {
            Request::Retry { task, hint } => self.edit_task(task, |it| {
                it.forgiven = it.attempts.len();
                it.retry_asked = true;
                it.stopped = false;
                it.skipped = false;
                it.hint = hint.clone();
            }),
            Request::Skip { task } => self.edit_task(task, |it| it.skipped = true),
            Request::StopTasks { tasks } => {
                for task in tasks {
                    self.edit_task(task, |it| it.stopped = true);
                }
            }
            Request::Stop { now } => {
                let asked = self.stop.map_or(at, |stop| stop.asked);
                self.stop = Some(Stop { asked, now: *now || self.stop.is_some_and(|stop| stop.now) });
            }
            Request::Pause => self.paused = true,
            Request::Unpause => self.paused = false,
            Request::Solved { task, commit, tree } => self.solved(at, task, commit, tree),
        }
    }

    fn edit_task(&mut self, task: &TaskId, change: impl FnOnce(&mut TaskState)) {
        if let Some(i) = self.index(task).filter(|i| self.tasks[*i].landed.is_none()) {
            change(&mut self.tasks[i]);
        }
    }

    fn solved(&mut self, at: Timestamp, task: &TaskId, commit: &Oid, tree: &Oid) {
        let Some(i) = self.index(task).filter(|i| self.tasks[*i].landed.is_none()) else { return };
        let base = self.head(self.info.layers[i]).commit.clone();
        let state = &mut self.tasks[i];
        state.forgiven = state.attempts.len();
        (state.stopped, state.skipped, state.retry_asked) = (false, false, false);
        let id = AttemptId { task: task.clone(), n: state.attempts.len() as u32 + 1 };
        self.attempt_intended(at, &id, "person", "", &base, commit);
        let outcome = AttemptOutcome::Committed {
            commit: commit.clone(),
            tree: tree.clone(),
            files: 0,
            added: 0,
            removed: 0,
            leftovers: false,
        };
        self.edit(&id, |it| it.ended = Some((at, outcome)));
    }
}
