//! Fields whose author left out the stars: `Files: a.rs`, `- Depends on: T1`, `Done when: it runs`. Only names that are known
//! are fields then, since any sentence may have a colon.

use super::fields::{Field, is_criteria, is_dependency};
use crate::plan::text::{Block, Line, Shape};

/// Names beside those of dependencies and criteria.
const KNOWN: [&str; 8] =
    ["files", "file", "priority", "estimate", "effort", "estimated effort", "duration", "deliverables"];

/// The field that a line is.
pub(super) fn plain_field<'a>(line: &Line<'a>) -> Option<Field<'a>> {
    let text = match line.shape {
        Shape::Item(text) => text,
        Shape::Text => line.text,
        _ => return None,
    };
    let (name, value) = text.split_once([':', '：'])?;
    let name = name.trim().to_lowercase();
    let known = name.len() <= 30 && (is_dependency(&name) || is_criteria(&name) || KNOWN.contains(&name.as_str()));
    known.then(|| Field { name, value: value.trim(), items: Vec::new(), line: line.number })
}

/// The fields of a task, with the items below those that have no value on their line.
pub(super) fn plain_fields<'a>(lines: &[Line<'a>], block: &Block) -> Vec<Field<'a>> {
    let mut found: Vec<(Field<'a>, usize)> = Vec::new();
    for line in &lines[block.start + 1..block.end] {
        if let Some(field) = plain_field(line) {
            found.push((field, line.indent));
        } else if let Shape::Item(text) = line.shape
            && let Some((field, indent)) = found.last_mut()
            && field.value.is_empty()
            && line.indent >= *indent
        {
            field.items.push(text);
        }
    }
    found.into_iter().map(|(field, _)| field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::text::scan;

    #[test]
    fn known_names_are_fields_and_sentences_are_none() {
        let lines =
            scan("### T\nFiles: a.rs\n- Depends on: T1\nDone when:\n- it runs\n- fast\nNote: none\n```\nFile: no\n```");
        let found = plain_fields(&lines, &(0..lines.len()));
        let shown: Vec<_> = found.iter().map(|field| (field.name.as_str(), field.value, field.items.len())).collect();
        assert_eq!(shown, [("files", "a.rs", 0), ("depends on", "T1", 0), ("done when", "", 2)]);
    }
}
