//! The issues that a plan came from (`git orca execute github:OWNER/NAME#LABEL`): each hears by one comment where its task
//! stands. Which they are stands in the lists that were kept when the plan was read: no file of a repository says whom to
//! write to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::changes::{TaskSource, TrackerChange, TrackerNews, TrackerState};
use super::seam::{KnownThere, Tracker, TrackerTrouble};
use crate::model::{Error, Result};
use crate::publish::{GitHub, RepositoryAddress, Token, is_final, issue_step, tell_step};
use crate::settings::{ForgeName, ForgePlace};

/// Where issues are, and with what they are asked.
#[derive(Clone)]
pub struct IssuesPlace {
    /// Folder of the kept lists.
    pub lists: PathBuf,
    /// Address of the server's interface, where it is not the usual one.
    pub api: Option<String>,
    /// How long it may be silent.
    pub silence: Duration,
    /// The environment, which has the token.
    pub env: BTreeMap<String, String>,
}

impl std::fmt::Debug for IssuesPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssuesPlace").field("lists", &self.lists).finish_non_exhaustive()
    }
}

impl PartialEq for IssuesPlace {
    fn eq(&self, other: &IssuesPlace) -> bool {
        (&self.lists, &self.api) == (&other.lists, &other.api)
    }
}

impl Eq for IssuesPlace {}

/// An issue on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
struct PlacedIssue {
    /// Address of its repository.
    repository: String,
    /// `owner/name`.
    name: String,
    number: u64,
}

impl PlacedIssue {
    /// From the address of its page: `https://HOST/OWNER/NAME/issues/NUMBER`.
    fn read(page: &str, number: u64) -> Option<PlacedIssue> {
        let repository = page.strip_suffix(&format!("/issues/{number}"))?;
        let (_, path) =
            repository.strip_prefix("https://").or_else(|| repository.strip_prefix("http://"))?.split_once('/')?;
        (path.split('/').count() == 2).then(|| PlacedIssue {
            repository: format!("{repository}.git"),
            name: path.to_owned(),
            number,
        })
    }
}

/// Tells issues.
pub struct IssuesTracker {
    place: IssuesPlace,
    servers: BTreeMap<String, GitHub>,
    /// The pages of the lists that were read.
    lists: BTreeMap<String, BTreeMap<u64, String>>,
}

impl IssuesTracker {
    /// Those of `place`.
    pub fn new(place: IssuesPlace) -> IssuesTracker {
        IssuesTracker { place, servers: BTreeMap::new(), lists: BTreeMap::new() }
    }

    /// The issue that a task came from; none for one of another kind of plan.
    fn issue(&mut self, source: &TaskSource) -> Option<PlacedIssue> {
        let number = source.key.strip_prefix('#')?.parse().ok()?;
        let name = Path::new(&source.file).file_name()?.to_str()?.to_owned();
        let list = self.place.lists.join(&name);
        let pages = self.lists.entry(name).or_insert_with(|| pages(&list));
        PlacedIssue::read(pages.get(&number)?, number)
    }

    fn server(&mut self, issue: &PlacedIssue) -> Result<&GitHub> {
        if !self.servers.contains_key(&issue.repository) {
            let place = ForgePlace { api: self.place.api.clone(), repository: Some(issue.name.clone()) };
            let address = RepositoryAddress::find(ForgeName::Github, &issue.repository, &place)?;
            let token = Token::find(&self.place.env, &address.host, self.place.api.is_some())?;
            let owner = address.owner.clone();
            // Nobody waits for it, so nobody is told that it waits.
            let server = GitHub::new(address, owner, &token, self.place.silence, Box::new(|_, _| {}))?;
            self.servers.insert(issue.repository.clone(), server);
        }
        let missing = || Error::failed("telling an issue", "its server is not known");
        self.servers.get(&issue.repository).ok_or_else(missing)
    }
}

/// The page of each issue of a kept list.
fn pages(list: &Path) -> BTreeMap<u64, String> {
    let text = std::fs::read_to_string(list).unwrap_or_default();
    let list: Vec<Value> = serde_json::from_str(&text).unwrap_or_default();
    let page = |issue: &Value| Some((issue["number"].as_u64()?, issue["url"].as_str()?.to_owned()));
    list.iter().filter_map(page).collect()
}

/// Where a task stands, in the middle of a sentence.
fn words(state: TrackerState) -> &'static str {
    match state {
        TrackerState::Todo => "not in work",
        TrackerState::Doing => "in work",
        TrackerState::Review => "done, and being checked",
        TrackerState::Done => "done; all its checks passed",
    }
}

impl Tracker for IssuesTracker {
    fn tell(&mut self, change: &TrackerChange, _: &mut KnownThere) -> std::result::Result<(), TrackerTrouble> {
        let TrackerNews::Moved { task, title, state, note, source, .. } = &change.what else { return Ok(()) };
        let Some(issue) = self.issue(source) else { return Ok(()) };
        let stands = match (state, note.is_empty()) {
            (TrackerState::Review, false) => "waiting",
            _ => words(*state),
        };
        let word = issue_step(issue.number, &change.run, (task, title), stands, note);
        let told = self.server(&issue).and_then(|server| tell_step(server, &word).map(drop));
        told.map_err(|error| match is_final(&error) {
            true => TrackerTrouble::Refused(error.cause),
            false => TrackerTrouble::Away(error.cause),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issue_is_known_by_its_page_only() {
        let read = |page: &str| PlacedIssue::read(page, 12).map(|issue| (issue.repository, issue.name));
        let shop = ("https://github.com/ada/shop.git".to_owned(), "ada/shop".to_owned());
        assert_eq!(read("https://github.com/ada/shop/issues/12"), Some(shop));
        for odd in [
            "",
            "https://github.com/ada/shop/issues/1",
            "https://github.com/ada/shop/pull/12",
            "https://github.com/shop/issues/12",
            "https://github.com/a/b/c/issues/12",
            "ssh://github.com/ada/shop/issues/12",
            "/issues/12",
        ] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_task_of_another_plan_has_no_issue() {
        let folder = tempfile::tempdir().unwrap();
        let list = r#"[{"number": 12, "url": "https://github.com/ada/shop/issues/12"}, {"number": 13, "url": ""}]"#;
        std::fs::write(folder.path().join("ready-1.json"), list).unwrap();
        let (lists, silence) = (folder.path().to_owned(), Duration::from_secs(1));
        let mut tracker = IssuesTracker::new(IssuesPlace { lists, api: None, silence, env: BTreeMap::new() });
        let mut number = |file: &str, key: &str| {
            let source = TaskSource { file: file.to_owned(), key: key.to_owned() };
            tracker.issue(&source).map(|issue| issue.number)
        };
        assert_eq!(number(".git/orca/issues/ready-1.json", "#12"), Some(12));
        for (file, key) in [
            (".git/orca/issues/ready-1.json", "#13"),
            (".git/orca/issues/ready-1.json", "#14"),
            (".git/orca/issues/ready-1.json", "T12"),
            ("plans/tasks.md", "#12"),
            ("..", "#12"),
            ("", ""),
        ] {
            assert_eq!(number(file, key), None, "{file} {key}");
        }
    }
}
