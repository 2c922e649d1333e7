//! Small rules about what a change contains: conflict markers, size, build results, messages of commits.

use crate::gate::found::found;
use crate::git::{FileDiff, MarkerWidth};
use crate::model::Finding;

/// Added lines that one file may have before it counts as generated: nobody reviews more.
const MOST_LINES: usize = 5000;

/// Bytes of a new file at most; larger ones belong into a store for large files.
const MOST_BYTES: usize = 1 << 20;

/// Conflict markers that came in: the first of each file.
pub(super) fn markers(file: &FileDiff, text: &str, width: MarkerWidth) -> Option<Finding> {
    let came_in = |number: &u32| file.truncated || file.added.iter().any(|line| line.number == *number);
    let line = width.left_in(text).into_iter().find(came_in)?;
    Some(found(&file.path, line, "conflict-marker", "a conflict marker", "finish the merge, then commit"))
}

/// Folders and endings of what tools make and nobody writes.
const BUILT: [&str; 14] = [
    "node_modules/",
    "target/debug/",
    "target/release/",
    "__pycache__/",
    ".venv/",
    "venv/",
    ".pytest_cache/",
    ".mypy_cache/",
    ".ruff_cache/",
    "coverage/lcov-report/",
    ".next/",
    ".nyc_output/",
    ".tox/",
    ".gradle/",
];

const LEFT_OVER: [&str; 12] =
    [".pyc", ".orig", ".rej", ".swp", ".swo", ".bak", ".tmp", ".class", ".o", ".profraw", ".DS_Store", "Thumbs.db"];

/// Files that do not belong into a repository, and files too large to review.
pub(super) fn contents(file: &FileDiff, bytes: &dyn Fn(&str) -> usize) -> Option<Finding> {
    let path = &file.path;
    let is_new = file.old_mode == 0 && file.new_mode != 0;
    let add = |rule, what: String, advice| Some(found(path, 0, rule, &what, advice));
    if is_new {
        let below = |folder: &&&str| path.starts_with(**folder) || path.contains(&format!("/{folder}"));
        if let Some(folder) = BUILT.iter().find(below) {
            return add("build-result", format!("is in `{folder}`, which tools generate"), IGNORE);
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        if LEFT_OVER.iter().any(|ending| path.ends_with(ending)) || name == "core" || name.ends_with('~') {
            return add("left-over", "is left over from a tool".to_owned(), IGNORE);
        }
        if name == ".env"
            || (name.starts_with(".env.") && !["example", "sample", "template"].iter().any(|end| name.ends_with(end)))
        {
            return add("environment-file", "holds one machine's settings".to_owned(), IGNORE);
        }
        let size = bytes(path);
        if size > MOST_BYTES {
            return add("oversize", format!("is {} KiB large (at most {})", size >> 10, MOST_BYTES >> 10), KEEP_OUT);
        }
    }
    let lines = file.added.len();
    (lines > MOST_LINES && !is_lock(path))
        .then(|| add("oversize", format!("has {lines} new lines (at most {MOST_LINES})"), KEEP_OUT))
        .flatten()
}

const IGNORE: &str = "git rm --cached it, and name it in .gitignore";
const KEEP_OUT: &str = "generate it when it is needed, or split the change";

pub(super) fn is_lock(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with(".lock") || ["package-lock.json", "pnpm-lock.yaml", "go.sum", "npm-shrinkwrap.json"].contains(&name)
}

/// Characters of a subject at most: git's own tools cut at 50 to 72. More of them are told, and refuse nothing.
const LONGEST_SUBJECT: usize = 120;

/// The message of a commit.
pub(super) fn message(subject: &str) -> Option<Finding> {
    let lower = subject.to_ascii_lowercase();
    let unfinished = ["fixup!", "squash!", "amend!", "wip:", "wip "].iter().any(|mark| lower.starts_with(mark));
    let (rule, what) = if unfinished || lower == "wip" {
        ("unfinished-commit", format!("the commit `{subject}` says that it is not finished"))
    } else if subject.chars().count() > LONGEST_SUBJECT {
        let length = subject.chars().count();
        ("long-subject", format!("a commit's first line has {length} characters (at most {LONGEST_SUBJECT})"))
    } else {
        return None;
    };
    Some(found("", 0, rule, &what, "git rebase -i, within your own branch"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::security::testing::{changed, new};

    #[test]
    fn markers_that_came_in_are_found_and_those_of_before_are_not() {
        let text = "a\nb\nx\n<<<<<<< HEAD\ny\n=======\nz\n>>>>>>> other\n";
        let usual = MarkerWidth::default();
        let found = markers(&changed("a.py", &[(3, "x"), (4, "<<<<<<< HEAD"), (6, "=======")]), text, usual).unwrap();
        assert_eq!((found.line, found.rule.as_str()), (4, "conflict-marker"));
        assert!(markers(&changed("a.py", &[(3, "x")]), text, usual).is_none(), "they were there before");
        let heading = "Title\n=======\n<<<<<<<<\n";
        assert!(markers(&changed("a.md", &[(1, "Title"), (2, "======="), (3, "<<<<<<<<")]), heading, usual).is_none());
    }

    #[test]
    fn what_does_not_belong_into_a_repository() {
        let rule = |path: &str, size: usize| contents(&new(path, &["x"]), &|_| size).map(|finding| finding.rule);
        let table = [
            ("web/node_modules/a/index.js", "build-result"),
            ("__pycache__/a.cpython-311.pyc", "build-result"),
            ("src/a.py.orig", "left-over"),
            ("notes.txt~", "left-over"),
            (".env", "environment-file"),
            ("web/.env.local", "environment-file"),
        ];
        for (path, expected) in table {
            assert_eq!(rule(path, 1).as_deref(), Some(expected), "{path}");
        }
        for path in ["src/core/a.rs", ".env.example", "docs/target.md", "src/tmp.rs", "target/site.html"] {
            assert_eq!(rule(path, 1), None, "{path}");
        }
        assert_eq!(rule("data.csv", 2 << 20).as_deref(), Some("oversize"));
        let many: Vec<(u32, &str)> = (1..=6000).map(|n| (n, "x")).collect();
        assert_eq!(contents(&changed("a.json", &many), &|_| 1).unwrap().rule, "oversize");
        assert_eq!(contents(&changed("Cargo.lock", &many), &|_| 1), None);
        assert_eq!(contents(&changed("old/.env", &[(1, "x")]), &|_| 1), None, "it was there");
    }

    #[test]
    fn messages_of_commits() {
        let rule = |subject: &str| message(subject).map(|finding| finding.rule);
        for bad in ["fixup! a", "WIP", "wip: a", "squash! b"] {
            assert_eq!(rule(bad).as_deref(), Some("unfinished-commit"), "{bad}");
        }
        assert_eq!(rule(&"a".repeat(121)).as_deref(), Some("long-subject"));
        for fine in ["Add a rule", "wiping is safe", "a"] {
            assert_eq!(rule(fine), None, "{fine}");
        }
    }
}
