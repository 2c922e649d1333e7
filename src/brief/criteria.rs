//! Criteria that documents around the plan hold for a task: those of the requirements that it cites, those of its story, and
//! those that bear an id it names.

use std::collections::BTreeSet;

use super::library::{Library, Scope, Section, cited_ids};
use crate::model::Task;

/// Criteria taken for one task; a task that cites more cites everything.
const MOST: usize = 24;

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

/// The criteria that the library holds for a task, in the order of the documents.
pub(super) fn cited_criteria(library: &Library, task: &Task, citations: &Citations, about: &str) -> Vec<String> {
    let ids = cited_ids(about);
    let mut found: Vec<String> = Vec::new();
    for section in library.all() {
        let items = || listed(&section.text);
        let taken: Vec<String> = match &section.scope {
            Scope::Requirement(number) if citations.cites(number) => {
                let criteria = is_criteria(section) || !library.has_criteria(&section.scope);
                let wanted = |n: &str| {
                    citations.requirements.contains(number)
                        || citations.requirements.contains(n)
                        || citations.requirements.contains(&format!("{number}.{n}"))
                };
                items().into_iter().filter(|(n, _)| criteria && wanted(n)).map(|(_, text)| text).collect()
            }
            Scope::Story(story) if citations.story == Some(*story) => scenarios(section),
            _ => items().into_iter().filter(|(_, text)| names_one(text, &ids)).map(|(_, text)| text).collect(),
        };
        for text in taken {
            if found.len() < MOST && !found.contains(&text) && !task.acceptance.contains(&text) {
                found.push(text);
            }
        }
    }
    found
}

/// Criteria of the sections that a task without any is about: scenarios of a change (`#### Scenario: …`), and what a list
/// under a heading about acceptance says.
pub(super) fn nearby_criteria(library: &Library, chosen: &[usize]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for section in chosen.iter().map(|n| library.section(*n)) {
        let of_one = if is_scenario(section) {
            vec![scenario(section)]
        } else if is_criteria(section) {
            listed(&section.text).into_iter().map(|(_, text)| text).collect()
        } else {
            Vec::new()
        };
        for text in of_one {
            if found.len() < MOST / 3 && !text.is_empty() && !found.contains(&text) {
                found.push(text);
            }
        }
    }
    found
}

/// Whether an item of a list is what an id stands for: it begins with it.
fn names_one(text: &str, ids: &BTreeSet<String>) -> bool {
    let start = text.trim_start_matches(['*', '[', '(', '`', ' ']);
    ids.iter().any(|id| {
        start
            .strip_prefix(id.as_str())
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.'))
    })
}

pub(super) fn is_criteria(section: &Section) -> bool {
    let lower = section.heading().to_lowercase();
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

fn is_scenario(section: &Section) -> bool {
    section.heading().to_lowercase().starts_with("scenario")
}

/// A scenario as one criterion.
fn scenario(section: &Section) -> String {
    let name = section.heading().split_once(':').map_or("", |(_, name)| name.trim());
    let steps: Vec<String> = listed(&section.text).into_iter().map(|(_, text)| text).collect();
    let steps =
        if steps.is_empty() { plain(section.text.lines().next().unwrap_or_default()) } else { steps.join("; ") };
    if name.is_empty() { steps } else { format!("{name}: {steps}") }
}

/// Scenarios and tests of a story: items below a label or heading about them, and sentences with Given, When and Then.
fn scenarios(section: &Section) -> Vec<String> {
    if is_scenario(section) {
        return vec![scenario(section)];
    }
    let mut inside = is_criteria(section);
    let mut found = Vec::new();
    for line in section.text.lines() {
        let bare = line.trim().trim_start_matches(['*', '_', '-', ' ']);
        let lower = bare.to_lowercase();
        if let Some((label, value)) = bare.split_once([':', '：']).filter(|(label, _)| label.len() <= 60) {
            let label = label.trim_matches(['*', '_', ' ']).to_lowercase();
            if ["independent test", "独立测试", "独立テスト"].iter().any(|word| label.starts_with(word)) {
                let value = value.trim_matches(['*', '_', ' ']);
                found.extend((!value.is_empty()).then(|| plain(value)));
                continue;
            }
            if line.trim_start().starts_with("**") && item_of(line).is_none() {
                inside =
                    ["acceptance", "scenario", "criteria", "验收", "受け入れ"].iter().any(|word| label.contains(word));
                continue;
            }
        }
        if let Some((_, text)) = item_of(line) {
            let steps =
                lower.contains("given") && lower.contains("then") || lower.contains("when") && lower.contains("shall");
            if inside || steps {
                found.push(text);
            }
        }
    }
    found
}

/// The items of a list: the number or id in front, and the text; lines that go on with one belong to it.
fn listed(text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut fence = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fence = !fence;
        }
        if fence || line.trim().is_empty() {
            continue;
        }
        match item_of(line) {
            Some(item) => found.push(item),
            None => {
                let deeper = line.starts_with([' ', '\t']);
                if let Some((_, last)) = found.last_mut().filter(|_| deeper) {
                    last.push(' ');
                    last.push_str(&plain(line));
                }
            }
        }
    }
    found
}

/// `1. text`, `- text`, `1.2 text`, `- [ ] text`.
fn item_of(line: &str) -> Option<(String, String)> {
    let text = line.trim_start();
    if let Some(rest) = text.strip_prefix(['-', '*', '+']).filter(|rest| rest.starts_with([' ', '\t'])) {
        let rest = rest.trim_start();
        let rest = ["[ ] ", "[x] ", "[X] "].iter().find_map(|mark| rest.strip_prefix(mark)).unwrap_or(rest);
        return Some(numbered(rest).unwrap_or_else(|| (String::new(), plain(rest))));
    }
    numbered(text)
}

fn numbered(text: &str) -> Option<(String, String)> {
    let bare = text.trim_start_matches('*');
    let end = bare.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(bare.len());
    let number = bare[..end].trim_end_matches('.');
    let rest = &bare[end..];
    let marked = end > number.len() || number.contains('.') || rest.starts_with([')', ':']);
    let ends = rest.starts_with([' ', ')', ':', '*', '\t']);
    (!number.is_empty() && number.len() <= 8 && marked && ends)
        .then(|| (number.to_owned(), plain(rest.trim_start_matches([')', ':', '*', ' ']))))
}

/// A criterion on one line, without marks of emphasis.
fn plain(text: &str) -> String {
    text.replace("**", "").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_requirements_are_cited_in_many_ways() {
        let table: [(&str, &[&str]); 8] = [
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

    #[test]
    fn items_of_lists() {
        let items = listed("1. WHEN a\n   THEN b\n2) c\n- 1.3: d\n- [ ] e\nprose");
        let shown: Vec<(&str, &str)> = items.iter().map(|(n, text)| (n.as_str(), text.as_str())).collect();
        assert_eq!(shown, [("1", "WHEN a THEN b"), ("2", "c"), ("1.3", "d"), ("", "e")]);
    }
}
