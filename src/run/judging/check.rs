//! One gate on one commit: looked up, or run in clean worktrees of its own (`rounds.rs`).

use std::sync::Arc;

use super::clashes;
use super::difference;
use super::job::{CheckJob, Review};
use super::review::{self, PutOffReview, Reviewed};
use super::rounds::{self, Rounds};
use crate::gate::{self, Cache, Cached, Diff, Judged, TreeKind};
use crate::journal::{Event, Subject};
use crate::model::{Error, GateDef, GateKind, Oid, Result, Verdict, WhenFlaky};
use crate::run::far::judge_there;
use crate::run::run_env::RunEnv;
use crate::run::worker::{blocking, disk_full, one_line};

/// A verdict on its way to the core.
pub struct Answer {
    pub judged: Judged,
    pub seconds: f64,
    pub cached: bool,
    pub log: String,
}

impl Answer {
    /// A judgement that took nothing.
    pub fn at_once(judged: Judged) -> Answer {
        Answer { judged, seconds: 0.0, cached: false, log: String::new() }
    }
}

/// Runs a check and tells the core. A check that is stopped with the run tells nothing: its intent stays open, `resume`
/// repeats it. One whose word is of no use any more says that.
pub async fn run(site: Arc<RunEnv>, job: CheckJob) {
    let tree = match site.repo.tree_of(&job.commit) {
        Ok(tree) => tree,
        Err(error) => return tell(&site, job, None, Answer::at_once(Judged::unchecked(one_line(&error)))),
    };
    let answer = match perform(&site, &job, &tree).await {
        Ok(Said::Judged(answer)) => answer,
        Ok(Said::PutOff(_)) if job.stop.is_asked() => return,
        Ok(Said::PutOff(put_off)) => return tell_put_off(&site, job, put_off),
        Err(error) => Answer::at_once(Judged::unchecked(one_line(&error))),
    };
    if !answer.judged.verdict.lets_through() && site.is_disk_full() {
        return site.broken(disk_full(format!("running the gate `{}`", job.gate.name)));
    }
    if !site.stop.is_asked() && job.stop.is_asked() && !answer.judged.verdict.lets_through() {
        let judged = Judged::unchecked("it was stopped, since another gate had refused the work");
        return tell(&site, job, Some(tree), Answer { judged, ..answer });
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

/// The provider's pause is told first: nothing of it starts before then.
fn tell_put_off(site: &RunEnv, job: CheckJob, put_off: PutOffReview) {
    let PutOffReview { provider, until, why, used } = put_off;
    if !provider.is_empty() {
        site.pause(&provider, until, &why);
    }
    site.tell(Event::CheckPutOff { subject: job.subject, gate: job.gate.name, until, why, used });
}

/// What came of a check.
pub enum Said {
    /// A verdict.
    Judged(Answer),
    /// Its reviewing agent could not be asked now.
    PutOff(PutOffReview),
}

/// The verdict of a gate on a commit, kept or found out.
///
/// # Errors
/// The commits cannot be read, or no worktree can be made ready.
pub async fn perform(site: &Arc<RunEnv>, job: &CheckJob, tree: &Oid) -> Result<Said> {
    let diff = blocking(site, {
        let job = job.clone();
        move |site| {
            let diff = difference::gather(&site.repo, &job, &site.info.base)?;
            Ok::<_, Error>(Diff { clashes: clashes::clashes(site, &job)?, ..diff })
        }
    })
    .await??;
    // Tests of a phase are to be proved, whatever the code that comes after them will touch.
    let concerned = !matches!(job.subject, Subject::Phase(_));
    if let Some(reason) = not_applicable(&job.gate, &diff)?.filter(|_| concerned) {
        return Ok(Said::Judged(Answer::at_once(Judged::not_applicable(reason))));
    }
    let diff = Arc::new(diff);
    let key = key(site, job, tree, &diff)?;
    if let Some(kept) = site.cache.get(&key) {
        let judged = Judged { findings: kept.findings, measured: kept.measured, reason: kept.reason, ..Judged::pass() };
        return Ok(Said::Judged(Answer { judged, seconds: kept.seconds, cached: true, log: String::new() }));
    }
    let rounds = confirmed(site, job, &diff).await?;
    let read = match read(site, job, &diff, rounds).await? {
        Reading::Done(read) => read,
        Reading::PutOff(put_off) => return Ok(Said::PutOff(put_off)),
    };
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
    Ok(Said::Judged(Answer { judged, seconds, cached: false, log: read.log }))
}

enum Reading {
    Done(Rounds),
    PutOff(PutOffReview),
}

/// What the gate says. A command that is red on a merged tree runs once more before anybody is blamed: red and then green,
/// it is flaky, which is said, and counts as the gate wants it to.
async fn confirmed(site: &Arc<RunEnv>, job: &CheckJob, diff: &Arc<Diff>) -> Result<Rounds> {
    let first = at_its_place(site, job, diff).await?;
    let merged = !matches!(job.subject, Subject::Attempt(_) | Subject::Phase(_) | Subject::Commit(_));
    let blames = merged && job.gate.kind == GateKind::Command && first.judged.verdict == Verdict::Fail;
    if !blames || job.stop.is_asked() {
        return Ok(first);
    }
    let again = at_its_place(site, job, diff).await?;
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

/// What the gate's commands come to: here, or where gates run. A gate that runs nothing needs no other place.
async fn at_its_place(site: &Arc<RunEnv>, job: &CheckJob, diff: &Arc<Diff>) -> Result<Rounds> {
    let runs_something = matches!(gate::judge(&job.gate, diff, &[]), gate::Step::More(_));
    if let Some(far) = site.far_gates.as_ref().filter(|_| runs_something && !site.at_home.is_asked())
        && let Some(rounds) = judge_there(site, far, job, diff).await?
    {
        return Ok(rounds);
    }
    rounds::perform(site, job, diff).await
}

/// What the gate's reviewing agent says, where the gate's own rules have nothing against the change.
async fn read(site: &Arc<RunEnv>, job: &CheckJob, diff: &Arc<Diff>, rounds: Rounds) -> Result<Reading> {
    if !rounds.judged.verdict.lets_through() {
        return Ok(Reading::Done(rounds));
    }
    let (own, seconds) = (rounds.judged.findings.clone(), rounds.seconds);
    let reviewer = job.gate.reviewer.as_ref().map(|reviewer| reviewer.agent.clone()).unwrap_or_default();
    Ok(match &job.review {
        Review::None => Reading::Done(rounds),
        Review::Not(why) => Reading::Done(Rounds { judged: review::not_asked(&reviewer, why), ..rounds }),
        Review::InVain(why) => Reading::Done(Rounds { judged: review::in_vain(&reviewer, why), ..rounds }),
        Review::Ask { agent, others, may } => match review::perform(site, job, agent, others, *may, diff).await? {
            Reviewed::PutOff(put_off) => Reading::PutOff(put_off),
            Reviewed::Judged { judged, seconds: more, log } => {
                Reading::Done(Rounds { judged: review::together(own, judged), seconds: seconds + more, log })
            }
        },
    })
}

/// What a kept verdict hangs on: the tree, the definition and the tools; for gates that look at the difference also the
/// base, the commits and the task.
fn key(site: &RunEnv, job: &CheckJob, tree: &Oid, diff: &Diff) -> Result<String> {
    let path = site.env.get("PATH").map(String::as_str).unwrap_or_default();
    let mut more = match &diff.known_red {
        None => serde_json::json!(diff.expected_red),
        Some(known) => serde_json::json!([diff.expected_red, known]),
    };
    if gate::kind(&job.gate).is_some_and(|kind| kind.looks_at_diff) {
        let base = site.repo.tree_of(&job.base)?;
        let said: Vec<_> = diff.commits.iter().map(|said| (&said.subject, &said.body)).collect();
        let kind = format!("{:?}", diff.kind);
        more = serde_json::json!([more, base, said, diff.task, kind]);
    }
    if let Some(far) = &site.info.options.far_gates {
        // Another machine's tools may say something else.
        more = serde_json::json!([more, far.about()]);
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
        set.add(glob.map_err(|e| Error::failed(format!("reading `paths` of gate `{}`", gate.name), e))?);
    }
    let set = set.build().map_err(|e| Error::failed("reading a gate's paths", e))?;
    if diff.kind == TreeKind::Base {
        let there = diff.new.paths().iter().any(|path| set.is_match(path));
        return Ok((!there).then(|| format!("the base has nothing below {}", gate.paths.join(", "))));
    }
    let touched = diff
        .files
        .iter()
        .any(|file| set.is_match(&file.path) || file.old_path.as_ref().is_some_and(|old| set.is_match(old)));
    Ok((!touched).then(|| format!("nothing below {} changed", gate.paths.join(", "))))
}
