//! What persons solved: the tasks that did not land and whose branch has commits that no attempt made.

use jiff::Timestamp;

use crate::integrate::names;
use crate::journal::{Request, RunState};
use crate::model::{AttemptId, Error, ErrorKind, Oid, Result};
use crate::schedule::{RunContext, TaskStatus, standings};
use crate::start::here::Here;

/// One request for each such task.
///
/// # Errors
/// The repository cannot be read, or a solution cannot land as it is.
pub fn requests(here: &Here, state: &RunState) -> Result<Vec<Request>> {
    let course = RunContext::new(state.info.clone());
    let now = standings(&course, state, Timestamp::now());
    let mut requests = Vec::new();
    for (i, standing) in now.iter().enumerate() {
        if !matches!(standing, TaskStatus::Conflicted | TaskStatus::Failed(_)) {
            continue;
        }
        let branch = names::full(&names::task_branch(&state.info.run, &state.info.tasks[i].id));
        if let Some(tip) = here.repo.read_ref(&branch)?
            && !is_known(here, state, i, &tip)
        {
            requests.push(request(here, state, i, tip)?);
        }
    }
    Ok(requests)
}

/// Whether an attempt left the branch there, or a person did and it was taken in before.
pub(super) fn is_known(here: &Here, state: &RunState, i: usize, tip: &Oid) -> bool {
    let task = &state.tasks[i];
    let known = task.all_attempts().any(|attempt| attempt.start == *tip || attempt.result() == Some(tip));
    let kept = task.last().and_then(|last| {
        let id = AttemptId { task: state.info.tasks[i].id.clone(), n: last.n };
        here.repo.read_ref(&names::attempt(&state.info.run, &id)).ok().flatten()
    });
    known || kept.as_ref() == Some(tip) || task.carried.values().any(|commit| commit == tip)
}

/// A layer's head holds only its own tasks and those below. A solution that merged a later layer cannot land in it; where
/// that layer is the one that carrying the task forward clashed with, the solution belongs into that layer's merge commit.
pub(super) fn request(here: &Here, state: &RunState, i: usize, tip: Oid) -> Result<Request> {
    let (task, layer) = (state.info.tasks[i].id.clone(), state.info.layers[i]);
    let Some(above) = highest_in(here, state, &tip)?.filter(|above| *above > layer) else {
        let tree = here.repo.tree_of(&tip)?;
        return Ok(Request::Solved { task, commit: tip, tree });
    };
    let last = state.tasks[i].clashed().or(state.tasks[i].last());
    let clash = last.and_then(|last| last.conflict.as_ref()).map(|conflict| conflict.layer);
    if clash == Some(above)
        && let Some(result) = last.and_then(|last| last.result())
        && here.repo.is_ancestor(result, &tip)?
    {
        return Ok(Request::Carried { task, layer: above, commit: tip });
    }
    let cause = format!("its branch contains layer {above}, which comes after its own layer {layer}");
    let branch = names::task_branch(&state.info.run, &task);
    Err(Error::new(ErrorKind::Usage, format!("landing your version of `{task}`"), cause)
        .hint(format!("begin again on {branch} without that merge, or: git orca retry {task}")))
}

/// The highest layer of which something that landed is in a commit.
fn highest_in(here: &Here, state: &RunState, commit: &Oid) -> Result<Option<u32>> {
    let mut highest = None;
    for (facts, layer) in state.tasks.iter().zip(&state.info.layers) {
        if let Some(landed) = &facts.landed_commit
            && highest < Some(*layer)
            && here.repo.is_ancestor(landed, commit)?
        {
            highest = Some(*layer);
        }
    }
    Ok(highest)
}
