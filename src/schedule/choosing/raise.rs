//! What an older program did not record of a run that goes on, derived once.

use super::checks::check_ask;
use crate::journal::{AttemptOutcome, CheckState, Event, FORMAT, OpenCheck, RunState};
use crate::model::{AttemptId, GateName, Role};
use crate::schedule::facts::RunContext;

/// The entry that tells it; none where the run is of today's format.
pub fn raise_format(course: &RunContext, state: &RunState) -> Option<Event> {
    if state.format >= FORMAT {
        return None;
    }
    let gate = |name: &GateName| course.info.options.gates.iter().find(|gate| gate.name == *name);
    let open = state.checks.iter().filter(|(_, check)| check.state == CheckState::Open && check.ask.is_none());
    let checks = open.filter_map(|((subject, name), _)| {
        let ask = check_ask(course, state, subject, gate(name)?);
        Some(OpenCheck { subject: subject.clone(), gate: name.clone(), ask })
    });
    let mut proved = Vec::new();
    for (task, facts) in course.info.tasks.iter().zip(&state.tasks) {
        let tests = facts.attempts.iter().filter(|attempt| attempt.role == Role::Test);
        let left = tests.filter(|attempt| matches!(attempt.ended, Some((_, AttemptOutcome::Committed { .. }))));
        proved.extend(left.map(|attempt| AttemptId { task: task.id.clone(), n: attempt.n }));
    }
    let version = env!("CARGO_PKG_VERSION").to_owned();
    Some(Event::FormatRaised { format: FORMAT, version, checks: checks.collect(), proved })
}
