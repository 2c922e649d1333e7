//! Issues of a server as a plan: `github:owner/name#label`, `#12,#15`, `milestone:NAME`. They are asked for when the plan is
//! named, kept beside the runs as the list that the reader of issues knows, and read from there: what a run was begun with can
//! be looked at, and goes on without the server.

use std::path::{Path, PathBuf};

use super::here::Here;
use crate::model::{Error, ErrorKind, Result};
use crate::publish::{GitHub, IssueChoice, OnWait, RepositoryAddress, Token};
use crate::report;
use crate::settings::{Flags, ForgeName, ForgePlace, Settings};

/// What is done when something goes wrong here.
const DOING: &str = "asking for issues";
/// Letters of the kept list's name.
const LONGEST: usize = 80;

/// Issues as somebody typed them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct IssueWord {
    /// `owner/name`, where it is not the remote's repository.
    repository: Option<String>,
    choice: IssueChoice,
}

/// Whether `word` means issues, and no file.
pub fn is_issues(cwd: &Path, word: &Path) -> bool {
    parse(word).is_some() && !cwd.join(word).exists()
}

fn parse(word: &Path) -> Option<IssueWord> {
    let text = word.to_str()?;
    if let Some(rest) = text.strip_prefix("github:") {
        let (name, choice) = rest.split_once('#').unwrap_or((rest, ""));
        let repository = Some(name.trim_end_matches('/').to_owned()).filter(|name| !name.is_empty());
        return Some(IssueWord { repository, choice: IssueChoice::read(choice) });
    }
    let choice = IssueChoice::read(text);
    let is_own = match &choice {
        IssueChoice::Numbers(_) => text.starts_with('#'),
        IssueChoice::Milestone(title) => !title.is_empty(),
        _ => false,
    };
    is_own.then_some(IssueWord { repository: None, choice })
}

/// Asks for the issues that `word` means, and keeps them. Gives where they are kept.
///
/// # Errors
/// There is no repository or token, or the server refuses.
pub fn asked(folder: &Path, word: &Path) -> Result<PathBuf> {
    let shown = word.display().to_string();
    let word = parse(word).ok_or_else(|| Error::new(ErrorKind::Usage, DOING, format!("`{shown}` means no issues")))?;
    let here = Here::at(folder)?;
    let settings = here.settings(&Flags::default()).map_err(|_| {
        Error::new(ErrorKind::Usage, DOING, "orca.toml has errors").hint("git orca config   shows them")
    })?;
    let issues = server(&here, &settings, &word)?.issues(&word.choice).map_err(|error| reworded(&error))?;
    if issues.is_empty() {
        return Err(Error::new(ErrorKind::Plan, DOING, format!("`{shown}` has no issues"))
            .hint("github:OWNER/NAME#LABEL, '#12,#15' or milestone:NAME"));
    }
    here.store.make_private()?;
    let kept = here.store.issues().join(format!("{}.json", slug(&shown)));
    let text = serde_json::to_string_pretty(&issues).map_err(|e| Error::failed(DOING, e))? + "\n";
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(here.store.issues())?;
        let fresh = kept.with_extension("new");
        std::fs::write(&fresh, text)?;
        std::fs::rename(&fresh, &kept)
    };
    write().map_err(|e| Error::failed(format!("keeping the issues in `{}`", kept.display()), e))?;
    Ok(kept)
}

/// The server that has them: the remote's, or GitHub itself for a repository that is not the remote's.
fn server(here: &Here, settings: &Settings, word: &IssueWord) -> Result<GitHub> {
    let remote = here.repo.push_address(&settings.publish_remote);
    if word.repository.is_none() && settings.forge.name != ForgeName::Github {
        return Err(Error::new(
            ErrorKind::Usage,
            DOING,
            "issues are read from GitHub alone, and orca.forge names another server",
        )
        .hint("github:OWNER/NAME#LABEL, or a file with the list"));
    }
    let github = &settings.forge.github;
    let at = |url: &str, repository: Option<String>| {
        RepositoryAddress::find(ForgeName::Github, url, &ForgePlace { api: github.api.clone(), repository })
    };
    let own = remote.as_ref().ok().and_then(|url| at(url, None).ok());
    let same = |own: &RepositoryAddress, name: &str| name.eq_ignore_ascii_case(&format!("{}/{}", own.owner, own.name));
    let named = word.repository.as_deref();
    let url = match (named, own) {
        (Some(name), Some(own)) if same(&own, name) => remote?,
        (Some(name), _) => format!("https://github.com/{name}.git"),
        (None, _) => remote?,
    };
    let address = at(&url, named.map(str::to_owned).or_else(|| github.repository.clone()))
        .map_err(|error| reworded(&error).hint("github:OWNER/NAME#LABEL"))?;
    let token = Token::find(&here.env, &address.host, github.api.is_some()).map_err(|error| reworded(&error))?;
    let host = address.host.clone();
    let on_wait: OnWait = Box::new(move |wait, why| {
        report::say(&format!("{host}: {why}; trying again in {} s", wait.as_secs_f64().ceil()));
    });
    let owner = address.owner.clone();
    GitHub::new(address, owner, &token, std::time::Duration::from_secs(settings.publish_silence), on_wait)
}

/// An error of the client in the words of who reads a plan.
fn reworded(error: &Error) -> Error {
    let own = |hint: &&String| !hint.contains("git orca publish") || hint.contains("GH_TOKEN");
    let hints = error.hints.iter().filter(own).map(|hint| hint.replace("; then: git orca publish", ""));
    let first = Error::new(ErrorKind::Plan, DOING, error.cause.clone());
    hints.fold(first, Error::hint).hint(
        "or offline: gh issue list --json number,title,body,state,labels,milestone > issues.json, then name that file",
    )
}

/// A name for a file: letters, digits and dashes.
fn slug(text: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || c == '.' { c.to_ascii_lowercase() } else { '-' };
    let name: String = text.chars().map(plain).take(LONGEST).collect();
    // Words that differ in signs alone are different plans.
    format!("{}-{:08x}", name.trim_matches(['-', '.']), crc32fast::hash(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_mean_issues() {
        let read = |text: &str| parse(Path::new(text));
        let word =
            |repository: Option<&str>, choice| Some(IssueWord { repository: repository.map(str::to_owned), choice });
        assert_eq!(read("github:ada/shop#ready"), word(Some("ada/shop"), IssueChoice::Label("ready".to_owned())));
        assert_eq!(read("github:ada/shop"), word(Some("ada/shop"), IssueChoice::Open));
        assert_eq!(read("github:#12,#15"), word(None, IssueChoice::Numbers(vec![12, 15])));
        assert_eq!(read("#12,#15"), word(None, IssueChoice::Numbers(vec![12, 15])));
        assert_eq!(read("milestone:v1"), word(None, IssueChoice::Milestone("v1".to_owned())));
        for path in ["tasks.md", "12", "docs/#1", "#label", "milestone:", "", "specs/001"] {
            assert_eq!(read(path), None, "{path}");
        }
        assert_ne!(slug("github:a/b#c"), slug("github:a/b-c"));
    }
}
