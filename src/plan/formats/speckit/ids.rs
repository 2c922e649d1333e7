//! How ids of spec-kit look.

use crate::plan::text::{Grammar, ID_DIGITS};

/// How ids look: T and digits, perhaps with a letter (T007a) or more numbers (T007.1).
pub(super) const IDS: Grammar = Grammar(|text, _| task_id(text).map(|id| (id.len(), id)));

/// The id at the start of `text`.
pub(super) fn task_id(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    if bytes.first() != Some(&b'T') {
        return None;
    }
    let digits = bytes[1..].iter().take_while(|b| b.is_ascii_digit()).count();
    if !(1..=ID_DIGITS).contains(&digits) {
        return None;
    }
    let mut end = 1 + digits;
    let more = |end: usize| bytes[end + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
    while bytes.get(end) == Some(&b'.') && (1..=3).contains(&more(end)) {
        end += 1 + more(end);
    }
    if bytes.get(end).is_some_and(u8::is_ascii_alphabetic) {
        end += 1;
    }
    // `T003-MIN`: a word in capitals behind it is part of the id; `T003-T006` is a range.
    if bytes.get(end) == Some(&b'-') {
        let word = bytes[end + 1..].iter().take_while(|b| b.is_ascii_uppercase()).count();
        let ends = !text[end + 1 + word..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
        end += if (1..=8).contains(&word) && ends { 1 + word } else { 0 };
    }
    let open = text[end..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    (!open).then(|| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::task_id;

    #[test]
    fn ids() {
        for (text, expected) in [
            ("T001 x", Some("T001")),
            ("T1:", Some("T1")),
            ("T007a", Some("T007a")),
            ("T007.1 x", Some("T007.1")),
            ("T007. x", Some("T007")),
            ("T12345", Some("T12345")),
            ("T123456", None),
            ("T001ab", None),
            ("TXXX", None),
            ("T001_x", None),
            ("T003-MIN [P]", Some("T003-MIN")),
            ("T003-T006", Some("T003")),
            ("T003-B", Some("T003-B")),
            ("T003-min", Some("T003")),
        ] {
            assert_eq!(task_id(text), expected, "{text}");
        }
    }
}
