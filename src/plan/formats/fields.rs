//! `**Name**: value` under a heading or box, as many formats write what they know about a task.

use crate::plan::text::{Block, Line, Shape, plain_title};

/// One field of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field<'a> {
    /// The name in lower case.
    pub name: String,
    /// What follows on the same line.
    pub value: &'a str,
    /// Items below it: bullets and boxes, without their marks.
    pub items: Vec<&'a str>,
    /// Its line.
    pub line: u32,
}

/// The fields in the lines of `block`, in order. Several on one line are separated by `|`.
pub(super) fn fields<'a>(lines: &[Line<'a>], block: &Block) -> Vec<Field<'a>> {
    let mut found: Vec<Field<'a>> = Vec::new();
    let mut open = false;
    for line in &lines[block.start + 1..block.end] {
        let text = match line.shape {
            Shape::Item(text) => text,
            Shape::Text => line.text,
            Shape::Box(boxed) => boxed.text,
            Shape::Heading { .. } => {
                open = false;
                continue;
            }
            _ => continue,
        };
        let before = found.len();
        if !matches!(line.shape, Shape::Box(_)) {
            found.extend(text.split('|').filter_map(|part| named(part, line.number)));
        }
        if found.len() > before {
            open = true;
        } else if open
            && line.shape != Shape::Text
            && let Some(last) = found.last_mut()
        {
            last.items.push(text);
        }
    }
    found
}

/// `**Name**: value` or `**Name:** value`.
fn named(text: &str, line: u32) -> Option<Field<'_>> {
    let rest = text.trim().strip_prefix("**")?;
    let (name, rest) = rest.split_once("**")?;
    let inside = name.trim_end();
    let (name, value) = match inside.strip_suffix([':', '：']) {
        Some(name) => (name, rest),
        None => (inside, rest.trim_start().strip_prefix([':', '：'])?),
    };
    (!name.is_empty() && name.len() <= 60).then(|| Field {
        name: name.trim().to_lowercase(),
        value: value.trim(),
        items: Vec::new(),
        line,
    })
}

/// The first field with one of these names.
pub(super) fn field<'f, 'a>(fields: &'f [Field<'a>], names: &[&str]) -> Option<&'f Field<'a>> {
    fields.iter().find(|field| names.contains(&field.name.as_str()))
}

/// Acceptance criteria: the items of the fields that hold them, without marks.
pub(super) fn acceptance(fields: &[Field<'_>]) -> Vec<String> {
    let named = |field: &&Field<'_>| {
        ["acceptance", "验收", "受け入れ", "success criteria", "done when"].iter().any(|word| field.name.contains(word))
    };
    let items = fields.iter().filter(named).flat_map(|field| {
        let own = Some(field.value).filter(|value| !value.is_empty());
        own.into_iter().chain(field.items.iter().copied())
    });
    items.map(|item| plain_title(item.trim_start_matches(['✅', '✓', '✔', ' ']))).collect()
}

/// Whether a status says that the work is done.
pub(super) fn is_done_word(status: &str) -> bool {
    let word = status.trim_start_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '✅' | '✓' | '✔'));
    let lower = word.to_lowercase();
    word.starts_with(['✅', '✓', '✔'])
        || ["done", "complete", "closed", "finished", "merged", "完了", "完成"]
            .iter()
            .any(|start| lower.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::text::scan;

    #[test]
    fn fields_are_found() {
        let lines = scan(
            "### T\n**Priority**: HIGH | **Duration:** 3 days\n- **Blocks**: 2\n**Acceptance Criteria**:\n- ✅ works\n- [ ] fast\n\n**Other**: x\n```\n**No**: y\n```",
        );
        let found = fields(&lines, &(0..lines.len()));
        let shown: Vec<_> = found.iter().map(|f| (f.name.as_str(), f.value, f.line)).collect();
        assert_eq!(
            shown,
            [
                ("priority", "HIGH", 2),
                ("duration", "3 days", 2),
                ("blocks", "2", 3),
                ("acceptance criteria", "", 4),
                ("other", "x", 8)
            ]
        );
        assert_eq!(acceptance(&found), ["works", "fast"]);
    }
}
