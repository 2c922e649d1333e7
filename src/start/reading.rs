//! From the words PLAN… to a plan, with the user's own edges.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use super::here::{Here, Refusal};
use super::located::{self, Given};
use crate::model::{Barrier, Edge, Error, ErrorKind, Place, Problem, Severity, Task, TaskId, Why};
use crate::plan::{self, Mode, Plan};
use crate::settings::{DepEdit, OrderReading, RoleDef, Settings, TaskRule};

/// The plans that `words` mean, or the one found in the repository.
///
/// # Errors
/// There is none, several are found, or a path does not exist.
pub fn given(here: &Here, words: &[PathBuf]) -> Result<Given, Error> {
    match words {
        [] => located::found(here.repo.work_tree(), &here.folder()?, "execute"),
        words => located::named(&here.cwd, words, Some(here.repo.work_tree())),
    }
}

/// How the settings say that plans are read.
pub fn reading(settings: &Settings) -> plan::Reading {
    plan::Reading {
        mode: match settings.reading {
            OrderReading::Strict => Mode::Strict,
            OrderReading::Loose => Mode::Loose,
            OrderReading::Default => Mode::Default,
        },
        deps: settings.deps.clone().map(|deps| deps.into_iter().collect()),
        include_optional: settings.include_optional,
        include_done: settings.include_done,
    }
}

/// Reads plans as one and applies `[deps]`.
pub fn read(given: &Given, settings: &Settings) -> Plan {
    read_as(given, settings, &reading(settings))
}

/// Reads plans as one in a way that was settled before, and applies `[deps]`.
pub fn read_as(given: &Given, settings: &Settings, reading: &plan::Reading) -> Plan {
    let mut plan = plan::read_all(&given.files, &given.entries, reading);
    edit(&mut plan, &settings.deps_add, &settings.deps_drop);
    assign(&mut plan, &settings.tasks, &settings.roles);
    plan
}

/// Gives tasks the agent, model and role that the settings say, and those with a role its agent. What the plan says of a task
/// itself goes before; a rule that fits no task is said.
pub fn assign(plan: &mut Plan, rules: &[TaskRule], roles: &BTreeMap<String, RoleDef>) {
    let mut unused = Vec::new();
    for rule in rules.iter().rev() {
        let label = rule.pattern.strip_prefix("label:");
        let Ok(glob) = globset::Glob::new(label.unwrap_or(&rule.pattern)) else { continue };
        let glob = glob.compile_matcher();
        let fits = |task: &&mut Task| match label {
            Some(_) => task.labels.iter().any(|label| glob.is_match(label)),
            None => glob.is_match(task.id.as_str()) || !task.key.is_empty() && glob.is_match(&task.key),
        };
        let mut any = false;
        for task in plan.tasks.iter_mut().filter(fits) {
            any = true;
            task.agent = task.agent.take().or_else(|| rule.agent.clone());
            task.model = task.model.take().or_else(|| rule.model.clone());
            task.role = task.role.take().or_else(|| rule.role.clone());
            task.candidates = task.candidates.take().or_else(|| rule.candidates.clone());
            task.pick = task.pick.or(rule.pick);
        }
        if !any {
            let what = format!("[tasks.\"{}\"] matches no task of the plan", rule.pattern.escape_debug());
            unused.push(Problem::new(
                Severity::Warning,
                rule.at.clone(),
                what,
                "it is an id, a glob such as `T0*`, or `label:NAME`",
            ));
        }
    }
    for task in &mut plan.tasks {
        let of_role = task.role.as_ref().and_then(|role| roles.get(role)?.agent.clone());
        task.agent = task.agent.take().or(of_role);
    }
    plan.problems.extend(unused);
}

/// Adds and drops the user's edges. What names no task is said, not guessed.
pub fn edit(plan: &mut Plan, add: &[DepEdit], drop: &[DepEdit]) {
    let mut ids: HashMap<String, TaskId> = HashMap::new();
    for task in &plan.tasks {
        ids.insert(task.id.to_string(), task.id.clone());
        ids.entry(task.key.clone()).or_insert_with(|| task.id.clone());
    }
    let mut problems = Vec::new();
    let mut pairs = |edits: &[DepEdit]| -> Vec<(TaskId, TaskId, Place)> {
        let mut pairs = Vec::new();
        for edit in edits {
            match (ids.get(&edit.task), ids.get(&edit.after)) {
                (Some(task), Some(after)) => pairs.push((task.clone(), after.clone(), edit.at.clone())),
                (task, _) => {
                    let name = if task.is_none() { &edit.task } else { &edit.after };
                    let near = crate::settings::nearest(name, ids.keys().map(String::as_str));
                    let hint = near.map(|near| format!("did you mean {near}?")).unwrap_or_default();
                    problems.push(Problem::new(
                        Severity::Warning,
                        edit.at.clone(),
                        format!("the plan has no task `{name}`"),
                        hint,
                    ));
                }
            }
        }
        pairs
    };
    let (added, dropped) = (pairs(add), pairs(drop));
    for (task, after, _) in &dropped {
        drop_edge(plan, task, after);
    }
    for (task, after, at) in added {
        if let Some(task) = plan.tasks.iter_mut().find(|known| known.id == task) {
            task.after.push(Edge { task: after, why: Why::User, at });
        }
    }
    plan.problems.extend(problems);
}

fn drop_edge(plan: &mut Plan, task: &TaskId, after: &TaskId) {
    if let Some(task) = plan.tasks.iter_mut().find(|known| known.id == *task) {
        task.after.retain(|edge| edge.task != *after);
    }
    let mut split = Vec::new();
    for barrier in plan.barriers.iter_mut().filter(|b| b.before.contains(after) && b.after.contains(task)) {
        barrier.after.retain(|member| member != task);
        let before = barrier.before.iter().filter(|member| *member != after).cloned().collect();
        split.push(Barrier { before, after: vec![task.clone()], why: barrier.why, at: barrier.at.clone() });
    }
    plan.barriers.extend(split.into_iter().filter(|barrier| !barrier.before.is_empty()));
    plan.barriers.retain(|barrier| !barrier.after.is_empty());
}

/// A tool or service that a task names becomes a need where somebody said how much of it there is; elsewhere it is only
/// shown.
pub fn settle_environment(tasks: &mut [Task], capacities: &BTreeMap<String, u32>) {
    for task in tasks {
        for name in task.named.environment.iter().filter(|name| capacities.contains_key(*name)) {
            task.needs.entry(name.clone()).or_insert(1);
        }
    }
}

/// Prints nothing and returns the refusal of a plan with errors.
///
/// # Errors
/// The plan has errors.
pub fn sound(plan: &Plan, more: &[Problem]) -> Result<(), Refusal> {
    let all: Vec<Problem> = plan.problems.iter().chain(more).cloned().collect();
    if all.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(Refusal::Problems(all, ErrorKind::Plan.exit_code()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{MapFiles, Place};
    use crate::plan::PlanEntry;

    fn rule(pattern: &str, agent: &str) -> TaskRule {
        let (model, role, candidates, pick) = (None, None, None, None);
        let at = Place::new("orca.toml", 1);
        TaskRule { pattern: pattern.to_owned(), agent: Some(agent.to_owned()), model, role, candidates, pick, at }
    }

    /// The agent of each task of a plan under these rules, and what is said.
    fn agents(name: &str, text: &str, rules: &[TaskRule]) -> (Vec<String>, Vec<String>) {
        let files = MapFiles([(name.to_owned(), text.as_bytes().to_vec())].into());
        let mut plan = plan::read(&files, &PlanEntry::new(name), &plan::Reading::default());
        assign(&mut plan, rules, &BTreeMap::new());
        let agents = plan.tasks.iter().map(|task| task.agent.clone().unwrap_or_default()).collect();
        (agents, plan.problems.iter().filter(|it| it.at.file == "orca.toml").map(|it| it.what.clone()).collect())
    }

    #[test]
    fn labels_of_a_plan_choose_agents_and_ids_go_on_doing_so() {
        let issues = r#"[
            {"number": 1, "title": "Dig", "state": "OPEN", "body": "", "labels": [{"name": "garden"}], "authorAssociation": "OWNER"},
            {"number": 2, "title": "Bake", "state": "OPEN", "body": "", "labels": [], "authorAssociation": "OWNER"}
        ]"#;
        let beads = "{\"id\": \"bd-1\", \"title\": \"Dig\", \"status\": \"open\", \"labels\": [\"garden\"]}\n{\"id\": \"bd-2\", \"title\": \"Bake\", \"status\": \"open\"}\n";
        let todo = "Dig @garden id:1\nBake +kitchen id:2\n";
        for (name, text) in [("issues.json", issues), (".beads/issues.jsonl", beads), ("todo.txt", todo)] {
            let (found, said) = agents(name, text, &[rule("label:gard*", "codex")]);
            assert_eq!((found, said.len()), (vec!["codex".to_owned(), String::new()], 0), "{name}");
            let (found, said) = agents(name, text, &[rule("*2", "gemini"), rule("label:attic", "codex")]);
            assert_eq!((found, said.len()), (vec![String::new(), "gemini".to_owned()], 1), "{name}");
        }
    }
}
