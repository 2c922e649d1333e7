//! What an agent offers when a session begins, and what is chosen of it.

use serde_json::{Value, json};

use crate::model::Permissions;

/// The version of the protocol that is spoken here.
pub(super) const VERSION: u64 = 1;

/// Modes in which an agent asks nobody, by the names that agents have for them.
const ASKS_NOBODY: [&str; 4] = ["bypassPermissions", "yolo", "full-access", "agent-full-access"];
/// Modes in which it asks, by the same. In `agent` newer ones ask a model of their own instead of us.
const ASKS: [&str; 4] = ["default", "auto-edit", "workspace-write", "agent"];

/// What `initialize` told of an agent.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct AcpAbilities {
    /// It takes words into a turn that runs.
    pub(super) steers: bool,
    /// How it goes on in a session.
    pub(super) resumes: Option<&'static str>,
}

impl AcpAbilities {
    /// From its answer.
    ///
    /// # Errors
    /// It speaks another version.
    pub(super) fn read(answer: &Value) -> Result<AcpAbilities, String> {
        let version = &answer["protocolVersion"];
        if version.as_u64() != Some(VERSION) {
            return Err(format!(
                "it speaks version {version} of the agent client protocol; version {VERSION} is wanted"
            ));
        }
        let can = &answer["agentCapabilities"];
        let resumes = match (can["sessionCapabilities"]["resume"].is_object(), can["loadSession"] == true) {
            (true, _) => Some("session/resume"),
            (false, true) => Some("session/load"),
            (false, false) => None,
        };
        let steers = [answer, can].iter().any(|place| place["_meta"]["steering"]["supported"] == true);
        Ok(AcpAbilities { steers, resumes })
    }
}

/// What we tell an agent of ourselves: it has files and terminals of its own.
pub(super) fn greeting() -> Value {
    json!({
        "protocolVersion": VERSION,
        "clientCapabilities": {"fs": {"readTextFile": false, "writeTextFile": false}, "terminal": false},
        "clientInfo": {"name": "git-orca", "title": "git orca", "version": env!("CARGO_PKG_VERSION")},
    })
}

/// The mode to be set, where the session offers one for what the agent may do and is in another. Then every request for
/// leave has the policy's answer; some agents refuse by themselves in theirs, and ask nobody. Claude's offers root none in
/// which it asks nobody, so it asks, and may do everything.
pub(super) fn mode(session: &Value, permissions: Permissions) -> Option<String> {
    let modes = &session["modes"];
    let offered = modes["availableModes"].as_array()?;
    let is_full = permissions == Permissions::Full;
    let mut wanted = ASKS_NOBODY.iter().filter(|_| is_full).chain(&ASKS);
    let chosen = wanted.find(|mode| offered.iter().any(|it| it["id"] == **mode))?;
    (modes["currentModeId"] != *chosen).then(|| (*chosen).to_owned())
}

/// The request that sets the model of a session, where it is another; nothing to ask for where it is not.
///
/// # Errors
/// The session does not offer it.
pub(super) fn model(session: &Value, id: &str, model: &str) -> Result<Option<(&'static str, Value)>, String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let options = list(&session["configOptions"]);
    let option = options.iter().find(|option| option["category"] == "model" || option["id"] == "model");
    let (current, offered): (&Value, Vec<Value>) = match option {
        Some(option) => (&option["currentValue"], list(&option["options"]).into_iter().flat_map(values).collect()),
        None => {
            let models = &session["models"];
            (
                &models["currentModelId"],
                list(&models["availableModels"]).iter().map(|it| it["modelId"].clone()).collect(),
            )
        }
    };
    if *current == model {
        return Ok(None);
    }
    if !offered.iter().any(|it| it == model) {
        let names: Vec<&str> = offered.iter().filter_map(Value::as_str).take(NAMED).collect();
        let offers = if names.is_empty() { "none to choose from".to_owned() } else { names.join(", ") };
        return Err(format!("it does not offer the model `{model}`; it offers {offers}"));
    }
    Ok(Some(match option {
        Some(option) => {
            ("session/set_config_option", json!({"sessionId": id, "configId": option["id"], "value": model}))
        }
        None => ("session/set_model", json!({"sessionId": id, "modelId": model})),
    }))
}

/// Models named where one is not offered.
const NAMED: usize = 8;

/// The values of an option, or of a group of them.
fn values(option: Value) -> Vec<Value> {
    match option["options"].as_array() {
        Some(group) => group.iter().map(|it| it["value"].clone()).collect(),
        None => vec![option["value"].clone()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_abilities_are_read() {
        let read = |answer: Value| AcpAbilities::read(&answer).map(|it| (it.steers, it.resumes));
        assert_eq!(read(json!({"protocolVersion": 1})), Ok((false, None)));
        let all = json!({"protocolVersion": 1, "_meta": {"steering": {"supported": true}},
            "agentCapabilities": {"loadSession": true, "sessionCapabilities": {"resume": {}}}});
        assert_eq!(read(all), Ok((true, Some("session/resume"))));
        let loads = json!({"protocolVersion": 1, "agentCapabilities": {"loadSession": true}});
        assert_eq!(read(loads), Ok((false, Some("session/load"))));
        for other in [json!({"protocolVersion": 2}), json!({}), json!(null), json!({"protocolVersion": "1"})] {
            assert!(read(other).unwrap_err().contains("version 1 is wanted"));
        }
    }

    #[test]
    fn modes_follow_permissions_where_they_are_offered() {
        let session = |current: &str| {
            json!({"modes": {"currentModeId": current,
            "availableModes": [{"id": "default"}, {"id": "yolo"}, {"id": "plan"}]}})
        };
        assert_eq!(mode(&session("default"), Permissions::Full).as_deref(), Some("yolo"));
        assert_eq!(mode(&session("yolo"), Permissions::Full), None);
        assert_eq!(mode(&session("plan"), Permissions::Workspace).as_deref(), Some("default"));
        assert_eq!(mode(&json!({}), Permissions::Full), None);
    }

    #[test]
    fn a_model_is_set_in_the_way_that_the_session_offers_or_refused_with_what_there_is() {
        let old = json!({"models": {"currentModelId": "a", "availableModels": [{"modelId": "a"}, {"modelId": "b"}]}});
        assert_eq!(model(&old, "s", "a"), Ok(None));
        assert_eq!(model(&old, "s", "b").unwrap().unwrap().0, "session/set_model");
        assert!(model(&old, "s", "c").unwrap_err().contains("it offers a, b"));
        let new = json!({"configOptions": [{"id": "m", "category": "model", "currentValue": "a",
            "options": [{"group": "g", "options": [{"value": "b"}]}, {"value": "a"}]}]});
        let (method, params) = model(&new, "s", "b").unwrap().unwrap();
        assert_eq!(
            (method, &params["configId"], &params["value"]),
            ("session/set_config_option", &json!("m"), &json!("b"))
        );
        assert!(model(&json!({}), "s", "c").unwrap_err().contains("none to choose from"));
    }
}
