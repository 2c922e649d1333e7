//! What runs before tests, and what it puts in place of the code that they are about: fixtures, set-up files, hooks,
//! `TestMain`, a module of the same name. Set-up replaces a lot for good reasons (the network, the clock); what the tests
//! themselves call and insist on is none of it.

use std::collections::BTreeSet;

use super::super::Diff;
use super::allowed;
use super::called::{Called, is_word, resolved, stem};
use super::change::{Change, File};
use super::paths::Class;
use crate::model::Finding;
use crate::source::{Language, Parsed, StandIn, ending, file_name};

/// Functions that run before every test, without being asked for.
const SETUPS: [&str; 10] = [
    "setUp",
    "asyncSetUp",
    "setUpClass",
    "setUpModule",
    "setup_method",
    "setup_class",
    "setup_module",
    "setup_function",
    "init",
    "TestMain",
];

/// What tests insist with. Replaced, they insist on nothing.
const ASSERTIONS: [&str; 12] = [
    "expect",
    "assert",
    "should",
    "it",
    "test",
    "describe",
    "raises",
    "approx",
    "fail",
    "skip",
    "beforeEach",
    "afterEach",
];

/// Matchers that come with jest and vitest.
const MATCHERS: [&str; 26] = [
    "toBe",
    "toBeCloseTo",
    "toBeDefined",
    "toBeFalsy",
    "toBeGreaterThan",
    "toBeGreaterThanOrEqual",
    "toBeInstanceOf",
    "toBeLessThan",
    "toBeLessThanOrEqual",
    "toBeNaN",
    "toBeNull",
    "toBeTruthy",
    "toBeUndefined",
    "toContain",
    "toContainEqual",
    "toEqual",
    "toHaveBeenCalled",
    "toHaveBeenCalledTimes",
    "toHaveBeenCalledWith",
    "toHaveLength",
    "toHaveProperty",
    "toMatch",
    "toMatchObject",
    "toStrictEqual",
    "toThrow",
    "toThrowError",
];

/// How modules are loaded.
const LOADERS: [&str; 6] = [
    "Module._load",
    "Module._resolveFilename",
    "Module.prototype.require",
    "require.extensions",
    "Module._extensions",
    "Module.wrap",
];

/// Everything that a change's set-up puts in place of what tests are about. `loaded` are files that run before tests because
/// settings name them.
pub(super) fn replaced(change: &Change, diff: &Diff, called: &Called<'_>, loaded: &BTreeSet<String>) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in &change.files {
        let Some(new) = &file.new else { continue };
        if file.class != Class::Test && !loaded.contains(&file.path) || allowed::names(diff, &file.path) {
            continue;
        }
        if let Some(message) = shadow(file, diff, called) {
            found.push(finding(file, 1, message));
        }
        let own = |text: &str| Parsed::read(&file.path, text).map(|it| it.replacements()).unwrap_or_default();
        let before = file.old.as_deref().map(own).unwrap_or_default();
        let has_tests = change.after.iter().any(|case| case.path == file.path);
        let set_up = SetUp { file, text: new, has_tests, diff, called };
        let is_new = |it: &&StandIn| !before.iter().any(|old| old.target == it.target && old.within == it.within);
        let after = own(new);
        let counts = after.iter().filter(is_new).filter(|it| set_up.runs(it) && set_up.hits(it));
        found.extend(counts.map(|it| finding(file, it.line, format!("`{}` is replaced here", it.target))));
    }
    found.retain(|it| !allowed::names(diff, "mock") && !allowed::names(diff, file_name(&it.file)));
    found
}

fn finding(file: &File, line: u32, what: String) -> Finding {
    Finding {
        file: file.path.clone(),
        line,
        rule: "stand-in".to_owned(),
        message: format!("{what}, before tests that are about it: they would no longer test the project's own"),
        advice: "let the tests call the code itself".to_owned(),
    }
}

/// A module that tests find before the project's own of the same name, since it stands beside them.
fn shadow(file: &File, diff: &Diff, called: &Called<'_>) -> Option<String> {
    let (folder, name) = file.path.rsplit_once('/')?;
    let module = name.strip_suffix(".py")?;
    let is_package = diff.new.has(&format!("{folder}/__init__.py"));
    let is_top = |folder: &str| {
        diff.old.has(&format!("{folder}{module}.py")) || diff.old.has(&format!("{folder}{module}/__init__.py"))
    };
    if file.old.is_some() || is_package || !(is_top("") || is_top("src/")) {
        return None;
    }
    let of = |_: &str, from: &str| from.split('.').next() == Some(module);
    called.is_module_called(folder, &of).then(|| format!("`{module}` is found here"))
}

/// A file of set-up.
struct SetUp<'a> {
    file: &'a File,
    text: &'a str,
    has_tests: bool,
    diff: &'a Diff,
    called: &'a Called<'a>,
}

impl SetUp<'_> {
    /// Whether it runs before tests that did not ask for it.
    fn runs(&self, it: &StandIn) -> bool {
        if it.of_a_test || it.of_the_file && self.has_tests {
            return false;
        }
        let Some(name) = it.within.as_deref() else { return true };
        let again =
            self.text.match_indices(name).filter(|(at, _)| is_word(&self.text[*at..at + name.len()], name)).count();
        SETUPS.contains(&name)
            || name.starts_with("pytest_")
            || it.marks.contains("autouse=True")
            || self.called.said_before(&self.file.path, name)
            || again > 1 && !it.marks.contains("fixture")
    }

    /// Whether tests insist on what it replaces.
    fn hits(&self, it: &StandIn) -> bool {
        match Language::of_path(&self.file.path) {
            Some(Language::Python) => self.hits_python(&it.target),
            Some(Language::JavaScript | Language::TypeScript) => self.hits_script(&it.target),
            Some(Language::Go) => self.hits_go(&it.target),
            _ => false,
        }
    }

    /// The folder whose tests it runs before.
    fn folder(&self) -> &str {
        let folder = self.file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if file_name(&self.file.path) == "conftest.py" { folder } else { "" }
    }

    fn hits_python(&self, target: &str) -> bool {
        let parts: Vec<&str> = target.split('.').collect();
        let (root, last) = (parts[0], parts[parts.len() - 1]);
        if matches!(root, "unittest" | "TestCase" | "pytest" | "builtins") && parts.len() > 1 {
            return last.starts_with("assert") || last.starts_with("fail") || ASSERTIONS.contains(&last);
        }
        let imported = |module: &str| self.called.is_own_module(module.split('.').next().unwrap_or_default());
        let own = self.called.is_own_module(root)
            || super::called::imported_names(&self.file.path, self.text, &imported).any(|name| name == root);
        if !own {
            return false;
        }
        let module = if last == "*" { parts[parts.len() - 2] } else { last };
        if last == "*" || parts.iter().all(|part| self.called.is_own_module(part)) {
            let of =
                |_: &str, from: &str| from.rsplit('.').next() == Some(module) || from.split('.').next() == Some(module);
            return self.called.is_module_called(self.folder(), &of);
        }
        self.called.is_called(self.folder(), last)
    }

    fn hits_script(&self, target: &str) -> bool {
        if let Some(matcher) = target.strip_prefix("expect.") {
            return MATCHERS.contains(&matcher);
        }
        if LOADERS.iter().any(|loader| target.starts_with(loader)) {
            return true;
        }
        let path = &self.file.path;
        let place = |from: &str, path: &str| resolved(path, from).unwrap_or_else(|| from.to_owned());
        let is_path = target.starts_with('.') || target.contains('/');
        let is_name = target.contains('.') && !is_path;
        if !is_name {
            let there = place(target, path);
            return self.called.is_module_called("", &|path, from| place(from, path) == there);
        }
        let (object, last) = target.rsplit_once('.').unwrap_or((target, ""));
        if matches!(object, "globalThis" | "global" | "window" | "self") {
            return ASSERTIONS.contains(&last);
        }
        let root = object.split('.').next().unwrap_or_default();
        let mut modules = super::called::imports(path, self.text).into_iter();
        let Some(module) = modules.find(|import| import.names.iter().any(|name| name == root)) else { return false };
        let there = place(&module.from, path);
        if last == "*" {
            return self.called.is_module_called("", &|path, from| place(from, path) == there);
        }
        let is_assertion = ["chai", "assert", "node:assert", "vitest", "@jest/globals"].contains(&module.from.as_str());
        is_assertion && ASSERTIONS.contains(&last) || module.from.starts_with('.') && self.called.is_called("", last)
    }

    /// A variable of the package that is tested.
    fn hits_go(&self, target: &str) -> bool {
        let last = target.rsplit('.').next().unwrap_or_default();
        let folder = self.file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let own = self
            .diff
            .new
            .paths()
            .into_iter()
            .filter(|path| ending(path) == "go" && !path.ends_with("_test.go") && stem_folder(path) == folder);
        let defines = |text: &str| {
            text.lines().any(|line| line.starts_with("var ") && is_word(line, last))
                || text.contains("\nvar (") && text.lines().any(|line| line.trim_start().starts_with(last))
        };
        let defined = own.filter_map(|path| self.diff.new.text(&path)).any(|text| defines(&text));
        defined && self.called.is_called(folder, last)
    }
}

fn stem_folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Files that stand in for a module by their place (`__mocks__/sum.ts` beside `sum.ts`), where tests insist on that module.
pub(super) fn manual_mocks(change: &Change, called: &Called<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in change.files.iter().filter(|file| file.old.is_none() && file.new.is_some()) {
        let Some((above, name)) = file.path.split_once("__mocks__/") else { continue };
        let there = stem(&format!("{above}{name}"));
        let hit = |path: &str, from: &str| resolved(path, from).is_some_and(|place| place == there);
        if called.is_module_called("", &hit) {
            found.push(finding(file, 1, format!("`{there}` is replaced by this file")));
        }
    }
    found
}

/// Rust's own assertions, defined anew in the crate, or taken from a module of it: then tests insist on nothing.
pub(super) fn own_assertions(change: &Change, diff: &Diff) -> Vec<Finding> {
    const OWN: [&str; 5] = ["assert", "assert_eq", "assert_ne", "panic", "matches"];
    let mut found = Vec::new();
    for file in change.files.iter().filter(|file| ending(&file.path) == "rs" && file.new.is_some()) {
        let modules: Vec<&str> = file.new.iter().flat_map(|new| new.lines()).filter_map(declared_module).collect();
        for line in diff.file(&file.path).iter().flat_map(|file| &file.added) {
            let text = line.text.trim();
            let defined = text
                .strip_prefix("macro_rules!")
                .map(|rest| rest.trim_start().split(|c: char| !c.is_alphanumeric() && c != '_'));
            let defined = defined.and_then(|mut words| words.next()).filter(|name| OWN.contains(name));
            let origin = text
                .strip_prefix("use ")
                .or_else(|| text.strip_prefix("pub use "))
                .and_then(|rest| rest.split("::").next());
            let inside =
                origin.is_some_and(|origin| matches!(origin, "crate" | "super" | "self") || modules.contains(&origin));
            let taken = OWN.iter().copied().find(|name| inside && is_word(text, name));
            if let Some(name) = defined.or(taken).filter(|name| !allowed::names(diff, name)) {
                found.push(finding(file, line.number, format!("`{name}!` is the crate's own here")));
            }
        }
    }
    found
}

/// `mod quiet;`: the name.
fn declared_module(line: &str) -> Option<&str> {
    let rest = line.trim().trim_start_matches("pub ").strip_prefix("mod ")?;
    Some(rest.trim_end_matches([';', '{', ' ']))
}
