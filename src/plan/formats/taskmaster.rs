//! Task Master: `.taskmaster/tasks/tasks.json`, tagged (`{"master": {"tasks": […]}}`), with `tags`, or bare. Its
//! dependencies are the order, within one tag. shrimp's `tasks.json` differs in the names of a few keys.

use super::fields::is_done_word;
use super::format::{Format, MarkPlace};
use super::shared::declared_files;
use crate::model::{FileUse, Severity};
use crate::plan::document::Document;
use crate::plan::names::Names;
use crate::plan::plan_draft::{DataMark, Item, Order, PlanDraft};
use crate::plan::text::{Located, Node, path_of, priority_of, task_title};

pub(in crate::plan) struct TaskMaster;

impl Format for TaskMaster {
    fn name(&self) -> &'static str {
        "task-master"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Data
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        document.ends_with(".json") && document.text.contains("\"dependencies\"") && {
            let located = Located::new(document.text);
            located.root().is_ok_and(|root| !tags(root).is_empty())
        }
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        sheet.order = Order::Stated;
        // What the texts name is often only read, and the order is stated: files forecast, they do not order.
        sheet.exclusive_paths = false;
        let located = Located::new(document.text);
        let root = match located.root() {
            Ok(root) => root,
            Err((line, what)) => return sheet.problem(Severity::Error, line, format!("not valid JSON: {what}"), ""),
        };
        let tags = tags(root);
        let many = tags.len() > 1;
        // The word the file uses itself: shrimp says "completed".
        let status = |task: &Node<'_>| task.get("status").and_then(Node::as_text);
        let words = tags.iter().flat_map(|(_, tasks)| tasks).filter_map(status);
        let done = words.into_iter().find(|word| is_done_word(word)).unwrap_or_else(|| "done".to_owned());
        let done = serde_json::Value::from(done).to_string();
        for (tag, tasks) in tags {
            let line = tasks.first().map_or(0, |task| located.line(*task));
            let phase = sheet.phase(if many { tag.as_str() } else { "" }, line);
            let first = sheet.items.len();
            let mut waits: Vec<Vec<String>> = Vec::new();
            for task in tasks {
                let (mut item, after) = read_task(task, located.line(task));
                item.phase = phase;
                let status = task.get("status");
                item.mark = status.map(|node| DataMark { range: located.range(node), done: done.clone() });
                if many {
                    item.aliases.iter_mut().for_each(|alias| *alias = format!("{tag}:{alias}"));
                    item.key = format!("{tag}:{}", item.key);
                }
                sheet.items.push(item);
                waits.push(after);
            }
            let names = Names::of(&sheet.items);
            for (n, ids) in waits.into_iter().enumerate() {
                let ids: Vec<String> =
                    ids.into_iter().map(|id| if many { format!("{tag}:{id}") } else { id }).collect();
                let item = (first + n) as u32;
                let line = sheet.items[first + n].line;
                sheet.depends(&names, item, &ids, line);
            }
        }
    }
}

/// The tags of a file and their tasks; empty when it is not of this format. A tag at the top level is the live list, what
/// stands under `tags` a copy of it.
fn tags(root: Node<'_>) -> Vec<(String, Vec<Node<'_>>)> {
    if root.get("tasks").is_some() {
        return tasks_of(root)
            .filter(|tasks| !tasks.is_empty())
            .map(|tasks| ("master".to_owned(), tasks))
            .into_iter()
            .collect();
    }
    let top = root.object().unwrap_or_default();
    let copies = root.get("tags").and_then(Node::object).unwrap_or_default();
    let mut found: Vec<(String, Vec<Node<'_>>)> = Vec::new();
    for (tag, node) in top.into_iter().chain(copies) {
        let tasks = tasks_of(node).filter(|tasks| !tasks.is_empty());
        if let Some(tasks) = tasks.filter(|_| !found.iter().any(|(known, _)| *known == tag)) {
            found.push((tag, tasks));
        }
    }
    found
}

/// The tasks of one tag, when all of them look like tasks.
fn tasks_of(node: Node<'_>) -> Option<Vec<Node<'_>>> {
    let list = node.array().or_else(|| node.get("tasks").and_then(Node::array))?;
    let like = |task: &Node<'_>| {
        let named = task.get("title").is_some() || task.get("name").is_some();
        named && task.get("id").is_some() && (task.get("dependencies").is_some() || task.get("status").is_some())
    };
    list.iter().all(like).then_some(list)
}

/// One task and the ids it depends on.
fn read_task(task: Node<'_>, line: u32) -> (Item, Vec<String>) {
    let members = task.object().unwrap_or_default();
    let get = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, node)| *node);
    let text = |name: &str| get(name).and_then(Node::as_text).unwrap_or_default();
    let status = text("status").to_lowercase();
    let title = if get("title").is_some() { text("title") } else { text("name") };
    let mut details =
        [text("description"), text("details"), text("implementationGuide")].join("\n\n").trim().to_owned();
    for sub in get("subtasks").and_then(Node::array).unwrap_or_default() {
        let part = |name: &str| sub.get(name).and_then(Node::as_text).unwrap_or_default();
        details.push_str(&format!("\n- {} {}: {}", part("id"), part("title"), part("description")));
    }
    // "5.2" names a sub-task; who waits for it waits for its task.
    let id = text("id");
    let subs = get("subtasks").and_then(Node::array).unwrap_or_default();
    let sub = |node: &Node<'_>| node.get("id").and_then(Node::as_text);
    let aliases =
        subs.iter().filter_map(sub).filter(|sub| !sub.contains('.')).map(|sub| format!("{id}.{sub}")).collect();
    let strategy = [text("testStrategy"), text("verificationCriteria")];
    let mut files = declared_files(&details);
    for file in get("relatedFiles").and_then(Node::array).unwrap_or_default() {
        let kind = file.get("type").and_then(Node::as_text).unwrap_or_default();
        let path = file.get("path").and_then(Node::as_text).and_then(|path| path_of(&path));
        if let Some(path) = path.filter(|_| kind == "TO_MODIFY" || kind == "CREATE") {
            files.push(FileUse { path, creates: kind == "CREATE" });
        }
    }
    let item = Item {
        key: id,
        aliases,
        title: task_title(&title),
        line,
        done: is_done_word(&status),
        optional: ["deferred", "cancelled", "canceled"].contains(&status.as_str()),
        files,
        acceptance: strategy.into_iter().filter(|text| !text.is_empty()).collect(),
        priority: priority_of(&text("priority")),
        details,
        ..Item::default()
    };
    let depends = get("dependencies").and_then(Node::array).unwrap_or_default();
    let named = |node: Node<'_>| {
        node.as_text()
            .or_else(|| ["taskId", "id", "task"].iter().find_map(|name| node.get(name).and_then(Node::as_text)))
    };
    (item, depends.into_iter().filter_map(named).collect())
}
