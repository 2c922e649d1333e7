//! What a plan says about the order of its stories and phases: "US2 (Phase 4): Depends on US1".
//!
//! The template says that stories are independent, so they run side by side; an exception that somebody wrote down
//! counts.

use crate::plan::plan_draft::PlanDraft;
use crate::plan::text::{Line, Shape};

/// Longest subject of such a sentence, bytes: it begins a line, it does not stand in the middle of a paragraph.
const MAX_SUBJECT: usize = 80;
/// Phases named in one sentence.
const MAX_NAMED: usize = 100;

/// What a phase can be called by.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Label {
    Story(u32),
    /// The number behind "Phase", major and minor.
    Phase(u32, u32),
}

/// Words that come before a number of a story.
const STORY: [&str; 7] = ["user stories ", "user story ", "stories ", "story ", "us", "用户故事", "使用者故事"];
/// Words that come before a number of a phase.
const PHASE: [&str; 4] = ["phases ", "phase ", "阶段", "階段"];

/// The number of the story that a heading is about.
pub(super) fn story_number(title: &str) -> Option<u32> {
    labels(title).into_iter().find_map(|label| if let Label::Story(number) = label { Some(number) } else { None })
}

/// Reads the sentences and notes what phases wait for.
pub(super) fn between(lines: &[Line<'_>], sheet: &mut PlanDraft) {
    let known: Vec<(Label, usize)> = sheet
        .phases
        .iter()
        .enumerate()
        .flat_map(|(n, phase)| labels(&phase.title).into_iter().map(move |label| (label, n)))
        .collect();
    let phases = |text: &str| -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for label in labels(text) {
            let phase = known.iter().find(|(other, _)| *other == label).map(|(_, n)| *n);
            found.extend(phase.filter(|n| !found.contains(n)));
        }
        found
    };
    for line in lines.iter().filter(|line| matches!(line.shape, Shape::Item(_) | Shape::Text)) {
        let Some((subject, object)) = dependency(line.text) else { continue };
        let first = phases(&object);
        for waits in phases(subject) {
            let before = first.iter().filter(|n| **n != waits).map(|n| (*n, line.number));
            sheet.phases[waits].after.extend(before);
        }
    }
    let_beside(sheet);
}

/// A phase between stories that says what it waits for runs beside them. Stories behind it that say nothing wait for it,
/// as they would have.
fn let_beside(sheet: &mut PlanDraft) {
    let Some(last) = sheet.phases.iter().rposition(|phase| phase.story) else { return };
    for n in 0..last {
        if sheet.phases[n].story || sheet.phases[n].after.is_empty() {
            continue;
        }
        sheet.phases[n].beside = true;
        let line = sheet.phases[n].line;
        for later in &mut sheet.phases[n + 1..=last] {
            if later.after.is_empty() {
                later.after.push((n, line));
            }
        }
    }
}

/// The subject of a sentence about a dependency and its object, without what stands in brackets.
fn dependency(text: &str) -> Option<(&str, String)> {
    let lower = text.to_ascii_lowercase();
    let words = ["depends on ", "depend on ", "依赖", "依存"];
    let (at, word) = words.iter().find_map(|word| lower.find(word).map(|at| (at, word)))?;
    let subject = &text[..at];
    let negated = ["not ", "no ", "n't ", "不"].iter().any(|no| lower[..at].ends_with(no));
    let rest = &text[at + word.len()..];
    let end = rest.find([';', '。', '—']).or_else(|| rest.find(" - ")).unwrap_or(rest.len());
    (!negated && subject.len() <= MAX_SUBJECT).then(|| (subject, without_brackets(&rest[..end])))
}

fn without_brackets(text: &str) -> String {
    let mut depth = 0usize;
    text.chars()
        .filter(|c| {
            match c {
                '(' | '（' => depth += 1,
                ')' | '）' => {
                    depth = depth.saturating_sub(1);
                    return false;
                }
                _ => {}
            }
            depth == 0
        })
        .collect()
}

/// All phases named in a text, in order: `US1 and US3-US5`, `Phase 3–5`, `US13+US14 (Phase 5)`.
fn labels(text: &str) -> Vec<Label> {
    let lower = text.to_ascii_lowercase();
    let mut found: Vec<Label> = Vec::new();
    let mut at = 0;
    while at < lower.len() && found.len() < MAX_NAMED {
        let rest = &lower[at..];
        let begins = !lower[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
        let word = |words: &[&'static str]| words.iter().find(|word| rest.starts_with(**word)).copied();
        let (word, story) = match (word(&STORY), word(&PHASE)) {
            (Some(word), _) if begins => (word, true),
            (_, Some(word)) if begins => (word, false),
            _ => {
                at += rest.chars().next().map_or(1, char::len_utf8);
                continue;
            }
        };
        at += word.len();
        let label = |(major, minor): (u32, u32)| if story { Label::Story(major) } else { Label::Phase(major, minor) };
        while let Some((number, used)) = number(&lower[at..]) {
            at += used;
            let end = range_end(&lower[at..], word).filter(|(end, _)| *end > number.0);
            match end {
                Some((end, used)) => {
                    at += used;
                    found.extend((number.0..=end).take(MAX_NAMED).map(|n| label((n, 0))));
                }
                None => found.push(label(number)),
            }
            // "Phases 1, 2 and 3"
            let Some(joint) = [", ", " and ", "+", "/"].iter().find(|joint| lower[at..].starts_with(**joint)) else {
                break;
            };
            if number_at(&lower[at + joint.len()..]).is_none() {
                break;
            }
            at += joint.len();
        }
    }
    found
}

/// A number such as `3`, `5.5`, ` 2`, and the bytes it takes.
fn number(text: &str) -> Option<((u32, u32), usize)> {
    let trimmed = text.trim_start();
    let (value, used) = number_at(trimmed)?;
    Some((value, text.len() - trimmed.len() + used))
}

fn number_at(text: &str) -> Option<((u32, u32), usize)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let major = digits(text);
    if !(1..=3).contains(&major) {
        return None;
    }
    let minor = text[major..].strip_prefix('.').map_or(0, digits);
    let used = if (1..=3).contains(&minor) { major + 1 + minor } else { major };
    let minor = if used > major { text[major + 1..used].parse().ok()? } else { 0 };
    Some(((text[..major].parse().ok()?, minor), used))
}

/// `-5`, `–US5`: the end of a range and the bytes it takes.
fn range_end(text: &str, word: &str) -> Option<(u32, usize)> {
    let rest = text.strip_prefix(['-', '–'])?;
    let rest = rest.strip_prefix(word.trim_end()).unwrap_or(rest);
    let (value, used) = number(rest)?;
    Some((value.0, text.len() - rest.len() + used))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_named_in_many_ways() {
        use Label::{Phase, Story};
        let table: [(&str, Vec<Label>); 6] = [
            ("US1 and US3-US5, plus Polish", vec![Story(1), Story(3), Story(4), Story(5)]),
            ("**US13+US14 (Phase 5)**", vec![Story(13), Story(14), Phase(5, 0)]),
            ("Phase 5.5: Dual", vec![Phase(5, 5)]),
            ("Phases 3–5 complete", vec![Phase(3, 0), Phase(4, 0), Phase(5, 0)]),
            ("User Story 2 (P2)", vec![Story(2)]),
            ("BUS1, status 3", vec![]),
        ];
        for (text, expected) in table {
            assert_eq!(labels(text), expected, "{text}");
        }
    }

    #[test]
    fn sentences_about_phases() {
        let said = |text: &'static str| dependency(text);
        let expected = Some(("- US5 (Phase 7): ", "US2  and Phase 2 ".to_owned()));
        assert_eq!(said("- US5 (Phase 7): Depends on US2 (uses toggle) and Phase 2 — needs x"), expected);
        assert_eq!(said("- US2: does not depend on US1"), None);
    }
}
