//! Orca's own Markdown, in the four shapes that its repository has, and the many plans that look like them: a heading for
//! each task (`#### TASK-1.1: …`, `### Task 5: …`, `#### US-1.1: …`, `#### 1.1 …`), `**Fields**:` below, perhaps a JSON
//! fence with its whole context. Fields state the order; trees and layers elsewhere contradict them and count for nothing.
//! Where a document has no boxes, two headings called tasks or steps, or with ids (`## Step 2: …`, `### T1: …`), are a plan
//! without any field.

use super::checks::checks;
use super::fields::{
    Field, acceptance, field, field_name, fields, is_criteria, is_dependency, is_done_word, is_dropped_word, state,
};
use super::format::{Format, MarkPlace};
use super::headings;
use super::plain_fields::plain_fields;
use super::shared::without_parallel;
use super::shared::{companions, declared_files, text_of, written_files};
use super::stated::{Stated, link, stated};
use super::task_headings::{HeadingKind, head, kind_of, with_bold_headings};
use crate::model::FileUse;
use crate::plan::document::Document;
use crate::plan::plan_draft::{Item, Order, PlanDraft};
use crate::plan::text::{
    Block, Line, Located, Node, Shape, blocks, is_struck, leading_id, minutes, minutes_in, path_of, priority_of,
    task_title,
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

impl Format for Orca {
    fn name(&self) -> &'static str {
        "orca-markdown"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Field
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        document.is_markdown() && (kind_of(document.lines()).is_some() || in_bold(document.lines()).is_some())
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        match in_bold(document.lines()) {
            Some(lines) => read_headings(&lines, sheet),
            None => read_headings(document.lines(), sheet),
        }
        companions(document, sheet, &COMPANIONS, &[]);
    }
}

/// The lines of a document whose tasks are headings in bold, with these as headings.
fn in_bold<'a>(lines: &[Line<'a>]) -> Option<Vec<Line<'a>>> {
    if kind_of(lines).is_some() {
        return None;
    }
    with_bold_headings(lines).filter(|lines| kind_of(lines).is_some())
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
    for line in lines.iter().filter(|line| kind != HeadingKind::Story && head(line, HeadingKind::Story).is_some()) {
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
    let mut untitled = false;
    for (n, line) in lines.iter().enumerate() {
        while inside.peek().is_some_and(|block| block.end <= n) {
            inside.next();
        }
        let outside = inside.peek().is_none_or(|block| n < block.start);
        let like = [HeadingKind::Task, HeadingKind::Number].iter().any(|kind| head(line, *kind).is_some());
        if outside && line.heading().is_some() {
            untitled = is_untitled(line);
        }
        if outside && (like || is_untitled(line) || untitled && line.boxed().is_some_and(|boxed| !boxed.is_done())) {
            sheet.not_read(line.number, line.text);
        } else if outside && line.boxed().is_some() {
            sheet.ignore("boxes outside tasks", line.number);
        }
    }
}

/// `### T3:`, an id without a title.
fn is_untitled(line: &Line<'_>) -> bool {
    let ends = |title: &str| title.ends_with([':', '：', '.']);
    line.heading().is_some_and(|(level, title)| {
        level > 1
            && ends(title)
            && leading_id(title).is_some_and(|(_, rest)| rest.trim_matches([':', '：', ' ']).is_empty())
    })
}

fn read_task(lines: &[Line<'_>], block: &Block, key: &str, title: &str) -> (Item, Stated) {
    let line = &lines[block.start];
    let mut all = fields(lines, block);
    let is_plain = all.is_empty();
    if is_plain {
        all = plain_fields(lines, block);
    }
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
    let told = state(lines, block, &all);
    let ticked = || {
        let steps: Vec<_> = lines[block.clone()].iter().filter_map(Line::boxed).collect();
        !steps.is_empty() && steps.iter().all(|step| step.is_done())
    };
    item.done = told.is_some_and(is_done_word)
        || line.text.contains(['✅', '✓', '✔'])
        || line.text.contains("[x]")
        || line.text.contains("[X]")
        || told.is_none() && ticked();
    item.optional = !item.done && (told.is_some_and(is_dropped_word) || is_struck(title));
    item.priority = field(&all, &["priority"]).and_then(|f| priority_of(f.value));
    item.estimate =
        field(&all, &["estimated effort", "effort", "duration", "estimate", "time estimate", "estimated time"])
            .and_then(|f| minutes(f.value))
            .or_else(|| minutes_in(title));
    item.files = files(&all);
    if item.files.is_empty() {
        item.files = if is_plain { declared_files(&item.details) } else { written_files(&prose(lines, block)) };
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
