//! Her program: started as whichever version is there understands, and asked by tools that only read.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::answer::{self, UseAnswer};
use super::place::SerenaPlace;
use crate::process::Tool;
use crate::symbols::symbol::SymbolName;
use crate::wire::mcp::{McpClient, McpOverStdio, McpTrouble, SILENT};

/// How the reason begins where there is no such program, or none that can be used.
pub(super) const ABSENT: &str = "not to be had: ";

/// The one tool that is called. Those that write or run something stay uncalled.
const REFERENCES: &str = "find_referencing_symbols";

/// What makes 2.x offer tools; 1.x does not know the flag and ends.
const VERSIONS: [&[&str]; 2] = [&["--agent-interface", "tools"], &[]];

/// A server that said hello.
#[derive(Debug)]
pub(super) struct SerenaServer {
    client: McpClient<McpOverStdio>,
}

impl SerenaServer {
    /// Starts it in her worktree.
    ///
    /// # Errors
    /// One line on why there is none.
    pub(super) fn start(place: &SerenaPlace, servers: &[String]) -> Result<SerenaServer, String> {
        let program = place.program.as_deref().map_err(|why| format!("{ABSENT}{why}"))?;
        std::fs::create_dir_all(&place.home).map_err(|error| error.to_string())?;
        let mut why = String::new();
        for version in VERSIONS {
            match open(program, place, version) {
                Ok(client) if client.has(REFERENCES) => return Ok(SerenaServer { client }),
                Ok(_) => why = format!("{ABSENT}her server has no tool `{REFERENCES}`"),
                // Another version ends at once.
                Err(trouble) if trouble.words() == SILENT => return Err(format!("{ABSENT}{SILENT}")),
                Err(trouble) => why = format!("{}; see {}", trouble.words(), log(place).display()),
            }
        }
        tracing::debug!(?servers, %why, "Serena does not start");
        Err(why)
    }

    /// Where the project uses a symbol.
    ///
    /// # Errors
    /// The server is gone, or silent.
    pub(super) fn references(&mut self, symbol: &SymbolName, patience: Duration) -> Result<UseAnswer, String> {
        let arguments = json!({"name_path": symbol.names.join("/"), "relative_path": symbol.path});
        match self.client.call(REFERENCES, &arguments, patience) {
            Ok(answer) => Ok(answer::references(&answer)),
            Err(McpTrouble::Wrong(_)) => Ok(UseAnswer::Failed),
            Err(trouble) => Err(trouble.words().to_owned()),
        }
    }
}

fn log(place: &SerenaPlace) -> std::path::PathBuf {
    place.home.join("server.log")
}

fn open(program: &Path, place: &SerenaPlace, version: &[&str]) -> Result<McpClient<McpOverStdio>, McpTrouble> {
    let worktree = place.worktree();
    let mut tool = Tool::new(program).arg("start-mcp-server").arg("--project").arg(&worktree);
    for arg in ["--context", "agent"].iter().chain(version) {
        tool = tool.arg(arg);
    }
    for arg in ["--transport", "stdio", "--enable-web-dashboard", "false", "--enable-gui-log-window", "false"] {
        tool = tool.arg(arg);
    }
    // She starts language servers by name: those that were installed with her come last.
    let beside = program.canonicalize().ok().and_then(|file| Some(file.parent()?.display().to_string()));
    let path = [Some(place.path.clone()), beside].into_iter().flatten().collect::<Vec<_>>().join(":");
    let tool =
        tool.cwd(&worktree).env("PATH", path).env("SERENA_HOME", &place.home).env("SERENA_USAGE_REPORTING", "false");
    McpClient::open(McpOverStdio::start(&tool, &log(place))?)
}
