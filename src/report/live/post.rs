//! Sending a document to an address of the user's: webhooks of `orca.notify`, collectors of traces.

use std::time::Duration;

/// Posts JSON.
///
/// # Errors
/// Why it was not taken. Neither the address nor a header is part of the words: they may hold secrets.
pub fn post_json(url: &str, headers: &[(String, String)], body: String, timeout: Duration) -> Result<(), String> {
    let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(timeout)).build().into();
    let post = agent.post(url).header("Content-Type", "application/json");
    let post = headers.iter().fold(post, |post, (key, value)| post.header(key, value));
    post.send(body).map(drop).map_err(|error| match error {
        ureq::Error::StatusCode(code) => format!("it answered {code}"),
        ureq::Error::Timeout(_) => format!("it took longer than {} s", timeout.as_secs_f64()),
        ureq::Error::HostNotFound => "there is no such host".to_owned(),
        ureq::Error::ConnectionFailed | ureq::Error::Io(_) => "it could not be connected to".to_owned(),
        _ => "the request failed".to_owned(),
    })
}
