//! Finding the items that a reference means.

use std::collections::{BTreeMap, HashSet};

use super::plan_draft::{FULL, Item, Link, PlanDraft};
use super::text::{Group, Part, Relation};
use crate::model::{Place, Problem, Severity, Why};
use crate::settings::nearest;

/// What is said of ids that no task has.
pub(super) const DANGLING: &str = "is named as a dependency but is not in the plan; ignored";
/// Ids compared for one hint.
const MAX_LOOKED_AT: usize = 500;

/// An id split for ranges: letters in front, numbers, letter at the end. Ordered as people count: T2, T2a, T2.1, T10.
type Sortable = (String, Vec<u64>, String);

/// An id, and the items it means.
#[derive(Debug)]
struct Meant {
    /// As it was first written.
    written: String,
    /// Ascending, but for those that are meant by another name.
    items: Vec<u32>,
    /// Whether all of them are called so themselves.
    is_shared: bool,
    /// Of several that are called so: those of each phase.
    of_phase: BTreeMap<usize, Vec<u32>>,
}

/// Ids of one document: several items may share one, and a parent's id stands for its children.
#[derive(Debug, Default)]
pub(super) struct Names {
    by_key: BTreeMap<String, Meant>,
    sorted: BTreeMap<Sortable, Vec<u32>>,
}

/// Items that a group means, and the ids that mean none.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub items: Vec<u32>,
    pub dangling: Vec<String>,
}

impl Names {
    /// The names of `items`.
    pub fn of(items: &[Item]) -> Names {
        let mut names = Names::default();
        for (n, item) in items.iter().enumerate().filter(|(_, item)| !item.key.is_empty()) {
            names.add(&item.key, n as u32);
        }
        for meant in names.by_key.values_mut() {
            meant.is_shared = true;
            for n in meant.items.iter().filter(|_| meant.items.len() > 1) {
                meant.of_phase.entry(items[*n as usize].phase).or_default().push(*n);
            }
        }
        for (n, item) in items.iter().enumerate() {
            for alias in &item.aliases {
                names.also(alias, n as u32);
            }
        }
        names
    }

    /// Lets `key` mean `item` where no item is called so itself.
    pub fn also(&mut self, key: &str, item: u32) {
        if !key.is_empty() && !self.has(key) {
            self.add(key, item);
        }
    }

    /// Lets `key` mean `item` too.
    pub fn add(&mut self, key: &str, item: u32) {
        let fresh =
            || Meant { written: key.to_owned(), items: Vec::new(), is_shared: false, of_phase: BTreeMap::new() };
        let meant = self.by_key.entry(normal(key)).or_insert_with(fresh);
        let is_there = meant.is_shared && meant.items.binary_search(&item).is_ok();
        if !is_there {
            meant.items.push(item);
            meant.is_shared = false;
        }
        if let Some(sortable) = sortable(key) {
            self.sorted.entry(sortable).or_default().push(item);
        }
    }

    /// Whether any item has this id.
    pub fn has(&self, key: &str) -> bool {
        self.by_key.contains_key(&normal(key))
    }

    /// The id that looks most like `key`, for a hint; looks at the first few hundred only.
    fn nearest(&self, key: &str) -> Option<&str> {
        nearest(&normal(key), self.by_key.values().map(|meant| meant.written.as_str()).take(MAX_LOOKED_AT))
    }

    /// The item that `key` means when item `from` says it: of several the nearest earlier one of its phase, else the
    /// nearest earlier, else the first. A parent's id means all its children.
    pub fn one(&self, key: &str, from: u32, items: &[Item]) -> Vec<u32> {
        let Some(meant) = self.by_key.get(&normal(key)) else { return Vec::new() };
        let all = &meant.items;
        if all.len() == 1 || !meant.is_shared {
            return all.clone();
        }
        let earlier = |all: &[u32]| all[..all.partition_point(|n| *n < from)].last().copied();
        let phase = items.get(from as usize).and_then(|item| meant.of_phase.get(&item.phase));
        let near = phase.and_then(|all| earlier(all)).or_else(|| earlier(all));
        near.or(all.first().copied()).into_iter().collect()
    }

    /// The items that `group` means when item `from` says it. Ranges reach over existing ids only.
    pub fn group(&self, group: &Group<'_>, from: u32, items: &[Item]) -> Found {
        let mut found = Found::default();
        for part in &group.0 {
            let members = match range(part) {
                Some((low, high)) => {
                    let ends: Vec<u32> = self.sorted.range(low..=high).flat_map(|(_, n)| n.iter().copied()).collect();
                    if ends.is_empty() { self.one(part.first, from, items) } else { ends }
                }
                None => self.one(part.first, from, items),
            };
            if members.is_empty() {
                found.dangling.push(part.first.to_owned());
            }
            found.items.extend(members);
        }
        let mut seen = HashSet::new();
        found.items.retain(|n| seen.insert(*n));
        found
    }
}

/// How ids are compared: as people do.
fn normal(key: &str) -> String {
    key.trim().to_ascii_lowercase()
}

fn sortable(key: &str) -> Option<Sortable> {
    let key = normal(key);
    let start = key.find(|c: char| c.is_ascii_digit())?;
    let end = key.rfind(|c: char| c.is_ascii_digit())? + 1;
    let numbers: Option<Vec<u64>> = key[start..end].split(['.', '-']).map(|part| part.parse().ok()).collect();
    Some((key[..start].to_owned(), numbers?, key[end..].to_owned()))
}

/// The ends of a range, when they make sense; the second may lack the letters of the first.
fn range(part: &Part<'_>) -> Option<(Sortable, Sortable)> {
    let last = part.last?;
    let low = sortable(part.first)?;
    let mut high = sortable(last)?;
    if high.0.is_empty() {
        high.0.clone_from(&low.0);
    }
    (low.0 == high.0 && low <= high).then_some((low, high))
}

impl PlanDraft {
    /// Adds "`after` waits for `before`" as explicit, and warns about ids that nothing has. With `own` it stands with
    /// item `from`, which is one of the two.
    pub fn explicit(&mut self, names: &Names, before: &Group<'_>, after: &Group<'_>, from: u32, line: u32, own: bool) {
        if self.is_full() {
            self.ignore(FULL, line);
            return;
        }
        let (before, after) = (names.group(before, from, &self.items), names.group(after, from, &self.items));
        for id in before.dangling.iter().chain(&after.dangling) {
            self.dangling(names, id, line);
        }
        self.link(Link { before: before.items, after: after.items, why: Why::Explicit, line, own });
    }

    /// Item `item` waits for those with these ids.
    pub fn depends(&mut self, names: &Names, item: u32, ids: &[String], line: u32) {
        for id in ids {
            let before = names.one(id, item, &self.items);
            if before.is_empty() {
                let file = self.items[item as usize].file.clone().unwrap_or_else(|| self.path.clone());
                self.dangling_at(names, id, Place::new(file, line));
            }
            self.link(Link { before, after: vec![item], why: Why::Explicit, line, own: true });
        }
    }

    /// Says that nothing has this id.
    pub fn dangling(&mut self, names: &Names, id: &str, line: u32) {
        self.dangling_at(names, id, self.at(line));
    }

    fn dangling_at(&mut self, names: &Names, id: &str, at: Place) {
        let shown: String = id.chars().filter(|c| !c.is_control()).take(60).collect();
        let what = format!("`{shown}` {DANGLING}");
        // One number is as near to another as any.
        let near = names.nearest(id).filter(|_| !id.bytes().all(|b| b.is_ascii_digit()));
        let hint = near.map_or_else(|| "correct the reference".to_owned(), |near| format!("is it `{near}`?"));
        self.problem_at(Problem::new(Severity::Warning, at, what, hint));
    }
}

impl PlanDraft {
    /// Item `item` stands in `relation` to the items of `group`; said in its own lines.
    pub fn waits(&mut self, names: &Names, item: u32, relation: Relation, group: &Group<'_>, line: u32) {
        let others = names.group(group, item, &self.items);
        for id in &others.dangling {
            self.dangling(names, id, line);
        }
        let (before, after) = match relation {
            Relation::After => (others.items, vec![item]),
            Relation::Before => (vec![item], others.items),
        };
        self.link(Link { before, after, why: Why::Explicit, line, own: true });
    }
}
