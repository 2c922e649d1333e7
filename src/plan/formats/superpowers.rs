//! Superpowers: `docs/superpowers/plans/YYYY-MM-DD-x.md`. A heading `### Task N: Title` is a task, `**Files:**` says what it
//! creates, modifies and tests, boxes are its steps. Order is the document's: dependencies are prose.

use super::Format;
use super::fields::{Field, field, fields};
use super::headings;
use super::shared::text_of;
use crate::model::FileUse;
use crate::plan::document::Document;
use crate::plan::plan_draft::{Item, PlanDraft};
use crate::plan::text::{Block, Line, blocks, named_paths, plain_title};

pub(in crate::plan) struct Superpowers;

impl Format for Superpowers {
    fn name(&self) -> &'static str {
        "superpowers"
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        if !document.is_markdown() {
            return false;
        }
        let lines = document.lines();
        let found = blocks(lines, |n| head(&lines[n]).is_some());
        let steps = |block: &Block| {
            lines[block.clone()]
                .iter()
                .filter_map(|l| l.boxed())
                .any(|b| b.text.trim_start_matches('*').starts_with("Step "))
        };
        let files = |block: &Block| field(&fields(lines, block), &["files"]).is_some();
        let named = document.text.contains("superpowers:");
        !found.is_empty() && (named || found.iter().any(|block| files(block) || steps(block)))
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        let lines = document.lines();
        sheet.title = headings::title(lines);
        let found = blocks(lines, |n| head(&lines[n]).is_some());
        for block in &found {
            if let Some((key, title)) = head(&lines[block.start]) {
                sheet.items.push(item(lines, block, key, title));
            }
            let steps = lines[block.clone()].iter().filter(|line| line.boxed().is_some());
            steps.for_each(|line| sheet.ignore("steps of tasks", line.number));
        }
        headings::assign(lines, &found, sheet, |_| false);
        constraints(lines, sheet);
    }
}

/// `Task 8b: Title`.
fn head<'a>(line: &Line<'a>) -> Option<(&'a str, &'a str)> {
    let (_, title) = line.heading().filter(|(level, _)| (2..=4).contains(level))?;
    let rest = title.trim_start_matches(['✅', '✓', '[', 'x', ']', ' ']).strip_prefix("Task ")?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len());
    let key = rest[..end].trim_end_matches('.');
    let numbered = key.starts_with(|c: char| c.is_ascii_digit()) && key.len() <= 8;
    numbered.then(|| (key, rest[key.len()..].trim_start_matches([':', '.', ' ', '-', '–', '—'])))
}

fn item(lines: &[Line<'_>], block: &Block, key: &str, title: &str) -> Item {
    let all = fields(lines, block);
    let steps: Vec<bool> = lines[block.clone()].iter().filter_map(|l| l.boxed()).map(|b| b.is_done()).collect();
    let marked = lines[block.start].text.contains(['✅', '✓']);
    Item {
        key: key.to_owned(),
        title: plain_title(title),
        line: lines[block.start].number,
        done: marked || !steps.is_empty() && steps.iter().all(|done| *done),
        files: field(&all, &["files", "file"]).map(files).unwrap_or_default(),
        details: text_of(lines, block),
        ..Item::default()
    }
}

/// `Create: …`, `Modify: …:12-40`, `Test: …`.
fn files(declared: &Field<'_>) -> Vec<FileUse> {
    let mut found: Vec<FileUse> = Vec::new();
    for text in declared.items.iter().chain(std::iter::once(&declared.value)) {
        let creates = text.trim_start_matches('*').to_lowercase().starts_with("create");
        for path in named_paths(text) {
            if !found.iter().any(|file| file.path == path) {
                found.push(FileUse { path, creates });
            }
        }
    }
    found
}

/// `## Global Constraints` holds for every task, so it goes with each.
fn constraints(lines: &[Line<'_>], sheet: &mut PlanDraft) {
    let is_constraints =
        |line: &Line<'_>| line.heading().is_some_and(|(_, title)| title.eq_ignore_ascii_case("Global Constraints"));
    for block in blocks(lines, |n| is_constraints(&lines[n])) {
        let text = text_of(lines, &block);
        sheet.phases.iter_mut().for_each(|phase| phase.notes = format!("{}\n{text}", phase.notes).trim().to_owned());
    }
}
