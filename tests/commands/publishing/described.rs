//! Every request of a story, and every answer of our server, is as GitHub's own description has it: Prism stands between the
//! program and the server, and says of each what it finds wrong. GraphQL goes past it, since the description is of REST.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::Shop;
use super::github::{How, Speaks, read};
use crate::support::{TestRequirement, in_cache};

/// Until it listens, and until its first answer: it reads thirteen megabytes first.
const PATIENCE: Duration = Duration::from_secs(240);

/// Two issues of which each becomes a task, and does better when it is done again.
const WRITER: &str = "[run]\nagent = \"mine\"\n[agents.mine]\ncommand = [\"sh\", \"-ec\", 'put t$ORCA_TASK.txt $ORCA_ATTEMPT']\n\
                      [gates.test]\nrun = \"test ! -e broken.txt\"\n[publish]\nissues = \"comment\"\n";

fn description(folder: &Path) -> PathBuf {
    folder.join("@octokit/openapi/generated/api.github.com.json")
}

/// What Prism looked at, and what it found.
#[derive(Debug, Default)]
struct Findings {
    /// Each request, as method and path.
    looked_at: Vec<String>,
    /// What is wrong with requests.
    requests: Vec<String>,
    /// What is wrong with answers.
    answers: Vec<String>,
}

/// Prism, and what stands before it. Dropped, both are gone.
struct Checked {
    prism: Child,
    port: u16,
    findings: Arc<Mutex<Findings>>,
}

impl Drop for Checked {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Findings { requests, answers, .. } = self.take();
            #[expect(clippy::print_stderr, reason = "a test that fails says what was found until then")]
            {
                eprintln!("requests: {requests:#?}\nanswers: {answers:#?}");
            }
        }
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
        let findings = Arc::default();
        let checked = Checked { prism, port: listener.local_addr().unwrap().port(), findings };
        let findings = Arc::clone(&checked.findings);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let findings = Arc::clone(&findings);
                std::thread::spawn(move || drop(pass(stream, (own, behind), &findings)));
            }
        });
        checked
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What was found since the last time.
    fn take(&self) -> Findings {
        std::mem::take(&mut *self.findings.lock().unwrap())
    }
}

/// Passes one request on, and its answer back.
fn pass(mut stream: TcpStream, (prism, behind): (u16, u16), findings: &Mutex<Findings>) -> std::io::Result<()> {
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
    if goes_past {
        // Our server keeps its connections.
        read_one(&mut BufReader::new(next), &mut answer)?;
    } else {
        next.read_to_end(&mut answer)?;
    }
    let text = String::from_utf8_lossy(&answer);
    if !goes_past {
        let name = format!("{} {}", request.method, request.path);
        note(&mut findings.lock().unwrap(), name, &text);
    }
    // The client is not to send another one here.
    let (first, rest) = text.split_once("\r\n").unwrap_or((&text, ""));
    stream.write_all(format!("{first}\r\nconnection: close\r\n{rest}").as_bytes())?;
    stream.shutdown(Shutdown::Both)
}

/// One answer, as long as it says that it is.
fn read_one(from: &mut impl BufRead, answer: &mut Vec<u8>) -> std::io::Result<()> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        from.read_line(&mut line)?;
        answer.extend_from_slice(line.as_bytes());
        match line.trim().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().unwrap_or(0),
            None if line.trim().is_empty() => break,
            _ => {}
        }
    }
    from.take(length).read_to_end(answer).map(drop)
}

/// What an answer of Prism's says: violations stand in a header; where it is an answer of its own, that is the complaint.
fn note(findings: &mut Findings, name: String, answer: &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let header = |wanted: &str| {
        let named = head.lines().filter_map(|line| line.split_once(':'));
        named.filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim().to_owned()).next()
    };
    if header("content-type").is_some_and(|kind| kind.contains("problem+json")) {
        findings.requests.push(format!("{name}: {body}"));
    }
    let code = head.split(' ').nth(1).unwrap_or_default();
    let found: Vec<Value> =
        header("sl-violations").and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    for violation in found.iter().filter(|it| it["severity"] == "Error") {
        let list = if violation["location"][0] == "request" { &mut findings.requests } else { &mut findings.answers };
        list.push(format!("{name}: {code}: {violation}"));
    }
    findings.looked_at.push(name);
}

#[test]
fn each_request_and_answer_of_a_story_is_as_github_describes_it() {
    let Some(folder) = in_cache("prism/node_modules", TestRequirement::Prism) else { return };
    let shop = Shop::planned_on(Speaks::GitHub, 1, WRITER);
    let checked = Checked::before(&shop, &folder, shop.github.port());
    shop.bed.git(&["config", "orca.githubApi", &checked.url()]);
    for (name, value) in [
        ("publishSilence", "60s"),
        ("publishLabels", "agents"),
        ("publishReviewers", "bob,org/carts"),
        ("publishMilestone", "v1.0"),
        ("publishDraft", "false"),
    ] {
        shop.bed.git(&["config", &format!("orca.{name}"), value]);
    }
    assert_wrong_is_found(&checked);
    shop.github.forget();
    tell_a_story(&shop);
    let Findings { looked_at, requests, answers } = checked.take();
    assert_eq!((requests, answers), (Vec::<String>::new(), Vec::new()));
    let past = |it: &&super::github::Sent| it.path != "/graphql";
    let came = shop.github.state().sent.iter().filter(past).count();
    assert_eq!(looked_at.len(), came, "nothing went past it");
    for part in [
        "GET /repos/ada/shop/issues?",
        "POST /repos/ada/shop/pulls",
        "PATCH /repos/ada/shop/pulls/",
        "/merge-async/",
        "POST /repos/ada/shop/stacks",
        "POST /repos/ada/shop/statuses/",
        "/replies",
        "/labels",
        "/requested_reviewers",
        "/milestones",
        "/reviews",
        "/check-runs",
        "/rules/branches/",
        "PATCH /repos/ada/shop/issues/comments/",
    ] {
        assert!(looked_at.iter().any(|it| it.contains(part)), "{part}: {looked_at:?}");
    }
}

/// Planned from issues, created, published again, updated, reviewed, answered, watched, merged, and published again.
fn tell_a_story(shop: &Shop) {
    let issue = |number: u64, title: &str, body: &str| {
        json!({ "number": number, "title": title, "body": body, "state": "open", "labels": [{ "name": "ready" }],
            "user": { "login": "ada" }, "author_association": "OWNER", "milestone": { "number": 7, "title": "v1.0" } })
    };
    {
        let mut state = shop.github.state();
        state.issues = vec![issue(910, "Dig the pond", "Wide."), issue(911, "Plant reeds", "Depends on #910.")];
        state.has_stacks = true;
        state.merge_takes = 1;
        state.rules = Some(vec![json!({ "type": "required_status_checks", "ruleset_id": 1, "parameters": {
            "required_status_checks": [{ "context": "git-orca/test" }], "strict_required_status_checks_policy": false } })]);
    }
    shop.bed.execute(&["github:ada/shop#ready"]).exits(0);
    shop.publish(&[]).exits(0);
    assert_eq!(shop.stands(), ["1 open main", "2 open layer/1"]);
    let writes = shop.github.writes().len();
    shop.publish(&[]).exits(0);
    assert_eq!(shop.github.writes().len(), writes, "again: nothing is written");
    shop.others_commit(&shop.branch(1), "review.txt", "reviewed\n");
    shop.publish(&[]).exits(0);
    let task = shop.bed.state().info.tasks[0].id.to_string();
    let remark = json!({ "id": 901, "user": { "login": "bob" }, "author_association": "MEMBER", "path": format!("t{task}.txt"),
        "line": 1, "body": "Say it better." });
    shop.github.state().pull(1).unwrap().remarks.push(remark);
    shop.bed.orca(&["retry", &task, "--from-pr", "--yes"]).exits(0);
    for number in [1, 2] {
        shop.github.state().pull(number).unwrap().reviews.push(("bob".to_owned(), "APPROVED"));
    }
    let head = shop.bed.git(&["rev-parse", &shop.branch(1)]);
    let run = json!({ "name": "build", "status": "completed", "conclusion": "success" });
    shop.github.state().check_runs.push((head, run));
    shop.publish(&["--watch"]).exits(0);
    shop.publish(&["--merge", "1"]).exits(0);
    assert_eq!(shop.stands(), ["1 merged main", "2 open main"]);
    shop.github.merge(2, How::Squash);
    shop.publish(&[]).exits(0);
    assert_eq!(shop.stands(), ["1 merged main", "2 merged main"]);
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
    let found = checked.take().requests;
    assert!(found.iter().any(|it| it.contains("'head'")), "{found:?}: {answer}");
}
