//! `git orca serve`: the page by raw requests, as other sites and agents would send them, and in a real browser.

mod browser;
mod raw;

use serde_json::{Value, json};

use crate::support::{TestRepo, until};
use browser::Browser;
use raw::{Served, exchange, request};

/// A repository in which a run waits for a person's word on `Look`, while nobody drives anything else.
fn with_question() -> (TestRepo, crate::support::Running) {
    let bed = TestRepo::new();
    bed.plan(json!([
        {"id": "A", "run": "put a.txt a", "title": "Add a price model with rounding"},
        {"id": "Look", "kind": "approval", "title": "Look at the page", "after": ["A"]},
        {"id": "B", "run": "put b.txt b", "after": ["Look"]},
    ]));
    let running = bed.spawn(&["execute", "--yes"]);
    until("the question is put", || bed.try_state().is_some_and(|state| state.unanswered().count() == 1));
    (bed, running)
}

fn said(answer: &raw::RawAnswer) -> String {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_else(|e| panic!("{e}: {answer:?}"));
    body["said"].as_str().unwrap().to_owned()
}

#[test]
fn the_address_is_left_and_every_answer_has_the_policy() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.orca(&["serve"]).exits(1).says(&["git orca execute"]);
    bed.execute(&[]).exits(0);
    let served = Served::start(&bed, &[]);
    let query = served.address.split_once("/?").unwrap().1.to_owned();
    let entered = exchange(served.port, &request(&format!("GET /?{query}"), &[&served.host()], ""));
    assert_eq!(entered.status, 303);
    let token = query.split_once('=').unwrap().1;
    assert!(!served.path.contains(token) && !served.cookie.contains(token), "the address's token is not used again");
    let cookie = entered.header("set-cookie").unwrap();
    for part in ["; HttpOnly", "; SameSite=Strict", &format!("; Path={}", served.path)] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    for (rest, kind) in
        [("", "text/html"), ("main", "text/html"), ("style.css", "text/css"), ("page.js", "text/javascript")]
    {
        let answer = served.get(rest);
        assert_eq!(answer.status, 200, "{rest}");
        assert!(answer.header("content-type").unwrap().starts_with(kind), "{rest}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'none'"), "{policy}");
        for (name, value) in
            [("referrer-policy", "no-referrer"), ("x-content-type-options", "nosniff"), ("cache-control", "no-store")]
        {
            assert_eq!(answer.header(name), Some(value), "{rest}");
        }
    }
    let page = served.get("").body;
    assert!(page.contains("Without JavaScript") && page.contains("1 landed"), "{page}");
    assert!(!page.contains("<style") && !page.contains("style=\""), "nothing that the policy forbids");
    let diff = served.get(&format!("diff/{}/A", bed.run()));
    assert!(
        diff.body.contains("+++ b/a.txt") && diff.header("content-type").unwrap().starts_with("text/plain"),
        "{diff:?}"
    );
    assert_eq!(served.get("diff/nowhere/A").status, 404);
    // Asked again when nothing happened, it says so.
    let tag = served.get("main").header("etag").unwrap().to_owned();
    let cookie = format!("Cookie: {}", served.cookie);
    let known = [&served.host()[..], &cookie, &format!("If-None-Match: {tag}")];
    assert_eq!(exchange(served.port, &request(&format!("GET {}main", served.path), &known, "")).status, 304);
    let port = served.port.to_string();
    bed.orca(&["serve", "--port", &port]).exits(1).says(&["cannot listen on 127.0.0.1", "git orca serve"]);
    served.end().exits(0).says(&["shows run", "Ctrl-C ends it"]);
    let again = Served::start(&bed, &["--port", &port]);
    assert_eq!(again.port.to_string(), port);
    again.end().exits(0);
}

#[test]
fn nobody_else_sees_or_does_anything() {
    let (bed, running) = with_question();
    let served = Served::start(&bed, &[]);
    let call = json!({"what": ["Look"], "run": bed.run()}).to_string();
    let good = served.acting();
    let post = format!("POST {}do/approve", served.path);
    // The lines of the page itself with one of them changed, left out, or added.
    let with = |name: &str, lines: &[&str]| {
        let kept = good.iter().filter(|line| !line.starts_with(name)).map(String::as_str);
        kept.chain(lines.iter().copied()).map(str::to_owned).collect::<Vec<_>>()
    };
    let port = served.port;
    let (evil, other) = (format!("Host: evil.example:{port}"), "Origin: http://127.0.0.1:3000".to_owned());
    let table = [
        ("rebinding", with("Host", &[&evil]), 421),
        ("two hosts", with("Host", &[&served.host(), &evil]), 421),
        ("no host", with("Host", &[]), 421),
        ("rebinding, all of it", with("Host", &[&evil, &format!("Origin: http://evil.example:{port}")]), 421),
        ("another site", with("Origin", &["Origin: http://evil.example"]), 403),
        ("another port of this machine", with("Origin", &[&other]), 403),
        ("a sandboxed frame", with("Origin", &["Origin: null"]), 403),
        ("no origin", with("Origin", &[]), 403),
        ("the browser says it", with("-", &["Sec-Fetch-Site: cross-site"]), 403),
        ("no cookie", with("Cookie", &[]), 401),
        ("a cookie of somebody's", with("Cookie", &["Cookie: orca=0123456789abcdef0123456789abcdef"]), 401),
        ("no token", with("X-Orca-Token", &[]), 403),
        ("a wrong token", with("X-Orca-Token", &["X-Orca-Token: 0123456789abcdef0123456789abcdef"]), 403),
        ("two tokens", with("-", &["X-Orca-Token: x"]), 403),
        ("a form", with("Content-Type", &["Content-Type: text/plain"]), 415),
        ("a form's own kind", with("Content-Type", &["Content-Type: application/x-www-form-urlencoded"]), 415),
    ];
    for (what, headers, status) in table {
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let answer = exchange(port, &request(&post, &headers, &call));
        assert_eq!(answer.status, status, "{what}: {answer:?}");
        assert!(!answer.body.contains(&served.token) && !answer.head.contains(&served.path), "{what} tells nothing");
    }
    let lines: Vec<&str> = good.iter().map(String::as_str).collect();
    for (what, first, body, status) in [
        ("by GET", format!("GET {}do/approve", served.path), call.as_str(), 404),
        ("by PUT", format!("PUT {}do/approve", served.path), &call, 405),
        ("beside the path", "POST /do/approve".to_owned(), &call, 401),
        ("a proxy's address", format!("POST http://127.0.0.1:{port}{}do/approve", served.path), &call, 421),
        ("another tool", format!("POST {}do/execute", served.path), &call, 422),
        ("a flag", post.clone(), r#"{"what":["Look"],"run":"x","yes":true}"#, 422),
        ("no run", post.clone(), r#"{"what":["Look"]}"#, 422),
        ("no JSON", post.clone(), "what=Look", 422),
        ("much of it", post.clone(), &" ".repeat(70_000), 413),
    ] {
        assert_eq!(exchange(port, &request(&first, &lines, body)).status, status, "{what}");
    }
    let page = exchange(port, &request(&format!("GET {}", served.path), &[&served.host()], ""));
    assert_eq!((page.status, page.body.contains(&served.token)), (401, false), "the path alone is not enough");
    assert_eq!(bed.state().unanswered().count(), 1, "nobody has answered");
    let done = served.act("approve", &json!({"what": ["Look"], "run": bed.run()}));
    assert_eq!(done.status, 200, "{done:?}");
    running.wait().exits(0);
    served.end().exits(0);
}

#[test]
fn what_is_done_on_the_page_is_what_the_commands_do() {
    let (bed, running) = with_question();
    let served = Served::start(&bed, &[]);
    let run = bed.run();
    let page = served.get("").body;
    assert!(
        page.contains("Look is a manual step: have you done it?") && page.contains("git orca approve Look"),
        "{page}"
    );
    let answer = served.act("approve", &json!({"what": ["Nothing"], "run": run}));
    assert_eq!((answer.status, said(&answer).contains("waiting: Look")), (422, true), "{answer:?}");
    let answer = served.act("reject", &json!({"what": ["Look"], "run": run}));
    assert_eq!((answer.status, said(&answer).contains("say why")), (422, true), "{answer:?}");
    let answer = served.act("reject", &json!({"what": ["Look"], "message": "the page is empty", "run": run}));
    assert!(said(&answer).contains("Look rejected by the program git orca serve: the page is empty"), "{answer:?}");
    running.wait().exits(4);
    assert_eq!(bed.standings(), "A landed, Look failed, B blocked");
    let log = bed.orca(&["log"]).stdout;
    assert!(log.contains("git orca serve"), "the journal names the page: {log}");
    // The run is over: trying again goes on with it in the background, which nobody waits for.
    let answer = served.act("retry", &json!({"tasks": ["Look"], "message": "it is there now", "run": run}));
    assert_eq!(answer.status, 200, "{answer:?}");
    until("it is asked again", || bed.try_state().is_some_and(|state| state.unanswered().count() == 1));
    assert!(served.get("main").body.contains("Stop the run"), "it is live again");
    let answer = served.act("approve", &json!({"what": ["Look"], "run": run}));
    assert_eq!(answer.status, 200, "{answer:?}");
    until("the run is over", || bed.try_state().is_some_and(|state| state.finished.is_some()));
    assert_eq!(bed.standings(), "A landed, Look landed, B landed");
    served.end().exits(0);
    bed.assert_no_processes();
}

#[test]
fn an_agent_hears_it_and_a_run_is_stopped() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "block go; put a.txt a"}]));
    let go = bed.fifo("go");
    let running = bed.spawn(&["execute", "--yes"]);
    let held = go.wait();
    let served = Served::start(&bed, &[]);
    let run = bed.run();
    let page = served.get("").body;
    assert!(page.contains("value=\"say\"") && page.contains("Stop this attempt"), "{page}");
    let answer = served.act("say", &json!({"task": "A", "text": "-n is right <b>", "run": run}));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(said(&answer).contains("A will see it on its next attempt"), "{answer:?}");
    let answer = served.act("stop", &json!({"run": run}));
    assert_eq!(answer.status, 200, "{answer:?}");
    drop(held);
    running.wait().exits(130);
    assert!(served.get("main").body.contains("interrupted") || bed.state().finished.is_some());
    served.end().exits(0);
}

#[test]
fn an_attempt_gets_no_page_and_no_word_in() {
    let bed = TestRepo::new();
    let binary = env!("CARGO_BIN_EXE_git-orca");
    let probe = "exec 3<>/dev/tcp/127.0.0.1/$(cat \"$1\"); printf 'GET / HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3; cat <&3";
    let (port, out) = (bed.out("port"), bed.out("heard"));
    bed.program("probe", &format!("#!/bin/bash\n{probe}\n"));
    bed.plan(json!([{"id": "A", "run": format!(
        "block go; {binary} serve > '{0}.refused' 2>&1 || echo \"exit $?\" >> '{0}.refused'; probe '{1}' > '{0}'; put a.txt a",
        out.display(), port.display()
    )}]));
    let go = bed.fifo("go");
    let running = bed.spawn(&["execute", "--yes", "--sandbox", "off"]);
    let held = go.wait();
    let served = Served::start(&bed, &[]);
    std::fs::write(&port, served.port.to_string()).unwrap();
    drop(held);
    running.wait().exits(0);
    let refused = bed.notes("heard.refused").join("\n");
    assert!(
        refused.contains("this command is for people") && refused.contains("exit 1") && !refused.contains("http://"),
        "{refused}"
    );
    let heard = bed.notes("heard").join("\n");
    assert!(heard.contains(" 401 ") && !heard.contains(&served.token), "{heard}");
    served.end().exits(0);
}

/// Nothing stands beside the window, no text runs over its box, and nothing of the graph is cut.
fn fits(browser: &mut Browser, what: &str) {
    assert_eq!(
        browser.eval("document.documentElement.scrollWidth <= innerWidth"),
        true,
        "{what}: it is as wide as the window"
    );
    let over = browser.eval(
        "[...document.querySelectorAll('svg.graph g')].filter(g => { const box = g.querySelector('rect').getBoundingClientRect(); \
         return box.width > 0 && [...g.querySelectorAll('text')].some(t => t.getBoundingClientRect().right > box.right) })\
         .map(g => g.textContent).concat([...document.querySelectorAll('svg.graph rect')]\
         .filter(r => r.getBoundingClientRect().right > innerWidth).map(r => 'cut'))",
    );
    assert_eq!(over, json!([]), "{what}");
    let small = browser.eval(
        "[...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && e.textContent.trim() && !e.children.length \
         && parseFloat(getComputedStyle(e).fontSize) < 11).length",
    );
    assert_eq!(small, 0, "{what}: letters that can be read");
    let cut = browser.eval(
        "[...document.querySelectorAll('td, li, p, dd, summary')].filter(e => e.checkVisibility() && \
         e.getBoundingClientRect().right > innerWidth + 1).length",
    );
    assert_eq!(cut, 0, "{what}: nothing is beyond the edge");
}

#[test]
fn it_is_read_and_used_in_a_browser() {
    let Some(mut browser) = Browser::start() else { return };
    let bed = TestRepo::new();
    bed.toml("[gates.test]\nrun = \"test ! -f broken.txt\"\n");
    let wide = "W".repeat(60);
    let title = |n: usize| {
        if n.is_multiple_of(3) {
            wide.clone()
        } else {
            format!("Write part {n} of the import, with its tests and a page about it")
        }
    };
    let mut tasks: Vec<Value> = (1..=9)
        .map(|n| {
            json!({"id": format!("T{n:03}"), "title": title(n), "run": format!("put f{n}.txt {n}"),
            "after": if n > 2 { vec![format!("T{:03}", n - 2)] } else { vec![] }})
        })
        .collect();
    tasks.push(json!({"id": "Broken", "title": "A task whose gate refuses it", "run": "put broken.txt x"}));
    tasks.push(json!({"id": "Look", "kind": "approval", "title": "Look at the page", "after": ["T001"]}));
    bed.plan(json!(tasks));
    bed.commit("plan");
    let running = bed.spawn(&["execute", "--yes", "--attempts", "1"]);
    until("only the question is left", || {
        bed.try_state().is_some_and(|state| state.unanswered().count() == 1)
            && bed.standings().matches("landed").count() == 9
    });
    let served = Served::start(&bed, &[]);
    for (width, is_dark) in [(1200, false), (1200, true), (400, false), (400, true)] {
        browser.look_as(width, 900, is_dark, true);
        browser.open(&served.address);
        let name = format!("run-{width}-{}", if is_dark { "dark" } else { "light" });
        fits(&mut browser, &name);
        browser.picture(&name);
    }
    assert_eq!(
        browser.eval("location.search + document.cookie"),
        "",
        "the token has left, and no script sees the cookie"
    );
    assert_eq!(browser.complaints, Vec::<String>::new());
    // Enter in the field does nothing; what is typed outlives a refresh; rejecting wants a reason.
    let form = "document.querySelector('.asked form')";
    browser.eval(&format!("{form}.querySelector('input').focus()"));
    for kind in ["keyDown", "keyUp"] {
        browser.call(
            "Input.dispatchKeyEvent",
            json!({"type": kind, "key": "Enter", "code": "Enter", "text": "\r", "windowsVirtualKeyCode": 13}),
        );
    }
    browser.eval(&format!("{form}.querySelector('[value=reject]').click()"));
    browser.waits_for(&format!("{form}.querySelector('output').textContent.includes('say why')"));
    assert_eq!(bed.state().unanswered().count(), 1, "nothing by accident");
    browser.eval(&format!("{form}.querySelector('input').value = 'it is there'"));
    browser.eval("window.before = document.querySelector('main h1')");
    browser.waits_for("!document.contains(window.before)");
    assert_eq!(browser.eval(&format!("{form}.querySelector('input').value")), "it is there");
    browser.eval(&format!("{form}.querySelector('[value=approve]').click()"));
    browser.waits_for("document.querySelector('main').textContent.includes('10 landed')");
    running.wait().exits(5);
    assert!(bed.orca(&["log"]).stdout.contains("it is there"), "the note is in the journal");
    browser.waits_for("[...document.querySelectorAll('dd')].some(dd => dd.textContent.startsWith('finished'))");
    assert_eq!(
        browser.eval("document.querySelector('#task-Broken [value=retry]') !== null"),
        true,
        "what failed can be tried again"
    );
    browser.complaints.retain(|said| !(said.contains("/do/reject") && said.contains("422")));
    assert_eq!(browser.complaints, Vec::<String>::new(), "no error, no breach of the policy");
    // Without a script it reads the same, has the commands, and no buttons that would do nothing.
    browser.look_as(400, 900, false, false);
    browser.open(&served.address);
    browser.picture("run-400-no-script");
    browser.look_as(400, 900, false, true);
    assert_eq!(browser.eval("[...document.querySelectorAll('form.deed')].some(form => form.checkVisibility())"), false);
    assert_eq!(browser.eval("document.body.innerText.includes('git orca retry Broken')"), true);
    fits(&mut browser, "without a script");
    let file = bed.paths().root().join("report.html");
    for (width, is_dark) in [(1200, false), (400, true)] {
        browser.look_as(width, 900, is_dark, true);
        browser.open(&format!("file://{}", file.display()));
        fits(&mut browser, "the report's file");
        browser.picture(&format!("report-{width}"));
    }
    served.end().exits(0);
}
