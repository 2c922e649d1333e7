//! Secrets in a line: the shapes that providers give their tokens, private keys, passwords in addresses, and random
//! looking values that are assigned to names such as `password`.
//!
//! Shapes are exact enough to be believed wherever they stand. The rule for assignments guesses: it wants a telling
//! name, a literal value, and a value that nobody would type by heart.

use crate::model::secret_shapes::{self, TokenPlace};

/// A secret that a line holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Secret<'t> {
    /// The rule that found it.
    pub(super) rule: &'static str,
    /// What it is, in words.
    pub(super) what: &'static str,
    /// The value, for exemptions by digest. Never shown.
    pub(super) value: &'t str,
}

/// Headers of private keys.
const KEY_HEADERS: [&str; 2] = ["PRIVATE KEY-----", "PRIVATE KEY BLOCK-----"];

/// Values that stand for a value, wherever they occur in it.
const PLACEHOLDERS: [&str; 16] = [
    "example",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "your",
    "dummy",
    "sample",
    "redacted",
    "xxxx",
    "****",
    "....",
    "insert",
    "todo",
    "<",
    "${",
];

/// The secrets in `line`, each value once. `assignments` says whether the guessing rule applies: it does not where
/// random values are the normal content, as in lock files.
pub(super) fn in_line(line: &str, assignments: bool) -> Vec<Secret<'_>> {
    let mut found: Vec<Secret<'_>> = Vec::new();
    found.extend(private_key(line));
    found.extend(secret_shapes::tokens(line.as_bytes()).iter().filter_map(|place| shaped(line, place)));
    found.extend(json_web_token(line));
    found.extend(password_in_address(line));
    if assignments {
        found.extend(assignment(line));
    }
    let mut kept: Vec<Secret<'_>> = Vec::new();
    for secret in found {
        // Shapes come first: the same text as an assigned value is no second secret.
        if !kept.iter().any(|other| other.value.contains(secret.value) || secret.value.contains(other.value)) {
            kept.push(secret);
        }
    }
    kept
}

fn private_key(line: &str) -> Option<Secret<'_>> {
    let header = line.contains("-----BEGIN ") && KEY_HEADERS.iter().any(|end| line.contains(end));
    let putty = line.starts_with("PuTTY-User-Key-File-");
    // A program that looks for such headers quotes them alone; a key in a literal goes on after its line end.
    let code = line.contains(".contains(") || line.contains("startswith") || line.contains("startsWith");
    ((header && !code) || putty).then(|| Secret { rule: "private-key", what: "a private key", value: line.trim() })
}

/// A token that is as long as real ones are, and random enough to be real.
fn shaped<'t>(line: &'t str, place: &TokenPlace) -> Option<Secret<'t>> {
    let (shape, value) = (place.shape(), line.get(place.range.clone())?);
    let real = shape.fits(place.body_len()) && !is_placeholder(value) && bits(&value[shape.prefix.len()..]) > 2.5;
    real.then_some(Secret { rule: shape.rule, what: shape.what, value })
}

/// Three parts of base64 whose first two are JSON objects (`eyJ` is `{"`).
fn json_web_token(line: &str) -> Option<Secret<'_>> {
    let at = line.find("eyJ")?;
    let token = &line[at..];
    let token =
        &token[..token.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(token.len())];
    let parts: Vec<&str> = token.split('.').collect();
    let whole = matches!(parts.as_slice(), [a, b, c] if a.len() > 15 && b.starts_with("eyJ") && c.len() > 20);
    whole.then_some(Secret { rule: "json-web-token", what: "a JSON web token", value: token })
}

/// `scheme://user:password@host`.
fn password_in_address(line: &str) -> Option<Secret<'_>> {
    line.match_indices("://").find_map(|(at, _)| {
        let rest = &line[at + 3..];
        let authority = &rest[..rest.find(|c: char| c.is_whitespace() || "/\"'`<>)".contains(c)).unwrap_or(rest.len())];
        let (login, host) = authority.rsplit_once('@')?;
        let (_, password) = login.split_once(':')?;
        let local = ["localhost", "127.0.0.1", "[::1]", "db", "postgres", "redis", "mysql"]
            .iter()
            .any(|name| host.split(':').next() == Some(*name));
        let example = host.contains("example") || password.len() < 6 || is_common(password);
        (!local && !example && !is_placeholder(password) && !is_template(password)).then_some(Secret {
            rule: "password-in-address",
            what: "a password in an address",
            value: password,
        })
    })
}

/// Words of names whose values are secret.
const TELLING: [&str; 14] = [
    "secret",
    "token",
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "apikey",
    "api_key",
    "api-key",
    "accesskey",
    "access_key",
    "private_key",
    "privatekey",
    "credential",
];

/// Assignments looked at in one line: minified programs have thousands, none of them typed by hand.
const MOST_ASSIGNMENTS: usize = 8;

/// A literal value that looks random, given to a name that says it is secret. `fn f(token: &str) -> x = ...` has its
/// assignment further on, and so has `let a: T = "..."`: each `=` and `:` is tried.
fn assignment(line: &str) -> Option<Secret<'_>> {
    let signs = line.match_indices(['=', ':']).take(MOST_ASSIGNMENTS);
    signs.filter(|(at, _)| is_telling(&line[..*at])).find_map(|(at, _)| {
        let value = line[at..].trim_start_matches(['=', ':', '>', ' ', '\t']);
        let literal = quoted(value).or_else(|| bare(value))?;
        let random = literal.len() >= 12 && bits(literal) >= 3.0 && mixes(literal);
        (random && !is_placeholder(literal) && !is_template(literal) && !is_word_like(literal)).then_some(Secret {
            rule: "secret-assignment",
            what: "a value that looks like a secret",
            value: literal,
        })
    })
}

/// Whether the name at the end of `before` says that its value is secret.
fn is_telling(before: &str) -> bool {
    let name = before.trim_end_matches([' ', '"', '\'', ':']);
    let name = name.rsplit(|c: char| c.is_whitespace() || "(,{[\"'".contains(c)).next().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    TELLING.iter().any(|word| name.contains(word))
}

/// The text between the first quotes, if the value begins with some (a prefix such as `b` or a call around it counts).
fn quoted(value: &str) -> Option<&str> {
    let at = value.find(['"', '\'', '`']).filter(|at| *at <= 24)?;
    let lead = &value[..at];
    // `Type = "..."` and `String::from("...")` lead up to the literal; arithmetic and indexing do not.
    if lead.contains(['[', '+', '?', ';', '{', ',']) {
        return None;
    }
    let quote = value[at..].chars().next()?;
    let inner = &value[at + 1..];
    inner.find(quote).map(|end| &inner[..end])
}

/// An unquoted value, as settings files have them: one word that is all of the line's rest.
fn bare(value: &str) -> Option<&str> {
    let value = value.trim().trim_end_matches(',');
    let plain = value.chars().all(|c| c.is_ascii_alphanumeric() || "+/=_-.~!@#$%^&*".contains(c));
    // A name of a program's variable is a word too; only digits and letters in a mixture tell a value from it.
    let digits = value.chars().filter(char::is_ascii_digit).count();
    (plain && !value.is_empty() && digits >= 3 && !value.contains("..")).then_some(value)
}

/// Letters and digits, or both cases.
fn mixes(text: &str) -> bool {
    let has = |test: fn(&char) -> bool| text.chars().any(|c| test(&c));
    has(char::is_ascii_digit) && (has(char::is_ascii_lowercase) || has(char::is_ascii_uppercase))
}

/// Passwords that everybody knows stand for a password.
fn is_common(text: &str) -> bool {
    ["password", "passwd", "secret", "postgres", "guest", "admin", "root", "test"]
        .iter()
        .any(|word| text.to_ascii_lowercase().starts_with(word))
}

fn is_placeholder(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    PLACEHOLDERS.iter().any(|word| lower.contains(word))
}

/// A value that is filled in later, or looked up.
fn is_template(text: &str) -> bool {
    ["${", "{{", "%(", "%s", "$(", "{0}", "{}", "<%", "env.", "environ"].iter().any(|mark| text.contains(mark))
        || (text.starts_with('$') && text[1..].chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
        || (text.starts_with('{') && text.ends_with('}'))
}

/// Paths, addresses, dates, versions, sentences and identifiers made of words.
fn is_word_like(text: &str) -> bool {
    // Brackets and parentheses: patterns and calls.
    if text.contains(char::is_whitespace) || text.contains("://") || text.contains(['[', '(']) {
        return true;
    }
    if text.starts_with(['/', '.', '~']) {
        return true;
    }
    // `my-service-token-2`, `user_password_v2`, `com.example.Token1`: mostly words of letters.
    let parts: Vec<&str> = text.split(['-', '_', '.', '/', ':']).collect();
    let is_word = |part: &&str| {
        let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let one_case = letters.bytes().all(|b| b.is_ascii_lowercase())
            || letters.bytes().all(|b| b.is_ascii_uppercase())
            || letters.bytes().skip(1).all(|b| b.is_ascii_lowercase());
        part.len() <= 14 && one_case && letters.bytes().all(|b| b.is_ascii_alphabetic())
    };
    let words = parts.iter().copied().filter(|part| is_word(part)).count();
    parts.len() > 1 && words == parts.len()
}

/// Shannon entropy of the characters, bits each. Typed words have about 2.5 to 3.2 in this length, random base64 more
/// than 3.5, random hexadecimal about 3.3.
fn bits(text: &str) -> f64 {
    let mut counts = [0usize; 256];
    text.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    let all = text.len().max(1) as f64;
    counts.iter().filter(|n| **n > 0).map(|n| *n as f64 / all).map(|share| -share * share.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::secret_shapes::{SHAPES, made_up};

    /// Random-looking characters, so that no real-looking token stands in this file.
    fn body(alphabet: &str, length: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..length).map(|n| letters[(n * n * 7 + n * 13 + 5) % letters.len()]).collect()
    }

    const ALNUM: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    fn rules(line: &str) -> Vec<&'static str> {
        in_line(line, true).into_iter().map(|secret| secret.rule).collect()
    }

    #[test]
    fn every_shape_is_found_in_code_and_only_whole() {
        for shape in SHAPES {
            let token = made_up(shape);
            assert_eq!(rules(&format!("key = \"{token}\"")), [shape.rule], "{token}");
            assert_eq!(rules(&format!("  - run: curl -H {token} x")), [shape.rule], "{token}");
            let short = &token[..shape.prefix.len() + shape.least - 1];
            assert!(in_line(&format!("see {short}!"), false).is_empty(), "{short}");
            assert!(in_line(&format!("see a{token}"), false).is_empty(), "in the middle of a word: {token}");
        }
    }

    #[test]
    fn placeholders_and_repeated_characters_are_no_tokens() {
        let placeholders = [
            format!("{}IOSFODNN7EXAMPLE", "AKIA"),
            format!("ghp_{}", "x".repeat(36)),
            format!("ghp_{}", "0".repeat(36)),
            format!("AIza{}", "a".repeat(35)),
            "sk_live_your_key_goes_here_0123".to_owned(),
        ];
        for line in placeholders {
            assert_eq!(rules(&line), Vec::<&str>::new(), "{line}");
        }
    }

    #[test]
    fn keys_tokens_and_addresses() {
        let jwt = format!("eyJ{}.eyJ{}.{}", body(ALNUM, 20), body(ALNUM, 30), body(ALNUM, 43));
        let dashes = "-".repeat(5);
        let table = [
            (format!("{dashes}BEGIN RSA PRIVATE KEY{dashes}"), vec!["private-key"]),
            (format!("key = '{dashes}BEGIN OPENSSH PRIVATE KEY{dashes}\\n'"), vec!["private-key"]),
            (format!("{dashes}BEGIN PGP PRIVATE KEY BLOCK{dashes}"), vec!["private-key"]),
            (format!("{dashes}BEGIN PUBLIC KEY{dashes}"), vec![]),
            (format!("if line.contains(\"{dashes}BEGIN PRIVATE KEY{dashes}\") {{"), vec![]),
            (format!("Authorization: Bearer {jwt}"), vec!["json-web-token"]),
            (format!("DATABASE_URL=postgres://app:{}@db7.corp.net/x", body(ALNUM, 14)), vec!["password-in-address"]),
            ("postgres://app:password@db7.corp.net/x".to_owned(), vec![]),
            ("postgres://app:${DB_PASSWORD}@db7.corp.net/x".to_owned(), vec![]),
            ("postgres://app:s3cr3tpw@localhost:5432/x".to_owned(), vec![]),
            ("git clone https://git@github.com/a/b".to_owned(), vec![]),
        ];
        for (line, expected) in table {
            assert_eq!(rules(&line), expected, "{line}");
        }
    }

    #[test]
    fn assignments_to_telling_names() {
        let value = body(ALNUM, 24);
        let found = [
            format!("password = \"{value}\""),
            format!("  \"clientSecret\": \"{value}\","),
            format!("const API_KEY: &str = \"{value}\";"),
            format!("DB_PASSWORD={value}"),
            format!("let token = String::from(\"{value}\");"),
            format!("api_key: '{value}'"),
        ];
        for line in found {
            assert_eq!(rules(&line), ["secret-assignment"], "{line}");
        }
    }

    #[test]
    fn what_only_sounds_secret_is_left_alone() {
        let fine = [
            "password = input(\"Password: \")",
            "let token = lexer.next_token();",
            "token: String,",
            "fn check(password: &str, hash: &str) -> bool {",
            "PASSWORD_MIN_LENGTH = 12",
            "password = os.environ[\"DB_PASSWORD_2024\"]",
            "secret = config.get('app.secret.v2')",
            "API_KEY = process.env.API_KEY_V2",
            "token_url = \"https://login.example.org/oauth2/v2.0/token\"",
            "secretName: my-service-tls-2024",
            "password: ${{ secrets.DB_PASSWORD1 }}",
            "\"access_token_path\": \"/var/run/secrets/token-1\"",
            "assert_eq!(token, \"hello world 123 abc\");",
            "password = \"correct horse battery staple\"",
            "token = secrets.token_hex(16)",
            "TOKEN_PATTERN = r\"[A-Za-z0-9_]{36}\"",
            "sha256 = \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"",
        ];
        for line in fine {
            assert_eq!(rules(line), Vec::<&str>::new(), "{line}");
        }
    }

    #[test]
    fn lock_files_are_only_asked_for_shapes() {
        let line = format!("token = \"{}\"", body(ALNUM, 30));
        assert!(in_line(&line, false).is_empty());
    }
}
