//! beads: `.beads/issues.jsonl`, one issue a line. `blocks` is written order; an epic comes after its children.

use super::fields::{is_done_word, is_dropped_word};
use super::format::{Format, MarkPlace};
use super::shared::declared_files;
use crate::model::{Severity, Why};
use crate::plan::document::Document;
use crate::plan::names::Names;
use crate::plan::plan_draft::{Item, Link, Order, PlanDraft};
use crate::plan::text::{Located, Node, plain_title, task_title};

pub(in crate::plan) struct Beads;

impl Format for Beads {
    fn name(&self) -> &'static str {
        "beads"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Elsewhere("beads keeps its issues itself: bd close ID")
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        let first = document.text.lines().find(|line| !line.trim().is_empty());
        document.ends_with(".jsonl")
            && first.is_some_and(|line| {
                let located = Located::new(line);
                located.root().is_ok_and(|root| {
                    root.get("id").is_some() && root.get("title").is_some() && root.get("status").is_some()
                })
            })
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        sheet.order = Order::Stated;
        sheet.exclusive_paths = false;
        let mut waits: Vec<Dependency> = Vec::new();
        for (n, text) in document.text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
            let line = n as u32 + 1;
            let located = Located::new(text);
            match located.root() {
                Ok(issue) => read_issue(issue, line, sheet, &mut waits),
                Err((_, what)) => {
                    sheet.problem(Severity::Warning, line, format!("not valid JSON: {what}; skipped"), "")
                }
            }
        }
        let names = Names::of(&sheet.items);
        for wait in waits {
            link(&wait, &names, sheet);
        }
    }
}

/// "`issue` depends on `on`", by `kind`.
struct Dependency {
    issue: u32,
    on: String,
    kind: String,
    line: u32,
}

fn read_issue(issue: Node<'_>, line: u32, sheet: &mut PlanDraft, waits: &mut Vec<Dependency>) {
    let members = issue.object().unwrap_or_default();
    let get = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, node)| *node);
    let text = |name: &str| get(name).and_then(Node::as_text).unwrap_or_default();
    let status = text("status");
    if status == "tombstone" || get("_type").is_some_and(|kind| kind.string().as_deref() != Some("issue")) {
        return sheet.ignore("deleted issues, and lines that are not issues", line);
    }
    let n = sheet.items.len() as u32;
    // Lists of other programs, an object a line, name what comes first in their own words.
    let lists = ["dependencies", "depends_on", "blocked_by"].iter().filter_map(|name| get(name)?.array());
    for dependency in lists.flatten() {
        let part = |name: &str| dependency.get(name).and_then(Node::as_text).filter(|text| !text.is_empty());
        let on = ["depends_on_id", "depends_on", "dependsOn", "id", "target", "target_id"]
            .iter()
            .find_map(|name| part(name));
        let kind = part("type").or_else(|| part("dependency_type")).or_else(|| part("kind")).unwrap_or_default();
        match on.or_else(|| dependency.string()) {
            Some(on) => waits.push(Dependency { issue: n, on, kind, line }),
            None => sheet.problem(Severity::Warning, line, "a dependency that names no issue; ignored", ""),
        }
    }
    let details = [text("description"), text("design")].join("\n\n").trim().to_owned();
    let criteria = text("acceptance_criteria");
    let title = task_title(&text("title"));
    // 0 is the most urgent of 4.
    let priority = get("priority").and_then(Node::number).filter(|p| (0.0..=4.0).contains(p));
    sheet.items.push(Item {
        key: text("id"),
        line,
        done: is_done_word(&status),
        optional: is_dropped_word(&status),
        files: declared_files(&details),
        acceptance: criteria
            .lines()
            .map(|l| plain_title(l.trim_start_matches(['-', '*', ' '])))
            .filter(|l| !l.is_empty())
            .collect(),
        priority: priority.map(|p| (90.0 - 20.0 * p) as u8),
        title,
        details,
        labels: get("labels").map(Node::texts).unwrap_or_default(),
        ..Item::default()
    });
}

fn link(wait: &Dependency, names: &Names, sheet: &mut PlanDraft) {
    let on = names.one(&wait.on, wait.issue, &sheet.items);
    let (before, after, why) = match wait.kind.as_str() {
        "blocks" | "" => return sheet.depends(names, wait.issue, std::slice::from_ref(&wait.on), wait.line),
        "parent-child" => (vec![wait.issue], on, Why::Phase),
        "conditional-blocks" | "waits-for" => (on, vec![wait.issue], Why::Order),
        _ => return,
    };
    sheet.link(Link { before, after, why, line: wait.line, own: true });
}
