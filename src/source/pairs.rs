//! Keys and values of objects in scripts: settings that are programs.

use super::parsed::{Parsed, line_of};

/// A key of an object with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyValue {
    /// The keys of the objects around it, outermost first.
    pub within: Vec<String>,
    /// The key, without quotes.
    pub key: String,
    /// The value as written, without layout.
    pub value: String,
    /// Its line, from 1.
    pub line: u32,
}

impl Parsed<'_> {
    /// Every pair of an object, in the order of the text.
    pub fn pairs(&self) -> Vec<KeyValue> {
        let mut found = Vec::new();
        self.visit(|node, above| {
            if node.kind() != "pair" {
                return;
            }
            let key = |pair: tree_sitter::Node<'_>| {
                pair.child_by_field_name("key").map(|key| self.text_of(key).trim_matches(['"', '\'']).to_owned())
            };
            let value = node.child_by_field_name("value").map_or("", |value| self.text_of(value));
            let within = above.iter().filter(|outer| outer.kind() == "pair").filter_map(|outer| key(*outer)).collect();
            if let Some(key) = key(node) {
                let value = value.split_whitespace().collect();
                found.push(KeyValue { within, key, value, line: line_of(node) });
            }
        });
        found
    }
}
