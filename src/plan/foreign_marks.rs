//! Marks that a task's work sets for other tasks: only git orca marks a task as done, when it landed. They are taken back
//! where nothing else of the plan is touched by that; the result is read again before anybody gets it.

use std::collections::HashMap;

use super::edited_files::EditedFiles;
use super::finish::{Taken, id_of};
use super::plan::PlanEntry;
use super::plan_draft::{Item, PlanDraft};
use super::read::candidate;
use crate::model::{Files, TaskId};

/// Marks of other tasks in a changed plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignMarks {
    /// Tasks that are marked now and were not, in the plan's order.
    pub tasks: Vec<TaskId>,
    /// The plan's files without these marks; none where they cannot be taken back without touching more.
    pub files: Option<Vec<(String, Vec<u8>)>>,
}

/// A plan as it was read once.
struct PlanReading {
    sheet: PlanDraft,
    ids: HashMap<TaskId, usize>,
    order: Vec<TaskId>,
}

impl PlanReading {
    fn read(files: &dyn Files, entry: &PlanEntry, prefix: &str) -> Option<PlanReading> {
        let sheet = candidate(files, entry, &mut Vec::new()).ok()?.sheet();
        let mut taken = Taken::default();
        let order: Vec<TaskId> = sheet.items.iter().map(|item| id_of(item, &mut taken, prefix)).collect();
        let ids = order.iter().cloned().enumerate().map(|(n, id)| (id, n)).collect();
        Some(PlanReading { sheet, ids, order })
    }

    fn item(&self, id: &TaskId) -> Option<&Item> {
        self.sheet.items.get(*self.ids.get(id)?)
    }

    fn is_closed(&self, id: &TaskId) -> bool {
        self.item(id).is_some_and(is_closed)
    }

    /// The files that its items stand in.
    fn paths(&self) -> Vec<&String> {
        let mut paths: Vec<&String> =
            self.sheet.items.iter().map(|item| item.file.as_ref().unwrap_or(&self.sheet.path)).collect();
        paths.sort();
        paths.dedup();
        paths
    }
}

/// Done, or left out by a mark.
fn is_closed(item: &Item) -> bool {
    item.done || item.optional
}

/// The marks for tasks other than `own` that `after` has and `before` has not; none when there are none, or when there is no
/// plan to compare.
pub fn foreign_marks(
    before: &dyn Files,
    after: &dyn Files,
    entry: &PlanEntry,
    prefix: &str,
    own: &TaskId,
) -> Option<ForeignMarks> {
    let (was, is) = (PlanReading::read(before, entry, prefix)?, PlanReading::read(after, entry, prefix)?);
    let newly = |id: &&TaskId| *id != own && is.is_closed(id) && was.item(id).is_some_and(|item| !is_closed(item));
    let tasks: Vec<TaskId> = is.order.iter().filter(newly).cloned().collect();
    if tasks.is_empty() {
        return None;
    }
    let taken_back = |files: Vec<(String, Vec<u8>)>| {
        let changed = EditedFiles { files: after, changed: files.into_iter().collect() };
        let again = PlanReading::read(&changed, entry, prefix)?;
        let clean = tasks.iter().all(|id| !again.is_closed(id));
        (clean && same_but_marks(&is, &again)).then(|| changed.changed.into_iter().collect())
    };
    let files = lines_taken_back(before, after, &was, &is, &tasks)
        .and_then(taken_back)
        .or_else(|| whole_files(before, after, &was, &is).and_then(taken_back));
    Some(ForeignMarks { tasks, files })
}

/// Each line with such a mark as it was: where plans are text, a mark is a line's.
fn lines_taken_back(
    before: &dyn Files,
    after: &dyn Files,
    was: &PlanReading,
    is: &PlanReading,
    tasks: &[TaskId],
) -> Option<Vec<(String, Vec<u8>)>> {
    let mut changed = Vec::new();
    for path in is.paths() {
        let text = |files: &dyn Files| String::from_utf8(files.read(path).ok()?).ok();
        let of_file =
            |id: &&TaskId| is.item(id).is_some_and(|item| item.file.as_ref().unwrap_or(&is.sheet.path) == path);
        let mut pairs = tasks.iter().filter(of_file).map(|id| Some((is.item(id)?.line, was.item(id)?.line))).peekable();
        if pairs.peek().is_none() {
            continue;
        }
        let (old, new) = (text(before)?, text(after)?);
        let old: Vec<&str> = old.split_inclusive('\n').collect();
        let mut lines: Vec<&str> = new.split_inclusive('\n').collect();
        for pair in pairs {
            let (now, then) = pair?;
            *lines.get_mut((now as usize).checked_sub(1)?)? = old.get((then as usize).checked_sub(1)?)?;
        }
        changed.push((path.clone(), lines.concat().into_bytes()));
    }
    Some(changed)
}

/// Most lines of a change that may belong to one mark in data: `"done": true,` or a status with the time of it.
const LINES_OF_A_MARK: usize = 2;

/// The files as they were, where nothing but marks was changed in them.
fn whole_files(
    before: &dyn Files,
    after: &dyn Files,
    was: &PlanReading,
    is: &PlanReading,
) -> Option<Vec<(String, Vec<u8>)>> {
    if !same_but_marks(was, is) || was.paths() != is.paths() {
        return None;
    }
    let newly = is.order.iter().filter(|id| is.is_closed(id) && !was.is_closed(id)).count();
    let mut changed = Vec::new();
    for path in was.paths() {
        let (old, new) = (before.read(path).ok()?, after.read(path).ok()?);
        if old == new {
            continue;
        }
        // What the sheet does not hold, prose between the tasks, would be lost without a word.
        if added_lines(&old, &new) > newly * LINES_OF_A_MARK && !is_data(&old, &new) {
            return None;
        }
        changed.push((path.clone(), old));
    }
    Some(changed)
}

/// Lines that the new text has more often than the old one.
fn added_lines(old: &[u8], new: &[u8]) -> usize {
    let mut counts: HashMap<&[u8], usize> = HashMap::new();
    old.split(|byte| *byte == b'\n').for_each(|line| *counts.entry(line).or_default() += 1);
    let is_added = |line: &&[u8]| match counts.get_mut(*line) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    new.split(|byte| *byte == b'\n').filter(is_added).count()
}

/// Whether both are JSON: there the sheet holds all that there is, however it is laid out.
fn is_data(old: &[u8], new: &[u8]) -> bool {
    let parses = |bytes| serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
    parses(old) && parses(new)
}

/// Whether two plans say the same but for marks and the places of their lines.
fn same_but_marks(a: &PlanReading, b: &PlanReading) -> bool {
    let same = |(old, new): (&Item, &Item)| {
        let moved = Item { line: old.line, section: old.section, ..new.clone() };
        old.says_the_same(&moved)
    };
    a.order == b.order
        && a.sheet.links.len() == b.sheet.links.len()
        && a.sheet.items.iter().zip(&b.sheet.items).all(same)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::MapFiles;

    fn files(path: &str, text: &str) -> MapFiles {
        MapFiles(BTreeMap::from([(path.to_owned(), text.as_bytes().to_vec())]))
    }

    /// The foreign marks as ids, and the text without them; `-` where they cannot be taken back.
    fn taken_back(path: &str, before: &str, after: &str, own: &str) -> (Vec<String>, String) {
        let own = own.parse().unwrap();
        let found = foreign_marks(&files(path, before), &files(path, after), &PlanEntry::new(path), "", &own);
        let Some(found) = found else { return (Vec::new(), after.to_owned()) };
        let text = |files: Vec<(String, Vec<u8>)>| String::from_utf8(files[0].1.clone()).unwrap();
        (found.tasks.iter().map(ToString::to_string).collect(), found.files.map_or("-".to_owned(), text))
    }

    const PLAN: &str = "# Plan\n\n- [ ] T001 Dig\n- [ ] T002 Fill\n- [ ] T003 Rest\n";

    #[test]
    fn boxes_of_others_are_taken_back_and_ones_own_and_prose_stay() {
        let after = "# Plan\n\nNote: dug by hand.\n\n- [x] T001 Dig\n- [x] T002 Fill\n- [ ] T003 Rest\n";
        let wanted = "# Plan\n\nNote: dug by hand.\n\n- [x] T001 Dig\n- [ ] T002 Fill\n- [ ] T003 Rest\n";
        assert_eq!(taken_back("tasks.md", PLAN, after, "T001"), (vec!["T002".to_owned()], wanted.to_owned()));
        let own = PLAN.replace("[ ] T001", "[x] T001");
        assert_eq!(taken_back("tasks.md", PLAN, &own, "T001"), (Vec::new(), own));
    }

    #[test]
    fn a_mark_together_with_another_text_cannot_be_taken_back() {
        let after = PLAN
            .replace("[ ] T002 Fill", "[x] T002 Filled with sand\n- [ ] T004 New")
            .replace("T003 Rest", "T003 Sleep");
        let (tasks, text) = taken_back("tasks.md", PLAN, &after, "T001");
        assert!(tasks.is_empty() || text == "-" || !text.contains("[x] T002"), "{tasks:?} {text}");
    }

    #[test]
    fn data_is_put_back_whatever_its_layout() {
        let json = |done: bool, pretty: bool| {
            let task = |id: &str| match done {
                true => serde_json::json!({"done": true, "id": id, "title": id}),
                false => serde_json::json!({"id": id, "title": id}),
            };
            let plan = serde_json::json!({"orca": 1, "tasks": [task("a"), task("b")]});
            if pretty { serde_json::to_string_pretty(&plan) } else { serde_json::to_string(&plan) }.unwrap()
        };
        for pretty in [true, false] {
            let (before, after) = (json(false, true), json(true, pretty));
            assert_eq!(taken_back("tasks.json", &before, &after, "a"), (vec!["b".to_owned()], before.clone()));
        }
    }
}
