//! Criteria that documents around the plan hold for a task: those of the requirements that it cites, those of its story, and
//! those that bear an id it names.

use super::citations::{Citations, Scope, is_criteria};
use super::library::{Library, Section, cited_ids};
use super::list_items::{item_of, plain};
use crate::model::Task;

/// Criteria taken for one task; a task that cites more cites everything.
const MOST: usize = 24;

/// The criteria that the library holds for a task, in the order of the documents.
pub(super) fn cited_criteria(library: &Library, task: &Task, citations: &Citations, about: &str) -> Vec<String> {
    let named = library.items_that_open_with(&cited_ids(about));
    let mut sections = library.cited_sections(citations);
    sections.extend(named.keys());
    let mut found: Vec<String> = Vec::new();
    for n in sections {
        let section = library.section(n);
        let taken: Vec<String> = match &section.scope {
            Scope::Requirement(number) if citations.cites(number) => {
                let criteria = is_criteria(section.heading()) || !library.has_criteria(&section.scope);
                let wanted = |n: &str| {
                    citations.requirements.contains(number)
                        || citations.requirements.contains(n)
                        || citations.requirements.contains(&format!("{number}.{n}"))
                };
                let items = section.items.iter().filter(|item| criteria && wanted(&item.number));
                items.map(|item| item.text.clone()).collect()
            }
            Scope::Story(story) if citations.story == Some(*story) => scenarios(section),
            _ => named.get(&n).into_iter().flatten().map(|item| section.items[*item].text.clone()).collect(),
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
            section.items.iter().map(|item| item.text.clone()).collect()
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

fn is_scenario(section: &Section) -> bool {
    section.heading().to_lowercase().starts_with("scenario")
}

/// A scenario as one criterion.
fn scenario(section: &Section) -> String {
    let name = section.heading().split_once(':').map_or("", |(_, name)| name.trim());
    let steps: Vec<String> = section.items.iter().map(|item| item.text.clone()).collect();
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
        if let Some(item) = item_of(line) {
            let steps =
                lower.contains("given") && lower.contains("then") || lower.contains("when") && lower.contains("shall");
            if inside || steps {
                found.push(item.text);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::library::{ContextDoc, ContextKind};
    use super::*;

    fn library(text: &str) -> Library {
        let doc = ContextDoc { path: "spec.md".to_owned(), kind: ContextKind::Requirements, text: text.to_owned() };
        Library::new(&[doc], super::super::estimate)
    }

    /// The criteria that a document holds for a task with these words.
    fn held(document: &str, title: &str, details: &str) -> Vec<String> {
        let task: Task = serde_json::from_value(serde_json::json!({
            "id": "T1", "key": "T1", "title": title, "at": {"file": "tasks.md", "line": 1}, "details": details,
        }))
        .unwrap();
        cited_criteria(&library(document), &task, &Citations::of(&task), &format!("{title}\n{details}"))
    }

    #[test]
    fn a_task_has_the_criteria_of_the_requirements_that_it_cites_and_no_others() {
        let document = "# Requirements\n\n### Requirement 1: Digging\n\n#### Acceptance Criteria\n\n1. WHEN the rain stops\n   THEN the system SHALL dig\n2. IF it freezes THEN it SHALL wait\n\n### Requirement 2: Sowing\n\n#### Acceptance Criteria\n\n1. WHEN asked THEN it SHALL sow\n\n### Requirement 21: Mowing\n\n1. WHEN high THEN it SHALL mow\n";
        let [dig, wait, sow, mow] = [
            "WHEN the rain stops THEN the system SHALL dig",
            "IF it freezes THEN it SHALL wait",
            "WHEN asked THEN it SHALL sow",
            "WHEN high THEN it SHALL mow",
        ];
        for (cited, expected) in [
            ("_Requirements: 1.1_", vec![dig]),
            ("_Requirements: 1_", vec![dig, wait]),
            ("_Requirements: 1.2, 2.1_", vec![wait, sow]),
            ("_Requirements: 2_", vec![sow]),
            ("_Requirements: 21.1_", vec![mow]),
            ("_Requirements: 3.1_", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(held(document, "Dig", cited), expected, "{cited}");
        }
    }

    #[test]
    fn a_task_of_a_story_has_its_scenarios_and_its_own_test() {
        let document = "# Spec\n\n## User Story 1 - Sow (Priority: P1)\n\nA gardener sows.\n\n**Independent Test**: sow one bed and look\n\n**Acceptance Scenarios**:\n\n1. **Given** a bed, **When** seeds fall, **Then** they lie in rows\n\n## User Story 2 - Mow\n\n**Acceptance Scenarios**:\n\n1. **Given** grass, **When** mown, **Then** it is short\n";
        let sown = ["sow one bed and look", "Given a bed, When seeds fall, Then they lie in rows"];
        assert_eq!(held(document, "Sow the bed", "T1 [US1] Sow the bed"), sown);
        assert_eq!(held(document, "Mow", "T2 [US2] Mow"), ["Given grass, When mown, Then it is short"]);
        assert!(held(document, "Set up", "T3 Set up the shed").is_empty());
    }

    #[test]
    fn an_id_stands_for_the_item_that_begins_with_it() {
        let document = "# Spec\n\n- **FR-003**: rows are straight\n- FR-0031: not this\n- FR-003.1: nor this\n- see FR-003 for more\n\n<!-- FR-003: a comment -->\n";
        assert_eq!(held(document, "Make rows (FR-003)", ""), ["FR-003: rows are straight"]);
        assert_eq!(held(document, "Make rows (FR-0031)", ""), ["FR-0031: not this"]);
        assert!(held(document, "Make rows (FR-9)", "").is_empty());
    }

    #[test]
    fn many_requirements_are_looked_up_and_not_read_again_for_each_task() {
        let one =
            |n: usize| format!("### Requirement {n}: Part\n\n#### Acceptance Criteria\n\n1. WHEN {n} THEN done\n\n");
        let document: String = (1..=400).map(one).collect();
        assert_eq!(held(&document, "Part", "_Requirements: 399.1_"), ["WHEN 399 THEN done"]);
        assert_eq!(
            library(&document)
                .cited_sections(&Citations { story: None, requirements: ["399.1".to_owned()].into() })
                .len(),
            1
        );
    }
}
