//! What comes before anybody looks at what an attempt left: nothing that one would wait on stays, setup's part is taken out
//! of its commits, and what lies in repositories inside its worktree is kept.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::job::AttemptJob;
use super::{setup, slot};
use crate::git::{self, Baseline, Fetchable, KeptInside, LeftoverNote, Slot};
use crate::integrate::names;
use crate::journal::{Event, MovedPointer};
use crate::model::{Oid, Result, SubmodulePolicy};
use crate::run::run_env::RunEnv;
use crate::run::worker::one_line;

/// An attempt's worktree, once it can be looked at.
#[derive(Debug, Default)]
pub(super) struct TakenIn {
    /// What setup left there.
    pub(super) baseline: Baseline,
    /// Commits of the agent in whose place others stand now.
    pub(super) replaced: BTreeSet<Oid>,
    /// Repositories inside.
    pub(super) inside: Vec<KeptInside>,
}

impl TakenIn {
    /// Whether the worktree holds nothing but its commit once that has everything: then it need not be cleaned.
    pub(super) fn leaves_nothing(&self, slot: &Slot) -> bool {
        self.baseline.is_empty() && self.inside.is_empty() && !slot.path.join(".gitmodules").exists()
    }
}

/// Takes a worktree in whose attempt is over. All processes that worked there must be dead.
///
/// # Errors
/// It cannot be looked at, or something in it cannot be kept: then nothing of it may be touched.
pub(super) fn take_in(site: &RunEnv, job: &AttemptJob, slot: &Slot) -> Result<TakenIn> {
    let git::LookedThrough { odd, repositories } = git::remove_odd(slot)?;
    if !odd.is_empty() {
        let shown: Vec<String> =
            odd.iter().take(MOST_NAMED).map(|odd| format!("`{}` ({})", odd.path, odd.kind)).collect();
        let more = odd.len().saturating_sub(MOST_NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        say(site, job, format!("removed from the worktree, since git cannot store it: {}{more}", shown.join(", ")));
    }
    written_again(site, job, slot)?;
    let baseline = setup::baseline(site, &job.task, slot, &job.start)?;
    let own = names::full(&job.branch(&site.info.run));
    let mut replaced = BTreeSet::new();
    if git::slot_branch(slot).is_ok_and(|branch| branch.as_deref() == Some(own.as_str())) {
        let rewritten = git::rewrite_without(&site.repo, slot, &job.start, &baseline)?;
        if !rewritten.commits.is_empty() {
            say(site, job, "files that setup had left in the worktree were taken out of its commits".to_owned());
            forget_snapshot(site, job, slot)?;
        }
        rewritten.mixed.iter().for_each(|path| say(site, job, mixed(path)));
        replaced.extend(rewritten.commits.into_keys());
    }
    let prefix = names::inside(&site.info.run, &job.attempt);
    let message = format!("Work of {} inside a submodule", job.attempt);
    let inside = git::keep_inside(&site.repo, slot, &repositories, &job.start, &prefix, &message, Timestamp::now())?;
    inside.iter().for_each(|kept| say(site, job, kept.in_words()));
    Ok(TakenIn { baseline, replaced, inside })
}

/// What an agent committed and somebody pruned before anything of ours named it: its files are still there, and become one
/// commit with everything else that it left.
fn written_again(site: &RunEnv, job: &AttemptJob, slot: &Slot) -> Result<()> {
    let own = names::full(&job.branch(&site.info.run));
    let Some(head) = site.repo.read_ref(&own)? else { return Ok(()) };
    if head == job.start || git::reads_back(&site.repo, &job.start, &head)? {
        return Ok(());
    }
    say(
        site,
        job,
        format!(
            "objects of its commits are gone (git gc or git prune ran meanwhile): {} was made again from its files",
            head.short()
        ),
    );
    git::force_refs(&site.repo, &[(own, job.start.clone())])?;
    git::forget_index(slot)
}

/// Things named of a kind.
const MOST_NAMED: usize = 20;

/// The last snapshot stands on commits that hold what setup left: it goes to where the branch is now.
fn forget_snapshot(site: &RunEnv, job: &AttemptJob, slot: &Slot) -> Result<()> {
    let name = names::snapshot(&site.info.run, &job.attempt);
    match site.repo.read_ref(&name)? {
        Some(_) => git::force_refs(&site.repo, &[(name, git::slot_head(&site.repo, slot)?)]),
        None => Ok(()),
    }
}

fn mixed(path: &str) -> String {
    format!(
        "setup and the agent both changed `{path}`, and the two cannot be told apart: it is taken as the agent left it"
    )
}

/// Tells what a person should know of what was committed for an agent.
pub(super) fn tell(site: &RunEnv, job: &AttemptJob, told: &[LeftoverNote]) {
    for note in told {
        let what = match note {
            LeftoverNote::Unlinked(path) => format!(
                "`{path}` was committed as a link to a nested repository that nobody could fetch; its files were committed in the link's place"
            ),
            LeftoverNote::Mixed(path) => mixed(path),
        };
        say(site, job, what);
    }
}

/// Why a result cannot be taken for the submodules that it moves; what is taken all the same is told.
pub(super) fn submodules(site: &RunEnv, job: &AttemptJob, slot: &Slot, head: &Oid) -> Result<Option<String>> {
    let mut refused = Vec::new();
    for (path, commit, fetchable) in git::moved_submodules(&site.repo, slot, &job.start, head)? {
        let mut pointer = MovedPointer { path, commit, fetchable: None, why: String::new(), pushed: None };
        match fetchable {
            Fetchable::Yes => continue,
            Fetchable::Unchecked(why) => pointer.why = why,
            Fetchable::No => {
                pointer.fetchable = Some(false);
                match site.info.options.worktree.submodules {
                    SubmodulePolicy::Refuse => refused.push(pointer.in_words()),
                    SubmodulePolicy::Local => {}
                    SubmodulePolicy::Push => push(site, job, slot, &mut pointer),
                }
            }
        }
        site.tell(Event::SubmoduleMoved { attempt: job.attempt.clone(), pointer });
    }
    Ok((!refused.is_empty()).then(|| refused.join("; ")))
}

fn push(site: &RunEnv, job: &AttemptJob, slot: &Slot, pointer: &mut MovedPointer) {
    let branch = format!("{}-{}", job.branch(&site.info.run), job.attempt.n);
    match git::push_inside(&site.repo, slot, &job.start, &pointer.path, &pointer.commit, &branch) {
        Ok(()) => (pointer.fetchable, pointer.pushed) = (Some(true), Some(branch)),
        Err(error) => pointer.why = one_line(&error),
    }
}

fn say(site: &RunEnv, job: &AttemptJob, what: String) {
    site.tell(Event::Noticed { attempt: Some(job.attempt.clone()), what });
}

/// A worktree that cannot be taken in is put aside with everything in it.
pub(super) fn set_aside(site: &RunEnv, job: &AttemptJob, slot: &Slot, error: &crate::model::Error) -> Result<String> {
    let why = one_line(error);
    say(site, job, format!("its worktree cannot be looked at: {why}"));
    slot::put_aside(site, slot, &why)?;
    Ok(why)
}
