//! What errors of Codex mean. Of some it gives a kind, of all a text.

use serde_json::Value;

use crate::agent::reset::reset_in;
use crate::model::{AgentEvent, Finish, Reset};

/// An error while it works: Codex tries again by itself ("Reconnecting... 1/5 (why)").
pub(super) fn trouble(message: &str) -> AgentEvent {
    let inner = message.strip_prefix("Reconnecting... ").and_then(|rest| rest.split_once('(')?.1.strip_suffix(')'));
    event(kind(message), inner.unwrap_or(message).to_owned(), reset_in(message))
}

/// The same by `codex app-server`: a kind and a text, where it tries again in the details of "Reconnecting... 1/5".
pub(super) fn trouble_of(error: &Value, reset: Reset) -> AgentEvent {
    let why = words(error);
    let told = reset_in(&why);
    event(meaning(error), why, if told == Reset::Unknown { reset } else { told })
}

fn event(kind: Finish, why: String, reset: Reset) -> AgentEvent {
    match kind {
        Finish::RateLimited => AgentEvent::RateLimited { reset, why },
        Finish::Refused => AgentEvent::Refused { why },
        _ => AgentEvent::Waiting { why },
    }
}

/// The words of an error, without what is said of every one.
pub(super) fn words(error: &Value) -> String {
    let text = |key: &str| error[key].as_str().unwrap_or_default();
    match (text("message"), text("additionalDetails")) {
        (message, details) if message.starts_with("Reconnecting") && !details.is_empty() => details.to_owned(),
        ("", "") => "it gave no reason".to_owned(),
        (message, _) => message.to_owned(),
    }
}

/// What an error by `codex app-server` means.
pub(super) fn meaning(error: &Value) -> Finish {
    let info = &error["codexErrorInfo"];
    let status = info.as_object().and_then(|info| info.values().next()?["httpStatusCode"].as_u64());
    match (info.as_str().unwrap_or_default(), status) {
        ("usageLimitExceeded" | "rateLimitExceeded", _) | (_, Some(429)) => Finish::RateLimited,
        ("unauthorized", _) | (_, Some(401 | 403)) => Finish::Refused,
        ("contextWindowExceeded" | "modelNotFound" | "badRequest", _) | (_, Some(400 | 404)) => Finish::Impossible,
        ("serverOverloaded" | "internalServerError" | "flexUnavailable", _) | (_, Some(500..)) => Finish::Unavailable,
        _ => kind(&words(error)),
    }
}

/// What a text of Codex means.
pub(super) fn kind(message: &str) -> Finish {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn errors_mean_what_their_kind_or_else_their_text_says() {
        let failed = |status: u64| json!({"message": "no", "codexErrorInfo": {"httpConnectionFailed": {"httpStatusCode": status}}});
        let named = |name: &str| json!({"message": "no", "codexErrorInfo": name});
        for (error, finish) in [
            (failed(401), Finish::Refused),
            (failed(429), Finish::RateLimited),
            (failed(404), Finish::Impossible),
            (failed(503), Finish::Unavailable),
            (named("usageLimitExceeded"), Finish::RateLimited),
            (named("unauthorized"), Finish::Refused),
            (named("contextWindowExceeded"), Finish::Impossible),
            (named("internalServerError"), Finish::Unavailable),
            (named("somethingNew"), Finish::Failed),
            (json!({"message": "Quota exceeded. Check your plan", "codexErrorInfo": "other"}), Finish::Refused),
            (
                json!({"message": "Reconnecting... 1/5", "additionalDetails": "unexpected status 500"}),
                Finish::Unavailable,
            ),
            (json!({"message": 7}), Finish::Failed),
            (json!(null), Finish::Failed),
        ] {
            assert_eq!(meaning(&error), finish, "{error}");
        }
    }
}
