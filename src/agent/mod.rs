//! What runs a task. An agent *makes* a command, *reads* its stream and *judges* how its program ended; all of it pure.
//! Git decides whether there is a result.
//!
//! | agent | runs | stream |
//! |---|---|---|
//! | `script` | the task's own `run` text with `sh -e` | none |
//! | `claude` | Claude Code, `claude -p --output-format stream-json` | session, tools, tokens, money, limits |
//! | `codex` | Codex, `codex exec --json`, or `codex app-server` with `live = true` | session, tools, tokens at the end, limits; live: plans, and tokens after each answer |
//! | `gemini` | Gemini CLI, `gemini -o stream-json` | session, tools, tokens at the end, limits |
//! | `opencode` | opencode, `opencode run --format json` | session, tools, tokens and money after each answer, limits |
//! | any name with `acp` | the program named there, over the agent client protocol | session, tools, plans, tokens, often money |
//! | any other name under `[agents.NAME]` | the program named there (`command.rs`) | none |
//!
//! | file | holds |
//! |---|---|
//! | `seam.rs` | what every agent does |
//! | `registry.rs` | all agents |
//! | `job.rs` | what a command depends on |
//! | `told.rs` | the fold over what a stream said |
//! | `ending.rs` | what ends mean |
//! | `prices.rs`, `reset.rs` | money out of tokens, times out of words |
//! | `tests.rs` | the conformance suite that every agent must pass |
//!
//! ## To add an agent
//!
//! Copy the folder `codex`, implement [`Agent`] for a unit type, add it to [`AGENTS`], record its streams under
//! `fixtures/agents/NAME/` (the conformance suite reads them), describe it in the table of `cli/help/agents.md` (a test walks the
//! registry). Flags, streams and exit codes of real programs are measured, not guessed.

mod acp;
mod claude;
mod codex;
mod command;
mod ending;
mod exchange;
mod gemini;
mod job;
mod login;
mod opencode;
mod own_server;
mod prices;
mod registry;
mod reset;
mod script;
mod seam;
mod transcript;

#[cfg(test)]
mod tests;

pub use acp::Acp;
pub use claude::Claude;
pub use codex::Codex;
pub use command::CommandAgent;
pub use ending::Ending;
pub use gemini::Gemini;
pub use job::{Job, ReviewJob};
pub use login::is_logged_in;
pub use opencode::Opencode;
pub use prices::price_of;
pub use registry::{AGENTS, defined, find, same, variables};
pub use script::Script;
pub use seam::{Agent, LoginCheck, ModelAddress, Speaker, StreamReader, Tells};
pub use transcript::Transcript;
