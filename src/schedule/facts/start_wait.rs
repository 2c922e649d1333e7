//! What a task waits for that could start.

use jiff::Timestamp;

use crate::model::Role;

/// What a task waits for whose dependencies have landed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum StartWait {
    /// As many agents work as may.
    Agents,
    /// Gates judge the base first.
    Base,
    /// Its layer needs a person's yes.
    Approval,
    /// Every task of a layer up to this one has to be done first.
    Layer(u32),
    /// Tasks run one at a time.
    Turn,
    /// A task that clashed again and again runs alone.
    Alone,
    /// The places of this role are taken.
    Pool(Role),
    /// Its provider is left alone until then.
    Provider {
        /// The provider.
        provider: String,
        /// Until when.
        until: Timestamp,
    },
    /// What is free is kept for a task with more behind it.
    Kept,
    /// What is left of the budget is reserved by agents that work.
    Budget,
    /// What it starts from is being merged.
    Merge,
    /// Others hold these resources.
    Needs(Vec<String>),
}
