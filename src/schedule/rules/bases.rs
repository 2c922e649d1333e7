//! What tasks start from: the head of their layer, or exactly what they depend on (`base = "exact"`).

use std::collections::BTreeSet;

use super::ladder::{self, LadderStep};
use super::staged;
use crate::graph::TaskIx;
use crate::journal::{Attempt, FailClass, Merging, SideBase};
use crate::model::{BaseMode, Oid, Role};
use crate::schedule::facts::{View, is_no_change};

/// Where an attempt begins, and what it merges with.
pub enum Origin {
    /// What it is compared with, and where its worktree begins.
    At { base: Oid, start: Oid, merge: Option<Merging> },
    /// Its base has to be merged first, of what tasks left.
    Make { of: Vec<Oid> },
    /// Its base is being merged.
    Wait,
}

/// The base of a task's first attempt; after refused gates the earlier result, since the agent only has to mend it;
/// after a clash or a red merge the head of its layer, whatever the mode: that is what it has to fit.
pub fn origin(view: &View<'_>, i: usize) -> Origin {
    let state = view.state;
    let at = |commit: Oid| Origin::At { base: commit.clone(), start: commit, merge: None };
    let head = || state.head(state.info.layers[i]).commit.clone();
    match ladder::step(view.course, state, i) {
        Some(LadderStep::Agent { base, start, merge }) => return Origin::At { base, start, merge: Some(merge) },
        Some(LadderStep::Again) => return at(head()),
        Some(LadderStep::Person) | None => {}
    }
    if view.course.is_staged(i)
        && let Some((base, start)) = staged::origin(state, i)
    {
        return Origin::At { base, start, merge: None };
    }
    // A fresh agent takes up what the one was to do whose session was gone.
    let lost = |it: &&Attempt| matches!(it.failure(), Some((FailClass::SessionLost, _))) && !it.is_unfounded();
    if let Some(last) = state.tasks[i].last().filter(lost).filter(|_| !state.tasks[i].retry_asked) {
        return Origin::At { base: last.base.clone(), start: last.start.clone(), merge: last.merge.clone() };
    }
    let task = &state.tasks[i];
    let fits =
        |it: &Attempt| it.refused.is_none() && it.conflict.is_none() && it.role != Role::Resolve && !it.is_unfounded();
    let mended = task.last().filter(|last| !task.retry_asked && fits(last) && !is_no_change(last));
    if let Some((last, result)) = mended.and_then(|last| Some((last, last.result()?))) {
        return Origin::At { base: last.base.clone(), start: result.clone(), merge: None };
    }
    // What a hook refuses is for the agent to mend, too.
    let refused = task.last().filter(|last| !task.retry_asked && fits(last) && is_by_hook(last));
    if let Some((last, left)) = refused.and_then(|last| Some((last, last.salvage.as_ref()?))) {
        return Origin::At { base: last.base.clone(), start: left.clone(), merge: None };
    }
    // What a review is about is in the head of its layer.
    if !task.attempts.iter().all(fits) || !task.reviews.is_empty() {
        return at(head());
    }
    fresh_origin(view, i)
}

/// Where an attempt begins that goes on from nothing earlier.
pub fn fresh_origin(view: &View<'_>, i: usize) -> Origin {
    let state = view.state;
    let at = |commit: Oid| Origin::At { base: commit.clone(), start: commit, merge: None };
    let head = || state.head(state.info.layers[i]).commit.clone();
    match view.course.info.options.base {
        BaseMode::Head => at(head()),
        BaseMode::Exact => {
            let of = work_before(view, i);
            match (of.as_slice(), state.bases.get(&of)) {
                ([], _) => at(state.root.commit.clone()),
                ([only], _) => at(only.clone()),
                (_, None) => Origin::Make { of },
                (_, Some(SideBase::Making)) => Origin::Wait,
                (_, Some(SideBase::Made(commit))) => at(commit.clone()),
                (_, Some(SideBase::Clash)) => at(head()),
            }
        }
    }
}

fn is_by_hook(attempt: &Attempt) -> bool {
    attempt.failure().is_some_and(|(class, _)| class == FailClass::Hook)
}

/// What the direct dependencies of a task left, in the plan's order, through those that were left out. Each holds what
/// it was itself made on.
fn work_before(view: &View<'_>, i: usize) -> Vec<Oid> {
    let (mut todo, mut before) = (vec![TaskIx(i as u32)], BTreeSet::new());
    while let Some(ix) = todo.pop() {
        for ix in view.course.graph.dependencies(ix) {
            if before.insert(ix.index()) && view.state.tasks[ix.index()].landed.is_none() {
                todo.push(ix);
            }
        }
    }
    let mut found: Vec<Oid> = Vec::new();
    let landed = before.into_iter().map(|n| &view.state.tasks[n]).filter(|task| task.landed.is_some());
    for left in landed.filter_map(|task| task.last()?.result()) {
        if !found.contains(left) {
            found.push(left.clone());
        }
    }
    found
}
