//! The kinds of clashes that git does not see.

/// What is wrong in a merged tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClashKind {
    /// Two definitions of one name.
    Definition,
    /// Two imports of one name.
    Import,
    /// One key twice.
    Key,
    /// Two routes of one path.
    Route,
    /// Two migrations of one number.
    Migration,
    /// Removed here, used there.
    Missing,
}

/// Kind, the name of its rule, what is said of it before and after the name, and what to do.
pub const CLASH_KINDS: [(ClashKind, &str, &str, &str, &str); 6] = [
    (ClashKind::Definition, "defined-twice", "two definitions of", "", "make one of both, or name one differently"),
    (ClashKind::Import, "imported-twice", "two imports of", "", "leave one of them out"),
    (ClashKind::Key, "key-twice", "two values for the key", "", "make one of both"),
    (ClashKind::Route, "route-twice", "two routes for", "", "make one of both, or give one another path"),
    (ClashKind::Migration, "migration-twice", "two migrations of the number", "", "give the later one the next number"),
    (
        ClashKind::Missing,
        "removed-and-used",
        "",
        "was removed by one side and is used by the other",
        "use what took its place, or keep it",
    ),
];

/// One of them, at a place of the merged tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SemanticClash {
    /// The file.
    pub path: String,
    /// The line, from 1; 0 for the file as a whole.
    pub line: u32,
    /// What is wrong.
    pub kind: ClashKind,
    /// The name, key or path that it is about.
    pub name: String,
    /// Where the other half is: a line of the same file, or another file.
    pub other: String,
}

impl ClashKind {
    /// The name of the rule.
    pub fn rule(self) -> &'static str {
        self.row().1
    }

    /// What to do about it.
    pub fn advice(self) -> &'static str {
        self.row().4
    }

    fn row(self) -> &'static (ClashKind, &'static str, &'static str, &'static str, &'static str) {
        // Every kind has a row: a test walks them.
        CLASH_KINDS.iter().find(|row| row.0 == self).unwrap_or(&CLASH_KINDS[0])
    }
}

impl SemanticClash {
    /// What is wrong, in words: ``two definitions of `total` ``.
    pub fn words(&self) -> String {
        let (_, _, before, after, _) = self.kind.row();
        format!("{before} `{}` {after}", self.name).trim().to_owned()
    }
}
