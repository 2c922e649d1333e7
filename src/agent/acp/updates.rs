//! What `session/update` tells: words, tools, plans, usage.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::AgentEvent;

/// The reader of updates, which come in pieces.
#[derive(Debug, Default)]
pub(super) struct UpdateReader {
    /// Words of a message that is not over.
    said: String,
    /// Tools that were told of.
    tools: BTreeSet<String>,
    /// The step of its plan that was told last.
    step: String,
}

impl UpdateReader {
    /// What an update says. Usage is another's business.
    pub(super) fn read(&mut self, update: &Value) -> Vec<AgentEvent> {
        let kind = update["sessionUpdate"].as_str().unwrap_or_default();
        if kind == "agent_message_chunk" {
            self.said.push_str(update["content"]["text"].as_str().unwrap_or_default());
            return Vec::new();
        }
        let mut says: Vec<AgentEvent> = self.flush().into_iter().collect();
        match kind {
            // What is first heard of when it is over was done before: sessions that are loaded tell their past.
            "tool_call" | "tool_call_update" if update["status"] == "in_progress" => says.extend(self.tool(update)),
            "plan" => says.extend(self.plan(update)),
            _ => {}
        }
        says
    }

    /// The words that were said until now.
    pub(super) fn flush(&mut self) -> Option<AgentEvent> {
        let text = std::mem::take(&mut self.said);
        (!text.trim().is_empty()).then_some(AgentEvent::Said { text })
    }

    /// A tool, once.
    pub(super) fn tool(&mut self, call: &Value) -> Option<AgentEvent> {
        let id = call["toolCallId"].as_str().unwrap_or_default();
        self.tools.insert(id.to_owned()).then(|| AgentEvent::Tool {
            name: name(call),
            what: what(call),
            paths: paths(call),
        })
    }

    fn plan(&mut self, update: &Value) -> Option<AgentEvent> {
        let entries = update["entries"].as_array().map(Vec::as_slice).unwrap_or_default();
        let with = |status: &str| entries.iter().find(|entry| entry["status"] == status);
        let step = with("in_progress").or_else(|| with("pending"))?["content"].as_str()?.trim().to_owned();
        let is_new = !step.is_empty() && step != self.step;
        self.step.clone_from(&step);
        is_new.then_some(AgentEvent::Plans { step })
    }
}

/// The name of a tool, or what kind it is.
pub(super) fn name(call: &Value) -> String {
    match call["kind"].as_str() {
        Some("execute") => "shell".to_owned(),
        Some(kind) if kind != "other" => kind.to_owned(),
        _ => call["name"].as_str().or(call["title"].as_str()).unwrap_or("tool").to_owned(),
    }
}

/// What a tool is used for: its command, else its title.
pub(super) fn what(call: &Value) -> String {
    let command = &call["rawInput"]["command"];
    let words = command.as_array().map(|words| words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "));
    words.or_else(|| command.as_str().or(call["title"].as_str()).map(str::to_owned)).unwrap_or_default()
}

/// The paths that a tool names: places and changes.
pub(super) fn paths(call: &Value) -> Vec<String> {
    let list = |key: &str| call[key].as_array().map(Vec::as_slice).unwrap_or_default();
    let all = list("locations").iter().chain(list("content")).filter_map(|item| item["path"].as_str());
    let mut found: Vec<String> = Vec::new();
    for path in all {
        if !found.iter().any(|it| it == path) {
            found.push(path.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pieces_become_messages_and_each_tool_is_told_once() {
        let mut reader = UpdateReader::default();
        let mut read = |update: Value| reader.read(&update);
        let chunk =
            |text: &str| json!({"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": text}});
        assert!(read(chunk("Let me ")).is_empty() && read(chunk("see.")).is_empty());
        let call = |status: &str, command: Option<&str>| {
            json!({"sessionUpdate": "tool_call_update", "toolCallId": "1", "kind": "execute", "title": "bash",
                "status": status, "rawInput": {"command": command}, "locations": [{"path": "/w"}]})
        };
        assert_eq!(read(call("pending", None)), [AgentEvent::Said { text: "Let me see.".into() }]);
        let tool = AgentEvent::Tool { name: "shell".into(), what: "ls".into(), paths: vec!["/w".into()] };
        assert_eq!(read(call("in_progress", Some("ls"))), [tool]);
        assert!(read(call("in_progress", Some("ls"))).is_empty() && read(call("completed", None)).is_empty());
        let past = json!({"sessionUpdate": "tool_call", "toolCallId": "0", "kind": "read", "status": "completed"});
        assert!(read(past).is_empty(), "a loaded session tells its past");
        for odd in [json!(null), json!({}), json!({"sessionUpdate": "plan"}), json!({"sessionUpdate": 7}), json!([])] {
            assert!(read(odd).is_empty());
        }
    }

    #[test]
    fn a_plan_tells_the_step_that_is_worked_on_once() {
        let mut reader = UpdateReader::default();
        let plan = |a: &str, b: &str| {
            json!({"sessionUpdate": "plan", "entries": [
                {"content": "read", "status": a, "priority": "high"}, {"content": "write", "status": b}]})
        };
        let mut read = |update: Value| reader.read(&update);
        assert_eq!(read(plan("pending", "pending")), [AgentEvent::Plans { step: "read".into() }]);
        assert!(read(plan("in_progress", "pending")).is_empty());
        assert_eq!(read(plan("completed", "in_progress")), [AgentEvent::Plans { step: "write".into() }]);
        assert!(read(plan("completed", "completed")).is_empty());
    }
}
