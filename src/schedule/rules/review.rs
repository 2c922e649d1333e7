//! When a reviewing agent is asked: after the other gates have spoken, since it gets what they said, and not where one of
//! them refuses: then the author has enough to mend, and money is saved.

use jiff::Timestamp;

use super::pools::{self, PoolLoad};
use super::{budget, late};
use crate::journal::{CheckState, ReviewAsk, RunState, Subject, Withheld};
use crate::model::{GateDef, GateName, Role};
use crate::schedule::facts::{RunContext, View, task_gates};

/// Times that its provider may put a review off before it counts as unchecked.
const MOST_PUT_OFF: u32 = 5;

/// Whether the reviewing agent of `gate` is asked, and which.
pub fn asked(course: &RunContext, state: &RunState, subject: &Subject, gate: &GateDef) -> ReviewAsk {
    let Some(reviewer) = gate.reviewer.as_ref().filter(|_| is_one(subject, gate)) else { return ReviewAsk::None };
    for other in task_gates(course).filter(|other| other.name != gate.name && other.reviewer.is_none()) {
        let judgement = state.judgement(subject, &other.name);
        if judgement.is_some_and(|judgement| !judgement.is_let_through(other)) {
            return ReviewAsk::Withheld(Withheld::Refused(other.name.clone()));
        }
    }
    let put_off = state.put_off.get(&(subject.clone(), gate.name.clone()));
    if let Some(it) = put_off.filter(|it| it.times > MOST_PUT_OFF) {
        return ReviewAsk::Withheld(Withheld::PutOff { times: it.times, why: it.why.clone() });
    }
    match budget::of_review(state) {
        Ok(may) => ReviewAsk::Ask { agent: reviewer.agent.clone(), may },
        Err(limit) => ReviewAsk::Withheld(Withheld::Limit(limit)),
    }
}

/// Whether a gate may look at a subject now: one with a reviewing agent only after the others.
pub fn is_due(view: &View<'_>, subject: &Subject, gate: &GateDef) -> bool {
    let others = || task_gates(view.course).filter(|other| other.reviewer.is_none());
    let (course, state) = (view.course, view.state);
    let spoken = |other: &GateDef| state.judgement(subject, &other.name).is_some();
    let all = || others().all(|other| spoken(other) || !late::is_awaited(course, state, subject, other));
    late::is_due(course, state, subject, gate) && (gate.reviewer.is_none() || all())
}

/// Whether a check may start, as far as reviewing agents go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewPlace {
    /// It may: it needs none, or there is one.
    Free,
    /// As many as may are at work.
    Taken,
    /// Their provider asks for a pause.
    PausedUntil(Timestamp),
}

/// Reviewing agents at work, within one decision.
pub struct Reviewers {
    load: PoolLoad,
    max: Option<u32>,
}

impl Reviewers {
    pub fn new(view: &View<'_>) -> Reviewers {
        let options = &view.course.info.options;
        let gate = |name: &GateName| options.gates.iter().find(|def| def.name == *name);
        let open = view.state.checks.iter().filter(|(_, check)| check.state == CheckState::Open);
        let busy = open.filter(|((subject, name), _)| gate(name).is_some_and(|gate| is_one(subject, gate))).count();
        let choices = view.state.tasks.iter().flat_map(|task| &task.choices);
        let busy = busy + choices.filter(|choice| choice.answer.is_none()).count();
        let load = PoolLoad { used: busy as u32, waiting: 0 };
        Reviewers { load, max: pools::size(view.state, Role::Review) }
    }

    /// Whether a gate may look at a subject now. What finds no place waits for one.
    pub fn find_place(&mut self, view: &View<'_>, subject: &Subject, gate: &GateDef) -> ReviewPlace {
        let Some(reviewer) = gate.reviewer.as_ref().filter(|_| is_one(subject, gate)) else { return ReviewPlace::Free };
        let provider = view.state.providers.get(view.course.provider(&reviewer.agent));
        let pause = provider.and_then(|provider| provider.pause.as_ref()).map(|pause| pause.until);
        let put_off = view.state.put_off.get(&(subject.clone(), gate.name.clone())).map(|it| it.until);
        match pause.max(put_off) {
            Some(at) if at > view.now => ReviewPlace::PausedUntil(at),
            _ if self.max.is_some_and(|max| self.load.used >= max) => {
                self.load.waiting += 1;
                ReviewPlace::Taken
            }
            _ => ReviewPlace::Free,
        }
    }

    pub fn take(&mut self, subject: &Subject, gate: &GateDef) {
        self.load.used += u32::from(is_one(subject, gate));
    }

    /// How their pool is used.
    pub fn load(&self) -> PoolLoad {
        self.load
    }
}

fn is_one(subject: &Subject, gate: &GateDef) -> bool {
    gate.reviewer.is_some() && matches!(subject, Subject::Attempt(_))
}
