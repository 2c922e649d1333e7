//! What a check depends on.

use std::collections::BTreeSet;

use crate::brief;
use crate::journal::{ReviewAsk, Subject, Withheld};
use crate::model::{Allowance, FileUse, GateDef, KnownRed, Oid, RedTest, Task, TaskKind};
use crate::process::StopSignal;
use crate::schedule::RunContext;

/// What a check depends on.
#[derive(Debug, Clone)]
pub struct CheckJob {
    /// What is judged.
    pub subject: Subject,
    /// The gate.
    pub gate: GateDef,
    /// The commit to check out.
    pub commit: Oid,
    /// What its changes are counted from.
    pub base: Oid,
    /// The task whose work it is, for attempts.
    pub task: Option<Task>,
    /// Tests that may fail: their implementation has not landed yet.
    pub expected_red: BTreeSet<RedTest>,
    /// What fails on the base already, where a person agreed to go on with that.
    pub known_red: Option<KnownRed>,
    /// Whether the gate's reviewing agent is asked.
    pub review: Review,
    /// The slot.
    pub slot: String,
    /// Asks it to end.
    pub stop: StopSignal,
}

/// Whether the gate's reviewing agent is asked, with all that it needs.
#[derive(Debug, Clone, PartialEq)]
pub enum Review {
    /// The gate has none, or it is not a task's own work.
    None,
    /// This one is.
    Ask {
        /// The agent's name.
        agent: String,
        /// What the other gates said, a line each.
        others: Vec<String>,
        /// What it may use.
        may: Allowance,
    },
    /// None is, and why.
    Not(String),
    /// It was asked again and again, and what it said.
    InVain(String),
}

impl Review {
    /// What was decided, with what the other gates said since.
    pub fn of(ask: &ReviewAsk, others: impl FnOnce() -> Vec<String>) -> Review {
        match ask {
            ReviewAsk::None => Review::None,
            ReviewAsk::Ask { agent, may } => Review::Ask { agent: agent.clone(), others: others(), may: *may },
            ReviewAsk::Withheld(Withheld::Refused(gate)) => Review::Not(refused_by(gate.as_str())),
            ReviewAsk::Withheld(Withheld::Limit(limit)) => Review::Not(limit.words().to_owned()),
            ReviewAsk::Withheld(Withheld::PutOff { times, why }) => {
                Review::InVain(format!("{why} (postponed {times} times by its provider)"))
            }
        }
    }
}

/// Why it is not asked where a gate has refused the work.
pub fn refused_by(gate: &str) -> String {
    format!("the gate `{gate}` has already refused it")
}

/// A task as gates see it: done in phases, its design belongs to it; the tests of its test phase are judged as those of a
/// task that writes nothing else.
pub fn as_judged(course: &RunContext, subject: &Subject, i: usize) -> Task {
    let mut task = course.info.tasks[i].clone();
    if matches!(subject, Subject::Phase(_)) {
        return Task { kind: TaskKind::Tests, ..task };
    }
    if course.is_staged(i)
        && !task.files.is_empty()
        && let Ok(path) = brief::design_file(&task).parse()
    {
        task.files.push(FileUse { path, creates: true });
    }
    task
}
