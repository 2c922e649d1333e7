//! What people ask of a run, as it is told.

use crate::journal::{PlanRevision, Request, ReviewRework, RunState, TaskState};
use crate::model::TaskId;
use crate::report::words::display::safe;
use crate::report::words::measure::{few, plural};
use crate::report::words::{question, waived};

/// Names on one line at most.
pub(super) const NAMED: usize = 12;

pub(super) fn asked(state: &RunState, request: &Request) -> String {
    match request {
        Request::Retry { task, .. } => format!("{task}  will be tried again, as asked"),
        Request::Skip { task } => format!("{task}  will be skipped, as asked"),
        Request::StopTasks { tasks } => format!("{}  will be stopped, as asked", named(tasks, " ")),
        Request::Stop { now: false } if state.tasks.iter().flat_map(TaskState::under_way).next().is_none() => {
            "stopping".to_owned()
        }
        Request::Stop { now: false } => {
            "stopping: running agents have 30 s to finish; press Ctrl-C again to stop now".to_owned()
        }
        Request::Stop { now: true } => "stopping now; all work is saved".to_owned(),
        Request::AtHome => "will bring the work on other hosts back and continue here".to_owned(),
        Request::Pause => "paused: nothing new starts; git orca resume".to_owned(),
        Request::Unpause => "continues after the pause".to_owned(),
        Request::Answer(answer) => question::answered(answer),
        Request::Waive(waiver) => waived::line(waiver),
        Request::Rework(rework) => reworked(rework),
        Request::Say { task, text } => format!("{task}  is told: {}", safe(text)),
        Request::ChangePlan(change) => plan_change(change),
        Request::Budget { tokens, cents } => budget(*tokens, *cents),
        Request::ByHand { task, open: true } => format!("{task}  is open to be edited by hand"),
        Request::ByHand { task, open: false } => format!("{task}  was closed again: nothing edited by hand lands"),
        Request::Solved { task, .. } => {
            let conflicted = state.task(task).is_some_and(|facts| facts.clashed().is_some());
            let how = if conflicted { "conflict resolved" } else { "edited" };
            format!("{task}  {how} by hand; running its gates")
        }
        Request::Carried { task, layer, .. } => {
            format!("{task}  conflict in layer {layer} resolved by hand; running its gates")
        }
    }
}

/// How the plan of a run changes.
pub fn plan_change(change: &PlanRevision) -> String {
    let back = change.undoes.iter().map(|_| "a change of the plan is undone".to_owned());
    let added = change.tasks.iter().map(|task| format!("{}  added to the plan: {}", task.id, safe(&task.title)));
    let left = change.dropped.iter().map(|task| format!("{task}  removed from the plan"));
    let order = change.barriers.iter().map(|_| "the order of groups has changed".to_owned());
    back.chain(added).chain(left).chain(order).collect::<Vec<_>>().join("; ")
}

/// The new budget of a run.
pub fn budget(tokens: Option<u64>, cents: Option<u64>) -> String {
    let tokens = tokens.map(|n| format!("{n} tokens"));
    let money = cents.map(|n| format!("${}.{:02}", n / 100, n % 100));
    format!("the run may now use {}", tokens.into_iter().chain(money).collect::<Vec<_>>().join(" and "))
}

/// A review that goes back to its task.
pub fn reworked(rework: &ReviewRework) -> String {
    let remarks = plural(rework.remarks.len(), "comment");
    format!("{}  is done again for the review of #{}: {remarks}", rework.task, rework.pull)
}

pub(super) fn named(tasks: &[TaskId], between: &str) -> String {
    let names: Vec<String> = tasks.iter().map(ToString::to_string).collect();
    if names.len() <= NAMED { names.join(between) } else { few(&names, NAMED) }
}
