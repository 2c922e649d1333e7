//! Gates answer.

use jiff::Timestamp;

use super::super::super::attempt::{AttemptOutcome, FailClass};
use super::super::super::check_ask::PutOff;
use super::super::super::event::Event;
use super::super::super::event_parts::{OpenCheck, Subject};
use super::super::{CheckState, Judgement, RunState};
use crate::model::{AttemptId, GateName, TaskId, Usage, Verdict};

impl RunState {
    pub(super) fn judged(&mut self, event: &Event) {
        let Event::Judged { subject, gate, tree, verdict, reason, findings, seconds, cached, log, measured } = event
        else {
            return;
        };
        let mut judgement = Judgement {
            tree: tree.clone(),
            verdict: *verdict,
            reason: reason.clone(),
            findings: findings.clone(),
            seconds: *seconds,
            cached: *cached,
            log: log.clone(),
            measured: measured.clone(),
        };
        judgement.measured.waived |= !verdict.lets_through() && self.is_accepted(subject, gate, &judgement);
        // What nobody asked for and cannot be checked here will not be checked by asking again.
        let found = self.info.options.gates.iter().any(|def| def.name == *gate && def.detected);
        let over = verdict.lets_through() || judgement.measured.waived || (found && *verdict == Verdict::Unchecked);
        if over && !matches!(subject, Subject::Attempt(_) | Subject::Phase(_)) {
            self.passed.insert((gate.clone(), tree.clone()));
        }
        // A gate that can judge again ends the pause for want of it.
        if self.missing.contains_key(gate) && !measured.blind {
            self.missing.remove(gate);
            self.forget_blind(gate);
        }
        if let Subject::Phase(attempt) = subject {
            self.phase_judged(attempt, *verdict, reason);
        }
        if let Some(check) = self.checks.get_mut(&(subject.clone(), gate.clone())) {
            check.state = CheckState::Judged(judgement);
        }
    }

    /// What could not be judged for want of something here is judged again: that may be there by now.
    pub(super) fn look_again(&mut self) {
        self.missing.clear();
        let gates: Vec<GateName> = self.info.options.gates.iter().map(|gate| gate.name.clone()).collect();
        gates.iter().for_each(|gate| self.forget_blind(gate));
    }

    /// Forgets what a gate could not say of work that has not landed.
    fn forget_blind(&mut self, gate: &GateName) {
        let (index, tasks) = (&self.index, &self.tasks);
        let is_open = |task: &TaskId| index.get(task).is_some_and(|i| tasks[*i].landed.is_none());
        self.checks.retain(|(subject, of), check| {
            let blind = matches!(&check.state, CheckState::Judged(judgement) if judgement.measured.blind);
            let concerns = matches!(subject, Subject::Attempt(attempt) if is_open(&attempt.task));
            of != gate || !blind || !concerns
        });
    }

    /// Tests that are not red are no result of a test phase; where nobody could tell, that is kept beside it. Once another
    /// attempt has begun on them, since a person would not wait, only the proof of the whole counts.
    fn phase_judged(&mut self, attempt: &AttemptId, verdict: Verdict, reason: &str) {
        if self.task(&attempt.task).and_then(|task| task.last()).is_none_or(|last| last.n != attempt.n) {
            return;
        }
        self.edit(attempt, |it| match (&mut it.ended, verdict) {
            (Some((_, outcome)), Verdict::Fail) => {
                let reason = format!("its tests are not red: {reason}");
                *outcome = AttemptOutcome::Failed { class: FailClass::Phase, reason };
            }
            (Some((_, AttemptOutcome::Committed { note, .. })), Verdict::Unchecked) => {
                *note = format!("it is not known yet whether its tests are red: {reason}");
            }
            _ => {}
        });
    }

    pub(super) fn put_off(&mut self, key: (Subject, GateName), until: Timestamp, why: &str, used: Usage) {
        self.checks.remove(&key);
        let first = PutOff { times: 0, until, why: String::new(), used: Usage::default() };
        let entry = self.put_off.entry(key).or_insert(first);
        entry.times += 1;
        entry.until = until;
        entry.why = why.to_owned();
        entry.used += used;
    }

    pub(super) fn raised(&mut self, format: u32, checks: &[OpenCheck], proved: &[AttemptId]) {
        self.format = format;
        for open in checks {
            if let Some(check) = self.checks.get_mut(&(open.subject.clone(), open.gate.clone())) {
                check.ask = Some(open.ask.clone());
            }
        }
        proved.iter().for_each(|attempt| self.edit(attempt, |it| it.proved = true));
    }
}
