//! `git orca clean [-f]`: what could be tidied away, and removing it.
//!
//! [`facts`](mod@facts) looks, [`plan`](mod@plan) decides without looking at anything else, `perform` removes what the
//! plan says, `show` says it. Nothing goes that only git orca keeps and that no branch of the user's holds, without
//! `--unlanded`.

mod command;
mod facts;
mod perform;
mod plan;
mod show;
#[cfg(test)]
mod tests;

pub use command::main;
pub use plan::count;
