//! Ralph: `prd.json` with user stories, done one after another by priority.

use super::format::{Format, MarkPlace};
use super::shared::declared_files;
use crate::model::Severity;
use crate::plan::document::Document;
use crate::plan::plan_draft::{DataMark, Item, PlanDraft};
use crate::plan::text::{Located, Node, task_title};

pub(in crate::plan) struct Ralph;

impl Format for Ralph {
    fn name(&self) -> &'static str {
        "ralph"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Data
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        document.ends_with(".json") && document.text.contains("\"userStories\"") && {
            let located = Located::new(document.text);
            located.root().is_ok_and(|root| root.get("userStories").is_some())
        }
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        sheet.independent_by_files = false;
        let located = Located::new(document.text);
        let root = match located.root() {
            Ok(root) => root,
            Err((line, what)) => return sheet.problem(Severity::Error, line, format!("not valid JSON: {what}"), ""),
        };
        sheet.title = root.get("project").and_then(Node::as_text).unwrap_or_default();
        let phase = sheet.phase("", 0);
        sheet.phases[phase].notes = root.get("description").and_then(Node::as_text).unwrap_or_default();
        let mut stories: Vec<(f64, Item)> = Vec::new();
        for story in root.get("userStories").and_then(Node::array).unwrap_or_default() {
            let text = |name: &str| story.get(name).and_then(Node::as_text).unwrap_or_default();
            let title = task_title(&text("title"));
            let details = [text("description"), text("notes")].join("\n\n").trim().to_owned();
            let rank = story.get("priority").and_then(Node::number).unwrap_or(f64::MAX);
            let acceptance = story.get("acceptanceCriteria").map(Node::texts).unwrap_or_default();
            stories.push((
                rank,
                Item {
                    key: text("id"),
                    line: located.line(story),
                    mark: story
                        .get("passes")
                        .map(|node| DataMark { range: located.range(node), done: "true".to_owned() }),
                    done: story.get("passes").and_then(Node::boolean).unwrap_or(false),
                    files: declared_files(&[details.as_str(), &acceptance.join("\n")].join("\n")),
                    acceptance,
                    title,
                    details,
                    ..Item::default()
                },
            ));
        }
        // The order of the sheet is the order of work, and Ralph works by priority.
        stories.sort_by(|a, b| a.0.total_cmp(&b.0));
        sheet.items = stories.into_iter().map(|(_, item)| item).collect();
    }
}
