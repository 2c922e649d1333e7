//! The rounds of a gate: each probe in a clean worktree of exactly its tree, then the judgement, until there is one.

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::Semaphore;

use super::checkout;
use super::job::CheckJob;
use crate::gate::reports::{self, Report};
use crate::gate::{self, Diff, Evidence, Judged, OUTPUT, On, Probe, Step, is_lock};
use crate::git::{self, Baseline};
use crate::journal::{RunPaths, Subject};
use crate::model::{CommandSpec, Error, GateKind, Limits, Oid, ReportSpec, Result, Stdin};
use crate::process::{End, Ended};
use crate::run::gate_place::with_values;
use crate::run::run_env::{Place, RunEnv};
use crate::run::work::fence::{self, Inside};
use crate::run::work::ready::Ready;
use crate::run::work::setup::{self, SetUpFor};
use crate::run::work::slot::{self, Purpose};
use crate::run::work::sparse;
use crate::run::worker::{blocking, end_of_file, one_line};

/// Output that is looked at for findings, bytes from the end: errors stand there, and a log may be gigabytes.
const LOOKED_AT: u64 = 256 << 10;

/// A judgement, and what it took.
pub struct Rounds {
    /// The judgement.
    pub judged: Judged,
    /// Wall time, seconds: of commands side by side that of the longest.
    pub seconds: f64,
    /// Output of the first command, relative to the run's folder; empty when there was none.
    pub log: String,
}

/// Runs what the gate asks for until it judges.
///
/// # Errors
/// A worktree cannot be made ready.
pub async fn perform(site: &Arc<RunEnv>, job: &CheckJob, diff: &Arc<Diff>) -> Result<Rounds> {
    let mut evidence: Vec<(Probe, Evidence)> = Vec::new();
    let mut judged = None;
    let mut seconds = 0.0;
    for _ in 0..gate::MAX_ROUNDS {
        let probes = match gate::judge(&job.gate, diff, &evidence) {
            Step::Done(done) => {
                judged = Some(done);
                break;
            }
            Step::More(probes) => probes,
        };
        // The question where code comes from has a log of its own: the first command's has the gate's plain name.
        let asked = evidence.iter().filter(|(probe, _)| probe.label == gate::ORIGINS).count();
        let first = evidence.len() - asked;
        let numbered: Vec<(Probe, String)> = probes
            .into_iter()
            .enumerate()
            .map(|(n, probe)| {
                let log = log_of(job, &probe, first + n);
                (probe, log)
            })
            .collect();
        let began = Instant::now();
        let left = if is_parallel(job) && numbered.len() > 1 {
            together(site, job, diff, numbered).await?
        } else {
            in_turn(site, job, diff, numbered).await?
        };
        let left = with_all_memory(site, job, diff, left).await?;
        seconds += total(&left).min(began.elapsed().as_secs_f64());
        evidence.extend(left);
        if job.stop.is_asked() {
            judged = Some(Judged::unchecked("it was stopped"));
            break;
        }
    }
    Ok(Rounds {
        judged: judged.unwrap_or_else(|| Judged::unchecked(format!("no judgement after {} rounds", gate::MAX_ROUNDS))),
        seconds,
        log: first_log(&evidence),
    })
}

/// Places in which a proof runs the tests at once: what it compares are outcomes, not times.
const PLACES: usize = 3;

/// Whether the probes of a round may run side by side. What is measured may not.
fn is_parallel(job: &CheckJob) -> bool {
    job.gate.kind == GateKind::Tdd
}

type ProbesRun = Vec<(Probe, Evidence)>;

async fn in_turn(
    site: &Arc<RunEnv>,
    job: &CheckJob,
    diff: &Arc<Diff>,
    probes: Vec<(Probe, String)>,
) -> Result<ProbesRun> {
    let mut left = Vec::new();
    for (probe, log) in probes {
        if job.stop.is_asked() {
            break;
        }
        let evidence = probe_or_cached(site, job, diff, &probe, (&log, 1)).await?;
        left.push((probe, evidence));
    }
    Ok(left)
}

/// What several that ran at once left, where those that were stopped at their part of the gate's memory run once more, alone
/// and with all of it: only that says something of their trees.
async fn with_all_memory(site: &Arc<RunEnv>, job: &CheckJob, diff: &Arc<Diff>, left: ProbesRun) -> Result<ProbesRun> {
    let mut all = Vec::new();
    for (probe, left) in left {
        let may = memory(site, job, &probe, 1);
        let by_part = matches!(left.end, End::MemoryLimit(part) if may.is_none_or(|may| part < may));
        let left = match by_part && !job.stop.is_asked() {
            true => run(site, job, diff, &probe, &format!("{}.alone", left.log), 1).await?,
            false => left,
        };
        all.push((probe, left));
    }
    Ok(all)
}

/// The probes of a round, each in a place of its own, in their order.
async fn together(
    site: &Arc<RunEnv>,
    job: &CheckJob,
    diff: &Arc<Diff>,
    probes: Vec<(Probe, String)>,
) -> Result<ProbesRun> {
    let at_once = probes.len().min(PLACES);
    let names = (1..PLACES).map(|n| format!("{}-{n}", job.slot));
    let free: Arc<Mutex<Vec<String>>> = Arc::new(Mutex::new(names.rev().chain([job.slot.clone()]).collect()));
    let room = Arc::new(Semaphore::new(PLACES));
    let start = |(probe, log): (Probe, String)| {
        let (site, diff, free, room) = (Arc::clone(site), Arc::clone(diff), Arc::clone(&free), Arc::clone(&room));
        let job = job.clone();
        tokio::spawn(async move {
            let _turn = room.acquire_owned().await;
            if job.stop.is_asked() {
                return Ok(None);
            }
            let places = || free.lock().unwrap_or_else(PoisonError::into_inner);
            let slot = places().pop().unwrap_or_else(|| job.slot.clone());
            let job = CheckJob { slot, ..job };
            let evidence = probe_or_cached(&site, &job, &diff, &probe, (&log, at_once)).await;
            places().push(job.slot);
            evidence.map(|evidence| Some((probe, evidence)))
        })
    };
    let started: Vec<_> = probes.into_iter().map(start).collect();
    let mut left = Vec::new();
    for one in started {
        left.extend(one.await.map_err(|e| Error::failed("running the tests of a proof", e))??);
    }
    Ok(left)
}

/// The output of the gate's first command; of the question where code comes from, if nothing else ran.
fn first_log(evidence: &[(Probe, Evidence)]) -> String {
    let own = evidence.iter().find(|(probe, _)| probe.label != gate::ORIGINS);
    own.or(evidence.first()).map(|(_, left)| left.log.clone()).unwrap_or_default()
}

/// Wall time of all commands, seconds. A sum of nothing is `-0.0` to Rust, which people and programs would see.
fn total(evidence: &[(Probe, Evidence)]) -> f64 {
    evidence.iter().map(|(_, left)| left.preparing + left.seconds).fold(0.0, |all, one| all + one)
}

/// What a probe leaves: found out here, or by another gate that asks for the same.
async fn probe_or_cached(
    site: &Arc<RunEnv>,
    job: &CheckJob,
    diff: &Diff,
    probe: &Probe,
    (log, at_once): (&str, usize),
) -> Result<Evidence> {
    if !probe.share {
        return run(site, job, diff, probe, log, at_once).await;
    }
    let tree = site.repo.tree_of(&commit_of(diff, probe))?;
    let sparse = sparse::of_gate(site, &job.gate, diff);
    let has = (&site.info.options.worktree, sparse.as_ref(), job.gate.memory);
    let key = super::evidence::key(&tree, probe, has, &changed(diff, probe));
    site.evidence.get(&key, &job.stop, || run(site, job, diff, probe, log, at_once)).await
}

/// Files whose coverage is read.
fn changed(diff: &Diff, probe: &Probe) -> Vec<String> {
    diff.files.iter().filter(|_| probe.coverage.is_some()).map(|file| file.path.clone()).collect()
}

fn commit_of(diff: &Diff, probe: &Probe) -> Oid {
    match &probe.tree.on {
        On::Head => diff.head.clone(),
        On::Base => diff.base.clone(),
        On::Commit(commit) => commit.clone(),
    }
}

/// Memory that a probe's command may have, bytes, where so many of its gate run at once.
fn memory(site: &RunEnv, job: &CheckJob, probe: &Probe, at_once: usize) -> Option<u64> {
    let all = site.limits(probe.timeout, job.gate.memory).resident?;
    Some(all / (at_once as u64).max(1))
}

/// Runs a probe where so many of its gate run at once.
async fn run(
    site: &Arc<RunEnv>,
    job: &CheckJob,
    diff: &Diff,
    probe: &Probe,
    log: &str,
    at_once: usize,
) -> Result<Evidence> {
    let commit = commit_of(diff, probe);
    let sparse = sparse::of_gate(site, &job.gate, diff);
    let ready = blocking(site, {
        let (slot, purpose, overlay) =
            (job.slot.clone(), Purpose::Judge { commit: commit.clone(), sparse }, probe.tree.overlay.clone());
        move |site| -> Result<Ready> {
            let ready = slot::prepare(site, &slot, &purpose)?;
            checkout::lay_over(&ready.slot.path, &overlay)?;
            git::show_as_clone(&site.repo, &ready.slot, purpose.commit())?;
            Ok(ready)
        }
    })
    .await??;
    let whose = (SetUpFor::Gate, &probe.tree.overlay);
    let baseline = setup::set_up(site, &ready, &job.base, whose, &format!("{log}.setup"), job.stop.clone()).await?;
    let resident = memory(site, job, probe, at_once);
    let limits = Limits { resident, ..site.limits(probe.timeout, None) };
    let mut ran = None;
    if let Some(text) = &probe.prepare {
        ran = Some(one(site, job, &ready, limits.clone(), text, format!("{log}.build")).await?);
    }
    let preparing = ran.as_ref().map_or(0.0, |ran| ran.ended.wall.as_secs_f64());
    let prepared = ran.as_ref().is_none_or(|ran| ran.ended.end == End::Exited(0));
    let ran = match ran.filter(|_| !prepared) {
        Some(ran) => ran,
        None => {
            for report in files(probe) {
                checkout::clear_report(&ready.slot.path, &report.path)?;
            }
            one(site, job, &ready, limits, &probe.run, log.to_owned()).await?
        }
    };
    let changed = changed(diff, probe);
    blocking(site, {
        let probe = probe.clone();
        move |site| {
            let left = evidence(site, &ready.slot, &commit, &baseline, &probe, ran, &changed);
            // What ended badly is what is told of.
            Evidence { prepared, preparing: if prepared { preparing } else { 0.0 }, ..left }
        }
    })
    .await
}

/// A command that ran.
struct Ran {
    ended: Ended,
    /// Its output, relative to the run's folder.
    log: String,
    /// The same, absolute.
    file: PathBuf,
}

/// Runs shell text in a worktree, inside the fence.
async fn one(site: &RunEnv, job: &CheckJob, ready: &Ready, limits: Limits, text: &str, log: String) -> Result<Ran> {
    let file = site.log(&log).map_err(|e| Error::failed("making a gate's log", e))?;
    let spec = fence::around(site, ready, command(site, job, ready, limits, text, &file), Inside::Tool)?;
    let mut ended = site.judge(&ready.slot, spec, job.stop.clone()).await;
    ended.end = fence::seen_through(site, ended.end);
    Ok(Ran { ended, log, file })
}

/// The reports of a probe that are files of its tree.
fn files(probe: &Probe) -> impl Iterator<Item = &ReportSpec> {
    probe.report.iter().chain(&probe.coverage).filter(|report| report.path != OUTPUT)
}

fn command(site: &RunEnv, job: &CheckJob, ready: &Ready, limits: Limits, text: &str, log: &Path) -> CommandSpec {
    let attempt =
        if let Subject::Attempt(attempt) | Subject::Phase(attempt) = &job.subject { Some(attempt) } else { None };
    let place =
        Place { worktree: &ready.slot.path, tmp: &ready.tmp, port: ready.port, base: job.base.as_str(), attempt };
    let mut env = site.plain_environment(&place);
    let text = with_values(text, &mut env);
    CommandSpec {
        program: "sh".to_owned(),
        args: vec!["-c".to_owned(), text],
        cwd: ready.folder(&job.gate.folder),
        env,
        stdin: Stdin::None,
        log: log.to_owned(),
        limits,
    }
}

/// What the command left. Blocking.
fn evidence(
    site: &RunEnv,
    slot: &git::Slot,
    commit: &Oid,
    baseline: &Baseline,
    probe: &Probe,
    ran: Ran,
    changed: &[String],
) -> Evidence {
    let Ran { ended, log, file } = ran;
    let except = |path: &str| probe.tree.overlay.contains_key(path) || files(probe).any(|report| report.path == path);
    let disturbed = |except: &dyn Fn(&str) -> bool| match git::disturbed(&site.repo, slot, commit, baseline, except) {
        Ok(disturbed) => disturbed.or_else(|| checkout::differs(&slot.path, &probe.tree.overlay)),
        Err(error) => Some(one_line(&error)),
    };
    // What may be excused hides nothing that may not.
    let disturbed = disturbed(&except)
        .map(|first| disturbed(&|path| path == first || except(path)).filter(|_| is_lock(&first)).unwrap_or(first));
    let read = |spec: &ReportSpec, purpose| read(slot, spec, purpose, &file, changed);
    Evidence {
        output: end_of_file(&file, LOOKED_AT).replace(&format!("{}/", slot.path.display()), ""),
        log,
        seconds: ended.wall.as_secs_f64(),
        preparing: 0.0,
        cpu: ended.cpu.as_secs_f64(),
        max_rss: ended.max_rss,
        report: probe.report.as_ref().map(|spec| read(spec, reports::Purpose::Results)),
        coverage: probe.coverage.as_ref().map(|spec| read(spec, reports::Purpose::Coverage)),
        disturbed,
        prepared: true,
        end: ended.end,
    }
}

fn read(
    slot: &git::Slot,
    spec: &ReportSpec,
    purpose: reports::Purpose,
    log: &Path,
    changed: &[String],
) -> std::result::Result<Report, String> {
    let file = match spec.path.as_str() {
        OUTPUT => std::fs::File::open(log).map_err(|error| format!("its output cannot be read: {error}"))?,
        path => checkout::open_report(&slot.path, path)?,
    };
    let root = slot.path.display().to_string();
    let context = reports::Context { root: &root, wanted: changed };
    reports::read(&mut BufReader::new(file), spec.format, purpose, &context)
        .map_err(|why| if spec.path == OUTPUT { why } else { format!("`{}`: {why}", spec.path) })
}

/// Folder of a gate's logs, relative to the run's.
pub fn log_folder(job: &CheckJob) -> String {
    match &job.subject {
        Subject::Attempt(attempt) | Subject::Phase(attempt) => RunPaths::attempt_logs(attempt),
        Subject::Batch { .. } | Subject::Layer { .. } | Subject::Final(_) => "logs/train".to_owned(),
        Subject::Commit(_) => "logs".to_owned(),
        Subject::Base(_) => "logs/base".to_owned(),
    }
}

fn log_of(job: &CheckJob, probe: &Probe, n: usize) -> String {
    let gate = &job.gate.name;
    // The first has the gate's plain name: for most gates it is the only one.
    let label = match n {
        _ if probe.label == gate::ORIGINS => format!("-{}", probe.label),
        0 => String::new(),
        n => format!("-{n}-{}", probe.label),
    };
    let name = match &job.subject {
        Subject::Attempt(_) | Subject::Commit(_) | Subject::Base(_) => format!("gate-{gate}{label}"),
        Subject::Phase(_) => format!("phase-{gate}{label}"),
        Subject::Batch { batch, layer } => format!("batch-{batch}-layer-{layer}-{gate}{label}"),
        Subject::Layer { layer, commit } => format!("layer-{layer}-{}-{gate}{label}", commit.short()),
        Subject::Final(commit) => format!("final-{}-{gate}{label}", commit.short()),
    };
    format!("{}/{name}.log", log_folder(job))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_gate_that_ran_nothing_took_no_time() {
        assert_eq!(format!("{:?}", super::total(&[])), "0.0");
    }
}
