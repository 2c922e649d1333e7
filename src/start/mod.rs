//! What begins a run, goes on with one, or judges without one: the same questions and answers for every front.
//!
//! A front is whoever sits there: the terminal of `cli`, a program, nobody. [`front`] says what is told and asked, as data;
//! [`begin`] is the order in which a run begins, each step a type of its own; [`go_on`] does the same for a run that
//! nobody drives, [`validate`] for judging alone, [`detached`] for another process.
//!
//! - [`here`]: where one stands: repository, runs, environment, settings. [`seen`]: what a run looks like from there.
//! - [`located`], [`reading`], [`messages`]: from words to plans. [`prepare`], [`agents`], [`roles`], [`installed`],
//!   [`learned`]: from plan and settings to everything that is decided before the first question.
//! - [`replan`]: the plan of a run, read again.
//! - [`base_red`]: a run that its base has stopped. [`far`]: what a run on other hosts needs before it begins.
//! - `first_places`: the first worktrees, made while the question stands.
//! - [`agreed_to`], [`unhurried`]: what was trusted before, and what the reading of a plan costs in time.
//! - [`before`], [`consent`], [`watchers`], [`ending`], [`trace_export`]: the block before the start, trust, who watches, what is
//!   left and sent.
//!
//! Nothing here reads an argument or prints an answer.
//!
//! ## To add a front
//!
//! Implement [`front::Front`]; take the steps of [`begin`] in their order, with what is your own between them
//! (`tests/runs/fronts.rs` has one that begins a run).
//!
//! ## To add a question
//!
//! A variant of [`front::StartQuestion`] with what is known, its choices and its words; ask it where its step is.

pub mod agents;
pub mod agreed_to;
pub mod base_red;
pub mod before;
pub mod begin;
mod checkpoints;
pub mod consent;
pub mod detached;
pub mod ending;
pub mod far;
mod first_places;
pub mod front;
pub mod go_on;
pub mod here;
pub mod installed;
pub mod issues;
pub mod learned;
pub mod located;
pub mod messages;
pub mod origin;
pub mod prepare;
pub mod reading;
pub mod replan;
pub mod roles;
pub mod seen;
pub mod trace_export;
pub mod unhurried;
pub mod validate;
pub mod watchers;
