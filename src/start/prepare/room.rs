//! How many agents run at once, and what they share.

use crate::model::{Error, ErrorKind, Problem, RunOptions, Severity, Task};
use crate::plan::Plan;
use crate::process::{self, Capacity, Machine};
use crate::schedule::EXCLUSIVE;
use crate::settings::{JobsWish, Settings};
use crate::start::here::Refusal;
use crate::start::reading;

pub(super) fn capacity_for(settings: &Settings, width: usize) -> Result<Capacity, Error> {
    let jobs = match settings.jobs {
        None => process::Jobs::Default,
        Some(JobsWish::Auto) => process::Jobs::Auto,
        Some(JobsWish::Count(n)) => process::Jobs::Fixed(n),
    };
    Ok(process::capacity(&Machine::look()?, jobs, width))
}

/// Capacities of the plan and of exclusive paths; a need that can never be met is a problem of the plan.
///
/// # Errors
/// Such a need, or a glob that is none.
pub fn resources(options: &mut RunOptions, plan: &Plan, tasks: &mut [Task]) -> Result<(), Refusal> {
    for (name, n) in &plan.resources {
        options.resources.entry(name.clone()).or_insert(*n);
    }
    reading::settle_environment(tasks, &options.resources);
    let mut exclusive = Vec::new();
    for glob in &options.conflicts.exclusive {
        let matcher = globset::Glob::new(glob).map_err(|e| {
            Error::new(ErrorKind::Usage, "reading `conflicts.exclusive`", format!("`{glob}`: {}", e.kind()))
        })?;
        exclusive.push((format!("{EXCLUSIVE}{glob}"), matcher.compile_matcher()));
    }
    let mut problems = Vec::new();
    for task in tasks.iter_mut() {
        for (name, matcher) in &exclusive {
            if task.files.iter().any(|file| matcher.is_match(file.path.as_str())) {
                task.needs.insert(name.clone(), 1);
                options.resources.insert(name.clone(), 1);
            }
        }
        for (name, n) in &task.needs {
            let capacity = options.resources.get(name).copied().unwrap_or(1);
            if *n > capacity {
                let what = format!("{} needs {n} of `{name}`, and there is {capacity}", task.id);
                let hint = format!("set [resources] {name} = {n} in orca.toml");
                problems.push(Problem::new(Severity::Error, task.at.clone(), what, hint));
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Refusal::Problems(problems, ErrorKind::Plan.exit_code())) }
}
