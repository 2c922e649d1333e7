//! Conductor: `conductor/tracks/<id>/plan.md`. Phases, boxes at the margin `- [ ] Task: …`, sub-tasks below, `[~]` in
//! progress, the commit's id appended when done.

use super::boxes::tree;
use super::format::Format;
use super::headings;
use super::shared::{companions, declared_files, text_of};
use crate::model::TaskKind;
use crate::plan::document::Document;
use crate::plan::plan_draft::{Item, PlanDraft};
use crate::plan::text::{Block, Line, blocks, plain_title, task_title};

pub(in crate::plan) struct Conductor;

impl Format for Conductor {
    fn name(&self) -> &'static str {
        "conductor"
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        if !document.is_markdown() {
            return false;
        }
        let boxes: Vec<&str> =
            document.lines().iter().filter(|l| l.indent < 2).filter_map(|l| l.boxed()).map(|b| b.text).collect();
        let tasks = boxes.iter().filter(|text| text.starts_with("Task:") || text.starts_with("**Task:")).count();
        let placed = document.path.contains("conductor/") && document.name() == "plan.md";
        !boxes.is_empty() && (placed || tasks * 2 > boxes.len())
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        let lines = document.lines();
        sheet.title = headings::title(lines);
        let nodes = tree(lines, |_, line| line.boxed());
        let outer: Vec<usize> = nodes.iter().filter(|node| node.parent.is_none()).map(|node| node.at).collect();
        let found = blocks(lines, |n| outer.binary_search(&n).is_ok());
        for block in &found {
            sheet.items.push(item(lines, block));
            let inner = lines[block.start + 1..block.end].iter().filter(|line| line.boxed().is_some());
            inner.for_each(|line| sheet.ignore("sub-tasks (parts of a task)", line.number));
        }
        headings::assign(lines, &found, sheet, |_| false);
        companions(
            document,
            sheet,
            &["spec.md"],
            &["conductor/product.md", "conductor/tech-stack.md", "conductor/workflow.md"],
        );
    }
}

fn item(lines: &[Line<'_>], block: &Block) -> Item {
    let line = &lines[block.start];
    let boxed = line.boxed();
    let text = boxed.map_or("", |boxed| boxed.text);
    let title = task_title(text);
    let title = title.strip_prefix("Task:").map_or(title.as_str(), str::trim).to_owned();
    let details = text_of(lines, block);
    // The protocol has a person look at each phase.
    let manual = title.to_lowercase().contains("user manual verification");
    Item {
        line: line.number,
        done: boxed.is_some_and(|boxed| boxed.is_done()),
        kind: manual.then_some(TaskKind::Approval),
        files: if manual { Vec::new() } else { declared_files(&details) },
        acceptance: lines[block.start + 1..block.end]
            .iter()
            .filter_map(Line::boxed)
            .map(|b| plain_title(b.text))
            .collect(),
        title,
        details,
        ..Item::default()
    }
}
