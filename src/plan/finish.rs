//! From sheets to a plan: safe ids, kinds from words, implied order, edges and barriers.

use std::collections::{HashMap, HashSet};

use super::names::DANGLING;
use super::order::implied;
use super::plan::{Ignored, Mode, Plan, Reading, Source};
use super::plan_draft::{Item, Link, Order, PlanDraft};
use super::text::{kind_of, named_in, plain_title};
use crate::model::{Barrier, Edge, Named, Place, Problem, Severity, Task, TaskId, TaskKind, Why};

/// Bytes of a title that become an id where the document has none.
const SLUG: usize = 40;
/// Bytes of what the phase says that go with each of its tasks.
const MAX_NOTES: usize = 4_000;

/// A sheet with all that is the same in every mode of reading.
#[derive(Clone)]
pub(super) struct ReadSheet {
    pub sheet: PlanDraft,
    format: &'static str,
    /// What its ids get in front, for plans of several documents.
    prefix: String,
    kinds: Vec<TaskKind>,
    named: Vec<Named>,
}

impl ReadSheet {
    /// Looks at the words of every item.
    pub fn new(sheet: PlanDraft, format: &'static str, prefix: String) -> ReadSheet {
        let kinds: Vec<TaskKind> = sheet.items.iter().map(kind).collect();
        let named = sheet.items.iter().zip(&kinds).map(|(item, kind)| named_of(item, *kind)).collect();
        ReadSheet { sheet, format, prefix, kinds, named }
    }
}

/// Adds what a sheet holds to `plan`.
pub(super) fn finish(plan: &mut Plan, read: ReadSheet, reading: &Reading, taken: &mut Taken) {
    let ReadSheet { mut sheet, format, prefix, kinds, named } = read;
    let prefix = prefix.as_str();
    let implied = implied(&sheet, &named, reading);
    let links: Vec<Link> = std::mem::take(&mut sheet.links).into_iter().chain(implied).collect();
    let ids: Vec<TaskId> = sheet.items.iter().map(|item| id_of(item, taken, prefix)).collect();
    let first = plan.tasks.len();
    let mut renamed = Renamed::default();
    let items = std::mem::take(&mut sheet.items).into_iter().zip(&ids);
    for ((item, id), (named, kind)) in items.zip(named.into_iter().zip(kinds)) {
        renamed.note(&item, id, prefix);
        plan.tasks.push(task(&sheet, item, (named, kind), id.clone()));
    }
    renamed.say(&mut sheet);
    for link in links {
        let wanted = link.why == Why::User || reading.deps.as_ref().is_none_or(|deps| link.why.is_among(deps));
        if wanted {
            place(plan, link, &ids, first, &sheet.path);
        }
    }
    let remarks = sheet.remarks();
    plan.problems.extend(remarks.iter().map(left_aside));
    plan.ignored.extend(remarks);
    plan.unread.append(&mut sheet.unread);
    if plan.title.is_empty() {
        plan.title = sheet.title;
    }
    plan.sources.push(Source { path: sheet.path, kind: format, prefix: prefix.to_owned() });
    plan.states_order &= sheet.order == Order::Stated && !sheet.exclusive_paths;
    plan.problems.extend(sheet.problems.into_iter().map(|problem| judged(problem, reading.mode)));
    plan.companions.extend(sheet.companions);
    plan.sections.extend(sheet.sections);
    plan.resources.extend(sheet.resources);
}

/// What was left aside, as a note with its lines.
fn left_aside(ignored: &Ignored) -> Problem {
    let at = ignored.places.first().cloned().unwrap_or_default();
    let lines: Vec<String> =
        ignored.places.iter().filter(|place| place.line > 0).map(|place| place.line.to_string()).collect();
    let more = if ignored.count > ignored.places.len() { ", …" } else { "" };
    let shown = match lines.len() {
        0 => String::new(),
        1 if more.is_empty() => format!(" (line {})", lines[0]),
        _ => format!(" (lines {}{more})", lines.join(", ")),
    };
    Problem::new(Severity::Info, at, format!("left aside: {}{shown}", ignored.in_words()), "")
}

/// Strictly, a dependency that nobody has is an error; otherwise it counts as satisfied (PLANS 4).
fn judged(problem: Problem, mode: Mode) -> Problem {
    let strict = mode == Mode::Strict && problem.what.ends_with(DANGLING);
    Problem { severity: if strict { Severity::Error } else { problem.severity }, ..problem }
}

/// A link as edges of the tasks that wait when it stands with them, else as a barrier.
fn place(plan: &mut Plan, link: Link, ids: &[TaskId], first: usize, path: &str) {
    let at = Place::new(path, link.line);
    let id = |n: &u32| ids[*n as usize].clone();
    match (&link.before[..], &link.after[..]) {
        (before, [one]) if link.own => {
            // What stands with a task stands in its file.
            let at = Place::new(plan.tasks[first + *one as usize].at.file.clone(), link.line);
            let edges = before.iter().map(|n| Edge { task: id(n), why: link.why, at: at.clone() });
            plan.tasks[first + *one as usize].after.extend(edges);
        }
        (before, after) => plan.barriers.push(Barrier {
            before: before.iter().map(id).collect(),
            after: after.iter().map(id).collect(),
            why: link.why,
            at,
        }),
    }
}

/// Ids given so far, in lower case, and how often each was wanted.
#[derive(Debug, Default)]
pub(super) struct Taken {
    ids: HashSet<String>,
    wanted: HashMap<String, usize>,
}

impl Taken {
    /// A safe id of its own for `raw`. Counting how often an id was wanted keeps 100,000 equal ones from trying every
    /// number each.
    fn id(&mut self, raw: &str) -> TaskId {
        let plain = TaskId::mapped(raw, &mut HashSet::new());
        let wanted = self.wanted.entry(plain.as_str().to_ascii_lowercase()).or_insert(0);
        *wanted += 1;
        let again = *wanted > 1;
        let raw = if again { format!("{plain}-{wanted}") } else { raw.to_owned() };
        TaskId::mapped(&raw, &mut self.ids)
    }
}

/// The id of an item.
pub(super) fn id_of(item: &Item, taken: &mut Taken, prefix: &str) -> TaskId {
    let raw = if item.key.is_empty() { slug(&item.title) } else { item.key.clone() };
    if prefix.is_empty() { taken.id(&raw) } else { taken.id(&format!("{prefix}.{raw}")) }
}

/// An id from words; where too little of them is ASCII, from a digest of the words, so that it stays when others move.
fn slug(title: &str) -> String {
    let mut slug = String::new();
    for c in title.chars() {
        match c {
            c if c.is_ascii_alphanumeric() => slug.push(c.to_ascii_lowercase()),
            '.' if slug.ends_with(|c: char| c.is_ascii_digit()) => slug.push('.'),
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
        if slug.len() >= SLUG {
            break;
        }
    }
    let slug = slug.trim_matches(['-', '.']).to_owned();
    if slug.len() < 4 { format!("task-{:08x}", crc32fast::hash(title.as_bytes())) } else { slug }
}

/// Ids that are shown differently from how they are written.
#[derive(Default)]
struct Renamed {
    unsafe_names: Vec<(u32, String)>,
    doubles: Vec<(u32, String)>,
}

impl Renamed {
    fn note(&mut self, item: &Item, id: &TaskId, prefix: &str) {
        if item.key.is_empty() || id.as_str() == item.key || !prefix.is_empty() {
            return;
        }
        let written: String = item.key.chars().filter(|c| !c.is_control()).take(60).collect();
        let alone = TaskId::mapped(&item.key, &mut HashSet::new());
        let list = if alone == *id { &mut self.unsafe_names } else { &mut self.doubles };
        list.push((item.line, format!("`{written}` is `{id}` here")));
    }

    /// One problem for each kind, since a file that has one usually has many. Of what is an error already nothing more is said.
    fn say(mut self, sheet: &mut PlanDraft) {
        let refused: HashSet<u32> =
            sheet.problems.iter().filter(|it| it.severity == Severity::Error).map(|it| it.at.line).collect();
        self.doubles.retain(|(line, _)| !refused.contains(line));
        for (severity, list, what) in [
            (Severity::Info, self.unsafe_names, "no safe name for branches and files"),
            (Severity::Warning, self.doubles, "written more than once"),
        ] {
            if let Some((line, _)) = list.first() {
                let some: Vec<String> =
                    list.iter().take(3).map(|(line, text)| format!("{text} (line {line})")).collect();
                let more = if list.len() > 3 { ", …" } else { "" };
                let ids = if list.len() == 1 { "1 id is".to_owned() } else { format!("{} ids are", list.len()) };
                sheet.problem(severity, *line, format!("{ids} {what}: {}{more}", some.join(", ")), "");
            }
        }
    }
}

/// What the item leaves behind, by what its format or its words say.
fn kind(item: &Item) -> TaskKind {
    let paths: Vec<&str> = item.files.iter().map(|file| file.path.as_str()).collect();
    item.kind.unwrap_or_else(|| kind_of(&item.title, &paths))
}

/// What the item's own words name; what is said of its whole phase is nobody's.
fn named_of(item: &Item, kind: TaskKind) -> Named {
    named_in(&item.title, &item.details, item.run.as_deref(), kind)
}

fn task(sheet: &PlanDraft, item: Item, (named, kind): (Named, TaskKind), id: TaskId) -> Task {
    let phase = sheet.phases.get(item.phase);
    let mut details = item.details;
    if let Some(phase) = phase.filter(|phase| !phase.notes.is_empty()) {
        let end = phase.notes.floor_char_boundary(MAX_NOTES);
        details = format!("{details}\n\n{}\n{}", phase.title, &phase.notes[..end]).trim_start().to_owned();
    }
    let told = phase.map(|phase| phase_criteria(&phase.notes)).unwrap_or_default();
    let mut acceptance = item.acceptance;
    let fresh: Vec<String> = told.into_iter().filter(|text| !acceptance.contains(text)).collect();
    acceptance.extend(fresh);
    Task {
        id,
        key: item.key,
        title: item.title,
        kind,
        done: item.done,
        optional: item.optional,
        at: Place::new(item.file.unwrap_or_else(|| sheet.path.clone()), item.line),
        group: phase.map(|phase| phase.title.clone()).unwrap_or_default(),
        files: item.files,
        named,
        needs: item.needs,
        after: Vec::new(),
        run: item.run,
        details,
        acceptance,
        estimate: item.estimate,
        priority: item.priority.unwrap_or(50),
        labels: item.labels,
        agent: item.agent,
        model: item.model,
        role: item.role,
        candidates: None,
        pick: None,
    }
}

/// What the notes of a phase say about when its tasks are done: `**Independent Test**: …`.
fn phase_criteria(notes: &str) -> Vec<String> {
    const LABELS: [&str; 12] = [
        "independent test",
        "independent test criteria",
        "acceptance",
        "acceptance criteria",
        "success criteria",
        "done when",
        "verification",
        "test criteria",
        "独立测试",
        "独立テスト",
        "独立測試",
        "验收标准",
    ];
    let of_line = |line: &str| {
        let (label, value) = line.trim_start_matches(['-', '*', '_', ' ']).split_once([':', '：'])?;
        let label = label.trim_matches(['*', '_', ' ']).to_lowercase();
        let value = value.trim_matches(['*', '_', ' ']);
        (LABELS.contains(&label.as_str()) && !value.is_empty()).then(|| plain_title(value))
    };
    notes.lines().filter_map(of_line).collect()
}

/// An error of the plan as a whole.
pub(super) fn whole(path: &str, what: impl Into<String>, hint: impl Into<String>) -> Problem {
    Problem::new(Severity::Error, Place::new(path, 0), what, hint)
}
