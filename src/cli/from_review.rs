//! `retry TASK --from-pr`: what reviewers say of a layer's pull request goes back to the tasks whose work it is about.

use super::args::RetryArgs;
use super::publisher::open_forge;
use super::terminal::TerminalFront;
use crate::journal::{Request, ReviewRework, RunState};
use crate::model::{Error, ErrorKind, Result, TaskId};
use crate::publish::{
    CommitStatus, Forge, NotGiven, OpenReview, PullState, ReviewChoice, ReviewRemark, Stack, open_review, quoted_review,
};
use crate::report;
use crate::report::words::display::safe;
use crate::report::words::measure::plural;
use crate::settings::Flags;
use crate::settings::trust::Item;
use crate::start::consent::consent;
use crate::start::here::{Here, Refusal};
use crate::start::seen;

/// The requests for the tasks that are named.
///
/// # Errors
/// There is nothing to give, a pull request is not open, the server refuses, or nobody agreed to a stranger's words.
pub fn of_tasks(here: &Here, state: &RunState, args: &RetryArgs) -> Result<Vec<Request>, Refusal> {
    let settings = here.settings(&Flags::default())?;
    let forge = open_forge(here, &settings, false)?;
    let mut requests = Vec::new();
    for i in Here::tasks(state, &args.tasks)? {
        let task = &state.info.tasks[i].id;
        let refused = |cause: String| Error::new(ErrorKind::Usage, format!("giving `{task}` its review"), cause);
        if state.tasks[i].open().is_some() {
            return Err(refused("it is running".to_owned()).hint(format!("git orca stop {task}")).into());
        }
        let layer = state.info.layers[i];
        let Some(pull) = state.pulls.get(&layer).map(|pull| pull.number) else {
            let cause = format!("its layer {layer} has no pull request");
            return Err(refused(cause).hint("git orca publish").into());
        };
        let said = SaidReview::read(forge.as_ref(), pull)?;
        if said.state != PullState::Open {
            return Err(refused(format!("#{pull} is not open any more")).hint("git orca publish").into());
        }
        let choice = ReviewChoice { authors: args.include_author.clone(), ..choice(here, state, i)? };
        let review = open_review(&said.remarks, &said.checks, &choice);
        tell_left_out(pull, &review);
        if review.resolved > 0 {
            report::say(&format!("#{pull}  {} left out: somebody resolved it", plural(review.resolved, "thread")));
        }
        if review.is_empty() {
            let error = refused(format!("nothing that is open in #{pull} is for it"));
            return Err(error.hint(format!("git orca retry {task} -m …   tells its agent something else")).into());
        }
        // Whoever may not write to the repository is read like a command of the repository: by whom it runs for.
        let foreign = review.taken.iter().flat_map(|thread| std::iter::once(&thread.first).chain(&thread.replies));
        let items: Vec<Item> = foreign.filter(|remark| !remark.may_write).map(|it| item(pull, it)).collect();
        consent(here, &TerminalFront, (), &items, args.yes)?;
        requests.push(request(task, pull, &review, args.message.as_deref()));
    }
    Ok(requests)
}

/// The requests for all tasks that open remarks of a stack's pull requests are about, which they were not given yet: the
/// last of a layer's tasks that changed the file has to deal with it.
///
/// # Errors
/// The server refuses, or git.
pub fn of_stack(here: &Here, state: &RunState, forge: &dyn Forge, stack: &Stack) -> Result<Vec<Request>> {
    let mut requests = Vec::new();
    let given =
        |remark: &ReviewRemark| state.tasks.iter().any(|it| it.reviews.iter().any(|r| r.remarks.contains(&remark.id)));
    for layer in stack.layers.iter().filter(|layer| layer.held.is_none()) {
        let Some(pull) = layer.pull.as_ref().filter(|pull| pull.state == PullState::Open) else { continue };
        let mut said = SaidReview::read(forge, pull.number)?;
        let fresh = |remark: &ReviewRemark| remark.in_reply_to.is_some() || !given(remark);
        said.remarks.retain(fresh);
        let mut left = said.remarks;
        let tasks = (0..state.tasks.len()).rev().filter(|i| state.info.layers[*i] == layer.page.layer);
        for i in tasks.filter(|i| state.tasks[*i].landed.is_some()) {
            let own = choice(here, state, i)?.own;
            let mine: Vec<ReviewRemark> =
                left.iter().filter(|it| own.contains(&it.path) || it.in_reply_to.is_some()).cloned().collect();
            let review = open_review(&mine, &said.checks, &ReviewChoice { own, ..ReviewChoice::default() });
            tell_left_out(pull.number, &review);
            if !review.taken.is_empty() {
                let taken: Vec<u64> = review.taken.iter().map(|thread| thread.first.id).collect();
                left.retain(|remark| !taken.contains(&remark.id));
                requests.push(request(&state.info.tasks[i].id, pull.number, &review, None));
            }
        }
    }
    Ok(requests)
}

/// What a server has of a pull request's review.
struct SaidReview {
    state: PullState,
    remarks: Vec<ReviewRemark>,
    checks: Vec<CommitStatus>,
}

impl SaidReview {
    fn read(forge: &dyn Forge, number: u64) -> Result<SaidReview> {
        let pull = forge.pull(number)?;
        let mut checks = forge.statuses(&pull.head_commit)?;
        checks.extend(forge.checks(&pull.head_commit)?);
        Ok(SaidReview { state: pull.state, remarks: forge.remarks(number)?, checks })
    }
}

fn request(task: &TaskId, pull: u64, review: &OpenReview, hint: Option<&str>) -> Request {
    Request::Rework(ReviewRework {
        task: task.clone(),
        pull,
        remarks: review.taken.iter().map(|thread| thread.first.id).collect(),
        text: quoted_review(pull, review, hint),
    })
}

/// What a task and the others of its layer changed.
fn choice(here: &Here, state: &RunState, i: usize) -> Result<ReviewChoice> {
    let files = |i: usize| -> Result<Vec<String>> {
        let changed = seen::changed(here, state, &state.info.tasks[i].id)?.unwrap_or_default();
        Ok(changed.into_iter().map(|file| file.path).collect())
    };
    let beside = (0..state.tasks.len()).filter(|j| *j != i && state.info.layers[*j] == state.info.layers[i]);
    let others = beside.map(|j| Ok((state.info.tasks[j].id.clone(), files(j)?))).collect::<Result<_>>()?;
    Ok(ReviewChoice { authors: Vec::new(), own: files(i)?, others })
}

/// A stranger's words, to be agreed to: an edit asks again.
fn item(pull: u64, remark: &ReviewRemark) -> Item {
    Item::new(format!("review of #{pull}, comment {} by {}", remark.id, safe(&remark.author)), remark.body.clone())
}

fn tell_left_out(pull: u64, review: &OpenReview) {
    if review.is_unsure {
        report::say(&format!("#{pull}  the server does not say which threads are resolved: all of them count as open"));
    }
    for (remark, why) in &review.left_out {
        let who = safe(&remark.author);
        let line = remark.line.map(|line| format!(":{line}")).unwrap_or_default();
        let place = format!("#{pull}  {who} on {}{line}", safe(&remark.path));
        report::say(&match why {
            NotGiven::Stranger => {
                format!("{place} is left out: {who} has no write access; --include-author {who} takes it")
            }
            NotGiven::Of(task) => format!("{place} is left out: it is about {task}'s work"),
        });
    }
}
