//! What everybody needs and what imports no rule: the view of a decision, its actions, what a status can be, what gates
//! say together.

mod action;
mod people;
mod run_context;
mod start_wait;
mod task_status;
mod verdicts;
mod view;

pub use action::{Action, EndReason};
pub use people::needs_person;
pub use run_context::{Contest, EXCLUSIVE, PERSON, PHASES, RunContext, SCRIPT, weights};
pub use start_wait::StartWait;
pub use task_status::{Failure, TaskStatus};
pub use verdicts::{
    Gates, gates_of, is_landing, is_no_change, merged_gates, merged_subjects, passes, task_gates, together,
};
pub use view::{Capacity, View};
