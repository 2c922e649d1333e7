//! Services of a worktree's own (`[resources.db]`): made at its first use, fresh at each further one, gone with it.
//!
//! A note of how to remove one is written before it is made, so that whoever removes the worktree later, also after a
//! kill in the middle, removes it, too.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::ready::Ready;
use super::setup_command::fenced;
use super::teardown::{self, NotedCommand, SERVICE};
use crate::model::{Error, Oid, Result, Service};
use crate::process::{End, Extras, StopSignal};
use crate::run::run_env::RunEnv;
use crate::run::worker::{end_of_file, end_words};

/// Longest making of a service, seconds: a large schema with its seeds takes minutes.
const MAKING_TIME: u64 = 10 * 60;

/// What is known of a service that was made for a worktree.
#[derive(Debug, Serialize, Deserialize)]
struct MadeService {
    /// As it was made.
    service: Service,
    /// Whether the making came to its end.
    is_whole: bool,
}

fn record_of(slots: &Path, slot: &str, service: &str) -> PathBuf {
    teardown::noted_beside(slots, slot, &format!("{SERVICE}{service}"))
}

fn write_record(site: &RunEnv, slot: &str, service: &Service, is_whole: bool) -> Result<()> {
    let made = MadeService { service: service.clone(), is_whole };
    let doing = |e: std::io::Error| Error::failed(format!("noting the service `{}`", service.name), e);
    let bytes = serde_json::to_vec(&made).map_err(|e| doing(e.into()))?;
    teardown::write_private(&record_of(&site.slots, slot, &service.name), &bytes).map_err(doing)
}

/// What has to be done for a fresh service. Pure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Renewal {
    /// It was never here.
    Make,
    /// It is here: empty it.
    Reset,
    /// It is here, perhaps by half or as an older text made it.
    Replace {
        /// Whether it must be possible to remove it: it is there for certain.
        whole: bool,
    },
}

fn renewal(made: Option<&MadeService>, wanted: &Service) -> Renewal {
    match made {
        None => Renewal::Make,
        Some(made) if made.is_whole && made.service == *wanted && wanted.reset.is_some() => Renewal::Reset,
        Some(made) => Renewal::Replace { whole: made.is_whole },
    }
}

/// Makes sure that a worktree has fresh services.
///
/// # Errors
/// One cannot be made, with the end of what its command said.
pub(super) async fn renew(site: &RunEnv, ready: &Ready, base: &Oid, log: &str, stop: &StopSignal) -> Result<()> {
    let slot = &ready.slot.name;
    for service in &site.info.options.services {
        let wanted = service.in_place(&site.marker.repo, slot);
        let made = fs::read(record_of(&site.slots, slot, &wanted.name)).ok();
        let made: Option<MadeService> = made.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let log = format!("{log}-{}.log", wanted.name);
        let call = async |doing: &str, text: &str| {
            let doing = format!("{doing} the service `{}` of the worktree `{slot}`", wanted.name);
            run(site, ready, base, text, &log, stop.clone()).await.map_err(|cause| {
                Error::failed(doing, cause).hint(format!("its output: {}", site.paths.root().join(&log).display()))
            })
        };
        match renewal(made.as_ref(), &wanted) {
            Renewal::Reset => {
                call("emptying", wanted.reset.as_deref().unwrap_or_default()).await?;
                continue;
            }
            Renewal::Replace { whole } => {
                let drop = made.as_ref().map_or(&wanted.drop, |made| &made.service.drop);
                let gone = call("removing", drop).await;
                // What was made by half may be nothing yet.
                if whole {
                    gone?;
                }
            }
            Renewal::Make => {}
        }
        let noted = NotedCommand { name: format!("service {}", wanted.name), text: &wanted.drop };
        teardown::note(site, ready, base, &noted)?;
        write_record(site, slot, &wanted, false)?;
        call("making", &wanted.create).await?;
        write_record(site, slot, &wanted, true)?;
    }
    Ok(())
}

async fn run(
    site: &RunEnv,
    ready: &Ready,
    base: &Oid,
    text: &str,
    log: &str,
    stop: StopSignal,
) -> std::result::Result<(), String> {
    let log = site.log(log).map_err(|error| error.to_string())?;
    let spec = fenced(site, ready, base, text, &log, MAKING_TIME).map_err(|error| error.cause)?;
    let ended = site.perform(&ready.slot, spec, stop, |_| {}, Extras::default()).await;
    match ended.end {
        End::Exited(0) => Ok(()),
        end => Err(format!("`{text}` ended with {}: {}", end_words(&end), end_of_file(&log, 600).trim())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_emptied_or_replaced() {
        let plain = Service { name: "db".into(), create: "c".into(), ..Service::default() };
        let emptied = Service { reset: Some("r".into()), ..plain.clone() };
        let made = |service: &Service, is_whole| Some(MadeService { service: service.clone(), is_whole });
        let table = [
            (None, &plain, Renewal::Make),
            (made(&plain, true), &plain, Renewal::Replace { whole: true }),
            (made(&plain, false), &plain, Renewal::Replace { whole: false }),
            (made(&emptied, true), &emptied, Renewal::Reset),
            (made(&emptied, false), &emptied, Renewal::Replace { whole: false }),
            (made(&plain, true), &emptied, Renewal::Replace { whole: true }),
        ];
        for (n, (made, wanted, expected)) in table.into_iter().enumerate() {
            assert_eq!(renewal(made.as_ref(), wanted), expected, "row {n}");
        }
    }
}
