//! Plain checklists: TASKS.md, TODO.md, PLAN.md and whatever else has boxes. Headings are groups, boxes with boxes under
//! them only group those, the order of the document is the order. The last resort: no file with a box is refused.

use std::collections::BTreeMap;

use super::Format;
use super::boxes::{BoxNode, ancestors, tree};
use super::headings;
use super::shared::{declared_files, text_of};
use crate::plan::document::Document;
use crate::plan::plan_draft::{Item, Parent, PlanDraft};
use crate::plan::text::{Block, Line, Shape, blocks, leading_id, minutes_in, plain_title};

pub(in crate::plan) struct Checklist;

/// Parents named in a task's text.
const MAX_PARENTS: usize = 6;
/// Boxes above a task that are ticked with it; nobody nests deeper.
const MAX_DEPTH: usize = 32;

impl Format for Checklist {
    fn name(&self) -> &'static str {
        "checklist"
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        document.is_markdown() && document.lines().iter().any(|line| line.boxed().is_some())
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        let lines = document.lines();
        sheet.title = headings::title(lines);
        read_boxes(lines, sheet);
        for line in lines.iter().filter(|line| matches!(line.shape, Shape::Code(Some(_)))) {
            sheet.ignore("boxes in code", line.number);
        }
    }
}

/// Reads every box that has none under it as a task, in the order of the document.
pub(super) fn read_boxes(lines: &[Line<'_>], sheet: &mut PlanDraft) {
    let nodes = tree(lines, |_, line| line.boxed());
    let found = blocks(lines, |n| lines[n].boxed().is_some());
    let mut leaves: Vec<Block> = Vec::new();
    let mut groups: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for (n, block) in found.iter().enumerate() {
        if nodes[n].has_children {
            continue;
        }
        let parents: Vec<&Block> = ancestors(&nodes, n).take(MAX_PARENTS).map(|above| &found[above]).collect();
        for above in ancestors(&nodes, n).take(MAX_DEPTH) {
            groups.entry(above).or_default().push(sheet.items.len() as u32);
        }
        sheet.items.push(item(lines, block, &nodes[n], &parents));
        leaves.push(block.clone());
    }
    let line = |n: usize| lines[nodes[n].at].number;
    sheet.parents = groups.into_iter().map(|(n, items)| Parent { line: line(n), items }).collect();
    headings::assign(lines, &leaves, sheet, |_| false);
}

fn item(lines: &[Line<'_>], block: &Block, node: &BoxNode<'_>, parents: &[&Block]) -> Item {
    let text = node.boxed.text;
    let (key, rest) = leading_id(text).unwrap_or(("", text));
    let own = text_of(lines, block);
    let title = plain_title(if rest.is_empty() { text } else { rest });
    Item {
        key: key.to_owned(),
        line: lines[block.start].number,
        done: node.boxed.is_done(),
        optional: !node.boxed.is_done() && is_optional(text),
        files: declared_files(&own, &title),
        estimate: minutes_in(text),
        details: with_parents(lines, own, parents),
        title,
        ..Item::default()
    }
}

/// Whether the words say that a task may be left out.
pub(super) fn is_optional(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["(optional)", "[optional]", "(可选)", "（可选）", "(可選)", "(任意)", "(deferred)", "[deferred]", "🔮"]
        .iter()
        .any(|mark| lower.contains(mark))
}

/// A task's text with that of the boxes it stands under in front, outermost first.
pub(super) fn with_parents(lines: &[Line<'_>], own: String, parents: &[&Block]) -> String {
    if parents.is_empty() {
        return own;
    }
    let mut text = String::new();
    for parent in parents.iter().rev() {
        text.push_str("Part of: ");
        text.push_str(&text_of(lines, parent));
        text.push('\n');
    }
    text + "\n" + &own
}
