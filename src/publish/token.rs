//! The token that a server is spoken to with. It is never shown: not in errors, logs, process lists, addresses or remotes.

use std::collections::BTreeMap;
use std::time::Duration;

use super::dialect::{FORGEJO, GITHUB, ServerDialect};
use crate::model::{Error, ErrorKind, Result, secrets};
use crate::process::Tool;

/// Longest time that `gh` has to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A token. Its text is shown by nothing.
#[derive(Clone)]
pub struct Token(String);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// From the environment (`GH_TOKEN`, then `GITHUB_TOKEN`), or from `gh auth token`. It counts as a secret of this
    /// process from now on. A host that only a remote's address names gets no token that is meant for GitHub itself, but
    /// `GH_ENTERPRISE_TOKEN`; `chosen` says that the user named the host in a setting.
    ///
    /// # Errors
    /// There is none.
    pub fn find(env: &BTreeMap<String, String>, host: &str, chosen: bool) -> Result<Token> {
        let usual = host == "github.com" || host.ends_with(".ghe.com");
        let enterprise = (!usual).then_some("GH_ENTERPRISE_TOKEN");
        let general: &[&str] = if usual || chosen { &["GH_TOKEN", "GITHUB_TOKEN"] } else { &[] };
        let mut names = enterprise.into_iter().chain(general.iter().copied());
        let given = names.find_map(|name| env.get(name).map(|value| value.trim()).filter(|value| !value.is_empty()));
        let Some(text) = given.map(str::to_owned).or_else(|| from_gh(host)) else {
            return Err(missing(host, &GITHUB));
        };
        Token::checked(text)
    }

    /// For a Forgejo or Gitea server, from the environment (`FORGEJO_TOKEN`, then `GITEA_TOKEN`).
    ///
    /// # Errors
    /// There is none.
    pub fn of_forgejo(env: &BTreeMap<String, String>, host: &str) -> Result<Token> {
        let given = ["FORGEJO_TOKEN", "GITEA_TOKEN"].iter().filter_map(|name| env.get(*name));
        let mut given = given.map(|value| value.trim()).filter(|value| !value.is_empty());
        Token::checked(given.next().ok_or_else(|| missing(host, &FORGEJO))?.to_owned())
    }

    fn checked(text: String) -> Result<Token> {
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(Error::new(
                ErrorKind::Publish,
                "publishing",
                "the token has characters that no token can have",
            ));
        }
        secrets::add([text.clone()]);
        Ok(Token(text))
    }

    /// Its text, for the one header it belongs into.
    pub(super) fn secret(&self) -> &str {
        &self.0
    }
}

fn missing(host: &str, dialect: &ServerDialect) -> Error {
    Error::new(ErrorKind::Publish, "publishing", format!("there is no token for {host}")).hint(dialect.token_hint)
}

fn from_gh(host: &str) -> Option<String> {
    let asked = Tool::new("gh").arg("auth").arg("token").arg("--hostname").arg(host).output_within(PATIENCE);
    let output = asked.ok().flatten().filter(|output| output.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned()).filter(|text| !text.is_empty())
}
