//! One attempt that is handed over: a host, a claim, waiting for what comes of it. What a host could not take is offered to
//! another; what it lost is an attempt that is made again.

use std::sync::Arc;
use std::time::Instant;

use super::claim;
use super::far_site::FarSite;
use super::far_work::FarWork;
use super::hosts::StayEnd;
use super::late::gather_late;
use super::look::{FarEnd, HubReader, judged};
use super::order::Parcel;
use super::visit::{Stay, Visit};
use crate::git::{self, HubRef, Pushed};
use crate::integrate::names;
use crate::journal::{AttemptOutcome, Event, FailClass, RunPaths};
use crate::model::{Error, Oid, Result};
use crate::run::run_env::RunEnv;
use crate::run::work::job::{AttemptJob, fail};
use crate::run::worker::one_line;

/// Why an attempt is made again.
const TAKEN_BACK: &str = "it was taken back, to be made here";

/// Hands an attempt over and tells the core how it ended.
pub async fn run(site: Arc<RunEnv>, job: AttemptJob) {
    let begun = Instant::now();
    let Some(far) = site.far.clone() else { return };
    let visit = Visit {
        site: &site,
        far: &far,
        parcel: Parcel::of_attempt(&site, &job),
        attempt: Some(job.attempt.clone()),
        words: format!("`{}`", job.attempt),
        stop: job.stop.clone(),
    };
    let handed = HandOver { site: &site, far: &far, job: &job, visit };
    let end = match handed.see_through().await {
        Ok(Some(end)) => end,
        // The run ends, and this attempt is taken up again when it goes on.
        Ok(None) => return,
        Err(error) => FarEnd { outcome: fail(FailClass::Fatal, one_line(&error)), salvage: None, max_rss: 0 },
    };
    site.tell(Event::AttemptEnded {
        attempt: job.attempt.clone(),
        outcome: end.outcome,
        seconds: begun.elapsed().as_secs_f64(),
        salvage: end.salvage,
        max_rss: end.max_rss,
        cpu: 0.0,
    });
}

struct HandOver<'a> {
    site: &'a Arc<RunEnv>,
    far: &'a Arc<FarSite>,
    job: &'a AttemptJob,
    visit: Visit<'a>,
}

impl HandOver<'_> {
    /// Until it has ended; none when the run cannot go on.
    async fn see_through(&self) -> Result<Option<FarEnd>> {
        let mut earlier = self.taken_before().await?;
        loop {
            let (host, claim, reader, on_the_way) = match earlier.take() {
                Some((host, claim, reader)) => (host, claim, reader, None),
                None => {
                    let Some(host) = self.visit.place().await else { return self.nowhere().await };
                    self.site.tell(Event::AttemptPlaced { attempt: self.job.attempt.clone(), host: host.clone() });
                    let on_the_way = self.far.set_out(&host);
                    let Some(claim) = self.claimed().await? else {
                        self.visit.give_back(&host, &StayEnd::Fine);
                        return self.nowhere().await;
                    };
                    let reader = HubReader::new(&self.visit.parcel.work, &self.logs(), &claim);
                    (host, claim, reader, on_the_way)
                }
            };
            let stay = self.visit.stay(&host, &claim, (reader, on_the_way)).await?;
            let name = self.far.name_of(&host);
            let end = match stay {
                Stay::Over(mut reader) => {
                    self.visit.give_back(&host, &StayEnd::Fine);
                    reader
                        .ended
                        .take()
                        .ok_or_else(|| Error::failed("reading how an attempt ended", "it does not say"))?
                }
                Stay::NotTaken(why, end) => {
                    self.visit.notice(format!("{name} did not take {}: {why}", self.job.attempt));
                    self.visit.give_back(&host, &end);
                    continue;
                }
                Stay::Lost(why) => {
                    self.visit.lose(&host);
                    self.given_up(fail(FailClass::Lost, format!("{name}: {why}"))).await?
                }
                Stay::Stopped => {
                    self.visit.give_back(&host, &StayEnd::Fine);
                    self.given_up(self.stopped("it was ended on request")).await?
                }
            };
            return self.settled(self.taken_back(end)).await.map(Some);
        }
    }

    /// An end that was asked for. What is taken back is made again here, which is nobody's failure.
    fn stopped(&self, why: &str) -> AttemptOutcome {
        match self.site.at_home.is_asked() {
            true => fail(FailClass::Lost, TAKEN_BACK.to_owned()),
            false => fail(FailClass::Stopped, why.to_owned()),
        }
    }

    /// The same of an end that its host told.
    fn taken_back(&self, end: FarEnd) -> FarEnd {
        match &end.outcome {
            AttemptOutcome::Failed { class: FailClass::Stopped, reason } => {
                let outcome = self.stopped(reason);
                FarEnd { outcome, ..end }
            }
            _ => end,
        }
    }

    /// The host that has it since before this program began.
    async fn taken_before(&self) -> Result<Option<(String, Oid, HubReader)>> {
        let Some(host) = self.job.host.clone() else { return Ok(None) };
        let found = self.blocking(|site, far, job| {
            let Some((claim, upto)) = claim::earlier(site, &work_of(job))? else { return Ok(None) };
            let reader = HubReader::again(site, far, &job.attempt, (&claim, &upto))?;
            Ok(Some((claim, reader)))
        });
        let Some((claim, reader)) = found.await? else { return Ok(None) };
        self.far.hosts().adopt(&host);
        Ok(Some((host, claim, reader)))
    }

    /// There is no host: because it was stopped, or because the run ends.
    async fn nowhere(&self) -> Result<Option<FarEnd>> {
        if !self.job.stop.is_asked() {
            return Ok(None);
        }
        let outcome = self.stopped("it was ended before a host had a place for it");
        Ok(Some(FarEnd { outcome, salvage: None, max_rss: 0 }))
    }

    async fn claimed(&self) -> Result<Option<Oid>> {
        let job = self.job.clone();
        self.visit.claimed(move |site, far| claim::lay_down_attempt(site, far, &job)).await
    }

    fn logs(&self) -> String {
        RunPaths::attempt_logs(&self.job.attempt)
    }

    /// It counts no longer, whatever still comes: its lease is taken away.
    async fn given_up(&self, outcome: AttemptOutcome) -> Result<FarEnd> {
        let end = self.blocking(move |site, far, job| {
            let snapshot = site.repo.read_ref(&names::snapshot(&site.info.run, &job.attempt))?;
            let lost = FarEnd { outcome, salvage: snapshot, max_rss: 0 };
            take_away(site, far, job, lost)
        });
        end.await
    }

    /// Its end held against git, its branch shown, and the hub tidied.
    async fn settled(&self, end: FarEnd) -> Result<FarEnd> {
        self.blocking(move |site, far, job| {
            let end = judged(site, job, end)?;
            if let Some(head) = site.repo.read_ref(&names::attempt(&site.info.run, &job.attempt))? {
                let branch = names::full(&job.branch(&site.info.run));
                git::force_refs(&site.repo, &[(branch, head)])?;
            }
            if let Err(error) = claim::clear(site, far, &work_of(job)) {
                tracing::warn!(%error, attempt = %job.attempt, "what it left in the hub stays there");
            }
            match gather_late(site, far) {
                Ok(late) => late.into_iter().for_each(|event| site.tell(event)),
                Err(error) => tracing::warn!(%error, "whether work came too late could not be seen"),
            }
            Ok(end)
        })
        .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&RunEnv, &FarSite, &AttemptJob) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let job = self.job.clone();
        self.visit.blocking(move |site, far| work(site, far, &job)).await
    }
}

fn work_of(job: &AttemptJob) -> FarWork {
    FarWork::Attempt(job.attempt.clone())
}

/// Takes the lease of an attempt away from where it was read last. One that moved meanwhile is read on: it may have ended.
fn take_away(site: &RunEnv, far: &FarSite, job: &AttemptJob, lost: FarEnd) -> Result<FarEnd> {
    let work = work_of(job);
    let Some((claim, upto)) = claim::earlier(site, &work)? else { return Ok(lost) };
    let mut reader = HubReader::again(site, far, &job.attempt, (&claim, &upto))?;
    let lease = work.lease(&site.info.run);
    for _ in 0..5 {
        let gone = HubRef { name: lease.clone(), to: None, expected: Some(Some(reader.upto().clone())) };
        match site.repo.push_to_hub(&far.options.hub, &[gone])? {
            Pushed::Done => {
                far.fetch(&mut far.line(), &site.repo, &site.info.run, Instant::now())?;
                return Ok(lost);
            }
            // Whatever it still tells is not read any more, and its next claim takes the lease.
            Pushed::Unreachable(_) => return Ok(lost),
            Pushed::Refused(_) => reader.read(site, far)?,
        }
        if let Some(end) = reader.ended.take() {
            return Ok(end);
        }
    }
    Ok(lost)
}
