//! What a tool answered. Pure.

use serde_json::Value;

/// What a tool answered.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolAnswer {
    /// Its text, all parts of it.
    pub text: String,
    /// Whether it says that it failed. Many tools say so in their text only.
    pub is_error: bool,
}

impl ToolAnswer {
    /// The result of `tools/call`.
    pub fn read(result: &Value) -> ToolAnswer {
        let parts = result.get("content").and_then(Value::as_array).into_iter().flatten();
        let texts: Vec<&str> = parts.filter_map(|part| part.get("text").and_then(Value::as_str)).collect();
        let is_error = result.get("isError").and_then(Value::as_bool).unwrap_or(false);
        ToolAnswer { text: texts.join("\n"), is_error }
    }

    /// The document that the text is; none where it is words.
    pub fn document(&self) -> Option<Value> {
        serde_json::from_str(&self.text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_are_joined_and_other_parts_passed_over() {
        let parts =
            json!([{"type": "text", "text": "{\"a\":"}, {"type": "image", "data": ""}, {"type": "text", "text": "1}"}]);
        let answer = ToolAnswer::read(&json!({"content": parts}));
        assert_eq!((answer.document(), answer.is_error), (Some(json!({"a": 1})), false));
        let failed =
            ToolAnswer::read(&json!({"content": [{"type": "text", "text": "Error executing tool"}], "isError": true}));
        assert_eq!((failed.document(), failed.is_error), (None, true));
        assert_eq!(ToolAnswer::read(&Value::Null), ToolAnswer { text: String::new(), is_error: false });
    }
}
