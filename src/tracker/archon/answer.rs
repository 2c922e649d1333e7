//! What an answer of Archon means: a JSON document in a text, in which failure is `"success": false` beside `isError: false`.
//! Pure.

use serde_json::Value;

use crate::tracker::seam::TrackerTrouble;
use crate::wire::mcp::ToolAnswer;

/// A call that succeeded.
#[derive(Debug, Clone, PartialEq)]
pub struct ArchonAnswer {
    /// The document.
    pub document: Value,
}

/// Why one did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchonFailure {
    /// What it names is not there.
    Gone,
    /// Anything else.
    Trouble(TrackerTrouble),
}

/// Characters of a server's words that are told.
const TOLD: usize = 200;

/// What a tool's answer means.
///
/// # Errors
/// It failed.
pub fn read(answer: &ToolAnswer) -> Result<ArchonAnswer, ArchonFailure> {
    let clip = |words: &str| words.chars().filter(|c| !c.is_control()).take(TOLD).collect::<String>();
    let trouble = |trouble| Err(ArchonFailure::Trouble(trouble));
    if answer.is_error {
        // A call that the server does not know: asked again it would not know it, either.
        return trouble(TrackerTrouble::Refused(clip(&answer.text)));
    }
    let Some(document) = answer.document().filter(Value::is_object) else {
        return trouble(TrackerTrouble::Failed("its answer is no document".to_owned()));
    };
    match document.get("success") {
        Some(Value::Bool(true)) => return Ok(ArchonAnswer { document }),
        // Lists of the last era have no such field.
        None if document.get("error").is_none() => return Ok(ArchonAnswer { document }),
        _ => {}
    }
    let error = document.get("error").cloned().unwrap_or_default();
    let text = |key: &str| error.get(key).and_then(Value::as_str);
    let words = error.as_str().or(text("message")).unwrap_or("it failed without words");
    let status = error.get("http_status").and_then(Value::as_u64);
    if status == Some(404) || text("type") == Some("not_found") || words.contains("HTTP 404") {
        return Err(ArchonFailure::Gone);
    }
    let refused = text("type") == Some("validation_error") || status.is_some_and(|code| (400..500).contains(&code));
    let words = clip(words);
    trouble(if refused { TrackerTrouble::Refused(words) } else { TrackerTrouble::Failed(words) })
}

/// A project or a task that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchonItem {
    /// Its id.
    pub id: String,
    description: String,
}

impl ArchonItem {
    /// One of a list.
    pub fn read(of: &Value) -> Option<ArchonItem> {
        let text = |key: &str| of.get(key).and_then(Value::as_str);
        let id = text("id").or(text("task_id")).or(text("project_id"))?;
        Some(ArchonItem { id: id.to_owned(), description: text("description").unwrap_or_default().to_owned() })
    }

    /// Whether this marker stands first in its description.
    pub fn is_marked(&self, marker: &str) -> bool {
        self.description.starts_with(marker)
    }
}

/// The id of what was made, wherever an era puts it.
pub fn made_id(answer: &ArchonAnswer, what: &str) -> Option<String> {
    let document = &answer.document;
    let direct = document.get(format!("{what}_id")).and_then(Value::as_str);
    let within = document.get(what).and_then(|it| it.get("id")).and_then(Value::as_str);
    direct.or(within).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(text: &str, is_error: bool) -> Result<ArchonAnswer, ArchonFailure> {
        read(&ToolAnswer { text: text.to_owned(), is_error })
    }

    #[test]
    fn failure_stands_in_the_text() {
        use TrackerTrouble::{Failed, Refused};
        let trouble = |trouble| Err(ArchonFailure::Trouble(trouble));
        let failed = |error: Value| of(&json!({"success": false, "error": error}).to_string(), false);
        assert_eq!(of("{\"success\": true, \"task_id\": \"1\"}", false).unwrap().document["task_id"], "1");
        assert!(of("{\"tasks\": [], \"total_count\": 0}", false).is_ok());
        let gone = [
            json!({"type": "not_found", "message": "Task not found", "http_status": 404}),
            json!({"type": "http_error", "message": "Failed to update task: HTTP 404", "http_status": 404}),
            json!("Failed to update task: HTTP 404"),
        ];
        for error in gone {
            assert_eq!(failed(error), Err(ArchonFailure::Gone));
        }
        let table = [
            (json!({"type": "api_error", "message": "boom", "http_status": 500}), Failed("boom".into())),
            (json!({"type": "connection_timeout", "message": "late"}), Failed("late".into())),
            (json!({"type": "validation_error", "message": "title"}), Refused("title".into())),
            (json!({"type": "http_error", "message": "no", "http_status": 422}), Refused("no".into())),
            (json!("words alone"), Failed("words alone".into())),
            (Value::Null, Failed("it failed without words".into())),
        ];
        for (error, expected) in table {
            assert_eq!(failed(error), trouble(expected));
        }
        assert_eq!(of("Unknown tool: x", true), trouble(Refused("Unknown tool: x".into())));
        assert_eq!(of("<html>", false), trouble(Failed("its answer is no document".into())));
    }
}
