//! Sending a run's trace at its end, where OpenTelemetry's own variables name a collector.
//!
//! A failed export is one warning: nothing of a run depends on it, and it waits no longer than the variables say.

use std::time::Duration;

use crate::report::trace::otlp::TraceResource;
use crate::wire::http::post_json;

/// A collector that speaks OTLP over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceCollector {
    url: String,
    headers: Vec<(String, String)>,
    timeout: Duration,
}

/// What OpenTelemetry's specification waits by default.
const PATIENCE: Duration = Duration::from_secs(10);

/// The collector that the environment names; none where it names none, or switches telemetry off.
///
/// # Errors
/// It asks for what this program does not speak; the words for the user.
pub fn collector(env: &dyn Fn(&str) -> Option<String>) -> Result<Option<TraceCollector>, String> {
    let env = |name: &str| env(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    if env("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Ok(None);
    }
    if env("OTEL_TRACES_EXPORTER").is_some_and(|value| value != "otlp") {
        return Ok(None);
    }
    let of_traces = |suffix: &str| {
        env(&format!("OTEL_EXPORTER_OTLP_TRACES_{suffix}")).or_else(|| env(&format!("OTEL_EXPORTER_OTLP_{suffix}")))
    };
    let base = env("OTEL_EXPORTER_OTLP_ENDPOINT").map(|base| format!("{}/v1/traces", base.trim_end_matches('/')));
    let Some(url) = env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or(base) else { return Ok(None) };
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err("OTEL_EXPORTER_OTLP_ENDPOINT is no address of http or https".to_owned());
    }
    if of_traces("PROTOCOL").is_some_and(|protocol| protocol == "grpc") {
        return Err("OTEL_EXPORTER_OTLP_PROTOCOL asks for grpc; traces are sent as http/json".to_owned());
    }
    let headers = of_traces("HEADERS").map(|headers| pairs(&headers)).unwrap_or_default();
    let millis = of_traces("TIMEOUT").and_then(|millis| millis.parse().ok());
    Ok(Some(TraceCollector { url, headers, timeout: millis.map_or(PATIENCE, Duration::from_millis) }))
}

/// Who sends, as the environment says it.
pub fn resource(env: &dyn Fn(&str) -> Option<String>) -> TraceResource {
    let attributes = env("OTEL_RESOURCE_ATTRIBUTES").map(|text| pairs(&text)).unwrap_or_default();
    let mut resource = TraceResource { attributes, ..TraceResource::default() };
    if let Some(at) = resource.attributes.iter().position(|(key, _)| key == "service.name") {
        resource.service = resource.attributes.remove(at).1;
    }
    if let Some(name) = env("OTEL_SERVICE_NAME").filter(|name| !name.is_empty()) {
        resource.service = name;
    }
    resource
}

/// `key=value,key=value` with percent escapes; what is none is left out.
fn pairs(text: &str) -> Vec<(String, String)> {
    let pair = |part: &str| {
        let (key, value) = part.split_once('=')?;
        Some((unescaped(key.trim()), unescaped(value.trim()))).filter(|(key, _)| !key.is_empty())
    };
    text.split(',').filter_map(pair).collect()
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let hex = more.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &more[2..];
            }
            None => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl TraceCollector {
    /// Sends a request.
    ///
    /// # Errors
    /// Why it was not taken, without address and headers: those may hold secrets.
    pub fn send(&self, request: &serde_json::Value) -> Result<(), String> {
        let host = crate::settings::host_of(&self.url);
        let sent = post_json(&self.url, &self.headers, request.to_string(), self.timeout);
        sent.map_err(|why| format!("{host}: {why}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    fn of(vars: &[(&str, &str)]) -> Result<Option<TraceCollector>, String> {
        collector(&|name| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_variables_of_opentelemetry_say_where() {
        assert_eq!(of(&[]), Ok(None));
        let base = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/");
        let found =
            of(&[base, ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b, x=y"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "500")]);
        let found = found.unwrap().unwrap();
        assert_eq!(found.url, "http://collector:4318/v1/traces");
        assert_eq!(found.headers, [("api-key".into(), "a b".into()), ("x".into(), "y".into())]);
        assert_eq!(found.timeout, Duration::from_millis(500));
        let own = of(&[base, ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://traces/in")]).unwrap().unwrap();
        assert_eq!((own.url.as_str(), own.timeout), ("https://traces/in", PATIENCE));
        for off in [("OTEL_SDK_DISABLED", "TRUE"), ("OTEL_TRACES_EXPORTER", "none")] {
            assert_eq!(of(&[base, off]), Ok(None));
        }
        assert!(of(&[base, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]).unwrap_err().contains("http/json"));
        assert!(of(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")]).is_err());
    }

    #[test]
    fn the_resource_is_named_by_the_environment() {
        let env = |name: &str| match name {
            "OTEL_RESOURCE_ATTRIBUTES" => Some("team=shop,service.name=mine,broken".to_owned()),
            _ => None,
        };
        let named = resource(&env);
        assert_eq!((named.service.as_str(), named.attributes), ("mine", vec![("team".into(), "shop".into())]));
        assert_eq!(resource(&|_| None), TraceResource::default());
    }

    #[test]
    fn a_collector_that_refuses_is_told_without_secrets() {
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        let answering = std::thread::spawn(move || {
            let (mut stream, _) = server.accept().unwrap();
            let (mut text, mut part) = (Vec::new(), [0; 4096]);
            while !String::from_utf8_lossy(&text).contains("{\"resourceSpans\":[]}") {
                let n = stream.read(&mut part).unwrap();
                assert!(n > 0);
                text.extend_from_slice(&part[..n]);
            }
            write!(stream, "HTTP/1.1 403 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
            String::from_utf8(text).unwrap()
        });
        let base = format!("http://{address}/secret-path");
        let found = of(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &base), ("OTEL_EXPORTER_OTLP_HEADERS", "k=secret-key")]);
        let why = found.unwrap().unwrap().send(&serde_json::json!({"resourceSpans": []})).unwrap_err();
        let heard = answering.join().unwrap();
        assert!(
            heard.starts_with("POST /secret-path/v1/traces HTTP/1.1\r\n") && heard.contains("k: secret-key"),
            "{heard}"
        );
        assert!(why.contains("it answered 403") && !why.contains("secret"), "{why}");
    }
}
