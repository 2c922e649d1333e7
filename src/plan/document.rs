//! What formats look at: one document, or one folder of them.

use std::cell::OnceCell;

use super::text::{FrontMatter, Line, front_matter, scan};
use crate::model::Files;

/// One document that was read.
pub(super) struct Document<'a> {
    /// Its path.
    pub path: String,
    /// Its text; what is not UTF-8 is replaced.
    pub text: String,
    /// The files around it.
    pub files: &'a dyn Files,
    head: OnceCell<Option<FrontMatter>>,
}

impl<'a> Document<'a> {
    /// Reads `path`, if it is a file that can be read. Says whether bytes had to be replaced.
    pub fn open(files: &'a dyn Files, path: &str) -> Result<(Document<'a>, bool), crate::model::Error> {
        let bytes = files.read(path)?;
        let lossy = std::str::from_utf8(&bytes).is_err();
        let text = String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
        Ok((Document { path: path.to_owned(), text, files, head: OnceCell::new() }, lossy))
    }

    /// The name without folders.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Whether the name ends so, ignoring case.
    pub fn ends_with(&self, ending: &str) -> bool {
        let name = self.name();
        name.len() >= ending.len()
            && name.get(name.len() - ending.len()..).is_some_and(|end| end.eq_ignore_ascii_case(ending))
    }

    /// Whether this is Markdown by its name.
    pub fn is_markdown(&self) -> bool {
        [".md", ".markdown", ".mdx", ".txt"].iter().any(|ending| self.ends_with(ending))
    }

    /// Its lines.
    pub fn lines(&self) -> Vec<Line<'_>> {
        scan(&self.text)
    }

    /// Its front matter.
    pub fn head(&self) -> Option<&FrontMatter> {
        self.head.get_or_init(|| front_matter(&self.text)).as_ref()
    }

    /// The folder it lies in, without `/` at the end; empty for the root.
    pub fn folder(&self) -> &str {
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
    pub fn open(&self, name: &str) -> Option<Document<'_>> {
        Document::open(self.files, &self.path_of(name)).ok().map(|(document, _)| document)
    }
}
