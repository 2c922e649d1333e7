//! Sisyphus and Prometheus plans: `.sisyphus/plans/<name>.md`. Boxes with an id at the margin are tasks (`1.`, `T4b.`,
//! `F1.`), `Blocks` and `Blocked By` below them the order, each said on one side only often enough that both count.

use super::checks::checks;
use super::fields::{Field, acceptance, fields};
use super::format::Format;
use super::headings;
use super::shared::text_of;
use crate::model::{FileUse, TaskKind, Why};
use crate::plan::document::Document;
use crate::plan::names::Names;
use crate::plan::plan_draft::{Item, Link, Order, PlanDraft};
use crate::plan::text::{
    Block, Grammar, ID_DIGITS, Line, PathRole, References, Relation, Shape, blocks, paths_with_roles, task_title,
};

pub(in crate::plan) struct Sisyphus;

impl Format for Sisyphus {
    fn name(&self) -> &'static str {
        "sisyphus"
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        if !document.is_markdown() {
            return false;
        }
        let lines = document.lines();
        let todos = lines.iter().any(|l| l.heading().is_some_and(|(_, title)| title.eq_ignore_ascii_case("TODOs")));
        let placed = document.path.contains(".sisyphus/");
        (todos && document.text.contains("Blocked By") || placed) && lines.iter().any(|line| head(line).is_some())
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        let lines = document.lines();
        sheet.title = headings::title(lines);
        let found = blocks(lines, |n| head(&lines[n]).is_some());
        for block in &found {
            if let Some((key, title)) = head(&lines[block.start]) {
                sheet.items.push(item(lines, block, key, title));
            }
        }
        headings::assign(lines, &found, sheet, |_| false);
        let names = Names::of(&sheet.items);
        for (n, block) in found.iter().enumerate() {
            order(lines, block, n as u32, &names, sheet);
        }
        drawn_waves(lines, &found, &names, sheet);
        if !sheet.links.is_empty() {
            sheet.order = Order::Stated;
            final_wave(sheet);
        }
        let mut inside = found.iter().peekable();
        for (n, line) in lines.iter().enumerate().filter(|(_, line)| line.boxed().is_some()) {
            while inside.peek().is_some_and(|block| block.end <= n) {
                inside.next();
            }
            if inside.peek().is_none_or(|block| block.start != n) {
                sheet.ignore("boxes that are criteria or evidence", line.number);
            }
        }
    }
}

/// `├── Task 3: Queue (depends: 1, 2)` in the drawing of the waves, for tasks that do not say themselves what blocks them.
fn drawn_waves(lines: &[Line<'_>], found: &[Block], names: &Names, sheet: &mut PlanDraft) {
    let says = |block: &Block| lines[block.clone()].iter().any(|line| line.text.contains("Blocked By"));
    for line in lines.iter().filter(|line| matches!(line.shape, Shape::Code(_))) {
        let text = line.text.trim_start_matches(['├', '└', '│', '─', '-', '|', '+', ' ', '\u{a0}']);
        let Some(rest) = text.strip_prefix("Task ") else { continue };
        let Some(id) = id_at(rest) else { continue };
        let Some((_, inner)) = rest.split_once("(depends") else { continue };
        let inner = inner.split(')').next().unwrap_or_default().trim_start_matches([':', ' ']);
        let inner = inner.strip_prefix("on ").unwrap_or(inner);
        for n in names.one(id, 0, &sheet.items) {
            if found.get(n as usize).is_some_and(says) {
                continue;
            }
            for group in References::new(inner, IDS).listed() {
                sheet.waits(names, n, Relation::After, group, line.number);
            }
        }
    }
}

/// The id and title of a box at the margin.
fn head<'a>(line: &Line<'a>) -> Option<(&'a str, &'a str)> {
    head_of(line).map(|(id, _, title)| (id, title))
}

/// The same with the ids that the item stands for.
fn head_of<'a>(line: &Line<'a>) -> Option<(&'a str, Vec<String>, &'a str)> {
    let boxed = line.boxed().filter(|_| line.indent == 0)?;
    let text = boxed.text.trim_start_matches(['*', '_', '~']);
    let text = text.strip_prefix("Task ").unwrap_or(text);
    let (id, aliases) = head_id(text)?;
    let rest = text[id.len()..].trim_start_matches(['*', '_']);
    let rest = rest.strip_prefix(['.', ':', ')'])?;
    Some((id, aliases, rest.trim_start_matches(['*', '_', ' '])))
}

/// `12`, `4b`, `T4b`, `F1`, `B1.1`, and the range `2-4` of one item.
fn id_at(text: &str) -> Option<&str> {
    let letter = usize::from(text.starts_with(|c: char| c.is_ascii_uppercase()));
    let digits = |at: usize| text.get(at..).map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    let first = digits(letter);
    let mut end = letter + first;
    while text[end..].starts_with('.') && (1..=3).contains(&digits(end + 1)) {
        end += 1 + digits(end + 1);
    }
    let suffix = usize::from(text[end..].starts_with(|c: char| c.is_ascii_lowercase()));
    let id = &text[..end + suffix];
    let open = text[id.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '%');
    ((1..=ID_DIGITS).contains(&first) && !open).then_some(id)
}

/// The id of an item, which may be a range: the bytes it takes, and the ids it stands for.
fn head_id(text: &str) -> Option<(&str, Vec<String>)> {
    let first = id_at(text)?;
    let number = |id: &str| id.parse::<u32>().ok();
    let range = text[first.len()..].strip_prefix(['-', '–', '~']).and_then(id_at);
    if let Some(last) = range
        && let (Some(low), Some(high)) = (number(first), number(last))
        && low < high
        && high - low < MOST_IN_RANGE
    {
        let joint = text[first.len()..].chars().next().map_or(1, char::len_utf8);
        return Some((&text[..first.len() + joint + last.len()], (low..=high).map(|n| n.to_string()).collect()));
    }
    Some((first, Vec::new()))
}

/// Numbers that one item may stand for.
const MOST_IN_RANGE: u32 = 50;

/// Ids in fields, where a number alone is one.
const IDS: Grammar = Grammar(|text, _| {
    let word =
        ["Tasks ", "Task ", "tasks ", "task "].iter().find(|word| text.starts_with(**word)).map_or(0, |w| w.len());
    // The end of a range is no letter's beginning: "2-4" are two numbers.
    id_at(&text[word..]).map(|id| (word + id.len(), id))
});

fn item(lines: &[Line<'_>], block: &Block, key: &str, title: &str) -> Item {
    let all = fields(lines, block);
    let mut files: Vec<FileUse> = Vec::new();
    // References are read; what is changed stands under what to do and in the commit.
    for f in all.iter().filter(|f| {
        ["what to do", "files", "commit", "files to modify", "create", "files to create", "modify"]
            .contains(&f.name.as_str())
    }) {
        for text in std::iter::once(&f.value).chain(&f.items) {
            let known = |path: &str, files: &[FileUse]| files.iter().any(|file| file.path.as_str() == path);
            for (path, role) in paths_with_roles(text) {
                let read = role == PathRole::Read || path.as_str().starts_with(".sisyphus/");
                if !read && !known(path.as_str(), &files) {
                    files.push(FileUse { path, creates: role == PathRole::Made });
                }
            }
        }
    }
    Item {
        key: key.to_owned(),
        aliases: head_of(&lines[block.start]).map(|(_, aliases, _)| aliases).unwrap_or_default(),
        title: task_title(title),
        line: lines[block.start].number,
        done: lines[block.start].boxed().is_some_and(|boxed| boxed.is_done()),
        kind: is_final(key).then_some(TaskKind::Verify),
        files,
        details: text_of(lines, block),
        acceptance: criteria(lines, block, &all),
        ..Item::default()
    }
}

/// What stands under acceptance, and the scenarios; the steps of a scenario are no criteria.
fn criteria(lines: &[Line<'_>], block: &Block, all: &[Field<'_>]) -> Vec<String> {
    let mut found = acceptance(all);
    let fresh: Vec<String> = checks(lines, block).into_iter().filter(|check| !found.contains(check)).collect();
    found.extend(fresh);
    found
}

/// `Blocks` and `Blocked By`, as fields of their own or as parts of one line.
fn order(lines: &[Line<'_>], block: &Block, n: u32, names: &Names, sheet: &mut PlanDraft) {
    for line in lines[block.start + 1..block.end].iter().filter(|line| line.is_prose()) {
        if !line.text.contains("Block") {
            continue;
        }
        for part in line.text.split('|') {
            let part = part.replace("**", "");
            let part = part.trim().trim_start_matches(['-', '*', ' ']);
            let said =
                [("Blocked By:", Relation::After), ("Blocked by:", Relation::After), ("Blocks:", Relation::Before)];
            let Some((value, relation)) = said.iter().find_map(|(w, r)| part.strip_prefix(w).map(|value| (value, *r)))
            else {
                continue;
            };
            let value = without_brackets(value);
            for group in References::new(&value, IDS).groups() {
                sheet.waits(names, n, relation, group, line.number);
            }
        }
    }
}

/// What brackets say about an id ("needs 2 types") is no id.
fn without_brackets(text: &str) -> String {
    let mut depth = 0usize;
    let mut kept = String::new();
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    kept
}

/// `F1`: a task of the final verification wave; `F3.1` is one of a phase that somebody called F.
fn is_final(key: &str) -> bool {
    key.strip_prefix('F').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
}

/// The final wave comes after all other tasks.
fn final_wave(sheet: &mut PlanDraft) {
    let (last, first): (Vec<u32>, Vec<u32>) =
        (0..sheet.items.len() as u32).partition(|&n| is_final(&sheet.items[n as usize].key));
    if let Some(&n) = last.first() {
        let line = sheet.items[n as usize].line;
        sheet.link(Link { before: first, after: last, why: Why::Wave, line, own: false });
    }
}
