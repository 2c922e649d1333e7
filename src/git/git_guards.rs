//! Settings by which git itself refuses what an agent must not do. They reach it through the environment: an agent that
//! empties it is caught by looking afterwards.

use super::Repo;
use super::files;
use crate::model::{Error, Result};

/// In front of a push address: no such folder can be, and git's complaint about it says why.
const NO_PUSH: &str = "/git orca does not let agents push (it takes commits from the branch): ";

/// The file of the settings, in our own folder.
const SETTINGS: &str = "slots.gitconfig";

/// Removes the file of the settings: no run is left that needs it, and the next one writes it anew.
///
/// # Errors
/// It is there and cannot be removed.
pub fn forget_stops(repo: &Repo) -> Result<()> {
    let file = repo.common_dir().join("orca").join(SETTINGS);
    match std::fs::remove_file(&file) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::failed(format!("removing `{}`", file.display()), e))
        }
        _ => Ok(()),
    }
}

/// Writes the settings into our own folder, and gives what makes git read them in worktrees of this repository only: tests of a
/// project may well push and prune in repositories of their own. Pushes find no repository, whatever address they
/// name; what prunes gives up, since `gc.recentObjectsHook` (git 2.41), asked which objects are still needed, fails.
/// Fetching works.
///
/// # Errors
/// The file cannot be written.
pub fn stops(repo: &Repo) -> Result<Vec<(String, String)>> {
    let folder = repo.common_dir().join("orca");
    let file = folder.join(SETTINGS);
    let (urls, push_urls) = remotes(repo);
    let mut text = format!("[url \"{NO_PUSH}\"]\n\tpushInsteadOf = \"\"\n");
    // An address given for pushing only is not looked up in `pushInsteadOf`.
    for url in push_urls.iter().filter(|push| !urls.iter().any(|url| url.starts_with(*push))) {
        let quoted = url.replace('\\', "\\\\").replace('"', "\\\"");
        text.push_str(&format!("\tinsteadOf = \"{quoted}\"\n"));
    }
    text.push_str("[gc]\n\trecentObjectsHook = false\n");
    std::fs::create_dir_all(&folder)
        .and_then(|()| files::replace(&file, text.as_bytes()))
        .map_err(|e| Error::failed(format!("writing `{}`", file.display()), e))?;
    // A pattern: what is special in one is itself.
    let special = |c: char| matches!(c, '*' | '?' | '[' | ']' | '\\').then_some('\\');
    let common = repo.common_dir().to_string_lossy().into_owned();
    let pattern: String = common.chars().flat_map(|c| special(c).into_iter().chain([c])).collect();
    // The linked worktrees, and the main one.
    let places = [format!("{pattern}/"), pattern];
    Ok(places.map(|place| (format!("includeIf.gitdir:{place}.path"), file.to_string_lossy().into_owned())).into())
}

/// The addresses of all remotes, and those for pushing only.
fn remotes(repo: &Repo) -> (Vec<String>, Vec<String>) {
    let call = repo.git_here("reading the remotes").plain();
    let out = call.args(["config", "-z", "--get-regexp", r"^remote\..*\.(url|pushurl)$"]).output();
    // Nothing found is exit code 1; what cannot be read stops nothing that would not be found out afterwards.
    let text = out.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let (mut urls, mut push_urls) = (Vec::new(), Vec::new());
    for (key, url) in text.split('\0').filter_map(|record| record.split_once('\n')) {
        if key.ends_with(".pushurl") { push_urls.push(url.to_owned()) } else { urls.push(url.to_owned()) }
    }
    (urls, push_urls)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fixture, git, try_git};
    use super::*;

    /// git itself is the authority on whether they stop it.
    #[test]
    fn pushes_and_prunes_are_refused_and_the_rest_is_not() {
        let fixture = Fixture::new();
        let (root, bare) = (fixture.root(), fixture.dir.path().join("bare.git"));
        git(&root, &["init", "-q", "--bare", bare.to_str().unwrap()]);
        git(&root, &["remote", "add", "origin", "../bare.git"]);
        git(&root, &["config", "remote.other.url", "https://example.invalid/x"]);
        git(&root, &["config", "remote.other.pushurl", bare.to_str().unwrap()]);
        let settings = stops(&fixture.repo()).unwrap();
        let with = |args: &[&str]| {
            let config: Vec<String> =
                settings.iter().flat_map(|(key, value)| ["-c".to_owned(), format!("{key}={value}")]).collect();
            let all: Vec<&str> = config.iter().map(String::as_str).chain(args.iter().copied()).collect();
            try_git(&root, &all)
        };
        let elsewhere = fixture.dir.path().join("elsewhere");
        git(&root, &["clone", "-q", root.to_str().unwrap(), elsewhere.to_str().unwrap()]);
        for push in [
            &["push", "origin", "main"][..],
            &["push", "--no-verify", "../bare.git", "main"],
            &["push", "other", "main"],
        ] {
            let (ok, said) = with(push);
            assert!(!ok && said.contains("does not let agents push"), "{push:?}: {said}");
        }
        assert!(with(&["fetch", "origin"]).0, "fetching works");
        let away = elsewhere.to_str().unwrap();
        assert!(with(&["-C", away, "gc", "-q", "--prune=now"]).0, "other repositories are not touched");
        std::fs::write(root.join("loose"), "unreachable").unwrap();
        let loose = git(&root, &["hash-object", "-w", "loose"]);
        assert!(!with(&["gc", "-q", "--prune=now"]).0);
        assert!(!with(&["prune", "--expire=now"]).0);
        assert!(try_git(&root, &["cat-file", "-e", &loose]).0, "nothing is lost");
        assert_eq!(git(&root, &["ls-remote", bare.to_str().unwrap()]), "", "nothing was pushed");
    }
}
