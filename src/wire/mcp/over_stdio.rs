//! The protocol over the standard streams of a program that we start: a message is a line.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::client::McpTransport;
use super::message::{McpTrouble, result};
use crate::process::{LineServer, Tool};

/// What is said of a server that gives no answer in time.
pub const SILENT: &str = "it does not answer in time";

/// A server that runs as long as this is kept.
#[derive(Debug)]
pub struct McpOverStdio {
    server: LineServer,
}

impl McpOverStdio {
    /// Starts the server; what it says beside the protocol goes into the file `log`.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(tool: &Tool, log: &Path) -> Result<McpOverStdio, McpTrouble> {
        let server =
            LineServer::start(tool, log).map_err(|error| McpTrouble::Away(format!("it does not start: {error}")))?;
        Ok(McpOverStdio { server })
    }

    /// The process of the server.
    pub fn pid(&self) -> u32 {
        self.server.pid()
    }
}

impl McpTransport for McpOverStdio {
    fn ask(&mut self, id: u64, message: &Value, patience: Duration) -> Result<Value, McpTrouble> {
        self.tell(message, patience)?;
        let until = Instant::now() + patience;
        loop {
            let line = self.server.hear(until.saturating_duration_since(Instant::now())).map_err(away)?;
            // Programs print what is no message, and servers send messages of their own.
            let heard: Option<Value> = serde_json::from_str(&line).ok();
            if let Some(found) = heard.and_then(|message| result(&message, id)) {
                return found;
            }
        }
    }

    fn tell(&mut self, message: &Value, _: Duration) -> Result<(), McpTrouble> {
        self.server.say(&message.to_string()).map_err(away)
    }
}

fn away(error: io::Error) -> McpTrouble {
    McpTrouble::Away(match error.kind() {
        io::ErrorKind::TimedOut => SILENT.to_owned(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe => "it has ended".to_owned(),
        _ => error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::mcp::McpClient;
    use serde_json::json;

    /// A server by `text`, a script of the shell that answers line by line.
    fn client(text: &str) -> Result<McpClient<McpOverStdio>, McpTrouble> {
        let folder = tempfile::tempdir().unwrap();
        let tool = Tool::new("sh").arg("-c").arg(text);
        McpClient::open(McpOverStdio::start(&tool, &folder.path().join("log"))?)
    }

    const HELLO: &str = r#"read x; echo 'Starting up'; echo '{"jsonrpc":"2.0","method":"notifications/message"}'
        echo '{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18"}}'
        read x; read x; echo '{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"find"}]}}'; read x;"#;

    #[test]
    fn a_program_is_a_server() {
        let answer = r#"echo '{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"{}"}]}}'; read x"#;
        let mut client = client(&format!("{HELLO} {answer}")).unwrap();
        assert!(client.has("find"));
        assert_eq!(client.call("find", &json!({}), Duration::from_secs(60)).unwrap().document(), Some(json!({})));
    }

    #[test]
    fn one_that_ends_or_is_silent_is_away() {
        let words = |trouble: McpTrouble| trouble.words().to_owned();
        assert_eq!(words(client("read x; exit 2").err().unwrap()), "it has ended");
        let call = |text: &str, patience| client(text).unwrap().call("find", &json!({}), patience).err().map(words);
        assert_eq!(call(&format!("{HELLO} exit 1"), Duration::from_secs(60)).unwrap(), "it has ended");
        assert_eq!(call(&format!("{HELLO} read x"), Duration::from_millis(50)).unwrap(), "it does not answer in time");
    }
}
