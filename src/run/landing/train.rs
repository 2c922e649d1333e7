//! Merging and landing, between the state and `integrate`.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;

use super::rules::rules;
use crate::brief;
use crate::git;
use crate::integrate::{self, BaseJob, Candidate, LandedWork, MergeJob, Solved};
use crate::journal::{AttemptOutcome, BatchPhase, Event, Head, MovedPointer, RunState, SideBase, TaskState};
use crate::model::{AttemptId, GateDef, GateKind, GatePhase, Oid, Result, Role, Rung, TaskId};
use crate::run::run_env::RunEnv;
use crate::symbols::SymbolName;

/// What merging a batch depends on; none when the batch is not being merged.
pub fn merge_job(state: &RunState, common_dir: &Path, n: u32) -> Option<MergeJob> {
    let batch = state.batch.as_ref().filter(|batch| batch.n == n && batch.phase == BatchPhase::Merging)?;
    let candidate = |task: &crate::journal::BatchTask| {
        let i = state.index(&task.task)?;
        let attempt = AttemptId { task: task.task.clone(), n: state.tasks[i].last()?.n };
        let title = state.info.tasks[i].title.clone();
        let facts = &state.tasks[i];
        Some(Candidate {
            attempt,
            title,
            layer: task.layer,
            commit: task.commit.clone(),
            side: on_the_side(state, &facts.last()?.base),
            carried: facts.carried.clone(),
            by_agent: by_agent(facts),
            solved: solved(facts),
        })
    };
    let landed = state.tasks.iter().zip(&state.info.tasks).filter(|(facts, _)| facts.landed_commit.is_some());
    let landed = landed.filter_map(|(facts, task)| {
        let last = facts.last()?;
        let Some((_, AttemptOutcome::Committed { .. })) = &last.ended else { return None };
        Some(LandedWork { task: task.id.clone(), base: last.base.clone(), result: last.result()?.clone() })
    });
    Some(MergeJob {
        run: state.info.run.clone(),
        batch: n,
        root: state.root.clone(),
        heads: state.heads.clone(),
        tasks: batch.tasks.iter().filter_map(candidate).collect(),
        landed: landed.collect(),
        without: batch.without.iter().filter_map(|task| taken_out(state, task)).collect(),
        rules: rules(common_dir, &state.info.options),
        gated: state.info.options.gates.iter().any(|gate| matches!(gate.on, GatePhase::Merged | GatePhase::Both)),
        when: Timestamp::now(),
    })
}

/// A landed task with its layer and its merge commit.
fn taken_out(state: &RunState, task: &TaskId) -> Option<(TaskId, u32, Oid)> {
    let i = state.index(task)?;
    Some((task.clone(), state.info.layers[i], state.tasks[i].landed_commit.clone()?))
}

/// A base that was merged on the side, and is in no head.
fn on_the_side(state: &RunState, base: &Oid) -> Option<Oid> {
    state.bases.values().any(|made| *made == SideBase::Made(base.clone())).then(|| base.clone())
}

/// As [`on_the_side`], of the work of a task that clashed.
pub fn side_of(state: &RunState, i: usize) -> Option<Oid> {
    state.tasks[i].clashed().and_then(|from| on_the_side(state, &from.base))
}

/// The later layers with which an agent merged the latest work of a task.
fn by_agent(facts: &TaskState) -> BTreeSet<u32> {
    let merges = facts.attempts.iter().rev().take_while(|attempt| attempt.role == Role::Resolve);
    let by_agent = merges.filter(|attempt| attempt.carries() && attempt.agent != PERSON);
    by_agent.filter_map(|attempt| attempt.merge.as_ref()).map(|merge| merge.layer).collect()
}

/// The agent that stands for a person's own commit.
const PERSON: &str = "person";

/// What solved the clashes of a task before its latest work: rung and path, or rung and with whom.
fn solved(facts: &TaskState) -> Vec<String> {
    let Some(last) = facts.last() else { return Vec::new() };
    let before = &facts.attempts[..facts.attempts.len() - 1];
    let Some(n) = before.iter().rposition(|attempt| attempt.conflict.is_some()) else { return Vec::new() };
    let Some(conflict) = &before[n].conflict else { return Vec::new() };
    let paths = |rung: Rung| conflict.paths.iter().map(move |path| format!("{} {}", rung.word(), path.path)).collect();
    match (last.role, last.agent.as_str()) {
        // Said where heads are carried forward.
        (Role::Resolve, PERSON) => Vec::new(),
        (_, PERSON) => vec![format!("by-hand {}", conflict.layer)],
        (Role::Resolve, _) => paths(Rung::Agent),
        _ => paths(Rung::Again),
    }
}

/// Merges.
///
/// # Errors
/// Git failed.
pub fn merge(site: &RunEnv, job: &MergeJob) -> Result<Event> {
    let made = |commit: &Oid, paths: &[String]| super::regenerate::regenerate(site, job.batch, commit, paths);
    let done = integrate::merge(&site.repo, job, &made)?;
    // What clashes where a suspect was taken out says nothing of the task: on the heads as they are it did not clash.
    let conflicts = if job.without.is_empty() { done.conflicts } else { Vec::new() };
    Ok(Event::Merged { batch: job.batch, heads: done.heads, landed: done.landed, conflicts })
}

/// Forgets what was remembered for a merge that is red with it.
///
/// # Errors
/// Git failed.
pub fn forget(site: &RunEnv, ours: &Oid, theirs: &Oid) -> Result<Event> {
    let forgotten = integrate::forget(&site.repo, &integrate::memory_folder(site.repo.common_dir()), ours, theirs)?;
    let found = if forgotten == 0 {
        "nothing was remembered"
    } else {
        "a remembered resolution was forgotten: the merged tree is red with it"
    };
    Ok(Event::Reconciled { what: format!("{} {}", ours.short(), theirs.short()), found: found.to_owned() })
}

/// What a base of its own depends on.
pub fn base_job(state: &RunState, of: Vec<Oid>) -> BaseJob {
    let union = state.info.options.conflicts.union.clone();
    BaseJob { run: state.info.run.clone(), of, union, when: state.at }
}

/// Makes it.
///
/// # Errors
/// Git failed.
pub fn base(site: &RunEnv, job: &BaseJob) -> Result<Event> {
    let made = integrate::base(&site.repo, job)?;
    let paths = made.as_ref().err().cloned().unwrap_or_default();
    Ok(Event::BaseMade { of: job.of.clone(), commit: made.ok(), paths })
}

/// What landing a batch depends on: the landed heads and those that follow.
#[derive(Debug)]
pub struct LandJob {
    batch: u32,
    before: std::collections::BTreeMap<u32, Head>,
    after: Vec<Head>,
    solved: Vec<Solved>,
    without: Vec<TaskId>,
    lonely: Vec<(TaskId, MovedPointer)>,
}

/// What landing a batch depends on; none when it is not landing.
pub fn land_job(state: &RunState, n: u32) -> Option<LandJob> {
    let batch = state.batch.as_ref().filter(|batch| batch.n == n)?;
    let BatchPhase::Landing { heads, landed } = &batch.phase else { return None };
    let remembers = state.info.options.conflicts.tries(Rung::Remembered);
    let facts = landed.iter().filter(|_| remembers).filter_map(|done| Some((&done.task, state.task(&done.task)?)));
    let solved = facts.flat_map(|(task, facts)| merges(state, task, facts)).collect();
    let tasks = landed.iter().filter_map(|done| Some((&done.task, state.task(&done.task)?.last()?)));
    let lonely = tasks.flat_map(|(task, last)| last.pointers.iter().map(move |it| (task.clone(), it.clone())));
    Some(LandJob {
        batch: n,
        before: state.heads.clone(),
        after: heads.clone(),
        solved,
        without: batch.without.clone(),
        lonely: lonely.filter(|(_, pointer)| pointer.is_lonely()).collect(),
    })
}

/// The merges of both sides in what a task leaves.
fn merges(state: &RunState, task: &TaskId, facts: &TaskState) -> Vec<Solved> {
    let solved = |result: &Oid, by, sides| {
        let (run, task) = (state.info.run.clone(), task.clone());
        Solved { sides, result: result.clone(), by, run, task }
    };
    let by_agent = by_agent(facts);
    let by_person = facts.carried.iter().filter(|(layer, _)| !by_agent.contains(layer));
    let mut all: Vec<Solved> = by_person.map(|(_, commit)| solved(commit, PERSON, None)).collect();
    for attempt in facts.attempts.iter().rev().take_while(|it| it.role == Role::Resolve || it.agent == PERSON) {
        let Some((_, AttemptOutcome::Committed { commit, .. })) = &attempt.ended else { continue };
        match (&attempt.merge, attempt.agent.as_str()) {
            (None, PERSON) => all.push(solved(commit, PERSON, None)),
            (Some(merge), agent) if agent != PERSON && on_the_side(state, &attempt.base).is_none() => {
                all.push(solved(commit, "agent", Some((attempt.start.clone(), merge.with.clone()))));
            }
            _ => {}
        }
    }
    all
}

/// Says which names came together that some systems cannot tell apart. Worth knowing, and no reason not to land.
fn tell_alike_names(site: &RunEnv, job: &LandJob) {
    let Some(after) = job.after.last() else { return };
    let before = job.before.values().next_back().map_or(&site.info.base, |head| &head.commit);
    for names in git::names_alike(&site.repo, before, &after.commit).unwrap_or_default() {
        let list = names.iter().map(|name| format!("`{}`", brief::one_line(name))).collect::<Vec<_>>().join(" and ");
        let what = format!(
            "{list} differ only in case or in how accents are written: macOS and Windows keep only one of them"
        );
        site.tell(Event::Noticed { attempt: None, what });
    }
}

/// Says what the merges broke that git calls clean, where no review gate looks at merged trees and would have refused it.
fn tell_clashes(site: &RunEnv, job: &LandJob) {
    let is_judged =
        |gate: &GateDef| gate.kind == GateKind::Review && matches!(gate.on, GatePhase::Merged | GatePhase::Both);
    let Some(after) = job.after.last().filter(|_| !site.info.options.gates.iter().any(is_judged)) else { return };
    let landed: Vec<Oid> = job.before.values().map(|head| head.commit.clone()).collect();
    // Worth knowing, and no reason not to land: nobody asked for a review.
    let ask = |commit: &Oid, symbols: &[SymbolName]| site.symbols.known_by_types(commit, symbols);
    let found = integrate::merged_clashes(&site.repo, &site.info.base, &after.commit, &landed, &ask);
    for clash in found.unwrap_or_default() {
        let at = format!("{}:{}", brief::one_line(&clash.path), clash.line);
        let what = format!("{at}: {}; the other: {}", brief::one_line(&clash.words()), brief::one_line(&clash.other));
        site.tell(Event::Noticed { attempt: None, what: format!("merged cleanly, and yet {what}") });
    }
}

/// Lands.
///
/// # Errors
/// Git failed, or a head was moved by somebody.
pub fn land(site: &RunEnv, job: &LandJob) -> Result<Event> {
    let held_back = integrate::land(&site.repo, &site.info.run, &job.before, &job.after)?;
    tell_clashes(site, job);
    let memory = integrate::memory_folder(site.repo.common_dir());
    for solved in &job.solved {
        // Worth having, and not worth failing for.
        if let Err(error) = integrate::remember(&site.repo, &memory, solved, Timestamp::now()) {
            tracing::warn!(task = %solved.task, error = %error, "the resolution of a conflict could not be remembered");
        }
    }
    for task in &job.without {
        let what = format!("`{task}` is taken out again: with it others were red, without it they are green");
        site.tell(Event::Noticed { attempt: None, what });
    }
    tell_alike_names(site, job);
    for (task, pointer) in &job.lonely {
        site.tell(Event::Noticed { attempt: None, what: format!("`{task}` lands, and {}", pointer.in_words()) });
    }
    Ok(Event::Landed { batch: job.batch, held_back })
}
