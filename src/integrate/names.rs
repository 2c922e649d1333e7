//! Names of refs (the truth) and branches (their view for people), DESIGN 4.

use crate::model::{AttemptId, Oid, RunId, TaskId};

/// All refs of a run.
pub fn run_refs(run: &RunId) -> String {
    format!("refs/orca/runs/{run}/")
}

/// Where all branches of a run lie.
pub fn run_branches(run: &RunId) -> String {
    format!("orca/{run}/")
}

/// The commit that the run started from.
pub fn base(run: &RunId) -> String {
    format!("refs/orca/runs/{run}/base")
}

/// What was merged on the side for tasks to start from.
pub fn side(run: &RunId, commit: &Oid) -> String {
    format!("refs/orca/runs/{run}/side/{commit}")
}

/// The landed head of a layer.
pub fn head(run: &RunId, layer: u32) -> String {
    format!("refs/orca/runs/{run}/head/{layer}")
}

/// A candidate head: keeps it reachable while gates run.
pub fn candidate(run: &RunId, batch: u32, layer: u32) -> String {
    format!("refs/orca/runs/{run}/candidate/{batch}/{layer}")
}

/// What an attempt left.
pub fn attempt(run: &RunId, id: &AttemptId) -> String {
    format!("refs/orca/runs/{run}/attempt/{}/{}", id.task, id.n)
}

/// What an attempt left before that was carried onto what landed instead of the candidate it was made on.
pub fn before_replay(run: &RunId, id: &AttemptId) -> String {
    format!("refs/orca/runs/{run}/before-replay/{}/{}", id.task, id.n)
}

/// The latest saved state of an attempt's worktree.
pub fn snapshot(run: &RunId, id: &AttemptId) -> String {
    format!("refs/orca/runs/{run}/snapshot/{}/{}", id.task, id.n)
}

/// An attempt's worktree as somebody looked at it.
pub fn seen(run: &RunId, id: &AttemptId) -> String {
    format!("refs/orca/runs/{run}/seen/{}/{}", id.task, id.n)
}

/// Work that is no part of an attempt's result.
pub fn salvage(run: &RunId, id: &AttemptId) -> String {
    format!("refs/orca/runs/{run}/salvage/{}/{}", id.task, id.n)
}

/// The `n`-th history (from 1) that an attempt made and left behind: no part of where it ended.
pub fn left(run: &RunId, id: &AttemptId, n: usize) -> String {
    format!("refs/orca/runs/{run}/left/{}/{}/{n}", id.task, id.n)
}

/// A person's merge of a task's result with the head of a later layer.
pub fn carried(run: &RunId, task: &TaskId, layer: u32) -> String {
    format!("refs/orca/runs/{run}/carried/{task}/{layer}")
}

/// What an attempt made of something that is not its own: `what` is a ref's name without `refs/`, or `files`.
pub fn outside(run: &RunId, id: &AttemptId, what: &str) -> String {
    format!("refs/orca/runs/{run}/outside/{}/{}/{what}", id.task, id.n)
}

/// What repositories inside an attempt's worktree had, in this repository or in that of a submodule.
pub fn inside(run: &RunId, id: &AttemptId) -> String {
    format!("refs/orca/runs/{run}/inside/{}/{}", id.task, id.n)
}

/// A commit that was found in a slot or on a task's branch and that no attempt made.
pub fn found(run: &RunId, place: &str, commit: &Oid) -> String {
    format!("refs/orca/runs/{run}/found/{place}/{commit}")
}

/// What a person changed of a task and gave up.
pub fn by_hand(run: &RunId, task: &TaskId, commit: &Oid) -> String {
    format!("refs/orca/runs/{run}/by-hand/{task}/{}", commit.short())
}

/// What was fetched from the remote: the base branch, or a layer's by its number.
pub fn fetched(run: &RunId, what: &str) -> String {
    format!("refs/orca/runs/{run}/fetched/{what}")
}

/// The value a user's branch had before the run moved it.
pub fn old(run: &RunId, branch: &str) -> String {
    format!("refs/orca/runs/{run}/old/{branch}")
}

/// Where a user's branch was put when the result was taken onto it.
pub fn taken(run: &RunId, branch: &str) -> String {
    format!("refs/orca/runs/{run}/taken/{branch}")
}

/// Where it was before that.
pub fn before_taken(run: &RunId, branch: &str) -> String {
    format!("refs/orca/runs/{run}/before/{branch}")
}

/// The folder of the tasks' branches, without `refs/heads/`.
pub fn task_folder(run: &RunId) -> String {
    format!("orca/{run}/task")
}

/// A task's branch, without `refs/heads/`.
pub fn task_branch(run: &RunId, task: &TaskId) -> String {
    format!("{}/{task}", task_folder(run))
}

/// The folder of the branches of a run's candidates (several attempts of a task at once), without `refs/heads/`.
pub fn candidates_folder(run: &RunId) -> String {
    format!("orca/{run}/candidate")
}

/// The branch of an attempt: that of its task, or one of its own where several are made at once.
pub fn attempt_branch(run: &RunId, id: &AttemptId, is_rival: bool) -> String {
    if is_rival { format!("{}/{}/{}", candidates_folder(run), id.task, id.n) } else { task_branch(run, &id.task) }
}

/// A layer's branch.
pub fn layer_branch(run: &RunId, layer: u32) -> String {
    format!("orca/{run}/layer/{layer}")
}

/// The folder of the branches of layers.
pub fn layer_folder(run: &RunId) -> String {
    format!("orca/{run}/layer/")
}

/// The branch of the last head.
pub fn integration_branch(run: &RunId) -> String {
    format!("orca/{run}/integration")
}

/// A branch's full name.
pub fn full(branch: &str) -> String {
    format!("refs/heads/{branch}")
}
