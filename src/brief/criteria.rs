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
