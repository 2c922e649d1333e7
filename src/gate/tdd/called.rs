//! What the tests of a tree call and insist on: whoever puts something in place of that lets them test something else.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::super::{Diff, TreeFiles};
use super::paths::{Class, Paths};
use crate::source::{Language, TestCode, ending, file_name, find_tests};

/// Files of tests that are read at most: what is called is called in one of the first.
const MOST: usize = 1500;

/// A file of tests.
struct TestFile {
    path: String,
    /// Its assertions, and the lines that give them what they look at.
    insists: String,
    imports: Vec<Import>,
}

/// Names, and where they are taken from as it is written there.
pub(super) struct Import {
    pub(super) from: String,
    pub(super) names: Vec<String>,
}

/// The tests of the judged tree, and the modules that they could be about. Read when first asked for.
pub(super) struct Called<'d> {
    tree: &'d TreeFiles,
    before: &'d TreeFiles,
    paths: &'d Paths,
    files: OnceCell<Vec<TestFile>>,
    modules: OnceCell<BTreeSet<String>>,
}

impl<'d> Called<'d> {
    pub(super) fn new(diff: &'d Diff, paths: &'d Paths) -> Called<'d> {
        Called { tree: &diff.new, before: &diff.old, paths, files: OnceCell::new(), modules: OnceCell::new() }
    }

    fn files(&self) -> &[TestFile] {
        self.files.get_or_init(|| {
            let all = self.tree.paths().into_iter();
            let tests = all.filter(|path| {
                Language::with_grammar(path).is_some() && self.paths.class(path) == Class::Test
                    || ending(path) == "rs" && self.paths.class(path) == Class::Source
            });
            tests.take(MOST).filter_map(|path| read(path, self.tree)).collect()
        })
    }

    /// Modules of Python that the project brings itself: names of files and folders of its sources.
    fn modules(&self) -> &BTreeSet<String> {
        self.modules.get_or_init(|| {
            let all = self.tree.paths().into_iter();
            let sources = all.filter(|path| ending(path) == "py" && self.paths.class(path) == Class::Source);
            let parts = |path: String| path.trim_end_matches(".py").split('/').map(str::to_owned).collect::<Vec<_>>();
            sources.flat_map(parts).collect()
        })
    }

    /// Whether a module of Python is the project's own.
    pub(super) fn is_own_module(&self, name: &str) -> bool {
        self.modules().contains(name)
    }

    /// Whether tests below a folder insist on what a function or method of this name gives.
    pub(super) fn is_called(&self, folder: &str, name: &str) -> bool {
        self.files().iter().filter(|file| is_below(&file.path, folder)).any(|file| is_call(&file.insists, name))
    }

    /// Whether tests below a folder insist on anything of a module, by how they import it.
    pub(super) fn is_module_called(&self, folder: &str, is_module: &dyn Fn(&str, &str) -> bool) -> bool {
        self.files().iter().filter(|file| is_below(&file.path, folder)).any(|file| {
            let imports = file.imports.iter().filter(|import| is_module(&file.path, &import.from));
            imports.flat_map(|import| &import.names).any(|name| {
                is_call(&file.insists, name)
                    || file.insists.contains(&format!("{name}.")) && is_word(&file.insists, name)
            })
        })
    }

    /// Whether another file of tests had a word before the change: the name of a fixture, of a helper.
    pub(super) fn said_before(&self, not: &str, word: &str) -> bool {
        let others = self.files().iter().filter(|file| file.path != not);
        others.filter_map(|file| self.before.text(&file.path)).any(|text| is_word(&text, word))
    }

    /// Whether any test takes something from a place.
    pub(super) fn is_imported(&self, is_place: &dyn Fn(&str) -> bool) -> bool {
        self.files().iter().flat_map(|file| &file.imports).any(|import| is_place(&import.from))
    }
}

/// Whether a path is in a folder or below it; none is the root.
fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn read(path: String, tree: &TreeFiles) -> Option<TestFile> {
    let text = tree.text(&path)?;
    let tests = find_tests(&path, &text);
    let insists = tests.iter().map(|case| insisted(case, &text)).collect();
    let imports = if tests.is_empty() { Vec::new() } else { imports(&path, &text) };
    Some(TestFile { imports, insists, path })
}

/// The assertions of a test, and the lines that make the variables which they look at.
fn insisted(case: &TestCode, text: &str) -> String {
    let mut insisted: String = case.checks.iter().map(|check| format!("{}\n", check.text)).collect();
    let lines = text.lines().take(case.end as usize).skip((case.line as usize).saturating_sub(1));
    for line in lines {
        let Some((name, value)) = made(line) else { continue };
        if is_word(&insisted, name) {
            insisted.push_str(value);
            insisted.push('\n');
        }
    }
    insisted
}

/// The variable that a line makes, and of what: `got = add(1, 2)`, `const got = sum(1)`, `if got := Add(1); …`.
fn made(line: &str) -> Option<(&str, &str)> {
    static MAKES: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"^\s*(?:(?:const|let|var|if|let mut)\s+)?([A-Za-z_]\w*)(?:\s*,\s*\w+)*(?:\s*:[^=]*)?\s*:?=\s*([^=].*)$",
        )
        .ok()
    });
    let found = MAKES.as_ref()?.captures(line)?;
    Some((found.get(1)?.as_str(), found.get(2)?.as_str()))
}

/// The names that a file takes from certain places.
pub(super) fn imported_names(path: &str, text: &str, is_place: &dyn Fn(&str) -> bool) -> impl Iterator<Item = String> {
    let taken: Vec<Import> = imports(path, text).into_iter().filter(|import| is_place(&import.from)).collect();
    taken.into_iter().flat_map(|import| import.names)
}

/// What a file takes from other places.
pub(super) fn imports(path: &str, text: &str) -> Vec<Import> {
    static PYTHON: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?m)^\s*(?:from\s+([\w.]+)\s+import\s+(\([^)]*\)|[^\n]+)|import\s+([\w.]+)([^\n]*))").ok()
    });
    static SCRIPT: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"(?:import|export)\s+([^;'"]*?)\s*from\s*['"]([^'"]+)['"]|(?:const|let|var)\s+([^=;]+?)=\s*(?:await\s+)?(?:require|import)\(\s*['"]([^'"]+)['"]"#).ok()
    });
    static GO: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"(?m)^\s*(?:import\s+)?([\w.]*)\s*"([^"\s]+)"\s*$"#).ok());
    static RUST: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?m)^\s*use\s+(\w+)::([^;]+);").ok());
    let pattern = match Language::of_path(path) {
        Some(Language::Python) => &PYTHON,
        Some(Language::JavaScript | Language::TypeScript) => &SCRIPT,
        Some(Language::Go) => &GO,
        Some(Language::Rust) => &RUST,
        _ => return Vec::new(),
    };
    let Some(pattern) = pattern.as_ref() else { return Vec::new() };
    let of = |found: regex::Captures<'_>| {
        let part = |n| found.get(n).map_or("", |part| part.as_str());
        let (from, names) = match Language::of_path(path) {
            // `import a.b as c`
            Some(Language::Python) if part(1).is_empty() => match part(4).trim().strip_prefix("as ") {
                Some(name) => (part(3), name),
                None => (part(3), part(3).rsplit('.').next().unwrap_or_default()),
            },
            Some(Language::Python | Language::Rust) => (part(1), part(2)),
            Some(Language::Go) => (part(2), part(2).rsplit('/').next().unwrap_or_default()),
            _ if part(2).is_empty() => (part(4), part(3)),
            _ => (part(2), part(1)),
        };
        let words = names.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
        let names = words.filter(|word| !word.is_empty() && !matches!(*word, "as" | "type" | "import"));
        Import { from: from.to_owned(), names: names.map(str::to_owned).collect() }
    };
    pattern.captures_iter(text).map(of).collect()
}

/// Whether a text calls something of this name: a function, a method, a macro.
pub(super) fn is_call(text: &str, name: &str) -> bool {
    !name.is_empty()
        && text.match_indices(name).any(|(at, _)| {
            let rest = text[at + name.len()..].trim_start();
            !text[..at].ends_with(is_part) && (rest.starts_with('(') || rest.starts_with("!("))
        })
}

pub(super) fn is_word(text: &str, word: &str) -> bool {
    !word.is_empty()
        && text
            .match_indices(word)
            .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Where a relative import of a script leads, without its ending; none for packages.
pub(super) fn resolved(path: &str, spec: &str) -> Option<String> {
    if !spec.starts_with('.') {
        return None;
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in spec.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(stem(&parts.join("/")))
}

/// A path of a script without its ending, and without `index`.
pub(super) fn stem(path: &str) -> String {
    let name = file_name(path);
    let bare = match name.rsplit_once('.') {
        Some((bare, "ts" | "tsx" | "js" | "jsx" | "mjs" | "cjs" | "mts" | "cts")) => bare,
        _ => name,
    };
    let folder = path.strip_suffix(name).unwrap_or_default();
    format!("{folder}{bare}").trim_end_matches("/index").to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;
    use crate::model::GateKind;

    #[test]
    fn what_tests_insist_on_is_known_by_what_it_is_made_of() {
        for (path, text, name, called) in [
            ("tests/test_a.py", "def test_a():\n    got = add(1)\n    assert got == 1\n", "add", true),
            ("tests/test_a.py", "def test_a():\n    idle(1)\n    assert got == 1\n", "idle", false),
            ("tests/test_a.py", "def test_a():\n    assert Cart().total() == 1\n", "total", true),
            ("a.test.ts", "it('a', () => {\n  const got = sum(1);\n  expect(got).toBe(1);\n});\n", "sum", true),
            (
                "a_test.go",
                "package a\n\nfunc TestA(t *testing.T) {\n\tgot := Add(1)\n\tif got != 1 {\n\t\tt.Error()\n\t}\n}\n",
                "Add",
                true,
            ),
            ("tests/a.rs", "#[test]\nfn a() {\n    let got = add(1);\n    assert_eq!(got, 1);\n}\n", "add", true),
        ] {
            let diff = testing::diff(&[(path, "", text)]);
            let paths = Paths::new(&testing::gate(GateKind::Tdd, ""));
            assert_eq!(Called::new(&diff, &paths).is_called("", name), called, "{text}");
        }
    }

    #[test]
    fn imports_have_names_and_places() {
        for (path, text, from, names) in [
            ("a.py", "from a.b import (c,\n    d as e)\n", "a.b", "c d e"),
            ("a.py", "import a.b\n", "a.b", "b"),
            ("a.ts", "import a, { b } from './c';\n", "./c", "a b"),
            ("a.js", "const { a } = require('./c');\n", "./c", "a"),
            ("a.go", "import (\n\t\"x.y/z\"\n)\n", "x.y/z", "z"),
            ("a.rs", "use a::{b, c};\n", "a", "b c"),
        ] {
            let found = imports(path, text);
            assert_eq!((found[0].from.as_str(), found[0].names.join(" ").as_str()), (from, names), "{text}");
        }
        assert_eq!(resolved("test/a/b.ts", "../../src/sum.js").as_deref(), Some("src/sum"));
        assert_eq!(resolved("test/b.ts", "chai"), None);
    }
}
