//! What people ask for.

use jiff::Timestamp;

use super::super::super::approval::Question;
use super::super::super::attempt::{AttemptOutcome, Intended, Merging};
use super::super::super::request::Request;
use super::super::super::rework::{GivenReview, ReviewRework};
use super::super::{RunState, Stop, TaskState};
use crate::model::{Allowance, AttemptId, Oid, Role, TaskId};

impl RunState {
    pub(super) fn requested(&mut self, at: Timestamp, message: &str, request: &Request) {
        match request {
            Request::Retry { task, hint } => {
                // Who says "again" has mended what kept a provider from serving.
                self.providers.values_mut().for_each(|provider| provider.broken = None);
                self.edit_task(task, |it| {
                    it.forgiven = it.attempts.len();
                    it.retry_asked = true;
                    it.round = None;
                    it.stopped = false;
                    it.reverted = false;
                    (it.skipped, it.dropped) = (false, false);
                    it.hear("", hint.as_deref().unwrap_or_default());
                });
                // A landing is asked anew of every new commit by itself; this one may be on its way already.
                let of_landing = |question: &Question| matches!(question, Question::Landing(_));
                self.approvals.retain(|_, it| it.question.task() != Some(task) || of_landing(&it.question));
            }
            Request::Skip { task } => self.edit_task(task, |it| (it.skipped, it.dropped) = (true, false)),
            Request::StopTasks { tasks } => {
                for task in tasks {
                    self.edit_task(task, |it| it.stopped = true);
                }
            }
            Request::Stop { now } => {
                let asked = self.stop.map_or(at, |stop| stop.asked);
                self.stop = Some(Stop { asked, now: *now || self.stop.is_some_and(|stop| stop.now) });
            }
            Request::AtHome => self.at_home = true,
            Request::Pause => self.paused = true,
            Request::Unpause => {
                self.paused = false;
                self.ask_again(at);
            }
            Request::Answer(answer) => self.answered(at, answer),
            Request::Waive(waiver) => self.waive(at, waiver),
            Request::Rework(rework) => self.rework(rework),
            Request::Say { task, text } => self.edit_task(task, |it| it.hear(message, text)),
            Request::Budget { tokens, cents } => {
                self.budget.tokens = tokens.or(self.budget.tokens);
                self.budget.usd = cents.map(|cents| cents as f64 / 100.0).or(self.budget.usd);
            }
            Request::ChangePlan(change) => self.change_plan(change),
            Request::ByHand { .. } => {}
            Request::Solved { task, commit, tree } => self.solved(at, task, commit, tree),
            Request::Carried { task, layer, commit } => {
                self.carried_by_person(at, task, *layer, commit);
                self.edit_task(task, |it| {
                    it.carried.insert(*layer, commit.clone());
                    if let Some(last) = it.attempts.last_mut() {
                        last.conflict = None;
                    }
                });
            }
        }
    }

    /// What landed stays in the heads; the task is open again, and what it does now comes on top.
    fn rework(&mut self, rework: &ReviewRework) {
        let Some(i) = self.index(&rework.task).filter(|i| self.tasks[*i].open().is_none()) else { return };
        self.providers.values_mut().for_each(|provider| provider.broken = None);
        let it = &mut self.tasks[i];
        it.reviews.push(GivenReview {
            pull: rework.pull,
            remarks: rework.remarks.clone(),
            after: it.attempts.len() as u32,
            landed: it.landed.take(),
            commit: it.landed_commit.take(),
        });
        it.forgiven = it.attempts.len();
        it.retry_asked = true;
        (it.stopped, it.skipped, it.dropped) = (false, false, false);
        it.hear("", &rework.text);
    }

    pub(super) fn edit_task(&mut self, task: &TaskId, change: impl FnOnce(&mut TaskState)) {
        if let Some(i) = self.index(task).filter(|i| self.tasks[*i].landed.is_none()) {
            change(&mut self.tasks[i]);
        }
    }

    /// After agents tried it in vain, a person's merge is an attempt of its own, like theirs.
    fn carried_by_person(&mut self, at: Timestamp, task: &TaskId, layer: u32, with: &Oid) {
        let Some(i) = self.index(task).filter(|i| self.tasks[*i].landed.is_none()) else { return };
        let state = &self.tasks[i];
        let Some((base, own)) = state.clashed().and_then(|it| Some((it.base.clone(), it.result()?.clone()))) else {
            return;
        };
        if state.last().is_none_or(|last| last.conflict.is_some()) {
            return;
        }
        let id = AttemptId { task: task.clone(), n: state.next_number() };
        let merge = Some(Merging { layer, with: with.clone(), carries: true });
        self.attempt_intended(at, &Intended { role: Role::Resolve, merge, ..by_person(&id, &base, &own) });
        let outcome = committed(own.clone(), own);
        self.edit(&id, |it| it.ended = Some((at, outcome)));
    }

    pub(super) fn solved(&mut self, at: Timestamp, task: &TaskId, commit: &Oid, tree: &Oid) {
        let Some(i) = self.index(task).filter(|i| self.tasks[*i].landed.is_none()) else { return };
        let base = self.head(self.info.layers[i]).commit.clone();
        let state = &mut self.tasks[i];
        state.forgiven = state.attempts.len();
        (state.stopped, state.skipped, state.retry_asked) = (false, false, false);
        let id = AttemptId { task: task.clone(), n: state.next_number() };
        self.attempt_intended(at, &by_person(&id, &base, commit));
        let outcome = committed(commit.clone(), tree.clone());
        self.edit(&id, |it| it.ended = Some((at, outcome)));
    }
}

/// What a person committed; nobody counted its lines.
fn committed(commit: Oid, tree: Oid) -> AttemptOutcome {
    AttemptOutcome::Committed { commit, tree, files: 0, added: 0, removed: 0, leftovers: false, note: String::new() }
}

/// The attempt that a person made by committing.
pub(super) fn by_person(attempt: &AttemptId, base: &Oid, start: &Oid) -> Intended {
    Intended {
        attempt: attempt.clone(),
        agent: "person".to_owned(),
        provider: String::new(),
        model: None,
        role: Role::Code,
        slot: String::new(),
        base: base.clone(),
        start: start.clone(),
        resume: None,
        reserved: Allowance::default(),
        merge: None,
        candidate: None,
        rival: None,
    }
}
