//! One test as it is written, and how reports call it.

use std::ops::Range;

use super::language::Language;

/// Something that a test insists on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// Its line.
    pub(crate) line: u32,
    /// Where it begins in its file.
    pub(super) at: usize,
    /// What it says, without comments and on one line.
    pub(crate) text: String,
    /// What it says whatever its layout: equal for assertions that are the same.
    pub(crate) key: String,
    /// What stands before it in its test: conditions, loops that may have nothing to go over, functions that somebody has to
    /// call, what keeps a failure to itself.
    pub(crate) under: Vec<String>,
}

/// A test, found by syntax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestCode {
    /// The file that has it.
    pub(crate) path: String,
    /// What encloses it in its file, and its name: `["tests", "adds"]`, `["TestSum", "test_one"]`, `["sum", "adds"]`.
    pub(crate) names: Vec<String>,
    pub(crate) language: Language,
    /// Where it stands, attributes and decorators included.
    pub(super) span: Range<usize>,
    /// First line, attributes and decorators included.
    pub(crate) line: u32,
    /// Last line.
    pub(crate) end: u32,
    /// All of it, without layout, comments and what is told when it fails.
    pub(crate) body: String,
    /// It says itself that it does not run, or is meant to fail.
    pub(crate) skipped: bool,
    /// On what it hangs whether it is compiled at all (Rust's `cfg`, but for `test`), its modules' included.
    pub(crate) conditions: Vec<String>,
    /// What it insists on, where that comes to run.
    pub(crate) checks: Vec<Assertion>,
    /// What may end it before its last assertion.
    pub(crate) exits: Vec<String>,
    /// Rows of the tables that it is run with, where they stand with it.
    pub(crate) rows: Option<usize>,
}

impl TestCode {
    /// Its own name.
    pub(crate) fn name(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }

    /// Whether both are the same test of the same file.
    pub(crate) fn is_same(&self, other: &TestCode) -> bool {
        self.path == other.path && self.names == other.names
    }

    /// Whether a report means this test, or one of its parameters or parts, by `reported`.
    pub(crate) fn is_meant(&self, reported: &str) -> bool {
        match self.language {
            Language::Rust => self.is_meant_rust(reported),
            Language::Python => self.is_meant_python(reported),
            Language::Go => self.is_meant_go(reported),
            Language::JavaScript | Language::TypeScript => self.is_meant_script(reported),
            Language::Other => false,
        }
    }

    /// `greet:src/calc.rs::…` never occurs: unit tests run in the binary of their crate's root, `greet:src/lib.rs`, and are
    /// called by module path, which follows the file's: `calc::tests::adds`.
    fn is_meant_rust(&self, reported: &str) -> bool {
        let Some((binary, name)) = reported.split_once("::") else { return false };
        if self.names[0] == DOCTEST {
            let Some((path, item)) = name.split_once(" - ") else { return false };
            let item = item.split(" #").next().unwrap_or_default();
            return ends_alike(&self.path, path) && item.rsplit("::").next() == Some(self.name());
        }
        let target = binary.split_once(':').map_or(binary, |(_, target)| target);
        let (modules, inside) = match self.path.rsplit_once("src/") {
            Some((_, below)) => (modules(below), target.starts_with("src/")),
            // An integration test is a crate of its own; files below its folder are modules of it.
            None => (Vec::new(), ends_alike(&self.path, target)),
        };
        let expected = modules.into_iter().chain(self.names.iter().map(String::as_str)).collect::<Vec<_>>().join("::");
        let same =
            |name: &str| name == expected || name.strip_prefix(&expected).is_some_and(|rest| rest.starts_with("::"));
        // A module of an integration test is found by its end.
        inside && same(name)
            || (!inside && !self.path.contains("src/") && !target.starts_with("src/") && {
                let own = self.names.join("::");
                self.path.matches('/').count() > 1 && (name == own || name.ends_with(&format!("::{own}")))
            })
    }

    /// `tests.test_calc.TestSum::test_one[2]`.
    fn is_meant_python(&self, reported: &str) -> bool {
        let Some((class, name)) = reported.split_once("::") else { return false };
        let bare = name.split('[').next().unwrap_or_default();
        let module = self.path.trim_end_matches(".py").replace('/', ".");
        let own = self.names[..self.names.len() - 1].iter().fold(module, |path, class| format!("{path}.{class}"));
        // pytest counts from its own root, which may be a folder of the repository.
        bare == self.name() && (own == class || own.ends_with(&format!(".{class}")))
    }

    /// `example.com/m/calc.TestSum/two`.
    fn is_meant_go(&self, reported: &str) -> bool {
        let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let marker = format!(".{}", self.name());
        reported.match_indices(&marker).any(|(at, _)| {
            let (package, rest) = (&reported[..at], &reported[at + marker.len()..]);
            (rest.is_empty() || rest.starts_with('/')) && (folder.is_empty() || ends_alike(package, folder))
        })
    }

    /// `test/sum.test.ts::sum > adds` (vitest), `test/sum.test.js::sum adds` (jest).
    fn is_meant_script(&self, reported: &str) -> bool {
        let Some((file, name)) = reported.split_once("::") else { return false };
        // Node's own runner names neither the file nor the suites around a test.
        if file == "test" {
            let stem = self.name().split("${").next().unwrap_or_default();
            return name == self.name() || stem.len() < self.name().len() && name.starts_with(stem);
        }
        // A parametrised name is only known up to its first parameter.
        let known = |joined: String| {
            let stem = joined.split(['%', '$']).next().unwrap_or_default().to_owned();
            if stem.len() == joined.len() { name == joined } else { name.starts_with(stem.trim_end()) }
        };
        ends_alike(&self.path, file) && (known(self.names.join(" > ")) || known(self.names.join(" ")))
    }
}

/// First name of a documentation test.
pub(crate) const DOCTEST: &str = "(doctest)";

/// Whether one of two paths ends with the other, by whole parts.
fn ends_alike(a: &str, b: &str) -> bool {
    let (a, b) = (format!("/{a}"), format!("/{b}"));
    a.ends_with(&b) || b.ends_with(&a)
}

/// `a/b.rs` is module `a::b`, `a/mod.rs` is `a`, `lib.rs` and `main.rs` are the root.
fn modules(below: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = below.trim_end_matches(".rs").split('/').collect();
    if matches!(parts.last(), Some(&("mod" | "lib" | "main"))) {
        parts.pop();
    }
    if parts.first() == Some(&"bin") {
        return Vec::new();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(path: &str, language: Language, names: &[&str]) -> TestCode {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let (body, checks) = (String::new(), Vec::new());
        let conditions = Vec::new();
        TestCode {
            path: path.to_owned(),
            names,
            language,
            span: 0..1,
            line: 1,
            end: 1,
            body,
            skipped: false,
            conditions,
            checks,
            exits: Vec::new(),
            rows: None,
        }
    }

    #[test]
    fn tests_are_known_by_the_names_of_reports() {
        use Language::{Go, JavaScript as Script, Python, Rust};
        let table: &[(&str, Language, &[&str], &str, bool)] = &[
            ("src/lib.rs", Rust, &["tests", "adds"], "greet:src/lib.rs::tests::adds", true),
            ("src/lib.rs", Rust, &["tests", "adds"], "greet:src/lib.rs::tests::adds_more", false),
            ("src/lib.rs", Rust, &["tests", "adds"], "greet:src/lib.rs::tests::adds::case_1", true),
            ("crates/a/src/calc/sum.rs", Rust, &["tests", "adds"], "a:src/lib.rs::calc::sum::tests::adds", true),
            ("src/calc.rs", Rust, &["tests", "adds"], "a:src/lib.rs::tests::adds", false),
            ("tests/it.rs", Rust, &["works"], "it:tests/it.rs::works", true),
            ("tests/it.rs", Rust, &["works"], "other:tests/other.rs::works", false),
            ("tests/all/one.rs", Rust, &["works"], "all:tests/all/main.rs::one::works", true),
            ("src/lib.rs", Rust, &[DOCTEST, "add"], "greet:doc::src/lib.rs - calc::add #2", true),
            ("tests/test_calc.py", Python, &["test_sum"], "tests.test_calc::test_sum[1-2]", true),
            ("back/tests/test_calc.py", Python, &["TestX", "test_sum"], "tests.test_calc.TestX::test_sum", true),
            ("tests/test_calc.py", Python, &["test_sum"], "tests.test_other::test_sum", false),
            ("calc/sum_test.go", Go, &["TestSum"], "example.com/m/calc.TestSum/two", true),
            ("calc/sum_test.go", Go, &["TestSum"], "example.com/m/calc.TestSummary", false),
            ("sum_test.go", Go, &["TestSum"], "m.TestSum", true),
            ("test/sum.test.ts", Script, &["sum", "adds"], "test/sum.test.ts::sum > adds", true),
            ("test/sum.test.js", Script, &["sum", "adds"], "test/sum.test.js::sum adds", true),
            ("test/sum.test.js", Script, &["adds %i"], "test/sum.test.js::adds 3", true),
            ("test/sum.test.js", Script, &["adds"], "test/sum.test.js::adds more", false),
            ("test/sum.test.js", Script, &["sum", "adds"], "test::adds", true),
            ("test/sum.test.js", Script, &["sum", "adds"], "test::adds more", false),
        ];
        for (path, language, names, reported, meant) in table {
            assert_eq!(case(path, *language, names).is_meant(reported), *meant, "{path} {names:?} {reported}");
        }
    }
}
