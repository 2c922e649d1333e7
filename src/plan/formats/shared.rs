//! What several formats do alike.

use crate::model::FileUse;
use crate::plan::document::Document;
use crate::plan::plan::Companion;
use crate::plan::plan_draft::PlanDraft;
use crate::plan::text::{Block, Line, PathRole, Shape, paths_with_roles};

/// Bytes of a task's text that are kept. Longer ones are documents, not tasks, and stay in the plan's file.
const MAX_DETAILS: usize = 64 << 10;

/// Documents about the feature; naming one is citing it, not changing it.
const CITED: [&str; 10] = [
    "plan.md",
    "spec.md",
    "tasks.md",
    "research.md",
    "data-model.md",
    "quickstart.md",
    "requirements.md",
    "design.md",
    "proposal.md",
    "constitution.md",
];

/// A block's lines as they stand, without their common indentation and without the mark of the first.
pub(super) fn text_of(lines: &[Line<'_>], block: &Block) -> String {
    let first = lines[block.start].indent;
    let mut text = String::new();
    for line in lines[block.clone()].iter().filter(|line| line.shape != Shape::Comment) {
        if !text.is_empty() {
            text.push('\n');
        }
        for _ in first..line.indent {
            text.push(' ');
        }
        text.push_str(line.text);
        if text.len() > MAX_DETAILS {
            text.truncate(text.floor_char_boundary(MAX_DETAILS));
            text.push_str("\n…");
            break;
        }
    }
    text
}

/// The files that a task's text declares; what it only cites is none of them. Those that its words say it creates are
/// marked.
pub(super) fn declared_files(text: &str) -> Vec<FileUse> {
    let found = paths_with_roles(text).into_iter();
    found
        .filter(|(path, role)| *role != PathRole::Read && !is_cited(path.as_str()))
        .map(|(path, role)| FileUse { path, creates: role == PathRole::Made })
        .collect()
}

/// The files that a sentence says it makes or changes; those that it only names are none.
pub(super) fn written_files(text: &str) -> Vec<FileUse> {
    let found = paths_with_roles(text).into_iter();
    found
        .filter(|(path, role)| matches!(role, PathRole::Made | PathRole::Changed) && !is_cited(path.as_str()))
        .map(|(path, role)| FileUse { path, creates: role == PathRole::Made })
        .collect()
}

/// A title without `[P]` and `(P)`, and whether it had one: the task may run beside its neighbours.
pub(super) fn without_parallel(title: &str) -> (String, bool) {
    if !["[P]", "(P)", "[p]"].iter().any(|mark| title.contains(mark)) {
        return (title.to_owned(), false);
    }
    let bare =
        ["`[P]`", "**[P]**", "[P]", "[p]", "(P)"].iter().fold(title.to_owned(), |text, mark| text.replace(mark, " "));
    let words = bare.split_whitespace().collect::<Vec<_>>().join(" ");
    (words.trim_matches([':', ' ', '-', '–', '—']).to_owned(), true)
}

/// Whether a path is a document about the work rather than part of it.
fn is_cited(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let placed = ["specs/", "openspec/", ".kiro/", ".specify/"].iter().any(|folder| path.starts_with(folder));
    CITED.contains(&path) || placed && (CITED.contains(&name) || name.ends_with(".md"))
}

/// Notes the documents beside the plan that exist: `names` in its folder (with `/` at the end: a folder of Markdown), and
/// `elsewhere` from the root.
pub(super) fn companions(document: &Document<'_>, sheet: &mut PlanDraft, names: &[&str], elsewhere: &[&str]) {
    let beside = |name: &str| match document.folder() {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    };
    for name in names {
        match name.strip_suffix('/') {
            Some(folder) => {
                let inside = document.files.list(&beside(folder)).unwrap_or_default();
                let kind = folder.to_owned();
                sheet.companions.extend(inside.into_iter().take(50).map(|path| Companion { path, kind: kind.clone() }));
            }
            None => note(document, sheet, beside(name)),
        }
    }
    for path in elsewhere {
        note(document, sheet, (*path).to_owned());
    }
}

fn note(document: &Document<'_>, sheet: &mut PlanDraft, path: String) {
    if path != document.path && document.files.exists(&path) {
        let name = path.rsplit('/').next().unwrap_or_default();
        let kind = name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned();
        sheet.companions.push(Companion { path, kind });
    }
}
