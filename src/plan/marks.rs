//! Write-back: which bytes of a plan's files mark tasks as done. Pure: edits are values, and applying them to a plan that is
//! read again gives the same plan with just those tasks done, which is proved here each time before anybody gets them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use super::document::Text;
use super::edited_files::EditedFiles;
use super::finish::{Taken, id_of};
use super::formats::marks::{Marker, status_of};
use super::plan::PlanEntry;
use super::plan_draft::{Item, Phase, PlanDraft};
use super::read::{Candidate, candidate};
use super::text::scan;
use crate::model::{Files, Result, Task, TaskId};

/// One change of a mark: these bytes of this file, what stands there, what is to stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkEdit {
    /// The file.
    pub file: String,
    /// Where, in bytes.
    pub range: Range<usize>,
    /// What stands there.
    pub old: String,
    /// What is to stand there.
    pub new: String,
}

/// What marking comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marking {
    /// The edits, by file and place, none over another.
    pub edits: Vec<MarkEdit>,
    /// Tasks that are marked with them, or were already.
    pub marked: Vec<TaskId>,
    /// Tasks that stay as they are, and why.
    pub left: Vec<(TaskId, String)>,
}

/// What marks `tasks` as done in the plan at `entry`, read from `files` as they are now. `prefix` is what ids of this plan
/// begin with, where it is one of several ([`super::Source`]).
pub fn marks(files: &dyn Files, entry: &PlanEntry, prefix: &str, tasks: &[&Task]) -> Marking {
    let all = |why: &str| Marking {
        left: tasks.iter().map(|task| (task.id.clone(), why.to_owned())).collect(),
        ..Marking::default()
    };
    let candidate = match candidate(files, entry, &mut Vec::new()) {
        Ok(candidate) => candidate,
        Err(problem) => return all(&format!("`{}`: {}", entry.path, problem.what)),
    };
    let work = Work::new(files, &candidate, prefix);
    let marking = work.mark(tasks);
    match proved(files, entry, &marking, &work) {
        true => marking,
        false => all("marking it would change how the plan reads"),
    }
}

/// The bytes of a file with the edits that are its own; none when something else stands where they apply.
pub fn apply(bytes: &[u8], edits: &[MarkEdit]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len() + 64);
    let mut at = 0;
    for edit in edits {
        if edit.range.start < at || bytes.get(edit.range.clone())? != edit.old.as_bytes() {
            return None;
        }
        out.extend_from_slice(&bytes[at..edit.range.start]);
        out.extend_from_slice(edit.new.as_bytes());
        at = edit.range.end;
    }
    out.extend_from_slice(&bytes[at..]);
    Some(out)
}

/// A plan that is being marked.
struct Work<'a> {
    sheet: PlanDraft,
    ids: HashMap<TaskId, usize>,
    texts: BTreeMap<String, Text>,
    candidate: &'a Candidate<'a>,
    /// Statuses of done cards.
    words: Vec<String>,
}

impl<'a> Work<'a> {
    fn new(files: &dyn Files, candidate: &'a Candidate<'a>, prefix: &str) -> Work<'a> {
        let sheet = candidate.sheet();
        let mut taken = Taken::default();
        let ids = sheet.items.iter().enumerate().map(|(n, item)| (id_of(item, &mut taken, prefix), n)).collect();
        let mut texts = BTreeMap::new();
        for path in sheet.items.iter().map(|item| item.file.as_ref().unwrap_or(&sheet.path)) {
            if !texts.contains_key(path)
                && let Ok(text) = Text::open(files, path)
            {
                texts.insert(path.clone(), text);
            }
        }
        let done = sheet.items.iter().filter(|item| item.done).filter_map(|item| item.file.as_ref());
        let words = done.filter_map(|file| status_of(texts.get(file)?)).collect();
        Work { sheet, ids, texts, candidate, words }
    }

    fn mark(&self, tasks: &[&Task]) -> Marking {
        let mut marking = Marking::default();
        let mut fresh: HashSet<u32> = HashSet::new();
        let mut by_file: BTreeMap<&str, Vec<(usize, &Task)>> = BTreeMap::new();
        for task in tasks {
            match self.found(task) {
                Ok(n) if self.sheet.items[n].done => marking.marked.push(task.id.clone()),
                Ok(n) => by_file.entry(self.file(n)).or_default().push((n, task)),
                Err(why) => marking.left.push((task.id.clone(), why)),
            }
        }
        for (file, wanted) in by_file {
            self.mark_file(file, &wanted, &mut fresh, &mut marking);
        }
        marking.edits.sort_by(|a, b| (&a.file, a.range.start).cmp(&(&b.file, b.range.start)));
        marking.edits.dedup();
        marking
    }

    /// The item that is this task, when it is still the same.
    fn found(&self, task: &Task) -> Result<usize, String> {
        let n = *self.ids.get(&task.id).ok_or("the plan no longer has it")?;
        let item = &self.sheet.items[n];
        let same = item.key == task.key && (!item.key.is_empty() || item.title == task.title);
        if same { Ok(n) } else { Err("the plan has another task under its id now".to_owned()) }
    }

    fn file(&self, n: usize) -> &str {
        self.sheet.items[n].file.as_ref().unwrap_or(&self.sheet.path)
    }

    fn mark_file(&self, file: &str, wanted: &[(usize, &Task)], fresh: &mut HashSet<u32>, marking: &mut Marking) {
        let mut leave =
            |why: &str| marking.left.extend(wanted.iter().map(|(_, task)| (task.id.clone(), why.to_owned())));
        let Some(text) = self.texts.get(file) else { return leave("its file cannot be read") };
        if text.lossy {
            return leave("its file is not valid UTF-8");
        }
        let format = self.candidate.format();
        let lines = scan(&text.text);
        let marker = Marker::new(format.mark(), format.name(), text, &lines, &self.words);
        let mut changes = Vec::new();
        for (n, task) in wanted {
            let end = self.sheet.items.get(n + 1).map_or(u32::MAX, |next| next.line);
            match marker.item(&self.sheet.items[*n], end) {
                Ok(of_item) => {
                    changes.extend(of_item);
                    fresh.insert(*n as u32);
                    marking.marked.push(task.id.clone());
                }
                Err(why) => marking.left.push((task.id.clone(), why)),
            }
        }
        let done =
            |n: u32| fresh.contains(&n) || self.sheet.items[n as usize].done || self.sheet.items[n as usize].optional;
        changes.extend(marker.parents(&self.sheet.parents, done, |n| fresh.contains(&n)));
        let edit = |(range, new): (Range<usize>, String)| {
            let old = text.text.get(range.clone())?.to_owned();
            Some(MarkEdit { file: file.to_owned(), range, old, new })
        };
        marking.edits.extend(changes.into_iter().filter_map(edit));
    }
}

/// Whether the plan reads the same with the edits but that the marked tasks are done.
fn proved(files: &dyn Files, entry: &PlanEntry, marking: &Marking, work: &Work<'_>) -> bool {
    if marking.edits.is_empty() {
        return true;
    }
    let mut changed = BTreeMap::new();
    for edits in marking.edits.chunk_by(|a, b| a.file == b.file) {
        let file = &edits[0].file;
        let Some(bytes) = work.texts.get(file).and_then(|text| apply(text.text.as_bytes(), edits)) else {
            return false;
        };
        changed.insert(file.clone(), bytes);
    }
    let edited = EditedFiles { files, changed };
    let Ok(after) = candidate(&edited, entry, &mut Vec::new()) else { return false };
    let marked: HashSet<usize> = marking.marked.iter().filter_map(|id| work.ids.get(id).copied()).collect();
    same_but_marks(&work.sheet, &after.sheet(), &marked)
}

/// Sheets rather than plans are compared: a plan follows from its sheet, and a chain of thousands of layers closes a layer
/// for each of its tasks.
fn same_but_marks(before: &PlanDraft, after: &PlanDraft, marked: &HashSet<usize>) -> bool {
    let same = |(n, (old, new)): (usize, (&Item, &Item))| {
        let is_marked = marked.contains(&n);
        let done = if is_marked { new.done } else { new.done == old.done };
        done && (is_marked || new.optional == old.optional) && old.says_the_same(new)
    };
    let phase = |(old, new): (&Phase, &Phase)| {
        (&old.title, old.line, old.story, old.beside, &old.after)
            == (&new.title, new.line, new.story, new.beside, &new.after)
    };
    before.items.len() == after.items.len()
        && before.links == after.links
        && before.phases.len() == after.phases.len()
        && before.phases.iter().zip(&after.phases).all(phase)
        && (before.order, before.exclusive_paths, &before.resources)
            == (after.order, after.exclusive_paths, &after.resources)
        && before.items.iter().zip(&after.items).enumerate().all(same)
}
