//! What agents do, well and badly: the real programs against a scripted model server, misbehaviour, fences, processes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed, and says what it tried")]

#[path = "../support/mod.rs"]
pub mod support;

mod acp;
mod asking;
mod detached;
mod escapes;
mod fences;
mod misbehaviour;
mod others;
mod processes;
mod real;
mod steering;
mod telling;
