//! Publishing from beginning to end: look, take in, decide, do, until nothing is left to do.

use std::collections::BTreeSet;

use super::decide::{PublishStep, PullStyle, decide};
use super::forge::{Forge, PullEdit, PullRequest, PullState};
use super::remote_refusal;
use super::settle::{Judge, NewHead, settle};
use super::stack::{Held, Stack, StackLayer};
use crate::git::{BranchPush, Repo};
use crate::integrate;
use crate::journal::{Event, Head, HeadVerdict, PullRecord, PullStanding, RunState};
use crate::model::{Error, ErrorKind, Oid, Result};

/// Rounds until nothing is left to do: push and open, then what needs the numbers of all, then what that brought.
const ROUNDS: usize = 4;

/// What is published, and how.
pub struct PublishJob<'a> {
    /// The repository.
    pub repo: &'a Repo,
    /// The remote to push layer branches to.
    pub remote: String,
    /// The branch that the lowest layer is to be merged into.
    pub onto: String,
    /// How pull requests are made.
    pub style: PullStyle,
    /// Runs the gates on heads that are not the run's own.
    pub judge: Judge<'a>,
}

/// Where it is written down. The run's state is that of its journal.
pub trait PublishLog {
    /// The run, as it is now.
    fn state(&self) -> &RunState;

    /// Writes an event into the journal, and folds it in.
    ///
    /// # Errors
    /// The disk refuses.
    fn record(&mut self, event: Event) -> Result<()>;

    /// Tells a person what happens.
    fn tell(&mut self, step: &PublishStep, done: Option<&PullRequest>);
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// The layers, as they are now.
    pub stack: Stack,
    /// Heads that were replaced, and why.
    pub moved: Vec<NewHead>,
    /// Requests that changed something.
    pub writes: usize,
}

impl Published {
    /// Whether something is left to do that only a person can.
    pub fn is_stuck(&self) -> bool {
        self.held().any(|(_, held)| *held != Held::Closed) || self.refused_audiences().next().is_some()
    }

    /// Layers whose labels, reviewers, assignees or milestone the server does not take, and why.
    pub fn refused_audiences(&self) -> impl Iterator<Item = (&StackLayer, &str)> {
        self.stack.layers.iter().filter_map(|layer| Some((layer, layer.refused_audience.as_deref()?)))
    }

    /// Layers that were left as they are although something is to be done, and why.
    pub fn held(&self) -> impl Iterator<Item = (&StackLayer, &Held)> {
        self.stack.layers.iter().filter_map(|layer| layer.held.as_ref().map(|held| (layer, held)))
    }
}

/// What would be done: the stack as it would be, and the first round of steps. Nothing is moved or sent.
///
/// # Errors
/// As [`publish`].
pub fn preview(job: &PublishJob<'_>, forge: &dyn Forge, state: &RunState) -> Result<(Stack, Vec<PublishStep>)> {
    let mut stack = Stack::look(job.repo, state, forge, &job.remote, &job.onto)?;
    settle(job.repo, state, &mut stack, job.judge)?;
    let steps = decide(&stack, &job.style);
    Ok((stack, steps))
}

/// Publishes a run's layers. Repeating it changes nothing that is right already.
///
/// # Errors
/// Git, remote or server refuse; what was done until then stays, and the next call goes on from there.
pub fn publish(job: &PublishJob<'_>, forge: &dyn Forge, log: &mut dyn PublishLog) -> Result<Published> {
    finish_moving(job.repo, log)?;
    take_bridge_away(job, log)?;
    let mut stack = Stack::look(job.repo, log.state(), forge, &job.remote, &job.onto)?;
    if stack.layers.is_empty() {
        return Err(Error::new(ErrorKind::NotFound, "publishing", "nothing of this run has landed")
            .hint("git orca status   says what it waits for"));
    }
    let moved = settle(job.repo, log.state(), &mut stack, job.judge)?;
    move_heads(job.repo, log, &moved)?;
    let mut doer = Doer { job, forge, log, stack, written: BTreeSet::new(), writes: 0 };
    for _ in 0..ROUNDS {
        doer.remember()?;
        let steps = decide(&doer.stack, &job.style);
        let steps: Vec<PublishStep> = steps.into_iter().filter(|step| !doer.is_written(step)).collect();
        if steps.is_empty() {
            break;
        }
        doer.perform_all(&steps)?;
    }
    doer.remember()?;
    doer.join_stack()?;
    Ok(Published { stack: doer.stack, moved, writes: doer.writes })
}

/// Replaces heads, as announced before a kill.
fn finish_moving(repo: &Repo, log: &mut dyn PublishLog) -> Result<()> {
    let Some(heads) = log.state().moving.clone() else { return Ok(()) };
    land(repo, log, &heads)
}

/// Takes a branch away that stands for one that is gone, as a kill left it: whatever hung on it is where it was before.
fn take_bridge_away(job: &PublishJob<'_>, log: &mut dyn PublishLog) -> Result<()> {
    let Some((branch, commit)) = log.state().bridge.clone() else { return Ok(()) };
    let there =
        job.repo.remote_branches(&job.remote, std::slice::from_ref(&branch)).map_err(remote_refusal::explain)?;
    // What somebody else put there since is theirs.
    if there.get(&branch) == Some(&commit) {
        let back = BranchPush { branch, commit: None, expected: Some(commit) };
        job.repo.push_branches(&job.remote, &[back]).map_err(remote_refusal::explain)?;
    }
    log.record(Event::BridgeRemoved)
}

pub(super) fn move_heads(repo: &Repo, log: &mut dyn PublishLog, moved: &[NewHead]) -> Result<()> {
    if moved.is_empty() {
        return Ok(());
    }
    let heads: Vec<Head> = moved.iter().map(|one| one.head.clone()).collect();
    let why = moved.iter().map(|one| one.why.as_str()).collect::<Vec<_>>().join("; ");
    let said = moved.iter().flat_map(verdicts).collect();
    log.record(Event::HeadsMoveIntended { why, heads: heads.clone(), said })?;
    land(repo, log, &heads)
}

/// What gates said of a new head, to be remembered: nobody asks them again.
fn verdicts(moved: &NewHead) -> impl Iterator<Item = HeadVerdict> + '_ {
    moved.gates.iter().filter_map(|said| {
        Some(HeadVerdict {
            tree: moved.head.tree.clone(),
            gate: said.gate.clone(),
            verdict: said.verdict?,
            reason: said.reason.clone(),
            waived: said.waived.clone(),
        })
    })
}

fn land(repo: &Repo, log: &mut dyn PublishLog, heads: &[Head]) -> Result<()> {
    let state = log.state();
    let held_back = integrate::land(repo, &state.info.run, &state.heads, heads)?;
    log.record(Event::HeadsMoved { held_back })
}

struct Doer<'a, 'j> {
    job: &'a PublishJob<'j>,
    forge: &'a dyn Forge,
    log: &'a mut dyn PublishLog,
    stack: Stack,
    /// Layers whose comment is written.
    written: BTreeSet<u32>,
    writes: usize,
}

impl Doer<'_, '_> {
    fn is_written(&self, step: &PublishStep) -> bool {
        matches!(step, PublishStep::Comment { layer, .. } if self.written.contains(layer))
    }

    /// Where an audience is refused, the rest is published all the same; the next round decides anew how it is described.
    fn perform_all(&mut self, steps: &[PublishStep]) -> Result<()> {
        let mut refused = BTreeSet::new();
        for step in steps {
            match step {
                PublishStep::Introduce { layer, .. } => {
                    if let Err(error) = self.perform(step) {
                        refused.insert(*layer);
                        self.go_on_without_audience(*layer, &error);
                    }
                }
                PublishStep::Edit { layer, .. } if refused.contains(layer) => {}
                _ => self.perform(step)?,
            }
        }
        Ok(())
    }

    fn go_on_without_audience(&mut self, layer: u32, error: &Error) {
        if let Some(layer) = self.layer(layer) {
            layer.refused_audience = Some(error.cause.clone());
        }
    }

    fn did(&mut self, step: &PublishStep, pull: Option<&PullRequest>) {
        self.writes += 1;
        self.log.tell(step, pull);
    }

    fn layer(&mut self, n: u32) -> Option<&mut StackLayer> {
        self.stack.layers.iter_mut().find(|layer| layer.page.layer == n)
    }

    fn perform(&mut self, step: &PublishStep) -> Result<()> {
        let mut done = None;
        match step {
            PublishStep::Push { layer, push } => {
                self.push(push)?;
                let (n, commit) = (*layer, push.commit.clone());
                let is_open = self.layer(n).is_some_and(|layer| layer.pull.is_some());
                // What was said of the old head says nothing of the new one.
                let statuses = match commit.as_ref().filter(|_| is_open) {
                    Some(commit) => self.forge.statuses(commit)?,
                    None => Vec::new(),
                };
                if let Some(layer) = self.layer(n) {
                    layer.remote = commit;
                    layer.statuses = statuses;
                }
            }
            PublishStep::Open { layer, new } => {
                let pull = self.forge.open(new)?;
                let statuses = self.forge.statuses(&pull.head_commit)?;
                done = Some(pull.clone());
                if let Some(layer) = self.layer(*layer) {
                    layer.statuses = statuses;
                    layer.pull = Some(pull);
                }
            }
            PublishStep::Introduce { number, audience, .. } => self.forge.introduce(*number, audience)?,
            PublishStep::Reopen { layer, number, bridge, base } => {
                done = Some(self.reopen(*layer, *number, bridge, base)?)
            }
            PublishStep::Edit { layer, number, edit } => {
                let pull = self.forge.edit(*number, edit)?;
                done = Some(pull.clone());
                if let Some(layer) = self.layer(*layer) {
                    layer.pull = Some(pull);
                }
            }
            PublishStep::Comment { layer, number, marker, text } => {
                self.forge.put_comment(*number, marker, text)?;
                self.written.insert(*layer);
            }
            PublishStep::Status { layer, commit, status } => {
                self.forge.set_status(commit, status)?;
                let (n, status) = (*layer, status.clone());
                if let Some(layer) = self.layer(n) {
                    layer.statuses.retain(|known| known.context != status.context);
                    layer.statuses.push(status);
                }
            }
        }
        self.did(step, done.as_ref());
        Ok(())
    }

    fn push(&self, push: &BranchPush) -> Result<()> {
        let pushed = self.job.repo.push_branches(&self.job.remote, std::slice::from_ref(push));
        pushed.map_err(remote_refusal::explain)
    }

    /// Opens a pull request again whose base branch went: a server opens none without a base, and moves none that is closed.
    fn reopen(&mut self, n: u32, number: u64, bridge: &BranchPush, base: &str) -> Result<PullRequest> {
        if let Some(commit) = &bridge.commit {
            let (branch, commit) = (bridge.branch.clone(), commit.clone());
            self.log.record(Event::BridgeIntended { branch, commit })?;
        }
        self.push(bridge)?;
        let edit = PullEdit { base: Some(base.to_owned()), reopen: true, body: None };
        let pull = self.forge.edit(number, &edit)?;
        let back = BranchPush { branch: bridge.branch.clone(), commit: None, expected: bridge.commit.clone() };
        self.push(&back)?;
        self.log.record(Event::BridgeRemoved)?;
        let statuses = self.forge.statuses(&pull.head_commit)?;
        if let Some(layer) = self.layer(n) {
            layer.held = None;
            layer.statuses = statuses;
            layer.pull = Some(pull.clone());
        }
        Ok(pull)
    }

    /// Writes down what is known of each pull request, where that is news.
    fn remember(&mut self) -> Result<()> {
        for layer in &self.stack.layers {
            let Some(pull) = &layer.pull else { continue };
            let head = layer.remote.clone().unwrap_or_else(|| pull.head_commit.clone());
            // What somebody else pushed is not what was published.
            let head = match (&layer.held, self.log.state().pulls.get(&layer.page.layer)) {
                (Some(_), Some(known)) => known.head.clone(),
                _ => head,
            };
            let record = record(layer.page.layer, pull, head);
            if self.log.state().pulls.get(&layer.page.layer) != Some(&record) {
                self.log.record(Event::PullRequestSeen(record))?;
            }
        }
        Ok(())
    }

    /// Makes a native stack of what is open, where the server has such.
    fn join_stack(&mut self) -> Result<()> {
        let open = self.stack.layers.iter().filter_map(|layer| layer.pull.as_ref());
        let open: Vec<&PullRequest> = open.filter(|pull| pull.state == PullState::Open).collect();
        if open.len() < 2 || open.iter().all(|pull| pull.stack.is_some()) {
            return Ok(());
        }
        let numbers: Vec<u64> = open.iter().map(|pull| pull.number).collect();
        self.forge.stack(&numbers).map(drop)
    }
}

fn record(layer: u32, pull: &PullRequest, head: Oid) -> PullRecord {
    PullRecord {
        layer,
        number: pull.number,
        url: pull.url.clone(),
        state: match pull.state {
            PullState::Open => PullStanding::Open,
            PullState::Merged => PullStanding::Merged,
            PullState::Closed => PullStanding::Closed,
        },
        base: pull.base.clone(),
        head,
        merged_as: pull.merged_as.clone(),
    }
}
