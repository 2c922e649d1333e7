//! Which headings of a document are its tasks: `#### TASK-1.1: …`, `### Task 5: …`, `#### US-1.1: …`, `### T1: …`, `## 1. …`,
//! `## Step 2: …`, or a line in bold that reads so.

use super::criteria::of_sections;
use super::fields::{field, field_name, is_criteria, is_dependency, is_state};
use super::plain_fields::plain_field;
use super::stated::{STEP_WORDS, TASK_WORDS, called, lettered, plain_wait};
use crate::plan::text::{Block, Line, Shape, blocks, leading_id, numbered};

/// What a heading of a task is called by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeadingKind {
    /// `TASK-1.1`
    Task,
    /// `Task 5`
    Number,
    /// `US-1.1`
    Story,
    /// `1.1`, in plans whose sections have deliverables.
    Section,
    /// `T1`, `A2.1`, `T-4`: few letters and a number.
    Short,
    /// `1.` or `2)` in headings of this level.
    Ordinal(u8),
    /// `Step 2`
    Step,
    /// `Stage 2`, in plans that say of each what it is for and how far it is.
    Stage,
}

/// The most telling first: where a file has tasks and stories, the stories say what the tasks are for.
const KINDS: [HeadingKind; 12] = [
    HeadingKind::Task,
    HeadingKind::Number,
    HeadingKind::Story,
    HeadingKind::Section,
    HeadingKind::Short,
    HeadingKind::Ordinal(6),
    HeadingKind::Ordinal(5),
    HeadingKind::Ordinal(4),
    HeadingKind::Ordinal(3),
    HeadingKind::Ordinal(2),
    HeadingKind::Step,
    HeadingKind::Stage,
];
/// What stages call themselves.
const STAGE_WORDS: [&str; 4] = ["stage", "stages", "etapa", "阶段"];
/// Headings over headings with numbers that are what is to be done, as agents write their plans.
const PARTS_OF_WORK: [&str; 14] = [
    "changes",
    "proposed changes",
    "required changes",
    "code changes",
    "changes to make",
    "implementation",
    "implementation steps",
    "implementation plan",
    "steps",
    "tasks",
    "plan",
    "work items",
    "änderungen",
    "实施步骤",
];

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

/// Letters in front of a number that name something else than work: quarters, requirements, stories, risks, decisions.
const OTHER_IDS: [&str; 16] =
    ["Q", "H", "FR", "NFR", "AC", "SC", "REQ", "US", "UC", "R", "ADR", "RFC", "KR", "O", "V", "FY"];

/// The first kind of which there are task headings with a telling field under one of them, else the first that speaks
/// for itself.
pub(super) fn kind_of(lines: &[Line<'_>]) -> Option<HeadingKind> {
    let boxes = lines.iter().any(|line| line.boxed().is_some());
    let told = KINDS.into_iter().find(|kind| is_told(lines, *kind));
    told.or_else(|| KINDS.into_iter().find(|kind| !boxes && speaks_for_itself(lines, *kind)))
}

/// Whether fields below headings of this kind show that they are tasks.
fn is_told(lines: &[Line<'_>], kind: HeadingKind) -> bool {
    let found = blocks(lines, |n| head(&lines[n], kind).is_some());
    let telling = found.iter().filter(|block| {
        let fields = super::fields::fields(lines, block);
        let has = |names: &[&str]| field(&fields, names).is_some();
        match kind {
            HeadingKind::Section => has(&["deliverable", "deliverables"]),
            HeadingKind::Short | HeadingKind::Ordinal(_) => {
                has(&TELLING) || lines[block.start + 1..block.end].iter().any(is_about_work)
            }
            _ => has(&TELLING),
        }
    });
    let boxed = found.iter().filter(|block| lines[(*block).clone()].iter().any(|line| line.boxed().is_some())).count();
    match kind {
        HeadingKind::Step => false,
        HeadingKind::Stage => {
            found.len() > 1 && found.iter().filter(|block| is_stage(lines, block)).count() * 2 >= found.len()
        }
        HeadingKind::Short | HeadingKind::Number | HeadingKind::Task
            if boxed > 0 && over_steps(lines, &found, kind) =>
        {
            true
        }
        // Headings over boxes group them.
        HeadingKind::Short | HeadingKind::Ordinal(_) if boxed * 2 >= found.len() => false,
        HeadingKind::Ordinal(level) if found.len() > 1 && below_work(lines, &found, level) => true,
        // A document may number its sections; of tasks most say something about themselves.
        HeadingKind::Ordinal(_) => found.len() > 1 && telling.count() * 2 >= found.len(),
        _ => telling.count() > 0,
    }
}

/// Whether a stage says what it is for, and how far it is or when it is done.
fn is_stage(lines: &[Line<'_>], block: &Block) -> bool {
    let fields = super::fields::fields(lines, block);
    let has = |is: &dyn Fn(&str) -> bool| fields.iter().any(|field| is(&field.name));
    has(&|name| name == "goal" || name == "objective") && (has(&is_state) || has(&is_criteria))
}

/// Whether these headings are called tasks (`T1`, `Task 1`, `TASK-1`) and all boxes of the document are steps below them:
/// none has an id of its own.
fn over_steps(lines: &[Line<'_>], found: &[Block], kind: HeadingKind) -> bool {
    let called = |block: &Block| {
        let key = head(&lines[block.start], kind).map(|(key, _)| key).unwrap_or_default();
        kind == HeadingKind::Number
            || key.starts_with("TASK")
            || key.starts_with('T') && key[1..].starts_with(['-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
    };
    let apart = of_sections(lines);
    let mut inside = vec![false; lines.len()];
    found.iter().cloned().flatten().for_each(|n| inside[n] = true);
    let is_step = |(n, line): (usize, &Line<'_>)| match line.boxed() {
        Some(boxed) => apart.contains(&n) || inside[n] && boxed.number.is_empty() && leading_id(boxed.text).is_none(),
        None => true,
    };
    found.len() > 1 && found.iter().all(called) && lines.iter().enumerate().all(is_step)
}

/// Whether all of these stand below one heading that says that what is to be done follows.
fn below_work(lines: &[Line<'_>], found: &[Block], level: u8) -> bool {
    let higher = |n: &usize| lines[*n].heading().is_some_and(|(other, _)| other < level);
    let (Some(first), Some(last)) = (found.first(), found.last()) else { return false };
    let Some(parent) = (0..first.start).rev().find(higher) else { return false };
    let title = lines[parent].heading().map(|(_, title)| title.to_lowercase()).unwrap_or_default();
    let name = title.trim_matches(|c: char| !c.is_alphanumeric());
    level >= 3 && PARTS_OF_WORK.contains(&name) && !(parent + 1..last.start).any(|n| higher(&n))
}

/// Whether letters in front of a number name something else than work.
pub(super) fn is_other_id(letters: &str) -> bool {
    OTHER_IDS.contains(&letters)
}

/// Whether a line says which files, what first, or when it is done, with stars or without.
fn is_about_work(line: &Line<'_>) -> bool {
    let about = |name: &str| is_dependency(name) || is_criteria(name) || ["file", "files"].contains(&name);
    field_name(line).is_some_and(|name| about(&name))
        || plain_field(line).is_some_and(|field| about(&field.name))
        || plain_wait(line).is_some()
}

/// Whether two headings of this kind are enough: they are called tasks or steps, or have ids before a colon.
fn speaks_for_itself(lines: &[Line<'_>], kind: HeadingKind) -> bool {
    let called = match kind {
        HeadingKind::Task | HeadingKind::Number | HeadingKind::Step => true,
        HeadingKind::Short => lines.iter().filter(|line| head(line, kind).is_some()).all(|line| {
            let (_, title) = line.heading().unwrap_or_default();
            let rest = short(title).map_or(title, |(_, rest)| rest).trim_start_matches('*');
            rest.trim_start().starts_with([':', '：', '-', '–', '—', ')']) || title.contains(". ")
        }),
        _ => false,
    };
    called && lines.iter().filter(|line| head(line, kind).is_some()).nth(1).is_some()
}

/// The id and title of a heading of a task.
pub(super) fn head<'a>(line: &Line<'a>, kind: HeadingKind) -> Option<(&'a str, &'a str)> {
    let (level, title) = line.heading().filter(|(level, _)| *level >= 2)?;
    let title = title.trim_start_matches(['✅', '✓', '✔', '⏳', '🔄', ' ', '[', '*']);
    let title = title.strip_prefix("x]").or_else(|| title.strip_prefix(" ]")).unwrap_or(title).trim_start();
    let (key, rest) = match kind {
        HeadingKind::Task => lettered(title).filter(|(key, _)| !key.starts_with("US-"))?,
        HeadingKind::Story => lettered(title).filter(|(key, _)| key.starts_with("US-"))?,
        HeadingKind::Number | HeadingKind::Step | HeadingKind::Stage => {
            let words: &[&str] = match kind {
                HeadingKind::Number => &TASK_WORDS,
                HeadingKind::Step => &STEP_WORDS,
                _ => &STAGE_WORDS,
            };
            let rest = called(title, words)?;
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len());
            let key = rest[..end].trim_end_matches('.');
            // `Task A: …`
            let letter = key.len() == 1
                && key.starts_with(|c: char| c.is_ascii_uppercase())
                && rest[1..].trim_start().starts_with([':', '：', '-', '–', '—']);
            (letter || key.starts_with(|c: char| c.is_ascii_digit())).then(|| (key, &rest[key.len()..]))?
        }
        HeadingKind::Section => numbered(title).filter(|(key, _)| level >= 3 && key.contains('.'))?,
        HeadingKind::Short => short(title)?,
        HeadingKind::Ordinal(wanted) => ordinal(title).filter(|_| level == wanted)?,
    };
    Some((key, rest.trim_start_matches([':', '：', '.', '-', '–', '—', ' ', '*', ']', ')'])))
}

/// `T1`, `A2.1`, `T3b`, `T-4` at the start, with a title behind it.
fn short(text: &str) -> Option<(&str, &str)> {
    let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
    // With more letters before it a hyphen belongs to ids of their own kind.
    let first = letters + usize::from(letters == 1 && text[letters..].starts_with('-'));
    let numbers = text[first..].bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let id = text[..first + numbers].trim_end_matches('.');
    let suffix =
        usize::from(id.len() == first + numbers && text[id.len()..].starts_with(|c: char| c.is_ascii_lowercase()));
    let (id, rest) = text.split_at(id.len() + suffix);
    let apart = rest.starts_with([':', '：', '.', ' ', '-', '–', '—', ')', '*', ']']);
    let shaped = (1..=4).contains(&letters)
        && (1..=8).contains(&numbers)
        && text[first..].starts_with(|c: char| c.is_ascii_digit());
    let titled = rest.chars().any(char::is_alphanumeric);
    (shaped && apart && titled && !OTHER_IDS.contains(&&text[..letters])).then_some((id, rest))
}

/// `1.`, `2)`, `3:`, `1.2` at the start, with a title behind it.
fn ordinal(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let id = text[..end].trim_end_matches('.');
    let rest = &text[id.len()..];
    let apart = rest.starts_with(['.', ')', ':', '：']) || id.contains('.') && rest.starts_with(' ');
    let titled = rest.chars().any(char::is_alphabetic);
    ((1..=8).contains(&id.len()) && id.starts_with(|c: char| c.is_ascii_digit()) && apart && titled)
        .then_some((id, rest))
}

/// The level of a heading that is a line in bold: below all others.
const BOLD: u8 = 6;

/// The lines with those in bold that read like headings of tasks (`**Task 1: …**`, `**T2**: …`) as such; none where fewer
/// than two do.
pub(super) fn with_bold_headings<'a>(lines: &[Line<'a>]) -> Option<Vec<Line<'a>>> {
    let mut found = 0;
    let with = lines.iter().map(|line| {
        let bold = line.shape == Shape::Text && line.text.starts_with("**");
        let title = line.text.trim_start_matches("**").trim_end_matches(['*', ' ']);
        let heading = Line { shape: Shape::Heading { level: BOLD, title }, ..*line };
        let kinds =
            [HeadingKind::Task, HeadingKind::Number, HeadingKind::Short, HeadingKind::Ordinal(BOLD), HeadingKind::Step];
        let reads = bold && kinds.into_iter().any(|kind| head(&heading, kind).is_some());
        found += usize::from(reads);
        if reads { heading } else { *line }
    });
    let with: Vec<Line<'a>> = with.collect();
    (found > 1).then_some(with)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::text::scan;

    fn kind(text: &str) -> Option<HeadingKind> {
        kind_of(&scan(text))
    }

    #[test]
    fn ids_and_numbers_are_tasks_where_they_say_so() {
        assert_eq!(kind("## T1: Dig\n## T2: Fill\n"), Some(HeadingKind::Short));
        assert_eq!(kind("### A1 – Dig\nx\n### B1 – Fill\n"), Some(HeadingKind::Short));
        assert_eq!(kind("### T1 Dig\nFiles: pond.txt\n### T2 Fill\n"), Some(HeadingKind::Short));
        assert_eq!(kind("## 1. Dig\nFiles: pond.txt\n## 2. Fill\nDepends on: 1\n"), Some(HeadingKind::Ordinal(2)));
        assert_eq!(kind("## 1. Pond\n### 1.1 Dig\n- Done when: deep\n### 1.2 Fill\n"), Some(HeadingKind::Ordinal(3)));
        assert_eq!(kind("#### 1) Dig\n**Depends on:** none\n#### 2) Fill\n"), Some(HeadingKind::Ordinal(4)));
    }

    #[test]
    fn headings_called_tasks_over_steps_are_tasks_and_stages_with_a_goal_too() {
        assert_eq!(kind("### T1: Dig\n- [ ] deep\n- [ ] wide\n### T2: Fill\n- [ ] slowly\n"), Some(HeadingKind::Short));
        assert_eq!(kind("### Task 1: Dig\n- [ ] deep\n### Task 2: Fill\n- [ ] slowly\n"), Some(HeadingKind::Number));
        assert_eq!(kind("## Task A: Dig\n## Task B: Fill\n"), Some(HeadingKind::Number));
        assert_eq!(kind("## 1. Dig\nDeep.\n## 2. Fill\nSlowly. Depends on 1.\n"), Some(HeadingKind::Ordinal(2)));
        assert_eq!(kind("## P1: Dig\n- [ ] deep\n## P2: Fill\n- [ ] slowly\n"), None);
        assert_eq!(kind("## T1: Dig\n- [ ] T1.1 deep\n## T2: Fill\n- [ ] T2.1 slowly\n"), None);
        assert_eq!(kind("### T1: Dig\n- [ ] deep\n### T2: Fill\n## Later\n- [ ] frogs\n"), None);
        let stages = "## Stage 1: Dig\n**Goal**: deep\n**Success Criteria**:\n- [ ] wet\n**Status**: Done\n## Stage 2: Fill\n**Goal**: full\n**Status**: Not Started\n";
        assert_eq!(kind(stages), Some(HeadingKind::Stage));
        assert_eq!(kind("## Stage 1: Alpha\nWords.\n## Stage 2: Beta\n"), None);
        assert_eq!(
            kind("## Changes\n### 1. `a.rs`\nDig.\n### 2. `b.rs`\nFill.\n## Risks\n"),
            Some(HeadingKind::Ordinal(3))
        );
        assert_eq!(kind("## Design\n### 1. Parts\nDig.\n### 2. Ways\nFill.\n"), None);
    }

    #[test]
    fn sections_quarters_requirements_and_versions_are_none() {
        for text in [
            "## 1. Introduction\nWords.\n## 2. Design\nFiles: a.rs\n## 3. Risks\n## 4. Costs\n## 5. End\n",
            "## Q1: Sales\n## Q2: More sales\n",
            "## FR1: It digs\nAcceptance: deep\n## FR2: It fills\n",
            "## T1: Only one\n",
            "## V1: Old\n## V2: New\n",
            "## S3 storage\n## S3 costs\n",
            "## 2024 plans\n## 2025 plans\n",
        ] {
            assert_eq!(kind(text), None, "{text}");
        }
    }
}
