//! Gates whose word comes last, or not at all. What measures runs after the others, for work that none of them refused; where
//! it blocks nothing, nothing waits for it. What only reports is not begun for work that a required gate refused, and is
//! stopped: nobody would read it.

use crate::journal::{RunState, Subject};
use crate::model::{GateDef, GateKind};
use crate::schedule::facts::{RunContext, task_gates};

fn measures(gate: &GateDef) -> bool {
    gate.kind == GateKind::Performance
}

/// Whether it runs something for a word that blocks nothing.
fn only_reports(gate: &GateDef) -> bool {
    let runs = matches!(gate.kind, GateKind::Command | GateKind::Acceptance | GateKind::Tdd) && !gate.only_reads;
    !gate.required && runs
}

fn has_spoken(state: &RunState, subject: &Subject, gate: &GateDef) -> bool {
    state.judgement(subject, &gate.name).is_some()
}

/// Whether a gate's word on an attempt is of no use any more: a required one has refused it.
pub fn is_in_vain(course: &RunContext, state: &RunState, subject: &Subject, gate: &GateDef) -> bool {
    let spared = measures(gate) || only_reports(gate);
    if !spared || has_spoken(state, subject, gate) || !matches!(subject, Subject::Attempt(_)) {
        return false;
    }
    let refuses = |other: &GateDef| {
        let said = state.judgement(subject, &other.name);
        other.name != gate.name && !measures(other) && said.is_some_and(|said| !said.is_let_through(other))
    };
    task_gates(course).any(refuses)
}

/// Whether its subject waits for a gate's word.
pub fn is_awaited(course: &RunContext, state: &RunState, subject: &Subject, gate: &GateDef) -> bool {
    let idles = measures(gate) && !gate.required;
    has_spoken(state, subject, gate) || !idles && !is_in_vain(course, state, subject, gate)
}

/// The gates for whose word a subject waits.
pub fn awaited<'a>(
    course: &'a RunContext,
    state: &'a RunState,
    subject: &'a Subject,
    gates: impl IntoIterator<Item = &'a GateDef> + 'a,
) -> impl Iterator<Item = &'a GateDef> {
    gates.into_iter().filter(move |gate| is_awaited(course, state, subject, gate))
}

/// Whether a gate may look at an attempt now.
pub fn is_due(course: &RunContext, state: &RunState, subject: &Subject, gate: &GateDef) -> bool {
    let goes_before = |other: &&GateDef| !measures(other) && other.reviewer.is_none();
    let others = || task_gates(course).filter(goes_before).all(|other| has_spoken(state, subject, other));
    !is_in_vain(course, state, subject, gate) && (!measures(gate) || others())
}

/// Whether a gate measures for the record only: it looks at what lands when everything else is done.
pub fn is_for_the_record(gate: &GateDef) -> bool {
    measures(gate) && !gate.required
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{AttemptOutcome, Entry, Event, Intended};
    use crate::model::{AttemptId, GatePhase, Role, RunOptions, Verdict};
    use crate::run::simulation::{started, task};

    const GATES: [(&str, GateKind, bool); 4] = [
        ("test", GateKind::Command, true),
        ("lint", GateKind::Command, false),
        ("speed", GateKind::Performance, true),
        ("memory", GateKind::Performance, false),
    ];

    fn gate((name, kind, required): (&str, GateKind, bool)) -> GateDef {
        GateDef { required, on: GatePhase::Task, ..GateDef::new(name.parse().unwrap(), kind) }
    }

    /// A run whose one attempt left work, and what gates said of it.
    fn run(said: &[(&str, Verdict)]) -> (RunContext, RunState, Subject) {
        let options = RunOptions { agent: "mine".into(), gates: GATES.map(gate).to_vec(), ..RunOptions::default() };
        let info = started(vec![task(0, &[])], options);
        let course = RunContext::new(info.clone().into());
        let oid = |n: u32| format!("{n:040x}").parse().unwrap();
        let attempt = AttemptId { task: "T0".parse().unwrap(), n: 1 };
        let subject = Subject::Attempt(attempt.clone());
        let mut events = vec![
            Event::RunStarted(Box::new(info)),
            Event::AttemptIntended(Box::new(Intended {
                attempt: attempt.clone(),
                agent: "mine".into(),
                provider: String::new(),
                model: None,
                role: Role::Code,
                slot: "a1".into(),
                base: oid(0),
                start: oid(0),
                resume: None,
                reserved: Default::default(),
                merge: None,
                candidate: None,
                rival: None,
            })),
            Event::AttemptEnded {
                attempt,
                outcome: AttemptOutcome::Committed {
                    commit: oid(1),
                    tree: oid(1),
                    files: 1,
                    added: 1,
                    removed: 0,
                    leftovers: false,
                    note: String::new(),
                },
                seconds: 0.0,
                salvage: None,
                max_rss: 0,
                cpu: 0.0,
            },
        ];
        for (n, (gate, verdict)) in said.iter().enumerate() {
            let (gate, slot) = (gate.parse::<crate::model::GateName>().unwrap(), format!("g{n}"));
            let intended =
                Event::CheckIntended { subject: subject.clone(), gate: gate.clone(), commit: oid(1), slot, ask: None };
            let judged = Event::Judged {
                subject: subject.clone(),
                gate,
                tree: oid(1),
                verdict: *verdict,
                reason: String::new(),
                findings: Vec::new(),
                seconds: 0.0,
                cached: false,
                log: String::new(),
                measured: Default::default(),
            };
            events.extend([intended, judged]);
        }
        let at = jiff::Timestamp::UNIX_EPOCH;
        let entries = events.into_iter().enumerate().map(|(n, event)| Entry { seq: n as u64 + 1, at, event });
        let state = RunState::replay(&entries.collect::<Vec<_>>()).unwrap();
        (course, state, subject)
    }

    /// What is due and what is awaited once these have spoken.
    fn after(said: &[(&str, Verdict)]) -> (Vec<&'static str>, Vec<&'static str>) {
        let (course, state, subject) = run(said);
        let named = |is: fn(&RunContext, &RunState, &Subject, &GateDef) -> bool| {
            GATES
                .into_iter()
                .filter(|known| is(&course, &state, &subject, &gate(*known)))
                .map(|known| known.0)
                .collect()
        };
        let mut due: Vec<&str> = named(is_due);
        due.retain(|name| !said.iter().any(|(known, _)| known == name));
        (due, named(is_awaited))
    }

    #[test]
    fn what_measures_comes_last_and_nothing_is_done_for_refused_work() {
        use Verdict::{Fail, Pass};
        let awaited = vec!["test", "lint", "speed"];
        assert_eq!(after(&[]), (vec!["test", "lint"], awaited.clone()));
        assert_eq!(after(&[("test", Pass)]), (vec!["lint"], awaited.clone()));
        assert_eq!(after(&[("test", Pass), ("lint", Fail)]), (vec!["speed", "memory"], awaited.clone()));
        assert_eq!(after(&[("test", Fail)]), (vec![], vec!["test"]));
        assert_eq!(after(&[("test", Fail), ("lint", Pass)]), (vec![], vec!["test", "lint"]));
        assert_eq!(after(&[("lint", Fail)]), (vec!["test"], awaited), "it only reports");
    }
}
