//! What setup made in a gate's worktree: kept outside of it, and put back before each check.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use super::reflink::TreeCopy;
use crate::git;

/// The topmost paths that setup made: those that are new, and those of an earlier setup that are there still.
pub(super) fn made(before: &BTreeSet<String>, after: &BTreeSet<String>, earlier: &[String]) -> Vec<String> {
    let again = |path: &&String| !before.contains(*path) || earlier.contains(path);
    after.iter().filter(again).cloned().collect()
}

/// Copies these paths of `root` to `copy`, in place of what is kept there. They are complete once `copy` is there.
pub(super) fn keep(root: &Path, paths: &[String], copy: &Path) -> io::Result<()> {
    git::discard(copy)?;
    let making = copy.with_extension("making");
    git::discard(&making)?;
    fs::create_dir_all(&making)?;
    for path in paths {
        let to = making.join(path);
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        copy_tree(&root.join(path), &to)?;
    }
    fs::rename(making, copy)
}

/// Puts all that is kept in `copy` back into `root`, over what is there.
pub(super) fn put_back(copy: &Path, root: &Path) -> io::Result<()> {
    for item in fs::read_dir(copy)? {
        let name = item?.file_name();
        merge_tree(&copy.join(&name), &root.join(&name))?;
    }
    Ok(())
}

/// A folder that is there already keeps what else is in it.
fn merge_tree(from: &Path, to: &Path) -> io::Result<()> {
    let is_folder = |path: &Path| fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir());
    if !is_folder(from) || !is_folder(to) {
        git::discard(to)?;
        return copy_tree(from, to);
    }
    for item in fs::read_dir(from)? {
        let name = item?.file_name();
        merge_tree(&from.join(&name), &to.join(&name))?;
    }
    Ok(())
}

fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    TreeCopy::default().copy(from, to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn products_come_back_as_they_were() {
        let dir = tempfile::tempdir().unwrap();
        let (root, copy) = (dir.path().join("w"), dir.path().join("copy"));
        fs::create_dir_all(root.join("node_modules/.bin")).unwrap();
        fs::write(root.join("node_modules/tool.js"), "tool").unwrap();
        fs::set_permissions(root.join("node_modules/tool.js"), fs::Permissions::from_mode(0o555)).unwrap();
        symlink("../tool.js", root.join("node_modules/.bin/tool")).unwrap();
        nix::unistd::mkfifo(&root.join("node_modules/pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
        fs::File::open(root.join("node_modules/tool.js")).unwrap().set_modified(old).unwrap();
        keep(&root, &["node_modules".to_owned()], &copy).unwrap();
        for change in ["kept", "gone", "tampered"] {
            match change {
                "gone" => git::discard(&root.join("node_modules")).unwrap(),
                "tampered" => {
                    git::discard(&root.join("node_modules/tool.js")).unwrap();
                    symlink("/etc/passwd", root.join("node_modules/tool.js")).unwrap();
                }
                _ => fs::write(root.join("node_modules/more"), "more").unwrap(),
            }
            put_back(&copy, &root).unwrap();
            let tool = root.join("node_modules/tool.js");
            let meta = fs::symlink_metadata(&tool).unwrap();
            assert!(meta.is_file(), "{change}");
            assert_eq!((meta.modified().unwrap(), meta.permissions().mode() & 0o777), (old, 0o555), "{change}");
            assert_eq!(fs::read_to_string(root.join("node_modules/.bin/tool")).unwrap(), "tool", "{change}");
            assert_eq!(root.join("node_modules/more").exists(), change == "kept");
        }
        assert_eq!(
            fs::read_to_string(copy.join("node_modules/tool.js")).unwrap(),
            "tool",
            "the copy is nobody's to write"
        );
    }

    #[test]
    fn only_what_set_up_made_is_its_product() {
        let set = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<BTreeSet<String>>();
        let (before, after) = (set(&["target", "node_modules"]), set(&["target", "node_modules", ".venv"]));
        assert_eq!(made(&before, &after, &[]), [".venv"]);
        assert_eq!(made(&before, &after, &["node_modules".to_owned(), "gone".to_owned()]), [".venv", "node_modules"]);
    }
}
