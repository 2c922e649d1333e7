//! Plain checklists: TASKS.md, TODO.md, PLAN.md and whatever else has boxes. Headings are groups, boxes with boxes under
//! them only group those, the order of the document is the order. The last resort: no file with a box is refused.

use std::collections::BTreeMap;

use super::boxes::{BoxNode, ancestors, tree};
use super::criteria::criteria;
use super::fields::{acceptance, fields};
use super::format::Format;
use super::grouped;
use super::headings;
use super::plain_fields::plain_fields;
use super::said_order;
use super::shared::without_parallel;
use super::shared::{companions, declared_files, text_of};
use crate::plan::document::Document;
use crate::plan::plan_draft::{Item, Parent, PlanDraft};
use crate::plan::text::{
    Block, ID_DIGITS, Line, Shape, blocks, is_struck, leading_id, minutes_in, plain_title, task_title, without_links,
};

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
    let counted = is_counted(&nodes);
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
        let mut item = item(lines, block, &nodes[n], &parents, counted);
        let own = criteria.range(block.clone());
        let boxes = own.filter_map(|k| lines[*k].boxed()).map(|boxed| plain_title(boxed.text));
        item.acceptance = acceptance(&fields(lines, block));
        if item.acceptance.is_empty() {
            item.acceptance = acceptance(&plain_fields(lines, block));
        }
        let fresh: Vec<String> = boxes.filter(|text| !item.acceptance.contains(text)).collect();
        item.acceptance.extend(fresh);
        if item.optional && is_struck_out(nodes[n].boxed.text) {
            sheet.ignore("struck out", item.line);
        }
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

/// `1 Dig` in front of the words, with a blank and nothing else between.
fn bare_number(text: &str) -> Option<(&str, &str)> {
    let (number, rest) = text.split_once(' ')?;
    let is_number = (1..=ID_DIGITS).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    (is_number && rest.starts_with(char::is_alphabetic)).then_some((number, rest))
}

/// Whether the tasks of a list are counted from 1 on by bare numbers, every one: then these are their ids. Where only some
/// begin with a number it is one of the words ("3 retries at most").
fn is_counted(nodes: &[BoxNode<'_>]) -> bool {
    let leaves = nodes.iter().filter(|node| !node.has_children);
    let mut numbers =
        leaves.map(|node| bare_number(node.boxed.text).and_then(|(number, _)| number.parse::<usize>().ok()));
    nodes.len() > 1 && (1..).zip(numbers.by_ref()).all(|(n, number)| number == Some(n))
}

fn item(lines: &[Line<'_>], block: &Block, node: &BoxNode<'_>, parents: &[&Block], counted: bool) -> Item {
    let bare = without_links(node.boxed.text);
    let text = bare.as_str();
    let number = || bare_number(text).filter(|_| counted);
    let own = || piped(text).or_else(|| leading_id(text)).or_else(|| bold_letter(text)).or_else(number);
    let (key, rest) = own().unwrap_or(("", text));
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

/// `ID: TASK-1 | File: a.py | Description: Dig`: the id and the words of a line of named parts.
fn piped(text: &str) -> Option<(&str, &str)> {
    let parts: Vec<(&str, &str)> = text.split('|').filter_map(|part| part.split_once(':')).collect();
    let value = |names: &[&str]| {
        let named = |(name, _): &&(&str, &str)| names.iter().any(|known| name.trim().eq_ignore_ascii_case(known));
        parts.iter().find(named).map(|(_, value)| value.trim())
    };
    let id = value(&["id"]).filter(|id| id.len() <= 24 && !id.contains(' ') && parts.len() >= 2)?;
    Some((id, value(&["description", "title", "task", "name"])?))
}

/// `**A**: Dig`: a letter alone is an id where it stands in bold before a colon.
fn bold_letter(text: &str) -> Option<(&str, &str)> {
    let (letter, rest) = text.strip_prefix("**")?.split_once("**")?;
    let (letter, rest) = match letter.strip_suffix(':') {
        Some(letter) => (letter, rest),
        None => (letter, rest.strip_prefix([':', '：'])?),
    };
    (letter.len() == 1 && letter.starts_with(|c: char| c.is_ascii_uppercase())).then(|| (letter, rest.trim_start()))
}

/// Whether a task is struck out, its id aside.
pub(super) fn is_struck_out(text: &str) -> bool {
    is_struck(text) || leading_id(text).is_some_and(|(_, rest)| is_struck(rest))
}

/// Whether the words say that a task may be left out, or it is struck out.
pub(super) fn is_optional(text: &str) -> bool {
    let lower = text.to_lowercase();
    if is_struck_out(text) {
        return true;
    }
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
