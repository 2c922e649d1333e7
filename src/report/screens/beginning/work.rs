//! Who works, where, and who judges it.

use super::facts::Beginning;
use super::lines::{LONGEST, NAME, NamedLines};
use crate::model::{GateDef, GatePhase, Role, Rung, ScheduleMode, Tdd};
use crate::process::Bound;
use crate::report::words::display::{clip, hang, safe};
use crate::report::words::measure::{self, few, plural};
use crate::report::words::style::{self, paint};
use crate::schedule::PHASES;

pub(super) fn agents(facts: &Beginning, block: &mut NamedLines) {
    let at_once = match facts.options.schedule {
        ScheduleMode::Sequential => "one at a time".to_owned(),
        ScheduleMode::Layered => format!("at most {} at once, layer by layer", facts.options.jobs),
        ScheduleMode::Ready => format!("at most {} at once{}", facts.options.jobs, decided(facts)),
    };
    let script = "script (each task's own `run` text)";
    let who = match &facts.agent {
        None => script.to_owned(),
        Some(agent) => {
            let version = agent.version.as_ref().map(|version| format!(" {}", safe(version))).unwrap_or_default();
            let name = format!("{}{version}", safe(&agent.name));
            let others = facts.tasks.saturating_sub(facts.scripts + facts.people);
            if facts.scripts == 0 {
                name
            } else {
                format!("{name} for {}, {script} for {}", plural(others, "task"), facts.scripts)
            }
        }
    };
    block.row("agent", &format!("{who}, {at_once}"));
    if facts.people > 0 {
        let answer = "git orca approve, from any terminal";
        block.row("", &format!("{} only you can do: the run waits for {answer}", plural(facts.people, "task")));
    }
    if let Some(beside) = facts.agent.as_ref().and_then(|agent| agent.found_beside.as_ref()) {
        let others = if beside.is_empty() {
            "another one: --agent NAME".to_owned()
        } else {
            format!("installed too: {} (--agent NAME)", few(beside, 5))
        };
        block.row("", &format!("found in your PATH, since none is named; {others}"));
    }
    block.row("", &limits(facts));
    let merges = &facts.options.conflicts;
    if facts.agent.is_some() && facts.tasks > 1 && merges.resolve.contains(&Rung::Agent) {
        let most = plural(merges.attempts as usize, "attempt");
        block.row("", &format!("merging a conflict takes attempts of its own: at most {most} each time"));
    }
    if !facts.options.candidates.is_single() {
        block.row("", &format!("{} candidates per task; the gates choose", facts.options.candidates.how_many()));
    }
    block.row("sandbox", &safe(&facts.options.sandbox.about()));
    tdd(facts, block);
}

/// How tests are made, where that is not each agent's own business.
fn tdd(facts: &Beginning, block: &mut NamedLines) {
    match facts.options.tdd {
        Tdd::Off => {}
        Tdd::Single => block.row("tests", "single: one agent works test first; the tdd gate proves it"),
        Tdd::Staged => {
            let own = |role: &Role| {
                let agent = facts.options.roles.get(role).and_then(|pool| pool.agent.as_deref());
                let by = agent.map(|agent| format!(" ({})", safe(agent))).unwrap_or_default();
                format!("{}{by}", role.word())
            };
            let phases: Vec<String> = PHASES.iter().map(own).collect();
            block
                .row("tests", &format!("staged: a fresh agent each for {}; the tdd gate proves it", phases.join(", ")));
        }
    }
}

fn decided(facts: &Beginning) -> &'static str {
    match facts.bound {
        Bound::Width if !facts.options.candidates.is_single() => " (each task with its candidates)",
        Bound::Width => " (the plan never has more tasks ready)",
        Bound::Cpus => " (two for each processor)",
        Bound::Memory => " (memory for no more)",
        Bound::Default => " (more with -j)",
        Bound::Asked | Bound::Most => "",
    }
}

fn limits(facts: &Beginning) -> String {
    let options = &facts.options;
    let name = facts.agent.as_ref().map_or("script", |agent| agent.name.as_str());
    let time = options.agents.get(name).and_then(|def| def.timeout);
    let time = time.map_or("no time limit".to_owned(), |seconds| measure::duration(seconds as f64));
    if facts.agent.is_none() {
        return format!("per task {time} and 1 attempt");
    }
    let attempts = match facts.options.attempts {
        1 => "1 attempt".to_owned(),
        n => format!("{n} attempts"),
    };
    let mut text = format!("per task {time} and {attempts}");
    match (options.budget_usd, options.budget_tokens) {
        (None, None) => text.push_str(&dearest(facts)),
        (usd, tokens) => {
            let usd = usd.map(|most| format!("at most {}", measure::dollars(most)));
            let tokens = tokens.map(|most| format!("at most {} tokens", measure::rough(most)));
            text.push_str("; ");
            text.push_str(&[usd, tokens].into_iter().flatten().collect::<Vec<_>>().join(", "));
            text.push_str(" in all");
        }
    }
    text
}

/// The most that a run without a budget can use: what limits of attempts and tasks leave it, else attempts alone.
fn dearest(facts: &Beginning) -> String {
    let tasks = facts.tasks.saturating_sub(facts.scripts + facts.people);
    let (attempts, limits) = (facts.options.attempts as usize, &facts.options.limits);
    let of_attempts = limits.attempt.usd.map(|usd| usd * attempts as f64);
    let of_task = match (of_attempts, limits.task.usd) {
        (Some(attempts), Some(task)) => Some(attempts.min(task)),
        (one, other) => one.or(other),
    };
    if let Some(usd) = of_task {
        let most = measure::dollars(usd * tasks as f64);
        return format!("; at most {most} in all, by [limits] (--budget-usd sets a budget)");
    }
    let most = tasks * attempts;
    format!(", at most {most} in all; no spending limit (--budget-usd sets one)")
}

pub(super) fn gates(facts: &Beginning, block: &mut NamedLines) {
    let gates = &facts.options.gates;
    let languages = if facts.language.is_empty() { "this repository" } else { &facts.language };
    let indent = if gates.is_empty() { "" } else { "  " };
    match (gates.is_empty(), facts.gates_found) {
        (true, _) => block.row(
            "gates",
            &format!("none: {}; to add gates: git orca init", paint(style::WARN, "nothing will be checked")),
        ),
        (false, true) => {
            let since = if facts.has_file { "orca.toml names none" } else { "there is no orca.toml" };
            block.row("gates", &format!("found for {languages}, since {since}:"));
        }
        (false, false) if gates.iter().any(|gate| gate.detected) => {
            block
                .row("gates", "from orca.toml, and more that fit this project (found-gates = false leaves those out):");
        }
        (false, false) => block.row("gates", "from orca.toml:"),
    }
    let wide = gates.iter().map(|gate| gate.name.as_str().len()).max().unwrap_or(0);
    for gate in gates {
        let name = gate.name.as_str();
        let head = format!("{:NAME$}  {name:wide$}  ", "");
        block.text.push_str(&hang(&head, &judges(gate), block.columns));
        block.text.push('\n');
    }
    let head = format!("{:NAME$}{indent}", "");
    for (what, how) in &facts.not_found {
        let line = format!("{} {}: {}", paint(style::WARN, "NOT checked:"), safe(what), safe(how));
        block.text.push_str(&hang(&head, &line, block.columns));
        block.text.push('\n');
    }
}

/// What a gate runs, on what, and whether it blocks.
fn judges(gate: &GateDef) -> String {
    let looks_at = crate::report::gate_text(gate);
    let on = match gate.on {
        GatePhase::Task => "on tasks only",
        GatePhase::Merged => "on merged trees only",
        GatePhase::Both => "",
        GatePhase::Final => "on the result only",
    };
    let optional = if gate.required { "" } else { "reported, never blocks" };
    let parts = [looks_at, on.to_owned(), optional.to_owned()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

pub(super) fn worktrees(facts: &Beginning, block: &mut NamedLines) {
    let options = &facts.options;
    let size = facts.checkout.map(|bytes| format!(", about {} each", measure::bytes(bytes))).unwrap_or_default();
    let gates = if options.gates.is_empty() { 0 } else { options.checks.min(options.jobs.max(1)) };
    let for_gates = if gates == 0 { String::new() } else { format!(", {gates} more for gates") };
    // One more per agent while what the last one left is looked at.
    let most = plural(2 * options.jobs as usize, "slot");
    let mut text = format!("{} ({}-{most}{for_gates}{size})", safe(&facts.slots), options.jobs);
    if facts.slots_elsewhere {
        text.push_str(", since nothing can be written beside the repository");
    }
    if !facts.copies.is_empty() {
        let copies: Vec<String> = facts.copies.iter().map(|pattern| clip(pattern, LONGEST)).collect();
        text.push_str(&format!("; copies {}", few(&copies, 5)));
    }
    match (&options.worktree.setup, &facts.setup_found) {
        (Some(setup), _) => text.push_str(&format!("; setup: {}", safe(setup.trim()))),
        (None, Some(found)) => text.push_str(&format!("; no setup, but `{}` seems needed: git orca init", safe(found))),
        (None, None) => text.push_str("; no setup command configured"),
    }
    block.row("worktrees", &text);
}
