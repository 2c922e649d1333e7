//! A person accepts what a gate has found. The same findings on merged trees and later work are accepted with it; new ones
//! are not.

use jiff::Timestamp;

use super::super::super::event_parts::Subject;
use super::super::super::waiver::{GateSaid, GateWaiver, Waived};
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
        let counts = |i: usize, it: &Waived| {
            let is_own = matches!(subject, Subject::Attempt(own) if own.task == it.waiver.task);
            let is_other_work = matches!(subject, Subject::Attempt(own) if own.n != it.attempt);
            self.is_inside(subject, i) && !(is_own && is_other_work)
        };
        !self.accepting(gate, &said.said(), counts).is_empty()
    }

    /// The words of people that accept all that a gate said of a head, each once; none where something was not accepted.
    pub fn accepted_on_heads(&self, gate: &GateName, said: &GateSaid<'_>) -> Vec<&GateWaiver> {
        let accepting = self.accepting(gate, said, |i, _| self.tasks[i].is_in_heads());
        let is_about = |it: &&Waived| {
            said.findings.is_empty()
                || said.findings.iter().any(|found| it.findings.iter().any(|old| is_same(old, found)))
        };
        let mut words: Vec<&GateWaiver> = Vec::new();
        for waived in accepting.into_iter().filter(is_about) {
            if words.iter().all(|known| known.task != waived.waiver.task) {
                words.push(&waived.waiver);
            }
        }
        words
    }

    /// The waivers that together accept all that a gate said, of those that count; none where something was not accepted.
    fn accepting(&self, gate: &GateName, said: &GateSaid<'_>, counts: impl Fn(usize, &Waived) -> bool) -> Vec<&Waived> {
        let accepted: Vec<&Waived> = (0..self.tasks.len())
            .flat_map(|i| self.tasks[i].waivers.iter().map(move |it| (i, it)))
            .filter(|(i, it)| counts(*i, it) && it.waiver.gate == *gate && it.verdict == said.verdict)
            .map(|(_, it)| it)
            .collect();
        let known = |found: &Finding| accepted.iter().any(|it| it.findings.iter().any(|old| is_same(old, found)));
        let red = said.red.iter().all(|test| accepted.iter().any(|it| it.red.contains(test)));
        let listed = match said.findings {
            // It does not say what: then it said nothing else of what was accepted.
            [] => accepted.iter().any(|it| it.findings.is_empty()),
            findings => findings.iter().all(known),
        };
        let refuses = matches!(said.verdict, Verdict::Fail | Verdict::Unchecked);
        if refuses && listed && red { accepted } else { Vec::new() }
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
