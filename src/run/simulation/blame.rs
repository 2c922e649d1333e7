//! Several culprits, one of which landed first and alone: whoever else is to blame, and wherever in the queue, the innocent
//! land.

use std::collections::BTreeMap;

use super::drive::simulate;
use super::plans::{started, task};
use super::world::{Pace, Trouble, World};
use super::{folder, options};
use crate::journal::RunState;
use crate::model::Task;
use crate::schedule::Capacity;

/// Tasks that nobody waits for, of which the first is through long before the others; any tree is red that holds one of
/// `culprits` and something else.
fn run(n: usize, culprits: &[usize], attempts: u32, kill: u64) -> RunState {
    let place = folder();
    let trouble = Trouble { kill_each_step: kill, ..Trouble::default() };
    let mut world = World::new(7, trouble, place.path().to_owned());
    let tasks: Vec<Task> = (0..n).map(|n| task(n, &[])).collect();
    let id = |n: usize| tasks[n].id.clone();
    let others = |culprit: usize| (0..n).filter(move |other| *other != culprit).map(move |other| (culprit, other));
    world.red_pairs = culprits.iter().flat_map(|n| others(*n)).map(|(a, b)| (id(a), id(b))).collect();
    let times: BTreeMap<_, _> = (0..n).map(|n| (id(n), if n == 0 { 100 } else { 2000 })).collect();
    world.pace = Some(Pace { agents: times, step: 10, gate: 10 });
    let mut options = options(&["test"]);
    options.attempts = attempts;
    simulate(&mut world, started(tasks, options), Capacity::of(n as u32, 8)).0
}

fn landed(state: &RunState) -> Vec<usize> {
    (0..state.tasks.len()).filter(|n| state.tasks[*n].landed.is_some()).collect()
}

/// The first, and every two others.
fn with_two_others(n: usize) -> impl Iterator<Item = [usize; 3]> {
    (1..n).flat_map(move |second| (second + 1..n).map(move |third| [0, second, third]))
}

#[test]
fn two_more_culprits_anywhere_keep_nobody_else_out() {
    for n in 5..8 {
        for culprits in with_two_others(n) {
            let state = run(n, &culprits, 1, 0);
            let innocent: Vec<usize> = (0..n).filter(|n| !culprits.contains(n)).collect();
            assert_eq!(landed(&state), innocent, "of {n}, with {culprits:?} to blame");
            assert!(state.batches <= 30, "{} batches of {n}, with {culprits:?} to blame", state.batches);
        }
    }
}

#[test]
fn nor_does_it_when_they_are_done_again_or_the_run_is_killed() {
    for culprits in with_two_others(6) {
        for (attempts, kill) in [(3, 0), (1, 20)] {
            let state = run(6, &culprits, attempts, kill);
            let kept_out: Vec<usize> = (0..6).filter(|n| !landed(&state).contains(n)).collect();
            assert!(kept_out.iter().all(|n| culprits.contains(n)), "{kept_out:?} with {culprits:?} to blame");
        }
    }
}

/// One innocent alone looks like one culprit: nobody can tell.
#[test]
fn where_nearly_all_are_to_blame_what_landed_first_stays() {
    assert_eq!(landed(&run(4, &[0, 1, 2], 1, 0)), [0]);
}
