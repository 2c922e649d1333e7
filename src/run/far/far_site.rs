//! What a run needs to hand its attempts over.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::gathering::{Gathering, OnTheWay};
use super::hosts::Hosts;
use super::hub_refs;
use super::key::FarKey;
use crate::executor::{self, Executor};
use crate::git::Repo;
use crate::model::{Error, FarOptions, Result, RunId};
use crate::process::repo_digest;
use crate::run::sealing::state_of;

/// Where the attempts of a run go.
#[derive(Debug)]
pub struct FarSite {
    /// Who takes them there.
    pub executor: &'static dyn Executor,
    /// What was said of it.
    pub options: FarOptions,
    /// What jobs are signed with.
    pub key: FarKey,
    /// How ssh is called.
    pub ssh: String,
    /// Folder for errands on their way, where no fence lets anybody look.
    pub errands: PathBuf,
    /// Where work for a queue meets.
    pub gathering: Gathering,
    hosts: Mutex<Hosts>,
    line: Mutex<HubLine>,
}

/// The line to the hub.
#[derive(Debug, Default)]
pub struct HubLine {
    /// When the last fetch began that came to its end.
    fetched: Option<Instant>,
}

impl FarSite {
    /// The site of a run whose settings say so; none for one whose attempts stay here. Errands that an earlier program was
    /// killed over are removed: safe only while the writer's lock is held.
    ///
    /// # Errors
    /// There is no such executor, or the state folder cannot be used.
    pub fn open(options: Option<&FarOptions>, repo: &Repo, env: &BTreeMap<String, String>) -> Result<Option<FarSite>> {
        let Some(options) = options else { return Ok(None) };
        let errands = state_of(env)?.join("errands").join(repo_digest(repo.common_dir()));
        make_private(&errands)?;
        for left in std::fs::read_dir(&errands).into_iter().flatten().flatten() {
            std::fs::remove_file(left.path()).map_err(|e| Error::failed("removing an errand that was not run", e))?;
        }
        Ok(Some(FarSite {
            executor: executor::named(&options.executor)?,
            options: options.clone(),
            key: FarKey::own(env)?,
            ssh: ssh_command(repo, env),
            errands,
            gathering: Gathering::default(),
            hosts: Mutex::new(Hosts::new(&options.hosts)),
            line: Mutex::default(),
        }))
    }

    /// The hosts and what they have.
    pub fn hosts(&self) -> MutexGuard<'_, Hosts> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The line to the hub: one exchange at a time, so that fetches of one repository do not meet.
    pub fn line(&self) -> MutexGuard<'_, HubLine> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fetches what the hub has of a run, unless somebody did after `asked`: many who ask at once cost one exchange.
    ///
    /// # Errors
    /// The hub does not answer.
    pub fn fetch(&self, line: &mut HubLine, repo: &Repo, run: &RunId, asked: Instant) -> Result<()> {
        if line.fetched.is_some_and(|began| began >= asked) {
            return Ok(());
        }
        let began = Instant::now();
        repo.fetch_from_hub(&self.options.hub, &hub_refs::prefixes(run))?;
        line.fetched = Some(began);
        Ok(())
    }

    /// Says that work for `host` will be ready soon, where it may be handed over together with other work.
    pub fn set_out(&self, host: &str) -> Option<OnTheWay> {
        (host.is_empty() && self.options.arrays).then(|| self.gathering.set_out())
    }

    /// A host as people would name it.
    pub fn name_of(&self, host: &str) -> String {
        if host.is_empty() { self.options.executor.clone() } else { host.to_owned() }
    }
}

/// Makes a folder that only its user can look into.
pub fn make_private(folder: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|e| Error::failed(format!("making `{}`", folder.display()), e))
}

/// How git calls ssh for this user, so that both take the same way.
pub fn ssh_command(repo: &Repo, env: &BTreeMap<String, String>) -> String {
    let own = env.get("GIT_SSH_COMMAND").filter(|text| !text.is_empty()).cloned();
    own.or_else(|| repo.ssh_command()).unwrap_or_else(|| "ssh".to_owned())
}
