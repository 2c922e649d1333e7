//! The end of a test phase (`--tdd staged`): its tests are run before the coder starts. They must fail, and for the right
//! reason. The proof at the end stays; this one only saves the work that would follow on tests that prove nothing.

use std::sync::Arc;

use super::check::CheckJob;
use super::difference;
use super::rounds;
use crate::gate;
use crate::journal::{AttemptOutcome, FailClass, Subject};
use crate::model::{GateDef, GateKind, Oid, Role, Task, TaskKind, Tdd, Verdict};
use crate::run::run_env::RunEnv;
use crate::run::work::attempt::{AttemptJob, Done};
use crate::run::work::settle;
use crate::run::worker::{blocking, one_line};
use crate::schedule::Review;

/// Added to the number of an agent's slot: the slot of a gate that nobody else has.
const OWN_SLOTS: u32 = 110;

/// What a phase left, refused when it wrote tests that are not red. What could not be told is said, and goes on.
pub async fn proved(site: &Arc<RunEnv>, job: &AttemptJob, done: Done) -> Done {
    let AttemptOutcome::Committed { commit, .. } = &done.outcome else { return done };
    let Some(gate) = site.info.options.gates.iter().find(|gate| gate.kind == GateKind::Tdd) else { return done };
    if site.info.options.tdd != Tdd::Staged || job.intended.role != Role::Test || job.task.run.is_some() {
        return done;
    }
    let check = check(job, gate, commit);
    let found = red(site, &check).await;
    // What was interrupted says nothing about the tests.
    if job.stop.is_asked() {
        return done;
    }
    match found {
        Found::Red | Found::NotAsked => done,
        Found::NotRed(why) => {
            let reason = format!("its tests are not red: {why}");
            Done { outcome: settle::fail(FailClass::Phase, reason), ..done }
        }
        Found::Untold(why) => told(done, &why),
    }
}

/// Keeps beside the result that it could not be told whether its tests are red.
fn told(mut done: Done, why: &str) -> Done {
    if let AttemptOutcome::Committed { note, .. } = &mut done.outcome {
        *note = format!("it cannot be told yet whether its tests are red: {why}");
    }
    done
}

enum Found {
    Red,
    NotRed(String),
    /// Nobody could say.
    Untold(String),
    /// The code is there already: the tests were mended, and only the whole proof tells.
    NotAsked,
}

/// The tests alone, judged as those of a task that writes nothing else.
fn check(job: &AttemptJob, gate: &GateDef, commit: &Oid) -> CheckJob {
    let number: u32 = job.slot.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0);
    CheckJob {
        subject: Subject::Attempt(job.attempt.clone()),
        gate: gate.clone(),
        commit: commit.clone(),
        base: job.base.clone(),
        task: Some(Task { kind: TaskKind::Tests, ..job.task.clone() }),
        expected_red: Default::default(),
        review: Review::None,
        slot: format!("g{}", OWN_SLOTS + number),
        stop: job.stop.clone(),
    }
}

async fn red(site: &Arc<RunEnv>, check: &CheckJob) -> Found {
    let gathered = blocking(site, {
        let check = check.clone();
        move |site| difference::gather(&site.repo, &check, &site.info.base)
    });
    let diff = match gathered.await.and_then(|diff| diff) {
        Ok(diff) => Arc::new(diff),
        Err(error) => return Found::Untold(one_line(&error)),
    };
    if !gate::overstepped(Role::Test, &site.info.options.gates, &diff).is_empty() {
        return Found::NotAsked;
    }
    let judged = match rounds::perform(site, check, &diff).await {
        Ok(rounds) => rounds.judged,
        Err(error) => return Found::Untold(one_line(&error)),
    };
    match judged.verdict {
        Verdict::Pass => Found::Red,
        Verdict::Fail => Found::NotRed(judged.reason),
        Verdict::Unchecked | Verdict::NotApplicable => Found::Untold(judged.reason),
    }
}
