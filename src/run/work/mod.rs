//! What an agent does to a task: one attempt from its slot to its outcome.
//!
//! | file | holds |
//! |---|---|
//! | `job.rs` | what an attempt depends on, and how it went |
//! | `slot.rs`, `copies.rs`, `ports.rs` | a worktree made ready |
//! | `fence.rs`, `setup.rs` | the sandbox around agents, gates and set-up; set-up itself |
//! | `telling.rs`, `tokens.rs`, `prompt.rs`, `clash.rs` | complete task and prompt of an attempt |
//! | `listen.rs` | what an agent's stream says |
//! | `sides.rs`, `merging.rs` | both sides of a clash, put before an agent and judged |
//! | `keeping.rs` | everything that was written, kept by refs |
//! | `foreign_marks.rs` | marks of other tasks in the plan, taken back |
//! | `outcome.rs` | what an attempt amounts to, decided from git |
//! | `attempt.rs` | all of it in its order |

pub mod attempt;
pub mod clash;
pub mod copies;
pub mod fence;
pub mod foreign_marks;
pub mod job;
pub mod keeping;
pub mod listen;
pub mod merging;
pub mod outcome;
pub mod ports;
pub mod prompt;
pub mod setup;
pub mod sides;
pub mod slot;
pub mod telling;
pub mod tokens;
