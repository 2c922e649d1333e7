//! Gates answer.

use super::super::super::event::{Event, Subject};
use super::super::{CheckState, Judgement, RunState};
use crate::model::Verdict;

impl RunState {
    pub(super) fn judged(&mut self, event: &Event) {
        let Event::Judged { subject, gate, tree, verdict, reason, findings, seconds, cached, log, measured } = event
        else {
            return;
        };
        // What nobody asked for and cannot be checked here will not be checked by asking again.
        let found = self.info.options.gates.iter().any(|def| def.name == *gate && def.detected);
        let over = verdict.lets_through() || (found && *verdict == Verdict::Unchecked);
        if over && !matches!(subject, Subject::Attempt(_)) {
            self.passed.insert((gate.clone(), tree.clone()));
        }
        if let Some(check) = self.checks.get_mut(&(subject.clone(), gate.clone())) {
            check.state = CheckState::Judged(Judgement {
                tree: tree.clone(),
                verdict: *verdict,
                reason: reason.clone(),
                findings: findings.clone(),
                seconds: *seconds,
                cached: *cached,
                log: log.clone(),
                measured: measured.clone(),
            });
        }
    }
}
