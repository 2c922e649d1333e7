//! Small wrong versions of changed lines. A test that notices none of them does not test the change.

use super::change::{Change, Overlay};
use super::go;
use super::paths::Class;
use crate::source::Language;
use crate::source::{ByteKind, Masked};

/// One wrong version of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mutant {
    pub(super) path: String,
    pub(super) line: u32,
    /// What was done, for people: `` `==` to `!=` ``.
    pub(super) what: String,
    pub(super) content: String,
}

/// Replacements between operators, longest first. A space around where the bare sign means something else as well.
const OPERATORS: [(&str, &str); 22] = [
    ("===", "!=="),
    ("!==", "==="),
    ("==", "!="),
    ("!=", "=="),
    ("<=", ">"),
    (">=", "<"),
    ("&&", "||"),
    ("||", "&&"),
    (" and ", " or "),
    (" or ", " and "),
    (" not in ", " in "),
    ("+=", "-="),
    ("-=", "+="),
    (" < ", " >= "),
    (" > ", " <= "),
    (" + ", " - "),
    (" - ", " + "),
    (" * ", " + "),
    (" / ", " * "),
    (" % ", " * "),
    ("True", "False"),
    ("False", "True"),
];

/// Mutants of the production lines that a change adds: first one for each line, then the others; conditions and values
/// before the rest, since those compile.
pub(super) fn mutants(change: &Change, added: &dyn Fn(&str, u32) -> bool) -> Vec<Mutant> {
    let mut rounds: Vec<Vec<Mutant>> = Vec::new();
    for Changed { path, text, lines } in changed(change, added) {
        for (number, edits) in lines {
            for (n, (from, to, with, what)) in edits.into_iter().enumerate() {
                let content = format!("{}{with}{}", &text[..from], &text[to..]);
                if rounds.len() <= n {
                    rounds.push(Vec::new());
                }
                rounds[n].push(Mutant { path: path.to_owned(), line: number, what, content });
            }
        }
    }
    rounds.into_iter().flatten().collect()
}

/// The change with something wrong in every line that it adds; none where that would be a single line. What could keep a
/// loop from ending is left as it is.
pub(super) fn everywhere(change: &Change, added: &dyn Fn(&str, u32) -> bool) -> Option<Overlay> {
    let mut overlay = Overlay::new();
    let mut count = 0;
    for Changed { path, text, lines } in changed(change, added) {
        let mut wrong = text.to_owned();
        // From the end, so that what stands before keeps its place.
        for (number, edits) in lines.into_iter().rev() {
            let line = text.lines().nth(number as usize - 1).unwrap_or_default().trim_start();
            let loops = ["while ", "for ", "loop ", "do "]
                .iter()
                .any(|word| line.trim_start_matches('}').trim_start().starts_with(word));
            if loops || line.contains("+=") || line.contains("-=") {
                continue;
            }
            if let Some((from, to, with, _)) = edits.into_iter().next() {
                wrong.replace_range(from..to, &with);
                count += 1;
            }
        }
        overlay.insert(path.to_owned(), Some(wrong.into_bytes()));
    }
    (count > 1).then_some(overlay)
}

/// A file with what can be made wrong in it, line by line.
struct Changed<'a> {
    path: &'a str,
    text: &'a str,
    lines: Vec<(u32, Vec<Edit>)>,
}

fn changed<'a>(change: &'a Change, added: &dyn Fn(&str, u32) -> bool) -> Vec<Changed<'a>> {
    let mut found = Vec::new();
    for file in change.files.iter().filter(|file| file.class == Class::Source) {
        let (Some(text), Some(language)) = (&file.new, Language::of_path(&file.path)) else { continue };
        let masked = Masked::new(text, language);
        let (mut at, mut lines) = (0, Vec::new());
        for (number, line) in (1..).zip(text.split_inclusive('\n')) {
            let from = at;
            at += line.len();
            if added(&file.path, number) && change.is_production(&file.path, number) {
                let edits = edits(&masked, from, at, language);
                lines.extend((!edits.is_empty()).then_some((number, edits)));
            }
        }
        found.extend((!lines.is_empty()).then_some(Changed { path: &file.path, text, lines }));
    }
    found
}

/// A replacement: from, to, with what, in words.
type Edit = (usize, usize, String, String);

fn edits(masked: &Masked<'_>, from: usize, to: usize, language: Language) -> Vec<Edit> {
    let code = &masked.code[from..to];
    let declares = ["use ", "import ", "from ", "package ", "#[", "#include", "export {", "mod ", "@"];
    if declares.iter().any(|word| code.trim_start().starts_with(word)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    found.extend(operators(code, from));
    found.extend(words(code, from));
    found.extend(numbers(code, from));
    found.extend(texts(masked, from, to));
    found.extend(conditions(masked, from, to, language));
    found.extend(returns(masked, from, to, language));
    found
}

fn told(old: &str, new: &str) -> String {
    format!("`{}` to `{}`", old.trim(), new.trim())
}

fn operators(code: &str, offset: usize) -> Vec<Edit> {
    let mut found = Vec::new();
    let mut taken = vec![false; code.len()];
    for (old, new) in OPERATORS {
        for (at, _) in code.match_indices(old) {
            if taken[at..at + old.len()].iter().any(|taken| *taken) || is_part_of_more(code, at, old) {
                continue;
            }
            taken[at..at + old.len()].fill(true);
            found.push((offset + at, offset + at + old.len(), new.to_owned(), told(old, new)));
        }
    }
    found
}

/// `=>`, `->`, `<<=`, generics, and words inside words are no operators.
fn is_part_of_more(code: &str, at: usize, operator: &str) -> bool {
    let before = code[..at].chars().next_back();
    let after = code[at + operator.len()..].chars().next();
    let sign = |c: Option<char>| c.is_some_and(|c| "=<>!+-*/&|%".contains(c));
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if operator.starts_with(|c: char| c.is_alphabetic()) {
        letter(before) || letter(after)
    } else {
        sign(before) || sign(after)
    }
}

fn words(code: &str, offset: usize) -> Vec<Edit> {
    let mut found = Vec::new();
    for (old, new) in [("true", "false"), ("false", "true")] {
        for (at, _) in code.match_indices(old).filter(|(at, _)| !is_part_of_more(code, *at, old)) {
            found.push((offset + at, offset + at + old.len(), new.to_owned(), told(old, new)));
        }
    }
    found
}

/// Whole numbers, one more than they are. Parts of names and of other numbers are left alone.
fn numbers(code: &str, offset: usize) -> Vec<Edit> {
    let bytes = code.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let end = at + bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let before = at.checked_sub(1).map(|at| bytes[at]);
        let joined = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        let alone = !joined(before.as_ref()) && before != Some(b'.') && !joined(bytes.get(end));
        if let (true, Ok(number)) = (alone, code[at..end].parse::<u64>()) {
            let new = number.saturating_add(1).to_string();
            found.push((offset + at, offset + end, new.clone(), told(&code[at..end], &new)));
        }
        at = end.max(at + 1);
    }
    found
}

/// Texts that say something else.
fn texts(masked: &Masked<'_>, from: usize, to: usize) -> Vec<Edit> {
    let mut found = Vec::new();
    let mut at = from;
    while at < to {
        if masked.kind(at) != ByteKind::Text {
            at += 1;
            continue;
        }
        let end = (at..to).find(|at| masked.kind(*at) != ByteKind::Text).unwrap_or(to);
        let text = masked.text.get(at..end).unwrap_or_default();
        let quote = text.chars().next().filter(|quote| ['"', '\'', '`'].contains(quote));
        // One character in single quotes may be a character, not a text.
        if let Some(quote) = quote
            && text.len() > 3
            && text.ends_with(quote)
            && !text.starts_with("\"\"\"")
        {
            found.push((end - 1, end - 1, "mutant".to_owned(), format!("{text} to another text")));
        }
        at = end.max(at + 1);
    }
    found
}

/// Conditions turned round.
fn conditions(masked: &Masked<'_>, from: usize, to: usize, language: Language) -> Vec<Edit> {
    let code = &masked.code[from..to];
    let trimmed = code.trim_start();
    let start = from + code.len() - trimmed.len();
    let word = ["if ", "elif ", "while ", "} else if "].iter().find(|word| trimmed.starts_with(**word));
    let Some(word) = word.filter(|_| !trimmed.contains("let ") && !trimmed.contains(":=")) else { return Vec::new() };
    let begin = start + word.len();
    let rest = &masked.code[begin..to];
    let end = match language {
        Language::Python => rest.rfind(':'),
        Language::JavaScript | Language::TypeScript | Language::Other if rest.starts_with('(') => {
            Some(masked.after_bracket(begin).min(to) - begin)
        }
        _ => rest.rfind('{'),
    };
    let Some(end) = end.map(|end| begin + end) else { return Vec::new() };
    let condition = masked.text[begin..end].trim();
    let negated = match language {
        Language::Python => format!("not ({condition})"),
        Language::JavaScript | Language::TypeScript | Language::Other => format!("(!{condition})"),
        _ => format!("!({condition}) "),
    };
    vec![(begin, end, negated, format!("`{condition}` negated"))]
}

/// Returned values replaced.
fn returns(masked: &Masked<'_>, from: usize, to: usize, language: Language) -> Vec<Edit> {
    let code = &masked.code[from..to];
    let trimmed = code.trim_start();
    let start = from + code.len() - trimmed.len();
    let end = start + masked.text[start..to].trim_end().trim_end_matches(';').len();
    let nothing = match language {
        Language::Python => "None".to_owned(),
        Language::JavaScript | Language::TypeScript => "undefined".to_owned(),
        Language::Rust => "Default::default()".to_owned(),
        Language::Go => match go::zero_values(masked, start) {
            Some(values) => values,
            None => return Vec::new(),
        },
        Language::Other => return Vec::new(),
    };
    match trimmed.strip_prefix("return ") {
        Some(_) if end > start + 7 => {
            let value = &masked.text[start + 7..end];
            let to = |new: String| (start + 7, end, new.clone(), format!("`{value}` to `{new}`"));
            // One wrong value alone might be the right one by chance.
            [Some(nothing), another(value, masked, start, language)].into_iter().flatten().map(to).collect()
        }
        // The last expression of a Rust block.
        None if language == Language::Rust && is_tail(masked, end, to) => {
            let value = &masked.text[start..end];
            let to = |new: String| (start, end, new.clone(), format!("`{value}` to `{new}`"));
            [Some(nothing), another(value, masked, start, language)].into_iter().flatten().map(to).collect()
        }
        _ => Vec::new(),
    }
}

/// A returned value made another one that is wrong, too, and that its language takes for one of the same place.
fn another(value: &str, masked: &Masked<'_>, at: usize, language: Language) -> Option<String> {
    let is_one = !value.contains('\n') && !value.contains("=>");
    let whole = value.matches(['(', '[', '{']).count() == value.matches([')', ']', '}']).count();
    if !is_one || !whole {
        return None;
    }
    match language {
        Language::Python => Some(format!("[{value}]")).filter(|_| !value.contains(',')),
        Language::JavaScript => Some(format!("[{value}]")),
        Language::TypeScript => Some(format!("[{value}] as never")),
        Language::Go => match go::zero_values(masked, at)?.as_str() {
            "*new(int)" | "*new(int64)" | "*new(float64)" | "*new(uint)" => Some(format!("({value}) + 1")),
            "*new(string)" => Some(format!("({value}) + \"mutant\"")),
            "*new(bool)" => Some(format!("!({value})")),
            _ => None,
        },
        Language::Rust => match rust_result(masked, at)? {
            "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "isize" | "usize" => {
                Some(format!("({value}) + 1"))
            }
            "f32" | "f64" => Some(format!("({value}) + 1.0")),
            "bool" => Some(format!("!({value})")),
            "String" => Some(format!("format!(\"{{}}mutant\", {value})")),
            _ => None,
        },
        Language::Other => None,
    }
}

/// What the Rust function around a position returns, as it is written.
fn rust_result<'m>(masked: &'m Masked<'_>, at: usize) -> Option<&'m str> {
    let from = masked.code[..at].rfind("fn ")?;
    let head = &masked.code[from..at];
    let head = &head[..head.find('{')?];
    Some(head.rsplit_once("->")?.1.trim())
}

/// Whether a line is a whole expression with the block's end after it.
fn is_tail(masked: &Masked<'_>, end: usize, to: usize) -> bool {
    let line = masked.code[..end].rsplit('\n').next().unwrap_or_default().trim();
    let balanced = "({[".chars().zip(")}]".chars()).all(|(a, b)| line.matches(a).count() == line.matches(b).count());
    let plain = !line.is_empty() && !line.ends_with([',', '{', '}', ';']) && !line.starts_with(['.', '}', '|']);
    let keyword = ["let ", "fn ", "pub ", "struct ", "enum ", "impl ", "match ", "for ", "while ", "if ", "//"];
    balanced
        && plain
        && !keyword.iter().any(|word| line.starts_with(word))
        && masked.text[end..to].trim().is_empty()
        && masked.code[to..].trim_start().starts_with('}')
}
