//! Our own server for an agent (`[agents.NAME] mcp = true`): it may ask about its task, its siblings' deliveries and where
//! its work would clash. The server itself sees that it is inside an attempt, and offers nothing else.

use serde_json::json;

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
