//! What a task cites of the documents around the plan, and whom a section of them concerns.

use std::collections::BTreeSet;

use crate::model::Task;

/// Whom a section concerns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Scope {
    /// Everybody who is about the same.
    #[default]
    All,
    /// The tasks of a story.
    Story(u32),
    /// The tasks that cite a requirement.
    Requirement(String),
}

/// What a task belongs to: only its own stories and the requirements it cites concern it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Citations {
    /// Its story.
    pub(super) story: Option<u32>,
    /// Requirements by number, as written: `1`, `1.2`.
    pub(super) requirements: BTreeSet<String>,
}

impl Citations {
    /// What `task` says of itself.
    pub(super) fn of(task: &Task) -> Citations {
        let first = task.details.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let story = tagged_story(first).or_else(|| tagged_story(&task.title)).or_else(|| story_number(&task.group));
        let mut requirements = BTreeSet::new();
        for line in task.details.lines() {
            cited_numbers(line, &mut requirements);
        }
        Citations { story, requirements }
    }

    /// Whether a section of this scope may concern the task.
    pub(super) fn admits(&self, scope: &Scope) -> bool {
        match scope {
            Scope::All => true,
            Scope::Story(story) => self.story.is_none_or(|own| own == *story),
            Scope::Requirement(number) => self.requirements.is_empty() || self.cites(number),
        }
    }

    /// Its story, each requirement that it cites, and those whose criteria it cites.
    pub(super) fn scopes(&self) -> impl Iterator<Item = Scope> + '_ {
        let above = |number: &'_ String| {
            let ends: Vec<usize> = number.match_indices('.').map(|(at, _)| at).chain([number.len()]).collect();
            ends.into_iter().map(|end| Scope::Requirement(number[..end].to_owned())).collect::<Vec<_>>()
        };
        self.story.map(Scope::Story).into_iter().chain(self.requirements.iter().flat_map(above))
    }

    /// Whether a requirement, or one of its criteria, is cited.
    pub(super) fn cites(&self, number: &str) -> bool {
        self.requirements
            .iter()
            .any(|cited| cited == number || cited.strip_prefix(number).is_some_and(|r| r.starts_with('.')))
    }
}

/// `[US2]`, `[US2][P]`, `(US2)`.
fn tagged_story(text: &str) -> Option<u32> {
    text.split(['[', '(']).skip(1).find_map(|inner| {
        let inner = inner.split([']', ')']).next()?;
        let rest = inner.strip_prefix("US").or_else(|| inner.strip_prefix("Story"))?;
        rest.trim_start_matches(['-', ' ']).parse().ok()
    })
}

/// The number of the story that a heading is about: `User Story 1 - Sow`, `US2: …`.
pub(super) fn story_number(heading: &str) -> Option<u32> {
    let lower = heading.to_lowercase();
    let words = [
        "user story ",
        "user story #",
        "story ",
        "us-",
        "us",
        "用户故事",
        "ユーザーストーリー",
        "사용자 스토리",
        "historia de usuario ",
    ];
    words.iter().find_map(|word| {
        let at = lower.find(word)?;
        let whole = !lower[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
        let digits: String =
            lower[at + word.len()..].trim_start().chars().take_while(char::is_ascii_digit).take(4).collect();
        if whole { digits.parse().ok() } else { None }
    })
}

/// The number of the requirement that a heading is about: `Requirement 1: Tower`, `要件 2`, `Requisito 3`.
pub(super) fn requirement_number(heading: &str) -> Option<String> {
    let lower = heading.to_lowercase();
    let words = [
        "requirement ",
        "requirement #",
        "req ",
        "要件",
        "需求",
        "요구사항",
        "requisito ",
        "anforderung ",
        "exigence ",
    ];
    words.iter().find_map(|word| {
        let rest = lower.trim_start_matches(['*', ' ']).strip_prefix(word)?.trim_start();
        let number: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').take(8).collect();
        let number = number.trim_end_matches('.').to_owned();
        (!number.is_empty()).then_some(number)
    })
}

/// Numbers behind words for requirements: `_Requirements: 1.1, 2.3_`, `**Validates: Requirements 4.1**`, `1.1-1.3`.
fn cited_numbers(line: &str, found: &mut BTreeSet<String>) {
    let lower = line.to_lowercase();
    let words = [
        "requirements:",
        "requirements ",
        "requirement:",
        "requirement ",
        "requirements",
        " req ",
        "(req ",
        " reqs ",
        "要件:",
        "要件：",
        "需求:",
        "需求：",
    ];
    let Some(at) = words.iter().filter_map(|word| lower.find(word).map(|at| at + word.len())).min() else { return };
    let rest = lower.get(at..).unwrap_or_default().replace("requirements", " ").replace("requirement", " ");
    let rest = rest.trim_start_matches([':', '：', ' ', '*', '_']);
    let mut last: Option<String> = None;
    let mut ranged = false;
    for part in rest.split_inclusive(|c: char| !(c.is_ascii_digit() || c == '.')) {
        let number = part.trim_end_matches(|c: char| !c.is_ascii_digit()).to_owned();
        let joint = part.chars().next_back().filter(|c| !c.is_ascii_digit() && *c != '.');
        if !number.is_empty() && number.starts_with(|c: char| c.is_ascii_digit()) && number.len() <= 8 {
            if let (true, Some(first)) = (ranged, &last) {
                found.extend(between(first, &number));
            }
            found.insert(number.clone());
            last = Some(number);
            ranged = false;
        }
        match joint {
            Some('-' | '–' | '~') => ranged = true,
            Some(',' | ' ' | '、' | '，' | '*' | '_' | ')' | ']' | ';' | '/' | '&' | '.') | None => {}
            // A word ends the list.
            Some(_) => return,
        }
    }
}

/// `1.2`, `1.3` between `1.1` and `1.4`.
fn between(first: &str, last: &str) -> Vec<String> {
    let parts = |text: &str| -> Option<(String, u32)> {
        let (head, tail) = text.rsplit_once('.').unwrap_or(("", text));
        Some((head.to_owned(), tail.parse().ok()?))
    };
    let (Some((head, low)), Some((other, high))) = (parts(first), parts(last)) else { return Vec::new() };
    if head != other || high < low || high - low > 50 {
        return Vec::new();
    }
    (low + 1..high).map(|n| if head.is_empty() { n.to_string() } else { format!("{head}.{n}") }).collect()
}

/// Whether a section with this heading holds criteria.
pub(super) fn is_criteria(heading: &str) -> bool {
    let lower = heading.to_lowercase();
    [
        "acceptance",
        "criteria",
        "success",
        "验收",
        "受け入れ",
        "受入",
        "인수",
        "criterios",
        "critérios",
        "kriterien",
        "critères",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_requirements_are_cited_in_many_ways() {
        let table: [(&str, &[&str]); 9] = [
            ("- [ ] Tests for rewards _(relates Req 2,4)_", &["2", "4"]),
            ("  - _Requirements: 1.1, 2.3_", &["1.1", "2.3"]),
            ("**Validates: Requirements 4.1, 4.2**", &["4.1", "4.2"]),
            ("_Requirements: 1.1-1.3_", &["1.1", "1.2", "1.3"]),
            ("_Requirements: 2_", &["2"]),
            ("  - _要件: 1.1、1.2_", &["1.1", "1.2"]),
            ("- _Requirements: Requirement 3.1_", &["3.1"]),
            ("Collect the requirements of 3 users", &[]),
            ("No numbers", &[]),
        ];
        for (line, expected) in table {
            let mut found = BTreeSet::new();
            cited_numbers(line, &mut found);
            assert_eq!(found.into_iter().collect::<Vec<_>>(), expected, "{line}");
        }
    }

    #[test]
    fn headings_of_stories_and_requirements() {
        assert_eq!(story_number("User Story 1 - Sow (Priority: P1)"), Some(1));
        assert_eq!(story_number("Phase 3: US12 — Daemon"), Some(12));
        assert_eq!(story_number("Status 3"), None);
        assert_eq!(requirement_number("Requirement 1: Tower"), Some("1".to_owned()));
        assert_eq!(requirement_number("要件 2.1 塔"), Some("2.1".to_owned()));
        assert_eq!(requirement_number("Requirements"), None);
    }
}
