//! What is read with libgit2: objects, refs, configuration, differences. Only this file and `read_diff.rs` name `git2`.
//!
//! libgit2 reads; it never merges or writes here (FACTS 0: wrong clean merges, transactions that are not atomic).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use git2::{Delta, DiffFindOptions, DiffOptions, ObjectType, Repository};
use jiff::Timestamp;

use super::Repo;
use crate::model::{Error, ErrorKind, Files, MAX_FILE_BYTES, Oid, Result};

/// The opened repository. One for all threads: opening costs more than any read.
pub(super) struct Reader(Mutex<Repository>);

/// Where `HEAD` of the main worktree stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The branch, without `refs/heads/`; none when detached.
    pub branch: Option<String>,
    /// The commit.
    pub commit: Oid,
}

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

/// A branch's upstream and how far both have moved apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// Short name: `origin/main`.
    pub name: String,
    /// Commits of the branch that the upstream lacks.
    pub ahead: usize,
    /// Commits of the upstream that the branch lacks.
    pub behind: usize,
    /// When it was last fetched, if that is known.
    pub fetched: Option<Timestamp>,
}

/// A commit's own data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitInfo {
    /// First line of the message.
    pub subject: String,
    /// The rest of the message, trimmed.
    pub body: String,
    /// Parents in order.
    pub parents: Vec<Oid>,
    /// Its tree.
    pub tree: Oid,
    /// Committer time.
    pub time: Timestamp,
    /// Author's name.
    pub author: String,
}

/// What stands at a path of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// Its mode, as git writes it: `100644`.
    pub mode: String,
    /// Its object.
    pub oid: Oid,
}

pub(super) fn failed(doing: &str) -> impl Fn(git2::Error) -> Error + '_ {
    move |error| {
        let kind = match error.code() {
            git2::ErrorCode::NotFound | git2::ErrorCode::UnbornBranch | git2::ErrorCode::InvalidSpec => {
                ErrorKind::NotFound
            }
            git2::ErrorCode::Ambiguous => ErrorKind::Usage,
            _ => ErrorKind::Failed,
        };
        Error::new(kind, doing, error.message().to_owned())
    }
}

fn ours(oid: git2::Oid) -> Result<Oid> {
    oid.to_string().parse()
}

pub(super) fn theirs(oid: &Oid) -> Result<git2::Oid> {
    git2::Oid::from_str(oid.as_str()).map_err(failed("reading an object id"))
}

impl Reader {
    /// Opens the shared folder.
    pub(super) fn open(common: &Path) -> Result<Reader> {
        let doing = format!("opening the repository `{}`", common.display());
        Ok(Reader(Mutex::new(Repository::open(common).map_err(failed(&doing))?)))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Repository> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether `HEAD` names a branch without a commit.
    pub(super) fn is_unborn(&self) -> Result<bool> {
        match self.lock().head() {
            Ok(_) => Ok(false),
            Err(error) if error.code() == git2::ErrorCode::UnbornBranch => Ok(true),
            Err(error) => Err(failed("reading `HEAD`")(error)),
        }
    }
}

impl Repo {
    /// The commit that a revision names, tags peeled.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when it names nothing.
    pub fn resolve(&self, rev: &str) -> Result<Oid> {
        let doing = format!("looking up `{rev}`");
        let repo = self.reader().lock();
        let object = repo.revparse_single(rev).map_err(failed(&doing))?;
        ours(object.peel(ObjectType::Commit).map_err(failed(&doing))?.id())
    }

    /// The tree of a commit.
    ///
    /// # Errors
    /// There is no such commit.
    pub fn tree_of(&self, commit: &Oid) -> Result<Oid> {
        Ok(self.commit_info(commit)?.tree)
    }

    /// Where the main worktree stands.
    ///
    /// # Errors
    /// It has no commit.
    pub fn head(&self) -> Result<Head> {
        let repo = self.reader().lock();
        let head = repo.head().map_err(failed("reading `HEAD`"))?;
        let commit = head.peel_to_commit().map_err(failed("reading `HEAD`"))?.id();
        let branch = head.is_branch().then(|| String::from_utf8_lossy(head.shorthand_bytes()).into_owned());
        Ok(Head { branch, commit: ours(commit)? })
    }

    /// Whether `a` is `b` or one of its ancestors.
    ///
    /// # Errors
    /// One of them is missing.
    pub fn is_ancestor(&self, a: &Oid, b: &Oid) -> Result<bool> {
        let (a, b) = (theirs(a)?, theirs(b)?);
        Ok(a == b || self.reader().lock().graph_descendant_of(b, a).map_err(failed("comparing histories"))?)
    }

    /// One best common ancestor, if there is any.
    ///
    /// # Errors
    /// One of them is missing.
    pub fn merge_base(&self, a: &Oid, b: &Oid) -> Result<Option<Oid>> {
        match self.reader().lock().merge_base(theirs(a)?, theirs(b)?) {
            Ok(oid) => ours(oid).map(Some),
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(failed("looking for a common ancestor")(error)),
        }
    }

    /// How many best common ancestors there are.
    ///
    /// # Errors
    /// One of them is missing.
    pub fn merge_bases(&self, a: &Oid, b: &Oid) -> Result<usize> {
        match self.reader().lock().merge_bases(theirs(a)?, theirs(b)?) {
            Ok(found) => Ok(found.len()),
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(0),
            Err(error) => Err(failed("looking for common ancestors")(error)),
        }
    }

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

    /// The upstream of a local branch (short name), if it has one.
    ///
    /// # Errors
    /// The branch does not exist, or its history cannot be read.
    pub fn upstream(&self, branch: &str) -> Result<Option<Upstream>> {
        let doing = format!("comparing `{branch}` with its upstream");
        let repo = self.reader().lock();
        let local = repo.find_branch(branch, git2::BranchType::Local).map_err(failed(&doing))?;
        let Ok(upstream) = local.upstream() else { return Ok(None) };
        let name = String::from_utf8_lossy(upstream.name_bytes().map_err(failed(&doing))?).into_owned();
        let (Some(here), Some(there)) = (local.get().target(), upstream.get().target()) else { return Ok(None) };
        let (ahead, behind) = repo.graph_ahead_behind(here, there).map_err(failed(&doing))?;
        Ok(Some(Upstream { name, ahead, behind, fetched: self.last_fetch() }))
    }

    fn last_fetch(&self) -> Option<Timestamp> {
        let modified = std::fs::metadata(self.common_dir().join("FETCH_HEAD")).ok()?.modified().ok()?;
        Timestamp::try_from(modified).ok()
    }

    /// A commit's message, parents, tree, time and author.
    ///
    /// # Errors
    /// There is no such commit.
    pub fn commit_info(&self, commit: &Oid) -> Result<CommitInfo> {
        let doing = format!("reading commit `{}`", commit.short());
        let repo = self.reader().lock();
        let found = repo.find_commit(theirs(commit)?).map_err(failed(&doing))?;
        let message = String::from_utf8_lossy(found.message_bytes()).into_owned();
        let (subject, body) = message.trim().split_once('\n').unwrap_or((message.trim(), ""));
        Ok(CommitInfo {
            subject: subject.to_owned(),
            body: body.trim().to_owned(),
            parents: found.parent_ids().map(ours).collect::<Result<_>>()?,
            tree: ours(found.tree_id())?,
            time: Timestamp::from_second(found.time().seconds()).map_err(|e| Error::failed(doing.clone(), e))?,
            author: String::from_utf8_lossy(found.author().name_bytes()).into_owned(),
        })
    }

    /// The bytes of a file in a commit.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when it has no such file.
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

    /// Mode and object of what stands at `path` in a tree; none where nothing does.
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

    /// The value of a ref, symbolic ones followed; none when it does not exist.
    ///
    /// # Errors
    /// The ref is damaged, or its name is not valid.
    pub fn read_ref(&self, name: &str) -> Result<Option<Oid>> {
        let doing = format!("reading `{name}`");
        let repo = self.reader().lock();
        match repo.find_reference(name).and_then(|found| found.resolve()) {
            Ok(found) => found.target().map(ours).transpose(),
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(failed(&doing)(error)),
        }
    }

    /// The refs whose names start with `prefix` (all for an empty one) with their values, sorted by name. Symbolic refs
    /// and damaged ones are left out.
    ///
    /// # Errors
    /// The ref store cannot be read.
    pub fn list_refs(&self, prefix: &str) -> Result<Vec<(String, Oid)>> {
        let doing = format!("listing refs below `{prefix}`");
        let repo = self.reader().lock();
        let mut found = Vec::new();
        for reference in repo.references_glob(&format!("{}*", escaped_glob(prefix))).map_err(failed(&doing))? {
            let Ok(reference) = reference else { continue };
            let name = String::from_utf8_lossy(reference.name_bytes()).into_owned();
            if let Some(oid) = reference.target()
                && name.starts_with(prefix)
            {
                found.push((name, ours(oid)?));
            }
        }
        found.sort();
        Ok(found)
    }

    /// The note below `notes` (a full ref name) on a commit, if there is one.
    ///
    /// # Errors
    /// The notes cannot be read.
    pub fn note(&self, notes: &str, commit: &Oid) -> Result<Option<String>> {
        let repo = self.reader().lock();
        match repo.find_note(Some(notes), theirs(commit)?) {
            Ok(note) => Ok(Some(String::from_utf8_lossy(note.message_bytes()).into_owned())),
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(failed(&format!("reading the note on `{}`", commit.short()))(error)),
        }
    }

    /// Whether a text can be the name of a branch.
    pub(super) fn is_branch_name(name: &str) -> bool {
        git2::Branch::name_is_valid(name).unwrap_or(false)
    }

    /// The paths in a tree of files that are called `name`, with their blobs. Asks each distinct folder once for ever.
    pub(super) fn named_in_tree(&self, tree: &Oid, name: &str, seen: &mut NamedBlobs) -> Result<Vec<(String, Oid)>> {
        let repo = self.reader().lock();
        let doing = format!("looking for `{name}` in tree `{}`", tree.short());
        let found = seen.below(&repo, theirs(tree)?, name).map_err(failed(&doing))?;
        found.iter().map(|(path, oid)| Ok((path.clone(), ours(*oid)?))).collect()
    }

    /// The bytes of a blob.
    pub(super) fn blob(&self, oid: &Oid) -> Result<Vec<u8>> {
        let repo = self.reader().lock();
        let doing = format!("reading blob `{}`", oid.short());
        Ok(repo.find_blob(theirs(oid)?).map_err(failed(&doing))?.content().to_vec())
    }
}

fn escaped_glob(prefix: &str) -> String {
    prefix.chars().flat_map(|c| matches!(c, '*' | '?' | '[' | '\\').then_some('\\').into_iter().chain([c])).collect()
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

fn blob_in(repo: &Repository, tree: &Oid, path: &str) -> Result<Vec<u8>> {
    let doing = format!("reading `{path}`");
    let tree = repo.find_tree(theirs(tree)?).map_err(failed(&doing))?;
    let entry = tree.get_path(Path::new(path)).map_err(failed(&doing))?;
    let blob = entry.to_object(repo).and_then(|object| object.peel_to_blob()).map_err(failed(&doing))?;
    Ok(blob.content().to_vec())
}

/// Where files of one name lie, by tree. Trees never change, so neither do these answers.
#[derive(Debug, Default)]
pub(super) struct NamedBlobs(BTreeMap<git2::Oid, Vec<(String, git2::Oid)>>);

impl NamedBlobs {
    /// Trees remembered.
    pub(super) fn len(&self) -> usize {
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

/// The version of libgit2 in use.
pub fn library_version() -> String {
    let (major, minor, patch) = git2::Version::get().libgit2_version();
    format!("{major}.{minor}.{patch}")
}

/// One value of one configuration file, without includes and the other levels.
pub(super) fn config_file_value(file: &Path, key: &str) -> Option<String> {
    git2::Config::open(file).ok()?.get_string(key).ok()
}

/// Whether a file hashes to this blob as it stands, without filters.
pub(super) fn hashes_to(file: &Path, blob: &[u8]) -> bool {
    git2::Oid::hash_file(ObjectType::Blob, file).is_ok_and(|oid| oid.as_bytes() == blob)
}

/// Whether a link's target hashes to this blob.
pub(super) fn target_hashes_to(target: &[u8], blob: &[u8]) -> bool {
    git2::Oid::hash_object(ObjectType::Blob, target).is_ok_and(|oid| oid.as_bytes() == blob)
}

/// Whether an index file is whole: its structure and its checksum.
pub(super) fn index_is_whole(file: &Path) -> bool {
    git2::Index::open(file).is_ok()
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
