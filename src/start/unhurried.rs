//! What the reading of a plan costs in time: the same documents, read so that only phases and shared files order tasks.

use super::prepare::Prepared;
use super::reading;
use crate::graph::{TaskGraph, TaskSelection};
use crate::model::{Task, TaskKind};
use crate::report::facts::plan_view::Runnable;
use crate::report::screens::beginning::LooseFacts;
use crate::settings::OrderReading;

/// A gain below this is not worth a word: a fifth.
const WORTH: f64 = 0.8;

/// Agents at once when nothing is said: a tighter order may have made fewer of them useful.
const USUAL: u32 = 5;

/// What `--loose` would gain; none where it was said how the plan is read, or where it gains little.
pub fn loose(prepared: &Prepared, makespan: f64) -> Option<LooseFacts> {
    if prepared.settings.reading != OrderReading::Default || prepared.plan.states_order {
        return None;
    }
    let mut settings = prepared.settings.clone();
    settings.reading = OrderReading::Loose;
    let plan = reading::read(&prepared.given, &settings);
    let wanted = TaskSelection {
        include_optional: settings.include_optional,
        include_done: settings.include_done,
        ..TaskSelection::default()
    };
    let (whole, _) = TaskGraph::build(&plan.tasks, &plan.barriers);
    let run = Runnable::of(&plan, &whole, &wanted);
    if run.selection.tasks.len() != prepared.selection.tasks.len() {
        return None;
    }
    let jobs = run.graph.width(&run.load.weights).clamp(1, prepared.options.jobs.max(USUAL) as usize);
    let (work, time) = (run.graph.work(&run.load.weights), run.graph.simulate(&run.load, jobs).makespan);
    let silent = |task: &&Task| task.files.is_empty() && task.kind == TaskKind::Change;
    let gains = time > 0.0 && time < makespan * WORTH;
    gains.then(|| LooseFacts { speed_up: work / time, silent: run.selection.tasks.iter().filter(silent).count() })
}
