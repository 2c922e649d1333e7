//! From the words PLAN… to the files that plans are read from.

use std::path::{Component, Path, PathBuf};

use crate::model::{Error, ErrorKind, FolderFiles, Result};
use crate::plan::{self, Found, PlanEntry};

use super::issues;

/// Plans as they were meant: one, or several that run as one.
#[derive(Debug)]
pub struct Given {
    /// The files they are read from; companions lie there too.
    pub files: FolderFiles,
    /// What to read there.
    pub entries: Vec<PlanEntry>,
    /// Their paths as the user would name them from the repository's root.
    pub paths: Vec<String>,
    /// The same in one text.
    pub shown: String,
    /// Whether they lie in the repository, and paths of their documents are paths there.
    pub inside: bool,
}

/// The plans at `words`, which are paths from `cwd` or mean issues of a server. `tree` is the repository that they should lie
/// in.
///
/// # Errors
/// A path does not exist, or the server does not give the issues.
pub fn named(cwd: &Path, words: &[PathBuf], tree: Option<&Path>) -> Result<Given> {
    let place = |word: &PathBuf| match issues::is_issues(cwd, word) {
        true => issues::asked(tree.unwrap_or(cwd), word),
        false => Ok(word.clone()),
    };
    let places = words.iter().map(place).collect::<Result<Vec<PathBuf>>>()?;
    let full = places.iter().map(|place| existing(cwd, place, ErrorKind::Plan)).collect::<Result<Vec<PathBuf>>>()?;
    let tree = tree.map(|tree| tree.canonicalize()).transpose();
    let tree = tree.map_err(|e| Error::failed("reading the folder of the plan's repository", e))?;
    let inside = tree.as_ref().is_some_and(|tree| full.iter().all(|path| path.starts_with(tree)));
    let root = match (&tree, &full[..]) {
        (Some(tree), _) if inside => tree.clone(),
        (_, [one]) if one.is_dir() => one.clone(),
        (_, [one]) => one.parent().unwrap_or(Path::new("/")).to_owned(),
        _ => common(&full),
    };
    let below = |path: &PathBuf| path.strip_prefix(&root).unwrap_or(Path::new("")).to_string_lossy().replace('\\', "/");
    let entries: Vec<PlanEntry> = full.iter().map(|path| PlanEntry::new(below(path))).collect();
    let named = |(entry, word): (&PlanEntry, &PathBuf)| match entry.path.as_str() {
        path if path.is_empty() || !inside => word.display().to_string(),
        path => path.to_owned(),
    };
    let paths: Vec<String> = entries.iter().zip(&places).map(named).collect();
    // Issues are shown as they were typed, and read again from where they are kept.
    let shown = paths.iter().zip(words).zip(&places);
    let shown =
        shown.map(|((path, word), place)| if word == place { path.clone() } else { word.display().to_string() });
    let shown = shown.collect::<Vec<_>>().join(" ");
    Ok(Given { files: FolderFiles::new(root), shown, entries, paths, inside })
}

/// The plan found in the repository at `tree`, where nobody named one: below `folder` if there is one, since that is a
/// project of its own.
///
/// # Errors
/// There is none, or there are several.
pub fn found(tree: &Path, folder: &str, command: &str) -> Result<Given> {
    let files = FolderFiles::new(tree);
    let all = plan::find(&files);
    let below: Vec<Found> = all.iter().filter(|plan| is_below(&plan.path, folder)).cloned().collect();
    let one = only(if below.is_empty() { all } else { below }, command)?;
    let paths = vec![one.path.clone()];
    Ok(Given { entries: vec![PlanEntry::new(&one.path)], paths, shown: one.path, files, inside: true })
}

/// The folder, from `root`, that the settings file nearest to `cwd` makes a project of its own; empty for the root.
pub fn project_folder(root: &Path, cwd: &Path) -> String {
    let inside = cwd.strip_prefix(root).unwrap_or(Path::new(""));
    let nearest = inside.ancestors().find(|folder| root.join(folder).join(super::here::ORCA_TOML).is_file());
    nearest.map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default()
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| folder.is_empty() || rest.starts_with('/'))
}

/// The root of the repository that `path` lies in.
pub fn root_of(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_path_buf)
}

/// A path that is there, whole.
///
/// # Errors
/// It is not there.
pub fn existing(cwd: &Path, word: &Path, kind: ErrorKind) -> Result<PathBuf> {
    cwd.join(word).canonicalize().map_err(|e| {
        Error::new(kind, format!("reading the plan `{}`", word.display()), e.to_string())
            .hint("git orca plan   shows the plans found in this repository")
    })
}

/// The deepest folder that holds all of `paths`.
fn common(paths: &[PathBuf]) -> PathBuf {
    let mut shared: Vec<Component<'_>> = paths.first().map(|path| path.components().collect()).unwrap_or_default();
    for path in paths {
        let same = shared.iter().zip(path.components()).take_while(|(a, b)| **a == *b).count();
        shared.truncate(same);
    }
    let folder: PathBuf = shared.iter().collect();
    if folder.is_dir() { folder } else { folder.parent().unwrap_or(Path::new("/")).to_owned() }
}

/// The only plan that is not done, or the only one.
fn only(found: Vec<Found>, command: &str) -> Result<Found> {
    let doing = "looking for a plan in this repository";
    let open: Vec<&Found> = found.iter().filter(|plan| plan.done < plan.tasks).collect();
    match (&open[..], &found[..]) {
        ([one], _) => Ok((*one).clone()),
        ([], [one]) => Ok(one.clone()),
        ([], []) => Err(Error::new(ErrorKind::Plan, doing, "no plan was found in this repository")
            .hint(format!("git orca {command} PATH   with a plan file or folder"))
            .hint("or write one: TASKS.md with lines `- [ ] …`")),
        _ => {
            let several: Vec<&Found> = if open.is_empty() { found.iter().collect() } else { open };
            let kind = if command == "plan" { ErrorKind::Plan } else { ErrorKind::Usage };
            let mut error =
                Error::new(kind, doing, format!("{} plans were found in this repository; name one", several.len()));
            for plan in several.iter().take(6) {
                let counts = format!("{} tasks, {} done", plan.tasks, plan.done);
                error = error.hint(format!("git orca {command} {}    {} ({counts})", plan.path, plan.format));
            }
            let both: Vec<&str> = several.iter().take(2).map(|plan| plan.path.as_str()).collect();
            Err(error.hint(format!("git orca {command} {}    several at once", both.join(" "))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_of_two_places_are_read_from_what_holds_both() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for path in ["app/specs/a", "app/specs/b", "other"] {
            std::fs::create_dir_all(root.join(path)).unwrap();
        }
        let words = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<Vec<_>>();
        let app = root.join("app");
        let given = named(&app, &words(&["specs/a", "specs/b"]), Some(&app)).unwrap();
        assert_eq!((given.shown.as_str(), given.inside), ("specs/a specs/b", true));
        let given = named(&app, &words(&["specs/a", "../other"]), Some(&app)).unwrap();
        let entries: Vec<&str> = given.entries.iter().map(|entry| entry.path.as_str()).collect();
        assert_eq!((entries, given.inside), (vec!["app/specs/a", "other"], false));
        assert!(named(&app, &words(&["specs/c"]), Some(&app)).is_err());
    }
}
