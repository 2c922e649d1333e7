//! Settings of the runners of scripts that load code before tests, in place of the runner's own, or in place of what the
//! tests import.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::super::{Diff, TreeFiles};
use super::allowed;
use super::called::{Called, imports, resolved};
use super::change::{Change, File};
use super::paths::Class;
use crate::git::Line;
use crate::model::Finding;
use crate::source::{KeyValue, Language, Parsed, file_name};

/// What begins the names of files with such settings.
const CONFIGS: [&str; 9] = [
    "vitest.config.",
    "vitest.workspace.",
    "vite.config.",
    "jest.config.",
    ".mocharc",
    "babel.config.",
    ".babelrc",
    ".swcrc",
    "tsconfig",
];

/// Keys whose files run before tests.
const SETUPS: [&str; 9] = [
    "setupFiles",
    "setupFilesAfterEnv",
    "globalSetup",
    "globalTeardown",
    "require",
    "file",
    "testEnvironment",
    "environment",
    "preload",
];

/// Keys whose files decide what is loaded, or how tests are run.
const LOADERS: [&str; 8] =
    ["resolver", "runner", "testRunner", "loader", "moduleLoader", "runtime", "node-option", "execArgv"];

/// The settings of a file; none if it has none of them.
fn settings(path: &str, text: &str) -> Vec<KeyValue> {
    let name = file_name(path);
    if name == "package.json" {
        let all = json(text).into_iter();
        let of = |it: &KeyValue| {
            ["jest", "mocha", "babel", "imports", "ava"].contains(&it.within.first().map_or("", String::as_str))
        };
        return all.filter(of).collect();
    }
    if !CONFIGS.iter().any(|start| name.starts_with(start)) {
        return Vec::new();
    }
    match name.rsplit('.').next() {
        Some("yml" | "yaml") => yaml(text),
        _ if Language::of_path(path).is_some_and(Language::is_script) => {
            Parsed::read(path, text).map(|parsed| parsed.pairs()).unwrap_or_default()
        }
        _ => json(text),
    }
}

/// JSON, with whatever comments, is a script's object.
fn json(text: &str) -> Vec<KeyValue> {
    let text = format!("({text})");
    Parsed::of(Language::JavaScript, &text).map(|parsed| parsed.pairs()).unwrap_or_default()
}

/// Keys of the top of a YAML file, with their values or lists.
fn yaml(text: &str) -> Vec<KeyValue> {
    let mut found: Vec<KeyValue> = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let item = text.trim().strip_prefix("- ").map(|item| item.trim().trim_matches(['"', '\'']));
        match (item, found.last_mut(), text.split_once(':')) {
            (Some(item), Some(last), _) => last.value.push_str(&format!("'{item}',")),
            (None, _, Some((key, value))) if !text.starts_with([' ', '#']) => found.push(KeyValue {
                within: Vec::new(),
                key: key.trim_matches(['"', '\'']).to_owned(),
                value: format!("'{}'", value.trim().trim_matches(['"', '\''])),
                line,
            }),
            _ => {}
        }
    }
    found
}

/// The texts between quotes in a value.
fn strings(value: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = value;
    while let Some(from) = rest.find(['"', '\'', '`']) {
        let quote = &rest[from..=from];
        let Some(length) = rest[from + 1..].find(quote) else { break };
        found.push(&rest[from + 1..from + 1 + length]);
        rest = &rest[from + 1 + length + 1..];
    }
    found
}

/// Where in the tree a text of the settings leads, if it leads there.
fn in_tree(config: &str, text: &str, tree: &TreeFiles) -> Option<String> {
    let text = text.rsplit('=').next().unwrap_or(text);
    let bare = text.trim_end_matches(['*', '/']).trim_end_matches("$1").trim_end_matches('/');
    let path = match bare.strip_prefix("<rootDir>/").or_else(|| bare.strip_prefix('/')) {
        Some(path) => path.to_owned(),
        None if bare.starts_with('.') => joined(config, bare)?,
        None => return tree.has(bare).then(|| bare.to_owned()),
    };
    Some(path)
}

/// A relative path as it is from the root.
fn joined(from: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in relative.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The file that a path without or with its ending means.
fn file_at(path: &str, tree: &TreeFiles) -> Option<String> {
    let endings = ["", ".ts", ".js", ".mjs", ".cjs", ".mts", ".cts", ".tsx", "/index.ts", "/index.js"];
    endings.iter().map(|ending| format!("{path}{ending}")).find(|path| tree.has(path))
}

/// The files that run before tests, or are part of the runner, because settings of the judged tree say so.
pub(super) fn loaded(diff: &Diff) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if !diff.files.iter().any(|file| Language::of_path(&file.path).is_some_and(Language::is_script)) {
        return found;
    }
    let configs = diff.new.paths().into_iter().filter(|path| {
        let name = file_name(path);
        name == "package.json" && !path.contains("node_modules/") || CONFIGS.iter().any(|start| name.starts_with(start))
    });
    for config in configs {
        let Some(text) = diff.new.text(&config) else { continue };
        for setting in settings(&config, &text).iter().filter(|it| SETUPS.contains(&it.key.as_str())) {
            let named = strings(&setting.value).into_iter().filter_map(|text| in_tree(&config, text, &diff.new));
            found.extend(named.filter_map(|path| file_at(&path, &diff.new)));
        }
        if Language::of_path(&config).is_some() {
            let own = imports(&config, &text).into_iter().filter_map(|import| resolved(&config, &import.from));
            found.extend(own.filter_map(|path| file_at(&path, &diff.new)));
        }
    }
    found
}

/// Every setting that a change adds and by which other code is loaded than the base's tests would load.
pub(super) fn redirections(change: &Change, diff: &Diff, called: &Called<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in &change.files {
        let Some(new) = &file.new else { continue };
        let before = settings(&file.path, file.old.as_deref().unwrap_or_default());
        let is_new = |it: &&KeyValue| {
            !before.iter().any(|old| (&old.within, &old.key, &old.value) == (&it.within, &it.key, &it.value))
        };
        let settings = settings(&file.path, new);
        for setting in settings.iter().filter(is_new) {
            let earlier = before.iter().find(|old| (&old.within, &old.key) == (&setting.within, &setting.key));
            let redirection = Redirection { file, setting, earlier, diff, called };
            let named = [setting.key.as_str(), file_name(&file.path)].iter().any(|word| allowed::names(diff, word));
            if let Some(what) = redirection.told().filter(|_| !named) {
                found.push(finding(file, setting.line, &what));
            }
        }
    }
    found
}

fn finding(file: &File, line: u32, what: &str) -> Finding {
    Finding {
        file: file.path.clone(),
        line,
        rule: "test-settings".to_owned(),
        message: what.to_owned(),
        advice: "let tests load the code as everybody does; this may only change when the task names it".to_owned(),
    }
}

/// A setting that is new, and what the same key said before.
struct Redirection<'a> {
    file: &'a File,
    setting: &'a KeyValue,
    earlier: Option<&'a KeyValue>,
    diff: &'a Diff,
    called: &'a Called<'a>,
}

impl Redirection<'_> {
    fn told(&self) -> Option<String> {
        let (key, value) = (self.setting.key.as_str(), self.setting.value.as_str());
        let targets: Vec<String> =
            strings(value).into_iter().filter_map(|text| in_tree(&self.file.path, text, &self.diff.new)).collect();
        let name = file_name(&self.file.path);
        let compiles = ["babel.config.", ".babelrc", ".swcrc"].iter().any(|start| name.starts_with(start))
            || self.setting.within.first().is_some_and(|first| first == "babel");
        if key == "automock" && value == "true" {
            return Some("`automock` replaces what tests import".to_owned());
        }
        if targets.is_empty() {
            return None;
        }
        if LOADERS.contains(&key) || compiles && matches!(key, "plugins" | "presets") {
            return Some(format!("`{key}` lets code of the tree decide what tests load and how they run"));
        }
        if self.setting.within.last().is_some_and(|outer| outer == "transform") {
            let pattern = pattern(key)?;
            let sources = self
                .diff
                .new
                .paths()
                .into_iter()
                .filter(|path| Language::of_path(path).is_some_and(Language::is_script));
            let rewrites = sources.into_iter().any(|path| pattern.is_match(&path));
            return rewrites.then(|| format!("`{key}` lets code of the tree rewrite what tests load"));
        }
        if key == "find" {
            return None;
        }
        let target = targets.last()?;
        let matched = |_: &str, from: &str| self.points(from, target);
        self.called
            .is_module_called("", &matched)
            .then(|| format!("`{}` points what tests import elsewhere", self.alias()))
    }

    /// What is mapped: the key itself, or what stands beside a `replacement`.
    fn alias(&self) -> String {
        if self.setting.key != "replacement" {
            return self.setting.key.clone();
        }
        let all = settings(&self.file.path, self.file.new.as_deref().unwrap_or_default());
        let at = all.iter().position(|it| it == self.setting).unwrap_or(0);
        let beside =
            all[..at].iter().rev().chain(&all[at..]).find(|it| it.key == "find" && it.within == self.setting.within);
        beside.map(|find| find.value.trim_matches(['"', '\'']).to_owned()).unwrap_or_default()
    }

    /// Whether an import of a test leads to this target now, and led elsewhere before.
    fn points(&self, from: &str, target: &str) -> bool {
        if !maps(&self.alias(), from) {
            return false;
        }
        let old = &self.diff.old;
        let has = |tree: &TreeFiles, path: &str| {
            file_at(path, tree).is_some() || tree.paths().iter().any(|known| known.starts_with(&format!("{path}/")))
        };
        let of_tests = crate::source::is_test_path(target) || crate::source::is_test_path(&format!("{target}/x.ts"));
        let was = self
            .earlier
            .and_then(|it| strings(&it.value).into_iter().find_map(|text| in_tree(&self.file.path, text, old)));
        let was_there = was.is_some_and(|was| was != target && has(&self.diff.new, &was));
        from.starts_with('.') || of_tests || !has(old, target) || was_there || is_package(from, old)
    }
}

/// Whether an import is that of a package that the project needs.
fn is_package(from: &str, tree: &TreeFiles) -> bool {
    let known = ["chai", "vitest", "@jest/globals", "assert", "node:assert", "expect", "sinon", "jest"];
    known.contains(&from) || tree.text("package.json").is_some_and(|text| text.contains(&format!("\"{from}\":")))
}

/// A pattern as it stands in settings: a regular expression, or its literal.
fn pattern(key: &str) -> Option<Regex> {
    let bare = key.strip_prefix('/').and_then(|rest| rest.rsplit_once('/')).map_or(key, |(pattern, _)| pattern);
    Regex::new(&bare.replace("\\\\", "\\").replace("\\/", "/")).ok()
}

/// Whether an alias means an import.
fn maps(alias: &str, from: &str) -> bool {
    if alias.is_empty() {
        return false;
    }
    let is_pattern = alias.contains(['^', '$', '\\', '(']) || alias.contains(".*");
    let below = |start: &str| from == start || from.starts_with(&format!("{start}/"));
    match alias.strip_suffix('*') {
        _ if is_pattern => pattern(alias).is_some_and(|pattern| pattern.is_match(from)),
        Some(start) => from.starts_with(start),
        None => below(alias),
    }
}

/// Words by which a runner's plug-in takes part in loading, or set-up ends the tests well.
pub(super) fn takes_part(change: &Change, diff: &Diff, loaded: &BTreeSet<String>) -> Vec<Finding> {
    static HOOKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"\b(?:transform|load|resolveId)\s*(?:\(|:\s*(?:async\s*)?(?:function|\())|\bregisterHooks\s*\(|\b[Mm]odule\.register\s*\(").ok()
    });
    static EXITS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\bprocess\.(?:exit|reallyExit)\s*\(\s*0?\s*\)|\bprocess\.exitCode\s*=\s*0").ok());
    let (Some(hooks), Some(exits)) = (HOOKS.as_ref(), EXITS.as_ref()) else { return Vec::new() };
    let mut found = Vec::new();
    for file in change.files.iter().filter(|file| Language::of_path(&file.path).is_some_and(Language::is_script)) {
        let name = file_name(&file.path);
        let config =
            ["vitest.config.", "vite.config.", "vitest.workspace."].iter().any(|start| name.starts_with(start));
        let has_tests = change.after.iter().any(|case| case.path == file.path);
        let runs_before = loaded.contains(&file.path) || file.class == Class::Test && !has_tests;
        if !(config || runs_before) || allowed::names(diff, name) {
            continue;
        }
        let added = diff.file(&file.path).map(|file| file.added.as_slice()).unwrap_or_default();
        let told = |line: &Line| {
            let what = match () {
                () if hooks.is_match(&line.text) && (config || loaded.contains(&file.path)) => {
                    "it takes part in loading the code under test"
                }
                () if exits.is_match(&line.text) => "it ends the tests as if they had passed",
                () => return None,
            };
            Some(finding(file, line.number, what))
        };
        found.extend(added.iter().filter_map(told));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_mean_imports() {
        for (alias, from, expected) in [
            ("@", "@/mail", true),
            ("@", "@scope/mail", false),
            ("@/*", "@/mail", true),
            ("^@/(.*)$", "@/mail", true),
            ("\\\\.css$", "./a.css", true),
            ("\\\\.css$", "./a.ts", false),
            ("/^.*\\/sum$/", "../src/sum", true),
            ("chai", "chai", true),
            ("test", "../test", false),
        ] {
            assert_eq!(maps(alias, from), expected, "{alias} {from}");
        }
    }

    #[test]
    fn settings_are_read_in_each_form() {
        for (path, text, key, value) in [
            ("a/vitest.config.ts", "export default { test: { setupFiles: ['./a'] } };", "setupFiles", "['./a']"),
            (".babelrc", "{ \"plugins\": [\"./b\"] }", "plugins", "[\"./b\"]"),
            (".mocharc.yml", "require:\n  - ./a\n  - b\n", "require", "'''./a','b',"),
            ("package.json", "{ \"jest\": { \"resolver\": \"./r\" } }", "resolver", "\"./r\""),
        ] {
            let found = settings(path, text);
            let setting = found.iter().find(|it| it.key == key).unwrap_or_else(|| panic!("{path}: {found:?}"));
            assert_eq!(setting.value, value, "{path}");
        }
        assert!(settings("package.json", "{ \"config\": { \"resolver\": \"./r\" } }").is_empty());
        assert!(settings("app.json", "{ \"resolver\": \"./r\" }").is_empty());
    }
}
