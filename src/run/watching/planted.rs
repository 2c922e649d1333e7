//! Files that run commands later and were not there before an attempt: a fence closes those that exist, since nothing can
//! be mounted over what does not. What appeared meanwhile is set aside and told, so that no shell or session reads it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::executor;

/// Of the places whose commands run later, those that are empty now.
pub fn absent(env: &BTreeMap<String, String>) -> Vec<PathBuf> {
    let mut places = executor::later_commands(env);
    places.retain(|path| path.symlink_metadata().is_err());
    places
}

/// Sets aside in `folder` what has appeared at places that were empty; gives a line about each.
pub fn set_aside(folder: &Path, empty: &[PathBuf]) -> Vec<String> {
    let mut told = Vec::new();
    for path in empty.iter().filter(|path| path.symlink_metadata().is_ok()) {
        let name = path.to_string_lossy().trim_start_matches('/').replace('/', "%");
        let place = free_place(folder, &name);
        let moved = std::fs::create_dir_all(folder).and_then(|()| std::fs::rename(path, &place));
        told.push(match moved {
            Ok(()) => format!(
                "`{}` appeared while it ran; such files run commands later, so it was set aside: `{}`",
                path.display(),
                place.display()
            ),
            Err(error) => format!(
                "`{}` appeared while it ran; such files run commands later, and it could not be set aside ({error}): look at it",
                path.display()
            ),
        });
    }
    told
}

fn free_place(folder: &Path, name: &str) -> PathBuf {
    let numbered = (0..).map(|n: u32| if n == 0 { folder.join(name) } else { folder.join(format!("{name}.{n}")) });
    numbered.into_iter().find(|place| place.symlink_metadata().is_err()).unwrap_or_else(|| folder.join(name))
}
