//! The evidence of a run, put on its commits as notes: what the gates said of each task's work and of each head.

use jiff::Timestamp;

use crate::gate::{Attestation, Seal, Stage};
use crate::git::{self, Repo};
use crate::journal::{AttemptOutcome, CheckState, Judgement, RunState, Subject};
use crate::model::{AttemptId, GateName, Oid, Result, Verdict};

/// Writes the evidence about every commit that a branch of the run shows. Again does no harm: it replaces what it wrote.
///
/// # Errors
/// Git cannot write notes.
pub fn write(repo: &Repo, state: &RunState, seal: &Seal) -> Result<()> {
    let notes: Vec<(Oid, String)> =
        attestations(state).iter().map(|found| (found.commit.clone(), found.to_note(seal))).collect();
    git::write_notes(repo, &notes)
}

/// The evidence about one commit of the run, if it is the last work of a task or a head.
pub fn attestation(state: &RunState, commit: &Oid) -> Option<Attestation> {
    attestations(state).into_iter().find(|found| found.commit == *commit)
}

/// The evidence about the last work of each task and about each head. A commit that is both is told as a head, since more
/// is asked of it.
pub fn attestations(state: &RunState) -> Vec<Attestation> {
    let mut found: Vec<Attestation> = state
        .heads
        .iter()
        .map(|(layer, head)| {
            let said = |gate: &GateName| of_head(state, &head.commit, &head.tree, gate).map(testimony);
            made(state, (&head.commit, &head.tree), (Stage::Merged, format!("layer {layer}")), said)
        })
        .collect();
    let heads: Vec<Oid> = found.iter().map(|head| head.commit.clone()).collect();
    for (task, facts) in state.info.tasks.iter().zip(&state.tasks) {
        let Some(last) = facts.attempts.iter().rev().find(|attempt| !attempt.carries()) else { continue };
        let Some((_, AttemptOutcome::Committed { commit, tree, .. })) = &last.ended else { continue };
        if heads.contains(commit) {
            continue;
        }
        let subject = Subject::Attempt(AttemptId { task: task.id.clone(), n: last.n });
        let said = |gate: &GateName| state.judgement(&subject, gate).map(testimony);
        let words = format!("task {}, attempt {}", task.id, last.n);
        found.push(made(state, (commit, tree), (Stage::Task, words), said));
    }
    found
}

fn made(
    state: &RunState,
    (commit, tree): (&Oid, &Oid),
    what: (Stage, String),
    said: impl Fn(&GateName) -> Option<(Verdict, String, f64)>,
) -> Attestation {
    let at: Timestamp = state.at;
    Attestation::new(
        (commit.clone(), tree.clone()),
        what,
        state.info.run.to_string(),
        at,
        &state.info.options.gates,
        said,
    )
}

fn testimony(judgement: &Judgement) -> (Verdict, String, f64) {
    (judgement.verdict, judgement.reason.clone(), judgement.seconds)
}

/// What a gate said of a head: of this very commit, else of another merged one whose tree is the same
/// but for marks in the plan (it is not run twice).
fn of_head<'a>(state: &'a RunState, commit: &Oid, tree: &Oid, gate: &GateName) -> Option<&'a Judgement> {
    let judged = state.checks.iter().filter(|((subject, name), _)| name == gate && !is_attempt(subject));
    let judged = judged.filter_map(|(_, check)| match &check.state {
        CheckState::Judged(judgement) if state.but_for_marks(tree).any(|tree| judgement.tree == *tree) => {
            Some((check.commit == *commit, judgement))
        }
        _ => None,
    });
    judged.max_by_key(|(same, judgement)| (*same, judgement.verdict.lets_through())).map(|(_, judgement)| judgement)
}

fn is_attempt(subject: &Subject) -> bool {
    matches!(subject, Subject::Attempt(_) | Subject::Phase(_))
}
