//! Files and folders, whatever their permissions: removed, replaced as a whole, made writable.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

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

/// What lies at `path` below `root`; none when nothing does, also when one of its folders is a link or a file.
pub(super) fn real_kind(root: &Path, path: &[u8]) -> io::Result<Option<fs::FileType>> {
    let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(end, _)| end);
    for end in ends {
        match fs::symlink_metadata(root.join(OsStr::from_bytes(&path[..end]))) {
            Ok(meta) if meta.is_dir() => {}
            other => return other.map(|_| None).or_else(missing),
        }
    }
    fs::symlink_metadata(root.join(OsStr::from_bytes(path))).map(|meta| Some(meta.file_type())).or_else(missing)
}

fn missing<T>(error: io::Error) -> io::Result<Option<T>> {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(None),
        _ => Err(error),
    }
}

/// The largest file that is read whole: an index of a million entries has 100 MB.
const LARGEST_READ: u64 = 512 << 20;

/// Opens a regular file. An ordinary open of a pipe that an agent left in its place would wait for ever.
pub(super) fn open_file(path: &Path) -> io::Result<File> {
    let file = File::options().read(true).custom_flags(nix::fcntl::OFlag::O_NONBLOCK.bits()).open(path)?;
    let meta = file.metadata()?;
    match meta.is_file() {
        true if meta.len() <= LARGEST_READ => Ok(file),
        true => Err(io::Error::other(format!("larger than {} MiB", LARGEST_READ >> 20))),
        false => Err(io::Error::new(io::ErrorKind::InvalidData, "not a regular file")),
    }
}

/// The bytes of a regular file.
pub(super) fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_file(path)?.take(LARGEST_READ).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a regular file.
pub(super) fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read_file(path)?).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8"))
}

/// Copies a file with its time. git takes entries of an index that are younger than it for uncertain, and a younger copy
/// would hide a change made in the same moment.
pub(super) fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = open_file(from)?;
    let modified = source.metadata()?.modified()?;
    let mut copy = File::create(to)?;
    io::copy(&mut source, &mut copy)?;
    copy.set_modified(modified)
}
/// Threads that bring files to the disk at most.
const SYNCING: usize = 8;

/// Brings files to the disk, all together: that takes little longer than one of them. One that is gone has nothing to be
/// brought there.
pub(super) fn sync_files(files: &[PathBuf]) -> io::Result<()> {
    let sync = |file: &PathBuf| match File::open(file) {
        Ok(file) => file.sync_all(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    if files.len() <= 1 {
        return files.iter().try_for_each(sync);
    }
    let each = files.len().div_ceil(SYNCING);
    std::thread::scope(|scope| {
        let parts = files.chunks(each).map(|part| scope.spawn(move || part.iter().try_for_each(sync)));
        let threads: Vec<_> = parts.collect();
        threads.into_iter().try_for_each(|it| it.join().unwrap_or_else(|_| Err(io::Error::other("a thread panicked"))))
    })
}
