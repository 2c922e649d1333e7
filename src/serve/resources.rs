//! What can be read without a call: plans, reports, journals, prompts, logs.

use rmcp::model::{Resource, ResourceTemplate};

use super::uri::ResourceAddress;
use crate::journal::RunState;
use crate::model::RunId;
use crate::plan;
use crate::start::here::Here;

/// Runs of which resources are listed; older ones are read by their address.
const LISTED_RUNS: usize = 5;

/// Every resource that is listed: the plans of the repository, and its last runs with the tasks that began.
pub fn listed(here: &Here) -> Vec<Resource> {
    let plans = plan::find(&here.files()).into_iter().map(|found| {
        let about = format!("{} plan: {} tasks, {} done", found.format, found.tasks, found.done);
        resource(&ResourceAddress::Plan(found.path.clone()), &found.path, &about)
    });
    let runs = here.store.runs().into_iter().rev().take(LISTED_RUNS);
    plans.chain(runs.flat_map(|run| of_run(here, &run))).collect()
}

fn of_run(here: &Here, run: &RunId) -> Vec<Resource> {
    let name = run.to_string();
    let mut all = vec![
        resource(&ResourceAddress::Report(name.clone()), &format!("report of {run}"), "the report of a run"),
        resource(&ResourceAddress::Journal(name.clone()), &format!("journal of {run}"), "everything that happened"),
    ];
    // A run that cannot be read says so where it is asked for.
    let state = here.store.run(run).state().ok();
    all.extend(state.iter().flat_map(|state| of_tasks(state, &name)));
    all
}

fn of_tasks(state: &RunState, run: &str) -> Vec<Resource> {
    let began = state.info.tasks.iter().zip(&state.tasks).filter(|(_, facts)| facts.has_attempts());
    let both = began.flat_map(|(task, _)| {
        let id = task.id.to_string();
        let prompt = ResourceAddress::Prompt(run.to_owned(), id.clone());
        let log = ResourceAddress::Log(run.to_owned(), id.clone());
        [
            resource(&prompt, &format!("prompt of {id}"), "what the agent of the last attempt was told"),
            resource(&log, &format!("log of {id}"), "what the agent of the last attempt said"),
        ]
    });
    both.collect()
}

fn resource(address: &ResourceAddress, name: &str, about: &str) -> Resource {
    Resource::new(address.uri(), name).with_description(about).with_mime_type(address.mime_type())
}

/// The forms of addresses.
pub fn templates() -> Vec<ResourceTemplate> {
    let forms = [
        ("orca://plans/{+path}", "plan", "a plan as git orca reads it"),
        ("orca://runs/{run}/report", "report", "the report of a run"),
        ("orca://runs/{run}/journal", "journal", "everything that happened in a run, one JSON object a line"),
        ("orca://runs/{run}/tasks/{task}/prompt", "prompt", "what the agent of a task's last attempt was told"),
        ("orca://runs/{run}/tasks/{task}/log", "log", "what the agent of a task's last attempt said"),
    ];
    forms.into_iter().map(|(form, name, about)| ResourceTemplate::new(form, name).with_description(about)).collect()
}
