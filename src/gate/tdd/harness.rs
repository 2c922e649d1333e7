//! What decides how tests are found, run and reported, changed by the work that they are to judge: then their results are
//! no evidence. A task may touch what its own text names.

use super::super::Diff;
use super::allowed;
use super::change::{Change, File};
use super::paths::Class;
use crate::git::Line;
use crate::model::Finding;
use crate::source::Language;

/// Names at the root that a test runner would load instead of itself, or before itself.
const SHADOWS: [&str; 9] = [
    "pytest",
    "_pytest",
    "unittest",
    "coverage",
    "pluggy",
    "pytest_cov",
    "sitecustomize",
    "usercustomize",
    "_coverage",
];

/// Hooks of pytest that decide which tests run and what is said of them.
const HOOKS: [&str; 11] = [
    "pytest_runtest_makereport",
    "pytest_runtest_protocol",
    "pytest_runtest_call",
    "pytest_runtest_logreport",
    "pytest_runtestloop",
    "pytest_pyfunc_call",
    "pytest_collection_modifyitems",
    "pytest_ignore_collect",
    "pytest_cmdline_main",
    "pytest_sessionfinish",
    "pytest_report_teststatus",
];

/// What a file of Python's tests does as a whole that leaves tests out: not indented.
const OUTSIDE: [&str; 7] =
    ["collect_ignore", "def load_tests(", "os._exit(", "sys.exit(", "exit(", "pytest.exit(", "raise SystemExit"];

/// By what shipped code knows that it is being tested.
const UNDER_TEST: [(Language, &[&str]); 4] = [
    (Language::Rust, &["cfg(not(test))", "cfg!(test)", "cfg!(not(test))"]),
    (Language::Python, &["PYTEST_CURRENT_TEST", "\"pytest\" in sys.modules", "'pytest' in sys.modules"]),
    (Language::Go, &["testing.Testing()", "flag.Lookup(\"test."]),
    (Language::JavaScript, &["JEST_WORKER_ID", "process.env.VITEST", "NODE_ENV === 'test'", "NODE_ENV === \"test\""]),
];

/// What the tool's own test commands write: nothing of the project has to name it.
const REPORTS: [&str; 2] = [".orca-tests", ".orca-coverage"];

/// Every such change.
pub(super) fn tampering(change: &Change, diff: &Diff) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in &change.files {
        if file.old.is_none() && is_shadow(&file.path) && !allowed::names(diff, &file.path) {
            let message = "the test runner would load this file instead of its own module".to_owned();
            found.push(finding(file, 1, message, "give it another name"));
        }
        if file.class == Class::Test && leaves_tree(diff, &file.path) {
            let message = "this test is a link that leads out of the tree".to_owned();
            found.push(finding(file, 0, message, "commit the file itself"));
        }
        let lines = diff.file(&file.path).map(|file| file.added.as_slice()).unwrap_or_default();
        for line in lines {
            let told = told(change, file, line).filter(|(word, ..)| !allowed::names(diff, word));
            found.extend(told.map(|(_, message, advice)| finding(file, line.number, message, advice)));
        }
    }
    found
}

/// A link is no file of the tree: what it leads to is not committed.
fn leaves_tree(diff: &Diff, path: &str) -> bool {
    diff.file(path).is_some_and(|file| file.new_mode == 0o120_000 && file.old_mode != 0o120_000)
}

/// By its rule a phase knows whose it is to mend: who writes the tests, or who writes the code.
fn finding(file: &File, line: u32, message: String, advice: &str) -> Finding {
    let rule = if file.class == Class::Test { "test-harness" } else { "test-settings" };
    Finding { file: file.path.clone(), line, rule: rule.to_owned(), message, advice: advice.to_owned() }
}

/// `pytest.py`, `coverage/__init__.py`: at the root, from where test runners load.
fn is_shadow(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    let is_module = path == first && first.ends_with(".py") || path == format!("{first}/__init__.py");
    is_module && SHADOWS.contains(&first.trim_end_matches(".py"))
}

/// The word by which a task may allow it, what it does, and what to do instead.
type Told = (String, String, &'static str);

fn told(change: &Change, file: &File, line: &Line) -> Option<Told> {
    let text = line.text.as_str();
    if let Some(word) = REPORTS.iter().find(|word| text.contains(**word)) {
        let message = format!("it names `{word}`, where the test command is told to write its results");
        return Some(((*word).to_owned(), message, "leave the reports to the test runner"));
    }
    match file.class {
        Class::Test => hook(file, text),
        Class::Source => under_test(change, file, line),
        Class::Manifest | Class::Data => setting(file, line),
        Class::Document => None,
    }
}

fn hook(file: &File, text: &str) -> Option<Told> {
    let python = Language::of_path(&file.path) == Some(Language::Python);
    let name = crate::source::file_name(&file.path);
    let loaded =
        python && (["conftest.py", "__init__.py"].contains(&name) || name.contains("test_") || name.contains("_test"));
    if let Some(word) = OUTSIDE.iter().find(|word| loaded && text.starts_with(**word)) {
        let message = format!("`{}` decides which tests run", word.trim_end_matches(['(', ' ']));
        return Some(((*word).to_owned(), message, "let the tests run as they are"));
    }
    if text.contains("os.Exit(") && file.new.as_deref().is_some_and(ends_in_init) {
        let message = "it ends the program before a test runs".to_owned();
        return Some(("os.Exit".to_owned(), message, "let the tests run as they are"));
    }
    let word = HOOKS.iter().find(|hook| python && text.contains(&format!("def {hook}(")))?;
    let message = format!("`{word}` decides which tests run, or what is reported of them");
    Some(((*word).to_owned(), message, "let the tests run as they are"))
}

/// Whether Go's `init` ends the program.
fn ends_in_init(text: &str) -> bool {
    let bodies = text.match_indices("\nfunc init()").map(|(at, head)| &text[at + head.len()..]);
    bodies
        .map(|rest| rest.split("\n}").next().unwrap_or_default())
        .any(|body| body.lines().any(|line| line.contains("os.Exit(")))
}

fn under_test(change: &Change, file: &File, line: &Line) -> Option<Told> {
    let spoken = Language::of_path(&file.path)?;
    let (_, words) =
        UNDER_TEST.iter().find(|(language, _)| *language == spoken || language.is_script() && spoken.is_script())?;
    let word = words.iter().find(|word| line.text.contains(**word))?;
    // In a test's own region it says nothing about what is shipped; a Rust attribute stands on production code.
    if !change.is_production(&file.path, line.number) {
        return None;
    }
    let message = format!("`{word}` makes the code behave differently under test");
    Some(((*word).to_owned(), message, "let tests see what users get"))
}

fn setting(file: &File, line: &Line) -> Option<Told> {
    let text = line.text.trim();
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let key = text.split(['=', ':']).next().unwrap_or_default().trim().trim_matches('"');
    let section = || section(file.new.as_deref().unwrap_or_default(), line.number);
    let told = |word: &str, message: &str, advice| Some((word.to_owned(), message.to_owned(), advice));
    match name {
        "Cargo.toml" => match key {
            "harness" if text.ends_with("false") && matches!(section().as_str(), "[[test]]" | "[lib]") => told(
                "harness = false",
                "without Rust's test harness the tests judge themselves",
                "leave the harness in place",
            ),
            "debug-assertions" | "overflow-checks"
                if text.ends_with("false") && matches!(section().as_str(), "[profile.test]" | "[profile.dev]") =>
            {
                told(key, "tests would no longer check what they check now", "leave the profile as it is")
            }
            _ => None,
        },
        "config.toml" | "config" if file.path.contains(".cargo/") => match key {
            "runner" | "rustc-wrapper" | "rustc-workspace-wrapper" | "rustc" => told(
                ".cargo/config.toml",
                "another program would run in place of the tests",
                "let cargo run them itself",
            ),
            _ => None,
        },
        "package.json" if key == "test" && file.old.as_deref().is_some_and(has_test_script) => {
            told("package.json", "the command that runs the tests was changed", "leave it as it is")
        }
        _ => None,
    }
}

/// Whether a package had a command for its tests; what `npm init` puts there is none.
fn has_test_script(manifest: &str) -> bool {
    manifest.lines().any(|line| line.trim_start().starts_with("\"test\":") && !line.contains("no test specified"))
}

/// The table that a line of a TOML file stands in.
fn section(text: &str, line: u32) -> String {
    let before = text.lines().take(line as usize).filter(|line| line.starts_with('['));
    before.last().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;
    use crate::model::GateKind;

    fn told(files: &[(&str, &str, &str)], task: &str) -> Vec<String> {
        let def = testing::gate(GateKind::Tdd, "");
        let mut diff = testing::diff(files);
        let mut named = crate::run::simulation::task(1, &[]);
        named.details = task.to_owned();
        diff.task = Some(named);
        let change = Change::of(&diff, &super::super::Paths::new(&def));
        tampering(&change, &diff).into_iter().map(|f| format!("{}:{}", f.file, f.line)).collect()
    }

    #[test]
    fn what_decides_about_tests_is_told() {
        let table: &[(&str, &str, &str, u32)] = &[
            ("tests/conftest.py", "", "import x\ndef pytest_runtest_makereport(item, call):\n    pass\n", 2),
            ("conftest.py", "", "def pytest_collection_modifyitems(items):\n    items.clear()\n", 1),
            ("pytest.py", "", "print('all is well')\n", 1),
            ("coverage/__init__.py", "", "x = 1\n", 1),
            ("tests/test_a.py", "", "open('.orca-tests.xml', 'w')\n", 1),
            ("shop.py", "a = 1\n", "a = 1\nif os.environ.get('PYTEST_CURRENT_TEST'):\n    a = 2\n", 2),
            ("src/lib.rs", "", "#[cfg(not(test))]\nfn f() {}\n", 1),
            ("src/a.ts", "", "export const a = process.env.VITEST ? 1 : 2;\n", 1),
            ("a.go", "", "package a\n\nvar a = testing.Testing()\n", 3),
            ("Cargo.toml", "[package]\n", "[package]\n\n[[test]]\nname = \"a\"\nharness = false\n", 5),
            ("Cargo.toml", "[package]\n", "[package]\n[profile.test]\ndebug-assertions = false\n", 3),
            (".cargo/config.toml", "", "[target.x]\nrunner = \"true\"\n", 2),
            ("package.json", "{\n\"test\": \"vitest\"\n}\n", "{\n\"test\": \"true\"\n}\n", 2),
        ];
        for (path, old, new, line) in table {
            assert_eq!(told(&[(path, old, new)], ""), [format!("{path}:{line}")], "{new}");
        }
    }

    #[test]
    fn what_is_usual_is_not() {
        let table: &[(&str, &str, &str)] = &[
            ("tests/conftest.py", "", "@pytest.fixture\ndef pytest_run():\n    pass\n"),
            ("shop/coverage.py", "", "x = 1\n"),
            ("Cargo.toml", "[package]\n", "[package]\n\n[[bench]]\nname = \"a\"\nharness = false\n"),
            ("src/lib.rs", "", "fn f() {}\n\n#[cfg(test)]\nmod tests {\n    // cfg(not(test))\n}\n"),
            ("package.json", "{\n}\n", "{\n\"test\": \"vitest\"\n}\n"),
            ("package.json", "{\n\"test\": \"echo no test specified\"\n}\n", "{\n\"test\": \"vitest\"\n}\n"),
            ("Cargo.toml", "[package]\n", "[package]\n[profile.release]\noverflow-checks = false\n"),
        ];
        for (path, old, new) in table {
            assert_eq!(told(&[(path, old, new)], ""), [""; 0], "{path}");
        }
    }

    #[test]
    fn a_task_may_touch_what_it_names() {
        let hook = ("conftest.py", "", "def pytest_collection_modifyitems(items):\n    pass\n");
        assert_eq!(told(&[hook], "Order tests in `pytest_collection_modifyitems`."), [""; 0]);
        let script = ("package.json", "{\n\"test\": \"jest\"\n}\n", "{\n\"test\": \"vitest\"\n}\n");
        assert_eq!(told(&[script], "Move from jest to vitest in package.json."), [""; 0]);
    }
}
