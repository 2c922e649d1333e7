//! What a task's status can be. `choosing::derive` is the only place that makes one.

use jiff::Timestamp;

use crate::journal::Shortfall;
use crate::model::BudgetLimit;

/// Why a task failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Its agent failed, or left no work.
    Agent,
    /// Its gates still refuse it.
    Gates,
    /// The merged tree is red with it.
    Merged,
    /// A person ended it.
    Stopped,
    /// A person did not want its work to land.
    Rejected,
    /// Its agent failed twice with the same words: a person has to look.
    AgentAgain,
    /// Its gates said the same twice: a person has to look.
    GatesAgain,
    /// Its provider refuses us until a person has mended that.
    Provider,
    /// A required gate cannot judge here, its base as little as its work: no fault of its own.
    Surroundings,
    /// A limit keeps it from being tried.
    Limit(BudgetLimit),
}

impl Failure {
    /// What a run with such a task lacks.
    pub fn shortfall(self) -> Shortfall {
        match self {
            Failure::Gates | Failure::Merged | Failure::GatesAgain | Failure::Surroundings => Shortfall::Refused,
            Failure::Agent
            | Failure::Stopped
            | Failure::Rejected
            | Failure::AgentAgain
            | Failure::Provider
            | Failure::Limit(_) => Shortfall::Failed,
        }
    }
}

/// Where a task stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskStatus {
    /// Waits for tasks before it.
    Waiting,
    /// Could start.
    Ready,
    /// Will be tried again then.
    Backoff(Timestamp),
    /// Its agent runs.
    Running,
    /// Its gates run.
    Gating,
    /// Only a person can do it, and is asked.
    AwaitsPerson,
    /// Passed; a person is asked whether it may land.
    AwaitsLanding,
    /// Passed; waits for the train.
    Passed,
    /// In the batch on its way onto the train.
    Landing,
    /// On the train.
    Landed,
    /// Over, without a result that landed.
    Failed(Failure),
    /// Could start, or land, but for a required gate that fails on the base: nobody agreed to go on with that.
    BaseRed,
    /// Something before it will not land.
    Blocked,
    /// Its work clashes with what landed.
    Conflicted,
    /// Left out by a person.
    Skipped,
}

impl TaskStatus {
    /// Whether nothing more happens to it by itself.
    pub fn is_over(&self) -> bool {
        matches!(
            self,
            TaskStatus::Landed
                | TaskStatus::Failed(_)
                | TaskStatus::BaseRed
                | TaskStatus::Blocked
                | TaskStatus::Conflicted
                | TaskStatus::Skipped
        )
    }

    /// Whether it is on its way: being made, judged or merged.
    pub fn is_busy(&self) -> bool {
        matches!(self, TaskStatus::Running | TaskStatus::Gating | TaskStatus::Passed | TaskStatus::Landing)
    }

    /// Whether it holds its dependents back for good.
    pub fn is_dead(&self) -> bool {
        matches!(self, TaskStatus::Failed(_) | TaskStatus::BaseRed | TaskStatus::Conflicted)
    }
}
