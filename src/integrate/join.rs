//! One merge of two commits in memory, with what is tried where git alone finds a conflict and that costs no agent:
//! drivers of the user's git, rules of the project, what was remembered (DESIGN 7).

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::memory;
use super::parse;
use super::structure::{self, ThreeTexts};
use super::unsolved::{Solution, Unsolved};
use crate::git::{self, ConflictKind, MergeOutcome, MergeRules, Repo, StagedEntry};
use crate::journal::ConflictPath;
use crate::model::{Oid, Result, Rung};

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
    /// Whether what touches without a clash is put together by the structure of the file.
    pub structure: bool,
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
    pub stages: Vec<StagedEntry>,
    /// What is left as git has it, with how wide its markers are.
    pub found: Vec<git::ConflictPath>,
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
    let drivers: Vec<String> = git::merge_drivers(repo)?.into_iter().map(|driver| driver.name).collect();
    let without_drivers = if rules.drivers { Vec::new() } else { drivers.clone() };
    let plain = MergeRules { without_drivers, ..MergeRules::default() };
    let mut left = match git::merge_one(repo, ours, theirs, &plain)? {
        MergeOutcome::Clean { tree } => return by_attributes(repo, rules, sides, &drivers, tree, Vec::new()),
        MergeOutcome::Conflict { tree, paths, stages } => Unsolved { tree, paths, stages },
    };
    let mut solved = unite(repo, rules, sides, &plain, &mut left)?;
    if let Some(memory) = &rules.memory {
        solved.extend(recall(repo, memory, &mut left)?);
    }
    if rules.structure {
        solved.extend(by_structure(repo, rules, &mut left)?);
    }
    let mut tried = Vec::new();
    if let Some(make_anew) = make_anew {
        match regenerate(repo, rules, make_anew, &mut left)? {
            Ok(anew) => solved.extend(anew),
            Err(why) => tried.push(why),
        }
    }
    if !left.is_through() {
        return Ok(Joined::Clash(clash(repo, left, tried)));
    }
    by_attributes(repo, rules, sides, &drivers, left.tree, solved)
}

/// A clean merge, with what the rules solved, and what clashes line by line and attributes of the repository solved: a
/// driver, or `merge=union`.
fn by_attributes(
    repo: &Repo,
    rules: &Rules,
    sides: (&Oid, &Oid),
    drivers: &[String],
    tree: Oid,
    solved: Vec<Solution>,
) -> Result<Joined> {
    let mut words: BTreeSet<String> = solved.iter().map(|it| format!("{} {}", it.rung.word(), it.path)).collect();
    let attribute = git::declared_at(repo, sides.0, "merge")?;
    if !attribute.is_empty() {
        let known = |path: &String| solved.iter().any(|it| it.path == *path);
        for path in by_lines(repo, sides, drivers)?.into_iter().filter(|path| !known(path)) {
            match attribute.value(&path) {
                Some("union") => words.insert(format!("{} {path}", Rung::Union.word())),
                _ if rules.drivers => words.insert(format!("{} {path}", Rung::Driver.word())),
                _ => false,
            };
        }
    }
    Ok(Joined::Clean { tree, rules: words.into_iter().collect() })
}

/// The paths that clash line by line. Only for the record: asked only where attributes say how files are merged.
fn by_lines(repo: &Repo, (ours, theirs): (&Oid, &Oid), drivers: &[String]) -> Result<BTreeSet<String>> {
    let without_drivers = drivers.iter().cloned().chain(["union".to_owned()]).collect();
    let by_lines = MergeRules { without_drivers, ..MergeRules::default() };
    Ok(match git::merge_one(repo, ours, theirs, &by_lines)? {
        MergeOutcome::Clean { .. } => BTreeSet::new(),
        MergeOutcome::Conflict { paths, .. } => paths.into_iter().map(|it| it.path).collect(),
    })
}

/// Takes the lines of both sides where the project says so. Files that are made anew are as on our side from here on.
fn unite(
    repo: &Repo,
    rules: &Rules,
    (ours, theirs): (&Oid, &Oid),
    plain: &MergeRules,
    left: &mut Unsolved,
) -> Result<Vec<Solution>> {
    let keep: Vec<String> = rules.regenerate.iter().cloned().collect();
    let with_rules = MergeRules { union: rules.union.clone(), keep, ..plain.clone() };
    if with_rules == *plain {
        return Ok(Vec::new());
    }
    let again = match git::merge_one(repo, ours, theirs, &with_rules)? {
        MergeOutcome::Clean { tree } => Unsolved { tree, paths: Vec::new(), stages: Vec::new() },
        MergeOutcome::Conflict { tree, paths, stages } => Unsolved { tree, paths, stages },
    };
    let is_left = |path: &str| again.paths.iter().any(|it| it.path == path) || !again.entries(path).is_empty();
    let mut solved = Vec::new();
    for path in left.files().filter(|it| !is_left(&it.path)) {
        solved.extend(left.solution(repo, Rung::Union, &path.path, &again.tree)?);
    }
    left.take(again.tree.clone(), &solved);
    // What the rules keep clashes as a whole, and for what they do not concern git says the same again.
    let new = again.paths.into_iter().filter(|it| !solved.iter().any(|done| done.path == it.path));
    for path in new.filter(|it| !left.paths.iter().any(|known| known.path == it.path)).collect::<Vec<_>>() {
        left.stages.extend(again.stages.iter().filter(|entry| entry.path == path.path).cloned());
        left.paths.push(path);
    }
    Ok(solved)
}

/// Puts solved files in the place of the conflicts that they solve.
fn put_files(repo: &Repo, left: &mut Unsolved, rung: Rung, files: &[(String, Vec<u8>)]) -> Result<Vec<Solution>> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let tree = git::replace_files(repo, &left.tree, files)?;
    let mut solved = Vec::new();
    for (path, _) in files {
        solved.extend(left.solution(repo, rung, path, &tree)?);
    }
    left.take(tree, &solved);
    Ok(solved)
}

/// Takes in what is remembered, file by file.
fn recall(repo: &Repo, memory: &std::path::Path, left: &mut Unsolved) -> Result<Vec<Solution>> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for path in left.files().filter(|path| path.kind == ConflictKind::Contents) {
        let Ok(bytes) = repo.file_in_tree(&left.tree, &path.path) else { continue };
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let sound = |text: &String| path.width.left_in(text).is_empty() && parse::error(&path.path, text).is_none();
        if let Some(text) = memory::recall(memory, path, &text).filter(sound) {
            files.push((path.path.clone(), text.into_bytes()));
        }
    }
    put_files(repo, left, Rung::Remembered, &files)
}

/// Solves files by their structure, where what both sides mean can only be one thing.
fn by_structure(repo: &Repo, rules: &Rules, left: &mut Unsolved) -> Result<Vec<Solution>> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let open = left.files().filter(|it| it.kind == ConflictKind::Contents && !rules.regenerate.contains(&it.path));
    for path in open {
        let entries = left.entries(&path.path);
        let text = |stage| {
            let entry = entries.iter().find(|entry| entry.stage == stage)?;
            String::from_utf8(repo.blob(&entry.oid).ok()?).ok()
        };
        let (Some(base), Some(ours), Some(theirs)) = (text(1), text(2), text(3)) else { continue };
        let texts = ThreeTexts { base: &base, ours: &ours, theirs: &theirs };
        let sound = |text: &String| path.width.left_in(text).is_empty();
        if let Some(text) = structure::solved(&path.path, &texts).filter(sound) {
            files.push((path.path.clone(), text.into_bytes()));
        }
    }
    put_files(repo, left, Rung::Structure, &files)
}

/// Makes files anew, once nothing else is left: what they are made from has to be merged by then.
fn regenerate(
    repo: &Repo,
    rules: &Rules,
    make_anew: MakeAnew<'_>,
    left: &mut Unsolved,
) -> Result<std::result::Result<Vec<Solution>, String>> {
    let open: BTreeSet<&str> = left.files().map(|it| it.path.as_str()).collect();
    let ruled = |path: &String| rules.regenerate.contains(path) && open.contains(path.as_str());
    let entries = left.stages.iter().map(|entry| &entry.path);
    let all = left.paths.iter().map(|it| &it.path).chain(entries).all(ruled);
    if left.is_through() || !all {
        return Ok(Ok(Vec::new()));
    }
    let anew: Vec<String> = left.paths.iter().map(|it| it.path.clone()).collect();
    let tree = match make_anew(&left.tree, &anew)? {
        Ok(tree) => tree,
        Err(why) => return Ok(Err(why)),
    };
    let mut solved = Vec::new();
    for path in &left.paths {
        let text = repo.file_in_tree(&tree, &path.path).unwrap_or_default();
        if !path.width.left_in(&String::from_utf8_lossy(&text)).is_empty() {
            return Ok(Err(format!("`{}` was made anew with conflict markers in it", path.path)));
        }
        solved.extend(left.solution(repo, Rung::Regenerate, &path.path, &tree)?);
    }
    left.take(tree, &solved);
    Ok(Ok(solved))
}

fn clash(repo: &Repo, left: Unsolved, tried: Vec<String>) -> Clash {
    let Unsolved { tree, paths, stages } = left;
    Clash { paths: clashes(repo, &tree, &paths), tried, tree, stages, found: paths }
}

/// One line a path, in order, with git's word for what clashes and the train's lines of it.
pub(super) fn clashes(repo: &Repo, conflicted: &Oid, paths: &[git::ConflictPath]) -> Vec<ConflictPath> {
    let mut found: Vec<ConflictPath> = Vec::new();
    for path in paths {
        if found.iter().any(|known| known.path == path.path) {
            continue;
        }
        let hunks = git::hunks(repo, conflicted, &path.path, path.width).unwrap_or_default();
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
