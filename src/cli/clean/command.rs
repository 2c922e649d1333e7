//! The command: looks, decides, says, and removes when told to.

use std::time::Duration;

use super::super::args::CleanArgs;
use super::{facts, perform, plan, show};
use crate::git;
use crate::model::{Error, ErrorKind, Result};
use crate::process::sweep::{self, Found, Looked, Swept};
use crate::report;
use crate::run::{gather_from, repo_digest};
use crate::start::here::{Here, Refusal};

/// Time that processes of dead runs get to end by themselves.
const GRACE: Duration = Duration::from_secs(2);

/// Runs it.
///
/// # Errors
/// There is no repository or no such run, a run is active, or something could not be removed.
pub fn main(args: &CleanArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let Some(_lock) = here.lock()? else { return Err(active(&here).into()) };
    let run = args.run.as_deref().map(|name| here.store.find(Some(name))).transpose()?.map(|paths| paths.run);
    // Dead runs' processes first: what they still write would not be in the plan.
    let processes = if args.force { ended(&here)? } else { living(&here) };
    if args.force {
        put_right(&here)?;
    }
    let facts = facts::look(&here, run.as_ref())?;
    let mut plan = plan::plan(&facts, args.unlanded);
    if args.force {
        perform::remove_hubs(&here, &mut plan)?;
        perform::remove(&here, &plan)?;
    }
    report::answer(&match args.format.is_json() {
        true => show::json(&plan, &processes, args.force),
        false => show::text(&plan, &processes, (!args.force).then(|| removing(args)).as_deref()),
    });
    Ok(0)
}

/// The command that removes what this one listed.
fn removing(args: &CleanArgs) -> String {
    let run = args.run.as_ref().map(|run| format!(" {run}")).unwrap_or_default();
    format!("git orca clean{run}{} -f", if args.unlanded { " --unlanded" } else { "" })
}

fn active(here: &Here) -> Error {
    let run = here.store.find(None).map(|paths| format!("run {}", paths.run)).unwrap_or_else(|_| "a run".to_owned());
    Error::new(ErrorKind::Busy, "cleaning", format!("{run} is active in this repository; nothing was removed"))
        .hint("git orca status")
        .hint("git orca stop   ends it")
}

/// Processes of runs: nobody drives one, since we have the lock.
fn living(here: &Here) -> Vec<Found> {
    match sweep::find_all(&repo_digest(here.repo.common_dir())) {
        Looked::Found(found) => found,
        Looked::CannotLook(_) => Vec::new(),
    }
}

/// Ends them.
fn ended(here: &Here) -> Result<Vec<Found>> {
    let doing = "ending processes of interrupted runs";
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| Error::failed(doing, e))?;
    match runtime.block_on(sweep::end_all(&repo_digest(here.repo.common_dir()), GRACE)) {
        Swept::Ended { ended, left } if left.is_empty() => Ok(ended),
        Swept::Ended { left, .. } => {
            let pids: Vec<String> = left.iter().map(|found| found.id.pid.to_string()).collect();
            let cause = format!("{} of its processes cannot be ended; nothing was removed", left.len());
            Err(Error::new(ErrorKind::Environment, doing, cause).hint(format!("ps -fp {}", pids.join(","))))
        }
        Swept::CannotLook(why) => {
            report::say(&format!("{why}; nothing was ended"));
            Ok(Vec::new())
        }
    }
}

/// What came too late of runs is saved work of theirs: it is taken in before their hub goes.
fn take_in_late_work(here: &Here) {
    for run in here.store.runs() {
        let Ok(state) = here.store.run(&run).state() else { continue };
        let over = state.finished.is_some();
        let Some(far) = state.info.options.far.as_ref().filter(|far| far.own_hub && over) else { continue };
        if let Err(error) = gather_from(&here.repo, &far.hub, &run) {
            report::say(&format!("{}; work that came too late may still lie there", error.sentence()));
        }
    }
}

/// Locks of dead writers and entries of slots whose folder is gone.
fn put_right(here: &Here) -> Result<()> {
    for lock in git::remove_stale_locks(&here.repo)? {
        report::say(&format!("removed a stale lock: {}", lock.display()));
    }
    take_in_late_work(here);
    for folder in facts::slot_folders(here) {
        for name in git::recover_ghosts(&here.repo, &folder)? {
            report::say(&format!("forgot the worktree {}: its folder is gone", folder.join(name).display()));
        }
    }
    Ok(())
}
