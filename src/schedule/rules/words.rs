//! What people said to a task's agent (`say`): who is handed it while it works, what it holds back, and what became of it.
//!
//! A word that comes while the agent works is handed to it, once an attempt. One that its agent took no more holds the
//! landing: the task goes on for one more attempt, as far as its limits allow. Agents that cannot be told anything while
//! they work have it in their next prompt, if there is one; it holds nothing.

use jiff::Timestamp;

use super::budget::{Ledger, Reserve};
use super::deadline::{self, TimeLeft};
use super::{failed, late};
use crate::journal::{Attempt, BatchPhase, RunState, SaidWord, Subject, TaskState};
use crate::model::{AttemptId, Role};
use crate::schedule::facts::{Gates, RunContext, gates_of, together};

/// What became of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordFate {
    /// The agent of this attempt confirmed it while it worked.
    Heard(u32),
    /// It stands in the prompt of this attempt, which has begun.
    Told(u32),
    /// It was handed to the agent of this attempt, which takes it in with its next step.
    Handed(u32),
    /// This attempt has only begun: whether its agent can be told something is not known yet.
    Begins(u32),
    /// It stands in the prompt of the next attempt, if there is one.
    Next,
    /// The agent of this attempt is through; it goes on with the word before anything lands.
    Holds(u32),
    /// Its work is being landed.
    Lands,
    /// Nobody hears it: the task has landed, or may not be tried again.
    Missed,
}

/// The words that a working agent has to be handed now.
pub fn to_hand(task: &TaskState) -> impl Iterator<Item = (&Attempt, &SaidWord)> {
    let open =
        task.under_way().filter(|it| it.hears && it.is_working() && !it.end_asked && !task.stopped && !task.skipped);
    let takes = |attempt: &Attempt, word: &SaidWord| {
        let tried = word.known.contains(&attempt.n) || word.carried.contains(&attempt.n);
        !word.message.is_empty() && !tried && !word.handed.contains(&attempt.n)
    };
    open.flat_map(move |attempt| {
        task.words.iter().filter(move |word| takes(attempt, word)).map(move |word| (attempt, word))
    })
}

/// Whether the last attempt left work that some word would have been about, had its agent heard it. What was merged by an
/// agent is not done again for a word.
fn is_unheard(task: &TaskState, word: &SaidWord) -> bool {
    let last = task.last().filter(|last| last.hears && last.role != Role::Resolve && last.result().is_some());
    last.is_some_and(|last| !word.message.is_empty() && !word.is_news && !word.known.contains(&last.n))
}

/// Whether a task that left work goes on for a word that its agent did not hear.
pub fn hold(course: &RunContext, state: &RunState, i: usize, now: Timestamp) -> bool {
    let task = &state.tasks[i];
    task.words.iter().any(|word| is_unheard(task, word)) && may_go_on(course, state, i, now)
}

/// Whether its limits allow one more attempt.
fn may_go_on(course: &RunContext, state: &RunState, i: usize, now: Timestamp) -> bool {
    let agent = course.agent_for(i, Role::Retry);
    let serves = state.providers.get(course.provider(agent)).is_none_or(|it| it.broken.is_none());
    serves
        && failed::again(course, &state.tasks[i])
        && !matches!(deadline::of_start(state, i, now), TimeLeft::Over(_))
        && !matches!(Ledger::new(course, state).ask(course, state, i), Reserve::Never(_))
}

/// Whether what an attempt left does not land: then there is a next one, or a person asks for it.
fn is_turned_down(course: &RunContext, state: &RunState, i: usize, last: &Attempt) -> bool {
    let subject = Subject::Attempt(AttemptId { task: course.info.tasks[i].id.clone(), n: last.n });
    let awaited = || late::awaited(course, state, &subject, gates_of(course, i, last));
    let red = || together(state, &subject, awaited()) == Gates::Red;
    last.refused.is_some() || last.conflict.is_some() || last.rejected.is_some() || red()
}

/// What became of the word that `message` brought to a task.
pub fn fate(course: &RunContext, state: &RunState, i: usize, message: &str, now: Timestamp) -> WordFate {
    let task = &state.tasks[i];
    let Some(word) = task.word(message) else { return WordFate::Missed };
    // What lost against another attempt counts no more.
    let counts = |n: &&u32| task.attempts.iter().chain(task.contenders()).any(|it| it.n == **n);
    if let Some(n) = word.heard.iter().rev().find(counts) {
        return WordFate::Heard(*n);
    }
    if let Some(n) = word.told.iter().rev().find(counts) {
        return WordFate::Told(*n);
    }
    if task.landed.is_some() {
        return WordFate::Missed;
    }
    // Of several at once one that can be told something speaks for all.
    let of_round = || {
        let open = || task.contenders().filter(|it| it.is_open());
        open().find(|it| word.handed.contains(&it.n)).or_else(|| open().find(|it| it.hears)).or_else(|| open().next())
    };
    match task.open().or_else(of_round) {
        Some(open) if word.handed.contains(&open.n) => return WordFate::Handed(open.n),
        Some(open) if open.hears && open.role != Role::Resolve && failed::again(course, task) => {
            return WordFate::Holds(open.n);
        }
        Some(open) if open.hears => return WordFate::Missed,
        Some(open) if open.process.is_none() => return WordFate::Begins(open.n),
        Some(_) => return WordFate::Next,
        None => {}
    }
    let moves = state.batch.as_ref().is_some_and(|batch| {
        let of_it = batch.tasks.iter().any(|it| it.task == course.info.tasks[i].id);
        of_it && matches!(batch.phase, BatchPhase::Landing { .. })
    });
    match task.last() {
        Some(_) if moves => WordFate::Lands,
        Some(last) if is_unheard(task, word) && !is_turned_down(course, state, i, last) => {
            match hold(course, state, i, now) {
                true => WordFate::Holds(last.n),
                false => WordFate::Missed,
            }
        }
        _ => WordFate::Next,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{AttemptOutcome, Entry, Event, FailClass, Head, Intended, LandedTask, Request};
    use crate::model::{Oid, RunOptions, SessionId};
    use crate::run::simulation::{started, task};

    fn id(n: u32) -> AttemptId {
        AttemptId { task: "T0".parse().unwrap(), n }
    }

    fn intended(n: u32, resume: Option<SessionId>) -> Intended {
        Intended {
            attempt: id(n),
            agent: "mine".into(),
            provider: String::new(),
            model: None,
            role: Role::Code,
            slot: "a1".into(),
            base: "0".repeat(40).parse().unwrap(),
            start: "0".repeat(40).parse().unwrap(),
            resume,
            reserved: Default::default(),
            merge: None,
            candidate: None,
            rival: None,
        }
    }

    fn oid(n: u32) -> Oid {
        format!("{n:040x}").parse().unwrap()
    }

    fn ended(n: u32, outcome: AttemptOutcome) -> Event {
        Event::AttemptEnded { attempt: id(n), outcome, seconds: 0.0, salvage: None, max_rss: 0, cpu: 0.0 }
    }

    fn left(commit: Oid) -> AttemptOutcome {
        let tree = commit.clone();
        AttemptOutcome::Committed {
            commit,
            tree,
            files: 1,
            added: 1,
            removed: 0,
            leftovers: false,
            note: String::new(),
        }
    }

    fn merged() -> Vec<Event> {
        let landed = LandedTask { task: id(1).task, commit: Some(oid(9)), rules: Vec::new() };
        let heads = vec![Head { layer: 1, commit: oid(9), tree: oid(9) }];
        vec![
            Event::MergeIntended { batch: 1, tasks: vec![id(1).task], without: Vec::new() },
            Event::Merged { batch: 1, heads, landed: vec![landed], conflicts: Vec::new() },
        ]
    }

    /// What a letter of a story means, after `n` attempts began: `s` a word is said, `i` an attempt begins, `r` one that
    /// goes on in the session of the last, `p` its process runs, `h` it can be told something, `H` it is handed the word,
    /// `y` it confirms it, `x` it takes it no more, `e` it left work, `f` it was lost, `m` its work is merged, `l` it is
    /// being landed, `d` it has landed.
    fn events(letter: char, n: u32) -> Vec<Event> {
        let session = || "s".parse().unwrap();
        let (attempt, message) = (id(n), "w".to_owned());
        vec![match letter {
            's' => Event::Requested { message, request: Request::Say { task: attempt.task, text: "mind".into() } },
            'i' => Event::AttemptIntended(Box::new(intended(n, None))),
            'r' => Event::AttemptIntended(Box::new(intended(n, Some(session())))),
            'p' => Event::AgentStarted { attempt, pid: 1, start: 1, port: 1 },
            'h' => {
                return vec![
                    Event::SessionSeen { attempt: attempt.clone(), session: session() },
                    Event::AgentHears { attempt },
                ];
            }
            'H' => Event::WordIntended { attempt, message },
            'y' => Event::WordHeard { attempt, message },
            'x' => Event::WordCarried { attempt, message },
            'e' => ended(n, left(oid(n))),
            'f' => ended(n, AttemptOutcome::Failed { class: FailClass::Lost, reason: "lost".into() }),
            'm' => return merged(),
            'l' => Event::LandIntended { batch: 1 },
            _ => Event::Landed { batch: 1, held_back: Vec::new() },
        }]
    }

    /// The state after a story of one task.
    fn story(attempts: u32, letters: &str) -> (RunContext, RunState) {
        let options = RunOptions { agent: "mine".into(), attempts, ..RunOptions::default() };
        let info = started(vec![task(0, &[])], options);
        let context = RunContext::new(info.clone().into());
        let (mut n, mut all) = (0, vec![Event::RunStarted(Box::new(info))]);
        for letter in letters.chars() {
            n += u32::from("ir".contains(letter));
            all.extend(events(letter, n));
        }
        let entry = |(n, event)| Entry { seq: n as u64 + 1, at: Timestamp::UNIX_EPOCH, event };
        let entries: Vec<Entry> = all.into_iter().enumerate().map(entry).collect();
        (context, RunState::replay(&entries).unwrap())
    }

    #[test]
    fn a_word_has_one_fate_at_each_moment() {
        for (attempts, letters, expected) in [
            (3, "s", WordFate::Next),
            (3, "si", WordFate::Told(1)),
            (3, "is", WordFate::Begins(1)),
            (3, "ips", WordFate::Next),
            (3, "iphsH", WordFate::Handed(1)),
            (3, "iphsHy", WordFate::Heard(1)),
            (3, "iphsHx", WordFate::Holds(1)),
            (1, "iphsHx", WordFate::Missed),
            (3, "iphsHe", WordFate::Holds(1)),
            (3, "iphes", WordFate::Holds(1)),
            (1, "iphes", WordFate::Missed),
            (3, "iphems", WordFate::Holds(1)),
            (3, "iphemls", WordFate::Lands),
            (3, "iphemlsd", WordFate::Missed),
            (3, "iphemlds", WordFate::Missed),
            (3, "ipes", WordFate::Next),
            // Handed over and not confirmed by one that was lost: the next has it, fresh or not.
            (3, "iphsHf", WordFate::Next),
            (3, "iphsHfi", WordFate::Told(2)),
            (3, "iphesr", WordFate::Told(2)),
        ] {
            let (context, state) = story(attempts, letters);
            assert_eq!(fate(&context, &state, 0, "w", state.at), expected, "{attempts} {letters}");
        }
    }

    #[test]
    fn a_word_is_handed_once_an_attempt_and_told_once_a_session() {
        for (letters, hands, told) in [
            ("iphs", 1, &[][..]),
            ("iphsH", 0, &[]),
            ("iphsHx", 0, &[]),
            ("iphsHy", 0, &[]),
            ("ips", 0, &[]),
            ("sih", 0, &[1]),
            // Its session knows it.
            ("iphsHyer", 0, &[]),
            ("sipher", 0, &[1]),
            // It does not.
            ("iphsHxer", 0, &[2]),
            ("iphsHyei", 0, &[2]),
        ] {
            let (_, state) = story(3, letters);
            assert_eq!(to_hand(&state.tasks[0]).count(), hands, "{letters}");
            assert_eq!(state.tasks[0].words[0].told, told, "{letters}");
        }
    }
}
