//! Keys of literal objects and dictionaries in programs.

use tree_sitter::Node;

use super::super::parsed::{Parsed, line_of};
use super::kinds::ClashKind;
use super::marks::TextMark;

/// The keys that are written out, each with the literal it is in.
pub(super) fn keys(parsed: &Parsed<'_>) -> Vec<TextMark> {
    let mut found = Vec::new();
    parsed.visit(|node, above| {
        let Some(around) = above.last().filter(|_| node.kind() == "pair") else { return };
        let Some(key) = node.child_by_field_name("key").filter(is_written_out) else { return };
        if !matches!(around.kind(), "object" | "dictionary") {
            return;
        }
        found.push(TextMark {
            kind: ClashKind::Key,
            name: parsed.text_of(key).trim_matches(['"', '\'', '`']).to_owned(),
            detail: String::new(),
            container: around.start_byte().to_string(),
            line: line_of(key),
        });
    });
    found
}

/// A string in which nothing is put together, a number, or a name in an object.
fn is_written_out(key: &Node<'_>) -> bool {
    match key.kind() {
        "property_identifier" | "number" | "integer" => true,
        "string" => (0..key.named_child_count())
            .filter_map(|n| key.named_child(n as u32))
            .all(|part| part.kind() != "interpolation"),
        _ => false,
    }
}
