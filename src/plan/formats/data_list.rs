//! A list of tasks in data, whatever it is written in: under `tasks`, `todos`, `steps` and the like, perhaps within phases or
//! within `plan`, or alone. What nobody knows by name goes into the details: nothing is lost.

use super::fields::{is_done_word, is_dropped_word};
use super::shared::declared_files;
use crate::model::{FileUse, Severity};
use crate::plan::names::Names;
use crate::plan::plan_draft::{DataMark, Item, Order, PlanDraft};
use crate::plan::text::{YamlNode, YamlValue, minutes, path_of, plain_title, priority_of, task_title};

const ID: &[&str] = &["id", "key", "task_id", "number", "step", "uuid"];
const TITLE: &[&str] = &["title", "name", "task", "summary", "content"];
const DETAILS: &[&str] = &["details", "description", "notes", "body", "prompt"];
const STATE: &[&str] = &["status", "state", "done", "completed", "complete", "passes", "is_done", "finished"];
const AFTER: &[&str] = &[
    "depends_on",
    "dependencies",
    "depends",
    "dependson",
    "after",
    "needs",
    "blocked_by",
    "blockedby",
    "requires",
    "deps",
    "prerequisites",
];
const FILES: &[&str] = &["files", "file", "paths", "path", "outputs", "creates", "modifies"];
const ACCEPT: &[&str] = &[
    "acceptance",
    "acceptance_criteria",
    "acceptancecriteria",
    "criteria",
    "done_when",
    "verification",
    "verify",
    "success_criteria",
    "definition_of_done",
    "expected",
];
const ESTIMATE: &[&str] = &["estimate", "effort", "duration", "estimated_time", "minutes"];
/// What lists of tasks are called.
const LISTS: &[&str] = &["tasks", "todos", "todo", "items", "steps", "features", "stories", "subtasks"];
/// What a document may keep its plan in.
const WRAPPED: [&str; 5] = ["plan", "project", "roadmap", "implementation_plan", "backlog"];
/// Members of what a program runs, not of a task: steps of a pipeline.
const RUNS: [&str; 8] = ["uses", "script", "args", "image", "command", "commands", "cmd", "cmds"];
const OTHERS: &[&str] = &["priority", "agent", "model", "role"];
/// Lists of parts of a plan that hold lists of tasks.
const PARTS: [&str; 6] = ["phases", "stages", "milestones", "epics", "groups", "sprints"];

/// Reads the lists of tasks of a document, `text`, that has been read as `root`.
pub(super) fn read_lists(root: &YamlNode, text: &str, sheet: &mut PlanDraft) {
    let title =
        |node: &YamlNode| member(node, &["title", "name", "project"]).and_then(YamlNode::text).map(str::to_owned);
    let wrapped = || WRAPPED.iter().filter_map(|name| title(member(root, &[name])?)).next();
    sheet.title = title(root).or_else(wrapped).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let mut waits: Vec<(Vec<String>, u32)> = Vec::new();
    for (title, line, tasks) in parts(root) {
        let phase = sheet.phase(plain_title(title), line);
        for task in tasks {
            let Some(item) = item(task, phase, text) else {
                let text = lines.get(task.line.saturating_sub(1) as usize).copied().unwrap_or_default();
                sheet.not_read(task.line, text);
                continue;
            };
            if member(task, &["run"]).is_some() {
                let hint = "only git orca's own format runs commands: begin it with `\"orca\": 1`";
                sheet.problem(Severity::Warning, task.line, "`run` is read as words, not executed", hint);
            }
            let after = member(task, AFTER);
            if after.is_some() {
                sheet.order = Order::Stated;
            }
            waits.push((after.map(YamlNode::texts).unwrap_or_default(), after.map_or(task.line, |it| it.line)));
            sheet.items.push(item);
        }
    }
    let names = Names::of(&sheet.items);
    for (n, (ids, line)) in waits.iter().enumerate() {
        let ids: Vec<String> = ids.iter().filter(|id| !super::fields::is_none(id)).cloned().collect();
        sheet.depends(&names, n as u32, &ids, *line);
    }
}

/// The document with a map of tasks, `tasks: {setup: {title: …}}`, as a list whose elements have their names as ids.
pub(super) fn with_lists(mut root: YamlNode) -> YamlNode {
    if let YamlValue::Map(members) = &mut root.value {
        for (_, node) in members.iter_mut().filter(|(name, _)| LISTS.iter().any(|list| name.eq_ignore_ascii_case(list)))
        {
            let YamlValue::Map(tasks) = &node.value else { continue };
            let like = |(_, task): &&(String, YamlNode)| {
                member(task, &["title"]).is_some()
                    && !["run", "cmds", "cmd"].iter().any(|name| task.get(name).is_some())
            };
            if tasks.iter().filter(like).count() * 2 > tasks.len() {
                let list = tasks.iter().map(|(name, task)| named_task(name, task)).collect();
                node.value = YamlValue::List(list);
            }
        }
    }
    root
}

fn named_task(name: &str, task: &YamlNode) -> YamlNode {
    let mut task = task.clone();
    let line = task.line;
    if let YamlValue::Map(members) = &mut task.value
        && !members.iter().any(|(key, _)| ID.contains(&key.to_lowercase().as_str()))
    {
        members.insert(0, ("id".to_owned(), YamlNode { line, range: 0..0, value: YamlValue::Text(name.to_owned()) }));
    }
    task
}

/// The lists of tasks: the title and line of what they stand in, and their elements.
pub(super) fn parts(root: &YamlNode) -> Vec<(&str, u32, &[YamlNode])> {
    let own = parts_of(root);
    let wrapped = || WRAPPED.iter().filter_map(|name| member(root, &[name])).map(parts_of);
    if own.is_empty() { wrapped().find(|parts| !parts.is_empty()).unwrap_or_default() } else { own }
}

fn parts_of(root: &YamlNode) -> Vec<(&str, u32, &[YamlNode])> {
    let mut found = Vec::new();
    if let Some(tasks) = list_of(root) {
        found.push(("", root.line, tasks));
    }
    let phases = PARTS.iter().filter_map(|name| root.get(name)?.list()).flatten();
    for phase in phases {
        if let Some(tasks) = list_of(phase) {
            let title = member(phase, TITLE).or_else(|| member(phase, ID)).and_then(YamlNode::text);
            found.push((title.unwrap_or_default(), phase.line, tasks));
        }
    }
    found
}

/// The list of tasks that this is, or that one of its members is.
fn list_of(node: &YamlNode) -> Option<&[YamlNode]> {
    let lists = LISTS.iter().filter_map(|name| member(node, &[name])?.list());
    node.list().into_iter().chain(lists).find(|tasks| is_tasks(tasks))
}

/// Whether most of them have what a task has: a title, beside an id, a state, an order or words; or are titles.
fn is_tasks(list: &[YamlNode]) -> bool {
    let like = |node: &&YamlNode| match &node.value {
        YamlValue::Map(_) => {
            let has = |names: &[&str]| member(node, names).is_some();
            let more = [ID, STATE, AFTER, DETAILS, ACCEPT].iter().any(|names| has(names));
            let described = has(DETAILS) && [ID, STATE, AFTER].iter().any(|names| has(names));
            (has(TITLE) && more || described) && !has(&RUNS)
        }
        YamlValue::Text(text) => text.contains(' '),
        YamlValue::List(_) => false,
    };
    list.iter().filter(like).count() * 2 > list.len()
}

fn member<'a>(node: &'a YamlNode, names: &[&str]) -> Option<&'a YamlNode> {
    names.iter().find_map(|name| node.get(name).or_else(|| node.get(&name.replace('_', "-"))))
}

fn item(task: &YamlNode, phase: usize, document: &str) -> Option<Item> {
    let text = |names: &[&str]| member(task, names).and_then(YamlNode::text).unwrap_or_default();
    let texts = |names: &[&str]| member(task, names).map(YamlNode::texts).unwrap_or_default();
    let words = match &task.value {
        YamlValue::Text(words) => words.as_str(),
        _ => [text(TITLE), text(DETAILS), text(ID)].into_iter().find(|words| !words.is_empty())?,
    };
    let title = task_title(words.lines().next().unwrap_or_default());
    if !title.chars().any(char::is_alphanumeric) {
        return None;
    }
    let state = member(task, STATE);
    // What Taskwarrior has done has no number any more.
    let key = if text(ID) == "0" && member(task, &["uuid"]).is_some() { "" } else { text(ID) };
    let details = details(task, words);
    let paths = texts(FILES);
    let paths = paths.iter().filter_map(|path| path_of(path));
    let declared: Vec<FileUse> = paths.map(|path| FileUse { path, creates: false }).collect();
    let word = text(STATE);
    Some(Item {
        key: key.to_owned(),
        aliases: Some(text(&["uuid"]).to_owned()).filter(|uuid| !uuid.is_empty() && uuid != key).into_iter().collect(),
        line: task.line,
        phase,
        done: is_done_word(word) || word == "true",
        optional: is_dropped_word(word),
        files: if declared.is_empty() { declared_files(&details) } else { declared },
        acceptance: texts(ACCEPT),
        estimate: minutes(text(ESTIMATE)).or_else(|| text(&["minutes"]).parse().ok()),
        priority: priority_of(text(&["priority"])),
        agent: Some(text(&["agent"]).to_owned()).filter(|name| !name.is_empty()),
        model: Some(text(&["model"]).to_owned()).filter(|name| !name.is_empty()),
        role: Some(text(&["role"]).to_owned()).filter(|name| !name.is_empty()),
        mark: state.filter(|node| !node.range.is_empty()).map(|node| mark(node, document)),
        title,
        details,
        ..Item::default()
    })
}

/// `done`, as the state is written: in quotes, or as a truth.
fn mark(state: &YamlNode, document: &str) -> DataMark {
    let old = document.get(state.range.clone()).unwrap_or_default();
    let quote = old.chars().next().filter(|c| matches!(c, '"' | '\'')).map(String::from).unwrap_or_default();
    let word = if matches!(old, "false" | "no" | "False") { "true" } else { "done" };
    DataMark { range: state.range.clone(), done: format!("{quote}{word}{quote}") }
}

/// The words of a task: its description, then whatever no other field took, under its name.
fn details(task: &YamlNode, words: &str) -> String {
    let YamlValue::Map(members) = &task.value else { return words.to_owned() };
    let taken = [ID, TITLE, STATE, AFTER, ACCEPT, ESTIMATE, OTHERS];
    let mut said = vec![words.to_owned()];
    for (name, node) in members {
        let plain = name.to_lowercase().replace('-', "_");
        if taken.iter().any(|names| names.contains(&plain.as_str())) {
            continue;
        }
        let texts = node.texts();
        let is_words = DETAILS.contains(&plain.as_str());
        match texts.as_slice() {
            [one] if is_words && one != words => said.push(one.clone()),
            [one] if !is_words => said.push(format!("{name}: {one}")),
            [] | [_] => {}
            many => said.push(format!("{name}:\n- {}", many.join("\n- "))),
        }
    }
    said.join("\n")
}
