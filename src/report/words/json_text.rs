//! JSON as text that a terminal can show: what could act on one is escaped, which changes no value.

use serde::Serialize;

use super::display::is_hidden;

/// On one line, with its newline.
pub fn line(value: &impl Serialize) -> String {
    text(serde_json::to_string(value))
}

/// Indented, with its newline.
pub fn pretty(value: &impl Serialize) -> String {
    text(serde_json::to_string_pretty(value))
}

/// Structs of this crate cannot fail to be written: no maps with keys that are no strings, no failing serializers.
fn text(json: serde_json::Result<String>) -> String {
    let json = json.unwrap_or_else(|why| format!("{{\"format\":1,\"error\":\"{why}\"}}"));
    let mut text = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        // Outside of strings JSON has no such characters but newlines, and inside no bare newline.
        if is_hidden(c) && c != '\n' {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().for_each(|unit| text.push_str(&format!("\\u{unit:04x}")));
        } else {
            text.push(c);
        }
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{HOSTILE, inert};

    #[test]
    fn hostile_strings_are_escaped_and_read_back_unchanged() {
        for title in &HOSTILE[..3] {
            for text in [line(&[*title, "\u{e0041}"]), pretty(&[*title, "\u{e0041}"])] {
                inert(&text);
                let back: [String; 2] = serde_json::from_str(&text).unwrap();
                assert_eq!(back, [*title, "\u{e0041}"]);
            }
        }
    }
}
