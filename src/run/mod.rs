//! The loop: a synchronous core, and workers that only send.
//!
//! ```text
//! signals ─▶ Core::step(now, signals) ─▶ actions ─▶ perform ─▶ signals
//!              accept (fence) → events → fold
//!              repeat { decide → intents → fold } until nothing new
//!              append all events, ONE fdatasync → observers
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `core.rs` | journal, state and fixed point; no clock, no threads |
//! | `dispatch.rs` | the loop around it |
//! | `begin.rs` | beginning a run, going on with one |
//! | `reconcile.rs` | what a crash left open |
//! | `room.rs` | places and load of the machine |
//! | `site.rs` | what all workers share |
//! | `slot.rs`, `copies.rs`, `ports.rs` | a worktree made ready |
//! | `attempt.rs`, `check.rs`, `train.rs`, `marks.rs`, `deploy.rs` | the workers |
//! | `guard.rs`, `record.rs` | what agents did outside their task: found, put back, blamed by evidence |
//! | `space.rs` | agents that fill the disk |
//! | `fence.rs` | the sandbox around agents, gates and set-up |
//! | `listen.rs` | what an agent's stream says |
//! | `difference.rs`, `rounds.rs`, `checkout.rs` | what a gate judges, and its commands on their trees |
//! | `regenerate.rs` | files made anew instead of merged |
//! | `settle.rs` | what an attempt left, decided from git |
//! | `revert.rs` | landed tasks taken out again |
//! | `no_change.rs` | how an agent says that nothing needed changing |
//! | `phase.rs` | the tests of a test phase, run before the coder starts |
//! | `attest.rs` | the evidence of a run, put on its commits |
//! | `validate.rs` | gates on a commit, without a run |
//! | `tokens.rs` | tokens counted in a child |
//! | `telling.rs` | complete task and prompt of an attempt |

mod attempt;
mod attest;
mod begin;
mod capacity_monitor;
mod check;
mod checkout;
mod clash;
mod copies;
mod core;
mod deploy;
mod difference;
mod dispatch;
mod evidence;
mod fence;
mod guard;
mod listen;
mod marks;
mod merging;
mod no_change;
mod phase;
mod ports;
mod reconcile;
mod record;
mod regenerate;
mod revert;
mod review;
mod rounds;
mod run_env;
mod settle;
mod slot;
mod space;
mod telling;
pub mod tokens;
mod train;
mod validate;

#[cfg(test)]
pub(crate) mod simulation;

pub use revert::revert;
pub use crate::process::repo_digest;
pub use attest::{attestation, attestations};
pub use begin::{RunInputs, execute, fresh_run_id, resume, this_host};
pub use copies::{Copies, patterns};
pub use core::{Core, Signal, Step};
pub use dispatch::{Observer, is_driven};
pub use reconcile::clear;
pub use run_env::RunEnv;
pub use telling::{Telling, write};
pub use validate::{ValidateInputs, Validated, Wanted, validate};
