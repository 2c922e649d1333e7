//! A model server on 127.0.0.1 for the real agents: Anthropic Messages, OpenAI Responses and Gemini, streamed, with a queue of
//! replies per conversation.
//!
//! Which conversation a request belongs to stands in its texts: the mark `talk:NAME` that a test puts into a task's
//! title. Requests without a mark or without tools are the agents' own (titles, model lists) and get a plain answer.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// What the model does next.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Says something and is done.
    Say(&'static str),
    /// Runs a shell command.
    Run(String),
    /// Answers in the form that was asked for: by Claude Code's tool for that, by Codex in words.
    Answer(&'static str),
    /// Uses a tool of this name with these arguments.
    Call(&'static str, Value),
    /// Runs a shell command outside of the agent's own sandbox, where it has one.
    Escalate(&'static str),
    /// Answers with this status and nothing else.
    Status(u16),
    /// Answers 429 and that it may be asked again in so many seconds.
    Limited(u64),
    /// Says something and is done, once nobody holds it any more at a [`Fifo`](super::Fifo).
    SayAfter(PathBuf, &'static str),
    /// Answers nothing until the client goes away.
    Hang,
}

impl Reply {
    /// Writes a file and commits it.
    pub fn commit(file: &str, text: &str) -> Reply {
        // Codex runs login shells, which find no helper programs of a bed.
        Reply::Run(format!("echo {text} > {file} && git add {file} && git commit -qm '{file}: {text}'"))
    }
}

/// A request that was answered.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The conversation.
    pub mark: String,
    /// The agent's own name of its session.
    pub session: String,
    /// All texts of the request.
    pub text: String,
    /// When it came.
    pub at: Instant,
    /// What it was answered with, a status: 200 for words and tools.
    pub status: u16,
}

#[derive(Debug, Default)]
struct State {
    queues: BTreeMap<String, VecDeque<Reply>>,
    asked: Vec<Asked>,
    /// What is run once in each conversation without a mark.
    works: Option<String>,
    /// How long everybody is answered 429, from the first request on.
    limit: Option<Duration>,
    limited: Option<Instant>,
}

/// The server. Its threads end with the test.
#[derive(Debug)]
pub struct Model {
    port: u16,
    state: Arc<Mutex<State>>,
}

impl Default for Model {
    fn default() -> Self {
        Model::start()
    }
}

impl Model {
    /// Starts it on a free port.
    pub fn start() -> Model {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                // A client that goes away in the middle is a client that was ended.
                std::thread::spawn(move || drop(serve(stream, &state)));
            }
        });
        Model { port, state }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What the model does in the conversation with this mark, in order, after what was said before.
    pub fn answers(&self, mark: &str, replies: impl IntoIterator<Item = Reply>) {
        self.state.lock().unwrap().queues.entry(mark.to_owned()).or_default().extend(replies);
    }

    /// In conversations without a mark: runs this for every message of a person's, and is done when it has run.
    pub fn works_by(&self, command: &str) {
        self.state.lock().unwrap().works = Some(command.to_owned());
    }

    /// From the first request on everybody is answered 429, until `time` is over.
    pub fn limit_for(&self, time: Duration) {
        self.state.lock().unwrap().limit = Some(time);
    }

    /// The requests of a conversation so far.
    pub fn asked(&self, mark: &str) -> Vec<Asked> {
        self.all_asked().into_iter().filter(|asked| asked.mark == mark).collect()
    }

    /// All requests with a mark so far.
    pub fn all_asked(&self) -> Vec<Asked> {
        self.state.lock().unwrap().asked.clone()
    }

    /// The sessions of a conversation, each once, in order.
    pub fn sessions(&self, mark: &str) -> Vec<String> {
        let mut sessions: Vec<String> = self.asked(mark).into_iter().map(|asked| asked.session).collect();
        sessions.dedup();
        sessions
    }

    /// Replies that were not used.
    pub fn left(&self) -> usize {
        self.state.lock().unwrap().queues.values().map(VecDeque::len).sum()
    }
}

struct Request {
    path: String,
    headers: BTreeMap<String, String>,
    body: Value,
}

fn serve(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    while let Some(request) = read(&mut reader)? {
        let has_no_tools = request.body["tools"].as_array().is_none_or(Vec::is_empty);
        if has_no_tools && !writes_without_tools(&request) || suggests(&request) {
            plain(&mut stream, &request)?;
            continue;
        }
        let reply = match next(&request, state) {
            Reply::SayAfter(fifo, text) => {
                std::fs::read(fifo)?;
                Reply::Say(text)
            }
            other => other,
        };
        let gemini = request.path.contains("GenerateContent");
        let chat = request.path.contains("/chat/completions");
        match reply {
            Reply::Hang => {
                // The client closes, or is ended.
                let _ = stream.read(&mut [0; 1]);
                return Ok(());
            }
            Reply::Status(status) => refuse(&mut stream, gemini, status, None)?,
            Reply::Limited(seconds) => refuse(&mut stream, gemini, 429, Some(seconds))?,
            Reply::Say(_)
            | Reply::SayAfter(..)
            | Reply::Answer(_)
            | Reply::Run(_)
            | Reply::Call(..)
            | Reply::Escalate(_) => {
                let events = match gemini {
                    true => google(&reply),
                    false if request.path.contains("/messages") => anthropic(&reply),
                    false if chat => chat_completion(&reply),
                    false => openai(&reply),
                };
                return stream_out(&mut stream, &events);
            }
        }
    }
    Ok(())
}

fn read(reader: &mut impl BufRead) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim().split_once(':') {
            Some((name, value)) => drop(headers.insert(name.to_ascii_lowercase(), value.trim().to_owned())),
            None => break,
        }
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(Request { path, headers, body: serde_json::from_slice(&body).unwrap_or(Value::Null) }))
}

/// All strings of a value, in order.
fn texts(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => {
            out.push_str(text);
            out.push('\n');
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, out)),
        Value::Object(fields) => fields.values().for_each(|field| texts(field, out)),
        _ => {}
    }
}

/// Whether a request is one of an agent that uses no tools and edits files by what the model writes (aider). Its streams are
/// its work; what it asks besides is not streamed.
fn writes_without_tools(request: &Request) -> bool {
    let by_library = request.headers.get("user-agent").is_some_and(|it| it.starts_with("OpenAI/Python"));
    by_library && request.body["stream"] == true
}

/// Whether Claude's adapter asks what a person might type next, which it does after each turn, with everything that was said.
fn suggests(request: &Request) -> bool {
    let mut text = String::new();
    request.body["messages"].as_array().and_then(|all| all.last()).iter().for_each(|last| texts(last, &mut text));
    text.contains("[SUGGESTION MODE")
}

/// The name after the first `talk:` in the conversation.
fn mark(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("talk:")?;
    Some(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '-').collect())
}

/// Whether a request brings what a tool has said.
fn has_run(body: &Value) -> bool {
    let last = body["messages"].as_array().and_then(|messages| messages.last());
    let parts = last.and_then(|last| last["content"].as_array());
    parts.is_some_and(|parts| parts.iter().any(|part| part["type"] == "tool_result"))
}

fn next(request: &Request, state: &Mutex<State>) -> Reply {
    let mut text = String::new();
    let said = ["messages", "input", "contents"].iter().find_map(|key| request.body.get(*key));
    texts(said.unwrap_or(&Value::Null), &mut text);
    let mut state = state.lock().unwrap();
    let mark = mark(&text).unwrap_or_default();
    if let Some(limit) = state.limit.take() {
        state.limited = Some(Instant::now() + limit);
    }
    let waits = state.limited.map(|until| until.saturating_duration_since(Instant::now()));
    let reply = match waits {
        Some(left) if !left.is_zero() => Reply::Limited(left.as_millis().div_ceil(1000) as u64),
        _ => {
            let queued = state.queues.get_mut(&mark).and_then(VecDeque::pop_front);
            let works = state.works.clone().filter(|_| mark.is_empty() && !has_run(&request.body));
            queued.or(works.map(Reply::Run)).unwrap_or(Reply::Say("Nothing is left to do."))
        }
    };
    let status = match &reply {
        Reply::Status(status) => *status,
        Reply::Limited(_) => 429,
        _ => 200,
    };
    let mut session = ["x-claude-code-session-id", "session-id", "session_id", "x-session-id"].iter();
    let session = session.find_map(|name| request.headers.get(*name)).cloned().unwrap_or_default();
    state.asked.push(Asked { mark, session, text, at: Instant::now(), status });
    reply
}

fn answer(stream: &mut TcpStream, status: u16, more: &str, body: &Value) -> std::io::Result<()> {
    let body = body.to_string();
    let head =
        format!("HTTP/1.1 {status} Answer\r\ncontent-type: application/json\r\ncontent-length: {}\r\n", body.len());
    stream.write_all(format!("{head}{more}\r\n{body}").as_bytes())
}

fn plain(stream: &mut TcpStream, request: &Request) -> std::io::Result<()> {
    if request.path.contains("/messages") && request.body["stream"] == true {
        return stream_out(stream, &anthropic(&Reply::Say("ok")))
            .and(Err(std::io::ErrorKind::ConnectionAborted.into()));
    }
    if request.path.contains("/chat/completions") && request.body["stream"] == true {
        return stream_out(stream, &chat_completion(&Reply::Say("ok")))
            .and(Err(std::io::ErrorKind::ConnectionAborted.into()));
    }
    let body = json!({
        "id": "msg_0", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
        "content": [{"type": "text", "text": "ok"}], "usage": {"input_tokens": 0, "output_tokens": 0},
        "input_tokens": 1, "data": [], "models": [], "totalTokens": 1, "object": "chat.completion", "created": 1,
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "ok"}}],
        "candidates": [{"content": {"role": "model", "parts": [{"text": "ok"}]}, "finishReason": "STOP"}],
    });
    answer(stream, 200, "", &body)
}

fn refuse(stream: &mut TcpStream, gemini: bool, status: u16, retry: Option<u64>) -> std::io::Result<()> {
    let kind = match status {
        401 => "authentication_error",
        429 => "rate_limit_error",
        _ => "api_error",
    };
    let message = match retry {
        Some(seconds) => format!("Rate limit reached: slow down. Please try again in {seconds}s."),
        None => format!("the model says {status}"),
    };
    let more = retry.map(|seconds| format!("retry-after: {seconds}\r\n")).unwrap_or_default();
    let word = match status {
        401 => "UNAUTHENTICATED",
        429 => "RESOURCE_EXHAUSTED",
        _ => "INTERNAL",
    };
    let delay = retry.map(
        |seconds| json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": format!("{seconds}s")}),
    );
    let body = match gemini {
        true => {
            json!({"error": {"code": status, "status": word, "message": message, "details": delay.into_iter().collect::<Vec<_>>()}})
        }
        false => json!({"type": "error", "error": {"type": kind, "message": message}}),
    };
    answer(stream, status, &more, &body)
}

/// Different for each answer of this process.
fn id() -> u64 {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    COUNT.fetch_add(1, Ordering::Relaxed)
}

/// 1,000 tokens in, 200 of them cached (for Anthropic besides, for OpenAI among them), 100 out.
fn anthropic(reply: &Reply) -> Vec<Value> {
    let bash = |command: &str| {
        let input = json!({"command": command, "description": "a step"}).to_string();
        (
            json!({"type": "tool_use", "id": format!("toolu_{}", id()), "name": "Bash", "input": {}}),
            json!({"type": "input_json_delta", "partial_json": input}),
            "tool_use",
        )
    };
    let (block, delta, stop) = match reply {
        Reply::Run(command) => bash(command),
        Reply::Call(name, arguments) => (
            json!({"type": "tool_use", "id": format!("toolu_{}", id()), "name": name, "input": {}}),
            json!({"type": "input_json_delta", "partial_json": arguments.to_string()}),
            "tool_use",
        ),
        Reply::Escalate(command) => bash(command),
        Reply::Answer(text) => (
            json!({"type": "tool_use", "id": format!("toolu_{}", id()), "name": "StructuredOutput", "input": {}}),
            json!({"type": "input_json_delta", "partial_json": text}),
            "tool_use",
        ),
        Reply::Say(text) => {
            (json!({"type": "text", "text": ""}), json!({"type": "text_delta", "text": text}), "end_turn")
        }
        _ => return Vec::new(),
    };
    let usage = json!({"input_tokens": 1000, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 200, "output_tokens": 1});
    vec![
        json!({"type": "message_start", "message": {"id": format!("msg_{}", id()), "type": "message", "role": "assistant",
            "model": "claude-sonnet-4-5", "content": [], "stop_reason": null, "stop_sequence": null, "usage": usage}}),
        json!({"type": "content_block_start", "index": 0, "content_block": block}),
        json!({"type": "content_block_delta", "index": 0, "delta": delta}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": null}, "usage": {"output_tokens": 100}}),
        json!({"type": "message_stop"}),
    ]
}

fn openai(reply: &Reply) -> Vec<Value> {
    let named = |name: &str, arguments: &Value| {
        json!({"type": "function_call", "id": format!("fc_{}", id()), "call_id": format!("call_{}", id()),
            "name": name, "arguments": arguments.to_string()})
    };
    let call = |arguments: Value| named("exec_command", &arguments);
    let item = match reply {
        Reply::Run(command) => call(json!({"cmd": command})),
        // Codex keeps the tools of a server in a space of their own.
        Reply::Call(name, arguments) => {
            let mut item = named(name, arguments);
            if let Some((space, tool)) = name.rsplit_once("__").filter(|(space, _)| space.starts_with("mcp__")) {
                item["namespace"] = space.into();
                item["name"] = tool.into();
            }
            item
        }
        Reply::Escalate(command) => {
            call(json!({"cmd": command, "sandbox_permissions": "require_escalated", "justification": "needed"}))
        }
        Reply::Say(text) | Reply::Answer(text) => {
            json!({"type": "message", "role": "assistant", "id": format!("m_{}", id()),
            "content": [{"type": "output_text", "text": text}]})
        }
        _ => return Vec::new(),
    };
    let response = format!("resp_{}", id());
    let usage = json!({"input_tokens": 1000, "input_tokens_details": {"cached_tokens": 200}, "output_tokens": 100,
        "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 1100});
    vec![
        json!({"type": "response.created", "response": {"id": response}}),
        json!({"type": "response.output_item.done", "output_index": 0, "item": item}),
        json!({"type": "response.completed", "response": {"id": response, "usage": usage}}),
    ]
}

fn chat_completion(reply: &Reply) -> Vec<Value> {
    let call = |name: &str, arguments: &Value| {
        let function = json!({"name": name, "arguments": arguments.to_string()});
        let calls = json!([{"index": 0, "id": format!("call_{}", id()), "type": "function", "function": function}]);
        (json!({"role": "assistant", "content": null, "tool_calls": calls}), "tool_calls")
    };
    let bash = |command: &str| call("bash", &json!({"command": command, "description": "a step"}));
    let (delta, finish) = match reply {
        Reply::Run(command) => bash(command),
        Reply::Escalate(command) => bash(command),
        Reply::Call(name, arguments) => call(name, arguments),
        Reply::Say(text) | Reply::Answer(text) => (json!({"role": "assistant", "content": text}), "stop"),
        _ => return Vec::new(),
    };
    let answer = format!("chat_{}", id());
    let part = |choices: Value, usage: Value| json!({"id": answer, "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices, "usage": usage});
    let usage = json!({"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100,
        "prompt_tokens_details": {"cached_tokens": 200}});
    vec![
        part(json!([{"index": 0, "delta": delta, "finish_reason": null}]), Value::Null),
        part(json!([{"index": 0, "delta": {}, "finish_reason": finish}]), Value::Null),
        part(json!([]), usage),
    ]
}

fn google(reply: &Reply) -> Vec<Value> {
    let call =
        |name: &str, args: &Value| json!({"functionCall": {"id": format!("call{}", id()), "name": name, "args": args}});
    let shell = |command: &str| call("run_shell_command", &json!({"command": command, "description": "a step"}));
    let part = match reply {
        Reply::Run(command) => shell(command),
        Reply::Escalate(command) => shell(command),
        Reply::Call(name, arguments) => call(name, arguments),
        Reply::Say(text) | Reply::Answer(text) => json!({"text": text}),
        _ => return Vec::new(),
    };
    let usage = json!({"promptTokenCount": 1000, "cachedContentTokenCount": 200, "candidatesTokenCount": 100, "totalTokenCount": 1100});
    vec![json!({"candidates": [{"index": 0, "content": {"role": "model", "parts": [part]}, "finishReason": "STOP"}],
        "modelVersion": "gemini-2.5-pro", "responseId": format!("r{}", id()), "usageMetadata": usage})]
}

/// Sends server-sent events and closes.
fn stream_out(stream: &mut TcpStream, events: &[Value]) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")?;
    for event in events {
        let name = event["type"].as_str().map(|name| format!("event: {name}\n")).unwrap_or_default();
        stream.write_all(format!("{name}data: {event}\n\n").as_bytes())?;
    }
    stream.flush()?;
    stream.shutdown(std::net::Shutdown::Write)
}
