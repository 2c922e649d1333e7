//! The repository, who commits, room for branches, and the folder of the worktrees.

use std::path::Path;

use super::super::clean::count;
use super::finding::DoctorFinding;
use crate::git::{self, CommitFiles};
use crate::model::{Files, Result};
use crate::process::{disk_free, find_program};
use crate::settings::Settings;
use crate::start::here::Here;

/// Room below which a run is likely to fail, bytes: a worktree with its build cache easily takes 1 GiB.
const LITTLE_ROOM: u64 = 1 << 30;

/// Git, repository, identity, branches.
pub fn look(here: &Here) -> Vec<DoctorFinding> {
    let mut findings = vec![DoctorFinding::ok(
        "git",
        format!("git {} (2.39 or newer), libgit2 {}", here.repo.git_version(), git::library_version()),
    )];
    findings.extend(facts(here).unwrap_or_else(|error| vec![DoctorFinding::of_error("repository", &error)]));
    findings.push(match here.repo.identity() {
        Some((name, mail)) => DoctorFinding::ok("identity", format!("identity {name} <{mail}>")),
        None => {
            DoctorFinding::problem("identity", "git does not know your name and email address, so it cannot commit")
                .hint("git config --global user.name \"Your Name\"")
                .hint("git config --global user.email you@example.org")
        }
    });
    findings.extend(git::free_namespace(&here.repo).err().map(|error| DoctorFinding::of_error("branches", &error)));
    findings
}

fn facts(here: &Here) -> Result<Vec<DoctorFinding>> {
    let files = CommitFiles::new(&here.repo, &here.repo.head()?.commit)?;
    let listed = files.list("")?;
    let lfs = uses_lfs(&files, &listed);
    let mut parts = vec![format!("repository {}", here.repo.work_tree().display()), count(listed.len(), "file")];
    parts.push(if files.exists(".gitmodules") { "with submodules" } else { "no submodules" }.to_owned());
    parts.push(if lfs { "with LFS" } else { "no LFS" }.to_owned());
    let mut findings = vec![DoctorFinding::ok("repository", parts.join(", "))];
    if here.repo.is_shallow() {
        let words = "history is shallow: runs work, but merges with commits older than the cut can be wrong";
        findings.push(DoctorFinding::note("repository", words).hint("git fetch --unshallow"));
    }
    if lfs && find_program("git-lfs", here.env.get("PATH").map(String::as_str), here.repo.work_tree()).is_err() {
        let words = "files are kept by git LFS, but git-lfs is not installed: worktrees would hold pointers only";
        findings.push(DoctorFinding::problem("repository", words).hint("install git-lfs, then: git lfs install"));
    }
    Ok(findings)
}

/// Whether an attributes file of the commit hands files to LFS.
fn uses_lfs(files: &CommitFiles, listed: &[String]) -> bool {
    let attributes = listed.iter().filter(|path| path.rsplit('/').next() == Some(".gitattributes"));
    attributes
        .filter_map(|path| files.read(path).ok())
        .any(|bytes| String::from_utf8_lossy(&bytes).contains("filter=lfs"))
}

/// The folder of the worktrees: whether they can be made, how many there are, and the room on its disk.
pub fn worktrees(here: &Here, settings: &Settings) -> Vec<DoctorFinding> {
    let (folder, elsewhere) = match here.slots(settings) {
        Ok(found) => found,
        Err(error) => return vec![DoctorFinding::of_error("worktrees", &error)],
    };
    if let Some(why) = unwritable(&folder) {
        let words = format!("worktrees cannot be made: {}: {why}", folder.display());
        return vec![DoctorFinding::problem("worktrees", words).hint("git config orca.worktreeDir /another/folder")];
    }
    let known = git::slots(&here.repo, &folder).len();
    let mut findings =
        vec![DoctorFinding::ok("worktrees", format!("{} in {}", count(known, "worktree"), folder.display()))];
    if elsewhere {
        let words = "the folder beside the repository cannot be written, so worktrees go below your cache";
        findings.push(DoctorFinding::note("worktrees", words));
    }
    findings.push(match disk_free(&folder) {
        Ok(bytes) => {
            let words = format!("disk {:.1} GiB free", bytes as f64 / f64::from(1 << 30));
            let full = DoctorFinding::problem("disk", format!("{words}: too little for worktrees and their builds"));
            if bytes < LITTLE_ROOM { full.hint("git orca clean") } else { DoctorFinding::ok("disk", words) }
        }
        Err(error) => DoctorFinding::of_error("disk", &error),
    });
    findings
}

/// Why nothing can be made at `folder`. Only trying tells (access lists, read-only mounts): a file without a name is
/// tried in the nearest folder that exists.
fn unwritable(folder: &Path) -> Option<String> {
    let there = folder.ancestors().find(|part| part.symlink_metadata().is_ok())?;
    if !there.is_dir() {
        return Some(format!("`{}` is a file", there.display()));
    }
    tempfile::tempfile_in(there).err().map(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_the_way_is_found_without_writing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("app.orca");
        assert_eq!(unwritable(&file), None);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
        std::fs::write(&file, "").unwrap();
        assert!(unwritable(&file).unwrap().contains("is a file"));
    }
}
