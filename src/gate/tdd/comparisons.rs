//! Shipped values that say of themselves that they equal whatever they are compared with: every assertion about one passes.

use std::sync::LazyLock;

use regex::Regex;

use super::super::Diff;
use super::allowed;
use super::change::{Change, File};
use super::paths::Class;
use crate::model::Finding;
use crate::source::Language;

/// Each that a change brings, unless the task names its file.
pub(super) fn equal_to_everything(change: &Change, diff: &Diff) -> Vec<Finding> {
    let found = change.files.iter().filter_map(|file| equals_everything(file, diff));
    found.filter(|it| !allowed::names(diff, &it.file)).collect()
}

/// How comparisons begin that a language calls by itself, and what makes them never look at what they are given.
const COMPARISONS: [(Language, &str, &str); 3] = [
    (Language::Python, r"^\s*def __eq__\(", "return True"),
    (Language::Rust, r"^\s*fn eq\(&self,.*-> bool", "true"),
    (Language::Go, r"^func \(.*\) Equal\(.*\) bool", "return true"),
];

static COMPARES: LazyLock<Vec<(Language, Regex, &str)>> = LazyLock::new(|| {
    let read =
        |(language, begin, says): &(Language, &str, &'static str)| Some((*language, Regex::new(begin).ok()?, *says));
    COMPARISONS.iter().filter_map(read).collect()
});

/// Values of shipped code that say of themselves that they equal everything.
fn equals_everything(file: &File, diff: &Diff) -> Option<Finding> {
    let language = Language::of_path(&file.path).filter(|_| file.class == Class::Source)?;
    let (_, begin, says) = COMPARES.iter().find(|(of, ..)| *of == language)?;
    let lines: Vec<&str> = file.new.as_deref()?.lines().collect();
    let added = diff.file(&file.path).map(|file| file.added.as_slice()).unwrap_or_default();
    let compares = added.iter().find(|line| {
        let inside = line.text.split_once('{').map_or("", |(_, rest)| rest.trim().trim_end_matches('}').trim_end());
        let below = lines.iter().skip(line.number as usize).map(|line| line.trim()).take(3);
        let is_code = |text: &&str| !text.is_empty() && !text.starts_with(['"', '\'', '#', '/']);
        begin.is_match(&line.text) && std::iter::once(inside).chain(below).find(is_code) == Some(says)
    })?;
    let message = "its values say that they equal everything: no test can tell what they are".to_owned();
    Some(Finding {
        file: file.path.clone(),
        line: compares.number,
        rule: "stand-in".to_owned(),
        message,
        advice: "compare what they hold".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::super::Paths;
    use super::*;
    use crate::model::GateKind;

    #[test]
    fn whoever_never_looks_is_found() {
        for (path, text, count) in [
            ("a.py", "class A:\n    def __eq__(self, other):\n        \"\"\"Any.\"\"\"\n        return True\n", 1),
            ("a.py", "class A:\n    def __eq__(self, other):\n        return self.a == other.a\n", 0),
            ("tests/test_a.py", "class A:\n    def __eq__(self, other):\n        return True\n", 0),
            ("src/a.rs", "impl PartialEq for A {\n    fn eq(&self, _: &A) -> bool {\n        true\n    }\n}\n", 1),
            ("src/a.rs", "impl PartialEq for A {\n    fn eq(&self, _other: &Self) -> bool { true }\n}\n", 1),
            (
                "src/a.rs",
                "impl PartialEq for A {\n    fn eq(&self, other: &A) -> bool {\n        self.0 == other.0\n    }\n}\n",
                0,
            ),
            ("a.go", "package a\n\nfunc (a A) Equal(_ A) bool {\n\treturn true\n}\n", 1),
            ("a.go", "package a\n\nfunc (a A) Equal(b A) bool { return a.v == b.v }\n", 0),
        ] {
            let diff = testing::diff(&[(path, "", text)]);
            let change = Change::of(&diff, &Paths::new(&testing::gate(GateKind::Tdd, "")));
            assert_eq!(equal_to_everything(&change, &diff).len(), count, "{text}");
        }
    }
}
