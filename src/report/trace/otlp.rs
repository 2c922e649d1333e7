//! OTLP/JSON (OpenTelemetry protocol 1.x, `ExportTraceServiceRequest`): ids in hex, times in nanoseconds as strings.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::span::{AttributeValue, SpanStatus, TraceSpan};
use crate::model::RunId;

/// Who sends: the resource of all spans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceResource {
    /// `service.name`.
    pub service: String,
    /// More attributes of the resource.
    pub attributes: Vec<(String, String)>,
}

impl Default for TraceResource {
    fn default() -> TraceResource {
        TraceResource { service: "git-orca".to_owned(), attributes: Vec::new() }
    }
}

/// The request that exports a run's spans. The same run always has the same ids, so that a second export of it is
/// recognized.
pub fn request(run: &RunId, spans: &[TraceSpan], resource: &TraceResource) -> Value {
    let trace = hex(run.as_str(), 16);
    let own = |at: usize| hex(&format!("{run} span {at}"), 8);
    let spans: Vec<Value> = spans
        .iter()
        .enumerate()
        .map(|(at, span)| {
            let mut value = json!({
                "traceId": trace,
                "spanId": own(at),
                "name": span.name,
                "kind": 1,
                "startTimeUnixNano": span.start.as_nanosecond().to_string(),
                "endTimeUnixNano": span.end.as_nanosecond().to_string(),
                "attributes": span.attributes.iter().map(|(key, told)| attribute(key, told)).collect::<Vec<_>>(),
                "status": status(&span.status),
            });
            if let Some(parent) = span.parent {
                value["parentSpanId"] = own(parent).into();
            }
            value
        })
        .collect();
    let text = |key: &str, words: &str| attribute(key, &AttributeValue::Text(words.to_owned()));
    let mut attributes = vec![text("service.name", &resource.service), text("service.version", VERSION)];
    attributes.extend(resource.attributes.iter().map(|(key, words)| text(key, words)));
    json!({"resourceSpans": [{
        "resource": {"attributes": attributes},
        "scopeSpans": [{"scope": {"name": "git-orca", "version": VERSION}, "spans": spans}],
    }]})
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn attribute(key: &str, told: &AttributeValue) -> Value {
    let value = match told {
        AttributeValue::Text(words) => json!({"stringValue": words}),
        // 64-bit integers are strings in protobuf's JSON.
        AttributeValue::Count(n) => json!({"intValue": n.to_string()}),
        AttributeValue::Number(number) => json!({"doubleValue": number}),
    };
    json!({"key": key, "value": value})
}

/// Unset, ok and error are 0, 1 and 2.
fn status(status: &SpanStatus) -> Value {
    match status {
        SpanStatus::Open => json!({}),
        SpanStatus::Ok => json!({"code": 1}),
        SpanStatus::Failed(why) => json!({"code": 2, "message": why}),
    }
}

fn hex(of: &str, bytes: usize) -> String {
    Sha256::digest(of).iter().take(bytes).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::wreck;
    use crate::report::trace::spans;

    #[test]
    fn a_run_is_one_trace_with_linked_spans() {
        let story = wreck();
        let run = story.state().info.run.clone();
        let request = request(&run, &spans(&story.entries), &TraceResource::default());
        let sent = request["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
        let ids: std::collections::BTreeSet<&str> = sent.iter().map(|span| span["spanId"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), sent.len());
        assert!(sent.iter().all(|span| span["traceId"] == sent[0]["traceId"]));
        assert_eq!(sent[0]["traceId"].as_str().unwrap().len(), 32);
        let roots: Vec<&Value> = sent.iter().filter(|span| span.get("parentSpanId").is_none()).collect();
        assert_eq!((roots.len(), &roots[0]["name"]), (1, &"run 20261120-1812-k3".into()));
        let linked = |span: &Value| span["parentSpanId"].as_str().is_none_or(|parent| ids.contains(parent));
        assert!(sent.iter().all(linked));
        let failed = sent.iter().find(|span| span["status"]["code"] == 2).unwrap();
        assert!(failed["status"]["message"].as_str().unwrap().contains("proves nothing"), "{failed}");
    }
}
