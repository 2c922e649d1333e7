//! What `--tdd` and `[roles.*]` ask for: the proof, the agents of the phases, the reviewing agents.

use super::agents;
use super::here::Here;
use super::prepare::usable;
use crate::agent;
use crate::graph::Selection;
use crate::model::{
    Candidates, Error, ErrorKind, GateDef, GateKind, GatePhase, Place, Problem, Result, Reviewer, Role, RunOptions,
    Rung, Severity, Tdd,
};
use crate::schedule::PHASES;
use crate::settings::Settings;

/// With `--tdd single` or `staged` the tool proves the cycle: the tdd gate is required, and one is added where there is
/// none.
pub fn prove(options: &mut RunOptions) {
    if options.tdd == Tdd::Off {
        return;
    }
    if !options.gates.iter().any(|gate| gate.kind == GateKind::Tdd) {
        options.gates.extend(added("tdd", GateKind::Tdd, &options.gates));
    }
    for gate in options.gates.iter_mut().filter(|gate| gate.kind == GateKind::Tdd) {
        (gate.required, gate.detected) = (true, false);
    }
}

/// A gate that nobody defined, under a name that is free.
fn added(name: &str, kind: GateKind, others: &[GateDef]) -> Option<GateDef> {
    let is_free = |name: &&String| !others.iter().any(|gate| gate.name.as_str().eq_ignore_ascii_case(name));
    let names = [name.to_owned(), format!("{name}-proof"), format!("orca-{name}")];
    names.iter().find(is_free).and_then(|name| name.parse().ok()).map(|name| GateDef::new(name, kind))
}

/// The agents of the phases are there.
///
/// # Errors
/// One of them is not, or cannot do it.
pub fn phases(here: &Here, selection: &Selection, options: &mut RunOptions) -> Result<(), Error> {
    let concerns = selection.tasks.iter().any(|task| agents::needs_agent(task, options.judged_by_exit));
    if options.tdd != Tdd::Staged || !concerns {
        return Ok(());
    }
    let named: Vec<(Role, String)> =
        PHASES.iter().filter_map(|role| Some((*role, options.roles.get(role)?.agent.clone()?))).collect();
    for (role, name) in named {
        if name == "script" {
            let cause = "the agent `script` needs `run` texts, and a phase has none";
            let doing = format!("choosing the agent of [roles.{}]", role.word());
            let hint = format!("name another agent under [roles.{}] in orca.toml", role.word());
            return Err(Error::new(ErrorKind::Usage, doing, cause).hint(hint));
        }
        usable(here, &name, options)?;
    }
    Ok(())
}

/// The agent that merges where tasks clash is there, where one is named for it.
///
/// # Errors
/// It is not, or cannot do it.
pub fn resolver(here: &Here, options: &mut RunOptions) -> Result<(), Error> {
    let named = options.roles.get(&Role::Resolve).and_then(|role| role.agent.clone());
    let Some(name) = named.filter(|_| options.conflicts.tries(Rung::Agent)) else { return Ok(()) };
    if name == "script" {
        let cause = "the agent `script` needs `run` texts, and a merge has none";
        return Err(Error::new(ErrorKind::Usage, "choosing the agent of [roles.resolve]", cause)
            .hint("name another agent under [roles.resolve] in orca.toml"));
    }
    usable(here, &name, options)
}

/// Gives each gate of the kind review its reviewing agent, where one is asked for; gives what is worth saying. `usable`
/// looks whether an agent is there.
///
/// # Errors
/// The agent cannot review, is not there, or is the author's and nobody allowed that.
pub fn reviewers(
    settings: &Settings,
    options: &mut RunOptions,
    mut usable: impl FnMut(&str, &mut RunOptions) -> Result<(), Error>,
) -> Result<Vec<Problem>, Error> {
    let role = settings.roles.get(Role::Review.word());
    let of_role = role.and_then(|role| Some(Reviewer { agent: role.agent.clone()?, same_agent: role.same_agent }));
    if of_role.is_some() && !options.gates.iter().any(|gate| gate.kind == GateKind::Review) {
        let gate = added("review", GateKind::Review, &options.gates);
        options.gates.extend(gate.map(|gate| GateDef { on: GatePhase::Task, tools: Some(Vec::new()), ..gate }));
    }
    let mut warnings = Vec::new();
    let is_review = |(_, gate): &(usize, &GateDef)| gate.kind == GateKind::Review;
    let positions: Vec<usize> = options.gates.iter().enumerate().filter(is_review).map(|(i, _)| i).collect();
    for i in positions {
        let Some(reviewer) = options.gates[i].reviewer.clone().or_else(|| of_role.clone()) else { continue };
        let doing = format!("choosing the reviewing agent of the gate `{}`", options.gates[i].name);
        can_review(&reviewer, options, &doing)?;
        warnings.extend(is_another(&reviewer, options, &doing)?);
        usable(&reviewer.agent, options)?;
        let gate = &mut options.gates[i];
        // Somebody asked for it: what it cannot check blocks.
        (gate.reviewer, gate.detected) = (Some(reviewer), false);
    }
    Ok(warnings)
}

fn can_review(reviewer: &Reviewer, options: &RunOptions, doing: &str) -> Result<(), Error> {
    let name = &reviewer.agent;
    if agent::find(name, options.agents.get(name)).reviews() {
        return Ok(());
    }
    let able: Vec<&str> = agent::AGENTS
        .iter()
        .filter(|agent| agent.reviews() && agent.program().is_some())
        .map(|agent| agent.name())
        .collect();
    let cause = format!("`{name}` cannot be made to answer in a given form");
    Err(Error::new(ErrorKind::Usage, doing, cause)
        .hint(format!("{} can, and any program of your own: [agents.NAME] command = [\"…\"]", able.join(" and "))))
}

/// A reviewer that is the author's own agent and model sees what the author saw: refused, unless somebody wrote that it
/// is meant so; then said.
fn is_another(reviewer: &Reviewer, options: &RunOptions, doing: &str) -> Result<Option<Problem>, Error> {
    let name = &reviewer.agent;
    let mut authors = vec![options.agent.as_str()];
    if options.tdd == Tdd::Staged {
        authors.extend(PHASES.iter().filter_map(|role| options.roles.get(role)?.agent.as_deref()));
    }
    if let Candidates::Agents(agents) = &options.candidates {
        authors.extend(agents.iter().map(String::as_str));
    }
    let def = |name: &str| options.agents.get(name);
    let is_same = |author: &&&str| !author.is_empty() && agent::same(author, def(author), name, def(name));
    let Some(author) = authors.iter().find(is_same) else { return Ok(None) };
    let what = format!("the reviewing agent `{name}` is the same agent and model as the author, `{author}`");
    if !reviewer.same_agent {
        return Err(Error::new(ErrorKind::Usage, doing, what)
            .hint("name another agent, or one with another model: [agents.NAME] kind = \"claude\", model = \"…\"")
            .hint("same_agent = true beside it allows this"));
    }
    let at = Place::new("orca.toml".to_owned(), 0);
    Ok(Some(Problem::new(Severity::Warning, at, what, "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_is_required_and_added() {
        let mut options = RunOptions { tdd: Tdd::Single, ..RunOptions::default() };
        prove(&mut options);
        let all = |options: &RunOptions| {
            options.gates.iter().map(|gate| (gate.name.to_string(), gate.required, gate.detected)).collect::<Vec<_>>()
        };
        assert_eq!(all(&options), [("tdd".to_owned(), true, false)]);
        options.gates[0].detected = true;
        options.gates[0].required = false;
        prove(&mut options);
        assert_eq!(all(&options), [("tdd".to_owned(), true, false)]);
        let command = GateDef::new("tdd".parse().unwrap(), GateKind::Command);
        let mut options = RunOptions { tdd: Tdd::Staged, gates: vec![command], ..RunOptions::default() };
        prove(&mut options);
        assert_eq!(all(&options)[1].0, "tdd-proof");
    }

    #[test]
    fn a_reviewer_is_somebody_else() {
        let reviewer = |agent: &str, same_agent| Reviewer { agent: agent.to_owned(), same_agent };
        let options = RunOptions { agent: "claude".to_owned(), ..RunOptions::default() };
        let asked = |who: &str, same| is_another(&reviewer(who, same), &options, "d");
        assert_eq!(asked("codex", false), Ok(None));
        assert!(asked("claude", false).is_err());
        assert!(asked("claude", true).unwrap().is_some());
        assert!(can_review(&reviewer("script", false), &options, "d").is_err());
        assert!(can_review(&reviewer("gemini", false), &options, "d").is_err());
        assert!(can_review(&reviewer("claude", false), &options, "d").is_ok());
    }
}
