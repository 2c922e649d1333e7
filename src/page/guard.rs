//! Who may see and do what: a pure decision on a request's facts.

use super::request::RequestFacts;
use super::secrets::{PageSecrets, is_same};
use crate::serve::uri::percent_decoded;

/// What is asked for, by somebody who may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageRoute {
    /// The token of the address, to be given for a cookie.
    Enter,
    /// The whole page.
    Page,
    /// What is in it.
    Main,
    /// Its style.
    Style,
    /// Its script.
    Script,
    /// What a task changed.
    Diff {
        /// Of this run.
        run: String,
        /// The task.
        task: String,
    },
    /// A call of the tool of this name.
    Act(String),
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageRefusal {
    /// It was sent to another name than this machine's own.
    OtherHost,
    /// It comes from another page.
    OtherSite,
    /// The page's script has not sent it.
    NoToken,
    /// The browser has not come in by the address that was printed.
    NotEntered,
    /// There is nothing.
    Nothing,
    /// It is neither read nor acted with this method.
    OtherMethod,
    /// A call is JSON.
    NoJson,
}

impl PageRefusal {
    /// Its status, and what it says to a person.
    pub fn answer(self) -> (u16, &'static str) {
        match self {
            PageRefusal::OtherHost => (421, "This page is for 127.0.0.1 and localhost alone."),
            PageRefusal::OtherSite => (403, "This was sent by another page: nothing was done."),
            PageRefusal::NoToken => {
                (403, "Only the page's own script can act: nothing was done. Without one, type the command instead.")
            }
            PageRefusal::NotEntered => (401, "Open the address that git orca serve has printed, with its token."),
            PageRefusal::Nothing => (404, "There is nothing here."),
            PageRefusal::OtherMethod => (405, "Reading is GET, acting is POST."),
            PageRefusal::NoJson => (415, "A call is JSON: nothing was done."),
        }
    }
}

/// Decides on a request.
///
/// # Errors
/// Why it is refused.
pub fn admit(secrets: &PageSecrets, facts: &RequestFacts<'_>) -> Result<PageRoute, PageRefusal> {
    let host = facts.host.filter(|host| is_own_name(host)).ok_or(PageRefusal::OtherHost)?;
    match facts.method {
        "GET" | "HEAD" => reading(secrets, facts),
        "POST" => acting(secrets, facts, host),
        _ => Err(PageRefusal::OtherMethod),
    }
}

/// Names that no other machine can have. The port is the browser's affair: a tunnel may have another one here.
fn is_own_name(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, port)| match port.bytes().all(|b| b.is_ascii_digit()) {
        true => name,
        false => host,
    });
    name == "127.0.0.1" || name.eq_ignore_ascii_case("localhost")
}

fn reading(secrets: &PageSecrets, facts: &RequestFacts<'_>) -> Result<PageRoute, PageRefusal> {
    if facts.path == "/" {
        let given = facts.query.split('&').find_map(|pair| pair.strip_prefix("token="));
        let is_right = given.is_some_and(|given| is_same(given, &secrets.entry));
        return if is_right { Ok(PageRoute::Enter) } else { Err(PageRefusal::NotEntered) };
    }
    let rest = inside(secrets, facts)?;
    let parts: Vec<&str> = rest.split('/').collect();
    match parts[..] {
        [""] => Ok(PageRoute::Page),
        ["main"] => Ok(PageRoute::Main),
        ["style.css"] => Ok(PageRoute::Style),
        ["page.js"] => Ok(PageRoute::Script),
        ["diff", run, task] => {
            let both = percent_decoded(run).zip(percent_decoded(task)).ok_or(PageRefusal::Nothing)?;
            Ok(PageRoute::Diff { run: both.0, task: both.1 })
        }
        _ => Err(PageRefusal::Nothing),
    }
}

fn acting(secrets: &PageSecrets, facts: &RequestFacts<'_>, host: &str) -> Result<PageRoute, PageRefusal> {
    let is_of_page = facts.origin.is_some_and(|origin| origin.strip_prefix("http://") == Some(host));
    if !is_of_page || facts.site.is_some_and(|site| site != "same-origin") {
        return Err(PageRefusal::OtherSite);
    }
    let rest = inside(secrets, facts)?;
    if !facts.token.is_some_and(|token| is_same(token, &secrets.token)) {
        return Err(PageRefusal::NoToken);
    }
    let tool = rest.strip_prefix("do/").filter(|tool| !tool.is_empty() && !tool.contains('/'));
    let tool = tool.ok_or(PageRefusal::Nothing)?;
    let kind = facts.content_type.and_then(|kind| kind.split(';').next()).unwrap_or("");
    if !kind.trim().eq_ignore_ascii_case("application/json") {
        return Err(PageRefusal::NoJson);
    }
    Ok(PageRoute::Act(tool.to_owned()))
}

/// The path behind the secret part, for who has the cookie. Whoever has not learns nothing about paths.
fn inside<'a>(secrets: &PageSecrets, facts: &RequestFacts<'a>) -> Result<&'a str, PageRefusal> {
    let has_cookie = facts.cookie.is_some_and(|cookie| is_same(cookie, &secrets.cookie));
    let rest = facts.path.strip_prefix('/').and_then(|path| path.split_once('/'));
    let rest = rest.filter(|(first, _)| is_same(first, &secrets.path)).map(|(_, rest)| rest);
    rest.filter(|_| has_cookie).ok_or(PageRefusal::NotEntered)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> PageSecrets {
        let word = |word: &str| word.to_owned();
        PageSecrets { path: word("ppp"), entry: word("eee"), cookie: word("ccc"), token: word("ttt") }
    }

    const READ: RequestFacts<'_> = RequestFacts {
        method: "GET",
        path: "/ppp/",
        query: "",
        host: Some("127.0.0.1:4000"),
        origin: None,
        site: None,
        cookie: Some("ccc"),
        token: None,
        content_type: None,
    };

    const ACT: RequestFacts<'_> = RequestFacts {
        method: "POST",
        path: "/ppp/do/approve",
        origin: Some("http://127.0.0.1:4000"),
        site: Some("same-origin"),
        token: Some("ttt"),
        content_type: Some("application/json"),
        ..READ
    };

    fn table(cases: &[(&str, RequestFacts<'_>, Result<PageRoute, PageRefusal>)]) {
        for (what, facts, expected) in cases {
            assert_eq!(&admit(&secrets(), facts), expected, "{what}");
        }
    }

    #[test]
    fn reading_needs_this_machine_and_the_cookie() {
        let enter = RequestFacts { path: "/", query: "token=eee", cookie: None, ..READ };
        table(&[
            ("the address", enter, Ok(PageRoute::Enter)),
            ("without a token", RequestFacts { query: "", ..enter }, Err(PageRefusal::NotEntered)),
            ("a wrong one", RequestFacts { query: "token=eef", ..enter }, Err(PageRefusal::NotEntered)),
            ("a part of it", RequestFacts { query: "token=ee", ..enter }, Err(PageRefusal::NotEntered)),
            ("none", RequestFacts { query: "token=", ..enter }, Err(PageRefusal::NotEntered)),
            (
                "the token under another name",
                RequestFacts { host: Some("orca.example"), ..enter },
                Err(PageRefusal::OtherHost),
            ),
            ("the page", READ, Ok(PageRoute::Page)),
            ("by another port", RequestFacts { host: Some("localhost:8080"), ..READ }, Ok(PageRoute::Page)),
            ("no port", RequestFacts { host: Some("LOCALHOST"), ..READ }, Ok(PageRoute::Page)),
            ("rebinding", RequestFacts { host: Some("evil.example:4000"), ..READ }, Err(PageRefusal::OtherHost)),
            (
                "a name like ours",
                RequestFacts { host: Some("127.0.0.1.evil.example"), ..READ },
                Err(PageRefusal::OtherHost),
            ),
            ("a port that is none", RequestFacts { host: Some("127.0.0.1:evil"), ..READ }, Err(PageRefusal::OtherHost)),
            ("no host", RequestFacts { host: None, ..READ }, Err(PageRefusal::OtherHost)),
            ("no cookie", RequestFacts { cookie: None, ..READ }, Err(PageRefusal::NotEntered)),
            ("another cookie", RequestFacts { cookie: Some("ccd"), ..READ }, Err(PageRefusal::NotEntered)),
            ("another path", RequestFacts { path: "/ppq/", ..READ }, Err(PageRefusal::NotEntered)),
            (
                "another path, no cookie",
                RequestFacts { path: "/x", cookie: None, ..READ },
                Err(PageRefusal::NotEntered),
            ),
            ("nothing", RequestFacts { path: "/ppp/etc/passwd", ..READ }, Err(PageRefusal::Nothing)),
            ("upwards", RequestFacts { path: "/ppp/../main", ..READ }, Err(PageRefusal::Nothing)),
            ("a deed by GET", RequestFacts { path: "/ppp/do/stop", ..READ }, Err(PageRefusal::Nothing)),
            ("main", RequestFacts { path: "/ppp/main", ..READ }, Ok(PageRoute::Main)),
            (
                "a diff",
                RequestFacts { path: "/ppp/diff/r/%2d%2Dyes", ..READ },
                Ok(PageRoute::Diff { run: "r".to_owned(), task: "--yes".to_owned() }),
            ),
            ("no text", RequestFacts { path: "/ppp/diff/r/%ff", ..READ }, Err(PageRefusal::Nothing)),
            ("a method", RequestFacts { method: "PUT", ..READ }, Err(PageRefusal::OtherMethod)),
        ]);
    }

    #[test]
    fn acting_needs_the_page_itself() {
        let approve = Ok(PageRoute::Act("approve".to_owned()));
        let json = Some("application/json; charset=utf-8");
        table(&[
            ("the page", ACT, approve.clone()),
            ("with a charset", RequestFacts { content_type: json, ..ACT }, approve.clone()),
            ("a browser that does not say", RequestFacts { site: None, ..ACT }, approve),
            ("another site", RequestFacts { origin: Some("http://evil.example"), ..ACT }, Err(PageRefusal::OtherSite)),
            (
                "another port",
                RequestFacts { origin: Some("http://127.0.0.1:3000"), ..ACT },
                Err(PageRefusal::OtherSite),
            ),
            (
                "its other name",
                RequestFacts { origin: Some("http://localhost:4000"), ..ACT },
                Err(PageRefusal::OtherSite),
            ),
            ("a file", RequestFacts { origin: Some("null"), ..ACT }, Err(PageRefusal::OtherSite)),
            ("no origin", RequestFacts { origin: None, ..ACT }, Err(PageRefusal::OtherSite)),
            ("https", RequestFacts { origin: Some("https://127.0.0.1:4000"), ..ACT }, Err(PageRefusal::OtherSite)),
            ("a sibling", RequestFacts { site: Some("same-site"), ..ACT }, Err(PageRefusal::OtherSite)),
            ("rebinding", RequestFacts { host: Some("evil.example"), ..ACT }, Err(PageRefusal::OtherHost)),
            ("no cookie", RequestFacts { cookie: None, ..ACT }, Err(PageRefusal::NotEntered)),
            ("no token", RequestFacts { token: None, ..ACT }, Err(PageRefusal::NoToken)),
            ("the address's token", RequestFacts { token: Some("eee"), ..ACT }, Err(PageRefusal::NoToken)),
            ("a form", RequestFacts { content_type: Some("text/plain"), ..ACT }, Err(PageRefusal::NoJson)),
            ("no kind", RequestFacts { content_type: None, ..ACT }, Err(PageRefusal::NoJson)),
            ("the page by POST", RequestFacts { path: "/ppp/", ..ACT }, Err(PageRefusal::Nothing)),
        ]);
    }
}
