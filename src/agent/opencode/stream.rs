//! The stream of `opencode run --format json`: one JSON object a line on standard output, its log on standard error.

use serde_json::Value;

use crate::agent::prices::priced;
use crate::agent::reset::reset_in;
use crate::agent::seam::StreamReader;
use crate::model::{AgentEvent, Finish, Price, Reset, Usage};

/// The reader. opencode counts each step by itself, in sessions that are gone on in, too.
pub(super) struct OpencodeStream {
    /// For models of which opencode knows no price.
    price: Option<Price>,
    started: bool,
    /// Whether nobody was there to allow a tool: that ends the whole run, without a last word.
    rejected: bool,
}

impl StreamReader for OpencodeStream {
    fn read(&mut self, line: &str) -> Vec<AgentEvent> {
        let Ok(Value::Object(object)) = serde_json::from_str::<Value>(line) else {
            return if !self.started && is_busy(line) { vec![busy()] } else { printed(line) };
        };
        let value = Value::Object(object);
        let part = &value["part"];
        let mut says: Vec<AgentEvent> = self.session(text(&value, "sessionID")).into_iter().collect();
        match text(&value, "type") {
            "text" if !text(part, "text").is_empty() => {
                says.push(AgentEvent::Said { text: text(part, "text").to_owned() })
            }
            "tool_use" => says.extend(self.tool(part)),
            "step_finish" => says.extend(self.step(part)),
            "error" => says.push(failed(&value["error"])),
            _ => {}
        }
        says
    }
}

impl OpencodeStream {
    pub(super) fn new(price: Option<Price>) -> OpencodeStream {
        OpencodeStream { price, started: false, rejected: false }
    }

    /// Every line names the session; the first one says that it begins.
    fn session(&mut self, id: &str) -> Option<AgentEvent> {
        let session = id.parse().ok().filter(|_| !self.started)?;
        self.started = true;
        Some(AgentEvent::Started { session, model: None })
    }

    /// A tool that has ended.
    fn tool(&mut self, part: &Value) -> Vec<AgentEvent> {
        let input = &part["state"]["input"];
        let first = |keys: &[&str]| keys.iter().find_map(|key| input[*key].as_str()).unwrap_or_default().to_owned();
        let path = first(&["filePath", "path"]);
        let what = first(&["command", "pattern", "url", "query", "description"]);
        let name = text(part, "tool").to_owned();
        let error = text(&part["state"], "error");
        let rejected = error.contains("rejected permission");
        self.rejected |= rejected;
        let is_denied = rejected || error.contains("a rule which prevents you");
        let denied = is_denied.then(|| {
            let why = if what.is_empty() { path.clone() } else { what.clone() };
            AgentEvent::Denied { tool: name.clone(), why }
        });
        let paths = if path.is_empty() { Vec::new() } else { vec![path] };
        [AgentEvent::Tool { name, what, paths }].into_iter().chain(denied).collect()
    }

    /// An answer of the model that is over.
    fn step(&self, part: &Value) -> Vec<AgentEvent> {
        let tokens = &part["tokens"];
        let number = |value: &Value| value.as_u64().unwrap_or(0);
        let used = Usage {
            input: number(&tokens["input"]) + number(&tokens["cache"]["write"]),
            cached: number(&tokens["cache"]["read"]),
            output: number(&tokens["output"]) + number(&tokens["reasoning"]),
            usd: part["cost"].as_f64().unwrap_or(0.0),
        };
        let delta = if used.usd > 0.0 { used } else { priced(used, self.price) };
        let mut says = Vec::new();
        if delta != Usage::default() {
            says.push(AgentEvent::Used { delta });
        }
        let finish = match text(part, "reason") {
            "stop" => Some((Finish::Done, String::new())),
            "tool-calls" | "unknown" | "" => self.rejected.then(|| (Finish::Done, String::new())),
            other => Some((Finish::Failed, format!("the model stopped ({other})"))),
        };
        says.extend(finish.map(|(finish, text)| AgentEvent::Finished { finish, text }));
        says
    }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

/// An error that ends the run: the provider's status is in it.
fn failed(error: &Value) -> AgentEvent {
    let data = &error["data"];
    let words = Some(text(data, "message")).filter(|words| !words.is_empty()).unwrap_or(text(error, "name"));
    let finish = match (data["statusCode"].as_u64(), text(error, "name")) {
        (Some(429), _) => Finish::RateLimited,
        (Some(401..=403), _) | (_, "ProviderAuthError") => Finish::Refused,
        (Some(400..=499), _) | (_, "ProviderModelNotFoundError") => Finish::Impossible,
        (Some(_), _) => Finish::Unavailable,
        _ => waits_for(words).map_or(Finish::Failed, |_| Finish::RateLimited),
    };
    AgentEvent::Finished { finish, text: words.to_owned() }
}

/// Whether opencode could not open its database: several that start at once in a home where none ever ran meet each
/// other there (1.18.33), and the next start succeeds.
fn is_busy(line: &str) -> bool {
    let text = plain(line);
    let text = text.trim();
    text == "database is locked" || text.starts_with("Failed query:")
}

fn busy() -> AgentEvent {
    let text = "opencode's own database was busy: several started at once".to_owned();
    AgentEvent::Finished { finish: Finish::Unavailable, text }
}

fn printed(line: &str) -> Vec<AgentEvent> {
    let text = plain(line);
    let text = text.trim();
    if text == "Error: Session not found" {
        return vec![AgentEvent::Finished { finish: Finish::SessionLost, text: text.to_owned() }];
    }
    // Of requests for the title of a session nothing depends.
    if text.contains(" message=\"stream error\" ") && !text.contains(" small=true ") {
        let why = text.split_once(" error.error=").map_or(text, |(_, rest)| rest).trim_matches('"');
        let why = why.split_once(": ").map_or(why, |(_, words)| words).to_owned();
        // It tries again by itself, for ever.
        return vec![match waits_for(&why) {
            Some(reset) => AgentEvent::RateLimited { reset, why },
            None => AgentEvent::Waiting { why },
        }];
    }
    // The rest of its log is for those who write opencode.
    if text.is_empty() || text.starts_with("timestamp=") || text.starts_with("! permission requested") {
        return Vec::new();
    }
    vec![AgentEvent::Printed { text: text.to_owned() }]
}

/// When a provider may be asked again that takes no more. Its status is not in the log, only its words.
fn waits_for(words: &str) -> Option<Reset> {
    let lower = words.to_lowercase();
    let is_limit = ["rate limit", "rate_limit", "too many requests", "429", "usage limit", "resource_exhausted"]
        .iter()
        .any(|word| lower.contains(word));
    let reset = reset_in(words);
    (is_limit || reset != Reset::Unknown).then_some(reset)
}

/// A line without its colours.
fn plain(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let end = part.find(|c: char| c.is_ascii_alphabetic()).map_or(part.len(), |end| end + 1);
        text + &part[end..]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_database_is_no_failure_of_the_task() {
        for said in ["database is locked", "Failed query: "] {
            let mut stream = OpencodeStream::new(None);
            assert!(stream.read("\u{1b}[91m\u{1b}[1mError: \u{1b}[0mUnexpected error").len() <= 1);
            let says = stream.read(said);
            assert!(
                matches!(&says[..], [AgentEvent::Finished { finish: Finish::Unavailable, text }] if text.contains("database")),
                "{says:?}"
            );
            // Within a session these are words of a program like any other.
            stream.read(r#"{"type":"step_start","sessionID":"ses_1","part":{}}"#);
            assert!(matches!(&stream.read(said)[..], [AgentEvent::Printed { .. }]));
        }
    }
}
