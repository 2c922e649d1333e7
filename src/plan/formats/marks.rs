//! Where in a document's bytes the mark of a task stands, and what it becomes when the task is done.

use std::collections::BTreeMap;
use std::ops::Range;

use super::fields::{fields, is_done_word, state};
use super::format::MarkPlace;
use crate::plan::document::Text;
use crate::plan::plan_draft::{Item, Parent};
use crate::plan::text::{Boxed, Line, Shape, TICK, front_matter};

/// Bytes to replace, and what with.
pub(in crate::plan) type Change = (Range<usize>, String);

/// Words of a status that mean that nothing, or not all, is done yet.
const OPEN: [&str; 16] = [
    "not started",
    "in progress",
    "in-progress",
    "in_progress",
    "pending",
    "to do",
    "to-do",
    "todo",
    "open",
    "planned",
    "ready",
    "backlog",
    "draft",
    "未开始",
    "未着手",
    "进行中",
];

/// The same in other languages, with the word that means done there.
const OPEN_ELSEWHERE: [(&str, &str); 12] = [
    ("in arbeit", "erledigt"),
    ("offen", "erledigt"),
    ("en cours", "terminé"),
    ("à faire", "terminé"),
    ("en curso", "hecho"),
    ("en progreso", "hecho"),
    ("pendiente", "hecho"),
    ("em andamento", "feito"),
    ("pendente", "feito"),
    ("進行中", "完了"),
    ("待办", "完成"),
    ("진행 중", "완료"),
];

/// One document in which tasks are marked.
pub(in crate::plan) struct Marker<'t> {
    place: MarkPlace,
    text: &'t Text,
    lines: Vec<Line<'t>>,
    /// What a done box holds here.
    tick: char,
    /// What a done card says in its head.
    word: String,
}

impl<'t> Marker<'t> {
    /// A marker for `text`, whose scanned lines are `lines`. `words` are statuses seen on done cards beside it.
    pub fn new(place: MarkPlace, format: &str, text: &'t Text, lines: &[Line<'t>], words: &[String]) -> Marker<'t> {
        let default = if let MarkPlace::Head(word) = place { word } else { "done" };
        let word = words.iter().find(|word| is_done_word(word)).map_or(default, String::as_str).to_owned();
        // spec-kit's own command writes a capital (PLANS 3).
        let tick = style(lines).unwrap_or(if format == "spec-kit" { 'X' } else { 'x' });
        Marker { place, text, lines: lines.to_vec(), tick, word }
    }

    /// What marks `item` as done, or why nothing does. `end` is the line before which its block ends at the latest.
    pub fn item(&self, item: &Item, end: u32) -> Result<Vec<Change>, String> {
        match self.place {
            MarkPlace::Data => self.data(item),
            MarkPlace::Head(_) => self.head(),
            MarkPlace::Elsewhere(why) => Err(why.to_owned()),
            MarkPlace::Line | MarkPlace::Field => self.line(item, end),
        }
    }

    /// Ticks the box on a line, if it has one.
    pub fn tick(&self, line: u32) -> Option<Change> {
        let line = self.lines.get(line.checked_sub(1)? as usize)?;
        let (range, boxed) = box_of(line)?;
        let bracketed = self.text.text.get(..range.start).is_some_and(|before| before.ends_with('['));
        let sign = if bracketed { self.tick } else { TICK };
        (!boxed.is_done()).then(|| (range, sign.to_string()))
    }

    /// Ticks the parents below which everything is done, as `is_done` says of items, and `is_fresh` of at least one.
    pub fn parents(
        &self,
        all: &[Parent],
        is_done: impl Fn(u32) -> bool,
        is_fresh: impl Fn(u32) -> bool,
    ) -> Vec<Change> {
        let full =
            |parent: &&Parent| parent.items.iter().all(|n| is_done(*n)) && parent.items.iter().any(|n| is_fresh(*n));
        all.iter().filter(full).filter_map(|parent| self.tick(parent.line)).collect()
    }

    fn data(&self, item: &Item) -> Result<Vec<Change>, String> {
        let mark = item.mark.as_ref().ok_or("it has no status to change")?;
        Ok(vec![(mark.range.clone(), mark.done.clone())])
    }

    fn line(&self, item: &Item, end: u32) -> Result<Vec<Change>, String> {
        let start = item.line.saturating_sub(1) as usize;
        let line = self.lines.get(start).ok_or("its line is gone")?;
        if box_of(line).is_some() {
            return Ok(self.tick(item.line).into_iter().collect());
        }
        if let Some(at) = line.text.find("[ ]") {
            let at = line.offset + at + 1;
            return Ok(vec![(at..at + 1, self.tick.to_string())]);
        }
        let Shape::Heading { level, .. } = line.shape else { return Err("it has no checkbox".to_owned()) };
        let end = (end as usize).saturating_sub(1).min(self.lines.len());
        let over = |n: &usize| self.lines[*n].heading().is_some_and(|(other, _)| other <= level);
        let end = (start + 1..end).find(over).unwrap_or(end).max(start + 1);
        match self.place {
            MarkPlace::Field => self.status(start..end).or_else(|why| self.steps(start..end).map_err(|_| why)),
            _ => self.steps(start..end),
        }
    }

    /// Boxes under a heading: the task is done when all are.
    fn steps(&self, block: Range<usize>) -> Result<Vec<Change>, String> {
        let boxes = || self.lines[block.clone()].iter().filter(|line| line.boxed().is_some());
        if boxes().next().is_none() {
            return Err("it has no checkbox".to_owned());
        }
        Ok(boxes().filter_map(|line| self.tick(line.number)).collect())
    }

    /// `**Status**: Pending`.
    fn status(&self, block: Range<usize>) -> Result<Vec<Change>, String> {
        let all = fields(&self.lines, &block);
        let value = state(&self.lines, &block, &all).ok_or("it has neither a checkbox nor a status")?;
        let at = (value.as_ptr() as usize).saturating_sub(self.text.text.as_ptr() as usize);
        let lower = value.to_lowercase();
        let words = || format!("its status `{value}` is not one that git orca changes");
        // Lower case of some scripts has other lengths; there nothing can be placed.
        let known = OPEN.iter().map(|word| (*word, "done")).chain(OPEN_ELSEWHERE);
        let inside = known.filter(|_| lower.len() == value.len()).find_map(|(word, done)| {
            let from = lower.find(word)?;
            let first = lower[..from].chars().all(|c| !c.is_alphanumeric());
            first.then_some((from..from + word.len(), done))
        });
        let (inside, done) = inside.ok_or_else(words)?;
        let new = like(&value[inside.clone()], done);
        Ok(vec![(at + inside.start..at + inside.end, new)])
    }

    /// `status: open` in the head of a card.
    fn head(&self) -> Result<Vec<Change>, String> {
        let head = front_matter(&self.text.text).ok_or("its file has no front matter")?;
        let number = head.line("status");
        let line = self.lines.get(number.wrapping_sub(1) as usize).ok_or("its front matter has no status")?;
        let (_, value) = line.text.split_once(':').ok_or("its front matter has no status")?;
        let value = value.split(" #").next().unwrap_or(value).trim();
        let bare = value.trim_matches(['"', '\'']);
        if bare.is_empty() || bare.contains(['"', '\'']) {
            return Err("the status in its front matter is empty".to_owned());
        }
        let at = (bare.as_ptr() as usize).saturating_sub(self.text.text.as_ptr() as usize);
        Ok(vec![(at..at + bare.len(), self.word.clone())])
    }
}

/// The status that the head of a card shows.
pub(in crate::plan) fn status_of(text: &Text) -> Option<String> {
    front_matter(&text.text)?.text("status").map(str::to_owned)
}

/// The bytes of the mark in a line's box.
fn box_of<'a>(line: &Line<'a>) -> Option<(Range<usize>, Boxed<'a>)> {
    let (Shape::Box(boxed) | Shape::Code(Some(boxed))) = line.shape else { return None };
    let at = line.offset + (boxed.mark.as_ptr() as usize).checked_sub(line.text.as_ptr() as usize)?;
    Some((at..at + boxed.mark.len(), boxed))
}

/// The mark that most done boxes of a document have; the one met first among equals.
fn style(lines: &[Line<'_>]) -> Option<char> {
    let mut counts: BTreeMap<char, (usize, std::cmp::Reverse<usize>)> = BTreeMap::new();
    for (n, (_, boxed)) in lines.iter().filter_map(box_of).enumerate().filter(|(_, (_, boxed))| boxed.is_done()) {
        let mut sign = boxed.mark.trim().chars();
        let (Some(sign), None) = (sign.next(), sign.next()) else { continue };
        counts.entry(sign).or_insert((0, std::cmp::Reverse(n))).0 += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(mark, _)| mark)
}

/// `word` written as `model` is: in capitals, with a capital, or small.
fn like(model: &str, word: &str) -> String {
    let letters = || model.chars().filter(|c| c.is_alphabetic());
    if letters().all(char::is_uppercase) {
        word.to_uppercase()
    } else if letters().next().is_some_and(char::is_uppercase) {
        word.chars().enumerate().map(|(n, c)| if n == 0 { c.to_ascii_uppercase() } else { c }).collect()
    } else {
        word.to_owned()
    }
}
