//! Where code is code: comments and the insides of strings, told apart byte by byte. No parser; enough to match
//! brackets and to know whether a word is meant.

use super::paths::Language;

/// What a byte belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Code,
    Comment,
    /// Inside a string, its quotes included.
    Text,
}

/// A text with what each byte belongs to.
#[derive(Debug, Clone)]
pub(super) struct Masked<'a> {
    pub(super) text: &'a str,
    kinds: Vec<Kind>,
    /// The text with everything but code blanked out; same length, same lines.
    pub(super) code: String,
}

impl<'a> Masked<'a> {
    pub(super) fn new(text: &'a str, language: Language) -> Masked<'a> {
        let kinds = kinds(text.as_bytes(), language);
        let blank = |(byte, kind): (&u8, &Kind)| match (*kind, *byte) {
            (Kind::Code, byte) if byte.is_ascii() => byte,
            (_, b'\n') => b'\n',
            _ => b' ',
        };
        let code: Vec<u8> = text.as_bytes().iter().zip(&kinds).map(blank).collect();
        // Every byte is ASCII now.
        Masked { text, kinds, code: String::from_utf8_lossy(&code).into_owned() }
    }

    pub(super) fn kind(&self, at: usize) -> Kind {
        self.kinds.get(at).copied().unwrap_or(Kind::Code)
    }

    /// The position after the bracket that closes the one at `open`; the end of the text when none does.
    pub(super) fn after_bracket(&self, open: usize) -> usize {
        let mut depth = 0usize;
        for (at, byte) in self.code.bytes().enumerate().skip(open) {
            match byte {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return at + 1;
                    }
                }
                _ => {}
            }
        }
        self.code.len()
    }

    /// The line of a position, from 1.
    pub(super) fn line(&self, at: usize) -> u32 {
        self.text.as_bytes()[..at.min(self.text.len())].iter().filter(|byte| **byte == b'\n').count() as u32 + 1
    }

    /// A part without comments and with single spaces: what has to change for it to mean something else.
    pub(super) fn essence(&self, from: usize, to: usize) -> String {
        let mut bytes = Vec::with_capacity(to.saturating_sub(from));
        for at in from..to.min(self.text.len()) {
            let byte = self.text.as_bytes()[at];
            match self.kind(at) {
                Kind::Comment => bytes.push(b' '),
                Kind::Code if byte.is_ascii_whitespace() => bytes.push(b' '),
                _ => bytes.push(byte),
            }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

fn kinds(text: &[u8], language: Language) -> Vec<Kind> {
    let mut kinds = vec![Kind::Code; text.len()];
    let mut at = 0;
    while at < text.len() {
        let (end, kind) = token(text, at, language);
        kinds[at..end].fill(kind);
        at = end;
    }
    kinds
}

/// The end of what begins at `at`, and what it is.
fn token(text: &[u8], at: usize, language: Language) -> (usize, Kind) {
    let rest = &text[at..];
    let python = language == Language::Python;
    let hash = python || language == Language::Other && is_line_start(text, at);
    if rest.starts_with(b"#") && hash || rest.starts_with(b"//") && !python {
        return (at + line_end(rest), Kind::Comment);
    }
    if rest.starts_with(b"/*") && !python {
        return (at + block_comment(rest, language == Language::Rust), Kind::Comment);
    }
    match rest[0] {
        b'"' | b'\'' if python => (at + python_string(rest), Kind::Text),
        b'r' | b'b' if language == Language::Rust && !after_word(text, at) => match raw_string(rest) {
            Some(length) => (at + length, Kind::Text),
            None => (at + 1, Kind::Code),
        },
        b'"' => (at + quoted(rest, b'"', language == Language::Rust), Kind::Text),
        b'\'' if language == Language::Rust => match char_literal(rest) {
            Some(length) => (at + length, Kind::Text),
            None => (at + 1, Kind::Code),
        },
        b'\'' => (at + quoted(rest, b'\'', false), Kind::Text),
        b'`' if matches!(language, Language::Script | Language::Go) => (at + quoted(rest, b'`', true), Kind::Text),
        b'/' if language == Language::Script && regex_may_begin(text, at) => match regex(rest) {
            Some(length) => (at + length, Kind::Text),
            None => (at + 1, Kind::Code),
        },
        _ => (at + 1, Kind::Code),
    }
}

fn is_line_start(text: &[u8], at: usize) -> bool {
    text[..at].iter().rev().take_while(|byte| **byte != b'\n').all(u8::is_ascii_whitespace)
}

fn after_word(text: &[u8], at: usize) -> bool {
    at > 0 && (text[at - 1].is_ascii_alphanumeric() || text[at - 1] == b'_')
}

fn line_end(rest: &[u8]) -> usize {
    rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
}

fn block_comment(rest: &[u8], nested: bool) -> usize {
    let (mut at, mut depth) = (2, 1);
    while at < rest.len() {
        if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else if nested && rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// To the closing quote; without `lines` at most to the end of the line.
fn quoted(rest: &[u8], quote: u8, lines: bool) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 1,
            b'\n' if !lines => return at,
            byte if byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    rest.len()
}

fn python_string(rest: &[u8]) -> usize {
    for triple in [b"\"\"\"", b"'''"] {
        if rest.starts_with(triple) {
            let mut at = 3;
            while at < rest.len() {
                if rest[at..].starts_with(triple) {
                    return at + 3;
                }
                at += if rest[at] == b'\\' { 2 } else { 1 };
            }
            return rest.len();
        }
    }
    quoted(rest, rest[0], false)
}

/// `r"…"`, `r#"…"#`, `br"…"`, `b"…"`.
fn raw_string(rest: &[u8]) -> Option<usize> {
    let mut at = usize::from(rest[0] == b'b');
    if rest.get(at) == Some(&b'"') && at == 1 {
        return Some(1 + quoted(&rest[1..], b'"', true));
    }
    if rest.get(at) != Some(&b'r') {
        return None;
    }
    at += 1;
    let hashes = rest[at..].iter().take_while(|byte| **byte == b'#').count();
    at += hashes;
    if rest.get(at) != Some(&b'"') {
        return None;
    }
    let mut end = vec![b'"'];
    end.extend(std::iter::repeat_n(b'#', hashes));
    let found = rest[at + 1..].windows(end.len()).position(|window| window == end);
    Some(found.map_or(rest.len(), |n| at + 1 + n + end.len()))
}

/// `'a'`, `'\n'`, `'é'`; none for a lifetime.
fn char_literal(rest: &[u8]) -> Option<usize> {
    if rest.get(1) == Some(&b'\\') {
        return Some(quoted(rest, b'\'', false));
    }
    // A character has at most four bytes.
    (2..=5.min(rest.len().saturating_sub(1)))
        .find(|at| rest[*at] == b'\'')
        .filter(|at| std::str::from_utf8(&rest[1..*at]).is_ok_and(|text| text.chars().count() == 1))
        .map(|at| at + 1)
}

/// Whether a slash can begin a regular expression: after an operator, not after a value.
fn regex_may_begin(text: &[u8], at: usize) -> bool {
    let before = text[..at].iter().rev().find(|byte| !byte.is_ascii_whitespace());
    before.is_none_or(|byte| b"(,=:[!&|?{};+".contains(byte))
}

fn regex(rest: &[u8]) -> Option<usize> {
    let (mut at, mut class) = (1, false);
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 1,
            b'\n' => return None,
            b'[' => class = true,
            b']' => class = false,
            b'/' if !class => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str, language: Language) -> String {
        Masked::new(text, language).code
    }

    #[test]
    fn strings_and_comments_are_no_code() {
        let rust = "let a = \"}\"; // {\nlet c = '{'; let r = r#\"}\"#; fn f<'a>(x: &'a str) { /* { /* */ */ }";
        let plain = code(rust, Language::Rust);
        assert_eq!(plain.matches(['{', '}']).count(), 2, "{plain}");
        assert!(plain.contains("fn f<'a>(x: &'a str) {"), "{plain}");
        let python = "def a():\n    '''doc { '''\n    return \"#\"  # }\n";
        assert_eq!(code(python, Language::Python).trim_end(), "def a():\n                \n    return");
        let script = "const a = `}${b}`; const r = /[/}]\\/}/g; x = a / b; // }";
        assert_eq!(code(script, Language::Script).matches('}').count(), 0);
        assert!(code(script, Language::Script).contains("a / b"));
    }

    #[test]
    fn the_essence_has_no_comments_and_no_layout() {
        let text = "assert_eq!(  a ,\n  \"x  y\" ); // why";
        let masked = Masked::new(text, Language::Rust);
        assert_eq!(masked.essence(0, text.len()), "assert_eq!( a , \"x y\" );");
        assert_eq!(masked.after_bracket(10), text.find(';').unwrap());
        assert_eq!(masked.line(text.len()), 2);
    }
}
