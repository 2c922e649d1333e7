//! `git orca doctor`: problems on this machine and in this repository. Changes nothing, works anywhere.
//!
//! [`DoctorFinding`] is one line of the answer. Each file looks at one thing and gives findings; `command` puts them together.
//! To add a check: a function that gives findings, and its line in `command::look`.

mod command;
mod far;
mod finding;
mod merging;
mod on_base;
mod repository;
mod runs;
mod tools;

pub use command::main;
