//! Gates end to end: what they ask for runs on the right trees, and nothing passes by accident.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "../support/mod.rs"]
pub mod support;

mod adversaries;
mod false_passes;
mod fresh;
mod judges;
mod locks;
mod memory;
mod real_projects;
mod replay;
mod reviewing;
mod strangers;
mod test_only;
mod validate;
mod ways;

use git_orca::journal::{CheckState, Judgement, Subject};
use git_orca::model::AttemptId;
use support::TestRepo;

/// What a gate said of an attempt of the latest run.
fn judgement(bed: &TestRepo, task: &str, n: u32, gate: &str) -> Judgement {
    let subject = Subject::Attempt(AttemptId { task: task.parse().unwrap(), n });
    let state = bed.state();
    match &state.check(&subject, &gate.parse().unwrap()).unwrap_or_else(|| panic!("{gate} did not judge {task}")).state
    {
        CheckState::Judged(judgement) => judgement.clone(),
        CheckState::Open => panic!("{gate} has not answered for {task}"),
    }
}
