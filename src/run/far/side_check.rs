//! The far side of a gate: its commands on a commit, in a clean worktree here, as every gate's are; the verdict is signed.

use std::sync::{Arc, mpsc};

use super::far_job::{FarCheck, FarJob, FarVerdict, FarWord};
use super::key::FarKey;
use super::look::about_verdict;
use super::side::FarSide;
use crate::gate::Diff;
use crate::git;
use crate::journal::{Event, RunStarted};
use crate::model::{Error, Finding, Result};
use crate::run::engine::core::Signal;
use crate::run::engine::reconcile;
use crate::run::judging::difference;
use crate::run::judging::job::{CheckJob, Review};
use crate::run::judging::rounds::{self, Rounds};
use crate::run::run_env::RunEnv;
use crate::run::worker::{blocking, one_line};

impl FarSide<'_> {
    /// Judges a commit for another machine's run.
    pub(super) fn perform_check(
        &self,
        runtime: &tokio::runtime::Runtime,
        job: &FarJob,
        check: FarCheck,
        (info, key): (RunStarted, &FarKey),
    ) -> Result<()> {
        let (sender, signals) = mpsc::channel();
        let site = Arc::new(self.site(job, info, sender)?);
        runtime.block_on(reconcile::clear(&site))?;
        let logs = site.paths.root().join("logs");
        // What an earlier piece of work printed here is not this one's.
        git::discard(&logs).map_err(|e| Error::failed(format!("removing `{}`", logs.display()), e))?;
        let clashes = check.clashes.clone();
        let job = check_job(&site, check);
        let folder = site.paths.root().join(rounds::log_folder(&job));
        let stop = job.stop.clone();
        self.listen(runtime, &stop);
        let (words, told) = mpsc::channel();
        let about = about_verdict(&self.errand.work.lease(&self.errand.run), &self.errand.hub, &self.errand.claim);
        let signing = Signing { key: key.clone(), about };
        let judging = runtime.spawn(judge(Arc::clone(&site), job, clashes, signing, (signals, words)));
        let last = |(word, last): LastWord, ended: &mut bool| {
            *ended |= last;
            Some(word)
        };
        let done = self.tell(self.heart(folder), (&told, &last), &stop, || judging.is_finished());
        site.stop.now();
        runtime.block_on(async {
            let _ = judging.await;
            reconcile::clear(&site).await.map(drop)
        })?;
        done
    }
}

/// What a verdict is signed with, and what the signature is about.
struct Signing {
    key: FarKey,
    about: String,
}

/// A word, and whether it is the last.
type LastWord = (FarWord, bool);

/// Judges, and tells what was noticed on the way and then the verdict.
async fn judge(
    site: Arc<RunEnv>,
    job: CheckJob,
    clashes: Vec<Finding>,
    signing: Signing,
    (signals, words): (mpsc::Receiver<Signal>, mpsc::Sender<LastWord>),
) {
    let word = match judged(&site, &job, clashes).await {
        Ok(rounds) => signed(&signing, &job, rounds),
        Err(error) => FarWord::Broken(one_line(&error)),
    };
    // Whoever listened may have lost the lease.
    for signal in signals.try_iter() {
        if let Signal::Happened(event @ Event::Noticed { attempt: None, .. }) = signal {
            let _ = words.send((FarWord::Happened(Box::new(event)), false));
        }
    }
    let _ = words.send((word, true));
}

fn check_job(site: &RunEnv, check: FarCheck) -> CheckJob {
    CheckJob {
        subject: check.subject,
        gate: check.gate,
        commit: check.commit,
        base: check.base,
        task: check.task,
        expected_red: check.expected_red,
        known_red: check.known_red,
        review: Review::None,
        slot: "judge".to_owned(),
        stop: site.stop.below(),
    }
}

async fn judged(site: &Arc<RunEnv>, job: &CheckJob, clashes: Vec<Finding>) -> Result<Rounds> {
    let diff = blocking(site, {
        let job = job.clone();
        move |site| difference::gather(&site.repo, &job, &site.info.base)
    })
    .await??;
    rounds::perform(site, job, &Arc::new(Diff { clashes, ..diff })).await
}

/// The verdict as it is told. What was ended in the middle is none.
fn signed(signing: &Signing, job: &CheckJob, rounds: Rounds) -> FarWord {
    if job.stop.is_asked() {
        return FarWord::Broken("it was ended before there was a verdict".to_owned());
    }
    let verdict = FarVerdict {
        commit: job.commit.clone(),
        verdict: rounds.judged.verdict,
        reason: rounds.judged.reason,
        findings: rounds.judged.findings,
        measured: rounds.judged.measured,
        seconds: rounds.seconds,
        log: rounds.log,
    };
    match serde_json::to_string(&verdict) {
        Ok(text) => {
            let signature = signing.key.sign(&signing.about, text.as_bytes());
            FarWord::Judged(text, signature)
        }
        Err(error) => FarWord::Broken(format!("its verdict cannot be written: {error}")),
    }
}
