//! YAML front matter, as far as plans use it: keys with text, lists and block text. Every value stays text, so `010` is
//! not 8 and `no` is not false; anchors and tags mean nothing here, so nothing can blow up.

use std::collections::BTreeMap;

/// Values of one key; more are cut off.
const MAX_VALUES: usize = 10_000;

/// The head of a document: keys in lower case and their values; a scalar is one value, an empty list none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FrontMatter {
    values: BTreeMap<String, (u32, Vec<String>)>,
    /// The line after the closing `---`, from 1.
    pub body: u32,
}

impl FrontMatter {
    /// All values of `key`.
    pub fn list(&self, key: &str) -> &[String] {
        self.values.get(key).map(|(_, values)| values.as_slice()).unwrap_or_default()
    }

    /// The value of `key`, when it has exactly one that is not empty.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.list(key) {
            [one] if !one.is_empty() => Some(one),
            _ => None,
        }
    }

    /// Whether `key` is there, with or without a value.
    pub fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// The line of `key`, from 1; 0 when it is not there.
    pub fn line(&self, key: &str) -> u32 {
        self.values.get(key).map_or(0, |(line, _)| *line)
    }
}

/// The front matter of `text`, when it starts with one that ends.
pub(crate) fn front_matter(text: &str) -> Option<FrontMatter> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines().enumerate();
    lines.next().filter(|(_, line)| line.trim_end() == "---")?;
    let mut found = FrontMatter::default();
    let mut key: Option<String> = None;
    let mut folded = false;
    for (n, line) in lines {
        let line = line.trim_end();
        if line == "---" || line == "..." {
            found.body = n as u32 + 2;
            return Some(found);
        }
        let body = line.trim_start();
        if body.is_empty() || body.starts_with('#') && !folded {
            continue;
        }
        let nested = line.starts_with([' ', '\t']) || body.starts_with("- ") || body == "-";
        match (&key, nested) {
            (Some(key), true) => continue_value(&mut found, key, body, folded),
            _ => {
                let Some((name, value)) = body.split_once(':') else { continue };
                let name = name.trim().trim_matches(['"', '\'']).to_lowercase();
                let value = value.trim();
                folded = matches!(value.trim_end_matches(['-', '+']), "|" | ">");
                let values = if folded { vec![String::new()] } else { scalars(value) };
                found.values.insert(name.clone(), (n as u32 + 1, values));
                key = Some(name);
            }
        }
    }
    None
}

/// A line under a key: an element of its list, or more of its text. Keys nested deeper are of no interest.
fn continue_value(found: &mut FrontMatter, key: &str, body: &str, folded: bool) {
    let Some((_, values)) = found.values.get_mut(key) else { return };
    if folded {
        if let Some(text) = values.first_mut() {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(body);
        }
    } else if let Some(element) = body.strip_prefix('-') {
        let element = scalar(id_of(element.trim()));
        if !element.is_empty() && values.len() < MAX_VALUES {
            values.push(element);
        }
    } else if let [only] = values.as_mut_slice()
        && !body.contains(": ")
        && !body.ends_with(':')
    {
        only.push(' ');
        only.push_str(&scalar(body));
    }
}

/// The values of an inline list, or one scalar; nothing when there is nothing.
fn scalars(value: &str) -> Vec<String> {
    let value = uncommented(value);
    // `[P1] Station` is a text; `[a, b` is a list that somebody forgot to close.
    let inner = value.strip_prefix('[').and_then(|rest| match rest.split_once(']') {
        None => Some(rest),
        Some((inner, after)) => after.trim().is_empty().then_some(inner),
    });
    match inner {
        Some(inner) => {
            inner.split(',').map(|part| scalar(id_of(part.trim()))).filter(|v| !v.is_empty()).take(MAX_VALUES).collect()
        }
        None if value.is_empty() || value == "~" || value == "null" => Vec::new(),
        None => vec![scalar(value)],
    }
}

/// The value of an element that is a mapping with an id: `id: TASK-1`, `{task: 2}`.
fn id_of(element: &str) -> &str {
    let inner = element.trim_start_matches('{').trim_end_matches('}').trim();
    let named = inner.split_once(':').filter(|(name, value)| {
        let name = name.trim().trim_matches(['"', '\'']);
        ["id", "task", "task_id", "taskid", "ref", "issue"].iter().any(|known| name.eq_ignore_ascii_case(known))
            && value.starts_with(' ')
    });
    named.map_or(element, |(_, value)| value.split(',').next().unwrap_or(value).trim())
}

fn scalar(text: &str) -> String {
    let text = uncommented(text.trim());
    let quoted = |mark: char| text.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
    match (quoted('"'), quoted('\'')) {
        (Some(inner), _) => inner.replace("\\\"", "\"").replace("\\\\", "\\"),
        (_, Some(inner)) => inner.replace("''", "'"),
        _ => text.to_owned(),
    }
}

/// Without a comment at the end, unless it stands in quotes.
fn uncommented(value: &str) -> &str {
    if value.starts_with(['"', '\'']) {
        return value;
    }
    value.find(" #").map_or(value, |at| value[..at].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_text() {
        let text = "---\nid: 010\nname: 'It''s: \"x\"'\ndepends_on: [001, \"002\", 'T3']  # why\nparallel: true\nfiles:\n  - a.rs\n  - \"b.rs\"\nempty: []\nnone:\nnote: |\n  one\n  two: 2\nflat:\n- x\nmore: first\n  second\n---\nbody\n";
        let head = front_matter(text).unwrap();
        assert_eq!(head.text("id"), Some("010"));
        assert_eq!(head.text("name"), Some("It's: \"x\""));
        assert_eq!(head.list("depends_on"), ["001", "002", "T3"]);
        assert_eq!(head.list("files"), ["a.rs", "b.rs"]);
        assert_eq!((head.list("empty").len(), head.list("none").len(), head.has("none")), (0, 0, true));
        assert_eq!(head.text("note"), Some("one\ntwo: 2"));
        assert_eq!(head.list("flat"), ["x"]);
        assert_eq!(head.text("more"), Some("first second"));
        assert_eq!((head.line("files"), head.body), (6, 19));
        let maps = "---\nname: [P1] Station\ndeps:\n  - id: TASK-2\n    why: x\n  - {task: 3}\ninline: [{id: a}, b]\nopen: [a, b\n---\n";
        let head = front_matter(maps).unwrap();
        assert_eq!(head.text("name"), Some("[P1] Station"));
        assert_eq!(head.list("deps"), ["TASK-2", "3"]);
        assert_eq!(head.list("inline"), ["a", "b"]);
        assert_eq!(head.list("open"), ["a", "b"]);
        assert_eq!(front_matter("---\nid: 1\n"), None);
        assert_eq!(front_matter("# no\n---\n"), None);
    }
}
