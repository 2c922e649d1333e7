//! `git orca salvage [list|show|restore]`: work that is kept by refs, and bringing it back.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::args::{Salvage, SalvageArgs};
use crate::brief::one_line;
use crate::git::{self, Change, RestoreInto, Saved, SavedKind};
use crate::integrate::names;
use crate::journal::RunState;
use crate::model::{AttemptId, Error, ErrorKind, Oid, Result, RunId};
use crate::report;
use crate::report::words::measure::plural;
use crate::start::here::{Here, Refusal};

/// Runs it.
///
/// # Errors
/// There is no repository, nothing of that name, or no room to restore to.
pub fn main(args: &SalvageArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    gather(&here);
    let kept = kept(&here)?;
    match &args.what {
        None => list(&kept, args.all, args.format.is_json()),
        Some(Salvage::List { format, all }) => list(&kept, *all || args.all, format.is_json() || args.format.is_json()),
        Some(Salvage::Show { which, format }) => show(&here, chosen(&kept, which)?, format.is_json())?,
        Some(Salvage::Restore { which, branch, folder }) => {
            restore(&here, chosen(&kept, which)?, branch.as_deref(), folder.as_deref())?;
        }
    }
    Ok(0)
}

/// Work of runs on other hosts may come after their end. A hub that does not answer is no reason not to show the rest.
fn gather(here: &Here) {
    for run in here.store.runs() {
        let Ok(state) = here.store.run(&run).state() else { continue };
        let Some(far) = state.info.options.far.as_ref().filter(|_| state.finished.is_some()) else { continue };
        if let Err(error) = crate::run::gather_from(&here.repo, &far.hub, &run) {
            tracing::warn!(%error, %run, "whether work came too late could not be seen");
        }
    }
}

/// A piece of saved work with its number, which stays the same until refs come or go.
#[derive(Debug, Clone)]
struct KeptWork {
    n: usize,
    saved: Saved,
    base: Option<Oid>,
    /// Whether it is part of the result of a run, or of a branch of the user's.
    landed: bool,
}

/// Everything saved that holds changes, in the order of its refs.
fn kept(here: &Here) -> Result<Vec<KeptWork>> {
    let states: RefCell<HashMap<RunId, Option<RunState>>> = RefCell::default();
    let base_of = |run: &RunId, attempt: &AttemptId| {
        let mut states = states.borrow_mut();
        let state = states.entry(run.clone()).or_insert_with(|| here.store.run(run).state().ok());
        Some(state.as_ref()?.attempt(attempt)?.base.clone())
    };
    let found = git::saved(&here.repo, None, &base_of)?;
    let mut roots = here.repo.user_tips()?;
    roots.extend(heads(here, &found)?);
    let unlanded = here.repo.unreached(found.iter().map(|saved| &saved.commit), &roots)?;
    let with_changes = found.into_iter().filter(|saved| saved.files > 0);
    let numbered = with_changes.enumerate().map(|(i, saved)| {
        let base = base_of(&saved.run, &AttemptId { task: saved.task.clone(), n: saved.attempt })
            .filter(|_| saved.kind != SavedKind::Outside);
        KeptWork { n: i + 1, landed: !unlanded.contains(&saved.commit), base, saved }
    });
    Ok(numbered.collect())
}

/// The landed heads of the runs that saved something.
fn heads(here: &Here, saved: &[Saved]) -> Result<Vec<Oid>> {
    let runs: std::collections::BTreeSet<&RunId> = saved.iter().map(|saved| &saved.run).collect();
    let mut heads = Vec::new();
    for run in runs {
        let refs = here.repo.list_refs(&format!("{}head/", names::run_refs(run)))?;
        heads.extend(refs.into_iter().map(|(_, head)| head));
    }
    Ok(heads)
}

fn list(kept: &[KeptWork], all: bool, json: bool) {
    let shown: Vec<&KeptWork> = kept.iter().filter(|one| all || !one.landed).collect();
    if json {
        let saved: Vec<Value> = shown.iter().map(|one| as_json(one)).collect();
        report::answer(&json!({"format": 1, "saved": saved}).to_string());
        return;
    }
    report::answer(&table(&shown, &TimeZone::system()));
    let landed = kept.len() - shown.len();
    if landed > 0 {
        let (attempts, have) = (plural(landed, "saved attempt"), if landed == 1 { "has" } else { "have" });
        report::say(&format!("{attempts} {have} landed; to list them: git orca salvage list --all"));
    }
    if let Some(first) = shown.first() {
        report::say(&format!(
            "look at one: git orca salvage show {0}; bring it back: git orca salvage restore {0} --branch NAME",
            first.n
        ));
    }
}

fn as_json(one: &KeptWork) -> Value {
    let saved = &one.saved;
    json!({
        "n": one.n, "ref": saved.ref_name, "run": saved.run, "task": saved.task, "attempt": saved.attempt,
        "kind": saved.kind.word(), "name": saved.name, "commit": saved.commit, "base": one.base, "files": saved.files,
        "added": saved.added, "removed": saved.removed, "at": saved.at.to_string(), "landed": one.landed,
    })
}

fn table(shown: &[&KeptWork], zone: &TimeZone) -> String {
    if shown.is_empty() {
        return "no saved work that has not landed".to_owned();
    }
    let head = ["", "run", "task", "saved", "changes", "at"].map(str::to_owned);
    let rows: Vec<[String; 6]> = std::iter::once(head).chain(shown.iter().map(|one| row(one, zone))).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 5] = std::array::from_fn(width);
    let line = |row: &[String; 6]| {
        let [n, run, task, kind, changes] = widths;
        format!("{:>n$}  {:run$}  {:task$}  {:kind$}  {:changes$}  {}", row[0], row[1], row[2], row[3], row[4], row[5])
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn row(one: &KeptWork, zone: &TimeZone) -> [String; 6] {
    let saved = &one.saved;
    let kind = if one.landed { format!("{}, landed", said(saved)) } else { said(saved) };
    [
        one.n.to_string(),
        saved.run.to_string(),
        format!("{}.{}", saved.task, saved.attempt),
        kind,
        changes(saved),
        moment(saved.at, zone),
    ]
}

/// What kind it is, and which: `outside heads/dev`.
fn said(saved: &Saved) -> String {
    format!("{} {}", saved.kind.word(), one_line(&saved.name)).trim_end().to_owned()
}

fn changes(saved: &Saved) -> String {
    let files = if saved.files == 1 { "1 file".to_owned() } else { format!("{} files", saved.files) };
    format!("{files}, +{} -{}", saved.added, saved.removed)
}

fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The one that a word means: its number, its ref or the end of one, or a task that saved one piece only.
fn chosen<'k>(kept: &'k [KeptWork], word: &str) -> Result<&'k KeptWork> {
    let doing = || format!("looking for saved work `{}`", one_line(word));
    let fits = |one: &&KeptWork| {
        let saved = &one.saved;
        let by_ref = saved.ref_name == word || word.contains('/') && saved.ref_name.ends_with(&format!("/{word}"));
        let by_task =
            saved.task.as_str().eq_ignore_ascii_case(word) || format!("{}.{}", saved.task, saved.attempt) == word;
        by_ref || by_task
    };
    if let Ok(n) = word.parse::<usize>()
        && let Some(one) = kept.iter().find(|one| one.n == n)
    {
        return Ok(one);
    }
    let found: Vec<&KeptWork> = kept.iter().filter(fits).collect();
    let unlanded: Vec<&KeptWork> = found.iter().filter(|one| !one.landed).copied().collect();
    match (unlanded.as_slice(), found.as_slice()) {
        ([one], _) | ([], [one]) => Ok(one),
        (_, []) => {
            Err(Error::new(ErrorKind::NotFound, doing(), format!("there is no saved work `{}`", one_line(word)))
                .hint("git orca salvage list --all"))
        }
        _ => {
            let error = Error::new(
                ErrorKind::Usage,
                doing(),
                format!("`{}` matches {} pieces of saved work; name one by its number", one_line(word), found.len()),
            );
            let lines =
                found.iter().take(8).map(|one| format!("{}   {}, {}", one.n, one.saved.ref_name, changes(&one.saved)));
            Err(lines.fold(error, Error::hint))
        }
    }
}

fn show(here: &Here, one: &KeptWork, json: bool) -> Result<()> {
    let saved = &one.saved;
    let (base, changed) = match &one.base {
        Some(base) => (Some(base.clone()), here.repo.changed(base, &saved.commit)?),
        None => {
            let parent = here.repo.commit_info(&saved.commit)?.parents.first().cloned();
            (parent, here.repo.changed_by(&saved.commit)?)
        }
    };
    if json {
        let mut value = as_json(one);
        value["format"] = json!(1);
        value["changes"] = changed
            .iter()
            .map(|change| json!({"path": change.path, "added": change.added, "removed": change.removed}))
            .collect();
        report::answer(&value.to_string());
    } else {
        report::answer(&described(one, base.as_ref(), &changed));
    }
    Ok(())
}

fn described(one: &KeptWork, base: Option<&Oid>, changed: &[Change]) -> String {
    let saved = &one.saved;
    let landed = if one.landed { "landed" } else { "not landed" };
    let mut lines = vec![
        format!(
            "task {}, attempt {} of run {} ({}): {}, {landed}",
            saved.task,
            saved.attempt,
            saved.run,
            said(saved),
            changes(saved)
        ),
        format!("commit   {}", saved.commit),
        format!("ref      {}", saved.ref_name),
    ];
    lines.extend(
        changed.iter().map(|change| format!("  {}  +{} -{}", one_line(&change.path), change.added, change.removed)),
    );
    if let Some(base) = base {
        lines.push(format!("diff     git diff {} {}", base.short(), saved.commit.short()));
    }
    lines.push(format!("restore  git orca salvage restore {} --branch NAME", one.n));
    lines.push(format!("         git orca salvage restore {} --folder DIR", one.n));
    lines.join("\n")
}

fn restore(here: &Here, one: &KeptWork, branch: Option<&str>, folder: Option<&Path>) -> Result<()> {
    let commit = &one.saved.commit;
    let done = match (branch, folder) {
        (Some(branch), _) => {
            git::restore(&here.repo, commit, &RestoreInto::Branch(branch.to_owned()))?;
            format!("restored as branch `{branch}`: git log -1 --stat {branch}")
        }
        (None, Some(folder)) => {
            let folder = here.cwd.join(folder);
            git::restore(&here.repo, commit, &RestoreInto::Folder(folder.clone()))?;
            format!("restored into `{}`", folder.display())
        }
        (None, None) => {
            let error = Error::new(ErrorKind::Usage, "restoring saved work", "say where to: a new branch or a folder");
            let typed = format!("git orca salvage restore {}", one.n);
            return Err(error.hint(format!("{typed} --branch NAME")).hint(format!("{typed} --folder DIR")));
        }
    };
    report::answer(&done);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(n: usize, task: &str, attempt: u32, kind: SavedKind, landed: bool) -> KeptWork {
        let id = AttemptId { task: task.parse().unwrap(), n: attempt };
        let run: RunId = "20261120-1812-k3".parse().unwrap();
        let saved = Saved {
            ref_name: kind.ref_name(&run, &id),
            run,
            task: id.task,
            attempt,
            name: if kind == SavedKind::Outside { "heads/dev".to_owned() } else { String::new() },
            kind,
            commit: format!("{n:040}").parse().unwrap(),
            files: n,
            added: 3,
            removed: 0,
            at: "2026-11-20T18:12:00Z".parse().unwrap(),
        };
        KeptWork { n, saved, base: None, landed }
    }

    fn three() -> Vec<KeptWork> {
        vec![
            piece(1, "T001", 1, SavedKind::Attempt, true),
            piece(2, "T002", 1, SavedKind::Salvage, false),
            piece(3, "T002", 2, SavedKind::Snapshot, false),
            piece(4, "T002", 2, SavedKind::Outside, false),
        ]
    }

    #[test]
    fn a_word_means_one_piece_or_says_which_there_are() {
        let kept = three();
        let table = [
            ("1", Ok(1)),
            ("t001", Ok(1)),
            ("T002.2", Err(ErrorKind::Usage)),
            ("4", Ok(4)),
            ("snapshot/T002/2", Ok(3)),
            ("refs/orca/runs/20261120-1812-k3/salvage/T002/1", Ok(2)),
            ("T002", Err(ErrorKind::Usage)),
            ("T009", Err(ErrorKind::NotFound)),
            ("9", Err(ErrorKind::NotFound)),
            ("2/", Err(ErrorKind::NotFound)),
        ];
        for (word, expected) in table {
            let found = chosen(&kept, word).map(|one| one.n).map_err(|error| error.kind);
            assert_eq!(found, expected, "{word}");
        }
    }

    #[test]
    fn the_list_is_a_table() {
        let kept = three();
        let expected = "\
\u{20}  run               task    saved              changes         at
1  20261120-1812-k3  T001.1  attempt, landed    1 file, +3 -0   2026-11-20 18:12
2  20261120-1812-k3  T002.1  salvage            2 files, +3 -0  2026-11-20 18:12
3  20261120-1812-k3  T002.2  snapshot           3 files, +3 -0  2026-11-20 18:12
4  20261120-1812-k3  T002.2  outside heads/dev  4 files, +3 -0  2026-11-20 18:12";
        assert_eq!(table(&kept.iter().collect::<Vec<_>>(), &TimeZone::UTC), expected);
        assert_eq!(table(&[], &TimeZone::UTC), "no saved work that has not landed");
    }
}
