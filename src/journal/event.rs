//! Events: intents before effects, outcomes after.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::approval::{Answer, Asked};
use super::attempt::{AttemptOutcome, FailClass, Intended};
use super::check_ask::CheckAsk;
use super::choice_ask::{ChoiceAnswer, ChoiceAsk};
use super::event_parts::{
    Conflict, ConflictPath, Head, HeldBack, LandedTask, MovedPointer, OpenCheck, RunOutcome, Subject, Unmarked,
};
use super::publishing::{HeadVerdict, PullRecord};
use super::request::Request;
use super::started::{Host, RunStarted};
use crate::model::{AttemptId, Finding, GateName, Measured, Oid, Role, SessionId, TaskId, Usage, Verdict};

/// The journal's format. Readers refuse newer ones. Within it kinds of events and their fields may be added: a program
/// that meets what it does not know shows the run and refuses to write ([`Event::Foreign`]).
pub const FORMAT: u32 = 2;

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Counts from 1 without gaps.
    pub seq: u64,
    /// Never goes back within a journal.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened. Names and fields are the journal's format: add, never rename.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The run begins.
    RunStarted(Box<RunStarted>),
    /// Another process goes on with the run.
    RunResumed {
        /// Who writes now.
        host: Host,
        /// What differs from the start, in words.
        #[serde(default)]
        changes: Vec<String>,
    },
    /// What follows is of a newer format than the run began with. What the older one did not record is derived once, here.
    FormatRaised {
        /// The format from here on.
        format: u32,
        /// Version of the program that goes on.
        version: String,
        /// What the checks ask that are open.
        #[serde(default)]
        checks: Vec<OpenCheck>,
        /// Test phases whose tests were run before the older program told of their end.
        #[serde(default)]
        proved: Vec<AttemptId>,
    },
    /// The work of tasks will be merged on the side, for those that start from exactly that (`base = "exact"`).
    BaseIntended {
        /// What the tasks left.
        of: Vec<Oid>,
    },
    /// It is; or it clashes, and whoever needs it starts from the head of its layer.
    BaseMade {
        /// What the tasks left.
        of: Vec<Oid>,
        /// The commit that holds all of it.
        #[serde(default)]
        commit: Option<Oid>,
        /// The paths that clash, where there is none.
        #[serde(default)]
        paths: Vec<String>,
    },
    /// An agent will be started.
    AttemptIntended(Box<Intended>),
    /// The agent's process runs.
    AgentStarted {
        /// Which attempt.
        attempt: AttemptId,
        /// Process id of its launcher.
        pid: u32,
        /// Start time of that process, kernel ticks.
        start: u64,
        /// First port of its range.
        port: u16,
    },
    /// It is handed over to a host that it will run on.
    AttemptPlaced {
        /// Which attempt.
        attempt: AttemptId,
        /// The host; empty for a queue that chooses itself.
        host: String,
    },
    /// The agent named its session, so that a later attempt can go on in it.
    SessionSeen {
        /// Which attempt.
        attempt: AttemptId,
        /// The session.
        session: SessionId,
    },
    /// The agent can be told something while it works.
    AgentHears {
        /// Which attempt.
        attempt: AttemptId,
    },
    /// A person's word will be handed to an agent that works.
    WordIntended {
        /// Which attempt.
        attempt: AttemptId,
        /// Id of the message that brought the word.
        message: String,
    },
    /// The agent confirmed it: its model has it.
    WordHeard {
        /// Which attempt.
        attempt: AttemptId,
        /// Id of the message.
        message: String,
    },
    /// The agent took no more: the word is for the next attempt.
    WordCarried {
        /// Which attempt.
        attempt: AttemptId,
        /// Id of the message.
        message: String,
    },
    /// A provider asks for a pause: none of its agents starts before `until`.
    ProviderPaused {
        /// The provider.
        provider: String,
        /// When it may be asked again.
        until: Timestamp,
        /// One line for people.
        why: String,
    },
    /// A provider refuses us until a person mends something: none of its agents starts.
    ProviderBroken {
        /// The provider.
        provider: String,
        /// What to type.
        fix: String,
    },
    /// Work in progress was saved.
    SnapshotTaken {
        /// Which attempt.
        attempt: AttemptId,
        /// The saved state.
        commit: Oid,
    },
    /// Tokens or money were used.
    UsageSeen {
        /// Which attempt.
        attempt: AttemptId,
        /// Since the last such event.
        delta: Usage,
    },
    /// A running attempt will be ended.
    AttemptEndIntended {
        /// Which attempt.
        attempt: AttemptId,
        /// Why.
        why: String,
        /// What its end then means; none: that it was stopped.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        class: Option<FailClass>,
    },
    /// The agent is through and its processes are gone; what it left is being looked at. Another may start meanwhile.
    AgentExited {
        /// Which attempt.
        attempt: AttemptId,
    },
    /// The attempt is over; all its processes are gone and its work is kept by refs.
    AttemptEnded {
        /// Which attempt.
        attempt: AttemptId,
        /// How.
        outcome: AttemptOutcome,
        /// Seconds from intent to end.
        seconds: f64,
        /// Uncommitted or refused work that was saved.
        #[serde(default)]
        salvage: Option<Oid>,
        /// Largest resident set of one of its processes, bytes.
        #[serde(default)]
        max_rss: u64,
        /// Processor time of all its processes, seconds; 0 where nobody measured it.
        #[serde(default, skip_serializing_if = "is_nothing")]
        cpu: f64,
    },
    /// Of several attempts of a task that were made at once this one is the task's; the others are set aside.
    CandidateChosen {
        /// Which attempt.
        attempt: AttemptId,
        /// Why it and no other, in words.
        why: String,
    },
    /// A reviewing agent will be asked which of several attempts that passed is best.
    ChoiceAsked(ChoiceAsk),
    /// It has answered, or there is no answer.
    ChoiceAnswered {
        /// Of which task.
        task: TaskId,
        /// Of which of its rounds.
        round: u32,
        /// The answer.
        answer: ChoiceAnswer,
    },
    /// What an attempt left, made on a candidate that was given up, will be carried onto what landed instead.
    ReplayIntended {
        /// Which attempt.
        attempt: AttemptId,
        /// The head that it is carried onto.
        onto: Oid,
    },
    /// It was; or it clashes there, and the task is done again.
    Replayed {
        /// Which attempt.
        attempt: AttemptId,
        /// Its work on that head, and the tree of that.
        #[serde(default)]
        work: Option<(Oid, Oid)>,
        /// The paths that clash, where there is none.
        #[serde(default)]
        paths: Vec<String>,
    },
    /// A slot is not used again.
    SlotSetAside {
        /// The slot.
        slot: String,
        /// Why.
        why: String,
    },
    /// A gate will be run.
    CheckIntended {
        /// What is judged.
        subject: Subject,
        /// The gate.
        gate: GateName,
        /// The commit that is checked out.
        commit: Oid,
        /// The slot it runs in.
        slot: String,
        /// What it asks; format 1 did not record it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ask: Option<CheckAsk>,
    },
    /// A gate was kept from speaking for a while: it is asked again.
    CheckPutOff {
        /// What was to be judged.
        subject: Subject,
        /// The gate.
        gate: GateName,
        /// It is not asked again before then.
        until: Timestamp,
        /// One line for people.
        why: String,
        /// What its reviewing agent used in vain.
        #[serde(default)]
        used: Usage,
    },
    /// A gate has spoken.
    Judged {
        /// What was judged.
        subject: Subject,
        /// The gate.
        gate: GateName,
        /// The tree it judged.
        tree: Oid,
        /// The verdict.
        verdict: Verdict,
        /// One line: why it is not a pass, or why it does not apply.
        #[serde(default)]
        reason: String,
        /// What it found.
        #[serde(default)]
        findings: Vec<Finding>,
        /// Seconds its commands took.
        seconds: f64,
        /// Whether an earlier result for the same tree was used.
        #[serde(default)]
        cached: bool,
        /// Its output, relative to the run's folder; empty when cached.
        #[serde(default)]
        log: String,
        /// What it counted.
        #[serde(default, skip_serializing_if = "Measured::is_empty")]
        measured: Measured,
    },
    /// What a gate needs is missing here, as it turned out again: nothing new starts until it is there.
    PausedForGate {
        /// The gate.
        gate: GateName,
        /// What it said.
        why: String,
    },
    /// So many of a role may work at once from now on.
    PoolResized {
        /// The role.
        role: Role,
        /// How many.
        size: u32,
    },
    /// Passed tasks will be merged.
    MergeIntended {
        /// The batch's number.
        batch: u32,
        /// Which tasks, in merge order.
        tasks: Vec<TaskId>,
        /// Landed tasks that are taken out again, to find out whether they are to blame for what is red.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        without: Vec<TaskId>,
    },
    /// They were, as far as they could.
    Merged {
        /// The batch's number.
        batch: u32,
        /// Candidate heads that change, lowest layer first; layers without tasks of their own have none.
        heads: Vec<Head>,
        /// Tasks that are in.
        landed: Vec<LandedTask>,
        /// Tasks that are not.
        #[serde(default)]
        conflicts: Vec<Conflict>,
    },
    /// A red candidate is given up.
    LandRefused {
        /// The batch's number.
        batch: u32,
        /// The task that makes it red, when there is only one left.
        #[serde(default)]
        culprit: Option<TaskId>,
        /// Groups to try next, in order.
        #[serde(default)]
        next: Vec<Vec<TaskId>>,
        /// The subject that is red.
        subject: Subject,
        /// Tasks that a person wants otherwise: the candidate is given up because of them, whatever its colour.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        out: Vec<TaskId>,
    },
    /// A green candidate's refs will move.
    LandIntended {
        /// The batch's number.
        batch: u32,
    },
    /// They have.
    Landed {
        /// The batch's number.
        batch: u32,
        /// Branches that could not follow.
        #[serde(default)]
        held_back: Vec<HeldBack>,
    },
    /// Layers have closed: their landed tasks will be marked as done in the plan, in commits of their own.
    MarksIntended {
        /// All layers up to this one.
        upto: u32,
    },
    /// Those commits are made; nothing has moved.
    MarksMade {
        /// Heads that change, lowest layer first. Each tree is that of the layer's head before but for marks.
        heads: Vec<Head>,
        /// Tasks that are marked.
        tasks: Vec<TaskId>,
        /// Tasks that are not.
        #[serde(default)]
        left: Vec<Unmarked>,
    },
    /// The refs will move to them.
    MarksLandIntended,
    /// They have.
    MarksLanded {
        /// Branches that could not follow.
        #[serde(default)]
        held_back: Vec<HeldBack>,
    },
    /// The user's branch will move to the last head (`--into`).
    IntoIntended {
        /// The branch.
        branch: String,
        /// Its expected value.
        old: Oid,
        /// Its new value.
        new: Oid,
    },
    /// It has, or why not.
    IntoEnded {
        /// The branch.
        branch: String,
        /// Why it was left alone.
        #[serde(default)]
        refused: Option<String>,
    },
    /// The finishing command will run.
    DeployIntended,
    /// It has.
    DeployEnded {
        /// Its exit code was 0.
        ok: bool,
        /// One line.
        reason: String,
    },
    /// A layer's pull request was made, changed or looked at: this is what it is now.
    PullRequestSeen(PullRecord),
    /// Heads of layers will be replaced because of what happened on the server: a lower layer was squashed there, or
    /// reviewers pushed commits.
    HeadsMoveIntended {
        /// Why, for people.
        why: String,
        /// The heads that change, lowest layer first.
        heads: Vec<Head>,
        /// What gates said of them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        said: Vec<HeadVerdict>,
    },
    /// They are.
    HeadsMoved {
        /// Branches that could not follow.
        #[serde(default)]
        held_back: Vec<HeldBack>,
    },
    /// A branch that is gone on the remote will stand there for a moment: a server opens no pull request again without the
    /// branch that it was to be merged into.
    BridgeIntended {
        /// The branch.
        branch: String,
        /// What it stands at.
        commit: Oid,
    },
    /// It is gone again.
    BridgeRemoved,
    /// A person is asked.
    ApprovalAsked(Asked),
    /// Nobody answered in time: what it is about waits on.
    ApprovalExpired {
        /// Which question.
        id: String,
    },
    /// Nobody answered in time, and this is what the settings say then.
    ApprovalFellBack(Answer),
    /// A person takes landed tasks out again: the heads will move to reverts of them.
    RevertIntended {
        /// The tasks, dependents first.
        tasks: Vec<TaskId>,
        /// Heads that change, lowest layer first.
        heads: Vec<Head>,
    },
    /// They have.
    Reverted {
        /// Branches that could not follow.
        #[serde(default)]
        held_back: Vec<HeldBack>,
    },
    /// Somebody asked for something.
    Requested {
        /// Id of the message.
        message: String,
        /// What.
        request: Request,
    },
    /// An outcome came whose intent is not open: kept by refs, no part of the state.
    Ignored {
        /// What it was.
        what: String,
    },
    /// Something happened outside of all tasks that a person may want to know; nothing follows from it.
    Noticed {
        /// The attempt that it is about, if it is about one.
        #[serde(default)]
        attempt: Option<AttemptId>,
        /// One line for people.
        what: String,
    },
    /// What an attempt made of a submodule: its pointer names a commit that others do not have by themselves.
    SubmoduleMoved {
        /// The attempt.
        attempt: AttemptId,
        /// Where the pointer goes.
        pointer: MovedPointer,
    },
    /// What two tasks under way would break together though git would merge them, as their work is now; nothing where they
    /// no longer would.
    ConflictForeseen {
        /// The two, in the plan's order.
        tasks: [TaskId; 2],
        /// What, and where.
        paths: Vec<ConflictPath>,
    },
    /// Found and dealt with: after a crash, or in a worktree that could not be used as it was.
    Reconciled {
        /// What was looked at.
        what: String,
        /// What was found.
        found: String,
    },
    /// The run is over.
    RunFinished {
        /// How.
        outcome: RunOutcome,
    },
    /// An entry of a later program that this one does not know. Never written.
    #[serde(skip_deserializing)]
    Foreign {
        /// Its name in the journal.
        kind: String,
    },
}
fn is_nothing(seconds: &f64) -> bool {
    *seconds == 0.0
}
