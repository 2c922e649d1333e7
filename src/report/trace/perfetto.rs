//! The trace event format that ui.perfetto.dev and chrome://tracing open. Times in microseconds from the run's start.
//!
//! Each task is a process of the drawing, the run and its merges are the first; slices that overlap without holding each
//! other lie on threads of their own.

use serde_json::{Map, Value, json};

use super::span::{AttributeValue, SpanKind, SpanStatus, TraceSpan};

/// The document.
pub fn trace_events(spans: &[TraceSpan]) -> Value {
    let mut lanes = LanesByProcess::default();
    let mut events: Vec<Value> = Vec::new();
    let origin = spans.first().map(|span| span.start);
    let micros = |at: jiff::Timestamp| origin.map_or(0, |origin| at.duration_since(origin).as_micros());
    for (at, span) in spans.iter().enumerate() {
        let process = process(spans, at);
        if process == at {
            events.push(named("process_name", at, 0, &span.name));
        }
        let (start, end) = (micros(span.start), micros(span.end));
        events.push(json!({
            "ph": "X", "name": span.name, "cat": span.kind.word(), "ts": start, "dur": end - start,
            "pid": process, "tid": lanes.place(process, start, end), "args": arguments(span),
        }));
    }
    json!({"displayTimeUnit": "ms", "traceEvents": events})
}

/// The task that a span belongs to, else the run.
fn process(spans: &[TraceSpan], at: usize) -> usize {
    let mut at = at;
    while spans[at].kind != SpanKind::Task {
        match spans[at].parent {
            Some(parent) => at = parent,
            None => return at,
        }
    }
    at
}

fn named(what: &str, process: usize, lane: usize, name: &str) -> Value {
    json!({"ph": "M", "name": what, "pid": process, "tid": lane, "args": {"name": name}})
}

fn arguments(span: &TraceSpan) -> Map<String, Value> {
    let told = span.attributes.iter().map(|(key, told)| {
        let value = match told {
            AttributeValue::Text(words) => Value::from(words.as_str()),
            AttributeValue::Count(n) => Value::from(*n),
            AttributeValue::Number(number) => Value::from(*number),
        };
        ((*key).to_owned(), value)
    });
    let why = match &span.status {
        SpanStatus::Failed(why) => Some(("error".to_owned(), Value::from(why.as_str()))),
        SpanStatus::Open => Some(("open".to_owned(), Value::from(true))),
        SpanStatus::Ok => None,
    };
    told.chain(why).collect()
}

/// For each thread of a drawing the slices that are open at its latest start, innermost last.
#[derive(Default)]
struct LanesByProcess {
    lanes: std::collections::BTreeMap<usize, Vec<Vec<i128>>>,
}

impl LanesByProcess {
    /// The first lane on which the slice lies within the one that is open there.
    fn place(&mut self, process: usize, start: i128, end: i128) -> usize {
        let lanes = self.lanes.entry(process).or_default();
        for (n, open) in lanes.iter_mut().enumerate() {
            while open.last().is_some_and(|over| *over <= start && *over < end) {
                open.pop();
            }
            if open.last().is_none_or(|holder| end <= *holder) {
                open.push(end);
                return n;
            }
        }
        lanes.push(vec![end]);
        lanes.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::wreck;
    use crate::report::trace::spans;

    #[test]
    fn slices_of_one_thread_lie_in_each_other_or_apart() {
        let drawn = trace_events(&spans(&wreck().entries));
        let events = drawn["traceEvents"].as_array().unwrap();
        let slices: Vec<(u64, u64, i64, i64)> = events
            .iter()
            .filter(|event| event["ph"] == "X")
            .map(|event| {
                let start = event["ts"].as_i64().unwrap();
                let end = start + event["dur"].as_i64().unwrap();
                (event["pid"].as_u64().unwrap(), event["tid"].as_u64().unwrap(), start, end)
            })
            .collect();
        assert!(slices.len() > 40);
        for (n, a) in slices.iter().enumerate() {
            for b in slices[n + 1..].iter().filter(|b| (b.0, b.1) == (a.0, a.1)) {
                let apart = b.2 >= a.3 || b.3 <= a.2;
                let within = (a.2 <= b.2 && b.3 <= a.3) || (b.2 <= a.2 && a.3 <= b.3);
                assert!(apart || within, "{a:?} {b:?}");
            }
        }
        let names: Vec<&str> = events
            .iter()
            .filter(|event| event["ph"] == "M")
            .filter_map(|event| event["args"]["name"].as_str())
            .collect();
        assert_eq!(names[..2], ["run 20261120-1812-k3", "T001 Create the package layout"]);
    }
}
