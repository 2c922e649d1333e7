//! Agents that are installed here, and the one taken when nobody named any.

use std::path::{Path, PathBuf};

use super::here::Here;
use crate::agent::{self, AGENTS};
use crate::graph::Selection;
use crate::model::Task;
use crate::process::find_program;
use crate::schedule::needs_person;
use crate::settings::Settings;

/// Built-in agents and their programs, in the registry's order, which is the order of preference.
fn with_program() -> impl Iterator<Item = (&'static str, &'static str)> {
    AGENTS.iter().filter_map(|agent| Some((agent.name(), agent.program()?)))
}

/// Whether neither a script of its own nor a person does a task.
pub fn needs_agent(task: &Task, judged_by_exit: bool) -> bool {
    task.run.is_none() && !needs_person(task, judged_by_exit)
}

/// The file of an agent's program: what its definition names, else that of its kind. None for one that lies in the
/// worktree or is not there.
pub fn program_of(here: &Here, settings: &Settings, name: &str) -> Option<PathBuf> {
    let def = settings.agents.get(name);
    let defined = def.and_then(|def| def.command.first()).map(String::as_str);
    let program = defined.or_else(|| agent::find(name, def).program())?;
    if program.contains('{') || program.contains('/') && !program.starts_with('/') {
        return None;
    }
    find_program(program, here.env.get("PATH").map(String::as_str), here.repo.work_tree()).ok()
}

/// Whether the exit status of the agent that was named is evidence: a program's is, a model's is not.
pub fn judged_by_exit(settings: &Settings) -> bool {
    let named = settings.agent.as_deref().filter(|name| *name != "script");
    named.is_some_and(|name| agent::find(name, settings.agents.get(name)).exit_is_evidence())
}

/// The first built-in agent whose program is in one of the folders of `path`.
pub fn first_installed(path: Option<&str>, folder: &Path) -> Option<&'static str> {
    let mut known = with_program();
    known.find(|(_, program)| find_program(program, path, folder).is_ok()).map(|(name, _)| name)
}

/// The built-in agents, with the file of their program where it is installed.
pub fn built_in(here: &Here, settings: &Settings) -> Vec<(&'static str, Option<PathBuf>)> {
    with_program().map(|(name, _)| (name, program_of(here, settings, name))).collect()
}

/// Takes the first installed agent when tasks need one and nobody named any; gives the others that are installed.
pub fn choose(here: &Here, settings: &mut Settings, selection: &Selection) -> Option<Vec<String>> {
    let is_named = settings.agent.as_ref().is_some_and(|name| !name.is_empty());
    if is_named || !selection.tasks.iter().any(|task| needs_agent(task, false)) {
        return None;
    }
    let there = built_in(here, settings).into_iter().filter(|(_, program)| program.is_some());
    let mut names = there.map(|(name, _)| name.to_owned());
    settings.agent = Some(names.next()?);
    Some(names.collect())
}
