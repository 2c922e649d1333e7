//! A person accepts what a gate has found. The same findings on merged trees and later work are accepted with it; new ones
//! are not.

use jiff::Timestamp;

use super::super::super::event_parts::Subject;
use super::super::super::waiver::{GateWaiver, Waived};
use super::super::{CheckState, Judgement, RunState};
use crate::model::{AttemptId, Finding, GateName, Verdict};

impl RunState {
    /// A word about other work than what is there, or about what the gate let through, changes nothing.
    pub(super) fn waive(&mut self, at: Timestamp, waiver: &GateWaiver) {
        let Some(i) = self.index(&waiver.task).filter(|i| self.tasks[*i].landed.is_none()) else { return };
        let Some(last) = self.tasks[i].last().filter(|last| last.result() == Some(&waiver.commit)) else { return };
        let attempt = last.n;
        let subjects = [
            Some(Subject::Attempt(AttemptId { task: waiver.task.clone(), n: attempt })),
            last.refused.as_ref().map(|refusal| refusal.subject.clone()),
        ];
        let mut refused = false;
        for subject in subjects.into_iter().flatten() {
            let Some(check) = self.checks.get_mut(&(subject, waiver.gate.clone())) else { continue };
            let CheckState::Judged(judgement) = &mut check.state else { continue };
            if judgement.verdict.lets_through() || judgement.measured.waived {
                continue;
            }
            judgement.measured.waived = true;
            refused = true;
            self.tasks[i].waivers.push(Waived {
                waiver: waiver.clone(),
                at,
                attempt,
                verdict: judgement.verdict,
                findings: judgement.findings.clone(),
                red: judgement.measured.red.clone(),
            });
        }
        if !refused {
            return;
        }
        self.doubt.red_alone.retain(|task| *task != waiver.task);
        let task = &mut self.tasks[i];
        (task.stopped, task.skipped, task.retry_asked) = (false, false, false);
        if let Some(last) = task.attempts.last_mut() {
            last.refused = None;
        }
    }

    /// Whether all that a gate found on a subject was accepted by a person, with work that is in it.
    pub(super) fn is_accepted(&self, subject: &Subject, gate: &GateName, said: &Judgement) -> bool {
        let accepted: Vec<&Waived> = (0..self.tasks.len())
            .filter(|i| self.is_inside(subject, *i))
            .flat_map(|i| &self.tasks[i].waivers)
            .filter(|it| it.waiver.gate == *gate && it.verdict == said.verdict)
            .filter(|it| !matches!(subject, Subject::Attempt(own) if own.task == it.waiver.task && own.n != it.attempt))
            .collect();
        let known = |found: &Finding| accepted.iter().any(|it| it.findings.iter().any(|old| is_same(old, found)));
        let red = said.measured.red.iter().all(|test| accepted.iter().any(|it| it.red.contains(test)));
        let listed = match said.findings.as_slice() {
            // It does not say what: then it said nothing else of what was accepted.
            [] => accepted.iter().any(|it| it.findings.is_empty()),
            findings => findings.iter().all(known),
        };
        matches!(said.verdict, Verdict::Fail | Verdict::Unchecked) && !accepted.is_empty() && listed && red
    }

    /// Whether a task's work is in the tree of a subject, or may be.
    fn is_inside(&self, subject: &Subject, i: usize) -> bool {
        let id = &self.info.tasks[i].id;
        let landed = self.tasks[i].landed.is_some();
        match subject {
            Subject::Attempt(attempt) => landed || attempt.task == *id,
            Subject::Batch { .. } => {
                landed || self.batch.as_ref().is_some_and(|batch| batch.tasks.iter().any(|task| task.task == *id))
            }
            Subject::Layer { .. } | Subject::Final(_) => landed,
            Subject::Base(_) | Subject::Commit(_) | Subject::Phase(_) => false,
        }
    }
}

/// The same finding: lines move.
fn is_same(a: &Finding, b: &Finding) -> bool {
    (&a.file, &a.rule, &a.message) == (&b.file, &b.rule, &b.message)
}
