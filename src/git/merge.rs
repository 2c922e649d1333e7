//! Merges in memory, by git itself, many in one process.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use super::Repo;
use super::attributes::{self, MergeRules};
use super::call::Call;
use super::commit_graph::with_graph;
use super::markers::{MARKER_SIZE, MarkerWidth};
use super::user::merge_drivers;
use crate::model::{Error, Oid, Result};

/// Why git could not merge a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ConflictKind {
    /// Both sides changed the same lines, or both added the file.
    Contents,
    /// Both sides changed a file that has no lines.
    Binary,
    /// One side changed what the other deleted.
    ModifyDelete,
    /// Both sides renamed it, or two files to one name.
    Rename,
    /// A folder was renamed, and what the other side put into it has no clear place.
    DirectoryRename,
    /// A file on one side, a folder on the other.
    FileDirectory,
    /// File, link or submodule: different kinds on the two sides.
    Kinds,
    /// A submodule moved on both sides.
    Submodule,
    /// What git called it, where it is none of the above.
    Other(String),
}

impl ConflictKind {
    /// Git's word for it.
    pub fn word(&self) -> &str {
        match self {
            ConflictKind::Contents => "contents",
            ConflictKind::Binary => "binary",
            ConflictKind::ModifyDelete => "modify/delete",
            ConflictKind::Rename => "rename",
            ConflictKind::DirectoryRename => "directory rename",
            ConflictKind::FileDirectory => "file/directory",
            ConflictKind::Kinds => "distinct kinds",
            ConflictKind::Submodule => "submodule",
            ConflictKind::Other(word) => word,
        }
    }
}

/// One path that git could not merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictPath {
    /// The path.
    pub path: String,
    /// What kind of conflict.
    pub kind: ConflictKind,
    /// How wide the markers are that git wrote into it, if it wrote any.
    pub width: MarkerWidth,
}

/// One entry that git left in the index for a path that it could not merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedEntry {
    /// Its mode, as git writes it: `100644`.
    pub mode: String,
    /// Its object.
    pub oid: Oid,
    /// 1 is the base, 2 ours, 3 theirs.
    pub stage: u8,
    /// The path.
    pub path: String,
}

impl StagedEntry {
    /// Whether it is a regular file, executable or not.
    pub fn is_file(&self) -> bool {
        self.mode.starts_with("100")
    }
}

impl Display for StagedEntry {
    /// As `git update-index --index-info` takes it.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}\t{}", self.mode, self.oid, self.stage, self.path)
    }
}

impl FromStr for StagedEntry {
    type Err = Error;

    fn from_str(line: &str) -> Result<Self> {
        let read = || {
            let (entry, path) = line.split_once('\t')?;
            let [mode, oid, stage] = entry.split(' ').collect::<Vec<_>>().try_into().ok()?;
            let stage = stage.parse().ok().filter(|stage| (1..=3).contains(stage))?;
            Some(StagedEntry { mode: mode.to_owned(), oid: oid.parse().ok()?, stage, path: path.to_owned() })
        };
        read().ok_or_else(|| unreadable("an entry of the index is not one"))
    }
}

/// What came out of one merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeOutcome {
    /// Merged.
    Clean {
        /// The merged tree.
        tree: Oid,
    },
    /// Not merged.
    Conflict {
        /// The tree with conflict markers. Never to be landed; [`super::hunks()`] reads it.
        tree: Oid,
        /// What is in conflict, by path; never empty.
        paths: Vec<ConflictPath>,
        /// What an index holds of it.
        stages: Vec<StagedEntry>,
    },
}

/// Merges what changed from `base` to `theirs` into `ours`, whatever the histories say: for work that is on a branch in
/// other commits than its own. Between branches the merge base is git's to find (a declared one loses changes).
///
/// # Errors
/// Git cannot merge at all, or is older than 2.40, the first that takes a declared base.
pub fn merge_declared(repo: &Repo, base: &Oid, ours: &Oid, theirs: &Oid) -> Result<MergeOutcome> {
    let folder = tempfile::tempdir().map_err(|error| Error::failed("making a folder for a merge", error))?;
    attributes::write(repo, &attributes::of_commit(repo, ours)?, &MergeRules::default(), folder.path())?;
    let call = Call::found_from(folder.path(), "merging with a declared base")
        .env("GIT_DIR", repo.common_dir())
        .env("GIT_WORK_TREE", folder.path())
        .writes()
        .args(["merge-tree", "--write-tree", "--stdin", "-z"]);
    let call = with_drivers(repo, call, &[])?;
    let out = call.stdin(format!("{base} -- {ours} {theirs}\n")).run()?;
    parse(&out)?.pop().ok_or_else(|| unreadable("there is none"))
}

/// As [`merge_batch`], for one pair.
///
/// # Errors
/// As [`merge_batch`].
pub fn merge_one(repo: &Repo, ours: &Oid, theirs: &Oid, rules: &MergeRules) -> Result<MergeOutcome> {
    let mut outcomes = merge_batch(repo, &[(ours.clone(), theirs.clone())], rules)?;
    outcomes.pop().ok_or_else(|| Error::failed("merging", "git gave no answer"))
}

/// Merges commit `theirs` into commit `ours` for each pair; answers in the same order. One process for all pairs whose
/// `ours` have the same attribute files, which is nearly always all.
///
/// # Errors
/// Git cannot merge at all: a commit is missing.
pub fn merge_batch(repo: &Repo, pairs: &[(Oid, Oid)], rules: &MergeRules) -> Result<Vec<MergeOutcome>> {
    let mut groups: BTreeMap<Vec<(String, Oid)>, Vec<usize>> = BTreeMap::new();
    for (n, (ours, _)) in pairs.iter().enumerate() {
        groups.entry(attributes::of_commit(repo, ours)?).or_default().push(n);
    }
    let mut outcomes: Vec<Option<MergeOutcome>> = vec![None; pairs.len()];
    for (files, members) in groups {
        let group: Vec<&(Oid, Oid)> = members.iter().map(|&n| &pairs[n]).collect();
        for (n, outcome) in members.into_iter().zip(merge_group(repo, &group, &files, rules)?) {
            outcomes[n] = Some(outcome);
        }
    }
    outcomes.into_iter().map(|outcome| outcome.ok_or_else(|| unreadable("an answer is missing"))).collect()
}

/// Git's own merge of lines, as a driver.
const LINES: &str = "git merge-file --zdiff3 --marker-size=%L -L ours -L base -L theirs %A %O %B";

/// A driver's command that is a conflict whenever it has not merged. One that ends with more than 128, as git's own merge of
/// lines does for a file that has none, or that takes the file away, would end the whole call; one that leaves its markers
/// and says that all is well would have them landed.
fn held_to_its_word(command: &str) -> String {
    const MARKED: &str = "grep -Eqs '^<{%L}( |$)'";
    format!(
        "(\n{command}\n) && test -f %A && {{ ! {MARKED} %A || {MARKED} %O %B; }} || {{ test -f %A || : > %A; exit 1; }}"
    )
}

/// Has git's merge of lines take the place of the drivers named, and every other driver's failure be a conflict.
pub(super) fn with_drivers(repo: &Repo, call: Call, without: &[String]) -> Result<Call> {
    let others = merge_drivers(repo)?.into_iter().filter(|driver| !without.contains(&driver.name));
    let others = others.map(|driver| (driver.name, driver.command));
    let by_lines = without.iter().map(|name| (name.clone(), LINES.to_owned()));
    let set = |call: Call, (name, command): (String, String)| {
        call.config(format!("merge.{name}.driver={}", held_to_its_word(&command)))
    };
    Ok(by_lines.chain(others).fold(call, set))
}

fn merge_group(
    repo: &Repo,
    pairs: &[&(Oid, Oid)],
    files: &[(String, Oid)],
    rules: &MergeRules,
) -> Result<Vec<MergeOutcome>> {
    let folder = tempfile::tempdir().map_err(|error| Error::failed("making a folder for a merge", error))?;
    attributes::write(repo, files, rules, folder.path())?;
    let lines: String = pairs.iter().map(|(ours, theirs)| format!("{ours} {theirs}\n")).collect();
    let call = repo
        .unsynced(Call::found_from(folder.path(), "merging"))
        .env("GIT_DIR", repo.common_dir())
        .env("GIT_WORK_TREE", folder.path())
        .writes()
        // What both sides began with stands between them: for who solves it, and to know the same conflict again.
        .config("merge.conflictStyle=zdiff3");
    let call = with_drivers(repo, with_graph(repo, call), &rules.without_drivers)?;
    // Unrelated histories would end the whole batch. Of clean merges there is nothing to be said, and saying it costs.
    let call = call.args(["merge-tree", "--write-tree", "--stdin", "-z", "--allow-unrelated-histories"]);
    let out = call.stdin(lines).run()?;
    let mut outcomes = parse(&out)?;
    measure_markers(repo, files, &mut outcomes)?;
    if outcomes.len() == pairs.len() { Ok(outcomes) } else { Err(unreadable("it has not one record for each merge")) }
}

/// Says how wide the markers of what is in conflict are.
fn measure_markers(repo: &Repo, files: &[(String, Oid)], outcomes: &mut [MergeOutcome]) -> Result<()> {
    let conflicts = outcomes.iter_mut().filter_map(|outcome| match outcome {
        MergeOutcome::Conflict { paths, .. } => Some(paths),
        MergeOutcome::Clean { .. } => None,
    });
    let mut conflicts = conflicts.flatten().peekable();
    if conflicts.peek().is_some() {
        let declared = attributes::declared(repo, files, MARKER_SIZE)?;
        conflicts.for_each(|path| path.width = declared.marker_width(&path.path));
    }
    Ok(())
}

/// Reads what `merge-tree` says of a single merge: the same without the status, which is the exit code.
pub(super) fn parse_alone(out: &[u8], clean: bool) -> Result<MergeOutcome> {
    let record = if clean { [b"1\0", out, b"\0"].concat() } else { [b"0\0", out].concat() };
    parse(&record)?.pop().ok_or_else(|| unreadable("it is empty"))
}

fn unreadable(why: &str) -> Error {
    Error::failed("reading the answer of `git merge-tree`", why)
}

/// Reads one record for each merge: `1 NUL tree NUL NUL` for a clean one, and for a conflict `0 NUL tree NUL [mode oid
/// stage TAB path NUL]* NUL [n NUL path{n} type NUL message NUL]* NUL`. The exit code of a single merge is the other way
/// round.
fn parse(out: &[u8]) -> Result<Vec<MergeOutcome>> {
    let text = String::from_utf8_lossy(out);
    let mut fields = text.split('\0');
    let mut outcomes = Vec::new();
    while let Some(status) = fields.next().map(|field| field.trim_start_matches('\n')).filter(|field| !field.is_empty())
    {
        let tree = fields.next().unwrap_or_default().parse()?;
        if status == "1" {
            match fields.next() {
                Some("") => outcomes.push(MergeOutcome::Clean { tree }),
                _ => return Err(unreadable("a clean merge does not end where it should")),
            }
            continue;
        }
        let stages = fields.by_ref().take_while(|field| !field.is_empty()).map(str::parse);
        let stages = stages.collect::<Result<Vec<StagedEntry>>>()?;
        let staged: Vec<String> = stages.iter().map(|entry| entry.path.clone()).collect();
        let said = messages(&mut fields)?;
        outcomes.push(match status {
            "0" => MergeOutcome::Conflict { tree, paths: conflicts(staged, said), stages },
            other => return Err(unreadable(&format!("status {other:?}"))),
        });
    }
    Ok(outcomes)
}

/// Type and paths of each message, up to the empty field that ends them.
fn messages<'a>(fields: &mut impl Iterator<Item = &'a str>) -> Result<Vec<(String, Vec<String>)>> {
    let mut said = Vec::new();
    while let Some(count) = fields.next().filter(|field| !field.is_empty()) {
        let count: usize = count.parse().map_err(|_| unreadable("a number of paths is not a number"))?;
        let paths = fields.by_ref().take(count).map(str::to_owned).collect();
        let kind = fields.next().ok_or_else(|| unreadable("a message has no type"))?.to_owned();
        let _words = fields.next();
        said.push((kind, paths));
    }
    Ok(said)
}

/// What is in conflict: each path that a conflict message is about, and each with several stages that none is about. A
/// conflict without staged paths exists (directory renames), and is one all the same.
fn conflicts(staged: Vec<String>, said: Vec<(String, Vec<String>)>) -> Vec<ConflictPath> {
    let mut found: Vec<ConflictPath> = Vec::new();
    let mut add = |path: &str, kind: ConflictKind| {
        let path = plain_path(path);
        match found.iter_mut().find(|known| known.path == path) {
            // Whatever else git says of a path goes before lines that clash: those alone would be no more than that.
            Some(known) if known.kind == ConflictKind::Contents => known.kind = kind,
            Some(_) => {}
            None => found.push(ConflictPath { path: path.to_owned(), kind, width: MarkerWidth::default() }),
        }
    };
    for (kind, paths) in said.iter().filter(|(kind, _)| kind.starts_with("CONFLICT")) {
        // The first path is the one that the message is about; the others are where it came from.
        add(paths.first().map_or("", String::as_str), kind_of(kind));
    }
    for path in staged.iter().filter(|path| !said.iter().any(|(kind, paths)| is_about(kind, paths, path))) {
        add(path, ConflictKind::Contents);
    }
    if found.is_empty() {
        let words = said.last().map_or("not merged".to_owned(), |(kind, _)| kind.clone());
        let path = said.last().and_then(|(_, paths)| paths.first().cloned()).unwrap_or_default();
        found.push(ConflictPath { path, kind: ConflictKind::Other(words), width: MarkerWidth::default() });
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The path without the `~<commit>` that git adds where two sides cannot have the same name.
fn plain_path(path: &str) -> &str {
    let suffix = |(_, suffix): &(&str, &str)| suffix.split('_').next().is_some_and(|oid| oid.parse::<Oid>().is_ok());
    path.rsplit_once('~').filter(suffix).map_or(path, |(plain, _)| plain)
}

fn is_about(kind: &str, paths: &[String], path: &str) -> bool {
    kind.starts_with("CONFLICT") && paths.iter().any(|about| about == path)
}

/// Git's stable short names (`merge-ort.c`, `type_short_descriptions`) to ours.
fn kind_of(text: &str) -> ConflictKind {
    let inner = text.trim_start_matches("CONFLICT (").trim_end_matches(')');
    match inner {
        "contents" => ConflictKind::Contents,
        "binary" => ConflictKind::Binary,
        "modify/delete" => ConflictKind::ModifyDelete,
        "file/directory" => ConflictKind::FileDirectory,
        "distinct modes" | "distinct types" => ConflictKind::Kinds,
        _ if inner.starts_with("directory rename") || inner.contains("directory rename") => {
            ConflictKind::DirectoryRename
        }
        _ if inner.starts_with("rename") => ConflictKind::Rename,
        _ if inner.starts_with("submodule") => ConflictKind::Submodule,
        _ => ConflictKind::Other(text.to_owned()),
    }
}
