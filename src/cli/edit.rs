//! `git orca edit TASK`: a worktree in which a person mends a task by hand, and its way back: committed as theirs, gated,
//! landed. Everything that it needs to know is in git, so that it can be repeated after a kill at any line.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::args::EditArgs;
use super::look::one;
use super::resume::{act, asked_or_understood};
use super::solved;
use crate::git::{self, RefChange};
use crate::integrate::names;
use crate::journal::{Request, RunState};
use crate::model::{Error, ErrorKind, Oid, Result, TaskId};
use crate::process::run_shell;
use crate::report;
use crate::report::facts::{by_hand, picture::Picture, reason};
use crate::report::words::display::safe;
use crate::run;
use crate::schedule::{RunContext, TaskStatus, standings};
use crate::start::here::{Here, Refusal};
use crate::start::seen::picture;

/// Runs it.
///
/// # Errors
/// There is no such run or task, it is nothing that a person mends, or git refuses.
pub fn main(args: &EditArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (paths, state) = here.run(args.run.as_deref())?;
    asked_or_understood(&here, &paths, &state)?;
    let task = one(&state, &args.task)?;
    let hand = HandWork::of(&here, &state, task)?;
    let note = |open| {
        let request = Request::ByHand { task: hand.task.clone(), open };
        run::send(&here.store, here.repo.common_dir(), &paths, &request).map(drop)
    };
    if args.give_up {
        hand.give_up()?;
        note(false)?;
        return Ok(0);
    }
    if !args.done {
        // Once for each time it is opened: who only asks where it is opens nothing.
        if hand.opened().is_none() {
            note(true)?;
            if let Err(error) = hand.begin(&picture(&here, &state)) {
                note(false)?;
                return Err(error.into());
            }
        }
        return Ok(hand.open(args.shell)?);
    }
    let message = args.message.clone().unwrap_or_else(|| hand.message());
    let Some(tip) = hand.close(&message)? else {
        return Ok(0);
    };
    let request = solved::request(&here, &state, hand.i, tip)?;
    act(&here, &paths, &state, vec![request], args.yes, "goes to its gates, and lands as yours once they pass")
}

/// A task in the hands of a person.
struct HandWork<'a> {
    here: &'a Here,
    state: &'a RunState,
    i: usize,
    task: TaskId,
    branch: String,
}

impl<'a> HandWork<'a> {
    /// Of a task that a person may mend.
    fn of(here: &'a Here, state: &'a RunState, task: TaskId) -> Result<HandWork<'a>> {
        let refused = |why: String| Error::new(ErrorKind::Usage, format!("editing `{task}`"), why);
        let i = state.index(&task).ok_or_else(|| refused("the run has no such task".to_owned()))?;
        let all = standings(&RunContext::new(state.info.clone()), state, Timestamp::now());
        match &all[i] {
            TaskStatus::Failed(_) | TaskStatus::Conflicted | TaskStatus::AwaitsLanding => {}
            TaskStatus::Landed => {
                let error = refused("it has already landed".to_owned());
                return Err(error.hint(format!("git orca revert {task}   takes it out of the result again")));
            }
            TaskStatus::Running => {
                let error = refused("its agent is working on it".to_owned());
                return Err(error.hint(format!("git orca stop {task}   ends that and keeps its work")));
            }
            other => {
                let why = format!("it is {}: only a task that failed, conflicted or waits for approval", other.word());
                return Err(refused(format!("{why} can be fixed by hand")).hint(format!("git orca show {task}")));
            }
        }
        let branch = names::task_branch(&state.info.run, &task);
        Ok(HandWork { here, state, i, task, branch })
    }

    /// The folder that this command opens.
    fn place(&self) -> PathBuf {
        Path::new(&self.state.info.slots).join(format!("edit-{}", self.task))
    }

    /// Where a person has the task's branch checked out.
    fn opened(&self) -> Option<PathBuf> {
        let at = self.here.repo.checked_out(&self.branch)?;
        git::own_worktrees(&self.here.repo).contains(&at).then_some(at)
    }

    fn open(&self, shell: bool) -> Result<u8> {
        let picture = picture(self.here, self.state);
        let place = match self.opened() {
            Some(there) => there,
            None => self.begin(&picture)?,
        };
        if let Some(why) = reason::of(&picture, self.i) {
            report::say(&format!("{}  {}: {why}", self.task, picture.standing(self.i).word()));
        }
        let then = format!(
            "  git orca edit {0} --done      runs the gates on your version and lands it\n  git orca edit {0} --give-up   closes it; nothing of it lands",
            self.task
        );
        report::say(&format!("edit the files in {} (committing is optional), then:\n{then}", place.display()));
        report::answer(&place.display().to_string());
        if shell {
            report::say("this is a shell in that folder; exit leaves it");
            run_shell(&place, &self.here.env)?;
            report::say(&format!("it is still open:\n{then}"));
        }
        Ok(0)
    }

    /// Opens the worktree; for a conflict with the other side merged as far as git can.
    fn begin(&self, picture: &Picture<'_>) -> Result<PathBuf> {
        let facts = &self.state.tasks[self.i];
        let clashed = facts.clashed();
        let moved = clashed.filter(|from| facts.last().is_some_and(|last| last.n > from.n));
        let exists = self.here.repo.read_ref(&names::full(&self.branch))?.is_some();
        let last = facts.attempts.iter().rev().find_map(|attempt| attempt.result());
        let start = || facts.last().map_or(&self.state.info.base, |attempt| &attempt.start);
        let from = match moved.and_then(|from| from.result()) {
            Some(own) => Some(own),
            None if exists => None,
            None => Some(last.unwrap_or_else(start)),
        };
        let place = self.place();
        git::begin_by_hand(&self.here.repo, &place, &self.branch, from)
            .map_err(|error| error.hint(format!("git worktree list   shows where {} is checked out", self.branch)))?;
        if let Some(conflict) = clashed.and_then(|clashed| clashed.conflict.as_ref()) {
            let other = by_hand::other_side(picture, conflict);
            let files = git::merge_by_hand(&place, &other)?;
            let files: Vec<String> = files.iter().map(|file| safe(file)).collect();
            report::say(&format!("{other} is being merged there; resolve the conflicts in {}", files.join(", ")));
        }
        Ok(place)
    }

    /// Closes it without letting it land. What was changed stays reachable, and the branch is the agent's again.
    fn give_up(&self) -> Result<()> {
        let repo = &self.here.repo;
        let branch = names::full(&self.branch);
        let place = self.opened();
        let tip = match &place {
            Some(place) => Some(git::commit_by_hand(place, &format!("Given up by hand: {}\n", self.task))?),
            // Killed after it was closed.
            None => repo.read_ref(&branch)?,
        };
        let own = tip.filter(|tip| !solved::is_known(self.here, self.state, self.i, tip));
        if place.is_none() && own.is_none() {
            let error = Error::new(ErrorKind::NotFound, format!("giving up `{}`", self.task), "it is not open");
            return Err(error.hint(format!("git orca edit {}", self.task)));
        }
        let kept = own.map(|tip| (names::by_hand(&self.state.info.run, &self.task, &tip), tip));
        git::force_refs(repo, kept.as_slice())?;
        if let Some(place) = &place {
            self.close_place(place)?;
        }
        let Some((name, tip)) = kept else {
            report::say(&format!("{}: closed; nothing was changed", self.task));
            return Ok(());
        };
        let facts = &self.state.tasks[self.i];
        let last = facts.attempts.iter().rev().find_map(|attempt| attempt.result());
        let back = last.or(facts.last().map(|attempt| &attempt.start)).unwrap_or(&self.state.info.base);
        git::transact(repo, &[RefChange { name: branch, old: Some(tip), new: back.clone() }])?;
        report::say(&format!("{}: closed without landing; your changes are kept in {name}", self.task));
        Ok(())
    }

    fn message(&self) -> String {
        format!("Fix {} by hand: {}\n", self.task, crate::brief::one_line(&self.state.info.tasks[self.i].title))
    }

    /// Commits and closes; the commit to take in, or none when there is nothing new.
    fn close(&self, message: &str) -> Result<Option<Oid>> {
        let doing = || format!("landing the edit of `{}`", self.task);
        let tip = match self.opened() {
            Some(place) => Some(self.close_at(&place, message)?),
            // Killed after it was closed: what was committed is on the branch.
            None => self.here.repo.read_ref(&names::full(&self.branch))?,
        };
        match tip {
            Some(tip) if !solved::is_known(self.here, self.state, self.i, &tip) => Ok(Some(tip)),
            _ => Err(Error::new(ErrorKind::NotFound, doing(), "nothing was changed in its worktree")
                .hint(format!("git orca edit {}", self.task))),
        }
    }

    fn close_at(&self, place: &Path, message: &str) -> Result<Oid> {
        let unsolved = git::unsolved_by_hand(place)?;
        if let Some(first) = unsolved.first() {
            let cause = format!("`{}` still has conflict markers", safe(first));
            return Err(Error::new(ErrorKind::Usage, format!("landing the edit of `{}`", self.task), cause)
                .hint(format!("resolve it in {}, then: git orca edit {} --done", place.display(), self.task)));
        }
        let tip = git::commit_by_hand(place, message)?;
        if solved::is_known(self.here, self.state, self.i, &tip) {
            return Ok(tip);
        }
        self.close_place(place)?;
        Ok(tip)
    }

    fn close_place(&self, place: &Path) -> Result<()> {
        let is_ours = place == self.place().canonicalize().unwrap_or_else(|_| self.place());
        let stands_in = self.here.cwd.starts_with(place);
        git::close_by_hand(&self.here.repo, place, !is_ours || stands_in)?;
        if is_ours && stands_in {
            report::say(&format!("you are in it, so it stays: git worktree remove {}", place.display()));
        }
        Ok(())
    }
}
