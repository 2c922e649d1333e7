//! Files of a gate's worktree that the tool itself touches: what a probe lays over its checkout, and its reports.
//!
//! The tree comes from an agent: a link in it must not lead a write, a removal or a read out of it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::model::{Error, RepoPath, Result};

/// `path` below `root`, whose folders are folders: none is a link.
fn below(root: &Path, path: &str) -> io::Result<PathBuf> {
    let refused = |why: String| io::Error::new(io::ErrorKind::InvalidInput, why);
    let parsed = path.parse::<RepoPath>().map_err(|error| refused(format!("`{path}`: {}", error.cause)))?;
    let mut full = root.to_path_buf();
    let mut parts = Path::new(parsed.as_str()).components().peekable();
    while let Some(part) = parts.next() {
        full.push(part);
        if parts.peek().is_some() && full.symlink_metadata().is_ok_and(|data| !data.is_dir()) {
            return Err(refused(format!("`{path}` leads through something that is no folder")));
        }
    }
    Ok(full)
}

/// Removes the file or link at `path`, if there is one.
fn remove(root: &Path, path: &str) -> io::Result<()> {
    match fs::remove_file(below(root, path)?) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Writes `overlay` over the checkout in `root`.
///
/// # Errors
/// A path leads out of the tree, or cannot be written.
pub fn lay_over(root: &Path, overlay: &BTreeMap<String, Option<Vec<u8>>>) -> Result<()> {
    // First everything that goes: a file may have to make room for a folder.
    for path in overlay.iter().filter(|(_, content)| content.is_none()).map(|(path, _)| path) {
        remove(root, path).map_err(|e| Error::failed(format!("removing `{path}` from a gate's tree"), e))?;
    }
    for (path, content) in overlay {
        let Some(content) = content else { continue };
        let write = || -> io::Result<()> {
            let file = below(root, path)?;
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder)?;
            }
            // Never through a link: what is there is replaced.
            let mode = file.symlink_metadata().ok().filter(fs::Metadata::is_file).map(|data| data.permissions());
            remove(root, path)?;
            fs::write(&file, content)?;
            mode.map_or(Ok(()), |mode| fs::set_permissions(&file, mode))
        };
        write().map_err(|e| Error::failed(format!("writing `{path}` into a gate's tree"), e))?;
    }
    Ok(())
}

/// A path of `overlay` that is no longer as it was laid.
pub fn differs(root: &Path, overlay: &BTreeMap<String, Option<Vec<u8>>>) -> Option<String> {
    let is_same = |path: &str, content: &Option<Vec<u8>>| match (below(root, path), content) {
        (Ok(file), Some(content)) => fs::read(file).is_ok_and(|found| found == *content),
        (Ok(file), None) => file.symlink_metadata().is_err(),
        (Err(_), _) => false,
    };
    overlay.iter().find(|(path, content)| !is_same(path, content)).map(|(path, _)| path.clone())
}

/// Makes sure that a report found later was written by what runs now.
///
/// # Errors
/// It leads out of the tree, or cannot be removed.
pub fn clear_report(root: &Path, path: &str) -> Result<()> {
    remove(root, path).map_err(|e| Error::failed(format!("removing the old report `{path}`"), e))
}

/// Opens a report that a command wrote, which must be a plain file inside the tree.
///
/// # Errors
/// Why it cannot be taken, in words for people.
pub fn open_report(root: &Path, path: &str) -> std::result::Result<File, String> {
    let file = below(root, path).map_err(|error| error.to_string())?;
    let no_link = nix::fcntl::OFlag::O_NOFOLLOW | nix::fcntl::OFlag::O_NONBLOCK;
    let opened = File::options().read(true).custom_flags(no_link.bits()).open(&file);
    let opened = opened.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("the command wrote no report to `{path}`"),
        _ if file.is_symlink() => format!("the report `{path}` is a link"),
        _ => format!("the report `{path}` cannot be read: {error}"),
    })?;
    let data = opened.metadata().map_err(|error| format!("the report `{path}` cannot be read: {error}"))?;
    match (data.is_file(), data.len()) {
        (false, _) => Err(format!("the report `{path}` is no file")),
        (true, 0) => Err(format!("the report `{path}` is empty")),
        _ => Ok(opened),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlay(entries: &[(&str, Option<&str>)]) -> BTreeMap<String, Option<Vec<u8>>> {
        entries.iter().map(|(path, text)| ((*path).to_owned(), text.map(|text| text.as_bytes().to_vec()))).collect()
    }

    #[test]
    fn an_overlay_replaces_adds_and_removes() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::write(root.join("a"), "old").unwrap();
        fs::write(root.join("gone"), "x").unwrap();
        let laid = overlay(&[("a", Some("new")), ("b/c/d", Some("deep")), ("gone", None), ("never", None)]);
        lay_over(root, &laid).unwrap();
        assert_eq!(fs::read_to_string(root.join("a")).unwrap(), "new");
        assert_eq!(fs::read_to_string(root.join("b/c/d")).unwrap(), "deep");
        assert!(!root.join("gone").exists());
        assert_eq!(differs(root, &laid), None);
        fs::write(root.join("a"), "other").unwrap();
        assert_eq!(differs(root, &laid).as_deref(), Some("a"));
    }

    #[test]
    fn links_lead_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        let (root, outside) = (dir.path().join("tree"), dir.path().join("outside"));
        fs::create_dir_all(&root).unwrap();
        fs::create_dir_all(&outside).unwrap();
        fs::write(outside.join("report.xml"), "theirs").unwrap();
        std::os::unix::fs::symlink(&outside, root.join("target")).unwrap();
        std::os::unix::fs::symlink(outside.join("report.xml"), root.join("report.xml")).unwrap();
        assert!(lay_over(&root, &overlay(&[("target/x", Some("x"))])).is_err());
        assert!(clear_report(&root, "target/report.xml").is_err());
        assert!(open_report(&root, "target/report.xml").unwrap_err().contains("no folder"));
        assert!(open_report(&root, "report.xml").unwrap_err().contains("is a link"));
        assert!(open_report(&root, "../outside/report.xml").is_err());
        lay_over(&root, &overlay(&[("report.xml", Some("ours"))])).unwrap();
        assert_eq!(fs::read_to_string(outside.join("report.xml")).unwrap(), "theirs");
        assert_eq!(fs::read_to_string(root.join("report.xml")).unwrap(), "ours");
    }

    #[test]
    fn a_report_must_be_there_and_say_something() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        assert_eq!(open_report(root, "r").unwrap_err(), "the command wrote no report to `r`");
        fs::write(root.join("r"), "").unwrap();
        assert_eq!(open_report(root, "r").unwrap_err(), "the report `r` is empty");
        clear_report(root, "r").unwrap();
        assert!(!root.join("r").exists());
        fs::create_dir(root.join("r")).unwrap();
        assert_eq!(open_report(root, "r").unwrap_err(), "the report `r` is no file");
    }
}
