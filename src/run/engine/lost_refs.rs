//! Refs of a run that somebody deleted: what the journal names is named again, as long as it can be read.

use std::collections::BTreeMap;

use crate::git;
use crate::integrate::names;
use crate::journal::{Event, RunState};
use crate::model::{AttemptId, Error, ErrorKind, Oid, Result};
use crate::run::run_env::RunEnv;
use crate::run::work::chosen;

/// Makes the refs anew that a run stands on and that are gone. Those that are there stay as they are, wherever they point.
///
/// # Errors
/// A landed head is in no ref and cannot be read any more: the run cannot go on.
pub fn restore(site: &RunEnv, state: &RunState) -> Result<Vec<Event>> {
    let run = &state.info.run;
    let there: BTreeMap<String, Oid> = site.repo.list_refs(&names::run_refs(run))?.into_iter().collect();
    let heads: BTreeMap<String, Oid> =
        state.heads.values().map(|head| (names::head(run, head.layer), head.commit.clone())).collect();
    let wanted = heads.iter().map(|(name, commit)| (name.clone(), commit.clone())).chain(work(state));
    let mut again = Vec::new();
    for (name, commit) in wanted.filter(|(name, _)| !there.contains_key(name)) {
        if site.repo.tree_of(&commit).is_ok() {
            again.push((name, commit));
        } else if heads.contains_key(&name) {
            return Err(gone(&name, &commit));
        }
    }
    git::force_refs(&site.repo, &again)?;
    for attempt in hidden(site, state)? {
        chosen::show_chosen(site, state, &attempt)?;
    }
    let what = || format!("{} refs of this run that somebody deleted", again.len());
    let found = "restored from the journal".to_owned();
    Ok((!again.is_empty()).then(|| Event::Reconciled { what: what(), found }).into_iter().collect())
}

/// Attempts that were chosen among several and that the branches of their tasks do not show.
fn hidden(site: &RunEnv, state: &RunState) -> Result<Vec<AttemptId>> {
    let mut found = Vec::new();
    for (task, facts) in state.info.tasks.iter().zip(&state.tasks) {
        let Some(last) = facts.last().filter(|last| last.rival.is_some() && facts.landed.is_none()) else { continue };
        let shown = site.repo.read_ref(&names::full(&names::task_branch(&state.info.run, &task.id)))?;
        let of_another = |tip: &Oid| facts.rivals.iter().any(|rival| rival.result() == Some(tip));
        if shown.as_ref().is_none_or(of_another) {
            found.push(AttemptId { task: task.id.clone(), n: last.n });
        }
    }
    Ok(found)
}

/// What tasks left, by the names that it is kept by.
fn work(state: &RunState) -> Vec<(String, Oid)> {
    let run = &state.info.run;
    let mut work = vec![(names::base(run), state.info.base.clone())];
    for (task, facts) in state.info.tasks.iter().zip(&state.tasks) {
        for attempt in facts.all_attempts() {
            let id = AttemptId { task: task.id.clone(), n: attempt.n };
            work.extend(attempt.result().map(|commit| (names::attempt(run, &id), commit.clone())));
            work.extend(attempt.salvage.iter().map(|commit| (names::salvage(run, &id), commit.clone())));
            work.extend(attempt.snapshot.iter().map(|commit| (names::snapshot(run, &id), commit.clone())));
        }
        work.extend(facts.carried.iter().map(|(layer, at)| (names::carried(run, &task.id, *layer), at.clone())));
    }
    work
}

fn gone(name: &str, commit: &Oid) -> Error {
    let cause = format!("`{name}` was deleted, and its commit {} cannot be read any more", commit.short());
    Error::new(ErrorKind::Environment, "going on with the run", cause)
        .hint("git orca execute --new   starts over")
        .hint("git orca salvage list   shows what is left of its work")
}
