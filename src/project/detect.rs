//! Gates for a project that defines none: only what can be checked here, and what was left out.

use super::ecosystem::{Test, Unit};
use super::read::Project;
use crate::model::{GateDef, GateKind, GateName};

/// Something that is not checked, and how to get it checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// What: `pytest in backend/`.
    pub what: String,
    /// Why, and what to do.
    pub how: String,
}

/// Gates found, and gates not found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Detected {
    /// Gates that can run here.
    pub gates: Vec<GateDef>,
    /// What was left out.
    pub left_out: Vec<LeftOut>,
    /// The set-up command that a fresh worktree needs, joined over all units; `None` if none is needed.
    pub setup: Option<String>,
}

/// The gates that `project` can have here. `tools` tells whether a program is on the `PATH`; `has_setup` whether
/// `worktree.setup` is set (or about to be, as in `init`), since tests that need an installation step cannot pass in a fresh worktree
/// without one.
pub fn detect(project: &Project, tools: &dyn Fn(&str) -> bool, has_setup: bool) -> Detected {
    let mut detected = Detected::default();
    let several = project.units.len() > 1;
    let mut setups: Vec<String> = Vec::new();
    for unit in &project.units {
        let test = match &unit.test {
            Ok(test) => test,
            Err(why) => {
                detected.left_out.push(LeftOut { what: named("tests", unit), how: why.clone() });
                continue;
            }
        };
        setups.extend(test.setup.iter().map(|setup| within(&unit.folder, setup)));
        if let Some(how) = obstacle(test, tools, has_setup, unit) {
            detected.left_out.push(LeftOut { what: named(&test.run, unit), how });
            continue;
        }
        if !test.found {
            let how = format!("none found yet: `{}` proves only that everything compiles", test.run);
            detected.left_out.push(LeftOut { what: named("tests", unit), how });
        }
        detected.gates.extend(gate(unit, test, several, &detected.gates));
    }
    detected.setup = (!setups.is_empty()).then(|| setups.join(" && "));
    detected
}

fn obstacle(test: &Test, tools: &dyn Fn(&str) -> bool, has_setup: bool, unit: &Unit) -> Option<String> {
    let (program, get) = test.tool;
    if !tools(program) {
        return Some(format!("`{program}` is missing ({get})"));
    }
    if !test.found && !test.compiles {
        return Some("there are no tests yet".to_owned());
    }
    match &test.setup {
        Some(setup) if !has_setup => {
            let setup = within(&unit.folder, setup);
            Some(format!("a fresh worktree needs `{setup}` first; put it into orca.toml: git orca init"))
        }
        _ => None,
    }
}

fn named(what: &str, unit: &Unit) -> String {
    if unit.folder.is_empty() { what.to_owned() } else { format!("{what} in {}/", unit.folder) }
}

/// `command` as typed in the repository's root.
pub(super) fn within(folder: &str, command: &str) -> String {
    let plain = folder.chars().all(|c| c.is_alphanumeric() || "-_./".contains(c));
    match folder {
        "" => command.to_owned(),
        _ if plain => format!("(cd {folder} && {command})"),
        _ => format!("(cd '{}' && {command})", folder.replace('\'', r"'\''")),
    }
}

/// Named `test`; with several units after the folder or the language.
fn gate(unit: &Unit, test: &Test, several: bool, others: &[GateDef]) -> Option<GateDef> {
    let language = unit.language.name().to_ascii_lowercase();
    let place = if unit.folder.is_empty() { language.clone() } else { unit.folder.replace('/', "-") };
    let names = if several {
        [format!("test-{place}"), format!("test-{place}-{language}")]
    } else {
        ["test".to_owned(), "test-all".to_owned()]
    };
    let free = |name: &GateName| !others.iter().any(|other| other.name.as_str().eq_ignore_ascii_case(name.as_str()));
    // A folder whose name is no gate name falls back to the manifest's position, which always is one.
    let numbered = format!("test-{}", others.len() + 1);
    let name = names.into_iter().chain([numbered]).filter_map(|name| name.parse().ok()).find(free)?;
    let paths = if unit.folder.is_empty() { Vec::new() } else { vec![format!("{}/**", globset::escape(&unit.folder))] };
    Some(GateDef { run: within(&unit.folder, &test.run), paths, ..GateDef::new(name, GateKind::Command) })
}
