//! Folders with one task a file: a head in YAML, Markdown below. ccpm, Backlog.md and GSD share it.

use super::fields::is_criteria;
use crate::plan::document::{Document, Folder};
use crate::plan::plan_draft::Item;
use crate::plan::text::{FrontMatter, Line, Shape, plain_title, task_title};

/// The folder of a card that holds nothing else.
pub(super) fn alone<'a>(document: &Document<'a>) -> Folder<'a> {
    Folder { path: document.folder().to_owned(), paths: vec![document.path.to_owned()], files: document.files }
}

/// Opens the files of `folder` that `wanted` takes, in the order of their names, numbers by value.
pub(super) fn cards(folder: &Folder<'_>, wanted: impl Fn(&str) -> bool, mut read: impl FnMut(&str, &Document<'_>)) {
    let mut names: Vec<&str> = folder.names().filter(|name| wanted(name)).collect();
    names.sort_by_key(|name| (numbers(name), (*name).to_owned()));
    for name in names {
        if let Some(text) = folder.open(name) {
            read(name, &text.document(folder.files));
        }
    }
}

/// The numbers in a name, for sorting: `task-2.10` after `task-2.9`.
fn numbers(name: &str) -> Vec<u64> {
    name.split(|c: char| !c.is_ascii_digit())
        .filter_map(|part| part.get(..part.len().min(18))?.parse().ok())
        .take(4)
        .collect()
}

/// An item from a card: its file, title and body.
pub(super) fn item(document: &Document<'_>, head: &FrontMatter, title: &str) -> Item {
    let body: Vec<&str> = document.text.lines().skip(head.body.saturating_sub(1) as usize).collect();
    Item {
        title: task_title(title),
        file: Some(document.path.to_owned()),
        line: 1,
        details: body.join("\n").trim().to_owned(),
        acceptance: criteria(document.lines()),
        ..Item::default()
    }
}

/// Boxes under a heading about acceptance.
fn criteria(lines: &[Line<'_>]) -> Vec<String> {
    let mut open: Option<u8> = None;
    let mut found = Vec::new();
    for line in lines {
        match line.shape {
            Shape::Heading { level, title } => {
                open = if is_criteria(title) { Some(level) } else { open.filter(|outer| level > *outer) };
            }
            Shape::Item(text) if open.is_some() && line.indent < 2 => found.push(plain_title(text)),
            Shape::Box(boxed) if open.is_some() => {
                // Backlog.md numbers its criteria.
                let text = boxed.text.trim_start_matches('#').trim_start_matches(|c: char| c.is_ascii_digit());
                found.push(plain_title(if boxed.text.starts_with('#') { text } else { boxed.text }));
            }
            _ => {}
        }
    }
    found
}
