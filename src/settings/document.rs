//! Reading a TOML document so that every key asked for is known and every other key is a problem.
//!
//! The list of known keys is never written down: it is what the reading code asked for. So the two cannot drift apart.

use std::cell::RefCell;
use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::near::suggestion;
use crate::model::{Place, Problem, Severity};

/// Name and line starts of the file, and the problems found so far.
pub(super) struct SettingsDocument<'f> {
    file: &'f str,
    line_starts: Vec<usize>,
    problems: RefCell<Vec<Problem>>,
}

impl<'f> SettingsDocument<'f> {
    pub(super) fn new(file: &'f str, text: &str) -> Self {
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        SettingsDocument { file, line_starts, problems: RefCell::default() }
    }

    pub(super) fn place(&self, offset: usize) -> Place {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        Place::new(self.file, u32::try_from(line).unwrap_or(u32::MAX))
    }

    pub(super) fn error(&self, at: Place, what: impl Into<String>, hint: impl Into<String>) {
        self.problems.borrow_mut().push(Problem::new(Severity::Error, at, what, hint));
    }

    pub(super) fn warning(&self, at: Place, what: impl Into<String>, hint: impl Into<String>) {
        self.problems.borrow_mut().push(Problem::new(Severity::Warning, at, what, hint));
    }

    /// All problems, in the order of the file.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| problem.at.line);
        problems
    }
}

/// A value with its place and the key as a person would write it.
pub(super) struct FoundKey<'t> {
    pub(super) value: &'t DeValue<'t>,
    pub(super) at: Place,
    pub(super) name: String,
}

/// One table, and which of its keys were asked for.
pub struct SettingsTable<'d, 't> {
    doc: &'d SettingsDocument<'d>,
    table: &'t DeTable<'t>,
    name: String,
    asked: RefCell<Vec<String>>,
}

impl<'d, 't> SettingsTable<'d, 't> {
    pub(super) fn new(doc: &'d SettingsDocument<'d>, table: &'t DeTable<'t>, name: impl Into<String>) -> Self {
        SettingsTable { doc, table, name: name.into(), asked: RefCell::default() }
    }

    /// A problem that forbids the use of the file.
    pub fn error(&self, at: Place, what: impl Into<String>, hint: impl Into<String>) {
        self.doc.error(at, what, hint);
    }

    /// Where its first key is written.
    pub fn place(&self) -> Place {
        self.doc.place(self.table.keys().map(|key| key.span().start).min().unwrap_or_default())
    }

    fn dotted(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    /// The value of `key`; from now on `key` is known.
    pub(super) fn find(&self, key: &str) -> Option<FoundKey<'t>> {
        self.asked.borrow_mut().push(key.to_owned());
        let (found, value) = self.table.get_key_value(key)?;
        Some(FoundKey { value: value.get_ref(), at: self.doc.place(found.span().start), name: self.dotted(key) })
    }

    /// The table at `key`.
    pub(super) fn section(&self, key: &str) -> Option<SettingsTable<'d, 't>> {
        let found = self.find(key)?;
        match found.value {
            DeValue::Table(table) => Some(SettingsTable::new(self.doc, table, found.name)),
            other => self.wrong(&found, "a table", other),
        }
    }

    /// Every entry, in the order of the file: for tables whose keys the user chooses.
    pub(super) fn entries(&self) -> Vec<(String, FoundKey<'t>)> {
        let mut all: Vec<(&Spanned<_>, &Spanned<DeValue<'t>>)> = self.table.iter().collect();
        all.sort_by_key(|(key, _)| key.span().start);
        let mut entries = Vec::new();
        for (key, value) in all {
            let name: String = key.get_ref().to_string();
            self.asked.borrow_mut().push(name.clone());
            let at = self.doc.place(key.span().start);
            entries.push((name.clone(), FoundKey { value: value.get_ref(), at, name: self.dotted(&name) }));
        }
        entries
    }

    /// The sub-tables, in the order of the file.
    pub(super) fn sections(&self) -> Vec<(String, Place, SettingsTable<'d, 't>)> {
        let mut sections = Vec::new();
        for (key, found) in self.entries() {
            match found.value {
                DeValue::Table(table) => {
                    sections.push((key, found.at.clone(), SettingsTable::new(self.doc, table, found.name)));
                }
                other => drop(self.wrong::<()>(&found, "a table", other)),
            }
        }
        sections
    }

    /// A string.
    pub fn text(&self, key: &str) -> Option<(String, Place)> {
        let found = self.find(key)?;
        match found.value {
            DeValue::String(text) => Some((text.to_string(), found.at)),
            other => self.wrong(&found, "text in quotes", other),
        }
    }

    /// A string that `read` understands; what it says otherwise becomes the problem.
    pub fn read<T>(&self, key: &str, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let (text, at) = self.text(key)?;
        read(&text).map_err(|what| self.doc.error(at, format!("`{}`: {what}", self.dotted(key)), "")).ok()
    }

    /// `true` or `false`.
    pub fn boolean(&self, key: &str) -> Option<bool> {
        let found = self.find(key)?;
        match found.value {
            DeValue::Boolean(yes) => Some(*yes),
            other => self.wrong(&found, "`true` or `false`", other),
        }
    }

    /// A whole number of at least 1 that fits 32 bits.
    pub fn number(&self, key: &str) -> Option<u32> {
        self.number_at(key).map(|(number, _)| number)
    }

    /// The same, with its place.
    pub fn number_at(&self, key: &str) -> Option<(u32, Place)> {
        let found = self.find(key)?;
        Some((self.as_number(&found)?, found.at))
    }

    pub(super) fn as_number(&self, found: &FoundKey<'_>) -> Option<u32> {
        let number = match found.value {
            DeValue::Integer(n) => u32::from_str_radix(n.as_str(), n.radix()).ok().filter(|n| *n > 0),
            _ => None,
        };
        if number.is_none() {
            self.wrong::<()>(found, "a whole number of at least 1", found.value);
        }
        number
    }

    /// A number.
    pub fn float(&self, key: &str) -> Option<(f64, Place)> {
        let found = self.find(key)?;
        let number = match found.value {
            DeValue::Integer(n) => n.as_str().parse().ok(),
            DeValue::Float(n) => n.as_str().parse().ok(),
            _ => None,
        };
        match number {
            Some(n) => Some((n, found.at)),
            None => self.wrong(&found, "a number", found.value),
        }
    }

    /// A list of strings, each with its place.
    pub fn texts(&self, key: &str) -> Option<Vec<(String, Place)>> {
        let found = self.find(key)?;
        let DeValue::Array(items) = found.value else {
            return self.wrong(&found, "a list of texts", found.value);
        };
        let mut texts = Vec::new();
        for item in items.iter() {
            let at = self.doc.place(item.span().start);
            match item.get_ref() {
                DeValue::String(text) => texts.push((text.to_string(), at)),
                other => {
                    let inner = FoundKey { value: other, at, name: format!("{}[{}]", found.name, texts.len()) };
                    return self.wrong(&inner, "text in quotes", other);
                }
            }
        }
        Some(texts)
    }

    /// Names with capacities or counts.
    pub(super) fn counts(&self, key: &str) -> BTreeMap<String, u32> {
        let Some(table) = self.section(key) else { return BTreeMap::new() };
        let entries = table.entries();
        entries.iter().filter_map(|(name, found)| Some((name.clone(), table.as_number(found)?))).collect()
    }

    pub(super) fn wrong<T>(&self, found: &FoundKey<'_>, expected: &str, given: &DeValue<'_>) -> Option<T> {
        let what = format!("`{}` must be {expected}, not {}", found.name, kind(given));
        self.doc.error(found.at.clone(), what, "");
        None
    }

    /// Ends the reading: keys nobody asked for are problems.
    pub(super) fn finish(self) {
        let asked = self.asked.into_inner();
        for key in self.table.keys() {
            let name: &str = key.get_ref();
            if !asked.iter().any(|known| known == name) {
                let at = self.doc.place(key.span().start);
                let within = if self.name.is_empty() { String::new() } else { format!(" in `[{}]`", self.name) };
                let hint = suggestion(name, asked.iter().map(String::as_str));
                self.doc.error(at, format!("unknown key `{}`{within}", name.escape_debug()), hint);
            }
        }
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
