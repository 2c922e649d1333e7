//! Merging from the bottom: what is approved and whose checks passed, one after another, the rest kept in step.

use std::time::{Duration, Instant};

use super::forge::{Forge, MergeAnswer, PullRequest, PullState, ReviewVerdict, StatusState};
use super::perform::{PublishJob, PublishLog, Published, publish};
use crate::brief::one_line;
use crate::model::{Error, ErrorKind, Result};

/// How long an answer to a merge is waited for.
const PATIENCE: Duration = Duration::from_secs(300);

/// Between two looks at a pending merge.
const BETWEEN: Duration = Duration::from_millis(500);

/// Merges the lowest open pull requests, up to number `upto` where one is named; `tell` hears what happens.
///
/// # Errors
/// As [`publish`]; or the server refuses a merge, or does not answer it in time.
pub fn merge_stack(
    job: &PublishJob<'_>,
    forge: &dyn Forge,
    log: &mut dyn PublishLog,
    mut done: Published,
    upto: Option<u64>,
    tell: &dyn Fn(&str),
) -> Result<Published> {
    if let Some(number) = upto
        && !done.stack.layers.iter().any(|layer| layer.pull.as_ref().is_some_and(|pull| pull.number == number))
    {
        let cause = format!("#{number} is not one of this run's pull requests");
        return Err(Error::new(ErrorKind::Usage, "merging", cause).hint("git orca publish   lists them"));
    }
    loop {
        let open = |layer: &super::stack::StackLayer| {
            layer.pull.clone().filter(|pull| pull.state == PullState::Open && layer.held.is_none())
        };
        let Some(pull) = done.stack.layers.iter().find_map(open) else { return Ok(done) };
        if let Some(why) = obstacle(forge, &pull)? {
            tell(&format!("#{} is not merged: {why}", pull.number));
            return Ok(done);
        }
        let number = pull.number;
        let commit = wait_for(forge, &pull)?;
        tell(&format!("#{number} is merged as {}", commit.short()));
        done = publish(job, forge, log)?;
        if upto == Some(number) {
            return Ok(done);
        }
    }
}

/// Why a pull request may not be merged yet.
fn obstacle(forge: &dyn Forge, pull: &PullRequest) -> Result<Option<String>> {
    if pull.draft {
        return Ok(Some("it is a draft; mark it as ready on the server".to_owned()));
    }
    match forge.verdict(pull.number)? {
        ReviewVerdict::Approved { .. } => {}
        ReviewVerdict::ChangesRequested => return Ok(Some("a reviewer asks for changes".to_owned())),
        ReviewVerdict::Undecided => return Ok(Some("nobody has approved it".to_owned())),
    }
    let mut said = forge.statuses(&pull.head_commit)?;
    said.extend(forge.checks(&pull.head_commit)?);
    if said.is_empty() {
        return Ok(Some("nothing has checked it: no gate, and no check of the server; merge it there".to_owned()));
    }
    let bad = said.iter().find(|status| status.state != StatusState::Success);
    Ok(bad.map(|status| format!("{} is not green: {}", one_line(&status.context), one_line(&status.description))))
}

fn wait_for(forge: &dyn Forge, pull: &PullRequest) -> Result<crate::model::Oid> {
    let began = Instant::now();
    let mut ticket = None;
    loop {
        match forge.merge(pull, &mut ticket)? {
            MergeAnswer::Merged(commit) => return Ok(commit),
            MergeAnswer::Refused(why) => {
                let cause = format!("the server refuses to merge #{}: {why}", pull.number);
                return Err(Error::new(ErrorKind::Publish, "merging", cause).hint(format!("look at {}", pull.url)));
            }
            MergeAnswer::Pending if began.elapsed() > PATIENCE => {
                let cause = format!("#{} is still being merged after {} s", pull.number, PATIENCE.as_secs());
                return Err(
                    Error::new(ErrorKind::Publish, "merging", cause).hint("git orca publish --merge   looks again")
                );
            }
            MergeAnswer::Pending => std::thread::sleep(BETWEEN),
        }
    }
}
