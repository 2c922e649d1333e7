//! Beginning a run and going on with one.

use std::sync::{Arc, mpsc};

use jiff::Timestamp;

use super::core::{Core, Signal};
use super::dispatch::{Dispatcher, Observer};
use super::{lost_refs, reconcile};
use crate::git::{self, RefChange, Repo, Spares};
use crate::integrate::names;
use crate::journal::inbox::{self, Message};
use crate::journal::{Event, Host, Journal, Request, RunLock, RunOutcome, RunPaths, RunStarted, RunState, Store};
use crate::model::secrets::{self, Secrets};
use crate::model::{Error, Result, RunId};
use crate::process::{ProcessId, pid_space};
use crate::run::far::{FarSite, gather_late};
use crate::run::landing::revert::finish_revert;
use crate::run::run_env::RunEnv;
use crate::run::sealing;
use crate::run::watching::foresight;
use crate::run::work::copies::Copies;
use crate::run::work::room;
use crate::run::work::telling::Telling;
use crate::run::worker::write;
use crate::schedule::Capacity;

/// What both beginnings need.
pub struct RunInputs {
    /// The repository.
    pub repo: Repo,
    /// Its runs.
    pub store: Store,
    /// Proof that nobody else writes.
    pub lock: RunLock,
    /// What agents are told besides their task.
    pub telling: Telling,
    /// Ignored files that worktrees get.
    pub copies: Copies,
    /// Who watches.
    pub observers: Vec<Observer>,
}

/// This process, as the journal names it.
pub fn this_host() -> Host {
    let process = ProcessId::this();
    Host {
        host: process.host_name(),
        pid: process.pid,
        start: process.start,
        boot: process.boot_id,
        space: pid_space(),
    }
}

/// A run id that no run of the repository has: date, time of day and two letters, so that ids sort by time.
pub fn fresh_run_id(store: &Store, now: &jiff::Zoned) -> Result<RunId> {
    let taken = store.runs();
    let mut seed = now.timestamp().as_nanosecond() as u64 ^ u64::from(std::process::id());
    for _ in 0..10_000 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let digit = |shift: u32| char::from(b"abcdefghijkmnpqrstuvwxyz23456789"[(seed >> shift) as usize & 31]);
        let id: RunId = format!("{}-{}{}", now.strftime("%Y%m%d-%H%M"), digit(40), digit(50)).parse()?;
        if !taken.contains(&id) && !store.run(&id).root().exists() {
            return Ok(id);
        }
    }
    Err(Error::failed("naming the run", "every name of this minute is taken"))
}

/// Runs a plan to its end. `requests` are what a person said before it began.
///
/// # Errors
/// The run could not begin, or could not go on; then `resume` goes on.
pub fn execute(ground: RunInputs, info: RunStarted, requests: &[Request]) -> Result<(RunOutcome, RunState)> {
    keep_secrets(&info);
    let paths = ground.store.run(&info.run);
    paths.create()?;
    let base = RefChange { name: names::base(&info.run), old: None, new: info.base.clone() };
    git::transact(&ground.repo, &[base])?;
    write_tasks(&ground, &paths, &info)?;
    let journal = Journal::create(&paths.journal(), &ground.lock)?;
    let capacity = capacity(&info);
    let (core, first) = Core::begin(journal, info, capacity, Timestamp::now())?;
    let runtime = runtime()?;
    let (mut dispatcher, site, _lock) = dispatcher(ground, core, runtime.handle())?;
    dispatcher.show(&[first]);
    if let Some(plan) = room::plan_room(&site) {
        dispatcher.note(plan.words())?;
        plan.perform(&site)?;
    }
    if !requests.is_empty() {
        // First what is asked, then the answers.
        dispatcher.step(vec![Signal::Tick])?;
        dispatcher.step(signals("begin", requests))?;
    }
    let done = dispatcher.drive();
    over(&site);
    done
}

/// What is done once nothing of a run goes on.
fn over(site: &RunEnv) {
    site.symbols.end();
    for kept in late(site) {
        tracing::warn!(?kept, "work came after the end of the run");
    }
    if let Some(plan) = room::plan_room(site) {
        tracing::warn!("{}", plan.words());
        if let Err(error) = plan.perform(site) {
            tracing::warn!(%error, "a worktree stays");
        }
    }
    git::let_go_of_folder(&site.repo, &names::full(&names::task_folder(&site.info.run)));
    git::let_go_below(&site.repo, &names::full(&names::candidates_folder(&site.info.run)));
    site.spares.iter().for_each(Spares::end);
}

/// Requests of this process, as messages.
fn signals(word: &str, requests: &[Request]) -> Vec<Signal> {
    let named = |(n, request): (usize, &Request)| {
        let id = format!("{word}-{}-{n}", Timestamp::now().as_nanosecond());
        Signal::Request(Message { id, request: request.clone() })
    };
    requests.iter().enumerate().map(named).collect()
}

fn write_tasks(ground: &RunInputs, paths: &RunPaths, info: &RunStarted) -> Result<()> {
    // Counted together, and once: an attempt whose task only grew by what others delivered needs no counter of its own.
    let tasks: Vec<_> = info.tasks.iter().map(|task| (task, Vec::new())).collect();
    let complete = ground.telling.counted_all(&tasks, &info.options.gates);
    for (task, complete) in info.tasks.iter().zip(complete) {
        write(&paths.task_file(&task.id), &complete.to_json())?;
    }
    Ok(())
}

/// Goes on with a run: reconciles what was open, takes `requests` in, and runs to the end. `changes` says what differs
/// from the start, in words.
///
/// # Errors
/// The run cannot be read, or could not go on.
pub fn resume(
    ground: RunInputs,
    paths: &RunPaths,
    requests: &[Request],
    changes: Vec<String>,
) -> Result<(RunOutcome, RunState)> {
    let (mut journal, mut entries) = Journal::reopen(&paths.journal(), &ground.lock)?;
    let mut state = RunState::replay(&entries)?;
    if state.reverting.is_some() {
        finish_revert(&ground.repo, &mut journal, &mut state)?;
        (journal, entries) = Journal::reopen(&paths.journal(), &ground.lock)?;
    }
    keep_secrets(&state.info);
    let mut core = Core::reopen(journal, &entries, capacity(&state.info))?;
    let resumed = core.resumed(this_host(), changes, Timestamp::now())?;
    let runtime = runtime()?;
    let (mut dispatcher, site, _lock) = dispatcher(ground, core, runtime.handle())?;
    dispatcher.show(&entries.into_iter().map(Arc::new).collect::<Vec<_>>());
    dispatcher.show(&resumed);
    let mut found: Vec<Signal> = runtime.block_on(reconcile::clear(&site))?.into_iter().map(Signal::Happened).collect();
    found.extend(lost_refs::restore(&site, dispatcher.state())?.into_iter().map(Signal::Happened));
    found.extend(late(&site).into_iter().map(Signal::Happened));
    found.extend(inbox::waiting(&paths.inbox()).into_iter().map(Signal::Request));
    found.extend(signals("resume", requests));
    reconcile::open_intents(&mut dispatcher, &site, found)?;
    let done = dispatcher.drive();
    over(&site);
    done
}

pub fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| Error::failed("starting the workers", e))
}

/// Work that came too late from elsewhere. A hub that does not answer now will another time.
fn late(site: &RunEnv) -> Vec<Event> {
    let Some(far) = &site.far else { return Vec::new() };
    gather_late(site, far).unwrap_or_else(|error| {
        tracing::warn!(%error, "whether work came too late from elsewhere could not be seen");
        Vec::new()
    })
}

/// Nothing is held before the loop has asked for places.
fn capacity(info: &RunStarted) -> Capacity {
    Capacity::of(0, info.options.checks)
}

/// The lock is given back to be held until the run is over.
fn dispatcher(
    ground: RunInputs,
    core: Core,
    runtime: &tokio::runtime::Handle,
) -> Result<(Dispatcher, Arc<RunEnv>, RunLock)> {
    let (sender, signals) = mpsc::channel();
    let info = Arc::clone(&core.state().info);
    let RunInputs { repo, store, telling, copies, .. } = ground;
    let env = crate::process::env::current();
    let spares = Spares::begin(&repo);
    git::freeze_config(&repo, &store.run(&info.run).root().join("gitconfig"))?;
    if info.options.sandbox.is_on() {
        git::keep_in_pack(&repo)?;
    }
    let seal = sealing::run_seal(&env, repo.common_dir(), info.options.sandbox.is_on())?;
    let mut site = RunEnv::new(repo, &store, info, telling, copies, seal, sender.clone())?;
    let options = Arc::clone(&site.info);
    let (attempts, gates) = (options.options.far.as_ref(), options.options.far_gates.as_ref());
    site.far = FarSite::open(attempts, &site.repo, &env)?.map(Arc::new);
    // Where both go to the same hosts, they share their places.
    site.far_gates = match &site.far {
        Some(far) if attempts == gates => Some(Arc::clone(far)),
        _ => FarSite::open(gates, &site.repo, &env)?.map(Arc::new),
    };
    if core.state().at_home {
        site.at_home.now();
    }
    site.journal_watch = Some(core.journal_watch());
    site.spares = Some(spares);
    // There from the beginning, so that fences can close it.
    std::fs::create_dir_all(&site.gate_slots)
        .map_err(|e| Error::failed(format!("making `{}`, where gates judge", site.gate_slots.display()), e))?;
    let site = Arc::new(site);
    crate::run::work::hooks::freeze(&site)?;
    let mut observers = ground.observers;
    observers.extend(foresight::start(&site));
    let dispatcher = Dispatcher::new(core, Arc::clone(&site), runtime.clone(), sender, signals, observers);
    Ok((dispatcher, site, ground.lock))
}

/// From here on nothing is written with a secret in it.
fn keep_secrets(info: &RunStarted) {
    let passed: Vec<String> = info.options.agents.values().flat_map(|agent| agent.env.iter().cloned()).collect();
    secrets::install(Secrets::of_environment(&crate::process::env::current(), &passed));
}
