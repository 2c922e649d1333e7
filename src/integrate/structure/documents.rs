//! Documents of keys and values: what both sides made of the values is known exactly, so a text that says anything else is
//! not taken.

use serde_json::{Map, Value};

/// The values of a text; none where it is no document that can be read here.
pub(super) fn values(ending: &str, text: &str) -> Option<Value> {
    match ending {
        "json" => serde_json::from_str(text).ok(),
        "toml" => toml::from_str(text).ok(),
        _ => None,
    }
}

/// What both sides made of a value, key by key; none where they say different things of one.
pub(super) fn merged(base: Option<&Value>, ours: Option<&Value>, theirs: Option<&Value>) -> Option<Option<Value>> {
    if ours == theirs || theirs == base {
        return Some(ours.cloned());
    }
    if ours == base {
        return Some(theirs.cloned());
    }
    let (Some(Value::Object(ours)), Some(Value::Object(theirs))) = (ours, theirs) else { return None };
    let none = Map::new();
    let base = match base {
        Some(Value::Object(base)) => base,
        None => &none,
        Some(_) => return None,
    };
    let mut found = Map::new();
    for key in ours.keys().chain(theirs.keys()) {
        if let Some(value) = merged(base.get(key), ours.get(key), theirs.get(key))? {
            found.insert(key.clone(), value);
        }
    }
    Some(Some(Value::Object(found)))
}

/// Lines of JSON without the commas that only say that another follows.
pub(super) fn without_commas(lines: &[String]) -> Vec<String> {
    let bare = |line: &String| {
        let (text, end) = line.split_at(line.trim_end_matches(['\n', '\r']).len());
        format!("{}{end}", text.strip_suffix(',').unwrap_or(text))
    };
    lines.iter().map(bare).collect()
}

/// The same with commas where one belongs.
pub(super) fn with_commas(lines: &[String]) -> String {
    let mut text = String::new();
    for (n, line) in lines.iter().enumerate() {
        let (bare, end) = line.split_at(line.trim_end_matches(['\n', '\r']).len());
        let next = lines[n + 1..].iter().map(|next| next.trim()).find(|next| !next.is_empty());
        let last = next.is_none_or(|next| next.starts_with(['}', ']']));
        let opens = bare.trim_end().ends_with(['{', '[']) || bare.trim().is_empty();
        text.push_str(&format!("{bare}{}{end}", if last || opens { "" } else { "," }));
    }
    text
}
