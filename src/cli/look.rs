//! Looking at runs: while they last, from another terminal, and afterwards. Nothing here takes a lock.

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use super::args::{LogArgs, ShowArgs, StatusArgs, TaskArgs};
use crate::git;
use crate::integrate::names;
use crate::journal::{Attempt, JournalTail, RunPaths, RunState, TaskState, read_entries};
use crate::model::{AttemptId, Error, ErrorKind, Oid, Result, TaskId};
use crate::report::live::narration::Narration;
use crate::report::live::progress::Drawing;
use crate::report::machine::result::{FileChange, result_json};
use crate::report::machine::status_json;
use crate::report::print::out::{self, Canvas, PagerWish, ReaderState};
use crate::report::screens::welcome::FoundPlan;
use crate::report::words::{display, json_text};
use crate::report::{self, screens};
use crate::start::here::{Here, Refusal};
use crate::start::seen::{best, by_hand, changed, picture};

/// Shows a long answer through git's pager; outside of a repository through the one of the environment.
pub fn page(here: Option<&Here>, text: &str) -> Result<u8, Refusal> {
    let env = |name: &str| std::env::var(name).ok();
    let core_pager =
        here.map(|here| here.repo.config()).transpose()?.and_then(|config| config.get("core.pager").cloned());
    out::page(text, &PagerWish { git_pager: env("GIT_PAGER"), core_pager, pager: env("PAGER") })?;
    Ok(0)
}

/// `status`.
///
/// # Errors
/// There is no such run, or it cannot be read.
pub fn status(args: &StatusArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let named = args.named.as_deref().or(args.run.as_deref());
    if named.is_none() && args.format.is_json() && here.store.runs().is_empty() {
        report::answer(&json_text::pretty(&status_json::no_run()));
        return Ok(0);
    }
    let (paths, state) = here.run(named)?;
    if args.watch {
        let json = args.format.is_json();
        return if !json && Canvas::Stdout.is_there() { view(&here, &paths) } else { watch(&here, &paths, json) };
    }
    let picture = picture(&here, &state);
    if args.format.is_json() {
        report::answer(&json_text::pretty(&status_json::status(&picture)));
    } else {
        report::answer(&screens::status::status(&picture, out::width()));
    }
    Ok(0)
}

/// Between two looks at a journal that somebody else writes: what people see as at once.
const LOOK: std::time::Duration = std::time::Duration::from_millis(250);

/// Shows the status whenever something happened, until the run is over or its writer is gone.
fn watch(here: &Here, paths: &RunPaths, json: bool) -> Result<u8, Refusal> {
    let mut tail = JournalTail::new(paths.journal());
    let mut entries = tail.more()?;
    let mut state = RunState::replay(&entries)?;
    loop {
        let picture = picture(here, &state);
        if json {
            report::answer(&json_text::line(&status_json::status(&picture)));
        } else {
            report::answer(&format!("{}\n", screens::status::status(&picture, out::width())));
        }
        if state.finished.is_some() || !picture.driven {
            return Ok(0);
        }
        loop {
            std::thread::sleep(LOOK);
            entries = tail.more()?;
            if !entries.is_empty() || !here.drives(&state) {
                break;
            }
        }
        entries.iter().for_each(|entry| state.apply(entry));
    }
}

/// The live view of a run that another process drives: what happens scrolls by above it. At the end, or when its
/// writer is gone, the status.
fn view(here: &Here, paths: &RunPaths) -> Result<u8, Refusal> {
    let mut tail = JournalTail::new(paths.journal());
    let entries = tail.more()?;
    let mut state = RunState::replay(&entries)?;
    let mut narration = Narration::new(out::width(), state.seq);
    entries.iter().for_each(|entry| drop(narration.entry(entry)));
    let mut drawing = Drawing::on(Canvas::Stdout);
    let mut said = String::new();
    loop {
        let picture = picture(here, &state);
        if state.finished.is_some() || !picture.driven {
            drawing.end(&said);
            report::answer(&screens::status::status(&picture, out::width()));
            return Ok(0);
        }
        if drawing.show(&said, &picture) == ReaderState::Gone {
            return Ok(0);
        }
        std::thread::sleep(drawing.rest());
        said.clear();
        for entry in tail.more()? {
            said.push_str(&narration.entry(&entry));
            state.apply(&entry);
        }
        said.push_str(&narration.settle());
    }
}

/// `log`.
///
/// # Errors
/// There is no such run or task, or it cannot be read.
pub fn log(args: &LogArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (paths, state) = here.run(args.run.as_deref())?;
    let entries = read_entries(&paths.journal())?;
    if args.format.is_json() {
        let lines: String = entries.iter().map(json_text::line).collect();
        report::answer(&lines);
        return Ok(0);
    }
    let tasks = chosen(&state, args.task.as_deref())?;
    // Whoever reads it through a pipe wants to search it.
    let columns = if out::answers_a_person() { out::width() } else { usize::MAX };
    page(Some(&here), &screens::log::log(&entries, &tasks, &TimeZone::system(), columns))
}

/// The tasks that a word means; none for all.
pub(super) fn chosen(state: &RunState, word: Option<&str>) -> Result<Vec<TaskId>> {
    let Some(word) = word else { return Ok(Vec::new()) };
    let found = Here::tasks(state, &[word.to_owned()])?;
    Ok(found.into_iter().map(|i| state.info.tasks[i].id.clone()).collect())
}

/// The one task that a word means.
pub(super) fn one(state: &RunState, word: &str) -> Result<TaskId> {
    match chosen(state, Some(word))?.as_slice() {
        [only] => Ok(only.clone()),
        several => {
            let cause = format!("`{word}` matches {} tasks; name one", several.len());
            Err(Error::new(ErrorKind::Usage, "looking for the task", cause))
        }
    }
}

/// `show`.
///
/// # Errors
/// There is no such run or task.
pub fn show(args: &ShowArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (paths, state) = here.run(args.run.as_deref())?;
    let task = one(&state, &args.task)?;
    let last = state.task(&task).map_or(0, latest);
    let attempt = AttemptId { task: task.clone(), n: last };
    if args.prompt || args.output {
        began(&state, &task)?;
    }
    if args.prompt {
        return file(&here, &paths.prompt_file(&attempt));
    }
    if args.output {
        return file(&here, &paths.root().join(RunPaths::attempt_logs(&attempt)).join("agent.log"));
    }
    let picture = picture(&here, &state);
    let files = changed(&here, &state, &task)?;
    if args.format.is_json() {
        if let Some(result) = result_json(&picture, &task, files.as_deref()) {
            report::answer(&json_text::pretty(&result));
        }
        return Ok(0);
    }
    let facts = task_facts(&here, &paths, &state, &task, files)?;
    page(Some(&here), &screens::show::show(&picture, &task, &facts, out::width()).unwrap_or_default())
}

/// What git and the disk know about a task whose changed files are known.
pub(super) fn task_facts(
    here: &Here,
    paths: &RunPaths,
    state: &RunState,
    task: &TaskId,
    files: Option<Vec<FileChange>>,
) -> Result<screens::show::TaskFacts> {
    let mut facts = screens::show::TaskFacts {
        folder: paths.root().display().to_string(),
        files: files.unwrap_or_default(),
        ..Default::default()
    };
    if let Some((attempt, result)) = best(state, task).and_then(|attempt| Some((attempt, attempt.result()?))) {
        facts.commits = git::commits_between(&here.repo, &attempt.base, result)?;
    }
    if let Some(complete) = complete(paths, task) {
        facts.missing = complete.missing;
    }
    Ok(facts)
}

/// The number of the attempt that a task is with: the latest of its own, or of those that are made at once.
fn latest(facts: &TaskState) -> u32 {
    let own = facts.last().filter(|_| facts.round.is_none()).or(facts.contenders().last());
    own.map_or(0, |attempt| attempt.n)
}

/// Refuses to show what only an attempt leaves, of a task that never had one.
fn began(state: &RunState, task: &TaskId) -> Result<()> {
    if state.task(task).is_some_and(TaskState::has_attempts) {
        return Ok(());
    }
    let cause = "it has not started, so there is no output and no prompt yet";
    Err(Error::new(ErrorKind::NotFound, format!("showing `{task}`"), cause)
        .hint(format!("git orca show {task}   shows what it waits for")))
}

fn complete(paths: &RunPaths, task: &TaskId) -> Option<crate::brief::CompleteTask> {
    serde_json::from_slice(&std::fs::read(paths.task_file(task)).ok()?).ok()
}

fn file(here: &Here, path: &Path) -> Result<u8, Refusal> {
    let text = std::fs::read(path).map_err(|e| {
        Error::new(ErrorKind::NotFound, format!("reading `{}`", path.display()), e.to_string())
            .hint("git orca log TASK   shows what happened so far")
    })?;
    let text: String =
        String::from_utf8_lossy(&text).lines().map(|line| format!("{}\n", display::safe(line))).collect();
    page(Some(here), &text)
}

/// `diff`.
///
/// # Errors
/// There is no such run or task, or it has changed nothing yet.
pub fn diff(args: &TaskArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (_, state) = here.run(args.run.as_deref())?;
    let task = one(&state, &args.task)?;
    let (base, tip) = work_of(&here, &state, &task)?;
    note_by_hand(&here, &state, std::slice::from_ref(&task));
    if args.format.is_json() {
        report::answer(&json_text::pretty(&changed(&here, &state, &task)?.unwrap_or_default()));
        return Ok(0);
    }
    page(Some(&here), &git::diff_text(&here.repo, &base, &tip, out::takes_colours())?)
}

/// Says of tasks (all, where none is named) that somebody has them open: what is changed there is not in what is shown.
pub(super) fn note_by_hand(here: &Here, state: &RunState, tasks: &[TaskId]) {
    for (task, place) in by_hand(here, state).iter().filter(|(task, _)| tasks.is_empty() || tasks.contains(task)) {
        report::say(&format!("{task} is open in {place}; what is changed there is not shown: git -C {place} diff"));
    }
}

/// What a task's work is compared with, and where it stands.
///
/// # Errors
/// It has not been tried yet.
pub(super) fn work_of(here: &Here, state: &RunState, task: &TaskId) -> Result<(Oid, Oid)> {
    let Some(attempt) = best(state, task) else {
        return Err(Error::new(ErrorKind::NotFound, format!("showing `{task}`"), "it has not been tried yet")
            .hint("git orca status"));
    };
    let id = AttemptId { task: task.clone(), n: attempt.n };
    let branch = names::full(&names::task_branch(&state.info.run, task));
    let kept = || here.repo.read_ref(&names::attempt(&state.info.run, &id)).ok().flatten();
    let tip = attempt.result().cloned().or_else(kept).or_else(|| here.repo.read_ref(&branch).ok().flatten());
    let tip = tip.or_else(|| attempt.snapshot.clone()).unwrap_or_else(|| attempt.start.clone());
    Ok((attempt.base.clone(), tip))
}

/// `path`.
///
/// # Errors
/// There is no such run or task, or no worktree has it.
pub fn path(args: &TaskArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (_, state) = here.run(args.run.as_deref())?;
    let task = one(&state, &args.task)?;
    match worktree_of(&here, &state, &task) {
        Some(path) if args.format.is_json() => {
            report::answer(&json_text::line(&serde_json::json!({"format": 1, "path": path})))
        }
        Some(path) => report::answer(&path.display().to_string()),
        None => {
            let branch = names::task_branch(&state.info.run, &task);
            let was_tried = state.index(&task).is_some_and(|i| state.tasks[i].has_attempts());
            let doing = format!("looking for the worktree of `{task}`");
            let missing = |cause: String| Error::new(ErrorKind::NotFound, doing, cause);
            return Err(match was_tried {
                true => {
                    missing(format!("{task} no longer has a worktree (it was removed, or reused for another task)"))
                        .hint(format!("git worktree add ../{task} {branch}"))
                }
                false => missing(format!("{task} has no worktree: it has not started yet")).hint("git orca status"),
            }
            .into());
        }
    }
    Ok(0)
}

/// The worktree of a task: where its agent works; after that where its branch is checked out, or the slot that it
/// worked in as long as nobody else had it since (so while gates judge its work).
fn worktree_of(here: &Here, state: &RunState, task: &TaskId) -> Option<PathBuf> {
    let facts = state.task(task)?;
    let last = facts.attempt(latest(facts)).into_iter().chain(facts.attempts.iter().rev());
    let last = last.into_iter().find(|attempt| !attempt.slot.is_empty())?;
    let place = Path::new(&state.info.slots).join(&last.slot);
    if last.is_open() {
        return Some(place);
    }
    let user = |attempt: &&Attempt| attempt.slot == last.slot && attempt.started > last.started;
    let reused = state.tasks.iter().flat_map(TaskState::all_attempts).any(|attempt| user(&attempt));
    let stands = || {
        let slot = git::find_slot(&here.repo, Path::new(&state.info.slots), &last.slot).ok().flatten()?;
        git::slot_head(&here.repo, &slot).ok()
    };
    here.repo
        .checked_out(&names::task_branch(&state.info.run, task))
        .or_else(|| Some(place).filter(|_| !reused && last.result().is_some() && stands().as_ref() == last.result()))
}

/// `git orca` alone: the status while a run is active or needs somebody, else how to begin.
///
/// # Errors
/// The repository or the run cannot be read.
pub fn welcome() -> Result<u8, Refusal> {
    let Ok(here) = Here::find() else {
        report::answer(&screens::welcome::welcome(&[], out::width()));
        return Ok(0);
    };
    if let Ok((_, state)) = here.run(None) {
        let picture = picture(&here, &state);
        let needs = !status_json::needs(&picture).is_empty();
        if needs || state.finished.is_none() {
            report::answer(&screens::status::status(&picture, out::width()));
            return Ok(0);
        }
    }
    let plans = crate::plan::find(&here.files());
    let found = plans.into_iter().map(|plan| FoundPlan {
        path: plan.path,
        kind: plan.format.to_owned(),
        tasks: plan.tasks,
        done: plan.done,
    });
    report::answer(&screens::welcome::welcome(&found.collect::<Vec<_>>(), out::width()));
    Ok(0)
}
