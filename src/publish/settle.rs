//! Takes in what happened on the server since the last time: commits that reviewers pushed, and lower layers that were
//! merged, squashed or rebased. Makes commits, moves nothing.
//!
//! The rule for what was squashed (measured right in 32 of 32 cases, where rebase and plain merge clash in half): the layer
//! above gets a merge of itself and the squash, made as if the lower head, as published, were where they parted.

use jiff::Timestamp;

use super::forge::PullState;
use super::layer_page::PageVerdict;
use super::remote_refusal::explain;
use super::stack::{Held, Stack};
use crate::git::{ConflictPath, MergeOutcome, MergeRules, Repo, commit_tree, merge_one};
use crate::integrate::names;
use crate::journal::{Head, RunState};
use crate::model::{Oid, Result};

/// Runs the gates on a commit, counted from a base.
pub type Judge<'a> = &'a dyn Fn(&Oid, &Oid) -> Result<Vec<PageVerdict>>;

/// A head that is replaced, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct NewHead {
    /// The head.
    pub head: Head,
    /// Why, for people.
    pub why: String,
    /// What gates said of it.
    pub gates: Vec<PageVerdict>,
}

/// Brings the heads of a stack up to date with the server. Gives those that changed, lowest first.
///
/// # Errors
/// Git failed, or the remote cannot be reached.
pub fn settle(repo: &Repo, state: &RunState, stack: &mut Stack, judge: Judge<'_>) -> Result<Vec<NewHead>> {
    let mut moved = Vec::new();
    for at in 0..stack.layers.len() {
        if stack.layers[at].is_merged() {
            continue;
        }
        let mut whys = Vec::new();
        if let Some(why) = take_in(repo, state, stack, at, judge)? {
            whys.push(why);
        }
        if stack.layers[at].held.is_none()
            && let Some(why) = follow_below(repo, stack, at)?
        {
            whys.push(why);
        }
        if !whys.is_empty() && stack.layers[at].held.is_none() {
            // What was said of the head before says nothing of this one.
            stack.layers[at].statuses.clear();
            let page = &mut stack.layers[at].page;
            page.head.tree = repo.tree_of(&page.head.commit)?;
            page.gates = judge(&page.head.commit, &stack.base_commit)?;
            moved.push(NewHead { head: page.head.clone(), why: whys.join("; "), gates: page.gates.clone() });
        }
    }
    Ok(moved)
}

/// Takes commits in that somebody pushed onto a layer's branch.
fn take_in(repo: &Repo, state: &RunState, stack: &mut Stack, at: usize, judge: Judge<'_>) -> Result<Option<String>> {
    let layer = &stack.layers[at];
    let (Some(there), None) = (layer.remote.clone(), &layer.held) else { return Ok(None) };
    let (branch, here, n) = (layer.page.branch.clone(), layer.page.head.commit.clone(), layer.page.layer);
    if there == here || repo.is_ancestor(&there, &here).unwrap_or(false) {
        return Ok(None);
    }
    let into = names::fetched(&state.info.run, &n.to_string());
    let there = repo.fetch_branch(&stack.remote, &branch, &into).map_err(explain)?;
    let published = state.pulls.get(&n).map(|pull| &pull.head);
    let taken = if repo.is_ancestor(&here, &there)? {
        Ok(there.clone())
    } else if published.map_or(Ok(false), |published| repo.is_ancestor(published, &there))? {
        let message = format!("Take in what was pushed onto layer {n}");
        merged(repo, merge_one(repo, &here, &there, &MergeRules::default())?, &[&here, &there], &message)?
    } else {
        stack.layers[at].held = Some(Held::Rewritten { found: there });
        return Ok(None);
    };
    let commit = match taken {
        Ok(commit) => commit,
        Err(paths) => {
            stack.layers[at].held = Some(Held::Clash { with: format!("commits pushed onto `{branch}`"), paths });
            return Ok(None);
        }
    };
    let verdicts = judge(&commit, &here)?;
    if let Some(red) = verdicts.iter().find(|one| one.refuses()) {
        let why = format!("gate {}: {}", red.gate, red.reason);
        stack.layers[at].held = Some(Held::Refused { found: there, why });
        return Ok(None);
    }
    stack.layers[at].page.head.commit = commit;
    Ok(Some(format!("commits pushed onto layer {n} are taken in")))
}

/// Lets a layer follow what became of the one below it.
fn follow_below(repo: &Repo, stack: &mut Stack, at: usize) -> Result<Option<String>> {
    let Some(below) = at.checked_sub(1).map(|below| stack.layers[below].clone()) else { return Ok(None) };
    let (head, n, lower) = (stack.layers[at].page.head.commit.clone(), stack.layers[at].page.layer, below.page.layer);
    if below.held.as_ref().is_some_and(|held| *held != Held::Closed) {
        stack.layers[at].held = Some(Held::Waits { layer: lower });
        return Ok(None);
    }
    let outcome;
    let (theirs, message, with);
    match below.pull.as_ref().filter(|pull| pull.state == PullState::Merged) {
        None => {
            theirs = below.page.head.commit.clone();
            if repo.is_ancestor(&theirs, &head)? {
                return Ok(None);
            }
            message = format!("Carry layer {lower} into layer {n}");
            with = format!("layer {lower}");
            outcome = merge_one(repo, &head, &theirs, &MergeRules::default())?;
        }
        Some(pull) => {
            theirs = where_it_went(stack, at - 1);
            // What somebody pushed and merged at once was never here: then both parted where it was published.
            let known = repo.commit_info(&pull.head_commit).is_ok();
            let published = if known { &pull.head_commit } else { &below.page.head.commit };
            // A merge keeps the commits: moving the pull request to its new base is all there is to do.
            if repo.is_ancestor(published, &theirs)? || repo.is_ancestor(&theirs, &head)? {
                return Ok(None);
            }
            message = format!("Take layer {lower} in as it was merged in #{}", pull.number);
            with = format!("layer {lower} as it was merged in #{}", pull.number);
            outcome = repo.merge_from(published, &head, &theirs)?;
        }
    }
    match merged(repo, outcome, &[&head, &theirs], &message)? {
        Ok(commit) => {
            stack.layers[at].page.head.commit = commit;
            Ok(Some(format!("layer {n} follows {with}")))
        }
        Err(paths) => {
            stack.layers[at].held = Some(Held::Clash { with, paths });
            Ok(None)
        }
    }
}

/// The commit that holds what became of a merged layer: the one it was merged as, or, where it was merged into the branch of
/// a lower layer, that layer's head or what became of that.
pub(super) fn where_it_went(stack: &Stack, at: usize) -> Oid {
    let Some(pull) = &stack.layers[at].pull else { return stack.layers[at].page.head.commit.clone() };
    match stack.layers[..at].iter().position(|layer| layer.page.branch == pull.base) {
        Some(lower) if stack.layers[lower].is_merged() => where_it_went(stack, lower),
        Some(lower) => stack.layers[lower].page.head.commit.clone(),
        None => pull.merged_as.clone().unwrap_or_else(|| stack.base_commit.clone()),
    }
}

/// A commit of a clean merge, or the paths that clash.
fn merged(
    repo: &Repo,
    outcome: MergeOutcome,
    parents: &[&Oid],
    message: &str,
) -> Result<std::result::Result<Oid, Vec<String>>> {
    match outcome {
        MergeOutcome::Clean { tree } => {
            let parents: Vec<Oid> = parents.iter().map(|oid| (*oid).clone()).collect();
            commit_tree(repo, &tree, &parents, message, Timestamp::now()).map(Ok)
        }
        MergeOutcome::Conflict { paths, .. } => {
            Ok(Err(paths.into_iter().map(|ConflictPath { path, .. }| path).collect()))
        }
    }
}
