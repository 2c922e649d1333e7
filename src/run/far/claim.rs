//! A job laid down in the hub, for one host to take.

use std::time::Instant;

use super::far_job::{FarAttempt, FarJob, FarTask, VERSION};
use super::far_site::FarSite;
use super::far_work::FarWork;
use super::look;
use crate::git::{self, HubRef, Pushed};
use crate::model::{Error, Oid, Result};
use crate::run::run_env::RunEnv;
use crate::run::symbol_lines;
use crate::run::work::job::AttemptJob;
use crate::run::work::prompt;

/// How often a lease that moves under our hands is taken anew.
const TRIES: usize = 5;

/// The files of a claim.
pub const JOB: &str = "job";
/// The run's settings.
pub const INFO: &str = "info";
/// The signature under both.
pub const SIGNATURE: &str = "signature";

/// What is signed: both texts, and where one ends.
pub fn signed_bytes(job: &[u8], info: &[u8]) -> Vec<u8> {
    [&(job.len() as u64).to_le_bytes(), job, info].concat()
}

/// What the signature is about: the name that the lease has, so that no job of another task can be put in its place.
pub fn about(lease: &str, hub: &str) -> String {
    format!("{lease} in {hub}")
}

/// Lays a job down in the hub and takes its lease for whoever will do it. Whoever had it before has lost it; what was left
/// under it is kept first. `needed` are the commits that it needs there. Gives the commit of the claim.
///
/// # Errors
/// The hub does not answer.
pub fn lay_down(site: &RunEnv, far: &FarSite, work: &FarWork, needed: &[&Oid], what: FarTask) -> Result<Oid> {
    let (run, hub) = (&site.info.run, far.options.hub.as_str());
    let files = claim_files(site, far, work, what)?;
    let lease = work.lease(run);
    let claim = site.repo.commit_message_files(&work.read_upto(run), None, &format!("claim {work}"), &files)?;
    let needed: Vec<HubRef> =
        needed.iter().enumerate().map(|(n, commit)| HubRef::put(work.needed(run, n), commit)).collect();
    let (mut why, mut asked) = (String::new(), Instant::now());
    let mut line = far.line();
    for _ in 0..TRIES {
        far.fetch(&mut line, &site.repo, run, asked)?;
        asked = Instant::now();
        look::keep_what_was_left(site, work)?;
        let before = site.repo.read_ref(&lease)?;
        let refs: Vec<HubRef> =
            std::iter::once(HubRef::lease(&lease, before.as_ref(), &claim)).chain(needed.iter().cloned()).collect();
        why = match site.repo.push_to_hub(hub, &refs)? {
            Pushed::Done => return Ok(claim),
            Pushed::Refused(why) => why,
            Pushed::Unreachable(why) => return Err(Error::failed(format!("pushing to the hub `{hub}`"), why)),
        };
    }
    Err(Error::failed(format!("taking the lease of {work} in the hub `{hub}`"), why))
}

/// As [`lay_down`], for an attempt.
///
/// # Errors
/// As [`lay_down`], or the prompt cannot be made.
pub fn lay_down_attempt(site: &RunEnv, far: &FarSite, job: &AttemptJob) -> Result<Oid> {
    let prompt_file = site.paths.prompt_file(&job.attempt);
    let resumes = job.intended.resume.is_some();
    let symbols = if resumes { Vec::new() } else { symbol_lines::told(site, &job.task, &job.base) };
    prompt::write_prompt(site, &job.task, &job.intended, &job.earlier, resumes, &symbols, &prompt_file)?;
    let read = |path: &std::path::Path| {
        std::fs::read_to_string(path).map_err(|e| Error::failed(format!("reading `{}`", path.display()), e))
    };
    let needed = [Some(&job.start), Some(&job.base), job.side.as_ref(), job.intended.merge.as_ref().map(|it| &it.with)];
    let needed: Vec<&Oid> = needed.into_iter().flatten().collect();
    let what = FarTask::Attempt(Box::new(FarAttempt {
        intended: job.intended.clone(),
        session_used: job.session_used,
        side: job.side.clone(),
        prompt: read(&prompt_file)?,
        complete: read(&site.paths.task_file(&job.attempt.task))?,
    }));
    lay_down(site, far, &FarWork::Attempt(job.attempt.clone()), &needed, what)
}

fn claim_files(site: &RunEnv, far: &FarSite, work: &FarWork, what: FarTask) -> Result<Vec<(String, Vec<u8>)>> {
    let described = FarJob {
        version: VERSION.to_owned(),
        identity: site.repo.identity_here()?,
        home: site.env.get("HOME").cloned().unwrap_or_default(),
        what,
    };
    let doing = "writing down a job";
    let job_text = serde_json::to_vec(&described).map_err(|e| Error::failed(doing, e))?;
    let info = serde_json::to_vec(&*site.info).map_err(|e| Error::failed(doing, e))?;
    let about = about(&work.lease(&site.info.run), &far.options.hub);
    let signature = far.key.sign(&about, &signed_bytes(&job_text, &info));
    Ok(vec![(JOB.to_owned(), job_text), (INFO.to_owned(), info), (SIGNATURE.to_owned(), signature.into_bytes())])
}

/// The claim of an attempt that was handed over before this program began, and how far it was read; none where it was not.
///
/// # Errors
/// What was read cannot be read any more.
pub fn earlier(site: &RunEnv, work: &FarWork) -> Result<Option<(Oid, Oid)>> {
    let Some(upto) = site.repo.read_ref(&work.read_upto(&site.info.run))? else { return Ok(None) };
    let first = site.repo.chain(None, &upto)?.into_iter().next();
    Ok(first.map(|claim| (claim, upto)))
}

/// Takes everything of a piece of work out of the hub, where it is as it was seen last. Nothing is lost: it is kept here.
pub fn clear(site: &RunEnv, far: &FarSite, work: &FarWork) -> Result<()> {
    let run = &site.info.run;
    let _line = far.line();
    let mirrored = site.repo.list_refs(&work.prefix(run))?;
    let gone =
        mirrored.iter().map(|(name, oid)| HubRef { name: name.clone(), to: None, expected: Some(Some(oid.clone())) });
    let gone: Vec<HubRef> = gone.collect();
    if !gone.is_empty()
        && let refused @ (Pushed::Refused(_) | Pushed::Unreachable(_)) =
            site.repo.push_to_hub(&far.options.hub, &gone)?
    {
        tracing::warn!(?refused, %work, "what it left in the hub stays there");
        return Ok(());
    }
    let upto = work.read_upto(run);
    let upto = site.repo.read_ref(&upto)?.map(|oid| (upto, oid));
    Ok(git::delete_refs(&site.repo, &mirrored.into_iter().chain(upto).collect::<Vec<_>>())?)
}
