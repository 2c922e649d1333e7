//! A client of the server: requests out, answers and notifications in.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};

use serde_json::{Value, json};

use crate::support::{DEADLINE, TestRepo};

/// A client and the server it started. Dropped, both are gone.
pub struct McpClient {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<Value>,
    unread: Vec<Value>,
    next: u64,
}

impl McpClient {
    /// Starts the server in `folder` with `flags`; nothing was said yet.
    pub fn start(bed: &TestRepo, folder: &Path, flags: &[&str]) -> McpClient {
        McpClient::spawned(&mut McpClient::command(bed, folder, flags))
    }

    /// What starts servers in the checkout later, and elsewhere.
    pub fn opener(bed: &TestRepo) -> impl Fn() -> McpClient + Send + 'static {
        let command = Mutex::new(McpClient::command(bed, &bed.repo(), &[]));
        move || McpClient::spawned(&mut command.lock().unwrap())
    }

    fn command(bed: &TestRepo, folder: &Path, flags: &[&str]) -> Command {
        let mut command = bed.command(env!("CARGO_BIN_EXE_git-orca"));
        command.env_remove("GIT_AUTHOR_DATE").env_remove("GIT_COMMITTER_DATE");
        command.arg("mcp").args(flags).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(Stdio::null());
        command
    }

    fn spawned(command: &mut Command) -> McpClient {
        let mut child = command.spawn().unwrap();
        let (sender, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let message = serde_json::from_str(&line).unwrap_or_else(|e| panic!("not JSON ({e}): {line}"));
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let input = child.stdin.take();
        McpClient { child, input, lines, unread: Vec::new(), next: 0 }
    }

    /// The same in the checkout, and greeted.
    pub fn open(bed: &TestRepo, flags: &[&str]) -> McpClient {
        let mut client = McpClient::start(bed, &bed.repo(), flags);
        client.initialize("2025-11-25");
        client
    }

    /// Greets; gives what the server says of itself.
    pub fn initialize(&mut self, version: &str) -> Value {
        let params = json!({
            "protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "probe", "version": "1.0"},
        });
        let welcome = self.request("initialize", params).unwrap();
        self.notify("notifications/initialized", json!({}));
        welcome
    }

    /// Writes a line as it is.
    pub fn write(&mut self, line: &str) {
        self.input.as_mut().unwrap().write_all(line.as_bytes()).unwrap();
    }

    /// Sends a request; gives its id.
    pub fn send(&mut self, method: &str, params: Value) -> u64 {
        self.next += 1;
        let request = json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params});
        self.write(&format!("{request}\n"));
        self.next
    }

    /// Sends what needs no answer.
    pub fn notify(&mut self, method: &str, params: Value) {
        self.write(&format!("{}\n", json!({"jsonrpc": "2.0", "method": method, "params": params})));
    }

    /// The first message that fits, whatever else comes before it.
    fn message(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.unread.iter().position(&fits) {
            return self.unread.remove(at);
        }
        loop {
            let message =
                self.lines.recv_timeout(DEADLINE).unwrap_or_else(|_| panic!("nothing comes: {:?}", self.unread));
            if fits(&message) {
                return message;
            }
            self.unread.push(message);
        }
    }

    /// Sends a request and waits for its result, or its error.
    pub fn request(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.send(method, params);
        self.answer(id)
    }

    /// Waits for the result of a request, or its error.
    pub fn answer(&mut self, id: u64) -> Result<Value, Value> {
        let answer = self.message(|message| message["id"] == id && message.get("method").is_none());
        answer.get("result").cloned().ok_or_else(|| answer["error"].clone())
    }

    /// Sends a message as somebody else wrote it; gives the answer as it came, where there is one to come.
    pub fn passes(&mut self, message: &Value) -> Option<Value> {
        self.write(&format!("{message}\n"));
        let id = message.get("id")?;
        Some(self.message(|answer| answer["id"] == *id && answer.get("method").is_none()))
    }

    /// The parameters of the next notification of a kind.
    pub fn notification(&mut self, method: &str) -> Value {
        self.message(|message| message["method"] == method)["params"].clone()
    }

    /// The names of the tools that are offered.
    pub fn tools(&mut self) -> Vec<String> {
        let listed = self.request("tools/list", json!({})).unwrap();
        listed["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    }

    /// Calls a tool.
    pub fn call(&mut self, tool: &str, arguments: Value) -> Value {
        self.request("tools/call", json!({"name": tool, "arguments": arguments})).unwrap()
    }

    /// Calls a tool that answers with a text.
    #[track_caller]
    pub fn text(&mut self, tool: &str, arguments: Value) -> String {
        let answer = self.call(tool, arguments);
        assert_eq!(answer["isError"], false, "{tool}: {answer}");
        answer["content"][0]["text"].as_str().unwrap().to_owned()
    }

    /// Calls a tool that refuses; gives why.
    #[track_caller]
    pub fn refusal(&mut self, tool: &str, arguments: Value) -> String {
        let answer = self.call(tool, arguments);
        assert_eq!(answer["isError"], true, "{tool}: {answer}");
        answer["content"][0]["text"].as_str().unwrap().to_owned()
    }

    /// Closes the connection, and waits for the server's end.
    pub fn close(&mut self) {
        self.input = None;
        crate::support::until("the server ends", || self.child.try_wait().unwrap().is_some());
        assert!(self.child.wait().unwrap().success());
    }

    /// Kills the server.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for McpClient {
    fn drop(&mut self) {
        // It has ended usually.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
