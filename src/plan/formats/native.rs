//! The native task list, `tasks.json` with `"orca": 1` (DESIGN 10): for programs, so it is checked strictly. Its `after`
//! is the whole order; its `files` give a forecast, no edges.

use std::collections::BTreeMap;

use super::format::{Format, MarkPlace};
use crate::model::{FileUse, Severity, TaskKind};
use crate::plan::document::Document;
use crate::plan::names::Names;
use crate::plan::plan_draft::{DataMark, Item, Order, PlanDraft};
use crate::plan::text::{Located, Node, plain_title};
use crate::settings::nearest;

pub(in crate::plan) struct Native;

const TOP: [&str; 4] = ["orca", "title", "resources", "tasks"];
const TASK: [&str; 16] = [
    "id",
    "title",
    "after",
    "estimate",
    "needs",
    "files",
    "run",
    "details",
    "acceptance",
    "priority",
    "kind",
    "done",
    "optional",
    "agent",
    "model",
    "role",
];

/// What other formats call the same thing.
const SYNONYMS: [(&str, &str); 8] = [
    ("depends_on", "after"),
    ("dependencies", "after"),
    ("deps", "after"),
    ("description", "details"),
    ("command", "run"),
    ("minutes", "estimate"),
    ("resources", "needs"),
    ("acceptance_criteria", "acceptance"),
];

impl Format for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Data
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        document.ends_with(".json") && document.text.contains("\"orca\"") && {
            let located = Located::new(document.text);
            // A broken file that names the format is a broken plan of this format, not an unknown one.
            located.root().map_or(true, |root| root.get("orca").is_some())
        }
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        sheet.order = Order::Stated;
        sheet.exclusive_paths = false;
        let located = Located::new(document.text);
        match located.root() {
            Ok(root) => Reader { located: &located, sheet }.plan(root),
            Err((line, what)) => sheet.problem(Severity::Error, line, format!("not valid JSON: {what}"), ""),
        }
    }
}

struct Reader<'a, 's> {
    located: &'a Located<'a>,
    sheet: &'s mut PlanDraft,
}

/// Ids that tasks wait for, with the line of each, by task.
type After = Vec<Vec<(String, u32)>>;

impl<'a> Reader<'a, '_> {
    fn plan(&mut self, root: Node<'a>) {
        let mut after: After = Vec::new();
        for (name, node) in self.members(root, &TOP, "the plan") {
            match name.as_str() {
                "orca" if node.number() != Some(1.0) => {
                    let hint = "this version of git orca reads \"orca\": 1";
                    self.error(node, "the version of the format is not 1".to_owned(), hint);
                }
                "title" => self.sheet.title = self.text(node, "title"),
                "resources" => self.sheet.resources = self.amounts(node, "resources"),
                "tasks" => match node.array() {
                    Some(tasks) => tasks.into_iter().for_each(|task| self.task(task, &mut after)),
                    None => self.wrong(node, "tasks", "a list"),
                },
                _ => {}
            }
        }
        self.references(&after);
    }

    fn references(&mut self, after: &After) {
        let names = Names::of(&self.sheet.items);
        for (n, ids) in after.iter().enumerate() {
            for (id, line) in ids {
                self.sheet.depends(&names, n as u32, std::slice::from_ref(id), *line);
            }
        }
        let mut first: BTreeMap<String, u32> = BTreeMap::new();
        let mut doubles = Vec::new();
        for item in self.sheet.items.iter().filter(|item| !item.key.is_empty()) {
            if let Some(line) = first.insert(item.key.clone(), item.line) {
                doubles.push((item.line, item.key.clone(), line));
            }
        }
        for (line, key, before) in doubles {
            let what = format!("the id `{key}` was given before, on line {before}");
            self.sheet.problem(Severity::Error, line, what, "give each task an id of its own");
        }
    }

    fn task(&mut self, node: Node<'a>, after: &mut After) {
        let line = self.located.line(node);
        let mut item = Item { line, ..Item::default() };
        let mut waits = Vec::new();
        let mut kind = None;
        for (name, value) in self.members(node, &TASK, "a task") {
            match name.as_str() {
                "id" => {
                    item.key = self.text(value, "id");
                    let end = self.located.range(value).end;
                    let added = || DataMark { range: end..end, done: ", \"done\": true".to_owned() };
                    item.mark.get_or_insert_with(added);
                }
                "title" => item.title = plain_title(&self.text(value, "title")),
                "run" => item.run = Some(self.text(value, "run")),
                "details" => item.details = self.text(value, "details"),
                "after" => waits = self.list(value, "after"),
                "acceptance" => item.acceptance = self.texts(value, "acceptance"),
                "files" => item.files = self.files(value),
                "needs" => item.needs = self.amounts(value, "needs"),
                "estimate" => item.estimate = self.number(value, "estimate", 0.0, 1e9),
                "priority" => item.priority = self.number(value, "priority", 0.0, 100.0).map(|n| n as u8),
                "kind" => kind = self.kind(value),
                "done" => {
                    item.done = self.truth(value, "done");
                    item.mark = Some(DataMark { range: self.located.range(value), done: "true".to_owned() });
                }
                "agent" => item.agent = Some(self.text(value, "agent")),
                "model" => item.model = Some(self.text(value, "model")),
                "role" => item.role = Some(self.text(value, "role")),
                "optional" => item.optional = self.truth(value, "optional"),
                _ => {}
            }
        }
        if item.key.is_empty() {
            self.sheet.problem(Severity::Error, line, "a task without `id`", "add \"id\": \"…\"");
        }
        if item.title.is_empty() {
            item.title.clone_from(&item.key);
        }
        item.kind = Some(kind.unwrap_or_default());
        self.sheet.items.push(item);
        after.push(waits);
    }

    /// The members of an object with `allowed` names, doubles and strangers said.
    fn members(&mut self, node: Node<'a>, allowed: &[&str], of: &str) -> Vec<(String, Node<'a>)> {
        let Some(members) = node.object() else {
            self.wrong(node, of, "an object");
            return Vec::new();
        };
        let mut seen = std::collections::HashSet::new();
        for (name, value) in &members {
            if !allowed.contains(&name.as_str()) {
                let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
                let near = SYNONYMS.iter().find(|(other, _)| other == name).map(|(_, key)| *key);
                let near = near.filter(|key| allowed.contains(key)).or_else(|| nearest(name, allowed.iter().copied()));
                let hint = near.map_or_else(
                    || format!("known keys: {}", allowed.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                self.error(*value, format!("unknown key `{shown}` in {of}"), &hint);
            } else if !seen.insert(name.as_str()) {
                self.error(*value, format!("`{name}` is given twice in {of}"), "keep one of them");
            }
        }
        members
    }

    fn error(&mut self, node: Node<'a>, what: String, hint: &str) {
        self.sheet.problem(Severity::Error, self.located.line(node), what, hint);
    }

    fn wrong(&mut self, node: Node<'a>, name: &str, wanted: &str) {
        self.error(node, format!("`{name}` is {}, but must be {wanted}", node.kind()), "");
    }

    fn text(&mut self, node: Node<'a>, name: &str) -> String {
        node.string().unwrap_or_else(|| {
            self.wrong(node, name, "a text");
            String::new()
        })
    }

    fn truth(&mut self, node: Node<'a>, name: &str) -> bool {
        node.boolean().unwrap_or_else(|| {
            self.wrong(node, name, "true or false");
            false
        })
    }

    fn number(&mut self, node: Node<'a>, name: &str, low: f64, high: f64) -> Option<f64> {
        let number = node.number().filter(|n| (low..=high).contains(n));
        if number.is_none() {
            self.wrong(node, name, &format!("a number from {low} to {high}"));
        }
        number
    }

    fn list(&mut self, node: Node<'a>, name: &str) -> Vec<(String, u32)> {
        let Some(elements) = node.array() else {
            self.wrong(node, name, "a list of texts");
            return Vec::new();
        };
        elements.into_iter().map(|one| (self.text(one, name), self.located.line(one))).collect()
    }

    fn texts(&mut self, node: Node<'a>, name: &str) -> Vec<String> {
        self.list(node, name).into_iter().map(|(text, _)| text).collect()
    }

    fn files(&mut self, node: Node<'a>) -> Vec<FileUse> {
        let mut files = Vec::new();
        for (path, line) in self.list(node, "files") {
            match path.parse() {
                Ok(path) => files.push(FileUse { path, creates: false }),
                Err(_) => {
                    let shown: String = path.chars().filter(|c| !c.is_control()).take(80).collect();
                    let what = format!("`{shown}` is not a path inside the repository");
                    self.sheet.problem(Severity::Error, line, what, "paths are relative, with `/`");
                }
            }
        }
        files
    }

    fn amounts(&mut self, node: Node<'a>, name: &str) -> BTreeMap<String, u32> {
        let Some(members) = node.object() else {
            self.wrong(node, name, "an object of numbers");
            return BTreeMap::new();
        };
        let mut amounts = BTreeMap::new();
        for (resource, value) in members {
            match value.number().filter(|n| n.fract() == 0.0 && (0.0..=1e6).contains(n)) {
                Some(amount) => {
                    amounts.insert(resource, amount as u32);
                }
                None => self.wrong(value, name, "an object of whole numbers"),
            }
        }
        amounts
    }

    fn kind(&mut self, node: Node<'a>) -> Option<TaskKind> {
        match node.string().as_deref() {
            Some("change") => Some(TaskKind::Change),
            Some("tests") => Some(TaskKind::Tests),
            Some("verify") => Some(TaskKind::Verify),
            Some("approval") => Some(TaskKind::Approval),
            _ => {
                self.error(node, "`kind` must be change, tests, verify or approval".to_owned(), "");
                None
            }
        }
    }
}
