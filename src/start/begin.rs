//! Beginning a run, in the order in which it happens. Each step gives the next one, so that none can be left out; a front
//! does between them what is its own (a terminal: pull requests, the background).
//!
//! 1. [`OpenedPlan::read`]: the writer's lock, settings, plan, base, agents. Starts and writes nothing.
//! 2. [`OpenedPlan::interrupted`]: an interrupted run of the same plan is offered first.
//!    [`OpenedPlan::set_up`]: what its worktrees seem to need is offered.
//! 3. [`OpenedPlan::ready`]: what can only be refused; the run gets its id. A check of the base itself belongs here: it
//!    is known that something is to run, and nobody was asked yet.
//! 4. [`ReadyRun::agreed`]: the questions whether to begin and whether to trust.
//! 5. [`AgreedRun::drive`]: the run.

use std::collections::BTreeSet;

use jiff::Zoned;

use super::before;
use super::consent::{allow, consent};
use super::ending::leave;
use super::far;
use super::first_places::FirstPlaces;
use super::front::{Front, InterruptedRun, StartChoice, StartQuestion};
use super::here::{Here, Refusal, busy};
use super::prepare::{self, Prepared};
use super::watchers::Watchers;
use crate::git;
use crate::journal::{Answer, Request, RunLock, RunOutcome, RunState};
use crate::model::{Error, ErrorKind, Place, Result, RunId};
use crate::report::live::progress::ProgressMode;
use crate::run::{self, RunInputs};
use crate::settings::Flags;
use crate::settings::trust::Trusted;

/// A plan that was read and checked, under the writer's lock.
#[derive(Debug)]
pub struct OpenedPlan {
    lock: RunLock,
    /// Everything that is decided already.
    pub prepared: Prepared,
}

impl OpenedPlan {
    /// Takes the lock and reads everything.
    ///
    /// # Errors
    /// Another run is active; settings, plan, base or agent are not as needed; or the plan has lines that look like
    /// tasks, and nothing else.
    pub fn read(here: &Here, front: &dyn Front, flags: &Flags) -> Result<OpenedPlan, Refusal> {
        let lock = lock(here, front, flags)?;
        let prepared = prepare::prepare(here, flags)?;
        if prepared.selection.tasks.is_empty() && !prepared.plan.unread.is_empty() {
            return Err(not_read(&prepared.given.shown, &prepared.plan.unread).into());
        }
        Ok(OpenedPlan { lock, prepared })
    }

    /// Refuses a run that nothing bounds: a program that begins one may not leave open what it costs.
    ///
    /// # Errors
    /// It has neither a budget nor a limit.
    pub fn bounded(&self) -> Result<()> {
        let options = &self.prepared.options;
        let limits = &options.limits;
        let counted = [limits.attempt, limits.task].iter().any(|one| one.tokens.is_some() || one.usd.is_some());
        let timed = limits.run_time.is_some() || limits.task_time.is_some();
        if options.budget_tokens.is_some() || options.budget_usd.is_some() || counted || timed {
            return Ok(());
        }
        let cause = "nothing bounds what it may use: neither a budget nor a limit is set";
        Err(Error::new(ErrorKind::Usage, "starting a run for a program", cause)
            .hint("name `budget_usd` or `budget_tokens` in the call (--budget-usd, --budget-tokens)")
            .hint("or a person sets a limit in orca.toml, under [limits]"))
    }

    /// Whether the plan has nothing left to run.
    pub fn is_empty(&self) -> bool {
        self.prepared.selection.tasks.is_empty()
    }

    /// The interrupted run of the same plan that is to be resumed instead, if there is one and somebody says so.
    ///
    /// # Errors
    /// There is one, and nobody said what to do about it.
    pub fn interrupted(&self, here: &Here, front: &dyn Front, flags: &Flags) -> Result<Option<RunId>> {
        if flags.new || flags.dry_run {
            return Ok(None);
        }
        let Ok((paths, state)) = here.run(None) else { return Ok(None) };
        if !matches!(state.finished, None | Some((_, RunOutcome::Stopped | RunOutcome::AwaitsReview))) {
            return Ok(None);
        }
        let digest = prepare::digest(&self.prepared.selection);
        if state.info.plan.digest != digest || state.info.base != self.prepared.base {
            also_interrupted(front, &self.prepared, &state);
            return Ok(None);
        }
        let landed = state.tasks.iter().filter(|task| task.landed.is_some()).count();
        let it = InterruptedRun { run: paths.run, landed, tasks: state.tasks.len() };
        match front.ask(&StartQuestion::Interrupted(&it)) {
            Some(StartChoice::Resume) => Ok(Some(it.run)),
            Some(StartChoice::StartOver) => Ok(None),
            _ => Err(Error::new(ErrorKind::Busy, "starting a run", it.in_words())
                .hint(format!("git orca resume {}", it.run))
                .hint("git orca execute --new   starts over; the earlier run's work is kept")),
        }
    }

    /// Offers a setup command that the project's files give away, once: who agrees is not asked again.
    ///
    /// # Errors
    /// The answer cannot be kept, or the plan cannot be read again.
    pub fn set_up(mut self, here: &Here, front: &dyn Front, flags: &Flags) -> Result<OpenedPlan, Refusal> {
        let found = prepare::offered_setup(&self.prepared.settings, &self.prepared.detected);
        let Some(found) = found.filter(|_| !flags.yes && !flags.dry_run) else { return Ok(self) };
        if front.ask(&StartQuestion::SetUp(&found)) == Some(StartChoice::Yes) {
            prepare::agree_to_setup(here, &found)?;
            self.prepared = prepare::prepare(here, flags)?;
        }
        Ok(self)
    }

    /// Refuses what is not complete enough; else the run gets its id.
    ///
    /// # Errors
    /// A task lacks what was required, or no id is free.
    pub fn ready(self, here: &Here) -> Result<ReadyRun, Refusal> {
        self.prepared.complete_enough(here)?;
        let run = run::fresh_run_id(&here.store, &Zoned::now())?;
        Ok(ReadyRun { lock: self.lock, prepared: self.prepared, run })
    }
}

/// A run that could begin.
#[derive(Debug)]
pub struct ReadyRun {
    lock: RunLock,
    prepared: Prepared,
    run: RunId,
}

/// What came of asking.
#[derive(Debug)]
pub enum Agreement {
    /// Begin.
    Agreed(Box<AgreedRun>),
    /// Nobody could be asked.
    NobodyThere,
}

impl ReadyRun {
    /// What will be done, for a screen; with the run's id where it will have that.
    pub fn in_words(&self, here: &Here, with_id: bool) -> String {
        before::block(here, &self.prepared, with_id.then_some(&self.run))
    }

    /// Whether git can make the worktrees.
    ///
    /// # Errors
    /// It cannot.
    pub fn preflight(&self, here: &Here) -> Result<()> {
        git::preflight(&here.repo, &self.prepared.slots.0)
    }

    /// For a run that another process will begin: only the trust is asked for, and the lock is let go.
    ///
    /// # Errors
    /// Not trusted.
    pub fn hand_over(self, here: &Here, front: &dyn Front, flags: &Flags) -> Result<()> {
        consent(here, front, (), &self.prepared.items, flags.yes).map(drop)
    }

    /// Asks whether to begin, and whether to trust what the repository wants to run.
    ///
    /// # Errors
    /// The answer was no.
    pub fn agreed(self, here: &Here, front: &dyn Front, flags: &Flags) -> Result<Agreement> {
        if !flags.yes {
            let ahead = front.is_attended().then(|| FirstPlaces::begin(here, &self.prepared)).flatten();
            let answer = front.ask(&StartQuestion::Begin { prepared: &self.prepared, flags });
            match answer {
                Some(StartChoice::Yes) => ahead.into_iter().for_each(FirstPlaces::keep),
                _ => ahead.into_iter().for_each(FirstPlaces::take_away),
            }
            match answer {
                Some(StartChoice::Yes) => {}
                Some(_) => {
                    let cause = "cancelled; nothing was started";
                    return Err(Error::new(ErrorKind::Declined, "starting the run", cause));
                }
                None => return Ok(Agreement::NobodyThere),
            }
        }
        let said = if flags.yes || !front.is_read() { Vec::new() } else { preapproved_requests() };
        let items = self.prepared.items.clone();
        let prepared = consent(here, front, self.prepared, &items, flags.yes)?;
        Ok(Agreement::Agreed(Box::new(AgreedRun { lock: self.lock, run: self.run, prepared, said })))
    }

    /// The run of a plan that nobody has to be asked about: the program's own.
    ///
    /// # Errors
    /// Git cannot make the worktrees, or the run could not go on.
    pub fn drive_unasked(self, here: &Here, front: &dyn Front, narration: ProgressMode) -> Result<OverRun> {
        self.preflight(here)?;
        drive(here, front, (self.lock, self.run), self.prepared, narration, &[])
    }
}

/// A run that somebody agreed to.
#[derive(Debug)]
pub struct AgreedRun {
    lock: RunLock,
    run: RunId,
    prepared: Trusted<Prepared>,
    said: Vec<Request>,
}

/// How a run ended, and how it stands.
pub type OverRun = (RunOutcome, RunState);

impl AgreedRun {
    /// Runs it, until it is over; its report is left.
    ///
    /// # Errors
    /// It could not go on.
    pub fn drive(self, here: &Here, front: &dyn Front, narration: ProgressMode) -> Result<OverRun> {
        let prepared = self.prepared.into_inner();
        if !prepared.items.is_empty() {
            allow(here, &self.run, &prepared.items)?;
        }
        drive(here, front, (self.lock, self.run), prepared, narration, &self.said)
    }
}

fn drive(
    here: &Here,
    front: &dyn Front,
    (lock, run): (RunLock, RunId),
    mut prepared: Prepared,
    narration: ProgressMode,
    said: &[Request],
) -> Result<OverRun> {
    let mut info = prepared.started(run, here.repo.tree_of(&prepared.base)?);
    info.options.attended = front.is_attended();
    info.options = far::reach(here, &|text| front.tell(text), &info.options)?;
    let (observers, watchers) = Watchers::start(here, &prepared.settings, narration, 0);
    let ground = RunInputs {
        repo: here.repo.clone(),
        store: here.store.clone(),
        lock,
        copies: prepared.copies(here)?,
        telling: prepared.telling(here)?,
        observers,
    };
    let result = run::execute(ground, info, said);
    watchers.join();
    let (outcome, state) = result?;
    leave(here, front, &state);
    Ok((outcome, state))
}

/// Who says yes to the start has said yes to the plan and to its first layer.
fn preapproved_requests() -> Vec<Request> {
    let yes = |id: &str| Request::Answer(Answer { id: id.to_owned(), yes: true, ..Answer::default() });
    vec![yes("plan"), yes("layer:1")]
}

/// Lines of a plan look like tasks and were not read: whatever was done, that is not all of it.
pub fn not_read(plan: &str, unread: &[Place]) -> Error {
    let shown: Vec<String> = unread.iter().take(8).map(Place::to_string).collect();
    let more = if unread.len() > shown.len() { ", …" } else { "" };
    let what = if unread.len() == 1 { "1 line looks".to_owned() } else { format!("{} lines look", unread.len()) };
    let cause = format!("{what} like a task but could not be read: {}{more}", shown.join(", "));
    Error::new(ErrorKind::Plan, format!("reading `{plan}`"), cause).hint(format!("git orca plan {plan}   says why"))
}

/// The writer's lock; waits for it with `--wait`.
fn lock(here: &Here, front: &dyn Front, flags: &Flags) -> Result<RunLock> {
    if let Some(lock) = here.lock()? {
        return Ok(lock);
    }
    if flags.wait {
        front.tell("another run is active in this repository; waiting for it to end");
        return here.store.lock_waiting();
    }
    let run = here.store.find(None).map(|paths| format!("run {}", paths.run)).unwrap_or_else(|_| "a run".to_owned());
    Err(busy("starting a run", &run).hint("git orca execute --wait   begins when it has ended"))
}

/// An interrupted run that has some of the same plans is no reason to stop, but to know.
fn also_interrupted(front: &dyn Front, prepared: &Prepared, state: &RunState) {
    let set = |paths: &[String]| paths.iter().cloned().collect::<BTreeSet<String>>();
    let (ours, theirs) = (set(&prepared.given.paths), set(state.info.plan.each()));
    let both: Vec<&str> = ours.intersection(&theirs).map(String::as_str).collect();
    if !both.is_empty() {
        let run = &state.info.run;
        let what = if ours == theirs { "an earlier state or another base of" } else { "other plans besides" };
        front.tell(&format!(
            "run {run} was interrupted; it has {what} {}: git orca resume {run} continues it",
            both.join(" ")
        ));
    }
}
