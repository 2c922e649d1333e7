//! Several attempts of one task at once: the right one lands, and nothing of the others.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::drive::{CAPACITY, simulate};
use super::plans::{random_plan, started, task};
use super::world::{Character, Dice, Trouble, World};
use super::{folder, options};
use crate::journal::{Event, RunOutcome, RunState, read_entries};
use crate::model::{Allowance, Candidates, PickMode, Reviewer, RunOptions, Task, TaskKind, Tdd};
use crate::schedule::Capacity;

fn contest(n: usize, pick: PickMode) -> RunOptions {
    let mut options = RunOptions { candidates: Candidates::Count(n as u32), pick, ..options(&["test", "lint"]) };
    // So that what is used is seen.
    options.agents.insert("mine".into(), Default::default());
    options.limits.attempt = Allowance { tokens: Some(50_000), usd: None };
    options
}

/// These in an order that depends on the seed.
fn shuffled(of: &[Character], seed: u64) -> Vec<Character> {
    let (mut dice, mut left, mut all) = (Dice(seed | 1), of.to_vec(), Vec::new());
    while !left.is_empty() {
        let at = dice.below(left.len() as u64) as usize;
        all.push(left.remove(at));
    }
    all
}

/// What the attempts that landed came to.
fn landed(world: &World, state: &RunState) -> BTreeSet<String> {
    let last = state.tasks.iter().map(|task| task.last().unwrap().result().unwrap());
    last.map(|commit| format!("{:?}", world.made_by[commit])).collect()
}

fn only(expected: Character) -> BTreeSet<String> {
    BTreeSet::from([format!("{expected:?}")])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_right_one_lands_however_often_it_is_killed(
        seed in any::<u64>(), n in 1_usize..8, kill in 0_u64..25, agents in 1_u32..5,
    ) {
        use Character::{Large, Small, Spender, Wrong};
        let place = folder();
        let trouble = Trouble { kill_each_step: kill, rate_limits: seed % 20, ..Trouble::default() };
        let mut world = World::new(seed, trouble, place.path().to_owned());
        world.characters = shuffled(&[Wrong, Large, Small, Spender], seed);
        let tasks = random_plan(&mut world.dice, n);
        let capacity = Capacity::of(agents, 4);
        let (state, _) = simulate(&mut world, started(tasks, contest(4, PickMode::Best)), capacity);
        prop_assert_eq!(state.finished.unwrap().1, RunOutcome::Done);
        prop_assert_eq!(landed(&world, &state), only(Small));
        for task in &state.tasks {
            prop_assert_eq!(task.attempts.len(), 1, "no attempt was needed beside those at once");
        }
    }

    #[test]
    fn what_conflicts_or_is_red_on_the_merged_tree_gives_way_to_the_next(seed in any::<u64>(), n in 1_usize..6, kill in 0_u64..10) {
        use Character::{Clashing, Large, Poison, Wrong};
        let place = folder();
        let mut world = World::new(seed, Trouble { kill_each_step: kill, ..Trouble::default() }, place.path().to_owned());
        world.characters = shuffled(&[Wrong, Large, Clashing, Poison], seed);
        let tasks: Vec<Task> = (0..n).map(|i| task(i, &if i > 0 { vec![i - 1] } else { vec![] })).collect();
        let (state, _) = simulate(&mut world, started(tasks, contest(4, PickMode::Best)), CAPACITY);
        prop_assert_eq!(state.finished.unwrap().1, RunOutcome::Done);
        prop_assert_eq!(landed(&world, &state), only(Large));
    }

    /// Everything else goes wrong: `simulate` holds after each step that places, needs and budgets are kept, and at the end
    /// that nothing of those that lost is in a head.
    #[test]
    fn whatever_goes_wrong_one_of_them_lands_at_most(
        seed in any::<u64>(), n in 1_usize..12, kill in 0_u64..8, first in any::<bool>(), total in 20_000_u64..400_000,
    ) {
        let place = folder();
        let trouble = Trouble {
            agent_fails: 20, gate_fails: 30, conflicts: 15, unsolved: 30, kill_each_step: kill, requests: 4,
            rate_limits: 10, refusals: 2, capacity_changes: 5, rejections: 10, turn: 2000, words: 5, ..Trouble::default()
        };
        let mut world = World::new(seed, trouble, place.path().to_owned());
        let tasks = random_plan(&mut world.dice, n);
        let pick = if first { PickMode::First } else { PickMode::Best };
        let mut options = contest(2 + (seed % 3) as usize, pick);
        options.budget_tokens = seed.is_multiple_of(2).then_some(total);
        simulate(&mut world, started(tasks, options), CAPACITY);
    }
}

/// As [`contest`], with an agent that reads.
fn reviewed(n: usize, pick: PickMode) -> RunOptions {
    let mut options = contest(n, pick);
    options.agents.insert("critic".into(), Default::default());
    options.gates[1].reviewer = Some(Reviewer { agent: "critic".into(), same_agent: false });
    options
}

/// How often a reviewing agent was asked to choose.
fn questions(folder: &std::path::Path) -> usize {
    let entries = read_entries(&folder.join("journal.jsonl")).unwrap();
    entries.iter().filter(|entry| matches!(entry.event, Event::ChoiceAsked(_))).count()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// It is asked once, whoever is killed meanwhile; where its answer is none of them, the smaller change lands.
    #[test]
    fn of_those_that_passed_the_one_lands_that_the_reviewing_agent_prefers(
        seed in any::<u64>(), n in 1_usize..8, kill in 0_u64..12, is_odd in any::<bool>(), checks in 1_u32..4,
    ) {
        use Character::{Large, Small, Spender, Wrong};
        let place = folder();
        let trouble = Trouble { kill_each_step: kill, rate_limits: seed % 20, ..Trouble::default() };
        let mut world = World::new(seed, trouble, place.path().to_owned());
        world.characters = shuffled(&[Wrong, Large, Small, Spender], seed);
        world.taste = Some(if is_odd { Wrong } else { Large });
        let tasks = random_plan(&mut world.dice, n);
        let options = reviewed(4, PickMode::Best);
        let (state, _) = simulate(&mut world, started(tasks, options), Capacity::of(4, checks));
        prop_assert_eq!(state.finished.unwrap().1, RunOutcome::Done);
        prop_assert_eq!(landed(&world, &state), only(if is_odd { Small } else { Large }));
        prop_assert_eq!(questions(place.path()), state.tasks.len());
        let asked = || state.tasks.iter().flat_map(|task| &task.choices);
        prop_assert!(asked().all(|choice| choice.ask.of.len() == 2 && choice.answer.is_some()));
    }
}

#[test]
fn nobody_is_asked_where_the_first_counts_or_only_one_passed() {
    use Character::{Small, Wrong};
    for (characters, pick) in [([Wrong, Small], PickMode::Best), ([Small, Small], PickMode::First)] {
        let place = folder();
        let mut world = World::new(5, Trouble::default(), place.path().to_owned());
        (world.characters, world.taste) = (characters.to_vec(), Some(Small));
        let (state, _) = simulate(&mut world, started(vec![task(0, &[])], reviewed(2, pick)), CAPACITY);
        assert_eq!((state.finished.unwrap().1, questions(place.path())), (RunOutcome::Done, 0));
    }
}

#[test]
fn the_first_that_passes_stops_the_others() {
    use Character::{Small, Wrong};
    let place = folder();
    let mut world = World::new(11, Trouble::default(), place.path().to_owned());
    world.characters = vec![Small, Wrong, Small, Small];
    let one = Capacity::of(4, 1);
    let (state, _) = simulate(&mut world, started(vec![task(0, &[])], contest(4, PickMode::First)), one);
    assert_eq!(state.finished.unwrap().1, RunOutcome::Done);
    let entries = read_entries(&place.path().join("journal.jsonl")).unwrap();
    let chosen: Vec<&String> = entries
        .iter()
        .filter_map(|entry| if let Event::CandidateChosen { why, .. } = &entry.event { Some(why) } else { None })
        .collect();
    assert!(chosen.len() == 1 && chosen[0].starts_with("the first of 4"), "{chosen:?}");
}

#[test]
fn only_tasks_that_change_something_have_candidates() {
    let place = folder();
    let mut world = World::new(3, Trouble::default(), place.path().to_owned());
    let mut tasks: Vec<Task> = (0..4).map(|n| task(n, &[])).collect();
    tasks[0].kind = TaskKind::Tests;
    tasks[1].run = Some("true".into());
    tasks[2].candidates = Some(Candidates::Count(1));
    let (state, _) = simulate(&mut world, started(tasks, contest(3, PickMode::Best)), CAPACITY);
    let made: Vec<usize> = state.tasks.iter().map(|task| task.all_attempts().count()).collect();
    assert_eq!(made, [1, 1, 1, 3]);
    assert!(state.tasks.iter().all(|task| task.landed.is_some()));
    // In phases each is somebody else's, and one after another.
    let place = folder();
    let mut world = World::new(3, Trouble::default(), place.path().to_owned());
    let options = RunOptions { tdd: Tdd::Staged, ..contest(3, PickMode::Best) };
    let (state, _) = simulate(&mut world, started(vec![task(0, &[])], options), CAPACITY);
    assert!(state.tasks[0].landed.is_some() && state.tasks[0].rivals.is_empty());
}
