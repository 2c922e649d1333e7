//! A difference line by line, as gates look at it.

use git2::{Delta, DiffFindOptions, DiffLineType, DiffOptions, Patch};

use super::changes::ChangeKind;
use super::{failed, theirs};
use crate::git::Repo;
use crate::model::{Oid, Result};

/// Text kept of one difference, bytes: what is beyond is not looked at by anybody, and gates must say so.
const MAX_TEXT: usize = 64 << 20;

/// Mode of a symbolic link, as git writes it.
const LINK: u32 = 0o120_000;
/// Mode of a submodule.
const SUBMODULE: u32 = 0o160_000;

/// One line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// From 1, in the version of the file that has it.
    pub number: u32,
    /// Without its end; what is not UTF-8 is replaced.
    pub text: String,
}

/// One path that differs, with its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDiff {
    /// Its path now, or the one it had when it was deleted.
    pub path: String,
    /// Its path before, when it was renamed or copied.
    pub old_path: Option<String>,
    /// What happened.
    pub kind: ChangeKind,
    /// Its mode before, as git writes it (0o100644); 0 when it was not there.
    pub old_mode: u32,
    /// Its mode now; 0 when it is not there.
    pub new_mode: u32,
    /// Whether git takes it for binary: it has no lines then.
    pub binary: bool,
    /// Lines that are new, numbered in the new version.
    pub added: Vec<Line>,
    /// Lines that are gone, numbered in the old version.
    pub removed: Vec<Line>,
    /// Whether lines are missing here because the difference is too large.
    pub truncated: bool,
}

impl FileDiff {
    /// Where a symbolic link that is new or changed leads to.
    pub fn link_target(&self) -> Option<&str> {
        (self.new_mode == LINK).then(|| self.added.first().map_or("", |line| line.text.as_str()))
    }

    /// Whether it is a submodule now.
    pub fn is_submodule(&self) -> bool {
        self.new_mode == SUBMODULE
    }

    /// Whether the file is executable now and was not before.
    pub fn became_executable(&self) -> bool {
        self.new_mode & 0o111 != 0 && self.new_mode & 0o170_000 == 0o100_000 && self.old_mode & 0o111 == 0
    }
}

/// What changed from commit `a` to commit `b`, renames detected, in path order.
///
/// # Errors
/// One of them is missing.
pub fn file_diffs(repo: &Repo, a: &Oid, b: &Oid) -> Result<Vec<FileDiff>> {
    let doing = format!("comparing `{}` with `{}`", a.short(), b.short());
    let repo = repo.reader().lock();
    let tree = |oid: &Oid| {
        let commit = theirs(oid)?;
        repo.find_commit(commit).and_then(|commit| commit.tree()).map_err(failed(&doing))
    };
    let (old, new) = (tree(a)?, tree(b)?);
    let mut options = DiffOptions::new();
    options.context_lines(0).include_typechange(true);
    let mut diff = repo.diff_tree_to_tree(Some(&old), Some(&new), Some(&mut options)).map_err(failed(&doing))?;
    diff.find_similar(Some(DiffFindOptions::new().renames(true))).map_err(failed(&doing))?;
    let mut room = MAX_TEXT;
    (0..diff.deltas().len()).map(|n| file(&diff, n, &mut room).map_err(failed(&doing))).collect()
}

fn file(diff: &git2::Diff<'_>, n: usize, room: &mut usize) -> Result<FileDiff, git2::Error> {
    let patch = Patch::from_diff(diff, n)?;
    // Only after the patch was made git has looked into the file.
    let delta = diff.get_delta(n).ok_or_else(|| git2::Error::from_str("a delta is missing"))?;
    let text = |file: git2::DiffFile<'_>| {
        file.path_bytes().map(|path| String::from_utf8_lossy(path).into_owned()).unwrap_or_default()
    };
    let kind = kind_of(delta.status());
    let moved = matches!(kind, ChangeKind::Renamed | ChangeKind::Copied);
    let mut found = FileDiff {
        path: if kind == ChangeKind::Deleted { text(delta.old_file()) } else { text(delta.new_file()) },
        old_path: moved.then(|| text(delta.old_file())),
        kind,
        old_mode: u32::from(delta.old_file().mode()),
        new_mode: u32::from(delta.new_file().mode()),
        binary: delta.flags().is_binary(),
        added: Vec::new(),
        removed: Vec::new(),
        truncated: false,
    };
    if let Some(mut patch) = patch {
        lines(&mut patch, &mut found, room)?;
    }
    Ok(found)
}

fn lines(patch: &mut Patch<'_>, found: &mut FileDiff, room: &mut usize) -> Result<(), git2::Error> {
    for hunk in 0..patch.num_hunks() {
        for n in 0..patch.num_lines_in_hunk(hunk)? {
            let line = patch.line_in_hunk(hunk, n)?;
            let (number, to) = match line.origin_value() {
                DiffLineType::Addition => (line.new_lineno(), &mut found.added),
                DiffLineType::Deletion => (line.old_lineno(), &mut found.removed),
                _ => continue,
            };
            let content = line.content();
            if content.len() > *room {
                found.truncated = true;
                return Ok(());
            }
            *room -= content.len();
            let text = String::from_utf8_lossy(content.strip_suffix(b"\n").unwrap_or(content)).into_owned();
            to.push(Line { number: number.unwrap_or(0), text });
        }
    }
    Ok(())
}

fn kind_of(status: Delta) -> ChangeKind {
    match status {
        Delta::Added => ChangeKind::Added,
        Delta::Deleted => ChangeKind::Deleted,
        Delta::Renamed => ChangeKind::Renamed,
        Delta::Copied => ChangeKind::Copied,
        Delta::Typechange => ChangeKind::TypeChanged,
        _ => ChangeKind::Modified,
    }
}
