//! BMAD stories: `docs/stories/1.2.*.md`. Tasks stand under `## Tasks / Subtasks`: boxes at the margin with sub-tasks below,
//! or headings with boxes. `(AC: 1, 2)` names acceptance criteria of the story.

use super::boxes::tree;
use super::format::Format;
use super::headings;
use super::shared::{declared_files, text_of};
use crate::plan::document::Document;
use crate::plan::plan_draft::{Item, PlanDraft};
use crate::plan::text::{Block, Line, Shape, blocks, numbered, plain_title, task_title};

pub(in crate::plan) struct Bmad;

impl Format for Bmad {
    fn name(&self) -> &'static str {
        "bmad"
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        document.is_markdown() && section(document.lines()).is_some()
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        let lines = document.lines();
        sheet.title = headings::title(lines);
        let Some(section) = section(lines) else { return };
        let criteria = criteria(lines);
        let within = &lines[..section.end];
        let heads = |n: usize| n > section.start && heading(&within[n]).is_some();
        let by_heading = (section.start..section.end).any(heads);
        let outer: Vec<usize> = tree(within, |n, line| line.boxed().filter(|_| n > section.start))
            .iter()
            .filter(|node| node.parent.is_none())
            .map(|node| node.at)
            .collect();
        let found = blocks(within, |n| if by_heading { heads(n) } else { outer.binary_search(&n).is_ok() });
        for block in &found {
            let item = item(within, block, by_heading, &criteria);
            sheet.items.push(item);
            let inner = within[block.start + 1..block.end].iter().filter(|line| line.boxed().is_some());
            inner.for_each(|line| sheet.ignore("sub-tasks (parts of a task)", line.number));
        }
        headings::assign(within, &found, sheet, |_| false);
    }
}

/// The lines of the section about tasks.
fn section(lines: &[Line<'_>]) -> Option<Block> {
    let title =
        |line: &Line<'_>| line.heading().filter(|(level, _)| *level == 2).map(|(_, title)| title.to_lowercase());
    let start = lines.iter().position(|line| {
        title(line).is_some_and(|t| t.starts_with("tasks / subtasks") || t.starts_with("tasks/subtasks"))
    })?;
    let end = (start + 1..lines.len()).find(|&n| lines[n].heading().is_some_and(|(level, _)| level <= 2));
    Some(start..end.unwrap_or(lines.len()))
}

/// `### Task 1: Title (AC: 1)` or `### 1. Title (AC: 1)`: the number and title.
fn heading<'a>(line: &Line<'a>) -> Option<(&'a str, &'a str)> {
    let (_, title) = line.heading().filter(|(level, _)| *level > 2)?;
    task(title).or_else(|| numbered(title))
}

/// `Task 1: Title`: the number and the rest.
fn task(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start_matches(['*', '_', ' ', '✅']);
    let rest = text.strip_prefix("Task ")?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let letter = rest[end..].starts_with(|c: char| c.is_ascii_lowercase())
        && !rest[end + 1..].starts_with(|c: char| c.is_ascii_alphanumeric());
    let number = if letter && end > 0 { &rest[..=end] } else { rest[..end].trim_end_matches('.') };
    (!number.is_empty()).then(|| (number, rest[number.len()..].trim_start_matches([':', '.', ' ', '-', '–', '—', '*'])))
}

/// The numbered acceptance criteria of the story.
fn criteria(lines: &[Line<'_>]) -> Vec<(String, String)> {
    let mut inside = false;
    let mut found: Vec<(String, String)> = Vec::new();
    for line in lines {
        if let Shape::Heading { level, title } = line.shape {
            inside = title.to_lowercase().starts_with("acceptance criteria") || inside && level > 2;
        } else if let Some((number, text)) =
            numbered(line.text).filter(|_| inside && line.indent == 0 && line.is_prose())
        {
            found.push((number.to_owned(), plain_title(text)));
        }
    }
    found
}

fn item(lines: &[Line<'_>], block: &Block, by_heading: bool, criteria: &[(String, String)]) -> Item {
    let line = &lines[block.start];
    let boxes: Vec<bool> = lines[block.clone()].iter().filter_map(|l| l.boxed()).map(|b| b.is_done()).collect();
    let (text, done) = if by_heading {
        (line.heading().map_or("", |(_, title)| title), !boxes.is_empty() && boxes.iter().all(|done| *done))
    } else {
        (line.boxed().map_or("", |boxed| boxed.text), boxes.first() == Some(&true))
    };
    let (key, title) = task(text).or_else(|| numbered(text)).unwrap_or(("", text));
    let details = text_of(lines, block);
    let title = task_title(title);
    Item {
        key: key.to_owned(),
        line: line.number,
        done,
        files: declared_files(&details),
        acceptance: cited(text, criteria),
        title,
        details,
        ..Item::default()
    }
}

/// The criteria that `(AC: 1, 2)` names.
fn cited(text: &str, criteria: &[(String, String)]) -> Vec<String> {
    let Some((_, rest)) = text.split_once("(AC") else { return Vec::new() };
    let inner = rest.split(')').next().unwrap_or_default();
    let numbers: Vec<&str> = inner.split(|c: char| !c.is_ascii_digit() && c != '.').filter(|n| !n.is_empty()).collect();
    criteria.iter().filter(|(number, _)| numbers.contains(&number.as_str())).map(|(_, text)| text.clone()).collect()
}
