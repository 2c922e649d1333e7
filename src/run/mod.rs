//! The loop: a synchronous core, and workers that only send.

mod core;
#[cfg(test)]
pub(crate) mod simulation;

pub use core::{Core, Signal, Step};
