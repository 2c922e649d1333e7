//! `git orca mcp`: JSON-RPC over stdin and stdout with the real program.

mod bridge;
mod client;
mod programs;

use serde_json::{Value, json};

use crate::support::{TestRepo, TestRequirement, needs, until};
use client::McpClient;

/// A repository with a plan of two tasks, trusted.
fn trusted(first: &str) -> TestRepo {
    let bed = TestRepo::new();
    bed.toml("[gates.test]\nrun = \"test -f a.txt\"\n");
    bed.plan(json!([
        {"id": "first", "title": "The first", "run": first},
        {"id": "second", "title": "The second", "run": "put b.txt b", "after": ["first"]},
    ]));
    bed.commit("plan");
    bed.orca(&["trust", "--yes"]).exits(0);
    bed
}

/// The JSON that a command prints.
fn printed(bed: &TestRepo, words: &[&str]) -> Value {
    serde_json::from_str(&bed.orca(words).stdout).unwrap()
}

fn has_ended(bed: &TestRepo) {
    until("the run is over", || bed.try_state().is_some_and(|state| state.finished.is_some()));
}

const READING: [&str; 8] = ["plan", "status", "task", "diff", "conflicts", "findings", "report", "validate"];

#[test]
fn reading_tools_answer_what_the_commands_print() {
    let bed = trusted("put a.txt a");
    bed.execute(&[]).exits(0);
    let mut client = McpClient::open(&bed, &[]);
    assert_eq!(client.tools(), READING);
    for (tool, arguments, command) in [
        ("plan", json!({"plans": ["tasks.json"]}), vec!["plan", "--json", "tasks.json"]),
        ("plan", json!({"loose": true}), vec!["plan", "--json", "--loose"]),
        ("status", json!({}), vec!["status", "--json"]),
        ("status", json!({"wait_seconds": 60}), vec!["status", "--json"]),
        ("task", json!({"task": "first"}), vec!["show", "--json", "first"]),
        ("conflicts", json!({"task": "first"}), vec!["conflicts", "--json", "first"]),
        ("report", json!({"run": bed.run().to_string()}), vec!["report", "--json"]),
    ] {
        let answer = client.call(tool, arguments);
        assert_eq!(answer["isError"], false, "{tool}: {answer}");
        let expected = printed(&bed, &command);
        assert_eq!(answer["structuredContent"], expected, "{tool}");
        let text: Value = serde_json::from_str(answer["content"][0]["text"].as_str().unwrap()).unwrap();
        assert_eq!(text, expected, "{tool}: the text says the same");
    }
    let findings = client.call("findings", json!({"task": "FIRST"}));
    let gates = &printed(&bed, &["report", "--json"])["tasks"][0]["gates"];
    assert_eq!(&findings["structuredContent"]["tasks"][0]["gates"], gates);
    assert_eq!(findings["structuredContent"]["tasks"].as_array().unwrap().len(), 1);
    assert_eq!(
        client.refusal("findings", json!({"task": "T9"})),
        "the run has no task `T9`; the tool `status` lists them"
    );
    let diff = client.text("diff", json!({"task": "first"}));
    assert!(diff.contains("+++ b/a.txt") && diff.contains("\n+a"), "{diff}");
    let judged = client.call("validate", json!({"what": ["first"], "gates": ["test"], "no_cache": true}));
    assert_eq!(judged["isError"], false, "{judged}");
    assert!(judged["content"][0]["text"].as_str().unwrap().contains("\"pass\""), "{judged}");
}

#[test]
fn what_is_no_call_is_answered_with_the_right_error() {
    let bed = trusted("put a.txt a");
    let mut client = McpClient::open(&bed, &[]);
    let unknown = client.request("tools/call", json!({"name": "statsu", "arguments": {}})).unwrap_err();
    assert_eq!(unknown["code"], -32602, "{unknown}");
    assert!(unknown["message"].as_str().unwrap().contains("did you mean `status`?"), "{unknown}");
    assert_eq!(client.request("tools/drop", json!({})).unwrap_err()["code"], -32601);
    let refused = client.refusal("task", json!({"task": "first", "colour": "red"}));
    assert_eq!(refused, "`task` takes no argument `colour`; it takes: task, run");
    assert_eq!(client.refusal("task", json!({})), "`task` needs the argument `task`");
    assert!(client.refusal("task", json!({"task": "first"})).contains("git orca"), "no run yet: what to type");
    assert!(client.refusal("task", json!({"task": "--help"})).contains("exit code"), "no value is an option");
    client.write("this is no JSON\n");
    assert_eq!(client.tools(), READING, "it goes on");
    let nowhere = client.request("resources/read", json!({"uri": "file:///etc/passwd"})).unwrap_err();
    assert_eq!(nowhere["code"], -32002, "{nowhere}");
}

#[test]
fn versions_are_negotiated() {
    let bed = trusted("put a.txt a");
    for (asked, answered) in [
        ("2024-11-05", "2024-11-05"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("1999-01-01", "2025-11-25"),
    ] {
        let mut client = McpClient::start(&bed, &bed.repo(), &[]);
        let welcome = client.initialize(asked);
        assert_eq!(welcome["protocolVersion"], answered, "asked for {asked}");
        assert_eq!(welcome["serverInfo"]["name"], "git-orca");
        assert_eq!(client.tools(), READING);
    }
    // The stateless protocol: every request says who asks.
    let meta = |version: &str| {
        json!({
            "io.modelcontextprotocol/protocolVersion": version,
            "io.modelcontextprotocol/clientInfo": {"name": "probe", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        })
    };
    let mut client = McpClient::start(&bed, &bed.repo(), &[]);
    let refused = client.request("server/discover", json!({"_meta": meta("1999-01-01")})).unwrap_err();
    assert!(refused.to_string().contains("2026-07-28"), "it says which it can: {refused}");
    let mut client = McpClient::start(&bed, &bed.repo(), &[]);
    let found = client.request("server/discover", json!({"_meta": meta("2026-07-28")})).unwrap();
    assert!(found["supportedVersions"].as_array().unwrap().contains(&json!("2026-07-28")), "{found}");
    let plan = json!({"name": "plan", "arguments": {}, "_meta": meta("2026-07-28")});
    let answer = client.request("tools/call", plan).unwrap();
    assert_eq!(answer["structuredContent"], printed(&bed, &["plan", "--json"]));
}

#[test]
fn waiting_ends_when_somebody_is_needed() {
    let bed = trusted("exit 3");
    bed.plan(json!([
        {"id": "first", "run": "block go; exit 3"},
        {"id": "second", "run": "block other; put b.txt b"},
    ]));
    bed.commit("another plan");
    bed.orca(&["trust", "--yes"]).exits(0);
    let (go, other) = (bed.fifo("go"), bed.fifo("other"));
    let mut client = McpClient::open(&bed, &["--allow-write"]);
    client.call("execute", json!({"budget_usd": 3, "jobs": 2}));
    let (first, second) = (go.wait(), other.wait());
    let id = client.send(
        "tools/call",
        json!({"name": "status", "arguments": {"wait_seconds": 600}, "_meta": {"progressToken": 7}}),
    );
    let told = client.notification("notifications/progress");
    assert_eq!(told["message"], "0 of 2 tasks landed, 2 running");
    drop(first);
    let answer = client.answer(id).unwrap();
    let status = &answer["structuredContent"];
    assert_eq!((&status["needs_you"][0]["task"], &status["state"]), (&json!("first"), &json!("running")), "{answer}");
    drop(second);
    has_ended(&bed);
}

#[test]
fn resources_are_plans_reports_journals_prompts_and_logs() {
    let bed = trusted("put a.txt a; echo said");
    bed.execute(&[]).exits(0);
    let run = bed.run();
    let mut client = McpClient::open(&bed, &[]);
    let listed = client.request("resources/list", json!({})).unwrap();
    let uris: Vec<&str> =
        listed["resources"].as_array().unwrap().iter().map(|one| one["uri"].as_str().unwrap()).collect();
    assert_eq!(uris[0], "orca://plans/tasks.json");
    assert!(uris.contains(&format!("orca://runs/{run}/tasks/second/log").as_str()), "{uris:?}");
    for uri in &uris {
        let read = client.request("resources/read", json!({"uri": uri})).unwrap();
        assert_eq!(read["contents"][0]["uri"], *uri);
        assert!(read["contents"][0]["text"].is_string(), "{uri}");
    }
    let mut text = |uri: String| {
        let read = client.request("resources/read", json!({"uri": uri})).unwrap();
        read["contents"][0]["text"].as_str().unwrap().to_owned()
    };
    assert!(text(format!("orca://runs/{run}/tasks/first/log")).contains("said"));
    assert!(text(format!("orca://runs/{run}/report")).starts_with('#'));
    assert_eq!(text(format!("orca://runs/{run}/journal")).lines().count(), bed.journal().len());
    let templates = client.request("resources/templates/list", json!({})).unwrap();
    assert_eq!(templates["resourceTemplates"].as_array().unwrap().len(), 5);
    let missing = format!("orca://runs/{run}/tasks/none/log");
    assert_eq!(client.request("resources/read", json!({"uri": missing})).unwrap_err()["code"], -32002);
}

#[test]
fn a_run_is_begun_in_the_background_and_outlives_the_connection() {
    let bed = trusted("block go; put a.txt a");
    let go = bed.fifo("go");
    let mut client = McpClient::open(&bed, &["--allow-write"]);
    let unbounded = client.refusal("execute", json!({}));
    assert!(unbounded.contains("nothing bounds what it may use") && unbounded.contains("budget_usd"), "{unbounded}");
    assert!(bed.runs().is_empty());
    let begun = client.call("execute", json!({"plans": ["tasks.json"], "budget_usd": 3, "jobs": 1}));
    let run = begun["structuredContent"]["run"].as_str().unwrap_or_else(|| panic!("{begun}")).to_owned();
    assert_eq!(run, bed.run().to_string());
    let held = go.wait();
    let again = client.refusal("execute", json!({"budget_usd": 3}));
    assert!(again.contains("is active in this repository"), "{again}");
    assert!(client.text("say", json!({"task": "second", "text": "mind the gap"})).contains("second"));
    let added = client.refusal("add", json!({"title": "Third", "run_text": "true"}));
    assert!(added.contains("takes no argument `run_text`"), "{added}");
    let added = client.refusal("add", json!({"title": "Third"}));
    assert!(added.contains("started without an agent"), "{added}");
    client.kill();
    drop(held);
    has_ended(&bed);
    assert_eq!(bed.standings(), "first landed, second landed");
    assert_eq!(bed.state().info.options.budget_usd, Some(3.0));
}

#[test]
fn a_limit_of_the_project_is_enough() {
    let bed = TestRepo::new();
    bed.toml("[limits]\nrun-time = \"1h\"\n");
    bed.plan(json!([{"id": "first", "run": "put a.txt a"}]));
    bed.commit("plan");
    bed.orca(&["trust", "--yes"]).exits(0);
    let mut client = McpClient::open(&bed, &["--allow-write"]);
    assert_eq!(client.call("execute", json!({}))["isError"], false);
    has_ended(&bed);
    assert_eq!(bed.standings(), "first landed");
}

#[test]
fn nothing_is_trusted_through_the_server() {
    let bed = TestRepo::new();
    bed.toml("[gates.test]\nrun = \"touch ran.txt\"\n");
    bed.plan(json!([{"id": "first", "run": "put a.txt a"}]));
    bed.commit("plan");
    let mut client = McpClient::open(&bed, &["--allow-write", "--allow-approve"]);
    for (tool, arguments) in
        [("execute", json!({"budget_usd": 3})), ("validate", json!({"what": ["HEAD"], "base": "HEAD~1"}))]
    {
        let refused = client.refusal(tool, arguments);
        assert!(refused.contains("git orca trust"), "{tool} says what to type: {refused}");
    }
    assert!(client.refusal("execute", json!({"yes": true})).contains("takes no argument `yes`"));
    assert!(bed.runs().is_empty());
    bed.orca(&["trust", "--list"]).exits(0);
    assert!(bed.orca(&["trust", "--list"]).stdout.contains("new "), "and nothing was recorded");
}

#[test]
fn control_needs_what_a_person_allowed() {
    let bed = trusted("put a.txt a");
    let mut client = McpClient::open(&bed, &[]);
    assert!(client.refusal("execute", json!({"budget_usd": 3})).contains("--allow-write"));
    assert!(client.refusal("approve", json!({"what": ["first"]})).contains("--allow-approve"));
    let mut client = McpClient::open(&bed, &["--allow-write"]);
    assert_eq!(client.tools(), [&READING[..], &["execute", "add", "resume", "retry", "say", "stop"]].concat());
    assert!(client.refusal("reject", json!({"what": ["first"]})).contains("--allow-approve"));
    assert!(client.refusal("deliveries", json!({})).contains("for the agent of an attempt"));
}

#[test]
fn an_approval_names_the_program_that_gave_it() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "Look", "kind": "approval"}]));
    bed.commit("plan");
    let mut client = McpClient::open(&bed, &["--allow-write", "--allow-approve"]);
    client.call("execute", json!({"budget_tokens": 1000}));
    until("it asks", || bed.try_state().is_some_and(|state| state.unanswered().next().is_some()));
    assert!(client.refusal("approve", json!({})).contains("needs the argument `what`"), "never all that waits");
    let said = client.text("approve", json!({"what": ["Look"], "message": "seen"}));
    assert_eq!(said, "Look approved by the program probe 1.0: seen");
    has_ended(&bed);
    let journal = std::fs::read_to_string(bed.paths().journal()).unwrap();
    assert!(journal.contains("\"by\":\"probe 1.0\""), "{journal}");
    assert!(bed.orca(&["log"]).stdout.contains("Look approved by the program probe 1.0: seen"));
}

#[test]
fn a_gate_that_a_program_waives_names_it() {
    let bed = trusted("put b.txt b");
    bed.toml("[run]\nattempts = 1\n[gates.test]\nrun = \"test -f a.txt\"\n");
    bed.plan(json!([{"id": "first", "run": "put b.txt b"}]));
    bed.commit("one attempt");
    bed.orca(&["trust", "--yes"]).exits(0);
    bed.execute(&[]).exits(5);
    let waive = json!({"what": ["first"], "despite": ["test"], "message": "a comes later"});
    let mut client = McpClient::open(&bed, &["--allow-write"]);
    assert!(client.refusal("approve", waive.clone()).contains("--allow-approve"));
    let mut client = McpClient::open(&bed, &["--allow-approve"]);
    let unsaid = client.refusal("approve", json!({"what": ["first"], "despite": ["test"]}));
    assert!(unsaid.contains("--message"), "a waiver has a reason: {unsaid}");
    let unknown = client.refusal("approve", json!({"what": ["first"], "despite": ["lint"], "message": "x"}));
    assert!(unknown.contains("the run has no such gate"), "{unknown}");
    let waived = client.call("approve", waive);
    assert_eq!(waived["isError"], false, "{waived}");
    until("it landed", || bed.standings() == "first landed");
    has_ended(&bed);
    assert!(bed.orca(&["log"]).stdout.contains("gate test waived by the program probe 1.0: a comes later"));
    let status = printed(&bed, &["status", "--json"]);
    assert_eq!(status["tasks"][0]["waived"][0]["by"], "probe 1.0", "{status}");
}

#[test]
fn a_run_is_stopped_resumed_and_its_tasks_tried_again() {
    let bed = trusted("block go; test -e $PWD/../../out/fixed || exit 3; put a.txt a");
    let go = bed.fifo("go");
    let mut client = McpClient::open(&bed, &["--allow-write"]);
    client.call("execute", json!({"budget_usd": 3}));
    let held = go.wait();
    client.text("stop", json!({"now": true}));
    drop(held);
    has_ended(&bed);
    let resumed = client.call("resume", json!({"budget_usd": 4}));
    assert_eq!(resumed["structuredContent"]["run"], bed.run().to_string(), "{resumed}");
    drop(go.wait());
    until("the first task failed", || bed.standings().contains("first failed"));
    has_ended(&bed);
    let again = client.call("retry", json!({"tasks": ["first"]}));
    assert_eq!(again["structuredContent"]["run"], bed.run().to_string(), "{again}");
    let held = go.wait();
    client.text("stop", json!({"tasks": ["first"]}));
    drop(held);
    has_ended(&bed);
    assert!(client.refusal("retry", json!({"tasks": ["nothing"]})).contains("no task `nothing`"));
}

#[test]
fn a_long_call_tells_its_progress_and_can_be_broken_off() {
    let bed = TestRepo::new();
    bed.toml("[gates.slow]\nrun = \"block gate\"\n");
    bed.commit("settings");
    bed.orca(&["trust", "--yes"]).exits(0);
    let gate = bed.fifo("gate");
    bed.write("unseen.txt", "mine\n");
    let mut client = McpClient::open(&bed, &[]);
    let id = client.send("tools/call", json!({"name": "validate", "arguments": {}, "_meta": {"progressToken": "t"}}));
    let told = client.notification("notifications/progress");
    assert_eq!(told["progressToken"], "t");
    assert_eq!(told["message"], "1 uncommitted file is not judged");
    let held = gate.wait();
    client.notify("notifications/cancelled", json!({"requestId": id}));
    until("the gate is gone", || gate.caught().is_none());
    drop(held);
    assert_eq!(client.tools(), READING, "the server goes on");
}

#[test]
fn a_call_that_only_reads_ends_with_the_connection() {
    let bed = TestRepo::new();
    bed.toml("[gates.slow]\nrun = \"block gate\"\n");
    bed.commit("settings");
    bed.orca(&["trust", "--yes"]).exits(0);
    let gate = bed.fifo("gate");
    let mut client = McpClient::open(&bed, &[]);
    client.send("tools/call", json!({"name": "validate", "arguments": {}}));
    let held = gate.wait();
    client.close();
    until("the gate is gone", || gate.caught().is_none());
    drop(held);
}

#[test]
fn inside_an_attempt_it_reads_about_its_own_task_only() {
    let bed = TestRepo::new();
    bed.program("git-orca", &format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_git-orca")));
    let calls = [
        json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-11-25",
            "capabilities": {}, "clientInfo": {"name": "agent", "version": "1"}}}),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}),
        json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "execute", "arguments": {"budget_usd": 1}}}),
        json!({"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "approve", "arguments": {"what": ["x"]}}}),
        json!({"jsonrpc": "2.0", "id": 4, "method": "tools/call", "params": {"name": "task", "arguments": {"task": "first"}}}),
        json!({"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": {"name": "task", "arguments": {}}}),
        json!({"jsonrpc": "2.0", "id": 6, "method": "tools/call", "params": {"name": "deliveries", "arguments": {}}}),
        json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "conflicts"}}),
        json!({"jsonrpc": "2.0", "id": 8, "method": "resources/list"}),
    ];
    let lines: String = calls.iter().map(|call| format!("{call}\n")).collect();
    std::fs::write(bed.out("calls"), lines).unwrap();
    let answers = bed.out("answers");
    let speak = format!(
        "git-orca mcp --allow-write --allow-approve < '{}' > mcp.txt; note answers \"$(cat mcp.txt)\"; rm mcp.txt; put b.txt b",
        bed.out("calls").display()
    );
    bed.plan(json!([{"id": "first", "run": "put a.txt a"}, {"id": "second", "run": speak, "after": ["first"]}]));
    bed.commit("plan");
    bed.execute(&[]).exits(0);
    let text = std::fs::read_to_string(&answers).unwrap();
    let answers: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let of = |id: u64| answers.iter().find(|answer| answer["id"] == id).unwrap_or_else(|| panic!("{id}: {text}"));
    let tools: Vec<&str> =
        of(1)["result"]["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(tools, ["task", "conflicts", "deliveries"]);
    assert_eq!(of(1)["result"]["tools"][0]["inputSchema"]["properties"], json!({}), "its task is not its choice");
    for (id, words) in [(2, "is for people"), (3, "is for people"), (4, "`task` is `second`, its own")] {
        assert_eq!(of(id)["result"]["isError"], true, "{id}");
        let said = of(id)["result"]["content"][0]["text"].as_str().unwrap();
        assert!(said.contains(words), "{id}: {said}");
    }
    assert_eq!(of(5)["result"]["structuredContent"]["task_id"], "second");
    let siblings = &of(6)["result"]["structuredContent"]["tasks"];
    assert_eq!((&siblings[0]["task_id"], &siblings[0]["state"]), (&json!("first"), &json!("landed")));
    assert_eq!(siblings[0]["files"][0]["path"], "a.txt");
    assert_eq!(of(7)["result"]["isError"], false);
    assert_eq!(of(8)["error"]["code"], -32601);
}

#[test]
fn without_a_repository_it_says_so_call_by_call() {
    let bed = TestRepo::new();
    let mut client = McpClient::start(&bed, &bed.root(), &["--allow-write"]);
    client.initialize("2025-11-25");
    assert!(client.refusal("status", json!({})).contains("repository"));
    assert!(client.request("resources/list", json!({})).is_err());
}

#[test]
fn the_python_client_runs_through_every_tool() {
    let bed = programs::waiting();
    let go = bed.fifo("go");
    let python = std::path::Path::new(&std::env::var("ORCA_CI_CACHE").unwrap_or_default()).join("mcp/bin/python");
    let python = if python.exists() { python } else { "python3".into() };
    let has = std::process::Command::new(&python).args(["-c", "import mcp"]).output();
    if !has.is_ok_and(|output| output.status.success()) {
        needs(TestRequirement::McpPython);
        return;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/commands/mcp/client.py");
    let output = bed
        .command(python.to_str().unwrap())
        .args([script, env!("CARGO_BIN_EXE_git-orca")])
        .arg(go.path())
        .output()
        .unwrap();
    let (said, wrong) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{wrong}");
    has_ended(&bed);
    assert_eq!(said.lines().last(), Some(format!("began {}", bed.run()).as_str()), "{said}{wrong}");
    assert_eq!(bed.standings(), "first landed, Look landed, No failed");
}

#[test]
fn a_task_that_a_program_adds_is_done_by_the_run_s_agent() {
    let bed = TestRepo::new();
    bed.toml("[run]\nagent = \"say\"\n[agents.say]\ncommand = [\"sh\", \"-c\", \"test $ORCA_TASK != A || block go; put $ORCA_TASK.txt x\"]\n");
    bed.plan(json!([{"id": "A", "details": "a"}]));
    bed.commit("plan");
    let go = bed.fifo("go");
    let running = bed.spawn(&["execute", "--yes"]);
    let held = go.wait();
    let mut client = McpClient::open(&bed, &[]);
    assert!(client.refusal("add", json!({"title": "More"})).contains("--allow-write"));
    let mut client = McpClient::open(&bed, &["--allow-write"]);
    let added = client.call("add", json!({"title": "--run=false", "after": ["A"], "accept": ["it is there"]}));
    let told = &added["structuredContent"];
    assert_eq!((&told["layer"], &told["active"]), (&json!(2), &json!(true)), "{added}");
    drop(held);
    running.wait().exits(0);
    let state = bed.state();
    assert_eq!((state.tasks.len(), state.info.tasks[1].run.as_ref()), (2, None));
    assert!(state.tasks[1].landed.is_some());
}
