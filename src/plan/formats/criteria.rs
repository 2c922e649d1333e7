//! Boxes that say when something is done: below a label about acceptance inside of an item, and below a heading or label of a
//! whole section. They are no tasks, unless a document has no other boxes.

use std::collections::BTreeSet;

use super::fields::is_criteria;
use crate::plan::text::{Line, Shape};

/// Letters of a label; a longer text is a sentence.
const LONGEST: usize = 60;
/// What the heading of a section is called below which stands when all of it is done, beside what fields are called.
const SECTIONS: [&str; 13] = [
    "acceptance criteria",
    "acceptance",
    "success criteria",
    "definition of done",
    "completion criteria",
    "exit criteria",
    "done criteria",
    "done when",
    "abnahme",
    "abnahmekriterien",
    "akzeptanzkriterien",
    "criteri di accettazione",
    "kryteria akceptacji",
];

/// Indices of the lines whose boxes are criteria.
pub(super) fn criteria(lines: &[Line<'_>]) -> BTreeSet<usize> {
    let sections = of_sections(lines);
    let others = lines.iter().enumerate().any(|(n, line)| line.boxed().is_some() && !sections.contains(&n));
    let mut found = of_items(lines);
    if others {
        found.extend(beside_work(lines, &sections));
    }
    found
}

/// Without those below a label under whose heading nothing else has a box: there they are all that is said of the work.
fn beside_work(lines: &[Line<'_>], sections: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut kept = BTreeSet::new();
    let heads = (0..lines.len()).filter(|n| lines[*n].heading().is_some());
    let starts: Vec<usize> = std::iter::once(0).chain(heads).chain([lines.len()]).collect();
    let mut aside: Option<u8> = None;
    for pair in starts.windows(2) {
        if let Some((level, title)) = lines.get(pair[0]).and_then(Line::heading) {
            aside = if is_section(title) { Some(level) } else { aside.filter(|outer| level > *outer) };
        }
        let own = || pair[0]..pair[1];
        let work = own().any(|n| lines[n].boxed().is_some() && !sections.contains(&n));
        if work || aside.is_some() {
            kept.extend(sections.range(own()));
        }
    }
    kept
}

/// The boxes below a heading or a label at the margin that is about acceptance.
pub(super) fn of_sections(lines: &[Line<'_>]) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    // The level of the heading, and whether a label below it says so.
    let mut heading: Option<u8> = None;
    let mut label = false;
    let mut item = false;
    for (n, line) in lines.iter().enumerate() {
        match line.shape {
            Shape::Heading { level, title } => {
                let inside = heading.filter(|outer| level > *outer);
                heading = if is_section(title) { Some(level) } else { inside };
                (label, item) = (false, false);
            }
            // A label of its own ends what the one above it said; inside of an item it speaks of that item.
            Shape::Text if line.indent == 0 || !item => {
                if let Some(name) = label_of(line.text) {
                    label = is_section(name) || is_criteria(name) || is_tests(name);
                    item = false;
                }
            }
            Shape::Item(text) if line.indent == 0 => {
                label = label_of(text).is_some_and(|name| is_section(name) || is_criteria(name));
                item = false;
            }
            Shape::Box(_) if heading.is_some() || label => {
                found.insert(n);
            }
            Shape::Box(_) => item = true,
            _ => {}
        }
    }
    found
}

/// The name in a line that is a label: `**Acceptance Criteria:**`, `Tasks:`.
fn label_of(text: &str) -> Option<&str> {
    let bare = text.trim_end_matches(['*', '_', ' ']);
    let bold = text.starts_with("**") && text.ends_with("**") && text.matches("**").count() == 2;
    let name = text.trim_matches(|c: char| matches!(c, '*' | '_' | ' ' | ':' | '：'));
    ((bare.ends_with([':', '：']) || bold) && name.len() <= LONGEST).then_some(name)
}

/// Whether a label stands over tests that are to pass.
fn is_tests(name: &str) -> bool {
    ["tests", "test coverage", "test cases", "tests to write"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Whether a heading is called so, and nothing else: "Phase 4: Acceptance" is work.
fn is_section(title: &str) -> bool {
    let lower = title.to_lowercase();
    let name = lower.trim_matches(|c: char| !c.is_alphanumeric());
    let name = name.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ')' | ' '));
    let bare = ["overall ", "final ", "global ", "project ", "mvp "].iter().find_map(|word| name.strip_prefix(word));
    let bare = bare.unwrap_or(name);
    // Of the words of other languages none stands in headings of work.
    SECTIONS.contains(&bare) || !bare.is_ascii() && is_criteria(bare) && !bare.contains(|c: char| c.is_ascii_digit())
}

/// The boxes below a label about acceptance inside of an item: they say when it is done.
fn of_items(lines: &[Line<'_>]) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    // Indentation of the item that is open, and of the label below it.
    let mut item: Option<usize> = None;
    let mut label: Option<usize> = None;
    for (n, line) in lines.iter().enumerate() {
        let names = |text: &str| {
            let name = text.trim_matches(|c: char| matches!(c, '*' | '_' | ' ' | ':' | '：'));
            name.len() <= LONGEST && text.trim_end_matches(['*', '_', ' ']).ends_with([':', '：']) && is_criteria(name)
        };
        match line.shape {
            Shape::Blank | Shape::Comment | Shape::Code(_) => {}
            Shape::Heading { .. } => (item, label) = (None, None),
            Shape::Box(_) if label.is_some_and(|at| line.indent >= at) && item.is_some_and(|at| line.indent > at) => {
                found.insert(n);
            }
            Shape::Box(_) => (item, label) = (Some(line.indent), None),
            Shape::Text | Shape::Item(_) if item.is_some_and(|at| line.indent > at) => {
                let text = if let Shape::Item(text) = line.shape { text } else { line.text };
                if names(text) {
                    // What is an item itself has its criteria below it, not beside it.
                    label = Some(line.indent + usize::from(matches!(line.shape, Shape::Item(_))));
                } else if label.is_some_and(|at| line.indent < at || line.indent == at && line.text.starts_with("**")) {
                    label = None;
                }
            }
            _ => label = None,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::text::scan;

    fn found(text: &str) -> Vec<usize> {
        criteria(&scan(text)).into_iter().map(|n| n + 1).collect()
    }

    #[test]
    fn sections_and_labels_about_acceptance_hold_no_tasks() {
        assert_eq!(
            found("## Tasks\n- [ ] a\n## Acceptance Criteria\n- [ ] good\n### More\n- [ ] b\n## Next\n- [ ] c\n"),
            [4, 6]
        );
        assert_eq!(found("**Acceptance Criteria:**\n- [ ] good\n\n**Tasks:**\n- [ ] a\n"), [2]);
        // Where nothing else has a box, criteria are all that is said of the work.
        assert_eq!(found("### T-1: Dig\n**Acceptance Criteria:**\n- [ ] deep\n### T-2: Fill\n- [ ] a\n"), [0usize; 0]);
        assert_eq!(found("## 🎯 Definition of Done\n- [ ] good\n## 2. Work\n- [ ] a\n"), [2]);
        for title in
            ["Abnahme", "Critères d'acceptation", "Definição de pronto", "완료 조건", "验收标准", "受け入れ基準"]
        {
            assert_eq!(found(&format!("- [ ] a\n## {title}\n- [ ] good\n")), [3], "{title}");
        }
        assert_eq!(found("- [ ] a\n  - Acceptance:\n    - [ ] good\n  - [ ] step\n"), [3]);
    }

    #[test]
    fn work_about_acceptance_stays_work() {
        for text in [
            "## Acceptance Criteria\n- [ ] all there is\n",
            "### T-1: Dig\n**Acceptance Criteria:**\n- [ ] deep\n## Acceptance Criteria\n- [ ] wet\n",
            "- [ ] a\n## Phase 4: Acceptance\n- [ ] b\n",
            "- [ ] a\n## Verification\n- [ ] b\n",
            "- [ ] Write the acceptance tests\n  - [ ] b\n",
        ] {
            assert_eq!(found(text), [0usize; 0], "{text}");
        }
    }
}
