//! Questions and answers.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::super::super::approval::{Answer, Asked, Question};
use super::super::super::attempt::AttemptOutcome;
use super::super::super::attempt::FailClass;
use super::super::super::event_parts::Subject;
use super::super::{Approval, CheckState, RunState};
use super::requests::by_person;
use crate::model::{AttemptId, GateKind, GateName, TaskId};

impl RunState {
    pub(super) fn asked(&mut self, at: Timestamp, asked: &Asked) {
        let approval = Approval {
            question: asked.question.clone(),
            digest: asked.digest.clone(),
            asked: at,
            deadline: asked.deadline,
            expired: false,
            answer: None,
        };
        self.approvals.insert(asked.question.id(), approval);
    }

    /// An answer to what is not asked, or no longer asked of that commit, changes nothing.
    pub(super) fn answered(&mut self, at: Timestamp, answer: &Answer) {
        let Some(approval) = self.approvals.get_mut(&answer.id) else { return };
        let meant = answer.digest.as_ref().is_none_or(|digest| *digest == approval.digest);
        if approval.answer.is_some() || !meant {
            return;
        }
        approval.answer = Some(answer.yes);
        let question = approval.question.clone();
        let note = answer.note.clone().unwrap_or_default();
        match question {
            Question::Task(task) => self.done_by_person(at, &task, answer.yes, &note),
            Question::Landing(task) | Question::Unchanged { task, .. } if !answer.yes => self.edit_task(&task, |it| {
                if let Some(last) = it.attempts.last_mut() {
                    last.rejected = Some(note.clone());
                }
                it.hear("", &note);
            }),
            Question::BaseRed { gates } if answer.yes => self.judge_again_on(&gates),
            Question::Landing(_) | Question::Unchanged { .. } | Question::BaseRed { .. } => {}
            Question::Plan | Question::Layer(_) => {
                if !answer.yes {
                    self.stop = Some(super::super::Stop { asked: at, now: false });
                }
            }
        }
    }

    /// A person agreed that these gates fail on the base: what they said of unlanded work until now was said without that.
    fn judge_again_on(&mut self, gates: &[GateName]) {
        let landed: BTreeSet<TaskId> = (self.info.tasks.iter().zip(&self.tasks))
            .filter(|(_, facts)| facts.landed.is_some())
            .map(|(task, _)| task.id.clone())
            .collect();
        // A proof runs the very tests.
        let proofs = self.info.options.gates.iter().filter(|gate| gate.kind == GateKind::Tdd);
        let concerned: BTreeSet<GateName> = proofs.map(|gate| gate.name.clone()).chain(gates.iter().cloned()).collect();
        self.checks.retain(|(subject, gate), check| {
            let stands = match (subject, &check.state) {
                (Subject::Attempt(attempt), CheckState::Judged(judgement)) => {
                    judgement.verdict.lets_through() || landed.contains(&attempt.task)
                }
                _ => true,
            };
            stands || !concerned.contains(gate)
        });
    }

    fn done_by_person(&mut self, at: Timestamp, task: &TaskId, yes: bool, note: &str) {
        let Some(i) = self.index(task).filter(|i| self.tasks[*i].landed.is_none()) else { return };
        self.tasks[i].hear("", note);
        let commit = self.head(self.info.layers[i]).commit.clone();
        let id = AttemptId { task: task.clone(), n: self.tasks[i].next_number() };
        self.attempt_intended(at, &by_person(&id, &commit, &commit));
        let outcome = match yes {
            true => AttemptOutcome::NoChange { commit, claim: String::new() },
            false => AttemptOutcome::Failed { class: FailClass::Fatal, reason: rejected(note) },
        };
        self.edit(&id, |it| it.ended = Some((at, outcome)));
    }

    /// Somebody goes on with the run: what was asked is asked for as long again, and what ended the run is asked anew.
    pub(super) fn ask_again(&mut self, at: Timestamp) {
        self.approvals.retain(|_, it| it.question.task().is_some() || it.answer != Some(false));
        for approval in self.approvals.values_mut().filter(|it| it.answer.is_none()) {
            approval.deadline = at + approval.deadline.duration_since(approval.asked);
            approval.asked = at;
            approval.expired = false;
        }
    }
}

fn rejected(note: &str) -> String {
    if note.is_empty() { "rejected".to_owned() } else { format!("rejected: {note}") }
}
