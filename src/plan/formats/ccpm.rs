//! ccpm: `.claude/epics/<epic>/NNN.md`, one task a file with a YAML head. After a sync the files are called by issue numbers
//! and `depends_on` may be stale: then it dangles, and is never matched by value (002 is not 2).

use std::collections::BTreeMap;

use super::cards::{alone, cards, item};
use super::fields::is_done_word;
use super::format::{Format, MarkPlace};
use super::shared::declared_files;
use crate::model::FileUse;
use crate::plan::document::{Document, Folder};
use crate::plan::names::Names;
use crate::plan::plan::Companion;
use crate::plan::plan_draft::{Order, PlanDraft};
use crate::plan::text::{FrontMatter, path_of, priority_of};

pub(in crate::plan) struct Ccpm;

impl Format for Ccpm {
    fn name(&self) -> &'static str {
        "ccpm"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Head("closed")
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        document.path.contains(".claude/epics/") && is_task(document.name()) && has_state(document)
    }

    /// One card of a folder, when its file is named.
    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        self.read_folder(&alone(document), sheet);
    }

    fn fits_folder(&self, folder: &Folder<'_>) -> bool {
        let epic = folder.names().any(|name| name == "epic.md") || folder.path.contains(".claude/epics/");
        let mut known = folder.names().filter(|name| is_task(name)).take(5);
        epic && known.any(|name| folder.open(name).is_some_and(|text| has_state(&text.document(folder.files))))
    }

    fn read_folder(&self, folder: &Folder<'_>, sheet: &mut PlanDraft) {
        sheet.order = Order::Stated;
        let mut waits: Vec<(Vec<String>, Vec<String>, u32)> = Vec::new();
        let mut titles: Vec<String> = Vec::new();
        cards(folder, is_task, |name, document| {
            let Some(head) = document.head() else { return sheet.ignore("files without front matter", 0) };
            let title = head.text("title").or_else(|| head.text("name")).unwrap_or(name);
            let mut card = item(document, head, title);
            card.key = name.trim_end_matches(".md").to_owned();
            card.done = head.text("status").is_some_and(is_done_word);
            card.priority = head.text("priority").and_then(priority_of);
            card.estimate = head.text("estimated_hours").and_then(|h| h.parse::<f64>().ok()).map(|h| h * 60.0);
            card.parallel = head.text("parallel") == Some("true");
            card.files = told_files(head).unwrap_or_else(|| declared_files(&card.details));
            waits.push((
                head.list("depends_on").to_vec(),
                head.list("conflicts_with").to_vec(),
                head.line("depends_on"),
            ));
            titles.push(title.to_owned());
            sheet.items.push(card);
        });
        // Longer texts than these declare little and name much.
        sheet.exclusive_paths = false;
        let mut names = Names::of(&sheet.items);
        for (n, title) in titles.iter().enumerate() {
            // depends_on: [T1] means the task whose title is "T1: …".
            if let Some((label, _)) = title.split_once(':').filter(|(label, _)| label.len() <= 6 && !names.has(label)) {
                names.add(label, n as u32);
            }
        }
        for (n, (depends, conflicts, line)) in waits.into_iter().enumerate() {
            sheet.depends(&names, n as u32, &depends, line);
            exclude(n as u32, &conflicts, &names, sheet);
        }
        let epic = folder.path_of("epic.md");
        if let Some(text) = folder.open("epic.md") {
            sheet.companions.push(Companion { path: epic, kind: "epic".to_owned() });
            let document = text.document(folder.files);
            let named = document
                .head()
                .and_then(|head| head.text("prd").or_else(|| head.text("requirements")).map(str::to_owned));
            let name = folder.path.rsplit('/').next().unwrap_or_default();
            let prd =
                named.into_iter().chain([format!(".claude/prds/{name}.md")]).find(|path| folder.files.exists(path));
            sheet.companions.extend(prd.map(|path| Companion { path, kind: "prd".to_owned() }));
        }
    }
}

fn has_state(document: &Document<'_>) -> bool {
    document.head().is_some_and(|head| head.has("status") || head.has("depends_on"))
}

/// The files that a head names itself: then the text adds none.
fn told_files(head: &FrontMatter) -> Option<Vec<FileUse>> {
    let keys = ["files", "files_modified", "modified_files", "file"];
    let key = keys.iter().find(|key| !head.list(key).is_empty())?;
    Some(head.list(key).iter().filter_map(|path| path_of(path)).map(|path| FileUse { path, creates: false }).collect())
}

/// `001.md`, `12.md`, `000.2.md`; not `001-analysis.md`.
fn is_task(name: &str) -> bool {
    name.strip_suffix(".md").is_some_and(|stem| {
        !stem.is_empty()
            && stem.len() <= 12
            && stem.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && !stem.starts_with('.')
    })
}

/// Tasks that conflict take turns: a resource of which there is one, for each pair.
fn exclude(item: u32, conflicts: &[String], names: &Names, sheet: &mut PlanDraft) {
    for id in conflicts {
        for other in names.one(id, item, &sheet.items) {
            let (low, high) = (item.min(other) as usize, item.max(other) as usize);
            if low != high {
                let name = format!("conflict:{}+{}", sheet.items[low].key, sheet.items[high].key);
                for n in [low, high] {
                    sheet.items[n].needs.extend(BTreeMap::from([(name.clone(), 1)]));
                }
                sheet.resources.insert(name, 1);
            }
        }
    }
}
