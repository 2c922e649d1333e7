//! What the base's tests stand on besides their own text: helpers, fixtures, imports, expected files. Where a change
//! rewrites it, the tests say something else although no word of them differs.

use std::collections::HashMap;

use super::super::Diff;
use super::allowed;
use super::change::{Change, File};
use super::paths::Class;
use crate::source::find_tests;

/// The changed files whose tests, or the tests beside which they stand, may mean something else now. What is only added
/// changes nothing that was there.
pub(super) fn rewritten<'a>(change: &'a Change, diff: &Diff) -> Vec<&'a File> {
    let is_rewritten = |file: &&File| {
        let (Some(old), true) = (&file.old, file.class == Class::Test) else { return false };
        let kept = file.new.as_deref().is_some_and(|new| file.path == file.old_path && has_all(&file.path, old, new));
        let name = file.path.rsplit('/').next().unwrap_or_default();
        !kept && !allowed::names(diff, &file.path) && !allowed::names(diff, name)
    };
    change.files.iter().filter(is_rewritten).collect()
}

/// Whether every line that stood outside of tests stands there still.
fn has_all(path: &str, old: &str, new: &str) -> bool {
    let mut there: HashMap<String, usize> = HashMap::new();
    for line in outside(path, new) {
        *there.entry(line).or_default() += 1;
    }
    outside(path, old).into_iter().all(|line| {
        let more = there.get_mut(&line).filter(|n| **n > 0);
        more.map(|n| *n -= 1).is_some() || there.keys().any(|new| adds_names(&line, new))
    })
}

/// The lines of a file that belong to none of its tests, without comments of a whole line.
fn outside(path: &str, text: &str) -> Vec<String> {
    let inside: Vec<(u32, u32)> = find_tests(path, text).iter().map(|case| (case.line, case.end)).collect();
    let lines = (1..).zip(text.lines()).filter(|(n, _)| !inside.iter().any(|(from, to)| (from..=to).contains(&n)));
    let said = lines.map(|(_, line)| line.trim_end()).filter(|line| {
        let text = line.trim_start();
        !text.is_empty() && !text.starts_with("//") && !text.starts_with('#') || text.starts_with("#[")
    });
    said.map(str::to_owned).collect()
}

/// `from calc import add` became `from calc import add, sub`: the same name from the same place, and more.
fn adds_names(old: &str, new: &str) -> bool {
    let imports = ["from ", "import ", "use "].iter().any(|word| old.starts_with(word));
    let words = |text: &str| {
        let parts = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '{' | '}' | ';' | ':' | '(' | ')'));
        parts.filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let (old, new) = (words(old), words(new));
    let renamed = old.iter().chain(&new).any(|word| word == "as");
    let origin = |words: &[String]| match words.first().map(String::as_str) {
        Some("from") => words.get(1).cloned(),
        // `import { a } from './b'`, `use a::{b, c}`.
        Some("import") => words.last().cloned(),
        _ => words.get(1).cloned(),
    };
    imports && !renamed && origin(&old) == origin(&new) && old.iter().all(|word| new.contains(word))
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;
    use crate::model::GateKind;

    fn told(path: &str, old: &str, new: &str) -> bool {
        let diff = testing::diff(&[(path, old, new)]);
        let change = Change::of(&diff, &super::super::Paths::new(&testing::gate(GateKind::Tdd, "")));
        !rewritten(&change, &diff).is_empty()
    }

    #[test]
    fn what_is_added_changes_nothing() {
        let table: &[(&str, &str, &str, bool)] = &[
            ("tests/helpers.py", "def check(a):\n    assert a\n", "def check(a):\n    pass\n", true),
            ("tests/helpers.py", "def check(a):\n    assert a\n", "def check(a):\n    assert a\n\nX = 1\n", false),
            ("tests/golden.txt", "3\n", "4\n", true),
            ("tests/golden.txt", "3\n", "", true),
            ("tests/golden.txt", "", "3\n", false),
            ("tests/test_a.py", "from calc import add\n", "from calc import add, sub\n", false),
            ("tests/test_a.py", "from calc import add\n", "from fake import add\n", true),
            ("tests/test_a.py", "from calc import add\n", "from fake import add, calc\n", true),
            ("tests/test_a.py", "from calc import add\n", "from calc import sub as add\n", true),
            ("tests/test_a.py", "def test_a():\n    assert 1\n", "def test_a():\n    assert 2\n", false),
            ("tests/a.rs", "use shop::total;\n", "use shop::{count, total};\n", false),
            ("tests/a.test.ts", "import { a } from './x';\n", "import { a, b } from './x';\n", false),
            ("tests/a.test.ts", "import { a } from './x';\n", "import { a } from './y';\n", true),
            ("src/calc.py", "a = 1\n", "a = 2\n", false),
        ];
        for (path, old, new, expected) in table {
            assert_eq!(told(path, old, new), *expected, "{path}: {old} to {new}");
        }
    }
}
