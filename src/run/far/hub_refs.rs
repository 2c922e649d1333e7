//! Names in the hub, and what they are here.

use super::far_work::{ATTEMPTS, CHECKS};
use crate::git::Repo;
use crate::integrate::names;
use crate::model::{AttemptId, Oid, Result, RunId};

/// What an attempt may leave, by its folder among a run's refs.
const KINDS: [&str; 6] = ["attempt", "snapshot", "salvage", "left", "inside", "outside"];

/// What an attempt left: `what` is `attempt`, `snapshot`, `left/2` …
pub fn left(run: &RunId, attempt: &AttemptId, what: &str) -> String {
    format!("refs/orca/far/{run}/{}/{}/{what}", attempt.task, attempt.n)
}

/// Where all lies that the hub has of a run.
pub fn prefixes(run: &RunId) -> [String; 3] {
    [format!("{ATTEMPTS}{run}/"), format!("{CHECKS}{run}/"), late_prefix(run)]
}

/// All that came too late of a run.
pub fn late_prefix(run: &RunId) -> String {
    format!("refs/orca/far-late/{run}/")
}

/// What came too late.
pub fn late(run: &RunId, attempt: &AttemptId, claim: &Oid, what: &str) -> String {
    format!("refs/orca/far-late/{run}/{}/{}/{}/{what}", attempt.task, attempt.n, claim.short())
}

/// What an attempt left in a repository, as `kind[/name]` with its commit: by its refs of the run there.
pub fn own_refs(repo: &Repo, run: &RunId, attempt: &AttemptId) -> Result<Vec<(String, Oid)>> {
    let of = format!("{}/{}", attempt.task, attempt.n);
    let prefix = names::run_refs(run);
    let what = |name: &str| {
        let (kind, rest) = name.strip_prefix(&prefix)?.split_once('/')?;
        let rest = rest.strip_prefix(&of).filter(|_| KINDS.contains(&kind))?;
        match rest.strip_prefix('/') {
            Some(name) => Some(format!("{kind}/{name}")),
            None => rest.is_empty().then(|| kind.to_owned()),
        }
    };
    Ok(repo.list_refs(&prefix)?.into_iter().filter_map(|(name, oid)| Some((what(&name)?, oid))).collect())
}

/// What `kind[/name]` of an attempt is called among the refs of its run; none for what no attempt leaves.
pub fn here(run: &RunId, attempt: &AttemptId, what: &str) -> Option<String> {
    let (kind, name) = what.split_once('/').map_or((what, None), |(kind, name)| (kind, Some(name)));
    let kind = KINDS.iter().find(|known| **known == kind)?;
    let of = format!("{}{kind}/{}/{}", names::run_refs(run), attempt.task, attempt.n);
    Some(name.map_or(of.clone(), |name| format!("{of}/{name}")))
}

#[cfg(test)]
mod tests {
    use super::super::far_work::FarWork;
    use super::*;

    #[test]
    fn only_what_an_attempt_leaves_gets_a_name_here() {
        let run: RunId = "20261120-1812-k3".parse().unwrap();
        let id = AttemptId { task: "T1".parse().unwrap(), n: 2 };
        assert_eq!(here(&run, &id, "attempt"), Some(names::attempt(&run, &id)));
        assert_eq!(here(&run, &id, "snapshot"), Some(names::snapshot(&run, &id)));
        assert_eq!(here(&run, &id, "left/3"), Some(names::left(&run, &id, 3)));
        assert_eq!(here(&run, &id, "outside/heads/x"), Some(names::outside(&run, &id, "heads/x")));
        for other in ["head", "head/1", "base", "from/0", "candidate/1/1", ""] {
            assert_eq!(here(&run, &id, other), None, "{other}");
        }
        assert!(left(&run, &id, "attempt").starts_with(&FarWork::Attempt(id.clone()).prefix(&run)));
    }
}
