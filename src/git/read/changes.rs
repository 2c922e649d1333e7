//! What changed between two trees.

use git2::{Delta, DiffFindOptions, DiffOptions};

use super::{failed, theirs};
use crate::git::Repo;
use crate::model::{Oid, Result};

/// What happened to a path between two trees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "git's own words")]
pub enum ChangeKind {
    Added,
    Deleted,
    Modified,
    Renamed,
    Copied,
    TypeChanged,
}

/// One path that differs between two trees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its path now, or the one it had when it was deleted.
    pub path: String,
    /// What happened.
    pub kind: ChangeKind,
    /// Lines added; 0 for binary files.
    pub added: usize,
    /// Lines removed; 0 for binary files.
    pub removed: usize,
    /// Its path before, when it was renamed or copied.
    pub old_path: Option<String>,
}

impl Repo {
    /// What changed from commit or tree `a` to `b`, renames detected, in path order.
    ///
    /// # Errors
    /// One of them is missing.
    pub fn changed(&self, a: &Oid, b: &Oid) -> Result<Vec<Change>> {
        self.compared(Some(a), b)
    }

    /// What commit `b` changed of its first parent; everything in it where it has none.
    ///
    /// # Errors
    /// It is missing.
    pub fn changed_by(&self, b: &Oid) -> Result<Vec<Change>> {
        self.compared(self.commit_info(b)?.parents.first(), b)
    }

    fn compared(&self, a: Option<&Oid>, b: &Oid) -> Result<Vec<Change>> {
        let doing = format!("comparing `{}` with `{}`", a.map_or("nothing", |a| a.short()), b.short());
        let repo = self.reader().lock();
        let tree = |oid: &Oid| {
            let found = theirs(oid)?;
            repo.find_object(found, None).and_then(|found| found.peel_to_tree()).map_err(failed(&doing))
        };
        let (old, new) = (a.map(tree).transpose()?, tree(b)?);
        let mut options = DiffOptions::new();
        options.context_lines(0).include_typechange(true);
        let mut diff = repo.diff_tree_to_tree(old.as_ref(), Some(&new), Some(&mut options)).map_err(failed(&doing))?;
        diff.find_similar(Some(DiffFindOptions::new().renames(true))).map_err(failed(&doing))?;
        (0..diff.deltas().len()).map(|n| change(&diff, n).map_err(failed(&doing))).collect()
    }
}

fn change(diff: &git2::Diff<'_>, n: usize) -> Result<Change, git2::Error> {
    let patch = git2::Patch::from_diff(diff, n)?;
    let (_, added, removed) = patch.as_ref().map_or(Ok((0, 0, 0)), git2::Patch::line_stats)?;
    let delta = diff.get_delta(n).ok_or_else(|| git2::Error::from_str("a delta is missing"))?;
    let text = |file: git2::DiffFile<'_>| {
        file.path_bytes().map(|path| String::from_utf8_lossy(path).into_owned()).unwrap_or_default()
    };
    let kind = match delta.status() {
        Delta::Added => ChangeKind::Added,
        Delta::Deleted => ChangeKind::Deleted,
        Delta::Renamed => ChangeKind::Renamed,
        Delta::Copied => ChangeKind::Copied,
        Delta::Typechange => ChangeKind::TypeChanged,
        _ => ChangeKind::Modified,
    };
    let moved = matches!(kind, ChangeKind::Renamed | ChangeKind::Copied);
    let path = if kind == ChangeKind::Deleted { text(delta.old_file()) } else { text(delta.new_file()) };
    Ok(Change { path, kind, added, removed, old_path: moved.then(|| text(delta.old_file())) })
}
