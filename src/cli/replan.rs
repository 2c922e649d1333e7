//! `git orca replan`: what was edited in the plan since the run began, shown and taken in, from any terminal. `--undo`
//! takes the latest change back.

use serde_json::json;

use super::args::ReplanArgs;
use super::terminal::{TerminalFront, ask, can_ask};
use crate::journal::{Entry, PlanRevision, RunPaths, RunState, read_told, undo_revision};
use crate::model::{Error, ErrorKind, Result, TaskId};
use crate::report;
use crate::report::words::display::safe;
use crate::report::words::json_text;
use crate::start::here::{Here, Refusal};
use crate::start::replan::{PlanEdit, read_edit, take_in, tell};

const DOING: &str = "editing the plan of a run";

/// Runs it.
///
/// # Errors
/// There is no run, the plan cannot be read, nobody can be asked, or what it wants to run is not trusted.
pub fn main(args: &ReplanArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (paths, _) = here.run(args.run.as_deref())?;
    let (entries, state) = read_told(&paths)?;
    let edit = if args.undo { undone(&paths, &entries)? } else { read_edit(&here, &state)? };
    let is_taken = !edit.is_empty() && !args.dry_run && (args.yes || !args.format.is_json());
    if !args.format.is_json() {
        report::answer(&described(&paths, &state, &edit, args.undo));
    }
    if is_taken {
        agreed(args)?;
        match args.undo {
            true => tell(&here, (&paths, &state), edit.change.clone())?,
            false => take_in(&here, &TerminalFront, (&paths, &state), &edit, args.yes)?,
        }
    }
    if args.format.is_json() {
        report::answer(&json_text::pretty(&as_json(&here, &paths, &edit, is_taken)));
    } else if is_taken {
        report::say("taken in; what has begun stays as it is");
        if !args.undo {
            report::say("git orca replan --undo   takes it back");
        }
        if !here.store.is_locked() {
            report::say(&format!("run {0} is not active: git orca resume {0}", paths.run));
        }
    }
    Ok(0)
}

/// What takes the latest change of the plan back, told like an edit.
fn undone(paths: &RunPaths, entries: &[Entry]) -> Result<PlanEdit> {
    let Some(change) = undo_revision(entries)? else {
        let cause = format!("the plan of run {} was not changed while it ran", paths.run);
        return Err(Error::new(ErrorKind::Usage, "taking a change of the plan back", cause));
    };
    let changed = change.tasks.iter().map(|task| (task.id.clone(), vec!["as it was before".to_owned()]));
    let dropped = change.dropped.iter().map(|task| (task.clone(), "came with that change"));
    Ok(PlanEdit { changed: changed.collect(), dropped: dropped.collect(), change, ..PlanEdit::default() })
}

fn agreed(args: &ReplanArgs) -> Result<()> {
    if args.yes {
        return Ok(());
    }
    if !can_ask() {
        let command = if args.undo { "git orca replan --undo --yes" } else { "git orca replan --yes" };
        let error = Error::new(ErrorKind::Usage, DOING, "no terminal to ask on; nothing was changed");
        return Err(error.hint(command));
    }
    match ask("Take this in? [y]es  [n]o: ") {
        'y' => Ok(()),
        _ => Err(Error::new(ErrorKind::Declined, DOING, "cancelled; nothing was changed")),
    }
}

/// What differs, a line each, with everything that a task would run.
fn described(paths: &RunPaths, state: &RunState, edit: &PlanEdit, is_undo: bool) -> String {
    let mut lines = Vec::new();
    let new = |id: &TaskId| edit.change.tasks.iter().find(|task| task.id == *id);
    let run =
        |id: &TaskId| new(id).and_then(|task| task.run.as_ref()).map(|text| format!("      runs: {}", safe(text)));
    for id in &edit.added {
        let title = new(id).map(|task| safe(&task.title).to_string()).unwrap_or_default();
        lines.push(format!("  + {id}  {title}{}", after(state, &edit.change, id)));
        lines.extend(run(id));
    }
    for (id, said) in &edit.changed {
        lines.push(format!("  ~ {id}  {}", said.join("; ")));
        let is_other = new(id).is_some_and(|task| state.index(id).is_none_or(|i| state.info.tasks[i].run != task.run));
        lines.extend(run(id).filter(|_| is_other));
    }
    lines.extend(edit.dropped.iter().map(|(id, why)| format!("  - {id}  {why}: left out")));
    lines.extend(
        edit.kept
            .iter()
            .map(|id| format!("  = {id}  changed in the plan, but has started: this run keeps the old text")),
    );
    if !edit.kept.is_empty() {
        lines.push("    git orca execute --new   uses the new one, in a run of its own".to_owned());
    }
    if lines.is_empty() && edit.change.barriers.is_some() {
        lines.push("  ~ the order of groups".to_owned());
    }
    let what = match (edit.is_empty(), is_undo) {
        (true, true) => {
            return format!("nothing to take back: all tasks of the latest change of run {} have begun", paths.run);
        }
        (false, true) => "taking the latest change of the plan back",
        (true, false) if lines.is_empty() => return format!("the plan is as run {} has it", paths.run),
        (_, false) if edit.is_empty() => "nothing in the plan can still be taken in",
        (_, false) => "the plan has changed",
    };
    format!("run {}: {what}\n{}", paths.run, lines.join("\n"))
}

/// Where a new task will stand.
fn after(state: &RunState, change: &PlanRevision, id: &TaskId) -> String {
    let mut later = state.clone();
    later.change_plan(change);
    let Some(i) = later.index(id) else { return String::new() };
    let first: Vec<&str> = later.info.tasks[i].after.iter().map(|edge| edge.task.as_str()).collect();
    let first = if first.is_empty() { String::new() } else { format!("after {}, ", first.join(", ")) };
    format!("  ({first}layer {})", later.info.layers[i])
}

fn as_json(here: &Here, paths: &RunPaths, edit: &PlanEdit, is_taken: bool) -> serde_json::Value {
    let changed = edit.changed.iter().map(|(task, said)| json!({"task": task, "what": said})).collect::<Vec<_>>();
    let dropped = edit.dropped.iter().map(|(task, why)| json!({"task": task, "why": why})).collect::<Vec<_>>();
    json!({
        "format": 1, "run": paths.run, "added": edit.added, "changed": changed, "dropped": dropped, "kept": edit.kept,
        "taken": is_taken, "active": here.store.is_locked(),
    })
}
