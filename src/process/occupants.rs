//! Who works in a folder.

use std::path::Path;

use super::system::process_in_folder;

/// The first process, not this one, whose working folder is `folder` or lies below it. `None` as well where the system
/// does not tell: what cannot be seen is not held against a folder.
pub fn working_in(folder: &Path) -> Option<u32> {
    process_in_folder(&folder.canonicalize().ok()?)
}
