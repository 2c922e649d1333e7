//! Pointers of submodules that are about to be pushed and that others cannot follow.

use crate::git::{Fetchable, pointer_fetchable};
use crate::journal::{MovedPointer, RunState};
use crate::model::Oid;
use crate::start::here::Here;

/// Those that the results of a run brought into `commit`, asked about once more: what was pushed meanwhile is none of them.
pub fn lonely_pointers(here: &Here, state: &RunState, commit: &Oid) -> Vec<MovedPointer> {
    let moved = state.tasks.iter().filter_map(|task| task.last()).flat_map(|last| &last.pointers);
    let is_in = |it: &&MovedPointer| here.repo.link_at(commit, it.path.as_bytes()).as_ref() == Some(&it.commit);
    moved.filter(is_in).map(|it| asked_again(here, state, it)).filter(MovedPointer::is_lonely).collect()
}

fn asked_again(here: &Here, state: &RunState, pointer: &MovedPointer) -> MovedPointer {
    let (fetchable, why) = match pointer_fetchable(&here.repo, &state.info.base, &pointer.path, &pointer.commit) {
        Fetchable::Yes => (Some(true), String::new()),
        Fetchable::No => (Some(false), String::new()),
        Fetchable::Unchecked(why) => (None, why),
    };
    MovedPointer { fetchable, why, pushed: None, ..pointer.clone() }
}
