//! What is to be done, as data.

use jiff::Timestamp;

use crate::journal::{Answer, Asked, CheckAsk, ChoiceAsk, Intended, RunOutcome, Subject};
use crate::model::{AttemptId, BudgetLimit, GateName, Oid, Role, TaskId};

/// One thing to do. Idempotent by what it names: doing it again after a crash is harmless.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Merge the work of tasks on the side, for those that start from exactly that.
    MakeBase {
        /// What the tasks left.
        of: Vec<Oid>,
    },
    /// Run an agent.
    Attempt(Box<Intended>),
    /// Carry what an attempt left, made on a candidate that was given up, onto what landed.
    Replay {
        /// Which attempt.
        attempt: AttemptId,
        /// The head of its layer.
        onto: Oid,
    },
    /// Of several attempts of a task this one is the task's.
    ChooseCandidate {
        /// Which attempt.
        attempt: AttemptId,
        /// Why it and no other.
        why: String,
    },
    /// Ask a reviewing agent which of several attempts is best.
    AskChoice(Box<ChoiceAsk>),
    /// End a running agent; what it wrote is saved.
    EndAttempt {
        /// Which attempt.
        attempt: AttemptId,
        /// Why.
        why: EndReason,
    },
    /// Hand a person's word to an agent that works.
    HandWord {
        /// Which attempt.
        attempt: AttemptId,
        /// Id of the message that brought it.
        message: String,
    },
    /// Run a gate.
    Check {
        /// What is judged.
        subject: Subject,
        /// The gate.
        gate: GateName,
        /// The commit to check out.
        commit: Oid,
        /// The slot to run in.
        slot: String,
        /// What it asks.
        ask: CheckAsk,
    },
    /// Start nothing new: what a gate needs is missing here.
    PauseForGate {
        /// The gate.
        gate: GateName,
        /// What it said.
        why: String,
    },
    /// So many of a role may work at once.
    ResizePool {
        /// The role.
        role: Role,
        /// How many.
        size: u32,
    },
    /// Merge passed tasks onto candidates of the heads.
    Merge {
        /// The batch's number.
        batch: u32,
        /// The tasks, in merge order; none when a group has nothing left to try.
        tasks: Vec<TaskId>,
        /// Landed tasks that are taken out again, to find out whether they are to blame.
        without: Vec<TaskId>,
    },
    /// Give a red candidate up.
    Refuse {
        /// The batch's number.
        batch: u32,
        /// The only task in it.
        culprit: Option<TaskId>,
        /// What to try next.
        next: Vec<Vec<TaskId>>,
        /// The subject that is red.
        subject: Subject,
        /// Tasks that a person wants otherwise: the batch is given up because of them, whatever its colour.
        out: Vec<TaskId>,
    },
    /// Move the refs of a green candidate.
    Land {
        /// The batch's number.
        batch: u32,
    },
    /// Make commits that mark the landed tasks of closed layers in the plan.
    Mark {
        /// All layers up to this one have closed.
        upto: u32,
    },
    /// Move the refs to those commits.
    LandMarks,
    /// Move the user's branch to the last head.
    Into {
        /// The branch.
        branch: String,
        /// Its expected value.
        old: Oid,
        /// Its new value.
        new: Oid,
    },
    /// Ask a person.
    Ask(Asked),
    /// Nobody answered in time.
    Expire {
        /// Which question.
        id: String,
    },
    /// Nobody answered in time: the settings do.
    FallBack(Answer),
    /// Run the finishing command.
    Deploy,
    /// The run is over.
    Finish {
        /// How.
        outcome: RunOutcome,
    },
    /// Decide again at this time, whatever happens until then.
    Wake {
        /// When.
        at: Timestamp,
    },
}

/// Why a running agent is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// A person said so.
    Person,
    /// The run is being stopped.
    Stopping,
    /// It went beyond a limit.
    Limit(BudgetLimit),
    /// What it works on will not land.
    Unfounded,
    /// Another attempt of its task was chosen, or the task is tried anew.
    Outdone,
}
