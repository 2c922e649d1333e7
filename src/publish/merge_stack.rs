//! Merging from the bottom: what is approved and whose checks passed, one after another, the rest kept in step.

use std::time::Duration;

use super::forge::{Forge, MergeAnswer, PullRequest, PullState, ReviewVerdict, StatusState};
use super::layer_page::LayerPage;
use super::perform::{PublishJob, PublishLog, Published, publish};
use crate::brief::one_line;
use crate::journal::GateWaiver;
use crate::model::{Error, ErrorKind, Oid, Result};

/// How long an answer to a merge is waited for.
const PATIENCE: Duration = Duration::from_secs(300);

/// Between two looks at a pending merge.
const BETWEEN: Duration = Duration::from_millis(500);

/// Waits between two looks; `false` when somebody does not want to wait any longer.
pub type MergePause<'a> = &'a mut dyn FnMut(Duration) -> bool;

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
    pause: MergePause<'_>,
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
        let layers = &done.stack.layers;
        let Some((layer, pull)) = layers.iter().find_map(|layer| Some((layer, open(layer)?))) else { return Ok(done) };
        if let Some(why) = obstacle(forge, &pull)? {
            tell(&format!("#{} is not merged: {why}", pull.number));
            return Ok(done);
        }
        let number = pull.number;
        waivers(&layer.page).iter().for_each(|line| tell(&format!("#{number}  {line}")));
        let mut ticket = None;
        let Some(commit) = merged(&pull, &mut || forge.merge(&pull, &mut ticket), pause)? else {
            tell(&format!("#{number} waits in the server's merge queue; once it is merged: git orca publish --merge"));
            return Ok(done);
        };
        tell(&format!("#{number} is merged as {}", commit.short()));
        done = publish(job, forge, log)?;
        if upto == Some(number) {
            return Ok(done);
        }
    }
}

/// What people let pass of what is merged: nobody merges it without having heard of it.
fn waivers(page: &LayerPage) -> Vec<String> {
    let line = |waiver: &GateWaiver| {
        let who = one_line(waiver.account().unwrap_or("a person"));
        format!("gate {} refuses it, and was waived by {who}: {}", waiver.gate, one_line(&waiver.note))
    };
    page.gates.iter().flat_map(|gate| &gate.waived).map(line).collect()
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

/// The commit that a pull request was merged as; asks until the server has an answer. None where it went into a queue.
fn merged(
    pull: &PullRequest,
    ask: &mut dyn FnMut() -> Result<MergeAnswer>,
    pause: MergePause<'_>,
) -> Result<Option<Oid>> {
    let failed = |cause: String| Error::new(ErrorKind::Publish, "merging", cause);
    let mut waited = Duration::ZERO;
    loop {
        match ask()? {
            MergeAnswer::Merged(commit) => return Ok(Some(commit)),
            MergeAnswer::Queued => return Ok(None),
            MergeAnswer::Refused(why) => {
                let cause = format!("the server refuses to merge #{}: {why}", pull.number);
                return Err(failed(cause).hint(format!("look at {}", pull.url)));
            }
            MergeAnswer::Pending if waited >= PATIENCE => {
                let cause = format!("#{} is still being merged after {} s", pull.number, PATIENCE.as_secs());
                return Err(failed(cause).hint("git orca publish --merge   looks again"));
            }
            MergeAnswer::Pending => {
                if !pause(BETWEEN) {
                    let cause = format!("#{} is still being merged, and you stopped waiting for it", pull.number);
                    return Err(failed(cause).hint("git orca publish --merge   looks again"));
                }
                waited += BETWEEN;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pull() -> PullRequest {
        PullRequest {
            number: 3,
            url: "https://example.org/3".to_owned(),
            state: PullState::Open,
            head: String::new(),
            head_commit: "1".repeat(40).parse().unwrap(),
            base: String::new(),
            title: String::new(),
            body: String::new(),
            draft: false,
            merged_as: None,
            merged_by: None,
            labels: Vec::new(),
            stack: None,
            lost_head: false,
        }
    }

    /// Answers in this order, the last one again and again; gives what came and how long was waited.
    fn waited(answers: &[MergeAnswer], most: Duration) -> (Result<Option<Oid>>, Duration) {
        let (mut n, mut waited) = (0, Duration::ZERO);
        let mut ask = || {
            n += 1;
            Ok(answers[(n - 1).min(answers.len() - 1)].clone())
        };
        let mut pause = |time: Duration| {
            waited += time;
            waited <= most
        };
        (merged(&pull(), &mut ask, &mut pause), waited)
    }

    #[test]
    fn a_pending_merge_is_waited_for_as_long_as_is_reasonable() {
        let done = MergeAnswer::Merged("2".repeat(40).parse().unwrap());
        let for_ever = Duration::from_secs(100_000);
        let (commit, time) = waited(&[MergeAnswer::Pending, MergeAnswer::Pending, done.clone()], for_ever);
        assert_eq!((commit.unwrap().unwrap().as_str(), time), ("2".repeat(40).as_str(), 2 * BETWEEN));
        let (queued, _) = waited(&[MergeAnswer::Pending, MergeAnswer::Queued], for_ever);
        assert_eq!(queued.unwrap(), None, "people look after a queue");
        let (error, time) = waited(&[MergeAnswer::Pending], for_ever);
        assert!(error.unwrap_err().cause.contains("still being merged after 300 s"));
        assert_eq!(time, PATIENCE);
        let (error, _) = waited(&[MergeAnswer::Pending], BETWEEN);
        assert!(error.unwrap_err().cause.contains("you stopped waiting"));
        let (error, time) = waited(&[MergeAnswer::Refused("no".to_owned())], for_ever);
        assert!(error.unwrap_err().cause.contains("refuses to merge #3: no") && time.is_zero());
    }
}
