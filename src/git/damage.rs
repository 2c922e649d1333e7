//! Refs of ours that point to what is gone: somebody pruned while a run was writing, or the disk lost something.

use std::collections::BTreeSet;

use super::Repo;
use super::read::is_whole_since;
use crate::model::{Oid, Result};

/// A ref whose history cannot be read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedRef {
    /// Full name.
    pub name: String,
    /// Its value.
    pub commit: Oid,
    /// Whether even the commit that it names is gone; else something that the commit needs.
    pub is_dangling: bool,
}

/// Namespaces that are ours.
const OURS: [&str; 3] = ["refs/orca/", "refs/heads/orca/", "refs/notes/orca"];

/// The refs of ours that point to objects which are gone, or to histories with holes.
///
/// # Errors
/// The refs cannot be listed.
pub fn damaged_refs(repo: &Repo) -> Result<Vec<DamagedRef>> {
    damaged(repo, &OURS, None)
}

/// As [`damaged_refs`], of the refs below `names` alone, and of what they have and `base` has not.
///
/// # Errors
/// The refs cannot be listed.
pub fn damaged_refs_of(repo: &Repo, names: &[&str], base: &Oid) -> Result<Vec<DamagedRef>> {
    damaged(repo, names, Some(base))
}

fn damaged(repo: &Repo, names: &[&str], base: Option<&Oid>) -> Result<Vec<DamagedRef>> {
    let call = repo.git("looking for damaged refs").args(["for-each-ref", "--format=%(objectname) %(refname)"]);
    let out = call.args(names).run()?;
    let text = String::from_utf8_lossy(&out).into_owned();
    let refs: Vec<(Oid, &str)> = text
        .lines()
        .filter_map(|line| line.split_once(' ').and_then(|(oid, name)| Some((oid.parse().ok()?, name))))
        .collect();
    let all: BTreeSet<&Oid> = refs.iter().map(|(oid, _)| oid).collect();
    if all.is_empty() || is_whole(repo, &all, base)? {
        return Ok(Vec::new());
    }
    let mut damaged = Vec::new();
    for (commit, name) in &refs {
        if !is_whole(repo, &BTreeSet::from([commit]), base)? {
            let is_dangling =
                !repo.git("looking for an object").args(["cat-file", "-e", commit.as_str()]).output()?.success();
            damaged.push(DamagedRef { name: (*name).to_owned(), commit: commit.clone(), is_dangling });
        }
    }
    Ok(damaged)
}

/// Whether everything that these objects need is there; what `base` needs is taken for granted.
///
/// # Errors
/// Git cannot be asked.
fn is_whole(repo: &Repo, tips: &BTreeSet<&Oid>, base: Option<&Oid>) -> Result<bool> {
    let known = base.map(|base| format!("^{base}\n")).unwrap_or_default();
    let lines: String = tips.iter().map(|oid| format!("{oid}\n")).chain([known]).collect();
    let call = repo.git("looking for what is gone").args(["rev-list", "--objects", "--quiet", "--stdin"]);
    Ok(call.stdin(lines).output()?.success())
}

/// Whether everything that `head` has and `base` has not can be read: nothing of it was pruned between writing and naming.
///
/// # Errors
/// Git cannot be asked.
pub fn reads_back(repo: &Repo, base: &Oid, head: &Oid) -> Result<bool> {
    // From here on what is read can be put back, whoever prunes it.
    repo.sync_written()?;
    // Without a process where nothing is wrong; git itself says that something is.
    if is_whole_since(repo.common_dir(), base, head) {
        return Ok(true);
    }
    let call = repo.git("reading back what was written").args(["rev-list", "--objects", "--no-object-names"]);
    let walked = call.args([head.as_str(), &format!("^{base}")]).output()?;
    if !walked.success() {
        return Ok(false);
    }
    let check = repo.git("reading back what was written").args(["cat-file", "--batch-check=%(objecttype)"]);
    let found = check.stdin(walked.stdout).run()?;
    Ok(!String::from_utf8_lossy(&found).lines().any(|line| line.ends_with("missing")))
}

#[cfg(test)]
mod tests {
    use super::super::testing::Fixture;
    use super::*;

    /// Removes the loose object.
    fn lose(fixture: &Fixture, oid: &str) {
        let (folder, file) = oid.split_at(2);
        std::fs::remove_file(fixture.root().join(".git/objects").join(folder).join(file)).unwrap();
    }

    #[test]
    fn refs_of_ours_that_cannot_be_read_are_named() {
        let fixture = Fixture::new();
        let base = fixture.commit("base", &[("a", "a")]);
        let (repo, root) = (fixture.repo(), fixture.root());
        let gone = fixture.branch(&base, |root| std::fs::write(root.join("b"), "b").unwrap());
        let holed = fixture.branch(&base, |root| std::fs::write(root.join("c"), "see").unwrap());
        for (name, at) in [("refs/orca/x/gone", &gone), ("refs/heads/orca/holed", &holed), ("refs/orca/x/good", &base)]
        {
            fixture.git(&["update-ref", name, at.as_str()]);
        }
        assert_eq!(damaged_refs(&repo).unwrap(), []);
        assert!(reads_back(&repo, &base, &gone).unwrap() && reads_back(&repo, &base, &holed).unwrap());
        let blob = super::super::testing::git(&root, &["rev-parse", &format!("{holed}:c")]);
        lose(&fixture, &blob);
        lose(&fixture, gone.as_str());
        assert!(!reads_back(&repo, &base, &gone).unwrap() && !reads_back(&repo, &base, &holed).unwrap());
        let found = damaged_refs(&repo).unwrap();
        let words: Vec<(&str, bool)> = found.iter().map(|it| (it.name.as_str(), it.is_dangling)).collect();
        assert_eq!(words, [("refs/heads/orca/holed", false), ("refs/orca/x/gone", true)]);
        let of = |names: &[&str]| damaged_refs_of(&repo, names, &base).unwrap().len();
        assert_eq!((of(&["refs/orca/x/"]), of(&["refs/heads/orca/"]), of(&["refs/orca/x/good"])), (1, 1, 0));
    }
}
