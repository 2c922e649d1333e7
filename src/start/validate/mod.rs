//! Judging a task, branch, commit or range by the gates that concern it, without a run.

mod judge;
mod wanted;
mod wish;

pub use judge::{judge, judge_all, on_base};
pub use wish::ValidateWish;
