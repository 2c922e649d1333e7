//! The stream of `gemini -o stream-json`: one JSON object a line; waiting is told on standard error only.

use serde_json::Value;

use crate::agent::prices::priced;
use crate::agent::reset::reset_in;
use crate::agent::seam::StreamReader;
use crate::model::{AgentEvent, Finish, Price, Reset, Usage};

type GeminiPrices = Box<dyn Fn(&str) -> Option<Price> + Send>;

/// The reader. Gemini counts each process by itself, in resumed sessions too.
pub(super) struct GeminiStream {
    prices: GeminiPrices,
    /// Why its last try failed: the line before the one that says for how long it waits.
    failed: Option<String>,
}

impl StreamReader for GeminiStream {
    fn read(&mut self, line: &str) -> Vec<AgentEvent> {
        let Ok(Value::Object(object)) = serde_json::from_str::<Value>(line) else { return self.printed(line) };
        let value = Value::Object(object);
        match text(&value, "type") {
            "init" => started(&value).into_iter().collect(),
            "message" if text(&value, "role") == "assistant" && !text(&value, "content").is_empty() => {
                vec![AgentEvent::Said { text: text(&value, "content").to_owned() }]
            }
            "tool_use" => vec![tool(&value)],
            "tool_result" => denied(&value).into_iter().collect(),
            "result" => self.result(&value),
            _ => Vec::new(),
        }
    }
}

impl GeminiStream {
    pub(super) fn new(prices: impl Fn(&str) -> Option<Price> + Send + 'static) -> GeminiStream {
        GeminiStream { prices: Box::new(prices), failed: None }
    }

    fn result(&self, value: &Value) -> Vec<AgentEvent> {
        let mut says = Vec::new();
        for (model, stats) in value["stats"]["models"].as_object().into_iter().flatten() {
            let number = |key: &str| stats[key].as_u64().unwrap_or(0);
            let cached = number("cached");
            let input = number("input_tokens").saturating_sub(cached);
            // Thinking is in the total and in nothing else.
            let output = number("total_tokens").saturating_sub(number("input_tokens")).max(number("output_tokens"));
            let delta = priced(Usage { input, cached, output, usd: 0.0 }, (self.prices)(model));
            if delta != Usage::default() {
                says.push(AgentEvent::Used { delta });
            }
        }
        let message = text(&value["error"], "message");
        let finish = if text(value, "status") == "success" { Finish::Done } else { kind(message) };
        says.push(AgentEvent::Finished { finish, text: readable(message) });
        says
    }

    fn printed(&mut self, line: &str) -> Vec<AgentEvent> {
        let text = line.trim();
        if text.is_empty() || NOISE.iter().any(|noise| text.starts_with(noise)) {
            return Vec::new();
        }
        if text.starts_with("Error resuming session") {
            return vec![AgentEvent::Finished { finish: Finish::SessionLost, text: text.to_owned() }];
        }
        let tried = text.strip_prefix("Attempt ").and_then(|rest| rest.split_once(" failed"));
        if let Some((_, why)) = tried {
            let why = why.trim_start_matches([':', ' ']).trim_start_matches("with ").to_owned();
            self.failed = Some(why.clone());
            return match kind(&why) {
                // The next line says for how long.
                Finish::RateLimited => Vec::new(),
                _ => vec![AgentEvent::Waiting { why }],
            };
        }
        if let Some(millis) = between(text, "Retrying after ", "ms") {
            let why = self.failed.take().unwrap_or_else(|| "rate limit".to_owned());
            return vec![AgentEvent::RateLimited { reset: Reset::After(millis), why }];
        }
        vec![AgentEvent::Printed { text: text.to_owned() }]
    }
}

/// Lines that every healthy run prints.
const NOISE: &[&str] = &["Warning: 256-color", "YOLO mode", "Ripgrep is not available", "at "];

fn between(text: &str, before: &str, after: &str) -> Option<u64> {
    text.split_once(before)?.1.split_once(after)?.0.parse().ok()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn started(value: &Value) -> Option<AgentEvent> {
    let model = Some(text(value, "model")).filter(|model| !model.is_empty()).map(str::to_owned);
    Some(AgentEvent::Started { session: text(value, "session_id").parse().ok()?, model })
}

fn tool(value: &Value) -> AgentEvent {
    let input = &value["parameters"];
    let first = |keys: &[&str]| keys.iter().find_map(|key| input[*key].as_str()).unwrap_or_default().to_owned();
    let path = first(&["file_path", "absolute_path", "path", "dir_path"]);
    AgentEvent::Tool {
        name: text(value, "tool_name").to_owned(),
        what: first(&["command", "pattern", "query", "prompt"]),
        paths: if path.is_empty() { Vec::new() } else { vec![path] },
    }
}

/// Tools that are not allowed are not there for it at all.
fn denied(value: &Value) -> Option<AgentEvent> {
    let error = &value["error"];
    let refused = matches!(text(error, "type"), "tool_not_registered" | "policy_violation" | "execution_denied");
    let tool = text(value, "tool_id").split("__").next().unwrap_or_default().to_owned();
    refused.then(|| AgentEvent::Denied { tool, why: text(error, "message").to_owned() })
}

/// The words inside of `[API Error: {"error":{"message":"…"}}]`.
fn readable(message: &str) -> String {
    let json = message.strip_prefix("[API Error: ").and_then(|rest| rest.strip_suffix(']'));
    let value: Option<Value> = json.and_then(|json| serde_json::from_str(json).ok());
    let words = value.as_ref().and_then(|value| value["error"]["message"].as_str());
    words.unwrap_or(message).to_owned()
}

/// What an error means. Gemini gives its provider's JSON inside of a text.
fn kind(message: &str) -> Finish {
    let lower = message.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&[
        "api key not valid",
        "unauthenticated",
        "permission_denied",
        "\"code\":401",
        "\"code\":403",
        "status 401",
        "status 403",
    ]) {
        Finish::Refused
    } else if has(&["resource_exhausted", "\"code\":429", "status 429", "quota"]) || reset_in(&lower) != Reset::Unknown
    {
        Finish::RateLimited
    } else if has(&["\"code\":400", "\"code\":404", "not_found", "invalid_argument"]) {
        Finish::Impossible
    } else if has(&["\"code\":5", "status 5", "unavailable", "internal", "fetch failed", "timeout"]) {
        Finish::Unavailable
    } else {
        Finish::Failed
    }
}
