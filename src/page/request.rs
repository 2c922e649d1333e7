//! What of a request counts.

use http::{HeaderMap, Method, Uri, header};

/// The header with the token of what acts.
pub const TOKEN_HEADER: &str = "x-orca-token";
/// The cookie.
pub const COOKIE: &str = "orca";

/// The facts of a request. A header that stands there twice says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RequestFacts<'a> {
    /// Method.
    pub method: &'a str,
    /// Path.
    pub path: &'a str,
    /// What stands behind the `?`.
    pub query: &'a str,
    /// Whom it is sent to.
    pub host: Option<&'a str>,
    /// Which page sent it.
    pub origin: Option<&'a str>,
    /// How the browser itself says where it comes from.
    pub site: Option<&'a str>,
    /// Our cookie.
    pub cookie: Option<&'a str>,
    /// The token of what acts.
    pub token: Option<&'a str>,
    /// The kind of its body.
    pub content_type: Option<&'a str>,
}

impl<'a> RequestFacts<'a> {
    /// Reads them. An address in the request line, as proxies have it, is no host of ours.
    pub fn read(method: &'a Method, uri: &'a Uri, headers: &'a HeaderMap) -> RequestFacts<'a> {
        let one = |name: &str| {
            let mut all = headers.get_all(name).iter();
            let first = all.next()?.to_str().ok()?;
            all.next().is_none().then_some(first)
        };
        RequestFacts {
            method: method.as_str(),
            path: uri.path(),
            query: uri.query().unwrap_or(""),
            host: one(header::HOST.as_str()).filter(|_| uri.authority().is_none()),
            origin: one(header::ORIGIN.as_str()),
            site: one("sec-fetch-site"),
            cookie: one(header::COOKIE.as_str()).and_then(cookie_of),
            token: one(TOKEN_HEADER),
            content_type: one(header::CONTENT_TYPE.as_str()),
        }
    }
}

fn cookie_of(cookies: &str) -> Option<&str> {
    let mut ours =
        cookies.split(';').filter_map(|pair| pair.trim().split_once('=')).filter(|(name, _)| *name == COOKIE);
    ours.next().map(|(_, value)| value)
}
