//! Answers: every one with the same policy.

use http::header::{self, HeaderName};
use http::{Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;

/// An answer.
pub type PageAnswer = Response<Full<Bytes>>;

/// What a browser may do with any answer of ours: its own style and script, and no more.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Headers of every answer.
const ALWAYS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// An answer of this kind.
pub fn answer(status: u16, kind: &str, body: impl Into<Bytes>) -> PageAnswer {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in ALWAYS {
        response.headers_mut().insert(name, http::HeaderValue::from_static(value));
    }
    with_header(response, header::CONTENT_TYPE, kind)
}

/// Words alone.
pub fn words(status: u16, words: &str) -> PageAnswer {
    answer(status, "text/plain; charset=utf-8", format!("{words}\n"))
}

/// The same with a header; one that is none is left out.
pub fn with_header(mut response: PageAnswer, name: HeaderName, value: &str) -> PageAnswer {
    if let Ok(value) = http::HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}
