//! The protocol over HTTP ("streamable HTTP"): each message is a POST, its answer a document or a stream of events.

use std::time::Duration;

use serde_json::Value;

use super::client::McpTransport;
use super::message::{McpTrouble, messages, result};
use crate::wire::http::{HttpAnswer, post};

/// A server at an address.
#[derive(Debug)]
pub struct McpOverHttp {
    url: String,
    session: Option<String>,
    version: Option<String>,
}

impl McpOverHttp {
    /// The server at this address.
    pub fn new(url: &str) -> McpOverHttp {
        McpOverHttp { url: url.to_owned(), session: None, version: None }
    }

    /// Posts a message; the answer is read until it holds the result of request `id`.
    fn post(&mut self, id: Option<u64>, message: &Value, patience: Duration) -> Result<HttpAnswer, McpTrouble> {
        let mut headers = vec![("Accept".to_owned(), "application/json, text/event-stream".to_owned())];
        headers.extend(self.session.clone().map(|session| ("Mcp-Session-Id".to_owned(), session)));
        headers.extend(self.version.clone().map(|version| ("MCP-Protocol-Version".to_owned(), version)));
        let holds = |text: &str| id.is_some_and(|id| messages(true, text).iter().any(|it| result(it, id).is_some()));
        let answer = post(&self.url, &headers, message.to_string(), patience, &holds).map_err(McpTrouble::Away)?;
        match answer.code {
            200..300 => {}
            404 if self.session.is_some() => return Err(McpTrouble::SessionLost),
            // What stands in front of a server that is not there says so.
            408 | 429 | 500..600 => return Err(McpTrouble::Away(format!("it answered {}", answer.code))),
            code => return Err(McpTrouble::Wrong(format!("it answered {code}"))),
        }
        if let Some(session) = answer.header("mcp-session-id") {
            self.session = Some(session.to_owned());
        }
        Ok(answer)
    }
}

impl McpTransport for McpOverHttp {
    fn ask(&mut self, id: u64, message: &Value, patience: Duration) -> Result<Value, McpTrouble> {
        let answer = self.post(Some(id), message, patience)?;
        let is_stream = answer.header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream"));
        let found = messages(is_stream, &answer.text()).iter().find_map(|message| result(message, id));
        let cut = || match is_stream {
            true => McpTrouble::Away("it hung up without an answer".to_owned()),
            false => McpTrouble::Wrong("it does not answer in the protocol".to_owned()),
        };
        let found = found.unwrap_or_else(|| Err(cut()))?;
        if let Some(version) = found.get("protocolVersion").and_then(Value::as_str) {
            self.version = Some(version.to_owned());
        }
        Ok(found)
    }

    fn tell(&mut self, message: &Value, patience: Duration) -> Result<(), McpTrouble> {
        self.post(None, message, patience).map(|_| ())
    }
}
