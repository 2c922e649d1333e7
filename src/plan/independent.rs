//! Which neighbors of a document are independent, where its author wrote the files of each task and no parallel marks.
//!
//! False independence is worse than lost speed: two tasks count as independent only when both declare files, share none, test
//! none of each other's, and the later one names nothing that the earlier one makes, changes or is the first to name. A task
//! that declares no file waits for everything before it, and everything after it waits.

use std::borrow::Cow;
use std::collections::HashSet;

use super::plan_draft::{Item, Link, PlanDraft};
use super::text::quoted_names;
use crate::model::{Named, TaskKind, Why};

/// Earlier tasks that one is compared with; further back everything is waited for.
const WINDOW: usize = 40;
/// Bytes of a task's text whose words count.
const MAX_TEXT: usize = 16 << 10;
/// Letters of a file's name that can be told from an ordinary word.
const SHORTEST: usize = 4;

/// Words that say that something waits.
const SURE: [&str; 18] = [
    "depends on",
    "depend on",
    "dependent on",
    "blocked by",
    "waits for",
    "hängt ab von",
    "hängt von",
    "abhängig von",
    "dépend de",
    "depende de",
    "dipende da",
    "зависит от",
    "依赖于",
    "依赖任务",
    "依赖：",
    "依赖:",
    "に依存",
    "에 의존",
];
/// What may stand before the word for a task.
const ARTICLES: [&str; 5] = ["the ", "der ", "la ", "l'", "a "];
/// Words that say so before the number of a task.
const TIMES: [&str; 7] = ["after", "nach", "après", "después de", "após", "dopo", "после"];
/// Words for a task.
const TASKS: [&str; 10] = ["task", "step", "aufgabe", "schritt", "tâche", "étape", "tarea", "tarefa", "задачи", "任务"];

/// What is known of an item for comparing it.
struct Known {
    n: u32,
    /// Names of its files without endings and marks of tests, normalized.
    stems: HashSet<String>,
    /// Names of functions, types and endpoints in its words.
    names: HashSet<String>,
    /// Those that no item before it has, and that it is not said to use: it is the one that makes them, in whatever words.
    first: Vec<MadeName>,
    /// What it is said to make.
    made: Vec<MadeName>,
    /// Its id, normalized, where that is no single letter or digit.
    key: Option<String>,
    /// Whether nothing can be said of it.
    opaque: bool,
}

/// A name that an item makes.
struct MadeName {
    written: String,
    normal: String,
    /// Whether no ordinary word is spelled so.
    is_distinct: bool,
}

impl MadeName {
    fn of(name: &str) -> MadeName {
        MadeName { written: name.to_owned(), normal: normal(name).into_owned(), is_distinct: is_distinct(name) }
    }
}

/// Links for items of one phase, in the order of the document.
pub(super) fn by_files(sheet: &PlanDraft, named: &[Named], items: &[u32], links: &mut Vec<Link>) {
    let read = sheet.links.iter().filter(|link| link.own && link.why == Why::Explicit);
    let ordered: HashSet<u32> = read.flat_map(|link| link.after.iter().copied()).collect();
    let mut open: Vec<Known> = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    for &n in items {
        let item = &sheet.items[n as usize];
        let names = names(item);
        let uses = &named[n as usize].uses;
        let fresh = names.iter().filter(|name| !uses.contains(name) && !seen.contains(*name));
        let first: Vec<MadeName> = fresh.map(|name| MadeName::of(name)).collect();
        seen.extend(names.iter().cloned());
        let opaque = is_opaque(item) || !ordered.contains(&n) && says_order(item);
        let made = named[n as usize].makes.iter().map(|name| MadeName::of(name)).collect();
        let key = (item.key.len() > 1).then(|| normal(&item.key).into_owned());
        let known = Known { n, stems: stems(item), names, first, made, key, opaque };
        let all = known.opaque || open.len() >= WINDOW;
        let words = if all { HashSet::new() } else { words(item) };
        let waits = |before: &&Known| all || before.opaque || !independent(sheet, named, before, &known, &words);
        let before: Vec<u32> = open.iter().filter(waits).map(|known| known.n).collect();
        if !before.is_empty() {
            links.push(Link { before, after: vec![n], why: Why::Order, line: item.line, own: true });
        }
        if all {
            open.clear();
        }
        open.push(known);
    }
}

/// Whether an item says too little of what it does: no files, or something that looks at all the others.
fn is_opaque(item: &Item) -> bool {
    let kind = item.kind.unwrap_or_else(|| super::text::kind_of(&item.title, &[]));
    item.files.is_empty() || item.run.is_some() || matches!(kind, TaskKind::Verify | TaskKind::Approval)
}

/// Whether an item's words say that it waits for something. Where that was not understood, it waits for everything.
fn says_order(item: &Item) -> bool {
    let end = item.details.floor_char_boundary(MAX_TEXT);
    let text = [item.title.as_str(), &item.details[..end]].join("\n").to_lowercase();
    let numbered = |rest: &str| {
        let rest = rest.trim_start();
        let rest = ARTICLES.iter().find_map(|article| rest.strip_prefix(article)).unwrap_or(rest);
        let behind = TASKS.iter().find_map(|word| rest.strip_prefix(word));
        behind.is_some_and(|rest| rest.trim_start_matches(['s', ' ', '#']).starts_with(|c: char| c.is_ascii_digit()))
    };
    SURE.iter().any(|words| text.contains(words))
        || TIMES.iter().any(|word| text.match_indices(word).any(|(at, _)| numbered(&text[at + word.len()..])))
}

fn independent(
    sheet: &PlanDraft,
    named: &[Named],
    before: &Known,
    item: &Known,
    words: &HashSet<Cow<'_, str>>,
) -> bool {
    let (first, second) = (&sheet.items[before.n as usize], &sheet.items[item.n as usize]);
    let shared = second.files.iter().any(|file| first.files.iter().any(|other| other.path == file.path));
    let tested = !before.stems.is_disjoint(&item.stems);
    let said = |name: &str| words.contains(name);
    let cited = before.stems.iter().any(|stem| said(stem));
    let used = &named[item.n as usize];
    let consumed = before.made.iter().any(|name| used.uses.contains(&name.written) || said(&name.normal));
    let names = |name: &MadeName| item.names.contains(&name.written) || name.is_distinct && said(&name.normal);
    let named = before.first.iter().any(names);
    let by_key = before.key.as_deref().is_some_and(said);
    !(shared || tested || cited || consumed || named || by_key)
}

/// The names of an item's files: `src/shopping_cart.py` and `tests/test_shopping_cart.py` have one.
fn stems(item: &Item) -> HashSet<String> {
    let stem = |path: &str| {
        let mut parts = path.rsplit('/');
        let name = parts.next().unwrap_or_default();
        let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
        // A file that every folder has is called by its folder.
        let stem = match stem.as_str() {
            "index" | "mod" | "lib" | "main" | "__init__" | "page" | "route" => {
                parts.next().unwrap_or_default().to_ascii_lowercase()
            }
            _ => stem,
        };
        let bare =
            stem.strip_prefix("test_").or_else(|| stem.strip_suffix("_test")).or_else(|| stem.strip_suffix("_spec"));
        normal(bare.unwrap_or(&stem)).into_owned()
    };
    item.files.iter().map(|file| stem(file.path.as_str())).filter(|stem| stem.len() >= SHORTEST).collect()
}

/// The names in an item's text, whole and without what they belong to: `Cart.total` is `total`, too.
fn names(item: &Item) -> HashSet<String> {
    let end = item.details.floor_char_boundary(MAX_TEXT);
    let mut found = HashSet::new();
    for name in quoted_names(&item.title).into_iter().chain(quoted_names(&item.details[..end])) {
        if let Some((_, last)) = name.rsplit_once(['.', ':']).filter(|(_, last)| last.len() >= SHORTEST) {
            found.insert(last.to_owned());
        }
        found.insert(name);
    }
    found
}

/// Whether no ordinary word is spelled so: it has an underscore, or a capital inside.
fn is_distinct(name: &str) -> bool {
    name.len() >= SHORTEST
        && (name.trim_matches('_').contains('_')
            || name.chars().skip(1).any(char::is_uppercase) && name.contains(char::is_lowercase))
}

/// The words of an item's text, normalized; names joined with dots and colons count by their parts.
fn words(item: &Item) -> HashSet<Cow<'_, str>> {
    let end = item.details.floor_char_boundary(MAX_TEXT);
    let text = [item.title.as_str(), &item.details[..end]];
    let parts = text.into_iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-')));
    parts.map(normal).filter(|word| word.len() >= 2).collect()
}

/// `shopping_cart`, `ShoppingCart` and `shopping-cart` are one name.
fn normal(name: &str) -> Cow<'_, str> {
    if name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
        return Cow::Borrowed(name);
    }
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use crate::model::{MapFiles, Why};
    use crate::plan::{Mode, PlanEntry, Reading, read};

    /// Ids that each task waits for because of the order of the document.
    fn order(text: &str, mode: Mode) -> Vec<String> {
        let files = MapFiles([("docs/plan.md".to_owned(), text.as_bytes().to_vec())].into());
        let plan = read(&files, &PlanEntry::new("docs/plan.md"), &Reading { mode, ..Reading::default() });
        let waits = |task: &crate::model::Task| {
            let first: Vec<&str> =
                task.after.iter().filter(|e| e.why != Why::Explicit).map(|e| e.task.as_str()).collect();
            format!("{}<{}", task.id, first.join(" "))
        };
        plan.tasks.iter().map(waits).collect()
    }

    #[test]
    fn declared_files_and_words_tell_neighbors_apart() {
        let plan = "# P\n\n### Task 1: Cart\n\n**Files:**\n- Create: `src/cart.py`\n\n### Task 2: Till\n\n**Files:**\n- Create: `src/till.py`\n\n### Task 3: Shop\n\nUses the cart.\n\n**Files:**\n- Create: `src/shop.py`\n\n### Task 4: Tests\n\n**Files:**\n- Test: `tests/test_till.py`\n\n### Task 5: Polish\n\n### Task 6: Sign\n\n**Files:**\n- Create: `docs/sign.md`\n";
        assert_eq!(order(plan, Mode::Default), ["1<", "2<", "3<1", "4<2", "5<1 2 3 4", "6<5"]);
        assert_eq!(order(plan, Mode::Strict)[1..4], ["2<1", "3<2", "4<3"]);
    }

    #[test]
    fn checklists_without_files_stay_in_order() {
        assert_eq!(order("- [ ] 1. one\n- [ ] 2. two\n- [ ] 3. three\n", Mode::Default), ["1<", "2<1", "3<2"]);
        let some = "- [ ] 1. Edit src/one.rs\n- [ ] 2. Edit src/two.rs\n- [ ] 3. Edit src/one.rs again\n- [ ] 4. Run all tests\n";
        assert_eq!(order(some, Mode::Default), ["1<", "2<", "3<1 1", "4<1 2 3"]);
    }

    #[test]
    fn what_a_task_is_the_first_to_name_is_waited_for() {
        let plan = "- [ ] 1. Create src/dump.py with `dump_all`\n- [ ] 2. Create src/merge.py with `Merge`\n- [ ] 3. Create src/main.py, which uses `dump_all`\n- [ ] 4. Create src/list.py that calls `Merge.one()` and dump_all\n- [ ] 5. Create src/moon.py\n";
        assert_eq!(order(plan, Mode::Default), ["1<", "2<", "3<1", "4<1 2", "5<"]);
        // What both only use is made by neither, and words are no names.
        let used = "- [ ] 1. Write src/a.py using `Store`\n- [ ] 2. Write src/b.py using `Store`\n- [ ] 3. Write src/c.py, run `pytest`\n- [ ] 4. Write src/d.py, run `pytest`\n";
        assert_eq!(order(used, Mode::Default), ["1<", "2<", "3<", "4<"]);
    }

    #[test]
    fn names_of_files_are_found_in_any_spelling() {
        let plan = "- [ ] 1. Create src/shopping_cart.py\n- [ ] 2. Show ShoppingCart in src/page.py\n- [ ] 3. Create src/moon.py\n";
        assert_eq!(order(plan, Mode::Default), ["1<", "2<1", "3<"]);
    }
}
