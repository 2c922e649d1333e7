//! What hooks ask of git.

use std::path::Path;

use super::Call;
use crate::model::Result;

/// What git says of a line that is a conflict marker.
const MARKER: &str = ": leftover conflict marker";

/// Conflict markers among the lines that the commit being made in `folder` adds, each as `path:line`.
///
/// # Errors
/// Git cannot say.
pub fn staged_markers(folder: &Path) -> Result<Vec<String>> {
    let mut call = Call::found_from(folder, "looking at what is staged").plain();
    // `git commit -a` and `git commit PATH` stage into an index of their own, and say so to the hook.
    if let Some(index) = std::env::var_os("GIT_INDEX_FILE") {
        call = call.env("GIT_INDEX_FILE", index);
    }
    let output = call.args(["diff", "--cached", "--check", "--no-color", "--no-ext-diff"]).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.lines().filter_map(|line| line.strip_suffix(MARKER)).map(str::to_owned).collect())
}

/// Adds to the message in `file` the trailers that it lacks.
///
/// # Errors
/// Git cannot change the file.
pub fn add_trailers(file: &Path, trailers: &[(&str, &String)]) -> Result<()> {
    if trailers.is_empty() {
        return Ok(());
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut call = Call::found_from(folder, format!("adding trailers to `{}`", file.display())).plain();
    call = call.args(["interpret-trailers", "--in-place", "--if-exists", "doNothing"]);
    for (name, value) in trailers {
        call = call.arg("--trailer").arg(format!("{name}={value}"));
    }
    call.arg(std::path::absolute(file).unwrap_or_else(|_| file.to_owned())).run().map(drop)
}
