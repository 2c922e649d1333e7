//! What a check asks: decided with its intent, so that a resumed run asks the same.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Allowance, BudgetLimit, GateName, KnownRed, RedTest};

/// What a check asks.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CheckAsk {
    /// Tests that may fail: what implements them has not landed yet.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub expected_red: BTreeSet<RedTest>,
    /// What fails on the base already, where a person agreed to go on with that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_red: Option<KnownRed>,
    /// Whether the gate's reviewing agent is asked.
    #[serde(default, skip_serializing_if = "ReviewAsk::is_none")]
    pub review: ReviewAsk,
}

/// Whether an agent is asked to review, and which.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewAsk {
    /// The gate has none, or the subject is no task's own work: merged trees were read task by task.
    #[default]
    None,
    /// This one is.
    Ask {
        /// The agent's name.
        agent: String,
        /// What it may use.
        may: Allowance,
    },
    /// None is, and why.
    Withheld(Withheld),
}

impl ReviewAsk {
    fn is_none(&self) -> bool {
        *self == ReviewAsk::None
    }
}

/// Why a reviewing agent is not asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// This gate refuses the work already: its author has enough to mend.
    Refused(GateName),
    /// Nothing is left of this limit.
    Limit(BudgetLimit),
    /// Its provider has put it off as often as it may.
    PutOff {
        /// How often.
        times: u32,
        /// What the provider said the last time.
        why: String,
    },
}

/// A check that was put off instead of judged.
#[derive(Debug, Clone, PartialEq)]
pub struct PutOff {
    /// How often.
    pub times: u32,
    /// It is not asked again before then.
    pub until: Timestamp,
    /// What was said the last time, one line for people.
    pub why: String,
    /// What was used in vain.
    pub used: crate::model::Usage,
}
