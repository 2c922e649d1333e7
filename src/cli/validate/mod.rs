//! `git orca validate`: the gates on a branch or commit, alone.

mod command;
mod wanted;

pub use command::{judge, main};
