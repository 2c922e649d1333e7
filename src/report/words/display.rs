//! Text that we did not write, made safe to show: nothing in it can move the cursor, recolour, reorder or hide text.

use unicode_width::UnicodeWidthStr;

/// Characters shown as their escape: control characters, and those that reorder or hide what stands around them.
///
/// Joiners and variation selectors of emoji are left alone: they change one glyph.
pub(in crate::report) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180e}'
            | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e007f}')
}

/// `text` on one line, with control and formatting characters as visible escapes (`\n`, `\u{1b}`, `\u{202e}`).
pub fn safe(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

/// A plan as people know it: by its path, or by how they gave it.
pub fn plan_name(path: &str) -> String {
    if crate::journal::is_of_messages(path) { "tasks given with -m".to_owned() } else { safe(path) }
}

/// Columns that a safe text takes; our own colours take none.
pub fn width(text: &str) -> usize {
    if text.contains('\x1b') { anstream::adapter::strip_str(text).to_string().width() } else { text.width() }
}

/// Marks that do not advance allowed in a row per column: accents need a few, stacks of hundreds hide the lines around.
const MARKS: usize = 4;

/// [`safe`] and at most `columns` wide; what is cut off is said by `…`.
pub fn clip(text: &str, columns: usize) -> String {
    // What is far beyond the cut must not cost anything.
    let head: String = text.trim().chars().take(columns.saturating_mul(MARKS).saturating_add(1)).collect();
    let cut = head.len() < text.trim().len();
    let shown = safe(&head);
    if !cut && width(&shown) <= columns {
        return shown;
    }
    let mut kept = String::new();
    for c in shown.chars() {
        // The whole is measured each time: a selector can widen the character before it.
        kept.push(c);
        if width(&kept) >= columns {
            kept.pop();
            break;
        }
    }
    kept.truncate(kept.trim_end().len());
    if columns > 0 {
        kept.push('…');
    }
    kept
}

/// As [`clip`] for a line that is [`safe`] already, with its indentation.
pub fn cut(line: &str, columns: usize) -> String {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let indent = indent.min(columns / 2);
    format!("{:indent$}{}", "", clip(line, columns - indent))
}

/// The lines of a longer text, each [`safe`], without blank ones at its ends.
pub fn lines(text: &str) -> Vec<String> {
    text.trim().lines().map(|line| safe(&line.replace('\t', "    "))).collect()
}

/// `text` (safe) in lines of at most `columns`, broken at spaces; a word that is longer stays whole: it may be a path. So
/// does a command that follows a colon, a semicolon or a parenthesis: it is there to be pasted.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut wrapped = Vec::new();
    let mut line = String::new();
    for word in &unbroken(text) {
        if !line.is_empty() && width(&line) + 1 + width(word) > columns {
            wrapped.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    wrapped.push(line);
    wrapped
}

/// Words of a command that stay on one line; what is longer explains it.
const COMMAND_WORDS: usize = 8;

/// The words of a text, with commands as one word each.
fn unbroken(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split(' ').collect();
    let (mut whole, mut at) = (Vec::new(), 0);
    while at < words.len() {
        let before = if at == 0 { ":" } else { words[at - 1] };
        let begins = words[at].trim_start_matches('(') == "git" && words.get(at + 1) == Some(&"orca");
        let is_command = begins && (words[at].starts_with('(') || before.ends_with([':', ';']));
        let mut end = at + 1;
        while is_command && end < words.len().min(at + COMMAND_WORDS) && !words[end].is_empty() {
            end += 1;
            if words[end - 1].ends_with([';', ',', ')']) {
                break;
            }
        }
        whole.push(words[at..end].join(" "));
        at = end;
    }
    whole
}

/// `text` (safe) after `head`, wrapped at `columns`, with further lines under the first word of it.
pub fn hang(head: &str, text: &str, columns: usize) -> String {
    let indent = width(head);
    let lines = wrap(text, columns.saturating_sub(indent).max(20));
    let joined = lines.join(&format!("\n{:indent$}", ""));
    format!("{head}{joined}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_could_lie_is_made_visible() {
        let table = [
            ("plain Ünïcode 日本 👩‍💻", "plain Ünïcode 日本 👩‍💻"),
            ("\x1b[31mred\x1b[0m", "\\u{1b}[31mred\\u{1b}[0m"),
            ("a\r\nb\tc\0", "a\\r\\nb\\tc\\u{0}"),
            ("abc\u{202e}txt.exe\u{2066}", "abc\\u{202e}txt.exe\\u{2066}"),
            ("\u{9b}2J zero\u{200b}width\u{feff}", "\\u{9b}2J zero\\u{200b}width\\u{feff}"),
        ];
        for (raw, shown) in table {
            assert_eq!(safe(raw), shown, "{raw:?}");
        }
    }

    #[test]
    fn clipping_counts_columns_not_bytes() {
        let table = [
            ("short", 10, "short"),
            ("exactly", 7, "exactly"),
            ("too long", 7, "too lo…"),
            ("日本語", 5, "日本…"),
            ("x", 0, ""),
        ];
        for (raw, columns, shown) in table {
            assert_eq!(clip(raw, columns), shown, "{raw:?}");
        }
        assert_eq!(clip(&"x".repeat(500), 20), format!("{}…", "x".repeat(19)));
        assert!(clip(&format!("a{}", "\u{301}".repeat(5_000)), 20).len() < 400);
    }

    #[test]
    fn long_texts_hang_under_their_first_word() {
        assert_eq!(hang("note  ", "one two three four five six", 26), "note  one two three four\n      five six");
    }

    proptest! {
        #[test]
        fn clipped_text_is_inert_and_fits(text in any::<String>(), columns in 0usize..60) {
            let shown = clip(&text, columns);
            prop_assert!(width(&shown) <= columns, "{shown:?}");
            prop_assert!(!shown.chars().any(is_hidden));
        }
    }
}
