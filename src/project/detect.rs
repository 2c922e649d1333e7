//! Gates for a project that defines none: only what can be checked here, and what was left out.

use super::ecosystem::{ProjectUnit, Test};
use super::read::Project;
use super::tools::is_local;
use crate::model::{GateDef, GateKind, GateName, GatePhase, find_tool};
use crate::source::Language;

/// Something that is not checked, and how to get it checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UncheckedTool {
    /// What: `pytest in backend/`.
    pub what: String,
    /// Why, and what to do.
    pub how: String,
}

/// Tests that neither build nor remember while they are measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasurableTests {
    /// Shell text that runs them.
    pub run: String,
    /// Shell text that builds before.
    pub build: Option<String>,
}

/// Gates found, and gates not found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Detected {
    /// Gates that can run here.
    pub gates: Vec<GateDef>,
    /// What was left out.
    pub left_out: Vec<UncheckedTool>,
    /// The tests as a performance gate would measure them if one is asked for: nobody measures unasked.
    pub measurable: Option<MeasurableTests>,
    /// The setup command that a fresh worktree needs, joined over all units; `None` if none is needed.
    pub setup: Option<String>,
}

/// The gates that `project` can have here. `tools` tells whether a program is on the `PATH`; `has_setup` whether
/// `worktree.setup` is set (or about to be, as in `init`), since tests that need an installation step cannot pass in a fresh worktree
/// without one.
pub fn detect(project: &Project, tools: &dyn Fn(&str) -> bool, has_setup: bool) -> Detected {
    let project = &with(project, tools);
    let mut detected = Detected::default();
    let several = project.units.len() > 1;
    let mut setups: Vec<String> = Vec::new();
    for unit in &project.units {
        let test = match &unit.test {
            Ok(test) => test,
            Err(why) => {
                detected.left_out.push(UncheckedTool { what: named("tests", unit), how: why.clone() });
                continue;
            }
        };
        // What installs has to be installed itself.
        let setup = test.setup.iter().filter(|_| tools(test.tool.0));
        setups.extend(setup.map(|setup| within(&unit.folder, setup)));
        if let Some(how) = obstacle(test, tools, has_setup, unit) {
            detected.left_out.push(UncheckedTool { what: named(&test.run, unit), how });
            continue;
        }
        if !test.found {
            let how = format!("none found yet: `{}` proves only that everything compiles", test.run);
            detected.left_out.push(UncheckedTool { what: named("tests", unit), how });
        }
        detected.gates.extend(gate(unit, test, several, &detected.gates));
    }
    let locked = project.locked.iter().filter(|locked| tools(locked.program));
    setups.extend(locked.map(|locked| within(&locked.folder, locked.command)));
    detected.setup = (!setups.is_empty()).then(|| setups.join(" && "));
    if !project.units.is_empty() {
        detected.measurable = measured(project, &detected.gates);
        detected.left_out.extend(unproved(project, &detected.gates));
        if let Some(mut proof) = proof(project, &detected.gates) {
            // What cannot be measured here is told once, and asked of no change.
            let uncovered = uncovered(project, tools);
            proof.min_coverage = uncovered.is_some().then_some(0.0);
            detected.left_out.extend(uncovered);
            let same = |gate: &&mut GateDef| {
                gate.kind == GateKind::Command && gate.run == proof.run && project.units.iter().all(is_proved_whole)
            };
            detected.gates.iter_mut().filter(same).for_each(|gate| gate.as_proof = true);
            detected.gates.extend(free(&proof, &detected.gates).then_some(proof));
        }
        for (name, kind) in [("security", GateKind::Security), ("review", GateKind::Review)] {
            let mut gate = named_gate(name, kind);
            detected.left_out.extend(choose_tools(project, tools, has_setup, &mut gate));
            detected.gates.extend(free(&gate, &detected.gates).then_some(gate));
        }
    }
    detected.gates.extend(reading(project, &detected.gates));
    detected
}

/// The project with its tests as they can be run with what is installed. A gate that finds the part of several which a change
/// belongs to knows the first way only.
fn with(project: &Project, tools: &dyn Fn(&str) -> bool) -> Project {
    let mut project = project.clone();
    if let [unit] = project.units.as_mut_slice() {
        unit.test = unit.test.clone().map(|test| test.with(tools));
    }
    project
}

/// Gates that look at what a project's own ones do not: tests that were deleted, skipped or weakened, which is refused, and
/// what the built-in rules of security and review find, which is reported. They run nothing; what they would run is told.
pub fn beside(project: &Project, own: &[GateDef]) -> Detected {
    let mut found = Detected::default();
    found.gates.extend(reading(project, own));
    if project.units.is_empty() {
        return found;
    }
    for (name, kind) in [("security", GateKind::Security), ("review", GateKind::Review)] {
        let gate = GateDef { required: false, tools: Some(Vec::new()), on: GatePhase::Task, ..named_gate(name, kind) };
        if own.iter().all(|own| own.kind != kind) && free(&gate, own) {
            found.gates.push(gate);
        }
    }
    found
}

/// The part of the proof by tests that is reading, where no gate has it and there is something to read, or will be with the
/// first test of a project.
fn reading(project: &Project, others: &[GateDef]) -> Option<GateDef> {
    let gate = GateDef { only_reads: true, on: GatePhase::Task, ..named_gate("tdd", GateKind::Tdd) };
    let some = project.has_tests || !project.units.is_empty();
    let wanted = some && others.iter().all(|other| other.kind != GateKind::Tdd);
    (wanted && free(&gate, others)).then_some(gate)
}

/// Chooses for a gate those of its tools that fit the project and are installed, unless somebody chose already. Gives
/// those that fit and are missing.
pub fn choose_tools(
    project: &Project,
    tools: &dyn Fn(&str) -> bool,
    has_setup: bool,
    gate: &mut GateDef,
) -> Vec<UncheckedTool> {
    let mut left_out = Vec::new();
    if gate.tools.is_some() || !matches!(gate.kind, GateKind::Security | GateKind::Review) {
        return left_out;
    }
    let mut chosen = Vec::new();
    for tool in project.tools.iter().filter_map(|name| find_tool(name)).filter(|tool| tool.gate == gate.kind) {
        if !tools(tool.program) {
            let how = format!("`{}` is missing ({})", tool.program, tool.get);
            left_out.push(UncheckedTool { what: tool.checks.to_owned(), how });
        } else if is_local(tool.name) && !has_setup {
            let how =
                format!("`{}` needs worktree.setup to install it; write it into orca.toml: git orca init", tool.name);
            left_out.push(UncheckedTool { what: tool.checks.to_owned(), how });
        } else {
            chosen.push(tool.name.to_owned());
        }
    }
    gate.tools = Some(chosen);
    left_out
}

fn named_gate(name: &str, kind: GateKind) -> GateDef {
    // These names are gate names by construction: letters only.
    let name = name.parse().unwrap_or_else(|_| unreachable!("`{name}` is a gate name"));
    GateDef { detected: true, ..GateDef::new(name, kind) }
}

fn free(gate: &GateDef, others: &[GateDef]) -> bool {
    !others.iter().any(|other| other.name.as_str().eq_ignore_ascii_case(gate.name.as_str()))
}

/// Proof by execution that tests test what was changed, where tests are there and can run. A project of one part shows its
/// command; with several, the gate itself finds the part that a change belongs to.
fn proof(project: &Project, tests: &[GateDef]) -> Option<GateDef> {
    let proves = |unit: &&ProjectUnit| {
        unit.test.as_ref().is_ok_and(|test| test.found && test.reports && runs_as(unit, test, tests))
    };
    let unit = project.units.iter().find(proves)?;
    let alone = project.units.len() == 1 && unit.folder.is_empty();
    let run = unit.test.as_ref().ok().filter(|_| alone).map(|test| test.run.clone()).unwrap_or_default();
    Some(GateDef { run, ..named_gate("tdd", GateKind::Tdd) })
}

/// Whether the proof runs all that a unit's test command runs.
fn is_proved_whole(unit: &ProjectUnit) -> bool {
    unit.test.as_ref().is_ok_and(|test| test.reports_whole)
}

fn runs_as(unit: &ProjectUnit, test: &Test, tests: &[GateDef]) -> bool {
    tests.iter().any(|gate| gate.run == within(&unit.folder, &test.run))
}

/// Tests that run here, whose results nobody can read one by one.
fn unproved(project: &Project, tests: &[GateDef]) -> Vec<UncheckedTool> {
    let of = |unit: &ProjectUnit| {
        let test = unit.test.as_ref().ok().filter(|test| test.found && !test.reports && runs_as(unit, test, tests))?;
        let how = format!(
            "the report of `{}` is not known; write [gates.tdd] kind = \"tdd\", run, and report = {{ path = \"…\", format = \"junit\" }}",
            test.run
        );
        Some(UncheckedTool { what: named("proof by tests", unit), how })
    };
    project.units.iter().filter_map(of).collect()
}

/// The plug-in of pytest that measures coverage: no program, a module beside pytest.
pub const PYTEST_COV: &str = "pytest-cov";

/// Coverage that nothing here can measure.
fn uncovered(project: &Project, tools: &dyn Fn(&str) -> bool) -> Option<UncheckedTool> {
    let missing = |unit: &ProjectUnit| {
        let test = unit.test.as_ref().ok()?;
        // In an environment of the project's own it is no matter what the user's has.
        let is_own = test.tool.0 != "pytest";
        let how = match unit.language {
            _ if test.unmeasured.is_some() => return test.unmeasured.clone(),
            Language::Python if !is_own && !tools(PYTEST_COV) => "`pytest-cov` is missing (pip install pytest-cov)",
            Language::Rust if !tools("cargo-llvm-cov") && !tools("cargo-tarpaulin") => {
                "`cargo-llvm-cov` is missing (cargo install cargo-llvm-cov; rustup component add llvm-tools)"
            }
            _ => return None,
        };
        Some(how.to_owned())
    };
    let how = project.units.iter().find_map(missing)?;
    Some(UncheckedTool { what: "coverage".to_owned(), how })
}

/// The tests whose time and memory can be measured: of the first unit that has some.
fn measured(project: &Project, tests: &[GateDef]) -> Option<MeasurableTests> {
    let run_of = |unit: &ProjectUnit, test: &Test| within(&unit.folder, &test.run);
    let found = |gate: &GateDef| {
        let of = |unit: &&ProjectUnit| unit.test.as_ref().is_ok_and(|test| run_of(unit, test) == gate.run);
        let unit = project.units.iter().find(of)?;
        Some((unit, unit.test.as_ref().ok().filter(|test| test.found)?))
    };
    let (unit, test) = tests.iter().find_map(found)?;
    let (run, build) = measurable(unit.language, &test.run);
    let build = build.map(|build| within(&unit.folder, &build));
    Some(MeasurableTests { run: within(&unit.folder, &run), build })
}

/// Test commands that neither build nor remember while they are measured, and what builds before.
fn measurable(language: Language, run: &str) -> (String, Option<String>) {
    match language {
        Language::Rust => (run.to_owned(), Some(format!("{run} --no-run"))),
        Language::Go => (run.replace("go test", "go test -count=1"), Some(run.replace("go test", "go test -run XXX"))),
        _ => (run.to_owned(), None),
    }
}

fn obstacle(test: &Test, tools: &dyn Fn(&str) -> bool, has_setup: bool, unit: &ProjectUnit) -> Option<String> {
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

fn named(what: &str, unit: &ProjectUnit) -> String {
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
fn gate(unit: &ProjectUnit, test: &Test, several: bool, others: &[GateDef]) -> Option<GateDef> {
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
