//! Attempts begin, report and end.

use jiff::Timestamp;

use super::super::super::attempt::{AttemptOutcome, Intended};
use super::super::super::choice_ask::{ChoiceAnswer, ChoiceAsk};
use super::super::super::event_parts::Subject;
use super::super::{AskedChoice, Attempt, Footing, RunState};
use crate::model::{AttemptId, Oid, TaskId};

impl RunState {
    pub(super) fn edit(&mut self, id: &AttemptId, change: impl FnOnce(&mut Attempt)) {
        let found = self.index(&id.task).and_then(|i| self.tasks[i].attempt_mut(id.n));
        if let Some(attempt) = found {
            change(attempt);
        }
    }

    /// An agent's merge with a later layer is kept for when that layer's head is carried to.
    pub(super) fn carried_by(&mut self, id: &AttemptId, outcome: &AttemptOutcome) {
        let AttemptOutcome::Committed { commit, .. } = outcome else { return };
        let merge = self.attempt(id).and_then(|it| it.merge.clone()).filter(|merge| merge.carries);
        if let Some((i, merge)) = self.index(&id.task).zip(merge) {
            self.tasks[i].carried.insert(merge.layer, commit.clone());
        }
    }

    /// What an attempt left is on what landed now, and is judged anew; or it is worth nothing.
    pub(super) fn replayed(&mut self, id: &AttemptId, work: Option<&(Oid, Oid)>) {
        self.edit(id, |it| {
            let onto = it.replaying.take();
            it.footing = Footing::Gone;
            if let (Some(onto), Some((new, made)), Some((_, AttemptOutcome::Committed { commit, tree, .. }))) =
                (onto, work, &mut it.ended)
            {
                (it.base, it.start) = (onto.clone(), onto);
                (*commit, *tree) = (new.clone(), made.clone());
                it.footing = Footing::Landed;
            }
        });
        let of = Subject::Attempt(id.clone());
        self.checks.retain(|(subject, _), _| *subject != of);
        self.put_off.retain(|(subject, _), _| *subject != of);
    }

    pub(super) fn attempt_intended(&mut self, at: Timestamp, intended: &Intended) {
        let Some(i) = self.index(&intended.attempt.task) else { return };
        self.tasks[i].retry_asked = false;
        // Who solves a clash with one more layer leaves what was solved with others.
        if !intended.merge.as_ref().is_some_and(|merge| merge.carries) {
            self.tasks[i].carried.clear();
        }
        let mut attempt = Attempt::new(intended, at);
        // Given up in the very step in which it was chosen.
        if let Some(batch) = intended.candidate.filter(|n| self.batch.as_ref().is_none_or(|batch| batch.n != *n)) {
            attempt.footing = Footing::Refused(batch);
        }
        let task = &mut self.tasks[i];
        task.round = attempt.rival.map(|rival| rival.round);
        match attempt.rival {
            Some(_) => task.rivals.push(attempt),
            None => task.attempts.push(attempt),
        }
        task.tell_words(intended.attempt.n, intended.resume.as_ref());
    }

    pub(super) fn choice_asked(&mut self, ask: &ChoiceAsk) {
        if let Some(i) = self.index(&ask.task) {
            self.tasks[i].choices.push(AskedChoice { ask: ask.clone(), answer: None });
        }
    }

    pub(super) fn choice_answered(&mut self, task: &TaskId, round: u32, answer: &ChoiceAnswer) {
        let Some(i) = self.index(task) else { return };
        if let Some(choice) = self.tasks[i].choices.iter_mut().rfind(|choice| choice.ask.round == round) {
            choice.answer = Some(answer.clone());
        }
    }

    pub(super) fn candidate_chosen(&mut self, id: &AttemptId, why: &str) {
        if let Some(i) = self.index(&id.task) {
            self.tasks[i].choose_rival(id.n, why);
        }
    }
}
