//! Covered lines, whatever wrote them.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;

/// Lines of one file that can be covered, with whether they are.
pub type FileCoverage = BTreeMap<u32, bool>;

/// Covered lines of the files that were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Path in the tree to its lines. A file that the report does not know is not in here.
    pub files: BTreeMap<String, FileCoverage>,
    /// Files that the report knows, those that were not asked for included.
    pub known: usize,
}

/// Lines of one file that are believed: no source file is longer, and a hostile report must not fill the memory.
const MAX_LINES: usize = 1_000_000;
/// Folders that a report may name as its sources.
const MAX_SOURCES: usize = 100;

/// Coverage that is being read: only lines of wanted files are kept, so that its size does not depend on the report's.
pub(super) struct Gather<'a> {
    context: &'a Context<'a>,
    sources: BTreeSet<String>,
    found: Coverage,
}

impl<'a> Gather<'a> {
    pub(super) fn new(context: &'a Context<'a>) -> Self {
        Gather { context, sources: BTreeSet::new(), found: Coverage::default() }
    }

    /// A folder that names are relative to.
    pub(super) fn source(&mut self, folder: &str) {
        if self.sources.len() < MAX_SOURCES {
            self.sources.insert(folder.trim_end_matches('/').to_owned());
        }
    }

    /// The wanted file that a report means by `name`, noted as known to it.
    pub(super) fn file(&mut self, name: &str) -> Option<String> {
        self.found.known += 1;
        let path = self.wanted(name)?;
        self.found.files.entry(path.clone()).or_default();
        Some(path)
    }

    fn wanted(&self, name: &str) -> Option<String> {
        let is_wanted = |path: &String| self.context.wanted.contains(path);
        let exact = self.context.relative(name);
        if is_wanted(&exact) {
            return Some(exact);
        }
        let below = self.sources.iter().map(|source| self.context.relative(&format!("{source}/{name}")));
        if let Some(path) = below.into_iter().find(is_wanted) {
            return Some(path);
        }
        // Go names files by module, others from a folder of their own: the one wanted path that ends alike.
        let alike = |path: &&String| {
            let (a, b) = (format!("/{exact}"), format!("/{path}"));
            a.ends_with(&b) || b.ends_with(&a)
        };
        let mut found = self.context.wanted.iter().filter(alike);
        let first = found.next()?;
        found.next().is_none().then(|| first.clone())
    }

    /// A line that can be covered; covered when it ever was.
    pub(super) fn line(&mut self, file: &str, number: u32, hit: bool) {
        let Some(lines) = self.found.files.get_mut(file) else { return };
        if number > 0 && (lines.len() < MAX_LINES || lines.contains_key(&number)) {
            *lines.entry(number).or_default() |= hit;
        }
    }

    pub(super) fn finish(self, format: &str) -> Result<Coverage, String> {
        if self.found.known == 0 {
            return Err(format!("it is not a {format} report, or an empty one: it names no file"));
        }
        Ok(self.found)
    }
}
