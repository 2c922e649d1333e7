//! The branch of a task whose work was chosen among several attempts.

use crate::git;
use crate::integrate::names;
use crate::journal::{Attempt, Event, RunState};
use crate::model::{AttemptId, Result};
use crate::run::run_env::RunEnv;

/// Lets the task's branch show what the chosen attempt left. What it showed before stays reachable: the result of another
/// attempt has a ref of its own, anything else is a person's and gets one.
///
/// # Errors
/// Git refuses.
pub fn show_chosen(site: &RunEnv, state: &RunState, attempt: &AttemptId) -> Result<()> {
    let Some(commit) = state.attempt(attempt).and_then(Attempt::result) else { return Ok(()) };
    let branch = names::task_branch(&site.info.run, &attempt.task);
    if let Some(place) = site.repo.checked_out(&branch) {
        let what = format!("branch `{branch}` is checked out in {}: it does not show the chosen work", place.display());
        site.tell(Event::Noticed { attempt: Some(attempt.clone()), what });
        return Ok(());
    }
    let mut refs = vec![(names::full(&branch), commit.clone())];
    if let Some(tip) = site.repo.read_ref(&names::full(&branch))?
        && !site.repo.is_ancestor(&tip, commit)?
    {
        refs.push((names::found(&site.info.run, attempt.task.as_str(), &tip), tip));
    }
    git::force_refs(&site.repo, &refs)
}
