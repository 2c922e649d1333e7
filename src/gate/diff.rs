//! What a gate judges: a commit against its base, as data.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::git::FileDiff;
use crate::model::{Files, Finding, KnownRed, Oid, RedTest, Task};

/// The files of a commit, read when somebody asks. Reading refuses links and files over
/// [`MAX_FILE_BYTES`](crate::model::MAX_FILE_BYTES).
#[derive(Clone)]
pub struct TreeFiles(pub Arc<dyn Files + Send + Sync>);

impl TreeFiles {
    /// The files of anything that has some.
    pub fn new(files: impl Files + Send + Sync + 'static) -> TreeFiles {
        TreeFiles(Arc::new(files))
    }

    /// A file as text; none when it is not there, too large, or no UTF-8.
    pub fn text(&self, path: &str) -> Option<String> {
        String::from_utf8(self.0.read(path).ok()?).ok()
    }

    /// A file's bytes; none when it is not there or too large.
    pub fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        self.0.read(path).ok()
    }

    /// Whether `path` is a file.
    pub fn has(&self, path: &str) -> bool {
        self.0.exists(path)
    }

    /// All paths, sorted.
    pub fn paths(&self) -> Vec<String> {
        self.0.list("").unwrap_or_default()
    }
}

impl fmt::Debug for TreeFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TreeFiles")
    }
}

/// Which kind of tree is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TreeKind {
    /// What one attempt left, against what it started from.
    Task,
    /// A merged tree, against the base of the run.
    Merged,
    /// The last head, against the base of the run: nothing may be missing any more.
    Final,
    /// What the run begins with, against itself: whether it can be judged here, and is good.
    Base,
}

/// A commit between base and head.
#[derive(Debug, Clone)]
pub struct Said {
    /// The commit.
    pub oid: Oid,
    /// First line of its message.
    pub subject: String,
    /// The rest of its message.
    pub body: String,
    /// Its files.
    pub files: TreeFiles,
    /// Paths that differ between the base and it; filled for commits with an `Orca-Phase` trailer only.
    pub changed: Vec<String>,
}

impl Said {
    /// The value of a trailer, ignoring the case of its name.
    pub fn trailer(&self, name: &str) -> Option<&str> {
        let last = self.body.trim_end().rsplit("\n\n").next().unwrap_or_default();
        last.lines().rev().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// What a gate judges.
#[derive(Debug, Clone)]
pub struct Diff {
    /// What the work is compared with.
    pub base: Oid,
    /// The commit that is judged.
    pub head: Oid,
    /// Which kind of tree it is.
    pub kind: TreeKind,
    /// What differs, in path order.
    pub files: Vec<FileDiff>,
    /// Commits that the head has and the base lacks, newest first.
    pub commits: Vec<Said>,
    /// The task whose work it is; none for merged trees.
    pub task: Option<Task>,
    /// Its tests are written before what they test: each must fail.
    pub tests_first: bool,
    /// Tests that are allowed to fail: written by test-only tasks whose implementation has not landed yet.
    pub expected_red: BTreeSet<RedTest>,
    /// What fails on the base already, where a person agreed to go on with that.
    pub known_red: Option<KnownRed>,
    /// What merges that are not landed yet broke though git saw no conflict.
    pub clashes: Vec<Finding>,
    /// Files of the base.
    pub old: TreeFiles,
    /// Files of the head.
    pub new: TreeFiles,
    /// Files of the commit that the whole run began with.
    pub root: TreeFiles,
}

impl Diff {
    /// What happened to a path of the head.
    pub fn file(&self, path: &str) -> Option<&FileDiff> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Whether a line of the head is new.
    pub fn is_added(&self, path: &str, line: u32) -> bool {
        self.file(path).is_some_and(|file| file.added.iter().any(|added| added.number == line))
    }
}
