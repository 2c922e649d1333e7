//! Files and folders, whatever their permissions: removed, replaced as a whole, made writable.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::model::crash;

/// Replaces a file as a whole: readers see the old or the new one.
pub(super) fn replace(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = file.with_extension("orca-new");
    fs::write(&new, bytes)?;
    crash::point("file.replace.before");
    fs::rename(&new, file)?;
    crash::point("file.replace.after");
    Ok(())
}

/// Deletes a file or folder for good, also what its owner made unwritable (module caches do). What is not there is
/// deleted already.
///
/// # Errors
/// The system refuses.
pub fn discard(path: &Path) -> io::Result<()> {
    match remove(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            make_writable(path);
            remove(path)
        }
        other => other,
    }
}

/// Removes a file, link, pipe or folder; what is not there is removed already.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Gives the owner back the right to read, write and enter everything below `top`. Does not follow links. What it
/// cannot change shows in the step that needs it.
pub(super) fn make_writable(top: &Path) {
    let mut todo = vec![top.to_owned()];
    while let Some(path) = todo.pop() {
        let Ok(meta) = fs::symlink_metadata(&path) else { continue };
        let mode = meta.permissions().mode();
        let wanted = if meta.is_dir() { mode | 0o700 } else { mode | 0o600 };
        if !meta.is_symlink() && wanted != mode {
            let _shows_later = fs::set_permissions(&path, fs::Permissions::from_mode(wanted));
        }
        if meta.is_dir() {
            todo.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|item| item.path()));
        }
    }
}
