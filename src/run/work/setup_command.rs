//! A command of the project in a worktree, with the environment and the fence of setup.

use std::path::Path;

use super::fence::{self, Inside};
use super::ready::Ready;
use crate::model::{CommandSpec, Oid, Result, Stdin};
use crate::run::run_env::{Place, RunEnv};

/// The command line `text` as it is run in a worktree, for at most so many seconds.
///
/// # Errors
/// The fence cannot be put around it.
pub(super) fn fenced(
    site: &RunEnv,
    ready: &Ready,
    base: &Oid,
    text: &str,
    log: &Path,
    seconds: u64,
) -> Result<CommandSpec> {
    let place =
        Place { worktree: &ready.slot.path, tmp: &ready.tmp, port: ready.port, base: base.as_str(), attempt: None };
    let plain = CommandSpec {
        program: "sh".to_owned(),
        args: vec!["-c".to_owned(), text.to_owned()],
        cwd: ready.folder(&site.info.options.worktree.folder),
        env: site.environment(&place, &[]),
        stdin: Stdin::None,
        log: log.to_owned(),
        limits: site.limits(seconds, None),
    };
    fence::around(site, ready, plain, Inside::Tool)
}
