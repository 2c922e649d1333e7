//! A folder of complete tasks, as `git orca generate -o DIR` writes them: one JSON file a task, perhaps edited since. Their
//! dependencies are the whole order.

use std::collections::BTreeMap;

use super::format::{Format, MarkPlace};
use crate::model::{FileUse, Severity, TaskKind};
use crate::plan::document::{Document, Folder, Text};
use crate::plan::names::Names;
use crate::plan::plan_draft::{Item, Order, PlanDraft};
use crate::plan::text::{Located, Node, path_of, plain_title};

pub(in crate::plan) struct Complete;

/// What `file_locations` says of files that the task itself changes; others are only to be known.
const OWN: [(&str, bool); 2] = [("created by this task", true), ("changed or read by this task", false)];

impl Format for Complete {
    fn name(&self) -> &'static str {
        "complete-tasks"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Elsewhere("generated task files have no marks; the plan they were made from has")
    }

    fn read(&self, _document: &Document<'_>, _sheet: &mut PlanDraft) {}

    fn fits_folder(&self, folder: &Folder<'_>) -> bool {
        let mut some = folder.names().filter(|name| name.ends_with(".json")).take(5);
        some.any(|name| {
            folder.open(name).is_some_and(|text| {
                let located = Located::new(&text.text);
                located.root().is_ok_and(|root| root.get("task_id").is_some() && root.get("complete_context").is_some())
            })
        })
    }

    fn read_folder(&self, folder: &Folder<'_>, sheet: &mut PlanDraft) {
        sheet.order = Order::Stated;
        sheet.exclusive_paths = false;
        let mut waits: Vec<Vec<String>> = Vec::new();
        for name in folder.names().filter(|name| name.ends_with(".json")) {
            let Some(text) = folder.open(name) else { continue };
            if let Some((item, after)) = read_task(&text, sheet) {
                sheet.items.push(item);
                waits.push(after);
            }
        }
        let names = Names::of(&sheet.items);
        for (n, after) in waits.iter().enumerate() {
            sheet.depends(&names, n as u32, after, 1);
        }
    }
}

/// One file, and the ids of what comes first.
fn read_task(text: &Text, sheet: &mut PlanDraft) -> Option<(Item, Vec<String>)> {
    let located = Located::new(&text.text);
    let root = match located.root() {
        Ok(root) => root,
        Err((line, what)) => {
            let at = crate::model::Place::new(text.path.clone(), line);
            let hint = "correct it, or generate it again: git orca generate -o DIR";
            sheet.problem_at(crate::model::Problem::new(Severity::Error, at, format!("not valid JSON: {what}"), hint));
            return None;
        }
    };
    let Some(key) = root.get("task_id").and_then(Node::string).filter(|key| !key.is_empty()) else {
        sheet.ignore("files that are not complete tasks", 0);
        return None;
    };
    let words = |node: Node<'_>, name: &str| node.get(name).and_then(Node::as_text).unwrap_or_default();
    let context = root.get("complete_context");
    let of_context = |name: &str| context.and_then(|context| context.get(name));
    let after = of_context("dependencies").and_then(Node::array).unwrap_or_default();
    let kind = match words(root, "kind").as_str() {
        "tests" => TaskKind::Tests,
        "verify" => TaskKind::Verify,
        "approval" => TaskKind::Approval,
        _ => TaskKind::Change,
    };
    let needs = root.get("needs").and_then(Node::object).unwrap_or_default();
    let amount = |node: Node<'_>| node.number().filter(|n| (0.0..=1e6).contains(n)).map(|n| n as u32);
    let item = Item {
        title: plain_title(&words(root, "title")),
        file: Some(text.path.clone()),
        line: 1,
        kind: Some(kind),
        files: files(of_context("file_locations")),
        needs: needs.into_iter().filter_map(|(name, node)| Some((name, amount(node)?))).collect::<BTreeMap<_, _>>(),
        run: root.get("run").and_then(Node::string),
        details: of_context("implementation_guidance").and_then(Node::string).unwrap_or_default(),
        acceptance: root.get("acceptance_criteria").map(Node::texts).unwrap_or_default(),
        estimate: root.get("estimated_duration").and_then(Node::number),
        priority: root.get("priority").and_then(Node::number).map(|n| n.clamp(0.0, 100.0) as u8),
        key,
        ..Item::default()
    };
    Some((item, after.into_iter().map(|node| words(node, "task_id")).filter(|id| !id.is_empty()).collect()))
}

fn files(locations: Option<Node<'_>>) -> Vec<FileUse> {
    let members = locations.and_then(Node::object).unwrap_or_default();
    let own = |(path, purpose): (String, Node<'_>)| {
        let purpose = purpose.as_text()?;
        let (_, creates) = OWN.iter().find(|(words, _)| purpose.starts_with(words))?;
        Some(FileUse { path: path_of(&path)?, creates: *creates })
    };
    members.into_iter().filter_map(own).collect()
}
