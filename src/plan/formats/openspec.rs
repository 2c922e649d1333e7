//! OpenSpec: `openspec/changes/<id>/tasks.md`. As in its own tool every box is a task, at every level and in fences too:
//! losing one would be silent. Order is the dependency; a few tasks name another.

use super::boxes::tree;
use super::checks::checks;
use super::fields::{acceptance, fields};
use super::format::Format;
use super::grouped;
use super::headings;
use super::numbered::edges;
use super::orca;
use super::shared::{companions, declared_files, text_of, without_parallel};
use crate::plan::document::Document;
use crate::plan::names::Names;
use crate::plan::plan_draft::{Item, PlanDraft};
use crate::plan::text::{Boxed, Line, Shape, blocks, minutes_in, numbered, task_title};

pub(in crate::plan) struct OpenSpec;

impl Format for OpenSpec {
    fn name(&self) -> &'static str {
        "openspec"
    }

    /// By its place, or by groups `## 1. Group` over boxes `1.1`; a change without numbers looks like any checklist.
    fn fits(&self, document: &Document<'_>) -> bool {
        if !document.is_markdown() {
            return false;
        }
        let lines = document.lines();
        let placed = document.path.contains("openspec/changes/");
        let beside = || {
            let folder = document.folder();
            let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
            document.name() == "tasks.md" && document.files.exists(&format!("{prefix}proposal.md"))
        };
        let groups: Vec<&str> = lines
            .iter()
            .filter_map(|line| line.heading().filter(|(level, _)| *level == 2))
            .filter_map(|(_, title)| numbered(title).or_else(|| slice(title)).map(|(number, _)| number))
            .collect();
        let boxes: Vec<Boxed<'_>> = lines.iter().filter_map(boxed).collect();
        let grouped = || !groups.is_empty() && (boxes.iter().any(|b| in_group(b, &groups)) || groups.len() > 1);
        (!boxes.is_empty() || orca::headings_are_tasks(lines) && placed) && (placed || grouped() || beside())
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        let lines = document.lines();
        sheet.title = headings::title(lines);
        if orca::headings_are_tasks(lines) {
            orca::read_headings(lines, sheet);
            for line in lines.iter().filter(|line| boxed(line).is_some()) {
                sheet.ignore("boxes that are criteria or checkpoints of tasks", line.number);
            }
            return companions(document, sheet, &["proposal.md", "design.md", "specs/"], &["openspec/project.md"]);
        }
        let nodes = tree(lines, |_, line| boxed(line));
        let found = blocks(lines, |n| boxed(&lines[n]).is_some());
        for (block, node) in found.iter().zip(&nodes) {
            let text = node.boxed.text;
            let (key, title) = numbered(text.trim_start_matches('*')).unwrap_or((node.boxed.number, text));
            let details = text_of(lines, block);
            let (title, parallel) = without_parallel(title);
            let title = task_title(&title);
            sheet.items.push(Item {
                key: key.to_owned(),
                line: lines[node.at].number,
                done: node.boxed.is_done(),
                parallel,
                acceptance: [acceptance(&fields(lines, block)), checks(lines, block)].concat(),
                files: declared_files(&details),
                estimate: minutes_in(&title),
                title,
                details,
                ..Item::default()
            });
        }
        headings::assign(lines, &found, sheet, |_| false);
        grouped::order_groups(lines, sheet);
        let names = Names::of(&sheet.items);
        edges(lines, &found, &names, sheet);
        companions(document, sheet, &["proposal.md", "design.md", "specs/"], &["openspec/project.md"]);
    }
}

/// The box of a line, in a fence too.
fn boxed<'a>(line: &Line<'a>) -> Option<Boxed<'a>> {
    match line.shape {
        Shape::Box(boxed) => Some(boxed),
        Shape::Code(Some(boxed)) if matches!(boxed.mark, " " | "x" | "X") => Some(boxed),
        _ => None,
    }
}

/// `Slice 1: …`: some changes are cut into slices.
fn slice(title: &str) -> Option<(&str, &str)> {
    let rest = title.strip_prefix("Slice ")?;
    let end = rest.find(|c: char| !c.is_ascii_digit())?;
    (end > 0).then(|| (&rest[..end], &rest[end..]))
}

/// Whether the number of a box begins with that of a group.
fn in_group(boxed: &Boxed<'_>, groups: &[&str]) -> bool {
    numbered(boxed.text)
        .is_some_and(|(number, _)| number.split_once('.').is_some_and(|(group, _)| groups.contains(&group)))
}
