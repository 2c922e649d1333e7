//! What an agent does to a task: one attempt from its slot to its outcome.
//!
//! | file | holds |
//! |---|---|
//! | `job.rs` | what an attempt depends on, and how it went |
//! | `slot.rs`, `sparse.rs`, `ready.rs`, `copies.rs`, `fixtures.rs`, `reflink.rs`, `ports.rs` | a worktree made ready |
//! | `slot_notes.rs` | where a worktree was left |
//! | `room.rs`, `room_seen.rs` | the room that worktrees may take |
//! | `setup.rs`, `setup_command.rs`, `setup_inputs.rs`, `products.rs`, `services.rs`, `teardown.rs` | its setup: when it runs, what it left, what it made, its databases, its end |
//! | `fence.rs` | the sandbox around agents, gates and setup |
//! | `telling.rs`, `tokens.rs`, `prompt.rs`, `clash.rs` | complete task and prompt of an attempt |
//! | `listen.rs`, `talk.rs` | what an agent's stream says, and what it is told while it works |
//! | `sides.rs`, `merging.rs` | both sides of a clash, put before an agent and judged |
//! | `hooks.rs` | what the repository's own hooks say of it |
//! | `take_in.rs` | what comes before anybody looks at what an attempt left |
//! | `keeping.rs` | everything that was written, kept by refs |
//! | `foreign_marks.rs` | marks of other tasks in the plan, taken back |
//! | `no_change.rs` | how an agent says that nothing needed changing |
//! | `outcome.rs` | what an attempt amounts to, decided from git |
//! | `attempt.rs` | all of it in its order |

pub mod attempt;
pub mod chosen;
pub mod clash;
pub mod copies;
pub mod fence;
pub mod fixtures;
pub mod foreign_marks;
pub mod hooks;
pub mod job;
pub mod keeping;
pub mod listen;
pub mod look_ahead;
pub mod merging;
pub mod no_change;
pub mod outcome;
pub mod ports;
mod products;
pub mod prompt;
pub mod ready;
mod reflink;
pub mod room;
pub mod room_seen;
mod services;
pub mod setup;
mod setup_command;
mod setup_inputs;
pub mod sides;
pub mod slot;
pub mod slot_notes;
pub mod sparse;
mod take_in;
pub mod talk;
pub mod teardown;
pub mod telling;
pub mod tokens;
