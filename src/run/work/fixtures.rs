//! Ignored paths that worktrees get whole (`worktree.reflink`): packages, environments, large test data. They come from the
//! user's checkout, as reflinks where the file system can, once into each worktree; a gate's, in which nothing stays, gets
//! them before each check.
//!
//! Only what git ignores in the worktree comes along: then it is nobody's work, and goes into no commit.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::reflink::TreeCopy;
use crate::git::{self, Slot};
use crate::model::{Error, RepoPath, Result};
use crate::run::run_env::RunEnv;
use crate::settings::units::show_size;

/// What a worktree was given: the place and the times of what each path came from.
type FixturesGiven = BTreeMap<String, [i64; 4]>;

fn record_of(slots: &Path, name: &str) -> PathBuf {
    slots.join(".setup").join(format!("{name}.fixtures"))
}

fn read_record(slots: &Path, name: &str) -> FixturesGiven {
    // Without one that can be read everything is brought again.
    fs::read(record_of(slots, name)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

fn write_record(slots: &Path, name: &str, given: &FixturesGiven) -> io::Result<()> {
    let file = record_of(slots, name);
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let new = file.with_extension("new");
    fs::write(&new, serde_json::to_vec(given)?)?;
    fs::rename(new, file)
}

/// Tells one state of a path from another, as far as its own entry does: packages that are installed anew are.
fn stamp(path: &Path) -> Option<[i64; 4]> {
    let meta = fs::symlink_metadata(path).ok()?;
    Some([meta.dev() as i64, meta.ino() as i64, meta.mtime(), meta.mtime_nsec()])
}

/// Brings them into a worktree, as far as they are not there.
///
/// # Errors
/// The worktree cannot be written.
pub fn bring(site: &RunEnv, slots: &Path, slot: &Slot) -> Result<()> {
    let paths = &site.info.options.worktree.reflink;
    if paths.is_empty() {
        return Ok(());
    }
    let mut given = read_record(slots, &slot.name);
    for path in paths.iter().filter_map(|path| path.trim_end_matches('/').parse::<RepoPath>().ok()) {
        let from = site.repo.work_tree().join(path.as_str());
        let Some(now) = stamp(&from) else {
            site.notice_once(&format!("`{path}` of worktree.reflink is not in your checkout: worktrees do without it"));
            continue;
        };
        let is_there = slot.path.join(path.as_str()).symlink_metadata().is_ok();
        if is_there && given.get(path.as_str()) == Some(&now) {
            continue;
        }
        let doing = |e: io::Error| Error::failed(format!("bringing `{path}` into `{}`", slot.path.display()), e);
        // What is cut short from here on is begun anew.
        if given.remove(path.as_str()).is_some() {
            write_record(slots, &slot.name, &given).map_err(doing)?;
        }
        if let Some(copy) = one(site, slot, &path, &from).map_err(doing)? {
            say(site, &path, &copy);
            given.insert(path.to_string(), now);
            write_record(slots, &slot.name, &given).map_err(doing)?;
        }
    }
    Ok(())
}

/// Brings one path; none where it may not come.
fn one(site: &RunEnv, slot: &Slot, path: &RepoPath, from: &Path) -> io::Result<Option<TreeCopy>> {
    let to = slot.path.join(path.as_str());
    if super::copies::leads_elsewhere(&slot.path, path) {
        site.notice_once(&format!("`{path}` of worktree.reflink was left out: one of its folders is a link"));
        return Ok(None);
    }
    if !git::is_ignored(&site.repo, slot, path.as_str(), from.is_dir()) {
        let what = format!("`{path}` of worktree.reflink was left out: git does not ignore it, or has files in it");
        site.notice_once(&format!("{what}; name it in .gitignore"));
        return Ok(None);
    }
    git::discard(&to)?;
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut copy = TreeCopy::default();
    copy.copy(from, &to)?;
    Ok(Some(copy))
}

/// Once a run for each path: how it came.
fn say(site: &RunEnv, path: &RepoPath, copy: &TreeCopy) {
    let files = if copy.files == 1 { "1 file".to_owned() } else { format!("{} files", copy.files) };
    let size = show_size(copy.bytes);
    site.notice_once(&match copy.is_shared() {
        true => format!("worktrees get `{path}` as reflinks: {files} that share {size} with your checkout"),
        false => format!(
            "worktrees get `{path}` as copies ({files}, {size} each): the file system shares no blocks between them"
        ),
    });
}

/// The paths that a worktree was given, and when that was complete.
pub fn given(slots: &Path, name: &str) -> (Vec<String>, Option<(i64, i64)>) {
    let at = fs::symlink_metadata(record_of(slots, name)).ok().map(|meta| (meta.ctime(), meta.ctime_nsec()));
    (read_record(slots, name).into_keys().collect(), at)
}

/// Forgets what a worktree was given that is made anew.
pub(super) fn forget(slots: &Path, name: &str) {
    let _may_be_missing = fs::remove_file(record_of(slots, name));
}
