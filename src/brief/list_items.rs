//! The items of the lists in a section, with the numbers in front of them.

/// One item of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListItem {
    /// The number or id in front, as written; empty where there is none.
    pub(super) number: String,
    /// What it says, on one line and without marks of emphasis.
    pub(super) text: String,
}

impl ListItem {
    /// The text from its first word on: what an id that stands for the item would begin.
    pub(super) fn opening(&self) -> &str {
        self.text.trim_start_matches(['*', '[', '(', '`', ' '])
    }
}

/// Whether `opening` begins with an id, and not with a longer one.
pub(super) fn opens_with(opening: &str, id: &str) -> bool {
    opening.strip_prefix(id).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.'))
}

/// The items of a list: the number or id in front, and the text; lines that go on with one belong to it.
pub(super) fn listed(text: &str) -> Vec<ListItem> {
    let mut found: Vec<ListItem> = Vec::new();
    let mut fence = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fence = !fence;
        }
        if fence || line.trim().is_empty() {
            continue;
        }
        match item_of(line) {
            Some(item) => found.push(item),
            None => {
                let deeper = line.starts_with([' ', '\t']);
                if let Some(last) = found.last_mut().filter(|_| deeper) {
                    last.text.push(' ');
                    last.text.push_str(&plain(line));
                }
            }
        }
    }
    found
}

/// `1. text`, `- text`, `1.2 text`, `- [ ] text`.
pub(super) fn item_of(line: &str) -> Option<ListItem> {
    let text = line.trim_start();
    if let Some(rest) = text.strip_prefix(['-', '*', '+']).filter(|rest| rest.starts_with([' ', '\t'])) {
        let rest = rest.trim_start();
        let rest = ["[ ] ", "[x] ", "[X] "].iter().find_map(|mark| rest.strip_prefix(mark)).unwrap_or(rest);
        return Some(numbered(rest).unwrap_or_else(|| ListItem { number: String::new(), text: plain(rest) }));
    }
    numbered(text)
}

fn numbered(text: &str) -> Option<ListItem> {
    let bare = text.trim_start_matches('*');
    let end = bare.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(bare.len());
    let number = bare[..end].trim_end_matches('.');
    let rest = &bare[end..];
    let marked = end > number.len() || number.contains('.') || rest.starts_with([')', ':']);
    let ends = rest.starts_with([' ', ')', ':', '*', '\t']);
    (!number.is_empty() && number.len() <= 8 && marked && ends)
        .then(|| ListItem { number: number.to_owned(), text: plain(rest.trim_start_matches([')', ':', '*', ' '])) })
}

/// A criterion on one line, without marks of emphasis.
pub(super) fn plain(text: &str) -> String {
    text.replace("**", "").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_lists() {
        let items = listed("1. WHEN a\n   THEN b\n2) c\n- 1.3: d\n- [ ] e\nprose");
        let shown: Vec<(&str, &str)> = items.iter().map(|item| (item.number.as_str(), item.text.as_str())).collect();
        assert_eq!(shown, [("1", "WHEN a THEN b"), ("2", "c"), ("1.3", "d"), ("", "e")]);
    }
}
