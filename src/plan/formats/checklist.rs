//! Plain checklists: TASKS.md, TODO.md, PLAN.md and whatever else has boxes. Headings are groups, boxes with boxes under
//! them only group those, the order of the document is the order. The last resort: no file with a box is refused.

use std::collections::{BTreeMap, BTreeSet};

use super::boxes::{BoxNode, ancestors, tree};
use super::fields::{acceptance, fields, is_criteria};
use super::format::Format;
use super::grouped;
use super::headings;
use super::plain_fields::plain_fields;
use super::said_order;
use super::shared::without_parallel;
use super::shared::{companions, declared_files, text_of};
use crate::plan::document::Document;
use crate::plan::plan_draft::{Item, Parent, PlanDraft};
use crate::plan::text::{Block, Line, Shape, blocks, leading_id, minutes_in, plain_title, task_title, without_links};

pub(in crate::plan) struct Checklist;

/// What a list beside it is about, in whatever format it was begun.
const COMPANIONS: [&str; 4] = ["requirements.md", "design.md", "spec.md", "proposal.md"];
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
        companions(document, sheet, &COMPANIONS, &[]);
        for line in lines.iter().filter(|line| matches!(line.shape, Shape::Code(Some(_)))) {
            sheet.ignore("boxes in code", line.number);
        }
    }
}

/// Reads every box that has none under it as a task, in the order of the document.
pub(super) fn read_boxes(lines: &[Line<'_>], sheet: &mut PlanDraft) {
    let criteria = criteria(lines);
    let nodes = tree(lines, |n, line| line.boxed().filter(|_| !criteria.contains(&n)));
    let found = blocks(lines, |n| lines[n].boxed().is_some() && !criteria.contains(&n));
    criteria.iter().for_each(|n| sheet.ignore("boxes that are criteria of a task", lines[*n].number));
    let mut leaves: Vec<Block> = Vec::new();
    let mut texts: Vec<(&str, &str)> = Vec::new();
    let mut groups: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for (n, block) in found.iter().enumerate() {
        if nodes[n].has_children {
            continue;
        }
        let parents: Vec<&Block> = ancestors(&nodes, n).take(MAX_PARENTS).map(|above| &found[above]).collect();
        for above in ancestors(&nodes, n).take(MAX_DEPTH) {
            groups.entry(above).or_default().push(sheet.items.len() as u32);
        }
        let mut item = item(lines, block, &nodes[n], &parents);
        let own = criteria.range(block.clone());
        let boxes = own.filter_map(|k| lines[*k].boxed()).map(|boxed| plain_title(boxed.text));
        item.acceptance = acceptance(&fields(lines, block));
        if item.acceptance.is_empty() {
            item.acceptance = acceptance(&plain_fields(lines, block));
        }
        let fresh: Vec<String> = boxes.filter(|text| !item.acceptance.contains(text)).collect();
        item.acceptance.extend(fresh);
        sheet.items.push(item);
        leaves.push(block.clone());
        texts.push((nodes[n].boxed.number, nodes[n].boxed.text));
    }
    let line = |n: usize| lines[nodes[n].at].number;
    sheet.parents = groups.into_iter().map(|(n, items)| Parent { line: line(n), items }).collect();
    headings::assign(lines, &leaves, sheet, |_| false);
    grouped::order_groups(lines, sheet);
    said_order::read_said(lines, &leaves, &texts, sheet);
}

/// The boxes below a label about acceptance inside of an item: they say when it is done.
fn criteria(lines: &[Line<'_>]) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    // Indentation of the item that is open, and of the label below it.
    let mut item: Option<usize> = None;
    let mut label: Option<usize> = None;
    for (n, line) in lines.iter().enumerate() {
        let names = |text: &str| {
            let name = text.trim_matches(|c: char| matches!(c, '*' | '_' | ' ' | ':' | '：'));
            name.len() <= 60 && text.trim_end_matches(['*', '_', ' ']).ends_with([':', '：']) && is_criteria(name)
        };
        match line.shape {
            Shape::Blank | Shape::Comment | Shape::Code(_) => {}
            Shape::Heading { .. } => (item, label) = (None, None),
            Shape::Box(_) if label.is_some_and(|at| line.indent >= at) && item.is_some_and(|at| line.indent > at) => {
                found.insert(n);
            }
            Shape::Box(_) => (item, label) = (Some(line.indent), None),
            Shape::Text | Shape::Item(_) if item.is_some_and(|at| line.indent > at) => {
                let text = if let Shape::Item(text) = line.shape { text } else { line.text };
                if names(text) {
                    // What is an item itself has its criteria below it, not beside it.
                    label = Some(line.indent + usize::from(matches!(line.shape, Shape::Item(_))));
                } else if label.is_some_and(|at| line.indent < at || line.indent == at && line.text.starts_with("**")) {
                    label = None;
                }
            }
            _ => label = None,
        }
    }
    found
}

fn item(lines: &[Line<'_>], block: &Block, node: &BoxNode<'_>, parents: &[&Block]) -> Item {
    let bare = without_links(node.boxed.text);
    let text = bare.as_str();
    let (key, rest) = leading_id(text).unwrap_or(("", text));
    let own = text_of(lines, block);
    let (title, parallel) = without_parallel(if rest.is_empty() { text } else { rest });
    let title = task_title(&title);
    Item {
        key: key.to_owned(),
        line: lines[block.start].number,
        done: node.boxed.is_done(),
        parallel,
        optional: !node.boxed.is_done() && is_optional(text),
        files: declared_files(&own),
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
