//! Which repository on which server: from a remote's address, or as settings say it.

use super::dialect::dialect;
use crate::model::{Error, ErrorKind, Result};
use crate::settings::{ForgeName, ForgePlace};

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
    /// Of a kind of server: from the remote's address `url`, unless `place` says another repository, or another address of
    /// the interface than the host's usual one.
    ///
    /// # Errors
    /// Neither says a repository.
    pub fn find(forge: ForgeName, url: &str, place: &ForgePlace) -> Result<RepositoryAddress> {
        let dialect = dialect(forge);
        let found = parts(url);
        let named = place.repository.as_ref().map(|text| {
            let (owner, name) =
                text.split_once('/').filter(|(owner, name)| is_name(owner) && is_name(name)).ok_or_else(|| {
                    let doing = format!("reading {}", dialect.repo_setting);
                    Error::new(ErrorKind::Usage, doing, format!("`{text}` is not OWNER/NAME"))
                })?;
            Ok::<_, Error>((owner.to_owned(), name.to_owned()))
        });
        let (owner, name) = match (named.transpose()?, &found) {
            (Some(pair), _) => pair,
            (None, Some((_, owner, name))) => (owner.clone(), name.clone()),
            (None, None) => {
                let cause = format!("the remote's address does not say which repository on {} it is", dialect.name);
                return Err(Error::new(ErrorKind::Usage, "publishing", cause)
                    .hint(format!("git config {} OWNER/NAME", dialect.repo_setting)));
            }
        };
        let api = place.api.as_ref().map(|api| api.trim_end_matches('/').to_owned());
        let host = match (&found, &api) {
            (Some((host, _, _)), None) => host.clone(),
            (_, Some(api)) => crate::settings::host_of(api),
            (None, None) if forge == ForgeName::Github => "github.com".to_owned(),
            (None, None) => {
                let cause = "neither the remote's address nor a setting says on which server it is";
                return Err(Error::new(ErrorKind::Usage, "publishing", cause)
                    .hint(format!("git config {} https://HOST/api/v1", dialect.api_setting)));
            }
        };
        let host = if host == "api.github.com" { "github.com".to_owned() } else { host };
        let usual = match host.as_str() {
            other if forge == ForgeName::Forgejo => format!("https://{other}/api/v1"),
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

    fn place(named: Option<&str>, api: Option<&str>) -> ForgePlace {
        ForgePlace { repository: named.map(str::to_owned), api: api.map(str::to_owned) }
    }

    fn find(url: &str, named: Option<&str>, api: Option<&str>) -> Result<RepositoryAddress> {
        RepositoryAddress::find(ForgeName::Github, url, &place(named, api))
    }

    #[test]
    fn another_server_has_its_interface_elsewhere_and_no_usual_host() {
        let find = |url: &str, place| RepositoryAddress::find(ForgeName::Forgejo, url, &place);
        let found = find("ssh://git@codeberg.org:2222/ada/shop.git", place(None, None)).unwrap();
        assert_eq!((found.host.as_str(), found.api.as_str()), ("codeberg.org", "https://codeberg.org/api/v1"));
        let error = find("/srv/shop.git", place(Some("ada/shop"), None)).unwrap_err();
        assert!(error.hints[0].contains("orca.forgeApi"), "{error:?}");
        let error = find("/srv/shop.git", place(None, Some("http://box/api/v1"))).unwrap_err();
        assert!(error.hints[0].contains("orca.forgeRepo"), "{error:?}");
    }

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
            let RepositoryAddress { host, api, owner, name } = find(url, None, None).unwrap();
            assert_eq!(format!("{host} {owner}/{name} {api}"), expected, "{url}");
        }
    }

    #[test]
    fn paths_say_nothing_and_settings_help() {
        for url in ["/srv/git/shop.git", "../shop.git", "file:///srv/shop.git", "https://github.com/shop", "C:/x/y"] {
            assert!(find(url, None, None).is_err(), "{url}");
        }
        let found = find("/srv/shop.git", Some("ada/shop"), Some("http://127.0.0.1:80/")).unwrap();
        assert_eq!((found.api.as_str(), found.owner.as_str()), ("http://127.0.0.1:80", "ada"));
        for name in ["shop", "a/b/c", "a/..", "a b/c", "a/b?x"] {
            assert!(find("/srv/shop.git", Some(name), None).is_err(), "{name}");
        }
    }
}
