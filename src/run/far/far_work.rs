//! What is handed over, an attempt or a gate's commands on a commit, and where either lies in the hub.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::journal::Subject;
use crate::model::{AttemptId, GateName, RunId};

/// What is handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FarWork {
    /// An attempt, whole.
    Attempt(AttemptId),
    /// A gate on a commit, by a name that the same gate on the same subject gets again.
    Check(String),
}

/// Where attempts lie.
pub(super) const ATTEMPTS: &str = "refs/orca/far/";
/// Where checks lie.
pub(super) const CHECKS: &str = "refs/orca/far-gates/";

impl FarWork {
    /// A gate on a subject.
    pub fn of_check(subject: &Subject, gate: &GateName) -> FarWork {
        let digest = Sha256::digest(format!("{gate} {subject:?}").as_bytes());
        FarWork::Check(digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
    }

    /// All of it, and of what came before it of the same task, gate and subject.
    pub fn prefix(&self, run: &RunId) -> String {
        match self {
            FarWork::Attempt(attempt) => format!("{ATTEMPTS}{run}/{}/", attempt.task),
            FarWork::Check(id) => format!("{CHECKS}{run}/{id}/"),
        }
    }

    /// Who may tell of it.
    pub fn lease(&self, run: &RunId) -> String {
        format!("{}lease", self.prefix(run))
    }

    /// A commit that it needs there.
    pub fn needed(&self, run: &RunId, n: usize) -> String {
        match self {
            FarWork::Attempt(attempt) => format!("{}{}/from/{n}", self.prefix(run), attempt.n),
            FarWork::Check(_) => format!("{}from/{n}", self.prefix(run)),
        }
    }

    /// How far a run has read what it tells.
    pub fn read_upto(&self, run: &RunId) -> String {
        match self {
            FarWork::Attempt(attempt) => format!("refs/orca/runs/{run}/far/{}/{}", attempt.task, attempt.n),
            // It keeps nothing that the run would need: no ref of the run's.
            FarWork::Check(id) => format!("refs/orca/far-read/{run}/{id}"),
        }
    }

    /// The work with this lease; `n` is the number of an attempt.
    pub fn of_lease(lease: &str, n: &str) -> Option<(RunId, FarWork)> {
        let parts = |prefix: &str| {
            let (run, name) = lease.strip_prefix(prefix)?.strip_suffix("/lease")?.split_once('/')?;
            Some((run.parse::<RunId>().ok()?, name.to_owned()))
        };
        if let Some((run, id)) = parts(CHECKS) {
            return id.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some((run, FarWork::Check(id)));
        }
        let (run, task) = parts(ATTEMPTS)?;
        Some((run, FarWork::Attempt(AttemptId { task: task.parse().ok()?, n: n.parse().ok()? })))
    }

    /// Its number, for the words of a job.
    pub fn number(&self) -> u32 {
        if let FarWork::Attempt(attempt) = self { attempt.n } else { 0 }
    }

    /// What several pieces of such work of a run are called that go to a queue in one call.
    pub fn array_name(&self, run: &RunId) -> String {
        match self {
            FarWork::Attempt(_) => format!("orca.{run}.array"),
            FarWork::Check(_) => format!("orca.{run}.gate.array"),
        }
    }

    /// In a name: letters, digits, dots and dashes.
    pub fn plain(&self) -> String {
        match self {
            FarWork::Attempt(attempt) => format!("{}.{}", attempt.task, attempt.n),
            FarWork::Check(id) => format!("gate.{id}"),
        }
    }
}

impl fmt::Display for FarWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FarWork::Attempt(attempt) => write!(f, "{attempt}"),
            FarWork::Check(id) => write!(f, "the gate's work {id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_says_whose_it_is() {
        let run: RunId = "20261120-1812-k3".parse().unwrap();
        let attempt = AttemptId { task: "T1".parse().unwrap(), n: 2 };
        let (subject, gate) = (Subject::Attempt(attempt.clone()), "lint".parse().unwrap());
        for work in [FarWork::Attempt(attempt.clone()), FarWork::of_check(&subject, &gate)] {
            let lease = work.lease(&run);
            let found = FarWork::of_lease(&lease, &work.number().to_string());
            assert_eq!(found, Some((run.clone(), work.clone())));
            assert!(work.needed(&run, 1).starts_with(&work.prefix(&run)));
            assert!(work.plain().chars().all(|c| c.is_ascii_alphanumeric() || ".-".contains(c)));
        }
        let again = FarWork::of_check(&subject, &gate);
        assert_eq!(again, FarWork::of_check(&subject, &gate));
        assert_ne!(again, FarWork::of_check(&Subject::Phase(attempt), &gate));
        assert_eq!(FarWork::of_lease("refs/heads/main", "1"), None);
        assert_eq!(FarWork::of_lease("refs/orca/far-gates/20261120-1812-k3/../lease", "0"), None);
    }
}
