//! A program text as words and signs, without comments and literals: as much of each language as measuring needs.

use crate::project::Language;

/// A word or a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'t> {
    /// The word, or one sign; `&&`, `||`, `=>`, `?.` and `??` are one.
    pub(super) text: &'t str,
    /// Line from 1.
    pub(super) line: u32,
    /// Characters before it in its line, when it is the first there.
    pub(super) indent: Option<usize>,
}

/// The language of a source file, by its ending.
pub(in crate::gate) fn language(path: &str) -> Option<Language> {
    match path.rsplit_once('.')?.1 {
        "rs" => Some(Language::Rust),
        "py" | "pyi" => Some(Language::Python),
        "js" | "jsx" | "mjs" | "cjs" => Some(Language::JavaScript),
        "ts" | "tsx" | "mts" | "cts" => Some(Language::TypeScript),
        "go" => Some(Language::Go),
        _ => None,
    }
}

/// Signs of two characters that mean something of their own here.
const PAIRS: [&str; 7] = ["&&", "||", "=>", "?.", "??", "->", "::"];

/// The tokens of `text`. A text that ends inside a literal or comment just ends.
pub(super) fn tokens(text: &str, language: Language) -> Vec<Token<'_>> {
    let mut reader = Reader { text, at: 0, line: 1, language, tokens: Vec::new(), line_start: 0 };
    while reader.at < text.len() {
        reader.step();
    }
    reader.tokens
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    line_start: usize,
    language: Language,
    tokens: Vec<Token<'t>>,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn step(&mut self) {
        let rest = self.rest();
        let Some(c) = rest.chars().next() else { return };
        if c == '\n' {
            self.advance(1);
        } else if c.is_whitespace() {
            self.advance(c.len_utf8());
        } else if let Some(length) = self.comment(rest).or_else(|| self.literal(rest, c)) {
            self.mark_literal(rest, length);
            self.advance(length.max(1));
        } else if c.is_alphanumeric() || c == '_' {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            self.push(end);
        } else {
            let pair = PAIRS.iter().any(|pair| rest.starts_with(pair));
            self.push(if pair { 2 } else { c.len_utf8() });
        }
    }

    /// A literal at the beginning of a line is a token, so that a line of its own is seen (docstrings).
    fn mark_literal(&mut self, rest: &'t str, length: usize) {
        let quote = rest[..length.min(rest.len())].trim_start_matches(['r', 'b', 'u', 'f', 'R', 'B', 'U', 'F']);
        if self.language == Language::Python && quote.starts_with(['"', '\'']) {
            let text = &quote[..1];
            self.tokens.push(Token { text, line: self.line, indent: self.indent() });
        }
    }

    fn indent(&self) -> Option<usize> {
        let first = self.tokens.last().is_none_or(|last| last.line != self.line);
        first.then(|| self.text[self.line_start..self.at].chars().map(|c| if c == '\t' { 8 } else { 1 }).sum())
    }

    fn push(&mut self, length: usize) {
        let token = Token { text: &self.rest()[..length], line: self.line, indent: self.indent() };
        self.tokens.push(token);
        self.at += length;
    }

    fn advance(&mut self, length: usize) {
        let end = (self.at + length).min(self.text.len());
        for (n, _) in self.text[self.at..end].match_indices('\n') {
            self.line += 1;
            self.line_start = self.at + n + 1;
        }
        self.at = end;
    }

    fn comment(&self, rest: &str) -> Option<usize> {
        let to_line_end = || rest.find('\n').unwrap_or(rest.len());
        match self.language {
            Language::Python => rest.starts_with('#').then(to_line_end),
            _ if rest.starts_with("//") => Some(to_line_end()),
            _ if rest.starts_with("/*") => Some(rest[2..].find("*/").map_or(rest.len(), |end| end + 4)),
            _ => None,
        }
    }

    fn literal(&self, rest: &str, c: char) -> Option<usize> {
        match (self.language, c) {
            (Language::Python, _) => python_literal(rest),
            (Language::Rust, 'r' | 'b' | 'c') => rust_raw(rest),
            (Language::Rust, '\'') => rust_char(rest),
            (Language::Go, '`') => Some(rest[1..].find('`').map_or(rest.len(), |end| end + 2)),
            (Language::Rust | Language::Go, '"') | (_, '"' | '\'' | '`') => Some(escaped(rest, c, c == '`')),
            (Language::JavaScript | Language::TypeScript, '/') if self.may_be_pattern() => pattern(rest),
            _ => None,
        }
    }

    /// A slash after an operand divides; after anything else it begins a regular expression.
    fn may_be_pattern(&self) -> bool {
        self.tokens.last().is_none_or(|last| {
            let word = last.text.starts_with(|c: char| c.is_alphanumeric() || c == '_');
            let operand = (word && !["return", "typeof", "case", "in", "of"].contains(&last.text))
                || [")", "]", "}"].contains(&last.text);
            !operand
        })
    }
}

/// Length of a quoted literal with backslash escapes, quotes included. Without `lines` it ends with its line at most.
fn escaped(rest: &str, quote: char, lines: bool) -> usize {
    let mut skip = false;
    for (n, c) in rest.char_indices().skip(1) {
        if skip {
            skip = false;
        } else if c == '\\' {
            skip = true;
        } else if c == quote {
            return n + c.len_utf8();
        } else if c == '\n' && !lines && quote == '\'' {
            return n;
        }
    }
    rest.len()
}

fn pattern(rest: &str) -> Option<usize> {
    let (mut skip, mut class) = (false, false);
    for (n, c) in rest.char_indices().skip(1) {
        match c {
            '\n' => return None,
            _ if skip => skip = false,
            '\\' => skip = true,
            '[' => class = true,
            ']' => class = false,
            '/' if !class => return Some(n + 1),
            _ => {}
        }
    }
    None
}

fn python_literal(rest: &str) -> Option<usize> {
    let letters = rest.find(|c: char| !"rbufRBUF".contains(c)).filter(|n| *n <= 2)?;
    let (prefix, body) = rest.split_at(letters);
    let quote = body.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let triple: String = [quote; 3].iter().collect();
    let length = if body.starts_with(&triple) {
        body[3..].find(&triple).map_or(body.len(), |end| end + 6)
    } else {
        escaped(body, quote, false)
    };
    Some(prefix.len() + length)
}

fn rust_raw(rest: &str) -> Option<usize> {
    let after = rest.trim_start_matches(['b', 'c']).strip_prefix('r').unwrap_or_default();
    let hashes = after.len() - after.trim_start_matches('#').len();
    if after.is_empty() || !after[hashes..].starts_with('"') {
        return None;
    }
    let head = rest.len() - after.len() + hashes + 1;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(rest[head..].find(&end).map_or(rest.len(), |at| head + at + end.len()))
}

/// A character, as opposed to a lifetime.
fn rust_char(rest: &str) -> Option<usize> {
    let mut chars = rest.char_indices().skip(1);
    let (_, first) = chars.next()?;
    if first == '\\' {
        return Some(escaped(rest, '\'', false));
    }
    let (at, second) = chars.next()?;
    (second == '\'').then_some(at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, language: Language) -> String {
        tokens(text, language).iter().map(|token| token.text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn literals_and_comments_are_left_out() {
        let rust = "let a = \"if { \\\" }\"; // if\nlet b = 'x'; /* { */ let c: &'a str = r#\"} \" \"#; let d = '\\'';";
        assert_eq!(words(rust, Language::Rust), "let a = ; let b = ; let c : & ' a str = ; let d = ;");
        let ts = "const a = `{ ${x} }`; const r = /[/{]+\\/}/g; const q = a / b; f('}') // {";
        assert_eq!(words(ts, Language::TypeScript), "const a = ; const r = g ; const q = a / b ; f ( )");
        let go = "x := `{`; y := '{'; if a && b || c {";
        assert_eq!(words(go, Language::Go), "x : = ; y : = ; if a && b || c {");
        let python = "x = f'{a}' # if\ny = '''if\nelse'''\nz = rb\"}\"";
        assert_eq!(words(python, Language::Python), "x = ' y = ' z = \"");
    }

    #[test]
    fn lines_and_indents_survive_literals() {
        let found = tokens("a = '''\n\n'''\n  b", Language::Python);
        let last = found.last().unwrap();
        assert_eq!((last.text, last.line, last.indent), ("b", 4, Some(2)));
    }

    #[test]
    fn broken_texts_end() {
        for text in ["\"abc", "'''abc", "/* abc", "r#\"abc", "`abc", "'", "\\", "é'é'", "r", "b'", "/"] {
            for language in [Language::Rust, Language::Python, Language::TypeScript, Language::Go] {
                tokens(text, language);
            }
        }
    }
}
