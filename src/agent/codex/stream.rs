//! The stream of `codex exec --json`: one JSON object a line.

use serde_json::Value;

use super::account::CodexAccount;
use super::errors::{kind, trouble};
use crate::agent::seam::StreamReader;
use crate::model::{AgentEvent, Finish};

/// The reader.
pub(super) struct CodexStream {
    account: CodexAccount,
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
    pub(super) fn new(account: CodexAccount) -> CodexStream {
        CodexStream { account }
    }

    fn completed(&mut self, usage: &Value) -> Vec<AgentEvent> {
        let used = self.account.counted(usage, ["input_tokens", "cached_input_tokens", "output_tokens"]);
        let end = AgentEvent::Finished { finish: Finish::Done, text: String::new() };
        used.into_iter().chain([end]).collect()
    }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

/// What a line outside of the stream says.
pub(super) fn printed(line: &str) -> Vec<AgentEvent> {
    let line = plain(line);
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

/// A line without the colors that some of Codex's programs give their log.
fn plain(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest))
}
