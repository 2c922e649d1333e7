//! Ids of tasks in prose, and what a relation between them means.

/// How a format writes ids: the length and the id at the start of a text. The flag says that another id came right
/// before, as in "Tasks 8, 9", where 9 alone would be any number.
#[derive(Clone, Copy)]
pub(crate) struct Grammar(pub fn(&str, bool) -> Option<(usize, &str)>);

/// One or several ids in a row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Group<'a>(pub Vec<Part<'a>>);

/// An id, or the first and last of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    /// The id, or the first one.
    pub first: &'a str,
    /// The last one, when it is a range; perhaps without the letters in front (`T011-14`).
    pub last: Option<&'a str>,
}

/// What comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    /// The left waits for the right: "depends on", "after".
    After,
    /// The left comes before the right: "blocks", "before", an arrow.
    Before,
}
