//! Where the tracker is, as `orca.tracker` says it.

use std::path::{Path, PathBuf};

use super::archon::Archon;
use super::issues::{IssuesPlace, IssuesTracker};
use super::jsonl::JsonlTracker;
use super::seam::Tracker;
use crate::settings::host_of;

/// Where the tracker is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrackerPlace {
    /// An Archon server: the address of its tools.
    Archon(String),
    /// A file that gets a line per change.
    Jsonl(PathBuf),
    /// The issues that the plan came from.
    Issues(IssuesPlace),
}

/// The word for the issues that the plan came from.
const ISSUES: &str = "issues";

impl TrackerPlace {
    /// What a value of `orca.tracker` means; a path is taken from `root`, and `issues` are where that says.
    pub fn read(text: &str, root: &Path, issues: impl FnOnce() -> IssuesPlace) -> Option<TrackerPlace> {
        match text.trim() {
            "" => None,
            ISSUES => Some(TrackerPlace::Issues(issues())),
            address if address.starts_with("https://") || address.starts_with("http://") => {
                Some(TrackerPlace::Archon(address.to_owned()))
            }
            path => Some(TrackerPlace::Jsonl(root.join(path))),
        }
    }

    /// The tracker there.
    pub(super) fn tracker(&self) -> Box<dyn Tracker> {
        match self {
            TrackerPlace::Archon(address) => Box::new(Archon::new(address)),
            TrackerPlace::Jsonl(path) => Box::new(JsonlTracker::new(path.clone())),
            TrackerPlace::Issues(place) => Box::new(IssuesTracker::new(place.clone())),
        }
    }

    /// Tells its outboxes apart from those of others.
    pub(super) fn key(&self) -> String {
        let place = match self {
            TrackerPlace::Archon(address) => address.clone().into_bytes(),
            TrackerPlace::Jsonl(path) => path.as_os_str().as_encoded_bytes().to_vec(),
            TrackerPlace::Issues(_) => ISSUES.as_bytes().to_vec(),
        };
        format!("{:08x}", crc32fast::hash(&place))
    }

    /// Its name for people, without secrets.
    pub(super) fn name(&self) -> String {
        match self {
            TrackerPlace::Archon(address) => host_of(address),
            TrackerPlace::Jsonl(path) => path.display().to_string(),
            TrackerPlace::Issues(_) => "GitHub".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_archon_s_and_anything_else_a_file() {
        let issues = || IssuesPlace {
            lists: "/repo/.git/orca/issues".into(),
            api: None,
            silence: std::time::Duration::from_secs(1),
            env: [("GH_TOKEN".to_owned(), "secret".to_owned())].into(),
        };
        let of = |text: &str| TrackerPlace::read(text, Path::new("/repo"), issues);
        assert_eq!(of("issues"), Some(TrackerPlace::Issues(issues())));
        assert_eq!(of("./issues"), Some(TrackerPlace::Jsonl("/repo/./issues".into())));
        assert!(!format!("{:?}", of("issues")).contains("secret"));
        assert_eq!(of("  "), None);
        assert_eq!(of("told.jsonl"), Some(TrackerPlace::Jsonl("/repo/told.jsonl".into())));
        assert_eq!(of("/var/told.jsonl"), Some(TrackerPlace::Jsonl("/var/told.jsonl".into())));
        let archon = of("http://user:secret@localhost:8051/mcp?key=secret").unwrap();
        assert!(matches!(&archon, TrackerPlace::Archon(_)));
        assert_eq!(archon.name(), "localhost:8051");
        assert_ne!(archon.key(), of("http://localhost:8052/mcp").unwrap().key());
    }
}
