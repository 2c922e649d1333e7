//! What an agent's refusal of a request means. There is no rule for it: some give the provider's status as the code, some
//! its JSON inside of a text, some words only.

use serde_json::Value;

use crate::agent::ending::short;
use crate::agent::reset::reset_in;
use crate::model::{AgentEvent, Finish, Reset};

/// The code of the protocol for "log in first".
const LOGIN_WANTED: i64 = -32000;

/// What follows from it, at the end of a turn.
pub(super) fn refused(error: &Value) -> Vec<AgentEvent> {
    let why = words(error);
    let finish = meaning(error, &why);
    let mut says = Vec::new();
    if finish == Finish::RateLimited {
        says.push(AgentEvent::RateLimited { reset: reset_in(&why), why: short(&why) });
    }
    says.push(AgentEvent::Finished { finish, text: why });
    says
}

/// Its words, taken out of what they are wrapped in.
pub(super) fn words(error: &Value) -> String {
    let message = error["message"].as_str().unwrap_or("it gave no reason");
    let inner = serde_json::from_str::<Value>(message).ok();
    let inner = inner.as_ref().and_then(|value| value["error"]["message"].as_str());
    let detail = ["details", "message"].iter().find_map(|key| error["data"][*key].as_str()).or(error["data"].as_str());
    match (inner, detail) {
        (Some(inner), _) => inner.to_owned(),
        (None, Some(detail)) if !message.contains(detail) => format!("{message}: {detail}"),
        _ => message.to_owned(),
    }
}

fn meaning(error: &Value, words: &str) -> Finish {
    let said = format!("{words} {}", error["message"].as_str().unwrap_or_default()).to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let status = |code: i64| match code {
        401 | 403 | LOGIN_WANTED => Some(Finish::Refused),
        429 => Some(Finish::RateLimited),
        400 | 404 => Some(Finish::Impossible),
        500..=599 => Some(Finish::Unavailable),
        _ => None,
    };
    let in_words = || {
        said.split(|c: char| !c.is_ascii_digit())
            .filter(|part| part.len() == 3)
            .find_map(|part| part.parse().ok().and_then(status))
    };
    if let Some(finish) = error["code"].as_i64().and_then(status).or_else(in_words) {
        return finish;
    }
    if has(&["unauthenticated", "unauthorized", "authentication", "api key", "not logged in"]) {
        Finish::Refused
    } else if has(&["rate limit", "resource_exhausted", "quota", "too many requests"])
        || reset_in(&said) != Reset::Unknown
    {
        Finish::RateLimited
    } else if has(&["overloaded", "unavailable", "timed out", "timeout", "fetch failed", "econnrefused"]) {
        Finish::Unavailable
    } else {
        Finish::Failed
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// As Gemini CLI 0.61.0 and opencode 1.18.33 answered, and as the protocol has it.
    #[test]
    fn refusals_mean_what_follows_from_them() {
        let wrapped = r#"{"error":{"code":500,"status":"INTERNAL","message":"the model says 500"}}"#;
        for (error, finish, text) in [
            (json!({"code": 401, "message": r#"{"error":{"message":"no key"}}"#}), Finish::Refused, "no key"),
            (json!({"code": 500, "message": wrapped}), Finish::Unavailable, "the model says 500"),
            (json!({"code": 429, "message": "slow down"}), Finish::RateLimited, "slow down"),
            (
                json!({"code": -32603, "message": "Internal error: no, status 401", "data": {"errorName": "APIError"}}),
                Finish::Refused,
                "Internal error: no, status 401",
            ),
            (json!({"code": -32000, "message": "Authentication required"}), Finish::Refused, "Authentication required"),
            (
                json!({"code": -32603, "message": "Internal error", "data": {"details": "Rate limit reached"}}),
                Finish::RateLimited,
                "Internal error: Rate limit reached",
            ),
            (json!({"code": -32603, "message": "the model says 401"}), Finish::Refused, "the model says 401"),
            (json!({"code": -32602, "message": "Invalid params"}), Finish::Failed, "Invalid params"),
            (json!("nonsense"), Finish::Failed, "it gave no reason"),
        ] {
            let says = refused(&error);
            assert_eq!(says.last(), Some(&AgentEvent::Finished { finish, text: text.to_owned() }), "{error}");
            assert_eq!(says.len(), if finish == Finish::RateLimited { 2 } else { 1 });
        }
    }
}
