//! `pre-commit`: conflict markers do not get into commits.

use crate::git;
use crate::model::{Error, ErrorKind};
use crate::report;
use crate::start::here::Refusal;

/// Lines shown at most; whoever mends these sees the rest next time.
const SHOWN: usize = 20;

/// Looks at the lines that the commit in the current folder would add. Exit 1 when some are conflict markers.
///
/// # Errors
/// Git cannot say what is staged.
pub fn main() -> Result<u8, Refusal> {
    let folder = std::env::current_dir().map_err(|e| Error::failed("looking at the current folder", e))?;
    let found = git::staged_markers(&folder)?;
    if found.is_empty() {
        return Ok(0);
    }
    let lines: Vec<String> = found.iter().take(SHOWN).map(|at| crate::brief::one_line(at)).collect();
    let cause = format!("conflict markers are staged:\n  {}", lines.join("\n  "));
    let error = Error::new(ErrorKind::Failed, "committing", cause).hint("resolve them, git add, and commit again");
    report::refuse_error(&error);
    Ok(1)
}
