//! `[finish] deploy`: run once on the result, when everything landed.

use std::sync::Arc;
use std::time::Duration;

use crate::journal::Event;
use crate::model::{CommandSpec, Error, Limits, Oid, Result, Stdin};
use crate::process::{End, Extras};
use crate::run::run_env::{Place, RunEnv};
use crate::run::work::setup::{self, SetUpFor};
use crate::run::work::slot::{self, Purpose};
use crate::run::worker::{blocking, end_of_file, end_words, one_line};

/// Longest finishing command, seconds.
const TIME: u64 = 60 * 60;

/// Runs it in a clean worktree of the result and tells the core.
pub async fn run(site: Arc<RunEnv>, commit: Oid) {
    let (ok, reason) = match perform(&site, &commit).await {
        Ok(End::Exited(0)) => (true, String::new()),
        Ok(end) => {
            let output = end_of_file(&site.paths.root().join("logs/deploy.log"), 400);
            (false, format!("it ended with {}: {}", end_words(&end), output.trim()))
        }
        Err(error) => (false, one_line(&error)),
    };
    site.tell(Event::DeployEnded { ok, reason });
}

async fn perform(site: &Arc<RunEnv>, commit: &Oid) -> Result<End> {
    let purpose = Purpose::Gate { commit: commit.clone() };
    let ready = blocking(site, move |site| slot::prepare(site, "finish", &purpose)).await??;
    setup::set_up(
        site,
        &ready,
        commit,
        (SetUpFor::Gate, &Default::default()),
        "logs/deploy.log.setup",
        site.stop.below(),
    )
    .await?;
    let log = site.log("logs/deploy.log").map_err(|e| Error::failed("making the log of the finishing command", e))?;
    let place =
        Place { worktree: &ready.slot.path, tmp: &ready.tmp, port: ready.port, base: commit.as_str(), attempt: None };
    let spec = CommandSpec {
        program: "sh".to_owned(),
        args: vec!["-c".to_owned(), site.info.options.deploy.clone().unwrap_or_default()],
        cwd: ready.slot.path.clone(),
        env: site.environment(&place, &[]),
        stdin: Stdin::None,
        log,
        limits: Limits { wall: Some(Duration::from_secs(TIME)), ..Limits::default() },
    };
    Ok(site.perform(&ready.slot, spec, site.stop.below(), |_| {}, Extras::default()).await.end)
}
