//! What Codex asks of whoever talks with it. Nobody is there to be asked, so every request has its answer at once; with
//! the policy that it is started with it asks for next to nothing.

use serde_json::{Value, json};

use crate::model::{AgentEvent, Permissions};

/// The answer to a request, and what it was refused.
pub(super) fn answer(
    id: &Value,
    method: &str,
    params: &Value,
    permissions: Permissions,
) -> (Value, Option<AgentEvent>) {
    let is_allowed = permissions == Permissions::Full;
    let decision = |yes: &str, no: &str| json!({"decision": if is_allowed { yes } else { no }});
    let (result, tool) = match method {
        "item/commandExecution/requestApproval" => (decision("accept", "decline"), "shell"),
        "item/fileChange/requestApproval" => (decision("accept", "decline"), "edit"),
        "execCommandApproval" => (decision("approved", "denied"), "shell"),
        "applyPatchApproval" => (decision("approved", "denied"), "edit"),
        "mcpServer/elicitation/request" => (json!({"action": "cancel", "content": null}), ""),
        _ => {
            let error = json!({"code": -32601, "message": format!("git orca does not offer `{method}`")});
            return (json!({"id": id, "error": error}), None);
        }
    };
    let why = params["command"].as_str().or(params["reason"].as_str()).unwrap_or_default().to_owned();
    let denied = (!is_allowed && !tool.is_empty()).then(|| AgentEvent::Denied { tool: tool.to_owned(), why });
    (json!({"id": id, "result": result}), denied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_has_an_answer_and_a_refusal_is_told() {
        let ask = |method: &str, permissions| answer(&json!(5), method, &json!({"command": "ls"}), permissions);
        for (method, yes, no) in [
            ("item/commandExecution/requestApproval", "accept", "decline"),
            ("item/fileChange/requestApproval", "accept", "decline"),
            ("execCommandApproval", "approved", "denied"),
            ("applyPatchApproval", "approved", "denied"),
        ] {
            let (full, none) = ask(method, Permissions::Full);
            assert_eq!((&full["result"]["decision"], &full["id"], none), (&json!(yes), &json!(5), None), "{method}");
            let (refused, said) = ask(method, Permissions::Workspace);
            assert_eq!(refused["result"]["decision"], no);
            assert!(matches!(said, Some(AgentEvent::Denied { why, .. }) if why == "ls"));
        }
        for method in ["item/tool/call", "attestation/generate", "", "new/thing"] {
            assert_eq!(ask(method, Permissions::Full).0["error"]["code"], -32601, "{method}");
        }
        assert_eq!(ask("mcpServer/elicitation/request", Permissions::Full).0["result"]["action"], "cancel");
    }
}
