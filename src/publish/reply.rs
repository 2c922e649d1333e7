//! An answer of a server.

use serde_json::Value;

/// An answer that is neither a failure of the line nor a limit.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) code: u16,
    pub(super) body: Value,
    pub(super) tag: Option<String>,
    /// Whether the server names a next page.
    pub(super) has_next: bool,
}

impl Reply {
    pub(super) fn is_ok(&self) -> bool {
        self.code < 400
    }

    /// What the server says is wrong: its message, and the messages of its `errors`.
    pub(super) fn complaint(&self) -> String {
        let message = self.body["message"].as_str().unwrap_or_default();
        let errors = self.body["errors"].as_array().into_iter().flatten();
        let detail = |error: &Value| {
            let text = error.as_str().or(error["message"].as_str()).map(str::to_owned);
            text.or_else(|| Some(format!("{} {}", error["field"].as_str()?, error["code"].as_str()?)))
        };
        let details: Vec<String> = errors.filter_map(detail).collect();
        if details.is_empty() { message.to_owned() } else { format!("{message}: {}", details.join("; ")) }
    }
}
