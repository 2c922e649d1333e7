//! One request over HTTP and its answer: webhooks of `orca.notify`, collectors of traces, servers of tools. By the same stack
//! as GitHub's interface (hyper and rustls), through the proxy that the environment names.

use std::borrow::Cow;
use std::error::Error as _;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Request, Response, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioExecutor;

/// An answer, whatever its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// Its code.
    pub code: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// Bytes of an answer at most.
const LARGEST: usize = 16 << 20;

impl HttpAnswer {
    /// A header's value, by its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

/// Posts JSON, for nothing but its arrival. Redirects are not followed: a document that was sent to another place has not
/// arrived.
///
/// # Errors
/// Why it was not taken. Neither the address nor a header is part of the words: they may hold secrets.
pub fn post_json(url: &str, headers: &[(String, String)], body: String, timeout: Duration) -> Result<(), String> {
    let answer = post(url, headers, body, timeout, &|_| true)?;
    if (200..300).contains(&answer.code) { Ok(()) } else { Err(format!("it answered {}", answer.code)) }
}

/// Posts JSON. What is answered is read to its end, or until `is_enough` of what has come: a server may keep the connection.
///
/// # Errors
/// There is no answer. Neither the address nor a header is part of the words: they may hold secrets.
pub fn post(
    url: &str,
    headers: &[(String, String)],
    body: String,
    timeout: Duration,
    is_enough: &(dyn Fn(&str) -> bool + Sync),
) -> Result<HttpAnswer, String> {
    let request = request(url, headers, body)?;
    let late = || format!("it took longer than {} s", timeout.as_secs_f64());
    let sent = async { tokio::time::timeout(timeout, answered(request, &Matcher::from_env(), is_enough)).await };
    // A thread of its own: whoever calls may be one of another runtime's.
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|error| error.to_string())?;
            let sent = runtime.block_on(sent);
            // A name that is still looked up is not waited for.
            runtime.shutdown_background();
            sent.unwrap_or_else(|_| Err(late()))
        });
        sending.join().unwrap_or_else(|_| Err(FAILED.to_owned()))
    })
}

const FAILED: &str = "the request failed";

fn request(url: &str, headers: &[(String, String)], body: String) -> Result<Request<Full<Bytes>>, String> {
    let mut request = Request::post(url).body(Full::from(body)).map_err(|_| "its address is no URL".to_owned())?;
    let known = |uri: &Uri| uri.host().is_some() && matches!(uri.scheme_str(), Some("http" | "https"));
    if !known(request.uri()) {
        return Err("its address is no http or https URL".to_owned());
    }
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request.headers_mut().insert(header::USER_AGENT, HeaderValue::from_static("git-orca"));
    for (key, value) in headers {
        let header = (HeaderName::try_from(key.as_str()), HeaderValue::try_from(value.as_str()));
        let (Ok(key), Ok(value)) = header else { return Err("one of its headers is none".to_owned()) };
        request.headers_mut().insert(key, value);
    }
    Ok(request)
}

async fn answered(
    request: Request<Full<Bytes>>,
    proxies: &Matcher,
    is_enough: &(dyn Fn(&str) -> bool + Sync),
) -> Result<HttpAnswer, String> {
    let mut plain = HttpConnector::new();
    plain.enforce_http(false);
    let answer = match proxies.intercept(request.uri()) {
        None => by(plain, request).await,
        Some(proxy) => {
            let tunnel = Tunnel::new(proxy.uri().clone(), plain);
            let auth = proxy.basic_auth().cloned();
            by(auth.into_iter().fold(tunnel, Tunnel::with_auth), request).await
        }
    }?;
    let text = |(name, value): (&HeaderName, &HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let (code, headers) = (answer.status().as_u16(), answer.headers().iter().map(text).collect());
    let (mut incoming, mut body) = (answer.into_body(), Vec::new());
    while !is_enough(&String::from_utf8_lossy(&body)) {
        let Some(frame) = incoming.frame().await else { break };
        body.extend(frame.map_err(|_| FAILED.to_owned())?.data_ref().into_iter().flatten());
        if body.len() > LARGEST {
            return Err("its answer is too large".to_owned());
        }
    }
    Ok(HttpAnswer { code, headers, body })
}

async fn by<C>(connector: C, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, String>
where
    C: Connect + Clone + Send + Sync + 'static,
    HttpsConnector<C>: Connect,
{
    let builder = Client::builder(TokioExecutor::new());
    let answer = if request.uri().scheme_str() == Some("https") {
        let secure = HttpsConnectorBuilder::new().with_native_roots();
        let secure = secure.map_err(|_| "no certificates of authorities are installed here".to_owned())?;
        builder.build(secure.https_only().enable_http1().wrap_connector(connector)).request(request).await
    } else {
        builder.build(connector).request(request).await
    };
    answer.map_err(|error| words(&error))
}

fn words(error: &Error) -> String {
    let (mut cause, mut has_no_host) = (error.source(), false);
    while let Some(one) = cause {
        has_no_host |= one.to_string().starts_with("dns error");
        cause = one.source();
    }
    let what = match error.is_connect() {
        true if has_no_host => "there is no such host",
        true => "it could not be connected to",
        false => FAILED,
    };
    what.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::{SocketAddr, TcpListener};
    use std::thread::JoinHandle;

    /// Gives each connection these answers in turn, then closes it; tells the first line of each request.
    fn server(connections: &[&[&str]]) -> (SocketAddr, JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let connections: Vec<Vec<String>> =
            connections.iter().map(|answers| answers.iter().map(|text| (*text).to_owned()).collect()).collect();
        let heard = std::thread::spawn(move || {
            let mut heard = Vec::new();
            for answers in connections {
                let mut stream = BufReader::new(listener.accept().unwrap().0);
                for answer in answers {
                    let head: Vec<String> =
                        stream.by_ref().lines().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
                    heard.push(head.first().cloned().unwrap_or_default());
                    stream.get_mut().write_all(answer.as_bytes()).unwrap();
                }
            }
            heard
        });
        (at, heard)
    }

    fn post(url: &str) -> Result<(), String> {
        post_json(url, &[("X-Key".to_owned(), "secret".to_owned())], "{}".to_owned(), Duration::from_secs(20))
    }

    const TAKEN: &str = "HTTP/1.1 204 No Content\r\n\r\n";

    #[test]
    fn only_an_answer_of_the_address_itself_counts() {
        let moved = "HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n";
        let (at, heard) = server(&[&[TAKEN], &[moved], &[]]);
        let url = format!("http://{at}/hook?key=secret");
        assert_eq!(post(&url), Ok(()));
        assert_eq!(post(&url), Err("it answered 302".to_owned()));
        assert_eq!(post(&url), Err(FAILED.to_owned()), "it hung up");
        assert_eq!(heard.join().unwrap(), ["POST /hook?key=secret HTTP/1.1"; 2]);
        assert_eq!(post(&url), Err("it could not be connected to".to_owned()));
    }

    #[test]
    fn a_silent_server_is_not_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let why = post_json(&url, &[], "{}".to_owned(), Duration::from_millis(50)).unwrap_err();
        assert_eq!(why, "it took longer than 0.05 s");
    }

    #[test]
    fn what_cannot_be_sent_is_told_without_its_words() {
        for (url, why) in [
            ("no secret url", "its address is no URL"),
            ("/secret", "its address is no http or https URL"),
            ("ftp://host/secret", "its address is no http or https URL"),
        ] {
            assert_eq!(post(url), Err(why.to_owned()));
        }
        let bad = [("X-Key".to_owned(), "secret\n".to_owned())];
        let why = post_json("http://127.0.0.1:1/", &bad, String::new(), Duration::from_secs(20)).unwrap_err();
        assert_eq!(why, "one of its headers is none");
    }

    #[tokio::test]
    async fn a_proxy_leads_there() {
        let (at, heard) = server(&[&["HTTP/1.1 200 Connected\r\n\r\n", TAKEN]]);
        let proxies = Matcher::builder().all(format!("http://{at}")).build();
        let request = request("http://collector.invalid:4318/v1/traces", &[], "{}".to_owned()).unwrap();
        assert_eq!(answered(request, &proxies, &|_| true).await.map(|answer| answer.code), Ok(204));
        let heard = heard.join().unwrap();
        assert_eq!(heard, ["CONNECT collector.invalid:4318 HTTP/1.1", "POST /v1/traces HTTP/1.1"]);
    }
}
