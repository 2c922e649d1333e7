//! What came of a job, as the hub tells: events that are passed on, logs that grow here as they grew there, refs that get their
//! names here before anybody hears of them.

use std::os::unix::fs::FileExt;
use std::time::Instant;

use super::far_job::{FarVerdict, FarWord, may_tell};
use super::far_site::FarSite;
use super::far_work::FarWork;
use super::hub_refs;
use crate::git;
use crate::journal::{AttemptOutcome, Event, FailClass, RunPaths};
use crate::model::{AttemptId, Error, Oid, Result};
use crate::run::run_env::RunEnv;
use crate::run::work::job::{AttemptJob, fail};

/// The words of a beat.
pub const TOLD: &str = "told";
/// Folder of a beat with what is new of logs, each by its name, an `@`, and where it begins.
pub const LOGS: &str = "logs";

/// How an attempt ended there, as was told.
#[derive(Debug, Clone, PartialEq)]
pub struct FarEnd {
    /// How.
    pub outcome: AttemptOutcome,
    /// Work that is no part of it.
    pub salvage: Option<Oid>,
    /// Largest resident set of one of its processes, bytes.
    pub max_rss: u64,
}

/// Reads what a piece of work tells.
#[derive(Debug, Clone)]
pub struct HubReader {
    /// What it is.
    work: FarWork,
    /// Folder of its logs, relative to the run's.
    logs: String,
    /// The commit with the job.
    claim: Oid,
    /// The last commit of the chain that was read.
    upto: Oid,
    /// Whether anything came since the claim.
    pub heard: bool,
    /// How an attempt ended, once it says so.
    pub ended: Option<FarEnd>,
    /// What a gate's commands came to, once that is told.
    pub judged: Option<FarVerdict>,
    /// Why the place cannot go on.
    pub broken: Option<String>,
    /// Why the place will not do it.
    pub refused: Option<String>,
}

impl HubReader {
    /// Of a job that was just laid down; `logs` is the folder of its logs, relative to the run's.
    pub fn new(work: &FarWork, logs: &str, claim: &Oid) -> HubReader {
        HubReader {
            work: work.clone(),
            logs: logs.to_owned(),
            claim: claim.clone(),
            upto: claim.clone(),
            heard: false,
            ended: None,
            judged: None,
            broken: None,
            refused: None,
        }
    }

    /// Of an attempt that was read before: its end may have been, without being taken in.
    ///
    /// # Errors
    /// What was read cannot be read any more.
    pub fn again(site: &RunEnv, far: &FarSite, attempt: &AttemptId, (claim, upto): (&Oid, &Oid)) -> Result<HubReader> {
        let (work, logs) = (FarWork::Attempt(attempt.clone()), RunPaths::attempt_logs(attempt));
        let mut reader = HubReader { upto: upto.clone(), heard: upto != claim, ..HubReader::new(&work, &logs, claim) };
        for beat in site.repo.chain(Some(claim), upto)? {
            let words = words(site, &beat)?;
            words.into_iter().filter(tells_end).for_each(|word| reader.hear(site, far, word));
        }
        Ok(reader)
    }

    /// Reads on.
    ///
    /// # Errors
    /// The hub does not answer.
    pub fn read(&mut self, site: &RunEnv, far: &FarSite) -> Result<()> {
        let (run, asked) = (&site.info.run, Instant::now());
        far.fetch(&mut far.line(), &site.repo, run, asked)?;
        let Some(tip) = site.repo.read_ref(&self.work.lease(run))? else { return Ok(()) };
        if tip == self.upto || !site.repo.is_ancestor(&self.upto, &tip)? {
            return Ok(());
        }
        keep_what_was_left(site, &self.work)?;
        for beat in site.repo.chain(Some(&self.upto), &tip)? {
            self.heard = true;
            write_logs(site, &self.logs, &beat)?;
            words(site, &beat)?.into_iter().for_each(|word| self.hear(site, far, word));
        }
        git::force_refs(&site.repo, &[(self.work.read_upto(run), tip.clone())])?;
        self.upto = tip;
        Ok(())
    }

    /// The last commit of the chain that was read.
    pub fn upto(&self) -> &Oid {
        &self.upto
    }

    /// Whether it came to its end, and that was told.
    pub fn is_over(&self) -> bool {
        self.ended.is_some() || self.judged.is_some()
    }

    fn hear(&mut self, site: &RunEnv, far: &FarSite, word: FarWord) {
        let event = match word {
            FarWord::Broken(why) => {
                self.broken = Some(why);
                return;
            }
            FarWord::Refused(why) => {
                self.refused = Some(why);
                return;
            }
            FarWord::Judged(text, signature) => return self.judge(site, far, &text, &signature),
            FarWord::Happened(event) => *event,
        };
        match (event, &self.work) {
            (Event::AttemptEnded { attempt, outcome, salvage, max_rss, .. }, FarWork::Attempt(of))
                if attempt == *of =>
            {
                self.ended = Some(FarEnd { outcome, salvage, max_rss });
            }
            (event, FarWork::Attempt(of)) if may_tell(&event, of) => site.tell(event),
            (event @ Event::Noticed { attempt: None, .. }, FarWork::Check(_)) => site.tell(event),
            (event, _) => tracing::warn!(?event, work = %self.work, "a far host told what is not its to tell"),
        }
    }

    /// A verdict counts if whoever was given the job has signed it.
    fn judge(&mut self, site: &RunEnv, far: &FarSite, text: &str, signature: &str) {
        let about = about_verdict(&self.work.lease(&site.info.run), &far.options.hub, &self.claim);
        let verdict = serde_json::from_str::<FarVerdict>(text);
        match (far.key.is_signed(&about, text.as_bytes(), signature), verdict) {
            (true, Ok(verdict)) if matches!(self.work, FarWork::Check(_)) => self.judged = Some(verdict),
            (true, _) => self.broken = Some("its verdict cannot be read".to_owned()),
            (false, _) => self.broken = Some("a verdict came that its host did not sign; it does not count".to_owned()),
        }
    }
}

/// What a verdict's signature is about: the job, so that the verdict on another one cannot be put in its place.
pub fn about_verdict(lease: &str, hub: &str, claim: &Oid) -> String {
    format!("verdict of {claim}, {lease} in {hub}")
}

fn tells_end(word: &FarWord) -> bool {
    matches!(word, FarWord::Happened(event) if matches!(**event, Event::AttemptEnded { .. }))
}

/// The words of a beat; lines that this program does not understand are passed over.
fn words(site: &RunEnv, beat: &Oid) -> Result<Vec<FarWord>> {
    if !site.repo.message_files(beat)?.iter().any(|file| file == TOLD) {
        return Ok(Vec::new());
    }
    let text = site.repo.message_file(beat, TOLD)?;
    Ok(text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect())
}

/// Writes what is new of logs where it belongs. Names come from another machine: plain ones only.
fn write_logs(site: &RunEnv, folder: &str, beat: &Oid) -> Result<()> {
    for path in site.repo.message_files(beat)? {
        let Some((name, at)) = path.strip_prefix(LOGS).and_then(|rest| rest.strip_prefix('/')?.rsplit_once('@')) else {
            continue;
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let Some(at) = at.parse::<u64>().ok().filter(|_| name.chars().all(plain) && !name.starts_with('.')) else {
            continue;
        };
        let bytes = site.repo.message_file(beat, &path)?;
        let doing = |e: std::io::Error| Error::failed(format!("writing the log `{folder}/{name}`"), e);
        let file = site.log(&format!("{folder}/{name}")).map_err(doing)?;
        let file = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(file).map_err(doing)?;
        file.write_all_at(&bytes, at).map_err(doing)?;
    }
    Ok(())
}

/// Gives what attempts of a task left in the hub, as it was fetched last, the names that it would have had here. A gate
/// leaves nothing.
///
/// # Errors
/// Git cannot write refs.
pub fn keep_what_was_left(site: &RunEnv, work: &FarWork) -> Result<()> {
    let FarWork::Attempt(AttemptId { task, .. }) = work else { return Ok(()) };
    let run = &site.info.run;
    let prefix = work.prefix(run);
    let named = |(name, oid): (String, Oid)| {
        let (n, what) = name.strip_prefix(&prefix)?.split_once('/')?;
        let id = AttemptId { task: task.clone(), n: n.parse().ok()? };
        Some((hub_refs::here(run, &id, what)?, oid))
    };
    let mut refs: Vec<(String, Oid)> = site.repo.list_refs(&prefix)?.into_iter().filter_map(named).collect();
    refs.retain(|(name, oid)| site.repo.read_ref(name).ok().flatten().as_ref() != Some(oid));
    git::force_refs(&site.repo, &refs)
}

/// What an end that was told amounts to, held against what git has here: nobody's word counts.
///
/// # Errors
/// Git cannot read.
pub fn judged(site: &RunEnv, job: &AttemptJob, end: FarEnd) -> Result<FarEnd> {
    let there = |commit: &Oid| site.repo.tree_of(commit).is_ok();
    let wrong = match &end.outcome {
        AttemptOutcome::Committed { commit, tree, .. } => committed_wrongly(site, job, commit, tree)?,
        AttemptOutcome::NoChange { commit, .. } => {
            (*commit != job.base).then(|| "another commit than its base".to_owned())
        }
        AttemptOutcome::Failed { .. } => None,
    };
    let salvage = end.salvage.filter(there);
    let outcome = match wrong {
        Some(what) => fail(FailClass::Retryable, format!("what came back from elsewhere is not what was told: {what}")),
        None => end.outcome,
    };
    Ok(FarEnd { outcome, salvage, max_rss: end.max_rss })
}

fn committed_wrongly(site: &RunEnv, job: &AttemptJob, commit: &Oid, tree: &Oid) -> Result<Option<String>> {
    let kept = site.repo.read_ref(&crate::integrate::names::attempt(&site.info.run, &job.attempt))?;
    if kept.as_ref() != Some(commit) && !kept.is_some_and(|kept| site.repo.tree_of(&kept).is_ok_and(|it| it == *tree)) {
        return Ok(Some("its commit is not there".to_owned()));
    }
    let Ok(found) = site.repo.tree_of(commit) else { return Ok(Some("its commit cannot be read".to_owned())) };
    if found != *tree {
        return Ok(Some("its commit has another tree".to_owned()));
    }
    Ok((!site.repo.is_ancestor(&job.base, commit)?).then(|| "its commit does not build on its base".to_owned()))
}
