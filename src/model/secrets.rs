//! Secrets never reach the run's folder: what is written there goes through here first.
//!
//! The set is one for the whole process, like a logger: every writer must be covered, also those that come later.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use regex::bytes::Regex;

/// What stands in a secret's place.
pub const REDACTED: &str = "[redacted]";

/// Shapes of tokens that say themselves what they are, as their makers document them.
const SHAPES: &str = concat!(
    r"(?-u)\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{22,255}|glpat-[A-Za-z0-9_-]{20,}",
    r"|sk-ant-[A-Za-z0-9_-]{20,}|sk-(?:proj|svcacct|admin|or-v1)-[A-Za-z0-9_-]{20,}|sk-[A-Za-z0-9]{32,}",
    r"|xox[abeprs]-[A-Za-z0-9-]{10,}|(?:AKIA|ASIA)[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{35}|npm_[A-Za-z0-9]{36}",
    r"|pypi-[A-Za-z0-9_-]{50,}|hf_[A-Za-z0-9]{30,}|[sr]k_live_[A-Za-z0-9]{20,}",
    r"|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,})",
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*-----END [A-Z ]*PRIVATE KEY-----",
    r"|(?i:authorization:\s*(?:bearer|basic|token)\s+)(?P<bearer>[A-Za-z0-9._~+/=-]{8,})",
    r#"|://[^/\s:@"'\\]*:(?P<password>[^/\s:@"'\\]{3,})@"#,
);

/// How the shapes begin: from here on the end of a chunk is held back.
const BEGINNINGS: [&[u8]; 22] = [
    b"ghp_",
    b"gho_",
    b"ghu_",
    b"ghs_",
    b"ghr_",
    b"github_pat_",
    b"glpat-",
    b"sk-",
    b"xox",
    b"AKIA",
    b"ASIA",
    b"AIza",
    b"npm_",
    b"pypi-",
    b"hf_",
    b"sk_live_",
    b"rk_live_",
    b"eyJ",
    b"://",
    b"-----BEGIN",
    b"Authorization:",
    b"authorization:",
];

/// Most that is held back: a private key of 4,096 bits has 3.2 KB.
const HELD: usize = 16 << 10;

/// Shorter values are no secrets, or cannot be told from ordinary words.
const SHORTEST: usize = 6;

static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(SHAPES).ok());
static CURRENT: LazyLock<RwLock<Arc<Secrets>>> = LazyLock::new(RwLock::default);

/// The secrets of this process: known values, besides the shapes that are always recognized.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    values: Vec<Vec<u8>>,
}

/// Makes these the secrets of the process.
pub fn install(secrets: Secrets) {
    *CURRENT.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(secrets);
}

/// Adds values to the secrets of the process.
pub fn add(values: impl IntoIterator<Item = String>) {
    let known = current().values();
    install(Secrets::new(known.into_iter().chain(values)));
}

/// The secrets of the process.
pub fn current() -> Arc<Secrets> {
    Arc::clone(&CURRENT.read().unwrap_or_else(PoisonError::into_inner))
}

impl Secrets {
    /// These values, each also as it stands inside JSON. Short ones are left out.
    pub fn new(values: impl IntoIterator<Item = String>) -> Secrets {
        let mut all: Vec<Vec<u8>> = Vec::new();
        for value in values.into_iter().filter(|value| value.len() >= SHORTEST) {
            let json = serde_json::to_string(&value).unwrap_or_default();
            all.push(json.get(1..json.len().saturating_sub(1)).unwrap_or_default().as_bytes().to_vec());
            all.push(value.into_bytes());
        }
        // The longest first: a value may contain another.
        all.retain(|value| !value.is_empty());
        all.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        all.dedup();
        Secrets { values: all }
    }

    /// Those of an environment: the variables in `passed`, and whatever has the name of a secret.
    pub fn of_environment(env: &BTreeMap<String, String>, passed: &[String]) -> Secrets {
        let wanted = |(name, value): &(&String, &String)| {
            let ordinary = value.len() < 8 || value.starts_with('/') || value.bytes().all(|b| b.is_ascii_digit());
            sounds_secret(name) && !value.starts_with('/') || passed.contains(name) && !ordinary
        };
        Secrets::new(env.iter().filter(wanted).map(|(_, value)| value.clone()))
    }

    /// The values, for another process that writes.
    pub fn values(&self) -> Vec<String> {
        self.values.iter().map(|value| String::from_utf8_lossy(value).into_owned()).collect()
    }

    /// Where secrets lie in `bytes`, in order, without overlaps.
    fn found(&self, bytes: &[u8]) -> Vec<(usize, usize)> {
        let mut found: Vec<(usize, usize)> = Vec::new();
        for value in &self.values {
            let mut from = 0;
            while let Some(at) = find(&bytes[from..], value) {
                found.push((from + at, from + at + value.len()));
                // Not past it: what overlaps goes too.
                from += at + 1;
            }
        }
        for shape in SHAPE.iter() {
            found.extend(shape.captures_iter(bytes).filter_map(|part| {
                let secret = part.name("bearer").or_else(|| part.name("password")).or_else(|| part.get(0))?;
                Some((secret.start(), secret.end()))
            }));
        }
        found.sort_unstable();
        let mut merged: Vec<(usize, usize)> = Vec::new();
        for (start, end) in found {
            match merged.last_mut() {
                Some(last) if start < last.1 => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        merged
    }

    /// `bytes` without secrets.
    pub fn redact_bytes<'t>(&self, bytes: &'t [u8]) -> Cow<'t, [u8]> {
        let found = self.found(bytes);
        if found.is_empty() {
            return Cow::Borrowed(bytes);
        }
        let mut clean = Vec::with_capacity(bytes.len());
        let mut at = 0;
        for (start, end) in found {
            clean.extend_from_slice(&bytes[at..start]);
            clean.extend_from_slice(REDACTED.as_bytes());
            at = end;
        }
        clean.extend_from_slice(&bytes[at..]);
        Cow::Owned(clean)
    }

    /// `text` without secrets.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.redact_bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(clean) => Cow::Owned(String::from_utf8_lossy(&clean).into_owned()),
        }
    }

    /// How much of `bytes` can be written before more is known: what follows may be the beginning of a secret.
    fn settled(&self, bytes: &[u8]) -> usize {
        let mut cut = bytes.len();
        for value in &self.values {
            let most = value.len().saturating_sub(1).min(bytes.len());
            if let Some(length) = (1..=most).rev().find(|&length| bytes.ends_with(&value[..length])) {
                cut = cut.min(bytes.len() - length);
            }
        }
        let window = bytes.len().saturating_sub(HELD);
        cut = cut.min(window + unfinished(&bytes[window..]));
        for (start, end) in self.found(bytes) {
            if start < cut && cut < end {
                cut = start;
            }
        }
        if bytes.len() - cut > HELD { bytes.len() } else { cut }
    }
}

/// Where in the end of a chunk a shape may have begun; its length when nothing has.
fn unfinished(bytes: &[u8]) -> usize {
    let mut cut = bytes.len();
    if let Some(at) = bytes.windows(10).rposition(|part| part == b"-----BEGIN")
        && !is_whole_key(&bytes[at + 10..])
    {
        cut = at;
    }
    let line = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    if let Some(at) = find(&bytes[line..].to_ascii_lowercase(), b"authorization:") {
        cut = cut.min(line + at);
    }
    let word = bytes.iter().rposition(u8::is_ascii_whitespace).map_or(0, |at| at + 1);
    for beginning in BEGINNINGS {
        if let Some(at) = find(&bytes[word..], beginning) {
            cut = cut.min(word + at);
        }
        let partial = (1..beginning.len()).rev().find(|&length| bytes.ends_with(&beginning[..length]));
        cut = cut.min(bytes.len() - partial.unwrap_or(0));
    }
    cut
}

/// Whether what follows `-----BEGIN` is a whole private key, or the beginning of something else.
fn is_whole_key(rest: &[u8]) -> bool {
    let name = rest.iter().position(|&byte| byte == b'-' || byte == b'\n').map_or(rest, |end| &rest[..end]);
    if name.len() < rest.len() && find(name, b"PRIVATE KEY").is_none() || name.len() > 40 {
        return true;
    }
    let end = b"PRIVATE KEY-----";
    find(rest, b"-----END").is_some_and(|at| find(&rest[at..], end).is_some())
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    let first = *part.first()?;
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|&byte| byte == first) {
        let start = from + at;
        if bytes[start..].starts_with(part) {
            return Some(start);
        }
        from = start + 1;
    }
    None
}

/// Names by which secrets go in environments.
fn sounds_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let parts =
        ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "API_KEY", "APIKEY", "ACCESS_KEY", "PRIVATE_KEY", "CREDENTIAL"];
    parts.iter().any(|part| name.contains(part)) && !name.ends_with("_TOKENS") && !name.starts_with("ORCA_")
}

/// Output that comes in pieces: a secret may lie across two of them.
#[derive(Debug)]
pub struct Cleaner {
    secrets: Secrets,
    held: Vec<u8>,
}

impl Cleaner {
    /// For these secrets.
    pub fn new(secrets: Secrets) -> Cleaner {
        Cleaner { secrets, held: Vec::new() }
    }

    /// Takes a piece in, and gives what can be written now.
    pub fn push(&mut self, piece: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(piece);
        let rest = self.held.split_off(self.secrets.settled(&self.held));
        let ready = std::mem::replace(&mut self.held, rest);
        self.secrets.redact_bytes(&ready).into_owned()
    }

    /// What is left at the end.
    pub fn finish(&mut self) -> Vec<u8> {
        let ready = std::mem::take(&mut self.held);
        self.secrets.redact_bytes(&ready).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKENS: [&str; 9] = [
        "ghp_0123456789abcdefghijABCDEFGHIJ012345",
        "github_pat_11ABCDEFG0aaaaaaaaaaaa_bbbbbbbbbbbbbbbbbbbbbbbb",
        "sk-ant-api03-AAAAAAAAAAAAAAAAAAAAAAAA-BBBB",
        "sk-proj-AAAAAAAAAAAAAAAAAAAAAAAA",
        "AKIAIOSFODNN7EXAMPLE",
        "xoxb-1234567890-abcdef",
        "npm_0123456789abcdefghijABCDEFGHIJ012345",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKCAQEA\n-----END RSA PRIVATE KEY-----",
    ];

    fn secrets() -> Secrets {
        Secrets::new(["correct horse \"battery\"".to_owned(), "hunter2hunter2".to_owned(), "abc".to_owned()])
    }

    #[test]
    fn known_shapes_and_values_go() {
        for token in TOKENS {
            assert_eq!(secrets().redact(&format!("a {token} b")), "a [redacted] b", "{token}");
        }
        let table = [
            ("x=hunter2hunter2!", "x=[redacted]!"),
            (r#"{"v":"correct horse \"battery\""}"#, r#"{"v":"[redacted]"}"#),
            ("https://user:pa55word@host/x", "https://user:[redacted]@host/x"),
            ("Authorization: Bearer abcdef0123456789", "Authorization: Bearer [redacted]"),
            ("abc stays, it is too short", "abc stays, it is too short"),
            ("risk-assessment-of-something-very-long-indeed", "risk-assessment-of-something-very-long-indeed"),
            ("0123456789abcdef0123456789abcdef01234567", "0123456789abcdef0123456789abcdef01234567"),
            ("http://127.0.0.1:8080/path", "http://127.0.0.1:8080/path"),
        ];
        for (text, clean) in table {
            assert_eq!(secrets().redact(text), clean);
        }
    }

    /// Cut at every place, in two and in single bytes: the same as in one piece, and never a part of a secret.
    #[test]
    fn pieces_make_no_difference() {
        let text = format!(
            "start {} mid hunter2hunter2, hunter2hunter2hunter2 https://u:pa55word@h/ {} end\nAuthorization: basic QWxhZGRpbjpvcGVu\n{}\nlast ghp_short",
            TOKENS[0], TOKENS[7], TOKENS[8]
        );
        let whole = secrets().redact(&text).into_owned();
        for secret in ["hunter2", "pa55word", "QWxhZGRpbjpvcGVu", "MIIEow"] {
            assert!(!whole.contains(secret), "{whole}");
        }
        for at in 0..text.len() {
            let mut cleaner = Cleaner::new(secrets());
            let mut out = cleaner.push(&text.as_bytes()[..at]);
            out.extend(cleaner.push(&text.as_bytes()[at..]));
            out.extend(cleaner.finish());
            assert_eq!(String::from_utf8(out).unwrap(), whole, "cut at {at}");
        }
        let mut cleaner = Cleaner::new(secrets());
        let mut out: Vec<u8> = text.bytes().flat_map(|byte| cleaner.push(&[byte])).collect();
        out.extend(cleaner.finish());
        assert_eq!(String::from_utf8(out).unwrap(), whole);
    }

    #[test]
    fn ordinary_output_is_not_held_back() {
        let mut cleaner = Cleaner::new(secrets());
        for piece in ["......", "50 %", "compiling\n", "Continue? "] {
            assert_eq!(cleaner.push(piece.as_bytes()), piece.as_bytes());
        }
        assert_eq!(cleaner.push(b"see https:"), b"see https", "`:` may be the start of a password's");
        let long = vec![b'-'; 3 * HELD];
        let mut written = cleaner.push(&long).len();
        written += cleaner.finish().len();
        assert_eq!(written, long.len() + 1);
    }

    #[test]
    fn an_environment_names_its_secrets() {
        let env = [
            ("GH_TOKEN", "tok-en-value"),
            ("MINE", "passed-through-value"),
            ("MODEL", "opus"),
            ("OTHER", "not-passed-through"),
            ("GOOGLE_APPLICATION_CREDENTIALS", "/home/u/key.json"),
            ("ORCA_BUDGET_TOKENS", "5000000000"),
        ];
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let secrets = Secrets::of_environment(&env, &["MINE".to_owned(), "MODEL".to_owned()]);
        assert_eq!(secrets.values(), ["passed-through-value", "tok-en-value"]);
    }
}
