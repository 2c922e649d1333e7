//! From words to commits: tasks of a run, its branches, any revision, ranges.

use super::super::here::Here;
use super::wish::ValidateWish;
use crate::gate::Stage;
use crate::git;
use crate::journal::{RunState, Subject};
use crate::model::{AttemptId, Error, ErrorKind, Oid, Result};
use crate::run::Wanted;

/// Everything that is to be judged, in the order in which it was named.
///
/// # Errors
/// A word means nothing here, or there is nothing to compare it with.
pub fn all(here: &Here, wish: &ValidateWish) -> Result<Vec<Wanted>> {
    let base = wish.base.as_deref().map(|rev| here.repo.resolve(rev)).transpose()?;
    let state = here.run(wish.run.as_deref()).ok().map(|(_, state)| state);
    if wish.run.is_some() && state.is_none() {
        here.run(wish.run.as_deref())?;
    }
    let mut wanted = match wish.what.is_empty() {
        true => vec![checked_out(here, base.as_ref())?],
        false => wish.what.iter().map(|word| one(here, word, state.as_ref(), base.as_ref())).collect::<Result<_>>()?,
    };
    if let Some(base) = base {
        wanted.iter_mut().for_each(|one| one.base = base.clone());
    }
    Ok(wanted)
}

/// What is checked out where the command was typed, a linked worktree or a task's own among them.
fn checked_out(here: &Here, base: Option<&Oid>) -> Result<Wanted> {
    let (branch, commit) = git::checked_out_in(&here.cwd)?;
    match &branch {
        Some(branch) => by_branch(here, branch, &commit).unwrap_or_else(|| plain(here, branch, commit, base)),
        None => plain(here, "HEAD", commit, base),
    }
}

fn one(here: &Here, word: &str, state: Option<&RunState>, base: Option<&Oid>) -> Result<Wanted> {
    if let Some((from, to)) = word.split_once("..") {
        return range(here, word, from, to);
    }
    if let Some(state) = state
        && let Some(i) = task_named(state, word)
    {
        return of_task(here, state, i);
    }
    let commit = here.repo.resolve(word).map_err(|mut error| {
        if error.kind == ErrorKind::NotFound {
            error.doing = format!("looking for `{word}`");
            error.cause = format!("`{word}` is neither a task of the run nor a branch or commit");
        }
        error.hint("name a task, a branch, a commit, or a range A..B").hint("git orca status   lists the tasks")
    })?;
    by_branch(here, word, &commit).unwrap_or_else(|| plain(here, word, commit, base))
}

fn range(here: &Here, word: &str, from: &str, to: &str) -> Result<Wanted> {
    let (to, three) = to.strip_prefix('.').map_or((to, false), |rest| (rest, true));
    let end = |rev: &str| here.repo.resolve(if rev.is_empty() { "HEAD" } else { rev });
    let (from, to) = (end(from)?, end(to)?);
    let base = if three { here.repo.merge_base(&from, &to)?.unwrap_or(from) } else { from };
    Ok(commit(to, base, word))
}

fn commit(commit: Oid, base: Oid, words: &str) -> Wanted {
    let subject = Subject::Commit(commit.clone());
    Wanted { commit, base, subject, stage: Stage::Task, words: words.to_owned(), task: None, is_last: false }
}

fn task_named(state: &RunState, word: &str) -> Option<usize> {
    state.info.tasks.iter().position(|task| task.id.as_str().eq_ignore_ascii_case(word) || task.key == word)
}

/// The last work of a task, against what its attempt started from: a later attempt that left nothing changes nothing.
fn of_task(here: &Here, state: &RunState, i: usize) -> Result<Wanted> {
    let task = &state.info.tasks[i];
    let mut latest = state.tasks[i].attempts.iter().rev();
    let Some((last, commit)) = latest.find_map(|last| Some((last, last.result()?.clone()))) else {
        let error = Error::new(ErrorKind::NotFound, format!("judging `{}`", task.id), "it has committed nothing yet");
        return Err(error.hint(format!("git orca show {}", task.id)));
    };
    let branch = crate::integrate::names::task_branch(&state.info.run, &task.id);
    let tip = here.repo.read_ref(&crate::integrate::names::full(&branch))?;
    let mut wanted = Wanted {
        base: last.base.clone(),
        subject: Subject::Attempt(AttemptId { task: task.id.clone(), n: last.n }),
        stage: Stage::Task,
        words: format!("task {}, attempt {}", task.id, last.n),
        task: Some(task.clone()),
        commit,
        is_last: false,
    };
    // What a person added on the task's branch is judged too, as what it is.
    if let Some(tip) = tip.filter(|tip| *tip != wanted.commit) {
        wanted.subject = Subject::Commit(tip.clone());
        wanted.words = format!("task {}, after attempt {}", task.id, last.n);
        wanted.commit = tip;
    }
    Ok(wanted)
}

/// A branch that a run made: then it is known what it is and what it is compared with.
fn by_branch(here: &Here, name: &str, commit: &Oid) -> Option<Result<Wanted>> {
    let rest = name.trim_start_matches("refs/heads/").strip_prefix("orca/")?;
    let (run, rest) = rest.split_once('/')?;
    let (_, state) = here.run(Some(run)).ok()?;
    if let Some(task) = rest.strip_prefix("task/") {
        return Some(of_task(here, &state, task_named(&state, task)?));
    }
    let (layer, is_last) = match rest.strip_prefix("layer/") {
        Some(n) => (n.parse().ok()?, false),
        None if rest == "integration" => (state.heads.keys().next_back().copied().unwrap_or(0), true),
        None => return None,
    };
    Some(Ok(Wanted {
        commit: commit.clone(),
        base: state.info.base.clone(),
        subject: Subject::Layer { layer, commit: commit.clone() },
        stage: Stage::Merged,
        words: if is_last { "the result".to_owned() } else { format!("layer {layer}") },
        task: None,
        is_last,
    }))
}

/// Any other revision: against the base that was named, else where it left the branch of the main worktree, else against its first parent.
fn plain(here: &Here, word: &str, oid: Oid, base: Option<&Oid>) -> Result<Wanted> {
    if let Some(base) = base {
        return Ok(commit(oid, base.clone(), word));
    }
    if let Some(main) = here.repo.main_head()
        && main != oid
        && let Some(base) = here.repo.merge_base(&main, &oid)?
        && base != oid
    {
        return Ok(commit(oid, base, word));
    }
    match here.repo.commit_info(&oid)?.parents.first() {
        Some(parent) => Ok(commit(oid, parent.clone(), word)),
        None => {
            let error =
                Error::new(ErrorKind::Usage, format!("judging `{word}`"), "it has no parent to compare it with");
            Err(error.hint("git orca validate --base REV"))
        }
    }
}
