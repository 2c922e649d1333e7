//! What only a person can do.

use crate::model::{Task, TaskKind};
use crate::settings::trust::acceptance_command;

/// Whether only a person can do a task: it says so, or it only verifies and names nothing that could be run. Where the exit
/// status of the agent is evidence (`judged_by_exit`), the agent can do the latter.
pub fn needs_person(task: &Task, judged_by_exit: bool) -> bool {
    let nothing_to_run =
        || !judged_by_exit && !task.acceptance.iter().any(|criterion| acceptance_command(criterion).is_some());
    task.run.is_none()
        && match task.kind {
            TaskKind::Approval => true,
            TaskKind::Verify => nothing_to_run(),
            TaskKind::Change | TaskKind::Tests => false,
        }
}
