//! One attempt that is handed over: a host, a claim, waiting for what comes of it. What a host could not take is offered to
//! another; what it lost is an attempt that is made again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::claim;
use super::far_site::FarSite;
use super::hosts::{HostChoice, StayEnd};
use super::hub_refs;
use super::late::gather_late;
use super::look::{FarEnd, HubReader, judged};
use super::order;
use crate::executor;
use crate::git::{self, HubRef, Pushed};
use crate::integrate::names;
use crate::journal::{Event, FailClass};
use crate::model::{Error, ErrorKind, Oid, Result};
use crate::process::{End, Extras};
use crate::run::run_env::RunEnv;
use crate::run::work::job::{AttemptJob, fail};
use crate::run::worker::{blocking, one_line};

/// Between two looks into the hub while an attempt runs.
const LOOK: Duration = Duration::from_secs(1);
/// Between two tries while the hub does not answer.
const RETRY: Duration = Duration::from_secs(2);
/// How long the end of an attempt that was stopped is looked for.
const FAREWELL: Duration = Duration::from_secs(6);
/// Hands an attempt over and tells the core how it ended.
pub async fn run(site: Arc<RunEnv>, job: AttemptJob) {
    let begun = Instant::now();
    let Some(far) = site.far.clone() else { return };
    let handed = HandOver { site: &site, far: &far, job: &job };
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
    });
}

/// What a stay at a host came to.
enum Stay {
    /// The attempt has ended.
    Ended(FarEnd),
    /// The host did not take it: why, and what that says of the host.
    NotTaken(String, StayEnd),
    /// The host had it, and lost it.
    Lost(String),
    /// Somebody asked it to end, and nothing more came of it.
    Stopped,
}

struct HandOver<'a> {
    site: &'a Arc<RunEnv>,
    far: &'a Arc<FarSite>,
    job: &'a AttemptJob,
}

impl HandOver<'_> {
    /// Until it has ended; none when the run cannot go on.
    async fn see_through(&self) -> Result<Option<FarEnd>> {
        let mut earlier = self.taken_before().await?;
        loop {
            let (host, claim, reader) = match earlier.take() {
                Some(known) => known,
                None => {
                    let Some(host) = self.place().await else { return self.nowhere().await };
                    self.site.tell(Event::AttemptPlaced { attempt: self.job.attempt.clone(), host: host.clone() });
                    let Some(claim) = self.claimed().await? else {
                        self.give_back(&host, &StayEnd::Fine);
                        return self.nowhere().await;
                    };
                    (host, claim.clone(), HubReader::new(&claim))
                }
            };
            let stay = self.stay(&host, &claim, reader).await?;
            let name = self.far.name_of(&host);
            let end = match stay {
                Stay::Ended(end) => {
                    self.give_back(&host, &StayEnd::Fine);
                    end
                }
                Stay::NotTaken(why, end) => {
                    self.notice(format!("{name} did not take {}: {why}", self.job.attempt));
                    self.give_back(&host, &end);
                    continue;
                }
                Stay::Lost(why) => {
                    self.give_back(&host, &StayEnd::Failed);
                    self.given_up(FailClass::Lost, format!("{name}: {why}")).await?
                }
                Stay::Stopped => {
                    self.give_back(&host, &StayEnd::Fine);
                    self.given_up(FailClass::Stopped, "it was ended on request".to_owned()).await?
                }
            };
            return self.settled(end).await.map(Some);
        }
    }

    /// The host that has it since before this program began.
    async fn taken_before(&self) -> Result<Option<(String, Oid, HubReader)>> {
        let Some(host) = self.job.host.clone() else { return Ok(None) };
        let found = self.blocking(|site, _, job| {
            let Some((claim, upto)) = claim::earlier(site, job)? else { return Ok(None) };
            let reader = HubReader::again(site, job, &claim, &upto)?;
            Ok(Some((claim, reader)))
        });
        let Some((claim, reader)) = found.await? else { return Ok(None) };
        self.far.hosts().adopt(&host);
        Ok(Some((host, claim, reader)))
    }

    /// A host with a free place, waited for; none where there will be none, or the attempt is to end.
    async fn place(&self) -> Option<String> {
        loop {
            if self.job.stop.is_asked() {
                return None;
            }
            let patience = Duration::from_secs(self.far.options.patience);
            let choice = self.far.hosts().choose(Instant::now());
            match choice {
                HostChoice::Take(host) => return Some(host),
                HostChoice::Nowhere(why) => {
                    self.site.broken(self.nobody(&why));
                    return None;
                }
                HostChoice::Wait(_, Some(since)) if since.elapsed() > patience => {
                    self.site.broken(self.nobody("none of them has answered for too long"));
                    return None;
                }
                HostChoice::Wait(wait, _) => tokio::time::sleep(wait).await,
            }
        }
    }

    fn nobody(&self, why: &str) -> Error {
        let doing = format!("looking for a host to run `{}` on", self.job.attempt);
        Error::new(ErrorKind::Environment, doing, why).hint("git orca doctor --executor ssh").hint("git orca resume")
    }

    /// There is no host: because it was stopped, or because the run ends.
    async fn nowhere(&self) -> Result<Option<FarEnd>> {
        if !self.job.stop.is_asked() {
            return Ok(None);
        }
        let outcome = fail(FailClass::Stopped, "it was ended before a host had a place for it".to_owned());
        Ok(Some(FarEnd { outcome, salvage: None, max_rss: 0 }))
    }

    /// The claim in the hub; none where the hub does not answer for too long, or the attempt is to end.
    async fn claimed(&self) -> Result<Option<Oid>> {
        let since = Instant::now();
        loop {
            match self.blocking(claim::lay_down).await {
                Ok(claim) => return Ok(Some(claim)),
                Err(error) if since.elapsed().as_secs() >= self.far.options.patience => {
                    self.site.broken(error.hint("git orca doctor --executor ssh").hint("git orca resume"));
                    return Ok(None);
                }
                Err(_) if self.job.stop.is_asked() => return Ok(None),
                Err(error) => {
                    tracing::warn!(%error, attempt = %self.job.attempt, "the hub is asked again");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    /// One stay at a host, from handing over to what came of it.
    async fn stay(&self, host: &str, claim: &Oid, mut reader: HubReader) -> Result<Stay> {
        if let Some(end) = reader.ended.take() {
            return Ok(Stay::Ended(end));
        }
        let (work, errand) = match order::order(self.site, self.far, self.job, host, claim) {
            Ok(order) => order,
            Err(error) => return Ok(Stay::NotTaken(error.cause.clone(), StayEnd::Refused(error.cause))),
        };
        // It is open once the command runs, and nobody else needs it.
        let started = move |_| drop(errand);
        let (stop, marker) = (self.job.stop.clone(), self.site.marker.clone());
        let performing = executor::perform(self.far.executor, work, &marker, stop, started, Extras::default());
        tokio::pin!(performing);
        let ended = loop {
            tokio::select! {
                ended = &mut performing => break ended,
                () = tokio::time::sleep(LOOK) => {
                    reader = self.read(reader).await?.0;
                    if let Some(end) = reader.ended.take() {
                        return Ok(Stay::Ended(end));
                    }
                }
            }
        };
        self.after(ended.end, reader).await
    }

    /// What the end of the command that stood for the work means, with what the hub has.
    async fn after(&self, end: End, mut reader: HubReader) -> Result<Stay> {
        let patience = match &end {
            End::Stopped => FAREWELL,
            End::NotStarted { .. } => Duration::ZERO,
            _ => Duration::from_secs(self.far.options.patience),
        };
        let since = Instant::now();
        loop {
            let (read, error) = self.read(reader).await?;
            reader = read;
            if let Some(end) = reader.ended.take() {
                return Ok(Stay::Ended(end));
            }
            let waits = error.is_some() || matches!(end, End::Stopped);
            if !waits || since.elapsed() >= patience {
                break;
            }
            tokio::time::sleep(RETRY.min(patience)).await;
        }
        if let Some(why) = reader.refused.take() {
            return Ok(Stay::NotTaken(why.clone(), StayEnd::Refused(why)));
        }
        let broken = reader.broken.take();
        Ok(match end {
            End::Stopped => Stay::Stopped,
            End::NotStarted { why, missing: true } => Stay::NotTaken(why.clone(), StayEnd::Refused(why)),
            End::NotStarted { why, .. } if !reader.heard => Stay::NotTaken(why, StayEnd::Failed),
            End::NotStarted { why, .. } => Stay::Lost(why),
            _ => Stay::Lost(
                broken.unwrap_or_else(|| "the work ended there without a word of what became of it".to_owned()),
            ),
        })
    }

    /// Reads on in the hub. One that does not answer is no end of anything: it is said with what was read.
    async fn read(&self, mut reader: HubReader) -> Result<(HubReader, Option<Error>)> {
        let (reader, read) = self
            .blocking(move |site, far, job| {
                let read = reader.read(site, far, job);
                Ok((reader, read))
            })
            .await?;
        if let Err(error) = &read {
            tracing::warn!(%error, attempt = %self.job.attempt, "the hub is asked again");
        }
        Ok((reader, read.err()))
    }

    /// It counts no longer, whatever still comes: its lease is taken away.
    async fn given_up(&self, class: FailClass, why: String) -> Result<FarEnd> {
        let end = self.blocking(move |site, far, job| {
            let snapshot = site.repo.read_ref(&names::snapshot(&site.info.run, &job.attempt))?;
            let lost = FarEnd { outcome: fail(class, why), salvage: snapshot, max_rss: 0 };
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
            if let Err(error) = claim::clear(site, far, job) {
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

    fn notice(&self, what: String) {
        self.site.tell(Event::Noticed { attempt: Some(self.job.attempt.clone()), what });
    }

    fn give_back(&self, host: &str, end: &StayEnd) {
        let rest = self.far.hosts().give_back(host, end, Instant::now());
        if let Some(rest) = rest {
            self.notice(format!("{} is left alone for {} s", self.far.name_of(host), rest.as_secs()));
        }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&RunEnv, &FarSite, &AttemptJob) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (far, job) = (Arc::clone(self.far), self.job.clone());
        blocking(self.site, move |site| work(site, &far, &job)).await?
    }
}

/// Takes the lease of an attempt away from where it was read last. One that moved meanwhile is read on: it may have ended.
fn take_away(site: &RunEnv, far: &FarSite, job: &AttemptJob, lost: FarEnd) -> Result<FarEnd> {
    let Some((claim, upto)) = claim::earlier(site, job)? else { return Ok(lost) };
    let mut reader = HubReader::again(site, job, &claim, &upto)?;
    let lease = hub_refs::lease(&site.info.run, &job.attempt.task);
    for _ in 0..5 {
        let gone = HubRef { name: lease.clone(), to: None, expected: Some(Some(reader.upto().clone())) };
        match site.repo.push_to_hub(&far.options.hub, &[gone])? {
            Pushed::Done => {
                let prefix = hub_refs::task_prefix(&site.info.run, &job.attempt.task);
                site.repo.fetch_from_hub(&far.options.hub, &prefix)?;
                return Ok(lost);
            }
            // Whatever it still tells is not read any more, and its next claim takes the lease.
            Pushed::Unreachable(_) => return Ok(lost),
            Pushed::Refused(_) => reader.read(site, far, job)?,
        }
        if let Some(end) = reader.ended.take() {
            return Ok(end);
        }
    }
    Ok(lost)
}
