//! What lies around: worktrees, folders, runs and their refs, with everything the plan depends on.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::git::{self, Baseline, Slot};
use crate::integrate::{self, names};
use crate::model::{FarOptions, Oid, Result, RunId};
use crate::process;
use crate::run::gate_places;
use crate::settings::Flags;
use crate::start::here::Here;

/// A worktree of the pool.
#[derive(Debug, Clone)]
pub struct SlotFact {
    /// Which.
    pub slot: Slot,
    /// Space it takes, bytes.
    pub bytes: u64,
    /// Why it must stay, whatever was asked: somebody edited it, or works in it.
    pub taken: Option<String>,
    /// Commits that it stood at and that no ref has.
    pub loose: usize,
}

/// A folder that holds nothing of anybody's work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scrap {
    /// The folder or file.
    pub path: PathBuf,
    /// What it is, for people.
    pub what: &'static str,
    /// Space it takes, bytes.
    pub bytes: u64,
}

/// What a ref of a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefKind {
    /// Branch of a task.
    Task,
    /// Branch that shows a head: the result.
    View,
    /// A merge that was tried: made of work that other refs keep.
    Candidate,
    /// Anything else below the run's own refs.
    Own,
}

/// A ref of a run.
#[derive(Debug, Clone)]
pub struct RefFact {
    /// Full name.
    pub name: String,
    /// What it names.
    pub tip: Oid,
    /// What it is.
    pub kind: RefKind,
    /// Whether a ref of the user's reaches it.
    pub users: bool,
    /// Whether a head of its run reaches it.
    pub landed: bool,
    /// The worktree that has it checked out.
    pub place: Option<PathBuf>,
}

/// Show the state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStanding {
    /// Over, or only its refs are left.
    Over,
    /// Neither finished nor driven by anybody.
    Interrupted,
    /// Its journal cannot be read.
    Unreadable,
}

/// A run.
#[derive(Debug, Clone)]
pub struct RunFact {
    /// Which.
    pub run: RunId,
    /// How it stands.
    pub standing: RunStanding,
    /// Its folder, with the space it takes; none when only refs are left.
    pub folder: Option<(PathBuf, u64)>,
    /// Its refs and branches.
    pub refs: Vec<RefFact>,
}

/// A hub that was made for runs of this repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubFact {
    /// What its runs were told of it.
    pub far: FarOptions,
    /// A run that can go on over it.
    pub needed_by: Option<RunId>,
}

/// Everything the plan depends on.
#[derive(Debug, Clone, Default)]
pub struct SlotFacts {
    /// Worktrees; none when one run only is meant, since they are shared.
    pub slots: Vec<SlotFact>,
    /// Folders that can go at any time; none when one run only is meant.
    pub scraps: Vec<Scrap>,
    /// Runs, oldest first.
    pub runs: Vec<RunFact>,
    /// Hubs that were made; none when one run only is meant, since runs share them.
    pub hubs: Vec<HubFact>,
}

/// Looks at everything, or at one run. The writer's lock is held.
///
/// # Errors
/// Refs or settings cannot be read.
pub fn look(here: &Here, only: Option<&RunId>) -> Result<SlotFacts> {
    let users = here.repo.user_tips()?;
    let mut runs = Vec::new();
    for run in known_runs(here)? {
        if only.is_none_or(|only| *only == run) {
            runs.push(run_fact(here, run, &users)?);
        }
    }
    let (mut slots, mut scraps) = (Vec::new(), Vec::new());
    if only.is_none() {
        for folder in slot_folders(here) {
            let found = slot_facts(here, &folder)?;
            scraps.extend(scraps_of(&folder, &found));
            slots.extend(found);
        }
        scraps.extend(scrap(&here.store.gates(), "kept gate results"));
        scraps.extend(scrap(&trash(here), "removed runs"));
        scraps.extend(scrap(&git::graph_folder(&here.repo), "a graph of commits"));
    }
    let hubs = if only.is_none() { hub_facts(here) } else { Vec::new() };
    Ok(SlotFacts { slots, scraps, runs, hubs })
}

/// The hubs that were made, each once.
fn hub_facts(here: &Here) -> Vec<HubFact> {
    let mut found: BTreeMap<String, HubFact> = BTreeMap::new();
    for run in here.store.runs() {
        let Ok(state) = here.store.run(&run).state() else { continue };
        let options = &state.info.options;
        for far in options.far.iter().chain(&options.far_gates).filter(|far| far.own_hub) {
            let fact = found.entry(far.hub.clone()).or_insert_with(|| HubFact { far: far.clone(), needed_by: None });
            if state.finished.is_none() {
                fact.needed_by = Some(run.clone());
            }
        }
    }
    found.into_values().collect()
}

/// Where removed run folders lie until they are deleted.
pub fn trash(here: &Here) -> PathBuf {
    here.store.root().join("trash")
}

/// Every folder that slots of this repository may lie in: today's setting, and what runs were told. A setting that is
/// wrong hides only its own folder.
pub fn slot_folders(here: &Here) -> Vec<PathBuf> {
    let today = here.settings(&Flags::default()).ok().and_then(|settings| here.slots(&settings).ok());
    let mut folders: BTreeSet<PathBuf> = today.into_iter().map(|(folder, _)| folder).collect();
    folders.extend(gate_places(&here.env, here.repo.common_dir()));
    for run in here.store.runs() {
        if let Ok(state) = here.store.run(&run).state() {
            folders.insert(PathBuf::from(&state.info.slots));
        }
    }
    folders.into_iter().filter(|folder| folder.is_absolute() && folder.is_dir()).collect()
}

/// The slots of a folder and those set aside in it.
fn pool(here: &Here, folder: &Path) -> Vec<Slot> {
    let mut found = git::slots(&here.repo, folder);
    found.extend(git::slots(&here.repo, &folder.join("aside")));
    found
}

fn slot_facts(here: &Here, folder: &Path) -> Result<Vec<SlotFact>> {
    let refs: Vec<Oid> = here.repo.list_refs("refs/")?.into_iter().map(|(_, tip)| tip).collect();
    let mut facts = Vec::new();
    for slot in pool(here, folder) {
        let mut stood = slot.head_history();
        stood.extend(git::slot_head(&here.repo, &slot));
        let loose = here.repo.unreached(&stood, &refs)?.len();
        facts.push(SlotFact { bytes: bytes(&slot.path), taken: taken(here, &slot), loose, slot });
    }
    Ok(facts)
}

/// Why a slot is somebody's now. What a gate left beside the files it judged is nobody's work: in slots of gates only
/// changes of the files themselves count.
fn taken(here: &Here, slot: &Slot) -> Option<String> {
    if let Some(pid) = process::working_in(&slot.path) {
        return Some(format!("process {pid} has its working folder in it"));
    }
    let edited = match is_of_gate(slot) {
        true => git::slot_head(&here.repo, slot)
            .and_then(|head| git::disturbed(&here.repo, slot, &head, &Baseline::default(), &|_| false)),
        false => git::edited(&here.repo, slot),
    };
    match edited {
        Ok(None) => None,
        Ok(Some(path)) => Some(format!("`{path}` in it was edited")),
        Err(error) => Some(format!("it cannot be read: {}", error.cause)),
    }
}

/// Whether a worktree is one in which gates look at a commit: those of a run, of `validate`, and the finishing command's.
pub fn is_of_gate(slot: &Slot) -> bool {
    slot.name.starts_with(['g', 'v']) || slot.name == "finish"
}

/// Temporary folders and setup records of slots that are gone or of this pool, and what waits for deletion.
fn scraps_of(folder: &Path, slots: &[SlotFact]) -> Vec<Scrap> {
    let mut scraps: Vec<Scrap> = scrap(&folder.join(".trash"), "removed worktrees").into_iter().collect();
    for (below, what) in [(".tmp", "temporary files"), (".setup", "records of setup commands")] {
        for entry in std::fs::read_dir(folder.join(below)).into_iter().flatten().flatten() {
            // `a1`, and what else is known of it: `a1.teardown`.
            let name = entry.file_name().to_string_lossy().into_owned();
            let slot = folder.join(name.split('.').next().unwrap_or(&name));
            let staying = slots.iter().any(|fact| fact.taken.is_some() && fact.slot.path == slot);
            // Another repository may keep its worktrees in the same folder.
            let foreign = folder.join(entry.file_name()).exists()
                && !slots.iter().any(|fact| fact.slot.path == folder.join(entry.file_name()));
            if !staying && !foreign {
                scraps.extend(scrap(&entry.path(), what));
            }
        }
    }
    scraps
}

fn scrap(path: &Path, what: &'static str) -> Option<Scrap> {
    path.symlink_metadata().is_ok().then(|| Scrap { path: path.to_owned(), what, bytes: bytes(path) })
}

/// Runs with a folder, and runs of which only refs are left; oldest first.
fn known_runs(here: &Here) -> Result<Vec<RunId>> {
    let mut runs = here.store.runs();
    let refs = here.repo.list_refs("refs/orca/runs/")?;
    let of_refs: BTreeSet<RunId> = refs.iter().filter_map(|(name, _)| name.split('/').nth(3)?.parse().ok()).collect();
    let gone = of_refs.into_iter().filter(|run| !runs.contains(run)).collect::<Vec<_>>();
    runs.splice(0..0, gone);
    Ok(runs)
}

fn run_fact(here: &Here, run: RunId, users: &[Oid]) -> Result<RunFact> {
    let paths = here.store.run(&run);
    let folder = paths.root().is_dir().then(|| (paths.root().to_owned(), bytes(paths.root())));
    let standing = match (&folder, paths.state()) {
        (None, _) => RunStanding::Over,
        (Some(_), Err(_)) => RunStanding::Unreadable,
        (Some(_), Ok(state)) if !state.is_over() => RunStanding::Interrupted,
        (Some(_), Ok(_)) => RunStanding::Over,
    };
    let refs = ref_facts(here, &run, users)?;
    Ok(RunFact { run, standing, folder, refs })
}

fn ref_facts(here: &Here, run: &RunId, users: &[Oid]) -> Result<Vec<RefFact>> {
    let mut found: BTreeMap<String, Oid> = here.repo.list_refs(&names::run_refs(run))?.into_iter().collect();
    let prefix = names::run_refs(run);
    let heads: Vec<Oid> = found
        .iter()
        .filter(|(name, _)| name.starts_with(&format!("{prefix}head/")))
        .map(|(_, tip)| tip.clone())
        .collect();
    found.extend(here.repo.list_refs(&names::full(&format!("orca/{run}/")))?);
    let not_users = here.repo.unreached(found.values(), &with_taken(here, run, users)?)?;
    let not_landed = here.repo.unreached(found.values(), &heads)?;
    let fact = |(name, tip): (String, Oid)| {
        let branch = name.strip_prefix("refs/heads/");
        let place = branch.and_then(|branch| here.repo.checked_out(branch));
        RefFact {
            kind: kind(run, &name),
            users: !not_users.contains(&tip),
            landed: !not_landed.contains(&tip),
            place,
            name,
            tip,
        }
    };
    Ok(found.into_iter().map(fact).collect())
}

/// The tips of the user's branches, and the heads whose result was taken onto one as commits of their own.
fn with_taken(here: &Here, run: &RunId, users: &[Oid]) -> Result<Vec<Oid>> {
    let mut tips = users.to_vec();
    for record in here.store.run(run).taken() {
        let now = here.repo.read_ref(&names::full(&record.branch)).ok().flatten();
        if let Some(tip) = now
            && here.repo.tree_of(&record.head).is_ok()
            && integrate::is_there(&here.repo, &record, &tip)?
        {
            tips.push(record.head);
        }
    }
    Ok(tips)
}

fn kind(run: &RunId, name: &str) -> RefKind {
    let own = names::run_refs(run);
    match name.strip_prefix(&format!("refs/heads/orca/{run}/")) {
        Some(rest) if rest == "integration" || rest.starts_with("layer/") => RefKind::View,
        Some(_) => RefKind::Task,
        None if name.starts_with(&format!("{own}candidate/")) => RefKind::Candidate,
        None => RefKind::Own,
    }
}

/// Space that a file or folder takes on the disk, bytes. What cannot be looked at counts as nothing.
fn bytes(path: &Path) -> u64 {
    let Ok(data) = path.symlink_metadata() else { return 0 };
    let below = std::fs::read_dir(path).into_iter().flatten().flatten().filter(|_| data.is_dir());
    data.blocks() * 512 + below.map(|entry| bytes(&entry.path())).sum::<u64>()
}
