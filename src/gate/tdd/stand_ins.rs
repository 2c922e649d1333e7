//! Stand-ins: a file of tests that brings a thing of the name that its tests call, so that they no longer reach what they
//! are about.

use super::super::Diff;
use super::allowed;
use super::change::{Change, File};
use super::paths::Class;
use crate::git::Line;
use crate::model::Finding;
use crate::source::Parsed;

/// Calls that put something in place of something else.
const MOCKS: [&str; 8] =
    ["patch(", "setattr(", "vi.mock(", "jest.mock(", "mock.module(", "vi.doMock(", "jest.doMock(", "spyOn("];

/// Every stand-in that a change brings for what tests of the base call.
pub(super) fn stand_ins(change: &Change, diff: &Diff) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in &change.files {
        let (Some(old), Some(new)) = (&file.old, &file.new) else { continue };
        let before = change.before.iter().filter(|case| case.path == file.path);
        let checks: String = before.flat_map(|case| &case.checks).map(|check| format!("{}\n", check.text)).collect();
        if checks.is_empty() {
            continue;
        }
        let added = diff.file(&file.path).map(|file| file.added.as_slice()).unwrap_or_default();
        found.extend(defined(file, old, new, &checks));
        found.extend(added.iter().filter_map(|line| mocked(file, line, old, &checks)));
    }
    found.retain(|finding| !allowed::names(diff, "mock") && !allowed::names(diff, finding.file.as_str()));
    found
}

/// What is defined in the file now, was not before, and is called by what the tests insist on.
fn defined(file: &File, old: &str, new: &str, checks: &str) -> Vec<Finding> {
    let (Some(before), Some(after)) = (Parsed::read(&file.path, old), Parsed::read(&file.path, new)) else {
        return Vec::new();
    };
    let known: Vec<(Vec<String>, String)> = before.definitions().into_iter().map(|it| (it.within, it.name)).collect();
    let of_tests = |within: &[String]| within.iter().all(|name| name == "tests" || name == "test");
    // In a Rust file of both the production's own stand beside the tests.
    let beside = |within: &[String]| file.class == Class::Source && within.is_empty();
    let new = after.definitions().into_iter();
    let new = new.filter(|it| of_tests(&it.within) && !beside(&it.within));
    let new = new.filter(|it| !known.contains(&(it.within.clone(), it.name.clone())));
    let called = new.filter(|it| is_called(checks, &it.name) || is_called(checks, &format!("{}!", it.name)));
    called.map(|it| finding(file, it.first_line, &it.name, "is defined here now")).collect()
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
    let part = |c: char| c.is_alphanumeric() || c == '_';
    !name.is_empty()
        && text
            .match_indices(name)
            .any(|(at, _)| !text[..at].ends_with(part) && text[at + name.len()..].trim_start().starts_with('('))
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
