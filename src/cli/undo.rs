//! `git orca undo [RUN]`: puts refs back as they were before a run. Nothing is deleted by it: every commit stays
//! reachable through the run's own refs, and so do the tasks' branches.

use std::path::PathBuf;

use super::args::UndoArgs;
use super::terminal::{ask, can_ask};
use crate::git::{self, RefChange, Repo};
use crate::integrate::names;
use crate::journal::{RunState, TakenRecord};
use crate::model::{Error, ErrorKind, Oid, Result};
use crate::report;
use crate::start::here::{Here, Refusal, busy};

/// Runs it.
///
/// # Errors
/// There is no such run, one is active, nobody can be asked, or a ref moved meanwhile.
pub fn main(args: &UndoArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (paths, state) = here.run(args.run.as_deref())?;
    let Some(_lock) = here.lock()? else { return Err(busy("undoing a run", &format!("run {}", paths.run)).into()) };
    let facts = facts(&here, &state)?;
    let plan = plan(&facts);
    report::answer(&described(&plan, &facts));
    if plan.is_empty() {
        return Ok(0);
    }
    agreed(args.yes, &facts.run)?;
    // What is checked out goes first: git may refuse it because of files that were edited since.
    for (back, place) in plan.back.iter().filter_map(|back| Some((back, back.place.as_ref()?))) {
        let error = |error: Error| error.hint(format!("git -C {} stash, then git orca undo", place.display()));
        git::keep_reset(&Repo::discover(place)?, &back.to).map_err(error)?;
    }
    let free = plan.back.iter().filter(|back| back.place.is_none());
    let changes: Vec<RefChange> = free.map(Back::change).collect();
    let gone: Vec<(String, Oid)> = plan.gone.iter().map(|(branch, tip)| (names::full(branch), tip.clone())).collect();
    git::put_back(&here.repo, &changes, &gone).map_err(Error::from)?;
    report::say(&redo(&plan));
    Ok(0)
}

/// A user's branch that the run moved, or onto which its result was taken.
#[derive(Debug, Clone)]
struct UndoneRef {
    branch: String,
    /// Where it was put.
    put: Oid,
    /// Where it was before.
    old: Oid,
    /// Where it is; none when it is gone.
    now: Option<Oid>,
    /// The worktree that has it checked out.
    place: Option<PathBuf>,
    /// Whether the result was taken onto it, where it was checked out: then it goes back there, too.
    taken: bool,
}

/// A branch of the run that shows a head.
#[derive(Debug, Clone)]
struct UndoView {
    branch: String,
    tip: Oid,
    place: Option<PathBuf>,
    /// Whether the run's own refs keep its commits.
    kept: bool,
}

/// Everything the plan depends on.
#[derive(Debug, Clone)]
struct UndoFacts {
    run: String,
    moved: Vec<UndoneRef>,
    views: Vec<UndoView>,
    /// A branch of the user's that has the result although git orca did not put it there.
    taken_by_hand: Option<String>,
}

/// A branch that goes back.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Back {
    branch: String,
    from: Oid,
    to: Oid,
    /// The user's checkout that goes back with it.
    place: Option<PathBuf>,
}

impl Back {
    fn change(&self) -> RefChange {
        RefChange { name: names::full(&self.branch), old: Some(self.from.clone()), new: self.to.clone() }
    }
}

/// What will be done, and what will not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct UndoPlan {
    back: Vec<Back>,
    /// Views that go, with their tips.
    gone: Vec<(String, Oid)>,
    /// What is left alone: branch, why, and what to type.
    left: Vec<(String, String, Option<String>)>,
}

impl UndoPlan {
    fn is_empty(&self) -> bool {
        self.back.is_empty() && self.gone.is_empty()
    }
}

fn facts(here: &Here, state: &RunState) -> Result<UndoFacts> {
    let (repo, run) = (&here.repo, &state.info.run);
    let own = repo.list_refs(&names::run_refs(run))?;
    let prefix = names::old(run, "");
    let put = state.top().commit.clone();
    let mut moved = taken_branches(here, &here.store.run(run).taken())?;
    for (name, old) in own.iter().filter(|(name, _)| name.starts_with(&prefix)) {
        let branch = name[prefix.len()..].to_owned();
        if moved.iter().any(|one| one.branch == branch) {
            continue;
        }
        let now = repo.read_ref(&names::full(&branch))?;
        let place = repo.checked_out(&branch);
        moved.push(UndoneRef { place, old: old.clone(), now, branch, put: put.clone(), taken: false });
    }
    let mut shown = repo.list_refs(&names::full(&format!("orca/{run}/layer/")))?;
    shown.extend(repo.list_refs(&names::full(&names::integration_branch(run)))?);
    let loose = repo.unreached(shown.iter().map(|(_, tip)| tip), own.iter().map(|(_, tip)| tip))?;
    let views = shown.into_iter().filter_map(|(name, tip)| {
        let branch = name.strip_prefix("refs/heads/")?.to_owned();
        Some(UndoView { place: repo.checked_out(&branch), kept: !loose.contains(&tip), branch, tip })
    });
    let head = repo.head()?;
    let by_run = moved.iter().any(|one| Some(&one.branch) == head.branch.as_ref());
    let has_it = put != state.info.base && !by_run && repo.is_ancestor(&put, &head.commit)?;
    let taken_by_hand = has_it.then(|| head.branch.unwrap_or_else(|| "HEAD".to_owned()));
    Ok(UndoFacts { run: run.to_string(), views: views.collect(), moved, taken_by_hand })
}

/// The branches onto which the result was taken: where they were before, as far back as nothing else came between.
fn taken_branches(here: &Here, records: &[TakenRecord]) -> Result<Vec<UndoneRef>> {
    let mut moved: Vec<UndoneRef> = Vec::new();
    for record in records.iter().rev().filter(|record| !record.branch.is_empty()) {
        match moved.iter_mut().find(|one| one.branch == record.branch) {
            Some(one) if one.old == record.after => one.old = record.before.clone(),
            Some(_) => {}
            None => moved.push(UndoneRef {
                now: here.repo.read_ref(&names::full(&record.branch))?,
                place: here.repo.checked_out(&record.branch),
                branch: record.branch.clone(),
                put: record.after.clone(),
                old: record.before.clone(),
                taken: true,
            }),
        }
    }
    Ok(moved)
}

/// What to put back: only what is still where the run put it, and nothing that somebody stands on.
fn plan(facts: &UndoFacts) -> UndoPlan {
    let mut plan = UndoPlan::default();
    for one in &facts.moved {
        match (&one.now, &one.place) {
            (Some(now), _) if *now == one.old => {}
            (Some(now), place) if *now == one.put && (place.is_none() || one.taken) => {
                let (from, to) = (now.clone(), one.old.clone());
                plan.back.push(Back { branch: one.branch.clone(), from, to, place: place.clone() });
            }
            (Some(now), Some(place)) if *now == one.put => {
                let typed = format!("git -C {} reset --keep {}", place.display(), one.old.short());
                plan.left.push((one.branch.clone(), format!("it is checked out in {}", place.display()), Some(typed)));
            }
            (Some(now), _) => {
                let why =
                    format!("it has moved on since, to {}; before the run it was at {}", now.short(), one.old.short());
                plan.left.push((one.branch.clone(), why, None));
            }
            (None, _) => {
                let typed = format!("git branch {} {}", one.branch, one.old.short());
                plan.left.push((one.branch.clone(), "it is gone".to_owned(), Some(typed)));
            }
        }
    }
    for view in &facts.views {
        let why = match (&view.place, view.kept) {
            (Some(place), _) => format!("it is checked out in {}", place.display()),
            (None, false) => "it has commits that the run did not make".to_owned(),
            (None, true) => {
                plan.gone.push((view.branch.clone(), view.tip.clone()));
                continue;
            }
        };
        plan.left.push((view.branch.clone(), why, None));
    }
    plan
}

fn described(plan: &UndoPlan, facts: &UndoFacts) -> String {
    let mut lines = Vec::new();
    lines.extend(
        plan.back.iter().map(|back| format!("reset    {}  {} -> {}", back.branch, back.from.short(), back.to.short())),
    );
    lines.extend(plan.gone.iter().map(|(branch, tip)| format!("delete   {branch}  {}", tip.short())));
    for (branch, why, typed) in &plan.left {
        lines.push(format!("leave    {branch}  {why}"));
        lines.extend(typed.iter().map(|typed| format!("         {typed}")));
    }
    if let Some(branch) = &facts.taken_by_hand {
        lines.push(format!("leave    {branch}  it has the result, but git orca did not put it there"));
        lines.push(format!("         git reflog {branch}   shows where it was"));
    }
    lines.push(match plan.is_empty() {
        true => format!("nothing to put back for run {}", facts.run),
        false => format!("no commits are lost: refs/orca/runs/{}/ keeps them; task branches stay", facts.run),
    });
    lines.join("\n")
}

fn agreed(yes: bool, run: &str) -> Result<()> {
    let doing = format!("undoing run {run}");
    if yes {
        return Ok(());
    }
    if !can_ask() {
        return Err(Error::new(ErrorKind::Usage, doing, "no terminal to ask on; nothing was changed")
            .hint(format!("git orca undo {run} --yes")));
    }
    match ask("Reset and delete these branches? [y]es  [n]o: ") {
        'y' => Ok(()),
        _ => Err(Error::new(ErrorKind::Declined, doing, "cancelled; nothing was changed")),
    }
}

fn redo(plan: &UndoPlan) -> String {
    let mut lines = vec!["done; to get it back:".to_owned()];
    for back in &plan.back {
        lines.push(match &back.place {
            Some(place) => format!("  git -C {} merge --ff-only {}", place.display(), back.from.short()),
            None => format!("  git branch -f {} {}", back.branch, back.from.short()),
        });
    }
    lines.extend(plan.gone.iter().map(|(branch, tip)| format!("  git branch {branch} {}", tip.short())));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oid(n: u32) -> Oid {
        format!("{n:040}").parse().unwrap()
    }

    fn facts(moved: Vec<UndoneRef>, views: Vec<UndoView>) -> UndoFacts {
        UndoFacts { run: "r1".to_owned(), moved, views, taken_by_hand: None }
    }

    fn moved(now: Option<u32>, place: Option<&str>) -> UndoneRef {
        let place = place.map(PathBuf::from);
        UndoneRef { branch: "main".to_owned(), put: oid(9), old: oid(1), now: now.map(oid), place, taken: false }
    }

    #[test]
    fn only_what_is_where_the_run_put_it_goes_back() {
        let table = [
            (moved(Some(9), None), true, false),
            (moved(Some(9), Some("/w")), false, true),
            (moved(Some(1), None), false, false),
            (moved(Some(5), None), false, true),
            (moved(None, None), false, true),
        ];
        for (one, back, left) in table {
            let plan = plan(&facts(vec![one.clone()], Vec::new()));
            assert_eq!((plan.back.len() == 1, plan.left.len() == 1), (back, left), "{one:?}");
        }
        let taken = UndoneRef { taken: true, ..moved(Some(9), Some("/w")) };
        let back = plan(&facts(vec![taken.clone()], Vec::new())).back;
        assert_eq!(back[0].place, taken.place, "what was taken goes back where it is checked out");
        let moved_on = UndoneRef { now: Some(oid(5)), ..taken };
        assert!(plan(&facts(vec![moved_on], Vec::new())).back.is_empty());
    }

    #[test]
    fn views_with_commits_of_others_and_checked_out_ones_stay() {
        let view = |branch: &str, kept, place: Option<&str>| UndoView {
            branch: branch.to_owned(),
            tip: oid(9),
            place: place.map(PathBuf::from),
            kept,
        };
        let views = vec![view("a", true, None), view("b", false, None), view("c", true, Some("/w"))];
        let plan = plan(&facts(Vec::new(), views));
        assert_eq!(plan.gone, [("a".to_owned(), oid(9))]);
        let left: Vec<&str> = plan.left.iter().map(|(branch, _, _)| branch.as_str()).collect();
        assert_eq!(left, ["b", "c"]);
    }
}
