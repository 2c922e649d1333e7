//! Every decision, as a pure function of state: [`decide`] takes a [`View`] and gives [`Action`]s.
//!
//! Nothing here reads a clock, starts a process or asks git. Each action but `Wake` announces itself by an event
//! ([`Action::intent`]), which the core journals before anything is performed; folding the intents in makes the next
//! `decide` return nothing but `Wake` (the fixed point that `run::Core` loops to).
//!
//! | file | decides |
//! |---|---|
//! | `standing.rs` | what the facts about a task mean now |
//! | `failed.rs` | what follows from a failed attempt; the same failure twice |
//! | `ladder.rs` | what is tried next about a clash |
//! | `attempts.rs` | which agents start, with which base and slot; which end |
//! | `bases.rs` | what tasks start from |
//! | `approvals.rs` | what a person is asked |
//! | `checks.rs` | which gates run on which tree |
//! | `train.rs` | what is merged, split, refused, landed |
//! | `marks.rs` | when landed tasks are marked in the plan |
//! | `ending.rs` | when a run is over and with which exit code |
//! | `pace.rs` | backoff |
//! | `expected.rs` | how long tasks will take |
//! | `budget.rs` | what attempts may use, and who has used too much |
//! | `demand.rs` | what the run could use of the machine |
//! | `deadline.rs` | limits of time |
//! | `red.rs` | which tests may fail for a while |
//! | `suspects.rs` | when what has landed is suspected instead of what is red |
//! | `review.rs` | when a reviewing agent is asked, with what, or why not |
//! | `staged.rs` | which phase of a task is next |
//! | `providers.rs` | pauses that providers ask for |

mod action;
mod approvals;
mod attempts;
mod bases;
mod budget;
mod checks;
mod deadline;
mod decide;
mod demand;
mod ending;
mod expected;
mod failed;
mod ladder;
mod marks;
mod pace;
mod providers;
mod red;
mod review;
mod run_context;
mod staged;
mod suspects;
mod task_status;
mod train;

pub use action::Action;
pub use approvals::needs_person;
pub use budget::Limit;
pub use decide::{Capacity, View, decide, open};
pub use demand::{Demand, demand};
pub use ending::outcome;
pub use expected::{Expected, Learned};
pub use ladder::{Step, step};
pub use red::expected_red;
pub use review::{Review, line as review_line, review};
pub use run_context::{EXCLUSIVE, RunContext, weights};
pub use staged::{PHASES, is_staged, phase};
pub use task_status::{Failure, TaskStatus, blockers, standings};
pub use train::merged_subjects;
