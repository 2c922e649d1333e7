//! The texts that need trust.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{AgentDef, ConflictOptions, FarOptions, GateDef, RunOptions, Service, Task, WorktreeOptions};
use crate::settings::{GateKinds, Settings};

/// One text that came with the repository and would be executed, or shown to an agent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Item {
    /// Where it stands, stable while the text changes: `gates.test.run`, `tasks.md T001 run`.
    pub key: String,
    /// The text itself.
    pub text: String,
}

impl Item {
    /// `text` at `key`.
    pub fn new(key: impl Into<String>, text: impl Into<String>) -> Self {
        Item { key: key.into(), text: text.into() }
    }
}

/// The commands of `orca.toml`, and the names of what it would hand to them: variables for agents, ignored files for
/// worktrees.
pub fn settings_items(settings: &Settings, kinds: GateKinds<'_>) -> Vec<Item> {
    let (agents, gates, deploy) = (&settings.agents, &settings.gates, settings.deploy.as_deref());
    let mut items = commands(agents, (gates, kinds), &settings.worktree, &settings.conflicts, deploy);
    // The code and the agents' keys go there.
    items.extend(services(&settings.services));
    items.extend(far_items(settings.far.as_ref(), settings.far_gates.as_ref()));
    items
}

/// The same, of settings frozen in a journal: for `resume`, because agents can write where journals lie. Gates in
/// `detected` are the program's own and left out.
pub fn options_items(options: &RunOptions, detected: &[GateDef], kinds: GateKinds<'_>) -> Vec<Item> {
    let gates: Vec<GateDef> = options.gates.iter().filter(|gate| !detected.contains(gate)).cloned().collect();
    let (deploy, gates) = (options.deploy.as_deref(), (gates.as_slice(), kinds));
    let mut items = commands(&options.agents, gates, &options.worktree, &options.conflicts, deploy);
    items.extend(services(&options.services));
    items.extend(far_items(options.far.as_ref(), options.far_gates.as_ref()));
    items
}

/// Who gets the code and the agents' keys, and who judges it.
fn far_items(attempts: Option<&FarOptions>, gates: Option<&FarOptions>) -> Vec<Item> {
    let item = |key: &str, far: Option<&FarOptions>| far.map(|far| Item::new(key, far.about()));
    item("executors", attempts).into_iter().chain(item("executors.gates", gates)).collect()
}

/// What makes, empties and removes the services of worktrees, and the variables that they get.
fn services(services: &[Service]) -> Vec<Item> {
    let mut items = Vec::new();
    for Service { name, create, drop, reset, url, env } in services {
        let texts = [("create", create), ("drop", drop)].into_iter().chain(reset.iter().map(|text| ("reset", text)));
        items.extend(texts.map(|(key, text)| Item::new(format!("resources.{name}.{key}"), text)));
        items.push(Item::new(format!("resources.{name}.env"), format!("{env}={url}")));
    }
    items
}

fn commands(
    agents: &BTreeMap<String, AgentDef>,
    (gates, kinds): (&[GateDef], GateKinds<'_>),
    worktree: &WorktreeOptions,
    conflicts: &ConflictOptions,
    deploy: Option<&str>,
) -> Vec<Item> {
    let mut items = Vec::new();
    for (name, def) in agents.iter().filter(|(_, def)| !def.own) {
        items.push(Item::new(format!("agents.{name}.command"), quoted(&def.command)));
        items.push(Item::new(format!("agents.{name}.args"), quoted(&def.args)));
        items.push(Item::new(format!("agents.{name}.allow"), def.allow.join("\n")));
        items.push(Item::new(format!("agents.{name}.env"), def.env.join(" ")));
    }
    items.extend(gates.iter().map(|gate| Item::new(format!("gates.{}.run", gate.name), &gate.run)));
    for gate in gates {
        let own = kinds.commands(gate).into_iter();
        items.extend(own.map(|(key, text)| Item::new(format!("gates.{}.{key}", gate.name), text)));
    }
    items.push(Item::new("worktree.setup", worktree.setup.as_deref().unwrap_or_default()));
    items.push(Item::new("worktree.teardown", worktree.teardown.as_deref().unwrap_or_default()));
    items.push(Item::new("worktree.copy", worktree.copy.join("\n")));
    items.push(Item::new("worktree.reflink", worktree.reflink.join("\n")));
    for (path, command) in &conflicts.regenerate {
        items.push(Item::new(format!("conflicts.regenerate.{path}"), command));
    }
    items.push(Item::new("finish.deploy", deploy.unwrap_or_default()));
    items.retain(|item| !item.text.is_empty());
    items
}

/// Words as a shell would take them, so that `["a b"]` and `["a", "b"]` differ.
fn quoted(words: &[String]) -> String {
    let plain =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "-_./:=,@%+{}".contains(c));
    let quote = |word: &String| if plain(word) { word.clone() } else { format!("'{}'", word.replace('\'', r"'\''")) };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

/// The `run` texts and acceptance commands of a plan. `plan` is its path in the repository: task ids repeat between
/// plans.
pub fn plan_items<'t>(plan: &str, tasks: impl IntoIterator<Item = &'t Task>) -> Vec<Item> {
    let mut items = Vec::new();
    for task in tasks {
        if let Some(run) = &task.run {
            items.push(Item::new(format!("{plan} {} run", task.id), run));
        }
        let commands: Vec<&str> = task.acceptance.iter().filter_map(|text| acceptance_command(text)).collect();
        if !commands.is_empty() {
            items.push(Item::new(format!("{plan} {} acceptance", task.id), commands.join("\n")));
        }
    }
    items
}

/// Files that steer agents or worktrees as a whole: `.worktreeinclude`, `.orca/prompts/*`, by path and content.
pub fn file_items<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Vec<Item> {
    files.into_iter().map(|(path, text)| Item::new(path, text)).collect()
}

/// The command that an acceptance criterion consists of: the whole criterion is one code span, or starts with `$ `.
/// Anything else is words, however much code it quotes.
pub fn acceptance_command(criterion: &str) -> Option<&str> {
    let text = criterion.trim();
    let command = match text.strip_prefix("$ ") {
        Some(command) => command,
        None => text.strip_prefix('`')?.strip_suffix('`').filter(|inner| !inner.contains('`'))?,
    };
    Some(command.trim()).filter(|command| !command.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acceptance_commands_are_whole_criteria() {
        let table = [
            ("`cargo test`", Some("cargo test")),
            ("$ make check", Some("make check")),
            ("run `cargo test` and `cargo doc`", None),
            ("`a` and `b`", None),
            ("``", None),
            ("`", None),
            ("totals add up", None),
        ];
        for (criterion, command) in table {
            assert_eq!(acceptance_command(criterion), command, "{criterion}");
        }
    }

    #[test]
    fn words_of_a_command_keep_their_borders() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(quoted(&words(&["sh", "-c", "rm x; y"])), "sh -c 'rm x; y'");
        assert_ne!(quoted(&words(&["a b"])), quoted(&words(&["a", "b"])));
        assert_ne!(quoted(&words(&["a", ""])), quoted(&words(&["a"])));
    }
}
