//! Every request of a story is as GitHub's own description has it: Prism stands between the program and the server, and says
//! of each what it finds wrong. GraphQL goes past it, since the description is of REST.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::Shop;
use super::github::{How, read};
use crate::support::{TestRequirement, in_cache};

/// Until it listens, and until its first answer: it reads thirteen megabytes first.
const PATIENCE: Duration = Duration::from_secs(240);

fn description(folder: &Path) -> PathBuf {
    folder.join("@octokit/openapi/generated/api.github.com.json")
}

/// Prism, and what stands before it. Dropped, both are gone.
struct Checked {
    prism: Child,
    port: u16,
    /// What was wrong with requests, each with its method and path.
    wrong: Arc<Mutex<Vec<String>>>,
    /// Requests that were looked at.
    looked_at: Arc<Mutex<Vec<String>>>,
}

impl Drop for Checked {
    fn drop(&mut self) {
        let _ = self.prism.kill();
        let _ = self.prism.wait();
    }
}

impl Checked {
    /// Before the server at `behind`.
    fn before(shop: &Shop, folder: &Path, behind: u16) -> Checked {
        let free = || TcpListener::bind("127.0.0.1:0").unwrap();
        let own = free().local_addr().unwrap().port();
        let mut command = shop.bed.command(folder.join(".bin/prism").to_str().unwrap());
        command.args(["proxy", "-h", "127.0.0.1", "-p", &own.to_string()]);
        command.arg(description(folder)).arg(format!("http://127.0.0.1:{behind}"));
        let mut prism = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(prism.stdout.take().unwrap()).lines().map_while(Result::ok);
        let said = lines.by_ref().find(|line| line.contains("listening"));
        assert!(said.is_some(), "prism ended before it listened");
        // Whoever does not read what it says stops it.
        std::thread::spawn(move || lines.for_each(drop));
        let listener = free();
        let (wrong, looked_at) = (Arc::default(), Arc::default());
        let checked = Checked { prism, port: listener.local_addr().unwrap().port(), wrong, looked_at };
        let (wrong, looked_at) = (Arc::clone(&checked.wrong), Arc::clone(&checked.looked_at));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (wrong, looked_at) = (Arc::clone(&wrong), Arc::clone(&looked_at));
                std::thread::spawn(move || drop(pass(stream, (own, behind), &wrong, &looked_at)));
            }
        });
        checked
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// Passes one request on, and its answer back.
fn pass(
    mut stream: TcpStream,
    (prism, behind): (u16, u16),
    wrong: &Mutex<Vec<String>>,
    looked_at: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let Some((request, raw)) = read(&mut BufReader::new(stream.try_clone()?))? else { return Ok(()) };
    let goes_past = request.path == "/graphql";
    let mut next = TcpStream::connect(("127.0.0.1", if goes_past { behind } else { prism }))?;
    next.set_read_timeout(Some(PATIENCE))?;
    let body = if request.body.is_null() { String::new() } else { request.body.to_string() };
    let keeps = |line: &&str| {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        !matches!(name.as_str(), "content-length" | "connection") && !line.is_empty()
    };
    let mut head: String = raw.lines().filter(keeps).map(|line| format!("{line}\r\n")).collect();
    head.push_str(&format!("connection: close\r\ncontent-length: {}\r\n\r\n", body.len()));
    next.write_all(format!("{head}{body}").as_bytes())?;
    // Not closed behind it: Prism answers nobody who has hung up.
    let mut answer = Vec::new();
    next.read_to_end(&mut answer)?;
    let text = String::from_utf8_lossy(&answer);
    if !goes_past {
        let name = format!("{} {}", request.method, request.path);
        looked_at.lock().unwrap().push(name.clone());
        wrong.lock().unwrap().extend(complaints(&text).into_iter().map(|what| format!("{name}: {what}")));
    }
    // The client is not to send another one here.
    let (first, rest) = text.split_once("\r\n").unwrap_or((&text, ""));
    stream.write_all(format!("{first}\r\nconnection: close\r\n{rest}").as_bytes())?;
    stream.shutdown(Shutdown::Both)
}

/// What an answer of Prism's says of the request: violations stand in a header, a path that is not described is an answer.
fn complaints(answer: &str) -> Vec<String> {
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    let header = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("sl-violations").then(|| value.trim().to_owned())
    });
    let found: Vec<Value> = header.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let of_request = |it: &&Value| it["location"][0] == "request" && it["severity"] == "Error";
    let mut all: Vec<String> = found.iter().filter(of_request).map(Value::to_string).collect();
    if answer.contains("stoplight.io/prism/errors") {
        all.push(answer.lines().last().unwrap_or_default().to_owned());
    }
    all
}

#[test]
fn each_request_of_a_story_is_as_github_describes_it() {
    let Some(folder) = in_cache("prism/node_modules", TestRequirement::Prism) else { return };
    let shop = Shop::gated(2);
    let port: u16 = shop.github.url().rsplit(':').next().unwrap().parse().unwrap();
    let checked = Checked::before(&shop, &folder, port);
    shop.bed.git(&["config", "orca.githubApi", &checked.url()]);
    shop.bed.git(&["config", "orca.publishSilence", "60s"]);
    shop.bed.git(&["config", "orca.publishLabels", "agents"]);
    shop.bed.git(&["config", "orca.publishReviewers", "bob,org/carts"]);
    shop.bed.git(&["config", "orca.publishMilestone", "v1.0"]);
    shop.bed.git(&["config", "orca.publishDraft", "false"]);
    assert_wrong_is_found(&checked);
    // Created, updated, reviewed, answered, merged, and published again.
    shop.publish(&[]).exits(0);
    shop.others_commit(&shop.branch(1), "review.txt", "reviewed\n");
    shop.publish(&[]).exits(0);
    let remark = json!({ "id": 901, "user": { "login": "bob" }, "author_association": "MEMBER", "path": "n1.txt", "line": 1,
        "body": "Say it better." });
    shop.github.state().pull(1).unwrap().remarks.push(remark);
    shop.bed.orca(&["retry", "T1", "--from-pr", "--yes"]).exits(0);
    shop.github.state().pull(1).unwrap().reviews.push(("bob".to_owned(), "APPROVED"));
    shop.publish(&["--merge"]).exits(0);
    assert_eq!(shop.stands(), ["1 merged main", "2 open main"]);
    shop.github.merge(2, How::Squash);
    shop.publish(&[]).exits(0);
    let (wrong, looked_at) = (checked.wrong.lock().unwrap().clone(), checked.looked_at.lock().unwrap().clone());
    assert_eq!(wrong, Vec::<String>::new());
    for part in
        ["POST /repos/ada/shop/pulls", "PATCH /repos/ada/shop/pulls/", "/merge", "/statuses/", "/replies", "/labels"]
    {
        assert!(looked_at.iter().any(|it| it.contains(part)), "{part}: {looked_at:?}");
    }
}

/// The check can fail: a request that is not as it should be is told. It is the first one, which takes long.
fn assert_wrong_is_found(checked: &Checked) {
    let mut stream = TcpStream::connect(("127.0.0.1", checked.port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let body = json!({ "title": "no head" }).to_string();
    let request = format!(
        "POST /repos/ada/shop/pulls HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\naccept: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let found = std::mem::take(&mut *checked.wrong.lock().unwrap());
    assert!(found.iter().any(|it| it.contains("head")), "{found:?}: {answer}");
    checked.looked_at.lock().unwrap().clear();
}
