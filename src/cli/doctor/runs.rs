//! Runs that nobody drives any more, and what they left.

use jiff::Timestamp;

use super::finding::DoctorFinding;
use crate::git;
use crate::journal::RunState;
use crate::model::{Result, RunId};
use crate::process::Marker;
use crate::process::sweep::{self, Found, Looked};
use crate::report::words::measure::plural;
use crate::run::repo_digest;
use crate::start::here::Here;

/// Interrupted runs, and locks of dead writers.
pub fn look(here: &Here) -> Vec<DoctorFinding> {
    if here.store.is_locked() {
        let run = here.store.find(None).map(|paths| paths.run.to_string()).unwrap_or_default();
        return vec![DoctorFinding::ok("runs", format!("run {run} is active: git orca status"))];
    }
    let mut findings: Vec<DoctorFinding> = here.store.runs().into_iter().filter_map(|run| one(here, &run)).collect();
    if findings.is_empty() {
        findings.push(DoctorFinding::ok("runs", "no run is active, none was interrupted"));
    }
    for lock in git::stale_locks(&here.repo) {
        let words = format!("a killed git left the lock `{}`", lock.display());
        findings.push(
            DoctorFinding::problem("locks", words).hint("git orca clean -f   removes it, as git orca resume does"),
        );
    }
    findings.extend(damaged(here));
    findings
}

/// Refs that point to what is gone: `git log --all` and `git gc` die of them.
fn damaged(here: &Here) -> Vec<DoctorFinding> {
    let found = match git::damaged_refs(&here.repo) {
        Ok(found) => found,
        Err(error) => return vec![DoctorFinding::of_error("refs", &error)],
    };
    let one = |it: &git::DamagedRef| {
        let words = match it.is_dangling {
            true => format!("`{}` points to {}, which is gone", it.name, it.commit.short()),
            false => format!("`{}` points to {}, which needs objects that are gone", it.name, it.commit.short()),
        };
        let drop = format!("git update-ref -d {}   drops the ref; git fsck lists the rest", it.name);
        DoctorFinding::problem("refs", words).hint(drop)
    };
    found.iter().map(one).collect()
}

/// What there is to say about a run; nothing when it is over and left nothing running.
fn one(here: &Here, run: &RunId) -> Option<DoctorFinding> {
    let state = match here.store.run(run).state() {
        Ok(state) => state,
        Err(error) => return Some(DoctorFinding::of_error("runs", &error)),
    };
    let alive = sweep::find(&Marker::new(repo_digest(here.repo.common_dir()), run.clone()));
    let over = state.finished.is_some();
    if over && !matches!(&alive, Looked::Found(found) if !found.is_empty()) {
        return None;
    }
    let saved = saved(here, run).unwrap_or(0);
    let words = words(&state, &alive, saved, Timestamp::now());
    Some(if over {
        DoctorFinding::problem("runs", words).hint("git orca clean -f   ends them")
    } else {
        DoctorFinding::problem("runs", words)
            .hint(format!("git orca resume {run}   continues it"))
            .hint(format!("git orca stop {run}     ends it"))
    })
}

/// Pieces of work of a run that its refs keep.
fn saved(here: &Here, run: &RunId) -> Result<usize> {
    Ok(git::saved(&here.repo, Some(run), &|_, _| None)?.into_iter().filter(|saved| saved.files > 0).count())
}

fn words(state: &RunState, alive: &Looked, saved: usize, now: Timestamp) -> String {
    let run = &state.info.run;
    let begun = match &state.finished {
        Some(_) => format!("run {run} is over"),
        None => format!("run {run} was interrupted {} ago", span(now.duration_since(state.at).as_secs())),
    };
    let left = state.tasks.iter().filter(|task| task.landed.is_none() && !task.skipped).count();
    let mut parts = vec![format!("{begun}: {}", processes(alive))];
    if state.finished.is_none() {
        let have = if left == 1 { "has" } else { "have" };
        parts.push(format!("{} {have} not landed", plural(left, "task")));
        parts.push(match saved {
            0 => "no work is saved".to_owned(),
            1 => "1 attempt's work is saved (git orca salvage)".to_owned(),
            n => format!("the work of {n} attempts is saved (git orca salvage)"),
        });
    }
    parts.join("; ")
}

fn processes(alive: &Looked) -> String {
    match alive {
        Looked::CannotLook(why) => format!("whether its processes still run is unknown ({why})"),
        Looked::Found(found) if found.is_empty() => "its processes are gone".to_owned(),
        Looked::Found(found) => {
            let pids: Vec<String> = found.iter().map(|Found { id, .. }| id.pid.to_string()).collect();
            format!("{} of its processes still run (pid {})", found.len(), pids.join(", "))
        }
    }
}

/// A time span in its largest unit.
fn span(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{} s", seconds.max(0)),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
