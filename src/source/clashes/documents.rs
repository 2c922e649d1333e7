//! Keys of JSON, TOML and YAML: two equal ones in one table. Small readers of our own: those that read values refuse or
//! drop what is there twice, and do not say where.

use super::kinds::ClashKind;
use super::marks::TextMark;

/// The keys of a document; none where it is of no kind that is known here, or not what its name says.
pub(super) fn keys(path: &str, text: &str) -> Option<Vec<TextMark>> {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending {
        "json" => json(text),
        "toml" => toml(text),
        "yaml" | "yml" => yaml(text),
        _ => None,
    }
}

fn mark(name: &str, container: &str, line: u32) -> TextMark {
    let (name, container) = (name.to_owned(), container.to_owned());
    TextMark { kind: ClashKind::Key, name, detail: String::new(), container, line }
}

/// What a bracket that is open holds, and where it began.
struct Open {
    is_object: bool,
    at: usize,
    /// Whether a key comes next.
    key_next: bool,
}

/// By brackets and strings: a string in an object before a colon is a key.
fn json(text: &str) -> Option<Vec<TextMark>> {
    let bytes = text.as_bytes();
    let (mut open, mut found): (Vec<Open>, Vec<TextMark>) = (Vec::new(), Vec::new());
    let (mut at, mut line) = (0, 1);
    while at < bytes.len() {
        match bytes[at] {
            b'\n' => line += 1,
            b'{' | b'[' => open.push(Open { is_object: bytes[at] == b'{', at, key_next: true }),
            b'}' | b']' => {
                open.pop()?;
            }
            b',' => open.last_mut()?.key_next = true,
            b'"' => {
                let end = end_of_string(bytes, at)?;
                if let Some(inner) = open.last_mut().filter(|inner| inner.is_object && inner.key_next) {
                    found.push(mark(text.get(at + 1..end)?, &inner.at.to_string(), line));
                    inner.key_next = false;
                }
                at = end;
            }
            b'/' => return None,
            _ => {}
        }
        at += 1;
    }
    open.is_empty().then_some(found)
}

fn end_of_string(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            b'\n' => return None,
            _ => at += 1,
        }
    }
}

/// Line by line: tables, and the keys in them. What goes over several lines is skipped with its quotes and brackets.
fn toml(text: &str) -> Option<Vec<TextMark>> {
    let mut found = Vec::new();
    let mut arrays = Vec::new();
    let (mut table, mut depth, mut quotes) = (String::new(), 0_i32, None::<&str>);
    for (n, line) in text.lines().enumerate() {
        let line_number = n as u32 + 1;
        let trimmed = line.trim();
        if let Some(mark) = quotes {
            quotes = if trimmed.contains(mark) { None } else { quotes };
            continue;
        }
        if depth > 0 {
            depth += brackets(trimmed);
            continue;
        }
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        if let Some(name) = trimmed.strip_prefix("[[").and_then(|rest| rest.split_once("]]")) {
            table = format!("{}#{line_number}", name.0.trim());
            arrays.push(format!("{}.", name.0.trim()));
        } else if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            name.0.trim().clone_into(&mut table);
            found.push(mark(&table, "tables", line_number));
        } else {
            let (key, value) = trimmed.split_once('=')?;
            found.push(mark(key.trim().trim_matches('"'), &table, line_number));
            quotes = ["\"\"\"", "'''"].into_iter().find(|quote| value.matches(quote).count() == 1);
            depth = brackets(value);
        }
    }
    (depth == 0 && quotes.is_none()).then(|| not_below(&arrays, found))
}

/// Tables below an element of an array of tables (`[[a]]`, `[a.b]`) may come once for each element.
fn not_below(arrays: &[String], mut found: Vec<TextMark>) -> Vec<TextMark> {
    let below = |name: &str| arrays.iter().any(|array| name.starts_with(array.as_str()));
    found.retain(|mark| !below(&mark.name) && !below(&mark.container));
    found
}

/// Brackets that a line opens and leaves open, outside of strings and comments.
fn brackets(line: &str) -> i32 {
    let mut quote = None;
    let mut open = 0;
    for c in line.chars() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '#') => break,
            (None, '[' | '{') => open += 1,
            (None, ']' | '}') => open -= 1,
            _ => {}
        }
    }
    open
}

/// Block mappings by their indentation. Anchors, tags, flow and whatever else a line may be: not looked at.
fn yaml(text: &str) -> Option<Vec<TextMark>> {
    let mut found = Vec::new();
    // Indentation of the mappings that are open, and the line each began at.
    let mut open: Vec<(usize, u32)> = Vec::new();
    let mut scalar: Option<usize> = None;
    for (n, line) in text.lines().enumerate() {
        let line_number = n as u32 + 1;
        let mut rest = line.trim_start();
        let mut indent = line.len() - rest.len();
        if rest.is_empty() || rest.starts_with('#') || scalar.is_some_and(|above| indent > above) {
            continue;
        }
        scalar = None;
        if line.contains('\t') || rest.starts_with(['&', '*', '!', '?', '{', '[', '%', '<']) {
            return None;
        }
        if rest == "---" || rest.starts_with("--- ") {
            open.clear();
            continue;
        }
        while let Some(item) = rest.strip_prefix("- ") {
            // An element begins mappings of its own.
            open.retain(|(column, _)| *column <= indent);
            let inner = item.trim_start();
            indent += rest.len() - inner.len();
            open.retain(|(column, _)| *column < indent);
            rest = inner;
        }
        if let Some((key, value)) = pair(rest) {
            open.retain(|(column, _)| *column <= indent);
            if open.last().is_none_or(|(column, _)| *column < indent) {
                open.push((indent, line_number));
            }
            let container = open.last().map_or(0, |(_, began)| *began);
            found.push(mark(key, &container.to_string(), line_number));
            let value = value.trim();
            scalar = value.starts_with(['|', '>']).then_some(indent);
            if value.starts_with(['"', '\'']) && !value[1..].contains(&value[..1]) {
                return None;
            }
        }
    }
    Some(found)
}

/// `key: value` of a line.
fn pair(line: &str) -> Option<(&str, &str)> {
    let (key, value) = match line.strip_suffix(':') {
        Some(key) if !key.contains(": ") => (key, ""),
        _ => line.split_once(": ")?,
    };
    let is_plain = |key: &str| !key.is_empty() && !key.contains(['{', '[', '#']) && key != "<<";
    let key = key.trim().trim_matches(['"', '\'']);
    is_plain(key).then_some((key, value))
}
