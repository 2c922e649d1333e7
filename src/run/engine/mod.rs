//! The engine: a core that owns journal and state and knows no clock, and the loop that performs what it decides.
//!
//! | file | holds |
//! |---|---|
//! | `announce.rs` | the event that announces an action |
//! | `core.rs` | journal, state and fixed point; no clock, no threads |
//! | `dispatch.rs` | the loop around it |
//! | `begin.rs` | beginning a run, going on with one |
//! | `open_checks.rs` | how checks that run are stopped |
//! | `reconcile.rs` | what a crash left open |
//! | `lost_refs.rs` | refs that somebody deleted, made again |
//! | `damaged_end.rs` | the last look at what a run leaves |
//! | `control.rs` | what people ask for, over a socket whose other end is checked |
//! | `capacity.rs` | places and load of the machine |

pub mod announce;
pub mod begin;
pub mod capacity;
pub mod control;
pub mod core;
mod damaged_end;
pub mod dispatch;
mod lost_refs;
mod open_checks;
pub mod reconcile;
