//! One conversation over the agent client protocol: what is asked next, and what answers mean.
//!
//! ```text
//! initialize ─▶ session/new or resume ─▶ mode, model ─▶ session/prompt ─▶ its answer ─▶ words that wait, or the end
//! ```

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};

use super::errors;
use super::frame::{self, AcpFrame, read_frame};
use super::opening::{self, AcpAbilities};
use super::permission::{self, AcpPolicy};
use super::updates::{self, UpdateReader};
use super::usage::AcpAccount;
use crate::agent::exchange::Exchange;
use crate::agent::seam::{Speaker, StreamReader};
use crate::model::{AgentEvent, Finish, Permissions, SessionId};

/// Some agents do not leave when their input ends (Gemini CLI, in some of its modes).
const LEAVING: Duration = Duration::from_secs(3);

/// What a conversation depends on.
pub(super) struct AcpTask {
    pub(super) prompt: String,
    pub(super) folder: String,
    pub(super) resume: Option<SessionId>,
    pub(super) model: Option<String>,
    pub(super) permissions: Permissions,
    /// Servers of tools for it.
    pub(super) servers: Value,
}

/// Requests of ours that have no answer yet, by what they are for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum AcpRequest {
    Initialize,
    Open,
    Mode,
    Model,
    /// A prompt, with the ids of the words in it.
    Prompt(Vec<String>),
    /// A word into the turn that runs.
    Steer(String, String),
}

/// The conversation of one attempt.
pub(super) struct AcpStream {
    task: AcpTask,
    policy: AcpPolicy,
    account: AcpAccount,
    updates: UpdateReader,
    can: AcpAbilities,
    session: Option<SessionId>,
    exchange: Exchange<AcpRequest>,
    /// Words for the next turn.
    waiting: VecDeque<(String, String)>,
    /// Whether its first turn was begun: what is told before is the past of a session that was loaded.
    has_begun: bool,
    /// Whether a turn was begun after one that was told to be the last.
    begins_again: bool,
    is_over: bool,
}

impl AcpStream {
    /// Greets the agent.
    pub(super) fn new(task: AcpTask, policy: AcpPolicy, account: AcpAccount) -> AcpStream {
        let mut stream = AcpStream {
            task,
            policy,
            account,
            updates: UpdateReader::default(),
            can: AcpAbilities::default(),
            session: None,
            exchange: Exchange::new(Some("2.0")),
            waiting: VecDeque::new(),
            has_begun: false,
            begins_again: false,
            is_over: false,
        };
        stream.exchange.ask("initialize", &opening::greeting(), AcpRequest::Initialize);
        stream
    }

    fn id(&self) -> String {
        self.session.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    fn prompt(&mut self, text: &str, words: Vec<String>) {
        self.has_begun = true;
        let params = json!({"sessionId": self.id(), "prompt": blocks(text)});
        self.exchange.ask("session/prompt", &params, AcpRequest::Prompt(words));
    }

    fn is_in_turn(&self) -> bool {
        self.exchange.open().any(|it| matches!(it, AcpRequest::Prompt(_)))
    }

    /// Nothing more comes of it.
    fn end(&mut self, finish: Finish, text: String) -> Vec<AgentEvent> {
        self.is_over = true;
        vec![AgentEvent::Finished { finish, text }]
    }

    fn answered(&mut self, what: AcpRequest, result: Result<Value, Value>) -> Vec<AgentEvent> {
        match (what, result) {
            (AcpRequest::Initialize, Ok(answer)) => self.greeted(&answer),
            (AcpRequest::Open, Ok(answer)) => self.opened(&answer),
            (AcpRequest::Open, Err(error)) if self.task.resume.is_some() => {
                self.end(Finish::SessionLost, errors::words(&error))
            }
            (AcpRequest::Prompt(words), Ok(answer)) => self.turned(words, &answer),
            (AcpRequest::Steer(id, text), Ok(answer)) => self.steered(id, text, &answer),
            // It took it or not; nobody can tell, so the next attempt has it.
            (AcpRequest::Steer(..), Err(_)) => Vec::new(),
            // Then requests for leave have the policy's answer all the same.
            (AcpRequest::Mode, _) | (AcpRequest::Model, Ok(_)) => self.set_up(),
            (AcpRequest::Initialize | AcpRequest::Open | AcpRequest::Model | AcpRequest::Prompt(_), Err(error)) => {
                self.is_over = true;
                self.updates.flush().into_iter().chain(errors::refused(&error)).collect()
            }
        }
    }

    fn greeted(&mut self, answer: &Value) -> Vec<AgentEvent> {
        match AcpAbilities::read(answer) {
            Ok(can) => self.can = can,
            Err(why) => return self.end(Finish::Impossible, why),
        }
        let mut params = json!({"cwd": self.task.folder, "mcpServers": self.task.servers});
        let method = match (&self.task.resume, self.can.resumes) {
            (None, _) => "session/new",
            (Some(session), Some(method)) => {
                params["sessionId"] = session.to_string().into();
                method
            }
            (Some(_), None) => return self.end(Finish::SessionLost, "it goes on in no session".to_owned()),
        };
        self.exchange.ask(method, &params, AcpRequest::Open);
        Vec::new()
    }

    fn opened(&mut self, answer: &Value) -> Vec<AgentEvent> {
        let named = answer["sessionId"].as_str().and_then(|id| id.parse().ok());
        let Some(session) = named.or_else(|| self.task.resume.clone()) else {
            return self.end(Finish::Failed, "it opened a session without a name".to_owned());
        };
        self.session = Some(session.clone());
        if let Some(mode) = opening::mode(answer, self.task.permissions) {
            let params = json!({"sessionId": self.id(), "modeId": mode});
            self.exchange.ask("session/set_mode", &params, AcpRequest::Mode);
        }
        let wanted = self.task.model.clone();
        match wanted.map(|model| opening::model(answer, &self.id(), &model)).transpose() {
            Err(why) => return self.end(Finish::Impossible, why),
            Ok(Some(Some((method, params)))) => self.exchange.ask(method, &params, AcpRequest::Model),
            Ok(_) => {}
        }
        let mut says = vec![AgentEvent::Started { session, model: self.task.model.clone() }];
        says.extend(self.set_up());
        says
    }

    /// Begins once everything is set.
    fn set_up(&mut self) -> Vec<AgentEvent> {
        if self.exchange.is_quiet() {
            let prompt = std::mem::take(&mut self.task.prompt);
            self.prompt(&prompt, Vec::new());
        }
        Vec::new()
    }

    /// A turn is over. Words that waited for that begin the next one.
    fn turned(&mut self, words: Vec<String>, answer: &Value) -> Vec<AgentEvent> {
        let mut says: Vec<AgentEvent> = self.updates.flush().into_iter().collect();
        says.extend(words.into_iter().map(|id| AgentEvent::Heard { id }));
        says.extend(self.account.turn(answer, self.task.model.as_deref()));
        let (finish, text) = match answer["stopReason"].as_str().unwrap_or_default() {
            "end_turn" if self.next_turn() => return says,
            "end_turn" => (Finish::Done, last_words(&says)),
            "max_turn_requests" => (Finish::OutOfTurns, "it took all the turns that it may take".to_owned()),
            "cancelled" => (Finish::Failed, "it broke off".to_owned()),
            "" => (Finish::Failed, "it ended its turn without a reason".to_owned()),
            other => (Finish::Failed, format!("it ended its turn: {}", other.replace('_', " "))),
        };
        self.is_over |= finish != Finish::Done;
        says.push(AgentEvent::Finished { finish, text });
        says
    }

    /// Words that came when nothing ran begin a turn.
    fn begin_waiting(&mut self) {
        if self.hears() && self.exchange.is_quiet() {
            self.begins_again |= self.next_turn();
        }
    }

    fn next_turn(&mut self) -> bool {
        let words: Vec<(String, String)> = self.waiting.drain(..).collect();
        if words.is_empty() {
            return false;
        }
        let (ids, texts): (Vec<String>, Vec<String>) = words.into_iter().unzip();
        self.prompt(&texts.join("\n\n"), ids);
        true
    }

    fn steered(&mut self, id: String, text: String, answer: &Value) -> Vec<AgentEvent> {
        match answer["outcome"].as_str() {
            Some("injected" | "startedNewTurn") => vec![AgentEvent::Heard { id }],
            // The turn was over before: then it begins one of its own.
            Some("promptRequired") => {
                self.say(&id, &text);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn requested(&mut self, id: &Value, method: &str, params: &Value) -> Vec<AgentEvent> {
        if method != "session/request_permission" {
            self.exchange.write(frame::no_such_method(id, method));
            return Vec::new();
        }
        let call = &params["toolCall"];
        let is_allowed = self.policy.allows(call);
        self.exchange.write(json!({"id": id, "result": permission::outcome(&params["options"], is_allowed)}));
        let mut says: Vec<AgentEvent> = self.updates.flush().into_iter().collect();
        says.extend(match is_allowed {
            true => self.updates.tool(call),
            false => Some(AgentEvent::Denied { tool: updates::name(call), why: updates::what(call) }),
        });
        says
    }

    fn told(&mut self, params: &Value) -> Vec<AgentEvent> {
        let update = &params["update"];
        if !self.has_begun {
            return Vec::new();
        }
        let used = self.account.update(update, self.task.model.as_deref());
        self.updates.read(update).into_iter().chain(used).collect()
    }
}

impl StreamReader for AcpStream {
    fn read(&mut self, line: &str) -> Vec<AgentEvent> {
        let again = std::mem::take(&mut self.begins_again).then(|| self.session.clone()).flatten();
        let mut says: Vec<AgentEvent> =
            again.into_iter().map(|session| AgentEvent::Started { session, model: None }).collect();
        says.extend(match read_frame(line) {
            Some(AcpFrame::Answer { id, result }) => match self.exchange.answered(id) {
                Some(what) => self.answered(what, result),
                None => Vec::new(),
            },
            Some(AcpFrame::Request { id, method, params }) => self.requested(&id, &method, &params),
            Some(AcpFrame::Notification { method, params }) if method == "session/update" => self.told(&params),
            Some(AcpFrame::Notification { .. }) => Vec::new(),
            None if line.trim().is_empty() => Vec::new(),
            None => vec![AgentEvent::Printed { text: line.trim().to_owned() }],
        });
        self.begin_waiting();
        says
    }

    fn speaker(&mut self) -> Option<&mut dyn Speaker> {
        Some(self)
    }
}

impl Speaker for AcpStream {
    fn to_write(&mut self) -> String {
        self.exchange.take_unwritten()
    }

    fn hears(&self) -> bool {
        self.session.is_some() && !self.is_over
    }

    /// Into the turn that runs where the agent takes that, else in a turn of its own after it: a second prompt at the same
    /// time ends the first with some agents.
    fn say(&mut self, id: &str, text: &str) {
        if self.is_in_turn() && self.can.steers {
            let meta = json!({"steering": {"idleBehavior": "promptRequired"}});
            let params = json!({"sessionId": self.id(), "prompt": blocks(text), "_meta": meta});
            self.exchange.ask("_session/steering", &params, AcpRequest::Steer(id.to_owned(), text.to_owned()));
            return;
        }
        self.waiting.push_back((id.to_owned(), text.to_owned()));
        self.begin_waiting();
    }

    fn is_answered(&self) -> bool {
        self.is_over || self.session.is_some() && self.exchange.is_quiet() && self.waiting.is_empty()
    }

    fn cancel(&mut self) -> bool {
        let runs = self.is_in_turn() && !self.is_over;
        if runs {
            self.exchange.tell("session/cancel", &json!({"sessionId": self.id()}));
        }
        runs
    }

    fn leaves_within(&self) -> Duration {
        LEAVING
    }
}

fn blocks(text: &str) -> Value {
    json!([{"type": "text", "text": text}])
}

fn last_words(says: &[AgentEvent]) -> String {
    let said =
        says.iter().rev().find_map(|say| if let AgentEvent::Said { text } = say { Some(text.clone()) } else { None });
    said.unwrap_or_default()
}
