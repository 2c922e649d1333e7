//! Messages of JSON-RPC, and how they come within an HTTP answer. Pure.

use serde_json::{Value, json};

/// Why a server gave no answer that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum McpTrouble {
    /// It cannot be reached, or says nothing: another time it may. One line for people.
    Away(String),
    /// It does not know the session any more.
    SessionLost,
    /// It answers, but not as a server of the protocol does, or with an error. One line for people.
    Wrong(String),
}

impl McpTrouble {
    /// One line for people.
    pub fn words(&self) -> &str {
        match self {
            McpTrouble::Away(words) | McpTrouble::Wrong(words) => words,
            McpTrouble::SessionLost => "it has forgotten the session",
        }
    }
}

/// A request that wants an answer.
pub fn request(id: u64, method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
}

/// A message that wants none.
pub fn notification(method: &str) -> Value {
    json!({"jsonrpc": "2.0", "method": method})
}

/// The result of request `id`, where `message` is its answer; servers send messages of their own between.
pub fn result(message: &Value, id: u64) -> Option<Result<Value, McpTrouble>> {
    if message.get("id").and_then(Value::as_u64) != Some(id) || message.get("method").is_some() {
        return None;
    }
    if let Some(error) = message.get("error") {
        let words = error.get("message").and_then(Value::as_str).unwrap_or("an error without words");
        return Some(Err(McpTrouble::Wrong(words.to_owned())));
    }
    let nothing = || McpTrouble::Wrong("an answer without a result".to_owned());
    Some(message.get("result").cloned().ok_or_else(nothing))
}

/// The messages of an HTTP answer: a document, or a stream of server-sent events. What is no JSON is no message.
pub fn messages(is_stream: bool, body: &str) -> Vec<Value> {
    if !is_stream {
        return match serde_json::from_str(body) {
            Ok(Value::Array(all)) => all,
            Ok(one) => vec![one],
            Err(_) => Vec::new(),
        };
    }
    events(body).iter().filter_map(|data| serde_json::from_str(data).ok()).collect()
}

/// The data of the events that are complete: an empty line ends one, lines of one are joined.
fn events(body: &str) -> Vec<String> {
    let (mut events, mut data) = (Vec::new(), Vec::new());
    for line in body.split_inclusive('\n') {
        let Some(line) = line.strip_suffix('\n') else { break };
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() && !data.is_empty() {
            events.push(std::mem::take(&mut data).join("\n"));
        } else if let Some(part) = line.strip_prefix("data:") {
            data.push(part.strip_prefix(' ').unwrap_or(part));
        }
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_found_among_what_else_a_server_sends() {
        let stream = ": hello\r\nevent: message\r\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}\r\n\r\n\
                      data: {\"jsonrpc\":\"2.0\",\ndata: \"id\":7,\"result\":{\"a\":1}}\n\ndata: {\"id\":8,";
        let all = messages(true, stream);
        assert_eq!(all.len(), 2, "what is not complete is none");
        let found: Vec<_> = all.iter().filter_map(|message| result(message, 7)).collect();
        assert_eq!(found, [Ok(json!({"a": 1}))]);
        assert_eq!(messages(false, "[{\"id\":1},{\"id\":2}]").len(), 2);
        assert!(messages(false, "<html>").is_empty());
    }

    #[test]
    fn errors_are_told_in_the_server_s_words() {
        let wrong = |words: &str| Some(Err(McpTrouble::Wrong(words.to_owned())));
        assert_eq!(
            result(&json!({"id": 1, "error": {"code": -32602, "message": "no such tool"}}), 1),
            wrong("no such tool")
        );
        assert_eq!(result(&json!({"id": 1}), 1), wrong("an answer without a result"));
        assert_eq!(result(&json!({"id": 2, "result": {}}), 1), None);
        assert_eq!(result(&json!({"id": 1, "method": "sampling/createMessage"}), 1), None, "it asks us");
    }
}
