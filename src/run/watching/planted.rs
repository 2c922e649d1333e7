//! Files that run commands later and were not there before an attempt: a fence closes those that exist, since nothing can
//! be mounted over what does not. What appeared meanwhile is set aside and told, so that no shell or session reads it.

use std::path::{Path, PathBuf};

use crate::executor;
use crate::journal::Event;
use crate::model::AttemptId;
use crate::run::run_env::RunEnv;

/// Of the places whose commands run later, those that are empty now.
pub fn absent(site: &RunEnv) -> Vec<PathBuf> {
    if !site.info.options.sandbox.is_on() {
        return Vec::new();
    }
    let mut places = executor::later_commands(&site.env);
    places.retain(|path| path.symlink_metadata().is_err());
    places
}

/// Sets aside what has appeared at places that were empty, and tells it.
pub fn set_aside(site: &RunEnv, attempt: &AttemptId, empty: &[PathBuf]) {
    let folder = site.paths.root().join("planted").join(format!("{}.{}", attempt.task, attempt.n));
    for path in empty.iter().filter(|path| path.symlink_metadata().is_ok()) {
        let name = path.to_string_lossy().trim_start_matches('/').replace('/', "%");
        let place = free_place(&folder, &name);
        let moved = std::fs::create_dir_all(&folder).and_then(|()| std::fs::rename(path, &place));
        let what = match moved {
            Ok(()) => format!(
                "`{}` appeared while it ran; what is there runs commands later, so it was set aside: `{}`",
                path.display(),
                place.display()
            ),
            Err(error) => format!(
                "`{}` appeared while it ran; what is there runs commands later, and it could not be set aside ({error}): look at it",
                path.display()
            ),
        };
        site.tell(Event::Noticed { attempt: Some(attempt.clone()), what });
    }
}

fn free_place(folder: &Path, name: &str) -> PathBuf {
    let numbered = (0..).map(|n: u32| if n == 0 { folder.join(name) } else { folder.join(format!("{name}.{n}")) });
    numbered.into_iter().find(|place| place.symlink_metadata().is_err()).unwrap_or_else(|| folder.join(name))
}
