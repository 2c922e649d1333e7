//! Phases: the headings that tasks stand under, which of them are user stories, and what they say of each other.

use super::stories::{between, story_number};
use crate::plan::sheet::Sheet;
use crate::plan::text::{Block, Line, plain_title};

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
    let mut section = 0;
    for (n, block) in blocks.iter().enumerate() {
        for k in at..block.start {
            if lines[k].heading().is_some() {
                section = lines[k].number;
            }
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
        sheet.items[n].section = section;
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

#[cfg(test)]
mod tests {
    use super::is_story;

    #[test]
    fn stories_are_recognised() {
        assert!(is_story("Phase 3: User Story 1 - Trim (Priority: P1) 🎯 MVP"));
        assert!(is_story("Phase 3：用户故事 1 - 生成"));
        assert!(is_story("Phase 3: US1 — Daemon"));
        assert!(!is_story("Phase 2: Foundational (blocks all status checks)"));
    }
}
