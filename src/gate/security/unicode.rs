//! Characters that make a text read differently from what a compiler sees: direction changes ("trojan source"),
//! invisible characters, letters of other scripts that look Latin.

/// A deceptive character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Deceit {
    /// The rule.
    pub(super) rule: &'static str,
    /// What is there.
    pub(super) what: String,
}

/// The first deceit of a line. `code` says whether the file is a program: prose may hold right-to-left marks and
/// words of any script.
pub(super) fn in_line(line: &str, code: bool) -> Option<Deceit> {
    if line.is_ascii() {
        return None;
    }
    let characters: Vec<char> = line.chars().collect();
    for (n, c) in characters.iter().enumerate() {
        let before = n.checked_sub(1).and_then(|n| characters.get(n));
        let deceit = |rule, name: &str| {
            let what = format!("{name} U+{:04X} in column {}: the line is not what it looks like", *c as u32, n + 1);
            Some(Deceit { rule, what })
        };
        match c {
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => return deceit("bidi", "direction control"),
            '\u{200e}' | '\u{200f}' | '\u{61c}' if code => return deceit("bidi", "direction mark"),
            '\u{200c}' | '\u{200d}' if joins(before, characters.get(n + 1)) => {}
            // A mark at the beginning of a file says how it is encoded; elsewhere it is invisible.
            '\u{feff}' if n == 0 => {}
            c if is_invisible(*c) => return deceit("invisible-character", "invisible character"),
            _ => {}
        }
    }
    if code { mixed_word(line) } else { None }
}

/// Joiners belong into emoji and into words of scripts that join.
fn joins(before: Option<&char>, after: Option<&char>) -> bool {
    let other = |c: Option<&char>| c.is_some_and(|c| !c.is_ascii() && !is_invisible(*c));
    other(before) && other(after)
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{200b}'..='\u{200d}'
        | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{e0000}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}')
}

/// A word of Latin letters with a Cyrillic or Greek one that looks Latin.
fn mixed_word(line: &str) -> Option<Deceit> {
    let word = |c: char| !(c.is_alphanumeric() || c == '_');
    line.split(word).find_map(|word| {
        let latin = word.chars().any(|c| c.is_ascii_alphabetic());
        let double = word.chars().find(|c| LOOKALIKES.contains(*c))?;
        latin.then(|| Deceit {
            rule: "lookalike",
            what: format!("`{}` mixes Latin letters with U+{:04X}, which looks like one", word, double as u32),
        })
    })
}

/// Cyrillic and Greek letters whose usual shape is a Latin letter's.
const LOOKALIKES: &str = "аеорсухіјѕһԁԛԝАВЕКМНОРСТХІЈЅοΑΒΕΖΗΙΚΜΝΟΡΤΥΧ";

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(line: &str, code: bool) -> Option<&'static str> {
        in_line(line, code).map(|deceit| deceit.rule)
    }

    #[test]
    fn deceits_are_found() {
        let table = [
            ("if access != \"user\u{202e} \u{2066}// admin\u{2069} \u{2066}\" {", "bidi"),
            ("let x = 1; \u{2067}// note", "bidi"),
            ("let a\u{200b}b = 1;", "invisible-character"),
            ("x = '\u{3164}'", "invisible-character"),
            ("let \u{feff}x = 1;", "invisible-character"),
            ("def \u{440}assword(): pass", "lookalike"),
            ("x = 1 # \u{e0041}", "invisible-character"),
        ];
        for (line, expected) in table {
            assert_eq!(rule(line, true), Some(expected), "{line:?}");
        }
        assert_eq!(rule("text \u{202e}txet", false), Some("bidi"), "prose too");
    }

    #[test]
    fn other_scripts_and_emoji_are_fine() {
        let fine = [
            "let greeting = \"Grüße, Ωmega, мир, 世界\";",
            "// \u{1f469}\u{200d}\u{1f4bb} works here",
            "name = \"می\u{200c}خواهم\"",
            "plain = 'ascii'",
            "let π = 3.14;",
        ];
        for line in fine {
            assert_eq!(rule(line, true), None, "{line:?}");
        }
        assert_eq!(rule("\u{feff}using System;", true), None, "a byte order mark");
        assert_eq!(rule("שלום\u{200f}!", false), None, "a mark in prose");
    }
}
