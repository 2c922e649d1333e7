//! Files in trees: their bytes, and where those of one name lie.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use git2::{ObjectType, Repository};

use super::{failed, ours, theirs};
use crate::git::Repo;
use crate::model::{Error, ErrorKind, Files, MAX_FILE_BYTES, Oid, Result};

impl Repo {
    /// The bytes of a file in a commit.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::model::ErrorKind::NotFound) when it has no such file.
    pub fn file_at(&self, commit: &Oid, path: &str) -> Result<Vec<u8>> {
        let tree = self.tree_of(commit)?;
        blob_in(&self.reader().lock(), &tree, path)
    }

    /// The bytes of a file in a tree.
    ///
    /// # Errors
    /// As [`Repo::file_at`].
    pub fn file_in_tree(&self, tree: &Oid, path: &str) -> Result<Vec<u8>> {
        blob_in(&self.reader().lock(), tree, path)
    }

    /// All files of a commit with their blobs, in the order of the tree. Links and submodules are left out, as are paths
    /// that are no text.
    ///
    /// # Errors
    /// There is no such commit.
    pub fn files_with_blobs(&self, commit: &Oid) -> Result<Vec<(String, Oid)>> {
        let tree = self.tree_of(commit)?;
        let doing = format!("listing the files of `{}`", commit.short());
        let repo = self.reader().lock();
        let tree = repo.find_tree(theirs(&tree)?).map_err(failed(&doing))?;
        let mut found = Vec::new();
        tree.walk(git2::TreeWalkMode::PreOrder, |below, entry| {
            if let (true, Ok(name), Ok(blob)) = (is_regular(entry.filemode()), entry.name(), ours(entry.id())) {
                found.push((format!("{below}{name}"), blob));
            }
            git2::TreeWalkResult::Ok
        })
        .map_err(failed(&doing))?;
        Ok(found)
    }

    /// The paths of all that a commit or tree has, submodules among them; none where a path is no text.
    pub(in crate::git) fn paths_if_text(&self, treeish: &Oid) -> Option<Vec<String>> {
        let repo = self.reader().lock();
        let object = repo.find_object(theirs(treeish).ok()?, None).ok()?;
        let tree = object.peel_to_tree().ok()?;
        let (mut found, mut is_text) = (Vec::new(), true);
        let walked = tree.walk(git2::TreeWalkMode::PreOrder, |below, entry| {
            match entry.name() {
                Ok(name) if entry.kind() != Some(ObjectType::Tree) => found.push(format!("{below}{name}")),
                Ok(_) => {}
                Err(_) => is_text = false,
            }
            git2::TreeWalkResult::Ok
        });
        (is_text && walked.is_ok()).then_some(found)
    }

    /// Whether a commit has a folder at a path.
    pub fn is_folder(&self, commit: &Oid, path: &str) -> bool {
        self.entry_at(commit, path.as_bytes()).is_some_and(|(mode, _)| mode == 0o040_000)
    }

    /// Mode and object of what a commit has at a path; none where it has nothing.
    pub(in crate::git) fn entry_at(&self, commit: &Oid, path: &[u8]) -> Option<(u32, Oid)> {
        let tree = self.tree_of(commit).ok()?;
        let repo = self.reader().lock();
        let path = Path::new(std::ffi::OsStr::from_bytes(path));
        let entry = repo.find_tree(theirs(&tree).ok()?).ok()?.get_path(path).ok()?;
        Some((u32::try_from(entry.filemode()).ok()?, ours(entry.id()).ok()?))
    }

    /// Where a submodule stands in a commit.
    pub fn link_at(&self, commit: &Oid, path: &[u8]) -> Option<Oid> {
        self.entry_at(commit, path).filter(|(mode, _)| *mode == 0o160_000).map(|(_, oid)| oid)
    }

    /// Mode and object of what stands at `path` in a commit or tree; none where nothing does.
    ///
    /// # Errors
    /// There is no such tree.
    pub fn entry_in_tree(&self, tree: &Oid, path: &str) -> Result<Option<TreeEntry>> {
        let doing = format!("looking at `{path}`");
        let repo = self.reader().lock();
        let found = repo.find_object(theirs(tree)?, None).and_then(|it| it.peel_to_tree()).map_err(failed(&doing))?;
        match found.get_path(Path::new(path)) {
            Ok(entry) => Ok(Some(TreeEntry { mode: format!("{:06o}", entry.filemode()), oid: ours(entry.id())? })),
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(failed(&doing)(error)),
        }
    }

    /// The paths in a tree of files that are called `name`, with their blobs. Asks each distinct folder once for ever.
    pub(in crate::git) fn named_in_tree(
        &self,
        tree: &Oid,
        name: &str,
        seen: &mut NamedBlobs,
    ) -> Result<Vec<(String, Oid)>> {
        let repo = self.reader().lock();
        let doing = format!("looking for `{name}` in tree `{}`", tree.short());
        let found = seen.below(&repo, theirs(tree)?, name).map_err(failed(&doing))?;
        found.iter().map(|(path, oid)| Ok((path.clone(), ours(*oid)?))).collect()
    }

    /// The bytes of a blob.
    ///
    /// # Errors
    /// There is no such blob.
    pub fn blob(&self, oid: &Oid) -> Result<Vec<u8>> {
        let repo = self.reader().lock();
        let doing = format!("reading blob `{}`", oid.short());
        Ok(repo.find_blob(theirs(oid)?).map_err(failed(&doing))?.content().to_vec())
    }
}

/// What stands at a path of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// Its mode, as git writes it: `100644`.
    pub mode: String,
    /// Its object.
    pub oid: Oid,
}

fn blob_in(repo: &Repository, tree: &Oid, path: &str) -> Result<Vec<u8>> {
    let doing = format!("reading `{path}`");
    let tree = repo.find_tree(theirs(tree)?).map_err(failed(&doing))?;
    let entry = tree.get_path(Path::new(path)).map_err(failed(&doing))?;
    let blob = entry.to_object(repo).and_then(|object| object.peel_to_blob()).map_err(failed(&doing))?;
    Ok(blob.content().to_vec())
}

/// Where files of one name lie, by tree. Trees never change, so neither do these answers.
#[derive(Debug, Default)]
pub(in crate::git) struct NamedBlobs(BTreeMap<git2::Oid, Vec<(String, git2::Oid)>>);

impl NamedBlobs {
    /// Trees remembered.
    pub(in crate::git) fn len(&self) -> usize {
        self.0.len()
    }

    fn below(
        &mut self,
        repo: &Repository,
        tree: git2::Oid,
        name: &str,
    ) -> Result<Vec<(String, git2::Oid)>, git2::Error> {
        if let Some(known) = self.0.get(&tree) {
            return Ok(known.clone());
        }
        let mut found = Vec::new();
        for entry in &repo.find_tree(tree)? {
            match entry.kind() {
                Some(ObjectType::Blob) if entry.name_bytes() == name.as_bytes() => {
                    found.push((name.to_owned(), entry.id()));
                }
                Some(ObjectType::Tree) => {
                    let folder = String::from_utf8_lossy(entry.name_bytes()).into_owned();
                    let below = self.below(repo, entry.id(), name)?;
                    found.extend(below.into_iter().map(|(path, oid)| (format!("{folder}/{path}"), oid)));
                }
                _ => {}
            }
        }
        self.0.insert(tree, found.clone());
        Ok(found)
    }
}

/// The files of a commit's tree, as [`Files`]. Links are not followed and not listed.
#[derive(Debug, Clone)]
pub struct CommitFiles {
    repo: Repo,
    tree: Oid,
}

impl CommitFiles {
    /// The files of `commit`.
    ///
    /// # Errors
    /// There is no such commit.
    pub fn new(repo: &Repo, commit: &Oid) -> Result<Self> {
        Ok(CommitFiles { repo: repo.clone(), tree: repo.tree_of(commit)? })
    }
}

/// Whether a tree entry's mode is that of a regular file.
fn is_regular(mode: i32) -> bool {
    mode & 0o170_000 == 0o100_000
}

impl Files for CommitFiles {
    fn list(&self, folder: &str) -> Result<Vec<String>> {
        let doing = format!("listing `{folder}`");
        let repo = self.repo.reader().lock();
        let mut tree = repo.find_tree(theirs(&self.tree)?).map_err(failed(&doing))?;
        let folder = folder.trim_end_matches('/');
        if !folder.is_empty() {
            let entry = tree.get_path(Path::new(folder)).map_err(failed(&doing))?;
            tree = entry.to_object(&repo).and_then(|object| object.peel_to_tree()).map_err(failed(&doing))?;
        }
        let mut found = Vec::new();
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        tree.walk(git2::TreeWalkMode::PreOrder, |below, entry| {
            if let (true, Ok(name)) = (is_regular(entry.filemode()), entry.name()) {
                found.push(format!("{prefix}{below}{name}"));
            }
            git2::TreeWalkResult::Ok
        })
        .map_err(failed(&doing))?;
        found.sort();
        Ok(found)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>> {
        let doing = format!("reading `{path}`");
        let repo = self.repo.reader().lock();
        let tree = repo.find_tree(theirs(&self.tree)?).map_err(failed(&doing))?;
        let entry = tree.get_path(&PathBuf::from(path)).map_err(failed(&doing))?;
        if !is_regular(entry.filemode()) {
            return Err(Error::new(ErrorKind::Environment, doing, "not a regular file"));
        }
        let (size, _) = repo.odb().and_then(|odb| odb.read_header(entry.id())).map_err(failed(&doing))?;
        if size as u64 > MAX_FILE_BYTES {
            return Err(Error::new(ErrorKind::Environment, doing, format!("larger than {} MiB", MAX_FILE_BYTES >> 20)));
        }
        Ok(repo.find_blob(entry.id()).map_err(failed(&doing))?.content().to_vec())
    }

    fn exists(&self, path: &str) -> bool {
        let repo = self.repo.reader().lock();
        let entry = theirs(&self.tree).ok().and_then(|tree| repo.find_tree(tree).ok()?.get_path(Path::new(path)).ok());
        entry.is_some_and(|entry| is_regular(entry.filemode()))
    }
}
