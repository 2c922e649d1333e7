//! Which lines are tasks, and what their line says.

use std::collections::{BTreeMap, HashSet};

use super::ids::task_id;
use super::table::{Columns, TaskRow, columns, row};
use crate::plan::formats::fields::{acceptance, field, fields, is_checks, is_criteria, is_done_word};
use crate::plan::formats::plain_fields::plain_fields;
use crate::plan::formats::shared::{declared_files, text_of, without_parallel};
use crate::plan::plan_draft::{Item, PlanDraft};
use crate::plan::text::{
    Block, ID_DIGITS, Line, Shape, blocks, exact_minutes, kind_of, minutes, minutes_in, plain_title, task_title,
};

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
    /// Tags in front of the id.
    tags: Vec<&'a str>,
    rest: &'a str,
    struck: bool,
}

/// Whether tasks are written as spec-kit writes them: with an id, the third digit being what tells `T001` from a task
/// somebody numbered.
pub(super) fn looks_like(lines: &[Line<'_>]) -> bool {
    let with = |style: Style, digits: usize| {
        lines.iter().filter(|line| head(line, style).is_some_and(|h| h.key.len() > digits)).count()
    };
    let boxes = lines.iter().filter(|line| line.boxed().is_some()).count();
    let ids = with(Style::Boxes, 1);
    with(Style::Boxes, 3) > 0
        || ids > 0 && ids * 2 >= boxes
        || with(Style::Headings, 3) > 1
        || with(Style::Rows, 3) > 1
        || starts(lines, Style::Bullets).len() > 1
}

/// Reads the tasks of a file in the first style it has any of, and lines beside them whose id was put where the box
/// belongs; returns the lines of each.
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
    let starts: BTreeMap<usize, (Style, Head<'_>)> = starts(lines, style).into_iter().collect();
    let found = match style {
        // A row is one line.
        Style::Rows => starts.keys().map(|&n| n..n + 1).collect(),
        _ => blocks(lines, |n| starts.contains_key(&n)),
    };
    let mut table: Option<(usize, Columns)> = None;
    for block in &found {
        if let Some((style, head)) = starts.get(&block.start) {
            // The rows of one table share its head.
            let at = block.start;
            let goes_on = |last: usize| lines[last..at].iter().all(|line| line.shape == Shape::Row);
            if *style == Style::Rows && !table.as_ref().is_some_and(|(last, _)| goes_on(*last)) {
                table = Some((at, columns(lines, at)));
            }
            let row = table.as_mut().filter(|_| *style == Style::Rows).map(|(last, columns)| {
                *last = at;
                row(&lines[at], columns)
            });
            let item = item(lines, block, head, *style, row.unwrap_or_default(), sheet);
            sheet.items.push(item);
        }
    }
    note_ignored(lines, &found, sheet);
    found
}

/// The lines that tasks start on, with what each says, in a file whose tasks are written in `style`.
fn starts<'a>(lines: &[Line<'a>], style: Style) -> Vec<(usize, (Style, Head<'a>))> {
    let mut found: Vec<(usize, (Style, Head<'a>))> = Vec::new();
    let mut known: HashSet<&str> = HashSet::new();
    if style != Style::Bullets {
        known.extend(lines.iter().filter_map(|line| head(line, style)).map(|head| head.key));
    }
    // Widths of the ids' digits, for ids that lost their letter.
    let widths: HashSet<usize> = known.iter().map(|key| key.bytes().filter(u8::is_ascii_digit).count()).collect();
    let mut aside: Option<u8> = None;
    for (n, line) in lines.iter().enumerate() {
        if let Some((level, title)) = line.heading() {
            aside = aside.filter(|open| level > *open);
            if aside.is_none() && is_aside(title) {
                aside = Some(level);
            }
        }
        if let Some(head) = head(line, style).filter(|_| style != Style::Bullets || aside.is_none()) {
            // A bullet about a task that stands above is a remark.
            if style != Style::Bullets || known.insert(head.key) {
                found.push((n, (style, head)));
            }
        } else if let Some(head) = stray(line, &widths).filter(|_| aside.is_none())
            && known.insert(head.key)
        {
            found.push((n, (Style::Bullets, head)));
        }
    }
    found
}

/// Headings below which ids are spoken of, not defined.
fn is_aside(title: &str) -> bool {
    let lower = title.to_lowercase();
    let words = [
        "depend",
        "order",
        "parallel",
        "critical path",
        "strategy",
        "summary",
        "note",
        "mapping",
        "coverage",
        "traceab",
        "依存",
        "依赖",
        "并行",
        "並列",
        "의존",
        "format",
        "checklist",
        "legend",
        "overview",
        "progress",
    ];
    task_id(title).is_none() && words.iter().any(|word| lower.contains(word))
}

/// A bullet whose box was forgotten: the id stands in the brackets (`[T004]`, `[002]`), or a box holds an id that lost its
/// letter (`- [ ] 002 [P] …`).
fn stray<'a>(line: &Line<'a>, widths: &HashSet<usize>) -> Option<Head<'a>> {
    let (inner, boxed) = match line.shape {
        Shape::Item(text) => (text.strip_prefix('[')?, false),
        Shape::Box(boxed) => (boxed.text.trim_start_matches(['*', '`']), true),
        _ => return None,
    };
    let lettered = task_id(inner).map(str::len).filter(|_| !boxed);
    let digits = || {
        let digits = inner.bytes().take_while(u8::is_ascii_digit).count();
        let padded = (3..=ID_DIGITS).contains(&digits)
            && (widths.is_empty() && inner.starts_with('0') || widths.contains(&digits));
        padded.then_some(digits)
    };
    let end = lettered.or_else(digits)?;
    let rest = if boxed { &inner[end..] } else { inner[end..].strip_prefix(']')? };
    let ends = rest.starts_with([' ', ':', '*', '`', '.']);
    (ends && !rest.starts_with("](")).then(|| Head { key: &inner[..end], tags: Vec::new(), rest, struck: false })
}

fn head<'a>(line: &Line<'a>, style: Style) -> Option<Head<'a>> {
    let text = match (style, line.shape) {
        (Style::Boxes, Shape::Box(boxed)) => boxed.text,
        (Style::Headings, Shape::Heading { level, title }) if level > 1 => title,
        (Style::Rows, Shape::Row) => line.text.trim_start_matches('|'),
        (Style::Bullets, Shape::Item(text)) => text,
        _ => return None,
    };
    let text = text.trim_start();
    let mut text = text
        .strip_prefix("[x]")
        .or_else(|| text.strip_prefix("[ ]"))
        .or_else(|| text.strip_prefix("[X]"))
        .unwrap_or(text)
        .trim_start();
    // `[P] [US1] T001 …`
    let mut tags_before = Vec::new();
    while let Some((tag, rest)) =
        text.strip_prefix('[').and_then(|inner| inner.split_once(']')).filter(|(tag, _)| is_tag(tag))
    {
        tags_before.push(tag);
        text = rest.trim_start();
    }
    let marks = |c: char| matches!(c, '*' | '~' | '`' | '[' | '_' | ' ' | '✅' | '⏳' | '🔮' | '☑' | '⬜' | '\u{fe0f}');
    let start = text.trim_start_matches(marks);
    let key = task_id(start)?;
    let struck = text[..text.len() - start.len()].contains("~~");
    let rest = start[key.len()..].trim_start_matches(['*', '~', '`', ']', '_']);
    // A bullet that only mentions tasks ("T001, T002 (setup)", "T005 depends on T004") is not one.
    let trimmed = rest.trim_start();
    let list = matches!(style, Style::Bullets)
        && (trimmed.starts_with([',', '-', '–', '→', '(', '|', '&', '+', '、', '~', '/', '‖'])
            || !trimmed.starts_with([':', '[', '：', '.']) && trimmed.starts_with(|c: char| c.is_lowercase()));
    (!list).then_some(Head { key, tags: tags_before, rest, struck })
}

/// Tags that stand before an id.
fn is_tag(text: &str) -> bool {
    let digits = |rest: &str| rest.bytes().all(|b| b.is_ascii_digit());
    text == "P"
        || text == "p"
        || text.strip_prefix("US").is_some_and(digits)
        || text.strip_prefix("Story").is_some_and(digits)
}

fn item(lines: &[Line<'_>], block: &Block, head: &Head<'_>, style: Style, row: TaskRow, sheet: &mut PlanDraft) -> Item {
    let line = &lines[block.start];
    let (mut tags, title) = tags(head.rest);
    tags.extend(&head.tags);
    let title = if style == Style::Rows { row.title.as_str() } else { title };
    let (bare, parallel) = without_parallel(title);
    let title = task_title(&bare);
    let mut item = Item { key: head.key.to_owned(), line: line.number, ..Item::default() };
    if head.key.starts_with(|c: char| c.is_ascii_digit()) {
        item.aliases.push(format!("T{}", head.key));
    }
    let lower = title.to_lowercase();
    item.done = is_done(lines, block, style);
    let deferred = tags.iter().any(|tag| tag.to_ascii_uppercase().starts_with("DEFERRED"));
    let optional = ["(optional)", "(可选)", "[optional]", "🔮"].iter().any(|mark| lower.contains(mark));
    item.optional = (deferred || optional || head.struck) && !item.done;
    if item.optional && head.struck {
        sheet.ignore("struck out", line.number);
    }
    let cells = style == Style::Rows && line.text.split('|').any(|cell| matches!(cell.trim(), "[P]" | "P"));
    item.parallel = parallel || cells || row.tells_order || tags.iter().any(|tag| tag.eq_ignore_ascii_case("P"));
    item.details = text_of(lines, block);
    let told = || row.estimate.as_deref().and_then(minutes);
    item.estimate = tags.iter().find_map(|tag| exact_minutes(tag)).or_else(|| minutes_in(&title)).or_else(told);
    item.files = declared_files(&item.details);
    item.acceptance = row.criteria;
    let all = fields(lines, block);
    item.acceptance.extend(acceptance(&all));
    if item.acceptance.is_empty() {
        item.acceptance = acceptance(&plain_fields(lines, block));
    }
    if style == Style::Headings {
        let boxes = lines[block.clone()].iter().filter_map(Line::boxed).map(|boxed| plain_title(boxed.text));
        let fresh: Vec<String> = boxes.filter(|text| !text.is_empty() && !item.acceptance.contains(text)).collect();
        item.acceptance.extend(fresh);
        let named = ["estimate", "effort", "duration", "estimated effort", "estimated time", "time estimate", "time"];
        item.estimate = item.estimate.or_else(|| field(&all, &named).and_then(|f| minutes(f.value)));
    }
    let paths: Vec<&str> = item.files.iter().map(|file| file.path.as_str()).collect();
    item.kind = Some(kind_of(&title, &paths));
    item.title = title;
    item
}

/// The `[tags]` in front of a description (`[P]`, `[US1]`, `[DEFERRED - PROD]`), and the description. Reads over the
/// second end of a range (`T030.2~T030.6:`) and over a ticket in round brackets that stands before a tag.
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
        if let Some((ticket, after)) = rest.strip_prefix('(').and_then(|inner| inner.split_once(')'))
            && ticket.len() <= 24
            && after.trim_start().starts_with("[P]")
        {
            rest = after.trim_start();
            continue;
        }
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
            let status = field(&fields(lines, block), &["status"]).is_some_and(|f| is_done_word(f.value));
            let boxes: Vec<bool> = lines[block.clone()].iter().filter_map(|l| l.boxed()).map(|b| b.is_done()).collect();
            marked || status || !boxes.is_empty() && boxes.iter().all(|done| *done)
        }
        Style::Rows | Style::Bullets => {
            line.boxed().is_some_and(|boxed| boxed.is_done())
                || line.text.contains(['✅', '✓', '✔'])
                || line.text.contains("[x]")
                || line.text.contains("[X]")
        }
    }
}

/// Says what became of the boxes that are no tasks. An open one at the margin among tasks, under no heading about checks,
/// was probably meant to be one.
fn note_ignored(lines: &[Line<'_>], found: &[Block], sheet: &mut PlanDraft) {
    let mut next = found.iter().peekable();
    let mut checks = false;
    let mut among = false;
    for (n, line) in lines.iter().enumerate() {
        if let Some((_, title)) = line.heading() {
            let end = (n + 1..lines.len()).find(|&k| lines[k].heading().is_some()).unwrap_or(lines.len());
            checks = is_checks(title) || is_criteria(title);
            let first = found.partition_point(|block| block.start < n);
            among = found.get(first).is_some_and(|block| block.start < end);
        }
        while next.peek().is_some_and(|block| block.end <= n) {
            next.next();
        }
        let Some(boxed) = line.boxed() else { continue };
        if next.peek().is_none_or(|block| n < block.start) {
            let meant = among && !checks && !boxed.is_done() && line.indent < 2 && !boxed.text.is_empty();
            if meant {
                sheet.not_read(line.number, line.text)
            } else {
                sheet.ignore("boxes without a task id", line.number)
            }
        } else if next.peek().is_some_and(|block| n > block.start) {
            sheet.ignore("boxes inside a task (steps or criteria)", line.number);
        }
    }
}
