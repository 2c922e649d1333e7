//! # git orca: the architecture page
//!
//! `git orca execute PLAN` reads an implementation plan, gives each task its own worktree and branch, runs one agent
//! per task as parallel as the graph and the machine allow, checks what was committed with gates, and merges in
//! dependency order. Three promises shape everything here: **true** (only git and gates decide what is done),
//! **lossless** (what an agent wrote stays reachable from a ref), **fast** (the tool costs milliseconds a task).
//!
//! ```text
//! plan docs ─plan─▶ Plan ─graph─▶ TaskGraph ─┐
//!                                            ▼
//!    journal ──replay──▶ RunState ──▶ schedule::decide ──▶ [Action]
//!       ▲                                                     │
//!       │ append(Event), one fdatasync a step                 ▼
//!       └──────── run::Core ◀──Signal── attempt / gate / integrate
//!                     └── Arc<Entry> ──▶ observers (terminal, json, report)
//! ```
//!
//! ## The map
//!
//! Folder names are the pipeline; a module imports only what lies above it in this list (`tests/tidy.rs` holds it).
//!
//! | module | holds |
//! |---|---|
//! | [`model`] | the nouns: ids, tasks, verdicts, errors, commands |
//! | [`settings`] | flags, `orca.toml`, git config, environment; trust |
//! | [`project`] | languages, layout and test commands of a repository |
//! | [`plan`] | plan formats: documents in, tasks, edges and problems out |
//! | [`graph`] | the dependency graph: layers, critical path, simulation, drawings |
//! | [`brief`] | what an agent is told: complete tasks and prompts |
//! | [`journal`] | events, the fold over them, the file, the lock, the inbox |
//! | [`schedule`] | every decision, as a pure function of state |
//! | [`process`] | everything that starts, watches or ends a process |
//! | [`git`] | everything that asks or changes the repository |
//! | [`executor`] | where a command runs |
//! | [`agent`] | what runs a task |
//! | [`gate`] | what judges a commit |
//! | [`integrate`] | performing merges: batches to commits, conflicts to words |
//! | [`run`] | the loop: the synchronous core and the workers around it |
//! | [`report`] | everything a person or a program reads |
//! | [`cli`] | one file a command |
//!
//! ## Invariants
//!
//! 1. State is a fold over the journal; every decision is a pure function of state and the present time.
//! 2. An intent is on disk before its effect starts; its outcome is recorded after. Repeating any step is harmless.
//! 3. After a step, `decide` returns nothing but `Wake`.
//! 4. Refs move only with their expected old value, all refs of a step in one transaction.
//! 5. Anything an agent wrote is reachable from a ref before its slot is reused.

#![cfg(unix)]
// A program needs one way in. Only tests and documentation see the rest: what nobody can reach, such as comparisons that
// only tests make, is not compiled into a release at all. What is unused is told when everything can be seen.
#![cfg_attr(
    not(any(feature = "crash", doc)),
    allow(
        dead_code,
        unused_imports,
        unfulfilled_lint_expectations,
        reason = "used by tests, for which it is public; lints are for the form in which everything is"
    )
)]

pub mod cli;

#[cfg(not(any(feature = "crash", doc)))]
mod agent;
#[cfg(not(any(feature = "crash", doc)))]
mod brief;
#[cfg(not(any(feature = "crash", doc)))]
mod executor;
#[cfg(not(any(feature = "crash", doc)))]
mod gate;
#[cfg(not(any(feature = "crash", doc)))]
mod git;
#[cfg(not(any(feature = "crash", doc)))]
mod graph;
#[cfg(not(any(feature = "crash", doc)))]
mod integrate;
#[cfg(not(any(feature = "crash", doc)))]
mod journal;
#[cfg(not(any(feature = "crash", doc)))]
mod model;
#[cfg(not(any(feature = "crash", doc)))]
mod plan;
#[cfg(not(any(feature = "crash", doc)))]
mod process;
#[cfg(not(any(feature = "crash", doc)))]
mod project;
#[cfg(not(any(feature = "crash", doc)))]
mod report;
#[cfg(not(any(feature = "crash", doc)))]
mod run;
#[cfg(not(any(feature = "crash", doc)))]
mod schedule;
#[cfg(not(any(feature = "crash", doc)))]
mod settings;

#[cfg(any(feature = "crash", doc))]
pub mod agent;
#[cfg(any(feature = "crash", doc))]
pub mod brief;
#[cfg(any(feature = "crash", doc))]
pub mod executor;
#[cfg(any(feature = "crash", doc))]
pub mod gate;
#[cfg(any(feature = "crash", doc))]
pub mod git;
#[cfg(any(feature = "crash", doc))]
pub mod graph;
#[cfg(any(feature = "crash", doc))]
pub mod integrate;
#[cfg(any(feature = "crash", doc))]
pub mod journal;
#[cfg(any(feature = "crash", doc))]
pub mod model;
#[cfg(any(feature = "crash", doc))]
pub mod plan;
#[cfg(any(feature = "crash", doc))]
pub mod process;
#[cfg(any(feature = "crash", doc))]
pub mod project;
#[cfg(any(feature = "crash", doc))]
pub mod report;
#[cfg(any(feature = "crash", doc))]
pub mod run;
#[cfg(any(feature = "crash", doc))]
pub mod schedule;
#[cfg(any(feature = "crash", doc))]
pub mod settings;
