//! Templates: lines of text with slots. A line that is just `{{name}}` is replaced by a block; with an empty block the
//! line goes, and a heading whose section holds nothing then goes with it.

use std::collections::BTreeMap;

use crate::model::{Error, ErrorKind, Result};
use crate::settings::suggestion;

/// Renders `template` with `slots`. `name` names the template in errors.
///
/// # Errors
/// [`ErrorKind::Usage`] for a slot that does not exist.
pub(super) fn render(name: &str, template: &str, slots: &BTreeMap<&'static str, String>) -> Result<String> {
    // (text, whether it came from a slot): headings are judged by template lines only.
    let mut lines: Vec<(String, bool)> = Vec::new();
    for line in template.lines() {
        match line.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")) {
            Some(slot) => {
                let block = slots.get(slot.trim()).ok_or_else(|| unknown(name, slot.trim(), slots))?;
                if !block.trim().is_empty() {
                    lines.push((block.trim_end().to_owned(), true));
                }
            }
            None => lines.push((inline(name, line, slots)?, false)),
        }
    }
    Ok(joined(&without_empty_sections(&lines)))
}

/// Slots within a line take one-line values: `# {{title}}`.
fn inline(name: &str, line: &str, slots: &BTreeMap<&'static str, String>) -> Result<String> {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((slot, after)) = after.split_once("}}") else { break };
        let value = slots.get(slot.trim()).ok_or_else(|| unknown(name, slot.trim(), slots))?;
        out.push_str(before);
        out.push_str(value);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn unknown(name: &str, slot: &str, slots: &BTreeMap<&'static str, String>) -> Error {
    let cause = format!("there is no value for `{{{{{}}}}}`", slot.escape_debug());
    Error::new(ErrorKind::Usage, format!("filling the prompt template `{name}`"), cause)
        .hint(suggestion(slot, slots.keys().copied()))
}

fn without_empty_sections(lines: &[(String, bool)]) -> Vec<&str> {
    let heading = |(text, slot): &(String, bool)| text.starts_with("## ") && !slot;
    let empty = |n: usize| {
        let body = lines[n + 1..].iter().take_while(|line| !heading(line));
        heading(&lines[n]) && body.into_iter().all(|(text, _)| text.trim().is_empty())
    };
    (0..lines.len()).filter(|n| !empty(*n)).map(|n| lines[n].0.as_str()).collect()
}

/// One line end at the end, never two empty template lines in a row.
fn joined(lines: &[&str]) -> String {
    let mut out = String::new();
    for line in lines {
        if !(line.is_empty() && (out.is_empty() || out.ends_with("\n\n"))) {
            out.push_str(line);
            out.push('\n');
        }
    }
    format!("{}\n", out.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(list: &[(&'static str, &str)]) -> BTreeMap<&'static str, String> {
        list.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
    }

    #[test]
    fn sections_without_content_go() {
        let template = "# {{title}}\n\n## Full\n\n{{full}}\n\n## Empty\n\n{{empty}}\n\n## Last\n\ntext";
        let text = render("t", template, &slots(&[("title", "T"), ("full", "## not a heading\n\n"), ("empty", " \n")]));
        assert_eq!(text.unwrap(), "# T\n\n## Full\n\n## not a heading\n\n## Last\n\ntext\n");
    }

    #[test]
    fn values_are_not_templates() {
        let text = render("t", "{{a}}\nx {{b}} y {{", &slots(&[("a", "{{b}}"), ("b", "{{a}}")])).unwrap();
        assert_eq!(text, "{{b}}\nx {{a}} y {{\n");
    }

    #[test]
    fn unknown_slots_are_refused_with_the_nearest() {
        let error = render(".orca/prompts/code.md", "{{tittle}}", &slots(&[("title", "")])).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Usage);
        assert_eq!(error.hints, ["did you mean `title`?"]);
    }
}
