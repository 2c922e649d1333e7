//! Why a task stands where it stands, in one line. Everything that others wrote is safe to show here.

use serde::Serialize;

use super::picture::{Picture, StateWord};
use super::waits;
use crate::journal::{Attempt, CheckState, Conflict, ConflictPath, Judgement};
use crate::model::{Finding, GateDef, GateKind, GateName, Measured, Role, Rung, Verdict};
use crate::report::words::display::{clip, safe};
use crate::report::words::install::to_install;
use crate::report::words::measure::{duration, few, plural, seconds};
use crate::schedule::{self, Failure, StartWait, TaskStatus};

/// Columns of a gate's or agent's message: three lines; its log has the rest.
const MESSAGE: usize = 300;

/// A message of a program that we ran, on one line, safe and of bearable length.
pub(in crate::report) fn message(text: &str) -> String {
    let head: String = text.trim().chars().take(MESSAGE * 4).collect();
    let line = head.split_whitespace().collect::<Vec<_>>().join(" ");
    clip(&line, MESSAGE)
}

/// Columns of a gate's command where it is named in a sentence.
const COMMAND: usize = 60;

/// Names of tasks or paths in one line at most; the rest is counted.
const NAMED: usize = 4;

/// The reason, or none where the state says everything.
pub fn of(picture: &Picture<'_>, i: usize) -> Option<String> {
    match picture.standing(i) {
        TaskStatus::Failed(failure) => Some(failed(picture, i, *failure)),
        TaskStatus::Blocked => Some(needs(picture, i)),
        TaskStatus::BaseRed => {
            on_base(picture).into_iter().next().or_else(|| Some("a gate fails on your base".to_owned()))
        }
        TaskStatus::Conflicted => {
            let clash = picture.facts(i).clashed()?.conflict.as_ref().map(conflict)?;
            let tried = tried(picture, i).pop().map(|tried| format!("; {}: {}", tried.words(), tried.why));
            Some(format!("{clash}{}", tried.unwrap_or_default()))
        }
        TaskStatus::Skipped => Some("skipped".to_owned()),
        TaskStatus::Backoff(until) => {
            let wait = duration(seconds(picture.now, *until));
            let last = picture.facts(i).last().and_then(Attempt::failure);
            Some(format!("again in {wait}: {}", message(last.map_or("", |(_, reason)| reason))))
        }
        TaskStatus::AwaitsPerson | TaskStatus::AwaitsLanding => Some("waiting for your approval".to_owned()),
        TaskStatus::Ready => ready(picture, i),
        _ => None,
    }
}

/// What a task waits for that is ready, and how its last attempt ended.
fn ready(picture: &Picture<'_>, i: usize) -> Option<String> {
    let last = last(picture, i);
    let wait = waits::wait(picture, i).filter(|_| last.is_none() || picture.wait(i) != Some(&StartWait::Agents));
    match (wait, last) {
        (Some(wait), Some(last)) => Some(format!("{wait}; before that: {last}")),
        (wait, last) => wait.or(last),
    }
}

/// The required gates that fail on the base and hold tasks back, a line each.
pub fn on_base(picture: &Picture<'_>) -> Vec<String> {
    let held = schedule::base_red(&picture.course, picture.state);
    held.into_iter().filter_map(|(gate, said)| base_line(gate, &said.reason, &said.measured, said.verdict)).collect()
}

/// What a gate says of the base, for people; none where that is good.
pub fn base_line(gate: &GateDef, why: &str, measured: &Measured, verdict: Verdict) -> Option<String> {
    let what = if gate.run.is_empty() { gate.name.to_string() } else { clip(&gate.run, COMMAND) };
    let failed = measured.red.len();
    let names: Vec<String> = measured.red.iter().map(|red| clip(&red.test, COMMAND)).collect();
    match verdict {
        Verdict::Fail if failed > 0 => {
            Some(format!("`{what}` fails on your base: {}: {}", plural(failed, "test"), few(&names, NAMED)))
        }
        Verdict::Fail => Some(format!("`{what}` fails on your base: {}", message(why))),
        Verdict::Unchecked => Some(format!("`{what}` cannot be checked here: {}", message(why))),
        Verdict::Pass | Verdict::NotApplicable => None,
    }
}

/// That the run waits for what a gate misses here, and what to install.
pub fn missing(gate: &GateName, why: &str) -> String {
    let install = to_install(why).unwrap_or_else(|| "fix that".to_owned());
    format!("gate {gate} cannot judge here, your base as little as the work: {}; {install}", message(why))
}

/// An attempt at a clash that did not solve it.
#[derive(Debug, Serialize)]
pub struct Tried {
    /// `agent` or `again`.
    pub rung: &'static str,
    /// Its number.
    pub attempt: u32,
    /// Why not.
    pub why: String,
}

impl Tried {
    /// What it was.
    pub fn words(&self) -> &'static str {
        if self.rung == Rung::Agent.word() { "merged by an agent" } else { "run again on top of what landed" }
    }
}

/// What was tried since a task's work clashed, oldest first.
pub fn tried(picture: &Picture<'_>, i: usize) -> Vec<Tried> {
    let facts = picture.facts(i);
    let Some(from) = facts.clashed() else { return Vec::new() };
    let since = facts.attempts.iter().filter(|attempt| attempt.n > from.n && !attempt.is_open());
    let tried = since.map(|attempt| Tried {
        rung: if attempt.role == Role::Resolve { Rung::Agent } else { Rung::Again }.word(),
        attempt: attempt.n,
        why: of_attempt(picture, i, attempt).unwrap_or_default(),
    });
    tried.collect()
}

/// Why the latest attempt of a task did not land, or none when it has not failed.
pub fn last(picture: &Picture<'_>, i: usize) -> Option<String> {
    of_attempt(picture, i, picture.facts(i).last()?)
}

/// Why an attempt did not land, or none when nothing speaks against it.
pub fn of_attempt(picture: &Picture<'_>, i: usize, attempt: &Attempt) -> Option<String> {
    if let Some((_, reason)) = attempt.failure() {
        return Some(message(reason));
    }
    if let Some(found) = &attempt.conflict {
        return Some(conflict(found));
    }
    if let Some(refusal) = &attempt.refused {
        let red = refusing(&picture.words_on(&refusal.subject));
        let words = red.map_or("it is red".to_owned(), |(gate, judgement)| verdict(gate, judgement));
        return Some(format!("on the merged tree: {words}"));
    }
    refusing(&picture.words(i, attempt)).map(|(gate, judgement)| verdict(gate, judgement))
}

fn failed(picture: &Picture<'_>, i: usize, failure: Failure) -> String {
    match failure {
        Failure::Stopped if picture.facts(i).reverted => "it had landed, and was reverted".to_owned(),
        Failure::Stopped => "stopped".to_owned(),
        Failure::Rejected => {
            let note =
                picture.facts(i).last().and_then(|last| last.rejected.as_deref()).filter(|note| !note.is_empty());
            note.map_or("rejected".to_owned(), |note| format!("rejected: {}", message(note)))
        }
        Failure::Provider => {
            let provider = picture.course.provider(picture.course.agent(i));
            let fix = picture.state.providers.get(provider).and_then(|state| state.broken.as_deref());
            format!("{} does not accept the login: {}", safe(provider), message(fix.unwrap_or_default()))
        }
        Failure::Limit(limit) => schedule::limit_reason(limit, picture.state),
        Failure::AgentAgain | Failure::GatesAgain => {
            let last = last(picture, i).unwrap_or_else(|| "no result".to_owned());
            format!("gave up, since it failed twice in the same way: {last}")
        }
        Failure::Surroundings => {
            let last = last(picture, i).unwrap_or_else(|| "no result".to_owned());
            format!("it cannot be judged here, and neither can your base: {last}")
        }
        Failure::Agent | Failure::Gates | Failure::Merged => last(picture, i).unwrap_or_else(|| "no result".to_owned()),
    }
}

fn needs(picture: &Picture<'_>, i: usize) -> String {
    let names: Vec<String> = picture.blockers(i).iter().map(ToString::to_string).collect();
    format!("needs {}", few(&names, NAMED))
}

/// The gravest word of a required gate that does not let its subject through: a finding goes before what could not be
/// checked, and a hole in security before all others.
pub fn refusing<'a>(words: &[StateWord<'a>]) -> Option<(&'a GateName, &'a Judgement)> {
    let refused = words.iter().filter_map(|word| match word.check {
        Some(CheckState::Judged(judgement)) if !judgement.is_let_through(word.gate) => Some((word, judgement)),
        _ => None,
    });
    let grave = |(word, judgement): &(&StateWord<'a>, &'a Judgement)| match (judgement.verdict, word.gate.kind) {
        (Verdict::Fail, GateKind::Security) => 0,
        (Verdict::Fail, _) => 1,
        _ => 2,
    };
    refused.min_by_key(grave).map(|(word, judgement)| (&word.gate.name, judgement))
}

/// `gate test fails: tests/x.sh:12 expected …`, `gate lint unchecked: a program is missing`.
pub fn verdict(gate: &GateName, judgement: &Judgement) -> String {
    let word = match judgement.verdict {
        Verdict::Pass => "passes",
        Verdict::Fail => "fails",
        Verdict::Unchecked => "could not check it",
        Verdict::NotApplicable => "does not apply",
    };
    let what = match judgement.findings.first() {
        Some(found) => finding(found),
        None => message(&judgement.reason),
    };
    if what.is_empty() { format!("gate {gate} {word}") } else { format!("gate {gate} {word}: {what}") }
}

/// `tests/x.sh:12 expected "a", got "b" (rule)`.
pub fn finding(finding: &Finding) -> String {
    let place = match (finding.file.as_str(), finding.line) {
        ("", _) => String::new(),
        (file, 0) => format!("{} ", safe(file)),
        (file, line) => format!("{}:{line} ", safe(file)),
    };
    let rule = if finding.rule.is_empty() { String::new() } else { format!(" ({})", safe(&finding.rule)) };
    format!("{place}{}{rule}", message(&finding.message))
}

/// `conflicts with T008 at shop/cart.py:41-58`.
pub fn conflict(conflict: &Conflict) -> String {
    let with: Vec<String> = conflict.with.iter().map(ToString::to_string).collect();
    let with = if with.is_empty() { "landed work".to_owned() } else { few(&with, NAMED) };
    let paths: Vec<String> = conflict.paths.iter().map(path).collect();
    let at = if conflict.paths.first().is_some_and(|path| path.lines.is_empty()) { "in" } else { "at" };
    format!("conflicts with {with} {at} {}", few(&paths, NAMED))
}

/// `shop/cart.py:41-58`, with git's word for it when that is not a plain clash of contents.
pub fn path(path: &ConflictPath) -> String {
    let lines = if path.lines.is_empty() { String::new() } else { format!(":{}", safe(&path.lines)) };
    let kind = if path.kind == "contents" { String::new() } else { format!(" ({})", safe(&path.kind)) };
    format!("{}{lines}{kind}", safe(&path.path))
}

/// `after 3 attempts`; nothing when there was none.
pub fn after_attempts(picture: &Picture<'_>, i: usize) -> String {
    match picture.facts(i).attempts.iter().filter(|attempt| super::picture::counts(attempt)).count() {
        0 => String::new(),
        n => format!(" after {}", plural(n, "attempt")),
    }
}
