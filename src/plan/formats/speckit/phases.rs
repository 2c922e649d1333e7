//! Phases: the headings that tasks stand under, which of them are user stories, and what they say of each other.

use crate::plan::sheet::Sheet;
use crate::plan::text::{Block, Line, Shape, plain_title};

/// Words of a heading that make it a user story, in the languages met.
const STORY: [&str; 10] = [
    "user story",
    "user stories",
    "story ",
    "用户故事",
    "使用者故事",
    "ユーザーストーリー",
    "사용자 스토리",
    "história de usuário",
    "historia de usuario",
    "benutzergeschichte",
];

/// Gives each item its phase and reads what the document says about phases.
pub(super) fn assign(lines: &[Line<'_>], blocks: &[Block], sheet: &mut Sheet) {
    let level = phase_level(lines, blocks);
    let mut at = 0;
    let mut current = None;
    let mut current_end = 0;
    for (n, block) in blocks.iter().enumerate() {
        for k in at..block.start {
            if let Some((found, title)) = lines[k].heading().filter(|(found, _)| *found <= level) {
                let phase = sheet.phase(plain_title(title), lines[k].number);
                sheet.phases[phase].story = found == level && is_story(title);
                current = Some(phase);
                current_end = k + 1;
            }
        }
        let phase = *current.get_or_insert_with(|| sheet.phase("", 0));
        if sheet.phases[phase].notes.is_empty() && current_end > 0 {
            sheet.phases[phase].notes = notes(&lines[current_end..block.start]);
        }
        sheet.items[n].phase = phase;
        at = block.start;
    }
    between(lines, sheet);
}

/// The level whose headings are the phases: the highest that has tasks under two of its headings, else the highest that
/// has any above a task.
fn phase_level(lines: &[Line<'_>], blocks: &[Block]) -> u8 {
    // For each level the last heading seen and how many different ones had tasks.
    let mut last: [Option<usize>; 7] = [None; 7];
    let mut counted: [Option<usize>; 7] = [None; 7];
    let mut counts = [0usize; 7];
    let mut at = 0;
    for block in blocks {
        for (k, line) in lines.iter().enumerate().take(block.start).skip(at) {
            if let Some((level, _)) = line.heading() {
                last[level as usize] = Some(k);
                last[level as usize + 1..].fill(None);
            }
        }
        for level in 1..7 {
            if last[level].is_some() && counted[level] != last[level] {
                counted[level] = last[level];
                counts[level] += 1;
            }
        }
        at = block.start;
    }
    let level = (1..7).find(|&l| counts[l] > 1).or_else(|| (1..7).rev().find(|&l| counts[l] > 0));
    level.unwrap_or(2) as u8
}

fn is_story(title: &str) -> bool {
    let lower = title.to_lowercase();
    STORY.iter().any(|word| lower.contains(word)) || story_number(title).is_some()
}

/// What stands between a heading and its first task: goal, purpose, independent test.
fn notes(lines: &[Line<'_>]) -> String {
    let said = lines.iter().filter(|line| line.is_prose() && line.heading().is_none());
    said.map(|line| line.text).filter(|text| !text.starts_with("---")).collect::<Vec<_>>().join("\n")
}

/// The number in `US2`, `User Story 2`, `用户故事 2`.
fn story_number(text: &str) -> Option<u32> {
    let upper = text.to_uppercase();
    ["US", "USER STORY ", "STORY ", "用户故事", "使用者故事"].iter().find_map(|word| {
        let mut from = 0;
        while let Some(at) = upper[from..].find(word) {
            let start = from + at;
            let rest = upper[start + word.len()..].trim_start();
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            let whole = !upper[..start].ends_with(|c: char| c.is_ascii_alphanumeric());
            if whole && (1..=3).contains(&digits.len()) {
                return digits.parse().ok();
            }
            from = start + word.len();
        }
        None
    })
}

/// "US2 depends on US1", "**US5 (Phase 7)**: Depends on US2": the template says that stories are independent, so an
/// exception that somebody wrote down counts.
fn between(lines: &[Line<'_>], sheet: &mut Sheet) {
    let stories: Vec<(u32, usize)> = sheet
        .phases
        .iter()
        .enumerate()
        .filter(|(_, phase)| phase.story)
        .filter_map(|(n, phase)| story_number(&phase.title).map(|number| (number, n)))
        .collect();
    let phase_of = |number: u32| stories.iter().find(|(other, _)| *other == number).map(|(_, n)| *n);
    for line in lines.iter().filter(|line| matches!(line.shape, Shape::Item(_) | Shape::Text)) {
        let Some((subject, object)) = split_at_dependency(line.text) else { continue };
        let Some(waits) = story_number(subject).and_then(phase_of) else { continue };
        for number in story_numbers(object) {
            if let Some(first) = phase_of(number).filter(|first| *first != waits) {
                sheet.phases[waits].after.push((first, line.number));
            }
        }
    }
}

/// The subject and the object of a sentence about a dependency; the object ends where the sentence or a bracket does.
fn split_at_dependency(text: &str) -> Option<(&str, &str)> {
    let lower = text.to_ascii_lowercase();
    let words = ["depends on ", "depend on ", "依赖", "依存"];
    let (at, word) = words.iter().find_map(|word| lower.find(word).map(|at| (at, word)))?;
    let subject = &text[..at];
    let negated = ["not ", "no ", "n't ", "不"].iter().any(|no| lower[..at].ends_with(no));
    let object = &text[at + word.len()..];
    let end = object.find([';', '(', '（', '。', '—']).or_else(|| object.find(" - ")).unwrap_or(object.len());
    // A subject that is a list item of its own, not a clause in the middle of a long one.
    (!negated && subject.len() <= 80).then(|| (subject, &object[..end]))
}

/// All numbers of stories named in a short text: `US1 and US3`, `US1-US3`.
fn story_numbers(text: &str) -> Vec<u32> {
    let parts = text.split([',', '/', '+', '&', '、']).flat_map(|part| part.split(" and "));
    let mut numbers: Vec<u32> = Vec::new();
    for part in parts.take(20) {
        let mut ends = part.split(['-', '–']).filter_map(story_number);
        match (ends.next(), ends.next()) {
            (Some(low), Some(high)) if low <= high => numbers.extend((low..=high).take(100)),
            (Some(one), _) => numbers.push(one),
            _ => {}
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stories_are_recognised() {
        assert!(is_story("Phase 3: User Story 1 - Trim (Priority: P1) 🎯 MVP"));
        assert!(is_story("Phase 3：用户故事 1 - 生成"));
        assert!(is_story("Phase 3: US1 — Daemon"));
        assert!(!is_story("Phase 2: Foundational (blocks all status checks)"));
        assert_eq!(story_numbers("US1 and US3-US5, plus Polish"), [1, 3, 4, 5]);
        assert_eq!(
            split_at_dependency("- US5 (Phase 7): Depends on US2 (uses toggle from US2) - x"),
            Some(("- US5 (Phase 7): ", "US2 "))
        );
        assert_eq!(split_at_dependency("- US2: does not depend on US1"), None);
    }
}
