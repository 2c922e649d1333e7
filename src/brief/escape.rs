//! Making characters visible that a terminal, an editor or a reader could be fooled by.

/// Whether a character moves the cursor, hides text or reorders it: control characters, the bidirectional controls
/// of Unicode Annex 9, zero-width characters, and the tag block.
fn deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{61c}' | '\u{e0000}'..='\u{e007f}')
}

/// `text` with such characters spelled out (`\u{1b}`); line ends and tabs stay, CRLF becomes LF. A zero-width joiner
/// stays, since scripts and emoji need it.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\n' | '\t' | '\u{200c}' | '\u{200d}' => out.push(c),
            c if deceptive(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// The same on one line: runs of white space become one space.
pub fn one_line(text: &str) -> String {
    visible(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_fool_a_reader_is_spelled_out() {
        let table = [
            ("a\x1b[2Jb", "a\\u{1b}[2Jb"),
            ("a\u{202e}b", "a\\u{202e}b"),
            ("a\r\nb\tc", "a\nb\tc"),
            ("a\rb", "a\\u{d}b"),
            ("naïve 日本 👩\u{200d}💻", "naïve 日本 👩\u{200d}💻"),
        ];
        for (text, expected) in table {
            assert_eq!(visible(text), expected);
        }
        assert_eq!(one_line(" a\n\n# b\x07 "), "a # b\\u{7}");
    }
}
