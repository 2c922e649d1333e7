//! One call: a command of this program, its words told as progress, its end waited for.

use std::ffi::OsString;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rmcp::RoleServer;
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::{Peer, RequestContext};
use serde_json::Value;
use tokio::sync::{Notify, mpsc, watch};

use super::called::ServedCall;
use crate::model::Result;
use crate::process::{CommandAnswer, SpokenLine, run_again};
use crate::report::words::display::safe;

/// Characters of a line that is told as progress.
const TOLD: usize = 300;

/// How a command is run for a client.
#[derive(Debug)]
pub struct CommandCall<'a> {
    /// Where.
    pub cwd: &'a Path,
    /// Its words.
    pub words: &'a [String],
    /// Whether it can be broken off.
    pub can_stop: bool,
    /// For how long it keeps answering.
    pub wait: Option<Duration>,
}

/// Runs it. Broken off by the client, by the end of the connection, or when what it waits for has come; a call that
/// changes something is never broken off.
///
/// # Errors
/// The command cannot be started.
pub async fn run(
    call: &CommandCall<'_>,
    context: &RequestContext<RoleServer>,
    closed: watch::Receiver<bool>,
) -> Result<CommandAnswer> {
    let served = ServedCall::asks(&client_of(context));
    let args: Vec<OsString> = served.words().iter().chain(call.words).map(OsString::from).collect();
    let (lines, mut heard) = mpsc::unbounded_channel();
    let needed = Arc::new(Notify::new());
    let running = run_again(&args, call.cwd, lines, ends(call, context, closed, needed.clone()));
    tokio::pin!(running);
    let mut needs = NeedWatch::default();
    let mut progress = ProgressTeller { peer: &context.peer, token: context.meta.get_progress_token(), told: 0.0 };
    loop {
        tokio::select! {
            biased;
            Some(line) = heard.recv() => {
                if call.wait.is_some() && needs.is_new(&line) {
                    needed.notify_one();
                }
                progress.tell(&line).await;
            }
            answer = &mut running => return answer,
        }
    }
}

/// The client, as it named itself.
fn client_of(context: &RequestContext<RoleServer>) -> String {
    let named = context.client_info().map(|client| format!("{} {}", client.name, client.version));
    named.unwrap_or_else(|| "a client without a name".to_owned())
}

fn ends(
    call: &CommandCall<'_>,
    context: &RequestContext<RoleServer>,
    mut closed: watch::Receiver<bool>,
    needed: Arc<Notify>,
) -> impl Future<Output = ()> + use<> {
    let (can_stop, wait, cancelled) = (call.can_stop, call.wait, context.ct.clone());
    async move {
        let over = async {
            match wait {
                Some(wait) => tokio::time::sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        if !can_stop {
            return std::future::pending().await;
        }
        tokio::select! {
            () = cancelled.cancelled() => {}
            // A sender that is gone has closed.
            _ = closed.wait_for(|closed| *closed) => {}
            () = needed.notified() => {}
            () = over => {}
        }
    }
}

/// What a run needed of a person when its status was told first.
#[derive(Debug, Default)]
struct NeedWatch {
    first: Option<Vec<Value>>,
}

impl NeedWatch {
    /// Whether a status tells a need that was not there at first.
    fn is_new(&mut self, line: &SpokenLine) -> bool {
        let SpokenLine::Answer(answer) = line else { return false };
        let Ok(status) = serde_json::from_str::<Value>(answer) else { return false };
        let needs = status["needs_you"].as_array().cloned().unwrap_or_default();
        let first = self.first.get_or_insert_with(|| needs.clone());
        needs.iter().any(|need| !first.contains(need))
    }
}

/// Tells a client what a command says, where it asked for that.
struct ProgressTeller<'a> {
    peer: &'a Peer<RoleServer>,
    token: Option<ProgressToken>,
    told: f64,
}

impl ProgressTeller<'_> {
    async fn tell(&mut self, line: &SpokenLine) {
        let Some(token) = self.token.clone() else { return };
        let Some(text) = in_words(line) else { return };
        self.told += 1.0;
        let progress = ProgressNotificationParam::new(token, self.told).with_message(text);
        // A client that is gone hears nothing.
        let _ = self.peer.notify_progress(progress).await;
    }
}

/// A line as progress: words as they are, a status by its counts, other answers not at all.
fn in_words(line: &SpokenLine) -> Option<String> {
    match line {
        SpokenLine::Word(words) => Some(safe(words).chars().take(TOLD).collect()).filter(|it: &String| !it.is_empty()),
        SpokenLine::Answer(answer) => {
            let status: Value = serde_json::from_str(answer).ok()?;
            let tasks = status["tasks"].as_array()?;
            let landed = tasks.iter().filter(|task| task["state"] == "landed").count();
            let running = tasks.iter().filter(|task| task["state"] == "running").count();
            Some(format!("{landed} of {} tasks landed, {running} running", tasks.len()))
        }
    }
}
