//! `git orca init`: a commented `orca.toml`, and what agents find in the repository: skills, a block of instructions,
//! ignored paths.
//!
//! | file | does |
//! |---|---|
//! | `wanted.rs` | what should be there |
//! | `plugin.rs` | what a Claude Code plugin and its marketplace consist of |
//! | `step.rs` | what follows from what is there: written, renewed or left alone; pure |
//! | `command.rs` | looks, writes, says |
//! | `add.rs` | what an `orca.toml` lacks that is there already, after showing it |
//! | `write.rs` | files of the repository, and a line about each |
//!
//! Edited files are never overwritten: each carries the digest of what was written, so that an edit shows.
//!
//! ## To add a skill
//!
//! Write `skills/NAME.md` and name it in `wanted::SKILLS`.

mod add;
mod command;
mod plugin;
mod step;
mod wanted;
mod write;

pub use command::main;
