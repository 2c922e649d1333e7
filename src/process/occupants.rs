//! Who works in a folder.

use std::path::Path;

/// The first process, not this one, whose working folder is `folder` or lies below it. `None` as well where the system
/// does not tell: what cannot be seen is not held against a folder.
pub fn working_in(folder: &Path) -> Option<u32> {
    let folder = folder.canonicalize().ok()?;
    let me = std::process::id();
    std::fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        let place = std::fs::read_link(entry.path().join("cwd")).ok()?;
        (pid != me && place.starts_with(&folder)).then_some(pid)
    })
}
