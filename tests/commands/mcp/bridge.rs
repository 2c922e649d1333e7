//! Our server speaks by stdin and stdout; some programs ask by HTTP alone. This stands between them: what is posted is a line to
//! the server, its answer is the answer. Each greeting begins a server of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::client::McpClient;
use crate::support::TestRepo;

/// Its threads end with the test.
pub struct HttpBridge {
    port: u16,
    servers: Arc<Mutex<Vec<McpClient>>>,
}

impl HttpBridge {
    /// Begins to listen for servers of the checkout of `bed`.
    pub fn start(bed: &TestRepo) -> HttpBridge {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let servers = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&servers);
        let opener = McpClient::opener(bed);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Whoever asks goes away when it has what it wants.
                let _ = serve(stream, &shared, &opener);
            }
        });
        HttpBridge { port, servers }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/mcp", self.port)
    }

    /// Servers that were begun.
    pub fn servers(&self) -> usize {
        self.servers.lock().unwrap().len()
    }
}

fn serve(mut stream: TcpStream, servers: &Mutex<Vec<McpClient>>, open: &dyn Fn() -> McpClient) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().unwrap_or(0);
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let message: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let (status, answer) = match message.is_object() && first.starts_with("POST ") {
        // It has no stream of its own accord, and no session to end.
        false => ("405 Method Not Allowed", String::new()),
        true => {
            let mut servers = servers.lock().unwrap();
            if message["method"] == "initialize" {
                servers.push(open());
            }
            match servers.last_mut().and_then(|server| server.passes(&message)) {
                Some(answer) => ("200 OK", answer.to_string()),
                None => ("202 Accepted", String::new()),
            }
        }
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        answer.len()
    );
    stream.write_all(format!("{head}{answer}").as_bytes())
}
