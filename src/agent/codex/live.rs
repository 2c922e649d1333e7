//! One conversation with `codex app-server`: what is asked next, and what is told.
//!
//! ```text
//! initialize ─▶ thread/start or resume ─▶ turn/start ─▶ turn/completed ─▶ words that wait, or the end
//!                                             └─ turn/steer: a word into the turn that runs
//! ```
//!
//! Measured with 0.169.0: a word that `turn/steer` takes is in the next request of the same turn, also during the last
//! answer; once the turn is over it is refused, and was not taken. The item that has its id is the receipt. Frames are
//! those of JSON-RPC without its version.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};

use super::account::CodexAccount;
use super::stream::printed;
use super::{asks, errors, items};
use crate::agent::exchange::Exchange;
use crate::agent::seam::{Speaker, StreamReader};
use crate::model::{AgentEvent, Finish, Permissions, Reset, SessionId};

/// It leaves within a tenth of a second once its input has ended, and takes its tools along.
const LEAVING: Duration = Duration::from_secs(5);

/// Pieces of what comes whole afterwards.
const PIECES: [&str; 5] = [
    "item/agentMessage/delta",
    "item/commandExecution/outputDelta",
    "item/reasoning/textDelta",
    "item/reasoning/summaryTextDelta",
    "turn/diff/updated",
];

/// What a conversation depends on.
pub(super) struct CodexTask {
    pub(super) prompt: String,
    pub(super) folder: String,
    pub(super) resume: Option<SessionId>,
    pub(super) model: Option<String>,
    pub(super) permissions: Permissions,
}

/// Requests of ours that have no answer yet, by what they are for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum CodexRequest {
    Initialize,
    Open,
    Turn,
    Steer(CodexWord),
    Interrupt,
}

/// A person's word.
#[derive(Debug, Clone, PartialEq, Eq)]
struct CodexWord {
    id: String,
    text: String,
}

/// The turn that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
enum CodexTurn {
    None,
    Asked,
    Runs(String),
}

/// The conversation of one attempt.
pub(super) struct CodexLive {
    task: CodexTask,
    account: CodexAccount,
    thread: Option<SessionId>,
    turn: CodexTurn,
    exchange: Exchange<CodexRequest>,
    /// Words that no request holds.
    waiting: VecDeque<CodexWord>,
    /// When its provider may be asked again, by the last account of its limits.
    reset: Reset,
    step: String,
    is_over: bool,
}

impl CodexLive {
    /// Greets the program.
    pub(super) fn new(task: CodexTask, account: CodexAccount) -> CodexLive {
        let mut live = CodexLive {
            task,
            account,
            thread: None,
            turn: CodexTurn::None,
            exchange: Exchange::new(None),
            waiting: VecDeque::new(),
            reset: Reset::Unknown,
            step: String::new(),
            is_over: false,
        };
        let client = json!({"name": "git-orca", "title": "git orca", "version": env!("CARGO_PKG_VERSION")});
        let params = json!({"clientInfo": client, "capabilities": {"optOutNotificationMethods": PIECES}});
        live.exchange.ask("initialize", &params, CodexRequest::Initialize);
        live
    }

    fn id(&self) -> String {
        self.thread.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    fn answered(&mut self, what: CodexRequest, result: Result<&Value, &Value>) -> Vec<AgentEvent> {
        match (what, result) {
            (CodexRequest::Initialize, Ok(_)) => self.open(),
            (CodexRequest::Open, Ok(answer)) => self.opened(answer),
            (CodexRequest::Open, Err(error)) if self.task.resume.is_some() => {
                self.end(Finish::SessionLost, errors::words(error))
            }
            (CodexRequest::Turn, Ok(answer)) => self.began(&answer["turn"]),
            // The turn was over before, so it was not taken: it begins one of its own.
            (CodexRequest::Steer(word), Err(_)) => {
                self.waiting.push_back(word);
                Vec::new()
            }
            (CodexRequest::Steer(_), Ok(_)) | (CodexRequest::Interrupt, _) => Vec::new(),
            (CodexRequest::Initialize | CodexRequest::Open | CodexRequest::Turn, Err(error)) => {
                self.turn = CodexTurn::None;
                self.end(errors::meaning(error), errors::words(error))
            }
        }
    }

    /// Nothing more comes of it.
    fn end(&mut self, finish: Finish, text: String) -> Vec<AgentEvent> {
        self.is_over = true;
        vec![AgentEvent::Finished { finish, text }]
    }

    fn open(&mut self) -> Vec<AgentEvent> {
        self.exchange.write(json!({"method": "initialized"}));
        let mut params = json!({"cwd": self.task.folder, "model": self.task.model});
        let method = match &self.task.resume {
            None => "thread/start",
            Some(thread) => {
                params["threadId"] = thread.to_string().into();
                params["excludeTurns"] = true.into();
                "thread/resume"
            }
        };
        self.exchange.ask(method, &params, CodexRequest::Open);
        Vec::new()
    }

    fn opened(&mut self, answer: &Value) -> Vec<AgentEvent> {
        let Some(thread) = answer["thread"]["id"].as_str().and_then(|id| id.parse().ok()) else {
            return self.end(Finish::Failed, "it opened a thread without a name".to_owned());
        };
        self.thread = Some(thread);
        let prompt = std::mem::take(&mut self.task.prompt);
        self.begin(&prompt, None);
        Vec::new()
    }

    fn begin(&mut self, text: &str, word: Option<&str>) {
        self.turn = CodexTurn::Asked;
        let params = json!({"threadId": self.id(), "input": input(text), "clientUserMessageId": word});
        self.exchange.ask("turn/start", &params, CodexRequest::Turn);
    }

    /// A turn has begun; told by the answer to our request and once more, in either order.
    fn began(&mut self, turn: &Value) -> Vec<AgentEvent> {
        let (CodexTurn::Asked, Some(id)) = (&self.turn, turn["id"].as_str()) else { return Vec::new() };
        self.turn = CodexTurn::Runs(id.to_owned());
        let session = self.thread.clone();
        session.map(|session| AgentEvent::Started { session, model: self.task.model.clone() }).into_iter().collect()
    }

    /// Words go into the turn that runs, and begin one where none does.
    fn pass_on(&mut self) {
        while self.hears()
            && let Some(word) = self.waiting.pop_front()
        {
            match self.turn.clone() {
                CodexTurn::Asked => return self.waiting.push_front(word),
                CodexTurn::None => self.begin(&word.text, Some(&word.id)),
                CodexTurn::Runs(turn) => {
                    let params = json!({"threadId": self.id(), "expectedTurnId": turn, "input": input(&word.text),
                        "clientUserMessageId": word.id});
                    self.exchange.ask("turn/steer", &params, CodexRequest::Steer(word));
                }
            }
        }
    }

    fn told(&mut self, method: &str, params: &Value) -> Vec<AgentEvent> {
        if method == "account/rateLimits/updated" {
            self.limits(&params["rateLimits"]);
            return Vec::new();
        }
        // Agents that it starts itself have threads of their own.
        if self.thread.as_ref().is_none_or(|thread| params["threadId"] != thread.as_str()) {
            return Vec::new();
        }
        match method {
            "turn/started" => self.began(&params["turn"]),
            "item/started" => items::started(&params["item"]).into_iter().collect(),
            "item/completed" => items::completed(&params["item"]).into_iter().collect(),
            "turn/plan/updated" => self.plans(params).into_iter().collect(),
            "thread/tokenUsage/updated" => {
                let keys = ["inputTokens", "cachedInputTokens", "outputTokens"];
                self.account.counted(&params["tokenUsage"]["total"], keys).into_iter().collect()
            }
            "error" => vec![errors::trouble_of(&params["error"], self.reset)],
            "turn/completed" => self.completed(&params["turn"]),
            _ => Vec::new(),
        }
    }

    fn plans(&mut self, params: &Value) -> Option<AgentEvent> {
        let step = items::step(params).filter(|step| *step != self.step)?;
        self.step.clone_from(&step);
        Some(AgentEvent::Plans { step })
    }

    /// When the window that is used up begins anew.
    fn limits(&mut self, limits: &Value) {
        let windows = ["primary", "secondary"].map(|key| &limits[key]);
        let full =
            windows.into_iter().filter(|window| window["usedPercent"].as_f64().is_some_and(|used| used >= 100.0));
        let resets = full.filter_map(|window| jiff::Timestamp::from_second(window["resetsAt"].as_i64()?).ok());
        self.reset = resets.max().map_or(Reset::Unknown, Reset::At);
    }

    /// A turn is over. Words that waited for that begin the next one.
    fn completed(&mut self, turn: &Value) -> Vec<AgentEvent> {
        if matches!(&self.turn, CodexTurn::Runs(id) if turn["id"] != id.as_str()) {
            return Vec::new();
        }
        self.turn = CodexTurn::None;
        let error = &turn["error"];
        match turn["status"].as_str().unwrap_or_default() {
            "completed" => vec![AgentEvent::Finished { finish: Finish::Done, text: String::new() }],
            "interrupted" => self.end(Finish::Failed, "it broke off".to_owned()),
            "failed" => self.end(errors::meaning(error), errors::words(error)),
            other => self.end(Finish::Failed, format!("it ended its turn: {other}")),
        }
    }

    fn requested(&mut self, id: &Value, method: &str, params: &Value) -> Vec<AgentEvent> {
        let (frame, denied) = asks::answer(id, method, params, self.task.permissions);
        self.exchange.write(frame);
        denied.into_iter().collect()
    }
}

impl StreamReader for CodexLive {
    fn read(&mut self, line: &str) -> Vec<AgentEvent> {
        let parsed = serde_json::from_str::<Value>(line).ok().filter(Value::is_object);
        let Some(frame) = parsed else { return printed(line) };
        let says = match (frame["method"].as_str(), &frame["id"]) {
            (Some(method), Value::Null) => self.told(method, &frame["params"]),
            (Some(method), id) => self.requested(id, method, &frame["params"]),
            (None, id) => match id.as_u64().and_then(|id| self.exchange.answered(id)) {
                Some(what) if frame["error"].is_object() => self.answered(what, Err(&frame["error"])),
                Some(what) => self.answered(what, Ok(&frame["result"])),
                None => Vec::new(),
            },
        };
        self.pass_on();
        says
    }

    fn speaker(&mut self) -> Option<&mut dyn Speaker> {
        Some(self)
    }
}

impl Speaker for CodexLive {
    fn to_write(&mut self) -> String {
        self.exchange.take_unwritten()
    }

    fn hears(&self) -> bool {
        self.thread.is_some() && !self.is_over
    }

    fn say(&mut self, id: &str, text: &str) {
        self.waiting.push_back(CodexWord { id: id.to_owned(), text: text.to_owned() });
        self.pass_on();
    }

    fn is_answered(&self) -> bool {
        let rests = self.turn == CodexTurn::None && self.exchange.is_quiet() && self.waiting.is_empty();
        self.is_over || self.thread.is_some() && rests
    }

    fn cancel(&mut self) -> bool {
        let CodexTurn::Runs(turn) = self.turn.clone() else { return false };
        let params = json!({"threadId": self.id(), "turnId": turn});
        self.exchange.ask("turn/interrupt", &params, CodexRequest::Interrupt);
        true
    }

    fn leaves_within(&self) -> Duration {
        LEAVING
    }
}

fn input(text: &str) -> Value {
    json!([{"type": "text", "text": text}])
}
