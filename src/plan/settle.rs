//! What only shows when a document has been read as a whole and the repository is known: which file an absolute path of the
//! author's machine is, which file a component's bare name means, and what odd marks were taken for.

use std::collections::{HashMap, HashSet};

use super::document::Document;
use super::plan_draft::PlanDraft;
use super::text::{Shape, absolute_paths, leading_id, quoted_box};
use crate::model::{FileUse, Files, RepoPath, Severity};

/// Lines named of odd marks.
const MAX_LINES: usize = 30;
/// Letters of a component's name; shorter ones are words.
const SHORTEST: usize = 6;

/// Settles the files of a sheet.
pub(super) fn settle_files(sheet: &mut PlanDraft, files: &dyn Files) {
    let declared: HashSet<RepoPath> =
        sheet.items.iter().flat_map(|item| &item.files).map(|file| file.path.clone()).collect();
    for item in &mut sheet.items {
        if !may_be_absolute(&item.details) && !may_be_absolute(&item.title) {
            continue;
        }
        let absolute: HashSet<RepoPath> =
            [&item.title, &item.details].into_iter().flat_map(|text| absolute_paths(text)).collect();
        for file in item.files.iter_mut().filter(|file| absolute.contains(&file.path)) {
            let inside = inside_repository(&file.path, files, &declared);
            file.path = inside.unwrap_or_else(|| file.path.clone());
        }
        let mut seen = HashSet::new();
        item.files.retain(|file| seen.insert(file.path.clone()));
    }
    name_components(sheet);
}

fn may_be_absolute(text: &str) -> bool {
    [" /", "`/", "(/", "~/", ":\\", ":/"].iter().any(|mark| text.contains(mark)) || text.starts_with('/')
}

/// The longest end of an absolute path that the repository has, or another task names.
fn inside_repository(path: &RepoPath, files: &dyn Files, declared: &HashSet<RepoPath>) -> Option<RepoPath> {
    let mut rest = path.as_str();
    if files.exists(rest) {
        return None;
    }
    while let Some((_, inner)) = rest.split_once('/') {
        let inner_path: RepoPath = inner.parse().ok()?;
        if files.exists(inner) || inner.contains('/') && declared.contains(&inner_path) {
            return Some(inner_path);
        }
        rest = inner;
    }
    None
}

/// A task that names no file but the component that just one file is called by changes that file.
fn name_components(sheet: &mut PlanDraft) {
    let mut by_stem: HashMap<String, Option<RepoPath>> = HashMap::new();
    for file in sheet.items.iter().flat_map(|item| &item.files) {
        let name = file.path.as_str().rsplit('/').next().unwrap_or_default();
        let stem = name.split('.').next().unwrap_or_default();
        if is_component(stem) && name.matches('.').count() == 1 {
            by_stem
                .entry(stem.to_owned())
                .and_modify(|known| *known = known.take().filter(|path| *path == file.path))
                .or_insert_with(|| Some(file.path.clone()));
        }
    }
    if by_stem.is_empty() {
        return;
    }
    for item in sheet.items.iter_mut().filter(|item| item.files.is_empty() && !item.done) {
        let lower = item.title.to_lowercase();
        if lower.contains("test") || lower.starts_with("verify") || lower.starts_with("review") {
            continue;
        }
        let mut before = "";
        for word in item.title.split_whitespace() {
            let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
            let changed = CHANGED.iter().any(|known| known.eq_ignore_ascii_case(before));
            if changed && let Some(Some(path)) = by_stem.get(bare).filter(|_| is_component(bare)) {
                item.files.push(FileUse { path: path.clone(), creates: false });
                break;
            }
            before = bare;
        }
    }
}

/// Words right before a component that is changed; "using X" and "tests for X" only name it.
const CHANGED: [&str; 14] = [
    "to", "in", "into", "of", "inside", "update", "extend", "refactor", "fix", "modify", "rework", "restyle", "polish",
    "the",
];

/// `SignUpPage`: capitals inside, so that no ordinary word is one.
fn is_component(word: &str) -> bool {
    word.len() >= SHORTEST
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.chars().filter(char::is_ascii_uppercase).count() >= 2
        && word.contains(|c: char| c.is_ascii_lowercase())
}

/// Names the lines that begin with something in brackets among boxes, or with an id behind it, and that no format read:
/// `- [Alice] T002 …`. What stands deeper is part of a task.
pub(super) fn note_unread(sheet: &mut PlanDraft, document: &Document<'_>) {
    let starts: HashSet<u32> = sheet.items.iter().filter(|item| item.file.is_none()).map(|item| item.line).collect();
    let lines = document.lines();
    let boxed =
        |n: Option<usize>| n.and_then(|n| lines.get(n)).is_some_and(|line| line.boxed().is_some() && line.indent < 2);
    let mut unread = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        if quoted_box(line).is_some_and(|boxed| !boxed.is_done()) {
            unread.push((line.number, line.text));
        }
        let Shape::Item(text) = line.shape else { continue };
        let Some((inner, rest)) = text.strip_prefix('[').and_then(|inner| inner.split_once(']')) else { continue };
        let short = inner.chars().count() <= 16
            && !inner.contains('`')
            && !rest.starts_with(['(', ':', '['])
            && !rest.is_empty();
        let tag = inner == "P" || inner.starts_with("US") || inner.contains(['/', '.']);
        let known = starts.contains(&line.number) || line.indent >= 2;
        let rest = rest.trim_start();
        let id =
            leading_id(rest).is_some_and(|(id, _)| id.len() > 1 && id.starts_with(|c: char| c.is_ascii_alphanumeric()));
        let among = !tag && (boxed(n.checked_sub(1)) || boxed(Some(n + 1)));
        if short && !known && (id || among) {
            unread.push((line.number, line.text));
        }
    }
    unread.into_iter().for_each(|(line, text)| sheet.not_read(line, text));
}

/// Says what marks were taken for that not every reader knows.
pub(super) fn note_marks(sheet: &mut PlanDraft, document: &Document<'_>) {
    let starts: HashSet<u32> = sheet.items.iter().filter(|item| item.file.is_none()).map(|item| item.line).collect();
    let boxes = document.lines().iter().filter(|line| starts.contains(&line.number)).filter_map(|line| {
        let boxed = line.boxed()?;
        (!boxed.is_done() && !boxed.is_empty()).then(|| (line.number, boxed.mark.trim(), boxed.is_usual()))
    });
    let mut usual: Vec<(u32, &str)> = Vec::new();
    let mut odd: Vec<(u32, &str)> = Vec::new();
    for (line, mark, known) in boxes {
        if known { usual.push((line, mark)) } else { odd.push((line, mark)) }
    }
    for (severity, found, meaning) in [
        (Severity::Info, usual, "in progress, so not done"),
        (Severity::Warning, odd, "not done, since only x and ticks mean done"),
    ] {
        let Some(&(first, _)) = found.first() else { continue };
        let shown: Vec<String> =
            found.iter().take(MAX_LINES).map(|(line, mark)| format!("{line} `[{mark}]`")).collect();
        let lines: Vec<String> = found.iter().take(MAX_LINES).map(|(line, _)| line.to_string()).collect();
        let word = if found.len() == 1 { "line" } else { "lines" };
        let what = format!("{word} {}: read as {meaning} ({})", lines.join(", "), shown.join(", "));
        sheet.problem(severity, first, what, "");
    }
}
