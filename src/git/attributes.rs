//! The attributes under which merges run: those of the tree that is merged into, and the union rules on top. Never
//! those of the user's checkout, which may be edited and has nothing to do with the merge.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::Repo;
use super::markers::DeclaredAttribute;
use super::read::NamedBlobs;
use crate::model::{Error, Oid, Result};

/// Rules that solve what git alone calls a conflict.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MergeRules {
    /// Globs (as in `.gitattributes`) of files merged by taking the lines of both sides.
    pub union: Vec<String>,
    /// Paths whose content, where both sides changed it, stays as on our side: a conflict still, but without markers.
    pub keep: Vec<String>,
    /// Merge drivers of git's configuration that git's own merge of lines takes the place of.
    pub without_drivers: Vec<String>,
}

/// Answers that were given before, by tree.
static KNOWN: Mutex<Option<NamedBlobs>> = Mutex::new(None);

/// Trees remembered before all are forgotten: 30 MiB at most, the trees of some hundred merges at least.
const MOST_KNOWN: usize = 50_000;

/// The `.gitattributes` of a commit's tree, by path.
pub(super) fn of_commit(repo: &Repo, commit: &Oid) -> Result<Vec<(String, Oid)>> {
    let tree = repo.tree_of(commit)?;
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_with(NamedBlobs::default);
    if known.len() > MOST_KNOWN {
        *known = NamedBlobs::default();
    }
    repo.named_in_tree(&tree, ".gitattributes", known)
}

/// What these attribute files, and the repository's own, say of one attribute.
pub(super) fn declared(repo: &Repo, files: &[(String, Oid)], name: &str) -> Result<DeclaredAttribute> {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let read = |(path, blob): &(String, Oid)| Ok((path.clone(), text(repo.blob(blob)?)));
    let files = files.iter().map(read).collect::<Result<Vec<_>>>()?;
    let own = fs::read(repo.common_dir().join("info/attributes")).map(text).unwrap_or_default();
    Ok(DeclaredAttribute::read(name, &files, &own))
}

/// What the attribute files of a commit say of one attribute.
///
/// # Errors
/// The commit cannot be read.
pub fn declared_at(repo: &Repo, commit: &Oid, name: &str) -> Result<DeclaredAttribute> {
    declared(repo, &of_commit(repo, commit)?, name)
}

/// Writes these attribute files and the union rules into `folder`, which stands in for a work tree.
pub(super) fn write(repo: &Repo, files: &[(String, Oid)], rules: &MergeRules, folder: &Path) -> Result<()> {
    let fail = |error| Error::failed("preparing attributes for a merge", error);
    for (path, blob) in files {
        let full = folder.join(path);
        fs::create_dir_all(full.parent().unwrap_or(folder)).map_err(fail)?;
        fs::write(full, repo.blob(blob)?).map_err(fail)?;
    }
    if rules.union.is_empty() && rules.keep.is_empty() {
        return Ok(());
    }
    let top = folder.join(".gitattributes");
    let mut text = fs::read(&top).unwrap_or_default();
    for pattern in &rules.union {
        text.extend_from_slice(format!("\n{} merge=union", quoted(pattern)).as_bytes());
    }
    for path in &rules.keep {
        // Without a slash at its beginning a name would match at any depth.
        text.extend_from_slice(format!("\n{} -merge", quoted(&format!("/{}", escaped(path)))).as_bytes());
    }
    text.push(b'\n');
    fs::write(top, text).map_err(fail)
}

/// A path as a pattern that matches only itself.
fn escaped(path: &str) -> String {
    path.chars().flat_map(|c| matches!(c, '*' | '?' | '[' | '\\').then_some('\\').into_iter().chain([c])).collect()
}

/// A pattern as an attributes file takes it. Without quotes a space would end it, and `!` or `#` begin something else.
fn quoted(pattern: &str) -> String {
    let mut text = String::from("\"");
    for c in pattern.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}
