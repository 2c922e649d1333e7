//! What reading knows about the tree.

/// What a reader of reports knows about the tree.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Absolute path of the worktree: paths below it become relative.
    pub root: &'a str,
    /// The paths whose coverage is wanted: those that differ.
    pub wanted: &'a [String],
}

impl Context<'_> {
    /// A path of a report as a path of the tree: relative, with `/`, without `./`. One that lies elsewhere stays as it is.
    pub(super) fn relative(&self, path: &str) -> String {
        let path = path.strip_prefix("file://").unwrap_or(path).replace('\\', "/");
        let below = path.strip_prefix(self.root).and_then(|rest| rest.strip_prefix('/'));
        let mut path = below.unwrap_or(&path);
        while let Some(rest) = path.strip_prefix("./") {
            path = rest;
        }
        path.to_owned()
    }
}
