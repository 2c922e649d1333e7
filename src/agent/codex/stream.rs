//! The stream of `codex exec --json`: one JSON object a line.

use serde_json::Value;

use crate::agent::prices::priced;
use crate::agent::reset::reset_in;
use crate::agent::seam::StreamReader;
use crate::model::{AgentEvent, Finish, Price, Usage};

/// The reader.
pub(super) struct CodexStream {
    /// What the thread used before this attempt: Codex counts on from there.
    before: Usage,
    told: Usage,
    price: Option<Price>,
}

impl StreamReader for CodexStream {
    fn read(&mut self, line: &str) -> Vec<AgentEvent> {
        let Ok(Value::Object(object)) = serde_json::from_str::<Value>(line) else { return printed(line) };
        let value = Value::Object(object);
        let message = value["message"].as_str().or(value["error"]["message"].as_str()).unwrap_or_default();
        match text(&value, "type") {
            "thread.started" => match text(&value, "thread_id").parse() {
                Ok(session) => vec![AgentEvent::Started { session, model: None }],
                Err(_) => Vec::new(),
            },
            "item.started" => tool(&value["item"]).into_iter().collect(),
            "item.completed" => item(&value["item"]).into_iter().collect(),
            "turn.completed" => self.completed(&value["usage"]),
            "error" => vec![trouble(message)],
            "turn.failed" => vec![AgentEvent::Finished { finish: kind(message), text: message.to_owned() }],
            _ => Vec::new(),
        }
    }
}

impl CodexStream {
    pub(super) fn new(before: Usage, price: Option<Price>) -> CodexStream {
        CodexStream { before, told: Usage::default(), price }
    }

    fn completed(&mut self, usage: &Value) -> Vec<AgentEvent> {
        let number = |key: &str| usage[key].as_u64().unwrap_or(0);
        let cached = number("cached_input_tokens");
        let input = number("input_tokens").saturating_sub(cached);
        let total = Usage { input, cached, output: number("output_tokens"), usd: 0.0 };
        let before = Usage { usd: 0.0, ..self.before };
        let told = Usage { usd: 0.0, ..self.told };
        let delta = priced(total.beyond(before).corrects(told), self.price);
        self.told += delta;
        let mut says = Vec::new();
        if delta != Usage::default() {
            says.push(AgentEvent::Used { delta });
        }
        says.push(AgentEvent::Finished { finish: Finish::Done, text: String::new() });
        says
    }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn printed(line: &str) -> Vec<AgentEvent> {
    let text = line.trim();
    // Codex says so, always, when its input is no terminal.
    if text.is_empty() || text.starts_with("Reading additional input from stdin") || text.starts_with("WARNING:") {
        return Vec::new();
    }
    if text.contains("thread/resume failed") {
        return vec![AgentEvent::Finished { finish: Finish::SessionLost, text: text.to_owned() }];
    }
    // A command that its sandbox or its rules refused is told on standard error only.
    if let Some((_, why)) = text.split_once("error=approval policy is Never; reject command") {
        let why = why.trim_start_matches([' ', '\u{2014}', '-']).to_owned();
        return vec![AgentEvent::Denied { tool: "shell".to_owned(), why }];
    }
    vec![AgentEvent::Printed { text: text.to_owned() }]
}

/// A tool that begins. What Codex began it also completes, so the end says nothing new but a refusal.
fn tool(item: &Value) -> Option<AgentEvent> {
    let (name, what) = match text(item, "type") {
        "command_execution" => ("shell".to_owned(), text(item, "command")),
        "mcp_tool_call" => (format!("{}/{}", text(item, "server"), text(item, "tool")), ""),
        "web_search" => ("web_search".to_owned(), text(item, "query")),
        _ => return None,
    };
    Some(AgentEvent::Tool { name, what: what.to_owned(), paths: Vec::new() })
}

fn item(item: &Value) -> Option<AgentEvent> {
    let kind = text(item, "type");
    if text(item, "status") == "declined" {
        return Some(AgentEvent::Denied { tool: kind.replace('_', " "), why: text(item, "command").to_owned() });
    }
    match kind {
        "agent_message" => Some(AgentEvent::Said { text: text(item, "text").to_owned() }),
        "file_change" => {
            let changes = item["changes"].as_array().into_iter().flatten();
            let paths = changes.map(|change| text(change, "path").to_owned()).collect();
            Some(AgentEvent::Tool { name: "edit".to_owned(), what: String::new(), paths })
        }
        _ => None,
    }
}

/// An error while it works: Codex tries again by itself ("Reconnecting... 1/5 (why)").
fn trouble(message: &str) -> AgentEvent {
    let inner = message.strip_prefix("Reconnecting... ").and_then(|rest| rest.split_once('(')?.1.strip_suffix(')'));
    let why = inner.unwrap_or(message).to_owned();
    match kind(message) {
        Finish::RateLimited => AgentEvent::RateLimited { reset: reset_in(message), why },
        Finish::Refused => AgentEvent::Refused { why },
        _ => AgentEvent::Waiting { why },
    }
}

/// What an error means. Codex gives its text only.
fn kind(message: &str) -> Finish {
    let lower = message.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["429", "usage limit", "rate limit"]) {
        Finish::RateLimited
    } else if has(&["status 401", "status 403", "unauthorized", "quota exceeded", "not logged in", "log in again"]) {
        Finish::Refused
    } else if has(&["status 400", "status 404", "does not exist", "not supported"]) {
        Finish::Impossible
    } else if has(&["status 5", "high demand", "stream disconnected", "error sending request", "timed out", "timeout"])
    {
        Finish::Unavailable
    } else {
        Finish::Failed
    }
}
