//! The trace of a run, as a collector of others understands it.

use std::collections::BTreeMap;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::{TestRepo, TestRequirement, in_cache, until};
use git_orca::journal::{Entry, Event};
use serde_json::json;

/// A collector that writes what it gets. Ended when dropped.
struct Rotel {
    child: Child,
    port: u16,
    log: std::path::PathBuf,
}

/// A span as the collector tells it; times in nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Collected {
    trace: String,
    parent: String,
    name: String,
    start: i128,
    end: i128,
}

impl Rotel {
    fn start(program: &Path, folder: &Path) -> Rotel {
        let log = folder.join("rotel.log");
        // Both listen until both ports are known, so that they differ.
        let free = [TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap()];
        let [http, grpc] = [0, 1].map(|i: usize| free[i].local_addr().unwrap());
        drop(free);
        let child = Command::new(program)
            .args(["start", "--exporter", "blackhole", "--debug-log", "traces", "--debug-log-verbosity", "detailed"])
            .args(["--otlp-http-endpoint", &http.to_string(), "--otlp-grpc-endpoint", &grpc.to_string()])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(std::fs::File::create(&log).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        until("the collector listens", || TcpStream::connect(http).is_ok());
        Rotel { child, port: http.port(), log }
    }

    /// What it got so far, by the ids of the spans.
    fn spans(&self) -> BTreeMap<String, Collected> {
        let text = std::fs::read_to_string(&self.log).unwrap();
        text.split("\nSpan #").skip(1).filter_map(span).collect()
    }
}

impl Drop for Rotel {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A span that is told whole.
fn span(block: &str) -> Option<(String, Collected)> {
    let value = |key: &str| {
        let named = |line: &str| {
            line.trim_start().strip_prefix(key)?.trim_start().strip_prefix(':').map(str::trim).map(str::to_owned)
        };
        block.lines().find_map(named)
    };
    let time = |key: &str| value(key)?.parse().ok();
    let collected = Collected {
        trace: value("Trace ID")?,
        parent: value("Parent ID")?,
        name: value("Name")?,
        start: time("Start time")?,
        end: time("End time")?,
    };
    Some((value("ID")?, collected))
}

/// When an event came, in nanoseconds.
fn at(journal: &[Entry], is_it: impl Fn(&Event) -> bool) -> i128 {
    journal.iter().find(|entry| is_it(&entry.event)).unwrap().at.as_nanosecond()
}

#[test]
fn a_real_collector_gets_one_trace_with_parents_and_durations_of_the_journal() {
    let Some(program) = in_cache("rotel/bin/rotel-agent", TestRequirement::Rotel) else { return };
    let mut bed = TestRepo::new();
    let rotel = Rotel::start(&program, &bed.root());
    bed.set("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://127.0.0.1:{}", rotel.port));
    bed.toml("[gates.there]\nrun = \"test -e README.md\"\n");
    bed.plan(json!([
        {"id": "A", "title": "First", "run": "put a.txt a"},
        {"id": "B", "title": "Second", "after": ["A"], "run": "put b.txt b"},
    ]));
    bed.commit("the beginning");
    bed.execute(&[]).exits(0);
    let whole = |spans: &BTreeMap<String, Collected>| spans.values().any(|span| span.name.starts_with("merge 2"));
    until("the collector has told the last merge", || whole(&rotel.spans()));
    let spans = rotel.spans();

    let traces: std::collections::BTreeSet<&str> = spans.values().map(|span| span.trace.as_str()).collect();
    assert_eq!(traces.len(), 1, "{spans:#?}");
    let roots: Vec<&Collected> = spans.values().filter(|span| span.parent.is_empty()).collect();
    assert_eq!(roots.iter().map(|span| span.name.clone()).collect::<Vec<_>>(), [format!("run {}", bed.run())]);
    for span in spans.values().filter(|span| !span.parent.is_empty()) {
        let holder = spans.get(&span.parent).unwrap_or_else(|| panic!("nobody holds {span:?}"));
        assert!(holder.start <= span.start && span.end <= holder.end, "{span:?} in {holder:?}");
    }
    let named =
        |name: &str| spans.values().find(|span| span.name == name).unwrap_or_else(|| panic!("{name}: {spans:#?}"));
    let parent = |name: &str| spans[&named(name).parent].name.clone();
    assert_eq!(
        [parent("A First"), parent("A attempt 1"), parent("B attempt 1")],
        [roots[0].name.as_str(), "A First", "B Second"]
    );
    let gates: Vec<String> =
        spans.values().filter(|it| it.name == "gate there").map(|it| spans[&it.parent].name.clone()).collect();
    assert!(gates.contains(&"A attempt 1".to_owned()) && gates.contains(&"B attempt 1".to_owned()), "{gates:?}");

    let journal = bed.journal();
    let of_a = |attempt: &git_orca::model::AttemptId| attempt.task.as_str() == "A";
    let begun = at(&journal, |event| matches!(event, Event::AttemptIntended(it) if of_a(&it.attempt)));
    let ended = at(&journal, |event| matches!(event, Event::AttemptEnded { attempt, .. } if of_a(attempt)));
    let attempt = named("A attempt 1");
    assert_eq!(attempt.start, begun);
    assert!(attempt.end >= ended, "its gates are part of it");
    let finished = at(&journal, |event| matches!(event, Event::RunFinished { .. }));
    assert_eq!((roots[0].start, roots[0].end), (journal[0].at.as_nanosecond(), finished));
}
