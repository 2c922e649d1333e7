//! The server: connections in, answers out.

use std::convert::Infallible;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{Request, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};

use super::deeds::{self, CLIENT};
use super::guard::{PageRoute, admit};
use super::live::{LiveLook, LiveRun};
use super::request::{COOKIE, RequestFacts};
use super::response::{PageAnswer, answer, with_header, words};
use super::secrets::PageSecrets;
use crate::model::{Error, Result};
use crate::process::{CommandAnswer, run_again};
use crate::report::screens::html::{LivePage, PAGE_STYLE, live_html};
use crate::serve::called::ServedCall;

/// Connections at once; more than a few tabs never have.
const CONNECTIONS: usize = 64;
/// How long a request's head may take.
const HEAD: Duration = Duration::from_secs(10);
/// Bytes of a call.
const CALL: usize = 64 << 10;
/// The page's script.
const SCRIPT: &str = include_str!("page.js");

/// What all connections share.
#[derive(Debug)]
pub struct PageServer {
    cwd: PathBuf,
    live: Mutex<LiveRun>,
    secrets: PageSecrets,
}

impl PageServer {
    /// A server of the page about `live`.
    pub fn new(cwd: &Path, live: LiveRun, secrets: PageSecrets) -> PageServer {
        PageServer { cwd: cwd.to_owned(), live: Mutex::new(live), secrets }
    }
}

/// Takes connections, for ever.
pub async fn accept(listener: TcpListener, server: Arc<PageServer>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        // Never closed.
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors, or a peer that went at once: others may still come.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let server = server.clone();
        tokio::spawn(async move {
            converse(stream, server).await;
            drop(place);
        });
    }
}

async fn converse(stream: TcpStream, server: Arc<PageServer>) {
    let service = service_fn(|request| {
        let server = server.clone();
        async move { Ok::<_, Infallible>(respond(&server, request).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD);
    // A browser that goes in the middle has lost nothing of ours.
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(server: &Arc<PageServer>, request: Request<Incoming>) -> PageAnswer {
    let (head, body) = request.into_parts();
    let facts = RequestFacts::read(&head.method, &head.uri, &head.headers);
    let route = match admit(&server.secrets, &facts) {
        Ok(route) => route,
        Err(refusal) => {
            let (status, said) = refusal.answer();
            return words(status, said);
        }
    };
    let known = head.headers.get(header::IF_NONE_MATCH).and_then(|tag| tag.to_str().ok());
    let answered = match route {
        PageRoute::Enter => return enter(&server.secrets),
        PageRoute::Style => return answer(200, "text/css; charset=utf-8", PAGE_STYLE),
        PageRoute::Script => return answer(200, "text/javascript; charset=utf-8", SCRIPT),
        PageRoute::Page => look(server).await.map(|look| whole(server, &look)),
        PageRoute::Main => look(server).await.map(|look| main(look, known)),
        PageRoute::Diff { run, task } => diff(server, &run, task).await,
        PageRoute::Act(tool) => act(server, &tool, body).await,
    };
    answered.unwrap_or_else(|error| words(500, &error.sentence()))
}

/// Gives the cookie for the token, at an address without it.
fn enter(secrets: &PageSecrets) -> PageAnswer {
    let path = format!("/{}/", secrets.path);
    let cookie = format!("{COOKIE}={}; Path={path}; HttpOnly; SameSite=Strict", secrets.cookie);
    with_header(with_header(words(303, "This way."), header::LOCATION, &path), header::SET_COOKIE, &cookie)
}

async fn look(server: &Arc<PageServer>) -> Result<LiveLook> {
    let server = server.clone();
    let looked = tokio::task::spawn_blocking(move || {
        // A look that failed half-way has taken nothing along: the next one begins anew.
        server.live.lock().unwrap_or_else(PoisonError::into_inner).look()
    });
    looked.await.map_err(|e| Error::failed("looking at the run", e))?
}

fn whole(server: &PageServer, look: &LiveLook) -> PageAnswer {
    let page = LivePage { run: &look.run, token: &server.secrets.token, is_live: look.is_live };
    answer(200, "text/html; charset=utf-8", live_html(&page, &look.main))
}

fn main(look: LiveLook, known: Option<&str>) -> PageAnswer {
    let tag = look.tag();
    let body = if known == Some(tag.as_str()) {
        answer(304, "text/html", "")
    } else {
        answer(200, "text/html; charset=utf-8", look.main)
    };
    with_header(body, header::ETAG, &tag)
}

async fn diff(server: &PageServer, run: &str, task: String) -> Result<PageAnswer> {
    let command = ["diff".to_owned(), format!("--run={run}"), "--".to_owned(), task];
    let said = call(server, &command).await?;
    Ok(match said.code {
        0 => answer(200, "text/plain; charset=utf-8", said.stdout),
        _ => words(404, said.stderr.trim()),
    })
}

async fn act(server: &PageServer, tool: &str, body: Incoming) -> Result<PageAnswer> {
    let Ok(body) = Limited::new(body, CALL).collect().await else {
        return Ok(words(413, "This call is too long: nothing was done."));
    };
    let (status, said) = match deeds::deed_words(tool, &body.to_bytes()) {
        Ok(command) => deeds::told(&call(server, &command).await?),
        Err(why) => deeds::refused(&why),
    };
    Ok(answer(status, "application/json", said.to_string()))
}

/// Runs a command of this program, as a program's call: it can ask nobody, and a run that it begins lives on its own.
async fn call(server: &PageServer, command: &[String]) -> Result<CommandAnswer> {
    let served = ServedCall::asks(CLIENT);
    let args: Vec<OsString> = served.words().iter().chain(command).map(OsString::from).collect();
    let (lines, _unheard) = mpsc::unbounded_channel();
    run_again(&args, &server.cwd, lines, std::future::pending()).await
}
