//! `git orca add "…"`: one more task for a run, from any terminal. A run that lives takes it in at its next decision;
//! one that nobody drives when `resume` goes on with it.

use serde_json::json;

use super::args::AddArgs;
use crate::journal::{PlanRevision, RunPaths, RunState, read_told};
use crate::model::{Edge, Error, ErrorKind, FileUse, Named, Place, Result, Task, TaskId, TaskKind, Why};
use crate::report;
use crate::report::words::display::safe;
use crate::report::words::json_text;
use crate::start::here::{Here, Refusal};
use crate::start::messages;
use crate::start::replan;

const DOING: &str = "adding a task";

/// Runs it.
///
/// # Errors
/// There is no run, what was given is wrong, or nobody could do the task.
pub fn main(args: &AddArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (paths, _) = here.run(args.of.as_deref())?;
    let (_, state) = read_told(&paths)?;
    let task = task(&state, args)?;
    let layer = layer_with(&state, &task);
    let change = PlanRevision::adding(task.clone());
    replan::tell(&here, (&paths, &state), change)?;
    if args.format.is_json() {
        let told =
            json!({"format": 1, "run": paths.run, "task": task.id, "layer": layer, "active": here.store.is_locked()});
        report::answer(&json_text::pretty(&told));
        return Ok(0);
    }
    report::say(&format!("added {} ({}) to layer {layer} of run {}", task.id, safe(&task.title), paths.run));
    report::say(&format!("git orca skip {}   removes it, as long as it has not landed", task.id));
    say_when(&here, &paths);
    Ok(0)
}

/// Says so when nobody is there to begin the task now.
fn say_when(here: &Here, paths: &RunPaths) {
    if !here.store.is_locked() {
        report::say(&format!("run {0} is not active: git orca resume {0}", paths.run));
    }
}

/// The layer that the run will give the task.
fn layer_with(state: &RunState, task: &Task) -> u32 {
    let mut after = state.clone();
    after.change_plan(&PlanRevision::adding(task.clone()));
    after.index(&task.id).map_or(1, |i| after.info.layers[i])
}

/// The task that was typed.
fn task(state: &RunState, args: &AddArgs) -> Result<Task> {
    let text = args.title.join(" ");
    let title = text.lines().next().unwrap_or_default().trim();
    if title.is_empty() {
        return Err(usage("a title says what is to be done").hint("git orca add \"fix the login redirect\""));
    }
    let agent = agent(state, args)?;
    let at = Place::new("", 0);
    let id = id(state, args.id.as_deref(), title)?;
    let after = Here::tasks(state, &args.after)?;
    let edge = |i: usize| Edge { task: state.info.tasks[i].id.clone(), why: Why::Explicit, at: at.clone() };
    let file = |path: &String| {
        let path = path.parse().map_err(|e: Error| usage(format!("`{}`: {}", safe(path), e.cause)))?;
        Ok(FileUse { path, creates: false })
    };
    let details = [text.trim(), args.details.as_deref().unwrap_or_default().trim()];
    Ok(Task {
        key: id.to_string(),
        id,
        title: title.to_owned(),
        kind: TaskKind::Change,
        done: false,
        optional: false,
        group: String::new(),
        files: args.files.iter().map(file).collect::<Result<_>>()?,
        named: Named::default(),
        needs: Default::default(),
        after: after.into_iter().map(edge).collect(),
        run: args.run.clone(),
        details: details.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n"),
        acceptance: args.accept.clone(),
        estimate: None,
        priority: args.priority,
        agent,
        model: None,
        role: None,
        candidates: None,
        labels: Vec::new(),
        pick: None,
        at,
    })
}

/// The id that was given, else one from the title; no other task has it.
fn id(state: &RunState, given: Option<&str>, title: &str) -> Result<TaskId> {
    let mut taken: Vec<String> = state.info.tasks.iter().map(|task| task.id.to_string()).collect();
    let Some(given) = given else { return messages::short_id(title, &mut taken).parse() };
    let id: TaskId = given.parse()?;
    match taken.iter().any(|known| known.eq_ignore_ascii_case(given)) {
        true => Err(usage(format!("the run has a task `{id}` already")).hint(format!("git orca show {id}"))),
        false => Ok(id),
    }
}

/// Who does it: a run knows the agents that it was started with, and no others.
fn agent(state: &RunState, args: &AddArgs) -> Result<Option<String>> {
    let options = &state.info.options;
    let Some(name) = &args.agent else {
        let nobody = options.agent.is_empty() && args.run.is_none();
        let cause = "the run was started without an agent, and the task says nothing to run";
        return if nobody { Err(usage(cause).hint("git orca add \"…\" --run 'make docs'")) } else { Ok(None) };
    };
    if options.agents.contains_key(name) {
        return Ok(Some(name.clone()));
    }
    let known: Vec<&str> = options.agents.keys().map(String::as_str).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Err(usage(format!("the run has no agent `{}`; it was started with: {known}", safe(name))))
}

fn usage(cause: impl Into<String>) -> Error {
    Error::new(ErrorKind::Usage, DOING, cause.into())
}
