//! Batches are merged, refused and landed.

use jiff::Timestamp;

use super::super::super::event_parts::{Conflict, Head, HeldBack, LandedTask, Subject};
use super::super::{Batch, BatchPhase, BatchTask, Doubt, Footing, Refusal, RunState};
use crate::model::TaskId;

impl RunState {
    pub(super) fn merge_intended(&mut self, n: u32, tasks: &[TaskId], without: &[TaskId]) {
        let tasks = tasks.iter().filter_map(|task| {
            let i = self.index(task)?;
            let commit = self.tasks[i].last()?.result()?.clone();
            Some(BatchTask { task: task.clone(), layer: self.info.layers[i], commit })
        });
        let tasks: Vec<BatchTask> = tasks.collect();
        self.batches = n;
        let is_split = without.is_empty() && self.groups.pop_front().is_some();
        // A group of which nothing is left to try is done with: nobody performs an empty merge.
        let without = without.to_vec();
        self.batch = (!tasks.is_empty()).then_some(Batch { n, tasks, without, is_split, phase: BatchPhase::Merging });
    }

    pub(super) fn merged(&mut self, n: u32, heads: &[Head], landed: &[LandedTask], conflicts: &[Conflict]) {
        for conflict in conflicts {
            if let Some(i) = self.index(&conflict.task)
                && let Some(attempt) = self.tasks[i].attempts.last_mut()
            {
                attempt.conflict = Some(conflict.clone());
            }
        }
        let Some(batch) = self.batch.as_mut().filter(|batch| batch.n == n) else { return };
        if landed.is_empty() {
            let tried: Vec<TaskId> = batch.tasks.iter().map(|it| it.task.clone()).collect();
            self.doubt.was_in_vain(&batch.without, &tried);
            self.batch = None;
        } else {
            batch.phase = BatchPhase::Checking { heads: heads.to_vec(), landed: landed.to_vec() };
        }
    }

    pub(super) fn refused(&mut self, n: u32, culprit: Option<&TaskId>, next: &[Vec<TaskId>], subject: &Subject) {
        if let Some(task) = culprit
            && let Some(i) = self.index(task)
            && let Some(attempt) = self.tasks[i].attempts.last_mut()
        {
            attempt.refused = Some(Refusal { batch: n, subject: subject.clone() });
            self.doubt.red_alone.push(task.clone());
        }
        for group in next.iter().rev() {
            self.groups.push_front(group.clone());
        }
        if let Some(batch) = self.batch.take() {
            let tried: Vec<TaskId> = batch.tasks.iter().map(|it| it.task.clone()).collect();
            self.doubt.was_in_vain(&batch.without, &tried);
        }
        self.judge_footings(n, Footing::Refused(n));
    }

    /// The candidate of a batch is no longer one: what was started on it stands, or has to be carried elsewhere.
    fn judge_footings(&mut self, n: u32, now: Footing) {
        let attempts = self.tasks.iter_mut().flat_map(|task| &mut task.attempts);
        attempts.filter(|it| it.footing == Footing::Candidate(n)).for_each(|it| it.footing = now);
    }

    pub(super) fn land_intended(&mut self, n: u32) {
        let Some(batch) = self.batch.as_mut().filter(|batch| batch.n == n) else { return };
        if let BatchPhase::Checking { heads, landed } = &batch.phase {
            batch.phase = BatchPhase::Landing { heads: heads.clone(), landed: landed.clone() };
        }
    }

    /// Landed tasks are out again: as if a person had ended them, until somebody tries them again.
    pub(super) fn reverted(&mut self, held_back: &[HeldBack]) {
        let Some((tasks, heads)) = self.reverting.take() else { return };
        self.held_back = held_back.to_vec();
        self.heads.extend(heads.into_iter().map(|head| (head.layer, head)));
        for id in tasks {
            let Some(i) = self.index(&id) else { continue };
            let task = &mut self.tasks[i];
            (task.landed, task.landed_commit, task.mark) = (None, None, None);
            task.reviews.clear();
            (task.stopped, task.reverted) = (true, true);
            task.rules.clear();
        }
        // What was said of the whole result is no longer true of it.
        self.checks.retain(|(subject, _), _| !matches!(subject, Subject::Final(_)));
    }

    pub(super) fn landed(&mut self, at: Timestamp, n: u32, held_back: &[HeldBack]) {
        let Some(batch) = self.batch.take_if(|batch| batch.n == n) else { return };
        self.held_back = held_back.to_vec();
        let BatchPhase::Landing { heads, landed } = batch.phase else { return };
        self.heads.extend(heads.into_iter().map(|head| (head.layer, head)));
        self.judge_footings(n, Footing::Landed);
        let doubt = std::mem::take(&mut self.doubt);
        for task in &batch.without {
            self.taken_out(task, &doubt);
        }
        if !batch.without.is_empty() {
            self.open_again(&doubt.red_alone);
        }
        for done in &landed {
            self.tell_landed(n, done);
        }
        for done in landed {
            let Some(i) = self.index(&done.task) else { continue };
            let task = &mut self.tasks[i];
            task.landed = Some((at, n));
            task.landed_commit = done.commit;
            task.rules = done.rules;
            // What was blamed for another's fault no longer is.
            if doubt.red_alone.contains(&done.task)
                && let Some(attempt) = task.attempts.last_mut()
            {
                attempt.refused = None;
            }
        }
    }

    /// What was red on top of the culprit is merged once more without it.
    fn open_again(&mut self, red: &[TaskId]) {
        for id in red {
            let Some(i) = self.index(id).filter(|i| !self.tasks[*i].retry_asked) else { continue };
            if let Some(attempt) = self.tasks[i].attempts.last_mut() {
                attempt.refused = None;
            }
        }
    }

    /// A landed task that was found to be to blame is no longer landed, and refused for what was red.
    fn taken_out(&mut self, task: &TaskId, doubt: &Doubt) {
        let first = doubt.red_alone.iter().filter_map(|id| self.task(id)?.last()?.refused.clone()).next();
        let Some(i) = self.index(task) else { return };
        let task = &mut self.tasks[i];
        (task.landed, task.landed_commit) = (None, None);
        task.rules.clear();
        if let Some(attempt) = task.attempts.last_mut() {
            attempt.refused = first;
        }
    }
}
