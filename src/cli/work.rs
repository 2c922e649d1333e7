//! `work`: the far side of a run. Another machine's git orca types it over ssh, or a queue starts it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::args::WorkArgs;
use crate::executor::{HUB_AWAY, TAKEN};
use crate::model::{Error, ErrorKind, Result};
use crate::process::{detach, env};
use crate::report;
use crate::run::{self, Errand, FarKey, Spool, SpoolState, VERSION};
use crate::start::here::Refusal;

/// Between two looks while somebody waits for an end.
const LOOK: Duration = Duration::from_millis(50);
/// Longest question or errand: ignored files come along in it.
const LONGEST: u64 = 256 << 20;

/// Runs it.
///
/// # Errors
/// What is asked makes no sense here, or cannot be done.
pub fn main(args: &WorkArgs) -> Result<u8, Refusal> {
    let env = env::current();
    match args {
        WorkArgs { hello: true, .. } => {
            let says = run::describe_here(&heard()?, &run::workplaces(&env)?, &env)?;
            let text = serde_json::to_string(&says).map_err(|e| Error::failed("answering", e))?;
            report::answer(&format!("{text}\n"));
            Ok(0)
        }
        WorkArgs { take: true, .. } => Ok(take()?),
        WorkArgs { state: Some(id), wait, .. } => {
            report::answer(&format!("{}\n", state(id, Duration::from_secs(*wait))?.line()));
            Ok(0)
        }
        WorkArgs { cancel: Some(id), .. } => {
            Spool::open(&env)?.cancel(id)?;
            Ok(0)
        }
        WorkArgs { make_hub: Some(name), .. } => {
            report::answer(&format!("{}\n", run::hub_line(&run::make_hub_here(&env, name)?)));
            Ok(0)
        }
        WorkArgs { drop_hub: Some(name), .. } => {
            report::answer(&format!("{}\n", run::remove_hub_here(&env, name)?.line()));
            Ok(0)
        }
        WorkArgs { perform: Some(id), .. } => Ok(perform(id)?),
        WorkArgs { job, .. } if !job.is_empty() => Ok(job_of_queue(job, &env)?),
        WorkArgs { print_job: words, .. } => {
            report::answer(&super::work_manifest::manifest(words)?);
            Ok(0)
        }
    }
}

/// What comes on standard input, whole.
fn heard() -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(LONGEST + 1).read_to_end(&mut bytes);
    read.map_err(|e| Error::failed("reading standard input", e))?;
    if bytes.len() as u64 > LONGEST {
        return Err(Error::new(ErrorKind::Usage, "reading standard input", "it is too long"));
    }
    Ok(bytes)
}

/// Takes work. A refusal is an answer: whoever asks must tell it from a host that does not answer.
fn take() -> Result<u8> {
    let bytes = heard()?;
    match taken(&bytes) {
        Ok(id) => report::answer(&format!("{TAKEN}{id}\n")),
        Err(error) if error.kind == ErrorKind::Declined => {
            let hint = error.hints.first().map(|hint| format!(" ({hint})")).unwrap_or_default();
            report::answer(&format!("{}{}{hint}\n", crate::executor::DECLINED, error.cause));
        }
        Err(error) => return Err(error),
    }
    Ok(0)
}

fn taken(bytes: &[u8]) -> Result<String> {
    let refused = |cause: String| Error::new(ErrorKind::Declined, "taking work", cause);
    // The version first: what follows may have other words in another one.
    let version = serde_json::from_slice::<serde_json::Value>(bytes).ok();
    let version = version.as_ref().and_then(|it| it["version"].as_str()).unwrap_or("unknown").to_owned();
    if version != VERSION {
        let cause = format!("git orca is {VERSION} there and {version} here");
        return Err(refused(cause).hint("install the same version on both machines"));
    }
    let errand: Errand = serde_json::from_slice(bytes).map_err(|e| refused(format!("it cannot be read: {e}")))?;
    let env = env::current();
    FarKey::learned(&env, &errand.key)?;
    let spool = Spool::open(&env)?;
    let log = spool.log(&errand.id())?;
    spool.take(&errand, |id| {
        let args: Vec<OsString> = ["work", "--perform", id].map(OsString::from).to_vec();
        Ok(detach::start(&args, &log)?.id)
    })
}

/// Does a job that a queue started. Where the hub is not there at all, only the exit code can tell: nobody else can be told.
fn job_of_queue(words: &[String], env: &BTreeMap<String, String>) -> Result<u8> {
    let (errand, key) = run::errand_of_job(words, env)?;
    let is_away = PathBuf::from(&errand.hub).is_absolute() && !PathBuf::from(&errand.hub).exists();
    if is_away {
        let cause = format!("`{}` is not on this node", errand.hub);
        report::refuse_error(&Error::new(ErrorKind::Declined, "fetching a job", cause));
        return Ok(HUB_AWAY);
    }
    run::perform_here(&errand, &key, None).map(|()| 0)
}

fn state(id: &str, wait: Duration) -> Result<SpoolState> {
    let spool = Spool::open(&env::current())?;
    let begun = Instant::now();
    loop {
        let state = spool.state(id);
        if state != SpoolState::Running || begun.elapsed() >= wait {
            return Ok(state);
        }
        std::thread::sleep(LOOK.min(wait));
    }
}

/// Does work that was taken, and notes how it came to its end.
fn perform(id: &str) -> Result<u8> {
    let env = env::current();
    let spool = Spool::open(&env)?;
    // Home folders are where git looks for nothing: no repository is meant but that of the work.
    std::env::set_current_dir(env.get("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from))
        .map_err(|e| Error::failed("leaving the current folder", e))?;
    let done = spool.errand(id).and_then(|errand| {
        let key = FarKey::learned(&env, &errand.key)?;
        run::perform_here(&errand, &key, Some(&spool))
    });
    let state = match &done {
        Ok(()) => SpoolState::Exited(0),
        Err(error) => {
            report::refuse_error(error);
            let why = error.sentence();
            if run::is_refusal(error) { SpoolState::Refused(why) } else { SpoolState::Gone(why) }
        }
    };
    spool.end(id, &state)?;
    Ok(u8::from(done.is_err()))
}
