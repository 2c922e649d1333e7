//! Work that came too late: its attempt had been given up. It counts for nothing, and it is kept.

use std::time::Instant;

use super::far_site::FarSite;
use super::hub_refs;
use crate::git::{self, HubRef, Repo};
use crate::integrate::names;
use crate::journal::Event;
use crate::model::{AttemptId, Oid, Result, RunId};
use crate::run::run_env::RunEnv;

/// Takes what came too late of a run from the hub among its saved work, and tells of it.
///
/// # Errors
/// The hub does not answer.
pub fn gather_late(site: &RunEnv, far: &FarSite) -> Result<Vec<Event>> {
    let (asked, run) = (Instant::now(), &site.info.run);
    let mut line = far.line();
    far.fetch(&mut line, &site.repo, run, asked)?;
    take_in_late(&site.repo, &far.options.hub, run)
}

/// As `gather_late`, for a run that is over.
///
/// # Errors
/// The hub does not answer.
pub fn gather_from(repo: &Repo, hub: &str, run: &RunId) -> Result<Vec<Event>> {
    repo.fetch_from_hub(hub, &[hub_refs::late_prefix(run)])?;
    take_in_late(repo, hub, run)
}

/// Takes in what was fetched.
fn take_in_late(repo: &Repo, hub: &str, run: &RunId) -> Result<Vec<Event>> {
    let prefix = hub_refs::late_prefix(run);
    let found = repo.list_refs(&prefix)?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let kept: Vec<(AttemptId, String, Oid)> =
        found.iter().filter_map(|(name, oid)| kept_name(run, name.strip_prefix(&prefix)?, oid)).collect();
    let refs: Vec<(String, Oid)> = kept.iter().map(|(_, name, oid)| (name.clone(), oid.clone())).collect();
    git::force_refs(repo, &refs)?;
    let gone: Vec<HubRef> = found.iter().map(|(name, _)| HubRef::gone(name)).collect();
    repo.push_to_hub(hub, &gone)?;
    git::delete_refs(repo, &found)?;
    let tell = |(attempt, name, oid): (AttemptId, String, Oid)| {
        let what = format!("work of {attempt} came too late, and is kept as {} ({name})", oid.short());
        Event::Noticed { attempt: Some(attempt), what }
    };
    Ok(kept.into_iter().map(tell).collect())
}

/// `<task>/<n>/<claim>/<what>`, as a history that the attempt left: it may have left others of its own.
fn kept_name(run: &RunId, late: &str, oid: &Oid) -> Option<(AttemptId, String, Oid)> {
    let mut parts = late.splitn(4, '/');
    let (task, n, claim, what) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let id = AttemptId { task: task.parse().ok()?, n: n.parse().ok()? };
    let name = format!("{}left/{}/{}/late-{claim}-{}", names::run_refs(run), id.task, id.n, what.replace('/', "-"));
    Some((id, name, oid.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_work_gets_a_name_that_no_attempt_gives() {
        let run: RunId = "20261120-1812-k3".parse().unwrap();
        let oid: Oid = "0123456789012345678901234567890123456789".parse().unwrap();
        let (id, name, _) = kept_name(&run, "T1/2/0123456/left/1", &oid).unwrap();
        assert_eq!((id.n, name.as_str()), (2, "refs/orca/runs/20261120-1812-k3/left/T1/2/late-0123456-left-1"));
        assert!(kept_name(&run, "T1/2/0123456", &oid).is_none());
    }
}
