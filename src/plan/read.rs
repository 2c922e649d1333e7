//! Reading a plan: find out what lies there, let its format fill a sheet, finish.

use std::collections::HashSet;

use super::document::{Folder, Text};
use super::finish::{ReadSheet, Taken, finish, whole};
use super::formats::{FORMATS, Format};
use super::plan::{Mode, Plan, PlanEntry, Reading};
use super::plan_draft::PlanDraft;
use super::sections::{named_companions, sections};
use super::settle::{note_marks, note_unread, settle_files};
use crate::model::{ErrorKind, Files, Place, Problem, Severity};

/// Documents opened while looking for plans; a repository with more says which it means.
const MAX_OPENED: usize = 300;
/// Files of one folder looked at.
const MAX_IN_FOLDER: usize = 20_000;

/// A plan found in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Path of the document or folder.
    pub path: String,
    /// Name of its format.
    pub format: &'static str,
    /// How many tasks.
    pub tasks: usize,
    /// How many of them are done.
    pub done: usize,
}

/// What could be read, and as what.
pub(super) enum Candidate<'a> {
    File(&'static dyn Format, Text, &'a dyn Files),
    Folder(&'static dyn Format, Folder<'a>),
}

impl Candidate<'_> {
    /// Its format.
    pub fn format(&self) -> &'static dyn Format {
        match self {
            Candidate::File(format, ..) | Candidate::Folder(format, _) => *format,
        }
    }

    fn path(&self) -> &str {
        match self {
            Candidate::File(_, text, _) => &text.path,
            Candidate::Folder(_, folder) => &folder.path,
        }
    }

    /// The folder it lies in, or is.
    fn place(&self) -> &str {
        match self {
            Candidate::File(_, text, _) => text.path.rsplit_once('/').map_or("", |(folder, _)| folder),
            Candidate::Folder(_, folder) => &folder.path,
        }
    }

    /// What its document or folder holds.
    pub fn sheet(&self) -> PlanDraft {
        let mut sheet = PlanDraft::new(self.path());
        match self {
            Candidate::File(format, text, files) => {
                let document = text.document(*files);
                format.read(&document, &mut sheet);
                if document.is_markdown() {
                    note_marks(&mut sheet, &document);
                    note_unread(&mut sheet, &document);
                    named_companions(&document, &mut sheet);
                    sheet.sections = sections(&document, &sheet);
                }
                settle_files(&mut sheet, *files);
            }
            Candidate::Folder(format, folder) => {
                format.read_folder(folder, &mut sheet);
                settle_files(&mut sheet, folder.files);
            }
        }
        sheet
    }
}

/// Reads the plan at `entry`. Never fails: what is wrong is among the plan's problems, as an error where there is nothing
/// to run.
pub fn read(files: &dyn Files, entry: &PlanEntry, reading: &Reading) -> Plan {
    read_all(files, std::slice::from_ref(entry), reading)
}

/// Reads several plans as one. Ids get the name of their plan in front when there are several.
pub fn read_all(files: &dyn Files, entries: &[PlanEntry], reading: &Reading) -> Plan {
    read_modes(files, entries, reading, &[reading.mode]).pop().unwrap_or_default()
}

/// The same under several modes of reading, one plan for each; only the first when all order is stated, since then every
/// mode gives the same. The documents are read once.
pub fn read_modes(files: &dyn Files, entries: &[PlanEntry], reading: &Reading, modes: &[Mode]) -> Vec<Plan> {
    let mut problems = Vec::new();
    let (mut candidates, mut gone) = (Vec::new(), 0);
    for entry in entries {
        match candidate(files, entry, &mut problems) {
            Ok(found) if candidates.iter().any(|other: &Candidate<'_>| other.path() == found.path()) => {
                let what = "named twice; it is read once";
                problems.push(Problem::new(Severity::Warning, Place::new(found.path(), 0), what, ""));
            }
            Ok(found) => candidates.push(found),
            Err(problem) => {
                gone += 1;
                problems.push(problem);
            }
        }
    }
    // One of several keeps its prefix when the others can no longer be read.
    let several = candidates.len() + gone > 1;
    let mut names = HashSet::new();
    let sheets: Vec<ReadSheet> = candidates
        .iter()
        .map(|candidate| {
            let prefix = if several { short_name(candidate.path(), &mut names) } else { String::new() };
            ReadSheet::new(candidate.sheet(), candidate.format().name(), prefix)
        })
        .collect();
    let mut plans: Vec<Plan> = Vec::with_capacity(modes.len());
    for &mode in modes {
        plans.push(assemble(&sheets, &problems, &Reading { mode, ..reading.clone() }));
        if plans[0].states_order {
            break;
        }
    }
    plans
}

/// One plan of what documents hold, under one reading.
fn assemble(sheets: &[ReadSheet], problems: &[Problem], reading: &Reading) -> Plan {
    let mut plan = Plan { states_order: true, problems: problems.to_vec(), ..Plan::default() };
    let mut taken = Taken::default();
    for sheet in sheets {
        finish(&mut plan, sheet.clone(), reading, &mut taken);
    }
    if plan.tasks.is_empty() && !plan.has_errors() {
        let path = sheets.first().map(|read| read.sheet.path.as_str()).unwrap_or_default();
        let hint = "a plan has boxes (`- [ ] …`) or one of the formats in `git orca plan --help`";
        plan.problems.push(whole(path, "no tasks found", hint));
    }
    plan
}

/// What the plan at `path` is called among several: its folder when the document has a usual name.
fn short_name(path: &str, names: &mut HashSet<String>) -> String {
    let mut parts = path.trim_end_matches('/').rsplit('/');
    let last = parts.next().unwrap_or_default();
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let usual = ["tasks", "plan", "todo", "prd", "issues", "backlog"].contains(&stem.to_ascii_lowercase().as_str());
    let name = if usual { parts.next().filter(|part| !part.is_empty()).unwrap_or(stem) } else { stem };
    let mut free = name.to_owned();
    let mut n = 2;
    while !names.insert(free.to_ascii_lowercase()) {
        free = format!("{name}-{n}");
        n += 1;
    }
    free
}

/// Names of the formats that could read `path`, most specific first.
pub fn detect(files: &dyn Files, path: &str) -> Vec<&'static str> {
    if let Ok(text) = Text::open(files, path) {
        let document = text.document(files);
        return FORMATS.iter().filter(|format| format.fits(&document)).map(|format| format.name()).collect();
    }
    match folder(files, path) {
        Some(folder) => FORMATS.iter().filter(|f| f.fits_folder(&folder)).map(|f| f.name()).collect(),
        None => Vec::new(),
    }
}

/// The plans below the root, most specific format first, then by path.
pub fn find(files: &dyn Files) -> Vec<Found> {
    let mut found: Vec<(usize, Found)> = Vec::new();
    for candidate in below(files, "") {
        let sheet = candidate.sheet();
        let tasks = sheet.items.len();
        let format = candidate.format();
        let rank = FORMATS.iter().position(|other| other.name() == format.name()).unwrap_or(usize::MAX);
        let done = sheet.items.iter().filter(|item| item.done).count();
        if tasks > 0 {
            found.push((rank, Found { path: candidate.path().to_owned(), format: format.name(), tasks, done }));
        }
    }
    found.sort_by(|a, b| (a.0, &a.1.path).cmp(&(b.0, &b.1.path)));
    found.into_iter().map(|(_, found)| found).collect()
}

/// What lies at an entry.
pub(super) fn candidate<'a>(
    files: &'a dyn Files,
    entry: &PlanEntry,
    problems: &mut Vec<Problem>,
) -> Result<Candidate<'a>, Problem> {
    let path = entry.path.trim_end_matches('/');
    let forced = match &entry.format {
        None => None,
        Some(name) => Some(FORMATS.iter().copied().find(|format| format.name() == name).ok_or_else(|| {
            let known: Vec<&str> = FORMATS.iter().map(|format| format.name()).collect();
            whole(path, format!("there is no plan format `{name}`"), format!("formats: {}", known.join(", ")))
        })?),
    };
    let opened = if path.is_empty() { None } else { Some(Text::open(files, path)) };
    match opened {
        Some(Ok(text)) => {
            if text.lossy {
                let at = Place::new(path, 0);
                problems.push(Problem::new(Severity::Warning, at, "not valid UTF-8; the bad bytes were replaced", ""));
            }
            let format = forced.or_else(|| format_of(&text, files));
            format.map(|format| Candidate::File(format, text, files)).ok_or_else(|| {
                whole(
                    path,
                    "this is not a plan in any known format",
                    "write tasks as `- [ ] …`, one a line, or as headings `### T1: …`",
                )
            })
        }
        Some(Err(error)) if error.kind != ErrorKind::NotFound && folder(files, path).is_none() => {
            Err(whole(path, error.cause, ""))
        }
        _ => in_folder(files, path, forced),
    }
}

/// The plan in a folder: the folder itself, else the one right in it, else the only one below it.
fn in_folder<'a>(
    files: &'a dyn Files,
    path: &str,
    forced: Option<&'static dyn Format>,
) -> Result<Candidate<'a>, Problem> {
    let hint = "name a file or folder: git orca plan PATH";
    let Some(here) = folder(files, path) else { return Err(whole(path, "no such file or folder", hint)) };
    let whole_folder = FORMATS.iter().copied().find(|f| f.fits_folder(&here));
    if let Some(format) = forced.filter(|f| f.fits_folder(&here)).or(whole_folder.filter(|_| forced.is_none())) {
        return Ok(Candidate::Folder(format, here));
    }
    let mut candidates = below(files, path);
    if let Some(forced) = forced {
        candidates.retain(|candidate| candidate.format().name() == forced.name());
    }
    candidates.retain(|candidate| !candidate.sheet().items.is_empty());
    let rank = |c: &Candidate<'_>| FORMATS.iter().position(|f| f.name() == c.format().name()).unwrap_or(usize::MAX);
    // Beside a plan of a real format, a checklist in the same folder is a companion of it.
    candidates.sort_by_key(|candidate| (candidate.place().to_owned(), rank(candidate)));
    let mut best: Vec<Candidate<'_>> = Vec::new();
    for candidate in candidates {
        match best.last() {
            Some(last) if last.place() == candidate.place() && rank(last) < rank(&candidate) => {}
            _ => best.push(candidate),
        }
    }
    let here: Vec<usize> = (0..best.len()).filter(|&n| best[n].place() == path).collect();
    match (&here[..], best.len()) {
        ([one], _) => Ok(best.swap_remove(*one)),
        ([], 1) => Ok(best.swap_remove(0)),
        (_, 0) => Err(whole(path, "no plan found here", hint)),
        _ => {
            let names: Vec<String> = best.iter().take(8).map(|c| format!("`{}`", c.path())).collect();
            Err(whole(path, format!("several plans: {}", names.join(", ")), hint))
        }
    }
}

/// The most specific format that `text` fits.
fn format_of(text: &Text, files: &dyn Files) -> Option<&'static dyn Format> {
    let document = text.document(files);
    FORMATS.iter().copied().find(|format| format.fits(&document))
}

fn folder<'a>(files: &'a dyn Files, path: &str) -> Option<Folder<'a>> {
    let mut paths = files.list(path).ok()?;
    paths.truncate(MAX_IN_FOLDER);
    (!paths.is_empty()).then(|| Folder { path: path.to_owned(), paths, files })
}

/// Everything at or below `path` that a format recognises.
fn below<'a>(files: &'a dyn Files, path: &str) -> Vec<Candidate<'a>> {
    let Ok(paths) = files.list(path) else { return Vec::new() };
    let mut found = Vec::new();
    let mut folders: Vec<String> = Vec::new();
    for document in &paths {
        let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
        if folders.last().is_none_or(|last| last != folder) && !folders.iter().any(|f| f == folder) && may_hold(folder)
        {
            folders.push(folder.to_owned());
        }
    }
    let mut whole_folders: Vec<String> = Vec::new();
    for name in folders {
        let Some(folder) = folder(files, &name) else { continue };
        if let Some(format) = FORMATS.iter().copied().find(|format| format.fits_folder(&folder)) {
            found.push(Candidate::Folder(format, folder));
            whole_folders.push(format!("{name}/"));
        }
    }
    let plausible = paths.iter().filter(|p| may_be_plan(p) && !whole_folders.iter().any(|f| p.starts_with(f.as_str())));
    for path in plausible.take(MAX_OPENED) {
        let Ok(text) = Text::open(files, path) else { continue };
        if let Some(format) = format_of(&text, files).filter(|format| !format.is_guess()) {
            found.push(Candidate::File(format, text, files));
        }
    }
    found
}

/// Folders that hold one task a file have one of these in their path.
fn may_hold(folder: &str) -> bool {
    ["epics", "backlog", "phases", "stories", "tasks", "issues"].iter().any(|part| folder.contains(part))
}

/// Whether a path has a name that plans have. Content decides, but a repository has too many files to open them all.
fn may_be_plan(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or_default();
    let vendored = ["node_modules/", "vendor/", "target/", "dist/", ".venv/", "third_party/", ".vscode/"];
    if vendored.iter().any(|part| lower.starts_with(part) || lower.contains(&format!("/{part}"))) {
        return false;
    }
    let markdown = name.ends_with(".md")
        && ["task", "todo", "plan", "roadmap", "story", "backlog", "checklist"].iter().any(|word| name.contains(word));
    let data = [
        "tasks.json",
        "prd.json",
        "backlog.json",
        "issues.jsonl",
        "tasks.yaml",
        "tasks.yml",
        "plan.yaml",
        "plan.yml",
        "tasks.toml",
        "plan.toml",
        "todo.txt",
        "todo.org",
        "tasks.org",
        "plan.org",
    ]
    .contains(&name);
    let placed = name.ends_with(".md")
        && [
            ".sisyphus/plans/",
            "superpowers/plans/",
            ".cursor/plans/",
            "docs/plans/",
            "docs/stories/",
            "conductor/tracks/",
        ]
        .iter()
        .any(|part| lower.contains(part));
    markdown || data || placed
}
