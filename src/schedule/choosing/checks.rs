//! Which gates run on which tree, and what they ask.

use std::collections::BTreeSet;

use super::ending;
use super::free_resources::{FreeResources, free_slot, pool_action};
use crate::journal::{CheckAsk, CheckState, ChoiceAsk, RunState, Subject};
use crate::model::{AttemptId, GateDef, Oid, Role};
use crate::schedule::facts::{Action, RunContext, TaskStatus, View, gates_of, merged_gates, merged_subjects};
use crate::schedule::rules::budget::Ledger;
use crate::schedule::rules::review::{self, ReviewPlace, Reviewers, is_due};
use crate::schedule::rules::rounds::Round;
use crate::schedule::rules::surroundings::{self, MissingLook};
use crate::schedule::rules::{base_red, candidates, late, red, staged};

/// Gates to start: those of the base first (whoever starts builds on it), of the batch (everybody waits for the train), then of attempts in order of preference,
/// then of closed layers and of the end.
pub fn decide(view: &View<'_>, standings: &[TaskStatus]) -> Vec<Action> {
    let mut taken = slots_taken(view);
    let mut room = view.capacity.checks.max(1).saturating_sub(taken.len() as u32);
    let mut free = FreeResources::new(view, standings);
    let mut reviewers = Reviewers::new(view);
    let mut actions = Vec::new();
    for (gate, ask) in questions(view) {
        let subject = Subject::Attempt(ask.first());
        match reviewers.find_place(view, &subject, gate) {
            ReviewPlace::Free if room > 0 => {}
            ReviewPlace::Free | ReviewPlace::Taken => continue,
            ReviewPlace::PausedUntil(at) => {
                actions.push(Action::Wake { at });
                continue;
            }
        }
        reviewers.take(&subject, gate);
        room -= 1;
        let slot = free_slot('g', &taken, &view.state.set_aside);
        taken.insert(slot.clone());
        actions.push(Action::AskChoice(Box::new(ChoiceAsk { slot, ..ask })));
    }
    for (subject, commit, gate) in wanted(view, standings) {
        if room == 0 {
            break;
        }
        let of_base = matches!(subject, Subject::Base(_));
        if view.state.check(&subject, &gate.name).is_some()
            || !of_base && base_red::waits(view.course, view.state, gate)
        {
            continue;
        }
        match reviewers.find_place(view, &subject, gate) {
            ReviewPlace::Free => {}
            ReviewPlace::Taken => continue,
            ReviewPlace::PausedUntil(at) => {
                actions.push(Action::Wake { at });
                continue;
            }
        }
        if !free.take_resources(&gate.needs) {
            continue;
        }
        reviewers.take(&subject, gate);
        room -= 1;
        let slot = free_slot('g', &taken, &view.state.set_aside);
        taken.insert(slot.clone());
        let ask = check_ask(view.course, view.state, &subject, gate);
        actions.push(Action::Check { subject, gate: gate.name.clone(), commit, slot, ask });
    }
    actions.extend(pool_action(view, Role::Review, reviewers.load()));
    actions
}

/// What reviewing agents are to be asked about several attempts of one task.
fn questions<'a>(view: &View<'a>) -> Vec<(&'a GateDef, ChoiceAsk)> {
    let mut open = view.course.preference.iter().filter(|ix| view.state.tasks[ix.index()].round.is_some()).peekable();
    if open.peek().is_none() {
        return Vec::new();
    }
    let ledger = Ledger::new(view.course, view.state);
    open.filter_map(|ix| candidates::question(view, &ledger, ix.index())).collect()
}

/// Gates that are asked once more whether they can judge here by now: the run waits for what they miss.
pub fn again(view: &View<'_>) -> Vec<Action> {
    let mut taken: BTreeSet<String> = slots_taken(view);
    let act = |look| match look {
        MissingLook::At(at) => Action::Wake { at },
        MissingLook::Now(subject, commit, gate) => {
            let slot = free_slot('g', &taken, &view.state.set_aside);
            taken.insert(slot.clone());
            let ask = check_ask(view.course, view.state, subject, gate);
            Action::Check { subject: subject.clone(), gate: gate.name.clone(), commit: commit.clone(), slot, ask }
        }
    };
    surroundings::looks(view).into_iter().map(act).collect()
}

/// Places in which gates run now.
fn slots_taken(view: &View<'_>) -> BTreeSet<String> {
    let open = view.state.checks.values().filter(|check| check.state == CheckState::Open);
    let choices = view.state.tasks.iter().flat_map(|task| &task.choices).filter(|choice| choice.answer.is_none());
    open.map(|check| check.slot.clone()).chain(choices.map(|choice| choice.ask.slot.clone())).collect()
}

/// What a check asks. It is decided once, and recorded with the intent.
pub fn check_ask(course: &RunContext, state: &RunState, subject: &Subject, gate: &GateDef) -> CheckAsk {
    CheckAsk {
        expected_red: red::expected_red(course, state, subject),
        known_red: base_red::known_red(course, state, subject, gate),
        review: review::asked(course, state, subject, gate),
    }
}

/// What attempts of a round want that is not decided, while others of it may still work.
fn of_rivals<'a>(view: &View<'a>, i: usize) -> Vec<(Subject, Oid, &'a GateDef)> {
    let facts = &view.state.tasks[i];
    let round = Round::open(view.course, view.state, i).filter(|_| !facts.skipped && !facts.stopped);
    let mut wanted = Vec::new();
    for attempt in round.iter().flat_map(Round::judged_now) {
        let Some(commit) = attempt.result() else { continue };
        let subject = Subject::Attempt(AttemptId { task: view.course.info.tasks[i].id.clone(), n: attempt.n });
        let gates = gates_of(view.course, i, attempt).into_iter().filter(|gate| is_due(view, &subject, gate));
        wanted.extend(gates.map(|gate| (subject.clone(), commit.clone(), gate)));
    }
    wanted
}

/// What is measured of work for which nothing waits: it passed, and may have landed.
fn for_the_record<'a>(view: &View<'a>, standings: &[TaskStatus]) -> Vec<(Subject, Oid, &'a GateDef)> {
    let mut wanted = Vec::new();
    for (i, standing) in standings.iter().enumerate() {
        let passed = matches!(
            standing,
            TaskStatus::Passed | TaskStatus::AwaitsLanding | TaskStatus::Landing | TaskStatus::Landed
        );
        let Some(attempt) = view.state.tasks[i].last().filter(|_| passed) else { continue };
        let Some(commit) = attempt.result() else { continue };
        let subject = Subject::Attempt(AttemptId { task: view.course.info.tasks[i].id.clone(), n: attempt.n });
        let gates = gates_of(view.course, i, attempt).into_iter().filter(|gate| late::is_for_the_record(gate));
        let due = gates.filter(|gate| late::is_due(view.course, view.state, &subject, gate));
        wanted.extend(due.map(|gate| (subject.clone(), commit.clone(), gate)));
    }
    wanted
}

/// Everything that wants a verdict, most urgent first.
fn wanted<'a>(view: &View<'a>, standings: &[TaskStatus]) -> Vec<(Subject, Oid, &'a GateDef)> {
    let mut wanted = Vec::new();
    if standings.iter().any(|standing| !standing.is_over()) {
        let base = base_red::subject(view.course);
        wanted.extend(base_red::gates(view.course).map(|gate| (base.clone(), view.course.info.base.clone(), gate)));
    }
    for (subject, head) in merged_subjects(view.state) {
        let gates = merged_gates(view.course).filter(|gate| !late::is_for_the_record(gate));
        wanted.extend(gates.map(|gate| (subject.clone(), head.commit.clone(), gate)));
    }
    for ix in &view.course.preference {
        wanted.extend(of_rivals(view, ix.index()));
        if standings[ix.index()] != TaskStatus::Gating || view.state.tasks[ix.index()].round.is_some() {
            continue;
        }
        if let Some(proof) = staged::unproved(view.course, view.state, ix.index()) {
            wanted.push((Subject::Phase(proof.attempt), proof.commit, proof.gate));
            continue;
        }
        let Some(attempt) = view.state.tasks[ix.index()].last().filter(|it| !it.is_unfounded()) else { continue };
        let Some(commit) = attempt.result() else { continue };
        let subject = Subject::Attempt(AttemptId { task: view.course.info.tasks[ix.index()].id.clone(), n: attempt.n });
        let gates = gates_of(view.course, ix.index(), attempt);
        let due = gates.into_iter().filter(|gate| is_due(view, &subject, gate));
        wanted.extend(due.map(|gate| (subject.clone(), commit.clone(), gate)));
    }
    wanted.extend(for_the_record(view, standings));
    wanted.extend(ending::closed_layers(view, standings));
    wanted.extend(ending::final_gates(view, standings));
    wanted
}
