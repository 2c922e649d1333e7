//! Which headings of a document are its tasks: `#### TASK-1.1: …`, `### Task 5: …`, `#### US-1.1: …`, `### T1: …`, `## 1. …`,
//! `## Step 2: …`, or a line in bold that reads so.

use super::fields::{field, field_name, is_criteria, is_dependency};
use super::plain_fields::plain_field;
use super::stated::{STEP_WORDS, TASK_WORDS, called, lettered};
use crate::plan::text::{Line, Shape, blocks, numbered};

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
}

/// The most telling first: where a file has tasks and stories, the stories say what the tasks are for.
const KINDS: [HeadingKind; 11] = [
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
    let boxed = || found.iter().filter(|block| lines[(*block).clone()].iter().any(|line| line.boxed().is_some()));
    match kind {
        HeadingKind::Step => false,
        // Headings over boxes group them.
        HeadingKind::Short | HeadingKind::Ordinal(_) if boxed().count() * 2 >= found.len() => false,
        // A document may number its sections; of tasks most say something about themselves.
        HeadingKind::Ordinal(_) => found.len() > 1 && telling.count() * 2 >= found.len(),
        _ => telling.count() > 0,
    }
}

/// Whether a line says which files, what first, or when it is done, with stars or without.
fn is_about_work(line: &Line<'_>) -> bool {
    let about = |name: &str| is_dependency(name) || is_criteria(name) || ["file", "files"].contains(&name);
    field_name(line).is_some_and(|name| about(&name)) || plain_field(line).is_some_and(|field| about(&field.name))
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
        HeadingKind::Number | HeadingKind::Step => {
            let rest = called(title, if kind == HeadingKind::Step { &STEP_WORDS } else { &TASK_WORDS })?;
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len());
            let key = rest[..end].trim_end_matches('.');
            (key.starts_with(|c: char| c.is_ascii_digit())).then(|| (key, &rest[key.len()..]))?
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
