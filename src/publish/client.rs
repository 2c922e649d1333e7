//! HTTP to a server by octocrab, built without its own retry (which repeats creates) and with limits of time (without one a
//! silent server hangs for ever). What is repeated, and when, follows from [`follow_up`].

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::time::Duration;

use http::header::{ACCEPT, HeaderMap, HeaderValue, IF_NONE_MATCH};
use jiff::Timestamp;
use octocrab::Octocrab;
use serde_json::Value;

use super::dialect::ServerDialect;
use super::reply::{Reply, sign_on_page};
use super::retry::{Answered, Next, Verb, follow_up};
use super::token::Token;
use crate::model::{Error, ErrorKind, Result, crash};

/// Until a connection is there.
const CONNECT: Duration = Duration::from_secs(10);
/// For a whole answer.
const ANSWER: Duration = Duration::from_secs(60);
/// Where GraphQL is asked, whatever stands before it in the server's address.
pub(super) const GRAPH: &str = "/graphql";

/// Called before a wait that the server asked for: how long, and why.
pub type OnWait = Box<dyn Fn(Duration, &str)>;

/// A connection to a server's REST interface.
pub(super) struct Client {
    dialect: &'static ServerDialect,
    /// The path of the interface below its server: `/api/v3`, or nothing.
    below: String,
    runtime: tokio::runtime::Runtime,
    octocrab: Octocrab,
    silence: Duration,
    on_wait: OnWait,
    /// Waits, as lines for people, until somebody takes them.
    waits: RefCell<Vec<String>>,
    /// Answers by path with their entity tags: what has not changed costs no request of the hourly limit.
    seen: RefCell<HashMap<String, (String, Reply)>>,
    /// The account of the token, once it was asked for.
    account: OnceCell<Option<String>>,
}

impl Client {
    /// A client of the interface at `api`.
    ///
    /// # Errors
    /// The address is none, or no runtime can be started.
    pub(super) fn new(
        dialect: &'static ServerDialect,
        api: &str,
        token: &Token,
        silence: Duration,
        on_wait: OnWait,
    ) -> Result<Client> {
        let doing = "preparing to talk to the server";
        let (origin, below) = parts(api);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| Error::failed(doing, error))?;
        let octocrab = {
            // Its service runs on the runtime from the beginning.
            let _entered = runtime.enter();
            Octocrab::builder()
                .base_uri(origin)
                .map_err(|_| Error::new(ErrorKind::Usage, doing, format!("{} is not a URL", dialect.api_setting)))?
                .personal_token(token.secret().to_owned())
                .set_connect_timeout(Some(CONNECT))
                .set_read_timeout(Some(silence))
                .set_write_timeout(Some(silence))
                .build()
                .map_err(|_| Error::failed(doing, "the HTTP client cannot be made"))?
        };
        let below = below.to_owned();
        let (waits, seen) = (RefCell::default(), RefCell::default());
        Ok(Client { dialect, below, runtime, octocrab, silence, on_wait, waits, seen, account: OnceCell::new() })
    }

    /// Reads one object.
    pub(super) fn get(&self, path: &str) -> Result<Value> {
        self.checked(Verb::Get, path, self.repeated(Verb::Get, path, None)?)
    }

    /// Reads one object, where a refusal is an answer.
    pub(super) fn try_get(&self, path: &str) -> Result<Reply> {
        self.repeated(Verb::Get, path, None)
    }

    /// Name of the account that the token is of; none where the server does not say it: to programs it never does, and a
    /// token may lack the right to ask.
    pub(super) fn account(&self) -> Result<Option<&str>> {
        if self.account.get().is_none() {
            let asked = self.try_get("/user")?;
            let name = asked.body["login"].as_str().filter(|_| asked.code == 200).map(str::to_owned);
            self.account.get_or_init(|| name);
        }
        Ok(self.account.get().and_then(Option::as_deref))
    }

    /// Reads one object that may be missing.
    pub(super) fn find(&self, path: &str) -> Result<Option<Value>> {
        let reply = self.repeated(Verb::Get, path, None)?;
        if reply.code == 404 { Ok(None) } else { self.checked(Verb::Get, path, reply).map(Some) }
    }

    /// Reads all pages of a list.
    pub(super) fn list(&self, path: &str) -> Result<Vec<Value>> {
        self.pages(path, Some)
    }

    /// As [`Client::list`], where the items stand under a name beside their number.
    pub(super) fn list_under(&self, path: &str, name: &str) -> Result<Vec<Value>> {
        self.pages(path, |mut page| page.get_mut(name).map(Value::take))
    }

    fn pages(&self, path: &str, items: impl Fn(Value) -> Option<Value>) -> Result<Vec<Value>> {
        let mut all = Vec::new();
        let sign = if path.contains('?') { '&' } else { '?' };
        let ServerDialect { name, page_size, per_page, follows_links, .. } = self.dialect;
        for page in 1.. {
            let path = format!("{path}{sign}{page_size}={per_page}&page={page}");
            let reply = self.repeated(Verb::Get, &path, None)?;
            let has_next = reply.has_next;
            let Some(Value::Array(items)) = items(self.checked(Verb::Get, &path, reply)?) else {
                let cause = format!("{name} answered with something that is not a list");
                return Err(Error::failed(format!("reading `{path}`"), cause));
            };
            let last = if *follows_links { !has_next } else { items.len() < *per_page };
            all.extend(items);
            if last {
                break;
            }
        }
        Ok(all)
    }

    /// Changes something to a given value.
    pub(super) fn change(&self, verb: Verb, path: &str, body: &Value) -> Result<Value> {
        self.checked(verb, path, self.repeated(verb, path, Some(body))?)
    }

    /// As [`Client::change`], where a refusal is an answer.
    pub(super) fn try_change(&self, verb: Verb, path: &str, body: &Value) -> Result<Reply> {
        self.repeated(verb, path, Some(body))
    }

    /// Creates something. `look` says whether it is there: asked before a repetition, and after a refusal.
    pub(super) fn create(&self, path: &str, body: &Value, look: &dyn Fn() -> Result<Option<Value>>) -> Result<Value> {
        for tries in 1.. {
            let (answered, reply) = self.once(Verb::Post, path, Some(body));
            match (follow_up(Verb::Post, &answered, tries), reply) {
                (Next::Look(wait), _) => {
                    self.wait(wait, &answered);
                    if let Some(there) = look()? {
                        return Ok(there);
                    }
                }
                (Next::GiveUp, Some(reply)) if matches!(reply.code, 409 | 422) => {
                    // Another publisher may have been faster.
                    return match look()? {
                        Some(there) => Ok(there),
                        None => self.checked(Verb::Post, path, reply),
                    };
                }
                (Next::TooLong(wait), _) => return Err(self.dialect.too_long(wait)),
                (_, Some(reply)) => return self.checked(Verb::Post, path, reply),
                (_, None) => return Err(self.unanswered(&answered)),
            }
        }
        Err(Error::failed("publishing", "no attempt was made"))
    }

    /// Sends what may be repeated until it is answered or given up.
    fn repeated(&self, verb: Verb, path: &str, body: Option<&Value>) -> Result<Reply> {
        for tries in 1.. {
            let (answered, reply) = self.once(verb, path, body);
            match (follow_up(verb, &answered, tries), reply) {
                (Next::Again(wait) | Next::Look(wait), _) => self.wait(wait, &answered),
                (Next::TooLong(wait), _) => return Err(self.dialect.too_long(wait)),
                (_, Some(reply)) => return Ok(reply),
                (_, None) => return Err(self.unanswered(&answered)),
            }
        }
        Err(Error::failed("publishing", "no attempt was made"))
    }

    /// What was waited for since the last time.
    pub(super) fn take_waits(&self) -> Vec<String> {
        self.waits.take()
    }

    fn wait(&self, wait: Duration, answered: &Answered) {
        let why = match answered {
            Answered::Status { code: code @ 500.., .. } => format!("it answered {code}"),
            Answered::Status { .. } => "its rate limit is reached".to_owned(),
            Answered::Cut => "the connection was cut".to_owned(),
            Answered::Late => format!("it was silent for {} s", self.silence.as_secs()),
        };
        let line = format!("waiting {} s for {}: {why}", wait.as_secs_f64().ceil(), self.dialect.name);
        self.waits.borrow_mut().push(line);
        (self.on_wait)(wait, &why);
        std::thread::sleep(wait);
    }

    /// Sends a request once.
    fn once(&self, verb: Verb, path: &str, body: Option<&Value>) -> (Answered, Option<Reply>) {
        if verb != Verb::Get {
            crash::point("forge.before");
        }
        let sent = self.runtime.block_on(async {
            tokio::time::timeout(ANSWER, self.send(verb, path, body)).await.unwrap_or(Err(Answered::Late))
        });
        if verb != Verb::Get {
            crash::point("forge.after");
        }
        let (answered, mut reply) = match sent {
            Ok(found) => found,
            Err(failed) => return (failed, None),
        };
        let mut seen = self.seen.borrow_mut();
        match (verb, reply.code) {
            (Verb::Get, 304) => {
                if let Some((_, known)) = seen.get(path) {
                    reply = known.clone();
                }
            }
            (Verb::Get, 200) => {
                if let Some(tag) = reply.tag.take() {
                    seen.insert(path.to_owned(), (tag, reply.clone()));
                }
            }
            _ => {}
        }
        (answered, Some(reply))
    }

    async fn send(&self, verb: Verb, path: &str, body: Option<&Value>) -> Result<(Answered, Reply), Answered> {
        let crab = &self.octocrab;
        let headers = self.headers(path);
        let path = &self.placed(path);
        let sent = match verb {
            Verb::Get => crab._get_with_headers(path, Some(headers)).await,
            Verb::Post => crab._post(path, body).await,
            Verb::Patch => crab._patch(path, body).await,
            Verb::Put => crab._put(path, body).await,
        };
        let response = sent.map_err(|error| if is_timeout(&error) { Answered::Late } else { Answered::Cut })?;
        let code = response.status().as_u16();
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let number = |name: &str| header(name).and_then(|text| text.parse::<i64>().ok());
        let retry_after = number("retry-after").and_then(|seconds| u64::try_from(seconds).ok());
        let left = number("x-ratelimit-remaining");
        let reset_in = number("x-ratelimit-reset").filter(|_| left == Some(0));
        let reset_in = reset_in.map(|at| u64::try_from(at - Timestamp::now().as_second()).unwrap_or(0) + 1);
        let (tag, links, location) = (header("etag"), header("link"), header("location"));
        let sign_on = header("x-github-sso").and_then(|text| sign_on_page(&text));
        let text = crab.body_to_string(response).await.map_err(|_| Answered::Cut)?;
        let has_next = links.is_some_and(|links| links.contains("rel=\"next\""));
        let secondary = text.contains("secondary rate limit");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok((
            Answered::Status { code, retry_after, reset_in, secondary },
            Reply { code, body, tag, has_next, location, sign_on },
        ))
    }

    /// A path on the server.
    fn placed(&self, path: &str) -> String {
        match (path, self.below.strip_suffix("/v3")) {
            (GRAPH, Some(above)) => format!("{above}{GRAPH}"),
            _ => format!("{}{path}", self.below),
        }
    }

    fn headers(&self, path: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(self.dialect.accept));
        if let Some((tag, _)) = self.seen.borrow().get(path)
            && let Ok(tag) = HeaderValue::from_str(tag)
        {
            headers.insert(IF_NONE_MATCH, tag);
        }
        headers
    }

    fn checked(&self, verb: Verb, path: &str, reply: Reply) -> Result<Value> {
        match (reply.is_ok(), reply.is_moved()) {
            (true, _) => Ok(reply.body),
            (false, true) => Err(self.dialect.moved(path, &reply, self.new_name(&reply).as_deref())),
            (false, false) => Err(self.dialect.refused(verb, path, &reply)),
        }
    }

    /// The name that a repository has now which was renamed or given away, as far as this server says so.
    fn new_name(&self, reply: &Reply) -> Option<String> {
        let place = reply.location.as_deref().or(reply.body["url"].as_str())?;
        let path = parts(place).1.strip_prefix(&self.below)?;
        let mut words = path.trim_start_matches('/').split(['/', '?']);
        match (words.next()?, words.next()?, words.next()) {
            ("repos", owner, Some(name)) => Some(format!("{owner}/{name}")),
            ("repositories", id, _) if id.bytes().all(|byte| byte.is_ascii_digit()) => {
                // The place is asked of this server, whichever it names: the token goes nowhere else.
                let found = self.repeated(Verb::Get, &format!("/repositories/{id}"), None).ok()?;
                found.body["full_name"].as_str().map(str::to_owned)
            }
            _ => None,
        }
    }

    fn unanswered(&self, answered: &Answered) -> Error {
        let name = self.dialect.name;
        let cause = match answered {
            Answered::Late => format!("{name} did not answer within {} s, several times", self.silence.as_secs()),
            _ => format!("the connection to {name} was cut, several times"),
        };
        Error::new(ErrorKind::Publish, "publishing", cause)
            .hint("try again later: git orca publish   continues where it stopped")
    }
}

/// octocrab does not say by type that a limit of time was met: its cause does.
fn is_timeout(error: &octocrab::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(one) = cause {
        let text = one.to_string();
        if text.contains("timed out") || text.contains("timeout") || text.contains("deadline") {
            return true;
        }
        cause = one.source();
    }
    false
}

/// An address as its server and the path below that.
fn parts(api: &str) -> (&str, &str) {
    let from = api.find("://").map_or(0, |at| at + 3);
    let to = api[from..].find('/').map_or(api.len(), |at| from + at);
    (&api[..to], api[to..].trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_server_and_a_path() {
        for (api, expected) in [
            ("https://api.github.com", ("https://api.github.com", "")),
            ("https://ghe.example.com/api/v3/", ("https://ghe.example.com", "/api/v3")),
            ("http://127.0.0.1:8080/api/v1", ("http://127.0.0.1:8080", "/api/v1")),
        ] {
            assert_eq!(parts(api), expected, "{api}");
        }
    }
}
