//! What an exit code means, in words that name everything that applies.

use super::picture::Picture;
use crate::journal::{RunOutcome, Shortfall};
use crate::report::words::measure::plural;
use crate::schedule::{TaskStatus, outcome};

/// The exit code of the run as it stands.
pub fn exit(picture: &Picture<'_>) -> u8 {
    match picture.state.finished {
        Some((_, ended)) => ended.exit_code(),
        None => outcome(&picture.course, picture.state, &picture.standings).exit_code(),
    }
}

/// `exit 4: a task failed (and 1 conflict is left)`; of a run that has not ended, how far it is.
pub fn line(picture: &Picture<'_>) -> String {
    if picture.state.finished.is_none() {
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
    let clashed = count(picture, |standing| *standing == TaskStatus::Conflicted);
    let skipped = count(picture, |standing| *standing == TaskStatus::Skipped);
    let stopped = matches!(picture.state.finished, Some((_, RunOutcome::Stopped)));
    let parts = [
        (stopped, "the run was stopped; git orca resume continues it".to_owned()),
        (failed > 0, format!("{} failed", plural(failed, "task"))),
        (skipped > 0, format!("{} left out", plural(skipped, "task"))),
        (refused > 0, format!("gates still refuse {}", plural(refused, "task"))),
        (clashed > 0, format!("{} left", plural(clashed, "conflict"))),
        (red_end(picture), "gates refuse the result".to_owned()),
        (refused_end(picture), "the finish failed".to_owned()),
    ];
    let mut said = parts.into_iter().filter(|(applies, _)| *applies).map(|(_, words)| words);
    let first = said.next().unwrap_or_else(|| if code == 0 { "done".into() } else { "not everything landed".into() });
    let rest: Vec<String> = said.collect();
    let rest = if rest.is_empty() { String::new() } else { format!(" (and {})", rest.join(", ")) };
    format!("exit {code}: {first}{rest}")
}

fn count(picture: &Picture<'_>, wanted: impl Fn(&TaskStatus) -> bool) -> usize {
    picture.that(wanted).len()
}

/// Whether every task landed and gates of a layer or of the end are red all the same.
fn red_end(picture: &Picture<'_>) -> bool {
    exit(picture) == 5 && count(picture, |standing| matches!(standing, TaskStatus::Failed(_))) == 0
}

fn refused_end(picture: &Picture<'_>) -> bool {
    let state = picture.state;
    matches!(&state.deploy, Some(Some((false, _)))) || matches!(&state.into, Some((true, Some(_))))
}
