//! Orca's own Markdown, in the four shapes that its repository has, and the many plans that look like them: a heading for
//! each task (`#### TASK-1.1: …`, `### Task 5: …`, `#### US-1.1: …`, `#### 1.1 …`), `**Fields**:` below, perhaps a JSON
//! fence with its whole context. Fields state the order; trees and layers elsewhere contradict them and count for nothing.
//! Where a document has no boxes, two headings called tasks or steps (`## Step 2: …`) are a plan without any field.

use super::checks::checks;
use super::fields::{Field, acceptance, field, field_name, fields, is_criteria, is_dependency, is_done_word, state};
use super::format::{Format, MarkPlace};
use super::headings;
use super::shared::without_parallel;
use super::shared::{companions, declared_files, text_of, written_files};
use super::stated::{STEP_WORDS, Stated, TASK_WORDS, called, lettered, link, stated};
use crate::model::FileUse;
use crate::plan::document::Document;
use crate::plan::plan_draft::{Item, Order, PlanDraft};
use crate::plan::text::{
    Block, Line, Located, Node, Shape, blocks, minutes, numbered, path_of, priority_of, task_title,
};

pub(in crate::plan) struct Orca;

const COMPANIONS: [&str; 8] = [
    "discovery.md",
    "requirements.md",
    "architecture.md",
    "tech_stack.md",
    "task_review.md",
    "plan.md",
    "tasks.md",
    "spec.md",
];

/// Fields that name the files of a task.
const FILE_FIELDS: [&str; 18] = [
    "files",
    "file",
    "location",
    "locations",
    "modify",
    "modifies",
    "files to modify",
    "files to change",
    "files modified",
    "files changed",
    "target files",
    "affected files",
    "key files",
    "path",
    "paths",
    "文件",
    "涉及文件",
    "ファイル",
];

/// What a heading of a task is called by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `TASK-1.1`
    Task,
    /// `Task 5`, `T5`
    Number,
    /// `US-1.1`
    Story,
    /// `1.1`, in plans whose sections have deliverables.
    Section,
    /// `Step 2`
    Step,
}

/// The most telling first: where a file has tasks and stories, the stories say what the tasks are for.
const KINDS: [Kind; 5] = [Kind::Task, Kind::Number, Kind::Story, Kind::Section, Kind::Step];

/// Fields of which at least one shows that headings are tasks.
const TELLING: [&str; 11] = [
    "dependencies",
    "depends on",
    "priority",
    "estimated effort",
    "effort",
    "duration",
    "task id",
    "complete context",
    "deliverable",
    "deliverables",
    "test specifications",
];

impl Format for Orca {
    fn name(&self) -> &'static str {
        "orca-markdown"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Field
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        document.is_markdown() && kind_of(document.lines()).is_some()
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        read_headings(document.lines(), sheet);
        companions(document, sheet, &COMPANIONS, &[]);
    }
}

/// Whether the tasks of a document are its headings, though it has boxes: two headings with telling fields at least, most of
/// which have no box below them.
pub(super) fn headings_are_tasks(lines: &[Line<'_>]) -> bool {
    let Some(kind) = kind_of(lines) else { return false };
    let found = blocks(lines, |n| head(&lines[n], kind).is_some());
    let boxed = |block: &&Block| lines[(*block).clone()].iter().any(|line| line.boxed().is_some());
    found.len() > 1 && found.iter().filter(boxed).count() * 2 < found.len()
}

/// Reads the headings of a document as its tasks.
pub(super) fn read_headings(lines: &[Line<'_>], sheet: &mut PlanDraft) {
    sheet.title = headings::title(lines);
    let Some(kind) = kind_of(lines) else { return };
    let found = blocks(lines, |n| head(&lines[n], kind).is_some());
    let mut said: Vec<Stated> = Vec::new();
    for block in &found {
        if let Some((key, title)) = head(&lines[block.start], kind) {
            let (item, says) = read_task(lines, block, key, title);
            sheet.items.push(item);
            said.push(says);
        }
    }
    for line in lines.iter().filter(|line| kind != Kind::Story && head(line, Kind::Story).is_some()) {
        sheet.ignore("user stories beside the tasks", line.number);
    }
    headings::assign(lines, &found, sheet, |_| false);
    // A plan in which no field says anything has the order of the document.
    if said.iter().any(|says| says.said) {
        sheet.order = Order::Stated;
    }
    link(sheet, &said);
    others(lines, &found, sheet);
}

/// Headings that look like tasks of another kind and stand in none: they must not vanish.
fn others(lines: &[Line<'_>], found: &[Block], sheet: &mut PlanDraft) {
    let mut inside = found.iter().peekable();
    for (n, line) in lines.iter().enumerate() {
        while inside.peek().is_some_and(|block| block.end <= n) {
            inside.next();
        }
        let outside = inside.peek().is_none_or(|block| n < block.start);
        let like = [Kind::Task, Kind::Number].iter().any(|kind| head(line, *kind).is_some());
        if outside && like {
            sheet.not_read(line.number, line.text);
        }
    }
}

/// The first kind of which there are task headings with a telling field under one of them, else the first that speaks
/// for itself.
fn kind_of(lines: &[Line<'_>]) -> Option<Kind> {
    let plain = |kind: &Kind| {
        let called = matches!(kind, Kind::Task | Kind::Number | Kind::Step);
        called && lines.iter().filter(|line| head(line, *kind).is_some()).nth(1).is_some()
    };
    let boxes = lines.iter().any(|line| line.boxed().is_some());
    let told = KINDS.into_iter().find(|&kind| {
        let found = blocks(lines, |n| head(&lines[n], kind).is_some());
        let telling = |block: &Block| {
            let has = |names: &[&str]| field(&fields(lines, block), names).is_some();
            if kind == Kind::Section { has(&["deliverable", "deliverables"]) } else { has(&TELLING) }
        };
        kind != Kind::Step && found.iter().any(telling)
    });
    told.or_else(|| KINDS.into_iter().find(|kind| !boxes && plain(kind)))
}

/// The id and title of a heading of a task.
fn head<'a>(line: &Line<'a>, kind: Kind) -> Option<(&'a str, &'a str)> {
    let (level, title) = line.heading().filter(|(level, _)| *level >= 2)?;
    let title = title.trim_start_matches(['✅', '✓', '✔', '⏳', '🔄', ' ', '[', '*']);
    let title = title.strip_prefix("x]").or_else(|| title.strip_prefix(" ]")).unwrap_or(title).trim_start();
    let (key, rest) = match kind {
        Kind::Task => lettered(title).filter(|(key, _)| !key.starts_with("US-"))?,
        Kind::Story => lettered(title).filter(|(key, _)| key.starts_with("US-"))?,
        Kind::Number | Kind::Step => {
            let words: &[&str] = if kind == Kind::Step { &STEP_WORDS } else { &TASK_WORDS };
            let Some(rest) = called(title, words) else {
                let short = short_id(title).filter(|_| kind == Kind::Number)?;
                return Some((short.0, short.1.trim_start_matches([' ', '*'])));
            };
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len());
            let key = rest[..end].trim_end_matches('.');
            (key.starts_with(|c: char| c.is_ascii_digit())).then(|| (key, &rest[key.len()..]))?
        }
        Kind::Section => numbered(title).filter(|(key, _)| level >= 3 && key.contains('.'))?,
    };
    Some((key, rest.trim_start_matches([':', '：', '.', '-', '–', '—', ' ', '*', ']'])))
}

/// `T1: …`, `T2.1 - …`: the number of a task with its first letter only.
fn short_id(title: &str) -> Option<(&str, &str)> {
    let rest = title.strip_prefix('T')?;
    let digits = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let id = title[..1 + digits].trim_end_matches('.');
    let after = &title[id.len()..];
    let ends = [":", "：", ". ", ") ", " - ", " – ", " — "];
    let end = ends.iter().find(|end| after.starts_with(**end))?;
    ((2..=12).contains(&id.len()) && rest.starts_with(|c: char| c.is_ascii_digit())).then(|| (id, &after[end.len()..]))
}

fn read_task(lines: &[Line<'_>], block: &Block, key: &str, title: &str) -> (Item, Stated) {
    let line = &lines[block.start];
    let all = fields(lines, block);
    let mut says = stated(lines, block, &all);
    let mut item = Item {
        key: key.to_owned(),
        title: without_parallel(&task_title(title)).0,
        parallel: without_parallel(title).1,
        line: line.number,
        details: text_of(lines, block),
        acceptance: [acceptance(&all), checks(lines, block)].concat(),
        ..Item::default()
    };
    if let Some(id) = field(&all, &["task id"]).map(|f| f.value.trim_matches(['`', ' '])).filter(|id| !id.is_empty()) {
        let number = std::mem::replace(&mut item.key, id.to_owned());
        item.aliases.push(number);
    }
    let status = state(lines, block, &all).is_some_and(is_done_word);
    item.done =
        status || line.text.contains(['✅', '✓', '✔']) || line.text.contains("[x]") || line.text.contains("[X]");
    item.priority = field(&all, &["priority"]).and_then(|f| priority_of(f.value));
    item.estimate =
        field(&all, &["estimated effort", "effort", "duration", "estimate", "time estimate", "estimated time"])
            .and_then(|f| minutes(f.value));
    item.files = files(&all);
    if item.files.is_empty() {
        item.files = if all.is_empty() { declared_files(&item.details) } else { written_files(&prose(lines, block)) };
    }
    contexts(lines, block, &mut item, &mut says);
    (item, says)
}

/// What a task's own lines say, without what criteria, tests and code name.
fn prose(lines: &[Line<'_>], block: &Block) -> String {
    let mut kept = String::new();
    let mut aside = false;
    for line in &lines[block.clone()] {
        let label = field_name(line);
        aside = match (&label, line.shape) {
            (Some(name), _) => {
                is_criteria(name) || is_dependency(name) || name.contains("test") || name.contains("reference")
            }
            (None, Shape::Blank) => aside,
            (None, Shape::Text) => false,
            _ => aside,
        };
        if !aside && line.is_prose() {
            kept.push_str(line.text);
            kept.push('\n');
        }
    }
    kept
}

/// Files that fields declare.
fn files(all: &[Field<'_>]) -> Vec<FileUse> {
    let mut files: Vec<FileUse> = Vec::new();
    for f in all {
        let name = f.name.as_str();
        let made = ["deliverable", "deliverables", "create", "new files", "files to create", "new file", "creates"]
            .contains(&name);
        let named = made || FILE_FIELDS.contains(&name);
        for text in std::iter::once(&f.value).chain(&f.items).filter(|_| named) {
            let found = declared_files(text).into_iter().map(|file| FileUse { creates: made || file.creates, ..file });
            files.extend(found);
        }
    }
    files.dedup_by(|a, b| a.path == b.path);
    files
}

/// JSON fences: what Orca calls the complete context of a task.
fn contexts(lines: &[Line<'_>], block: &Block, item: &mut Item, says: &mut Stated) {
    let mut n = block.start;
    while n < block.end {
        let opens = matches!(lines[n].shape, Shape::Code(_)) && lines[n].text.to_lowercase().ends_with("json");
        let end =
            (n + 1..block.end).find(|&k| !matches!(lines[k].shape, Shape::Code(_)) || lines[k].text.starts_with("```"));
        let Some(end) = end.filter(|_| opens) else {
            n += 1;
            continue;
        };
        let text = lines[n + 1..end].iter().map(|line| line.text).collect::<Vec<_>>().join("\n");
        let located = Located::new(&text);
        if let Ok(root) = located.root() {
            context(root, lines[n].number, item, says);
        }
        n = end + 1;
    }
}

fn context(root: Node<'_>, line: u32, item: &mut Item, says: &mut Stated) {
    for (name, node) in root.object().unwrap_or_default() {
        match name.as_str() {
            "dependencies" => node.texts().iter().for_each(|text| says.note(text, line)),
            "file_locations" => {
                let paths = node.object().unwrap_or_default().into_iter().filter_map(|(path, _)| path_of(&path));
                item.files.extend(paths.map(|path| FileUse { path, creates: false }));
            }
            "acceptance_criteria" => item.acceptance.extend(node.texts()),
            "complete_context" => context(node, line, item, says),
            _ => {}
        }
    }
}
