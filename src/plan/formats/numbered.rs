//! Boxes with numbers: `- [ ] 1. Parent`, `- [ ] 1.1 Child`. Kiro, spec-workflow, Agent OS and ai-dev-tasks share it.
//!
//! A parent `N` with children `N.M` only groups them. Boxes without a number under a numbered one are its steps.

use std::collections::{BTreeMap, HashSet};

use super::checklist::{is_optional, is_struck_out, with_parents};
use super::fields::{acceptance, fields, is_checks, is_criteria};
use super::headings;
use super::shared::{declared_files, text_of, without_parallel};
use crate::plan::names::Names;
use crate::plan::plan_draft::{Item, Parent, PlanDraft};
use crate::plan::text::{Block, Grammar, Line, References, blocks, minutes_in, numbered, plain_title, task_title};

/// A numbered box, taken apart.
struct Head<'a> {
    number: &'a str,
    title: &'a str,
    optional: bool,
    done: bool,
}

/// Whether most boxes (or most of those at the margin) have numbers.
pub(super) fn looks_like(lines: &[Line<'_>]) -> bool {
    let outer = lines.iter().filter(|line| line.boxed().is_some() && line.indent < 2).count();
    let heads = lines.iter().filter(|line| head(line).is_some()).count();
    heads > 0 && heads * 2 >= outer
}

/// Reads the numbered boxes of a document.
pub(super) fn read(lines: &[Line<'_>], sheet: &mut PlanDraft) {
    sheet.title = headings::title(lines);
    let found = blocks(lines, |n| head(&lines[n]).is_some());
    let loose = unnumbered(lines, &found);
    let heads: Vec<Head<'_>> = found.iter().filter_map(|block| head(&lines[block.start])).collect();
    let parents = containers(&heads);
    let mut kept: Vec<Block> = Vec::new();
    let mut tops: Vec<(&str, usize)> = Vec::new();
    let mut groups: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for (n, (block, head)) in found.iter().zip(&heads).enumerate() {
        if parents[n] {
            continue;
        }
        let above = parent_of(&heads, &parents, n);
        for parent in std::iter::successors(above, |&k| parent_of(&heads, &parents, k)) {
            groups.entry(parent).or_default().push(sheet.items.len() as u32);
        }
        let item = item(lines, block, head, above.map(|k| &found[k]));
        if item.optional && lines[block.start].boxed().is_some_and(|boxed| is_struck_out(boxed.text)) {
            sheet.ignore("struck out", item.line);
        }
        sheet.items.push(item);
        tops.push((top(head.number), above.unwrap_or(n)));
        kept.push(block.clone());
    }
    let line = |n: usize| lines[found[n].start].number;
    sheet.parents = groups.into_iter().map(|(n, items)| Parent { line: line(n), items }).collect();
    headings::assign(lines, &kept, sheet, |_| false);
    if heads.iter().any(|head| head.number.contains('.')) {
        group_by_number(lines, &found, &tops, sheet);
    }
    let names = names(&heads, &parents, sheet);
    edges(lines, &kept, &names, sheet);
    for (n, line) in lines.iter().enumerate().filter(|(_, line)| line.boxed().is_some() && head(line).is_none()) {
        match loose.contains(&n) {
            true => sheet.not_read(line.number, line.text),
            false => sheet.ignore("boxes without a number (steps of a task)", line.number),
        }
    }
}

/// Boxes without a number that are no steps: at the margin, open, outside of every numbered one, and under no heading about
/// something else than work.
fn unnumbered(lines: &[Line<'_>], found: &[Block]) -> HashSet<usize> {
    let mut inside = found.iter().peekable();
    let mut loose = HashSet::new();
    let mut aside = false;
    for (n, line) in lines.iter().enumerate() {
        if let Some((_, title)) = line.heading() {
            aside = is_criteria(title) || is_checks(title);
        }
        while inside.peek().is_some_and(|block| block.end <= n) {
            inside.next();
        }
        let outside = inside.peek().is_none_or(|block| n < block.start);
        let open = line.boxed().is_some_and(|boxed| !boxed.is_done() && !boxed.text.is_empty());
        if outside && open && !aside && line.indent < 2 {
            loose.insert(n);
        }
    }
    loose
}

fn head<'a>(line: &Line<'a>) -> Option<Head<'a>> {
    let boxed = line.boxed()?;
    let marks = |c: char| matches!(c, '*' | '\\' | '`' | '_' | '~' | ' ');
    let start = boxed.text.trim_start_matches(marks);
    let starred = boxed.text.starts_with('*') && !boxed.text.starts_with("**") || boxed.text.starts_with("\\*");
    // `1.1 [ ] text`: the number may stand in front of the box.
    let front = || (!boxed.number.is_empty()).then_some((boxed.number, start));
    let (number, rest) = numbered(start).or_else(|| lettered(start)).or_else(front)?;
    let after = rest.starts_with(['*', '\\']) && !rest.starts_with("**");
    let title = rest.trim_start_matches(['*', '\\', ' ', ':', '.', ')']);
    let done = boxed.is_done();
    Some(Head { number, title, optional: !done && (starred || after || is_optional(boxed.text)), done })
}

/// `9.4b`, `9.4b.1`: a number that somebody squeezed in.
fn lettered(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(text.len());
    let id = text[..end].trim_end_matches('.');
    let shaped = id.len() <= 12
        && id.contains('.')
        && id.starts_with(|c: char| c.is_ascii_digit())
        && id.split('.').all(|part| {
            let letters = part.trim_start_matches(|c: char| c.is_ascii_digit());
            letters.len() <= 1 && !part.is_empty() && part.len() <= 4
        });
    shaped.then(|| (id, text[end..].trim_start()))
}

/// Which heads only group others: those with plain numbers that others extend, and `N.0` where `N.M` follow.
fn containers(heads: &[Head<'_>]) -> Vec<bool> {
    let mut above: HashSet<&str> = HashSet::new();
    for head in heads {
        let mut number = head.number;
        while let Some((parent, last)) = number.rsplit_once('.') {
            if last != "0" && last.bytes().all(|b| b.is_ascii_digit()) {
                above.insert(parent);
            }
            number = parent;
        }
    }
    let plain = |number: &str| number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    heads
        .iter()
        .map(|head| plain(head.number) && above.contains(head.number.strip_suffix(".0").unwrap_or(head.number)))
        .collect()
}

fn is_child(number: &str, parent: &str) -> bool {
    let parent = parent.strip_suffix(".0").unwrap_or(parent);
    number.strip_prefix(parent).is_some_and(|rest| rest.starts_with('.'))
}

/// Heads looked at for the parent of one; further away it is another part of the document.
const NEAR: usize = 500;

/// The nearest head above that `n` stands under by its number.
fn parent_of(heads: &[Head<'_>], parents: &[bool], n: usize) -> Option<usize> {
    (0..n).rev().take(NEAR).find(|&k| parents[k] && is_child(heads[n].number, heads[k].number))
}

fn top(number: &str) -> &str {
    number.split('.').next().unwrap_or(number)
}

fn item(lines: &[Line<'_>], block: &Block, head: &Head<'_>, above: Option<&Block>) -> Item {
    let own = text_of(lines, block);
    let (title, parallel) = without_parallel(head.title);
    let title = task_title(&title);
    let all = fields(lines, block);
    Item {
        key: head.number.to_owned(),
        line: lines[block.start].number,
        done: head.done,
        optional: head.optional,
        parallel,
        acceptance: [acceptance(&all), success(&own)].concat(),
        files: declared_files(&without_citations(&own)),
        estimate: minutes_in(head.title),
        details: with_parents(lines, own, above.as_slice()),
        title,
        ..Item::default()
    }
}

/// What a prompt of spec-workflow calls success: `_Prompt: Role: … | Success: …_`.
fn success(text: &str) -> Vec<String> {
    let parts = text.lines().filter(|line| line.contains("_Prompt:")).flat_map(|line| line.split('|'));
    let value =
        |part: &str| part.trim().strip_prefix("Success:").map(|value| plain_title(value.trim_matches(['_', ' '])));
    parts.filter_map(value).filter(|value| !value.is_empty()).collect()
}

/// Without `_Leverage: …_` and `_Requirements: …_`: what they name is read, not changed.
fn without_citations(text: &str) -> String {
    text.lines()
        .filter(|line| !line.trim_start_matches(['-', ' ', '*']).starts_with('_'))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Items with one top number after another are a phase: the parent's, where there is one.
fn group_by_number(lines: &[Line<'_>], found: &[Block], tops: &[(&str, usize)], sheet: &mut PlanDraft) {
    let mut last: Option<(&str, usize)> = None;
    for (n, (top, above)) in tops.iter().enumerate() {
        let phase = match last {
            Some((other, phase)) if other == *top => phase,
            _ => {
                let block = &found[*above];
                let title = head(&lines[block.start]).map(|head| plain_title(head.title)).unwrap_or_default();
                sheet.phase(format!("{top}. {title}"), lines[block.start].number)
            }
        };
        sheet.items[n].phase = phase;
        last = Some((top, phase));
    }
}

/// Numbers of items, and those of parents for all below them.
fn names(heads: &[Head<'_>], parents: &[bool], sheet: &PlanDraft) -> Names {
    let mut names = Names::of(&sheet.items);
    for head in heads.iter().zip(parents).filter(|(_, parent)| **parent).map(|(head, _)| head) {
        if names.has(head.number) {
            continue;
        }
        let children = sheet.items.iter().enumerate().filter(|(_, item)| is_child(&item.key, head.number));
        for (n, _) in children {
            names.add(head.number, n as u32);
        }
    }
    names
}

/// Numbers behind the word "task".
const WORDED: Grammar = Grammar(|text, listed| {
    let word = ["Tasks ", "Task ", "tasks ", "task ", "TASK "].iter().find(|word| text.starts_with(**word));
    let skip = word.map_or(0, |word| word.len());
    if skip == 0 && !listed {
        return None;
    }
    number_at(&text[skip..]).map(|id| (skip + id.len(), id))
});

/// Dotted numbers, with or without the word.
const DOTTED: Grammar = Grammar(|text, listed| {
    (WORDED.0)(text, listed).or_else(|| number_at(text).filter(|id| id.contains('.')).map(|id| (id.len(), id)))
});

fn number_at(text: &str) -> Option<&str> {
    let end = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let id = text[..end].trim_end_matches('.');
    let open = text[id.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '%');
    (!id.is_empty() && id.len() <= 12 && !open && id.split('.').all(|part| !part.is_empty())).then_some(id)
}

/// `_Depends: 1.2, 2.1_`, "(depends on 1.1)", "after task 1.7". Requirement numbers look the same and are skipped.
pub(super) fn edges(lines: &[Line<'_>], kept: &[Block], names: &Names, sheet: &mut PlanDraft) {
    for (n, block) in kept.iter().enumerate() {
        for line in lines[block.clone()].iter().filter(|line| line.is_prose()) {
            let lower = line.text.to_ascii_lowercase();
            let cites =
                ["requirement", "validates", "要件", "需求", "boundary"].iter().any(|word| lower.contains(word));
            let speaks =
                ["depend", "after", "before", "block", "require", "依", "prereq"].iter().any(|w| lower.contains(w));
            if cites || !speaks {
                continue;
            }
            let worded = References::new(line.text, WORDED);
            let dotted = References::new(line.text, DOTTED);
            for (relation, group) in worded.direct().into_iter().chain(dotted.timeless()) {
                sheet.waits(names, n as u32, relation, group, line.number);
            }
        }
    }
}
