//! What solved a conflict, kept for when the same lines clash again: one file for each place that was solved, in the
//! repository's own folder, to be read, and deleted, by anybody.
//!
//! A place is known again by its path, what both sides began with, and what each made of it, in whichever order. Only
//! what landed is kept, so gates have let it through.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::git::{self, MarkerWidth, MergeOutcome, MergeRules, Part, Repo};
use crate::model::{Error, Oid, Result, RunId, TaskId};

/// Largest file that is remembered, bytes: what is larger is made by a program.
const MOST_BYTES: usize = 1 << 20;

/// One solved place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// 1.
    pub format: u32,
    /// The file.
    pub path: String,
    /// What both sides began with, where the merge said it.
    pub base: String,
    /// What the two made of it.
    pub sides: [String; 2],
    /// What solved it.
    pub solution: String,
    /// Who: `agent` or `person`.
    pub by: String,
    /// In which run.
    pub run: String,
    /// For which task.
    pub task: String,
    /// When.
    pub at: Timestamp,
}

/// A merge that landed, and who made it.
#[derive(Debug, Clone)]
pub struct Solved {
    /// The task's side and the other; none where the merge commit, among the latest of the result, says it.
    pub sides: Option<(Oid, Oid)>,
    /// The commit that holds both.
    pub result: Oid,
    /// `agent` or `person`.
    pub by: &'static str,
    /// The run.
    pub run: RunId,
    /// The task.
    pub task: TaskId,
}

/// Where it is kept, below the folder that all worktrees share.
pub fn folder(common_dir: &Path) -> PathBuf {
    common_dir.join("orca").join("resolutions")
}

/// Keeps what solved each place of a merge, and gives their number. A file whose solution cannot be told from what
/// surrounds it is left out.
///
/// # Errors
/// Git failed, or the folder cannot be written.
pub fn remember(repo: &Repo, folder: &Path, solved: &Solved, at: Timestamp) -> Result<usize> {
    let Some((ours, theirs)) =
        solved.sides.clone().map_or_else(|| merged_by(repo, &solved.result), |it| Ok(Some(it)))?
    else {
        return Ok(0);
    };
    let plain = git::merge_one(repo, &ours, &theirs, &MergeRules::default())?;
    let MergeOutcome::Conflict { tree, paths, .. } = plain else { return Ok(0) };
    let mut kept = 0;
    for found in &paths {
        let path = &found.path;
        let (Ok(marked), Ok(result)) = (repo.file_in_tree(&tree, path), repo.file_at(&solved.result, path)) else {
            continue;
        };
        let (Ok(marked), Ok(result)) = (String::from_utf8(marked), String::from_utf8(result)) else { continue };
        if result.len() > MOST_BYTES {
            continue;
        }
        for (clash, solution) in solutions(&marked, &result, found.width) {
            let [base, ours, theirs] = clash;
            let found = Remembered {
                format: 1,
                path: path.clone(),
                base,
                sides: [ours, theirs],
                solution,
                by: solved.by.to_owned(),
                run: solved.run.to_string(),
                task: solved.task.to_string(),
                at,
            };
            write(folder, &found)?;
            kept += 1;
        }
    }
    Ok(kept)
}

/// Commits that may come after a merge, to mend what it broke.
const MOST_AFTER: usize = 10;

/// What the latest merge in a commit's own line of history merged.
fn merged_by(repo: &Repo, result: &Oid) -> Result<Option<(Oid, Oid)>> {
    let mut at = result.clone();
    for _ in 0..MOST_AFTER {
        match repo.commit_info(&at)?.parents.as_slice() {
            [ours, theirs] => return Ok(Some((ours.clone(), theirs.clone()))),
            [only] => at = only.clone(),
            _ => return Ok(None),
        }
    }
    Ok(None)
}

/// The text with every place solved as remembered; none when one of them is not known, or none is in it: a link, a mode
/// or a driver that failed leaves no markers, and nothing that could be remembered.
pub(super) fn recall(folder: &Path, path: &git::ConflictPath, marked: &str) -> Option<String> {
    let parts = git::parts(marked, path.width)?;
    if !parts.iter().any(|part| matches!(part, Part::Clash { .. })) {
        return None;
    }
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Merged(lines) => text.extend(lines),
            Part::Clash { ours, base, theirs } => {
                let key = key(&path.path, &base.concat(), [&ours.concat(), &theirs.concat()]);
                let bytes = fs::read(folder.join(format!("{key}.json"))).ok()?;
                text.push_str(&serde_json::from_slice::<Remembered>(&bytes).ok()?.solution);
            }
        }
    }
    Some(text)
}

/// Forgets what solved the clashes of this merge: with it the merged tree is red. Gives how many places were known.
///
/// # Errors
/// Git failed, or a file cannot be removed.
pub fn forget(repo: &Repo, folder: &Path, ours: &Oid, theirs: &Oid) -> Result<usize> {
    let plain = git::merge_one(repo, ours, theirs, &MergeRules::default())?;
    let MergeOutcome::Conflict { tree, paths, .. } = plain else { return Ok(0) };
    let mut forgotten = 0;
    for path in &paths {
        let Ok(marked) = repo.file_in_tree(&tree, &path.path) else { continue };
        let marked = String::from_utf8_lossy(&marked).into_owned();
        for part in git::parts(&marked, path.width).unwrap_or_default() {
            let Part::Clash { ours, base, theirs } = part else { continue };
            let key = key(&path.path, &base.concat(), [&ours.concat(), &theirs.concat()]);
            match fs::remove_file(folder.join(format!("{key}.json"))) {
                Ok(()) => forgotten += 1,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(Error::failed("forgetting what solved a conflict", error)),
            }
        }
    }
    Ok(forgotten)
}

fn write(folder: &Path, found: &Remembered) -> Result<()> {
    let key = key(&found.path, &found.base, [&found.sides[0], &found.sides[1]]);
    let doing = |error: std::io::Error| Error::failed("remembering what solved a conflict", error);
    fs::create_dir_all(folder).map_err(doing)?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(doing)?;
    let text = serde_json::to_string_pretty(found).unwrap_or_default();
    file.write_all(text.as_bytes()).map_err(doing)?;
    crate::model::crash::point("file.replace.before");
    file.persist(folder.join(format!("{key}.json"))).map_err(|error| doing(error.error))?;
    crate::model::crash::point("file.replace.after");
    Ok(())
}

/// The name of a place: who merges whom does not matter.
fn key(path: &str, base: &str, mut sides: [&str; 2]) -> String {
    sides.sort_unstable();
    let mut digest = Sha256::new();
    for text in [path, base, sides[0], sides[1]] {
        digest.update(text.len().to_le_bytes());
        digest.update(text);
    }
    digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// What each clash of a text with markers became: base, ours and theirs, and the lines in their place. What merged by
/// itself must stand in the result as it is; between two such pieces nothing else may be what the second begins at.
fn solutions(marked: &str, result: &str, width: MarkerWidth) -> Vec<([String; 3], String)> {
    let Some(parts) = git::parts(marked, width) else { return Vec::new() };
    let merged: Vec<String> = parts.iter().filter_map(|part| merged(part)).collect();
    let clashes = parts.into_iter().filter_map(|part| match part {
        Part::Clash { ours, base, theirs } => Some([base.concat(), ours.concat(), theirs.concat()]),
        Part::Merged(_) => None,
    });
    let (Some(first), Some(last)) = (merged.first(), merged.last()) else { return Vec::new() };
    let inner = result
        .strip_prefix(first.as_str())
        .and_then(|rest| if merged.len() > 1 { rest.strip_suffix(last.as_str()) } else { None });
    let Some(mut rest) = inner else { return Vec::new() };
    let mut found = Vec::new();
    for between in &merged[1..merged.len() - 1] {
        let mut places = starts(rest, between);
        let (Some(at), None) = (places.next(), places.next()) else { return Vec::new() };
        found.push(rest[..at].to_owned());
        rest = &rest[at + between.len()..];
    }
    found.push(rest.to_owned());
    clashes.zip(found).collect()
}

fn merged(part: &Part<'_>) -> Option<String> {
    match part {
        Part::Merged(lines) => Some(lines.concat()),
        Part::Clash { .. } => None,
    }
}

/// Where `piece`, whole lines, stands in a text: at its beginning or after a line's end.
fn starts<'t>(text: &'t str, piece: &'t str) -> impl Iterator<Item = usize> + 't {
    let empty = piece.is_empty();
    let line = |at: usize| at == 0 || text.as_bytes()[at - 1] == b'\n';
    text.match_indices(piece).map(|(at, _)| at).filter(move |at| !empty && line(*at))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKED: &str = "a\n<<<<<<< x\nb1\n||||||| o\nb\n=======\nb2\n>>>>>>> y\nc\nd\n<<<<<<< x\ne1\n||||||| o\n\
                          =======\ne2\n>>>>>>> y\nf\n";

    #[test]
    fn what_solved_each_place_is_told_from_what_surrounds_it() {
        let found = solutions(MARKED, "a\nb12\nc\nd\ne1\ne2\nf\n", MarkerWidth::default());
        let solved: Vec<&str> = found.iter().map(|(_, solution)| solution.as_str()).collect();
        assert_eq!(solved, ["b12\n", "e1\ne2\n"]);
        assert_eq!(found[0].0, ["b\n", "b1\n", "b2\n"].map(str::to_owned));
        let untold = [
            ("a\nb12\nC\nd\ne\nf\n", "what merged by itself was edited"),
            ("b12\nc\nd\ne\nf\n", "so was its beginning"),
            ("a\nc\nd\nx\nc\nd\ne\nf\n", "it could be either of two places"),
        ];
        for (result, why) in untold {
            assert_eq!(solutions(MARKED, result, MarkerWidth::default()), [], "{why}");
        }
    }

    fn at(path: &str) -> git::ConflictPath {
        let kind = git::ConflictKind::Contents;
        git::ConflictPath { path: path.into(), kind, width: MarkerWidth::default() }
    }

    #[test]
    fn a_place_is_known_again_whoever_merges_and_only_there() {
        let folder = tempfile::tempdir().unwrap();
        for (n, ([base, ours, theirs], solution)) in
            solutions(MARKED, "a\nb12\nc\nd\ne1\ne2\nf\n", MarkerWidth::default()).into_iter().enumerate()
        {
            let found = Remembered {
                format: 1,
                path: "p".into(),
                base,
                sides: [ours, theirs],
                solution,
                by: "agent".into(),
                run: "r".into(),
                task: format!("T{n}"),
                at: Timestamp::UNIX_EPOCH,
            };
            write(folder.path(), &found).unwrap();
        }
        let turned = "z\n<<<<<<< x\nb2\n||||||| o\nb\n=======\nb1\n>>>>>>> y\n";
        assert_eq!(recall(folder.path(), &at("p"), turned).as_deref(), Some("z\nb12\n"));
        assert_eq!(recall(folder.path(), &at("other"), turned), None);
        assert_eq!(recall(folder.path(), &at("p"), &turned.replace("b1", "b3")), None);
        assert_eq!(
            recall(folder.path(), &at("p"), &format!("{turned}{}", turned.replace("b1", "b3"))),
            None,
            "not half"
        );
        assert_eq!(recall(folder.path(), &at("p"), "z\nno markers\n"), None, "nothing to be solved is no solution");
    }
}
