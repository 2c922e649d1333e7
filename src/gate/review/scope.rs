//! Which files belong to a task: those that it names, and what comes with them. A gate that asks for tests cannot call
//! them somebody else's.

use crate::gate::found::found;
use crate::gate::{Diff, asked, tdd};
use crate::git::{ChangeKind, FileDiff};
use crate::model::{Finding, Task};
use crate::source::{Language, TestCode, file_name, find_tests, is_test_path, production};

use super::rules::is_lock;

/// Files that the task did not name, if it named any. With a source file come its tests, the module that lists it, its
/// declarations, the lock file of a manifest, and the list of changes.
pub(super) fn outside(diff: &Diff, task: &Task) -> Vec<Finding> {
    let declared: Vec<&str> = task.files.iter().map(|file| file.path.as_str()).collect();
    if declared.is_empty() || names_only_its_tests(task, &declared) {
        return Vec::new();
    }
    let scope = TaskScope { diff, task, declared, wants_tests: wants_tests(diff, task) };
    diff.files.iter().filter(|file| !scope.has(file)).map(|file| scope.finding(file)).collect()
}

/// Whether a task names where its tests go, and nothing of what it changes: "Refuse empty names; with a test in
/// tests/test_names.py". Which code that is, it does not say. A task that only writes tests says all by them.
fn names_only_its_tests(task: &Task, declared: &[&str]) -> bool {
    let beside = |path: &&str| is_test_path(path) || is_list_of_changes(path);
    declared.iter().all(beside)
        && declared.iter().any(|path| is_test_path(path))
        && asked::for_tests(task)
        && !asked::for_tests_only(task)
}

/// Whether tests are asked for: by the task's words, or by the proof of changed code.
fn wants_tests(diff: &Diff, task: &Task) -> bool {
    let is_code = |file: &FileDiff| Language::of_path(&file.path).is_some() && !is_test_path(&file.path);
    asked::for_tests(task) || diff.files.iter().any(is_code)
}

struct TaskScope<'a> {
    diff: &'a Diff,
    task: &'a Task,
    declared: Vec<&'a str>,
    wants_tests: bool,
}

impl TaskScope<'_> {
    fn has(&self, file: &FileDiff) -> bool {
        let names = [Some(file.path.as_str()), file.old_path.as_deref()];
        names.into_iter().flatten().all(|path| is_covered(path, &self.declared))
            || self.wants_tests && self.is_of_tests(file)
            || asked::for_documents(self.task) && is_document(&file.path)
            || says(self.task, file_name(&file.path))
    }

    /// A test that is new or only grows, what stands beside it, or a test that the task names.
    fn is_of_tests(&self, file: &FileDiff) -> bool {
        if matches!(file.kind, ChangeKind::Deleted | ChangeKind::Renamed) {
            return false;
        }
        let (old, new) = (self.diff.old.text(&file.path), self.diff.new.text(&file.path));
        let is_new = file.old_mode == 0;
        if is_companion(&file.path) {
            return is_new || file.removed.is_empty();
        }
        if is_test_path(&file.path) {
            return is_new || file.removed.is_empty() || keeps_its_tests(self.diff, &file.path, old, new);
        }
        // Tests inside of another source file.
        let code = |text: &Option<String>| text.as_deref().map(|text| production(&file.path, text).trim().to_owned());
        let only_tests = old.is_some() && code(&old) == code(&new);
        only_tests && keeps_its_tests(self.diff, &file.path, old, new)
    }

    fn finding(&self, file: &FileDiff) -> Finding {
        let line = file.added.first().map_or(0, |line| line.number);
        let what = match file.kind {
            ChangeKind::Deleted => "is deleted, and the task does not name it",
            _ => "is changed, and the task does not name it",
        };
        let advice = format!("revert it; the task is about {}", few(&self.declared));
        found(&file.path, line, "outside-task", what, &advice)
    }
}

/// Whether every test that was there is there still and says the same, but for those that the task names: what else
/// changed is imports, helpers, and tests beside them.
fn keeps_its_tests(diff: &Diff, path: &str, old: Option<String>, new: Option<String>) -> bool {
    let (Some(old), Some(new)) = (old, new) else { return false };
    let (before, after) = (find_tests(path, &old), find_tests(path, &new));
    let grows = |before: &TestCode, after: &TestCode| {
        let all = before.checks.iter().all(|check| after.checks.iter().any(|now| now.key == check.key));
        !before.checks.is_empty() && all && after.rows >= before.rows
    };
    let is_kept = |case: &TestCode| {
        let now = after.iter().find(|now| now.is_same(case));
        now.is_some_and(|now| now.body == case.body || grows(case, now)) || tdd::is_named(diff, case)
    };
    !before.is_empty() && before.iter().all(is_kept)
}

/// Folders and endings of what tests compare with or read.
const COMPANIONS: [&str; 9] = [
    "__snapshots__",
    "snapshots",
    "__fixtures__",
    "fixtures",
    "testdata",
    "test-data",
    "test_data",
    "golden",
    "goldens",
];

fn is_companion(path: &str) -> bool {
    let folder = path.split('/').rev().skip(1).any(|folder| COMPANIONS.contains(&folder));
    folder && Language::of_path(path).is_none() || [".snap", ".ambr"].iter().any(|ending| path.ends_with(ending))
}

fn is_document(path: &str) -> bool {
    let words = matches!(crate::source::ending(path), "md" | "mdx" | "rst" | "adoc" | "txt");
    words && !file_name(path).starts_with("requirements")
}

/// Whether the task's text has a file's name, as a word.
fn says(task: &Task, name: &str) -> bool {
    let texts = [&task.title, &task.details].into_iter().chain(&task.acceptance);
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '/'));
    texts.into_iter().any(|text| {
        let mut all = text.match_indices(name);
        // `a/b.py` names one file of that name, not each.
        all.any(|(at, _)| !part(text[..at].chars().next_back()) && !part(text[at + name.len()..].chars().next()))
    })
}

fn few(paths: &[&str]) -> String {
    let named: Vec<String> = paths.iter().take(4).map(|path| format!("`{path}`")).collect();
    let more = if paths.len() > 4 { format!(" and {} more", paths.len() - 4) } else { String::new() };
    format!("{}{more}", named.join(", "))
}

/// Modules that list others, by name.
const LISTS: [&str; 9] =
    ["__init__.py", "mod.rs", "lib.rs", "main.rs", "index.ts", "index.js", "index.tsx", "go.sum", "conftest.py"];

/// Lists of changes, by the beginning of their names, and folders with one file for each change.
const CHANGES: [&str; 5] = ["changelog", "changes", "history", "news", "release"];
const CHANGE_FOLDERS: [&str; 5] = ["changelog.d", ".changeset", "newsfragments", "changes", ".changes"];

fn is_list_of_changes(path: &str) -> bool {
    let name = file_name(path).to_ascii_lowercase();
    let named = CHANGES.iter().any(|start| name.starts_with(start));
    let is_text = Language::of_path(path).is_none() && (is_document(path) || !name.contains('.'));
    is_text && named || path.split('/').rev().nth(1).is_some_and(|folder| CHANGE_FOLDERS.contains(&folder))
}

fn is_covered(path: &str, declared: &[&str]) -> bool {
    let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let name = file_name(path);
    let named = declared.iter().any(|known| {
        let known = known.trim_end_matches('/');
        path == known || path.strip_prefix(known).is_some_and(|rest| rest.starts_with('/'))
    });
    let stem = |path: &str| {
        let name = file_name(path).split('.').next().unwrap_or_default().to_ascii_lowercase();
        let name = name.strip_prefix("test_").or(name.strip_prefix("test-")).unwrap_or(&name).to_owned();
        let ends = ["_test", "_tests", "_spec", "-test"];
        ends.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name).to_owned()
    };
    let tested = is_test_path(path) && declared.iter().any(|known| stem(known) == stem(path));
    // Declarations of a module's types, beside it.
    let declares = [".d.ts", ".d.mts", ".d.cts", ".pyi"].iter().any(|end| name.ends_with(end));
    let typed = declares && declared.iter().any(|known| folder(known) == folder(path) && stem(known) == stem(path));
    // `src/a/mod.rs` lists `src/a/b.rs`, and `src/lib.rs` lists `src/a/mod.rs`.
    let lists = LISTS.contains(&name) || is_list_of_changes(path);
    let above = |path: &str| declared.iter().any(|known| known.starts_with(&folder(path)));
    let listing = lists && (above(path) || is_list_of_changes(path));
    let locked =
        is_lock(path) && declared.iter().any(|known| is_manifest(known) && folder(known).starts_with(&folder(path)));
    named || tested || typed || listing || locked
}

fn is_manifest(path: &str) -> bool {
    ["Cargo.toml", "package.json", "pyproject.toml", "go.mod", "Pipfile", "Gemfile"].contains(&file_name(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::testing;

    const CODE: (&str, &str, &str) = ("src/shop/cart.py", "x = 1\n", "x = 2\n");

    fn task(title: &str, files: &[&str]) -> Task {
        let files: Vec<_> = files.iter().map(|path| serde_json::json!({"path": path})).collect();
        serde_json::from_value(serde_json::json!({
            "id": "T1", "key": "T1", "title": title, "at": {"file": "plan.md", "line": 1}, "files": files,
        }))
        .unwrap()
    }

    fn told(title: &str, declared: &[&str], files: &[(&str, &str, &str)]) -> Vec<String> {
        let task = task(title, declared);
        let diff = Diff { task: Some(task.clone()), ..testing::diff(files) };
        let found = outside(&diff, &task);
        found.into_iter().map(|finding| finding.file).collect()
    }

    #[test]
    fn files_outside_of_the_task() {
        let declared = ["src/shop/cart.py", "docs", "web/package.json"];
        let outside =
            |path: &str, title: &str| !told(title, &declared, &[CODE, (path, "a = 1\n", "a = 2\n")]).is_empty();
        for path in [
            "src/shop/orders.py",
            "setup.py",
            "README.md",
            "src/shop/cart.pyx",
            "package-lock.json.bak",
            "src/changes.py",
        ] {
            assert!(outside(path, "Fix the cart"), "{path}");
        }
        for path in [
            "src/shop/cart.py",
            "docs/a/b.md",
            "tests/test_cart.py",
            "src/shop/__init__.py",
            "src/__init__.py",
            "src/shop/cart.pyi",
            "web/package-lock.json",
            "CHANGES.rst",
            "changelog.d/12.txt",
        ] {
            assert!(!outside(path, "Fix the cart"), "{path}");
        }
        assert!(!outside("README.md", "Fix the cart, and document it"));
        assert!(!outside("setup.py", "Fix the cart and raise the version in setup.py"));
        assert!(outside("setup.py", "Fix the cart of other/setup.py"));
        let found = super::outside(&testing::diff(&[("setup.py", "", "x\n")]), &task("t", &["a.py"]));
        assert_eq!((found[0].file.as_str(), found[0].line), ("setup.py", 1));
        assert!(told("Fix it", &[], &[("setup.py", "", "x\n")]).is_empty(), "nothing was declared");
    }

    #[test]
    fn tests_that_a_gate_asks_for_are_never_outside() {
        let new = [
            ("src/shop/cart.py", "tests/unit/test_money.py"),
            ("src/shop/cart.py", "tests/__init__.py"),
            ("lib/cart.js", "test/money.mjs"),
            ("lib/cart.js", "__tests__/money.js"),
            ("lib/cart.js", "lib/money.spec.ts"),
            ("lib/cart.js", "spec/money.js"),
            ("index.js", "test.js"),
            ("lib/cart.js", "src/__snapshots__/money.js.snap"),
            ("cart.go", "money_test.go"),
            ("cart.go", "money/testdata/one.golden"),
            ("src/cart.rs", "tests/money.rs"),
            ("src/cart.rs", "src/money/tests.rs"),
            ("src/cart.rs", "src/snapshots/money.snap"),
            ("app/cart.rb", "spec/money_spec.rb"),
        ];
        for (code, path) in new {
            let files = [(code, "a = 1\n", "a = 2\n"), (path, "", "x\n")];
            assert_eq!(told("Fix the cart", &[code], &files), [] as [&str; 0], "{path}");
        }
        // Nobody asks for tests of words, and nothing else than a test is one.
        let words = [("README.md", "a\n", "b\n"), ("tests/test_money.py", "", "x\n")];
        assert_eq!(told("Fix the wording", &["README.md"], &words), ["tests/test_money.py"]);
        assert_eq!(told("Fix the wording, with a test", &["README.md"], &words), [] as [&str; 0]);
        assert_eq!(
            told("Fix the cart, with a test", &["src/shop/cart.py"], &[CODE, ("tools/x.py", "", "x\n")]),
            ["tools/x.py"]
        );
    }

    #[test]
    fn a_task_that_names_only_where_its_tests_go_says_nothing_of_its_code() {
        let test = "tests/test_cart.py";
        let files = [("src/shop/money.py", "x = 1\n", "x = 2\n"), (test, "", "x\n")];
        for title in ["Refuse empty carts; with a test", "Name the value that is refused. Add a test"] {
            assert_eq!(told(title, &[test], &files), [] as [&str; 0], "{title}");
            assert_eq!(told(title, &[test, "CHANGES.rst"], &files), [] as [&str; 0], "{title}");
        }
        // Its code is named, it is about tests only, or it names no tests at all.
        assert_eq!(told("Refuse empty carts; with a test", &[test, "src/shop/cart.py"], &files), ["src/shop/money.py"]);
        assert_eq!(told("Add tests for the cart", &[test], &files), ["src/shop/money.py"]);
        assert_eq!(told("Fix the cart, with a test", &["src/shop/cart.py"], &files), ["src/shop/money.py"]);
    }

    #[test]
    fn tests_of_others_may_grow_and_not_change() {
        let of = |path: &str, old: &str, new: &str| {
            told(
                "Fix the cart: `test_named_one` counts",
                &["src/shop/cart.py", "src/cart.rs"],
                &[CODE, (path, old, new)],
            )
            .is_empty()
        };
        let old = "from shop import a\n\n\ndef test_a():\n    assert a() == 1\n";
        let path = "tests/test_orders.py";
        assert!(of(path, old, &format!("{old}\n\ndef test_b():\n    assert 1\n")));
        let imports = old.replace("import a", "import a, b");
        assert!(of(path, old, &format!("{imports}\n\ndef test_b():\n    assert b()\n")), "an import is no test");
        assert!(!of(path, old, &old.replace("== 1", "== 2")));
        assert!(!of(path, old, ""), "it is gone");
        assert!(!of(path, old, "def test_b():\n    assert b()\n"));
        let named = "def test_named_one():\n    assert a() == 1\n";
        assert!(of(path, named, &named.replace("== 1", "== 2")));
        let rust = "pub fn a() -> u8 {\n    1\n}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn one() {\n        assert_eq!(super::a(), 1);\n    }\n}\n";
        let more =
            rust.replace("mod tests {", "mod tests {\n    #[test]\n    fn two() {\n        assert!(true);\n    }\n");
        assert!(of("src/money.rs", rust, &more), "tests inside of another file");
        assert!(!of("src/money.rs", rust, &more.replace("    1\n", "    2\n")), "and code besides");
        assert!(!of("src/money.rs", rust, &rust.replace("(), 1)", "(), 2)")));
        let table = "package a\n\nfunc TestA(t *testing.T) {\n\tfor _, c := range []struct{ a int }{{1}, {2}} {\n\t\tif A() != c.a {\n\t\t\tt.Error()\n\t\t}\n\t}\n}\n";
        assert!(of("money_test.go", table, &table.replace("{2}}", "{2}, {3}}")), "a row more");
        assert!(!of("money_test.go", table, &table.replace(", {2}}", "}")), "a row less");
    }
}
