//! Every decision, as a pure function of state: [`decide`] takes a [`View`] and gives [`Action`]s.
//!
//! Nothing here reads a clock, starts a process or asks git. Each action but `Wake` announces itself by an event
//! (`run::engine::announce`), which the core journals before anything is performed; folding the intents in makes the next
//! `decide` return nothing but `Wake` (the fixed point that `run::Core` loops to).
//!
//! | folder | holds |
//! |---|---|
//! | `facts/` | what everybody needs: the view, the run's constants, actions, what a status can be, what gates say together |
//! | `rules/` | one rule a file, each with an answer of its own type: budget, providers, deadline, staged, ladder, failed, bases, approvals, red, review, words |
//! | `choosing/` | the status of each task derived from the rules, and what is started, checked, merged, marked, asked, ended |

mod choosing;
mod facts;
mod rules;

pub use choosing::{Demand, blockers, decide, demand, open, outcome, raise_format, standings, waits};
pub use facts::{
    Action, Capacity, EXCLUSIVE, EndReason, Failure, PERSON, PHASES, RunContext, SCRIPT, StartWait, TaskStatus, View,
    merged_subjects, needs_person, weights,
};
pub use rules::approvals::layer_below;
pub use rules::base_red::held as base_red;
pub use rules::budget::limit_reason;
pub use rules::deadline::{TimeLeft, of_start as time_to_start};
pub use rules::expected::{Expected, Learned};
pub use rules::ladder::{LadderStep, step};
pub use rules::late::is_in_vain;
pub use rules::pools::{PoolBounds, agent_memory, bounds as pool_bounds, pool_of, size as pool_size};
pub use rules::staged::phase;
pub use rules::words::{WordFate, fate};
