//! Whether every task has an agent, and the agent what it needs.

use std::collections::BTreeSet;

use crate::agent::{self, Agent};
use crate::graph::Selection;
use crate::model::{AgentDef, Candidates, Error, ErrorKind, RunOptions, Task};
use crate::process;
use crate::settings::Settings;
use crate::start::agents;
use crate::start::here::Here;

/// Every task has an agent, and every agent's program is there.
pub(super) fn has_agent(
    here: &Here,
    settings: &Settings,
    selection: &Selection,
    options: &mut RunOptions,
) -> Result<(), Error> {
    let needing = || selection.tasks.iter().filter(|task| agents::needs_agent(task, options.judged_by_exit));
    let mut own: BTreeSet<String> = needing().filter_map(|task| task.agent.clone()).collect();
    own.extend(needing().flat_map(|task| rivals(task, options)).cloned());
    let without: Vec<&str> = selection
        .tasks
        .iter()
        .filter(|task| task.agent.is_none() && agents::needs_agent(task, options.judged_by_exit))
        .map(|task| task.id.as_str())
        .collect();
    if let Some(task) = needing().find(|task| rivals(task, options).iter().any(|name| name == "script")) {
        let cause = format!("the agent `script` needs `run` texts, and `{}` has none", task.id);
        return Err(Error::new(ErrorKind::Usage, "choosing the candidates", cause)
            .hint("name other agents: --candidates claude,codex"));
    }
    // A host knows a task's job by the task: several at once would take each other's.
    let several = |task: &&Task| task.candidates.as_ref().unwrap_or(&options.candidates).how_many() > 1;
    if let Some(task) = needing().find(several).filter(|_| options.far.is_some()) {
        let cause = format!("several attempts of `{}` at once can be made on this machine only", task.id);
        return Err(Error::new(ErrorKind::Usage, "choosing the candidates", cause)
            .hint("--executor local   makes them here; --candidates 1   makes one, elsewhere"));
    }
    for name in &own {
        there(here, name, options)?;
    }
    let Some(first) = without.first() else { return priced(selection, "", options) };
    let doing = "choosing the agent";
    let Some(name) = settings.agent.as_deref().filter(|name| !name.is_empty()) else {
        let known: Vec<&str> = agent::AGENTS.iter().filter_map(|agent| agent.program()).collect();
        let cause = format!(
            "{} tasks need an agent (the first is {first}), but none is configured, and none of {} is installed",
            without.len(),
            known.join(", ")
        );
        return Err(Error::new(ErrorKind::Usage, doing, cause)
            .hint("npm install -g @anthropic-ai/claude-code   installs one; then run this again")
            .hint("git orca execute --agent NAME              uses another: any program, defined in orca.toml")
            .hint(
                "                                           [agents.NAME] command = [\"program\", \"{prompt_file}\"]",
            ));
    };
    if name == "script" {
        let cause = format!(
            "the agent `script` needs `run` texts, but {} tasks have none (the first is {first})",
            without.len()
        );
        return Err(Error::new(ErrorKind::Usage, doing, cause).hint("name another agent for them: --agent NAME"));
    }
    there(here, name, options)?;
    priced(selection, name, options)
}

/// Every model that a task is to be done with has a price, where a limit needs it.
fn priced(selection: &Selection, default: &str, options: &RunOptions) -> Result<(), Error> {
    for task in selection.tasks.iter().filter(|task| agents::needs_agent(task, options.judged_by_exit)) {
        let rivals = rivals(task, options);
        let own = [task.agent.as_deref().unwrap_or(default)];
        let names = rivals.iter().map(String::as_str).chain(own.into_iter().filter(|_| rivals.is_empty()));
        for name in names {
            let mut def = agent::defined(name, options.agents.get(name));
            def.model = task.model.clone().or(def.model);
            refuse_unpriced(name, &def, options)?;
        }
    }
    Ok(())
}

/// The agents that make several attempts of a task at once, where they are named.
fn rivals<'a>(task: &'a Task, options: &'a RunOptions) -> &'a [String] {
    match task.candidates.as_ref().unwrap_or(&options.candidates) {
        Candidates::Agents(agents) => agents,
        Candidates::Count(_) => &[],
    }
}

/// An agent's program is there, and what limits it can be counted.
pub fn usable(here: &Here, name: &str, options: &mut RunOptions) -> Result<(), Error> {
    there(here, name, options)?;
    refuse_unpriced(name, &agent::defined(name, options.agents.get(name)), options)
}

/// An agent's program is there, and it takes what its table says.
fn there(here: &Here, name: &str, options: &mut RunOptions) -> Result<(), Error> {
    let def = agent::defined(name, options.agents.get(name));
    let kind = agent::find(name, Some(&def));
    options.agents.insert(name.to_owned(), def.clone());
    if def.mcp && !kind.takes_server(&def) {
        return Err(without_server(name, kind));
    }
    let built_in = kind.program().map(str::to_owned);
    let program = def.command.first().cloned().or(built_in).unwrap_or_default();
    if program.contains('{') || program.contains('/') && !program.starts_with('/') {
        return Ok(());
    }
    let path = here.env.get("PATH").map(String::as_str);
    process::find_program(&program, path, here.repo.work_tree()).map(drop).map_err(|missing| {
        Error::new(ErrorKind::Environment, format!("looking for the program of agent `{name}`"), missing.why)
            .hint(format!("install it, or correct [agents.{name}] command in orca.toml"))
    })
}

/// An agent cannot be given our own server.
fn without_server(name: &str, kind: &dyn Agent) -> Error {
    let live = AgentDef { live: Some(true), ..AgentDef::default() };
    let able: Vec<&str> = agent::AGENTS.iter().filter(|it| it.takes_server(&live)).map(|it| it.name()).collect();
    let cause = format!("`mcp = true` cannot be given to it; it can to {}", able.join(", "));
    let error = Error::new(ErrorKind::Usage, format!("reading the table of agent `{name}`"), cause);
    let table = format!("[agents.{name}] in orca.toml");
    match kind.takes_server(&live) {
        true => error.hint(format!("set `live = true` in {table}")),
        false => error.hint(format!("take `mcp` out of {table}")),
    }
}

/// The agents whose usage a budget can be held to, by name; in money where they report that, or what a model costs is known.
fn telling(in_money: bool) -> String {
    let tells = |tells: agent::Tells| tells.money || tells.tokens && !in_money;
    let names = agent::AGENTS.iter().filter(|agent| tells(agent.tells())).map(|agent| agent.name());
    let names: Vec<&str> = names.collect();
    let others = if in_money { ", or one that reports tokens, with its model named" } else { "" };
    format!("{}{others}", names.join(", "))
}

/// A limit holds only where what it counts is known: told by the agent; money also from tokens and the model's price.
fn refuse_unpriced(name: &str, def: &AgentDef, options: &RunOptions) -> Result<(), Error> {
    let tells = agent::find(name, Some(def)).tells();
    let limits = [options.limits.attempt, options.limits.task];
    let usd = options.budget_usd.is_some() || limits.iter().any(|limit| limit.usd.is_some());
    let tokens = options.budget_tokens.is_some() || limits.iter().any(|limit| limit.tokens.is_some());
    if (!usd || tells.money) && (!tokens || tells.tokens) {
        return Ok(());
    }
    let doing = format!("looking for the prices of agent `{name}`");
    let error = |cause: String| Error::new(ErrorKind::Usage, doing.clone(), cause);
    match &def.model {
        _ if !tells.tokens => {
            Err(error(format!("agent `{name}` does not report its usage, so a budget cannot be enforced"))
                .hint(format!("leave the budget and [limits] out, or use an agent that reports it: {}", telling(usd))))
        }
        None => Err(error(format!("agent `{name}` reports tokens but no cost, and its model is not named"))
            .hint(format!("name it in orca.toml, under [agents.{name}]: model = \"…\""))),
        Some(model) if agent::price_of(model, &options.prices).is_none() => Err(error(format!(
            "no price is known for `{model}` of agent `{name}`, so a budget in dollars cannot be enforced"
        ))
        .hint(format!(
            "add to orca.toml: [prices.\"{model}\"] input = …, cached = …, output = … (US dollars per million tokens)"
        ))),
        Some(_) => Ok(()),
    }
}
