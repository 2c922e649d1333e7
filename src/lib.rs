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
//! | [`source`] | one reader of program texts: syntax, names, functions, tests |
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
//! | [`publish`] | pull requests: one a layer, kept in step |
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

pub mod agent;
pub mod brief;
pub mod cli;
pub mod executor;
pub mod gate;
pub mod git;
pub mod graph;
pub mod integrate;
pub mod journal;
pub mod model;
pub mod plan;
pub mod process;
pub mod project;
pub mod publish;
pub mod report;
pub mod run;
pub mod schedule;
pub mod settings;
pub mod source;
