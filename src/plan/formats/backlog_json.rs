//! `backlog.json` of agent-workflow's parallel TDD (`.orch-state/`): epics and stories. Stories carry no dependencies, so
//! nothing orders them but their priority.

use super::fields::is_done_word;
use super::format::{Format, MarkPlace};
use crate::model::Severity;
use crate::plan::document::Document;
use crate::plan::formats::shared::{companions, declared_files};
use crate::plan::plan_draft::{DataMark, Item, Order, PlanDraft};
use crate::plan::text::{Located, Node, plain_title, task_title};

pub(in crate::plan) struct BacklogJson;

impl Format for BacklogJson {
    fn name(&self) -> &'static str {
        "agent-workflow"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Data
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        document.ends_with(".json") && document.text.contains("\"epics\"") && {
            let located = Located::new(document.text);
            located.root().is_ok_and(|root| root.get("epics").is_some() && root.get("stories").is_some())
        }
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        sheet.order = Order::Stated;
        let located = Located::new(document.text);
        let root = match located.root() {
            Ok(root) => root,
            Err((line, what)) => return sheet.problem(Severity::Error, line, format!("not valid JSON: {what}"), ""),
        };
        let mut epics: Vec<(String, usize)> = Vec::new();
        for epic in root.get("epics").and_then(Node::array).unwrap_or_default() {
            let text = |name: &str| epic.get(name).and_then(Node::as_text).unwrap_or_default();
            let phase = sheet.phase(plain_title(&text("title")), located.line(epic));
            sheet.phases[phase].notes = text("description");
            epics.push((text("id"), phase));
        }
        let none = sheet.phase("", 0);
        for story in root.get("stories").and_then(Node::array).unwrap_or_default() {
            let epic = story.get("epic_id").and_then(Node::as_text).unwrap_or_default();
            let phase = epics.iter().find(|(id, _)| *id == epic).map_or(none, |(_, phase)| *phase);
            let mut item = item(story, located.line(story), phase);
            let status = story.get("status");
            item.mark = status.map(|node| DataMark { range: located.range(node), done: "\"done\"".to_owned() });
            sheet.items.push(item);
        }
        companions(document, sheet, &["architecture.md", "best-practices.md"], &[]);
    }
}

fn item(story: Node<'_>, line: u32, phase: usize) -> Item {
    let text = |name: &str| story.get(name).and_then(Node::as_text).unwrap_or_default();
    let title = task_title(&text("title"));
    let details = text("description");
    // 1 is the most urgent of 5.
    let priority = story.get("priority").and_then(Node::number).filter(|n| (1.0..=5.0).contains(n));
    Item {
        key: text("id"),
        line,
        done: is_done_word(&text("status")),
        phase,
        files: declared_files(&details),
        acceptance: story.get("acceptance_criteria").map(Node::texts).unwrap_or_default(),
        priority: priority.map(|n| (110.0 - 20.0 * n) as u8),
        title,
        details,
        ..Item::default()
    }
}
