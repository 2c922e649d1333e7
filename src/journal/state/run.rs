//! The state of a run, and questions about it that need no policy.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::approval::Question;
use super::super::check_ask::PutOff;
use super::super::event::{Entry, Event};
use super::super::event_parts::{ConflictPath, Head, HeldBack, RunOutcome, Subject};
use super::super::publishing::{HeadVerdict, PullRecord};
use super::super::started::{Host, RunStarted};
use super::{
    Approval, Attempt, Batch, Check, CheckState, Doubt, Judgement, Marking, PoolSize, ProviderState, SideBase,
    TaskState,
};
use crate::model::{Allowance, AttemptId, Error, ErrorKind, GateName, Oid, Result, Role, TaskId, Usage};

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
    /// The format of what is written now.
    pub format: u32,
    /// Kinds of entries that this program does not know. With any of them nothing may be written.
    pub foreign: BTreeSet<String>,
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
    /// Checks that were put off, by subject and gate.
    pub put_off: BTreeMap<(Subject, GateName), PutOff>,
    /// Gates that let a merged tree through.
    pub passed: BTreeSet<(GateName, Oid)>,
    /// The batch on its way.
    pub batch: Option<Batch>,
    /// Number of the last batch.
    pub batches: u32,
    /// Groups that a red batch was split into, still to be tried.
    pub groups: VecDeque<Vec<TaskId>>,
    /// Whether the tasks that were refused are to blame.
    pub doubt: Doubt,
    /// Landed tasks that are being taken out again, and where the heads go.
    pub reverting: Option<(Vec<TaskId>, Vec<Head>)>,
    /// Marks of closed layers on their way into the plan.
    pub marking: Option<Marking>,
    /// Trees with marks, and the tree each was made of: they differ in nothing else, so what holds for one holds for both.
    pub same_but_marks: BTreeMap<Oid, Oid>,
    /// What was merged on the side for tasks to start from, by the work that was merged.
    pub bases: BTreeMap<Vec<Oid>, SideBase>,
    /// Slots not to be used again.
    pub set_aside: BTreeSet<String>,
    /// Branches that do not show their head, with the reason.
    pub held_back: Vec<HeldBack>,
    /// Providers that ever paused or refused, by name.
    pub providers: BTreeMap<String, ProviderState>,
    /// Sizes of pools that changed.
    pub pools: BTreeMap<Role, PoolSize>,
    /// What a person was asked, by [`Question::id`](super::super::Question::id).
    pub approvals: BTreeMap<String, Approval>,
    /// What all attempts may use together.
    pub budget: Allowance,
    /// Gates that cannot judge here, as they said more than once, and what they said: nothing new is started.
    pub missing: BTreeMap<GateName, String>,
    /// Nothing new is started.
    pub paused: bool,
    /// The run is being stopped.
    pub stop: Option<Stop>,
    /// What was to run elsewhere runs here.
    pub at_home: bool,
    /// `--into`: asked (false) or answered (true), with what refused it.
    pub into: Option<(bool, Option<String>)>,
    /// The finishing command: asked, or answered with success and words.
    pub deploy: Option<Option<(bool, String)>>,
    /// Pull requests by layer, as they were last seen.
    pub pulls: BTreeMap<u32, PullRecord>,
    /// Heads that are about to be replaced because of what happened on the server.
    pub moving: Option<Vec<Head>>,
    /// What gates said of heads that were made because of what happened on the server.
    pub said_of_heads: Vec<HeadVerdict>,
    /// A branch of the remote that stands there for a moment, and its commit.
    pub bridge: Option<(String, Oid)>,
    /// What pairs of tasks under way would break together, as was last seen.
    pub foreseen: Vec<([TaskId; 2], Vec<ConflictPath>)>,
    /// How it ended.
    pub finished: Option<(Timestamp, RunOutcome)>,
    /// Ids of the messages that were read: a crash between the sync and the file's removal must not do them twice.
    pub messages: BTreeSet<String>,
    pub(super) index: HashMap<TaskId, usize>,
}

impl RunState {
    /// The state after the first entry of a journal.
    ///
    /// # Errors
    /// The entry is no `run_started`, or of a newer format.
    pub fn begin(entry: &Entry) -> Result<RunState> {
        let Event::RunStarted(info) = &entry.event else {
            let cause = match &entry.event {
                Event::Foreign { .. } => "how it begins was written by a later git orca, and this one does not know it",
                _ => "it does not begin with `run_started`",
            };
            return Err(Error::new(ErrorKind::Corrupt, "reading the journal", cause));
        };
        let info = Arc::new((**info).clone());
        Ok(RunState {
            format: info.format,
            foreign: BTreeSet::new(),
            put_off: BTreeMap::new(),
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
            doubt: Doubt::default(),
            reverting: None,
            marking: None,
            same_but_marks: BTreeMap::new(),
            bases: BTreeMap::new(),
            set_aside: BTreeSet::new(),
            held_back: Vec::new(),
            providers: BTreeMap::new(),
            pools: BTreeMap::new(),
            approvals: BTreeMap::new(),
            budget: Allowance { tokens: info.options.budget_tokens, usd: info.options.budget_usd },
            missing: BTreeMap::new(),
            paused: false,
            stop: None,
            at_home: false,
            into: None,
            deploy: None,
            pulls: BTreeMap::new(),
            moving: None,
            said_of_heads: Vec::new(),
            bridge: None,
            foreseen: Vec::new(),
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
        self.task(&id.task)?.attempt(id.n)
    }

    /// The landed head that tasks of a layer build on.
    pub fn head(&self, layer: u32) -> &Head {
        self.heads.range(..=layer).next_back().map_or(&self.root, |(_, head)| head)
    }

    /// The last head: the result so far.
    pub fn top(&self) -> &Head {
        self.head(u32::MAX)
    }

    /// The tree and those it differs from by marks only, newest first.
    pub fn but_for_marks<'a>(&'a self, tree: &'a Oid) -> impl Iterator<Item = &'a Oid> {
        std::iter::successors(Some(tree), |tree| self.same_but_marks.get(tree))
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

    /// Whether nothing new starts: somebody said so, a gate cannot judge here, or nobody said in time whether the plan may be
    /// run.
    pub fn is_paused(&self) -> bool {
        let plan = |approval: &Approval| approval.expired && approval.question == Question::Plan;
        self.paused || !self.missing.is_empty() || self.unanswered().any(plan)
    }

    /// Whether a question was not answered in time: what it is about waits.
    pub fn has_overdue_question(&self) -> bool {
        self.unanswered().any(|approval| approval.expired)
    }

    /// Whether nothing is under way: no attempt, no check, no merge.
    pub fn is_idle(&self) -> bool {
        let running = self.tasks.iter().any(|task| task.under_way().next().is_some());
        let checking = self.checks.values().any(|check| check.state == CheckState::Open);
        !running && !checking && self.batch.is_none() && self.marking.is_none()
    }

    /// Whether nothing more happens to it without somebody's word: it finished, and waits for no review.
    pub fn is_over(&self) -> bool {
        self.finished.is_some() && self.awaits_review().is_none()
    }

    /// The layer whose start waits for the review of the pull request below it, while nobody drives the run.
    pub fn awaits_review(&self) -> Option<u32> {
        let (_, RunOutcome::AwaitsReview) = self.finished? else { return None };
        let layers = self.unanswered().filter_map(|it| match it.question {
            Question::Layer(layer) => Some(layer),
            _ => None,
        });
        layers.min()
    }

    /// The questions that wait for an answer.
    pub fn unanswered(&self) -> impl Iterator<Item = &Approval> {
        self.approvals.values().filter(|approval| approval.answer.is_none())
    }

    /// Everything used so far.
    pub fn usage(&self) -> Usage {
        let mut sum = Usage::default();
        self.tasks.iter().flat_map(TaskState::all_attempts).for_each(|attempt| sum += attempt.usage);
        self.review_usage(|_| true).for_each(|used| sum += used);
        sum
    }

    /// What each reviewing agent used on the subjects that are asked for.
    pub fn review_usage(&self, of: impl Fn(&Subject) -> bool) -> impl Iterator<Item = Usage> {
        let judged = self.checks.iter().filter_map(|((subject, _), check)| match &check.state {
            CheckState::Judged(judgement) if !judgement.cached => {
                Some((subject, *judgement.measured.usage.as_deref()?))
            }
            _ => None,
        });
        let in_vain = self.put_off.iter().map(|((subject, _), it)| (subject, it.used));
        let asked = self.tasks.iter().flat_map(|task| &task.choices);
        let chosen = asked.filter_map(|choice| Some((choice.subject(), choice.answer.as_ref()?.used)));
        let counted = |used: Usage| used != Usage::default();
        let chosen: Vec<Usage> =
            chosen.filter(|(subject, used)| of(subject) && counted(*used)).map(|(_, used)| used).collect();
        judged.chain(in_vain).filter(move |(subject, _)| of(subject)).map(|(_, used)| used).chain(chosen)
    }
}
