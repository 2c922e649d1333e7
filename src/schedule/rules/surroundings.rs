//! What no attempt can mend: a gate that can judge neither a task's work nor what that was made on. The work is kept, nobody
//! hears of it, and the second time the run pauses and says what is missing.

use jiff::{SignedDuration, Timestamp};

use crate::journal::{CheckState, Judgement, RunState, Subject};
use crate::model::{GateDef, GateName, Oid, Verdict};
use crate::schedule::facts::{RunContext, View};

/// Times that a gate must have been at a loss before the run pauses for it: one may be a hiccup.
const TIMES: usize = 2;

/// Between two looks whether what is missing is there.
const EVERY: SignedDuration = SignedDuration::from_secs(30);

/// Whether nothing speaks against work but gates that cannot judge here.
pub fn are_at_fault(course: &RunContext, state: &RunState, of: &Subject) -> bool {
    let said = |gate: &GateDef| state.judgement(of, &gate.name).filter(|said| !said.is_let_through(gate));
    let mut refusing = course.info.options.gates.iter().filter_map(said).peekable();
    refusing.peek().is_some() && refusing.all(is_blind)
}

fn is_blind(said: &Judgement) -> bool {
    said.verdict == Verdict::Unchecked && said.measured.blind
}

/// What a gate could not judge, latest last.
fn blind<'a>(state: &'a RunState, gate: &'a GateDef) -> Vec<(&'a Subject, &'a Oid, Timestamp, &'a Judgement)> {
    let all = state.checks.iter().filter(|((_, of), _)| *of == gate.name);
    let blind = all.filter_map(|((subject, _), check)| match &check.state {
        CheckState::Judged(said) if is_blind(said) && !said.is_let_through(gate) => {
            Some((subject, &check.commit, check.started, said))
        }
        _ => None,
    });
    let mut blind: Vec<_> = blind.collect();
    blind.sort_by_key(|(_, _, started, _)| *started);
    blind
}

/// Gates for which the run pauses now, with what they said.
pub fn pauses(course: &RunContext, state: &RunState) -> Vec<(GateName, String)> {
    let at_a_loss = |gate: &GateDef| {
        let times = blind(state, gate);
        let (_, _, _, said) = times.last().filter(|_| times.len() >= TIMES)?;
        Some((gate.name.clone(), said.reason.clone()))
    };
    let gates = course.info.options.gates.iter().filter(|gate| !state.missing.contains_key(&gate.name));
    gates.filter_map(at_a_loss).collect()
}

/// What comes of looking again whether a missing thing is there.
#[derive(Debug, PartialEq)]
pub enum MissingLook<'a> {
    /// Ask this gate about this once more.
    Now(&'a Subject, &'a Oid, &'a GateDef),
    /// Not before then.
    At(Timestamp),
}

/// Looks that are due while the run waits for something to be installed. Where nobody sees that it waits, it does not.
pub fn looks<'a>(view: &View<'a>) -> Vec<MissingLook<'a>> {
    let (course, state) = (view.course, view.state);
    if !course.info.options.attended {
        return Vec::new();
    }
    let missing = course.info.options.gates.iter().filter(|gate| state.missing.contains_key(&gate.name));
    let look = |gate: &'a GateDef| {
        let (subject, commit, started, said) = blind(state, gate).pop()?;
        let due = started + SignedDuration::from_secs_f64(said.seconds.max(0.0)) + EVERY;
        Some(if due <= view.now { MissingLook::Now(subject, commit, gate) } else { MissingLook::At(due) })
    };
    missing.filter_map(look).collect()
}

/// Whether the run ends instead of waiting: something is missing here, and nobody sees it.
pub fn end_it(course: &RunContext, state: &RunState) -> bool {
    !state.missing.is_empty() && !course.info.options.attended
}
