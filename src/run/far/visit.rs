//! A piece of work at hosts: one is chosen, gets the work, and is listened to until it is over or lost there.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::far_site::FarSite;
use super::gathering::OnTheWay;
use super::hosts::{HostChoice, StayEnd};
use super::look::HubReader;
use super::order::{self, Parcel};
use crate::executor;
use crate::journal::Event;
use crate::model::{AttemptId, Error, ErrorKind, Oid, Result};
use crate::process::{End, Extras, StopSignal};
use crate::run::run_env::RunEnv;
use crate::run::worker::blocking;

/// Between two looks into the hub while the work runs.
const LOOK: Duration = Duration::from_secs(1);
/// Between two tries while the hub does not answer.
const RETRY: Duration = Duration::from_secs(2);
/// How long a place may take to end what is taken back.
const TAKING_BACK: Duration = Duration::from_secs(15);
/// How long the end of work that was stopped is looked for.
const FAREWELL: Duration = Duration::from_secs(6);

/// What a stay at a host came to.
pub enum Stay {
    /// The work is over, as was read.
    Over(Box<HubReader>),
    /// The host did not take it: why, and what that says of the host.
    NotTaken(String, StayEnd),
    /// The host had it, and lost it.
    Lost(String),
    /// Somebody asked it to end, and nothing more came of it.
    Stopped,
}

/// A piece of work on its way to hosts.
pub struct Visit<'a> {
    /// The run.
    pub site: &'a Arc<RunEnv>,
    /// Where it goes.
    pub far: &'a Arc<FarSite>,
    /// The work.
    pub parcel: Parcel,
    /// The attempt that it is, or is about.
    pub attempt: Option<AttemptId>,
    /// The work in words.
    pub words: String,
    /// Asks it to end.
    pub stop: StopSignal,
}

impl Visit<'_> {
    /// A host with a free place, waited for; none where there will be none, or the work is to end.
    pub async fn place(&self) -> Option<String> {
        loop {
            if self.stop.is_asked() {
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
        let doing = format!("looking for a host to run {} on", self.words);
        Error::new(ErrorKind::Environment, doing, why)
            .hint(format!("git orca doctor --executor {}", self.far.options.executor))
            .hint("git orca resume")
    }

    /// The claim in the hub that `lay_down` makes; none where the hub does not answer for too long, or the work is to end.
    ///
    /// # Errors
    /// The worker ended.
    pub async fn claimed(
        &self,
        lay_down: impl Fn(&RunEnv, &FarSite) -> Result<Oid> + Clone + Send + 'static,
    ) -> Result<Option<Oid>> {
        let since = Instant::now();
        loop {
            match self.blocking(lay_down.clone()).await {
                Ok(claim) => return Ok(Some(claim)),
                Err(error) if since.elapsed().as_secs() >= self.far.options.patience => {
                    let doctor = format!("git orca doctor --executor {}", self.far.options.executor);
                    self.site.broken(error.hint(doctor).hint("git orca resume"));
                    return Ok(None);
                }
                Err(_) if self.stop.is_asked() => return Ok(None),
                Err(error) => {
                    tracing::warn!(%error, work = self.words, "the hub is asked again");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    /// One stay at a host, from handing over to what came of it. What is `on_the_way` may be handed over with other work.
    ///
    /// # Errors
    /// The worker ended.
    pub async fn stay(
        &self,
        host: &str,
        claim: &Oid,
        (mut reader, on_the_way): (HubReader, Option<OnTheWay>),
    ) -> Result<Stay> {
        if reader.is_over() {
            return Ok(Stay::Over(Box::new(reader)));
        }
        let (work, errand) = match order::order(self.site, self.far, &self.parcel, host, claim) {
            Ok(order) => order,
            Err(error) => return Ok(Stay::NotTaken(error.cause.clone(), StayEnd::Refused(error.cause))),
        };
        let work = match on_the_way {
            Some(on_the_way) => {
                self.far.gathering.handed_over(work, on_the_way, self.far.executor, &self.site.marker).await
            }
            None => work,
        };
        // It is open once the command runs, and nobody else needs it.
        let started = move |_| drop(errand);
        let (stop, marker) = (self.stop.clone(), self.site.marker.clone());
        let performing = executor::perform(self.far.executor, work, &marker, stop, started, Extras::default());
        // Whoever is taken home does not wait for a place that gives no answer.
        let home = async {
            self.site.at_home.due().await;
            tokio::time::sleep(TAKING_BACK).await;
        };
        tokio::pin!(performing, home);
        let ended = loop {
            tokio::select! {
                ended = &mut performing => break ended,
                () = &mut home => return Ok(Stay::Stopped),
                () = tokio::time::sleep(LOOK) => {
                    reader = self.read(reader).await?.0;
                    if reader.is_over() {
                        return Ok(Stay::Over(Box::new(reader)));
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
            if reader.is_over() {
                return Ok(Stay::Over(Box::new(reader)));
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
            .blocking(move |site, far| {
                let read = reader.read(site, far);
                Ok((reader, read))
            })
            .await?;
        if let Err(error) = &read {
            tracing::warn!(%error, work = self.words, "the hub is asked again");
        }
        Ok((reader, read.err()))
    }

    /// Says something of the work.
    pub fn notice(&self, what: String) {
        self.site.tell(Event::Noticed { attempt: self.attempt.clone(), what });
    }

    /// The place at a host is free again.
    pub fn give_back(&self, host: &str, end: &StayEnd) {
        let rest = self.far.hosts().give_back(host, end, Instant::now());
        if let Some(rest) = rest {
            self.notice(format!("{} is left alone for {} s", self.far.name_of(host), rest.as_secs()));
        }
    }

    /// A host lost the work. A queue that lost a node has others.
    pub fn lose(&self, host: &str) {
        self.give_back(host, if host.is_empty() { &StayEnd::Fine } else { &StayEnd::Failed });
    }

    /// Work of git's, which blocks.
    ///
    /// # Errors
    /// As `work`, or the worker ended.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&RunEnv, &FarSite) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let far = Arc::clone(self.far);
        blocking(self.site, move |site| work(site, &far)).await?
    }
}
