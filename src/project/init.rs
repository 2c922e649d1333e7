//! The `orca.toml` that `git orca init` writes.
//!
//! Prose starts with `# `, settings that are switched off with `#` and no space, as in many configuration files: to
//! switch one on, delete the `#`.

use super::detect::{Detected, within};
use super::ecosystem::ProjectUnit;
use super::read::Project;
use crate::model::{GateDef, GateKind};
use crate::source::Language;

/// A commented `orca.toml` for a project. What was detected is on; everything else is shown, switched off.
/// `agent` is the agent to name, if one is installed.
pub fn orca_toml(project: &Project, detected: &Detected, agent: Option<&str>) -> String {
    let mut out = vec![
        "# Settings of git orca for this repository. Every key is optional; `git orca config` shows the settings in effect."
            .to_owned(),
        "# Personal settings go into git config orca.*, which wins over this file.".to_owned(),
        String::new(),
        "orca = 1                        # format of this file".to_owned(),
    ];
    out.push(run(agent));
    out.push(format!("{LIMITS}{ROLES}"));
    out.push(gates(project, detected));
    out.push(worktree(project, detected));
    out.push(REST.to_owned());
    out.join("\n")
}

fn run(agent: Option<&str>) -> String {
    let agent = match agent {
        Some(name) => format!("agent = {}", toml_text(name)),
        None => "#agent = \"claude\"".to_owned(),
    };
    format!(
        r#"
# Defaults of the flags of `git orca execute`.
[run]
{agent}
#jobs = 4                       # agents at once; "auto" adapts to the machine
#attempts = 3                   # per task
#schedule = "ready"             # or "layered", "sequential"
#tdd = "off"                    # or "single": one agent works test first; "staged": a fresh agent for each phase
"#
    )
}

const LIMITS: &str = r#"# Most that one run may spend.
#[limits]
#usd = 20.0
#tokens = 5_000_000

# Any program can be an agent; built-in ones take the same keys.
#[agents.mine]
#command = ["mine", "--prompt-file", "{prompt_file}"]
#timeout = "30m"
#idle = "5m"
#memory = "2G"
#env = ["MINE_API_KEY"]         # variables passed through; everything else is scrubbed
"#;

/// Who does what where it is not the run's agent.
const ROLES: &str = r#"
# Agents for particular roles, instead of the run's agent: design, test, code, refactor (tdd = "staged"), review.
#[roles.review]                 # reads each change for the gate `review`
#agent = "codex"
#max = 2                        # how many of them work at once
"#;

fn gates(project: &Project, detected: &Detected) -> String {
    let mut text = String::from(
        "# Gates: a task is done only if each passes on its commit and on the merged tree.\n\
         # run: sh -c, in a clean checkout of the commit.\n",
    );
    // What only reads is found wherever there are tests, and needs no line.
    let written = || detected.gates.iter().filter(|gate| !gate.only_reads);
    for gate in written() {
        text.push_str(&one_gate(gate));
    }
    for left in &detected.left_out {
        text.push_str(&format!("# not checked: {}: {}\n", one_line(&left.what), one_line(&left.how)));
    }
    if written().next().is_none() {
        text.push_str("#[gates.test]\n#run = \"make test\"\n#timeout = \"10m\"\n#paths = [\"src/**\"]           # untouched: not applicable\n");
    }
    for (n, unit) in project.units.iter().enumerate() {
        if let Some(lint) = &unit.lint {
            let name = if n == 0 { "lint".to_owned() } else { format!("lint-{}", n + 1) };
            let run = toml_text(&within(&unit.folder, lint));
            text.push_str(&format!(
                "#[gates.{name}]\n#run = {run}\n#required = false               # reported, never blocks\n"
            ));
        }
    }
    text
}

pub(super) fn one_gate(gate: &GateDef) -> String {
    let mut text = format!("[gates.{}]\n", toml_key(gate.name.as_str()));
    text.push_str(&kind(gate));
    if !gate.paths.is_empty() {
        let paths: Vec<String> = gate.paths.iter().map(|path| toml_text(path)).collect();
        text.push_str(&format!("paths = [{}]\n", paths.join(", ")));
    }
    text.push_str("#timeout = \"10m\"\n");
    text
}

fn worktree(project: &Project, detected: &Detected) -> String {
    let is_python = |unit: &ProjectUnit| unit.language == Language::Python && unit.keep.is_none();
    let setup = match &detected.setup {
        Some(setup) => format!("setup = {}", toml_text(setup)),
        // Where no lock file says how, this is the usual way; gates then start `.venv/bin/python -m pytest`.
        None if project.units.iter().any(is_python) => format!("#setup = {}", toml_text(PYTHON_SETUP)),
        None => "#setup = \"make deps\"".to_owned(),
    };
    let copy = if project.wants_env { "copy = [\".env\"]" } else { "#copy = [\".env\"]" };
    let kept: Vec<String> = project.units.iter().filter_map(|unit| unit.keep).map(toml_text).collect();
    let keep =
        if kept.is_empty() { "#keep = [\"target/\"]".to_owned() } else { format!("keep = [{}]", kept.join(", ")) };
    let lines = [
        noted(&setup, "run in each fresh worktree, before agents and gates"),
        noted(copy, "ignored files to bring along, besides .worktreeinclude"),
        noted(&keep, "ignored paths that survive in the gates' worktrees too"),
    ];
    format!("\n# What a fresh worktree needs.\n[worktree]\n{}\n", lines.join("\n"))
}

/// A setting and what it is for, in the column of all others; a long one has it in the line above.
fn noted(setting: &str, what: &str) -> String {
    let width = setting.chars().count();
    if width < NOTES { format!("{setting:NOTES$}# {what}") } else { format!("# {what}\n{setting}") }
}

/// The column in which notes stand.
const NOTES: usize = 32;

/// How a Python project without a lock file is installed.
const PYTHON_SETUP: &str = "python3 -m venv .venv && .venv/bin/pip install -e .";

const REST: &str = r#"# Conflicts: rules for some files, and what to try with the others.
#[conflicts]
#union = ["CHANGELOG.md"]       # keep the lines of both sides
#exclusive = ["migrations/**"]  # one task at a time
#regenerate = { "Cargo.lock" = "cargo update --workspace --offline" }
#resolve = ["regenerate", "union", "remembered", "driver", "structure", "agent", "again"]   # before you are asked
#attempts = 1                   # how often an agent merges, and how often the task is run again

# What tasks may need, and how much of it there is.
#[resources]
#db = 1

# Corrections to the plan's dependencies.
#[deps]
#add = ["T7 after T3"]
#drop = ["T6 after T2"]

# Run once, when everything landed.
#[finish]
#deploy = "make deploy-dev"
"#;

pub(super) fn toml_text(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// What makes a gate the kind of gate it is.
fn kind(gate: &GateDef) -> String {
    let run = format!("run = {}\n", toml_text(&gate.run));
    let list = |names: &[String]| names.iter().map(|name| toml_text(name)).collect::<Vec<_>>().join(", ");
    let tools = gate.tools.as_ref().map_or(String::new(), |names| format!("tools = [{}]\n", list(names)));
    match gate.kind {
        GateKind::Security => format!("kind = \"security\"            # exemptions: .orca/allow\n{tools}"),
        GateKind::Review => format!("kind = \"review\"\n{tools}"),
        GateKind::Tdd => {
            let run = if gate.run.is_empty() { "" } else { run.as_str() };
            let unmeasured =
                "coverage = { min = 0 }          # not measured yet, see below; once it is: { min = 95 }\n";
            let coverage = gate.min_coverage.map_or("", |_| unmeasured);
            format!("kind = \"tdd\"                 # red before, green after\n{run}{coverage}")
        }
        // Nobody measures unasked, so that none of these is found.
        GateKind::Command | GateKind::Acceptance | GateKind::Performance | GateKind::Other(_) => run,
    }
}

/// Gate names may hold dots, which separate tables in TOML.
fn toml_key(name: &str) -> String {
    if name.contains('.') { toml_text(name) } else { name.to_owned() }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
