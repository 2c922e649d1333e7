//! An answer of a server.

use serde_json::Value;

/// An answer that is neither a failure of the line nor a limit.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) code: u16,
    pub(super) body: Value,
    pub(super) tag: Option<String>,
    /// Whether the server names a next page.
    pub(super) has_next: bool,
    /// Where else it says that this is.
    pub(super) location: Option<String>,
    /// Where the token is to be authorized for an organization's single sign-on.
    pub(super) sign_on: Option<String>,
}

impl Reply {
    pub(super) fn is_ok(&self) -> bool {
        self.code < 300
    }

    /// Whether what was asked for is somewhere else now.
    pub(super) fn is_moved(&self) -> bool {
        matches!(self.code, 301 | 302 | 307 | 308)
    }

    /// What the server says is wrong: its message, and the messages of its `errors`.
    pub(super) fn complaint(&self) -> String {
        let message = self.body["message"].as_str().unwrap_or_default();
        let errors = self.body["errors"].as_array().into_iter().flatten();
        let detail = |error: &Value| {
            let text = error.as_str().or(error["message"].as_str()).map(str::to_owned);
            text.or_else(|| Some(format!("{} {}", error["field"].as_str()?, error["code"].as_str()?)))
        };
        let details: Vec<String> = errors.filter_map(detail).collect();
        if details.is_empty() { message.to_owned() } else { format!("{message}: {}", details.join("; ")) }
    }
}

/// The page of `required; url=https://…`.
pub(super) fn sign_on_page(header: &str) -> Option<String> {
    let page = header.split(';').find_map(|part| part.trim().strip_prefix("url="))?;
    (page.starts_with("https://") && !page.contains(char::is_whitespace)).then(|| page.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_a_single_sign_on_is_named() {
        let page = "https://github.com/orgs/acme/sso?authorization_request=A1";
        assert_eq!(sign_on_page(&format!("required; url={page}")).as_deref(), Some(page));
        for other in ["required", "partial-results; organizations=1,2", "required; url=javascript:x"] {
            assert_eq!(sign_on_page(other), None, "{other}");
        }
    }
}
