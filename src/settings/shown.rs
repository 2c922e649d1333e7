//! Settings as lines, for `git orca config`.

use super::file::OrcaFile;
use super::units::show_duration;
use super::words::Words;

use crate::model::{ConflictOptions, GateDef, GateKind, HOOK_TIMEOUT};

/// One line of `git orca config`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The setting: a [`Key`](super::Key)'s name, or its path in `orca.toml` (`gates.test.run`).
    pub key: String,
    /// Its value, as it would be written.
    pub value: String,
    /// Where it comes from: `--jobs`, `ORCA_JOBS`, `git config orca.jobs`, `orca.toml:4`, `default`.
    pub source: String,
}

/// Its command, or its kind and tools.
fn looks_at(gate: &GateDef) -> String {
    let tools = gate.tools.as_ref().map_or(String::new(), |tools| format!(": {}", tools.join(", ")));
    match (gate.kind, gate.run.as_str()) {
        (GateKind::Command, run) => run.to_owned(),
        (kind, "") => format!("({}{tools})", kind.word()),
        (kind, run) => format!("{run} ({}{tools})", kind.word()),
    }
}

/// The lines of everything that `orca.toml` defines beside simple settings.
pub(super) fn definitions(file: &OrcaFile, name: &str) -> Vec<Shown> {
    let mut shown = Vec::new();
    let mut show = |key: String, value: String, source: String| shown.push(Shown { key, value, source });
    for (agent, (def, at)) in &file.agents {
        show(format!("agents.{agent}"), def.command.join(" "), at.to_string());
    }
    for (gate, at) in &file.gates {
        let optional = if gate.required { "" } else { "  (not required)" };
        show(format!("gates.{}", gate.name), format!("{}{optional}", looks_at(gate)), at.to_string());
    }
    let mut whole = |key: String, value: String| show(key, value, name.to_owned());
    for (resource, n) in &file.resources {
        whole(format!("resources.{resource}"), n.to_string());
    }
    for service in &file.services {
        whole(format!("resources.{}", service.name), format!("{} ({})", service.create, service.env));
    }
    let lists = [
        ("worktree.setup", file.worktree.setup.clone().unwrap_or_default()),
        ("worktree.copy", file.worktree.copy.join(", ")),
        ("worktree.reflink", file.worktree.reflink.join(", ")),
        ("worktree.keep", file.worktree.keep.join(", ")),
        ("worktree.inputs", file.worktree.inputs.join(", ")),
        ("worktree.hooks", if file.worktree.hooks { String::new() } else { "off".to_owned() }),
        (
            "worktree.hook-timeout",
            if file.worktree.hook_timeout == HOOK_TIMEOUT {
                String::new()
            } else {
                format!("{} s", file.worktree.hook_timeout)
            },
        ),
        ("worktree.message", file.worktree.message.clone().unwrap_or_default()),
        ("worktree.sparse", file.worktree.sparse.as_ref().map_or(String::new(), |folders| folders.join(", "))),
        ("worktree.teardown", file.worktree.teardown.clone().unwrap_or_default()),
        ("conflicts.union", file.conflicts.union.join(", ")),
        ("conflicts.exclusive", file.conflicts.exclusive.join(", ")),
    ];
    lists.into_iter().filter(|(_, value)| !value.is_empty()).for_each(|(key, value)| whole(key.to_owned(), value));
    let usual = ConflictOptions::default();
    if file.conflicts.resolve != usual.resolve {
        let rungs: Vec<&str> = file.conflicts.resolve.iter().map(|rung| rung.word()).collect();
        let rungs =
            if rungs.is_empty() { "nothing; you solve whatever git cannot".to_owned() } else { rungs.join(", ") };
        whole("conflicts.resolve".to_owned(), rungs);
    }
    if file.conflicts.attempts != usual.attempts {
        whole("conflicts.attempts".to_owned(), file.conflicts.attempts.to_string());
    }
    for (path, command) in &file.conflicts.regenerate {
        whole(format!("conflicts.regenerate.{path}"), command.clone());
    }
    for (verb, edits) in [("add", &file.deps_add), ("drop", &file.deps_drop)] {
        edits.iter().for_each(|edit| whole(format!("deps.{verb}"), format!("{} after {}", edit.task, edit.after)));
    }
    for (role, def) in &file.roles {
        let max = def.max.map(|max| format!("at most {max}"));
        let same = def.same_agent.then(|| "may be the author's".to_owned());
        let parts: Vec<String> = def.agent.clone().into_iter().chain(max).chain(same).collect();
        whole(format!("roles.{role}"), parts.join(", "));
    }
    for (kind, rule) in &file.approvals.0 {
        let (fallback, priority) = (rule.fallback.word(), rule.priority.word());
        let value = format!("{fallback} after {}, priority {priority}", show_duration(rule.timeout));
        whole(format!("approvals.{}", kind.word()), value);
    }
    file.deploy.iter().for_each(|deploy| whole("finish.deploy".to_owned(), deploy.clone()));
    shown
}
