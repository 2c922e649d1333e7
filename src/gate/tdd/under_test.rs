//! Which code tests are about: functions of the project whose names stand in them.

use std::collections::BTreeSet;

use super::super::reports::TestCase;
use super::ask::Ask;
use super::paths::{Class, Paths};
use crate::source::{Callable, Language, Masked, Parsed, TestCode, test_parts};

/// A file of the project that no change touches, and what of it is under test.
pub(super) struct Standing {
    pub(super) path: String,
    pub(super) text: String,
    /// The functions that the tests name.
    pub(super) chosen: Vec<Callable>,
    /// All of its functions.
    pub(super) all: Vec<Callable>,
    /// Whether the tests' own file names it, or stands in the same package.
    is_near: bool,
}

/// What tests are about.
pub(super) struct UnderTest {
    pub(super) files: Vec<Standing>,
}

impl UnderTest {
    /// Whether a test itself calls one of the functions, of a file that its own file names: then there is no doubt that it
    /// is about them.
    pub(super) fn is_named_by(&self, ask: &Ask<'_>, case: &TestCase) -> bool {
        let Some(code) = ask.change.after.iter().find(|code| code.is_meant(&case.name)) else { return false };
        let masked = Masked::new(&code.body, code.language);
        let calls = |one: &Callable| {
            let owner = if one.name.starts_with("__") { one.owner.as_str() } else { one.name.as_str() };
            [format!("{owner}("), format!("{owner}::<")].iter().any(|call| has_word(&masked.code, call))
        };
        self.files.iter().filter(|file| file.is_near).flat_map(|file| &file.chosen).any(calls)
    }
}

fn has_word(code: &str, call: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    code.match_indices(call).any(|(at, _)| !is_part(code[..at].chars().next_back()))
}

/// Files looked through at most.
const MAX_SEARCHED: usize = 1500;

/// Functions that are made wrong at most: a test that names more is about all of them.
const MAX_CHOSEN: usize = 40;

/// The code that tests name; none where nothing of the project has such a name.
pub(super) fn under_test(ask: &Ask<'_>, tests: &[&TestCode]) -> Option<UnderTest> {
    let language = tests.first()?.language;
    let (names, file_words) = named(ask, tests);
    let paths = Paths::new(ask.def);
    let is_source = |path: &String| {
        let same =
            Language::of_path(path).is_some_and(|own| own == language || own.is_script() && language.is_script());
        same && paths.class(path) == Class::Source
    };
    let all: Vec<String> = ask.diff.new.paths().into_iter().filter(is_source).take(MAX_SEARCHED).collect();
    let is_near = |path: &str| tests.iter().any(|test| stands_near(test, path, &file_words));
    let (near, far): (Vec<String>, Vec<String>) = all.into_iter().partition(|path| is_near(path));
    [(near, true), (far, false)].into_iter().find_map(|(paths, is_near)| {
        let mut left = MAX_CHOSEN;
        let mut files: Vec<Standing> = Vec::new();
        for path in paths {
            if let Some(file) = standing(ask, path, &names, is_near).filter(|file| file.chosen.len() <= left) {
                left -= file.chosen.len();
                files.push(file);
            }
        }
        (!files.is_empty()).then_some(UnderTest { files })
    })
}

fn standing(ask: &Ask<'_>, path: String, names: &BTreeSet<String>, is_near: bool) -> Option<Standing> {
    let text = ask.diff.new.text(&path)?;
    if !names.iter().any(|name| text.contains(name.as_str())) {
        return None;
    }
    let tests = test_parts(&path, &text);
    let is_test = |one: &Callable| tests.iter().any(|(from, to)| *from <= one.span.start && one.span.end <= *to);
    let mut all = Parsed::read(&path, &text)?.callables();
    all.retain(|one| !is_test(one));
    let by_class = |one: &Callable| {
        // What operators call has no name in a test: a class that is named stands for it.
        !one.owner.is_empty()
            && names.contains(&one.owner)
            && matches!(Language::of_path(&path), Some(own) if own == Language::Python || own.is_script())
    };
    let chosen: Vec<Callable> = all.iter().filter(|one| names.contains(&one.name) || by_class(one)).cloned().collect();
    (!chosen.is_empty()).then_some(Standing { path, text, chosen, all, is_near })
}

/// Whether a file is what a test's file is about: it is named there, or stands in the same package.
fn stands_near(test: &TestCode, path: &str, words: &BTreeSet<String>) -> bool {
    let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
    let mut parts: Vec<&str> = path.split('/').collect();
    let stem = parts.pop().and_then(|name| name.split('.').next()).unwrap_or_default();
    let stem = match stem {
        "index" | "mod" | "lib" | "main" | "__init__" => parts.pop().unwrap_or(stem),
        _ => stem,
    };
    match test.language {
        Language::Go => folder(&test.path) == folder(path),
        // A crate's own names are reached by its root.
        Language::Rust => test.path == path || words.contains(stem) || path.ends_with("src/lib.rs") || stem == "src",
        _ => words.contains(stem) || stem == "src" || stem == "lib",
    }
}

/// The names in tests, and in what of their files they call; and all words of their files, strings included, since modules
/// are named in some.
fn named(ask: &Ask<'_>, tests: &[&TestCode]) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut names, mut words) = (BTreeSet::new(), BTreeSet::new());
    for test in tests {
        names.extend(words_of(&Masked::new(&test.body, test.language).code));
        let text = ask.diff.new.text(&test.path).unwrap_or_default();
        words.extend(words_of(&text));
        let Some(parsed) = Parsed::read(&test.path, &text) else { continue };
        let helpers = parsed.callables();
        let masked = Masked::of_path(&test.path, &text);
        let setup = ["setUp", "setup_method", "setup", "setUpClass"];
        // A helper may call another.
        for _ in 0..2 {
            let is_called = |one: &&Callable| names.contains(&one.name) || setup.contains(&one.name.as_str());
            let called: Vec<&Callable> = helpers.iter().filter(is_called).collect();
            called.into_iter().for_each(|helper| names.extend(words_of(&masked.code[helper.span.clone()])));
        }
    }
    (names, words)
}

fn words_of(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    words.filter(|word| word.len() > 1 && !word.starts_with(|c: char| c.is_ascii_digit())).map(str::to_owned)
}
