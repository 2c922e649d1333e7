//! Secrets never reach the run's folder: what is written there goes through here first.
//!
//! The set is one for the whole process, like a logger: every writer must be covered, also those that come later.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use regex::bytes::Regex;

use super::secret_shapes::{prefix_from, tokens, unfinished_prefix};

/// What stands in a secret's place.
pub const REDACTED: &str = "[redacted]";

/// What is secret besides the tokens of [`SHAPES`](super::secret_shapes::SHAPES): private keys, whole or cut short,
/// JSON web tokens, credentials in headers, passwords in addresses.
const OTHERS: &str = concat!(
    r"(?-u)eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    r"|-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[A-Za-z0-9+/=\s\\:,.()<>@_-]*?",
    r"-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----",
    // The end is missing: `head key.pem`. Lines of base64 belong to it, words do not.
    r"|-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:(?:\s|\\[nr])+(?:[A-Za-z-]{4,16}: [^\r\n\\]*|[A-Za-z0-9+/=]{16,}))+",
    r"|PuTTY-User-Key-File-[0-9]: [A-Za-z0-9+/=\s\\:,.()<>@_-]*?Private-MAC: [0-9a-f]+",
    r"|Private-Lines: [0-9]+(?:(?:\s|\\[nr])+[A-Za-z0-9+/=]{16,})+",
    r#"|(?i:authorization\\?["']?\s*[:=]\s*\\?["']?(?:bearer|basic|token)\s+)(?P<bearer>[A-Za-z0-9._~+/=-]{8,})"#,
    r#"|(?i:(?:x-api-key|x-goog-api-key|private-token|x-vault-token)\\?["']?:\s*\\?["']?)(?P<header>[A-Za-z0-9._~+/=-]{8,})"#,
    r#"|://[^/\s:@"'\\]*:(?P<password>[^/\s:@"'\\]{3,})@"#,
);

/// How these begin, besides keys and headers: from here on the end of a chunk is held back.
const BEGINNINGS: [&[u8]; 2] = [b"eyJ", b"://"];

/// How keys begin and end, whose middle has line ends.
const KEYS: [(&[u8], &[u8]); 3] = [
    (b"-----BEGIN", b"PRIVATE KEY-----"),
    (b"PuTTY-User-Key-File-", b"Private-MAC: "),
    (b"Private-Lines: ", b"Private-MAC: "),
];

/// Names of headers whose values are secret, in small letters.
const HEADERS: [&[u8]; 5] = [b"authorization", b"x-api-key", b"x-goog-api-key", b"private-token", b"x-vault-token"];

/// What stands before a token and says whether it begins a word: an escape, or a color code.
const CONTEXT: usize = 16;

/// Most that is held back: a private key of 4,096 bits has 3.2 KB.
const HELD: usize = 16 << 10;

/// Shorter values are no secrets, or cannot be told from ordinary words.
const SHORTEST: usize = 6;

static OTHER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(OTHERS).ok());
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
        found.extend(tokens(bytes).into_iter().map(|token| (token.range.start, token.range.end)));
        for shape in OTHER.iter() {
            found.extend(shape.captures_iter(bytes).filter_map(|part| {
                let named = ["bearer", "header", "password"].iter().find_map(|name| part.name(name));
                let secret = named.or_else(|| part.get(0))?;
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
        self.redact_after(bytes, 0)
    }

    /// What comes after the first `seen` bytes, without secrets: those before are only looked at.
    fn redact_after<'t>(&self, bytes: &'t [u8], seen: usize) -> Cow<'t, [u8]> {
        let mut found = self.found(bytes);
        found.retain(|(_, end)| *end > seen);
        if found.is_empty() {
            return Cow::Borrowed(&bytes[seen..]);
        }
        let mut clean = Vec::with_capacity(bytes.len());
        let mut at = seen;
        for (start, end) in found {
            clean.extend_from_slice(&bytes[at..start.max(at)]);
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
    for (begin, end) in KEYS {
        if let Some(at) = bytes.windows(begin.len()).rposition(|part| part == begin)
            && !is_whole_key(&bytes[at + begin.len()..], end)
        {
            cut = cut.min(at);
        }
    }
    let line = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let lower = bytes[line..].to_ascii_lowercase();
    cut = HEADERS.iter().filter_map(|name| find(&lower, name)).map(|at| line + at).fold(cut, usize::min);
    let word = bytes.iter().rposition(u8::is_ascii_whitespace).map_or(0, |at| at + 1);
    cut = BEGINNINGS.iter().filter_map(|begin| find(&bytes[word..], begin)).map(|at| word + at).fold(cut, usize::min);
    let token = prefix_from(bytes, word).map(|prefix| prefix.start).into_iter();
    let begun = unfinished_prefix(bytes);
    let token = token.chain((begun > 0).then(|| bytes.len() - begun)).min();
    cut = token.map_or(cut, |at| cut.min(at.saturating_sub(CONTEXT).max(word)));
    cut.min(bytes.len() - partial(bytes))
}

/// How many bytes at the end may be the beginning of something whose beginning is looked for as a whole.
fn partial(bytes: &[u8]) -> usize {
    let longest = |begin: &[u8], same: fn(u8, u8) -> bool| {
        (1..begin.len()).rev().find(|&length| {
            bytes.len() >= length && bytes[bytes.len() - length..].iter().zip(begin).all(|(a, b)| same(*a, *b))
        })
    };
    let exact =
        KEYS.iter().map(|(begin, _)| *begin).chain(BEGINNINGS).filter_map(|begin| longest(begin, |a, b| a == b));
    let headers = HEADERS.iter().filter_map(|name| longest(name, |a, b| a.eq_ignore_ascii_case(&b)));
    exact.chain(headers).max().unwrap_or(0)
}

/// Whether what follows the beginning of a private key is the whole of it, or the beginning of something else.
fn is_whole_key(rest: &[u8], end: &[u8]) -> bool {
    let name = rest.iter().position(|&byte| byte == b'-' || byte == b'\n').map_or(rest, |end| &rest[..end]);
    let pem = end.starts_with(b"PRIVATE");
    if pem && (name.len() < rest.len() && find(name, b"PRIVATE KEY").is_none() || name.len() > 40) {
        return true;
    }
    let from = if pem { find(rest, b"-----END") } else { Some(0) };
    // A line end behind it: the checksum of PuTTY's keys is the last thing of them.
    from.is_some_and(|at| find(&rest[at..], b"PRIVATE KEY BLOCK-----").is_some() || is_ended(&rest[at..], end, pem))
}

fn is_ended(rest: &[u8], end: &[u8], pem: bool) -> bool {
    find(rest, end).is_some_and(|at| pem || rest[at..].contains(&b'\n'))
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
    /// So many bytes of `held` are written already: they say whether what follows begins a word.
    written: usize,
}

impl Cleaner {
    /// For these secrets.
    pub fn new(secrets: Secrets) -> Cleaner {
        Cleaner { secrets, held: Vec::new(), written: 0 }
    }

    /// Takes a piece in, and gives what can be written now.
    pub fn push(&mut self, piece: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(piece);
        self.give(self.secrets.settled(&self.held))
    }

    /// What is left at the end.
    pub fn finish(&mut self) -> Vec<u8> {
        self.give(self.held.len())
    }

    fn give(&mut self, until: usize) -> Vec<u8> {
        let until = until.max(self.written);
        let ready = self.secrets.redact_after(&self.held[..until], self.written).into_owned();
        self.written = until.min(CONTEXT);
        self.held.drain(..until - self.written);
        ready
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKENS: [&str; 13] = [
        "ghp_0123456789abcdefghijABCDEFGHIJ012345",
        "github_pat_11ABCDEFG0aaaaaaaaaaaa_bbbbbbbbbbbbbbbbbbbbbbbb",
        "sk-ant-api03-AAAAAAAAAAAAAAAAAAAAAAAA-BBBB",
        "sk-proj-AAAAAAAAAAAAAAAAAAAAAAAA",
        "AKIAIOSFODNN7EXAMPLE",
        "xoxb-1234567890-abcdef",
        "npm_0123456789abcdefghijABCDEFGHIJ012345",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKCAQEA\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,2AF1\n\nMIIEow==\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\nlQOYBF1\n=Tq9x\n-----END PGP PRIVATE KEY BLOCK-----",
        "-----BEGIN EC PRIVATE KEY-----\\nMHcCAQEEIIrYSSNQFaA2Hwf1duRSxKt\\n-----END EC PRIVATE KEY-----",
        "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nComment: me\nPublic-Lines: 1\nAAAA\nPrivate-Lines: 1\nBBBB\nPrivate-MAC: 0af3",
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
            (r#"{"authorization": "Bearer abcdef0123456789"}"#, r#"{"authorization": "Bearer [redacted]"}"#),
            (r#"{\"x-api-key\":\"abcdef0123456789\"}"#, r#"{\"x-api-key\":\"[redacted]\"}"#),
            ("-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIIrYSSNQFaA2Hwf1duRSxKt\nand so on", "[redacted]\nand so on"),
            (
                "-----BEGIN EC PRIVATE KEY----- is what a key begins with",
                "-----BEGIN EC PRIVATE KEY----- is what a key begins with",
            ),
            ("the task-proj-of-something-very-long-indeed stays", "the task-proj-of-something-very-long-indeed stays"),
            ("abc stays, it is too short", "abc stays, it is too short"),
            ("risk-assessment-of-something-very-long-indeed", "risk-assessment-of-something-very-long-indeed"),
            ("0123456789abcdef0123456789abcdef01234567", "0123456789abcdef0123456789abcdef01234567"),
            ("http://127.0.0.1:8080/path", "http://127.0.0.1:8080/path"),
        ];
        for (text, clean) in table {
            assert_eq!(secrets().redact(text), clean);
        }
    }

    /// The gate's shapes are the redaction's: one table, walked through both (the gate's half is in its own tests).
    #[test]
    fn every_shape_of_the_table_is_redacted_whole_and_in_pieces() {
        for shape in super::super::secret_shapes::SHAPES {
            let token = super::super::secret_shapes::made_up(shape);
            assert_eq!(secrets().redact(&format!("a {token}\"")), "a [redacted]\"", "{token}");
            assert_eq!(
                secrets().redact(&format!("{{\"t\":\"x\\n{token}\"}}")),
                "{\"t\":\"x\\n[redacted]\"}",
                "{token}"
            );
            let text = format!("ok \u{1b}[1m{token} x\n");
            for at in 0..text.len() {
                let mut cleaner = Cleaner::new(secrets());
                let mut out = cleaner.push(&text.as_bytes()[..at]);
                out.extend(cleaner.push(&text.as_bytes()[at..]));
                out.extend(cleaner.finish());
                assert_eq!(String::from_utf8(out).unwrap(), "ok \u{1b}[1m[redacted] x\n", "{token} cut at {at}");
            }
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
