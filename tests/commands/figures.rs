//! Figures over runs, and traces of one: `stats`, `report --format perfetto|otlp|prometheus`, the export at the end.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use crate::support::{TestRepo, TestRequirement, needs};
use serde_json::{Value, json};

/// A run of two tasks of which one fails where `broken`.
fn run(bed: &TestRepo, broken: bool) -> i32 {
    let second = if broken { "false" } else { "put b.txt b" };
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}, {"id": "B", "run": second}]));
    let code = if broken { 4 } else { 0 };
    bed.orca(&["execute", "--yes", "--attempts", "1"]).exits(code);
    code
}

fn answer(bed: &TestRepo, args: &[&str]) -> Value {
    serde_json::from_str(&bed.orca(args).exits(0).stdout).unwrap()
}

#[test]
fn runs_of_a_repository_are_counted_together() {
    let bed = TestRepo::new();
    bed.orca(&["stats"]).exits(1).says(&["there is no run in this repository yet"]);
    assert_eq!(answer(&bed, &["stats", "--json"])["runs"], json!([]));
    let codes = [run(&bed, true), run(&bed, false), run(&bed, false)];
    let stats = answer(&bed, &["stats", "--json"]);
    let exits: Vec<i64> = stats["runs"].as_array().unwrap().iter().map(|run| run["exit"].as_i64().unwrap()).collect();
    assert_eq!(exits, codes.map(i64::from));
    assert_eq!((&stats["all"]["tasks"], &stats["all"]["landed"]), (&json!(6), &json!(5)));
    // What a plan states itself is no agent's success or failure.
    assert_eq!((&stats["all"]["attempts"], &stats["alert"]), (&json!(0), &Value::Null));
    assert_eq!(answer(&bed, &["stats", "--json", "--last", "1"])["all"]["landed"], json!(2));
    bed.orca(&["stats"]).exits(0).answers(&["tasks landed", "83.3 %", "exit 4"]);
}

#[test]
fn a_journal_that_cannot_be_read_is_named_and_the_others_are_counted() {
    let bed = TestRepo::new();
    run(&bed, false);
    let torn = bed.paths().journal();
    run(&bed, false);
    let text = std::fs::read_to_string(&torn).unwrap();
    std::fs::write(&torn, text.replacen("run_started", "run_stopped", 1)).unwrap();
    let stats = answer(&bed, &["stats", "--json"]);
    assert_eq!((stats["runs"].as_array().unwrap().len(), stats["unread"].as_array().unwrap().len()), (1, 1));
    bed.orca(&["stats"]).exits(0).answers(&["not counted: run"]);
}

#[test]
fn status_has_the_figures_of_the_run() {
    let bed = TestRepo::new();
    run(&bed, false);
    let totals = answer(&bed, &["status", "--json"])["totals"].clone();
    assert_eq!(totals["progress_percent"], json!(100.0));
    assert!(totals["tasks_per_hour"].as_f64().unwrap() > 0.0 && totals["average_cycle_time"].as_f64().unwrap() > 0.0);
    assert_eq!((&totals["conflict_rate"], &totals["quality"]), (&json!(0.0), &Value::Null), "nothing was checked");
}

#[test]
fn a_trace_is_printed_in_the_forms_of_tools() {
    let bed = TestRepo::new();
    run(&bed, false);
    let drawn = answer(&bed, &["report", "--format", "perfetto"]);
    let events = drawn["traceEvents"].as_array().unwrap();
    let named = |word: &str| events.iter().filter(|event| event["cat"] == word).count();
    assert_eq!((named("run"), named("task"), named("attempt")), (1, 2, 2));
    assert!(named("merge") >= 1 && named("phase") >= 4);
    let request = answer(&bed, &["report", "--format", "otlp"]);
    assert!(request["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().len() >= 9);
    bed.orca(&["report", "--format", "prometheus"]).exits(0).answers(&["orca_progress_percent{run=\""]);
}

/// By somebody else's judgement: it opens where the format's own tools do.
#[test]
fn a_drawing_for_perfetto_fits_the_schema_of_its_format() {
    let bed = TestRepo::new();
    if !bed.command("python3").args(["-c", "import jsonschema"]).output().is_ok_and(|it| it.status.success()) {
        return needs(TestRequirement::JsonSchema);
    }
    bed.write("schema.json", include_str!("trace_events.schema.json"));
    let check = "import json,sys,jsonschema\nschema=json.load(open('schema.json'))\n\
        jsonschema.Draft202012Validator.check_schema(schema)\n\
        jsonschema.Draft202012Validator(schema).validate(json.load(open('drawn.json')))\n";
    let judged = |text: &str| {
        bed.write("drawn.json", text);
        bed.command("python3").args(["-c", check]).output().unwrap()
    };
    // One that fails, and one of which an attempt is still open.
    run(&bed, true);
    let failed = bed.orca(&["report", "--format", "perfetto"]).exits(0).stdout;
    bed.plan(json!([{"id": "A", "run": "block go"}]));
    let go = bed.fifo("go");
    let running = bed.spawn(&["execute", "--yes", "--new"]);
    let held = go.wait();
    let open = bed.orca(&["report", "--format", "perfetto"]).exits(0).stdout;
    drop(held);
    running.wait();
    for text in [&failed, &open] {
        let output = judged(text);
        assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
    }
    // It is not one that all fit.
    for (right, wrong) in [("\"ph\":\"X\"", "\"ph\":\"Z\""), ("\"dur\":", "\"length\":"), ("\"ts\":", "\"ts\":-")] {
        let compact = serde_json::from_str::<Value>(&failed).unwrap().to_string();
        assert!(compact.contains(right) && !judged(&compact.replace(right, wrong)).status.success(), "{wrong}");
    }
}

/// A collector that takes one request, answers with `status`, and gives what it was sent.
fn collector(status: &'static str) -> (String, JoinHandle<String>) {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", server.local_addr().unwrap());
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = server.accept().unwrap();
        let (mut text, mut part) = (String::new(), [0; 65_536]);
        let whole = |text: &str| {
            let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
            let length =
                head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            length.is_some_and(|length: usize| body.len() >= length)
        };
        while !whole(&text) {
            let n = stream.read(&mut part).unwrap();
            assert!(n > 0, "{text}");
            text.push_str(std::str::from_utf8(&part[..n]).unwrap());
        }
        write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
        text
    });
    (address, heard)
}

#[test]
fn a_run_sends_its_trace_at_its_end_to_the_collector_of_the_environment() {
    let mut bed = TestRepo::new();
    let (address, heard) = collector("200 OK");
    bed.set("OTEL_EXPORTER_OTLP_ENDPOINT", &address);
    run(&bed, false);
    let heard = heard.join().unwrap();
    assert!(heard.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{heard}");
    let (_, body) = heard.split_once("\r\n\r\n").unwrap();
    let sent: Value = serde_json::from_str(body).unwrap();
    assert_eq!(sent, answer(&bed, &["report", "--format", "otlp"]), "the same that is printed");
}

#[test]
fn a_collector_that_fails_is_one_warning_and_no_failure() {
    let mut bed = TestRepo::new();
    let (address, heard) = collector("503 Full");
    bed.set("OTEL_EXPORTER_OTLP_ENDPOINT", &address);
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.orca(&["execute", "--yes"]).exits(0).says(&["the trace was not sent: 127.0.0.1", "it answered 503"]);
    heard.join().unwrap();
}
