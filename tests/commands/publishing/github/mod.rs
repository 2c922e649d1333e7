//! A GitHub, or a Forgejo, on 127.0.0.1: stateful, over a real bare repository. It refuses what GitHub refuses (duplicates, missing heads,
//! empty differences, wrong bases), freezes what GitHub freezes, and fails as a test tells it to.

mod forgejo;
mod graph;
mod history;
mod routes;
mod shapes;
mod speaker;

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::Value;

pub use speaker::Speaker;

/// How a pull request is merged on the server's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// A merge commit.
    Merge,
    /// One new commit.
    Squash,
    /// Each commit again.
    Rebase,
}

/// A pull request on the server.
#[derive(Debug, Clone)]
pub struct Pull {
    pub number: u64,
    pub head: String,
    pub head_sha: String,
    pub base: String,
    pub title: String,
    pub body: String,
    pub draft: bool,
    /// `open` or `closed`.
    pub state: &'static str,
    pub merged_as: Option<String>,
    /// Nobody where that account is gone.
    pub merged_by: Option<&'static str>,
    pub labels: Vec<String>,
    pub reviewers: Vec<String>,
    pub comments: Vec<(u64, String)>,
    pub reviews: Vec<(String, &'static str)>,
    pub remarks: Vec<Value>,
    pub stack: Option<u64>,
    /// Who opened it; nobody where that account is gone.
    pub author: Option<&'static str>,
    /// Owner of the repository that its branch is in; nobody where that is gone.
    pub from: Option<&'static str>,
}

/// Whose interface is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Speaks {
    #[default]
    GitHub,
    Forgejo,
}

/// What goes wrong, once, with the next request whose method and path it names.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Nothing: it is answered as usual.
    Fine,
    /// This status, with these headers and this message, and nothing done.
    Answer(u16, &'static [(&'static str, &'static str)], &'static str),
    /// No request is left for this many seconds, by the server's clock; nothing is done.
    LimitFor(u64),
    /// It is done, and the line is cut before the answer.
    CutAfter,
    /// The line is cut before anything is done.
    CutBefore,
    /// It is done, and nothing is said for this long, in milliseconds; by then nobody may listen.
    Silent(u64),
}

/// A request that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub method: String,
    pub path: String,
    pub status: u16,
}

#[derive(Debug, Default, Clone)]
pub struct Forge {
    pub pulls: Vec<Pull>,
    pub statuses: Vec<(String, Value)>,
    /// Issues as the server shows them; what they wait for stands under `_blocked_by` and `_parts`, as numbers.
    pub issues: Vec<Value>,
    /// Check runs, by commit, the newest of each name.
    pub check_runs: Vec<(String, Value)>,
    /// Rules of every branch, where the server tells them.
    pub rules: Option<Vec<Value>>,
    pub sent: Vec<Sent>,
    /// All headers and bodies that came.
    pub received: String,
    faults: Vec<(String, String, VecDeque<Fault>)>,
    /// Whether every line is cut before anything is done.
    pub is_away: bool,
    /// Answers that said only that nothing has changed.
    pub unchanged: usize,
    pub has_stacks: bool,
    pub speaks: Speaks,
    /// Whether it has no GraphQL, or does not let this token use it.
    pub no_graph: bool,
    /// Comments on issues that are no pull requests: issue, number, text.
    pub issue_comments: Vec<(u64, u64, String)>,
    /// Whose token it is.
    pub account: Speaker,
    /// Who wrote comments that are not by that account, by their ids.
    pub others: BTreeMap<u64, Speaker>,
    /// People of whom no review can be asked for.
    pub no_reviewers: Vec<&'static str>,
    /// Labels of the repository, by number.
    pub labels: Vec<(u64, String)>,
    /// Most items of a page; 0 for as many as are asked for.
    pub most_per_page: usize,
    pub stacks: Vec<(u64, Vec<u64>)>,
    /// Looks until an asynchronous merge is done.
    pub merge_takes: usize,
    /// Whether the repository is called `ada/store` now, and its old name only leads there.
    pub is_renamed: bool,
    /// Whether what is to be merged goes into a queue.
    pub queues: bool,
    merging: Vec<(String, u64, usize)>,
    next: u64,
    bare: PathBuf,
}

/// The server. Its threads end with the test.
#[derive(Debug)]
pub struct GitHub {
    port: u16,
    state: Arc<Mutex<Forge>>,
}

impl GitHub {
    /// Starts it over the bare repository at `bare`, as `ada/shop`.
    pub fn start(bare: &Path, speaks: Speaks) -> GitHub {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(Forge { bare: bare.to_owned(), speaks, next: 1, ..Forge::default() }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                // A client that goes away in the middle is a client that was ended.
                std::thread::spawn(move || drop(serve(stream, &state)));
            }
        });
        GitHub { port, state }
    }

    /// The address of its interface.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its state, to look at and to change.
    pub fn state(&self) -> MutexGuard<'_, Forge> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The next requests of this method whose path contains `path` meet these faults, in order.
    pub fn fails(&self, method: &str, path: &str, faults: impl IntoIterator<Item = Fault>) {
        self.state().faults.push((method.to_owned(), path.to_owned(), faults.into_iter().collect()));
    }

    /// Merges a pull request on the server's page.
    pub fn merge(&self, number: u64, how: How) {
        self.state().merge(number, how).unwrap();
    }

    /// The pull requests, brought up to date with the repository.
    pub fn pulls(&self) -> Vec<Pull> {
        let mut state = self.state();
        state.refresh();
        state.pulls.clone()
    }

    /// Forgets the requests so far.
    pub fn forget(&self) {
        self.state().sent.clear();
    }

    /// Requests that change something, so far. Questions in GraphQL do not.
    pub fn writes(&self) -> Vec<Sent> {
        let writes = |sent: &&Sent| sent.method != "GET" && sent.path != "/graphql";
        self.state().sent.iter().filter(writes).cloned().collect()
    }
}

pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    tag: Option<String>,
    pub(super) body: Value,
}

/// Status, more headers, and body of an answer.
struct Answer(u16, Vec<(String, String)>, Value);

fn serve(stream: TcpStream, state: &Mutex<Forge>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    while let Some((request, raw)) = read(&mut reader)? {
        let mut forge = state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        forge.received.push_str(&raw);
        let fault = forge.is_away.then_some(Fault::CutBefore).or_else(|| forge.fault(&request));
        let answer = match &fault {
            Some(Fault::Answer(status, headers, message)) => {
                let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
                Answer(*status, headers, shapes::error(message))
            }
            Some(Fault::LimitFor(seconds)) => limited(*seconds),
            Some(Fault::CutBefore) => Answer(0, Vec::new(), Value::Null),
            _ => match forge.speaks {
                Speaks::GitHub => routes::answer(&mut forge, &request),
                Speaks::Forgejo => forgejo::answer(&mut forge, &request),
            },
        };
        let path = request.path.clone();
        forge.sent.push(Sent { method: request.method.clone(), path, status: answer.0 });
        drop(forge);
        if matches!(fault, Some(Fault::CutAfter | Fault::CutBefore)) {
            return stream.shutdown(std::net::Shutdown::Both);
        }
        if let Some(Fault::Silent(time)) = fault {
            std::thread::sleep(std::time::Duration::from_millis(time));
        }
        let was_known = write(&mut stream, &request, &answer)?;
        state.lock().unwrap_or_else(std::sync::PoisonError::into_inner).unchanged += usize::from(was_known);
    }
    Ok(())
}

/// An hourly limit that is used up: the server says at what second of its clock it begins anew.
fn limited(seconds: u64) -> Answer {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let headers = [("x-ratelimit-remaining", "0".to_owned()), ("x-ratelimit-reset", (now + seconds).to_string())];
    let headers = headers.map(|(name, value)| (name.to_owned(), value));
    Answer(403, headers.to_vec(), shapes::error("API rate limit exceeded for user ID 1."))
}

pub(super) fn read(reader: &mut impl BufRead) -> std::io::Result<Option<(Request, String)>> {
    let mut raw = String::new();
    if reader.read_line(&mut raw)? == 0 {
        return Ok(None);
    }
    let mut words = raw.split(' ');
    let (method, path) = (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
    let (mut length, mut tag) = (0, None);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        raw.push_str(&line);
        let Some((name, value)) = line.trim().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "if-none-match" => tag = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Ok(Some((Request { method, path, tag, body }, raw)))
}

/// Writes an answer. Whether it said only that nothing has changed.
fn write(stream: &mut TcpStream, request: &Request, Answer(status, headers, body): &Answer) -> std::io::Result<bool> {
    let text = if *status == 204 { String::new() } else { body.to_string() };
    let tag = format!("\"{:08x}\"", crc32fast::hash(text.as_bytes()));
    let fresh = request.method != "GET" || *status != 200 || request.tag.as_ref() != Some(&tag);
    let (status, text) = if fresh { (*status, text) } else { (304, String::new()) };
    let mut out = format!("HTTP/1.1 {status} Answer\r\netag: {tag}\r\n");
    headers.iter().for_each(|(name, value)| out.push_str(&format!("{name}: {value}\r\n")));
    // What has no body has no kind: whoever reads one by its kind would look for it.
    if status != 204 && status != 304 {
        out.push_str("content-type: application/json\r\n");
    }
    if status != 304 {
        out.push_str(&format!("content-length: {}\r\n", text.len()));
    }
    out.push_str("\r\n");
    out.push_str(&text);
    stream.write_all(out.as_bytes())?;
    Ok(!fresh)
}

impl Forge {
    fn fault(&mut self, request: &Request) -> Option<Fault> {
        let fits = |(method, path, left): &(String, String, VecDeque<Fault>)| {
            *method == request.method && request.path.contains(path.as_str()) && !left.is_empty()
        };
        self.faults.iter_mut().find(|fault| fits(fault))?.2.pop_front()
    }

    pub fn pull(&mut self, number: u64) -> Option<&mut Pull> {
        self.pulls.iter_mut().find(|pull| pull.number == number)
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }
}
