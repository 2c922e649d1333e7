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
//! | `control.rs` | what people ask for, over a socket whose other end is checked |
//! | `sealing.rs` | the key under which verdicts and evidence are kept |
//! | `planted.rs` | files that run commands later and were not there before, set aside |
//! | `gate_place.rs` | where gates judge, and what they are told |
//! | `guard.rs`, `record.rs` | what agents did outside their task: found, put back, blamed by evidence |
//! | `space.rs` | agents that fill the disk |
//! | `fence.rs` | the sandbox around agents, gates and set-up |
//! | `listen.rs` | what an agent's stream says |
//! | `difference.rs`, `rounds.rs`, `checkout.rs` | what a gate judges, and its commands on their trees |
//! | `regenerate.rs` | files made anew instead of merged |
//! | `foreign_marks.rs` | marks of other tasks in the plan, taken back |
//! | `settle.rs` | what an attempt left, decided from git |
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
mod control;
mod copies;
mod core;
mod deploy;
mod difference;
mod dispatch;
mod evidence;
mod fence;
mod foreign_marks;
mod gate_place;
mod guard;
mod listen;
mod marks;
mod merging;
mod phase;
mod planted;
mod ports;
mod reconcile;
mod record;
mod regenerate;
mod review;
mod rounds;
mod run_env;
mod sealing;
mod settle;
mod slot;
mod space;
mod telling;
pub mod tokens;
mod train;
mod validate;

#[cfg(test)]
pub(crate) mod simulation;

pub use crate::process::repo_digest;
pub use attest::{attestation, attestations};
pub use begin::{RunInputs, execute, fresh_run_id, resume, this_host};
pub use control::{Callers, ControlSocket, folders as control_folders, send};
pub use copies::{Copies, patterns};
pub use core::{Core, Signal, Step};
pub use dispatch::{Observer, is_driven};
pub use gate_place::gate_places;
pub use reconcile::clear;
pub use run_env::RunEnv;
pub use sealing::{is_inside, lasting_seal, state_of};
pub use telling::{Telling, write};
pub use validate::{ValidateInputs, Validated, Wanted, validate};
