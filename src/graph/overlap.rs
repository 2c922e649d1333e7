//! The forecast "before": tasks that may run at the same time and declare the same path.

use std::collections::{BTreeMap, HashMap};

use super::reach::before_among;
use super::task_graph::TaskGraph;
use super::task_ix::TaskIx;
use crate::model::{Place, Problem, RepoPath, Severity, Task, is_test_path};

/// Tasks of one path that are compared with each other; thousands on one path would give millions of pairs.
pub const MAX_SHARERS: usize = 40;
/// Tasks looked at in all. Bounds the bit sets: nodes × this / 8 bytes.
const MAX_LOOKED_AT: usize = 2_048;
/// Pairs listed.
const MAX_PAIRS: usize = 2_000;

/// What two tasks have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OverlapKind {
    /// Both change a file.
    File,
    /// Both change a test file.
    Test,
    /// One makes what the other uses, and nothing orders them.
    Dependency,
}

/// How bad it will be (DESIGN 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OverlapSeverity {
    /// Solved by a rule.
    Low,
    /// Contents will probably clash.
    Medium,
    /// One of them will certainly have to be done again or by hand.
    High,
}

/// Two tasks that nothing orders and that share paths, tests or data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// What they have in common; the worst when it is several things.
    pub kind: OverlapKind,
    /// The tasks, in the order of the plan.
    pub tasks: [TaskIx; 2],
    /// The paths, sorted.
    pub paths: Vec<RepoPath>,
    /// Tests that both write, and things that one makes and the other uses, by name.
    pub names: Vec<String>,
    /// How bad.
    pub severity: OverlapSeverity,
    /// What to do about it.
    pub suggestion: &'static str,
}

/// What several tasks name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Thing<'a> {
    Path(&'a RepoPath),
    /// A path that one has as a whole, and below which others have something.
    Whole(&'a RepoPath),
    Test(&'a str),
    Data(&'a str),
}

/// One thing as one task names it.
#[derive(Clone, Copy)]
struct Use {
    task: u32,
    creates: bool,
}

impl Thing<'_> {
    fn name(&self) -> &str {
        match self {
            Thing::Path(path) | Thing::Whole(path) => path.as_str(),
            Thing::Test(name) | Thing::Data(name) => name,
        }
    }

    /// Whether two uses of it are one too many: of data only where one makes it, of a folder where one has all of it.
    fn clash(self, a: Use, b: Use) -> bool {
        a.task != b.task && (!matches!(self, Thing::Data(_) | Thing::Whole(_)) || a.creates != b.creates)
    }
}

/// The overlaps of `tasks`, which are those of `graph` in its order; and a note when only part was compared.
pub fn overlaps(graph: &TaskGraph, tasks: &[Task]) -> (Vec<Overlap>, Vec<Problem>) {
    let (shared, mut problems) = shared_things(tasks);
    let mut members: Vec<TaskIx> = shared.iter().flat_map(|(_, uses)| uses.iter().map(|u| TaskIx(u.task))).collect();
    members.sort_unstable();
    members.dedup();
    if members.len() > MAX_LOOKED_AT {
        members.truncate(MAX_LOOKED_AT);
        problems.push(partly(format!("only the first {MAX_LOOKED_AT} tasks that share paths are compared")));
    }
    let column: HashMap<u32, usize> = members.iter().enumerate().map(|(n, ix)| (ix.0, n)).collect();
    let before = before_among(graph, &members);
    let ordered = |a: u32, b: u32| match (column.get(&a), column.get(&b)) {
        (Some(&ca), Some(&cb)) => before.has(b, ca) || before.has(a, cb),
        _ => true,
    };
    let mut pairs: BTreeMap<(u32, u32), Overlap> = BTreeMap::new();
    for (thing, uses) in &shared {
        for (n, a) in uses.iter().enumerate() {
            for b in uses[n + 1..].iter().filter(|b| thing.clash(*a, **b) && !ordered(a.task, b.task)) {
                if pairs.len() < MAX_PAIRS || pairs.contains_key(&(a.task, b.task)) {
                    note(&mut pairs, *thing, *a, *b);
                }
            }
        }
    }
    if pairs.len() == MAX_PAIRS {
        problems.push(partly(format!("the forecast lists the first {MAX_PAIRS} pairs")));
    }
    (pairs.into_values().collect(), problems)
}

fn partly(what: String) -> Problem {
    Problem::new(Severity::Info, Place::default(), what, "")
}

/// Things that several tasks name, each with its users in the order of the plan.
fn shared_things(tasks: &[Task]) -> (Vec<(Thing<'_>, Vec<Use>)>, Vec<Problem>) {
    let mut by_thing: BTreeMap<Thing<'_>, Vec<Use>> = BTreeMap::new();
    for (n, task) in tasks.iter().enumerate() {
        let mut note = |thing, creates| by_thing.entry(thing).or_default().push(Use { task: n as u32, creates });
        task.files.iter().for_each(|file| note(Thing::Path(&file.path), file.creates));
        task.named.tests.iter().for_each(|name| note(Thing::Test(name), true));
        task.named.makes.iter().for_each(|name| note(Thing::Data(name), true));
        task.named.uses.iter().for_each(|name| note(Thing::Data(name), false));
    }
    by_thing.extend(folders(tasks));
    let mut problems = Vec::new();
    let mut shared = Vec::new();
    for (thing, mut uses) in by_thing {
        uses.dedup_by_key(|u| u.task);
        // What several tasks make is anybody's.
        if matches!(thing, Thing::Data(_)) && uses.iter().filter(|u| u.creates).count() != 1 {
            continue;
        }
        if uses.len() > MAX_SHARERS {
            let name = thing.name();
            let what = format!("{} tasks declare `{name}`; the forecast compares the first {MAX_SHARERS}", uses.len());
            problems.push(partly(what));
            uses.truncate(MAX_SHARERS);
        }
        if uses.len() > 1 {
            shared.push((thing, uses));
        }
    }
    (shared, problems)
}

/// Declared paths below which another task declares something: a folder that one has as a whole, or a file where the other
/// has a folder. The first kind of user counts as its maker.
fn folders(tasks: &[Task]) -> BTreeMap<Thing<'_>, Vec<Use>> {
    let mut declared: BTreeMap<&str, (&RepoPath, Vec<u32>)> = BTreeMap::new();
    for (n, task) in tasks.iter().enumerate() {
        for file in &task.files {
            declared.entry(file.path.as_str()).or_insert((&file.path, Vec::new())).1.push(n as u32);
        }
    }
    let mut found: BTreeMap<Thing<'_>, BTreeMap<u32, bool>> = BTreeMap::new();
    for (below, (_, users)) in &declared {
        for (at, _) in below.match_indices('/') {
            let Some((path, owners)) = declared.get(&below[..at]) else { continue };
            let uses = found.entry(Thing::Whole(path)).or_default();
            uses.extend(owners.iter().map(|owner| (*owner, true)));
            for user in users {
                uses.entry(*user).or_insert(false);
            }
        }
    }
    let in_order = |uses: BTreeMap<u32, bool>| uses.into_iter().map(|(task, creates)| Use { task, creates }).collect();
    found.into_iter().map(|(thing, uses)| (thing, in_order(uses))).collect()
}

fn note(pairs: &mut BTreeMap<(u32, u32), Overlap>, thing: Thing<'_>, a: Use, b: Use) {
    let (kind, severity, suggestion) = match thing {
        Thing::Path(path) => judge(path, a, b),
        Thing::Whole(path) if path.as_str().rsplit('/').next().is_some_and(|name| name.contains('.')) => {
            (OverlapKind::File, OverlapSeverity::High, "one has a file where the other has a folder: order them")
        }
        Thing::Whole(_) => {
            (OverlapKind::File, OverlapSeverity::Medium, "one works in the whole folder: order them, or name its files")
        }
        Thing::Test(_) => (
            OverlapKind::Test,
            OverlapSeverity::Medium,
            "both write a test of this name: order them, or name one differently",
        ),
        Thing::Data(_) => (
            OverlapKind::Dependency,
            OverlapSeverity::Medium,
            if a.creates {
                "order the second after the first, which makes it"
            } else {
                "order the first after the second, which makes it"
            },
        ),
    };
    let entry = pairs.entry((a.task, b.task)).or_insert_with(|| Overlap {
        kind,
        tasks: [TaskIx(a.task), TaskIx(b.task)],
        paths: Vec::new(),
        names: Vec::new(),
        severity,
        suggestion,
    });
    match thing {
        Thing::Path(path) | Thing::Whole(path) => entry.paths.push(path.clone()),
        Thing::Test(name) | Thing::Data(name) => entry.names.push(name.to_owned()),
    }
    if (severity, kind) > (entry.severity, entry.kind) {
        (entry.severity, entry.kind, entry.suggestion) = (severity, kind, suggestion);
    }
}

fn judge(path: &RepoPath, a: Use, b: Use) -> (OverlapKind, OverlapSeverity, &'static str) {
    let kind = if is_test_path(path.as_str()) { OverlapKind::Test } else { OverlapKind::File };
    let path = path.as_str().to_ascii_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    if is_lock_file(name) {
        return (OverlapKind::File, OverlapSeverity::Low, "regenerate it after the merge ([conflicts] regenerate)");
    }
    if name.starts_with("changelog") {
        return (OverlapKind::File, OverlapSeverity::Low, "take the lines of both ([conflicts] union)");
    }
    // Of tests both write some, whoever makes the file.
    let made = if kind == OverlapKind::Test { kind } else { OverlapKind::Dependency };
    match (a.creates, b.creates) {
        (true, true) => (kind, OverlapSeverity::High, "both create it: let one do it, and order the other after it"),
        (true, false) => (made, OverlapSeverity::High, "order the second after the first, which creates it"),
        (false, true) => (made, OverlapSeverity::High, "order the first after the second, which creates it"),
        _ if is_unmergeable(name) => {
            (kind, OverlapSeverity::High, "cannot be merged: order them ([conflicts] exclusive)")
        }
        _ => (kind, OverlapSeverity::Medium, "order them, split the file, or run anyway"),
    }
}

/// Files that a tool writes again from others.
fn is_lock_file(name: &str) -> bool {
    const NAMES: [&str; 10] = [
        "package-lock.json",
        "npm-shrinkwrap.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "bun.lock",
        "cargo.lock",
        "poetry.lock",
        "uv.lock",
        "go.sum",
        "composer.lock",
    ];
    NAMES.contains(&name) || name == "gemfile.lock"
}

/// Files whose two versions git cannot merge.
fn is_unmergeable(name: &str) -> bool {
    const ENDINGS: [&str; 12] =
        ["png", "jpg", "jpeg", "gif", "ico", "pdf", "zip", "sqlite", "db", "ipynb", "xcf", "woff2"];
    name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}
