//! Real agents that ask git orca: about their own task from inside an attempt, and, outside, to begin a run.

use serde_json::json;

use crate::support::{Real, Reply, until};

/// `tools` are the names that an agent has for two of the server's.
fn asks_about_its_own_task(mut real: Real, tools: [&'static str; 2]) {
    real.def.push_str("mcp = true\n");
    let task = real.task(
        "A",
        [
            Reply::Call(tools[0], json!({})),
            Reply::Call(tools[1], json!({})),
            Reply::commit("a.txt", "hello"),
            Reply::Say("All done."),
        ],
    );
    real.execute(vec![task], &[]).exits(0);
    assert_eq!(real.bed.standings(), "A landed");
    let asked = real.model.asked("A");
    let heard = &asked[2].text;
    // The answer stands escaped in the request.
    assert!(heard.contains("task_id") && heard.contains("landed_commit") && heard.contains("acceptance"), "{heard}");
    assert_eq!(real.model.left(), 0);
    real.bed.assert_no_processes();
}

#[test]
fn claude_asks_about_its_own_task() {
    if let Some(real) = Real::new("claude") {
        asks_about_its_own_task(real, ["mcp__orca__task", "mcp__orca__deliveries"]);
    }
}

#[test]
fn codex_asks_about_its_own_task() {
    if let Some(real) = Real::new("codex") {
        asks_about_its_own_task(real, ["mcp__orca__task", "mcp__orca__deliveries"]);
    }
}

#[test]
fn gemini_asks_over_acp_about_its_own_task() {
    if let Some(real) = Real::live("gemini") {
        asks_about_its_own_task(real, ["mcp_orca_task", "mcp_orca_deliveries"]);
    }
}

#[test]
fn gemini_may_ask_where_it_may_do_little_else() {
    if let Some(mut real) = Real::live("gemini") {
        real.def = "permissions = \"workspace\"\nallow = [\"echo *\"]\n".to_owned();
        real.def.push_str("mcp = true\n");
        let steps = [
            Reply::Call("mcp_orca_task", json!({})),
            Reply::Run("touch elsewhere".to_owned()),
            Reply::Say("I was not allowed to."),
        ];
        let task = real.task("A", steps);
        real.execute(vec![task], &["--attempts", "1"]).exits(4);
        let attempt = real.attempts("A").pop().unwrap();
        let (_, why) = attempt.failure().unwrap();
        assert!(why.contains("touch elsewhere") && !why.contains("MCP"), "only the other was denied: {why}");
        let heard = &real.model.asked("A")[1].text;
        assert!(heard.contains("task_id") && heard.contains("acceptance"), "{heard}");
    }
}

#[test]
fn opencode_asks_over_acp_about_its_own_task() {
    if let Some(mut real) = Real::new("opencode") {
        real.def = "acp = [\"opencode\", \"acp\"]\n".to_owned();
        asks_about_its_own_task(real, ["orca_task", "orca_deliveries"]);
    }
}

#[test]
fn an_agent_that_cannot_be_given_the_server_is_refused_before_it_is_paid() {
    let bed = crate::support::TestRepo::new();
    bed.toml("[agents.own]\ncommand = [\"true\"]\nmcp = true\n");
    bed.plan(json!([{"id": "A", "title": "Make it so"}]));
    bed.execute(&["--agent", "own"]).exits(2).says(&["`mcp = true` cannot be given to it", "codex", "take `mcp` out"]);
    bed.toml("[agents.gemini]\nmcp = true\n");
    bed.execute(&["--agent", "gemini"]).exits(2).says(&["`mcp = true` cannot be given to it", "set `live = true`"]);
}

#[test]
fn a_session_of_claude_asks_how_it_stands_and_begins_a_run() {
    let Some(real) = Real::new("claude") else { return };
    let bed = &real.bed;
    bed.plan(json!([{"id": "first", "run": "put a.txt a"}]));
    bed.commit("plan");
    bed.orca(&["trust", "--yes"]).exits(0);
    real.model.answers(
        "chat",
        [
            Reply::Call("mcp__orca__status", json!({})),
            Reply::Call("mcp__orca__execute", json!({"budget_usd": 2})),
            Reply::Call("mcp__orca__status", json!({"wait_seconds": 60})),
            Reply::Say("It landed."),
        ],
    );
    let server = json!({"type": "stdio", "command": env!("CARGO_BIN_EXE_git-orca"), "args": ["mcp", "--allow-write"]});
    let config = json!({"mcpServers": {"orca": server}}).to_string();
    let said = bed
        .command("claude")
        .args(["-p", "--model", "claude-sonnet-4-5", "--strict-mcp-config"])
        .arg(format!("--mcp-config={config}"))
        .args(["--allowedTools", "mcp__orca__*", "--", "Run the plan, talk:chat"])
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(said.status.success() && out.contains("It landed."), "{out}{err}");
    until("the run is over", || bed.try_state().is_some_and(|state| state.finished.is_some()));
    assert_eq!(bed.standings(), "first landed");
    assert_eq!(real.model.left(), 0);
}
