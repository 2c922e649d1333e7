//! `git orca validate`: the gates on a branch or commit, alone.

mod command;
mod wanted;

pub use command::on_base;
pub use command::{judge, main};
