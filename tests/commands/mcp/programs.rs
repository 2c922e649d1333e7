//! Programs of the protocol's makers: the inspector runs through every tool, and the published scenarios for servers pass, as
//! far as they are about more than a server of examples.

use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Value, json};

use super::bridge::HttpBridge;
use super::{READING, has_ended};
use crate::support::{TestRepo, TestRequirement, in_cache, until};

const WRITING: [&str; 8] = ["execute", "add", "resume", "retry", "say", "stop", "approve", "reject"];

/// The scenarios that a server passes which has no tools, prompts and resources made for them.
const SCENARIOS: [&str; 4] = ["server-initialize", "ping", "tools-list", "resources-list"];

/// The inspector, as a command of the shell.
struct Inspector<'a> {
    bed: &'a TestRepo,
    script: PathBuf,
}

impl Inspector<'_> {
    /// What it prints for one request.
    #[track_caller]
    fn asks(&self, method: &str, args: &[&str]) -> Value {
        let mut command = self.bed.command("node");
        command.env_remove("GIT_AUTHOR_DATE").env_remove("GIT_COMMITTER_DATE").arg(&self.script);
        command.args([env!("CARGO_BIN_EXE_git-orca"), "mcp", "--allow-write", "--allow-approve", "--method", method]);
        let output = command.args(args).stdin(Stdio::null()).output().unwrap();
        let (said, wrong) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{method} {args:?}: {said}{wrong}");
        serde_json::from_str(&said).unwrap_or_else(|e| panic!("{method} {args:?}: {e}: {said}{wrong}"))
    }

    /// Calls a tool; gives its text.
    #[track_caller]
    fn calls(&self, tool: &str, args: &[&str], refuses: bool) -> String {
        let pairs = args.iter().flat_map(|pair| ["--tool-arg", pair]);
        let words: Vec<&str> = ["--tool-name", tool].into_iter().chain(pairs).collect();
        let answer = self.asks("tools/call", &words);
        assert_eq!(answer["isError"].as_bool().unwrap_or(false), refuses, "{tool} {args:?}: {answer}");
        answer["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{tool}: {answer}")).to_owned()
    }
}

/// A plan that waits for a file, and for two answers.
pub fn waiting() -> TestRepo {
    let bed = TestRepo::new();
    bed.plan(json!([
        {"id": "first", "title": "The first", "run": "block go; put a.txt a"},
        {"id": "Look", "kind": "approval", "after": ["first"]},
        {"id": "No", "kind": "approval", "after": ["first"]},
    ]));
    bed.commit("plan");
    bed.orca(&["trust", "--yes"]).exits(0);
    bed
}

#[test]
fn the_inspector_runs_through_every_tool() {
    let below = "inspector/node_modules/@modelcontextprotocol/inspector-cli/build/index.js";
    let Some(script) = in_cache(below, TestRequirement::McpInspector) else { return };
    let bed = waiting();
    let go = bed.fifo("go");
    let inspector = Inspector { bed: &bed, script };
    let listed = inspector.asks("tools/list", &[]);
    let names: Vec<&str> = listed["tools"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, [&READING[..], &WRITING].concat());
    assert!(inspector.calls("plan", &["plans=[\"tasks.json\"]"], false).contains("The first"));
    assert!(inspector.calls("status", &["wait_seconds=1"], false).contains("\"run\": null"), "nothing to wait for");
    assert!(inspector.calls("execute", &[], true).contains("budget_usd"));
    inspector.calls("execute", &["budget_usd=3"], false);
    let held = go.wait();
    assert!(inspector.calls("status", &[], false).contains("\"running\""));
    inspector.calls("say", &["task=first", "text=mind the gap"], false);
    assert!(inspector.calls("add", &["title=Third"], true).contains("started without an agent"));
    drop(held);
    until("it asks twice", || bed.try_state().is_some_and(|state| state.unanswered().count() == 2));
    assert!(inspector.calls("approve", &["what=[\"Look\"]"], false).contains("Look approved"));
    assert!(inspector.calls("reject", &["what=[\"No\"]", "message=not now"], false).contains("No rejected"));
    has_ended(&bed);
    for (tool, args, words) in [
        ("task", &["task=first"][..], "The first"),
        ("diff", &["task=first"][..], "+++ b/a.txt"),
        ("conflicts", &[][..], ""),
        ("findings", &[][..], "first"),
        ("report", &[][..], "first"),
        ("validate", &["what=[\"first\"]"][..], ""),
    ] {
        let said = inspector.calls(tool, args, false);
        assert!(said.contains(words), "{tool}: {said}");
    }
    assert!(inspector.calls("retry", &["tasks=[\"nothing\"]"], true).contains("no task `nothing`"));
    assert!(inspector.calls("stop", &[], false).contains("has already ended"));
    inspector.calls("resume", &[], false);
    has_ended(&bed);
    assert!(inspector.calls("status", &[], false).contains("landed"));
    assert_resources(&inspector);
}

fn assert_resources(inspector: &Inspector<'_>) {
    let listed = inspector.asks("resources/list", &[]);
    let uri = listed["resources"][0]["uri"].as_str().unwrap();
    let read = inspector.asks("resources/read", &["--uri", uri]);
    assert_eq!(read["contents"][0]["uri"], uri);
    let templates = inspector.asks("resources/templates/list", &[]);
    assert_eq!(templates["resourceTemplates"].as_array().unwrap().len(), 5);
}

#[test]
fn the_published_scenarios_pass() {
    let Some(program) = in_cache("inspector/node_modules/.bin/conformance", TestRequirement::McpInspector) else {
        return;
    };
    let bed = waiting();
    let bridge = HttpBridge::start(&bed);
    let results = bed.out("conformance");
    for scenario in SCENARIOS {
        let folder = results.join(scenario);
        let mut command = bed.command(program.to_str().unwrap());
        command.args([
            "server",
            "--url",
            &bridge.url(),
            "--scenario",
            scenario,
            "--output-dir",
            folder.to_str().unwrap(),
        ]);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{scenario}: {said}");
        let checks = std::fs::read_dir(&folder).unwrap().flatten().map(|entry| entry.path().join("checks.json"));
        let checks: Vec<Value> = checks
            .map(|file| serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap())
            .flat_map(|checks: Value| checks.as_array().unwrap().clone())
            .collect();
        assert!(!checks.is_empty() && checks.iter().all(|it| it["status"] == "SUCCESS"), "{scenario}: {checks:?}");
    }
    assert_eq!(bridge.servers(), SCENARIOS.len(), "each scenario spoke with a server of its own");
    // And one that is not there does not.
    let mut command = bed.command(program.to_str().unwrap());
    let output = command.args(["server", "--url", &bridge.url(), "--scenario", "prompts-list"]).output().unwrap();
    assert!(!output.status.success(), "we have no prompts, and it is noticed");
}
