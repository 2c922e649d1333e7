//! The files of a plan with some of them changed: how it reads after an edit that nobody has made yet.

use std::collections::BTreeMap;

use crate::model::{Files, Result};

/// Files with some of them changed.
pub(super) struct EditedFiles<'a> {
    pub(super) files: &'a dyn Files,
    /// By path.
    pub(super) changed: BTreeMap<String, Vec<u8>>,
}

impl Files for EditedFiles<'_> {
    fn list(&self, folder: &str) -> Result<Vec<String>> {
        self.files.list(folder)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>> {
        self.changed.get(path).map_or_else(|| self.files.read(path), |bytes| Ok(bytes.clone()))
    }

    fn exists(&self, path: &str) -> bool {
        self.files.exists(path)
    }
}
