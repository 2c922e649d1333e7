//! What decides how tests are found, run and reported, changed by the work that they are to judge: then their results are
//! no evidence. A task may touch what its own text names.

use super::super::Diff;
use super::allowed;
use super::called::is_word;
use super::change::{Change, File};
use super::paths::Class;
use super::test_command::is_agreed;
use super::test_main;
use crate::git::Line;
use crate::model::Finding;
use crate::source::Language;

/// Names at the root that a test runner would load instead of itself, or before itself.
const SHADOWS: [&str; 16] = [
    "pytest",
    "_pytest",
    "unittest",
    "coverage",
    "pluggy",
    "pytest_cov",
    "sitecustomize",
    "usercustomize",
    "_coverage",
    "hypothesis",
    "parameterized",
    "mock",
    "nose",
    "nose2",
    "doctest",
    "freezegun",
];

/// Folders in which packages are installed: whoever commits there puts something in place of a package.
const INSTALLED: [&str; 2] = ["node_modules/", "site-packages/"];

/// Hooks of pytest that decide which tests run and what is said of them.
const HOOKS: [&str; 15] = [
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
    "pytest_itemcollected",
    "pytest_pycollect_makeitem",
    "pytest_pycollect_makemodule",
    "pytest_assertrepr_compare",
];

/// Hooks that prepare a test, and by what they leave it out instead.
const PREPARING: [&str; 3] = ["pytest_runtest_setup", "pytest_generate_tests", "pytest_configure"];
const LEAVES_OUT: [&str; 6] = ["skip(", "xfail(", "Skipped", ", [])", ", ())", "os._exit("];

/// What a file of Python's tests does as a whole that leaves tests out: not indented.
const OUTSIDE: [&str; 7] =
    ["collect_ignore", "def load_tests(", "os._exit(", "sys.exit(", "exit(", "pytest.exit(", "raise SystemExit"];

/// What the tool's own test commands write: nothing of the project has to name it.
const REPORTS: [&str; 2] = [".orca-tests", ".orca-coverage"];

/// Every such change.
pub(super) fn tampering(change: &Change, diff: &Diff) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in &change.files {
        if file.old.is_none() && is_shadow(file, diff) && !allowed::names(diff, &file.path) {
            let message = "the test runner would load this file instead of its own module".to_owned();
            found.push(finding(file, 1, message, "give it another name"));
        }
        if let Some((line, what)) = test_main::fault(file).filter(|_| !allowed::names(diff, "TestMain")) {
            found.push(finding(file, line, what.to_owned(), "let it end with what `m.Run()` gives"));
        }
        if file.class == Class::Test && leaves_tree(diff, &file.path) {
            let message = "this test is a link that leads out of the tree".to_owned();
            found.push(finding(file, 0, message, "commit the file itself"));
        }
        let lines = diff.file(&file.path).map(|file| file.added.as_slice()).unwrap_or_default();
        for line in lines {
            let told = told(file, line, diff).filter(|(word, ..)| !allowed::names(diff, word));
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

/// `pytest.py`, `coverage/__init__.py`: at the root or below `src`, from where test runners load. A path file makes Python
/// load whatever it says, and what lies in a folder of packages is loaded as that package.
fn is_shadow(file: &File, diff: &Diff) -> bool {
    let path = file.path.strip_prefix("src/").unwrap_or(&file.path);
    let first = path.split('/').next().unwrap_or_default();
    let is_module = path == first && first.ends_with(".py") || path == format!("{first}/__init__.py");
    let folder =
        INSTALLED.iter().find(|folder| file.path.starts_with(**folder) || file.path.contains(&format!("/{folder}")));
    // Some projects commit their packages.
    let as_before = |folder: &str| diff.old.paths().iter().any(|known| known.contains(folder));
    is_module && SHADOWS.contains(&first.trim_end_matches(".py"))
        || file.path.ends_with(".pth")
        || folder.is_some_and(|folder| !as_before(folder))
}

/// The word by which a task may allow it, what it does, and what to do instead.
type Told = (String, String, &'static str);

fn told(file: &File, line: &Line, diff: &Diff) -> Option<Told> {
    let text = line.text.as_str();
    if let Some(word) = REPORTS.iter().find(|word| text.contains(**word)) {
        let message = format!("it names `{word}`, where the test command is told to write its results");
        return Some(((*word).to_owned(), message, "leave the reports to the test runner"));
    }
    match file.class {
        Class::Test => hook(file, text),
        // A plug-in is a module like others.
        Class::Source => hook_of_pytest(file, text).filter(|_| !is_plugin(diff)),
        Class::Manifest | Class::Data => setting(file, line, diff),
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
    if text.contains("flag.Set(\"test.") || text.contains("os.Args") && text.contains("-test.") {
        let message = "it decides which tests run".to_owned();
        return Some(("test.run".to_owned(), message, "let the tests run as they are"));
    }
    if text.contains("#![test_runner(") {
        let message = "without Rust's test harness the tests judge themselves".to_owned();
        return Some(("test_runner".to_owned(), message, "leave the harness in place"));
    }
    hook_of_pytest(file, text)
}

/// A hook of pytest that a line defines, assigns or imports.
fn hook_of_pytest(file: &File, text: &str) -> Option<Told> {
    if Language::of_path(&file.path) != Some(Language::Python) {
        return None;
    }
    let defines = |hook: &str| {
        let imports = text.trim_start().starts_with("from ") || text.trim_start().starts_with("import ");
        let named = [
            format!("def {hook}("),
            format!("specname=\"{hook}\""),
            format!("specname='{hook}'"),
            format!("{hook} = "),
        ];
        named.iter().any(|named| text.contains(named.as_str())) || imports && is_word(text, hook)
    };
    let leaves_out = |hook: &str| {
        let body =
            file.new.as_deref().unwrap_or_default().split_once(&format!("def {hook}(")).map_or("", |(_, rest)| rest);
        let body = body.split("\n\n\n").next().unwrap_or_default();
        defines(hook) && LEAVES_OUT.iter().any(|word| body.contains(word))
    };
    let decides = HOOKS.iter().find(|hook| defines(hook));
    let word = decides.or_else(|| PREPARING.iter().find(|hook| leaves_out(hook)))?;
    let message = format!("`{word}` decides which tests run, or what is reported of them");
    Some(((*word).to_owned(), message, "let the tests run as they are"))
}

/// Whether the project is a plug-in of pytest: then its hooks are what it is about.
fn is_plugin(diff: &Diff) -> bool {
    let manifests = ["pyproject.toml", "setup.cfg", "setup.py"];
    manifests.iter().filter_map(|path| diff.old.text(path)).any(|text| text.contains("pytest11"))
}

/// Whether Go's `init` ends the program.
fn ends_in_init(text: &str) -> bool {
    let bodies = text.match_indices("\nfunc init()").map(|(at, head)| &text[at + head.len()..]);
    bodies
        .map(|rest| rest.split("\n}").next().unwrap_or_default())
        .any(|body| body.lines().any(|line| line.contains("os.Exit(")))
}

fn setting(file: &File, line: &Line, diff: &Diff) -> Option<Told> {
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
        "package.json" if key == "test" && is_agreed(file, diff) => None,
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
