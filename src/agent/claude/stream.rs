//! The stream of `claude -p --output-format stream-json --verbose`: one JSON object a line. The order of keys varies.

use std::collections::BTreeSet;

use serde_json::Value;

use super::speech::ClaudeSpeech;
use crate::agent::prices::priced;
use crate::agent::reset::reset_in;
use crate::agent::seam::{Speaker, StreamReader};
use crate::model::{AgentEvent, Finish, Price, Reset, Usage};

type ClaudePrices = Box<dyn Fn(&str) -> Option<Price> + Send>;

/// The reader.
pub(super) struct ClaudeStream {
    /// What the session used before this attempt: Claude Code's own account goes on from there.
    before: Usage,
    /// What was told in this attempt.
    told: Usage,
    /// Messages whose usage was told: one message comes as a line for each of its blocks, with the same usage on each.
    counted: BTreeSet<String>,
    prices: ClaudePrices,
    /// What it is told while it works.
    speech: Option<ClaudeSpeech>,
}

impl StreamReader for ClaudeStream {
    fn read(&mut self, line: &str) -> Vec<AgentEvent> {
        let Ok(Value::Object(object)) = serde_json::from_str::<Value>(line) else {
            let text = line.trim();
            return if text.is_empty() { Vec::new() } else { vec![AgentEvent::Printed { text: text.to_owned() }] };
        };
        let value = Value::Object(object);
        match (text(&value, "type"), text(&value, "subtype")) {
            ("system", "init") => started(&value).into_iter().collect(),
            ("system", "api_retry") => vec![retry(&value)],
            ("system", "permission_denied") => vec![denied(&value)],
            ("rate_limit_event", _) => limited(&value["rate_limit_info"]).into_iter().collect(),
            ("assistant", _) => self.assistant(&value),
            ("result", _) => self.result(&value),
            ("user", _) => self.speech.as_mut().and_then(|speech| speech.replayed(&value)).into_iter().collect(),
            ("command_lifecycle", _) => {
                self.speech.iter_mut().for_each(|speech| speech.lifecycle(&value));
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn speaker(&mut self) -> Option<&mut dyn Speaker> {
        self.speech.as_mut().map(|speech| speech as &mut dyn Speaker)
    }
}

impl ClaudeStream {
    pub(super) fn new(
        before: Usage,
        speech: Option<ClaudeSpeech>,
        prices: impl Fn(&str) -> Option<Price> + Send + 'static,
    ) -> ClaudeStream {
        ClaudeStream { before, told: Usage::default(), counted: BTreeSet::new(), prices: Box::new(prices), speech }
    }

    fn assistant(&mut self, value: &Value) -> Vec<AgentEvent> {
        let message = &value["message"];
        if value["is_api_error_message"] == true {
            return vec![trouble(text(value, "error"), &said(message))];
        }
        let blocks = message["content"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut says: Vec<AgentEvent> = blocks.iter().filter_map(block).collect();
        // Output tokens of a message that is still being written; the account at the end puts them right.
        if self.counted.insert(text(message, "id").to_owned()) {
            let usage = &message["usage"];
            let input = number(usage, "input_tokens") + number(usage, "cache_creation_input_tokens");
            let cached = number(usage, "cache_read_input_tokens");
            let seen = Usage { input, cached, output: number(usage, "output_tokens"), usd: 0.0 };
            says.extend(self.used(priced(seen, (self.prices)(text(message, "model")))));
        }
        says
    }

    fn used(&mut self, delta: Usage) -> Option<AgentEvent> {
        self.told += delta;
        (delta != Usage::default()).then_some(AgentEvent::Used { delta })
    }

    fn result(&mut self, value: &Value) -> Vec<AgentEvent> {
        let mut says = Vec::new();
        if let Some(delta) = self.account(value) {
            says.extend(self.used(delta));
        }
        let (finish, text) = finish(value);
        self.speech.iter_mut().for_each(|speech| speech.result(finish == Finish::Done));
        says.push(AgentEvent::Finished { finish, text });
        says
    }

    /// What the account at the end adds to what was told.
    fn account(&self, value: &Value) -> Option<Usage> {
        let models = value["modelUsage"].as_object().filter(|models| !models.is_empty())?;
        let mut total = Usage { usd: value["total_cost_usd"].as_f64().unwrap_or(0.0).max(0.0), ..Usage::default() };
        for model in models.values() {
            total += Usage {
                input: number(model, "inputTokens").saturating_add(number(model, "cacheCreationInputTokens")),
                cached: number(model, "cacheReadInputTokens"),
                output: number(model, "outputTokens"),
                usd: 0.0,
            };
        }
        Some(total.beyond(self.before).corrects(self.told))
    }
}

/// The answer that the last line of a stream holds, where a form was asked for.
pub(super) fn structured(printed: &str) -> Option<String> {
    let result = |line: &str| serde_json::from_str::<Value>(line).ok().filter(|value| text(value, "type") == "result");
    let result = printed.lines().rev().find_map(result)?;
    result["structured_output"].is_object().then(|| result["structured_output"].to_string())
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap_or(0)
}

fn started(value: &Value) -> Option<AgentEvent> {
    let model = Some(text(value, "model")).filter(|model| !model.is_empty()).map(str::to_owned);
    Some(AgentEvent::Started { session: text(value, "session_id").parse().ok()?, model })
}

fn retry(value: &Value) -> AgentEvent {
    let (status, error) = (number(value, "error_status"), text(value, "error"));
    let why = match status {
        0 => format!("no answer ({error})"),
        status => format!("HTTP {status} ({error})"),
    };
    let tries = format!("{why}, try {} of {}", number(value, "attempt"), number(value, "max_retries"));
    match (status, kind(error)) {
        (429, _) | (_, Finish::RateLimited) => {
            AgentEvent::RateLimited { reset: Reset::After(number(value, "retry_delay_ms")), why }
        }
        (401 | 403, _) | (_, Finish::Refused) => AgentEvent::Refused { why },
        _ => AgentEvent::Waiting { why: tries },
    }
}

/// Claude Code's own word for an error.
fn kind(error: &str) -> Finish {
    match error {
        "authentication_failed"
        | "oauth_org_not_allowed"
        | "account_on_hold"
        | "verification_required"
        | "billing_error"
        | "cloud_credential_error" => Finish::Refused,
        "rate_limit" => Finish::RateLimited,
        "invalid_request" | "model_not_found" => Finish::Impossible,
        "overloaded" | "server_error" => Finish::Unavailable,
        _ => Finish::Failed,
    }
}

fn trouble(error: &str, words: &str) -> AgentEvent {
    match kind(error) {
        Finish::Refused => AgentEvent::Refused { why: words.to_owned() },
        Finish::RateLimited => AgentEvent::RateLimited { reset: reset_in(words), why: words.to_owned() },
        _ => AgentEvent::Waiting { why: words.to_owned() },
    }
}

fn limited(info: &Value) -> Option<AgentEvent> {
    let reset = info["resetsAt"].as_i64().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    let why = format!("usage limit ({})", text(info, "rateLimitType").replace('_', " "));
    let reset = reset.map_or(Reset::Unknown, Reset::At);
    (text(info, "status") == "rejected").then_some(AgentEvent::RateLimited { reset, why })
}

fn denied(value: &Value) -> AgentEvent {
    AgentEvent::Denied { tool: text(value, "tool_name").to_owned(), why: text(value, "message").to_owned() }
}

fn said(message: &Value) -> String {
    let blocks = message["content"].as_array().map(Vec::as_slice).unwrap_or_default();
    blocks.iter().filter_map(|block| block["text"].as_str()).collect::<Vec<_>>().join("\n")
}

fn block(block: &Value) -> Option<AgentEvent> {
    match text(block, "type") {
        "text" => {
            Some(AgentEvent::Said { text: text(block, "text").to_owned() }).filter(|_| !text(block, "text").is_empty())
        }
        "tool_use" => {
            let input = &block["input"];
            let first = |keys: &[&str]| keys.iter().find_map(|key| input[*key].as_str()).unwrap_or_default().to_owned();
            let path = first(&["file_path", "notebook_path", "path"]);
            Some(AgentEvent::Tool {
                name: text(block, "name").to_owned(),
                what: first(&["command", "pattern", "url", "query", "description"]),
                paths: if path.is_empty() { Vec::new() } else { vec![path] },
            })
        }
        _ => None,
    }
}

/// How it finished. `subtype` says "success" for refused requests too, so `is_error` and the status go before.
fn finish(value: &Value) -> (Finish, String) {
    let errors: Vec<&str> = value["errors"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let words = match text(value, "result") {
        "" if errors.is_empty() => text(value, "subtype").to_owned(),
        "" => errors.join("; "),
        result => result.to_owned(),
    };
    let lost = errors.iter().any(|error| error.starts_with("No conversation found"));
    let finish = match (text(value, "subtype"), value["is_error"] == true, value["api_error_status"].as_u64()) {
        ("error_max_turns", ..) => Finish::OutOfTurns,
        ("error_max_budget_usd", ..) => Finish::OverBudget,
        ("success", false, _) => Finish::Done,
        (_, _, Some(429)) => Finish::RateLimited,
        (_, _, Some(401..=403)) => Finish::Refused,
        // Not with a status of its own (measured by its text only).
        (_, _, Some(400)) if words.to_lowercase().contains("credit balance") => Finish::Refused,
        (_, _, Some(400..=499)) => Finish::Impossible,
        (_, _, Some(_)) => Finish::Unavailable,
        _ if lost => Finish::SessionLost,
        _ if text(value, "terminal_reason") == "api_error" => Finish::Unavailable,
        _ => Finish::Failed,
    };
    (finish, words)
}
