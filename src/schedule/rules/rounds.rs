//! A round: several attempts of one task at once (`candidates`), each in a place of its own, and where each place stands.
//!
//! A place has one fair attempt. What was cut short is made again in it; what failed, or what gates refuse, is out.

use jiff::Timestamp;

use super::{late, pace};
use crate::journal::{Attempt, FailClass, Rival, RunState, Subject};
use crate::model::{AttemptId, PickMode};
use crate::schedule::facts::{Contest, Gates, RunContext, gates_of, together};

/// Times that a provider may not answer in one place before that is out.
const MOST_UNANSWERED: usize = 3;

/// Where one place of a round stands.
#[derive(Debug, Clone, Copy)]
pub enum PlaceStand<'a> {
    /// Its attempt is to be made, not before then.
    Due(Option<Timestamp>),
    /// Its agent works.
    Working,
    /// Its gates run.
    Gating(&'a Attempt),
    /// Its gates let it through.
    Passed(&'a Attempt),
    /// It failed, or its gates refuse it.
    Out(&'a Attempt),
}

/// A round that is not decided.
#[derive(Debug)]
pub struct Round<'a> {
    /// The number of its first attempt.
    pub id: u32,
    /// The agent of each place.
    pub agents: Vec<&'a str>,
    /// How one is chosen.
    pub pick: PickMode,
    /// Where each place stands.
    pub places: Vec<PlaceStand<'a>>,
}

impl<'a> Round<'a> {
    /// The round of a task that is not decided.
    pub fn open(course: &'a RunContext, state: &'a RunState, i: usize) -> Option<Round<'a>> {
        let id = state.tasks[i].round?;
        let Contest { agents, pick } = course.contest(i)?;
        let places = (1..=agents.len() as u32).map(|place| place_stand(course, state, i, Rival { round: id, place }));
        Some(Round { id, places: places.collect(), agents, pick })
    }

    /// The attempts that nothing speaks against.
    pub fn passed(&self) -> Vec<&'a Attempt> {
        let passed = |stand: &PlaceStand<'a>| if let PlaceStand::Passed(it) = stand { Some(*it) } else { None };
        self.places.iter().filter_map(passed).collect()
    }

    /// The attempts that something speaks against.
    pub fn beaten(&self) -> Vec<&'a Attempt> {
        let beaten = |stand: &PlaceStand<'a>| if let PlaceStand::Out(it) = stand { Some(*it) } else { None };
        self.places.iter().filter_map(beaten).collect()
    }

    /// The attempts whose gates run.
    pub fn judged_now(&self) -> Vec<&'a Attempt> {
        let gating = |stand: &PlaceStand<'a>| if let PlaceStand::Gating(it) = stand { Some(*it) } else { None };
        self.places.iter().filter_map(gating).collect()
    }
}

/// Who would make the attempts of the round that a task begins with; none where it has begun, or has no candidates.
pub fn first_round<'a>(course: &'a RunContext, state: &RunState, i: usize) -> Option<Contest<'a>> {
    let task = &state.tasks[i];
    let is_fresh = task.round.is_none() && (task.attempts.is_empty() || task.retry_asked);
    course.contest(i).filter(|_| is_fresh)
}

/// How many attempts a task may need that has none under way: one, or those of its round.
pub fn attempts_needed(course: &RunContext, state: &RunState, i: usize) -> usize {
    match Round::open(course, state, i) {
        Some(round) => round.places.iter().filter(|place| matches!(place, PlaceStand::Due(_))).count(),
        None => first_round(course, state, i).map_or(1, |contest| contest.agents.len()),
    }
}

/// What gates say of an attempt together.
pub fn said_of(course: &RunContext, state: &RunState, i: usize, attempt: &Attempt) -> Gates {
    let subject = Subject::Attempt(AttemptId { task: course.info.tasks[i].id.clone(), n: attempt.n });
    together(state, &subject, late::awaited(course, state, &subject, gates_of(course, i, attempt)))
}

fn place_stand<'a>(course: &RunContext, state: &'a RunState, i: usize, rival: Rival) -> PlaceStand<'a> {
    let tried: Vec<&Attempt> = state.tasks[i].rivals.iter().filter(|it| it.rival == Some(rival)).collect();
    let Some(last) = tried.last().copied() else { return PlaceStand::Due(None) };
    if last.is_open() {
        return PlaceStand::Working;
    }
    let in_a_row = |class| tried.iter().rev().take_while(|it| it.failure().is_some_and(|(of, _)| of == class)).count();
    let later = |failures: usize| {
        let id = AttemptId { task: course.info.tasks[i].id.clone(), n: last.n };
        let ended = last.ended.as_ref().map_or(state.at, |(at, _)| *at);
        PlaceStand::Due(Some(pace::again_at(ended, &id, failures as u32)))
    };
    match last.failure().map(|(class, _)| class) {
        None => match said_of(course, state, i, last) {
            Gates::Open => PlaceStand::Gating(last),
            Gates::Green => PlaceStand::Passed(last),
            Gates::Red => PlaceStand::Out(last),
        },
        Some(class @ FailClass::RateLimited) => later(in_a_row(class)),
        Some(class @ FailClass::Unavailable) if in_a_row(class) < MOST_UNANSWERED => later(in_a_row(class)),
        Some(class) if !class.counts() => PlaceStand::Due(None),
        Some(_) => PlaceStand::Out(last),
    }
}
