//! Building a complete task.

use std::collections::BTreeMap;

use super::budget::{Count, HARD_BUDGET, in_json};
use super::citations::Citations;
use super::complete_task::{
    CompleteContext, CompleteTask, Delivered, FORMAT, MissingSection, QualityGates, TddSpecifications,
};
use super::criteria::{cited_criteria, nearby_criteria};
use super::escape::{one_line, visible};
use super::fit::fit;
use super::library::{ContextKind, Library, cited_ids};
use super::own_checks::own_checks;
use super::suggest::test_beside;
use crate::model::{FileUse, GateDef, GateKind, GatePhase, Task, TaskKind};
use crate::project::Project;
use crate::settings::GateKinds;
use crate::settings::trust::acceptance_command;

/// What a complete task is made of.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The task.
    pub task: &'a Task,
    /// The documents around the plan, and the project's standing instructions.
    pub library: &'a Library,
    /// What its dependencies left behind, or will.
    pub dependencies: &'a [Delivered],
    /// The repository.
    pub project: &'a Project,
    /// The run's gates.
    pub gates: &'a [GateDef],
    /// Their kinds.
    pub gate_kinds: GateKinds<'a>,
    /// Tokens it may take; [`HARD_BUDGET`] at most.
    pub budget: usize,
    /// Counts them.
    pub count: Count,
}

/// Quarters of the budget that a task's own words may take when they are long: the requirements it cites are worth more
/// than its last pages.
const OWN_QUARTERS: usize = 3;

/// Builds the complete task: the task's own words first (cut only if they alone exceed three quarters of the budget, the longest
/// first),
/// then sections of the library, the most relevant first, as long as they fit. The same inputs give the same value.
pub fn complete(inputs: &Inputs<'_>) -> CompleteTask {
    // What is missing is only known at the end; there must be room to say it.
    let room: usize = MissingSection::ALL.iter().map(|lack| in_json(lack.words(), inputs.count) + 8).sum();
    let budget = inputs.budget.min(HARD_BUDGET).saturating_sub(room);
    let citations = Citations::of(inputs.task);
    let mut complete = own_words(inputs);
    add_criteria(&mut complete, inputs, &citations);
    fit(&mut complete, budget / 4 * OWN_QUARTERS, inputs.count);
    let used = (inputs.count)(&complete.to_json());
    let chosen = choose(inputs, &citations, budget.saturating_sub(used));
    add(&mut complete, inputs.library, chosen, budget, inputs.count);
    complete.missing.extend(complete.lacks().into_iter().map(MissingSection::words).map(str::to_owned));
    complete
}

fn own_words(inputs: &Inputs<'_>) -> CompleteTask {
    let task = inputs.task;
    CompleteTask {
        format: FORMAT,
        task_id: task.id.to_string(),
        title: title(&task.title),
        complete_context: CompleteContext {
            project_background: background(inputs.project),
            architecture_context: layout(inputs.project),
            requirements_context: String::new(),
            implementation_guidance: guidance(inputs),
            file_locations: file_locations(inputs),
            dependencies: inputs.dependencies.iter().map(readable).collect(),
            environment_context: environment(inputs),
            validation_criteria: validation(inputs),
            symbols: Vec::new(),
        },
        tdd_specifications: tdd(inputs),
        quality_gates: quality_gates(inputs.gates, inputs.gate_kinds),
        acceptance_criteria: task.acceptance.iter().map(|text| visible(text.trim())).collect(),
        estimated_duration: task.estimate,
        priority: task.priority,
        missing: unresolved(inputs).into_iter().chain(missing_paths(inputs)).collect(),
        kind: task.kind,
        needs: task.needs.clone(),
        tokens: None,
        run: task.run.clone(),
    }
}

/// The task's own words, then what it cites.
fn guidance(inputs: &Inputs<'_>) -> String {
    let parts = [visible(inputs.task.details.trim()), cited_tasks(inputs)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// Characters of a title: longer ones are paragraphs that lost their line ends, and stand in the details too.
const LONGEST_TITLE: usize = 300;

fn title(text: &str) -> String {
    let title = one_line(text);
    match title.char_indices().nth(LONGEST_TITLE) {
        Some((end, _)) => format!("{}…", &title[..end]),
        None => title,
    }
}

fn readable(dependency: &Delivered) -> Delivered {
    Delivered { task_id: dependency.task_id.clone(), delivered: visible(dependency.delivered.trim()) }
}

fn background(project: &Project) -> String {
    let words = project.in_words();
    let languages = if words.is_empty() { String::new() } else { format!("Written in {words}.") };
    let parts = [visible(&project.summary), languages];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

fn layout(project: &Project) -> String {
    let folder = |(name, n): (&String, &usize)| {
        let files = if *n == 1 { "file" } else { "files" };
        let name = if name == "." { "the root".to_owned() } else { format!("{}/", one_line(name)) };
        format!("{name} ({n} {files})")
    };
    // A repository with hundreds of top folders is listed by its largest.
    let mut folders: Vec<(&String, &usize)> = project.layout.iter().collect();
    folders.sort_by_key(|(name, n)| (std::cmp::Reverse(**n), (*name).clone()));
    folders.truncate(24);
    folders.sort();
    match folders.len() {
        0 => String::new(),
        _ => format!("Layout: {}.", folders.into_iter().map(folder).collect::<Vec<_>>().join(", ")),
    }
}

fn file_locations(inputs: &Inputs<'_>) -> BTreeMap<String, String> {
    let mut locations = BTreeMap::new();
    for folder in inputs.project.test_folders.iter().take(8) {
        locations.insert(visible(folder), "tests live here".to_owned());
    }
    for unit in &inputs.project.units {
        locations.insert(visible(&unit.manifest), format!("{} manifest", unit.language.name()));
    }
    for path in cited_paths(inputs.task) {
        if let Some(file) = inputs.library.file(&path) {
            locations.insert(visible(file), "cited; it is there".to_owned());
        }
    }
    for file in &inputs.task.files {
        let purpose = if file.creates { "created by this task" } else { "changed or read by this task" };
        locations.insert(visible(file.path.as_str()), purpose.to_owned());
    }
    locations
}

fn environment(inputs: &Inputs<'_>) -> String {
    let mut lines = Vec::new();
    for unit in &inputs.project.units {
        let place = if unit.folder.is_empty() { String::new() } else { format!(" (in {}/)", visible(&unit.folder)) };
        let test = unit.test.as_ref().ok().map(|test| test.run.clone());
        let commands = [("test", test), ("build", unit.build.clone()), ("lint", unit.lint.clone())];
        let said: Vec<String> =
            commands.into_iter().filter_map(|(what, run)| Some(format!("{what} with `{}`", visible(&run?)))).collect();
        if !said.is_empty() {
            lines.push(format!("{}{place}: {}.", unit.language.name(), said.join(", ")));
        }
    }
    if !inputs.task.needs.is_empty() {
        let needs: Vec<String> =
            inputs.task.needs.iter().map(|(name, n)| format!("{n} × {}", one_line(name))).collect();
        lines.push(format!("Reserved for this task while it runs: {}.", needs.join(", ")));
    }
    lines.join("\n")
}

/// Whether a gate judges the work on a task.
fn judges_tasks(gate: &&GateDef) -> bool {
    gate.on != GatePhase::Final
}

fn gate_line(gate: &GateDef, kinds: GateKinds<'_>) -> String {
    let run = if gate.run.is_empty() { String::new() } else { format!(": `{}`", one_line(&gate.run)) };
    let run = format!("{run}{}", kinds.wants(gate));
    let optional = if gate.required { "" } else { " (reported, does not block)" };
    let paths = if gate.paths.is_empty() { String::new() } else { format!(", if {} changes", gate.paths.join(" or ")) };
    format!("gate {}{run}{paths}{optional}", gate.name)
}

fn validation(inputs: &Inputs<'_>) -> Vec<String> {
    let gates = inputs.gates.iter().filter(judges_tasks).filter(|gate| gate.required);
    let gates = gates.map(|gate| gate_line(gate, inputs.gate_kinds));
    let commands = inputs.task.acceptance.iter().filter_map(|text| acceptance_command(text));
    gates.chain(commands.map(|command| format!("`{}` succeeds", one_line(command)))).collect()
}

fn tdd(inputs: &Inputs<'_>) -> TddSpecifications {
    let task = inputs.task;
    let is_test = |path: &str| {
        path.to_ascii_lowercase()
            .split(['/', '_', '-', '.'])
            .any(|part| matches!(part, "test" | "tests" | "spec" | "__tests__"))
    };
    let test_file = task.files.iter().map(|file| file.path.as_str()).find(|path| is_test(path)).unwrap_or_default();
    let cases = task.acceptance.iter().filter(|text| acceptance_command(text).is_none());
    let frameworks = inputs.project.units.iter().filter_map(|unit| unit.test.as_ref().ok().map(|test| test.framework));
    let least = inputs.gates.iter().filter_map(|gate| gate.coverage.as_ref()?.min).reduce(f64::max);
    let takes_tests = !matches!(task.kind, TaskKind::Verify | TaskKind::Approval);
    let mut frameworks: Vec<&str> = frameworks.collect();
    frameworks.dedup();
    TddSpecifications {
        test_file: visible(&if test_file.is_empty() && takes_tests {
            test_beside(task, inputs.project, inputs.library).unwrap_or_default()
        } else {
            test_file.to_owned()
        }),
        // A task that only runs something has nothing to write tests for.
        test_cases: if !takes_tests { Vec::new() } else { cases.map(|text| visible(text.trim())).collect() },
        coverage_requirements: least
            .map(|min| format!("at least {min} % of changed lines"))
            .or_else(|| inputs.library.coverage().filter(|_| takes_tests))
            .unwrap_or_default(),
        test_framework: frameworks.join(", "),
    }
}

fn quality_gates(gates: &[GateDef], kinds: GateKinds<'_>) -> QualityGates {
    let mut by_kind = QualityGates::default();
    for gate in gates.iter().filter(judges_tasks) {
        let list = match gate.kind {
            GateKind::Tdd => &mut by_kind.tdd_requirements,
            GateKind::Security => &mut by_kind.security_requirements,
            GateKind::Performance => &mut by_kind.performance_requirements,
            GateKind::Command | GateKind::Review | GateKind::Acceptance | GateKind::Other(_) => {
                &mut by_kind.code_quality_requirements
            }
        };
        list.push(gate_line(gate, kinds));
    }
    by_kind
}

/// All that the task says, for finding what concerns it.
fn about(task: &Task) -> String {
    let files = task.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>().join(" ");
    [&task.title, &task.group, &task.details, &task.acceptance.join("\n"), &files].map(String::as_str).join("\n")
}

/// Paths in a task's own words. What code names is code, and where evidence and output go is not there yet.
fn cited_paths(task: &Task) -> Vec<String> {
    let mut text = format!("{}\n", task.title);
    let mut fence = false;
    for line in task.details.lines().chain(task.acceptance.iter().flat_map(|criterion| criterion.lines())) {
        let trimmed = line.trim_start();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            fence = !fence;
            continue;
        }
        let label = trimmed.trim_start_matches(['-', '*', '_', ' ']).to_lowercase();
        let output =
            ["evidence", "output", "save", "saved", "log", "screenshot", "run:", "expected", "message", "commit"]
                .iter()
                .any(|word| label.starts_with(word));
        if !fence && !output {
            text.push_str(line);
            text.push('\n');
        }
    }
    let aside = |path: &str| {
        ["evidence/", "/evidence/", "tmp/", "dist/", "build/", "coverage/", "node_modules/", "target/"]
            .iter()
            .any(|folder| path.starts_with(folder) || folder.starts_with('/') && path.contains(folder))
    };
    let paths = crate::plan::named_paths(&text).into_iter().map(|path| path.as_str().to_owned());
    paths.filter(|path| !aside(path)).collect()
}

/// The tasks that a task's words name, one line each: what they are, for who reads nothing else.
fn cited_tasks(inputs: &Inputs<'_>) -> String {
    let cited = inputs.library.cited_tasks(&about(inputs.task));
    let own = |id: &str| id == inputs.task.id.as_str() || id == inputs.task.key;
    let told = |id: &str| inputs.dependencies.iter().any(|dependency| dependency.task_id == id);
    let lines = cited.into_iter().filter(|(id, _)| !own(id) && !told(id)).take(MOST_CITED);
    lines
        .map(|(id, title)| format!("{id} is the task \"{}\" of this plan.", one_line(title)))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Tasks told because they are cited.
const MOST_CITED: usize = 12;

/// Paths that a task names, that nobody has and nobody makes.
fn missing_paths(inputs: &Inputs<'_>) -> Vec<String> {
    if !inputs.library.knows_files() {
        return Vec::new();
    }
    let task = inputs.task;
    // A document that a task names without writing it is there to be read; other files it may well make.
    let is_read = |file: &FileUse| !file.creates && file.path.as_str().ends_with(".md");
    let declared = |path: &str| task.files.iter().any(|file| file.path.as_str() == path && !is_read(file));
    // A bare name of code ("config.py") means a file that the words around it tell; only documents are looked up by name.
    let bare = |path: &String| !path.contains('/') && !path.ends_with(".md");
    let known = |path: &String| {
        bare(path) || declared(path) || inputs.library.file(path).is_some() || inputs.library.is_made(path)
    };
    let lost = cited_paths(task).into_iter().filter(|path| !known(path));
    lost.map(|path| format!("`{}` is cited, but it is neither in the repository nor created by a task", visible(&path)))
        .collect()
}

/// Whether an id has letters that requirements have; others are tickets, models and standards.
fn is_requirement(id: &str) -> bool {
    const LETTERS: [&str; 12] = ["FR", "NFR", "REQ", "US", "AC", "SC", "BR", "UC", "SRS", "PRD", "RQ", "FRD"];
    id.split_once('-').is_some_and(|(letters, _)| LETTERS.contains(&letters))
}

fn unresolved(inputs: &Inputs<'_>) -> Vec<String> {
    let cited = cited_ids(&about(inputs.task)).into_iter();
    cited
        .filter(|id| is_requirement(id) && !inputs.library.knows(id) && !inputs.task.key.contains(id.as_str()))
        .map(|id| format!("`{id}` is cited, but no document defines it"))
        .collect()
}

/// Adds the criteria that the documents hold for the task: those of what it cites; where there is none at all, those of what
/// it is about.
fn add_criteria(complete: &mut CompleteTask, inputs: &Inputs<'_>, citations: &Citations) {
    let found = found_criteria(inputs.library, inputs.task, citations);
    let takes_tests = !matches!(inputs.task.kind, TaskKind::Verify | TaskKind::Approval);
    for criterion in found {
        let criterion = visible(criterion.trim());
        if takes_tests && acceptance_command(&criterion).is_none() {
            complete.tdd_specifications.test_cases.push(criterion.clone());
        }
        complete.acceptance_criteria.push(criterion);
    }
}

/// All criteria of a task: its own, then those that the library holds for it, then what its words say is to be seen.
pub fn criteria(library: &Library, task: &Task) -> Vec<String> {
    let found = found_criteria(library, task, &Citations::of(task));
    task.acceptance.iter().map(|text| visible(text.trim())).chain(found).collect()
}

fn found_criteria(library: &Library, task: &Task, citations: &Citations) -> Vec<String> {
    let text = about(task);
    let mut found = cited_criteria(library, task, citations, &text);
    if found.is_empty() && task.acceptance.is_empty() {
        let near: Vec<usize> = library.about(&text, citations).into_iter().take(NEAREST).collect();
        found = nearby_criteria(library, &near);
    }
    if found.is_empty() && task.acceptance.is_empty() {
        found.extend(own_checks(task));
    }
    found
}

/// Sections looked at for criteria of a task that cites nothing.
const NEAREST: usize = 6;

fn choose(inputs: &Inputs<'_>, citations: &Citations, mut left: usize) -> Vec<usize> {
    let mut chosen = Vec::new();
    for n in inputs.library.about(&about(inputs.task), citations) {
        let section = inputs.library.section(n);
        // The project's summary is the beginning of its README: nobody needs it twice.
        let told = section.text.trim() == inputs.project.summary.trim();
        if section.tokens <= left && !told {
            left -= section.tokens;
            chosen.push(n);
        }
    }
    chosen
}

/// Adds the sections, each kind to its field, in document order. Tokens do not add up exactly when texts are joined:
/// the least relevant go again until the whole fits.
fn add(complete: &mut CompleteTask, library: &Library, mut chosen: Vec<usize>, budget: usize, count: Count) {
    let bare = complete.complete_context.clone();
    loop {
        complete.complete_context = with_sections(bare.clone(), library, &chosen);
        if count(&complete.to_json()) <= budget || chosen.pop().is_none() {
            return;
        }
    }
}

fn with_sections(mut context: CompleteContext, library: &Library, chosen: &[usize]) -> CompleteContext {
    let mut ordered = chosen.to_vec();
    ordered.sort_unstable();
    for n in ordered {
        let section = library.section(n);
        let field = match section.kind {
            // Standing rules are no guidance for this task: `lacks` would take them for it.
            ContextKind::Background | ContextKind::Rules => &mut context.project_background,
            ContextKind::Architecture => &mut context.architecture_context,
            ContextKind::Requirements => &mut context.requirements_context,
            ContextKind::Guidance => &mut context.implementation_guidance,
        };
        if !field.is_empty() {
            field.push_str("\n\n");
        }
        field.push_str(&section.rendered());
    }
    context
}
