//! The two trees that a change lies between, as texts.

use crate::git::FileDiff;
use crate::model::Files;

/// The two trees of a change.
#[derive(Clone, Copy)]
pub(super) struct Texts<'f> {
    pub(super) base: &'f dyn Files,
    pub(super) head: &'f dyn Files,
}

impl Texts<'_> {
    /// The text of a file before, under the name it had; empty when it was not there.
    pub(super) fn base(&self, file: &FileDiff) -> String {
        text(self.base, file.old_path.as_deref().unwrap_or(&file.path))
    }

    /// The text of a file now.
    pub(super) fn head(&self, file: &FileDiff) -> String {
        text(self.head, &file.path)
    }
}

/// The text of a file; empty when it is not there.
pub(super) fn text(files: &dyn Files, path: &str) -> String {
    files.read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
