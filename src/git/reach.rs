//! Which commits would be lost without a ref, and what the user has refs of.

use std::collections::HashSet;
use std::fs;

use super::Repo;
use super::checkouts::is_foreign;
use super::files::read_text;
use crate::model::{Oid, Result};

impl Repo {
    /// Those of `tips` that are not reachable from `roots`, all in one walk. Ids that name nothing count as reachable:
    /// there is nothing to lose.
    ///
    /// # Errors
    /// Git cannot walk the history.
    pub fn unreached<'a>(
        &self,
        tips: impl IntoIterator<Item = &'a Oid>,
        roots: impl IntoIterator<Item = &'a Oid>,
    ) -> Result<HashSet<Oid>> {
        let tips: HashSet<&Oid> = tips.into_iter().collect();
        if tips.is_empty() {
            return Ok(HashSet::new());
        }
        let wanted = tips.iter().map(|tip| format!("{tip}\n"));
        let lines: String = wanted.chain(roots.into_iter().map(|root| format!("^{root}\n"))).collect();
        let call = self.git("looking for commits that no branch has");
        let out = call.args(["rev-list", "--ignore-missing", "--stdin"]).stdin(lines).run()?;
        let found: HashSet<Oid> = String::from_utf8_lossy(&out).lines().filter_map(|line| line.parse().ok()).collect();
        Ok(tips.into_iter().filter(|tip| found.contains(tip)).cloned().collect())
    }

    /// What the user's own refs name: branches, tags, remote-tracking branches, the stash, and every `HEAD` of a
    /// worktree that is no slot. Branches and refs of git orca do not count, wherever they were pushed to.
    ///
    /// # Errors
    /// The refs cannot be read.
    pub fn user_tips(&self) -> Result<Vec<Oid>> {
        let refs = self.list_refs("refs/")?.into_iter().filter(|(name, _)| is_users(name));
        let mut tips: Vec<Oid> = refs.map(|(_, tip)| tip).collect();
        let worktrees = fs::read_dir(self.common_dir().join("worktrees")).into_iter().flatten().flatten();
        let foreign = worktrees.map(|entry| entry.path()).filter(|admin| is_foreign(admin));
        for folder in foreign.chain([self.common_dir().to_owned()]) {
            let head = read_text(&folder.join("HEAD")).unwrap_or_default();
            // A `HEAD` on a branch is among the refs; only a detached one is a tip of its own.
            tips.extend(head.trim().parse::<Oid>());
        }
        Ok(tips)
    }
}

fn is_users(name: &str) -> bool {
    let pushed = || name.strip_prefix("refs/remotes/").and_then(|rest| rest.split_once('/')).map(|(_, branch)| branch);
    !name.starts_with("refs/orca/")
        && !name.starts_with("refs/heads/orca/")
        && !name.starts_with("refs/notes/")
        && !pushed().is_some_and(|branch| branch.starts_with("orca/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refs_of_git_orca_are_not_the_users() {
        let table = [
            ("refs/heads/main", true),
            ("refs/heads/orca-old", true),
            ("refs/tags/v1", true),
            ("refs/stash", true),
            ("refs/remotes/origin/main", true),
            ("refs/remotes/origin/orca/r1/layer/1", false),
            ("refs/heads/orca/r1/integration", false),
            ("refs/orca/runs/r1/base", false),
            ("refs/notes/orca", false),
        ];
        for (name, users) in table {
            assert_eq!(is_users(name), users, "{name}");
        }
    }
}
