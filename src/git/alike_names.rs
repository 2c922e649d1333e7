//! Names that some systems cannot tell apart: macOS and Windows keep one file where Linux keeps two whose names differ only
//! in case, and macOS one where they differ only in how accents are written.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization;

use super::Repo;
use crate::model::{Oid, Result};

/// A path as a system sees it that tells neither case nor ways of writing accents apart.
pub fn folded_path(path: &str) -> String {
    path.nfd().flat_map(char::to_lowercase).nfd().collect()
}

/// The groups of paths in `after` that such a system cannot tell apart, where the tree `before` does not have all of the
/// group already. Folders count with the files in them: `Docs/a` and `docs/b` are one folder there.
///
/// # Errors
/// A tree cannot be read.
pub fn names_alike(repo: &Repo, before: &Oid, after: &Oid) -> Result<Vec<Vec<String>>> {
    let added: Vec<String> = repo.changed(before, after)?.into_iter().map(|change| change.path).collect();
    if added.is_empty() {
        return Ok(Vec::new());
    }
    let new: BTreeSet<String> = added.iter().flat_map(|path| prefixes(path)).map(folded_path).collect();
    let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in paths_of(repo, after)? {
        for name in prefixes(&path).filter(|name| new.contains(&folded_path(name))) {
            groups.entry(folded_path(name)).or_default().insert(name.to_owned());
        }
    }
    groups.retain(|_, names| names.len() > 1);
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let known: BTreeSet<String> =
        paths_of(repo, before)?.iter().flat_map(|path| prefixes(path).map(str::to_owned).collect::<Vec<_>>()).collect();
    let fresh = groups.into_values().filter(|names| names.iter().any(|name| !known.contains(name)));
    // Of a folder and what lies in it the folder says everything.
    let mut said: Vec<Vec<String>> = Vec::new();
    for names in fresh.map(|names| names.into_iter().collect::<Vec<String>>()) {
        let inside = |folders: &Vec<String>| {
            names.iter().all(|name| folders.iter().any(|folder| name.starts_with(&format!("{folder}/"))))
        };
        if !said.iter().any(inside) {
            said.push(names);
        }
    }
    Ok(said)
}

/// A path and the folders it lies in, outermost first.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at]).chain([path])
}

fn paths_of(repo: &Repo, tree: &Oid) -> Result<Vec<String>> {
    if let Some(paths) = repo.paths_if_text(tree) {
        return Ok(paths);
    }
    let call = repo.git("listing the names of a tree").args(["ls-tree", "-r", "-z", "--name-only", "--full-tree"]);
    let out = call.arg(tree.as_str()).run()?;
    let paths = out.split(|byte| *byte == 0).filter(|path| !path.is_empty());
    Ok(paths.map(|path| String::from_utf8_lossy(path).into_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::super::testing::Fixture;
    use super::*;

    #[test]
    fn case_and_accents_make_no_difference_and_what_was_so_before_is_not_said_again() {
        let fixture = Fixture::new();
        let repo = fixture.repo();
        let base = repo.head().unwrap().commit;
        let one = fixture.commit("one", &[("ui/Button.tsx", "1"), ("caf\u{e9}.txt", "1"), ("Docs/a.md", "1")]);
        assert_eq!(names_alike(&repo, &base, &one).unwrap(), Vec::<Vec<String>>::new());
        let two = fixture
            .commit("two", &[("ui/button.tsx", "2"), ("cafe\u{301}.txt", "2"), ("docs/b.md", "2"), ("docs/a.md", "2")]);
        let found = names_alike(&repo, &one, &two).unwrap();
        let expected =
            [vec!["cafe\u{301}.txt", "caf\u{e9}.txt"], vec!["Docs", "docs"], vec!["ui/Button.tsx", "ui/button.tsx"]];
        assert_eq!(found, expected.map(|names| names.into_iter().map(str::to_owned).collect::<Vec<_>>()));
        let three = fixture.commit("three", &[("other.txt", "3"), ("ui/button.tsx", "4")]);
        assert_eq!(names_alike(&repo, &two, &three).unwrap(), Vec::<Vec<String>>::new());
    }
}
