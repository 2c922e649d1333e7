//! Phases: the headings that tasks stand under, which of them are user stories, and what they say of each other.

use super::super::headings;
use super::stories::{between, story_number};
use crate::plan::plan_draft::PlanDraft;
use crate::plan::text::{Block, Line};

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
pub(super) fn assign(lines: &[Line<'_>], blocks: &[Block], sheet: &mut PlanDraft) {
    headings::assign(lines, blocks, sheet, is_story);
    between(lines, sheet);
}

fn is_story(title: &str) -> bool {
    let lower = title.to_lowercase();
    STORY.iter().any(|word| lower.contains(word)) || story_number(title).is_some()
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
