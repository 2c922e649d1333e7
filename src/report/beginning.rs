//! What a person should know before a run begins (TRANSCRIPTS b).

use crate::model::{GatePhase, Oid, Problem, RunOptions, ScheduleMode};

/// The facts, as data.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// The plan's path.
    pub plan: String,
    /// Its format.
    pub kind: String,
    /// Tasks that run.
    pub tasks: usize,
    /// Tasks that do not.
    pub left_out: usize,
    /// Layers.
    pub layers: u32,
    /// Tasks that can run at once.
    pub width: usize,
    /// The base as named.
    pub base_name: String,
    /// The base.
    pub base: Oid,
    /// The base branch's upstream, and how far it is ahead and behind.
    pub upstream: Option<(String, usize, usize)>,
    /// Uncommitted files of the checkout.
    pub uncommitted: usize,
    /// Frozen options.
    pub options: RunOptions,
    /// Tasks with their own `run` text.
    pub scripts: usize,
    /// Whether gates were looked for because none are configured.
    pub gates_found: bool,
    /// What is not checked, and how to get it.
    pub not_found: Vec<(String, String)>,
    /// The project's languages in words.
    pub language: String,
    /// Folder of the worktrees.
    pub slots: String,
    /// Whether that is not beside the repository.
    pub slots_elsewhere: bool,
    /// Patterns of files that are copied.
    pub copies: Vec<String>,
    /// Warnings.
    pub warnings: Vec<Problem>,
}

/// Warnings shown; the rest is counted.
const MAX_WARNINGS: usize = 8;

/// The block, without a final newline.
pub fn beginning(facts: &Beginning) -> String {
    let mut lines = vec![
        row("plan", &format!("{} ({}): {}", facts.plan, facts.kind, tasks(facts))),
        row("order", &format!("{} layers, at most {} tasks at once", facts.layers, facts.width)),
        row("base", &base(facts)),
    ];
    if facts.uncommitted > 0 {
        let files = if facts.uncommitted == 1 {
            "1 uncommitted file".to_owned()
        } else {
            format!("{} uncommitted files", facts.uncommitted)
        };
        lines.push(row("", &format!("{files} in your checkout: the agents will not see them")));
    }
    lines.push(row("agent", &agent(facts)));
    lines.push(row("", &limits(facts)));
    lines.push(row("sandbox", &facts.options.sandbox.about()));
    lines.extend(gates(facts));
    lines.extend(worktrees(facts));
    lines.push(row("result", "branches orca/<run>/...; your checkout and branches stay as they are"));
    if let Some((branch, _)) = &facts.options.into {
        lines.push(row("", &format!("`{branch}` moves to the result when everything landed (--into)")));
    }
    for problem in facts.warnings.iter().take(MAX_WARNINGS) {
        lines.push(row("warning", &super::problem_line(problem)));
    }
    if facts.warnings.len() > MAX_WARNINGS {
        lines.push(row("", &format!("and {} more: git orca plan", facts.warnings.len() - MAX_WARNINGS)));
    }
    lines.join("\n")
}

fn row(name: &str, text: &str) -> String {
    format!("{name:<10} {text}")
}

fn tasks(facts: &Beginning) -> String {
    match facts.left_out {
        0 => format!("{} tasks", facts.tasks),
        n => format!("{} tasks to run, {n} left out", facts.tasks),
    }
}

fn base(facts: &Beginning) -> String {
    let at = format!("{} {}", facts.base_name, facts.base.short());
    match &facts.upstream {
        None => at,
        Some((name, 0, 0)) => format!("{at}, level with {name}"),
        Some((name, ahead, 0)) => format!("{at}, {ahead} commits ahead of {name}"),
        Some((name, 0, behind)) => format!("{at}, {behind} commits BEHIND {name}: git pull, or --base {name}"),
        Some((name, ahead, behind)) => format!("{at}, {ahead} ahead of and {behind} BEHIND {name}"),
    }
}

fn agent(facts: &Beginning) -> String {
    let at_once = match facts.options.schedule {
        ScheduleMode::Sequential => "one at a time".to_owned(),
        ScheduleMode::Layered => format!("at most {} at once, layer by layer", facts.options.jobs),
        ScheduleMode::Ready => format!("at most {} at once", facts.options.jobs),
    };
    let others = facts.tasks - facts.scripts.min(facts.tasks);
    let who = match (facts.scripts, others) {
        (0, _) => facts.options.agent.clone(),
        (_, 0) => "script (each task's own `run` text)".to_owned(),
        (scripts, others) => format!("script for {scripts} tasks, {} for {others}", facts.options.agent),
    };
    format!("{who}, {at_once}")
}

fn limits(facts: &Beginning) -> String {
    let time = facts.options.agents.get(&facts.options.agent).and_then(|def| def.timeout);
    let time = time.map_or("no time limit".to_owned(), |seconds| format!("{} min", seconds.div_ceil(60)));
    format!("per task {time} and {} attempts (a script has one)", facts.options.attempts)
}

fn gates(facts: &Beginning) -> Vec<String> {
    let mut lines = Vec::new();
    if facts.options.gates.is_empty() {
        lines.push(row("gates", "none: nothing will be checked; git orca init writes an orca.toml"));
    }
    for (n, gate) in facts.options.gates.iter().enumerate() {
        let name = if n == 0 { "gates" } else { "" };
        let on = match gate.on {
            GatePhase::Task => "tasks",
            GatePhase::Merged => "merged trees",
            GatePhase::Both => "tasks and merged trees",
            GatePhase::Final => "the result",
        };
        let found = if facts.gates_found { format!(" (found for {})", facts.language) } else { String::new() };
        let optional = if gate.required { "" } else { ", reported only" };
        lines.push(row(name, &format!("{}: {} on {on}{optional}{found}", gate.name, super::display::safe(&gate.run))));
    }
    lines.extend(facts.not_found.iter().map(|(what, how)| row("", &format!("NOT checked: {what}: {how}"))));
    lines
}

fn worktrees(facts: &Beginning) -> Vec<String> {
    let mut text = facts.slots.clone();
    if facts.slots_elsewhere {
        text.push_str(" (the folder beside the repository cannot be written)");
    }
    if !facts.copies.is_empty() {
        text.push_str(&format!("; copies {}", facts.copies.join(", ")));
    }
    let mut lines = vec![row("worktrees", &text)];
    if let Some(setup) = &facts.options.worktree.setup {
        lines.push(row("", &format!("set-up: {}", super::display::safe(setup))));
    }
    lines
}
