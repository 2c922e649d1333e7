//! Pointers of submodules that the run's results moved, and that others may not be able to follow.

use super::picture::Picture;
use crate::journal::MovedPointer;
use crate::model::TaskId;

/// Each, with the task whose latest result has it.
pub fn moved_pointers<'a>(picture: &'a Picture<'a>) -> impl Iterator<Item = (&'a TaskId, &'a MovedPointer)> {
    let last = |i: usize| picture.facts(i).last().filter(|last| last.result().is_some());
    (0..picture.len())
        .filter_map(move |i| Some((&picture.task(i).id, last(i)?)))
        .flat_map(|(task, last)| last.pointers.iter().map(move |pointer| (task, pointer)))
}
