//! Runs of an older journal format that are gone on with.

use super::folder;
use super::options;
use super::plans::{started, task};
use super::world::oid;
use crate::journal::{
    AttemptOutcome, CheckAsk, Entry, Event, FORMAT, FailClass, Host, Intended, Journal, RunLock, RunState, Subject,
    read_entries,
};
use crate::model::{AttemptId, Role, Verdict};
use crate::run::Core;
use crate::schedule::{Action, Capacity, open};

/// A run as format 1 left it: an attempt has ended and its gate was about to run.
fn interrupted_v1() -> Vec<Entry> {
    let mut info = started(vec![task(0, &[])], options(&["test"]));
    info.format = 1;
    let attempt = AttemptId { task: "T0".parse().unwrap(), n: 1 };
    let events = [
        Event::RunStarted(Box::new(info)),
        Event::AttemptIntended(Box::new(Intended {
            attempt: attempt.clone(),
            agent: "mine".into(),
            provider: String::new(),
            model: None,
            role: Role::Test,
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
            attempt: attempt.clone(),
            outcome: AttemptOutcome::Committed {
                commit: oid(1),
                tree: oid(1),
                files: 1,
                added: 1,
                removed: 0,
                leftovers: false,
                note: String::new(),
            },
            seconds: 1.0,
            salvage: None,
            max_rss: 0,
            cpu: 0.0,
        },
        Event::CheckIntended {
            subject: Subject::Attempt(attempt),
            gate: "test".parse().unwrap(),
            commit: oid(1),
            slot: "g1".into(),
            ask: None,
        },
    ];
    let at = jiff::Timestamp::from_second(1_800_000_000).unwrap();
    events.into_iter().zip(1..).map(|(event, seq)| Entry { seq, at, event }).collect()
}

#[test]
fn what_format_1_did_not_record_is_derived_once_and_written() {
    let place = folder();
    let lock = RunLock::take(&place.path().join("lock")).unwrap().unwrap();
    let path = place.path().join("journal.jsonl");
    Journal::create(&path, &lock).unwrap().append(&interrupted_v1()).unwrap();
    let capacity = Capacity::of(1, 1);
    let host = || Host { host: "here".into(), pid: 2, start: 2, boot: "b".into(), space: String::new() };
    let goes_on = || {
        let (journal, entries) = Journal::reopen(&path, &lock).unwrap();
        let mut core = Core::reopen(journal, &entries, capacity).unwrap();
        let written = core.resumed(host(), Vec::new(), entries[0].at).unwrap();
        (core.state().clone(), written)
    };
    let (state, written) = goes_on();
    let [resumed, raised] = &written[..] else { panic!("{written:?}") };
    assert!(matches!(resumed.event, Event::RunResumed { .. }));
    let Event::FormatRaised { format, checks, proved, .. } = &raised.event else { panic!("{raised:?}") };
    assert_eq!((*format, checks.len()), (FORMAT, 1));
    assert_eq!(proved.iter().map(ToString::to_string).collect::<Vec<_>>(), ["T0.1"]);
    let asked = open(&state).into_iter().find_map(|action| match action {
        Action::Check { ask, .. } => Some(ask),
        _ => None,
    });
    assert_eq!(asked, Some(CheckAsk::default()));
    assert!(state.checks.values().all(|check| check.ask.is_some()));
    // The next time there is nothing left to derive, and the whole file replays to the same.
    let (again, written) = goes_on();
    assert_eq!(written.len(), 1, "{written:?}");
    assert_eq!(RunState::replay(&read_entries(&path).unwrap()).unwrap(), again);
}

/// The state after a test phase, the check of its tests, and what is told besides.
fn after_tests(events: impl IntoIterator<Item = Event>) -> RunState {
    let mut entries = interrupted_v1();
    let Event::RunStarted(info) = &mut entries[0].event else { unreachable!("a run begins so") };
    info.format = FORMAT;
    let Event::CheckIntended { subject, .. } = &mut entries[3].event else { unreachable!("the last is a check") };
    *subject = Subject::Phase(AttemptId { task: "T0".parse().unwrap(), n: 1 });
    let at = entries[0].at;
    let more = events.into_iter().zip(5..).map(|(event, seq)| Entry { seq, at, event });
    RunState::replay(&entries.into_iter().chain(more).collect::<Vec<_>>()).unwrap()
}

#[test]
fn tests_that_are_not_red_are_no_result_unless_somebody_went_on_with_them() {
    let first = AttemptId { task: "T0".parse().unwrap(), n: 1 };
    let said = |verdict| Event::Judged {
        subject: Subject::Phase(first.clone()),
        gate: "test".parse().unwrap(),
        tree: oid(1),
        verdict,
        reason: "they pass".into(),
        findings: Vec::new(),
        seconds: 0.1,
        cached: false,
        log: String::new(),
        measured: Default::default(),
    };
    let went_on = || {
        let Event::AttemptIntended(mut next) = interrupted_v1().swap_remove(1).event else { unreachable!("announced") };
        next.attempt.n = 2;
        next.role = Role::Code;
        next.start = oid(1);
        Event::AttemptIntended(next)
    };
    let failure =
        |state: &RunState| state.attempt(&first).unwrap().failure().map(|(class, why)| (class, why.to_owned()));
    let not_red = Some((FailClass::Phase, "its tests are not red: they pass".to_owned()));
    assert_eq!(failure(&after_tests([said(Verdict::Fail)])), not_red);
    assert_eq!(failure(&after_tests([said(Verdict::Pass)])), None);
    assert_eq!(failure(&after_tests([went_on(), said(Verdict::Fail)])), None);
    let untold = after_tests([said(Verdict::Unchecked)]);
    let Some((_, AttemptOutcome::Committed { note, .. })) = &untold.attempt(&first).unwrap().ended else {
        panic!("what nobody could tell is no failure")
    };
    assert_eq!(note, "it is not known yet whether its tests are red: they pass");
}
