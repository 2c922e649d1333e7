//! The part of the repository that worktrees are to have: what the settings say, else what the user's own checkout has.

use crate::model::{Error, ErrorKind, Files, Result, RunOptions, SparsePatterns};
use crate::start::here::Here;

/// The patterns; none where worktrees have all files. The folder that agents work in is always part of them.
///
/// # Errors
/// A folder that the settings name has no files in the base, or git's configuration cannot be read.
pub(super) fn patterns(
    here: &Here,
    options: &RunOptions,
    base: &impl Files,
    base_name: &str,
) -> Result<Option<SparsePatterns>> {
    let Some(folders) = &options.worktree.sparse else { return here.repo.own_sparse() };
    for folder in folders {
        if !base.list(folder).is_ok_and(|found| !found.is_empty()) {
            let cause = format!("`{folder}`, which `sparse` under [worktree] names, has no files in {base_name}");
            return Err(Error::new(ErrorKind::Usage, "choosing what sparse worktrees have", cause)
                .hint("name folders that are committed, from where orca.toml lies"));
        }
    }
    let own = Some(&options.folder).filter(|folder| !folder.is_empty());
    Ok((!folders.is_empty()).then(|| SparsePatterns::of_folders(folders.iter().chain(own))))
}
