//! Our own server for an agent (`[agents.NAME] mcp = true`): it may ask about its task, its siblings' deliveries and where
//! its work would clash. The server itself sees that it is inside an attempt, and offers nothing else.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Job;

/// How agents know it: their tools are called `mcp__orca__…`.
const NAME: &str = "orca";

/// Variables that tell it whose it is. Codex gives its servers nothing else of its environment; without the marks a
/// server in a fence, which sees no parents, would not know that it is inside.
const TOLD: [&str; 4] = ["ORCA_RUN", "ORCA_TASK", "ORCA_REPO", "ORCA_LAUNCH"];

/// The server that an agent starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OwnServer {
    program: String,
}

impl OwnServer {
    /// That of a job; none where nobody asked for it. A reviewer judges what lies before it.
    pub(super) fn of(job: &Job<'_>) -> Option<OwnServer> {
        if !job.def.mcp || job.review.is_some() {
            return None;
        }
        // Where our file was replaced meanwhile, the one that is found by its name is the next best.
        let program = std::env::current_exe().ok().filter(|file| file.is_file());
        let program = program.map_or_else(|| "git-orca".to_owned(), |file| file.display().to_string());
        Some(OwnServer { program })
    }

    /// For Claude Code's `--mcp-config`. Its servers have its whole environment.
    pub(super) fn as_json(&self) -> String {
        let server = json!({"type": "stdio", "command": self.program, "args": ["mcp"]});
        json!({"mcpServers": {NAME: server}}).to_string()
    }

    /// The rule that lets Claude Code use all its tools.
    pub(super) fn rule(&self) -> String {
        format!("mcp__{NAME}__*")
    }

    /// For `mcpServers` of the agent client protocol. What is told of it does not depend on what the agent hands on.
    pub(super) fn as_acp(&self, env: &BTreeMap<String, String>) -> Value {
        let told = TOLD.iter().filter_map(|name| Some(json!({"name": name, "value": env.get(*name)?})));
        json!([{"name": NAME, "command": self.program, "args": ["mcp"], "env": told.collect::<Vec<_>>()}])
    }

    /// For Codex's `-c`.
    pub(super) fn as_settings(&self) -> Vec<String> {
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let told = TOLD.map(quoted).join(",");
        vec![
            format!("mcp_servers.{NAME}.command={}", quoted(&self.program)),
            format!("mcp_servers.{NAME}.args=[\"mcp\"]"),
            format!("mcp_servers.{NAME}.env_vars=[{told}]"),
            format!("mcp_servers.{NAME}.default_tools_approval_mode=\"approve\""),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::tests::job;
    use crate::model::AgentDef;

    /// Ours, which only reads inside an attempt, and no other: what Serena could write is nobody's.
    #[test]
    fn agents_are_given_this_server_and_no_other() {
        let task = crate::run::simulation::task(1, &[]);
        let mut job = job(&task, AgentDef { mcp: true, ..AgentDef::default() });
        job.env = BTreeMap::from([("ORCA_TASK".into(), "T1".into()), ("SECRET".into(), "x".into())]);
        let server = OwnServer::of(&job).unwrap();
        let claude: Value = serde_json::from_str(&server.as_json()).unwrap();
        assert_eq!(claude["mcpServers"].as_object().unwrap().keys().collect::<Vec<_>>(), ["orca"]);
        assert!(server.as_settings().iter().all(|it| it.starts_with("mcp_servers.orca.")));
        let acp = server.as_acp(&job.env);
        assert_eq!(
            (acp.as_array().unwrap().len(), &acp[0]["name"], &acp[0]["args"]),
            (1, &json!("orca"), &json!(["mcp"]))
        );
        assert_eq!(
            acp[0]["env"],
            json!([{"name": "ORCA_TASK", "value": "T1"}]),
            "what it must be told, and nothing else"
        );
        job.def.mcp = false;
        assert_eq!(OwnServer::of(&job), None);
    }
}
