//! Text in boxes, without a font at hand: widths as in DejaVu Sans, the widest of the sans-serif fonts that browsers fall
//! back to. What fits by them fits in all others.

use unicode_width::UnicodeWidthChar;

/// How much wider bold letters are.
const BOLD: f64 = 1.14;

/// As much of a text as fits into `room` pixels at `size` pixels; what is cut ends with `…`.
pub(super) fn fitted(text: &str, room: f64, size: f64, is_bold: bool) -> String {
    let em = size * if is_bold { BOLD } else { 1.0 };
    let width = |text: &str| text.chars().map(width_of).sum::<f64>() * em;
    if width(text) <= room {
        return text.to_owned();
    }
    let room = room - width("…");
    let mut used = 0.0;
    let fits = |c: &char| {
        used += width_of(*c) * em;
        used <= room
    };
    let kept: String = text.chars().take_while(fits).collect();
    format!("{}…", kept.trim_end())
}

/// Width of a character in parts of the font's size.
fn width_of(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 'I' | '\'' | '|' | '.' | ',' | ':' | ';' | ' ' | '!' => 0.34,
        'f' | 't' | 'r' | '-' | '/' | '\\' | '(' | ')' | '[' | ']' | 'J' => 0.42,
        'm' | 'w' | 'W' | 'M' | '@' | '%' | '…' => 1.0,
        'a'..='z' | '0'..='9' | '_' | '"' | '*' | '?' => 0.65,
        'A'..='Z' | '+' | '<' | '>' | '=' | '#' | '&' | '~' | '$' => 0.84,
        c if c.width() == Some(0) => 0.0,
        c if c.width() == Some(2) => 1.1,
        // Other scripts, and signs: as wide as the widest letters.
        _ => 0.9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_end_with_an_ellipsis_and_short_ones_are_whole() {
        assert_eq!(fitted("Add a price model", 204.0, 11.0, false), "Add a price model");
        assert_eq!(fitted("", 10.0, 11.0, false), "");
        let wide = fitted(&"W".repeat(40), 204.0, 11.0, false);
        assert_eq!(wide.chars().count(), 18, "17 letters of 11 px and the sign: {wide}");
        let narrow = fitted(&"i".repeat(90), 204.0, 11.0, false);
        assert!(narrow.chars().count() > 45, "{narrow}");
        assert!(fitted(&"字".repeat(40), 204.0, 11.0, false).chars().count() <= 17);
        let bold = fitted(&"n".repeat(40), 204.0, 11.0, true);
        assert!(bold.chars().count() < fitted(&"n".repeat(40), 204.0, 11.0, false).chars().count());
    }
}
