//! What a task's own words ask for besides its code. A person wrote them, not the agent.

use crate::model::{Task, TaskKind};

/// Words that ask for tests.
const TESTS: [&str; 15] = [
    "test",
    "tests",
    "tested",
    "testing",
    "untested",
    "unittest",
    "unittests",
    "testcase",
    "testcases",
    "spec",
    "specs",
    "coverage",
    "cover",
    "covers",
    "covered",
];

/// The same where words are not parted by spaces.
const TESTS_UNPARTED: [&str; 4] = ["テスト", "测试", "測試", "테스트"];

/// Verbs that begin a text which asks for a change of what a program does.
const CHANGING: [&str; 30] = [
    "fix",
    "fixes",
    "repair",
    "mend",
    "implement",
    "implements",
    "introduce",
    "support",
    "make",
    "let",
    "return",
    "raise",
    "reject",
    "accept",
    "allow",
    "handle",
    "change",
    "rename",
    "remove",
    "delete",
    "replace",
    "refactor",
    "extend",
    "teach",
    "improve",
    "optimize",
    "optimise",
    "speed",
    "migrate",
    "correct",
];

/// Verbs that ask for something to be written, whatever it is.
const WRITING: [&str; 12] =
    ["add", "adds", "write", "create", "extend", "more", "increase", "improve", "raise", "complete", "provide", "port"];

/// Verbs that ask for the same in a better form, and what may stand between them and the tests that they are about.
const REWORKING: [&str; 16] = [
    "refactor", "rename", "fix", "repair", "mend", "improve", "speed", "clean", "tidy", "simplify", "split", "move",
    "update", "migrate", "correct", "deflake",
];
const BETWEEN: [&str; 12] =
    ["the", "a", "all", "our", "up", "flaky", "slow", "old", "existing", "unit", "integration", "some"];

/// Words that say that tests are to fail until something is implemented.
const FIRST: [&str; 9] = [
    "failing test",
    "fails first",
    "fail first",
    "must fail",
    "tests first",
    "test first",
    "test-first",
    "red:",
    "before implement",
];

/// What a task says, in lower case.
fn said(task: &Task) -> String {
    let all =
        [task.title.as_str(), task.details.as_str()].into_iter().chain(task.acceptance.iter().map(String::as_str));
    all.collect::<Vec<_>>().join("\n").to_lowercase()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    // Names of files and functions are about tests, too, but ask for none.
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '/' | '.'))).map(|word| word.trim_matches('.'))
}

/// Whether a word is one of some verbs, in whatever form people begin a title with: "Add", "Adds", "Added", "Adding",
/// "Simplified".
fn is_verb(word: &str, verbs: &[&str]) -> bool {
    let of_stem = |stem: &str| verbs.iter().any(|verb| *verb == stem || verb.strip_suffix('e') == Some(stem));
    let of_y = |stem: &str| verbs.iter().any(|verb| verb.strip_suffix('y') == Some(stem));
    of_stem(word)
        || ["s", "es", "ed", "d", "ing"].iter().filter_map(|end| word.strip_suffix(end)).any(of_stem)
        || ["ies", "ied"].iter().filter_map(|end| word.strip_suffix(end)).any(of_y)
}

fn speaks_of_tests(text: &str) -> bool {
    words(text).any(|word| TESTS.contains(&word)) || TESTS_UNPARTED.iter().any(|word| text.contains(word))
}

/// Whether a task asks for tests, whatever else it asks for.
pub(super) fn for_tests(task: &Task) -> bool {
    task.kind == TaskKind::Tests || speaks_of_tests(&said(task))
}

/// Whether a task asks for tests of what is there, and for no change of it: "Add tests for the parser", "Cover the error
/// path of `load`", "Parser: more tests". Its title says so; what stands below only describes.
pub(super) fn for_tests_only(task: &Task) -> bool {
    if task.kind == TaskKind::Tests {
        return true;
    }
    let title = task.title.to_lowercase();
    // "Parser: add tests": what stands before a colon says where.
    let asks = title.rsplit_once(": ").map_or(title.as_str(), |(_, rest)| rest);
    let mut all = words(asks).filter(|word| !word.is_empty());
    let Some(first) = all.next() else { return false };
    if TESTS.contains(&first) {
        return true;
    }
    let rest: Vec<&str> = all.collect();
    // What is written must be the tests: "add tests for a", not "add a with tests".
    let object = rest.iter().position(|word| TESTS.contains(word));
    let unparted = TESTS_UNPARTED.iter().any(|word| title.contains(word));
    let between = |at: usize| rest[..at].iter().all(|word| !JOINING.contains(word));
    match object {
        Some(at) if is_verb(first, &WRITING) => between(at),
        Some(at) if is_verb(first, &REWORKING) => rest[..at].iter().all(|word| BETWEEN.contains(word)),
        Some(at) => !is_verb(first, &CHANGING) && at == 0,
        None => unparted && !is_verb(first, &CHANGING),
    }
}

/// Verbs that ask for the same behaviour in a better form.
const PRESERVING: [&str; 24] = [
    "refactor",
    "simplify",
    "clean",
    "cleanup",
    "tidy",
    "rename",
    "move",
    "extract",
    "inline",
    "restructure",
    "reorganize",
    "reorganise",
    "deduplicate",
    "optimize",
    "optimise",
    "perf",
    "speed",
    "lint",
    "format",
    "reformat",
    "style",
    "modernize",
    "modernise",
    "chore",
];

/// What is mended without a change of what the program does.
const APPEARANCE: [&str; 10] =
    ["lint", "lints", "linting", "clippy", "warning", "warnings", "typo", "typos", "formatting", "style"];

/// Whether a task asks for a better form of what a program does already: "Simplify the parser", "perf: …", "Fix lints". No
/// test can be red without such a change, so its tests are judged as tests of what is there.
pub(super) fn for_same_behaviour(task: &Task) -> bool {
    let title = task.title.to_lowercase();
    let mut all = words(&title).filter(|word| !word.is_empty());
    let Some(first) = all.next() else { return false };
    let mends = is_verb(first, &["fix", "address", "resolve", "silence", "avoid", "remove"]);
    // "Parser: simplify …": what stands before a colon says where.
    let after = title.split_once(": ").and_then(|(_, rest)| words(rest).find(|word| !word.is_empty()));
    is_verb(first, &PRESERVING)
        || after.is_some_and(|verb| is_verb(verb, &PRESERVING))
        || mends && all.take(3).any(|word| APPEARANCE.contains(&word))
}

/// Verbs that ask for a message in other words.
const REWORDING: [&str; 18] = [
    "update",
    "change",
    "improve",
    "fix",
    "correct",
    "clarify",
    "reword",
    "rephrase",
    "rewrite",
    "unify",
    "quote",
    "simplify",
    "shorten",
    "adjust",
    "enhance",
    "capitalize",
    "tweak",
    "polish",
];

/// Whether a task asks for messages in other words, and for nothing besides: "Update the error messages of constraints".
pub(super) fn for_messages(task: &Task) -> bool {
    let title = task.title.to_lowercase();
    let asks = title.rsplit_once(": ").map_or(title.as_str(), |(_, rest)| rest);
    let mut all = words(asks).filter(|word| !word.is_empty());
    let first = all.next().unwrap_or_default();
    let rest: Vec<&str> = all.collect();
    let object = rest.iter().position(|word| ["message", "messages", "wording"].contains(word));
    is_verb(first, &REWORDING) && object.is_some_and(|at| rest[..at].iter().all(|word| !JOINING.contains(word)))
}

/// Words between two things of which the second only comes along.
const JOINING: [&str; 8] = ["with", "and", "plus", "including", "to", "that", "which", "so"];

/// Whether a task asks for tests that fail for now.
pub(super) fn for_red_tests(task: &Task) -> bool {
    let text = said(task);
    FIRST.iter().any(|words| text.contains(words))
}

/// Whether a task asks for words for people, or names a file of them.
pub(super) fn for_documents(task: &Task) -> bool {
    let text = said(task);
    let asked = ["document", "docs", "readme", "changelog", "release note", "mention", "docstring"];
    asked.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(title: &str) -> Task {
        Task { title: title.to_owned(), ..crate::run::simulation::task(1, &[]) }
    }

    #[test]
    fn tasks_that_ask_for_tests() {
        let table = [
            ("Add `median` to stats.py with a test", true, false),
            ("Fix the rounding of `mean` and cover it", true, false),
            ("Add tests for `mean`", true, true),
            ("Add a regression test for empty lists", true, true),
            ("Adding more prerelease tests", true, true),
            ("Improved the tests of `mean`", true, true),
            ("Removing tests of `mean`", true, false),
            ("Add more unit tests of the parser", true, true),
            ("Cover the error path of `load`", true, true),
            ("Test that empty input is refused", true, true),
            ("Parser: add tests for nested lists", true, true),
            ("Write tests for `mean` and `median`", true, true),
            ("Extend the tests of `mean`", true, true),
            ("Increase coverage of the parser", true, true),
            ("Unit tests for the parser", true, true),
            ("Add `median`, with tests", true, false),
            ("Make the tests of `mean` pass", true, false),
            ("Refactor the unit tests of the parser", true, true),
            ("Fix flaky tests", true, true),
            ("Fix the parser and its tests", true, false),
            ("Rename `mean` and update its tests", true, false),
            ("Add an option to skip tests", true, false),
            ("Add the fastest path", false, false),
            ("Implement `latest` in tests.py", false, false),
            ("为解析器添加测试", true, true),
        ];
        for (title, tests, only) in table {
            let task = task(title);
            assert_eq!((for_tests(&task), for_tests_only(&task)), (tests, only), "{title}");
        }
    }

    #[test]
    fn tasks_that_ask_for_the_same_behaviour() {
        for (title, same) in [
            ("Simplify normalization of line-endings in CDATA supported by additional tests.", true),
            ("Fix lints emitted by current nightly Clippy.", true),
            ("perf: make `compact` linear", true),
            ("Simplified the parser", true),
            ("Moving `mean` to stats.py", true),
            ("[Perf] `utils`: make `compact` O(n)", true),
            ("refactor(parser): one loop less", true),
            ("Parser: simplify the loop", true),
            ("chore: lint", true),
            ("Fix the rounding of `mean`", false),
            ("Add `median`, and simplify `mean`", false),
            ("feat: dates in the user's format", false),
            ("Let the parser warn of typos", false),
            ("Remove the deprecated option `strict`", false),
        ] {
            assert_eq!(for_same_behaviour(&task(title)), same, "{title}");
        }
    }

    #[test]
    fn tasks_that_ask_for_other_messages() {
        for (title, messages) in [
            ("Update constraint error messages", true),
            ("Improved the messages of the parser", true),
            ("Parser: clarify the error message for open strings", true),
            ("Add messages for open strings", false),
            ("Fix the parser and its messages", false),
            ("Update the parser with better messages", false),
            ("Fix the order of rows", false),
        ] {
            assert_eq!(for_messages(&task(title)), messages, "{title}");
        }
    }

    #[test]
    fn tests_that_come_first() {
        assert!(for_red_tests(&task("Write failing tests for sums")));
        assert!(!for_red_tests(&task("Add tests of what happens when a request fails")));
    }
}
