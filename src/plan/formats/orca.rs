//! Orca's own Markdown, in the four shapes that its repository has, and the many plans that look like them: a heading for
//! each task (`#### TASK-1.1: …`, `### Task 5: …`, `#### US-1.1: …`, `#### 1.1 …`), `**Fields**:` below, perhaps a JSON
//! fence with its whole context. Fields state the order; trees and layers elsewhere contradict them and count for nothing.
//! Where a document has no boxes, two headings called tasks or steps (`## Step 2: …`) are a plan without any field.

use super::fields::{Field, acceptance, field, fields, is_done_word};
use super::shared::{companions, declared_files, text_of};
use super::{Format, MarkPlace, headings};
use crate::model::{FileUse, Why};
use crate::plan::document::Document;
use crate::plan::names::Names;
use crate::plan::plan_draft::{Item, Link, Order, PlanDraft};
use crate::plan::text::{
    Block, Grammar, Line, Located, Node, References, Shape, blocks, minutes, numbered, path_of, plain_title,
    priority_of,
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

/// What a heading of a task is called by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `TASK-1.1`
    Task,
    /// `Task 5`
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
        let lines = document.lines();
        sheet.title = headings::title(lines);
        let Some(kind) = kind_of(lines) else { return };
        let found = blocks(lines, |n| head(&lines[n], kind).is_some());
        let mut stated: Vec<Stated> = Vec::new();
        for block in &found {
            if let Some((key, title)) = head(&lines[block.start], kind) {
                let (item, says) = read_task(lines, block, key, title);
                sheet.items.push(item);
                stated.push(says);
            }
        }
        for line in lines.iter().filter(|line| kind != Kind::Story && head(line, Kind::Story).is_some()) {
            sheet.ignore("user stories beside the tasks", line.number);
        }
        headings::assign(lines, &found, sheet, |_| false);
        order(sheet, &stated);
        companions(document, sheet, &COMPANIONS, &[]);
    }
}

/// What the fields of one task say about order.
#[derive(Debug, Default)]
struct Stated {
    /// The number in the heading, when the task has another id.
    alias: String,
    /// Whether there is anything, "None" included.
    said: bool,
    /// Texts that name what comes first, with their lines.
    waits: Vec<(String, u32)>,
    /// Line of "All previous tasks", or 0.
    all_previous: u32,
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
            let words = if kind == Kind::Step { ["Step ", "STEP "] } else { ["Task ", "TASK "] };
            let rest = words.iter().find_map(|word| title.strip_prefix(word))?;
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len());
            let key = rest[..end].trim_end_matches('.');
            (key.starts_with(|c: char| c.is_ascii_digit())).then(|| (key, &rest[key.len()..]))?
        }
        Kind::Section => numbered(title).filter(|(key, _)| level >= 3 && key.contains('.'))?,
    };
    Some((key, rest.trim_start_matches([':', '：', '.', '-', '–', '—', ' ', '*', ']'])))
}

/// `TASK-1.1`, `US-2`, `IMPL-03` at the start.
fn lettered(text: &str) -> Option<(&str, &str)> {
    let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
    let rest = text[letters..].strip_prefix('-')?;
    let numbers = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let id = text[..letters + 1 + numbers].trim_end_matches('.');
    let ends = !text[id.len()..].starts_with(|c: char| c.is_ascii_alphanumeric());
    let first = rest.starts_with(|c: char| c.is_ascii_digit());
    ((2..=8).contains(&letters) && first && numbers <= 12 && ends).then(|| (id, &text[id.len()..]))
}

/// Ids in fields: with letters, or a number behind "Task".
const IDS: Grammar = Grammar(|text, listed| {
    if let Some((id, _)) = lettered(text) {
        return Some((id.len(), id));
    }
    let word = ["Tasks ", "Task ", "tasks ", "task ", "Steps ", "Step ", "steps ", "step "]
        .iter()
        .find(|word| text.starts_with(**word))
        .map_or(0, |w| w.len());
    let rest = &text[word..];
    let end = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let id = rest[..end].trim_end_matches('.');
    (!id.is_empty() && id.len() <= 12 && (word > 0 || listed)).then(|| (word + id.len(), id))
});

fn read_task(lines: &[Line<'_>], block: &Block, key: &str, title: &str) -> (Item, Stated) {
    let line = &lines[block.start];
    let all = fields(lines, block);
    let mut says = Stated::default();
    let mut item = Item {
        key: key.to_owned(),
        title: plain_title(title.trim_end_matches(['✅', '✓', '✔', ' '])),
        line: line.number,
        details: text_of(lines, block),
        acceptance: acceptance(&all),
        ..Item::default()
    };
    if let Some(id) = field(&all, &["task id"]).map(|f| f.value.trim_matches(['`', ' '])).filter(|id| !id.is_empty()) {
        says.alias = std::mem::replace(&mut item.key, id.to_owned());
    }
    let status = field(&all, &["status"]).is_some_and(|f| is_done_word(f.value));
    item.done =
        status || line.text.contains(['✅', '✓', '✔']) || line.text.contains("[x]") || line.text.contains("[X]");
    item.priority = field(&all, &["priority"]).and_then(|f| priority_of(f.value));
    item.estimate =
        field(&all, &["estimated effort", "effort", "duration", "estimate", "time estimate", "estimated time"])
            .and_then(|f| minutes(f.value));
    item.files = if all.is_empty() { declared_files(&item.details, &item.title) } else { files(&all) };
    if let Some(f) = field(&all, &["dependencies", "depends on", "dependency", "prerequisites"]) {
        waits_for(&mut says, f.value, f.line);
        f.items.iter().for_each(|text| waits_for(&mut says, text, f.line));
    } else {
        for line in &lines[block.start + 1..block.end] {
            plain_wait(line).into_iter().for_each(|text| waits_for(&mut says, text, line.number));
        }
    }
    contexts(lines, block, &mut item, &mut says);
    (item, says)
}

/// What a line says about order whose author left out the stars: `Depends on: Task 1`, `- Dependencies: none`, or a
/// sentence `Depends on Step 1.`
fn plain_wait<'a>(line: &Line<'a>) -> Option<&'a str> {
    let text = match line.shape {
        Shape::Item(text) => text,
        Shape::Text => line.text.trim(),
        _ => return None,
    };
    let names = ["depends on", "dependencies", "dependency", "prerequisites"];
    if let Some((_, value)) =
        text.split_once(':').filter(|(name, _)| names.iter().any(|n| name.eq_ignore_ascii_case(n)))
    {
        return Some(value.trim());
    }
    let said = text.split(". ").map(str::trim_start).find_map(|sentence| {
        let begins = sentence.get(..11).is_some_and(|words| words.eq_ignore_ascii_case("depends on "));
        begins.then(|| &sentence[11..])
    })?;
    References::new(said, IDS).groups().next().is_some().then_some(said)
}

/// Files that fields declare.
fn files(all: &[Field<'_>]) -> Vec<FileUse> {
    let mut files: Vec<FileUse> = Vec::new();
    for f in all {
        let made = ["deliverable", "deliverables", "create", "new files"].contains(&f.name.as_str());
        let named = made || ["files", "file", "location", "modify", "files to modify"].contains(&f.name.as_str());
        for text in std::iter::once(&f.value).chain(&f.items).filter(|_| named) {
            let found = declared_files(text, "").into_iter().map(|file| FileUse { creates: made, ..file });
            files.extend(found);
        }
    }
    files.dedup_by(|a, b| a.path == b.path);
    files
}

/// One text about what comes first.
fn waits_for(says: &mut Stated, text: &str, line: u32) {
    let lower = text.to_lowercase();
    says.said = true;
    if ["all previous", "all prior", "all earlier", "all above"].iter().any(|words| lower.contains(words)) {
        says.all_previous = line;
    } else if !["none", "n/a", "-", "—", ""].contains(&lower.trim_matches(['.', ' ', '*', '`'])) {
        says.waits.push((text.to_owned(), line));
    }
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
            "dependencies" => node.texts().iter().for_each(|text| waits_for(says, text, line)),
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

/// Turns what fields say into links. A plan in which no field says anything has the order of the document.
fn order(sheet: &mut PlanDraft, stated: &[Stated]) {
    if stated.iter().any(|says| says.said) {
        sheet.order = Order::Stated;
    }
    let mut names = Names::of(&sheet.items);
    for (n, says) in stated.iter().enumerate() {
        let item = n as u32;
        if !says.alias.is_empty() {
            names.add(&says.alias, item);
        }
        let title = sheet.items[n].title.to_lowercase();
        if !names.has(&title) {
            names.add(&title, item);
        }
    }
    for (n, says) in stated.iter().enumerate() {
        let n = n as u32;
        if says.all_previous > 0 {
            let line = says.all_previous;
            sheet.link(Link { before: (0..n).collect(), after: vec![n], why: Why::Explicit, line, own: false });
        }
        for (text, line) in &says.waits {
            let references = References::new(text, IDS);
            let mut found = Vec::new();
            references.groups().for_each(|group| {
                let members = names.group(group, n, &sheet.items);
                members.dangling.iter().for_each(|id| sheet.dangling(&names, id, *line));
                found.extend(members.items);
            });
            if found.is_empty() {
                found = by_title(&names, text, n, sheet);
            }
            if found.is_empty() && references.groups().next().is_none() {
                sheet.ignore("dependencies that name no task of the plan", *line);
            }
            sheet.link(Link { before: found, after: vec![n], why: Why::Explicit, line: *line, own: true });
        }
    }
}

/// A dependency by title: `Pydantic Models`, `Task Extraction (done)`.
fn by_title(names: &Names, text: &str, from: u32, sheet: &PlanDraft) -> Vec<u32> {
    let lower = plain_title(text).to_lowercase();
    let bare = lower.split('(').next().unwrap_or(&lower).trim();
    [lower.trim(), bare]
        .iter()
        .map(|title| names.one(title, from, &sheet.items))
        .find(|f| !f.is_empty())
        .unwrap_or_default()
}
