//! What goes and what stays: a pure function of the facts.

use std::collections::HashSet;
use std::path::PathBuf;

use super::facts::{RefFact, RefKind, RunFact, RunStanding, Scrap, SlotFacts, is_of_gate};
use crate::git::Slot;
use crate::model::{FarOptions, Oid, RunId};
use crate::report::facts::by_hand::quoted;

/// A run of which something goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunGo {
    /// Which.
    pub run: RunId,
    /// Refs that go, with the values they must have.
    pub refs: Vec<(String, Oid)>,
    /// How many of them hold work that is in no branch of the user's and did not land.
    pub unlanded: usize,
    /// Its folder with the space it takes, when that goes too.
    pub folder: Option<(PathBuf, u64)>,
}

/// Something that stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stays {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
    /// What to type about it.
    pub typed: String,
}

/// What will be removed, and what will not.
#[derive(Debug, Clone, Default)]
pub struct CleanPlan {
    /// Worktrees that go, with the space they take.
    pub slots: Vec<(Slot, u64)>,
    /// Folders that go.
    pub scraps: Vec<Scrap>,
    /// Runs of which something goes.
    pub runs: Vec<RunGo>,
    /// Hubs that go.
    pub hubs: Vec<FarOptions>,
    /// What stays.
    pub stays: Vec<Stays>,
}

impl CleanPlan {
    /// Whether nothing goes.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty() && self.scraps.is_empty() && self.runs.is_empty() && self.hubs.is_empty()
    }

    /// Space that becomes free, bytes; objects of git not counted.
    pub fn bytes(&self) -> u64 {
        let folders = self.runs.iter().filter_map(|run| run.folder.as_ref()).map(|(_, bytes)| bytes);
        let slots = self.slots.iter().map(|(_, bytes)| bytes);
        folders.chain(slots).sum::<u64>() + self.scraps.iter().map(|scrap| scrap.bytes).sum::<u64>()
    }
}

/// Decides. `unlanded` allows work to go that is in no branch of the user's.
pub fn plan(facts: &SlotFacts, unlanded: bool) -> CleanPlan {
    let mut plan = CleanPlan { scraps: facts.scraps.clone(), ..CleanPlan::default() };
    for fact in &facts.slots {
        let place = fact.slot.path.display().to_string();
        // Gates look at files without a history of their own: git knows nothing of such a folder.
        let by_hand = match is_of_gate(&fact.slot) {
            true => format!("rm -rf {}", quoted(&place)),
            false => format!("git worktree remove -f -f {}", quoted(&place)),
        };
        match (&fact.taken, fact.loose) {
            (Some(why), _) => plan.stays.push(Stays { what: place, why: why.clone(), typed: by_hand }),
            (None, loose) if loose > 0 && !unlanded => {
                plan.stays.push(Stays {
                    what: place,
                    why: format!("it has {} that no branch has", count(loose, "commit")),
                    typed: by_hand,
                });
            }
            (None, _) => plan.slots.push((fact.slot.clone(), fact.bytes)),
        }
    }
    let free: HashSet<PathBuf> = plan.slots.iter().map(|(slot, _)| slot.path.clone()).collect();
    for run in &facts.runs {
        run_plan(run, unlanded, &free, &mut plan);
    }
    for hub in &facts.hubs {
        match &hub.needed_by {
            None => plan.hubs.push(hub.far.clone()),
            Some(run) => plan.stays.push(Stays {
                what: format!("hub {}", hub.far.hub),
                why: format!("run {run} can go on over it"),
                typed: format!("git orca resume {run}, or to end it: git orca stop {run}"),
            }),
        }
    }
    plan
}

/// `free` are the worktrees that go: what is checked out there is not in anybody's way.
fn run_plan(fact: &RunFact, unlanded: bool, free: &HashSet<PathBuf>, plan: &mut CleanPlan) {
    let run = &fact.run;
    let stays = |why: String, typed: String| Stays { what: format!("run {run}"), why, typed };
    match fact.standing {
        RunStanding::Interrupted => {
            let typed = format!("git orca resume {run}, or to end it: git orca stop {run}");
            return plan.stays.push(stays("it was interrupted and can go on".to_owned(), typed));
        }
        RunStanding::Unreadable => {
            let typed = format!("git for-each-ref refs/orca/runs/{run}");
            return plan.stays.push(stays("its journal cannot be read".to_owned(), typed));
        }
        RunStanding::Over => {}
    }
    // The result, if any landed, is the user's already. Without heads nothing landed, and there is nothing to take.
    let taken = fact.refs.iter().filter(|one| one.kind == RefKind::View || is_head(one)).all(|one| one.users);
    let (go, stay): (Vec<&RefFact>, Vec<&RefFact>) =
        fact.refs.iter().partition(|one| held(one, free).is_none() && may_go(one, taken, unlanded));
    plan.stays.extend(left(run, &stay, taken, free));
    let folder_goes = !stay.iter().any(|one| matches!(one.kind, RefKind::Own | RefKind::View | RefKind::Candidate));
    let folder = fact.folder.clone().filter(|_| folder_goes);
    if go.is_empty() && folder.is_none() {
        return;
    }
    plan.runs.push(RunGo {
        run: run.clone(),
        unlanded: go.iter().filter(|one| !one.users && !one.landed && one.kind != RefKind::Candidate).count(),
        refs: go.iter().map(|one| (one.name.clone(), one.tip.clone())).collect(),
        folder,
    });
}

fn is_head(one: &RefFact) -> bool {
    one.kind == RefKind::Own && one.name.split('/').nth(4) == Some("head")
}

/// The worktree that has the branch checked out and stays.
fn held<'r>(one: &'r RefFact, free: &HashSet<PathBuf>) -> Option<&'r PathBuf> {
    one.place.as_ref().filter(|place| !free.contains(*place))
}

/// The task whose branch this is, where `edit` has it open.
fn opened_task(one: &RefFact) -> Option<&str> {
    let task = one.name.rsplit('/').next().filter(|_| one.kind == RefKind::Task)?;
    let folder = one.place.as_ref()?.file_name()?.to_str()?;
    (folder.strip_prefix("edit-") == Some(task)).then_some(task)
}

fn may_go(one: &RefFact, taken: bool, unlanded: bool) -> bool {
    unlanded
        || match one.kind {
            // The run's own refs keep what landed; the branch of the task is only another name for it.
            RefKind::Task => one.users || one.landed,
            RefKind::Candidate => taken,
            RefKind::View | RefKind::Own => taken && one.users,
        }
}

/// Why refs of a run stay, in the fewest words.
fn left(run: &RunId, stay: &[&RefFact], taken: bool, free: &HashSet<PathBuf>) -> Vec<Stays> {
    let mut stays = Vec::new();
    for (one, place) in stay.iter().filter_map(|one| Some((one, held(one, free)?.display()))) {
        let (why, typed) = match opened_task(one) {
            Some(task) => (format!("it is open in {place}"), format!("git orca edit {task} --give-up --run {run}")),
            None => (format!("it is checked out in {place}"), format!("git -C {place} switch --detach")),
        };
        stays.push(Stays { what: one.name.trim_start_matches("refs/heads/").to_owned(), why, typed });
    }
    let lost = |one: &&&RefFact| !one.users && !one.landed && one.kind != RefKind::Candidate;
    let work = stay.iter().filter(|one| held(one, free).is_none()).filter(lost);
    let work: Vec<&str> = work.map(|one| one.name.as_str()).collect();
    if !taken && stay.iter().any(|one| one.kind == RefKind::View || is_head(one)) {
        stays.push(Stays {
            what: format!("run {run}"),
            why: "its result is not merged into any of your branches".to_owned(),
            typed: format!("git orca take {run}"),
        });
    }
    if !work.is_empty() {
        let names = work.iter().take(3).copied().collect::<Vec<_>>().join(" ");
        let more = if work.len() > 3 { format!(" and {} more", work.len() - 3) } else { String::new() };
        stays.push(Stays {
            what: format!("run {run}"),
            why: format!("work in {} did not land: {names}{more}", count(work.len(), "ref")),
            typed: "git orca salvage, or to drop it: git orca clean -f --unlanded".to_owned(),
        });
    }
    stays
}

/// `1 ref`, `2 refs`.
pub fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}
