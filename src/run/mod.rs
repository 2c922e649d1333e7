//! The loop: a synchronous core, and workers that only send.
//!
//! ```text
//! signals ─▶ Core::step(now, signals) ─▶ actions ─▶ perform ─▶ signals
//!              accept (fence) → events → fold
//!              repeat { decide → intents → fold } until nothing new
//!              append all events, ONE fdatasync → observers
//! ```
//!
//! | folder | holds |
//! |---|---|
//! | `engine/` | journal, state and fixed point; the loop around it; beginning, going on, what a crash left open |
//! | `work/` | one attempt: a worktree made ready, the agent in its fence, what it left |
//! | `far/` | attempts that run elsewhere: handed over, and done for others |
//! | `judging/` | gates and reviewing agents on one commit, with and without a run |
//! | `landing/` | merging, moving heads, marks, the finishing command |
//! | `watching/` | what agents do outside their task, disks that they fill, what their work would break together |
//! | `run_env.rs` | what all workers share |
//! | `sealing.rs` | the key under which verdicts and evidence are kept |
//! | `gate_place.rs` | where gates judge, and what they are told |
//! | `symbol_lines.rs` | what agents are told of the symbols in their task's files |
//! | `word_boxes.rs` | people's words, on their way to agents that work |
//! | `worker.rs` | what every worker needs |
//!
//! To add a worker: a function that takes [`RunEnv`] and a job made from the state, tells one outcome event, and is started
//! by `engine::dispatch`; its intent is an action of `schedule`, its fence a line of `Core::accepts`.

mod engine;
mod far;
mod gate_place;
mod judging;
mod landing;
mod run_env;
mod sealing;
mod symbol_lines;
mod watching;
mod word_boxes;
mod work;
mod worker;

#[cfg(test)]
pub(crate) mod simulation;

pub use crate::process::repo_digest;
pub use engine::begin::{RunInputs, execute, fresh_run_id, resume, this_host};
pub use engine::capacity::is_crowded;
pub use engine::control::{Callers, ControlSocket, folders as control_folders, send};
pub use engine::core::{Core, Signal, Step};
pub use engine::dispatch::{Observer, is_driven};
pub use engine::reconcile::clear;
pub use far::{
    AgentLacks, AgentNeeds, Errand, FarKey, FarSite, HostSays, HubRemoval, Spool, SpoolState, VERSION, ask_hosts,
    ask_node, describe_here, errand_of_job, gather_from, hub_line, is_refusal, make_hub_for, make_hub_here,
    perform_here, remove_hub_here, remove_own_hub, workplaces,
};
pub use gate_place::gate_places;
pub use judging::attest::{attestation, attestations};
pub use judging::validate::{ValidateInputs, Validated, Wanted, validate};
pub use landing::revert::revert;
pub use run_env::RunEnv;
pub use sealing::{is_inside, lasting_seal, state_of};
pub use work::copies::{Copies, patterns};
pub use work::setup::left_by_set_up;
pub use work::slot_notes::note_where_left;
pub use work::teardown::tear_down;
pub use work::telling::Telling;
pub use work::tokens;
pub use worker::write;
