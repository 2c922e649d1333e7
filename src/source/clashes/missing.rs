//! Names that one side removed while the other began to use them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::super::language::Language;
use super::super::parsed::Parsed;
use super::kinds::{ClashKind, SemanticClash};

/// The top-level names that a side removed from a file and put nowhere else.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removals {
    /// By file.
    pub by_file: BTreeMap<String, BTreeSet<String>>,
}

impl Removals {
    /// Takes in a file that a side changed: `after` is empty where it is gone. `defines` has the names that the side
    /// defines in any file that it changed, for what was moved.
    pub fn add(&mut self, path: &str, before: &str, after: &str, defines: &BTreeSet<String>) {
        let names = defined_in(path, before);
        let mentioned = |name: &str| has_word(after, name);
        let gone = names.into_iter().filter(|name| name.len() > 1 && !defines.contains(name) && !mentioned(name));
        let gone: BTreeSet<String> = gone.collect();
        if !gone.is_empty() {
            self.by_file.insert(path.to_owned(), gone);
        }
    }
}

/// The top-level names that a text defines.
pub fn defined_in(path: &str, text: &str) -> BTreeSet<String> {
    let Some(parsed) = Parsed::read(path, text).filter(Parsed::is_well_formed) else { return BTreeSet::new() };
    parsed.definitions().into_iter().filter(super::super::Definition::is_top_level).map(|it| it.name).collect()
}

/// The names that a side uses in a file more often than before, with the line of the last use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedNames(pub BTreeMap<String, u32>);

/// How often each name is used, and the line of its last use.
type UsesByName = BTreeMap<String, (u32, u32)>;

impl UsedNames {
    /// Of a file before and after a side's change. Names that the text defines itself, at whatever depth, are its own.
    pub fn new(path: &str, before: &str, after: &str) -> UsedNames {
        let count = |text: &str| -> Option<(UsesByName, BTreeSet<String>)> {
            let parsed = Parsed::read(path, text).filter(Parsed::is_well_formed)?;
            let mut found = UsesByName::new();
            for used in parsed.references() {
                let entry = found.entry(used.name).or_default();
                *entry = (entry.0 + 1, used.line);
            }
            Some((found, parsed.definitions().into_iter().map(|it| it.name).collect()))
        };
        let Some((now, own)) = count(after) else { return UsedNames::default() };
        let was = count(before).map(|(was, _)| was).unwrap_or_default();
        let more = now
            .into_iter()
            .filter(|(name, (n, _))| !own.contains(name) && *n > was.get(name).map_or(0, |(before, _)| *before));
        UsedNames(more.map(|(name, (_, line))| (name, line)).collect())
    }
}

/// Names that `removed` took away and that a file `path`, merged to `text`, now uses. The file must say by an import, or by
/// where it lies, that it means the one that was removed.
pub fn missing_names(removed: &Removals, path: &str, used: &UsedNames, text: &str) -> Vec<SemanticClash> {
    let mut found = Vec::new();
    for (from, names) in &removed.by_file {
        for name in names {
            let Some(line) = used.0.get(name) else { continue };
            if has_word(text, name) && !defined_in(path, text).contains(name) && means(path, text, from, name) {
                found.push(SemanticClash {
                    path: path.to_owned(),
                    line: line_of_word(text, name).unwrap_or(*line),
                    kind: ClashKind::Missing,
                    name: name.clone(),
                    other: from.clone(),
                });
            }
        }
    }
    found
}

/// Whether `name` in a text is the one of the file `from`.
fn means(path: &str, text: &str, from: &str, name: &str) -> bool {
    let (Some(language), Some(theirs)) = (Language::with_grammar(path), Language::with_grammar(from)) else {
        return false;
    };
    let script = |it: Language| matches!(it, Language::JavaScript | Language::TypeScript);
    if language != theirs && !(script(language) && script(theirs)) {
        return false;
    }
    if path == from {
        return !imports_name(language, text, name);
    }
    let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
    match language {
        Language::Go => folder(path) == folder(from) && !text.contains(&format!(".{name}")),
        Language::Python => module_names(from).iter().any(|module| python_imports(text, module, name)),
        Language::Rust => module_names(from).iter().any(|module| rust_paths(text, module, name)),
        _ => module_names(from).iter().any(|module| script_imports(text, module, name)),
    }
}

/// What a file is called as a module: its stem, or its folder where it stands for that.
fn module_names(path: &str) -> Vec<String> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.split('.').next().unwrap_or(name);
    let above = folder.rsplit('/').next().unwrap_or_default();
    match stem {
        "__init__" | "mod" | "index" if !above.is_empty() => vec![above.to_owned()],
        "lib" | "main" => vec!["crate".to_owned()],
        _ => vec![stem.to_owned()],
    }
}

fn imports_name(language: Language, text: &str, name: &str) -> bool {
    let starts: &[&str] = match language {
        Language::Rust => &["use ", "pub use "],
        _ => &["import ", "from ", "export "],
    };
    text.lines().any(|line| starts.iter().any(|start| line.trim_start().starts_with(start)) && has_word(line, name))
}

/// `from a.module import name`, also over several lines.
fn python_imports(text: &str, module: &str, name: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find("from ") {
        let after = &rest[at + 5..];
        let end = after.find(" import ").unwrap_or(after.len());
        let source = after[..end].trim();
        let listed = after.get(end + 8..).unwrap_or_default();
        let listed = match listed.trim_start().strip_prefix('(') {
            Some(inner) => inner.split(')').next().unwrap_or_default(),
            None => listed.lines().next().unwrap_or_default(),
        };
        if !source.contains('\n') && source.rsplit('.').next() == Some(module) && has_word(listed, name) {
            return true;
        }
        rest = after;
    }
    false
}

/// `module::name` or `module::{…, name}`.
fn rust_paths(text: &str, module: &str, name: &str) -> bool {
    let direct = text.contains(&format!("{module}::{name}"));
    let mut rest = text;
    while let Some(at) = rest.find(&format!("{module}::{{")) {
        let listed = rest[at..].split(';').next().unwrap_or_default();
        if has_word(listed, name) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    direct
}

/// `import { name } from "./module"`.
fn script_imports(text: &str, module: &str, name: &str) -> bool {
    let is_module = |source: &str| {
        let last = source.rsplit('/').next().unwrap_or(source);
        source.starts_with('.') && last.split('.').next() == Some(module)
    };
    let statements = text.split("import ").skip(1).filter_map(|rest| rest.split_once(" from "));
    let mut named = statements.filter_map(|(names, rest)| {
        let quote = rest.trim_start().chars().next().filter(|c| matches!(c, '"' | '\''))?;
        Some((names, rest.trim_start()[1..].split(quote).next()?))
    });
    named.any(|(names, source)| is_module(source) && has_word(names, name))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
}

fn has_word(text: &str, name: &str) -> bool {
    text.contains(name) && words(text).any(|word| word == name)
}

fn line_of_word(text: &str, name: &str) -> Option<u32> {
    text.lines().position(|line| has_word(line, name)).map(|n| n as u32 + 1)
}
