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
//!       └──────── run::Core ◀──Signal── work / judging / landing
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
//! | [`wire`] | talking to other programs: HTTP, servers of tools |
//! | [`symbols`] | which symbols files define, and who uses them: built in, or asked of Serena |
//! | [`executor`] | where a command runs |
//! | [`agent`] | what runs a task |
//! | [`gate`] | what judges a commit |
//! | [`integrate`] | performing merges: batches to commits, conflicts to words |
//! | [`publish`] | pull requests: one a layer, kept in step |
//! | [`tracker`] | programs that show what becomes of tasks: told from the journal, never waited for |
//! | [`run`] | the loop: the synchronous core and the workers around it |
//! | [`report`] | everything a person or a program reads |
//! | [`start`] | what begins a run, goes on with one, or judges without one, for every front |
//! | [`serve`] | the server for other programs (MCP): its tools are commands of ours |
//! | [`page`] | the live page of `git orca serve`: the HTML report, with the same commands |
//! | [`cli`] | the terminal: one file a command |
//!
//! ## The vocabulary
//!
//! | word | type |
//! |---|---|
//! | plan | [`plan::Plan`]: what was read; [`journal::RunStarted`]: what of it a run was told |
//! | task | [`model::Task`]; what happened to it [`journal::TaskState`]; where it stands [`schedule::TaskStatus`] |
//! | layer | a number from 1 in [`journal::RunStarted::layers`], computed by [`graph::TaskGraph`] |
//! | attempt | [`model::AttemptId`]; announced as [`journal::Intended`], known as [`journal::Attempt`] |
//! | word | what a person says to an agent: [`journal::SaidWord`]; what became of it [`schedule::WordFate`] |
//! | gate | [`model::GateDef`]; its verdict is a [`model::Verdict`], with all around it a [`journal::Judgement`] |
//! | slot | [`git::Slot`] |
//! | run | [`model::RunId`]; its constants [`schedule::RunContext`], its facts [`journal::RunState`] |
//! | journal | [`journal::Journal`], a list of [`journal::Entry`] |
//! | train | [`journal::Batch`] on its way onto [`journal::Head`]s |
//! | land | [`schedule::Action::Land`], then [`journal::Event::Landed`] |
//!
//! ## The way of one event
//!
//! 1. A task is ready: `schedule::choosing::derive` says so from the facts, by asking the rules.
//! 2. `choosing::starts` makes an [`schedule::Action::Attempt`] of it, with base, slot, agent and reservation.
//! 3. `run::engine::announce` gives the event that announces it, [`journal::Event::AttemptIntended`].
//! 4. [`run::Core::step`] folds it in and decides again, until nothing follows any more.
//! 5. All entries of the step are appended with one fdatasync.
//! 6. They go to the observers: narration, `--format json`, notifications.
//! 7. `engine::dispatch` performs the action: it makes a job of the state and starts a worker.
//! 8. The worker (`run::work::attempt`) makes the slot ready and puts the fence around the command.
//! 9. `process` runs it; `work::listen` tells usage and session as events of their own.
//! 10. `work::outcome` decides from git what is left, after `work::keeping` has kept it by refs.
//! 11. The worker sends [`journal::Event::AttemptEnded`] as a [`run::Signal`].
//! 12. `Core::accepts` lets it in, since its intent is open; a late one becomes [`journal::Event::Ignored`].
//! 13. Secrets are taken out, it is folded in, and the next decision sees it: its gates are due.
//! 14. Killed between 5 and 11, `engine::reconcile` finds the intent open, saves the slot and answers *lost*.
//! 15. Whatever way it went, replaying the journal gives the same state.
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
pub mod page;
pub mod plan;
pub mod process;
pub mod project;
pub mod publish;
pub mod report;
pub mod run;
pub mod schedule;
pub mod serve;
pub mod settings;
pub mod source;
pub mod start;
pub mod symbols;
pub mod tracker;
pub mod wire;
