//! What agents are told, and what of it came with the repository.

use std::collections::BTreeMap;

use crate::brief::{self, CompleteTask, ContextDoc, ContextKind, Library};
use crate::gate;
use crate::git::CommitFiles;
use crate::model::{Files, GateDef, RunOptions, Task, TaskId};
use crate::plan::{Plan, SectionKind};
use crate::project::Project;
use crate::settings::trust;
use crate::start::checkpoints::is_of_gates;
use crate::start::located::Given;

pub(super) fn text_of(files: &dyn Files, path: &str) -> Option<String> {
    String::from_utf8(files.read(path).ok()?).ok()
}

/// Everything that came with the repository and is run or shown to agents.
pub fn items(
    options: &RunOptions,
    detected: &[GateDef],
    plan: &str,
    tasks: &[Task],
    include: Option<&str>,
    prompts: &BTreeMap<String, String>,
) -> Vec<trust::Item> {
    let mut items = trust::options_items(options, detected, gate::kinds());
    items.extend(trust::plan_items(plan, tasks.iter().filter(|task| !is_of_gates(options, task))));
    items.extend(trust::file_items(prompts.iter().map(|(path, text)| (path.as_str(), text.as_str()))));
    items.extend(trust::file_items(include.map(|text| (".worktreeinclude", text))));
    items
}

/// The project's own prompt templates, by path.
pub fn own_prompts(files: &dyn Files) -> BTreeMap<String, String> {
    let listed = files.list(".orca/prompts").unwrap_or_default();
    listed.into_iter().filter_map(|path| Some((path.clone(), text_of(files, &path)?))).collect()
}

/// Everything that tasks may cite: documents, the files of the base, the plan's tasks.
pub fn library(plan: &Plan, given: &Given, project: &Project, base: &CommitFiles) -> Library {
    let files = base.list("").unwrap_or_default();
    Library::new(&documents(plan, given, project), brief::estimate).with_known(files, &plan.tasks)
}

/// The criteria of each task of a plan, those of the documents around it included.
pub fn criteria(plan: &Plan, given: &Given) -> Vec<Vec<String>> {
    let library = Library::new(&documents(plan, given, &Project::default()), brief::estimate);
    plan.tasks.iter().map(|task| brief::criteria(&library, task)).collect()
}

/// The complete tasks of a folder of generated ones, as they are there now.
pub fn given_tasks(plan: &Plan, given: &Given) -> BTreeMap<TaskId, CompleteTask> {
    if plan.sources.iter().all(|source| source.kind != "complete-tasks") {
        return BTreeMap::new();
    }
    let read =
        |task: &Task| Some((task.id.clone(), serde_json::from_slice(&given.files.read(&task.at.file).ok()?).ok()?));
    plan.tasks.iter().filter_map(read).collect()
}

/// The plan's companions and the project's standing instructions.
pub fn documents(plan: &Plan, given: &Given, project: &Project) -> Vec<ContextDoc> {
    let mut documents = plan_documents(plan);
    for companion in &plan.companions {
        if let Some(text) = text_of(&given.files, &companion.path) {
            documents.push(ContextDoc { path: companion.path.clone(), kind: kind_of(&companion.kind), text });
        }
    }
    if !project.summary.is_empty() {
        let text = project.summary.clone();
        documents.push(ContextDoc { path: "README".to_owned(), kind: ContextKind::Background, text });
    }
    let mut told: Vec<String> = Vec::new();
    for rule in &project.instructions {
        // AGENTS.md and CLAUDE.md are often one text under two names, or one only points to the other.
        let words = rule.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let points = words.len() < 120 && (words.contains("AGENTS.md") || words.contains("CLAUDE.md"));
        if told.contains(&words) || points {
            continue;
        }
        told.push(words);
        documents.push(ContextDoc { path: rule.path.clone(), kind: ContextKind::Rules, text: rule.text.clone() });
    }
    documents
}

/// What the plan's own documents say beside their tasks: one document for each kind, in which every line keeps its number.
fn plan_documents(plan: &Plan) -> Vec<ContextDoc> {
    let mut documents: Vec<ContextDoc> = Vec::new();
    for section in &plan.sections {
        let kind = match section.kind {
            SectionKind::Background => ContextKind::Background,
            SectionKind::Rules => ContextKind::Rules,
            SectionKind::Architecture => ContextKind::Architecture,
            SectionKind::Requirements => ContextKind::Requirements,
            SectionKind::Guidance => ContextKind::Guidance,
            SectionKind::Aside => continue,
        };
        let at = documents.iter().position(|document| document.kind == kind && document.path == section.path);
        let at = at.unwrap_or_else(|| {
            documents.push(ContextDoc { path: section.path.clone(), kind, text: String::new() });
            documents.len() - 1
        });
        let text = &mut documents[at].text;
        let lines = text.matches('\n').count() + usize::from(!text.is_empty());
        text.push_str(
            &"\n".repeat((section.line as usize).saturating_sub(lines).saturating_sub(usize::from(text.is_empty()))),
        );
        text.push_str(&section.text);
    }
    documents
}

fn kind_of(word: &str) -> ContextKind {
    match word {
        "architecture" | "design" | "data-model" | "contracts" | "tech_stack" | "tech-stack" => {
            ContextKind::Architecture
        }
        "requirements" | "spec" | "stories" | "prd" => ContextKind::Requirements,
        "proposal" | "discovery" | "readme" | "epic" | "project" => ContextKind::Background,
        "constitution" | "steering" => ContextKind::Rules,
        _ => ContextKind::Guidance,
    }
}
