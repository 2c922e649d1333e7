//! One gate on one commit: looked up, or run in a clean slot of its own.

use std::sync::Arc;
use std::time::Duration;

use super::attempt::{blocking, disk_full, end_of_file, one_line};
use super::fence::{self, Inside};
use super::site::{Place, Site};
use super::slot::{self, Purpose};
use crate::gate::{self, Cache, Cached, Evidence, Judged};
use crate::git;
use crate::journal::{Event, Subject};
use crate::model::{CommandSpec, GateDef, Limits, Oid, Result, Stdin, Verdict};
use crate::process::{self, End, StopSignal};

/// Output that is looked at for findings, bytes from the end: errors stand there, and a log may be gigabytes.
const LOOKED_AT: u64 = 256 << 10;

/// What a check depends on.
#[derive(Debug, Clone)]
pub struct CheckJob {
    /// What is judged.
    pub subject: Subject,
    /// The gate.
    pub gate: GateDef,
    /// The commit to check out.
    pub commit: Oid,
    /// What its changes are counted from.
    pub base: Oid,
    /// The slot.
    pub slot: String,
    /// Asks it to end.
    pub stop: StopSignal,
}

/// A verdict on its way to the core.
struct Answer {
    judged: Judged,
    seconds: f64,
    cached: bool,
    log: String,
}

impl Answer {
    fn at_once(judged: Judged, cached: bool, seconds: f64) -> Answer {
        Answer { judged, seconds, cached, log: String::new() }
    }
}

/// Runs a check and tells the core. A check that is stopped tells nothing: its intent stays open, `resume` repeats it.
pub async fn run(site: Arc<Site>, job: CheckJob) {
    let tree = match site.repo.tree_of(&job.commit) {
        Ok(tree) => tree,
        Err(error) => return tell(&site, job, None, Answer::at_once(Judged::unchecked(one_line(&error)), false, 0.0)),
    };
    let answer = perform(&site, &job, &tree).await;
    let answer = answer.unwrap_or_else(|error| Answer::at_once(Judged::unchecked(one_line(&error)), false, 0.0));
    if !answer.judged.verdict.lets_through() && site.is_disk_full() {
        return site.broken(disk_full(format!("running the gate `{}`", job.gate.name)));
    }
    if !job.stop.is_asked() || answer.judged.verdict.lets_through() {
        tell(&site, job, Some(tree), answer);
    }
}

fn tell(site: &Site, job: CheckJob, tree: Option<Oid>, answer: Answer) {
    site.tell(Event::Judged {
        subject: job.subject,
        gate: job.gate.name,
        tree: tree.unwrap_or(job.commit),
        verdict: answer.judged.verdict,
        reason: answer.judged.reason,
        findings: answer.judged.findings,
        seconds: answer.seconds,
        cached: answer.cached,
        log: answer.log,
    });
}

async fn perform(site: &Arc<Site>, job: &CheckJob, tree: &Oid) -> Result<Answer> {
    if let Some(reason) = not_applicable(site, job)? {
        let judged = Judged { verdict: Verdict::NotApplicable, reason, findings: Vec::new() };
        return Ok(Answer::at_once(judged, false, 0.0));
    }
    let path = site.env.get("PATH").map(String::as_str).unwrap_or_default();
    let key = Cache::key(tree, &job.gate, &site.info.options.worktree, path);
    if let Some(kept) = site.cache.get(&key) {
        let judged = Judged { verdict: Verdict::Pass, reason: String::new(), findings: Vec::new() };
        return Ok(Answer::at_once(judged, true, kept.seconds));
    }
    let purpose = Purpose::Gate { commit: job.commit.clone() };
    let ready = blocking(site, {
        let slot = job.slot.clone();
        move |site| slot::prepare(site, &slot, &purpose)
    })
    .await??;
    let log = log_of(job);
    slot::set_up(site, &ready, &job.base, false, &format!("{log}.setup"), job.stop.clone()).await?;
    let file = site.log(&log).map_err(|e| crate::model::Error::failed("making a gate's log", e))?;
    let spec = fence::around(site, &ready, command(site, job, &ready, &file), Inside::Tool)?;
    let ended = process::run(&spec, &site.marker, job.stop.clone(), |_| {}).await;
    let judged = blocking(site, {
        let (job, slot, end) = (job.clone(), ready.slot.clone(), ended.end.clone());
        move |site| judge(site, &job, &slot, &end, &file)
    })
    .await?;
    let seconds = ended.wall.as_secs_f64();
    if judged.verdict == Verdict::Pass {
        site.cache.put(&key, &Cached { gate: job.gate.name.to_string(), tree: tree.clone(), seconds });
    }
    Ok(Answer { judged, seconds, cached: false, log })
}

/// Why the gate does not concern this change: none of its `paths` was touched.
fn not_applicable(site: &Site, job: &CheckJob) -> Result<Option<String>> {
    if job.gate.paths.is_empty() {
        return Ok(None);
    }
    let mut set = globset::GlobSetBuilder::new();
    for glob in &job.gate.paths {
        let glob = globset::Glob::new(glob);
        set.add(
            glob.map_err(|e| crate::model::Error::failed(format!("reading `paths` of gate `{}`", job.gate.name), e))?,
        );
    }
    let set = set.build().map_err(|e| crate::model::Error::failed("reading a gate's paths", e))?;
    let changes = site.repo.changed(&job.base, &job.commit)?;
    let touched = changes
        .iter()
        .any(|change| set.is_match(&change.path) || change.old_path.as_ref().is_some_and(|old| set.is_match(old)));
    Ok((!touched).then(|| format!("nothing below {} changed", job.gate.paths.join(", "))))
}

fn log_of(job: &CheckJob) -> String {
    let gate = &job.gate.name;
    match &job.subject {
        Subject::Attempt(attempt) => format!("{}/gate-{gate}.log", crate::journal::RunPaths::attempt_logs(attempt)),
        Subject::Batch { batch, layer } => format!("logs/train/batch-{batch}-layer-{layer}-{gate}.log"),
        Subject::Layer { layer, commit } => format!("logs/train/layer-{layer}-{}-{gate}.log", commit.short()),
        Subject::Final(commit) => format!("logs/train/final-{}-{gate}.log", commit.short()),
    }
}

fn command(site: &Site, job: &CheckJob, ready: &slot::Ready, log: &std::path::Path) -> CommandSpec {
    let attempt = if let Subject::Attempt(attempt) = &job.subject { Some(attempt) } else { None };
    let place =
        Place { worktree: &ready.slot.path, tmp: &ready.tmp, port: ready.port, base: job.base.as_str(), attempt };
    CommandSpec {
        program: "sh".to_owned(),
        args: vec!["-c".to_owned(), job.gate.run.clone()],
        cwd: ready.slot.path.clone(),
        env: site.environment(&place, &[]),
        stdin: Stdin::None,
        log: log.to_owned(),
        limits: Limits { wall: Some(Duration::from_secs(job.gate.timeout)), ..Limits::default() },
    }
}

fn judge(site: &Site, job: &CheckJob, slot: &git::Slot, end: &End, log: &std::path::Path) -> Judged {
    let disturbed = match git::disturbed(&site.repo, slot, &job.commit) {
        Ok(disturbed) => disturbed,
        Err(error) => Some(one_line(&error)),
    };
    let root = slot.path.clone();
    let is_file = move |path: &str| path.parse::<crate::model::RepoPath>().is_ok() && root.join(path).is_file();
    let output = end_of_file(log, LOOKED_AT);
    gate::judge(&job.gate, &Evidence { end, output: &output, disturbed, is_file: &is_file })
}
