//! Criteria that documents around the plan hold for a task: those of the requirements that it cites, those of its story, and
//! those that bear an id it names.

use std::collections::BTreeSet;

use super::citations::{Citations, Scope, is_criteria};
use super::library::{Library, Section, cited_ids};
use crate::model::Task;

/// Criteria taken for one task; a task that cites more cites everything.
const MOST: usize = 24;

/// The criteria that the library holds for a task, in the order of the documents.
pub(super) fn cited_criteria(library: &Library, task: &Task, citations: &Citations, about: &str) -> Vec<String> {
    let ids = cited_ids(about);
    let mut found: Vec<String> = Vec::new();
    for section in library.all() {
        let items = || listed(&section.text);
        let taken: Vec<String> = match &section.scope {
            Scope::Requirement(number) if citations.cites(number) => {
                let criteria = is_criteria(section.heading()) || !library.has_criteria(&section.scope);
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
        } else if is_criteria(section.heading()) {
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
    let mut inside = is_criteria(section.heading());
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
    fn items_of_lists() {
        let items = listed("1. WHEN a\n   THEN b\n2) c\n- 1.3: d\n- [ ] e\nprose");
        let shown: Vec<(&str, &str)> = items.iter().map(|(n, text)| (n.as_str(), text.as_str())).collect();
        assert_eq!(shown, [("1", "WHEN a THEN b"), ("2", "c"), ("1.3", "d"), ("", "e")]);
    }
}
