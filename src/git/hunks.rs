//! Which lines of a file are in conflict, read from the markers that git wrote.

use super::{MarkerWidth, Repo};
use crate::model::{Oid, Result};

/// Lines of one side, counted from 1. An empty range (`count` 0) lies before line `first`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lines {
    /// First line.
    pub first: u32,
    /// How many.
    pub count: u32,
}

impl Lines {
    /// The last line; that before `first` when there are none.
    pub fn last(&self) -> u32 {
        (self.first + self.count).saturating_sub(1)
    }
}

/// One conflict in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hunk {
    /// Its lines in our version of the file.
    pub ours: Lines,
    /// Its lines in theirs.
    pub theirs: Lines,
}

/// The conflicts of `path` in the tree of a [`super::MergeOutcome::Conflict`]. Lines are those of the two sides, as far
/// as the merge can tell: what merged cleanly before a hunk counts for both.
///
/// # Errors
/// The tree has no such file.
pub fn hunks(repo: &Repo, conflicted: &Oid, path: &str, width: MarkerWidth) -> Result<Vec<Hunk>> {
    let bytes = repo.file_in_tree(conflicted, path)?;
    Ok(parse(&String::from_utf8_lossy(&bytes), width))
}

/// A piece of a merged text, its lines with their ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<'t> {
    /// Lines that are the same whichever side is taken.
    Merged(Vec<&'t str>),
    /// Lines that clash.
    Clash {
        /// Ours.
        ours: Vec<&'t str>,
        /// Those of the base, where the merge shows them.
        base: Vec<&'t str>,
        /// Theirs.
        theirs: Vec<&'t str>,
    },
}

/// The pieces of a text with markers; none where its markers are not as a merge writes them, or lines of its own look
/// like some.
pub fn parts(text: &str, width: MarkerWidth) -> Option<Vec<Part<'_>>> {
    let mut found: Vec<Part<'_>> = Vec::new();
    let mut side = Side::Both;
    let mut merged: Vec<&str> = Vec::new();
    let (mut ours, mut base, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for line in text.split_inclusive('\n') {
        match (side, width.sign(line.trim_end_matches(['\n', '\r']))) {
            (Side::Both, Some('<')) => {
                found.push(Part::Merged(std::mem::take(&mut merged)));
                side = Side::Ours;
            }
            (Side::Ours, Some('|')) => side = Side::Base,
            (Side::Ours | Side::Base, Some('=')) => side = Side::Theirs,
            (Side::Theirs, Some('>')) => {
                let [ours, base, theirs] = [&mut ours, &mut base, &mut theirs].map(std::mem::take);
                found.push(Part::Clash { ours, base, theirs });
                side = Side::Both;
            }
            (Side::Both, None | Some('=')) => merged.push(line),
            (Side::Ours, None) => ours.push(line),
            (Side::Base, None) => base.push(line),
            (Side::Theirs, None) => theirs.push(line),
            (_, Some(_)) => return None,
        }
    }
    found.push(Part::Merged(merged));
    (side == Side::Both).then_some(found)
}

/// Where a reader of markers stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Both,
    Ours,
    Base,
    Theirs,
}

fn parse(text: &str, width: MarkerWidth) -> Vec<Hunk> {
    let mut found = Vec::new();
    let mut side = Side::Both;
    let (mut ours, mut theirs) = (1, 1);
    let mut start = (1, 1);
    for line in text.lines() {
        match (side, width.sign(line)) {
            (Side::Both, Some('<')) => (side, start) = (Side::Ours, (ours, theirs)),
            (Side::Ours, Some('|')) => side = Side::Base,
            (Side::Ours | Side::Base, Some('=')) => side = Side::Theirs,
            (Side::Theirs, Some('>')) => {
                side = Side::Both;
                let lines = |first: u32, end: u32| Lines { first, count: end - first };
                found.push(Hunk { ours: lines(start.0, ours), theirs: lines(start.1, theirs) });
            }
            (Side::Both, _) => (ours, theirs) = (ours + 1, theirs + 1),
            (Side::Ours, _) => ours += 1,
            (Side::Theirs, _) => theirs += 1,
            (Side::Base, _) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_falls_into_pieces_or_is_not_read_at_all() {
        let text = "a\n<<<<<<< x\nb\n||||||| base\no\n=======\n>>>>>>> y\ne";
        let clash = Part::Clash { ours: vec!["b\n"], base: vec!["o\n"], theirs: vec![] };
        assert_eq!(
            parts(text, MarkerWidth::default()).unwrap(),
            [Part::Merged(vec!["a\n"]), clash, Part::Merged(vec!["e"])]
        );
        assert_eq!(parts("Title\n=======\n", MarkerWidth::default()).unwrap().len(), 1, "a heading is no marker");
        for broken in ["<<<<<<< x\na\n", "<<<<<<< x\n=======\na\n=======\nb\n>>>>>>> y\n", ">>>>>>> y\n"] {
            assert_eq!(parts(broken, MarkerWidth::default()), None, "{broken}");
        }
    }

    #[test]
    fn lines_are_counted_for_each_side() {
        let text = "a\n<<<<<<< x\nb\nc\n||||||| base\no\n=======\nd\n>>>>>>> y\ne\n<<<<<<< x\n=======\nf\n>>>>>>> y\n";
        let lines = |first, count| Lines { first, count };
        let expected =
            [Hunk { ours: lines(2, 2), theirs: lines(2, 1) }, Hunk { ours: lines(5, 0), theirs: lines(4, 1) }];
        assert_eq!(parse(text, MarkerWidth::default()), expected);
        assert_eq!(lines(2, 2).last(), 3);
        assert_eq!(lines(5, 0).last(), 4);
        assert_eq!(parse("=======\n<<<<<<<< eight\n", MarkerWidth::default()), []);
    }
}
