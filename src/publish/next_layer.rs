//! Where the next layer starts once the one below it was merged on the server: on what was made of that there, with what
//! reviewers changed and what others merged meanwhile.

use jiff::Timestamp;

use super::forge::PullState;
use super::perform::{PublishLog, move_heads};
use super::settle::{NewHead, where_it_went};
use super::stack::Stack;
use crate::git::{Repo, commit_tree};
use crate::journal::Head;
use crate::model::Result;

/// Lets layer `next`, of which nothing has landed, start from what layer `below` was merged as. Nothing happens where it
/// was not merged, or where that adds nothing.
///
/// # Errors
/// Git or the journal refuse.
pub fn start_on_merged(
    repo: &Repo,
    log: &mut dyn PublishLog,
    stack: &Stack,
    (below, next): (u32, u32),
) -> Result<Option<NewHead>> {
    let Some(at) = stack.layers.iter().position(|layer| layer.page.layer == below) else { return Ok(None) };
    let merged = stack.layers[at].pull.as_ref().filter(|pull| pull.state == PullState::Merged);
    let here = log.state().head(next).commit.clone();
    let Some(pull) = merged.filter(|_| here == log.state().head(below).commit) else { return Ok(None) };
    let there = where_it_went(stack, at);
    if repo.is_ancestor(&there, &here)? {
        return Ok(None);
    }
    let tree = repo.tree_of(&there)?;
    let commit = if repo.is_ancestor(&here, &there)? {
        there
    } else {
        // Squashed or rebased: its tree holds the layer, and its history does not.
        let message = format!("Take layer {below} in as it was merged in #{}", pull.number);
        commit_tree(repo, &tree, &[here, there], &message, Timestamp::now())?
    };
    let why = format!("layer {next} starts from layer {below} as it was merged in #{}", pull.number);
    let moved = NewHead { head: Head { layer: next, commit, tree }, why, gates: Vec::new() };
    move_heads(repo, log, std::slice::from_ref(&moved))?;
    Ok(Some(moved))
}
