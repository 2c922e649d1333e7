//! A plan in plain words, the last that is tried: a document without boxes and without headings that are tasks, in which a list
//! stands under a heading about work (`## Steps`, `Phase 1: …`, `# TODO`), or which is one numbered list. Each entry at the
//! margin is a task, what stands below it belongs to it, and the order of the document is the order unless entries say what
//! they wait for. A guess, so that no search through a repository takes one for a plan: its file must be named.

use std::collections::{HashMap, HashSet};

use super::checklist::read_boxes;
use super::fields::{fields, is_checks, is_criteria};
use super::format::{Format, MarkPlace};
use super::headings;
use super::plain_fields::plain_field;
use super::stated::{IDS, STEP_WORDS, Stated, TASK_WORDS, link, stated};
use super::task_headings::is_other_id;
use crate::model::Severity;
use crate::plan::document::Document;
use crate::plan::plan_draft::{Order, PlanDraft};
use crate::plan::text::{Boxed, Line, References, Shape, blocks};

pub(in crate::plan) struct Outline;

/// Words of headings under which lists are work, beside what tasks and steps are called.
const WORK: [&str; 16] = [
    "todo",
    "todos",
    "to-do",
    "to-dos",
    "plan",
    "phase",
    "milestone",
    "sprint",
    "roadmap",
    "backlog",
    "stage",
    "iteration",
    "implementation",
    "work",
    "wave",
    "batch",
];
/// Words of headings under which they are not, whatever else these say.
const ASIDE: [&str; 16] = [
    "goal",
    "background",
    "context",
    "overview",
    "motivation",
    "requirement",
    "assumption",
    "reference",
    "constraint",
    "alternative",
    "out of scope",
    "test plan",
    "question",
    "example",
    "usage",
    "how it works",
];
/// What stands before the ids that an entry waits for.
const WAITS: [&str; 8] = ["depends on ", "depends: ", "after ", "needs ", "requires ", "blocked by ", "once ", "dep: "];

impl Format for Outline {
    fn name(&self) -> &'static str {
        "outline"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Elsewhere("its list has no boxes: write `- [ ]` in front of tasks to have them marked")
    }

    fn is_guess(&self) -> bool {
        true
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        let found = || entries(document.lines());
        document.is_markdown() && document.lines().iter().all(|line| line.boxed().is_none()) && found().len() > 1
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        let lines = with_boxes(document.lines());
        sheet.title = headings::title(&lines);
        read_boxes(&lines, sheet);
        let mut said: Vec<Stated> = Vec::new();
        for block in blocks(&lines, |n| lines[n].boxed().is_some()) {
            let mut says = stated(&lines, &block, &fields(&lines, &block));
            inline_waits(lines[block.start].text).for_each(|text| says.note(text, lines[block.start].number));
            said.push(says);
        }
        if said.iter().any(|says| says.said) {
            sheet.order = Order::Stated;
        }
        drop_repeated_keys(sheet);
        link(sheet, &said);
        if let Some(first) = sheet.items.first() {
            let what =
                format!("the {} entries of its lists are read as tasks, since it has no boxes", sheet.items.len());
            sheet.problem(
                Severity::Warning,
                first.line,
                what,
                "write `- [ ] …` in front of each task to say so yourself",
            );
        }
    }
}

/// The lines with the entries that are tasks as boxes.
fn with_boxes<'a>(lines: &[Line<'a>]) -> Vec<Line<'a>> {
    let tasks = entries(lines);
    let mut done = false;
    let mut found = Vec::with_capacity(lines.len());
    for (n, line) in lines.iter().enumerate() {
        if let Some((_, title)) = line.heading() {
            done = board_state(title) == Some(true);
        }
        let (noted, text) = noted(entry(line.text));
        let mark = if noted.unwrap_or(done) || is_done_entry(text) { "x" } else { "" };
        let boxed = Boxed { mark, number: "", text };
        found.push(if tasks.contains(&n) { Line { shape: Shape::Box(boxed), ..*line } } else { *line });
    }
    found
}

/// Whether an entry has its tick in front.
fn is_done_entry(text: &str) -> bool {
    text.starts_with(['✅', '✓', '✔', '☑'])
}

/// What the columns of a board are called: whether what stands below such a heading is done.
fn board_state(title: &str) -> Option<bool> {
    const OPEN: [&str; 26] = [
        "backlog",
        "to do",
        "todo",
        "in progress",
        "doing",
        "next",
        "next up",
        "up next",
        "next steps",
        "pending",
        "open",
        "remaining",
        "what's left",
        "what's left to build",
        "what is left",
        "left to build",
        "ready",
        "later",
        "current tasks",
        "offen",
        "in arbeit",
        "pendiente",
        "en curso",
        "待办",
        "进行中",
        "未着手",
    ];
    const DONE: [&str; 10] = [
        "done",
        "completed",
        "complete",
        "finished",
        "completed tasks",
        "erledigt",
        "hecho",
        "已完成",
        "完了",
        "shipped",
    ];
    let lower = title.to_lowercase().replace('’', "'");
    let name = lower.trim_matches(|c: char| !c.is_alphanumeric());
    OPEN.contains(&name).then_some(false).or_else(|| DONE.contains(&name).then_some(true))
}

/// `TODO: Dig`, `DONE: Fill`: what an entry notes about itself, and the rest.
fn noted(text: &str) -> (Option<bool>, &str) {
    let plain = text.trim_start_matches(['*', '_', '`']);
    for (word, done) in [("TODO", false), ("FIXME", false), ("WIP", false), ("DONE", true)] {
        let rest = plain.strip_prefix(word).and_then(|rest| rest.trim_start_matches(['*', '_', '`']).strip_prefix(':'));
        if let Some(rest) = rest {
            return (Some(done), rest.trim_start_matches(['*', '_', ' ']));
        }
    }
    (None, text)
}

/// An entry without its bullet; a number stays, as its id.
fn entry(text: &str) -> &str {
    text.trim_start_matches(['-', '*', '+', '•']).trim_start()
}

/// Which lines are entries that are tasks. Where some lists of work are numbered, the others are notes.
fn entries(lines: &[Line<'_>]) -> HashSet<usize> {
    let lists = lists(lines);
    let notes = || lists.iter().flat_map(|list| &list.entries).filter(|n| noted(entry(lines[**n].text)).0.is_some());
    let is_open = |n: &&usize| noted(entry(lines[**n].text)).0 == Some(false);
    let only = lists.len() == 1;
    let named = |list: &List<'_>| list.entries.len() > 1 && list.entries.iter().all(|n| has_name(lines[*n].text));
    let work = |list: &&List<'_>| list.is_work() || only && list.heading.is_none() && list.numbered || named(list);
    let mut chosen: Vec<&List<'_>> = lists.iter().filter(work).collect();
    // What is done belongs to a board; alone it is a history.
    let history = |list: &&List<'_>| list.heading.is_some_and(|title| board_state(title) == Some(true));
    if chosen.iter().all(history) {
        chosen.clear();
    }
    if chosen.is_empty() && notes().any(|n| is_open(&n)) {
        return notes().copied().collect();
    }
    let numbered = chosen.iter().any(|list| list.numbered);
    chosen.into_iter().filter(|list| list.numbered || !numbered).flat_map(|list| list.entries.iter().copied()).collect()
}

/// Whether an entry begins with an id in bold, as those do that others refer to: `**ENG-101** Cart`, `**A**: types`.
fn has_name(text: &str) -> bool {
    let Some((name, rest)) = entry(text).strip_prefix("**").and_then(|rest| rest.split_once("**")) else {
        return false;
    };
    let name = name.trim_end_matches([':', '：', '.']);
    let letter = name.len() == 1 && name.starts_with(|c: char| c.is_ascii_uppercase());
    let digits = name.bytes().any(|b| b.is_ascii_digit());
    let shaped =
        name.len() <= 12 && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b"-.".contains(&b));
    (letter || shaped && digits && lettered_task(name)) && rest.chars().any(char::is_alphanumeric)
}

/// Whether letters in front of a number are not those of requirements, risks and decisions.
fn lettered_task(name: &str) -> bool {
    let letters: String = name.chars().take_while(|c| !c.is_ascii_digit()).filter(char::is_ascii_uppercase).collect();
    !letters.is_empty() && !is_other_id(&letters)
}

/// A list at the margin.
struct List<'a> {
    /// The heading or label right above it.
    heading: Option<&'a str>,
    numbered: bool,
    entries: Vec<usize>,
}

impl List<'_> {
    fn is_work(&self) -> bool {
        self.heading.is_some_and(is_work)
    }
}

/// The lists at the margin whose entries are no fields.
fn lists<'a>(lines: &[Line<'a>]) -> Vec<List<'a>> {
    let mut found: Vec<List<'a>> = Vec::new();
    let (mut heading, mut label, mut open) = (None, None, false);
    for (n, line) in lines.iter().enumerate() {
        match line.shape {
            Shape::Heading { title, .. } => (heading, label, open) = (Some(title), None, false),
            Shape::Item(_) if line.indent < 2 => {
                let numbered = line.text.starts_with(|c: char| c.is_ascii_digit());
                let goes_on = open && found.last().is_some_and(|list| list.numbered == numbered);
                if !goes_on {
                    found.push(List { heading: label.or(heading), numbered, entries: Vec::new() });
                }
                if let Some(list) = found.last_mut() {
                    list.entries.push(n);
                }
                open = true;
            }
            Shape::Text if line.indent < 2 && !follows(lines, n) => {
                label = Some(line.text.trim_matches(['*', '_', ' '])).filter(|text| text.len() <= 80);
                open = false;
            }
            Shape::Row => open = false,
            _ => {}
        }
    }
    let is_field = |n: &&usize| plain_field(&lines[**n]).is_some() || lines[**n].text.contains(":**");
    found.retain(|list| list.entries.iter().filter(is_field).count() * 2 < list.entries.len());
    found
}

/// Whether line `n` goes on with the entry right above it, hard-wrapped without indentation.
fn follows(lines: &[Line<'_>], n: usize) -> bool {
    n > 0 && matches!(lines[n - 1].shape, Shape::Item(_))
}

/// Whether what stands below a heading of this title is work.
fn is_work(title: &str) -> bool {
    let lower = title.to_lowercase();
    let words = || lower.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|word| !word.is_empty());
    let named = |word: &str| {
        let plain = word.trim_end_matches('s');
        // "What works" is no work.
        word != "works"
            && [word, plain]
                .iter()
                .any(|word| WORK.contains(word) || STEP_WORDS.contains(word) || TASK_WORDS.contains(word))
    };
    let aside = ASIDE.iter().any(|words| lower.contains(words)) || is_checks(&lower) || is_criteria(&lower);
    board_state(title).is_some() || !aside && (words().any(named) || lower.contains("to do"))
}

/// What the words of an entry say it waits for: `(depends on 1)`, `– needs T2`.
fn inline_waits(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(['(', ')', '–', '—', ';', '[', ']']).map(str::trim);
    parts.filter_map(|part| {
        let lower = part.to_ascii_lowercase();
        let word = WAITS.iter().find(|word| lower.starts_with(**word))?;
        let rest = part[word.len()..].trim();
        References::new(rest, IDS).listed().next().map(|_| rest)
    })
}

/// Ids that several entries have, as lists have that begin with 1 in each phase, are none.
fn drop_repeated_keys(sheet: &mut PlanDraft) {
    let mut counts: HashMap<String, usize> = HashMap::new();
    sheet.items.iter().for_each(|item| *counts.entry(item.key.clone()).or_default() += 1);
    for item in sheet.items.iter_mut().filter(|item| counts[&item.key] > 1) {
        item.key.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::text::scan;

    fn tasks(text: &str) -> Vec<usize> {
        let mut found: Vec<usize> = entries(&scan(text)).into_iter().map(|n| n + 1).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn lists_of_work_are_found() {
        assert_eq!(tasks("1. Dig\n2. Fill (after 1)\n"), [1, 2]);
        assert_eq!(tasks("# Pond\n## Goals\n- deep\n- wide\n## Steps\n1. Dig\n   - deep\n2. Fill\n"), [6, 8]);
        assert_eq!(tasks("# Plan\nPhase 1: Dig\n- Dig\n- Carry\n\nPhase 2: Fill\n- Fill\n"), [3, 4, 7]);
        assert_eq!(tasks("# TODO\n* Dig\nfor long\n* Fill\n"), [2, 4]);
        assert_eq!(tasks("## Implementation plan\n1. Dig\n2. Fill\n\nNotes\n- slowly\n"), [2, 3]);
        assert_eq!(tasks("## Backlog\n- Dig\n- Rest\n## In Progress\n- Fill\n## Done\n- Buy\n"), [2, 3, 5, 7]);
        assert_eq!(
            tasks("## What Works\n- dug\n## What's Left to Build\n- Fill\n- Frogs\n## Known Issues\n- mud\n"),
            [4, 5]
        );
        assert_eq!(tasks("# Notes\n- TODO: dig\n- it rains\n- DONE: buy\n"), [2, 4]);
        assert_eq!(tasks("# X\n- **ENG-1** Dig\n- **ENG-2** Fill\n"), [2, 3]);
        assert_eq!(tasks("## Wave 1\n- **A**: dig\n- **B**: buy\n## Wave 2\n- **C**: fill (needs A)\n"), [2, 3, 5]);
        assert_eq!(tasks("## 実装タスク\n- 掘る\n## Schritte\n- füllen\n"), [4]);
    }

    #[test]
    fn other_lists_are_none() {
        for text in [
            "# Pond\n- deep\n- wide\n",
            "# Pond\n## Usage\n1. Install\n2. Run\n",
            "# Plan\n## Open questions\n- how deep?\n- how wide?\n",
            "# Plan\n## Risks\n1. mud\n2. frogs\n",
            "## Task\n- Files: a.rs\n- Priority: high\n",
            "## Requirements\n- **FR-1** digs\n- **FR-2** fills\n",
            "## Done\n- Dig\n- Fill\n",
            "## What works\n- dug\n- filled\n",
        ] {
            assert_eq!(tasks(text), [0usize; 0], "{text}");
        }
    }
}
