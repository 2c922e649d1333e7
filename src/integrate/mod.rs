//! Performing merges: passed tasks to candidate heads, candidate heads to refs, conflicts to words.
//!
//! Policy (what to merge, when to split, whether to land) is `schedule`'s. Everything here is idempotent: merging the
//! same tasks onto the same heads gives the same trees, moving refs that have moved does nothing.
//!
//! - [`merge`]: the train's arithmetic. A task goes into the head of its own layer; each higher head then takes in the
//!   head below it, never the task itself (criss-cross histories and wrong layer diffs otherwise, FACTS 0).
//! - [`join()`]: one merge with what is tried where git alone finds a conflict; [`remember`]: what solved one, kept.
//! - [`judge`]: whether somebody's solution of a conflict may be taken.
//! - [`meetings()`], [`foreseen_clashes`]: where the work of tasks that are under way would clash.
//! - [`semantic_clashes`]: what two sides break together though git merges them; [`clashes_by_types`]: what of that only
//!   somebody tells who knows types; [`merged_clashes`]: both, in a merged tree.
//! - [`land`]: all refs of a landing in one transaction.
//! - [`mark()`]: one commit per head that marks landed tasks as done in the plan, made without a checkout.
//! - [`base()`]: the work of tasks merged on the side, for one that starts from exactly that.
//! - [`replay()`]: work that was made on a candidate which was given up, on what landed instead.
//! - [`plan_take`]: the result onto a branch of the user's, wherever that is by now.
//! - [`revert_tasks`]: landed tasks taken out again.
//! - [`names`]: the names of refs and branches.

mod base;
mod by_types;
mod join;
mod land;
mod mark;
mod memory;
mod merge;
mod merged_clashes;
pub mod names;
mod parse;
mod predicted_conflicts;
mod replay;
mod revert;
mod semantic;
mod solution;
mod structure;
mod take;
mod take_steps;
mod unsolved;
mod verdicts;

pub use base::{BaseJob, base};
pub use by_types::{AskUses, ask_nobody, clashes_by_types};
pub use join::{Clash, Joined, Rules, join};
pub use land::{land, move_branch};
pub use mark::{MarkJob, Marked, ToMark, mark};
pub use memory::{Solved, folder as memory_folder, forget, remember};
pub use merge::{Candidate, LandedWork, MergeJob, MergeResult, Regenerate, merge};
pub use merged_clashes::merged_clashes;
pub use predicted_conflicts::{Live, PredictedConflict, foreseen_clashes, meetings};
pub use replay::{ReplayJob, replay};
pub use revert::revert_tasks;
pub use semantic::{SideFacts, SidesMerged, semantic_clashes};
pub use solution::{Judged, judge, replaced};
pub use take::{TakeConflict, TakePlan, TakeRequest, is_there, plan_take, taken_onto};
pub use take_steps::{StepTask, TakeStep, head_of, take_steps};
pub use unsolved::Solution;
