//! What `codex app-server` tells of a turn's items: words, tools, plans.

use serde_json::Value;

use crate::model::AgentEvent;

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

/// A tool that begins. What Codex began it also completes, so the end says nothing new but a refusal.
pub(super) fn started(item: &Value) -> Option<AgentEvent> {
    let (name, what) = match text(item, "type") {
        "commandExecution" => ("shell".to_owned(), text(item, "command")),
        "mcpToolCall" => (format!("{}/{}", text(item, "server"), text(item, "tool")), ""),
        "webSearch" => ("web_search".to_owned(), text(item, "query")),
        _ => return None,
    };
    Some(AgentEvent::Tool { name, what: what.to_owned(), paths: Vec::new() })
}

/// An item that is over.
pub(super) fn completed(item: &Value) -> Option<AgentEvent> {
    let tool = match text(item, "type") {
        "commandExecution" => "shell",
        "fileChange" => "edit",
        other => other,
    };
    if text(item, "status") == "declined" {
        return Some(AgentEvent::Denied { tool: tool.to_owned(), why: text(item, "command").to_owned() });
    }
    match tool {
        // Said by a person; its id is the receipt.
        "userMessage" => item["clientId"].as_str().map(|id| AgentEvent::Heard { id: id.to_owned() }),
        "agentMessage" => Some(AgentEvent::Said { text: text(item, "text").to_owned() }),
        "edit" => {
            let changes = item["changes"].as_array().into_iter().flatten();
            let paths = changes.map(|change| text(change, "path").to_owned()).collect();
            Some(AgentEvent::Tool { name: "edit".to_owned(), what: String::new(), paths })
        }
        _ => None,
    }
}

/// The step of its plan that it works on.
pub(super) fn step(params: &Value) -> Option<String> {
    let steps = params["plan"].as_array()?;
    let with = |status: &str| steps.iter().find(|step| step["status"] == status);
    let step = text(with("inProgress").or_else(|| with("pending"))?, "step").trim();
    (!step.is_empty()).then(|| step.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn items_are_words_tools_refusals_and_receipts() {
        let run = json!({"type": "commandExecution", "command": "ls", "status": "inProgress"});
        let shell = AgentEvent::Tool { name: "shell".into(), what: "ls".into(), paths: vec![] };
        assert_eq!((started(&run), completed(&run)), (Some(shell), None));
        let refused = json!({"type": "commandExecution", "command": "rm -rf /", "status": "declined"});
        let denied = AgentEvent::Denied { tool: "shell".into(), why: "rm -rf /".into() };
        assert_eq!(completed(&refused), Some(denied));
        let word = |id: Value| completed(&json!({"type": "userMessage", "clientId": id}));
        assert_eq!((word(json!("w1")), word(json!(null))), (Some(AgentEvent::Heard { id: "w1".into() }), None));
        let edit =
            json!({"type": "fileChange", "changes": [{"path": "/w/a"}, {"path": "/w/b"}], "status": "completed"});
        let paths = vec!["/w/a".to_owned(), "/w/b".to_owned()];
        assert_eq!(completed(&edit), Some(AgentEvent::Tool { name: "edit".into(), what: String::new(), paths }));
        for odd in [json!(null), json!({}), json!({"type": 7}), json!({"type": "new"}), json!([])] {
            assert_eq!((started(&odd), completed(&odd), step(&odd)), (None, None, None), "{odd}");
        }
        let plan =
            |a: &str, b: &str| step(&json!({"plan": [{"step": "read", "status": a}, {"step": "write", "status": b}]}));
        assert_eq!(plan("completed", "inProgress").as_deref(), Some("write"));
        assert_eq!(plan("pending", "pending").as_deref(), Some("read"));
        assert_eq!(plan("completed", "completed"), None);
    }
}
