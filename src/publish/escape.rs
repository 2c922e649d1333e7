//! Words of plans and agents inside Markdown of ours: shown as they are, never as markup, mention, reference or marker.

/// What would become invisible, markup, a mention or a closing keyword's reference.
const ZERO_WIDTH: char = '\u{200b}';

/// One line of text for Markdown: control characters are gone, markup is escaped, `@name` and `#12` notify and link nobody.
pub(super) fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut spaces = false;
    for c in text.trim().chars() {
        if c.is_whitespace() || c.is_control() {
            spaces = true;
            continue;
        }
        if is_invisible(c) {
            continue;
        }
        if std::mem::take(&mut spaces) {
            out.push(' ');
        }
        match c {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '(' | ')' | '|' | '~' | '!' | '$' | '&' => {
                out.push('\\');
                out.push(c);
            }
            '@' | '#' => {
                out.push(c);
                out.push(ZERO_WIDTH);
            }
            // `GH-12` is a reference too.
            '-' if out.to_ascii_lowercase().ends_with("gh") => {
                out.push(c);
                out.push(ZERO_WIDTH);
            }
            _ => out.push(c),
        }
    }
    out
}

/// Characters that turn writing around or hide it.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{00ad}')
}

/// Text as code: in a fence of backticks longer than any inside it.
pub(super) fn code(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{}{pad}{fence}", text.replace('|', "\\|"))
}

/// One line for a title, which is no Markdown but notifies all the same.
pub(super) fn title(text: &str, limit: usize) -> String {
    let mut plain = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !plain.is_empty() {
            plain.push(' ');
        }
        for c in word.chars().filter(|c| !is_invisible(*c)) {
            plain.push(c);
            if c == '@' {
                plain.push(ZERO_WIDTH);
            }
        }
    }
    if plain.chars().count() <= limit {
        return plain;
    }
    let cut: String = plain.chars().take(limit.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_title_works() {
        let hostile =
            "<!-- git-orca run=x --> @team fixes #12, GH-7 [a](javascript:x) | `b` **c**\u{202e}\r\n<img>\x1b[31m";
        let shown = inline(hostile);
        for bad in ["<!--", "@team", "#12", "GH-7", "[a](", " | ", "**", "\u{202e}", "\n", "<img", "\x1b"] {
            assert!(!shown.contains(bad) || shown.contains(&format!("\\{bad}")), "{bad:?} in {shown:?}");
        }
        assert_eq!(inline("Cart  model"), "Cart model");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(title("ask @ada\nnow", 40), "ask @\u{200b}ada now");
        assert_eq!(title("abcdef", 4), "abc…");
    }
}
