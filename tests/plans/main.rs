//! Plans in and tasks out, also hostile and broken ones.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed, and says what it tried")]

#[path = "../support/mod.rs"]
pub mod support;

mod bad_input;
mod figures;
mod hostile_plans;
mod looser;
mod reading;
mod speckit;
