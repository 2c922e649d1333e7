//! The files of a repository, without what is not its own.

use crate::model::{Files, Result};

/// Folders whose content says nothing about the project: dependencies, build results, and trees kept as test data.
const FOREIGN: [&str; 14] = [
    "node_modules",
    "vendor",
    "third_party",
    "target",
    "dist",
    "build",
    "__pycache__",
    "site-packages",
    "venv",
    "testdata",
    "fixtures",
    "examples",
    "example",
    "templates",
];

/// Bytes read of a source file when looking for tests: they are found in the first few, or the file is generated.
const PROBE: usize = 256 << 10;

/// Source files opened when looking for tests.
const MOST_PROBED: usize = 400;

/// The listed files and how to read them.
pub(super) struct ProjectTree<'f> {
    files: &'f dyn Files,
    paths: Vec<String>,
}

impl<'f> ProjectTree<'f> {
    pub(super) fn new(files: &'f dyn Files) -> Result<Self> {
        let own = |path: &String| {
            let mut folders = path.split('/').rev().skip(1);
            folders.all(|part| !FOREIGN.contains(&part) && (!part.starts_with('.') || part == ".github"))
        };
        Ok(ProjectTree { files, paths: files.list("")?.into_iter().filter(own).collect() })
    }

    /// All paths, sorted.
    pub(super) fn paths(&self) -> &[String] {
        &self.paths
    }

    /// Whether `folder` (empty for the root) has a file `name`.
    pub(super) fn has(&self, folder: &str, name: &str) -> bool {
        self.paths.binary_search(&join(folder, name)).is_ok()
    }

    /// The text of a file, lossy; `None` if there is none or it cannot be read.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        self.paths.binary_search(&path.to_owned()).ok()?;
        let bytes = self.files.read(path).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Paths below `folder`.
    pub(super) fn below<'t>(&'t self, folder: &'t str) -> impl Iterator<Item = &'t str> {
        self.paths.iter().map(String::as_str).filter(move |path| {
            folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        })
    }

    /// Whether a file below `folder` that `named` picks contains one of `marks`.
    pub(super) fn any_contains(&self, folder: &str, named: impl Fn(&str) -> bool, marks: &[&str]) -> bool {
        self.below(folder).filter(|path| named(path)).take(MOST_PROBED).any(|path| {
            self.text(path).is_some_and(|text| {
                let head = text.get(..PROBE.min(text.len())).unwrap_or(&text);
                marks.iter().any(|mark| head.contains(mark))
            })
        })
    }
}

/// `folder/name`, or `name` in the root.
pub(super) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The folder of a path, empty for the root.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The last part of a path.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}
