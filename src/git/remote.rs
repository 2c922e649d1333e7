//! What crosses to another repository: looked at, fetched and pushed by explicit refspecs, pushes with a lease and never
//! with `-u`. The user's own credential helpers and hooks take part; nobody is asked on a terminal.

use std::collections::BTreeMap;

use super::Repo;
use super::merge::{MergeOutcome, parse_alone, with_drivers};
use crate::model::{Error, ErrorKind, Oid, Result};

/// First version of git whose `merge-tree` takes a declared merge base.
const DECLARED_BASE: (u32, u32) = (2, 40);

/// A branch to push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchPush {
    /// The branch there, without `refs/heads/`.
    pub branch: String,
    /// What it gets; none: it goes.
    pub commit: Option<Oid>,
    /// What it must be until then; none: it must not exist.
    pub expected: Option<Oid>,
}

impl BranchPush {
    fn full(&self) -> String {
        format!("refs/heads/{}", self.branch)
    }

    fn lease(&self) -> String {
        format!("--force-with-lease={}:{}", self.full(), self.expected.as_ref().map_or("", Oid::as_str))
    }

    /// Without a plus sign: a push that is no fast-forward is refused by git itself.
    fn refspec(&self) -> String {
        format!("{}:{}", self.commit.as_ref().map_or("", Oid::as_str), self.full())
    }
}

impl Repo {
    /// The address that pushes to a remote go to, as the user's configuration rewrites it.
    ///
    /// # Errors
    /// There is no such remote.
    pub fn push_address(&self, remote: &str) -> Result<String> {
        let doing = format!("looking up the remote `{remote}`");
        let output = self.git(&doing).args(["remote", "get-url", "--push", "--", remote]).output()?;
        if output.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
        }
        Err(Error::new(ErrorKind::NotFound, doing, "there is no remote of that name")
            .hint(format!("git remote add {remote} ADDRESS"))
            .hint("or name another one: git config orca.publishRemote NAME"))
    }

    /// Those of `branches` that a remote has, with their commits.
    ///
    /// # Errors
    /// The remote cannot be reached.
    pub fn remote_branches(&self, remote: &str, branches: &[String]) -> Result<BTreeMap<String, Oid>> {
        if branches.is_empty() {
            return Ok(BTreeMap::new());
        }
        let wanted = branches.iter().map(|branch| format!("refs/heads/{branch}"));
        let call = self.git(format!("looking at the branches of `{remote}`"));
        let out = call.args(["ls-remote", "--heads", "--", remote]).args(wanted).run()?;
        let text = String::from_utf8_lossy(&out);
        let pair = |line: &str| {
            let (oid, name) = line.split_once('\t')?;
            Some((name.strip_prefix("refs/heads/")?.to_owned(), oid.parse().ok()?))
        };
        Ok(text.lines().filter_map(pair).collect())
    }

    /// Fetches a branch of a remote into a ref of ours, wherever that was. Gives its commit.
    ///
    /// # Errors
    /// The remote cannot be reached, or has no such branch.
    pub fn fetch_branch(&self, remote: &str, branch: &str, into: &str) -> Result<Oid> {
        let call = self.git(format!("fetching `{branch}` from `{remote}`")).writes();
        let quiet = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"];
        call.args(quiet).args(["--", remote]).arg(format!("+refs/heads/{branch}:{into}")).run()?;
        self.read_ref(into)?.ok_or_else(|| Error::failed(format!("fetching `{branch}`"), "git fetched nothing"))
    }

    /// Pushes branches, all or none, each only from the value it is expected to have and only forward. The user's
    /// `pre-push` hooks run.
    ///
    /// # Errors
    /// The remote cannot be reached, a branch moved meanwhile, or a hook refused.
    pub fn push_branches(&self, remote: &str, pushes: &[BranchPush]) -> Result<()> {
        if pushes.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = pushes.iter().map(|push| push.branch.as_str()).collect();
        let call = self.git(format!("pushing {} to `{remote}`", names.join(", "))).writes();
        let call = call.without_config("core.hooksPath").args(["push", "--quiet", "--atomic", "--no-follow-tags"]);
        let call = call.args(pushes.iter().map(BranchPush::lease)).args(["--", remote]);
        call.args(pushes.iter().map(BranchPush::refspec)).run().map(drop)
    }

    /// Merges `theirs` into `ours` as if `base` were where they parted: for what a squash or a rebase made of commits that
    /// `ours` holds. Nowhere else is a base declared.
    ///
    /// # Errors
    /// This git is older than 2.40, or cannot read a commit.
    pub fn merge_from(&self, base: &Oid, ours: &Oid, theirs: &Oid) -> Result<MergeOutcome> {
        let doing = "merging what was squashed";
        if self.version_parts() < DECLARED_BASE {
            let cause = format!("git {} cannot merge from a declared base", self.git_version());
            return Err(Error::new(ErrorKind::Environment, doing, cause).hint("install git 2.40 or newer"));
        }
        let call = with_drivers(self, self.git(doing).writes(), &[])?.args(["merge-tree", "--write-tree", "-z"]);
        let call = call.arg(format!("--merge-base={base}")).args([ours.as_str(), theirs.as_str()]);
        let output = call.output()?;
        match output.code {
            Some(0) => parse_alone(&output.stdout, true),
            Some(1) => parse_alone(&output.stdout, false),
            _ => Err(call.error(&output)),
        }
    }
}

impl Repo {
    /// The first-parent commits above `below`, oldest first.
    ///
    /// # Errors
    /// A commit is missing.
    pub fn first_parents(&self, below: &Oid, tip: &Oid) -> Result<Vec<Oid>> {
        let call = self.git("listing what a layer holds");
        let out = call.args(["rev-list", "--first-parent", "--reverse", &format!("{below}..{tip}"), "--"]).run()?;
        String::from_utf8_lossy(&out).lines().map(str::parse).collect()
    }

    /// What a commit brings against `below`, as `git am` takes it: with the commit's author, date and message. None when
    /// that is nothing.
    ///
    /// # Errors
    /// A commit is missing.
    pub fn mail_patch(&self, below: &Oid, commit: &Oid) -> Result<Option<Vec<u8>>> {
        let doing = "writing a patch";
        let diff = ["diff", "--binary", "--full-index", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames"];
        let diff = self.git(doing).args(diff).args([below.as_str(), commit.as_str(), "--"]).run()?;
        if diff.is_empty() {
            return Ok(None);
        }
        let form =
            "--format=From %H Mon Sep 17 00:00:00 2001%nFrom: %an <%ae>%nDate: %aD%nSubject: [PATCH] %s%n%n%b%n---";
        let head = self.git(doing).args(["log", "-1", "--no-color", form, commit.as_str(), "--"]).run()?;
        Ok(Some([head, b"\n".to_vec(), diff, b"-- \ngit orca\n\n".to_vec()].concat()))
    }
}
