//! Commits and how they follow each other.

use git2::ObjectType;
use jiff::Timestamp;

use super::{failed, ours, theirs};
use crate::git::Repo;
use crate::model::{Error, Oid, Result};

/// Where the `HEAD` of a worktree stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The branch, without `refs/heads/`; none when detached.
    pub branch: Option<String>,
    /// The commit.
    pub commit: Oid,
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

impl Repo {
    /// The commit that a revision names, tags peeled.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::model::ErrorKind::NotFound) when it names nothing.
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

    /// Where the worktree stands in which the user is.
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

    /// The commit that the main worktree stands at; none in a bare repository whose `HEAD` names nothing.
    pub fn main_head(&self) -> Option<Oid> {
        let text = std::fs::read_to_string(self.common_dir().join("HEAD")).ok()?;
        match text.trim().strip_prefix("ref: ") {
            Some(branch) => self.read_ref(branch).ok().flatten(),
            None => text.trim().parse().ok(),
        }
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

    /// The commits with several parents that `to` has and none of `hidden` has, oldest first.
    ///
    /// # Errors
    /// One of them is missing.
    pub(in crate::git) fn merges_since(&self, hidden: &[&Oid], to: &Oid) -> Result<Vec<Oid>> {
        let repo = self.reader().lock();
        let walked = || -> std::result::Result<Vec<git2::Oid>, git2::Error> {
            let mut walk = repo.revwalk()?;
            walk.set_sorting(git2::Sort::TOPOLOGICAL | git2::Sort::REVERSE)?;
            walk.push(git2::Oid::from_str(to.as_str())?)?;
            hidden.iter().try_for_each(|oid| walk.hide(git2::Oid::from_str(oid.as_str())?))?;
            let commits = walk.map(|id| repo.find_commit(id?)).collect::<std::result::Result<Vec<_>, _>>()?;
            Ok(commits.into_iter().filter(|commit| commit.parent_count() > 1).map(|commit| commit.id()).collect())
        };
        walked().map_err(failed("listing merges"))?.into_iter().map(ours).collect()
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
}
