//! Conflict markers: how wide they are in a file, and which lines of a text are some that were left behind.
//!
//! Git writes them as wide as the attribute `conflict-marker-size` says, so that texts with lines of the usual width,
//! guides to git among them, can have conflicts too.

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobMatcher};

/// Width without an attribute.
const USUAL: usize = 7;

/// Signs a line of any other width needs to be taken for a marker, within a whole conflict: shorter ones are quotes
/// and arrows.
const LEAST: usize = 5;

/// How wide the conflict markers of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkerWidth {
    signs: usize,
    /// Whether an attribute says so: then narrower lines are the file's own.
    declared: bool,
}

impl Default for MarkerWidth {
    fn default() -> Self {
        MarkerWidth { signs: USUAL, declared: false }
    }
}

impl MarkerWidth {
    /// As an attribute says.
    pub fn declared(signs: usize) -> Self {
        MarkerWidth { signs, declared: true }
    }

    /// The sign of a marker line of exactly this width: one of `<|=>`, alone or before a space.
    pub(super) fn sign(self, line: &str) -> Option<char> {
        let (sign, width) = marker(line)?;
        (width == self.signs).then_some(sign)
    }

    /// The numbers of lines (from 1) that are markers of a conflict that somebody left: any of this width that begins or
    /// ends one (`=======` underlines headings), and whole conflicts of another width, nested ones and those of another
    /// file's attributes.
    pub fn left_in(self, text: &str) -> Vec<u32> {
        let least = if self.declared { self.signs + 1 } else { LEAST };
        let mut found = Vec::new();
        let mut open: BTreeMap<usize, Block> = BTreeMap::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim_end_matches('\r');
            let Some((sign, width)) = marker(line) else { continue };
            if width == self.signs && is_outer(line, sign, width) {
                found.push(number);
            }
            if width >= least || width == self.signs {
                found.extend(Block::read(&mut open, sign, width, number));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Whether a line of the right width cannot be anything but a marker: git labels what it writes. A row of an empty table
/// has further bars.
fn is_outer(line: &str, sign: char, width: usize) -> bool {
    let label = line[width..].trim();
    match sign {
        '<' | '>' => !label.is_empty(),
        '|' => !label.is_empty() && !label.contains('|'),
        _ => false,
    }
}

/// A conflict whose beginning was read.
struct Block {
    start: u32,
    middle: Option<u32>,
}

impl Block {
    /// Takes in the next marker; gives the lines of a conflict that ends with it.
    fn read(open: &mut BTreeMap<usize, Block>, sign: char, width: usize, number: u32) -> Vec<u32> {
        match sign {
            '<' => {
                open.insert(width, Block { start: number, middle: None });
            }
            '=' => {
                if let Some(block) = open.get_mut(&width) {
                    block.middle = Some(number);
                }
            }
            '>' => {
                if let Some(Block { start, middle: Some(middle) }) = open.remove(&width) {
                    return vec![start, middle, number];
                }
            }
            _ => {}
        }
        Vec::new()
    }
}

/// Sign and width of a line that has the form of a marker.
fn marker(line: &str) -> Option<(char, usize)> {
    let sign = line.chars().next().filter(|c| "<|=>".contains(*c))?;
    let rest = line.trim_start_matches(sign);
    (rest.is_empty() || rest.starts_with(' ')).then_some((sign, line.len() - rest.len()))
}

/// What attribute files say of one attribute, nearest last. Macros are not followed.
#[derive(Debug, Default)]
pub struct DeclaredAttribute {
    /// Folder of the file, pattern, value: what comes later goes before.
    lines: Vec<(String, GlobMatcher, Option<String>)>,
}

impl DeclaredAttribute {
    /// Reads attribute files, each with its path: one counts for what lies below its folder, and goes before those above.
    /// `own` is the repository's own file, which goes before all.
    pub fn read(name: &str, files: &[(String, String)], own: &str) -> Self {
        let mut files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        files.sort_by_key(|(path, _)| path.matches('/').count());
        files.push(("", own));
        let lines = files.into_iter().flat_map(|(path, text)| {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
            text.lines().filter_map(move |line| {
                let (pattern, value) = declared(line, name)?;
                Some((folder.clone(), pattern, value))
            })
        });
        DeclaredAttribute { lines: lines.collect() }
    }

    /// Whether no file names it.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Whether any line sets it to this value.
    pub fn says(&self, value: &str) -> bool {
        self.lines.iter().any(|(_, _, said)| said.as_deref() == Some(value))
    }

    /// Its value for a path; none where it is not set to one.
    pub fn value(&self, path: &str) -> Option<&str> {
        let below = |folder: &str| match folder {
            "" => Some(path),
            folder => path.strip_prefix(folder)?.strip_prefix('/'),
        };
        let mut found = self
            .lines
            .iter()
            .rev()
            .filter(|(folder, pattern, _)| below(folder).is_some_and(|path| pattern.is_match(path)));
        found.next().and_then(|(_, _, value)| value.as_deref())
    }

    /// The width of markers that it declares for a path.
    pub fn marker_width(&self, path: &str) -> MarkerWidth {
        let signs = self.value(path).and_then(|value| value.parse().ok()).filter(|signs| *signs > 0);
        signs.map_or_else(MarkerWidth::default, MarkerWidth::declared)
    }
}

/// The attribute that says how wide markers are.
pub const MARKER_SIZE: &str = "conflict-marker-size";

/// Pattern and value of a line of an attribute file that names this attribute.
fn declared(line: &str, name: &str) -> Option<(GlobMatcher, Option<String>)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with(['#', '!', '[']) {
        return None;
    }
    let (pattern, rest) = match line.strip_prefix('"') {
        Some(quoted) => {
            let end = quoted.char_indices().find(|(at, c)| *c == '"' && !quoted[..*at].ends_with('\\'))?.0;
            (quoted[..end].replace("\\\"", "\"").replace("\\\\", "\\"), &quoted[end + 1..])
        }
        None => {
            let (pattern, rest) = line.split_once([' ', '\t'])?;
            (pattern.to_owned(), rest)
        }
    };
    let value = rest.split_whitespace().rev().find_map(|word| match word.split_once('=') {
        Some((key, value)) => (key == name).then(|| Some(value.to_owned())),
        None => (word.trim_start_matches(['-', '!']) == name).then_some(None),
    })?;
    let anchored = pattern.trim_start_matches('/');
    let glob = if pattern.contains('/') { anchored.to_owned() } else { format!("**/{pattern}") };
    let glob = GlobBuilder::new(&glob).literal_separator(true).build().ok()?;
    Some((glob.compile_matcher(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(signs: usize) -> String {
        let line = |sign: &str, label: &str| format!("{}{label}\n", sign.repeat(signs));
        ["a\n".into(), line("<", " ours"), "b\n".into(), line("=", ""), "c\n".into(), line(">", " theirs")].concat()
    }

    #[test]
    fn what_was_left_is_told_from_what_only_looks_like_it() {
        let usual = MarkerWidth::default();
        let wide = MarkerWidth::declared(32);
        let table: [(MarkerWidth, String, &[u32]); 14] = [
            (usual, block(7), &[2, 4, 6]),
            (usual, block(32), &[2, 4, 6]),
            (usual, block(9), &[2, 4, 6]),
            (usual, block(4), &[]),
            (wide, block(32), &[2, 4, 6]),
            (wide, block(7), &[]),
            (wide, block(34), &[2, 4, 6]),
            (usual, "Title\n=======\n".into(), &[]),
            (usual, "x\n>>>>>>> theirs\n".into(), &[2]),
            (usual, "||||||| base\n".into(), &[1]),
            (usual, "||||||| a | b |\n|||||||\n".into(), &[]),
            (usual, ">>>> quoted\n<<<<<<<<<< an arrow\n".into(), &[]),
            (wide, format!("{} theirs\r\n", ">".repeat(32)), &[1]),
            (usual, "<<<<<<<\r\na\r\n=======\r\n>>>>>>>\r\n".into(), &[1, 3, 4]),
        ];
        for (width, text, lines) in table {
            assert_eq!(width.left_in(&text), lines, "{width:?} {text}");
        }
    }

    #[test]
    fn an_attribute_is_found_as_git_finds_it() {
        let files = [
            (
                ".gitattributes",
                "# no\n*.adoc conflict-marker-size=32\n/top.md text conflict-marker-size=9\n\"a b.md\" conflict-marker-size=11\ndoc/* conflict-marker-size=12\n",
            ),
            ("doc/.gitattributes", "*.txt -conflict-marker-size\nin/*.adoc conflict-marker-size=20\n"),
        ];
        let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
        let attribute = DeclaredAttribute::read(MARKER_SIZE, &files, "");
        let repo = tempfile::tempdir().unwrap();
        let git = |args: &[&str]| super::super::testing::git(repo.path(), args);
        git(&["init", "-q"]);
        for (path, text) in &files {
            super::super::testing::write(repo.path(), path, text);
        }
        for path in [
            "a.adoc",
            "x/a.adoc",
            "top.md",
            "x/top.md",
            "a b.md",
            "doc/a",
            "doc/a.txt",
            "doc/x/a",
            "doc/in/a.adoc",
            "b",
        ] {
            let said = git(&["check-attr", MARKER_SIZE, "--", path]);
            let said = said.rsplit(": ").next().filter(|value| !["unspecified", "unset"].contains(value));
            assert_eq!(attribute.value(path), said, "{path}");
        }
        assert_eq!(attribute.marker_width("a.adoc"), MarkerWidth::declared(32));
        assert_eq!(attribute.marker_width("b"), MarkerWidth::default());
    }
}
