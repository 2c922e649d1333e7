//! Rules of merging, as the run was told.

use std::path::Path;

use crate::integrate::{self, Rules};
use crate::model::{RunOptions, Rung};

/// What is tried where git alone finds a conflict and that costs no agent, as the run was told.
pub fn rules(common_dir: &Path, options: &RunOptions) -> Rules {
    let conflicts = &options.conflicts;
    let tries = |rung| conflicts.tries(rung);
    Rules {
        union: if tries(Rung::Union) { conflicts.union.clone() } else { Vec::new() },
        regenerate: conflicts.regenerate.keys().filter(|_| tries(Rung::Regenerate)).cloned().collect(),
        memory: tries(Rung::Remembered).then(|| integrate::memory_folder(common_dir)),
        drivers: tries(Rung::Driver),
        structure: tries(Rung::Structure),
    }
}
