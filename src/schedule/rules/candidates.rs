//! Which of several attempts of a task (`candidates`) begins next, and which of them is the task's.
//!
//! The checks choose: all required gates pass, then what could not be checked counts against it, then what the reviewing
//! agent prefers, then what it found in each, then the smaller change, then the cheaper. If what was chosen conflicts with
//! what landed, or is red on the merged tree, the next that passed takes its place. Where none passed, the one that is
//! nearest to it is tried again as any other attempt.

use std::cmp::Ordering;

use jiff::Timestamp;

use super::budget::{Ledger, Reserve};
use super::deadline::{self, TimeLeft};
use super::preferred::{Preference, preference};
use super::rounds::{PlaceStand, Round, first_round, said_of};
use super::suspects;
use crate::journal::{Attempt, AttemptOutcome, ChoiceAsk, Rival, RunState, Subject};
use crate::model::{AttemptId, GateDef, PickMode, Verdict};
use crate::schedule::facts::{Failure, Gates, RunContext, TaskStatus, View, gates_of, is_landing};

/// The attempt that becomes the task's, and why it and no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Which.
    pub attempt: AttemptId,
    /// In words.
    pub why: String,
}

/// One of several attempts that may begin now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueRival<'a> {
    /// The round, where it has begun.
    pub round: Option<u32>,
    /// Its place in it, from 1.
    pub place: u32,
    /// Who makes it.
    pub agent: &'a str,
}

/// What keeps an agent from beginning until a person does something about it.
fn bar(
    course: &RunContext,
    state: &RunState,
    ledger: &Ledger,
    i: usize,
    agent: &str,
    now: Timestamp,
) -> Option<Failure> {
    if state.providers.get(course.provider(agent)).is_some_and(|it| it.broken.is_some()) {
        return Some(Failure::Provider);
    }
    if let Reserve::Never(limit) = ledger.ask_rival(course, state, i, agent) {
        return Some(Failure::Limit(limit));
    }
    match deadline::of_start(state, i, now) {
        TimeLeft::Over(limit) => Some(Failure::Limit(limit)),
        TimeLeft::Unlimited | TimeLeft::Until(_) => None,
    }
}

/// The attempts of a task's round that may begin now, as far as the task goes. None for a task without candidates.
pub fn due_rivals<'a>(view: &View<'a>, ledger: &Ledger, standing: &TaskStatus, i: usize) -> Vec<DueRival<'a>> {
    use TaskStatus::{Gating, Ready, Running};
    let (course, state) = (view.course, view.state);
    let task = &state.tasks[i];
    if !matches!(standing, Ready | Running | Gating) || task.skipped || task.stopped {
        return Vec::new();
    }
    if let Some(contest) = first_round(course, state, i).filter(|_| *standing == Ready) {
        let places = contest.agents.into_iter().zip(1..);
        return places.map(|(agent, place)| DueRival { round: None, place, agent }).collect();
    }
    let Some(round) = Round::open(course, state, i) else { return Vec::new() };
    let is_due = |stand: &PlaceStand<'_>| matches!(stand, PlaceStand::Due(at) if at.is_none_or(|at| at <= view.now));
    let places = round.agents.iter().zip(&round.places).zip(1..);
    let due =
        places.filter(|((agent, stand), _)| is_due(stand) && bar(course, state, ledger, i, agent, view.now).is_none());
    due.map(|((agent, _), place)| DueRival { round: Some(round.id), place, agent }).collect()
}

/// Where a task stands whose round is not decided and whose agents do not work.
pub fn standing(
    course: &RunContext,
    state: &RunState,
    ledger: &Ledger,
    i: usize,
    now: Timestamp,
) -> Option<TaskStatus> {
    let round = Round::open(course, state, i)?;
    let places = round.agents.iter().zip(&round.places);
    let due = places.filter_map(|(agent, stand)| match stand {
        PlaceStand::Due(at) => Some((at.unwrap_or(now), bar(course, state, ledger, i, agent, now))),
        _ => None,
    });
    let due: Vec<(Timestamp, Option<Failure>)> = due.collect();
    let soonest = due.iter().filter(|(_, bar)| bar.is_none()).map(|(at, _)| *at).min();
    let barred = due.iter().find_map(|(_, bar)| *bar);
    Some(match (soonest, barred) {
        _ if !round.judged_now().is_empty() => TaskStatus::Gating,
        (Some(at), _) if at <= now => TaskStatus::Ready,
        (Some(at), _) => TaskStatus::Backoff(at),
        // Nobody had a fair chance: the round goes on once a person has mended it.
        (None, Some(failure)) if round.passed().is_empty() && round.beaten().is_empty() => TaskStatus::Failed(failure),
        // One is chosen in this very step.
        (None, _) => TaskStatus::Gating,
    })
}

/// The attempt that a task's round comes to, or that takes the place of one that cannot land; none while it is open.
pub fn choice(view: &View<'_>, ledger: &Ledger, i: usize) -> Option<Choice> {
    let task = &view.state.tasks[i];
    if task.landed.is_some() || task.skipped || task.stopped || task.retry_asked {
        return None;
    }
    let (chosen, why) = match Round::open(view.course, view.state, i) {
        Some(round) => first_choice(view, ledger, i, &round)?,
        None => next_choice(view.course, view.state, i)?,
    };
    let attempt = AttemptId { task: view.course.info.tasks[i].id.clone(), n: chosen.n };
    Some(Choice { attempt, why })
}

/// What a reviewing agent is to be asked about a task's round, and the gate that it belongs to. The slot is for whoever
/// asks.
pub fn question<'a>(view: &View<'a>, ledger: &Ledger, i: usize) -> Option<(&'a GateDef, ChoiceAsk)> {
    let facts = &view.state.tasks[i];
    if facts.landed.is_some() || facts.skipped || facts.stopped || facts.retry_asked {
        return None;
    }
    let round = Round::open(view.course, view.state, i).filter(|round| round.pick == PickMode::Best)?;
    let alike = is_settled(view, ledger, i, &round).then(|| alike(view, i, &round))?;
    let Preference::Due(gate, agent, may) = preference(view, i, round.id, &alike) else { return None };
    let ask = ChoiceAsk {
        task: view.course.info.tasks[i].id.clone(),
        round: round.id,
        of: alike.iter().map(|attempt| attempt.n).collect(),
        gate: gate.name.clone(),
        agent: agent.to_owned(),
        may,
        slot: String::new(),
    };
    Some((gate, ask))
}

/// Those that passed, as far as neither what they changed nor what was checked tells them apart: the ones to be preferred
/// one before the other.
fn alike<'a>(view: &View<'_>, i: usize, round: &Round<'a>) -> Vec<&'a Attempt> {
    let stands = |it: &Attempt| {
        let merit = merit(view.course, view.state, i, it);
        (merit.claims, merit.refusing, merit.unchecked)
    };
    let passed = round.passed();
    let best = passed.iter().map(|it| stands(it)).min();
    let mut alike: Vec<&Attempt> = passed.into_iter().filter(|it| Some(stands(it)) == best).collect();
    alike.sort_by_key(|it| it.n);
    alike
}

fn is_settled(view: &View<'_>, ledger: &Ledger, i: usize, round: &Round<'_>) -> bool {
    round.agents.iter().zip(&round.places).all(|(agent, stand)| match stand {
        PlaceStand::Passed(_) | PlaceStand::Out(_) => true,
        PlaceStand::Working | PlaceStand::Gating(_) => false,
        PlaceStand::Due(_) => bar(view.course, view.state, ledger, i, agent, view.now).is_some(),
    })
}

fn first_choice<'a>(view: &View<'_>, ledger: &Ledger, i: usize, round: &Round<'a>) -> Option<(&'a Attempt, String)> {
    let (course, state) = (view.course, view.state);
    let settled = is_settled(view, ledger, i, round);
    let (passed, places) = (round.passed(), round.places.len());
    if passed.is_empty() {
        let (nearest, _) = best_of(course, state, i, round.beaten()).filter(|_| settled)?;
        let why = format!("none of {places} passed its gates; this one came nearest and is tried again");
        return Some((nearest, why));
    }
    let in_haste = round.pick == PickMode::First && !settled;
    let one = passed.len() == 1;
    let note = match settled && round.pick == PickMode::Best {
        true => match preferred(view, i, round, passed.len())? {
            Ok(preferred) => return Some(preferred),
            Err(note) => note,
        },
        false => String::new(),
    };
    let (best, why) = best_of(course, state, i, passed).filter(|_| settled || in_haste)?;
    Some((
        best,
        match () {
            () if in_haste => format!("the first of {places} that passed its gates"),
            () if one => format!("the only one of {places} that passed its gates"),
            () => format!("{why}{note}"),
        },
    ))
}

/// The attempt that a reviewing agent prefers, or what is to be said of why it has named none. None: it is asked first.
fn preferred<'a>(
    view: &View<'_>,
    i: usize,
    round: &Round<'a>,
    many: usize,
) -> Option<Result<(&'a Attempt, String), String>> {
    let alike = alike(view, i, round);
    Some(match preference(view, i, round.id, &alike) {
        Preference::Due(..) | Preference::Open => return None,
        Preference::NotAsked(why) => Err(why.map(|why| format!("; {why}")).unwrap_or_default()),
        Preference::Said(agent, answer) => match alike.iter().find(|it| Some(it.n) == answer.chosen) {
            Some(best) => Ok((*best, format!("of {many} that passed the one that `{agent}` prefers: {}", answer.why))),
            None => Err(format!("; `{agent}` was asked and chose none: {}", answer.why)),
        },
    })
}

/// What takes the place of a chosen attempt that conflicts or is red on the merged tree: the next that passed.
pub fn next_choice<'a>(course: &RunContext, state: &'a RunState, i: usize) -> Option<(&'a Attempt, String)> {
    let task = &state.tasks[i];
    let last = task.last().filter(|last| last.ended.is_some() && !task.retry_asked)?;
    let round = last.rival?.round;
    if is_landing(state, &course.info.tasks[i].id) {
        return None;
    }
    let is_red = last.refused.is_some() && !suspects::is_open(course, state, &course.info.tasks[i].id);
    if last.conflict.is_none() && !is_red {
        return None;
    }
    let untried = |it: &&Attempt| it.conflict.is_none() && it.refused.is_none() && it.result().is_some();
    let of_round = |it: &&Attempt| it.rival.is_some_and(|rival| rival.round == round);
    let passes = |it: &&Attempt| said_of(course, state, i, it) == Gates::Green;
    let left = task.rivals.iter().filter(of_round).filter(untried).filter(passes).collect();
    let (best, _) = best_of(course, state, i, left)?;
    let trouble = if is_red { "is red on the merged tree" } else { "conflicts with what landed" };
    Some((best, format!("attempt {} {trouble}; this one passed its gates, too", last.n)))
}

/// What attempts of one round are compared by, least first.
struct Merit<'a> {
    attempt: &'a Attempt,
    /// It says that nothing needs changing: worth less than what was shown.
    claims: bool,
    refusing: usize,
    unchecked: usize,
    review: usize,
    size: u64,
}

/// The best of some attempts, and what made it the best.
fn best_of<'a>(course: &RunContext, state: &RunState, i: usize, of: Vec<&'a Attempt>) -> Option<(&'a Attempt, String)> {
    let mut merits: Vec<Merit<'a>> = of.into_iter().map(|attempt| merit(course, state, i, attempt)).collect();
    merits.sort_by(|a, b| compare(a, b).0);
    let best = merits.first()?;
    let many = merits.len();
    let why = merits
        .get(1)
        .map_or_else(|| "the only one".to_owned(), |next| format!("of {many} that passed {}", compare(best, next).1));
    Some((best.attempt, why))
}

fn merit<'a>(course: &RunContext, state: &RunState, i: usize, attempt: &'a Attempt) -> Merit<'a> {
    let subject = Subject::Attempt(AttemptId { task: course.info.tasks[i].id.clone(), n: attempt.n });
    let gates = gates_of(course, i, attempt);
    let said = || gates.iter().filter_map(|gate| Some((gate, state.judgement(&subject, &gate.name)?)));
    let by_agent = said().filter(|(gate, _)| gate.reviewer.is_some());
    let (size, claims) = match &attempt.ended {
        Some((_, AttemptOutcome::Committed { added, removed, .. })) => (u64::from(*added) + u64::from(*removed), false),
        // Without any work it is behind all that left some.
        _ => (u64::MAX, true),
    };
    Merit {
        attempt,
        claims,
        refusing: said().filter(|(gate, judgement)| !judgement.is_let_through(gate)).count(),
        unchecked: said().filter(|(_, judgement)| judgement.verdict == Verdict::Unchecked).count(),
        review: by_agent.map(|(_, it)| it.findings.len() + usize::from(it.verdict != Verdict::Pass)).sum(),
        size,
    }
}

/// Which of two comes first, and why, in words about the first.
fn compare(a: &Merit<'_>, b: &Merit<'_>) -> (Ordering, String) {
    let used = |it: &Merit<'_>| (it.attempt.usage.usd, it.attempt.usage.tokens());
    let ((usd, tokens), (other_usd, other_tokens)) = (used(a), used(b));
    let steps = [
        (a.claims.cmp(&b.claims), "the one that changed something".to_owned()),
        (a.refusing.cmp(&b.refusing), format!("the one that fewest gates refuse ({})", a.refusing)),
        (a.unchecked.cmp(&b.unchecked), "the one of which most could be checked".to_owned()),
        (a.review.cmp(&b.review), "the one in which the reviewing agent found least".to_owned()),
        (a.size.cmp(&b.size), format!("the smallest change: {} lines, the next has {}", a.size, b.size)),
        (usd.total_cmp(&other_usd), format!("the cheapest: ${usd:.2}, the next ${other_usd:.2}")),
        (tokens.cmp(&other_tokens), format!("the cheapest: {tokens} tokens, the next {other_tokens}")),
    ];
    let decides = steps.into_iter().find(|(order, _)| order.is_ne());
    decides.unwrap_or_else(|| (a.attempt.n.cmp(&b.attempt.n), "the first, since they are alike".to_owned()))
}

/// The place of a new attempt, in a round that may begin with it.
pub fn placed(due: &DueRival<'_>, n: u32) -> Rival {
    Rival { round: due.round.unwrap_or(n), place: due.place }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::FailClass;
    use crate::model::Usage;

    #[test]
    fn checks_go_before_the_review_that_before_size_and_size_before_cost() {
        let mut state = crate::report::testing::Story::new(&[("A", "a", &[])], &[]);
        state.starts(&["A"]).fails("A", FailClass::NoWork, "").starts(&["A"]);
        let state = state.state();
        let (one, other) = (&state.tasks[0].attempts[0], &state.tasks[0].attempts[1]);
        let plain = |attempt| Merit { attempt, claims: false, refusing: 0, unchecked: 0, review: 0, size: 10 };
        let paid = |attempt: &Attempt, usd: f64, input: u64| Attempt {
            usage: Usage { usd, input, ..Usage::default() },
            ..attempt.clone()
        };
        let (dear, cheap) = (paid(one, 0.2, 100), paid(other, 0.1, 900));
        let fewer = paid(other, 0.2, 50);
        for (a, b, why) in [
            (Merit { refusing: 1, ..plain(one) }, Merit { unchecked: 3, review: 9, size: 99, ..plain(other) }, "gates"),
            (Merit { unchecked: 1, ..plain(one) }, Merit { review: 9, size: 99, ..plain(other) }, "could be checked"),
            (Merit { review: 1, ..plain(one) }, Merit { size: 99, ..plain(other) }, "reviewing agent found least"),
            (Merit { size: 11, ..plain(&cheap) }, plain(&dear), "smallest change: 10 lines, the next has 11"),
            (plain(&dear), plain(&cheap), "cheapest: $0.10, the next $0.20"),
            (plain(&dear), plain(&fewer), "cheapest: 50 tokens, the next 100"),
            (plain(other), plain(one), "the first, since they are alike"),
        ] {
            assert_eq!((compare(&a, &b).0, compare(&b, &a).0), (Ordering::Greater, Ordering::Less), "{why}");
            assert!(compare(&b, &a).1.contains(why), "{}", compare(&b, &a).1);
        }
    }
}
