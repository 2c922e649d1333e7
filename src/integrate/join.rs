//! One merge of two commits in memory, with what is tried where git alone finds a conflict and that costs no agent:
//! drivers of the user's git, rules of the project, what was remembered (DESIGN 7).

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::memory;
use super::parse;
use crate::git::{self, ConflictKind, MergeOutcome, MergeRules, Repo};
use crate::journal::ConflictPath;
use crate::model::{Oid, Result};

/// What is tried.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Globs of files whose conflicts are solved by taking both sides' lines.
    pub union: Vec<String>,
    /// Paths whose conflicts are solved by making the file anew.
    pub regenerate: BTreeSet<String>,
    /// Where solved conflicts are remembered; none: they are not looked up.
    pub memory: Option<PathBuf>,
    /// Whether merge drivers of the user's git may run.
    pub drivers: bool,
}

/// One merge: clean, with the rules that made it so, or the paths that clash.
pub enum Joined {
    /// Merged, and by which rules: `union CHANGELOG.md`.
    Clean {
        /// The tree.
        tree: Oid,
        /// Rule and path.
        rules: Vec<String>,
    },
    /// Not merged.
    Clash(Clash),
}

/// The paths that clash, and why rules that were to solve them did not.
#[derive(Debug)]
pub struct Clash {
    /// What is left.
    pub paths: Vec<ConflictPath>,
    /// What was tried in vain.
    pub tried: Vec<String>,
    /// The tree with everything that could be merged, and markers in the rest.
    pub tree: Oid,
    /// The index entries of what is left.
    pub stages: Vec<String>,
}

/// Makes files of a merged tree anew: the tree with them, or why that did not work. The tree has them as on our side.
pub type MakeAnew<'a> = &'a dyn Fn(&Oid, &[String]) -> Result<std::result::Result<Oid, String>>;

/// Merges `theirs` into `ours`. Without `make_anew` what would be made anew is left.
///
/// # Errors
/// Git failed.
pub fn join(repo: &Repo, rules: &Rules, sides: (&Oid, &Oid), make_anew: Option<MakeAnew<'_>>) -> Result<Joined> {
    let (ours, theirs) = sides;
    if repo.is_ancestor(ours, theirs)? {
        return Ok(Joined::Clean { tree: repo.tree_of(theirs)?, rules: Vec::new() });
    }
    let drivers = git::merge_drivers(repo)?;
    let without_drivers = if rules.drivers { Vec::new() } else { drivers.clone() };
    let plain = MergeRules { without_drivers, ..MergeRules::default() };
    // What clashes line by line, and neither git with its drivers nor a rule left, a driver solved.
    let driven = |tree, solved: BTreeSet<String>| -> Result<Joined> {
        let by_driver = if rules.drivers { by_lines(repo, sides, &drivers)? } else { BTreeSet::new() };
        let known = |path: &String| solved.iter().any(|rule| rule.split_once(' ').is_some_and(|(_, it)| it == path));
        let by_driver: Vec<String> =
            by_driver.into_iter().filter(|path| !known(path)).map(|path| format!("driver {path}")).collect();
        Ok(Joined::Clean { tree, rules: solved.into_iter().chain(by_driver).collect() })
    };
    let found = match git::merge_one(repo, ours, theirs, &plain)? {
        MergeOutcome::Clean { tree } => return driven(tree, BTreeSet::new()),
        MergeOutcome::Conflict { tree, paths, stages } => Found { tree, paths, stages },
    };
    let keep: Vec<String> = rules.regenerate.iter().cloned().collect();
    let with_rules = MergeRules { union: rules.union.clone(), keep, ..plain.clone() };
    let found_at_first: Vec<git::ConflictPath> = found.paths.clone();
    let mut found = match git::merge_one(repo, ours, theirs, &with_rules)? {
        _ if with_rules == plain => found,
        MergeOutcome::Clean { tree } => Found { tree, paths: Vec::new(), stages: Vec::new() },
        MergeOutcome::Conflict { tree, paths, stages } => Found { tree, paths, stages },
    };
    let left = |found: &Found, path: &String| found.paths.iter().any(|it| it.path == *path);
    let at_first = found_at_first.into_iter().map(|it| it.path);
    let mut solved: BTreeSet<String> =
        at_first.filter(|path| !left(&found, path)).map(|path| format!("union {path}")).collect();
    if let Some(memory) = &rules.memory {
        let recalled = found.recall(repo, memory)?;
        solved.extend(recalled.into_iter().map(|path| format!("remembered {path}")));
    }
    let anew: Vec<String> = found.paths.iter().map(|it| it.path.clone()).collect();
    if anew.is_empty() {
        return driven(found.tree, solved);
    }
    let (Some(make_anew), true) = (make_anew, anew.iter().all(|path| rules.regenerate.contains(path))) else {
        return Ok(Joined::Clash(found.clash(repo, Vec::new())));
    };
    match make_anew(&found.tree, &anew)?.and_then(|tree| without_markers(repo, tree, &anew)) {
        Err(why) => Ok(Joined::Clash(found.clash(repo, vec![why]))),
        Ok(tree) => {
            solved.extend(anew.iter().map(|path| format!("regenerate {path}")));
            driven(tree, solved)
        }
    }
}

/// What a command that makes files anew left is not taken with markers in it.
fn without_markers(repo: &Repo, tree: Oid, paths: &[String]) -> std::result::Result<Oid, String> {
    let marked = |path: &&String| git::hunks(repo, &tree, path).is_ok_and(|hunks| !hunks.is_empty());
    match paths.iter().find(marked) {
        Some(path) => Err(format!("`{path}` was made anew with conflict markers in it")),
        None => Ok(tree),
    }
}

/// The paths that clash line by line. Only for the record: asked only where git is set up with drivers.
fn by_lines(repo: &Repo, (ours, theirs): (&Oid, &Oid), drivers: &[String]) -> Result<BTreeSet<String>> {
    if drivers.is_empty() {
        return Ok(BTreeSet::new());
    }
    let by_lines = MergeRules { without_drivers: drivers.to_vec(), ..MergeRules::default() };
    Ok(match git::merge_one(repo, ours, theirs, &by_lines)? {
        MergeOutcome::Clean { .. } => BTreeSet::new(),
        MergeOutcome::Conflict { paths, .. } => paths.into_iter().map(|it| it.path).collect(),
    })
}

/// A merge that is not through.
struct Found {
    tree: Oid,
    paths: Vec<git::ConflictPath>,
    stages: Vec<String>,
}

impl Found {
    /// Takes in what is remembered, file by file; gives the paths that this solved.
    fn recall(&mut self, repo: &Repo, memory: &std::path::Path) -> Result<Vec<String>> {
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        for path in self.paths.iter().filter(|path| path.kind == ConflictKind::Contents).map(|it| &it.path) {
            let Ok(bytes) = repo.file_in_tree(&self.tree, path) else { continue };
            let Ok(text) = String::from_utf8(bytes) else { continue };
            let solved = memory::recall(memory, path, &text);
            if let Some(solved) = solved.filter(|text| !git::has_markers(text) && parse::error(path, text).is_none()) {
                files.push((path.clone(), solved.into_bytes()));
            }
        }
        if !files.is_empty() {
            self.tree = git::replace_files(repo, &self.tree, &files)?;
        }
        let solved: Vec<String> = files.into_iter().map(|(path, _)| path).collect();
        self.paths.retain(|it| !solved.contains(&it.path));
        self.stages.retain(|line| !line.split_once('\t').is_some_and(|(_, path)| solved.iter().any(|it| it == path)));
        Ok(solved)
    }

    fn clash(self, repo: &Repo, tried: Vec<String>) -> Clash {
        Clash { paths: clashes(repo, &self.tree, &self.paths), tried, tree: self.tree, stages: self.stages }
    }
}

/// One line a path, in order, with git's word for what clashes and the train's lines of it.
fn clashes(repo: &Repo, conflicted: &Oid, paths: &[git::ConflictPath]) -> Vec<ConflictPath> {
    let mut found: Vec<ConflictPath> = Vec::new();
    for path in paths {
        if found.iter().any(|known| known.path == path.path) {
            continue;
        }
        let hunks = git::hunks(repo, conflicted, &path.path).unwrap_or_default();
        let lines: Vec<String> = hunks.iter().take(MAX_HUNKS).map(|hunk| range(hunk.ours)).collect();
        found.push(ConflictPath { path: path.path.clone(), kind: path.kind.word().to_owned(), lines: lines.join(",") });
    }
    found
}

/// Places named per path; more of them say no more.
const MAX_HUNKS: usize = 5;

fn range(lines: git::Lines) -> String {
    if lines.count <= 1 { lines.first.to_string() } else { format!("{}-{}", lines.first, lines.last()) }
}
