//! Org mode: headlines `* TODO Dig` and `** DONE Fill`, or lists with boxes where there are none. What stands below a headline
//! belongs to it, its boxes are its steps, and the order of the document is the order.

use super::checklist::read_boxes;
use super::format::{Format, MarkPlace};
use super::headings;
use crate::plan::document::Document;
use crate::plan::plan_draft::{DataMark, PlanDraft};
use crate::plan::text::{Boxed, Line, Shape};

pub(in crate::plan) struct Org;

/// Words in front of a headline that say how far it is; those from `DONE` on mean that it is over.
const KEYWORDS: [&str; 12] = [
    "TODO",
    "NEXT",
    "STARTED",
    "DOING",
    "WAITING",
    "HOLD",
    "INPROGRESS",
    "IN-PROGRESS",
    "DONE",
    "CLOSED",
    "CANCELLED",
    "CANCELED",
];

impl Format for Org {
    fn name(&self) -> &'static str {
        "org"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Data
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        document.ends_with(".org") && as_markdown(document.lines()).iter().any(|line| line.boxed().is_some())
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        let lines = as_markdown(document.lines());
        read_boxes(&lines, sheet);
        sheet.title = title(document.lines()).unwrap_or_else(|| headings::title(&lines));
        for item in &mut sheet.items {
            let Some(line) = lines.get(item.line.saturating_sub(1) as usize) else { continue };
            let Some(boxed) = line.boxed() else { continue };
            let at = line.offset + (boxed.mark.as_ptr() as usize).saturating_sub(line.text.as_ptr() as usize);
            let is_word = boxed.mark.len() > 1;
            item.mark = Some(DataMark {
                range: at..at + boxed.mark.len(),
                done: if is_word { "DONE" } else { "X" }.to_owned(),
            });
            item.optional |= boxed.mark.starts_with("CANCEL");
        }
    }
}

/// `#+TITLE: Pond`
fn title(lines: &[Line<'_>]) -> Option<String> {
    let of = |line: &Line<'_>| {
        let (name, value) = line.text.split_once(':')?;
        name.eq_ignore_ascii_case("#+title").then(|| value.trim().to_owned())
    };
    lines.iter().find_map(of)
}

/// The lines with headlines as headings, and those with a keyword as boxes; then the boxes below these are steps of theirs.
fn as_markdown<'a>(lines: &[Line<'a>]) -> Vec<Line<'a>> {
    let mut found: Vec<Line<'a>> = Vec::with_capacity(lines.len());
    let headlines = lines.iter().any(|line| headline(line).is_some_and(|(_, text)| keyword(text).is_some()));
    // The level of the headline with a keyword that is open.
    let mut open: Option<usize> = None;
    for line in lines {
        let Some((level, text)) = headline(line) else {
            let step = headlines && open.is_some();
            let shape = match line.shape {
                Shape::Box(boxed) if step => Shape::Item(boxed.text),
                Shape::Heading { .. } => Shape::Text,
                shape => shape,
            };
            // Behind a headline everything is indented.
            let deeper = if step { line.indent + level_indent(open) } else { line.indent };
            found.push(Line { shape, indent: deeper, ..*line });
            continue;
        };
        match keyword(text) {
            Some((mark, rest)) => {
                open = Some(level);
                let boxed = Boxed { mark, number: "", text: rest };
                found.push(Line { shape: Shape::Box(boxed), indent: 2 * (level - 1), ..*line });
            }
            None => {
                open = None;
                let level = u8::try_from(level.min(6)).unwrap_or(6);
                found.push(Line { shape: Shape::Heading { level, title: text }, indent: 0, ..*line });
            }
        }
    }
    found
}

fn level_indent(open: Option<usize>) -> usize {
    open.map_or(0, |level| 2 * level)
}

/// The stars of a headline and its text.
fn headline<'a>(line: &Line<'a>) -> Option<(usize, &'a str)> {
    let rest = line.text.trim_start_matches('*');
    let level = line.text.len() - rest.len();
    let outside = !matches!(line.shape, Shape::Code(_) | Shape::Comment) && line.indent == 0;
    ((1..=20).contains(&level) && outside && rest.starts_with(' ')).then(|| (level, rest.trim()))
}

/// The keyword of a headline, and its title without priority and tags.
fn keyword(text: &str) -> Option<(&str, &str)> {
    let word = KEYWORDS.iter().find(|word| text.strip_prefix(**word).is_some_and(|rest| rest.starts_with(' ')))?;
    let (mark, rest) = text.split_at(word.len());
    let rest = rest.trim();
    let bare = rest.strip_prefix("[#").and_then(|inner| inner.split_once(']')).map_or(rest, |(_, rest)| rest.trim());
    let tags = bare.rfind(" :").filter(|at| bare.ends_with(':') && !bare[at + 1..].contains(' '));
    Some((mark, tags.map_or(bare, |at| bare[..at].trim_end())))
}

#[cfg(test)]
mod tests {
    use crate::model::MapFiles;
    use crate::plan::{PlanEntry, Reading, apply, marks, read};

    fn read_and_marked(text: &str) -> (Vec<String>, String) {
        let files = MapFiles([("plan.org".to_owned(), text.as_bytes().to_vec())].into());
        let entry = PlanEntry::new("plan.org");
        let plan = read(&files, &entry, &Reading::default());
        let shown = plan.tasks.iter().map(|task| format!("{}{}", if task.done { "x " } else { "" }, task.title));
        let open: Vec<_> = plan.tasks.iter().filter(|task| !task.done && !task.optional).collect();
        let marking = marks(&files, &entry, "", &open);
        (shown.collect(), String::from_utf8(apply(text.as_bytes(), &marking.edits).unwrap()).unwrap())
    }

    #[test]
    fn headlines_with_keywords_are_tasks_and_their_boxes_steps() {
        let text = "#+TITLE: Pond\n* DONE Dig\n* TODO [#A] Plant reeds :water:\n  - [ ] buy\n  - [ ] wade\n* Notes\n  It was dry.\n** NEXT Fill\n* CANCELLED Frogs\n";
        let (tasks, marked) = read_and_marked(text);
        assert_eq!(tasks, ["x Dig", "Plant reeds", "Fill", "Frogs"]);
        assert_eq!(marked, text.replace("TODO", "DONE").replace("NEXT", "DONE"));
    }

    #[test]
    fn lists_with_boxes_are_tasks_where_no_headline_is_one() {
        let text = "* Pond\n- [X] Dig\n- [ ] Fill\n** Later\n- [ ] Frogs\n";
        let (tasks, marked) = read_and_marked(text);
        assert_eq!(tasks, ["x Dig", "Fill", "Frogs"]);
        assert_eq!(marked, text.replace("[ ]", "[X]"));
    }
}
