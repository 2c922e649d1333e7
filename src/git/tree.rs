//! Trees made of other trees: files replaced without a worktree or an index.

use super::Repo;
use crate::model::{Error, ErrorKind, Oid, Result};

/// The tree `tree` with the bytes of these files replaced; modes stay. Paths must be files of the tree.
///
/// # Errors
/// Git failed, or a path is not there.
pub fn replace_files(repo: &Repo, tree: &Oid, files: &[(String, Vec<u8>)]) -> Result<Oid> {
    let mut tree = tree.clone();
    for (path, bytes) in files {
        let call = repo.git("writing a file").writes().args(["hash-object", "-w", "--no-filters", "--stdin"]);
        let mut entry: Oid = call.stdin(bytes.clone()).line()?.parse()?;
        let mut rest = path.as_str();
        loop {
            let (folder, name) = rest.rsplit_once('/').unwrap_or(("", rest));
            entry = replace_entry(repo, &tree, folder, name, &entry)?;
            if folder.is_empty() {
                break;
            }
            rest = folder;
        }
        tree = entry;
    }
    Ok(tree)
}

/// The tree of `folder` with one entry's object replaced.
fn replace_entry(repo: &Repo, tree: &Oid, folder: &str, name: &str, with: &Oid) -> Result<Oid> {
    let doing = format!("replacing `{name}` in a tree");
    let listed = repo.git(&doing).args(["ls-tree", "-z", "--full-tree", &format!("{tree}:{folder}")]).run()?;
    let mut entries = Vec::with_capacity(listed.len());
    let mut found = false;
    for entry in listed.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
        let (meta, file) = entry.split_at(entry.iter().position(|byte| *byte == b'\t').unwrap_or(entry.len()));
        if file.get(1..) == Some(name.as_bytes()) {
            found = true;
            let kept = meta.iter().rposition(|byte| *byte == b' ').map_or(0, |at| at + 1);
            entries.extend_from_slice(&meta[..kept]);
            entries.extend_from_slice(with.as_str().as_bytes());
        } else {
            entries.extend_from_slice(meta);
        }
        entries.extend_from_slice(file);
        entries.push(0);
    }
    if !found {
        return Err(Error::new(ErrorKind::NotFound, doing, format!("`{folder}` has no such file")));
    }
    // Objects that a partial clone lacks are as good as there.
    repo.git(&doing).writes().args(["mktree", "-z", "--missing"]).stdin(entries).line()?.parse()
}
