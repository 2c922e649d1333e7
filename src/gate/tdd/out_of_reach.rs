//! Tests that went where their runner does not look: under a name or into a folder that nobody collects. They say what they
//! said, and never run again.

use std::sync::LazyLock;

use globset::Glob;
use regex::Regex;

use super::super::{Diff, TreeFiles};
use super::change::Change;
use super::weaken::stands_at;
use crate::model::Finding;
use crate::source::{Language, TestCode, file_name, find_tests};

/// Folders that runners pass over, by language.
const PASSED_OVER: [(&[Language], &[&str]); 2] = [
    (&[Language::Python], &["build", "dist", "node_modules", "venv", "{arch}", "_darcs", "CVS"]),
    (&[Language::JavaScript, Language::TypeScript], &["node_modules", "dist", "cypress"]),
];

/// Settings of Python's runner, where projects keep them.
const SETTINGS: [&str; 4] = ["pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini"];

/// Every test that was collected where it stood and is not where it stands now. `allowed` as for all that is weaker.
pub(super) fn out_of_reach(change: &Change, diff: &Diff, allowed: &dyn Fn(&TestCode) -> bool) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    let mut tell = |file: &str, from: &str, case: &TestCode| {
        if found.iter().any(|told| told.file == file) || allowed(case) || is_collected(from, file, diff) {
            return;
        }
        found.push(Finding {
            file: file.to_owned(),
            line: case.line,
            rule: "deleted-test".to_owned(),
            message: format!("the test `{}` was in `{from}`; here no test runner finds it", case.name()),
            advice: "leave tests where the runner looks for them".to_owned(),
        });
    };
    for file in change.files.iter().filter(|file| file.new.is_some() && file.old_path != file.path) {
        let before = file.old.as_deref().map(|old| find_tests(&file.old_path, old)).unwrap_or_default();
        before.iter().for_each(|case| tell(&file.path, &file.old_path, case));
    }
    for before in &change.before {
        let is_renamed = change.files.iter().any(|file| file.path == before.path && file.old_path != file.path);
        let now = stands_at(before, change).filter(|now| !is_renamed && now.path != before.path);
        now.into_iter().for_each(|now| tell(&now.path, &before.path, before));
    }
    found
}

/// Whether a runner that finds tests at `from` finds them at `to`, too.
fn is_collected(from: &str, to: &str, diff: &Diff) -> bool {
    let Some(language) = Language::of_path(from) else { return true };
    if Language::of_path(to) != Some(language) && !language.is_script() {
        return false;
    }
    let passed_over = PASSED_OVER.iter().filter(|(of, _)| of.contains(&language)).flat_map(|(_, names)| names.iter());
    let hides = |path: &str| {
        let mut folders = path.split('/').rev().skip(1);
        folders.any(|folder| passed_over.clone().any(|name| *name == folder) || folder.starts_with('.'))
    };
    if hides(to) && !hides(from) {
        return false;
    }
    match language {
        Language::Python => is_found_by_python(from, to, &diff.old),
        Language::JavaScript | Language::TypeScript => is_found_by_script(from, to),
        Language::Rust => is_built_by_rust(to, diff),
        Language::Go | Language::Other => true,
    }
}

fn is_found_by_python(from: &str, to: &str, before: &TreeFiles) -> bool {
    let settings: Vec<String> = SETTINGS.iter().filter_map(|path| before.text(path)).collect();
    let globs = listed(&settings, "python_files");
    let is_named = |path: &str| {
        let name = file_name(path);
        let usual = name.starts_with("test") || name.ends_with("_test.py");
        let by_glob = |glob: &String| Glob::new(glob).is_ok_and(|glob| glob.compile_matcher().is_match(name));
        if globs.is_empty() { usual } else { globs.iter().any(by_glob) }
    };
    let roots = listed(&settings, "testpaths");
    let is_below = |path: &str| roots.iter().any(|root| path.starts_with(&format!("{}/", root.trim_matches('/'))));
    (is_named(to) || !is_named(from)) && (is_below(to) || !is_below(from))
}

/// The words of a setting: a list in brackets, a line of words, or lines that are indented below it.
fn listed(settings: &[String], key: &str) -> Vec<String> {
    static LIST: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?m)^(\w+)[ \t]*[=:][ \t]*(\[[^\]]*\]|[^\n]*(?:\n[ \t]+[^\n]+)*)").ok());
    let Some(pattern) = LIST.as_ref() else { return Vec::new() };
    let of_key = settings.iter().flat_map(|text| pattern.captures_iter(text)).filter(|found| &found[1] == key);
    let words = of_key.flat_map(|found| {
        let is_end = |c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']' | '"' | '\'');
        found[2].split(is_end).map(str::to_owned).collect::<Vec<_>>()
    });
    words.filter(|word| !word.is_empty()).collect()
}

/// Whether a script is named as tests are, or lies in a folder of them as it did.
fn is_found_by_script(from: &str, to: &str) -> bool {
    let is_marked = |path: &str| {
        let name = file_name(path);
        [".test.", ".spec."].iter().any(|mark| name.contains(mark))
    };
    let top = |path: &str| path.split('/').rev().skip(1).find(|part| is_folder_of_tests(part)).map(str::to_owned);
    match (is_marked(from), is_marked(to)) {
        (_, true) => true,
        (true, false) => to.contains("__tests__/"),
        (false, false) => top(from).is_none() || top(from) == top(to),
    }
}

fn is_folder_of_tests(name: &str) -> bool {
    matches!(name, "test" | "tests" | "__tests__" | "spec" | "specs")
}

/// Whether cargo builds a file of Rust, by itself or as a module of another.
fn is_built_by_rust(to: &str, diff: &Diff) -> bool {
    if diff.old.has(to) {
        return true;
    }
    let (folder, name) = to.rsplit_once('/').unwrap_or(("", to));
    let is_root = matches!(name, "lib.rs" | "main.rs" | "build.rs") || folder.rsplit('/').next() == Some("tests");
    if is_root {
        return true;
    }
    let module = if name == "mod.rs" { file_name(folder) } else { name.trim_end_matches(".rs") };
    // A module is declared beside it, or by the file that its folder is named after.
    let parent = |path: &str| path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let homes = [folder.to_owned(), parent(folder)];
    let names = |path: &str, text: &str| {
        let declares = text.match_indices("mod ").any(|(at, head)| {
            let rest = &text[at + head.len()..];
            rest.strip_prefix(module).is_some_and(|rest| rest.trim_start().starts_with(';'))
        });
        declares && homes.contains(&parent(path)) || text.contains(&format!("{name}\""))
    };
    let sources = diff.new.paths().into_iter().filter(|path| path.ends_with(".rs") && path != to);
    sources.filter_map(|path| Some((diff.new.text(&path)?, path))).any(|(text, path)| names(&path, &text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::testing;

    #[test]
    fn runners_find_tests_by_their_place() {
        let lists = "[tool.pytest.ini_options]\ntestpaths = [\"tests\", \"checks\"]\n";
        let named = "[pytest]\npython_files =\n    check_*.py\n    test_*.py\n";
        for (from, to, settings, found) in [
            ("tests/test_a.py", "tests/unit/test_a.py", "", true),
            ("tests/test_a.py", "tests/a_test.py", "", true),
            ("tests/test_a.py", "tests/a_checks.py", "", false),
            ("tests/a_checks.py", "tests/b_checks.py", "", true),
            ("tests/test_a.py", "build/test_a.py", "", false),
            ("tests/test_a.py", ".old/test_a.py", "", false),
            ("tests/test_a.py", "other/test_a.py", lists, false),
            ("tests/test_a.py", "checks/test_a.py", lists, true),
            ("tests/test_a.py", "tests/check_a.py", named, true),
            ("tests/test_a.py", "tests/test_a.txt", "", false),
            ("test/a.test.ts", "test/a.spec.ts", "", true),
            ("test/a.test.ts", "src/__tests__/a.ts", "", true),
            ("test/a.test.ts", "test/fixtures/a.ts", "", false),
            ("test/a.test.js", "test/a.test.mjs", "", true),
            ("test/a.test.ts", "dist/a.test.ts", "", false),
            ("test/a.js", "test/more/a.js", "", true),
            ("test/a.js", "lib/a.js", "", false),
            ("src/a.rs", "tests/a.rs", "", true),
            ("src/a.rs", "src/b.rs", "", false),
            ("src/a.rs", "src/c/mod.rs", "", true),
            ("tests/a.rs", "tests/data/a.rs", "", false),
        ] {
            let diff = testing::diff(&[
                ("pytest.ini", settings, settings),
                ("src/lib.rs", "", "mod a;\n#[cfg(test)]\nmod c;\n"),
            ]);
            let diff = if settings.contains("tool.pytest") {
                testing::diff(&[("pyproject.toml", settings, settings)])
            } else {
                diff
            };
            assert_eq!(is_collected(from, to, &diff), found, "{from} {to}");
        }
    }
}
