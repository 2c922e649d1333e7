//! The conversation: hello, which tools there are, calls.

use std::time::Duration;

use serde_json::{Value, json};

use super::answer::ToolAnswer;
use super::message::{McpTrouble, notification, request};

/// What carries messages to a server and back.
pub trait McpTransport {
    /// Sends a request with this id, and waits for its result.
    ///
    /// # Errors
    /// There is none, or it is an error.
    fn ask(&mut self, id: u64, message: &Value, patience: Duration) -> Result<Value, McpTrouble>;

    /// Sends what wants no answer.
    ///
    /// # Errors
    /// It could not be sent.
    fn tell(&mut self, message: &Value, patience: Duration) -> Result<(), McpTrouble>;
}

/// A tool of a server.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerTool {
    /// Its name.
    pub name: String,
    /// Names of what it takes.
    pub arguments: Vec<String>,
}

/// A server that said hello.
#[derive(Debug)]
pub struct McpClient<T> {
    transport: T,
    last: u64,
    /// Its tools.
    pub tools: Vec<ServerTool>,
}

/// The version asked for: servers answer with theirs, and tools are the same in all of them.
const PROTOCOL: &str = "2025-06-18";
/// For hello, and for a page of tools.
const HELLO: Duration = Duration::from_secs(30);
/// Pages of tools at most: a server whose pages never end has none.
const MOST_PAGES: usize = 50;

impl<T: McpTransport> McpClient<T> {
    /// Says hello, and asks for the tools.
    ///
    /// # Errors
    /// The server is not there, or no server of the protocol.
    pub fn open(transport: T) -> Result<McpClient<T>, McpTrouble> {
        let mut client = McpClient { transport, last: 0, tools: Vec::new() };
        let who = json!({"name": "git-orca", "version": env!("CARGO_PKG_VERSION")});
        let hello = json!({"protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": who});
        let answer = client.ask("initialize", hello, HELLO)?;
        if answer.get("protocolVersion").and_then(Value::as_str).is_none() {
            return Err(McpTrouble::Wrong("it does not speak the Model Context Protocol".to_owned()));
        }
        client.transport.tell(&notification("notifications/initialized"), HELLO)?;
        client.tools = client.list_tools()?;
        Ok(client)
    }

    /// Whether the server has a tool.
    pub fn has(&self, tool: &str) -> bool {
        self.tools.iter().any(|it| it.name == tool)
    }

    /// Calls a tool.
    ///
    /// # Errors
    /// There is no answer, or the call itself was wrong; a tool that failed says so in its answer.
    pub fn call(&mut self, tool: &str, arguments: &Value, patience: Duration) -> Result<ToolAnswer, McpTrouble> {
        let result = self.ask("tools/call", json!({"name": tool, "arguments": arguments}), patience)?;
        Ok(ToolAnswer::read(&result))
    }

    fn ask(&mut self, method: &str, params: Value, patience: Duration) -> Result<Value, McpTrouble> {
        self.last += 1;
        self.transport.ask(self.last, &request(self.last, method, params), patience)
    }

    fn list_tools(&mut self) -> Result<Vec<ServerTool>, McpTrouble> {
        let mut tools = Vec::new();
        let mut params = json!({});
        for _ in 0..MOST_PAGES {
            let page = self.ask("tools/list", params, HELLO)?;
            tools.extend(page.get("tools").and_then(Value::as_array).into_iter().flatten().filter_map(tool));
            match page.get("nextCursor").and_then(Value::as_str) {
                Some(next) => params = json!({"cursor": next}),
                None => break,
            }
        }
        Ok(tools)
    }
}

fn tool(of: &Value) -> Option<ServerTool> {
    let takes = of.pointer("/inputSchema/properties").and_then(Value::as_object);
    let arguments = takes.into_iter().flatten().map(|(name, _)| name.clone()).collect();
    Some(ServerTool { name: of.get("name")?.as_str()?.to_owned(), arguments })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers from a list, and keeps what it was asked.
    struct Scripted(Vec<Result<Value, McpTrouble>>, Vec<Value>);

    impl McpTransport for &mut Scripted {
        fn ask(&mut self, _: u64, message: &Value, _: Duration) -> Result<Value, McpTrouble> {
            self.1.push(message.clone());
            self.0.remove(0)
        }
        fn tell(&mut self, message: &Value, _: Duration) -> Result<(), McpTrouble> {
            self.1.push(message.clone());
            Ok(())
        }
    }

    #[test]
    fn hello_tools_of_all_pages_and_a_call() {
        let one = json!({"name": "create_task", "inputSchema": {"properties": {"title": {}}}});
        let mut server = Scripted(
            vec![
                Ok(json!({"protocolVersion": "2024-11-05"})),
                Ok(json!({"tools": [one], "nextCursor": "2"})),
                Ok(json!({"tools": [{"name": "other"}, {"no": "name"}]})),
                Ok(json!({"content": [{"type": "text", "text": "{}"}]})),
            ],
            Vec::new(),
        );
        let mut client = McpClient::open(&mut server).unwrap();
        assert_eq!(client.tools.iter().map(|tool| tool.name.as_str()).collect::<Vec<_>>(), ["create_task", "other"]);
        assert_eq!(client.tools[0].arguments, ["title"]);
        assert!(client.has("other") && !client.has("no"));
        let answer = client.call("other", &json!({"a": 1}), HELLO).unwrap();
        assert_eq!(answer.document(), Some(json!({})));
        let methods: Vec<_> = server.1.iter().map(|message| message["method"].as_str().unwrap()).collect();
        assert_eq!(methods, ["initialize", "notifications/initialized", "tools/list", "tools/list", "tools/call"]);
        assert_eq!((&server.1[3]["params"]["cursor"], &server.1[4]["id"]), (&json!("2"), &json!(4)));
    }

    #[test]
    fn what_speaks_something_else_is_no_server() {
        let mut server = Scripted(vec![Ok(json!({"hello": 1}))], Vec::new());
        let why = McpClient::open(&mut server).err().unwrap();
        assert_eq!(why.words(), "it does not speak the Model Context Protocol");
    }
}
