//! Taking files of a slot into a tree.

use super::Repo;
use super::files::copy_file;
use super::slot::Slot;
use crate::model::{Error, Oid, Result};

/// The tree that `slot` has checked out, with `paths` as they lie there now: the user's filters applied, files that are
/// gone left out. Nothing else of the slot counts.
///
/// # Errors
/// Git cannot read the files, or not write.
pub fn tree_taking(repo: &Repo, slot: &Slot, paths: &[String]) -> Result<Oid> {
    let doing = "taking files into a tree";
    let scratch = tempfile::tempdir().map_err(|e| Error::failed(doing, e))?;
    let private = scratch.path().join("index");
    copy_file(&slot.admin.join("index"), &private).map_err(|e| Error::failed(doing, e))?;
    let call = || repo.git_in(slot, doing).index(&private).writes().config("core.safecrlf=false");
    let listed: Vec<u8> = paths.iter().flat_map(|path| [path.as_bytes(), b"\0"].concat()).collect();
    call().args(["update-index", "-z", "--add", "--remove", "--replace", "--stdin"]).stdin(listed).run()?;
    call().arg("write-tree").line()?.parse()
}
