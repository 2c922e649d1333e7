//! Where pull requests go: the kind of server, its address, the repository, and what issues hear of them.

use super::forge_name::{ForgeName, IssueEcho};
use super::keys;
use super::pick::{Picker, word};
use super::units::address;

/// The settings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ForgeSettings {
    /// The kind of server.
    pub name: ForgeName,
    /// What issues hear.
    pub issues: IssueEcho,
    /// GitHub's address and repository, where the remote does not say them.
    pub github: ForgePlace,
    /// The same of another server.
    pub other: ForgePlace,
}

/// A server and a repository on it, as far as they are set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ForgePlace {
    /// Address of its interface.
    pub api: Option<String>,
    /// `owner/name`.
    pub repository: Option<String>,
}

impl ForgeSettings {
    pub(super) fn picked(from: &mut Picker<'_>) -> ForgeSettings {
        let text = |text: &str| Ok::<_, String>(text.to_owned());
        let said = "as the remote says";
        ForgeSettings {
            name: word(from, &keys::FORGE, None, ForgeName::default()),
            issues: word(from, &keys::PUBLISH_ISSUES, None, IssueEcho::default()),
            github: ForgePlace {
                repository: from.pick(&keys::GITHUB_REPO, None, text, String::clone, said),
                api: from.pick(&keys::GITHUB_API, None, address, String::clone, "https://api.github.com"),
            },
            other: ForgePlace {
                repository: from.pick(&keys::FORGE_REPO, None, text, String::clone, said),
                api: from.pick(&keys::FORGE_API, None, address, String::clone, "https://HOST/api/v1"),
            },
        }
    }

    /// What is set of the kind of server that is meant.
    pub fn place(&self) -> &ForgePlace {
        match self.name {
            ForgeName::Github => &self.github,
            ForgeName::Forgejo => &self.other,
        }
    }
}
