//! Why a remote does not answer or does not take a push, as far as the words tell that git passes on, and what to type then.
//! Pure.

use crate::model::{Error, ErrorKind};

/// A cause that is known by the server's words.
struct RemoteObstacle {
    /// Words of which one is there, in small letters.
    any: &'static [&'static str],
    /// What to type.
    hint: &'static str,
}

static OBSTACLES: &[RemoteObstacle] = &[
    RemoteObstacle {
        any: &["without `workflow"],
        hint: "gh auth refresh --scopes workflow   or push with a token that has the scope `workflow`; then: git orca publish",
    },
    RemoteObstacle {
        any: &["was archived", "is archived"],
        hint: "unarchive the repository in its settings on the server; then: git orca publish",
    },
    RemoteObstacle {
        any: &["saml sso", "single sign-on"],
        hint: "authorize the key or token that git pushes with for the organization, at https://github.com/settings; then: git orca publish",
    },
    RemoteObstacle {
        any: &["gh006", "gh013", "protected branch", "rule violations"],
        hint: "let branches below `orca/` be pushed in the server's branch rules; then: git orca publish",
    },
    // What git says at the end of many others.
    RemoteObstacle {
        any: &["could not read from remote", "unable to access", "could not resolve host"],
        hint: "check the remote's address (git remote -v) and that git can reach it; then: git orca publish",
    },
];

/// The error of asking a remote or pushing to it, as one of publishing, with what to type.
pub(super) fn explain(error: Error) -> Error {
    let said = error.cause.to_lowercase();
    let is_it = |it: &&RemoteObstacle| it.any.iter().any(|word| said.contains(word));
    let hint = OBSTACLES.iter().find(is_it).map_or("git orca publish   checks again and continues", |it| it.hint);
    Error { kind: ErrorKind::Publish, ..error }.hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_says_what_to_do() {
        for (said, hint) in [
            (
                "! [remote rejected] a -> a (refusing to allow a Personal Access Token to create or update workflow `.github/workflows/ci.yml` without `workflow` scope)",
                "--scopes workflow",
            ),
            (
                "! [remote rejected] a -> a (refusing to allow a GitHub App to create or update workflow `x.yml` without `workflows` permission)",
                "--scopes workflow",
            ),
            ("ERROR: This repository was archived so it is read-only.", "unarchive"),
            ("ERROR: The `acme` organization has enabled or enforced SAML SSO.", "authorize"),
            ("remote: error: GH006: Protected branch update failed for refs/heads/a.", "branch rules"),
            ("remote: error: GH013: Repository rule violations found for refs/heads/a.", "branch rules"),
            ("fatal: Could not read from remote repository.", "git remote -v"),
            ("fatal: unable to access 'https://x/': Could not resolve host: x", "git remote -v"),
            ("! [rejected] a -> a (stale info)", "checks again"),
        ] {
            let error = explain(Error::failed("pushing", said));
            assert_eq!(error.kind, ErrorKind::Publish);
            assert!(error.hints.len() == 1 && error.hints[0].contains(hint), "{said}: {:?}", error.hints);
            assert!(error.hints[0].contains("git orca publish"), "{said}");
        }
    }
}
