//! Frames of JSON-RPC 2.0, one a line.

use serde_json::{Value, json};

/// What an agent sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum AcpFrame {
    /// It wants an answer.
    Request { id: Value, method: String, params: Value },
    /// It tells something.
    Notification { method: String, params: Value },
    /// It answers one of our requests, or refuses it.
    Answer { id: u64, result: Result<Value, Value> },
}

/// The frame in a line. Words that another stream left before it are skipped; `None` where there is no frame.
pub(super) fn read_frame(line: &str) -> Option<AcpFrame> {
    let parsed = serde_json::from_str::<Value>(line).ok();
    let value = parsed.or_else(|| serde_json::from_str(&line[line.find("{\"jsonrpc\"")?..]).ok())?;
    let object = value.as_object().filter(|object| object.get("jsonrpc").is_some_and(|version| version == "2.0"))?;
    let params = || object.get("params").cloned().unwrap_or_default();
    match (object.get("method").and_then(Value::as_str), object.get("id")) {
        (Some(method), Some(id)) if !id.is_null() => {
            Some(AcpFrame::Request { id: id.clone(), method: method.to_owned(), params: params() })
        }
        (Some(method), _) => Some(AcpFrame::Notification { method: method.to_owned(), params: params() }),
        (None, id) => {
            let id = id?.as_u64()?;
            let result = match (object.get("error"), object.get("result")) {
                (Some(error), _) if !error.is_null() => Err(error.clone()),
                (_, result) => Ok(result.cloned().unwrap_or_default()),
            };
            Some(AcpFrame::Answer { id, result })
        }
    }
}

/// Our answer to what we do not offer.
pub(super) fn no_such_method(id: &Value, method: &str) -> Value {
    json!({"id": id, "error": {"code": -32601, "message": format!("git orca does not offer `{method}`")}})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_apart_and_the_rest_is_none() {
        let answer = |id, result| Some(AcpFrame::Answer { id, result });
        assert_eq!(read_frame(r#"{"jsonrpc":"2.0","id":3,"result":{"a":1}}"#), answer(3, Ok(json!({"a": 1}))));
        assert_eq!(read_frame(r#"{"id":3,"error":{"code":1},"jsonrpc":"2.0"}"#), answer(3, Err(json!({"code": 1}))));
        assert_eq!(read_frame(r#"{"jsonrpc":"2.0","id":3,"error":null}"#), answer(3, Ok(Value::Null)));
        let told = AcpFrame::Notification { method: "m".into(), params: Value::Null };
        assert_eq!(read_frame(r#"{"jsonrpc":"2.0","method":"m"}"#), Some(told.clone()));
        assert_eq!(read_frame(r#"{"jsonrpc":"2.0","method":"m","id":null}"#), Some(told.clone()));
        assert_eq!(read_frame(r#"a warning{"jsonrpc":"2.0","method":"m"}"#), Some(told));
        let asked = AcpFrame::Request { id: json!("x"), method: "m".into(), params: json!([1]) };
        assert_eq!(read_frame(r#"{"jsonrpc":"2.0","method":"m","id":"x","params":[1]}"#), Some(asked));
        for none in [
            "",
            "words",
            "{",
            "[]",
            "7",
            r#"{"id":3}"#,
            r#"{"jsonrpc":"1.0","id":3}"#,
            r#"{"jsonrpc":"2.0"}"#,
            r#"{"jsonrpc":"2.0","id":"ours are numbers","result":1}"#,
        ] {
            assert_eq!(read_frame(none), None, "{none}");
        }
    }
}
