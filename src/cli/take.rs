//! `git orca take [RUN]`: the result onto the branch that is checked out where the user stands, as that branch is now.
//! First everything is decided, then git does it with the user's own hooks; what cannot be done changes nothing.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::json;

use super::args::TakeArgs;
use crate::git::{self, Change, ChangeKind, Head};
use crate::integrate::{self, TakeConflict, TakePlan, TakeRequest, TakeStep, names};
use crate::journal::{RunPaths, RunState, TakeShape, TakenRecord, read_entries, refuse_foreign};
use crate::model::{Error, ErrorKind, Oid, Result};
use crate::report;
use crate::report::screens::take as words;
use crate::report::words::json_text;
use crate::start::here::{Here, Refusal};

/// Exit code when a merge conflict is left (DESIGN 3).
const CONFLICT: u8 = 6;

/// Paths named of many.
const NAMED: usize = 5;

/// Runs it.
///
/// # Errors
/// There is no such run, nothing has landed, the checkout is in the way, or git or a hook refuses.
pub fn main(args: &TakeArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (paths, state) = here.run(args.run.as_deref())?;
    let onto = here.repo.head()?;
    allowed(&here, &onto, args)?;
    is_a_layer(&state, args)?;
    let head = landed_head(&state, args)?;
    let branch = onto.branch.clone().unwrap_or_default();
    let records = paths.taken();
    let taken = integrate::taken_onto(&here.repo, &records, &branch, &onto.commit)?;
    let entries = read_entries(&paths.journal())?;
    // What a later program wrote may say that something is out again.
    refuse_foreign(&paths.journal(), &entries)?;
    let steps = integrate::take_steps(&here.repo, &entries, args.layer)?;
    let request = TakeRequest {
        run: &state.info.run,
        base: &state.info.base,
        head: &head,
        tip: &onto.commit,
        taken: taken.as_ref(),
        shape: args.shape(),
        steps: &steps,
    };
    let plan = match integrate::plan_take(&here.repo, &request)? {
        Ok(plan) => plan,
        Err(conflict) => return Ok(clash(&state, &onto, &conflict)),
    };
    let told = Told { here: &here, paths: &paths, state: &state, onto: &onto, head: &head, steps: &steps };
    if plan == TakePlan::Nothing {
        told.nothing(args);
        return Ok(0);
    }
    unobstructed(&here, &plan, &onto.commit, &head)?;
    perform(&here, &plan, &head)?;
    told.done(args, &plan)?;
    Ok(0)
}

/// Refuses a layer that the run does not have: it would be taken for the last.
fn is_a_layer(state: &RunState, args: &TakeArgs) -> Result<()> {
    let layers = state.info.layers.iter().max().copied().unwrap_or(0);
    match args.layer {
        Some(n) if n == 0 || n > layers => {
            let cause = format!("run {} has no layer {n}: it has {layers}", state.info.run);
            Err(Error::new(ErrorKind::Usage, "looking for the layer", cause).hint("git orca status"))
        }
        _ => Ok(()),
    }
}

/// The head to take: the last, or that of a layer.
fn landed_head(state: &RunState, args: &TakeArgs) -> Result<Oid> {
    let head = integrate::head_of(state, args.layer);
    if head != state.info.base {
        return Ok(head);
    }
    let what = args.layer.map_or(String::new(), |n| format!(" up to layer {n}"));
    let cause = format!("nothing of run {} has landed{what}", state.info.run);
    Err(Error::new(ErrorKind::NotFound, "taking the result", cause).hint("git orca status"))
}

/// Whether the user stands where something can be taken.
fn allowed(here: &Here, onto: &Head, args: &TakeArgs) -> Result<()> {
    let refuse = |cause: String| Error::new(ErrorKind::Usage, "taking the result", cause);
    if let Some((what, typed)) = git::unfinished_work(&here.repo) {
        return Err(refuse(format!("your checkout is in the middle of {what}")).hint(typed));
    }
    if !git::own_worktrees(&here.repo).iter().any(|tree| tree == here.repo.work_tree())
        && here.repo.main_tree().is_some()
    {
        return Err(refuse("you are in a worktree of git orca's own".to_owned()).hint("go to your own checkout first"));
    }
    match &onto.branch {
        None if !args.here => Err(refuse("you are on no branch (detached HEAD)".to_owned())
            .hint("git switch BRANCH")
            .hint("git orca take --here   takes it anyway; only HEAD moves")),
        Some(branch) if branch.starts_with("orca/") => {
            Err(refuse(format!("you are on `{branch}`, a branch that git orca made"))
                .hint("git switch BRANCH   to your own"))
        }
        _ => Ok(()),
    }
}

/// Refuses where git would have to overwrite something of the user's.
fn unobstructed(here: &Here, plan: &TakePlan, tip: &Oid, head: &Oid) -> Result<()> {
    let refuse = |cause: String| Error::new(ErrorKind::Usage, "taking the result", cause);
    let staged = git::staged_paths(&here.repo)?;
    if *plan != TakePlan::FastForward && !staged.is_empty() {
        let cause = format!("you have staged changes ({}), and a commit has to be made", listed(&staged));
        return Err(refuse(cause).hint("git commit, or git stash; then git orca take"));
    }
    let new = match plan {
        TakePlan::Commits { commits, .. } => commits.last().map(|commit| &commit.tree),
        TakePlan::Merge { tree, .. } => Some(tree),
        _ => None,
    };
    let changed = here.repo.changed(tip, new.unwrap_or(head))?;
    let hidden = in_the_way(here, &changed);
    let touched: BTreeSet<String> =
        changed.into_iter().flat_map(|change| [Some(change.path), change.old_path]).flatten().collect();
    let dirty: Vec<String> = here.repo.uncommitted()?.into_iter().filter(|path| touched.contains(path)).collect();
    if dirty.is_empty() && !hidden.is_empty() {
        // Git itself would overwrite them: what it ignores counts for nothing there.
        let cause = format!("the result has files where you have others that git ignores: {}", listed(&hidden));
        return Err(refuse(cause).hint("move yours away; then git orca take"));
    }
    if dirty.is_empty() {
        return Ok(());
    }
    Err(refuse(format!("the result changes files that you have changed and not committed: {}", listed(&dirty)))
        .hint("git commit, or git stash; then git orca take"))
}

/// What the user's branch does not have and the result does, and where something lies all the same: a file of that name, or
/// one in the place of its folder.
fn in_the_way(here: &Here, changed: &[Change]) -> Vec<String> {
    let left = |it: &Change| match it.kind {
        ChangeKind::Deleted => Some(it.path.clone()),
        ChangeKind::Renamed => it.old_path.clone(),
        _ => None,
    };
    let gone: BTreeSet<String> = changed.iter().filter_map(left).collect();
    let lies = |path: &str| here.repo.work_tree().join(path).symlink_metadata().ok();
    let folders = |path: &str| path.match_indices('/').map(|(at, _)| path[..at].to_owned()).collect::<Vec<_>>();
    let is_file = |path: &String| !gone.contains(path) && lies(path).is_some_and(|meta| !meta.is_dir());
    let is_new = |it: &&Change| matches!(it.kind, ChangeKind::Added | ChangeKind::Renamed | ChangeKind::Copied);
    let added = changed.iter().filter(is_new);
    added.flat_map(|it| folders(&it.path).into_iter().chain([it.path.clone()]).find(is_file)).collect()
}

fn listed(paths: &[String]) -> String {
    let named = paths.iter().take(NAMED).map(|path| format!("`{}`", crate::brief::one_line(path)));
    let more = paths.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    named.collect::<Vec<_>>().join(", ") + &more
}

fn perform(here: &Here, plan: &TakePlan, head: &Oid) -> Result<()> {
    match plan {
        TakePlan::Nothing => Ok(()),
        TakePlan::FastForward => git::fast_forward(&here.repo, head),
        TakePlan::Merge { message, .. } => git::merge_here(&here.repo, head, message),
        TakePlan::Commits { commits, .. } => git::commit_here(&here.repo, commits),
    }
    .map_err(|error| error.hint("nothing was changed; when that is fixed: git orca take"))
}

fn clash(state: &RunState, onto: &Head, conflict: &TakeConflict) -> u8 {
    let branch = names::integration_branch(&state.info.run);
    let onto = onto.branch.as_deref().unwrap_or("HEAD");
    report::refuse(&words::clash(onto, &branch, conflict.task.as_ref(), &listed(&conflict.paths)));
    CONFLICT
}

/// Everything that is told and recorded afterwards.
struct Told<'a> {
    here: &'a Here,
    paths: &'a RunPaths,
    state: &'a RunState,
    onto: &'a Head,
    head: &'a Oid,
    steps: &'a [TakeStep],
}

impl Told<'_> {
    fn nothing(&self, args: &TakeArgs) {
        if args.format.is_json() {
            report::answer(&self.json(&self.onto.commit, "nothing"));
            return;
        }
        report::answer(&words::already(&self.state.info.run, self.onto.branch.as_deref(), self.head));
    }

    /// Records what was done by ref and by tree, and says it.
    fn done(&self, args: &TakeArgs, plan: &TakePlan) -> Result<()> {
        let (repo, run) = (&self.here.repo, &self.state.info.run);
        let after = repo.head()?.commit;
        let branch = self.onto.branch.clone().unwrap_or_default();
        let shape = match plan {
            TakePlan::Commits { shape, .. } => *shape,
            _ => TakeShape::Merge,
        };
        let record = TakenRecord {
            at: Timestamp::now(),
            branch: branch.clone(),
            head: self.head.clone(),
            before: self.onto.commit.clone(),
            tree: repo.tree_of(&after)?,
            after: after.clone(),
            shape,
        };
        let kept = if branch.is_empty() { "HEAD" } else { &branch };
        git::force_refs(
            repo,
            &[(names::taken(run, kept), after.clone()), (names::before_taken(run, kept), self.onto.commit.clone())],
        )?;
        self.paths.record_taken(&record)?;
        let how = match plan {
            TakePlan::FastForward => "fast-forward",
            TakePlan::Merge { .. } => "merge",
            _ => "commits",
        };
        if args.format.is_json() {
            report::answer(&self.json(&after, how));
            return Ok(());
        }
        let commits = git::commits_between(repo, &self.onto.commit, &after)?.len();
        let changed = repo.changed(&self.onto.commit, &after)?.len();
        report::answer(&words::taken(run, &branch, &after, how, commits, changed));
        Ok(())
    }

    fn json(&self, after: &Oid, how: &str) -> String {
        let tasks: Vec<&str> = self.steps.iter().flat_map(|step| &step.tasks).map(|task| task.id.as_str()).collect();
        json_text::line(&json!({
            "format": 1,
            "run": self.state.info.run.as_str(),
            "branch": self.onto.branch,
            "how": how,
            "before": self.onto.commit.as_str(),
            "after": after.as_str(),
            "head": self.head.as_str(),
            "tasks": tasks,
        }))
    }
}
