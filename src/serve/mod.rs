//! `git orca mcp`: status and control for other programs, by the Model Context Protocol over stdin and stdout.
//!
//! A call is a command of this program, run once more: its answer is the JSON that the command prints, and what a command
//! refuses is refused here. `tools` is the list, as data; `words` makes a command line of a call, in which no value
//! can become an option; `scope` says for whom the server serves; `answer` makes the reply. `rmcp` speaks the protocol
//! (`server`).
//!
//! - Reading is always offered; beginning and controlling runs with `--allow-write`; answering for a person with
//!   `--allow-approve`, and then the journal names the client.
//! - Nothing is ever trusted here: `--yes` is never said, and nobody can be asked. A repository that is not trusted answers
//!   with the command for a person to type.
//! - A run is begun in the background and needs a limit. The end of the connection breaks off what only reads.
//! - Inside an attempt the server reads only, about the attempt's own task, whatever its flags.
//!
//! ## To add a tool
//!
//! An entry in `tools::TOOLS`; a test in `tests/commands/mcp.rs` that calls it.

mod answer;
mod call;
pub mod called;
mod resources;
mod schema;
pub mod scope;
mod server;
pub mod tool;
pub mod tools;
pub mod uri;
pub mod words;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rmcp::ServiceExt;
use rmcp::service::ServerInitializeError;
use tokio::sync::{Semaphore, watch};

use crate::model::{Error, Result};
use crate::process::is_launched;
use crate::run::is_inside;
use crate::start::here::Here;
use scope::{ServeGrants, ServeScope};
use server::{OrcaServer, PLACES};

/// How long calls that change something may still take when the client has gone; they go on after that without us.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves one client, until it closes the connection.
///
/// # Errors
/// The client does not speak the protocol, or stdin and stdout cannot be used.
pub fn serve(cwd: &Path, grants: ServeGrants) -> Result<()> {
    let doing = "serving over stdin and stdout";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| Error::failed(doing, e))?;
    let served = runtime.block_on(async {
        let (closing, closed) = watch::channel(false);
        let places = Arc::new(Semaphore::new(PLACES as usize));
        let server = OrcaServer::new(cwd.to_owned(), scope_of(cwd, grants), places.clone(), closed);
        let running = match server.serve(rmcp::transport::stdio()).await {
            // A client that asks nothing and goes is no failure.
            Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
            other => other.map_err(|e| Error::failed(doing, e))?,
        };
        let ended = running.waiting().await.map_err(|e| Error::failed(doing, e));
        closing.send_replace(true);
        // Whoever does not end in time goes on alone.
        let _ = tokio::time::timeout(PATIENCE, places.acquire_many(PLACES)).await;
        ended.map(drop)
    });
    // A read of stdin that is still open holds nothing up.
    runtime.shutdown_background();
    served
}

/// For whom we serve: a server that descends from an attempt of this repository is its agent's. Where that cannot be
/// looked at, no more than reading is offered.
fn scope_of(cwd: &Path, grants: ServeGrants) -> ServeScope {
    if !is_launched() {
        return ServeScope::Outside(grants);
    }
    match Here::at(cwd) {
        Ok(here) if !is_inside(here.repo.common_dir()) => ServeScope::Outside(grants),
        Ok(here) => {
            ServeScope::Inside { task: here.env.get("ORCA_TASK").cloned(), run: here.env.get("ORCA_RUN").cloned() }
        }
        Err(_) => ServeScope::Outside(ServeGrants::default()),
    }
}
