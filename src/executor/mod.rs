//! Where a command runs. Agents and gates *make* a [`CommandSpec`](crate::model::CommandSpec), an executor *wraps* it
//! into one that runs it elsewhere or otherwise, [`process`](crate::process) *starts* it.
//!
//! To add an executor:
//! 1. a file here with a type that implements [`Executor`]: `wrap` is pure, so that it can be tested as a table;
//! 2. one line in [`EXECUTORS`].
//!
//! Only [`Local`] exists now. Wrapping suits everything that is a command around a command (a sandbox, `nice`, a
//! container); a batch system needs submitting and probing as well and will widen the trait (ARCHITECTURE 1).
//!
//! The fence wraps the same way: `choice.rs` says which one works and was asked for, `fence.rs` makes the command.

mod choice;
mod fence;
mod local;
mod registry;

pub use choice::{Means, check, choose, tools, writable};
pub use fence::{FencePaths, FenceView, Tools, fenced};
pub use local::Local;
pub use registry::{EXECUTORS, Executor, named};
