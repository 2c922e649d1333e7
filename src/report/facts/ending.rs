//! What an exit code means, in words that name everything that applies.

use super::picture::Picture;
use super::reason;
use crate::journal::{RunOutcome, Shortfall};
use crate::report::facts::timing::Timing;
use crate::report::words::measure::{duration, plural, seconds};
use crate::schedule::{TaskStatus, outcome};

/// The exit code of a run that has ended; none of one that goes on or was cut off.
pub fn exit_at_end(picture: &Picture<'_>) -> Option<u8> {
    picture.state.finished.map(|(_, ended)| ended.exit_code())
}

/// The exit code of the run as it stands.
pub fn exit(picture: &Picture<'_>) -> u8 {
    match picture.state.finished {
        Some((_, ended)) => ended.exit_code(),
        None => outcome(&picture.course, picture.state, &picture.standings).exit_code(),
    }
}

/// `exit 4: a task failed (and 1 conflict is left)`; of a run that has not ended, how far it is.
pub fn line(picture: &Picture<'_>) -> String {
    if !picture.state.is_over() {
        return format!("{} of {} landed so far", picture.landed(), picture.len());
    }
    let code = exit(picture);
    let failed = count(
        picture,
        |standing| matches!(standing, TaskStatus::Failed(failure) if failure.shortfall() == Shortfall::Failed),
    );
    let refused = count(
        picture,
        |standing| matches!(standing, TaskStatus::Failed(failure) if failure.shortfall() == Shortfall::Refused),
    );
    let held = count(picture, |standing| *standing == TaskStatus::BaseRed);
    let clashed = count(picture, |standing| *standing == TaskStatus::Conflicted);
    let left_out = picture.state.tasks.iter().zip(&picture.standings);
    let skipped = left_out.filter(|(facts, standing)| **standing == TaskStatus::Skipped && !facts.dropped).count();
    let stopped = matches!(picture.state.finished, Some((_, RunOutcome::Stopped)));
    let parts = [
        (stopped, "git orca resume continues it".to_owned()),
        (!picture.state.missing.is_empty(), missing(picture)),
        (failed > 0, format!("{} failed", plural(failed, "task"))),
        (skipped > 0, format!("{} skipped", plural(skipped, "task"))),
        (held > 0, format!("{}, so nothing else starts until that is fixed or accepted", base_words(picture))),
        (refused > 0, format!("gates still refuse {}", plural(refused, "task"))),
        (clashed > 0, format!("{} left", plural(clashed, "conflict"))),
        (red_end(picture), "gates refuse the result".to_owned()),
        (refused_end(picture), "the finish failed".to_owned()),
    ];
    let mut said = parts.into_iter().filter(|(applies, _)| *applies).map(|(_, words)| words);
    let first = said.next().unwrap_or_else(|| if code == 0 { "done".into() } else { "not everything landed".into() });
    let rest: Vec<String> = said.collect();
    let rest = if rest.is_empty() { String::new() } else { format!(" (and {})", rest.join(", ")) };
    // By what it was stopped, and so with which code, the process knew that ended.
    if stopped { format!("stopped: {first}{rest}") } else { format!("exit {code}: {first}{rest}") }
}

/// Of a run that nobody drives, after "interrupted": when its last word came. When it ended nobody saw.
pub fn silence(picture: &Picture<'_>) -> String {
    let ago = duration(seconds(picture.state.at, picture.now));
    let wall = duration(Timing::of(picture).wall);
    format!("{wall} into the run (its process is gone; last active {ago} ago)")
}

/// `` `pytest` fails on your base: 3 tests ``
fn base_words(picture: &Picture<'_>) -> String {
    let said = reason::on_base(picture);
    if said.is_empty() { "a required gate fails on your base".to_owned() } else { said.join("; ") }
}

/// What gates miss here, and what goes on when it is there.
fn missing(picture: &Picture<'_>) -> String {
    let said: Vec<String> = picture.state.missing.iter().map(|(gate, why)| reason::missing(gate, why)).collect();
    format!("{}; then: git orca resume", said.join("; "))
}

fn count(picture: &Picture<'_>, wanted: impl Fn(&TaskStatus) -> bool) -> usize {
    picture.that(wanted).len()
}

/// Whether every task landed and gates of a layer or of the end are red all the same.
fn red_end(picture: &Picture<'_>) -> bool {
    let stuck = |standing: &TaskStatus| matches!(standing, TaskStatus::Failed(_) | TaskStatus::BaseRed);
    exit(picture) == 5 && count(picture, stuck) == 0
}

fn refused_end(picture: &Picture<'_>) -> bool {
    let state = picture.state;
    matches!(&state.deploy, Some(Some((false, _)))) || matches!(&state.into, Some((true, Some(_))))
}
