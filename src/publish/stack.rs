//! What is found before anything is decided: the layers of the run, their branches on the remote, their pull requests.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::forge::{CommitStatus, Forge, PullRequest, PullState};
use super::layer_page::{LayerPage, layer_pages};
use super::remote_refusal::explain;
use crate::git::Repo;
use crate::integrate::names;
use crate::journal::RunState;
use crate::model::{Error, ErrorKind, Oid, Result};

/// Why a layer is left as it is on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// Its branch was replaced on the remote by commits that do not contain what was published.
    Rewritten {
        /// What is there now.
        found: Oid,
    },
    /// What changed below it clashes with it.
    Clash {
        /// With what, in words.
        with: String,
        /// Where.
        paths: Vec<String>,
    },
    /// Commits that were pushed onto its branch do not pass.
    Refused {
        /// What is there now.
        found: Oid,
        /// What gates say.
        why: String,
    },
    /// It was closed without being merged.
    Closed,
    /// The repository that its branch was in was deleted: nothing can be pushed to its pull request any more.
    HeadLost,
    /// A layer below it is held.
    Waits {
        /// Which.
        layer: u32,
    },
}

/// A layer, here and there.
#[derive(Debug, Clone, PartialEq)]
pub struct StackLayer {
    /// What the run knows of it; its head is what is to be published.
    pub page: LayerPage,
    /// Its branch on the remote.
    pub remote: Option<Oid>,
    /// Its pull request.
    pub pull: Option<PullRequest>,
    /// Statuses that its head has on the server.
    pub statuses: Vec<CommitStatus>,
    /// Why nothing is changed there.
    pub held: Option<Held>,
    /// Why the server does not take its labels, reviewers, assignees or milestone: what the settings name is not there.
    pub refused_audience: Option<String>,
}

impl StackLayer {
    /// Whether it is merged on the server.
    pub fn is_merged(&self) -> bool {
        self.pull.as_ref().is_some_and(|pull| pull.state == PullState::Merged)
    }
}

/// All layers, lowest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    /// The remote.
    pub remote: String,
    /// The branch that the lowest is to be merged into.
    pub base: String,
    /// That branch on the remote.
    pub base_commit: Oid,
    /// The layers.
    pub layers: Vec<StackLayer>,
}

impl Stack {
    /// Looks. Fetches the base branch, and nothing else.
    ///
    /// # Errors
    /// Remote or server cannot be reached; the remote lacks the base branch, or its base branch lacks the run's base.
    pub fn look(repo: &Repo, state: &RunState, forge: &dyn Forge, remote: &str, base: &str) -> Result<Stack> {
        let pages = layer_pages(state, Timestamp::now());
        let mut wanted: Vec<String> = pages.iter().map(|page| page.branch.clone()).collect();
        wanted.push(base.to_owned());
        let found = repo.remote_branches(remote, &wanted).map_err(explain)?;
        let base_commit = fetched_base(repo, state, (remote, base), &found)?;
        wanted.pop();
        let mut pulls = forge.pulls_of(&wanted)?;
        let layers = pages.into_iter().map(|page| {
            let of_branch = pulls.remove(&page.branch).unwrap_or_default();
            let pull = chosen(with_stray(of_branch, state, forge, &page)?);
            let open = pull.as_ref().is_some_and(|pull| pull.state == PullState::Open);
            let statuses = if open { forge.statuses(&page.head.commit)? } else { Vec::new() };
            let remote = found.get(&page.branch).cloned();
            Ok(StackLayer { page, remote, pull, statuses, held: None, refused_audience: None })
        });
        let layers = layers.collect::<Result<_>>()?;
        let mut stack = Stack { remote: remote.to_owned(), base: base.to_owned(), base_commit, layers };
        stack.open_stranded(repo, state)?;
        for at in 0..stack.layers.len() {
            let closed = stack.layers[at].pull.as_ref().is_some_and(|pull| pull.state == PullState::Closed);
            if closed && stack.lost_its_base(at).is_none() {
                stack.layers[at].held = Some(Held::Closed);
            } else if stack.layers[at].pull.as_ref().is_some_and(|pull| pull.lost_head && pull.state == PullState::Open)
            {
                stack.layers[at].held = Some(Held::HeadLost);
            }
        }
        Ok(stack)
    }

    /// The merged layer whose branch was the base of a pull request and is gone: then the server closed that one, and no
    /// person did.
    pub(super) fn lost_its_base(&self, at: usize) -> Option<&StackLayer> {
        let pull = self.layers[at].pull.as_ref().filter(|pull| pull.state == PullState::Closed)?;
        let below = self.layers[..at].iter().find(|layer| layer.page.branch == pull.base)?;
        (below.is_merged() && below.remote.is_none()).then_some(below)
    }

    /// What was merged into the branch of a layer that had been merged before is in no base branch: it needs a pull
    /// request of its own again.
    fn open_stranded(&mut self, repo: &Repo, state: &RunState) -> Result<()> {
        for at in 0..self.layers.len() {
            let Some(pull) = self.layers[at].pull.clone().filter(|pull| pull.state == PullState::Merged) else {
                continue;
            };
            let Some(below) = self.layers[..at].iter().find(|layer| layer.page.branch == pull.base) else { continue };
            let Some(lower) = below.pull.as_ref().filter(|lower| lower.state == PullState::Merged) else { continue };
            if below.remote.is_some() {
                repo.fetch_branch(
                    &self.remote,
                    &pull.base,
                    &names::fetched(&state.info.run, &below.page.layer.to_string()),
                )
                .map_err(explain)?;
            }
            let went_along = |commit: &Oid| repo.is_ancestor(commit, &lower.head_commit).unwrap_or(false);
            if !pull.merged_as.as_ref().is_some_and(went_along) {
                self.layers[at].pull = None;
            }
        }
        Ok(())
    }

    /// The branch that a layer's pull request is to be merged into: the next lower one that is not merged, else the base.
    pub fn base_of(&self, at: usize) -> &str {
        let below = self.layers[..at].iter().rev().find(|layer| !layer.is_merged());
        below.map_or(&self.base, |layer| &layer.page.branch)
    }
}

/// What was found, and the one that was published here before and whose repository was deleted since: only its number leads to
/// it. One of those that is closed counts no more: the layer gets another one, from where its branch is now.
fn with_stray(
    mut found: Vec<PullRequest>,
    state: &RunState,
    forge: &dyn Forge,
    page: &LayerPage,
) -> Result<Vec<PullRequest>> {
    let Some(known) = state.pulls.get(&page.layer) else { return Ok(found) };
    if found.iter().any(|pull| pull.number == known.number) {
        return Ok(found);
    }
    let stray = forge.find_pull(known.number)?.filter(|pull| pull.lost_head && pull.head == page.branch);
    found.extend(stray.filter(|pull| pull.state != PullState::Closed));
    Ok(found)
}

/// The one that counts: an open one, else a merged one, else the latest.
fn chosen(pulls: Vec<PullRequest>) -> Option<PullRequest> {
    let rank = |pull: &PullRequest| match pull.state {
        PullState::Open => 2,
        PullState::Merged => 1,
        PullState::Closed => 0,
    };
    pulls.into_iter().max_by_key(|pull| (rank(pull), pull.number))
}

/// The base branch's commit on the remote, here by a ref of the run.
fn fetched_base(
    repo: &Repo,
    state: &RunState,
    (remote, base): (&str, &str),
    found: &BTreeMap<String, Oid>,
) -> Result<Oid> {
    let doing = "publishing";
    if !found.contains_key(base) {
        let cause = format!("`{remote}` has no branch `{base}` that a pull request could be merged into");
        return Err(Error::new(ErrorKind::Publish, doing, cause)
            .hint(format!("git push {remote} {base}"))
            .hint("or name another one: git orca publish --onto BRANCH"));
    }
    let into = names::fetched(&state.info.run, "base");
    let commit = repo.fetch_branch(remote, base, &into).map_err(explain)?;
    let (start, nowhere) = (&state.info.base, state.pulls.is_empty());
    if nowhere && !repo.is_ancestor(start, &commit)? {
        let cause = format!("the run began at {}, which is not in `{base}` of `{remote}` yet", start.short());
        return Err(Error::new(ErrorKind::Publish, doing, cause)
            .hint(format!("git push {remote} {}:{base}   then: git orca publish", start.short())));
    }
    Ok(commit)
}
