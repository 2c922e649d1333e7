//! Names that one side removed while the other began to use them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::super::language::{Language, is_test_path};
use super::super::meant::{has_word, means};
use super::super::names::{Definition, DefinitionKind};
use super::super::parsed::Parsed;
use super::kinds::{ClashKind, SemanticClash};

/// The names that a side removed from a file and put nowhere else.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removals {
    /// Top-level names, by file.
    pub by_file: BTreeMap<String, BTreeSet<String>>,
    /// Functions of types that stay, by file: `Cart.total`. Who uses one can be told by its name alone only where no other
    /// has it.
    #[serde(default)]
    pub members: BTreeMap<String, BTreeSet<String>>,
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

    /// The same for functions of types. `defines` has the names that the side defines at any depth in files that it changed:
    /// what moved up into a base class is there still.
    pub fn add_members(&mut self, path: &str, before: &str, after: &str, defines: &BTreeSet<String>) {
        let Some(parsed) = Parsed::read(path, before).filter(Parsed::is_well_formed) else { return };
        let all = parsed.definitions();
        let owner =
            |member: &Definition| all.iter().find(|it| it.is_top_level() && it.name == member.within[0]).cloned();
        let is_member = |it: &&Definition| {
            it.within.len() == 1
                && it.kind == DefinitionKind::Function
                && it.name.len() > 1
                && !it.name.starts_with("__")
        };
        let stays = |owner: &Definition| has_word(after, &owner.name);
        let gone = all.iter().filter(is_member).filter(|it| !defines.contains(&it.name) && !has_word(after, &it.name));
        let gone =
            gone.filter(|it| owner(it).is_some_and(|owner| stays(&owner) && !inherits(path, before, &owner, it)));
        let gone: BTreeSet<String> = gone.map(Definition::full_name).collect();
        if !gone.is_empty() && !is_test_path(path) {
            self.members.insert(path.to_owned(), gone);
        }
    }
}

/// Whether a member may be there still though its definition is gone: by what its type inherits, or by a trait.
fn inherits(path: &str, text: &str, owner: &Definition, member: &Definition) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    let header = |from: u32, end: char| -> String {
        let rest = lines.get(from as usize - 1..).unwrap_or_default().join("\n");
        let begin = rest.find(&owner.name).map_or("", |at| &rest[at..]);
        begin.split(end).next().unwrap_or_default().to_owned()
    };
    match Language::with_grammar(path) {
        Some(Language::Python) => header(owner.first_line, ':').contains('('),
        Some(Language::JavaScript | Language::TypeScript) => header(owner.first_line, '{').contains("extends"),
        Some(Language::Rust) => {
            let before = lines.iter().take(member.first_line as usize).rev();
            before
                .map(|line| line.trim_start())
                .find(|line| line.starts_with("impl") || line.contains("trait "))
                .is_none_or(|line| line.contains(" for ") || !line.starts_with("impl"))
        }
        _ => false,
    }
}

/// The names that a text defines at any depth.
pub fn all_defined_in(path: &str, text: &str) -> BTreeSet<String> {
    let Some(parsed) = Parsed::read(path, text) else { return BTreeSet::new() };
    parsed.definitions().into_iter().map(|it| it.name).collect()
}

/// The top-level names that a text defines.
pub fn defined_in(path: &str, text: &str) -> BTreeSet<String> {
    let Some(parsed) = Parsed::read(path, text).filter(Parsed::is_well_formed) else { return BTreeSet::new() };
    parsed.definitions().into_iter().filter(Definition::is_top_level).map(|it| it.name).collect()
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

fn line_of_word(text: &str, name: &str) -> Option<u32> {
    text.lines().position(|line| has_word(line, name)).map(|n| n as u32 + 1)
}
