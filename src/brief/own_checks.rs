//! What a task's own words say is to be seen when it is done, where nobody wrote criteria: "… and verify that x", points that
//! begin with such a word, and what stands below a heading about it.

use crate::model::{Task, TaskKind};

/// Criteria taken from the words of one task.
const MOST: usize = 12;
/// Words behind which a sentence says what is to be seen.
const CLAUSES: [&str; 38] = [
    " assert ",
    ": confirm ",
    "make sure ",
    "expected: ",
    "expected result: ",
    " confirms ",
    "(verify ",
    "(confirm ",
    "; confirm ",
    ", confirm ",
    " asserting ",
    " asserts ",
    " confirming ",
    " ensuring ",
    "to ensure ",
    "to confirm ",
    "验证",
    "确保",
    "and verify ",
    "and ensure ",
    "and confirm ",
    "and check ",
    "so that ",
    "verify that ",
    "ensure that ",
    "confirm that ",
    "check that ",
    "— verify ",
    "— confirm ",
    "— ensure ",
    "– verify ",
    " - verify ",
    "; verify ",
    ", verify ",
    ", verifying ",
    ": verify ",
    "to verify ",
    "acceptance test: ",
];
/// Each of them has one of these in it: most sentences have none, and are looked at no closer.
const STEMS: [&str; 11] = [
    "assert",
    "confirm",
    "make sure",
    "expected",
    "ensur",
    "verif",
    "验证",
    "确保",
    "so that",
    "check",
    "acceptance test",
];
/// Words of a sentence that says what has to hold.
const MUSTS: [&str; 4] = [" must ", " shall ", " should ", "(should be "];
/// Words with which a point begins that is no step but what has to be so.
const POINTS: [&str; 6] = ["verify ", "confirm ", "ensure ", "make sure ", "assert ", "check that "];
/// Headings and labels below which nothing else stands.
const HEADINGS: [&str; 9] = [
    "definition of done",
    "done when",
    "acceptance",
    "verification",
    "verify",
    "how to verify",
    "success criteria",
    "expected result",
    "expected behavio",
];

/// What the task's own words say is to be seen; all of its title where it does nothing else.
pub(super) fn own_checks(task: &Task) -> Vec<String> {
    let own = own_words(task);
    let said = paragraphs(own);
    let said = if said.is_empty() { vec![task.title.clone()] } else { said };
    let prose = said.iter().filter(|paragraph| !is_point(paragraph));
    let clauses = prose.flat_map(|paragraph| paragraph.split(". ")).filter_map(clause);
    let mut found: Vec<String> = Vec::new();
    for check in clauses.chain(below_headings(own)).chain(points(own)) {
        let is_new = !check.is_empty() && !found.contains(&check) && check != task.title;
        if found.len() < MOST && is_new {
            found.push(check);
        }
    }
    let is_check = || task.kind == TaskKind::Verify || is_point(&task.title) || clause(&task.title).is_some();
    if found.is_empty() && is_check() {
        found.push(task.title.clone());
    }
    found
}

/// The details without what is said of the whole phase: that is about the others, too.
fn own_words(task: &Task) -> &str {
    let phase = format!("\n\n{}\n", task.group);
    let end = if task.group.is_empty() { None } else { task.details.find(&phase) };
    end.map_or(task.details.as_str(), |end| &task.details[..end])
}

/// The lines of text that belong together, on one line each, without the marks of items; no code, no headings, nothing of the
/// tasks above this one.
fn paragraphs(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let (mut fence, mut open) = (false, false);
    for line in text.lines() {
        let bare = line.trim();
        fence ^= bare.starts_with("```");
        if fence || bare.is_empty() || bare.starts_with(['#', '|', '`']) || bare.starts_with("Part of:") {
            open = false;
            continue;
        }
        match (item_of(line), found.last_mut().filter(|_| open)) {
            (None, Some(last)) => {
                last.push(' ');
                last.push_str(bare);
            }
            (item, _) => found.push(plain(item.unwrap_or(bare))),
        }
        open = true;
    }
    found
}

/// What one sentence says is to be seen: what stands behind such a word; all of it where it says that something must be so.
fn clause(sentence: &str) -> Option<String> {
    let lower = sentence.to_lowercase();
    // Folding the case may move bytes in some scripts; then nothing is cut.
    let may_say = STEMS.iter().any(|stem| lower.contains(stem));
    let clauses = CLAUSES.iter().filter(|_| may_say);
    let behind = clauses.filter_map(|word| lower.find(word).map(|at| at + word.len())).min();
    let rest = match behind {
        Some(at) => sentence.get(at..).filter(|_| lower.len() == sentence.len())?,
        None if MUSTS.iter().any(|word| lower.contains(word)) => sentence,
        None => return None,
    };
    let rest = rest.trim().trim_end_matches(['.', ';', ',']);
    let rest = if rest.contains('(') { rest } else { rest.trim_end_matches(')') };
    let long = rest.split_whitespace().count() > 1 || rest.chars().any(|c| c >= '\u{2e80}');
    (long && !expects_failure(rest)).then(|| rest.to_owned())
}

/// Points of lists that begin with such a word.
fn points(text: &str) -> Vec<String> {
    let mut fence = false;
    let mut found = Vec::new();
    for line in text.lines().skip(1) {
        fence ^= line.trim_start().starts_with("```");
        if let Some(item) = item_of(line).filter(|item| !fence && is_point(item) && !expects_failure(item)) {
            found.push(plain(item));
        }
    }
    found
}

fn is_point(text: &str) -> bool {
    let lower = text.trim_start_matches(['*', '_']).to_lowercase();
    POINTS.iter().any(|word| lower.starts_with(word)) && text.split_whitespace().count() > 2
}

/// The first step of a test-driven task: it says that nothing is there yet. What fails is said at once; further on it is part of
/// what is to be seen.
fn expects_failure(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words = ["it fails", "they fail", "test fails", "tests fail", "fail"];
    words.iter().any(|word| lower.find(word).is_some_and(|at| at < AT_ONCE))
}

/// Letters before which something is said at once.
const AT_ONCE: usize = 20;

/// What stands below headings and labels about it: their points, else their first sentence.
fn below_headings(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(same) = heading(line) else { continue };
        let mut items = Vec::new();
        let mut prose = same.to_owned();
        while let Some(next) = lines.next_if(|next| !is_heading(next)) {
            match item_of(next) {
                Some(item) => items.push(plain(item)),
                None if prose.is_empty() && items.is_empty() && !next.trim_start().starts_with("```") => {
                    prose = plain(next)
                }
                None => {}
            }
        }
        if items.is_empty() && !prose.is_empty() {
            items.push(prose);
        }
        found.extend(items);
    }
    found
}

/// What stands behind the colon of such a label or heading on its own line; empty where nothing does.
fn heading(line: &str) -> Option<&str> {
    if !is_heading(line) {
        return None;
    }
    let bare = line.trim().trim_start_matches(['#', '*', '_', ' ']);
    let bare = bare.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ')' | ' '));
    let lower = bare.to_lowercase();
    let is_about = HEADINGS.iter().any(|word| {
        lower.strip_prefix(word).is_some_and(|rest| {
            let rest = rest.trim_start_matches(|c: char| c.is_alphabetic());
            rest.split(':').next().unwrap_or_default().trim_matches(['*', '_', ' ', '?']).split_whitespace().count()
                <= 2
        })
    });
    is_about.then(|| bare.split_once(':').map_or("", |(_, rest)| rest.trim_matches(['*', '_', ' '])))
}

/// A heading, or a bold label on a line of its own.
fn is_heading(line: &str) -> bool {
    let text = line.trim();
    text.starts_with('#') && text.trim_start_matches('#').starts_with(' ')
        || text.starts_with("**") && text.contains(':')
}

fn item_of(line: &str) -> Option<&str> {
    let text = line.trim_start();
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = match text.strip_prefix(['-', '*', '+']) {
        Some(rest) => rest.strip_prefix(' ')?,
        None if digits.len() < text.len() => digits.strip_prefix(['.', ')'])?.strip_prefix(' ')?,
        None => return None,
    };
    let rest = rest.trim_start();
    Some(["[ ] ", "[x] ", "[X] "].iter().find_map(|mark| rest.strip_prefix(mark)).unwrap_or(rest))
}

fn plain(text: &str) -> String {
    text.replace("**", "").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::task;

    fn of(title: &str, details: &str) -> Vec<String> {
        own_checks(&Task { title: title.to_owned(), details: details.to_owned(), ..task(&("T", "t", &[]), 1) })
    }

    #[test]
    fn every_clause_has_a_stem() {
        assert!(CLAUSES.iter().all(|clause| STEMS.iter().any(|stem| clause.contains(stem))));
    }

    #[test]
    fn a_title_says_what_is_to_be_seen() {
        let table = [
            ("Run `ferry list` in the harbour — verify exit code 1 and JSON", "exit code 1 and JSON"),
            ("Start the daemon, push a commit, verify it is processed", "it is processed"),
            ("Acceptance test: two boats with one berth", "two boats with one berth"),
            ("Add a spike with a fake tide table to verify split reads and writes", "split reads and writes"),
            ("Verify all tabs work", "Verify all tabs work"),
            ("Add a test asserting that the ferry floats", "that the ferry floats"),
            ("GREEN: confirm the ferry floats", "the ferry floats"),
            ("Run it. Expected: two boats", "two boats"),
            ("Test the harbour on Mac (verify no leaks)", "no leaks"),
            ("The output must stay as it is", "The output must stay as it is"),
        ];
        for (title, expected) in table {
            assert_eq!(of(title, ""), [expected], "{title}");
        }
        for title in [
            "Verify",
            "Add a verify command",
            "Write the test and verify it fails",
            "Expected: FAIL since nothing is there",
            "Check in the lock file",
        ] {
            assert_eq!(of(title, ""), Vec::<String>::new(), "{title}");
        }
    }

    #[test]
    fn sentences_that_go_on_are_read_to_their_end_and_those_of_parents_are_not_ones_own() {
        let details = "Part of: - [ ] 2 Verify that the harbour is safe\n\n- [ ] 2.1 Add a test asserting that the ferry\n      floats in all weathers. It is short.\n";
        assert_eq!(of("Add a test asserting that the ferry", details), ["that the ferry floats in all weathers"]);
    }

    #[test]
    fn points_that_begin_with_such_a_word_are_criteria_and_steps_are_none() {
        let details = "- [ ] Profile it\n    - Measure the ferry\n    - Verify that nothing stutters at 60 Hz\n    - Verify it fails\n```\n- Verify this code is code\n```\n";
        assert_eq!(of("Profile it", details), ["Verify that nothing stutters at 60 Hz"]);
    }

    #[test]
    fn headings_about_it_hold_criteria() {
        let details = "Rename it.\n\n### 9. Steps\n- rename\n\n### 10. Verify\n- `make` — builds\n- the old name is gone\n\n## Notes\n- none";
        assert_eq!(of("Rename", details), ["`make` — builds", "the old name is gone"]);
        assert_eq!(of("Spike", "x\n\n### Definition of done\n\nA test that sails.\n\nMore."), ["A test that sails."]);
        assert_eq!(of("Spike", "x\n**Done when:** the boat floats"), ["the boat floats"]);
        assert_eq!(of("Spike", "x\n## Verification code of the login\n- send a mail"), Vec::<String>::new());
    }

    #[test]
    fn what_is_said_of_the_whole_phase_is_no_criterion_of_each_task() {
        let phase = Task {
            group: "Phase 1".to_owned(),
            details: "a\n\nPhase 1\n- Verify that all of it works".to_owned(),
            ..task(&("T", "t", &[]), 1)
        };
        assert_eq!(own_checks(&phase), Vec::<String>::new());
    }
}
