//! How large a checkout is.

use super::Repo;
use crate::model::{Oid, Result};

/// Bytes of all files of a commit, as they lie in a checkout without filters; submodules count nothing.
///
/// # Errors
/// Git refuses.
pub fn checkout_size(repo: &Repo, commit: &Oid) -> Result<u64> {
    let call = repo.git_here(format!("measuring commit `{}`", commit.short()));
    let out = call.args(["ls-tree", "-r", "--format=%(objectsize)", commit.as_str()]).run()?;
    Ok(String::from_utf8_lossy(&out).lines().filter_map(|size| size.trim().parse::<u64>().ok()).sum())
}
