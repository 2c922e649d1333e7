//! Where a run happens: everything its workers share, constant while it lasts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use jiff::Timestamp;

use super::engine::core::Signal;
use super::far::FarSite;
use super::gate_place::gate_places;
use super::judging::evidence::Shared;
use super::watching::watch::Guard;
use super::word_boxes::WordBoxes;
use super::work::copies::Copies;
use super::work::look_ahead::LooksAhead;
use super::work::room_seen::RoomSeen;
use super::work::telling::Telling;
use crate::executor::{self, Executor, Tools, WorkOrder};
use crate::gate::{Cache, Seal};
use crate::git::{self, Repo, Slot, Spares};
use crate::journal::{Event, JournalWatch, RunPaths, RunStarted, Store};
use crate::model::{AttemptId, CommandSpec, Error, Limits, Result};
use crate::process::env::add_settings;
use crate::process::{
    Ended, Extras, Machine, Marker, ProcessId, StopSignal, command_memory, find_program, repo_digest,
};
use crate::symbols::{SerenaPlace, Symbols};

/// The surroundings of a run's workers.
#[derive(Debug)]
pub struct RunEnv {
    /// The repository.
    pub repo: Repo,
    /// The run's folder.
    pub paths: RunPaths,
    /// What it was told.
    pub info: Arc<RunStarted>,
    /// Folder of the slots.
    pub slots: PathBuf,
    /// What marks its processes.
    pub marker: Marker,
    /// The environment this program was started with.
    pub env: BTreeMap<String, String>,
    /// Who knows what files define and who uses it.
    pub symbols: Symbols,
    /// Seals what is kept.
    pub seal: Seal,
    /// Kept gate results.
    pub cache: Cache,
    /// What gates of this run found out, for others.
    pub evidence: Shared,
    /// Held while a gate's place is set up.
    pub setting_up: tokio::sync::Mutex<()>,
    /// What agents are told besides their task.
    pub telling: Telling,
    /// Ignored files that worktrees get.
    pub copies: Copies,
    /// Folder of the places where gates judge.
    pub gate_slots: PathBuf,
    /// People's words, on their way to agents that work.
    pub boxes: WordBoxes,
    /// Where commands run.
    pub executor: &'static dyn Executor,
    /// Where attempts go that do not run here.
    pub far: Option<Arc<FarSite>>,
    /// Where gates go that do not run here.
    pub far_gates: Option<Arc<FarSite>>,
    /// Asked: what was to run elsewhere runs here.
    pub at_home: StopSignal,
    /// What fences are made with.
    pub tools: Tools,
    /// What git refuses in a slot.
    git_settings: Vec<(String, String)>,
    /// Who changed what outside their task.
    pub guard: Guard,
    /// What notices when somebody else writes to the journal; none where there is no journal.
    pub journal_watch: Option<Arc<JournalWatch>>,
    /// Looks into slots that were just left.
    pub looks: LooksAhead,
    /// Second names of what the run writes; none where no run goes on.
    pub spares: Option<Spares>,
    /// Asks everything that runs to end.
    pub stop: StopSignal,
    /// The room that worktrees take, as it was found last.
    pub room: RoomSeen,
    /// Ends of the providers' pauses that were told.
    pauses: Mutex<BTreeMap<String, Timestamp>>,
    /// Hooks of the repository that gave no answer in time.
    hanging: Mutex<BTreeSet<&'static str>>,
    /// What was noticed and is said once.
    noticed: Mutex<BTreeSet<String>>,
    signals: mpsc::Sender<Signal>,
}

/// A later end of a pause is news only beyond this: agents that meet the same limit reckon it with jitter of their own.
const SAME_PAUSE: Duration = Duration::from_secs(2);

/// How often a step is done again at most where objects are pruned under it.
const MOST_MENDED: usize = 8;

impl RunEnv {
    /// The site of a run. Workers answer through `signals`.
    ///
    /// # Errors
    /// The run's folder cannot be written.
    pub fn new(
        repo: Repo,
        store: &Store,
        info: Arc<RunStarted>,
        telling: Telling,
        copies: Copies,
        seal: Seal,
        signals: mpsc::Sender<Signal>,
    ) -> Result<RunEnv> {
        let marker = Marker::new(repo_digest(repo.common_dir()), info.run.clone());
        let env = crate::process::env::current();
        let paths = store.run(&info.run);
        let slots = PathBuf::from(&info.slots);
        Ok(RunEnv {
            git_settings: git::stops(&repo)?,
            paths,
            cache: Cache::new(store.gates(), seal.clone()),
            symbols: Symbols::new(&repo, &info.options.symbols, serena_place(&env, &repo, &slots)),
            seal,
            evidence: Shared::default(),
            setting_up: tokio::sync::Mutex::default(),
            gate_slots: gate_places(&env, repo.common_dir()).unwrap_or_else(|| slots.clone()),
            boxes: WordBoxes::default(),
            executor: executor::named("local")?,
            far: None,
            far_gates: None,
            at_home: StopSignal::new(),
            tools: executor::tools(&env),
            guard: Guard::default(),
            journal_watch: None,
            looks: LooksAhead::default(),
            spares: None,
            env,
            stop: StopSignal::new(),
            repo,
            info,
            slots,
            marker,
            telling,
            copies,
            room: RoomSeen::default(),
            pauses: Mutex::default(),
            hanging: Mutex::default(),
            noticed: Mutex::default(),
            signals,
        })
    }

    /// Tells that a provider asks for a pause, once for all agents that meet it.
    pub fn pause(&self, provider: &str, until: Timestamp, why: &str) {
        let mut pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        if pauses.get(provider).is_some_and(|told| until <= *told + SAME_PAUSE) {
            return;
        }
        pauses.insert(provider.to_owned(), until);
        self.tell(Event::ProviderPaused { provider: provider.to_owned(), until, why: why.to_owned() });
    }

    /// Whether a hook of the repository gave no answer in this run: it is not waited for again.
    pub fn hangs(&self, hook: &str) -> bool {
        self.hanging.lock().unwrap_or_else(PoisonError::into_inner).contains(hook)
    }

    /// Notes that a hook gave no answer. Whether that is news.
    pub fn gives_no_answer(&self, hook: &'static str) -> bool {
        self.hanging.lock().unwrap_or_else(PoisonError::into_inner).insert(hook)
    }

    /// Tells people something about the run, once.
    pub fn notice_once(&self, what: &str) {
        if self.noticed.lock().unwrap_or_else(PoisonError::into_inner).insert(what.to_owned()) {
            self.tell(Event::Noticed { attempt: None, what: what.to_owned() });
        }
    }

    /// Tells the core. A core that is gone has ended the run; what a late worker says then is found again by `resume`.
    pub fn tell(&self, event: Event) {
        let _ = self.signals.send(Signal::Happened(event));
    }

    /// Runs a command of a slot to its end, where commands of this run are run.
    pub async fn perform(
        &self,
        slot: &Slot,
        spec: CommandSpec,
        stop: StopSignal,
        started: impl FnOnce(ProcessId) + Send,
        extras: Extras,
    ) -> Ended {
        let commit = git::slot_head(&self.repo, slot).ok();
        let work = WorkOrder { spec, worktree: slot.path.clone(), commit, node: None, handed: None };
        executor::perform(self.executor, work, &self.marker, stop, started, extras).await
    }

    /// What a command that judges, or prepares for that, may take: so many seconds, and memory as its gate has it, as the
    /// run has it, or its part of the machine's.
    pub fn limits(&self, seconds: u64, memory: Option<u64>) -> Limits {
        let options = &self.info.options;
        let part = || command_memory(&Machine::look().ok()?, options.checks);
        let resident = memory.or(options.limits.gate_memory).or_else(part);
        Limits { wall: Some(Duration::from_secs(seconds)), resident, ..Limits::default() }
    }

    /// Runs a gate's command to its end; nothing in its environment tells that it is one.
    pub async fn judge(&self, slot: &Slot, spec: CommandSpec, stop: StopSignal) -> Ended {
        let commit = git::slot_head(&self.repo, slot).ok();
        let work = WorkOrder { spec, worktree: slot.path.clone(), commit, node: None, handed: None };
        executor::perform(self.executor, work, &self.marker.unseen(), stop, |_| {}, Extras::default()).await
    }

    /// Ends the run for what no decision can mend; `resume` goes on.
    pub fn broken(&self, error: Error) {
        let _ = self.signals.send(Signal::Broken(error));
    }

    /// How often something was pruned and put back so far.
    pub fn pruned(&self) -> u64 {
        self.spares.as_ref().map_or(0, Spares::put_back)
    }

    /// Does something, again where somebody pruned what it needs: that is put back before. What it does must be harmless
    /// twice.
    ///
    /// # Errors
    /// Its own, and in the end those of objects that are gone for good.
    pub fn past_pruning<T>(&self, work: impl Fn(&RunEnv) -> Result<T>) -> Result<T> {
        for _ in 1..MOST_MENDED {
            match work(self) {
                Err(error) if git::is_of_pruning(&error) => {
                    tracing::warn!(%error, "objects were pruned; they are put back");
                    self.spares.iter().for_each(Spares::mend);
                }
                done => return done,
            }
        }
        work(self)
    }

    /// Whether one of the disks that the run writes to has no room left: whatever failed then may have failed for that.
    pub fn is_disk_full(&self) -> bool {
        [self.slots.as_path(), self.repo.common_dir()].into_iter().any(crate::process::is_full)
    }

    /// Absolute path of a file named relative to the run's folder; its folder is made.
    pub fn log(&self, relative: &str) -> std::io::Result<PathBuf> {
        let path = self.paths.root().join(relative);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(path)
    }

    /// The environment of an agent, a gate or a setup command in a slot (DESIGN 5 and 10).
    pub fn environment(&self, place: &Place<'_>, pass: &[String]) -> BTreeMap<String, String> {
        let mut env = crate::process::env::base(&self.env, pass);
        add_settings(&mut env, &self.git_settings);
        add_settings(&mut env, &git::sparse_settings(place.worktree));
        self.put_values(&mut env, place);
        env
    }

    /// The same for a gate: the user's own circumstances, with the values that its text may name beside.
    pub fn plain_environment(&self, place: &Place<'_>) -> BTreeMap<String, String> {
        let mut env = crate::process::env::plain(&self.env, &[]);
        self.put_values(&mut env, place);
        env
    }

    fn put_values(&self, env: &mut BTreeMap<String, String>, place: &Place<'_>) {
        let mut put = |name: &str, value: String| drop(env.insert(name.to_owned(), value));
        put("ORCA_RUN", self.info.run.to_string());
        put("ORCA_WORKTREE", place.worktree.display().to_string());
        put("ORCA_BASE", place.base.to_owned());
        put("ORCA_PORT", place.port.to_string());
        put("TMPDIR", place.tmp.display().to_string());
        let slot = place.worktree.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        for service in &self.info.options.services {
            put(&service.env, service.in_place(&self.marker.repo, &slot).url);
        }
        if let Some(attempt) = place.attempt {
            put("ORCA_TASK", attempt.task.to_string());
            put("ORCA_ATTEMPT", attempt.n.to_string());
            put("ORCA_TASK_FILE", self.paths.task_file(&attempt.task).display().to_string());
            put("ORCA_PROMPT_FILE", self.paths.prompt_file(attempt).display().to_string());
        }
    }
}

/// Where Serena would stand, and her program by the user's own `PATH`.
fn serena_place(env: &BTreeMap<String, String>, repo: &Repo, slots: &Path) -> SerenaPlace {
    let path = env.get("PATH").cloned().unwrap_or_default();
    SerenaPlace {
        worktrees: slots.to_owned(),
        home: repo.common_dir().join("orca").join("serena"),
        program: find_program("serena", Some(&path), Path::new("/")).map_err(|missing| missing.why),
        path,
    }
}

/// Where and for what a command runs.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The worktree.
    pub worktree: &'a Path,
    /// Folder for temporary files.
    pub tmp: &'a Path,
    /// First port of its range.
    pub port: u16,
    /// What the work is compared with.
    pub base: &'a str,
    /// The attempt it belongs to.
    pub attempt: Option<&'a AttemptId>,
}
