//! What lies between two commits, as text.

use super::Repo;
use crate::model::{Oid, Result};

/// Changed lines up to which the text itself is asked for; beyond, only the files are named.
const MOST_LINES: usize = 3_000;

/// The patch from `a` to `b` without anybody's colors, drivers and programs; a list of files with counts when it is
/// large. At most `limit` bytes, cut at a line.
///
/// # Errors
/// Git cannot read the commits.
pub fn patch(repo: &Repo, a: &Oid, b: &Oid, limit: usize) -> Result<String> {
    let lines: usize = repo.changed(a, b)?.iter().map(|change| change.added + change.removed).sum();
    let form = if lines > MOST_LINES { "--stat=120" } else { "--patch" };
    let call = repo.git("comparing an attempt with its base");
    let args = ["diff", "--no-color", "--no-ext-diff", "--no-textconv", form, a.as_str(), b.as_str(), "--"];
    let text = String::from_utf8_lossy(&call.args(args).run()?).into_owned();
    if text.len() <= limit {
        return Ok(text);
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let end = text[..end].rfind('\n').map_or(end, |end| end + 1);
    Ok(format!("{}… cut here: {} of {} bytes\n", &text[..end], end, text.len()))
}
