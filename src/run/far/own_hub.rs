//! The hub that is made where nobody named one: a bare repository in the state folder, where no fence lets an agent look. It
//! is the first host's that answers; where there are no hosts but a queue, it is this machine's, and the nodes must have the
//! same home folder.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::far_site::{FarSite, make_private};
use super::host_call::call_host;
use super::hub_address::host_of;
use crate::git::{self, Repo};
use crate::model::{Error, ErrorKind, Result};
use crate::process::repo_digest;
use crate::run::sealing::state_of;

/// How `git orca work` answers who wants a hub, before its folder.
const HUB: &str = "hub: ";

/// What became of a hub that was to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HubRemoval {
    /// It is gone, or was.
    Gone,
    /// It stays: why.
    Kept(String),
}

/// What the hub of a repository is called: for each user and repository another name.
fn hub_name(far: &FarSite, repo: &Repo) -> String {
    format!("{}-{}", repo_digest(repo.common_dir()), far.key.id)
}

fn folder(env: &BTreeMap<String, String>, name: &str) -> Result<PathBuf> {
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(Error::new(ErrorKind::Usage, "looking for a hub", format!("`{name}` is no name of a hub")));
    }
    Ok(state_of(env)?.join("hubs").join(format!("{name}.git")))
}

/// Makes the hub of this name here where there is none; gives its folder.
///
/// # Errors
/// The state folder cannot be used, or its name cannot stand in an address.
pub fn make_hub_here(env: &BTreeMap<String, String>, name: &str) -> Result<PathBuf> {
    let folder = folder(env, name)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@,=".contains(c);
    if !folder.to_string_lossy().chars().all(plain) {
        let cause = format!("`{}` cannot stand in an address", folder.display());
        let error = Error::new(ErrorKind::Environment, "making a hub", cause);
        return Err(
            error.hint("git init --bare FOLDER, then under [executors] in orca.toml: hub = \"ssh://HOST/FOLDER\"")
        );
    }
    make_private(&folder)?;
    git::make_hub(&folder)?;
    Ok(folder)
}

/// Removes the hub of this name here, unless something in it was never taken in.
///
/// # Errors
/// It cannot be looked at or removed.
pub fn remove_hub_here(env: &BTreeMap<String, String>, name: &str) -> Result<HubRemoval> {
    let folder = folder(env, name)?;
    if !folder.exists() {
        return Ok(HubRemoval::Gone);
    }
    if git::has_refs(&folder)? {
        return Ok(HubRemoval::Kept("it has work that nobody took in: git orca salvage list   takes it in".to_owned()));
    }
    git::discard(&folder).map_err(|e| Error::failed(format!("removing `{}`", folder.display()), e))?;
    Ok(HubRemoval::Gone)
}

/// Makes the hub of a run where nobody named one, or sees to it that the one of a run that goes on is there. Gives its
/// address; `tell` hears of hosts that could not have it.
///
/// # Errors
/// No host can have it, or the one that has it does not answer.
pub fn make_hub_for(far: &FarSite, repo: &Repo, env: &BTreeMap<String, String>, tell: &dyn Fn(&str)) -> Result<String> {
    let name = hub_name(far, repo);
    if far.options.hosts.is_empty() {
        return make_hub_here(env, &name).map(|folder| folder.display().to_string());
    }
    let known = host_of(&far.options.hub);
    let hosts = far.options.hosts.iter().map(|host| host.name.as_str());
    let hosts: Vec<&str> = if known.is_empty() { hosts.collect() } else { vec![known] };
    let mut first = None;
    for host in hosts {
        match make_on(far, host, &name, env) {
            Ok(address) => return Ok(address),
            Err(error) => {
                tell(&format!("{}; the hub is not made there", error.sentence()));
                first.get_or_insert(error);
            }
        }
    }
    let error = first.unwrap_or_else(|| Error::failed("making a hub", "there are no hosts"));
    Err(error.hint("git orca doctor --executor ssh"))
}

fn make_on(far: &FarSite, host: &str, name: &str, env: &BTreeMap<String, String>) -> Result<String> {
    let answer = call_host(far, host, &["--make-hub", name], b"", env)?;
    // The last line is the answer: what the host's start files print comes before it.
    let path = answer.lines().rev().find_map(|line| line.trim().strip_prefix(HUB)).filter(|path| path.starts_with('/'));
    let none = || Error::failed(format!("making a hub on `{host}`"), "it does not say where it lies");
    Ok(format!("ssh://{host}{}", path.ok_or_else(none)?))
}

/// How the far side answers that it made a hub.
pub fn hub_line(folder: &std::path::Path) -> String {
    format!("{HUB}{}", folder.display())
}

/// Removes the hub that was made for a repository, wherever it lies.
///
/// # Errors
/// Its host does not answer.
pub fn remove_own_hub(far: &FarSite, repo: &Repo, env: &BTreeMap<String, String>) -> Result<HubRemoval> {
    let name = hub_name(far, repo);
    let host = host_of(&far.options.hub);
    if host.is_empty() {
        return remove_hub_here(env, &name);
    }
    let answer = call_host(far, host, &["--drop-hub", &name], b"", env)?;
    let last = answer.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    Ok(match last.strip_prefix("kept ") {
        Some(why) => HubRemoval::Kept(why.to_owned()),
        None if last == "gone" => HubRemoval::Gone,
        None => HubRemoval::Kept(format!("`{host}` does not say what became of it")),
    })
}

impl HubRemoval {
    /// As it is answered, in a line.
    pub fn line(&self) -> String {
        match self {
            HubRemoval::Gone => "gone".to_owned(),
            HubRemoval::Kept(why) => format!("kept {}", why.replace('\n', "; ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Tool;

    #[test]
    fn a_hub_goes_once_nothing_is_in_it() {
        let home = tempfile::tempdir().unwrap();
        let env = BTreeMap::from([("HOME".to_owned(), home.path().display().to_string())]);
        let made = make_hub_here(&env, "abc-1").unwrap();
        assert_eq!(make_hub_here(&env, "abc-1").unwrap(), made);
        let git = |args: &[&str]| {
            let output = args.iter().fold(Tool::new("git").cwd(&made), Tool::arg).stdin(b"x").output().unwrap();
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        };
        let blob = git(&["hash-object", "-w", "--stdin"]);
        git(&["update-ref", "refs/orca/far-late/x", &blob]);
        assert!(matches!(remove_hub_here(&env, "abc-1").unwrap(), HubRemoval::Kept(why) if why.contains("salvage")));
        git(&["update-ref", "-d", "refs/orca/far-late/x"]);
        assert_eq!(remove_hub_here(&env, "abc-1").unwrap(), HubRemoval::Gone);
        assert_eq!(remove_hub_here(&env, "abc-1").unwrap(), HubRemoval::Gone);
        assert!(make_hub_here(&env, "../x").is_err() && remove_hub_here(&env, "").is_err());
    }
}
