//! Which files of a commit a sparse worktree has, as git itself writes it down.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The patterns of a sparse worktree, as they stand in git's `info/sparse-checkout`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SparsePatterns {
    /// Whether they name whole folders only, in git's own form (*cone mode*).
    pub cone: bool,
    /// The file.
    pub text: String,
}

impl SparsePatterns {
    /// Those of whole folders, besides the files that lie directly in one of the folders above them.
    pub fn of_folders<S: AsRef<str>>(folders: impl IntoIterator<Item = S>) -> SparsePatterns {
        let folders = folders.into_iter().map(|folder| escaped(folder.as_ref().trim_matches('/')));
        SparsePatterns { cone: true, text: cone_text(&folders.filter(|folder| !folder.is_empty()).collect()) }
    }

    /// What somebody wrote, or git: whether it is in cone mode is told by its form.
    pub fn read(text: String) -> SparsePatterns {
        let lines = |text: &str| -> BTreeSet<String> {
            text.lines().map(str::to_owned).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
        };
        let cone = lines(&cone_text(&cone_folders(&text))) == lines(&text);
        SparsePatterns { cone, text }
    }

    /// The same with these files, and folders that end in `/`, besides; in cone mode with the folders of files.
    #[must_use]
    pub fn widened(&self, paths: &BTreeSet<&str>) -> SparsePatterns {
        if !self.cone {
            let more: String = paths.iter().map(|path| format!("/{}\n", escaped(path))).collect();
            let end = if self.text.ends_with('\n') || self.text.is_empty() { "" } else { "\n" };
            return SparsePatterns { cone: false, text: format!("{}{end}{more}", self.text) };
        }
        let mut folders = cone_folders(&self.text);
        folders.extend(paths.iter().filter_map(|path| Some(escaped(path.rsplit_once('/')?.0))));
        SparsePatterns { cone: true, text: cone_text(&folders) }
    }
}

/// A path in which nothing is a wildcard.
fn escaped(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for (n, c) in path.chars().enumerate() {
        if matches!(c, '*' | '?' | '[' | '\\') || (n == 0 && matches!(c, '!' | '#')) {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

/// The folders that patterns in cone mode name with all below them.
fn cone_folders(text: &str) -> BTreeSet<String> {
    let lines: BTreeSet<&str> = text.lines().collect();
    let whole = |line: &&str| !lines.contains(format!("!{line}*/").as_str());
    let named = lines.iter().filter(|line| line.starts_with('/') && line.ends_with('/') && line.len() > 1);
    named.filter(|line| whole(line)).map(|line| line.trim_matches('/').to_owned()).collect()
}

/// Patterns in cone mode, in git's order: what is above comes before what is below.
fn cone_text(folders: &BTreeSet<String>) -> String {
    let above =
        |path: &str| -> Vec<String> { path.match_indices('/').map(|(end, _)| path[..end].to_owned()).collect() };
    let inside = |path: &String| above(path).iter().any(|folder| folders.contains(folder));
    let whole: Vec<&String> = folders.iter().filter(|folder| !inside(folder)).collect();
    let partly: BTreeSet<String> = whole.iter().flat_map(|folder| above(folder)).collect();
    let mut text = "/*\n!/*/\n".to_owned();
    partly.iter().for_each(|folder| text.push_str(&format!("/{folder}/\n!/{folder}/*/\n")));
    whole.iter().for_each(|folder| text.push_str(&format!("/{folder}/\n")));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_become_patterns_and_come_back() {
        let made = SparsePatterns::of_folders(["packages/web/", "docs", "packages/web/src", "a[1]/b"]);
        let text = "/*\n!/*/\n/a\\[1]/\n!/a\\[1]/*/\n/packages/\n!/packages/*/\n/a\\[1]/b/\n/docs/\n/packages/web/\n";
        assert_eq!(made, SparsePatterns { cone: true, text: text.to_owned() });
        assert_eq!(SparsePatterns::read(text.to_owned()), made);
        for other in ["/a.txt\n", "*.rs\n!/vendor/\n", "/*\n!/big/\n", ""] {
            assert!(!SparsePatterns::read(other.to_owned()).cone, "{other}");
        }
    }

    #[test]
    fn widening_adds_folders_to_a_cone_and_files_to_patterns() {
        let cone = SparsePatterns::of_folders(["web"]);
        let wider = cone.widened(&BTreeSet::from(["api/src/x.ts", "README.md", "web/y", "docs/"]));
        assert_eq!(wider, SparsePatterns::of_folders(["api/src", "web", "docs"]));
        let files = SparsePatterns::read("/a.txt".to_owned()).widened(&BTreeSet::from(["b/*.txt"]));
        assert_eq!(files.text, "/a.txt\n/b/\\*.txt\n");
    }
}
