//! GSD: `.planning/phases/NN-name/NN-MM-PLAN.md`. Each plan file is a task; waves and `depends_on` are its order, the files
//! it says it modifies exclude others, its summary beside it means done.

use super::cards::{alone, cards, item};
use super::format::{Format, MarkPlace};
use crate::model::{FileUse, TaskKind};
use crate::plan::document::{Document, Folder};
use crate::plan::names::Names;
use crate::plan::plan::Companion;
use crate::plan::plan_draft::{Order, PlanDraft};
use crate::plan::text::{path_of, plain_title};

pub(in crate::plan) struct Gsd;

impl Format for Gsd {
    fn name(&self) -> &'static str {
        "gsd"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Elsewhere("in GSD a summary beside the plan says that it is done")
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        key(document.name()).is_some() && document.head().is_some()
    }

    /// One card of a folder, when its file is named.
    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        self.read_folder(&alone(document), sheet);
    }

    fn fits_folder(&self, folder: &Folder<'_>) -> bool {
        folder.names().any(|name| key(name).is_some())
    }

    fn read_folder(&self, folder: &Folder<'_>, sheet: &mut PlanDraft) {
        let mut waits: Vec<(Vec<String>, u32)> = Vec::new();
        cards(
            folder,
            |name| key(name).is_some(),
            |name, document| {
                let (Some(head), Some(key)) = (document.head(), key(name)) else {
                    return sheet.ignore("plan files without front matter", 0);
                };
                let title = objective(document.text).unwrap_or_else(|| name.to_owned());
                let mut card = item(document, head, &title);
                let summary = folder.path_of(&name.replace("PLAN.md", "SUMMARY.md"));
                card.done = folder.files.exists(&summary);
                card.wave = head.text("wave").and_then(|wave| wave.parse().ok());
                let modified = head.list("files_modified").iter().filter_map(|path| path_of(path));
                card.files = modified.map(|path| FileUse { path, creates: false }).collect();
                card.acceptance = head.list("must_haves").iter().filter(|text| !is_mapping(text)).cloned().collect();
                card.acceptance.extend(tagged(document.text, "done"));
                card.kind = only_checkpoints(document.text).then_some(TaskKind::Approval);
                card.key = key.to_owned();
                waits.push((head.list("depends_on").to_vec(), head.line("depends_on")));
                sheet.items.push(card);
            },
        );
        let names = Names::of(&sheet.items);
        sheet.order = if waits.iter().all(|(ids, _)| ids.is_empty()) { Order::Waves } else { Order::Stated };
        for (n, (ids, line)) in waits.into_iter().enumerate() {
            let phase = sheet.items[n].key.split('-').next().unwrap_or_default().to_owned();
            // "01" means plan 01 of the same phase.
            let full = |id: String| if names.has(&id) { id } else { format!("{phase}-{id}") };
            let ids: Vec<String> = ids.into_iter().map(full).collect();
            sheet.depends(&names, n as u32, &ids, line);
        }
        let beside = folder.names().filter(|name| name.ends_with("-CONTEXT.md") || name.ends_with("-RESEARCH.md"));
        let kind = |name: &str| if name.ends_with("-CONTEXT.md") { "context" } else { "research" }.to_owned();
        sheet.companions.extend(beside.map(|name| Companion { path: folder.path_of(name), kind: kind(name) }));
    }
}

/// The id in `24-01-PLAN.md`.
fn key(name: &str) -> Option<&str> {
    let stem = name.strip_suffix("-PLAN.md")?;
    let (phase, plan) = stem.split_once('-')?;
    let numbers = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    (numbers(phase) && numbers(plan)).then_some(stem)
}

/// Whether every `<task>` of a plan file is one that a person answers.
fn only_checkpoints(text: &str) -> bool {
    let mut tasks = text.split("<task ").skip(1).map(|rest| rest.split('>').next().unwrap_or_default()).peekable();
    tasks.peek().is_some() && tasks.all(|head| head.contains("type=\"checkpoint"))
}

/// What the tasks of a plan file say between these tags.
fn tagged(text: &str, tag: &str) -> Vec<String> {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let inner = text.split(open.as_str()).skip(1).filter_map(|rest| Some(rest.split_once(close.as_str())?.0));
    inner.map(plain_title).filter(|text| !text.is_empty()).collect()
}

/// The first paragraph of `<objective>`.
fn objective(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("<objective>")?;
    let inner = rest.split("</objective>").next()?;
    let first = inner.trim_start().split("\n\n").next()?;
    (!first.trim().is_empty()).then(|| plain_title(first))
}

/// `path: …` and the like: the head's nested mappings come as lines.
fn is_mapping(text: &str) -> bool {
    ["path:", "from:", "to:", "via:", "provides:"].iter().any(|key| text.starts_with(key))
}
