//! What formats look at: one document, or one folder of them.

use std::cell::OnceCell;

use super::text::{FrontMatter, Line, front_matter, scan};
use crate::model::{Files, Result};

/// The text of a document.
pub(super) struct Text {
    /// The document's path.
    pub path: String,
    /// Its text; what is not UTF-8 is replaced.
    pub text: String,
    /// Whether bytes had to be replaced.
    pub lossy: bool,
}

impl Text {
    /// Reads `path`.
    pub fn open(files: &dyn Files, path: &str) -> Result<Text> {
        let bytes = files.read(path)?;
        let lossy = std::str::from_utf8(&bytes).is_err();
        let text = String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
        Ok(Text { path: path.to_owned(), text, lossy })
    }

    /// As a document among `files`.
    pub fn document<'t>(&'t self, files: &'t dyn Files) -> Document<'t> {
        Document { path: &self.path, text: &self.text, files, lines: OnceCell::new(), head: OnceCell::new() }
    }
}

/// One document.
pub(super) struct Document<'t> {
    /// Its path.
    pub path: &'t str,
    /// Its text.
    pub text: &'t str,
    /// The files around it.
    pub files: &'t dyn Files,
    lines: OnceCell<Vec<Line<'t>>>,
    head: OnceCell<Option<FrontMatter>>,
}

impl<'t> Document<'t> {
    /// The name without folders.
    pub fn name(&self) -> &'t str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Whether the name ends so, ignoring case.
    pub fn ends_with(&self, ending: &str) -> bool {
        let name = self.name();
        let start = name.len().checked_sub(ending.len());
        start.and_then(|start| name.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(ending))
    }

    /// Whether this is Markdown by its name, or something else that writes lists as Markdown does.
    pub fn is_markdown(&self) -> bool {
        [".md", ".markdown", ".mdx", ".txt", ".rst", ".adoc"].iter().any(|ending| self.ends_with(ending))
    }

    /// Its lines; scanned once.
    pub fn lines(&self) -> &[Line<'t>] {
        self.lines.get_or_init(|| scan(self.text))
    }

    /// Its front matter.
    pub fn head(&self) -> Option<&FrontMatter> {
        self.head.get_or_init(|| front_matter(self.text)).as_ref()
    }

    /// The folder it lies in, without `/` at the end; empty for the root.
    pub fn folder(&self) -> &'t str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

/// One folder and the files right in it.
pub(super) struct Folder<'a> {
    /// Its path, without `/` at the end; empty for the root.
    pub path: String,
    /// Paths of the files in it, sorted, those of folders below included.
    pub paths: Vec<String>,
    /// The files around it.
    pub files: &'a dyn Files,
}

impl Folder<'_> {
    /// Names of the files right in it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let skip = if self.path.is_empty() { 0 } else { self.path.len() + 1 };
        self.paths.iter().filter_map(move |path| path.get(skip..)).filter(|name| !name.contains('/'))
    }

    /// The path of a file right in it.
    pub fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}/{name}", self.path) }
    }

    /// Opens a file right in it, when it can be read.
    pub fn open(&self, name: &str) -> Option<Text> {
        Text::open(self.files, &self.path_of(name)).ok()
    }
}
