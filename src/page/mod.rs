//! `git orca serve`: a page in the browser, on 127.0.0.1 alone. It is the report of a run as it is now, with what a person
//! can do beside it. (The server for other programs is [`crate::serve`], `git orca mcp`.)
//!
//! - Reading: `live` follows the journal and renders the report; the page's script asks for it again and again, and
//!   without a script the page loads itself anew.
//! - Acting: a form is a call of a tool of [`crate::serve`], and that a command of this program, run once more (`deeds`).
//!   What a command refuses is refused here; nothing is ever trusted here; the journal names the page.
//!
//! ## Who may
//!
//! `guard` decides, on facts alone, and `secrets` holds what it compares with:
//!
//! - Another site, or another program behind a name that it points at 127.0.0.1: `Host` has to be this machine's own name,
//!   `Origin` this very page, and what acts is a POST with JSON and a token in a header, which no form of another site has.
//! - Another user or an agent on this machine: the address that is printed has a token, which the first load gives for a
//!   cookie and leaves. Browsers send cookies to every port of a host, so this one belongs to a path that nobody guesses.
//! - The page itself: its policy allows its own style and script, and nothing else; all text in it is escaped.
//!
//! ## To add something to do
//!
//! Its tool's name in `deeds::DEEDS`, and a form in `report::screens::html::controls`.

mod deeds;
mod guard;
mod live;
mod request;
mod response;
mod secrets;
mod server;

use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;

use crate::model::{Error, ErrorKind, Result};
use crate::process::Interrupts;
use crate::report;
use live::LiveRun;
use secrets::PageSecrets;
use server::PageServer;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageWish {
    /// The run; without one, the active run, else the last.
    pub run: Option<String>,
    /// The port; 0 for a free one.
    pub port: u16,
}

/// Serves until Ctrl-C or SIGTERM.
///
/// # Errors
/// There is no such run, or the port is taken.
pub fn serve_page(cwd: &Path, wish: &PageWish) -> Result<()> {
    let mut live = LiveRun::new(cwd, wish.run.clone());
    let shown = live.look()?.run;
    let secrets = PageSecrets::fresh()?;
    let doing = "serving the page";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| Error::failed(doing, e))?;
    let served = runtime.block_on(async {
        let mut interrupts = Interrupts::listen().map_err(|e| Error::failed(doing, e))?;
        let listener = TcpListener::bind(("127.0.0.1", wish.port)).await.map_err(|e| taken(wish.port, &e))?;
        let port = listener.local_addr().map_err(|e| Error::failed(doing, e))?.port();
        report::answer(&format!("http://127.0.0.1:{port}/?token={}", secrets.entry));
        report::say(&format!("shows run {shown}; open it in a browser on this machine; Ctrl-C ends it"));
        let server = Arc::new(PageServer::new(cwd, live, secrets));
        tokio::select! {
            () = server::accept(listener, server) => {}
            _ = interrupts.next() => {}
        }
        Ok(())
    });
    // A command that the page has called goes on alone.
    runtime.shutdown_background();
    served
}

fn taken(port: u16, why: &std::io::Error) -> Error {
    let doing = format!("listening on 127.0.0.1:{port}");
    Error::new(ErrorKind::Environment, doing, why.to_string()).hint("git orca serve   takes a free port")
}
