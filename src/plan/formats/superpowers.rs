//! Superpowers: `docs/superpowers/plans/YYYY-MM-DD-x.md`. A heading `### Task N: Title` is a task, `**Files:**` says what it
//! creates, modifies and tests, boxes are its steps. Fields may name what a task waits for; the rest follows from files.

use super::checks::checks;
use super::fields::{Field, acceptance, fields, is_checks, is_criteria};
use super::format::Format;
use super::headings;
use super::shared::{text_of, without_parallel, written_files};
use super::stated::{Stated, link, stated};
use crate::model::{FileUse, RepoPath};
use crate::plan::document::Document;
use crate::plan::plan_draft::{Item, PlanDraft};
use crate::plan::text::{Block, Line, PathRole, blocks, path_of, paths_with_roles, task_title};

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
        let files =
            |block: &Block| fields(lines, block).iter().any(|field| field.name == "files" || field.name == "file");
        let named = document.text.contains("superpowers:");
        !found.is_empty() && (named || found.iter().any(|block| files(block) || steps(block)))
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        let lines = document.lines();
        sheet.title = headings::title(lines);
        let found = blocks(lines, |n| head(&lines[n]).is_some());
        let mut said: Vec<Stated> = Vec::new();
        for block in &found {
            if let Some((key, title)) = head(&lines[block.start]) {
                let all = fields(lines, block);
                said.push(stated(lines, block, &all));
                sheet.items.push(item(lines, block, &all, key, title));
            }
            let steps = lines[block.clone()].iter().filter(|line| line.boxed().is_some());
            steps.for_each(|line| sheet.ignore("steps of tasks", line.number));
        }
        headings::assign(lines, &found, sheet, |_| false);
        link(sheet, &said);
        others(lines, &found, sheet);
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

/// Boxes and headings that look like tasks and stand in none.
fn others(lines: &[Line<'_>], found: &[Block], sheet: &mut PlanDraft) {
    let mut inside = found.iter().peekable();
    let mut checks = false;
    for (n, line) in lines.iter().enumerate() {
        while inside.peek().is_some_and(|block| block.end <= n) {
            inside.next();
        }
        if inside.peek().is_some_and(|block| block.start <= n) {
            continue;
        }
        if let Some((_, title)) = line.heading() {
            checks = is_checks(title) || is_criteria(title);
        }
        match line.boxed() {
            Some(boxed) if !checks && !boxed.is_done() => sheet.not_read(line.number, line.text),
            Some(_) => sheet.ignore("boxes outside tasks", line.number),
            None => {}
        }
    }
}

fn item(lines: &[Line<'_>], block: &Block, all: &[Field<'_>], key: &str, title: &str) -> Item {
    let steps: Vec<bool> = lines[block.clone()].iter().filter_map(|l| l.boxed()).map(|b| b.is_done()).collect();
    let marked = lines[block.start].text.contains(['✅', '✓']);
    let (title, parallel) = without_parallel(title);
    Item {
        key: key.to_owned(),
        title: task_title(&title),
        line: lines[block.start].number,
        done: marked || !steps.is_empty() && steps.iter().all(|done| *done),
        files: declared(lines, block, all),
        parallel,
        acceptance: [acceptance(all), checks(lines, block)].concat(),
        details: text_of(lines, block),
        ..Item::default()
    }
}

/// The files of a task: those of its `**Files:**`, else what its own sentences say it makes or changes.
fn declared(lines: &[Line<'_>], block: &Block, all: &[Field<'_>]) -> Vec<FileUse> {
    let mut found: Vec<FileUse> = Vec::new();
    for field in all.iter().filter(|field| ["files", "file", "create", "modify", "test"].contains(&field.name.as_str()))
    {
        let made = field.name == "create";
        for text in field.items.iter().chain(std::iter::once(&field.value)) {
            for (path, creates) in files(text) {
                if !found.iter().any(|file| file.path == path) {
                    found.push(FileUse { path, creates: made || creates });
                }
            }
        }
    }
    if !found.is_empty() {
        return found;
    }
    let prose: Vec<&str> = lines[block.clone()].iter().filter(|line| line.is_prose()).map(|line| line.text).collect();
    written_files(&prose.join("\n"))
}

/// `Create: …`, `Modify: …:12-40`, `Test: …`, `` `x` (new)``; what stands after "Reference" or "Read" is no change.
fn files(text: &str) -> Vec<(RepoPath, bool)> {
    let label = text.trim_start_matches(['*', '_', ' ']).to_lowercase();
    if ["read", "reference", "see ", "depends", "consume"].iter().any(|word| label.starts_with(word)) {
        return Vec::new();
    }
    let creates = label.starts_with("create") || label.starts_with("new") || label.starts_with("add");
    let named = paths_with_roles(text).into_iter().filter(|(_, role)| *role != PathRole::Read);
    let mut found: Vec<(RepoPath, bool)> =
        named.map(|(path, role)| (path, creates || role == PathRole::Made)).collect();
    // `Modify: Procfile.dev`: the label says that a file stands here, whatever its name.
    if found.is_empty()
        && let Some((_, value)) = text.split_once(':')
    {
        let word = value.trim().trim_matches(['`', '*']).split(['`', ' ', ',']).next().unwrap_or_default();
        let name = word.rsplit('/').next().unwrap_or_default();
        let shaped = name.contains('.') && !name.starts_with('.') && !name.ends_with('.');
        found.extend(path_of(word).filter(|_| shaped).map(|path| (path, creates)));
    }
    found
}
