//! What can be told about a repository by looking at its files: languages, layout, commands, gates that can run here,
//! standing instructions for agents. Reads through [`Files`](crate::model::Files), so a commit's tree serves as well
//! as a folder; starts nothing.
//!
//! [`read`] gives a [`Project`]; [`detect`] its gates, given what is installed; [`orca_toml`] a commented settings file.
//!
//! To add a language: a file beside `rust.rs` with one `Ecosystem`, and its line in `registry.rs`.

mod absent;
mod added;
mod detect;
mod ecosystem;
mod go;
mod init;
mod locked;
mod node;
mod python;
mod read;
mod registry;
mod rust;
mod tools;
mod tree;
mod unittest;

pub use absent::missing_module;
pub use added::added;
pub use detect::{Detected, MeasurableTests, PYTEST_COV, UncheckedTool, beside, choose_tools, detect};
pub use ecosystem::{OtherRunner, ProjectUnit, Test};
pub use init::orca_toml;
pub use locked::LockedSetup;
pub use node::{node_tests, reporting_part};
pub use read::{Instruction, Project, read};

#[cfg(test)]
mod tests;
