//! One gate on one commit: looked up, or run in clean worktrees of its own (`rounds.rs`).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::difference;
use super::review;
use super::rounds::{self, Rounds};
use crate::gate::{self, Cache, Cached, Diff, Judged};
use crate::journal::{Event, Subject};
use crate::model::{GateDef, GateKind, Oid, RedTest, Result, Task, Verdict, WhenFlaky};
use crate::process::StopSignal;
use crate::run::run_env::RunEnv;
use crate::run::worker::{blocking, disk_full, one_line};
use crate::schedule::Review;

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
    /// The task whose work it is, for attempts.
    pub task: Option<Task>,
    /// Tests that may fail: their implementation has not landed yet.
    pub expected_red: BTreeSet<RedTest>,
    /// Whether the gate's reviewing agent is asked.
    pub review: Review,
    /// The slot.
    pub slot: String,
    /// Asks it to end.
    pub stop: StopSignal,
}

/// A verdict on its way to the core.
pub struct Answer {
    pub judged: Judged,
    pub seconds: f64,
    pub cached: bool,
    pub log: String,
}

impl Answer {
    fn at_once(judged: Judged) -> Answer {
        Answer { judged, seconds: 0.0, cached: false, log: String::new() }
    }
}

/// Runs a check and tells the core. A check that is stopped tells nothing: its intent stays open, `resume` repeats it.
pub async fn run(site: Arc<RunEnv>, job: CheckJob) {
    let tree = match site.repo.tree_of(&job.commit) {
        Ok(tree) => tree,
        Err(error) => return tell(&site, job, None, Answer::at_once(Judged::unchecked(one_line(&error)))),
    };
    let answer = perform(&site, &job, &tree).await;
    let answer = answer.unwrap_or_else(|error| Answer::at_once(Judged::unchecked(one_line(&error))));
    if !answer.judged.verdict.lets_through() && site.is_disk_full() {
        return site.broken(disk_full(format!("running the gate `{}`", job.gate.name)));
    }
    if !job.stop.is_asked() || answer.judged.verdict.lets_through() {
        tell(&site, job, Some(tree), answer);
    }
}

fn tell(site: &RunEnv, job: CheckJob, tree: Option<Oid>, answer: Answer) {
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
        measured: answer.judged.measured,
    });
}

/// The verdict of a gate on a commit, kept or found out.
///
/// # Errors
/// The commits cannot be read, or no worktree can be made ready.
pub async fn perform(site: &Arc<RunEnv>, job: &CheckJob, tree: &Oid) -> Result<Answer> {
    let diff = blocking(site, {
        let job = job.clone();
        move |site| difference::gather(&site.repo, &job, &site.info.base)
    })
    .await??;
    if let Some(reason) = not_applicable(&job.gate, &diff)? {
        return Ok(Answer::at_once(Judged::not_applicable(reason)));
    }
    let diff = Arc::new(diff);
    let key = key(site, job, tree, &diff)?;
    if let Some(kept) = site.cache.get(&key) {
        let judged = Judged { findings: kept.findings, measured: kept.measured, reason: kept.reason, ..Judged::pass() };
        return Ok(Answer { judged, seconds: kept.seconds, cached: true, log: String::new() });
    }
    let rounds = confirmed(site, job, &diff).await?;
    let read = read(site, job, &diff, rounds).await?;
    let (judged, seconds) = (read.judged, read.seconds);
    // What passed only because something is meant to be red may not pass elsewhere.
    if judged.verdict == Verdict::Pass && judged.measured.red.is_empty() {
        site.cache.put(
            &key,
            &Cached {
                gate: job.gate.name.to_string(),
                tree: tree.clone(),
                seconds,
                reason: judged.reason.clone(),
                findings: judged.findings.clone(),
                measured: judged.measured.clone(),
            },
        );
    }
    Ok(Answer { judged, seconds, cached: false, log: read.log })
}

/// What the gate says. A command that is red on a merged tree runs once more before anybody is blamed: red and then green,
/// it is flaky, which is said, and counts as the gate wants it to.
async fn confirmed(site: &Arc<RunEnv>, job: &CheckJob, diff: &Arc<Diff>) -> Result<Rounds> {
    let first = rounds::perform(site, job, diff).await?;
    let merged = matches!(job.subject, Subject::Batch { .. } | Subject::Layer { .. } | Subject::Final(_));
    let blames = merged && job.gate.kind == GateKind::Command && first.judged.verdict == Verdict::Fail;
    if !blames || job.stop.is_asked() {
        return Ok(first);
    }
    let again = rounds::perform(site, job, diff).await?;
    let seconds = first.seconds + again.seconds;
    if again.judged.verdict != Verdict::Pass {
        return Ok(Rounds { seconds, ..first });
    }
    let reason = format!("flaky: red and then green on the same tree; first: {}", first.judged.reason);
    let what = format!("gate {} is {reason}", job.gate.name);
    site.tell(Event::Noticed { attempt: None, what });
    let judged = match job.gate.flaky {
        WhenFlaky::Pass => Judged { reason, ..again.judged },
        WhenFlaky::Unchecked => Judged::unchecked(reason),
    };
    Ok(Rounds { judged, seconds, ..again })
}

/// What the gate's reviewing agent says, where the gate's own rules have nothing against the change.
async fn read(site: &Arc<RunEnv>, job: &CheckJob, diff: &Arc<Diff>, rounds: Rounds) -> Result<Rounds> {
    let Some(reviewer) = job.gate.reviewer.as_ref().filter(|_| rounds.judged.verdict.lets_through()) else {
        return Ok(rounds);
    };
    let (own, seconds) = (rounds.judged.findings.clone(), rounds.seconds);
    Ok(match &job.review {
        Review::None => rounds,
        Review::Not(why) => Rounds { judged: review::not_asked(reviewer, why), ..rounds },
        Review::Ask { others, may } => {
            let reviewed = review::perform(site, job, reviewer, others, *may, diff).await?;
            Rounds {
                judged: review::together(own, reviewed.judged),
                seconds: seconds + reviewed.seconds,
                log: reviewed.log,
            }
        }
    })
}

/// What a kept verdict hangs on: the tree, the definition and the tools; for gates that look at the difference also the
/// base, the commits and the task.
fn key(site: &RunEnv, job: &CheckJob, tree: &Oid, diff: &Diff) -> Result<String> {
    let path = site.env.get("PATH").map(String::as_str).unwrap_or_default();
    let mut more = serde_json::json!(diff.expected_red);
    if gate::kind(&job.gate).is_some_and(|kind| kind.looks_at_diff) {
        let base = site.repo.tree_of(&job.base)?;
        let said: Vec<_> = diff.commits.iter().map(|said| (&said.subject, &said.body)).collect();
        let kind = format!("{:?}", diff.kind);
        more = serde_json::json!([more, base, said, diff.task, kind]);
    }
    Ok(Cache::key(tree, &job.gate, &site.info.options.worktree, path, &more.to_string()))
}

/// Why the gate does not concern this change: none of its `paths` was touched.
fn not_applicable(gate: &GateDef, diff: &Diff) -> Result<Option<String>> {
    if gate.paths.is_empty() {
        return Ok(None);
    }
    let mut set = globset::GlobSetBuilder::new();
    for glob in &gate.paths {
        let glob = globset::Glob::new(glob);
        set.add(glob.map_err(|e| crate::model::Error::failed(format!("reading `paths` of gate `{}`", gate.name), e))?);
    }
    let set = set.build().map_err(|e| crate::model::Error::failed("reading a gate's paths", e))?;
    let touched = diff
        .files
        .iter()
        .any(|file| set.is_match(&file.path) || file.old_path.as_ref().is_some_and(|old| set.is_match(old)));
    Ok((!touched).then(|| format!("nothing below {} changed", gate.paths.join(", "))))
}
