//! `git orca conflicts`: what clashes, what clashed, and what will.

use std::path::Path;

use jiff::Timestamp;

use super::args::ConflictsArgs;
use super::look::{chosen, note_by_hand, page};
use crate::git;
use crate::integrate::{self, Live, names};
use crate::journal::{Attempt, RunPaths, RunState};
use crate::model::{AttemptId, Oid, Result, Task};
use crate::report;
use crate::report::print::out;
use crate::report::screens::conflicts::{Forecast, SeenWork, conflicts as conflicts_text, conflicts_json};
use crate::report::words::json_text;
use crate::run::left_by_set_up;
use crate::start::here::{Here, Refusal};
use crate::start::seen::picture;
use crate::symbols::{KeptUses, SymbolName};

/// `conflicts`.
///
/// # Errors
/// There is no such run or task.
pub fn conflicts(args: &ConflictsArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (paths, state) = here.run(args.run.as_deref())?;
    let tasks = chosen(&state, args.task.as_deref())?;
    let picture = picture(&here, &state);
    let mut forecast = forecast(&here, &paths, &state, args.now)?;
    forecast.meetings.retain(|it| tasks.is_empty() || it.tasks.iter().any(|task| tasks.contains(task)));
    forecast.seen.retain(|it| tasks.is_empty() || tasks.contains(&it.task));
    if args.format.is_json() {
        report::answer(&json_text::pretty(&conflicts_json(&picture, &tasks, &forecast)));
        return Ok(0);
    }
    note_by_hand(&here, &state, &tasks);
    page(Some(&here), &conflicts_text(&picture, &tasks, &forecast, out::width()))
}

/// Where the work of tasks that are not landed would clash: as it was last saved, or with `now` as it is.
fn forecast(here: &Here, paths: &RunPaths, state: &RunState, now: bool) -> Result<Forecast> {
    if state.finished.is_some() {
        return Ok(Forecast::default());
    }
    let at = Timestamp::now();
    let (mut live, mut seen) = (Vec::new(), Vec::new());
    for (task, facts) in state.info.tasks.iter().zip(&state.tasks).filter(|(_, facts)| facts.landed.is_none()) {
        let Some(last) = facts.last() else { continue };
        let fresh = if now && last.is_open() { saved_now(here, paths, state, task, last)? } else { None };
        let saved = fresh.or_else(|| last.snapshot.clone()).filter(|_| last.is_open());
        let committed = match last.result() {
            Some(result) => Some(result.clone()),
            None => here.repo.read_ref(&names::full(&names::task_branch(&state.info.run, &task.id)))?,
        };
        // What was saved counts until the agent has committed something else.
        let (tip, is_saved) = match (saved, committed) {
            (Some(saved), Some(tip)) if !here.repo.is_ancestor(&tip, &saved)? => (tip, false),
            (Some(saved), _) => (saved, true),
            (None, Some(tip)) => (tip, false),
            (None, None) => continue,
        };
        if last.is_open() {
            let saved = is_saved.then(|| here.repo.commit_info(&tip).map(|info| info.time)).transpose()?;
            let age = saved.map(|saved| at.duration_since(saved).as_secs_f64().max(0.0));
            seen.push(SeenWork { task: task.id.clone(), age });
        }
        live.push(Live { task: task.id.clone(), base: last.base.clone(), tip });
    }
    let rules = &state.info.options.conflicts;
    let regenerate = rules.regenerate.keys().cloned().collect();
    // What Serena answered the run; here she is not started.
    let kept = KeptUses::of(&here.repo);
    let ask = |commit: &Oid, symbols: &[SymbolName]| {
        symbols.iter().map(|symbol| kept.get(&here.repo, commit, symbol)).collect::<Vec<_>>()
    };
    Ok(Forecast { meetings: integrate::meetings(&here.repo, &live, &rules.union, &regenerate, &ask)?, seen })
}

/// What the agent of an attempt has at this moment, saved beside the run's own snapshots; none where nothing differs from
/// what it committed, or its worktree is only being set up.
fn saved_now(here: &Here, paths: &RunPaths, state: &RunState, task: &Task, last: &Attempt) -> Result<Option<Oid>> {
    let slots = Path::new(&state.info.slots);
    let Some(slot) = git::find_slot(&here.repo, slots, &last.slot)? else { return Ok(None) };
    let Some(baseline) = left_by_set_up(paths, slots, task, &slot.name)? else { return Ok(None) };
    let id = AttemptId { task: task.id.clone(), n: last.n };
    let name = names::seen(&state.info.run, &id);
    let message = format!("Work of {id} as it was seen\n\nOrca-Run: {}\n", state.info.run);
    Ok(git::snapshot(&here.repo, &slot, &last.start, &baseline, &name, &message, Timestamp::now())?.commit)
}
