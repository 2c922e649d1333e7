//! A gate whose commands run elsewhere. Where its place is lost it is asked again at another; what nobody could tell is
//! unchecked, never a pass.

use std::sync::Arc;
use std::time::Instant;

use super::claim;
use super::far_job::{FarCheck, FarTask, FarVerdict};
use super::far_site::FarSite;
use super::far_work::FarWork;
use super::hosts::StayEnd;
use super::look::HubReader;
use super::order::Parcel;
use super::visit::{Stay, Visit};
use crate::gate::{Diff, Judged};
use crate::journal::Subject;
use crate::model::{Oid, Result, Verdict};
use crate::run::judging::job::CheckJob;
use crate::run::judging::rounds::{self, Rounds};
use crate::run::run_env::RunEnv;

/// How often a gate is asked whose place was lost.
const ASKED: u32 = 3;

/// Runs what a gate asks for on another machine; none where everything is to run here from now on.
///
/// # Errors
/// Git cannot read or write here.
pub async fn judge_there(
    site: &Arc<RunEnv>,
    far: &Arc<FarSite>,
    job: &CheckJob,
    diff: &Arc<Diff>,
) -> Result<Option<Rounds>> {
    let folder = rounds::log_folder(job);
    let parcel = Parcel {
        work: FarWork::of_check(&job.subject, &job.gate.name),
        log: format!("{folder}/far-{}.log", job.gate.name),
        variables: Vec::new(),
        longest: None,
    };
    let attempt = match &job.subject {
        Subject::Attempt(attempt) | Subject::Phase(attempt) => Some(attempt.clone()),
        _ => None,
    };
    let words = format!("the gate `{}` on {}", job.gate.name, job.commit.short());
    let visit = Visit { site, far, parcel, attempt, words, stop: job.stop.below() };
    let asked = CheckThere { visit, job, diff, folder };
    let rounds = {
        let working = asked.see_through();
        tokio::pin!(working);
        tokio::select! {
            rounds = &mut working => rounds?,
            () = site.at_home.due() => {
                asked.visit.stop.now();
                working.await?
            }
        }
    };
    asked.clear().await;
    let taken_back = site.at_home.is_asked() && !job.stop.is_asked() && rounds.judged.verdict == Verdict::Unchecked;
    Ok((!taken_back).then_some(rounds))
}

struct CheckThere<'a> {
    visit: Visit<'a>,
    job: &'a CheckJob,
    diff: &'a Arc<Diff>,
    folder: String,
}

impl CheckThere<'_> {
    async fn see_through(&self) -> Result<Rounds> {
        let mut lost = Vec::new();
        while lost.len() < ASKED as usize {
            let Some(host) = self.visit.place().await else { return Ok(self.unasked()) };
            let on_the_way = self.visit.far.set_out(&host);
            let Some(claim) = self.claimed().await? else {
                self.visit.give_back(&host, &StayEnd::Fine);
                return Ok(self.unasked());
            };
            let reader = HubReader::new(&self.visit.parcel.work, &self.folder, &claim);
            let stay = self.visit.stay(&host, &claim, (reader, on_the_way)).await?;
            let name = self.visit.far.name_of(&host);
            match stay {
                Stay::Over(mut reader) => {
                    self.visit.give_back(&host, &StayEnd::Fine);
                    match reader.judged.take().filter(|verdict| verdict.commit == self.job.commit) {
                        Some(verdict) => return Ok(taken_in(verdict)),
                        None => lost.push(format!("{name}: it judged something else")),
                    }
                }
                Stay::NotTaken(why, end) => {
                    self.visit.notice(format!("{name} did not take {}: {why}", self.visit.words));
                    self.visit.give_back(&host, &end);
                }
                Stay::Lost(why) => {
                    self.visit.lose(&host);
                    self.visit.notice(format!("{name} lost {}: {why}", self.visit.words));
                    lost.push(format!("{name}: {why}"));
                }
                Stay::Stopped => {
                    self.visit.give_back(&host, &StayEnd::Fine);
                    return Ok(of(Judged::unchecked("it was stopped")));
                }
            }
        }
        let why = lost.join("; ");
        Ok(of(Judged::unchecked(format!("it was lost {ASKED} times where it runs: {why}"))))
    }

    async fn claimed(&self) -> Result<Option<Oid>> {
        let (job, clashes) = (self.job.clone(), self.diff.clashes.clone());
        let work = self.visit.parcel.work.clone();
        let lay_down = move |site: &RunEnv, far: &FarSite| {
            let what = FarCheck {
                subject: job.subject.clone(),
                gate: job.gate.clone(),
                commit: job.commit.clone(),
                base: job.base.clone(),
                task: job.task.clone(),
                expected_red: job.expected_red.clone(),
                known_red: job.known_red.clone(),
                clashes: clashes.clone(),
            };
            let needed = [&job.commit, &job.base, &site.info.base];
            claim::lay_down(site, far, &work, &needed, FarTask::Check(Box::new(what)))
        };
        self.visit.claimed(lay_down).await
    }

    /// Nobody was asked: the gate or the run is to end, and this is no answer.
    fn unasked(&self) -> Rounds {
        if !self.visit.site.at_home.is_asked() {
            self.job.stop.now();
        }
        of(Judged::unchecked("nobody could be asked"))
    }

    /// Whoever still works on it has lost the lease with that.
    async fn clear(&self) {
        let work = self.visit.parcel.work.clone();
        let done = self.visit.blocking(move |site, far| {
            far.fetch(&mut far.line(), &site.repo, &site.info.run, Instant::now())?;
            claim::clear(site, far, &work)
        });
        if let Err(error) = done.await {
            tracing::warn!(%error, "what a gate left in the hub stays there");
        }
    }
}

fn of(judged: Judged) -> Rounds {
    Rounds { judged, seconds: 0.0, log: String::new() }
}

fn taken_in(verdict: FarVerdict) -> Rounds {
    let FarVerdict { verdict, reason, findings, measured, seconds, log, commit: _ } = verdict;
    Rounds { judged: Judged { verdict, reason, findings, measured }, seconds, log }
}
