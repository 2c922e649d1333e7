//! The loop around the core: performs what it decides, feeds it what happens.
//!
//! The core runs on the calling thread, so that its fdatasync blocks nobody else; workers run on tokio and only send.

use std::collections::HashMap;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::capacity::CapacityMonitor;
use super::control::{self, Callers, ControlSocket};
use super::core::{Core, Signal, Step};
use super::damaged_end;
use super::open_checks::OpenChecks;
use crate::git;
use crate::journal::{CheckAsk, ChoiceAsk, Entry, Event, Intended, Request, RunOutcome, RunState, Subject, inbox};
use crate::model::{AttemptId, Error, ErrorKind, GateName, Oid, Result, Rung, TaskId};
use crate::process::{self, Interrupt, Interrupts, StopSignal, sweep};
use crate::run::far;
use crate::run::judging::attest;
use crate::run::judging::check;
use crate::run::judging::choice;
use crate::run::judging::job::{CheckJob, Review, as_judged};
use crate::run::judging::review::said_by_others;
use crate::run::landing::marks;
use crate::run::landing::replay;
use crate::run::landing::train;
use crate::run::run_env::RunEnv;
use crate::run::sealing;
use crate::run::word_boxes::HandedWord;
use crate::run::work::attempt;
use crate::run::work::chosen;
use crate::run::work::job::AttemptJob;
use crate::run::work::prompt::earlier;
use crate::run::worker::blocking;
use crate::schedule::{Action, Demand};

/// Between two looks into the inbox.
const LOOK: Duration = Duration::from_millis(100);
/// How long workers may take to end at the end of a run: TERM, grace and KILL of their commands.
const PATIENCE: Duration = Duration::from_secs(8);

/// Gets every entry once it is on the disk.
pub type Observer = mpsc::Sender<Arc<Entry>>;

/// A run while it lasts.
pub struct Dispatcher {
    core: Core,
    site: Arc<RunEnv>,
    runtime: Handle,
    sender: mpsc::Sender<Signal>,
    signals: mpsc::Receiver<Signal>,
    observers: Vec<Observer>,
    wake: Option<Timestamp>,
    room: CapacityMonitor,
    demand: Demand,
    stops: HashMap<AttemptId, StopSignal>,
    checks: OpenChecks,
    workers: Vec<JoinHandle<()>>,
    callers: Callers,
    control: Option<JoinHandle<()>>,
}

impl Dispatcher {
    /// A dispatcher for `core`. `sender` is what the site's workers answer through.
    pub fn new(
        core: Core,
        site: Arc<RunEnv>,
        runtime: Handle,
        sender: mpsc::Sender<Signal>,
        signals: mpsc::Receiver<Signal>,
        observers: Vec<Observer>,
    ) -> Dispatcher {
        let room = CapacityMonitor::new(&site.info.options);
        Dispatcher {
            core,
            site,
            runtime,
            sender,
            signals,
            observers,
            wake: None,
            room,
            demand: Demand::default(),
            stops: HashMap::new(),
            checks: OpenChecks::default(),
            workers: Vec::new(),
            callers: Callers::default(),
            control: None,
        }
    }

    /// Shows entries that are on the disk to the observers.
    pub fn show(&mut self, entries: &[Arc<Entry>]) {
        for entry in entries {
            // An observer that has gone away has seen enough.
            self.observers.retain(|observer| observer.send(Arc::clone(entry)).is_ok());
            if let Event::Requested { message, request, .. } = &entry.event {
                if *request == Request::AtHome {
                    self.come_home();
                }
                inbox::done(&self.site.paths.inbox(), message);
                self.callers.recorded(message);
            }
        }
    }

    /// Takes back what runs elsewhere. Whatever begins from now on begins here.
    fn come_home(&mut self) {
        if self.site.at_home.is_asked() || (self.site.far.is_none() && self.site.far_gates.is_none()) {
            return;
        }
        self.site.at_home.now();
        if self.site.far.is_some() {
            self.stops.values().for_each(StopSignal::now);
            self.room = CapacityMonitor::at_home(&self.site.info.options);
        }
    }

    /// The state.
    pub fn state(&self) -> &RunState {
        self.core.state()
    }

    /// Says what is done before anything begins.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub fn note(&mut self, what: String) -> Result<()> {
        let entries = self.core.note(Event::Noticed { attempt: None, what }, Timestamp::now())?;
        self.show(&entries);
        Ok(())
    }

    /// Takes signals in and performs what follows.
    ///
    /// # Errors
    /// The journal cannot be written, or a worker is broken.
    pub fn step(&mut self, signals: Vec<Signal>) -> Result<()> {
        let Step { actions, entries } = self.core.step(Timestamp::now(), signals)?;
        process::hurry(self.core.state().stop.is_some_and(|stop| stop.now));
        self.show(&entries);
        if self.site.far.is_none() || !self.site.at_home.is_asked() {
            self.room.raise(self.core.state().info.options.jobs);
        }
        self.wake = None;
        actions.iter().for_each(|action| self.perform(action));
        self.checks.stop_what_is_in_vain(self.core.course(), self.core.state());
        self.demand = self.core.demand(Timestamp::now());
        Ok(())
    }

    /// Runs until the run is over. All its processes have ended then.
    ///
    /// # Errors
    /// As [`Dispatcher::step`]; nothing is lost, `resume` goes on.
    pub fn drive(mut self) -> Result<(RunOutcome, RunState)> {
        self.listen();
        let result = self.open_control().and_then(|()| self.turn());
        self.close_control();
        self.site.stop.now();
        self.join_workers();
        if let Err(error) = attest::write(&self.site.repo, self.core.state(), &self.site.seal) {
            tracing::warn!(%error, "the evidence of this run could not be written as notes");
        }
        if !self.site.info.options.sandbox.is_on()
            && let Err(error) = sealing::forget_seal(&self.site.env, self.site.repo.common_dir())
        {
            tracing::warn!(%error, "attempts without a fence could read the key of this repository's evidence");
        }
        git::empty_trash(&self.site.slots);
        git::empty_trash(&self.site.gate_slots);
        let state = self.core.state().clone();
        result.map(|outcome| (outcome, state))
    }

    fn turn(&mut self) -> Result<RunOutcome> {
        let mut signals = vec![Signal::Tick];
        loop {
            self.step(signals)?;
            if let Some((_, outcome)) = self.core.state().finished {
                damaged_end::refuse_damaged(&self.site)?;
                return Ok(outcome);
            }
            signals = self.wait()?;
        }
    }

    /// What came, at the latest when the core wants to be woken.
    fn wait(&mut self) -> Result<Vec<Signal>> {
        loop {
            if let Some(capacity) = self.room.give(&self.demand) {
                return Ok(vec![Signal::Capacity(capacity)]);
            }
            let until = self.wake.map(|at| {
                Timestamp::now().until(at).ok().and_then(|span| span.try_into().ok()).unwrap_or(Duration::ZERO)
            });
            let mut signals = Vec::new();
            match self.signals.recv_timeout(until.unwrap_or(LOOK).min(LOOK)) {
                Ok(signal) => signals.push(signal),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    return Err(Error::new(ErrorKind::Failed, "waiting for workers", "all of them are gone"));
                }
            }
            signals.extend(self.signals.try_iter());
            signals.extend(control::foreign(&self.site.paths).into_iter().map(Signal::Happened));
            let due = self.wake.is_some_and(|at| at <= Timestamp::now());
            if due {
                signals.push(Signal::Tick);
            }
            if !signals.is_empty() {
                // First the room: what just ended is not replaced while another run is hungry.
                signals.splice(0..0, self.room.give(&self.demand).map(Signal::Capacity));
                return Ok(signals);
            }
        }
    }

    /// From here on people ask over the socket.
    fn open_control(&mut self) -> Result<()> {
        let entered = self.runtime.enter();
        let socket = ControlSocket::open(self.site.repo.common_dir())?;
        drop(entered);
        self.control = Some(self.runtime.spawn(socket.serve(self.sender.clone(), self.callers.clone())));
        Ok(())
    }

    /// Who asks now is told that the run is over.
    fn close_control(&mut self) {
        if let Some(control) = self.control.take() {
            control.abort();
            // The socket must be gone before the lock is.
            let _ = self.runtime.block_on(control);
        }
        self.callers.dismiss();
    }

    /// Turns Ctrl-C into requests: once lets running agents finish, twice stops now.
    fn listen(&mut self) {
        let sender = self.sender.clone();
        self.runtime.spawn(async move {
            let Ok(mut interrupts) = Interrupts::listen() else { return };
            for n in 0.. {
                let now = interrupts.next().await == Interrupt::Twice;
                let id = format!("interrupt-{}-{n}", Timestamp::now().as_nanosecond());
                let message = inbox::Message { id, request: Request::Stop { now } };
                if sender.send(Signal::Request(message)).is_err() {
                    return;
                }
            }
        });
    }

    /// Waits until every worker has ended, and ends what they left.
    fn join_workers(&mut self) {
        let workers = std::mem::take(&mut self.workers);
        let marker = self.site.marker.clone();
        self.runtime.block_on(async move {
            let all = async {
                for worker in workers {
                    let _ = worker.await;
                }
            };
            let _ = tokio::time::timeout(PATIENCE, all).await;
            if let sweep::Swept::Ended { ended, .. } = sweep::end(&marker, Duration::from_millis(500)).await
                && !ended.is_empty()
            {
                tracing::warn!(count = ended.len(), "processes outlived their launcher and were ended");
            }
        });
    }

    fn spawn(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        self.workers.retain(|worker| !worker.is_finished());
        self.workers.push(self.runtime.spawn(work));
    }

    /// Starts what an action says. Its intent is on the disk.
    pub fn perform(&mut self, action: &Action) {
        match action {
            Action::Attempt(intended) => self.attempt(intended),
            Action::EndAttempt { attempt, .. } => {
                if let Some(stop) = self.stops.get(attempt) {
                    stop.now();
                }
            }
            Action::HandWord { attempt, message } => self.hand_word(attempt, message),
            Action::Check { subject, gate, commit, slot, ask } => self.check((subject, gate), commit, slot, ask),
            Action::Merge { batch, tasks, .. } if !tasks.is_empty() => self.merge(*batch),
            Action::Land { batch } => self.land(*batch),
            Action::Refuse { culprit: Some(task), .. } => self.forget(task),
            Action::MakeBase { of } => self.make_base(of.clone()),
            Action::Replay { attempt, onto } => self.replay(attempt, onto),
            Action::Mark { .. } => self.mark(),
            Action::LandMarks => self.land_marks(),
            Action::Into { branch, old, new } => self.into(branch.clone(), old.clone(), new.clone()),
            Action::Deploy => self.deploy(),
            Action::ChooseCandidate { attempt, .. } => self.show_chosen(attempt),
            Action::AskChoice(ask) => self.ask_choice(ask),
            Action::Wake { at } => self.wake = Some(*at),
            Action::Merge { .. }
            | Action::Refuse { .. }
            | Action::PauseForGate { .. }
            | Action::ResizePool { .. }
            | Action::Ask(_)
            | Action::Expire { .. }
            | Action::FallBack(_)
            | Action::Finish { .. } => {}
        }
    }

    /// At once, before the branch is worked on.
    fn show_chosen(&self, attempt: &AttemptId) {
        if let Err(error) = chosen::show_chosen(&self.site, self.core.state(), attempt) {
            tracing::warn!(%attempt, %error, "the branch of the task does not show the chosen work");
        }
    }

    /// What an agent took no more is carried to the next attempt.
    fn hand_word(&self, attempt: &AttemptId, message: &str) {
        let Some(word) = self.core.state().task(&attempt.task).and_then(|task| task.word(message)) else { return };
        if !self.site.boxes.hand(attempt, HandedWord::of(word)) {
            self.site.tell(Event::WordCarried { attempt: attempt.clone(), message: message.to_owned() });
        }
    }

    fn attempt(&mut self, intended: &Intended) {
        let state = self.core.state();
        let attempt = &intended.attempt;
        let Some(i) = state.index(&attempt.task) else { return };
        let stop = self.site.stop.below();
        let job = AttemptJob {
            attempt: attempt.clone(),
            task: state.info.tasks[i].clone(),
            agent: intended.agent.clone(),
            slot: intended.slot.clone(),
            base: intended.base.clone(),
            start: intended.start.clone(),
            intended: intended.clone(),
            session_used: state.tasks[i].session_used(intended.resume.as_ref()),
            side: train::side_of(state, i),
            earlier: earlier(self.core.course(), state, attempt),
            stop: stop.clone(),
            host: state.attempt(attempt).and_then(|open| open.host.clone()),
            told: None,
        };
        let is_home = self.site.at_home.is_asked();
        let is_elsewhere = self.site.far.is_some() && (!is_home || job.host.is_some());
        if is_elsewhere && is_home {
            stop.now();
        }
        self.stops.insert(attempt.clone(), stop);
        let site = Arc::clone(&self.site);
        let sender = self.sender.clone();
        self.spawn(async move {
            let task = match is_elsewhere {
                true => tokio::spawn(far::run(site, job)),
                false => tokio::spawn(attempt::run(site, job)),
            };
            panics(task.await, "an attempt", &sender);
        });
    }

    fn check(&mut self, (subject, gate): (&Subject, &GateName), commit: &Oid, slot: &str, ask: &CheckAsk) {
        let (context, state) = (self.core.course(), self.core.state());
        let Some(def) = state.info.options.gates.iter().find(|def| def.name == *gate) else { return };
        let attempt = match subject {
            Subject::Attempt(attempt) | Subject::Phase(attempt) => Some(attempt),
            Subject::Batch { .. }
            | Subject::Layer { .. }
            | Subject::Final(_)
            | Subject::Commit(_)
            | Subject::Base(_) => None,
        };
        let base = attempt.and_then(|attempt| state.attempt(attempt)).map(|attempt| attempt.base.clone());
        let of = attempt.and_then(|attempt| state.index(&attempt.task));
        let job = CheckJob {
            subject: subject.clone(),
            gate: def.clone(),
            commit: commit.clone(),
            base: base.unwrap_or_else(|| state.info.base.clone()),
            task: of.map(|i| as_judged(context, subject, i)),
            expected_red: ask.expected_red.clone(),
            known_red: ask.known_red.clone(),
            review: Review::of(&ask.review, || said_by_others(state, subject, gate)),
            slot: slot.to_owned(),
            stop: self.site.stop.below(),
        };
        self.checks.begin(subject, gate, &job.stop);
        let site = Arc::clone(&self.site);
        let sender = self.sender.clone();
        self.spawn(async move {
            let task = tokio::spawn(check::run(site, job));
            panics(task.await, "a gate", &sender);
        });
    }

    fn ask_choice(&mut self, ask: &ChoiceAsk) {
        let Some(job) = choice::choice_job(self.core.state(), ask, self.site.stop.below()) else { return };
        let site = Arc::clone(&self.site);
        let sender = self.sender.clone();
        self.spawn(async move {
            let task = tokio::spawn(choice::run(site, job));
            panics(task.await, "a reviewing agent", &sender);
        });
    }

    fn make_base(&mut self, of: Vec<Oid>) {
        let job = train::base_job(self.core.state(), of);
        self.work("merging what a task builds on", move |site| train::base(site, &job));
    }

    fn replay(&mut self, attempt: &AttemptId, onto: &Oid) {
        let Some(job) = replay::replay_job(self.core.state(), attempt, onto) else { return };
        self.work("merging work onto what landed", move |site| replay::replay(site, &job));
    }

    fn merge(&mut self, batch: u32) {
        let Some(job) = train::merge_job(self.core.state(), self.site.repo.common_dir(), batch) else { return };
        self.work("merging", move |site| train::merge(site, &job));
    }

    fn land(&mut self, batch: u32) {
        let Some(job) = train::land_job(self.core.state(), batch) else { return };
        self.work("landing", move |site| train::land(site, &job));
    }

    /// What was remembered and turned out red is not taken again.
    fn forget(&mut self, task: &TaskId) {
        let state = self.core.state();
        let Some(i) = state.index(task).filter(|_| state.info.options.conflicts.tries(Rung::Remembered)) else {
            return;
        };
        let Some(theirs) = state.tasks[i].last().and_then(|last| last.result()).cloned() else { return };
        let ours = state.head(state.info.layers[i]).commit.clone();
        self.work("forgetting what was red", move |site| train::forget(site, &ours, &theirs));
    }

    fn mark(&mut self) {
        let Some(job) = marks::mark_job(self.core.state()) else { return };
        self.work("marking the plan", move |site| marks::mark(site, &job));
    }

    fn land_marks(&mut self) {
        let Some(job) = marks::land_job(self.core.state()) else { return };
        self.work("moving heads to the marks", move |site| marks::land(site, &job));
    }

    fn into(&mut self, branch: String, old: Oid, new: Oid) {
        self.work("moving your branch", move |site| {
            let refused = crate::integrate::move_branch(&site.repo, &site.info.run, &branch, &old, &new)?;
            Ok(Event::IntoEnded { branch: branch.clone(), refused })
        });
    }

    fn deploy(&mut self) {
        let site = Arc::clone(&self.site);
        let commit = self.core.state().top().commit.clone();
        let sender = self.sender.clone();
        self.spawn(async move {
            let task = tokio::spawn(crate::run::landing::deploy::run(site, commit));
            panics(task.await, "the finishing command", &sender);
        });
    }

    /// Blocking work whose error ends the run. Where somebody prunes meanwhile it is done again.
    fn work(&mut self, what: &'static str, work: impl Fn(&RunEnv) -> Result<Event> + Send + 'static) {
        let site = Arc::clone(&self.site);
        let sender = self.sender.clone();
        self.spawn(async move {
            let done = blocking(&site, move |site| {
                let done = site.past_pruning(work)?;
                // What it tells of is on the disk before the journal names it.
                site.repo.sync_written().map(|()| done)
            })
            .await
            .and_then(|done| done);
            let signal = match done {
                Ok(event) => Signal::Happened(event),
                Err(error) => {
                    tracing::error!(what, error = %error, "the run cannot go on");
                    Signal::Broken(error.hint("git orca resume"))
                }
            };
            let _ = sender.send(signal);
        });
    }
}

/// A worker that panicked would leave its intent open for ever: the run ends instead.
fn panics(joined: Result<(), tokio::task::JoinError>, what: &str, sender: &mpsc::Sender<Signal>) {
    if let Err(cause) = joined
        && cause.is_panic()
    {
        let error = Error::failed(format!("running {what}"), "its worker panicked; this is a bug in git orca");
        let _ = sender.send(Signal::Broken(error.hint("git orca resume")));
    }
}

/// Whether another process of this machine still drives the run; none when that process cannot be seen from here.
pub fn is_driven(state: &RunState) -> Option<bool> {
    let host = &state.host;
    let process = process::ProcessId { pid: host.pid, start: host.start, boot_id: host.boot.clone() };
    if state.finished.is_some() {
        return Some(false);
    }
    let visible = host.space.is_empty() || host.space == process::pid_space();
    visible.then(|| process.is_alive())
}
