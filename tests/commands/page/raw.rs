//! A served page, and requests to it byte by byte: what no browser would send can be sent, too.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::support::{Output, Running, TestRepo, until};

/// A running `git orca serve`, entered as a browser does.
pub struct Served {
    running: Running,
    /// Its port.
    pub port: u16,
    /// The address that was printed.
    pub address: String,
    /// The path that the entrance leads to, with slashes on both ends.
    pub path: String,
    /// The cookie, as a browser sends it.
    pub cookie: String,
    /// The token that stands in the page.
    pub token: String,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct RawAnswer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl RawAnswer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let named = |line: &&str| line.split_once(':').is_some_and(|(it, _)| it.eq_ignore_ascii_case(name));
        self.head.lines().find(named).map(|line| line.split_once(':').unwrap().1.trim())
    }
}

/// Sends bytes and reads until the server closes.
pub fn exchange(port: u16, request: &str) -> RawAnswer {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    let all = String::from_utf8(all).unwrap();
    let (head, body) = all.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {all:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    RawAnswer { status, head: head.to_owned(), body: unchunked(head, body) }
}

fn unchunked(head: &str, body: &str) -> String {
    assert!(!head.to_lowercase().contains("transfer-encoding"), "answers say their length");
    body.to_owned()
}

/// A request with these header lines; the connection ends after it.
pub fn request(first: &str, headers: &[&str], body: &str) -> String {
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    format!("{first} HTTP/1.1\r\n{headers}Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

impl Served {
    /// Starts it and enters.
    pub fn start(bed: &TestRepo, args: &[&str]) -> Served {
        let running = bed.spawn(&[&["serve"], args].concat());
        let mut address = String::new();
        until("the address is printed", || {
            address = running.answered();
            address.ends_with('\n')
        });
        let address = address.trim().to_owned();
        let port = address.split([':', '/']).nth(4).unwrap().parse().unwrap();
        let mut served = Served {
            running,
            port,
            address: address.clone(),
            path: String::new(),
            cookie: String::new(),
            token: String::new(),
        };
        let query = address.split_once("/?").unwrap().1;
        let entered = exchange(port, &request(&format!("GET /?{query}"), &[&served.host()], ""));
        served.path = entered.header("location").unwrap().to_owned();
        served.cookie = entered.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        let page = served.get("");
        assert_eq!(page.status, 200, "{page:?}");
        let token = page.body.split("orca-token\" content=\"").nth(1).unwrap();
        served.token = token.split('"').next().unwrap().to_owned();
        served
    }

    /// The line of the host.
    pub fn host(&self) -> String {
        format!("Host: 127.0.0.1:{}", self.port)
    }

    /// Reads below the secret path, as the browser.
    pub fn get(&self, rest: &str) -> RawAnswer {
        let cookie = format!("Cookie: {}", self.cookie);
        exchange(self.port, &request(&format!("GET {}{rest}", self.path), &[&self.host(), &cookie], ""))
    }

    /// The header lines of what the page's script sends.
    pub fn acting(&self) -> Vec<String> {
        vec![
            self.host(),
            format!("Origin: http://127.0.0.1:{}", self.port),
            format!("Cookie: {}", self.cookie),
            format!("X-Orca-Token: {}", self.token),
            "Content-Type: application/json".to_owned(),
        ]
    }

    /// Acts as the page's script does.
    pub fn act(&self, tool: &str, call: &serde_json::Value) -> RawAnswer {
        let headers = self.acting();
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        exchange(self.port, &request(&format!("POST {}do/{tool}", self.path), &headers, &call.to_string()))
    }

    /// Ends it as a person does.
    pub fn end(self) -> Output {
        self.running.signal(Signal::SIGINT);
        self.running.wait()
    }
}
