//! Where code is code: comments and the insides of strings, told apart byte by byte. Enough to match
//! brackets and to know whether a word is meant.

use super::language::Language;
use super::parsed::Parsed;

/// What a byte belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteKind {
    /// Neither of the others.
    Code,
    /// In a comment, its marks included.
    Comment,
    /// Inside a string, its quotes included.
    Text,
}

/// A text with what each byte belongs to.
#[derive(Debug, Clone)]
pub struct Masked<'a> {
    /// The text.
    pub text: &'a str,
    kinds: Vec<ByteKind>,
    /// The text with everything but code blanked out; same length, same lines.
    pub code: String,
}

impl<'a> Masked<'a> {
    /// Tells the parts of a file's text apart, in the language of its path.
    pub fn of_path(path: &str, text: &'a str) -> Masked<'a> {
        let parsed = Parsed::read(path, text);
        Masked::with(text, parsed.as_ref())
    }

    /// Tells the parts of a text apart.
    pub fn new(text: &'a str, language: Language) -> Masked<'a> {
        let parsed = Parsed::of(language, text);
        Masked::with(text, parsed.as_ref())
    }

    fn with(text: &'a str, parsed: Option<&Parsed<'_>>) -> Masked<'a> {
        let kinds = parsed.map_or_else(|| scanned(text.as_bytes()), parsed_kinds);
        let blank = |(byte, kind): (&u8, &ByteKind)| match (*kind, *byte) {
            (ByteKind::Code, byte) if byte.is_ascii() => byte,
            (_, b'\n') => b'\n',
            _ => b' ',
        };
        let code: Vec<u8> = text.as_bytes().iter().zip(&kinds).map(blank).collect();
        // Every byte is ASCII now.
        Masked { text, kinds, code: String::from_utf8_lossy(&code).into_owned() }
    }

    /// What the byte at a position belongs to; beyond the end, code.
    pub fn kind(&self, at: usize) -> ByteKind {
        self.kinds.get(at).copied().unwrap_or(ByteKind::Code)
    }

    /// The position after the bracket that closes the one at `open`; the end of the text when none does.
    pub fn after_bracket(&self, open: usize) -> usize {
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
    pub fn line(&self, at: usize) -> u32 {
        self.text.as_bytes()[..at.min(self.text.len())].iter().filter(|byte| **byte == b'\n').count() as u32 + 1
    }

    /// A part without comments and with single spaces: what has to change for it to mean something else.
    pub fn essence(&self, from: usize, to: usize) -> String {
        let mut bytes = Vec::with_capacity(to.saturating_sub(from));
        for at in from..to.min(self.text.len()) {
            let byte = self.text.as_bytes()[at];
            match self.kind(at) {
                ByteKind::Comment => bytes.push(b' '),
                ByteKind::Code if byte.is_ascii_whitespace() => bytes.push(b' '),
                _ => bytes.push(byte),
            }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// The end of a statement: a line end outside brackets.
    pub(super) fn logical_line(&self, from: usize, to: usize) -> usize {
        let mut depth = 0i32;
        for (at, byte) in self.code.bytes().enumerate().take(to).skip(from) {
            match byte {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth -= 1,
                b'\n' if depth <= 0 && self.kind(at) == ByteKind::Code && !self.code[..at].ends_with('\\') => {
                    return at;
                }
                b';' if depth <= 0 => return at,
                _ => {}
            }
        }
        to
    }

    /// A part without comments, and without any space or last comma that only layout wants: the same code in two layouts
    /// gives the same text.
    pub fn without_layout(&self, from: usize, to: usize) -> String {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
        let mut bytes: Vec<u8> = Vec::with_capacity(to.saturating_sub(from));
        let mut spaced = false;
        for at in from..to.min(self.text.len()) {
            let byte = self.text.as_bytes()[at];
            let kind = self.kind(at);
            if kind == ByteKind::Comment || kind == ByteKind::Code && byte.is_ascii_whitespace() {
                spaced = true;
                continue;
            }
            let last = bytes.last().copied();
            if spaced && last.is_some_and(|last| is_word(last) && is_word(byte) || last == byte) {
                bytes.push(b' ');
            }
            if kind == ByteKind::Code && matches!(byte, b')' | b']' | b'}') && last == Some(b',') {
                bytes.pop();
            }
            spaced = false;
            bytes.push(byte);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Whether a byte may be part of a name.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The word that a text begins with.
pub(super) fn word(text: &str) -> &str {
    let end = text.bytes().position(|byte| !is_word(byte)).unwrap_or(text.len());
    &text[..end]
}

/// From the syntax tree. What lies outside of the scripts of a page is words, no code.
fn parsed_kinds(parsed: &Parsed<'_>) -> Vec<ByteKind> {
    let mut kinds = vec![ByteKind::Text; parsed.text.len()];
    for range in parsed.ranges() {
        let end = range.end.min(kinds.len());
        kinds[range.start.min(end)..end].fill(ByteKind::Code);
    }
    let mut within = 0;
    parsed.visit(|node, _| {
        let kind = match node.kind() {
            name if name.ends_with("comment") && node.is_named() => ByteKind::Comment,
            "string_literal"
            | "raw_string_literal"
            | "char_literal"
            | "string"
            | "template_string"
            | "regex"
            | "jsx_text"
            | "interpreted_string_literal"
            | "rune_literal"
                if node.is_named() =>
            {
                ByteKind::Text
            }
            _ => return,
        };
        // What a string holds (escapes, substitutions) is part of it.
        if node.start_byte() < within {
            return;
        }
        within = node.end_byte();
        let text = parsed.text_of(node);
        let end =
            node.start_byte() + if kind == ByteKind::Comment { text.trim_end_matches('\n').len() } else { text.len() };
        kinds[node.start_byte()..end].fill(kind);
    });
    kinds
}

/// By the habits of languages like C: for those without a grammar, and for texts too long to be parsed.
fn scanned(text: &[u8]) -> Vec<ByteKind> {
    let mut kinds = vec![ByteKind::Code; text.len()];
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let line_end = || rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let (length, kind) = match rest {
            [b'#', ..] if is_line_start(text, at) => (line_end(), ByteKind::Comment),
            [b'/', b'/', ..] => (line_end(), ByteKind::Comment),
            [b'/', b'*', ..] => {
                let end = rest[2..].windows(2).position(|pair| pair == b"*/");
                (end.map_or(rest.len(), |end| end + 4), ByteKind::Comment)
            }
            [quote @ (b'"' | b'\''), ..] => (quoted(rest, *quote), ByteKind::Text),
            _ => (1, ByteKind::Code),
        };
        kinds[at..at + length].fill(kind);
        at += length;
    }
    kinds
}

fn is_line_start(text: &[u8], at: usize) -> bool {
    text[..at].iter().rev().take_while(|byte| **byte != b'\n').all(u8::is_ascii_whitespace)
}

/// To the closing quote, at most to the end of the line.
fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 1,
            b'\n' => return at,
            byte if byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    rest.len()
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
        assert_eq!(code(script, Language::JavaScript).matches('}').count(), 0);
        assert!(code(script, Language::JavaScript).contains("a / b"));
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
