//! Backlog.md: `backlog/tasks/<prefix>-N - Title.md`, one task a file with a YAML head. A parent comes after its children.

use super::cards::{alone, cards, item};
use super::fields::is_done_word;
use super::format::{Format, MarkPlace};
use super::shared::declared_files;
use crate::model::{FileUse, Why};
use crate::plan::document::{Document, Folder};
use crate::plan::names::Names;
use crate::plan::plan_draft::{Link, Order, PlanDraft};
use crate::plan::text::{path_of, priority_of};

pub(in crate::plan) struct BacklogMd;

impl Format for BacklogMd {
    fn name(&self) -> &'static str {
        "backlog.md"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Head("Done")
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        is_task(document.name()) && is_card(document)
    }

    /// One card of a folder, when its file is named.
    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        self.read_folder(&alone(document), sheet);
    }

    fn fits_folder(&self, folder: &Folder<'_>) -> bool {
        let mut known = folder.names().filter(|name| is_task(name)).take(5);
        known.any(|name| folder.open(name).is_some_and(|text| is_card(&text.document(folder.files))))
    }

    fn read_folder(&self, folder: &Folder<'_>, sheet: &mut PlanDraft) {
        sheet.order = Order::Stated;
        sheet.exclusive_paths = false;
        let mut waits: Vec<(Vec<String>, Option<String>, u32)> = Vec::new();
        cards(folder, is_task, |name, document| {
            let Some(head) = document.head() else { return sheet.ignore("files without front matter", 0) };
            let Some(id) = head.text("id") else { return sheet.ignore("files without an id", 0) };
            let mut card = item(document, head, head.text("title").unwrap_or(name));
            card.key = id.to_owned();
            card.done = head.text("status").is_some_and(is_done_word);
            card.priority = head.text("priority").and_then(priority_of);
            card.labels = head.list("labels").to_vec();
            card.files = declared_files(&card.details);
            let modified = head.list("modified_files").iter().filter_map(|path| path_of(path));
            card.files.extend(modified.map(|path| FileUse { path, creates: false }));
            let parent = head.text("parent_task_id").or_else(|| head.text("parent")).map(str::to_owned);
            waits.push((head.list("dependencies").to_vec(), parent, head.line("dependencies")));
            sheet.items.push(card);
        });
        let names = Names::of(&sheet.items);
        for (n, (depends, parent, line)) in waits.into_iter().enumerate() {
            let n = n as u32;
            sheet.depends(&names, n, &depends, line);
            let after = parent.map(|id| names.one(&id, n, &sheet.items)).unwrap_or_default();
            sheet.link(Link { before: vec![n], after, why: Why::Phase, line: 1, own: true });
        }
    }
}

fn is_card(document: &Document<'_>) -> bool {
    document.head().is_some_and(|head| head.has("id") && head.has("status"))
}

/// `task-12 - Title.md`, `back-24.1 - Title.md`.
fn is_task(name: &str) -> bool {
    name.strip_suffix(".md").and_then(|stem| stem.split_once(" - ")).is_some_and(|(id, _)| {
        id.rsplit_once('-').is_some_and(|(prefix, number)| {
            !prefix.is_empty() && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        })
    })
}
