//! How servers differ in what the client asks and says: pages of lists, and what a person is to type after a refusal.

use std::time::Duration;

use super::reply::Reply;
use super::retry::Verb;
use crate::brief::one_line;
use crate::model::{Error, ErrorKind};
use crate::settings::ForgeName;

/// A kind of server, for the client.
#[derive(Debug)]
pub(super) struct ServerDialect {
    /// Its name for people.
    pub(super) name: &'static str,
    /// The kind of answers that it is asked for.
    pub(super) accept: &'static str,
    /// The name of the number of items in a page.
    pub(super) page_size: &'static str,
    /// That number.
    pub(super) per_page: usize,
    /// Whether only its links say that there is another page: a server may give fewer items than it was asked for.
    pub(super) follows_links: bool,
    /// The setting that names its address.
    pub(super) api_setting: &'static str,
    /// The setting that names the repository.
    pub(super) repo_setting: &'static str,
    /// What gives a token that it accepts.
    pub(super) token_hint: &'static str,
    /// What the token has to be allowed.
    pub(super) rights: &'static str,
    /// Where to look when it fails.
    pub(super) trouble: &'static str,
}

/// GitHub.
pub(super) static GITHUB: ServerDialect = ServerDialect {
    name: "GitHub",
    accept: "application/vnd.github+json",
    page_size: "per_page",
    per_page: 100,
    follows_links: false,
    api_setting: "orca.githubApi",
    repo_setting: "orca.githubRepo",
    token_hint: "gh auth login   or set GH_TOKEN to a token with the scope `repo`",
    rights: "write access to contents, pull requests and commit statuses",
    trouble: "https://www.githubstatus.com",
};

/// Forgejo, and Gitea, which it comes from.
pub(super) static FORGEJO: ServerDialect = ServerDialect {
    name: "Forgejo",
    accept: "application/json",
    page_size: "limit",
    per_page: 50,
    follows_links: true,
    api_setting: "orca.forgeApi",
    repo_setting: "orca.forgeRepo",
    token_hint: "set FORGEJO_TOKEN to a token with the scopes `write:repository` and `write:issue`",
    rights: "the scopes `write:repository` and `write:issue`",
    trouble: "ask who runs the server",
};

/// What is known of a kind of server.
pub(super) fn dialect(forge: ForgeName) -> &'static ServerDialect {
    match forge {
        ForgeName::Github => &GITHUB,
        ForgeName::Forgejo => &FORGEJO,
    }
}

const ON: &str = "git orca publish   continues where it stopped";

impl ServerDialect {
    /// A limit that asks for more patience than is reasonable.
    pub(super) fn too_long(&self, wait: Duration) -> Error {
        let minutes = wait.as_secs().div_ceil(60);
        let cause = format!("{}'s rate limit is reached for another {minutes} minutes", self.name);
        Error::new(ErrorKind::Publish, "publishing", cause).hint(format!("in {minutes} minutes: {ON}"))
    }

    /// A repository that is somewhere else now, under a new name where the server says it.
    pub(super) fn moved(&self, path: &str, reply: &Reply, name: Option<&str>) -> Error {
        let to = name.map_or_else(String::new, |name| format!(" to `{}`", one_line(name)));
        let cause =
            format!("the repository has moved{to}: {} finds it elsewhere than at `{path}` ({})", self.name, reply.code);
        let name = name.map_or_else(|| "OWNER/NAME".to_owned(), one_line);
        Error::new(ErrorKind::Publish, format!("asking {}", self.name), cause)
            .hint(format!("git remote set-url origin ADDRESS-OF-{name}; then: git orca publish"))
            .hint(format!("or, where that setting names it: git config {} {name}", self.repo_setting))
    }

    /// A refusal in clear words, with what to type.
    pub(super) fn refused(&self, verb: Verb, path: &str, reply: &Reply) -> Error {
        let (said, name) = (reply.complaint(), self.name);
        let (cause, hint) = match reply.code {
            401 => (
                format!("{name} does not accept the token (401)"),
                format!("{}; then: git orca publish", self.token_hint),
            ),
            403 if reply.sign_on.is_some() => (
                format!("{name} wants the token authorized for the organization's single sign-on (403): {said}"),
                format!("open {}; then: git orca publish", one_line(reply.sign_on.as_deref().unwrap_or_default())),
            ),
            403 if said.contains("archived") => (
                format!("the repository is archived, so nothing in it can be changed (403): {said}"),
                "unarchive the repository in its settings on the server; then: git orca publish".to_owned(),
            ),
            403 => (
                format!("{name} does not allow this with the token (403): {said}"),
                format!("give the token {}; then: git orca publish", self.rights),
            ),
            404 => (
                format!("{name} finds nothing at `{path}`, or hides it from this token (404)"),
                format!(
                    "check the repository's name (git config {} OWNER/NAME) and that the token can see it",
                    self.repo_setting
                ),
            ),
            422 => (
                format!("{name} refuses the request (422): {said}"),
                "git orca publish --dry-run   shows what is asked for".to_owned(),
            ),
            500.. => (
                format!("{name} answered with server errors ({}), several times", reply.code),
                format!("{}, then: {ON}", self.trouble),
            ),
            code => (format!("{name} answered {code}: {said}"), ON.to_owned()),
        };
        let doing = if verb == Verb::Get { format!("asking {name}") } else { "publishing".to_owned() };
        Error::new(ErrorKind::Publish, doing, cause).hint(hint)
    }
}
