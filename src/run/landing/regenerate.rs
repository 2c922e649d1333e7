//! Files that are made anew instead of merged: lockfiles, generated code (`[conflicts] regenerate`).

use std::path::Path;

use tokio::runtime::Handle;

use crate::git;
use crate::model::{CommandSpec, Error, Oid, Result, Stdin};
use crate::process::{End, Extras};
use crate::run::run_env::{Place, RunEnv};
use crate::run::work::fence::{self, Inside};
use crate::run::work::ready::Ready;
use crate::run::work::setup::{self, SetUpFor};
use crate::run::work::slot::{self, Purpose};
use crate::run::worker::{end_of_file, end_words};

/// Where it happens: one batch is merged at a time.
const SLOT: &str = "regenerate";

/// Longest command, seconds: as a gate's.
const TIME: u64 = 10 * 60;

/// Runs the commands for `paths` in a clean worktree of `commit`, and gives its tree with these files as they left them;
/// or why not. Blocking: called by the worker that merges.
///
/// # Errors
/// No worktree can be made ready, or git cannot write.
pub fn regenerate(
    site: &RunEnv,
    batch: u32,
    commit: &Oid,
    paths: &[String],
) -> Result<std::result::Result<Oid, String>> {
    let ready = slot::prepare(site, SLOT, &Purpose::Gate { commit: commit.clone() })?;
    let setup = format!("logs/merge/{batch}/setup.log");
    let nothing = Default::default();
    let set_up = setup::set_up(site, &ready, commit, (SetUpFor::Gate, &nothing), &setup, site.stop.below());
    Handle::current().block_on(set_up)?;
    let commands = &site.info.options.conflicts.regenerate;
    let mut done: Vec<&str> = Vec::new();
    for path in paths {
        let Some(command) = commands.get(path).filter(|command| !done.contains(&command.as_str())) else { continue };
        let log = site.log(&format!("logs/merge/{batch}/{}.log", done.len() + 1));
        let log = log.map_err(|e| Error::failed(format!("making `{path}` anew"), e))?;
        let fenced = fence::around(site, &ready, spec(site, &ready, commit, command, &log), Inside::Tool)?;
        let end =
            Handle::current().block_on(site.perform(&ready.slot, fenced, site.stop.below(), |_| {}, Extras::default()));
        if end.end == End::Stopped {
            return Err(Error::failed(format!("making `{path}` anew"), "it was stopped on request"));
        }
        if end.end != End::Exited(0) {
            let output = end_of_file(&log, 400);
            let how = end_words(&end.end);
            return Ok(Err(format!("regenerate {path}: `{command}` ended with {how}: {}", output.trim())));
        }
        done.push(command);
    }
    if let Some(path) = paths.iter().find(|path| !ready.slot.path.join(path.as_str()).is_file()) {
        return Ok(Err(format!("regenerate {path}: its command left no such file")));
    }
    git::tree_taking(&site.repo, &ready.slot, paths).map(Ok)
}

fn spec(site: &RunEnv, ready: &Ready, commit: &Oid, command: &str, log: &Path) -> CommandSpec {
    let place =
        Place { worktree: &ready.slot.path, tmp: &ready.tmp, port: ready.port, base: commit.as_str(), attempt: None };
    CommandSpec {
        program: "sh".to_owned(),
        args: vec!["-c".to_owned(), command.to_owned()],
        cwd: ready.slot.path.clone(),
        env: site.environment(&place, &[]),
        stdin: Stdin::None,
        log: log.to_owned(),
        limits: site.limits(TIME, None),
    }
}
