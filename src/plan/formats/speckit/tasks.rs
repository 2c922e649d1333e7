//! Which lines are tasks, and what their line says.

use super::task_id;
use crate::plan::formats::shared::{declared_files, text_of};
use crate::plan::plan_draft::{Item, PlanDraft};
use crate::plan::text::{Block, Line, Shape, blocks, kind_of, minutes, plain_title};

/// How a file writes its tasks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// `- [ ] T001 …`
    Boxes,
    /// `#### T001: …`; boxes below are criteria.
    Headings,
    /// `| T001 | … |`
    Rows,
    /// `- T001 …`
    Bullets,
}

const STYLES: [Style; 4] = [Style::Boxes, Style::Headings, Style::Rows, Style::Bullets];

/// A task's line, taken apart.
struct Head<'a> {
    key: &'a str,
    rest: &'a str,
    struck: bool,
}

/// Whether tasks are written as spec-kit writes them: boxes or headings with an id, the third digit being what tells
/// `T001` from a task somebody numbered.
pub(super) fn looks_like(lines: &[Line<'_>]) -> bool {
    let with = |style: Style, digits: usize| {
        lines.iter().filter(|line| head(line, style).is_some_and(|h| h.key.len() > digits)).count()
    };
    let boxes = lines.iter().filter(|line| line.boxed().is_some()).count();
    let ids = with(Style::Boxes, 1);
    with(Style::Boxes, 3) > 0 || ids > 0 && ids * 2 >= boxes || with(Style::Headings, 3) > 1 || with(Style::Rows, 3) > 1
}

/// Reads the tasks of a file in the first style it has any of; returns the lines of each.
pub(super) fn read(lines: &[Line<'_>], sheet: &mut PlanDraft) -> Vec<Block> {
    sheet.title = lines
        .iter()
        .find_map(|l| l.heading().filter(|(level, _)| *level == 1))
        .map_or_else(String::new, |(_, title)| {
            plain_title(title.trim_start_matches("Tasks").trim_start_matches([':', '：', ' ']))
        });
    let Some(style) = STYLES.into_iter().find(|&style| lines.iter().any(|line| head(line, style).is_some())) else {
        return Vec::new();
    };
    let found = match style {
        // A row is one line.
        Style::Rows => (0..lines.len()).filter(|&n| head(&lines[n], style).is_some()).map(|n| n..n + 1).collect(),
        _ => blocks(lines, |n| head(&lines[n], style).is_some()),
    };
    for block in &found {
        if let Some(head) = head(&lines[block.start], style) {
            let item = item(lines, block, &head, style, sheet);
            sheet.items.push(item);
        }
    }
    note_ignored(lines, &found, sheet);
    found
}

fn head<'a>(line: &Line<'a>, style: Style) -> Option<Head<'a>> {
    let text = match (style, line.shape) {
        (Style::Boxes, Shape::Box(boxed)) => boxed.text,
        (Style::Headings, Shape::Heading { level, title }) if level > 2 => title,
        (Style::Rows, Shape::Row) => line.text.trim_start_matches('|'),
        (Style::Bullets, Shape::Item(text)) => text,
        _ => return None,
    };
    let text = text.trim_start();
    let text = text
        .strip_prefix("[x]")
        .or_else(|| text.strip_prefix("[ ]"))
        .or_else(|| text.strip_prefix("[X]"))
        .unwrap_or(text);
    let marks = |c: char| matches!(c, '*' | '~' | '`' | '[' | '_' | ' ' | '✅' | '⏳' | '🔮');
    let start = text.trim_start_matches(marks);
    let key = task_id(start)?;
    let struck = text[..text.len() - start.len()].contains("~~");
    let rest = start[key.len()..].trim_start_matches(['*', '~', '`', ']', '_']);
    // A bullet that only mentions tasks ("T001, T002 (setup)") is not one.
    let list = matches!(style, Style::Bullets)
        && rest.trim_start().starts_with([',', '-', '–', '→', '(', '|', '&', '+', '、']);
    (!list).then_some(Head { key, rest, struck })
}

fn item(lines: &[Line<'_>], block: &Block, head: &Head<'_>, style: Style, sheet: &mut PlanDraft) -> Item {
    let line = &lines[block.start];
    let (tags, title) = tags(head.rest);
    let title = plain_title(if style == Style::Rows { title.trim_end_matches('|').trim() } else { title });
    let mut item = Item { key: head.key.to_owned(), line: line.number, ..Item::default() };
    let lower = title.to_lowercase();
    item.done = is_done(lines, block, style);
    let deferred = tags.iter().any(|tag| tag.to_ascii_uppercase().starts_with("DEFERRED"));
    let optional = ["(optional)", "(可选)", "[optional]", "🔮"].iter().any(|mark| lower.contains(mark));
    item.optional = (deferred || optional || head.struck) && !item.done;
    if item.optional && head.struck {
        sheet.ignore("struck out", line.number);
    }
    item.parallel = tags.iter().any(|tag| tag.eq_ignore_ascii_case("P"));
    item.details = text_of(lines, block);
    item.estimate = tags.iter().find_map(|tag| minutes(tag));
    item.files = declared_files(&item.details, &title);
    if style == Style::Headings {
        item.acceptance =
            lines[block.clone()].iter().filter_map(Line::boxed).map(|boxed| plain_title(boxed.text)).collect();
    }
    let paths: Vec<&str> = item.files.iter().map(|file| file.path.as_str()).collect();
    item.kind = Some(kind_of(&title, &paths));
    item.title = title;
    item
}

/// The `[tags]` in front of a description (`[P]`, `[US1]`, `[DEFERRED - PROD]`), and the description. Reads over the
/// second end of a range (`T030.2~T030.6:`).
fn tags(rest: &str) -> (Vec<&str>, &str) {
    let mut rest = rest.trim_start();
    if let Some(after) = rest.strip_prefix(['~', '-', '–'])
        && let Some(last) = task_id(after.trim_start())
    {
        rest = &after.trim_start()[last.len()..];
    }
    let mut tags = Vec::new();
    loop {
        rest = rest.trim_start_matches(['*', ' ', ':', '：', '~', '|', '.', '—', '–']).trim_start();
        let Some(inner) = rest.strip_prefix('[') else { return (tags, rest) };
        let Some(end) = inner.find(']').filter(|end| *end <= 40 && !inner[end + 1..].starts_with('(')) else {
            return (tags, rest);
        };
        tags.push(inner[..end].trim());
        rest = &inner[end + 1..];
    }
}

fn is_done(lines: &[Line<'_>], block: &Block, style: Style) -> bool {
    let line = &lines[block.start];
    match style {
        Style::Boxes => line.boxed().is_some_and(|boxed| boxed.is_done()),
        Style::Headings => {
            let marked = line.text.contains(['✅', '✓', '✔']) || line.text.contains("[x]") || line.text.contains("[X]");
            let boxes: Vec<bool> = lines[block.clone()].iter().filter_map(|l| l.boxed()).map(|b| b.is_done()).collect();
            marked || !boxes.is_empty() && boxes.iter().all(|done| *done)
        }
        Style::Rows | Style::Bullets => {
            line.text.contains(['✅', '✓', '✔']) || line.text.contains("[x]") || line.text.contains("[X]")
        }
    }
}

fn note_ignored(lines: &[Line<'_>], found: &[Block], sheet: &mut PlanDraft) {
    let mut next = found.iter().peekable();
    for (n, line) in lines.iter().enumerate().filter(|(_, line)| line.boxed().is_some()) {
        while next.peek().is_some_and(|block| block.end <= n) {
            next.next();
        }
        if next.peek().is_none_or(|block| n < block.start) {
            sheet.ignore("boxes without a task id", line.number);
        } else if next.peek().is_some_and(|block| n > block.start) {
            sheet.ignore("boxes inside a task (steps or criteria)", line.number);
        }
    }
}
