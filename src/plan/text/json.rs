//! JSON that knows its lines: values are kept as slices of the source until asked for.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::yaml::{DEEPEST, YamlNode, YamlValue};

/// A JSON text and where its lines start.
pub(crate) struct Located<'a> {
    text: &'a str,
    /// Bytes of the byte order mark.
    mark: usize,
    starts: Vec<usize>,
}

/// A value of a [`Located`].
#[derive(Clone, Copy)]
pub(crate) struct Node<'a> {
    raw: &'a RawValue,
}

/// The members of an object, in order, doubles included.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(String, &'de RawValue)>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Collect).map(Members)
    }
}

impl<'a> Located<'a> {
    /// Prepares `text`.
    pub fn new(text: &'a str) -> Located<'a> {
        let whole = text.len();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Located { text, mark: whole - text.len(), starts }
    }

    /// The whole, checked as JSON, or the line and what is wrong.
    pub fn root(&self) -> Result<Node<'a>, (u32, String)> {
        match serde_json::from_str::<&RawValue>(self.text) {
            Ok(raw) => Ok(Node { raw }),
            Err(error) => {
                let text = error.to_string();
                let what = text.split(" at line ").next().unwrap_or(&text).to_owned();
                Err((u32::try_from(error.line()).unwrap_or(0), what))
            }
        }
    }

    /// Where a value stands in the document, in bytes, a byte order mark included.
    pub fn range(&self, node: Node<'a>) -> Range<usize> {
        let at = (node.raw.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize) + self.mark;
        at..at + node.raw.get().len()
    }

    /// The line of a value, from 1.
    pub fn line(&self, node: Node<'a>) -> u32 {
        let at = (node.raw.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        self.starts.partition_point(|start| *start <= at) as u32
    }

    /// A value as the readers of YAML know it: scalars as text, each with its place. `null` says nothing.
    pub fn as_yaml(&self, node: Node<'a>) -> YamlNode {
        self.to_depth(node, DEEPEST)
    }

    fn to_depth(&self, node: Node<'a>, depth: usize) -> YamlNode {
        let scalar = || YamlValue::Text(node.as_text().unwrap_or_default());
        let (range, value) = match (node.raw.get().as_bytes().first(), depth.checked_sub(1)) {
            (Some(b'{'), Some(depth)) => {
                let members = node.object().unwrap_or_default().into_iter();
                (0..0, YamlValue::Map(members.map(|(name, node)| (name, self.to_depth(node, depth))).collect()))
            }
            (Some(b'['), Some(depth)) => {
                let elements = node.array().unwrap_or_default().into_iter();
                (0..0, YamlValue::List(elements.map(|node| self.to_depth(node, depth)).collect()))
            }
            _ => (self.range(node), scalar()),
        };
        YamlNode { line: self.line(node), range, value }
    }
}

impl<'a> Node<'a> {
    /// The members when this is an object.
    pub fn object(self) -> Option<Vec<(String, Node<'a>)>> {
        let Members(members) = serde_json::from_str(self.raw.get()).ok()?;
        Some(members.into_iter().map(|(name, raw)| (name, Node { raw })).collect())
    }

    /// The first member of this name.
    pub fn get(self, name: &str) -> Option<Node<'a>> {
        self.object()?.into_iter().find(|(key, _)| key == name).map(|(_, node)| node)
    }

    /// The elements when this is an array.
    pub fn array(self) -> Option<Vec<Node<'a>>> {
        let raws: Vec<&RawValue> = serde_json::from_str(self.raw.get()).ok()?;
        Some(raws.into_iter().map(|raw| Node { raw }).collect())
    }

    /// The text when this is a string.
    pub fn string(self) -> Option<String> {
        serde_json::from_str(self.raw.get()).ok()
    }

    /// A string, or a number or truth value as text.
    pub fn as_text(self) -> Option<String> {
        let raw = self.raw.get();
        self.string().or_else(|| (!raw.starts_with(['{', '[', 'n'])).then(|| raw.to_owned()))
    }

    /// The number when this is one.
    pub fn number(self) -> Option<f64> {
        serde_json::from_str(self.raw.get()).ok()
    }

    /// The truth value when this is one.
    pub fn boolean(self) -> Option<bool> {
        serde_json::from_str(self.raw.get()).ok()
    }

    /// Texts of an array; of anything else its own text, if it has one.
    pub fn texts(self) -> Vec<String> {
        match self.array() {
            Some(elements) => elements.into_iter().filter_map(Node::as_text).collect(),
            None => self.as_text().into_iter().collect(),
        }
    }

    /// What kind of value this is, for messages.
    pub fn kind(self) -> &'static str {
        match self.raw.get().as_bytes().first() {
            Some(b'{') => "an object",
            Some(b'[') => "a list",
            Some(b'"') => "a text",
            Some(b't' | b'f') => "true or false",
            Some(b'n') => "null",
            _ => "a number",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_know_their_line() {
        let text = "{\n \"a\": 1,\n \"b\": [\n  \"x\",\n  2 ],\n \"b\": null }";
        let located = Located::new(text);
        let members = located.root().unwrap().object().unwrap();
        let shown: Vec<_> = members.iter().map(|(k, v)| (k.as_str(), located.line(*v), v.kind())).collect();
        assert_eq!(shown, [("a", 2, "a number"), ("b", 3, "a list"), ("b", 6, "null")]);
        assert_eq!(members[1].1.texts(), ["x", "2"]);
        assert_eq!(located.line(members[1].1.array().unwrap()[1]), 5);
        assert_eq!(Located::new("{\n,}").root().err().unwrap().0, 2);
    }

    #[test]
    fn depth_does_not_overflow() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        let located = Located::new(&deep);
        let node = located.root().unwrap().get("a").unwrap();
        assert_eq!(node.kind(), "a list");
        assert_eq!(node.array().unwrap().len(), 1);
    }
}
