//! Which repository on which server: from a remote's address, or as settings say it.

use crate::model::{Error, ErrorKind, Result};

/// A repository on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryAddress {
    /// The server's name: `github.com`.
    pub host: String,
    /// Address of its REST interface, without a slash at the end.
    pub api: String,
    /// Owner.
    pub owner: String,
    /// Name.
    pub name: String,
}

/// `(host, owner, name)` of a remote's address; host is empty where the address has none (a path).
fn parts(url: &str) -> Option<(String, String, String)> {
    let (host, path) = if let Some((scheme, rest)) = url.split_once("://") {
        if scheme == "file" {
            return None;
        }
        let (authority, path) = rest.split_once('/')?;
        let host = authority.rsplit('@').next()?.split(':').next()?;
        (host, path)
    } else {
        // `git@host:owner/name.git`; a path with a colon in it is none.
        let (authority, path) = url.split_once(':')?;
        if authority.contains('/') || authority.len() < 2 {
            return None;
        }
        (authority.rsplit('@').next()?, path)
    };
    let path = path.trim_matches('/').trim_end_matches(".git");
    let (owner, name) = path.rsplit_once('/')?;
    let owner = owner.rsplit('/').next()?;
    is_name(owner).then_some(())?;
    is_name(name).then_some(())?;
    // ssh.github.com takes ssh on port 443.
    let host = host.trim_start_matches("ssh.").to_ascii_lowercase();
    Some((host, owner.to_owned(), name.to_owned()))
}

/// Letters, digits and `-_.`, as GitHub allows: what goes into a request's path.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text != "."
        && text != ".."
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

impl RepositoryAddress {
    /// From the remote's address `url`, unless `named` (`owner/name`) says another repository; `api` is the address of
    /// the interface, where that is not the host's usual one.
    ///
    /// # Errors
    /// Neither says a repository.
    pub fn find(url: &str, named: Option<&str>, api: Option<&str>) -> Result<RepositoryAddress> {
        let found = parts(url);
        let named = named.map(|text| {
            let (owner, name) =
                text.split_once('/').filter(|(owner, name)| is_name(owner) && is_name(name)).ok_or_else(|| {
                    Error::new(ErrorKind::Usage, "reading orca.githubRepo", format!("`{text}` is not OWNER/NAME"))
                })?;
            Ok::<_, Error>((owner.to_owned(), name.to_owned()))
        });
        let (owner, name) = match (named.transpose()?, &found) {
            (Some(pair), _) => pair,
            (None, Some((_, owner, name))) => (owner.clone(), name.clone()),
            (None, None) => {
                let cause = "the remote's address does not say which repository on GitHub it is";
                return Err(
                    Error::new(ErrorKind::Usage, "publishing", cause).hint("git config orca.githubRepo OWNER/NAME")
                );
            }
        };
        let api = api.map(|api| api.trim_end_matches('/').to_owned());
        let host = match (&found, &api) {
            (Some((host, _, _)), None) => host.clone(),
            (_, Some(api)) => crate::settings::host_of(api),
            (None, None) => "github.com".to_owned(),
        };
        let host = if host == "api.github.com" { "github.com".to_owned() } else { host };
        let usual = match host.as_str() {
            "github.com" => "https://api.github.com".to_owned(),
            other => format!("https://{other}/api/v3"),
        };
        Ok(RepositoryAddress { api: api.unwrap_or(usual), host, owner, name })
    }
}

/// The owner that a remote's address names.
pub fn owner_of(url: &str) -> Option<String> {
    parts(url).map(|(_, owner, _)| owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_of_all_forms() {
        let table = [
            ("https://github.com/ada/shop.git", "github.com ada/shop https://api.github.com"),
            ("https://ada:secret@github.com/ada/shop", "github.com ada/shop https://api.github.com"),
            ("git@github.com:ada/shop.git", "github.com ada/shop https://api.github.com"),
            ("ssh://git@ssh.github.com:443/ada/shop.git/", "github.com ada/shop https://api.github.com"),
            ("https://ghe.example.com/team/my.shop.git", "ghe.example.com team/my.shop https://ghe.example.com/api/v3"),
        ];
        for (url, expected) in table {
            let RepositoryAddress { host, api, owner, name } = RepositoryAddress::find(url, None, None).unwrap();
            assert_eq!(format!("{host} {owner}/{name} {api}"), expected, "{url}");
        }
    }

    #[test]
    fn paths_say_nothing_and_settings_help() {
        for url in ["/srv/git/shop.git", "../shop.git", "file:///srv/shop.git", "https://github.com/shop", "C:/x/y"] {
            assert!(RepositoryAddress::find(url, None, None).is_err(), "{url}");
        }
        let found = RepositoryAddress::find("/srv/shop.git", Some("ada/shop"), Some("http://127.0.0.1:80/")).unwrap();
        assert_eq!((found.api.as_str(), found.owner.as_str()), ("http://127.0.0.1:80", "ada"));
        for name in ["shop", "a/b/c", "a/..", "a b/c", "a/b?x"] {
            assert!(RepositoryAddress::find("/srv/shop.git", Some(name), None).is_err(), "{name}");
        }
    }
}
