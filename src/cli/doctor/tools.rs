//! Agents and gates: whether their programs are there, and whether anybody agreed to them.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::finding::DoctorFinding;
use crate::agent;
use crate::git::CommitFiles;
use crate::model::{GateDef, GateKind, Result, find_tool};
use crate::process::{find_program, version_of};
use crate::project;
use crate::report;
use crate::settings::Settings;
use crate::settings::trust::{self, Records};
use crate::start::agreed_to;
use crate::start::here::Here;
use crate::start::prepare;

/// The agents that can be named, with what their programs say of their versions.
pub fn agents(here: &Here, settings: &Settings) -> Vec<DoctorFinding> {
    let mut there = vec!["script (built in)".to_owned()];
    let mut missing = Vec::new();
    let mut findings = Vec::new();
    let used = settings.agent.clone().or_else(|| first_there(here, settings));
    for (name, program) in crate::start::agents::built_in(here, settings) {
        match program {
            Some(program) => {
                findings.extend(login(here, settings, name, &program, used.as_deref() == Some(name)));
                there.push(versioned(name, &program));
            }
            None if settings.agent.as_deref() == Some(name) => {
                let words = format!("agent {name} is configured, but not installed");
                findings
                    .push(DoctorFinding::problem("agents", words).hint("install it, or: git config orca.agent NAME"));
            }
            None => missing.push(name),
        }
    }
    for (name, def) in &settings.agents {
        let Some(program) = def.command.first() else { continue };
        if program.contains('{') || program.contains('/') && !program.starts_with('/') {
            there.push(format!("{name} (its program `{program}` is in the worktree: not examined)"));
            continue;
        }
        match find(here, program) {
            Ok(path) => there.push(versioned(name, Path::new(&path))),
            Err(why) => {
                let words = format!("agent {name}: {why}");
                let used = settings.agent.as_ref() == Some(name);
                let finding =
                    if used { DoctorFinding::problem("agents", words) } else { DoctorFinding::note("agents", words) };
                findings.push(finding.hint(format!("install it, or correct [agents.{name}] command in orca.toml")));
            }
        }
    }
    let missing = if missing.is_empty() { String::new() } else { format!("; not installed: {}", missing.join(", ")) };
    findings.insert(0, DoctorFinding::ok("agents", format!("agents: {}{missing}", there.join(", "))));
    findings.extend(unnamed(here, settings, there.len() > 1));
    findings
}

/// The agent that is taken where nobody names one.
fn first_there(here: &Here, settings: &Settings) -> Option<String> {
    let known = crate::start::agents::built_in(here, settings);
    known.into_iter().find(|(_, program)| program.is_some()).map(|(name, _)| name.to_owned())
}

/// Nobody is logged in at an agent: a problem for the one that is to be used.
fn login(here: &Here, settings: &Settings, name: &str, program: &Path, used: bool) -> Option<DoctorFinding> {
    let check = agent::find(name, settings.agents.get(name)).login()?;
    if agent::is_logged_in(&check, program, &here.env) != Some(false) {
        return None;
    }
    let words = format!("agent {name}: not logged in");
    let finding = if used { DoctorFinding::problem("agents", words) } else { DoctorFinding::note("agents", words) };
    Some(finding.hint(check.fix))
}

/// What is taken when nobody names an agent.
fn unnamed(here: &Here, settings: &Settings, some: bool) -> Option<DoctorFinding> {
    if settings.agent.is_some() {
        return None;
    }
    let known = crate::start::agents::built_in(here, settings);
    if let Some((name, _)) = known.into_iter().find(|(_, program)| program.is_some()) {
        let words = format!("no agent is configured: using {name}, the first one installed");
        return Some(DoctorFinding::ok("agents", words));
    }
    let words = "no agent is configured: only tasks with `run` text can be executed";
    let hint = match some {
        true => "git orca execute --agent NAME, or [run] agent in orca.toml",
        false => "npm install -g @anthropic-ai/claude-code, or any program: [agents.NAME] in orca.toml",
    };
    Some(DoctorFinding::note("agents", words).hint(hint))
}

/// `claude 2.1.197`; with the path of a program that does not say its version.
fn versioned(name: &str, program: &Path) -> String {
    match version_of(program) {
        Some(version) => format!("{name} {version}"),
        None => format!("{name} ({})", program.display()),
    }
}

fn find(here: &Here, program: &str) -> Result<String, String> {
    let path = here.env.get("PATH").map(String::as_str);
    find_program(program, path, here.repo.work_tree())
        .map(|path| path.display().to_string())
        .map_err(|missing| missing.why)
}

/// The fence that runs would put up here.
pub fn fence(here: &Here, settings: &Settings) -> DoctorFinding {
    match prepare::fence(here, settings) {
        Ok(fence) if fence.why.is_empty() => DoctorFinding::ok("sandbox", format!("sandbox {}", fence.about())),
        Ok(fence) => {
            DoctorFinding::note("sandbox", format!("sandbox {}", fence.about())).hint("apt install bubblewrap")
        }
        Err(error) => DoctorFinding::of_error("sandbox", &error),
    }
}

/// The gates in force.
pub fn gates(here: &Here, settings: &Settings) -> Vec<DoctorFinding> {
    let mut settings = settings.clone();
    let detected = match detected(here, &mut settings) {
        Ok(detected) => detected,
        Err(error) => return vec![DoctorFinding::of_error("gates", &error)],
    };
    let records = agreed_to::records(here).map(|(_, records)| records);
    let mut findings: Vec<DoctorFinding> = settings
        .gates
        .iter()
        .map(|gate| (gate, trusted(gate, records.as_ref().ok())))
        .chain(detected.gates.iter().map(|gate| (gate, "detected from your files; no trust needed".to_owned())))
        .map(|(gate, trust)| gate_finding(here, gate, &trust))
        .collect();
    if findings.is_empty() {
        let words = "gates: none, so nothing would be checked";
        findings.push(
            DoctorFinding::note("gates", words)
                .hint("git orca init   writes an orca.toml with what can be checked here"),
        );
    }
    findings.extend(
        detected
            .left_out
            .iter()
            .map(|out| DoctorFinding::note("gates", format!("not checked: {}: {}", out.what, out.how))),
    );
    findings.extend(records.err().map(|error| DoctorFinding::of_error("trust", &error)));
    findings
}

fn detected(here: &Here, settings: &mut Settings) -> Result<project::Detected> {
    let files = CommitFiles::new(&here.repo, &here.repo.head()?.commit)?;
    Ok(prepare::detect(here, settings, &project::read(&files)?))
}

fn trusted(gate: &GateDef, records: Option<&Records>) -> String {
    let item = trust::Item::new(format!("gates.{}.run", gate.name), &gate.run);
    let day = |at: Timestamp| at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d").to_string();
    match records {
        Some(records) if trust::compare(std::slice::from_ref(&item), records).settled() => {
            records.items.get(&item.key).map_or_else(String::new, |record| format!("trusted {}", day(record.at)))
        }
        _ => "not trusted yet: git orca trust".to_owned(),
    }
}

fn gate_finding(here: &Here, gate: &GateDef, trust: &str) -> DoctorFinding {
    let words = |tool: &str| format!("gate {}: {tool}, {trust}", gate.name);
    if matches!(gate.kind, GateKind::Security | GateKind::Review) {
        return kind_finding(here, gate);
    }
    if gate.only_reads {
        return DoctorFinding::ok("gates", format!("gate {}: {}", gate.name, report::gate_text(gate)));
    }
    if gate.kind == GateKind::Performance && gate.run.trim().is_empty() {
        return DoctorFinding::problem("gates", words("has no command to measure, so it can never pass"))
            .hint(format!("write [gates.{}] run = \"…\" in orca.toml", gate.name));
    }
    match first_tool(&gate.run) {
        None => DoctorFinding::ok("gates", words("a shell command; cannot check that its programs are installed")),
        Some(tool) if tool.contains('/') && !tool.starts_with('/') => {
            DoctorFinding::ok("gates", words(&format!("{tool} is in the worktree: not examined")))
        }
        Some(tool) => match find(here, tool) {
            Ok(path) => DoctorFinding::ok("gates", words(&versioned(tool, Path::new(&path)))),
            Err(_) if !gate.required => DoctorFinding::note("gates", words(&format!("`{tool}` is not installed"))),
            Err(_) => DoctorFinding::problem(
                "gates",
                words(&format!("`{tool}` is not installed, so the gate can never pass")),
            )
            .hint(format!("install {tool}, or correct [gates.{}] run in orca.toml", gate.name)),
        },
    }
}

/// A gate of ours and the tools that it runs.
fn kind_finding(here: &Here, gate: &GateDef) -> DoctorFinding {
    let tools = gate.tools.iter().flatten().filter_map(|name| find_tool(name));
    let missing: Vec<_> = tools.filter(|tool| find(here, tool.program).is_err()).collect();
    let words = format!("gate {}: {}", gate.name, report::gate_text(gate));
    match missing.first() {
        None => DoctorFinding::ok("gates", words),
        Some(tool) => {
            let names: Vec<&str> = missing.iter().map(|tool| tool.name).collect();
            let words = format!("{words}; not installed: {}", names.join(", "));
            let finding = match gate.required {
                true => DoctorFinding::problem("gates", format!("{words}, so the gate can never pass")),
                false => DoctorFinding::note("gates", words),
            };
            finding.hint(format!("{}, or take it out of [gates.{}] tools in orca.toml", tool.get, gate.name))
        }
    }
}

/// Words that a shell knows itself.
const BUILT_IN: [&str; 22] = [
    "!", ":", "[", "{", "case", "cd", "command", "echo", "eval", "exec", "exit", "export", "false", "for", "if", "set",
    "test", "true", "umask", "until", "wait", "while",
];

/// The first program of a shell text, where it can be told by looking: after assignments, and after `cd FOLDER &&`.
fn first_tool(run: &str) -> Option<&str> {
    let text = run.trim_start().trim_start_matches('(').trim_start();
    if let Some(rest) = text.strip_prefix("cd ").and_then(|rest| rest.split_once("&&")) {
        return first_tool(rest.1);
    }
    let is_assignment = |word: &str| {
        word.split_once('=').is_some_and(|(name, _)| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
    };
    let word = text.split_whitespace().find(|word| !is_assignment(word))?;
    let word = word.trim_end_matches([';', ')']);
    let plain = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "-_./+".contains(c));
    (plain && !BUILT_IN.contains(&word)).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_program_of_a_text() {
        let table = [
            ("cargo test", Some("cargo")),
            ("  RUST_LOG=debug CI=1 cargo test", Some("cargo")),
            ("(cd backend && pytest -q)", Some("pytest")),
            ("cd a && cd b && make", Some("make")),
            ("./check.sh; true", Some("./check.sh")),
            ("make;", Some("make")),
            ("test -f a.txt", None),
            ("if true; then cargo test; fi", None),
            ("$TOOL x", None),
            ("\"my tool\" x", None),
            ("", None),
        ];
        for (run, tool) in table {
            assert_eq!(first_tool(run), tool, "{run}");
        }
    }
}
