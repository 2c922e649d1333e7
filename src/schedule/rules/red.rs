//! Tests that may fail for a while: written by tasks that only write tests, until what implements them is there.

use std::collections::BTreeSet;

use crate::graph::TaskIx;
use crate::journal::{BatchPhase, Check, CheckState, RunState, Subject};
use crate::model::{AttemptId, GateDef, GateName, RedTest, TaskKind};
use crate::schedule::facts::RunContext;

/// The tests that may fail on the tree of a subject. The last head has none.
pub fn expected_red(course: &RunContext, state: &RunState, subject: &Subject) -> BTreeSet<RedTest> {
    let Some(contained) = contained(course, state, subject) else { return BTreeSet::new() };
    let mut expected = BTreeSet::new();
    for i in (0..state.tasks.len()).filter(|i| contained[*i] && course.info.tasks[*i].kind == TaskKind::Tests) {
        // A task's own tests are judged by its own gate.
        let own = matches!(subject, Subject::Attempt(attempt) if state.index(&attempt.task) == Some(i));
        if !own && still_waits(course, &contained, i) {
            expected.extend(judged_red(course, state, i).into_iter().flat_map(|(_, red)| red.to_vec()));
        }
    }
    expected
}

/// Which tasks are in the tree of a subject; none for the last head.
fn contained(course: &RunContext, state: &RunState, subject: &Subject) -> Option<Vec<bool>> {
    let layers = &course.info.layers;
    let landed = |i: usize| state.tasks[i].landed.as_ref().map(|(at, _)| *at);
    let all = 0..state.tasks.len();
    Some(match subject {
        Subject::Final(_) | Subject::Commit(_) | Subject::Phase(_) | Subject::Base(_) => return None,
        Subject::Attempt(attempt) => {
            let own = state.index(&attempt.task)?;
            // Later attempts may go on from what an earlier one left.
            let base = &state.attempt(attempt)?.base;
            let on_base = state.tasks[own].all_attempts().filter(|it| it.base == *base);
            let started = on_base.map(|it| it.started).min()?;
            let before = |i: usize| landed(i).is_some_and(|at| at <= started) && layers[i] <= layers[own];
            all.map(|i| i == own || before(i)).collect()
        }
        Subject::Batch { layer, .. } => {
            let coming: BTreeSet<usize> = match state.batch.as_ref().map(|batch| &batch.phase) {
                Some(BatchPhase::Checking { landed, .. } | BatchPhase::Landing { landed, .. }) => {
                    landed.iter().filter_map(|task| state.index(&task.task)).collect()
                }
                _ => BTreeSet::new(),
            };
            all.map(|i| (landed(i).is_some() || coming.contains(&i)) && layers[i] <= *layer).collect()
        }
        Subject::Layer { layer, .. } => all.map(|i| landed(i).is_some() && layers[i] <= *layer).collect(),
    })
}

/// Whether something that builds on a task's tests is still to come. Where nothing does, nobody knows what implements
/// them: then they may wait to the end.
fn still_waits(course: &RunContext, contained: &[bool], tests: usize) -> bool {
    let after = course.graph.reachable_from(|ix: TaskIx| ix.index() == tests);
    let mut builders =
        (0..after.len()).filter(|i| after[*i] && course.info.tasks[*i].kind == TaskKind::Change).peekable();
    builders.peek().is_none() || builders.any(|i| !contained[i])
}

/// What the gates found red in a task's own tests, by gate.
fn judged_red<'a>(course: &RunContext, state: &'a RunState, i: usize) -> Vec<(&'a GateName, &'a [RedTest])> {
    let Some(last) = state.tasks[i].last() else { return Vec::new() };
    let subject = Subject::Attempt(AttemptId { task: course.info.tasks[i].id.clone(), n: last.n });
    let red = |check: &'a Check| match &check.state {
        CheckState::Judged(judgement) => judgement.measured.red.as_slice(),
        CheckState::Open => &[],
    };
    let all = state.checks.iter().filter(|((of, _), _)| *of == subject);
    all.map(|((_, gate), check)| (gate, red(check))).filter(|(_, red)| !red.is_empty()).collect()
}

/// Gates that let something pass because its tests were meant to be red: they judge the last head once more, where nothing
/// is.
pub fn lenient<'a>(course: &'a RunContext, state: &RunState) -> impl Iterator<Item = &'a GateDef> {
    let tests = |i: &usize| course.info.tasks[*i].kind == TaskKind::Tests && state.tasks[*i].landed.is_some();
    let red = (0..state.tasks.len()).filter(tests).flat_map(|i| judged_red(course, state, i));
    let names: BTreeSet<GateName> = red.map(|(gate, _)| gate.clone()).collect();
    course.info.options.gates.iter().filter(move |gate| names.contains(&gate.name))
}
