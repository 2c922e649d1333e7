//! Which rung comes after what.

use super::*;
use crate::journal::{AttemptOutcome, Conflict, Entry, Event, Intended, Request};
use crate::model::{AttemptId, ConflictOptions, RolePool, RunOptions};
use crate::run::simulation::{started, task};
use crate::schedule::{TaskStatus, standings};

/// The state of a run with one task after a story of its attempts, one letter each: `w` work that clashes, `l` that
/// clashes with a later layer, `m` a merge that is refused, `x` one whose agent was lost, `f` the task again in vain,
/// `g` again with work, `p` a person's work that clashes, `r` a person asks for a retry.
fn story(options: RunOptions, letters: &str) -> (RunContext, RunState) {
    let info = started(vec![task(0, &[])], options);
    let course = RunContext::new(info.clone().into());
    let mut entries = vec![Event::RunStarted(Box::new(info))];
    let (mut n, mut batch) = (0, 0);
    let oid = |n: u32| -> Oid { format!("{n:040x}").parse().unwrap() };
    let id = |n| AttemptId { task: "T0".parse().unwrap(), n };
    for letter in letters.chars() {
        if letter == 'r' {
            let request = Request::Retry { task: "T0".parse().unwrap(), hint: None };
            entries.push(Event::Requested { message: format!("r{n}"), request });
            continue;
        }
        n += 1;
        let work = |class| AttemptOutcome::Failed { class, reason: "why".into() };
        let committed = AttemptOutcome::Committed {
            commit: oid(n),
            tree: oid(n),
            files: 1,
            added: 1,
            removed: 0,
            leftovers: false,
            note: String::new(),
        };
        let (role, outcome, clash) = match letter {
            'w' | 'p' => (Role::Code, committed, Some(1)),
            'l' => (Role::Code, committed, Some(2)),
            'm' => (Role::Resolve, work(FailClass::Unsolved), None),
            'x' => (Role::Resolve, work(FailClass::Lost), None),
            'f' => (Role::Retry, work(FailClass::NoWork), None),
            'g' => (Role::Retry, committed, None),
            other => panic!("{other}"),
        };
        entries.push(Event::AttemptIntended(Box::new(Intended {
            attempt: id(n),
            agent: if letter == 'p' { "person" } else { "mine" }.into(),
            provider: String::new(),
            model: None,
            role,
            slot: "a1".into(),
            base: oid(0),
            start: oid(n - 1),
            resume: None,
            reserved: Default::default(),
            merge: None,
            candidate: None,
            rival: None,
        })));
        entries.push(Event::AttemptEnded {
            attempt: id(n),
            outcome,
            seconds: 0.0,
            salvage: None,
            max_rss: 0,
            cpu: 0.0,
        });
        if let Some(layer) = clash {
            batch += 1;
            let task: crate::model::TaskId = "T0".parse().unwrap();
            entries.push(Event::MergeIntended { batch, tasks: vec![task.clone()], without: Vec::new() });
            let conflict = Conflict { task, layer, with: vec![], paths: vec![], tried: vec![] };
            entries.push(Event::Merged { batch, heads: vec![], landed: vec![], conflicts: vec![conflict] });
        }
    }
    let at = jiff::Timestamp::UNIX_EPOCH;
    let entry = |(n, event)| Entry { seq: n as u64 + 1, at, event };
    let entries: Vec<Entry> = entries.into_iter().enumerate().map(entry).collect();
    let state = RunState::replay(&entries).unwrap();
    (course, state)
}

fn next(options: RunOptions, letters: &str) -> &'static str {
    let (course, state) = story(options, letters);
    match step(&course, &state, 0) {
        None => "none",
        Some(LadderStep::Agent { .. }) => "agent",
        Some(LadderStep::Again) => "again",
        Some(LadderStep::Person) => "person",
    }
}

fn options(change: impl FnOnce(&mut ConflictOptions)) -> RunOptions {
    let mut options = RunOptions { agent: "mine".into(), ..RunOptions::default() };
    change(&mut options.conflicts);
    options
}

#[test]
fn rungs_follow_on_each_other() {
    let table = [
        ("", "none"),
        ("w", "agent"),
        ("wx", "agent"),
        ("wm", "again"),
        ("wmf", "person"),
        ("wmg", "none"),
        // A second clash begins anew, but the task is done again only once.
        ("ww", "agent"),
        ("wmw", "agent"),
        ("wmwm", "person"),
        ("wmgwm", "person"),
        ("l", "agent"),
        ("lm", "person"),
        ("p", "person"),
        ("wr", "none"),
        ("wmfr", "none"),
    ];
    for (letters, rung) in table {
        assert_eq!(next(options(|_| {}), letters), rung, "{letters}");
    }
}

#[test]
fn rungs_that_are_not_wanted_are_left_out() {
    let only = |rungs: &[Rung]| options(|it| it.resolve = rungs.to_vec());
    assert_eq!(next(only(&[]), "w"), "person");
    assert_eq!(next(only(&[Rung::Again]), "w"), "again");
    assert_eq!(next(only(&[Rung::Agent]), "wm"), "person");
    assert_eq!(next(options(|it| it.attempts = 2), "wm"), "agent");
    assert_eq!(next(options(|it| it.attempts = 2), "wmm"), "again");
    // Who executes `run` texts cannot merge; somebody else may be named for it.
    let mut script = RunOptions { agent: String::new(), ..RunOptions::default() };
    assert_eq!(next(script.clone(), "w"), "again");
    script.roles.insert(Role::Resolve, RolePool { agent: Some("claude".into()), ..RolePool::default() });
    assert_eq!(next(script, "w"), "agent");
}

#[test]
fn what_is_left_to_a_person_is_conflicted() {
    let now = |letters: &str| {
        let (course, state) = story(options(|_| {}), letters);
        standings(&course, &state, state.at).remove(0)
    };
    assert_eq!(now("w"), TaskStatus::Ready);
    assert_eq!(now("wm"), TaskStatus::Ready);
    assert_eq!(now("lm"), TaskStatus::Conflicted);
    assert_eq!(now("p"), TaskStatus::Conflicted);
    assert_eq!(now("wmfff"), TaskStatus::Conflicted, "what was done again in vain clashes still");
}
