//! A list of tasks in YAML or JSON: `tasks.yaml`, `plan.yml`, `steps.json` and others that hold a list under `tasks`, perhaps
//! within phases, or are one. What nobody knows by name goes into the details: nothing is lost.

use super::fields::is_done_word;
use super::format::{Format, MarkPlace};
use super::shared::declared_files;
use crate::model::{FileUse, Severity};
use crate::plan::document::Document;
use crate::plan::names::Names;
use crate::plan::plan_draft::{DataMark, Item, Order, PlanDraft};
use crate::plan::text::{Located, YamlNode, YamlValue, minutes, path_of, plain_title, priority_of, task_title, yaml};

pub(in crate::plan) struct YamlList;

/// The same in JSON.
pub(in crate::plan) struct JsonList;

const ID: &[&str] = &["id", "key", "task_id", "number"];
const TITLE: &[&str] = &["title", "name", "task", "summary", "content"];
const DETAILS: &[&str] = &["details", "description", "notes", "body", "prompt"];
const STATE: &[&str] = &["status", "state", "done", "completed", "complete"];
const AFTER: &[&str] =
    &["depends_on", "dependencies", "depends", "dependson", "after", "needs", "blocked_by", "requires", "deps"];
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
const OTHERS: &[&str] = &["priority", "agent", "model", "role"];
/// Lists of parts of a plan that hold lists of tasks.
const PARTS: [&str; 6] = ["phases", "stages", "milestones", "epics", "groups", "sprints"];

impl Format for YamlList {
    fn name(&self) -> &'static str {
        "yaml"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Data
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        let named = ["tasks.yaml", "tasks.yml", "plan.yaml", "plan.yml"].contains(&document.name());
        [".yaml", ".yml"].iter().any(|ending| document.ends_with(ending))
            && match yaml(document.text) {
                Ok(root) => !parts(&root).is_empty(),
                // A broken file of this name is a broken plan, not something else.
                Err(_) => named,
            }
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        let root = match yaml(document.text) {
            Ok(root) => root,
            Err((line, what)) => {
                return sheet.problem(Severity::Error, line, format!("not YAML that is read: {what}"), "");
            }
        };
        read_lists(&root, document.text, sheet);
    }
}

impl Format for JsonList {
    fn name(&self) -> &'static str {
        "json"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Data
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        let located = Located::new(document.text);
        document.ends_with(".json") && located.root().is_ok_and(|root| !parts(&located.as_yaml(root)).is_empty())
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        let located = Located::new(document.text);
        match located.root() {
            Ok(root) => read_lists(&located.as_yaml(root), document.text, sheet),
            Err((line, what)) => sheet.problem(Severity::Error, line, format!("not valid JSON: {what}"), ""),
        }
    }
}

/// Reads the lists of tasks of a document, `text`, that has been read as `root`.
fn read_lists(root: &YamlNode, text: &str, sheet: &mut PlanDraft) {
    sheet.title = member(root, &["title", "name", "project"]).and_then(YamlNode::text).unwrap_or_default().to_owned();
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

/// The lists of tasks: the title and line of what they stand in, and their elements.
fn parts(root: &YamlNode) -> Vec<(&str, u32, &[YamlNode])> {
    let mut found = Vec::new();
    let own = root.list().or_else(|| member(root, &["tasks", "todos", "todo"])?.list());
    if let Some(tasks) = own.filter(|tasks| is_tasks(tasks)) {
        found.push(("", root.line, tasks));
    }
    let phases = PARTS.iter().filter_map(|name| root.get(name)?.list()).flatten();
    for phase in phases {
        if let Some(tasks) = phase.get("tasks").and_then(YamlNode::list).filter(|tasks| is_tasks(tasks)) {
            let title = member(phase, TITLE).or_else(|| member(phase, ID)).and_then(YamlNode::text);
            found.push((title.unwrap_or_default(), phase.line, tasks));
        }
    }
    found
}

/// Whether most of them have what a task has: a title, beside an id, a state, an order or words; or are titles.
fn is_tasks(list: &[YamlNode]) -> bool {
    let like = |node: &&YamlNode| match &node.value {
        YamlValue::Map(_) => {
            let more = [ID, STATE, AFTER, DETAILS, ACCEPT].iter().any(|names| member(node, names).is_some());
            member(node, TITLE).is_some() && more || member(node, ID).is_some() && member(node, DETAILS).is_some()
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
    let details = details(task, words);
    let paths = texts(FILES);
    let paths = paths.iter().filter_map(|path| path_of(path));
    let declared: Vec<FileUse> = paths.map(|path| FileUse { path, creates: false }).collect();
    let word = text(STATE);
    Some(Item {
        key: text(ID).to_owned(),
        line: task.line,
        phase,
        done: is_done_word(word) || word == "true",
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

#[cfg(test)]
mod tests {
    use crate::model::MapFiles;
    use crate::plan::{PlanEntry, Reading, apply, marks, read};

    const POND: &str = "title: Pond\ntasks:\n  - id: 1\n    title: Dig the pond\n    status: done\n  - id: 2\n    title: Plant reeds\n    status: \"in progress\"\n    depends_on: [1]\n    files:\n      - pond/reeds.txt\n    acceptance_criteria:\n      - reeds stand in water\n    subtasks:\n      - buy reeds\n      - wade in\n  - id: 3\n    name: Lay stones\n    done: false\n    after:\n      - 2\n";

    fn files(text: &str) -> MapFiles {
        MapFiles([("tasks.yaml".to_owned(), text.as_bytes().to_vec())].into())
    }

    #[test]
    fn a_list_of_maps_is_a_plan_and_marks_come_back() {
        let (files, entry) = (files(POND), PlanEntry::new("tasks.yaml"));
        let plan = read(&files, &entry, &Reading::default());
        assert!(plan.problems.is_empty(), "{:?}", plan.problems);
        let shown: Vec<String> = plan
            .tasks
            .iter()
            .map(|task| {
                let after: Vec<&str> = task.after.iter().map(|edge| edge.task.as_str()).collect();
                format!("{} {} {} {after:?} {:?}", task.key, task.title, task.done, task.acceptance)
            })
            .collect();
        assert_eq!(
            shown,
            [
                "1 Dig the pond true [] []",
                "2 Plant reeds false [\"1\"] [\"reeds stand in water\"]",
                "3 Lay stones false [\"2\"] []"
            ]
        );
        assert!(plan.tasks[1].details.contains("- buy reeds\n- wade in"), "{}", plan.tasks[1].details);
        let marking = marks(&files, &entry, "", &[&plan.tasks[1], &plan.tasks[2]]);
        let marked = String::from_utf8(apply(POND.as_bytes(), &marking.edits).unwrap()).unwrap();
        assert_eq!(marked, POND.replace("\"in progress\"", "\"done\"").replace("done: false", "done: true"));
    }

    #[test]
    fn the_same_in_json_and_marks_come_back() {
        let text = "[{\"id\": 1, \"title\": \"Dig the pond\", \"status\": \"open\"},\n \
                    {\"id\": 2, \"title\": \"Plant reeds\", \"done\": false, \"dependsOn\": [1], \"files\": [\"pond/reeds.txt\"]}]\n";
        let files = MapFiles([("steps.json".to_owned(), text.as_bytes().to_vec())].into());
        let entry = PlanEntry::new("steps.json");
        let plan = read(&files, &entry, &Reading::default());
        assert!(plan.problems.is_empty(), "{:?}", plan.problems);
        assert_eq!((plan.tasks[1].after[0].task.as_str(), plan.tasks[1].files.len()), ("1", 1));
        let marking = marks(&files, &entry, "", &[&plan.tasks[0], &plan.tasks[1]]);
        let marked = String::from_utf8(apply(text.as_bytes(), &marking.edits).unwrap()).unwrap();
        assert_eq!(marked, text.replace("\"open\"", "\"done\"").replace("false", "true"));
        for text in ["{\"scripts\": {\"test\": \"jest\"}}", "[1, 2]", "[{\"id\": 1}]", "{\"tasks\": {\"build\": []}}"] {
            let files = MapFiles([("package.json".to_owned(), text.as_bytes().to_vec())].into());
            assert!(read(&files, &PlanEntry::new("package.json"), &Reading::default()).has_errors(), "{text}");
        }
    }

    #[test]
    fn phases_lists_of_titles_and_what_is_no_plan() {
        let plan = |text: &str| read(&files(text), &PlanEntry::new("tasks.yaml"), &Reading::default());
        let phased = plan(
            "phases:\n- name: One\n  tasks:\n  - {id: a, title: Dig it}\n- name: Two\n  tasks:\n  - id: b\n    title: Fill it\n",
        );
        assert_eq!(phased.tasks.iter().map(|task| task.group.as_str()).collect::<Vec<_>>(), ["One", "Two"]);
        assert_eq!(plan("- Dig the pond\n- Plant reeds\n").tasks.len(), 2);
        assert_eq!(plan("tasks:\n- id: 1\n  title: Dig\n- status: open\n- id: 2\n  title: Fill\n").unread.len(), 1);
        for text in
            ["jobs:\n  build:\n    steps:\n    - run: make\n", "tasks:\n  build:\n    cmds: [make]\n", "- hosts: all\n"]
        {
            assert!(plan(text).has_errors(), "{text}");
        }
        let broken = plan("tasks:\n- id: 1\n\ttitle: x\n");
        assert!(broken.has_errors() && broken.problems[0].at.line == 3, "{:?}", broken.problems);
    }
}
