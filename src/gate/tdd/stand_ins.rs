//! Stand-ins: a file of tests that brings a thing of the name that its tests call, so that they no longer reach what they
//! are about.

use super::super::Diff;
use super::allowed;
use super::change::{Change, File};
use super::paths::Class;
use super::weaken::origin;
use crate::git::Line;
use crate::model::Finding;
use crate::source::{Definition, Masked, Parsed, test_parts};

/// Calls that put something in place of something else.
const MOCKS: [&str; 8] =
    ["patch(", "setattr(", "vi.mock(", "jest.mock(", "mock.module(", "vi.doMock(", "jest.doMock(", "spyOn("];

/// Every stand-in that a change brings for what tests of the base call.
pub(super) fn stand_ins(change: &Change, diff: &Diff) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in &change.files {
        let Some(new) = &file.new else { continue };
        let old = file.old.as_deref().unwrap_or_default();
        let before = change.before.iter().filter(|case| case.path == file.path);
        // Tests that came here from elsewhere are as old as the others.
        let come = change.after.iter().filter(|case| case.path == file.path && origin(case, change).is_some());
        let cases = before.chain(come);
        let checks: String = cases.flat_map(|case| &case.checks).map(|check| format!("{}\n", check.text)).collect();
        if checks.is_empty() {
            continue;
        }
        let added = diff.file(&file.path).map(|file| file.added.as_slice()).unwrap_or_default();
        found.extend(defined(change, file, (old, new), &checks));
        let known = if file.old.is_some() { old } else { new };
        found.extend(added.iter().filter_map(|line| mocked(file, line, known, &checks)));
    }
    found.retain(|finding| !allowed::names(diff, "mock") && !allowed::names(diff, finding.file.as_str()));
    found
}

/// What is defined in the file now, was not before, and is called by what the tests insist on.
fn defined(change: &Change, file: &File, (old, new): (&str, &str), checks: &str) -> Vec<Finding> {
    let (Some(before), Some(after)) = (Parsed::read(&file.path, old), Parsed::read(&file.path, new)) else {
        return Vec::new();
    };
    let known: Vec<(Vec<String>, String)> = before.definitions().into_iter().map(|it| (it.within, it.name)).collect();
    // In a Rust file of both the production's own stand beside the tests.
    let beside = |within: &[String]| file.class == Class::Source && within.is_empty();
    let found = after.definitions().into_iter();
    let found = found.filter(|it| of_tests(&it.within) && !beside(&it.within));
    let found = found.filter(|it| !known.contains(&(it.within.clone(), it.name.clone())));
    // What is called on something is a method, in whose place no function comes.
    let plain = |name: &str| called_at(checks, name).any(|at| !checks[..at].trim_end().ends_with('.'));
    let called = found.filter(|it| plain(&it.name) || plain(&format!("{}!", it.name)));
    let is_moved = |it: &Definition| change.files.iter().any(|from| is_moved(from, it, new));
    called.filter(|it| !is_moved(it)).map(|it| finding(file, it.first_line, &it.name, "is defined here now")).collect()
}

/// Whether something stands in a file, or in a module of it, that is for tests by its name.
fn of_tests(within: &[String]) -> bool {
    within.iter().all(|name| name == "tests" || name == "test")
}

fn mocked(file: &File, line: &Line, old: &str, checks: &str) -> Option<Finding> {
    let call = MOCKS.iter().find_map(|call| line.text.split_once(call).map(|(_, rest)| rest))?;
    let inside = call.split(')').next().unwrap_or_default();
    let words: Vec<&str> = inside.split(['"', '\'', '`']).collect();
    // What is between quotes: `calc.add`, `../src/sum`.
    let quoted = words.iter().skip(1).step_by(2).copied();
    let name = quoted.map(|word| (word, word.rsplit(['.', '/']).next().unwrap_or_default())).find(|(word, last)| {
        let imported = word.starts_with('.') && imports(old, word).any(|name| is_called(checks, name));
        !word.starts_with('.') && is_called(checks, last) || imported
    });
    name.map(|(word, _)| finding(file, line.number, word, "is replaced here now"))
}

/// The names that a script takes from a module.
fn imports<'t>(text: &'t str, module: &str) -> impl Iterator<Item = &'t str> {
    let of = |line: &&str| ["'", "\"", "`"].iter().any(|quote| line.contains(&format!("{quote}{module}{quote}")));
    let lines: Vec<&str> = text.lines().filter(of).filter(|line| line.trim_start().starts_with("import")).collect();
    let names = lines.into_iter().flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$'));
    names.filter(|name| !name.is_empty() && !["import", "from", "type", "as"].contains(name))
}

fn is_called(text: &str, name: &str) -> bool {
    !name.is_empty() && called_at(text, name).next().is_some()
}

/// Where something of this name is called.
fn called_at<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = usize> + 't {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let all = text.match_indices(name).map(|(at, _)| at);
    all.filter(move |at| !text[..*at].ends_with(part) && text[at + name.len()..].trim_start().starts_with('('))
}

/// Whether the same stood in another place, for tests alone, and stands there no more. A function of the project's own that
/// has this name would be hidden by it.
fn is_moved(from: &File, now: &Definition, text: &str) -> bool {
    let Some(old) = &from.old else { return false };
    let Some(parsed) = Parsed::read(&from.path, old) else { return false };
    let masked = Masked::of_path(&from.path, old);
    let of_code = |it: &Definition| {
        let mut parts = test_parts(&from.path, old).into_iter();
        let lines = |part: (usize, usize)| masked.line(part.0)..=masked.line(part.1.saturating_sub(1));
        from.class == Class::Source && !parts.any(|part| lines(part).contains(&it.first_line))
    };
    let earlier: Vec<Definition> = parsed.definitions().into_iter().filter(|it| it.name == now.name).collect();
    if earlier.iter().any(|it| of_code(it) && it.is_top_level()) {
        return false;
    }
    let left = from.new.as_deref().and_then(|new| Parsed::read(&from.path, new)).map(|new| new.definitions());
    let is_left = |was: &Definition| left.iter().flatten().any(|it| it.name == was.name && it.within == was.within);
    let of_tests = |was: &Definition| of_tests(&was.within) && !of_code(was);
    earlier.iter().any(|was| of_tests(was) && !is_left(was) && words_of(old, was) == words_of(text, now))
}

/// The text of a definition without its layout. In a module of tests nothing says again that it is for tests.
fn words_of(text: &str, it: &Definition) -> String {
    let from = (it.first_line as usize).saturating_sub(1);
    let lines = text.lines().take(it.last_line as usize).skip(from);
    let lines = lines.filter(|line| line.trim() != "#[cfg(test)]");
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

fn finding(file: &File, line: u32, name: &str, what: &str) -> Finding {
    Finding {
        file: file.path.clone(),
        line,
        rule: "stand-in".to_owned(),
        message: format!("`{name}`, which tests here call, {what}: they would no longer test the project's own"),
        advice: "let the tests call the code itself".to_owned(),
    }
}
