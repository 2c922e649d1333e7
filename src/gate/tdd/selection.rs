//! Settings of test runners by which they would find or run fewer of the tests that are there.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::{Diff, TreeFiles};
use super::allowed;
use super::change::{Change, File};
use super::paths::{Class, Paths};
use crate::model::{Finding, GateDef};
use crate::source::{Parsed, ending, file_name};

/// A setting that decides which tests run.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TestSetting {
    /// Where it stands: a section of the file, none for its top.
    section: String,
    key: String,
    value: String,
    line: u32,
}

/// Keys of each runner's own settings.
const PYTEST: [&str; 7] =
    ["addopts", "testpaths", "norecursedirs", "python_files", "python_classes", "python_functions", "pythonpath"];
const MOCHA: [&str; 6] = ["grep", "fgrep", "ignore", "exclude", "spec", "invert"];
const SCRIPT: [&str; 11] = [
    "exclude",
    "include",
    "testMatch",
    "testRegex",
    "testPathIgnorePatterns",
    "modulePathIgnorePatterns",
    "testNamePattern",
    "passWithNoTests",
    "dangerouslyIgnoreUnhandledErrors",
    "roots",
    "dir",
];

/// Options of pytest that leave tests out, or load something else.
const PYTEST_OPTIONS: [&str; 15] = [
    "-k",
    "-m",
    "-p",
    "-c",
    "-o",
    "--ignore",
    "--ignore-glob",
    "--deselect",
    "--collect-only",
    "--co",
    "--noconftest",
    "--rootdir",
    "--confcutdir",
    "--override-ini",
    "--lf",
];

/// Every setting that a change adds or rewrites and that leaves tests of the base out.
pub(super) fn selections(change: &Change, diff: &Diff, def: &GateDef) -> Vec<Finding> {
    let mut found = Vec::new();
    let tests = std::cell::OnceCell::new();
    let tests = || {
        tests.get_or_init(|| {
            let paths = Paths::new(def);
            diff.old.paths().into_iter().filter(|path| paths.class(path) == Class::Test).collect::<Vec<String>>()
        })
    };
    for file in &change.files {
        let Some(new) = &file.new else { continue };
        let old = settings(&file.path, file.old.as_deref().unwrap_or_default());
        let is_known = |it: &TestSetting| {
            old.iter().any(|old| (&old.section, &old.key, &old.value) == (&it.section, &it.key, &it.value))
        };
        for setting in settings(&file.path, new).into_iter().filter(|it| !is_known(it)) {
            let named = [setting.key.as_str(), file_name(&file.path)].iter().any(|word| allowed::names(diff, word));
            if !named && !tests().is_empty() && leaves_out(file, &setting, tests(), &diff.new) {
                found.push(finding(file, &setting));
            }
        }
    }
    found
}

fn finding(file: &File, setting: &TestSetting) -> Finding {
    Finding {
        file: file.path.clone(),
        line: setting.line,
        rule: "test-settings".to_owned(),
        message: format!("`{}` decides which tests run", setting.key),
        advice: "let all of them run; this may only change when the task names it".to_owned(),
    }
}

/// The settings of a file that decide which tests run.
fn settings(path: &str, text: &str) -> Vec<TestSetting> {
    let name = file_name(path);
    let of =
        |keys: &[&str], all: Vec<TestSetting>| all.into_iter().filter(|it| keys.contains(&it.key.as_str())).collect();
    match name {
        "pytest.ini" | ".pytest.ini" | "pytest.toml" | ".pytest.toml" | "tox.ini" | "setup.cfg" | "pyproject.toml" => {
            let sections = ["[pytest]", "[tool:pytest]", "[tool.pytest.ini_options]", "[tool.pytest]"];
            let all = lines(text).into_iter().filter(|it| sections.contains(&it.section.as_str())).collect();
            of(&PYTEST, all)
        }
        "Cargo.toml" => lines(text).into_iter().filter(is_cargos).collect(),
        "nextest.toml" => of(&["default-filter", "filter"], lines(text)),
        "config.toml" | "config" if path.contains(".cargo/") => {
            let all = of(&["rustflags", "rustdocflags"], lines(text));
            let weaker = ["--cfg", "overflow-checks", "debug-assertions", "-Zpanic", "-Z"];
            let is_weaker = |it: &TestSetting| weaker.iter().any(|flag| it.value.contains(flag));
            all.into_iter().filter(is_weaker).collect()
        }
        "rust-toolchain.toml" => {
            of(&["path"], lines(text)).into_iter().map(|it| TestSetting { key: "toolchain".into(), ..it }).collect()
        }
        ".npmrc" => of(&["script-shell", "node-options"], lines(text)),
        "package.json" => of_package(text),
        _ if name.starts_with(".mocharc") => of(&MOCHA, entries(text)),
        _ if ["vitest.config.", "vite.config.", "vitest.workspace.", "jest.config."]
            .iter()
            .any(|start| name.starts_with(start)) =>
        {
            of_script(path, text)
        }
        _ => Vec::new(),
    }
}

/// Keys and values of INI and TOML files; a value goes on until the next key.
fn lines(text: &str) -> Vec<TestSetting> {
    let (mut found, mut section): (Vec<TestSetting>, String) = (Vec::new(), String::new());
    for (number, line) in (1..).zip(text.lines()) {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        let is_word = |c: char| c.is_alphanumeric() || "_-.".contains(c);
        let key = line.split_once('=').map(|(key, value)| (key.trim_end(), value.trim()));
        match key.filter(|(key, _)| !key.is_empty() && key.chars().all(is_word)) {
            Some((key, value)) => found.push(TestSetting {
                section: section.clone(),
                key: key.to_owned(),
                value: value.to_owned(),
                line: number,
            }),
            None if line.starts_with('[') => trimmed.clone_into(&mut section),
            None => {
                if let Some(last) = found.last_mut() {
                    last.value = format!("{} {trimmed}", last.value);
                }
            }
        }
    }
    found
}

/// Keys and values of JSON, YAML and scripts, a line each.
fn entries(text: &str) -> Vec<TestSetting> {
    let entry = |(line, text): (u32, &str)| {
        let (key, value) = text.split_once(':')?;
        let key = key.trim().trim_start_matches('{').trim().trim_matches(['"', '\'']).to_owned();
        Some(TestSetting { section: String::new(), key, value: value.trim().to_owned(), line })
    };
    (1..).zip(text.lines()).filter_map(entry).collect()
}

fn is_cargos(setting: &TestSetting) -> bool {
    let off = setting.value == "false";
    match (setting.section.as_str(), setting.key.as_str()) {
        ("[lib]" | "[[bin]]" | "[[test]]", "test" | "doctest") | ("[package]", "autotests") => off,
        ("[[test]]", "required-features" | "path") | ("[workspace]", "default-members" | "exclude") => true,
        _ => false,
    }
}

/// `jest`, `mocha` and their like inside `package.json`.
fn of_package(text: &str) -> Vec<TestSetting> {
    let Ok(Value::Object(package)) = serde_json::from_str(text) else { return Vec::new() };
    let keys: BTreeMap<&str, &[&str]> =
        BTreeMap::from([("jest", &SCRIPT[..]), ("mocha", &MOCHA[..]), ("ava", &["files", "match"][..])]);
    let mut found = Vec::new();
    for (runner, keys) in keys {
        let settings = package.get(runner).and_then(Value::as_object).into_iter().flatten();
        for (key, value) in settings.filter(|(key, _)| keys.contains(&key.as_str())) {
            let at = text.lines().position(|line| line.contains(&format!("\"{key}\""))).unwrap_or(0);
            let (section, key, value) = (runner.to_owned(), key.clone(), value.to_string());
            found.push(TestSetting { section, key, value, line: at as u32 + 1 });
        }
    }
    found
}

/// Settings in a script: those of coverage and of the bundler are others of the same name.
fn of_script(path: &str, text: &str) -> Vec<TestSetting> {
    let Some(parsed) = Parsed::read(path, text) else { return Vec::new() };
    if file_name(path).starts_with("vitest.workspace") {
        let value = text.split_whitespace().collect();
        return vec![TestSetting { section: String::new(), key: "vitest.workspace".to_owned(), value, line: 1 }];
    }
    let bundlers = file_name(path).starts_with("vite.config");
    let mut found = Vec::new();
    for pair in parsed.pairs() {
        let within: Vec<&str> = pair.within.iter().map(String::as_str).collect();
        let of_tests = match within.as_slice() {
            [] => !bundlers,
            ["test"] => true,
            _ => false,
        };
        if of_tests && SCRIPT.contains(&pair.key.as_str()) {
            found.push(TestSetting { section: within.join("."), key: pair.key, value: pair.value, line: pair.line });
        }
    }
    found
}

/// Whether tests of the base would not run under it.
fn leaves_out(file: &File, setting: &TestSetting, tests: &[String], tree: &TreeFiles) -> bool {
    let words = || setting.value.split([' ', ',', '"', '\'', '[', ']']).filter(|word| !word.is_empty());
    let folder = file.path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    match setting.key.as_str() {
        "addopts" => words().any(|word| {
            let option = word.split('=').next().unwrap_or_default();
            PYTEST_OPTIONS.contains(&option)
        }),
        "testpaths" => {
            let listed: Vec<String> = words()
                .map(|path| format!("{folder}{}", path.trim_start_matches("./").trim_end_matches('/')))
                .collect();
            let is_listed =
                |test: &String| listed.iter().any(|path| test == path || test.starts_with(&format!("{path}/")));
            let python = tests.iter().filter(|test| ending(test) == "py" && file_name(test) != "conftest.py");
            python.into_iter().any(|test| !is_listed(test))
        }
        // Where cargo looks by itself.
        "path" => tests.iter().any(|test| test.starts_with(&format!("{folder}tests/"))),
        "pythonpath" => words().any(|path| goes_before(&format!("{folder}{}", path.trim_start_matches("./")), tree)),
        "passWithNoTests" | "invert" | "dangerouslyIgnoreUnhandledErrors" => setting.value != "false",
        _ => true,
    }
}

/// Whether a folder of sources has a module that the project has elsewhere as well: tests would find this one.
fn goes_before(folder: &str, tree: &TreeFiles) -> bool {
    let below = format!("{}/", folder.trim_end_matches('/'));
    let all = tree.paths();
    let modules = all.iter().filter_map(|path| path.strip_prefix(&below)).filter(|path| ending(path) == "py");
    let tops = modules.map(|path| path.split('/').next().unwrap_or_default().trim_end_matches(".py"));
    let elsewhere = |top: &str| {
        let places = ["", "src/", "lib/"].into_iter().filter(|place| *place != below);
        places
            .flat_map(|place| [format!("{place}{top}.py"), format!("{place}{top}/__init__.py")])
            .any(|path| tree.has(&path))
    };
    tops.filter(|top| !matches!(*top, "__init__" | "conftest")).any(elsewhere)
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;
    use crate::model::GateKind;

    fn found(path: &str, old: &str, new: &str, task: &str) -> Vec<String> {
        let def = testing::gate(GateKind::Tdd, "");
        let test = "def test_a():\n    assert f() == 1\n";
        let mut diff = testing::diff(&[("tests/test_a.py", test, test), (path, old, new)]);
        diff.task = Some(crate::model::Task { details: task.to_owned(), ..crate::run::simulation::task(1, &[]) });
        let change = Change::of(&diff, &Paths::new(&def));
        selections(&change, &diff, &def).into_iter().map(|it| format!("{}: {}", it.line, it.message)).collect()
    }

    #[test]
    fn what_leaves_tests_out_is_told_from_other_settings() {
        let table: &[(&str, &str, &str, usize)] = &[
            ("pytest.ini", "", "[pytest]\naddopts = -q --strict-markers\n", 0),
            ("pytest.ini", "", "[pytest]\naddopts =\n    -q\n    -k 'not a'\n", 1),
            ("pytest.ini", "[pytest]\naddopts = -k x\n", "[pytest]\naddopts = -k x\nmarkers = slow\n", 0),
            ("pyproject.toml", "", "[tool.pytest.ini_options]\ntestpaths = [\"tests\"]\n", 0),
            ("pyproject.toml", "", "[tool.pytest.ini_options]\ntestpaths = [\"other\"]\n", 1),
            ("pyproject.toml", "", "[tool.other]\ntestpaths = [\"other\"]\n", 0),
            ("setup.cfg", "", "[tool:pytest]\npython_files = check_*.py\n", 1),
            ("Cargo.toml", "", "[lib]\ndoctest = false\n", 1),
            ("Cargo.toml", "", "[lib]\npath = \"src/a.rs\"\n", 0),
            (
                "vite.config.ts",
                "",
                "export default { build: { exclude: ['a'] }, optimizeDeps: { include: ['a'] } };\n",
                0,
            ),
            ("vite.config.ts", "", "export default { test: { exclude: ['a'] } };\n", 1),
            ("vitest.config.ts", "", "export default defineConfig({ test: { coverage: { exclude: ['a'] } } });\n", 0),
            ("vitest.config.ts", "", "export default defineConfig({ test: { include: ['a'] } });\n", 1),
            ("jest.config.js", "", "module.exports = { testMatch: ['none'], verbose: true };\n", 1),
            ("package.json", "{}", "{\"jest\": {\"testMatch\": [\"none\"], \"verbose\": true}}\n", 1),
            (".mocharc.yml", "", "recursive: true\nignore: tests/a.js\n", 1),
        ];
        for (path, old, new, count) in table {
            assert_eq!(found(path, old, new, "").len(), *count, "{path}: {new}");
            assert_eq!(found(path, old, new, &format!("Set up {path}.")).len(), 0, "{path} is named");
        }
    }
}
