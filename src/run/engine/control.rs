//! How a person's requests reach a run that lives: over a socket in the user's runtime folder, whose other end the
//! kernel names. What descends from this process is an attempt's, a gate's or a setup command's, and is refused: an
//! agent cannot approve its own work. While nobody drives the run, requests wait in its inbox.
//!
//! Without a fence this stops mistakes, not intent: a command that leaves its tree through another program of the
//! user's (`at`, a terminal multiplexer) is not below us any more.

use std::collections::HashMap;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::oneshot;

use super::core::Signal;
use crate::journal::inbox::{self, Message};
use crate::journal::{Event, Request, RunPaths, Store};
use crate::model::{Error, ErrorKind, Result};
use crate::process::{descends_from, describe_process, repo_digest};

/// Longest request: a person's words and some ids.
const LONGEST: u64 = 1 << 24;
/// How long a caller may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a run may take from its lock to its socket, or a busy one to its answer.
const BEGINNING: Duration = Duration::from_secs(20);
/// Between two tries to reach a run that is only beginning.
const AGAIN: Duration = Duration::from_millis(30);
/// Longest path of a socket: `sun_path` has 108 bytes on Linux, 104 elsewhere.
const LONGEST_PATH: usize = 100;

/// What the run answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ControlReply {
    /// It stands in the journal.
    Recorded,
    /// It is not done, and why.
    Refused(String),
}

/// The folder of sockets: the user's runtime folder, else one of ours in the system's folder for temporary files.
fn folder(runtime: Option<&str>) -> PathBuf {
    let user = nix::unistd::geteuid();
    let given = runtime.map(PathBuf::from).filter(|path| path.is_absolute() && path.is_dir());
    let given = given.map(|path| path.join("git-orca")).filter(|path| path.as_os_str().len() + 20 <= LONGEST_PATH);
    given.unwrap_or_else(|| PathBuf::from(format!("/tmp/git-orca-{user}")))
}

/// Every folder in which the sockets of this user's runs may lie: fences hide them.
pub fn folders(env: &std::collections::BTreeMap<String, String>) -> Vec<PathBuf> {
    vec![folder(env.get("XDG_RUNTIME_DIR").map(String::as_str)), folder(None)]
}

/// The socket of a repository's run.
fn socket(common_dir: &Path) -> PathBuf {
    let runtime = std::env::var("XDG_RUNTIME_DIR").ok();
    folder(runtime.as_deref()).join(format!("{}.sock", repo_digest(common_dir)))
}

/// Makes the folder of the socket, and makes sure that it is nobody else's.
fn private_folder(socket: &Path) -> std::io::Result<()> {
    let folder = socket.parent().unwrap_or(Path::new("/"));
    match std::fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let data = folder.symlink_metadata()?;
    if !data.is_dir() || data.uid() != nix::unistd::geteuid().as_raw() {
        return Err(std::io::Error::other(format!("`{}` belongs to another user", folder.display())));
    }
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
}

/// Requests that are on their way into the journal, by their ids: whoever asked waits for its answer.
#[derive(Debug, Clone, Default)]
pub struct Callers(Arc<Mutex<HashMap<String, oneshot::Sender<ControlReply>>>>);

impl Callers {
    /// A request stands in the journal: its caller hears of it.
    pub fn recorded(&self, message: &str) {
        let caller = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(message);
        // A caller that did not wait is not told.
        let _ = caller.map(|caller| caller.send(ControlReply::Recorded));
    }

    /// The run is over: everybody who still waits is told.
    pub fn dismiss(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn wait(&self, message: &str) -> oneshot::Receiver<ControlReply> {
        let (sender, receiver) = oneshot::channel();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(message.to_owned(), sender);
        receiver
    }
}

/// The socket of a run that lives; gone with this value.
#[derive(Debug)]
pub struct ControlSocket {
    path: PathBuf,
    listener: UnixListener,
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        // Only a name: who finds it without a listener is told that nobody answers.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl ControlSocket {
    /// Opens the socket. The caller holds the repository's lock, so that what lies there is nobody's.
    ///
    /// # Errors
    /// The folder cannot be made or is somebody else's.
    pub fn open(common_dir: &Path) -> Result<ControlSocket> {
        let path = socket(common_dir);
        let open = || -> std::io::Result<UnixListener> {
            private_folder(&path)?;
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            UnixListener::bind(&path)
        };
        let listener = open().map_err(|e| {
            Error::new(
                ErrorKind::Environment,
                format!("opening the control socket `{}`", path.display()),
                e.to_string(),
            )
            .hint("export XDG_RUNTIME_DIR=/a/folder/of/your/own")
        })?;
        Ok(ControlSocket { path, listener })
    }

    /// Takes requests in until the run is over.
    pub async fn serve(self, signals: mpsc::Sender<Signal>, callers: Callers) {
        loop {
            let Ok((stream, _)) = self.listener.accept().await else {
                // Too many open files, for a moment: callers try again.
                tokio::time::sleep(AGAIN).await;
                continue;
            };
            let (signals, callers) = (signals.clone(), callers.clone());
            tokio::spawn(async move {
                // Who goes away early gets no answer.
                let _ = tokio::time::timeout(BEGINNING, answer(stream, &signals, &callers)).await;
            });
        }
    }
}

async fn answer(stream: UnixStream, signals: &mpsc::Sender<Signal>, callers: &Callers) -> std::io::Result<()> {
    let checked = checked(&stream);
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    let mut limited = (&mut stream).take(LONGEST);
    let read = tokio::time::timeout(PATIENCE, limited.read_line(&mut line)).await.unwrap_or(Ok(0));
    let message = read.ok().and_then(|_| serde_json::from_str::<Message>(&line).ok());
    let reply = match (checked, message) {
        (_, None) => ControlReply::Refused("the request cannot be read".to_owned()),
        (Err(why), Some(message)) => {
            let what = format!("{why} asked to {}; that is for people, and was refused", verb(&message.request));
            let _ = signals.send(Signal::Happened(Event::Noticed { attempt: None, what }));
            ControlReply::Refused("attempts, gates and setup commands of a run cannot control it".to_owned())
        }
        (Ok(()), Some(message)) => {
            let recorded = callers.wait(&message.id);
            match signals.send(Signal::Request(message)) {
                Ok(()) => recorded.await.unwrap_or_else(|_| over()),
                Err(_) => over(),
            }
        }
    };
    let mut text = serde_json::to_vec(&reply)?;
    text.push(b'\n');
    stream.write_all(&text).await?;
    stream.flush().await
}

fn over() -> ControlReply {
    ControlReply::Refused("the run is over".to_owned())
}

/// Who is at the other end: this user, and nothing that we started.
fn checked(stream: &UnixStream) -> std::result::Result<(), String> {
    let peer = stream.peer_cred().map_err(|error| format!("somebody unknown ({error})"))?;
    if peer.uid() != nix::unistd::geteuid().as_raw() {
        return Err(format!("user {}", peer.uid()));
    }
    match peer.pid().and_then(|pid| u32::try_from(pid).ok()) {
        // Nobody inside this namespace: then nothing that we started either. Or a system that does not tell.
        None | Some(0) => Ok(()),
        Some(pid) if pid == std::process::id() => Ok(()),
        Some(pid) => match descends_from(pid, std::process::id()) {
            Some(false) => Ok(()),
            Some(true) => Err(describe_process(pid)),
            None if cfg!(target_os = "linux") => Err(format!("process {pid}, which is gone,")),
            None => Ok(()),
        },
    }
}

/// What a request asks for, as the command is called.
fn verb(request: &Request) -> &'static str {
    match request {
        Request::Retry { .. } => "retry a task",
        Request::Skip { .. } => "skip a task",
        Request::StopTasks { .. } => "stop tasks",
        Request::Stop { .. } => "stop the run",
        Request::AtHome => "bring the work on other hosts back",
        Request::Pause => "pause the run",
        Request::Unpause => "continue after a pause",
        Request::Waive(_) => "waive a gate",
        Request::Rework(_) => "give a review back",
        Request::Answer(answer) if answer.yes => "approve",
        Request::Answer(_) => "reject",
        Request::Say { .. } => "say something to an agent",
        Request::ChangePlan(_) => "change the plan",
        Request::Budget { .. } => "change the budget",
        Request::ByHand { .. } => "edit a task",
        Request::Solved { .. } | Request::Carried { .. } => "integrate",
    }
}

/// Sends a request to the run: over its socket while somebody drives it, else into its inbox, where `resume` finds it.
/// The id that it goes under.
///
/// # Errors
/// The run refuses it or does not answer; the inbox cannot be written.
pub fn send(store: &Store, common_dir: &Path, paths: &RunPaths, request: &Request) -> Result<String> {
    let doing = || format!("telling run {}", paths.run);
    let began = Instant::now();
    let message = Message { id: inbox::fresh_id(Timestamp::now()), request: request.clone() };
    loop {
        if !store.is_locked() {
            return inbox::leave(&paths.inbox(), &message).map(|()| message.id);
        }
        match call(common_dir, &message) {
            Ok(ControlReply::Recorded) => return Ok(message.id),
            Ok(refused) if refused == over() => {}
            Ok(ControlReply::Refused(why)) => return Err(Error::new(ErrorKind::Usage, doing(), why)),
            Err(_) if began.elapsed() < BEGINNING => {}
            Err(error) => {
                let cause = format!("a process is running it, but does not answer: {error}");
                return Err(Error::new(ErrorKind::Failed, doing(), cause)
                    .hint("git orca status")
                    .hint("git orca doctor"));
            }
        }
        std::thread::sleep(AGAIN);
    }
}

fn call(common_dir: &Path, message: &Message) -> std::io::Result<ControlReply> {
    use std::io::{BufRead, Write};
    let mut stream = std::os::unix::net::UnixStream::connect(socket(common_dir))?;
    stream.set_read_timeout(Some(BEGINNING))?;
    let mut text = serde_json::to_vec(message)?;
    text.push(b'\n');
    stream.write_all(&text)?;
    let mut line = String::new();
    std::io::BufReader::new(stream).read_line(&mut line)?;
    serde_json::from_str(&line).map_err(std::io::Error::other)
}

/// Sets aside what appears in the inbox of a run that lives, and names it: people's requests come over the socket.
pub fn foreign(paths: &RunPaths) -> Vec<Event> {
    inbox::set_aside(&paths.inbox())
        .into_iter()
        .map(|place| Event::Noticed {
            attempt: None,
            what: format!(
                "a file appeared in the inbox of the run; nobody was asked, it lies in `{}`",
                place.display()
            ),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_or_missing_runtime_folder_is_replaced() {
        let here = tempfile::tempdir().unwrap();
        let given = here.path().display().to_string();
        assert_eq!(folder(Some(&given)), here.path().join("git-orca"));
        let ours = PathBuf::from(format!("/tmp/git-orca-{}", nix::unistd::geteuid()));
        assert_eq!(folder(None), ours);
        assert_eq!(folder(Some("relative")), ours);
        let deep = here.path().join("x".repeat(90));
        std::fs::create_dir(&deep).unwrap();
        assert_eq!(folder(deep.to_str()), ours);
    }

    #[test]
    fn a_folder_of_links_is_not_taken() {
        let here = tempfile::tempdir().unwrap();
        std::fs::create_dir(here.path().join("theirs")).unwrap();
        std::os::unix::fs::symlink(here.path().join("theirs"), here.path().join("link")).unwrap();
        assert!(private_folder(&here.path().join("link/x.sock")).is_err());
        private_folder(&here.path().join("own/x.sock")).unwrap();
        assert_eq!(here.path().join("own").metadata().unwrap().mode() & 0o777, 0o700);
    }

    /// The kernel names the process at the other end: our child is refused, and it is told to the run.
    #[test]
    fn requests_are_recorded_and_children_refused() {
        let here = tempfile::tempdir().unwrap();
        let path = here.path().join("s");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (signals, received) = mpsc::channel();
        let callers = Callers::default();
        let entered = runtime.enter();
        let control = ControlSocket { listener: UnixListener::bind(&path).unwrap(), path: path.clone() };
        drop(entered);
        runtime.spawn(control.serve(signals, callers.clone()));
        let message = Message { id: "one".to_owned(), request: Request::Pause };
        let text = serde_json::to_string(&message).unwrap();
        let asker = std::thread::spawn({
            let (path, text) = (path.clone(), text.clone());
            move || {
                use std::io::{Read, Write};
                let mut stream = std::os::unix::net::UnixStream::connect(path).unwrap();
                writeln!(stream, "{text}").unwrap();
                let mut said = String::new();
                stream.read_to_string(&mut said).unwrap();
                said
            }
        });
        assert_eq!(received.recv().unwrap(), Signal::Request(message));
        callers.recorded("one");
        assert_eq!(asker.join().unwrap(), "\"recorded\"\n");
        if !cfg!(target_os = "linux")
            || crate::process::find_program("python3", option_env!("PATH"), Path::new("/")).is_err()
        {
            return;
        }
        let script = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(sys.argv[2].encode() + b'\\n'); print(s.recv(1000).decode())";
        let out =
            std::process::Command::new("python3").args(["-c", script, path.to_str().unwrap(), &text]).output().unwrap();
        let said = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(said.contains("cannot control it"), "{said}");
        let Signal::Happened(Event::Noticed { what, .. }) = received.recv().unwrap() else { panic!("not told") };
        assert!(what.contains("python3") && what.contains("pause the run"), "{what}");
    }
}
