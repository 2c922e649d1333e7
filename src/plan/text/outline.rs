//! Which lines belong to which task.

use std::ops::Range;

use super::lines::{Line, Shape};

/// Characters of a title; beyond it is text.
const MAX_TITLE: usize = 300;

/// A task's lines, as indices into the lines of the document: the one it starts on and what belongs to it.
pub(crate) type Block = Range<usize>;

/// The blocks of the lines that `starts` accepts. A box's or item's block goes on over blank lines and everything that
/// is indented deeper (or follows at once as plain text), a heading's up to the next heading of its level or higher.
pub(crate) fn blocks(lines: &[Line<'_>], starts: impl Fn(usize) -> bool) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut n = 0;
    while n < lines.len() {
        if !starts(n) {
            n += 1;
            continue;
        }
        let end = (n + 1..lines.len()).find(|&k| starts(k) || leaves(lines, n, k)).unwrap_or(lines.len());
        let end = (n + 1..end).rev().find(|&k| lines[k].shape != Shape::Blank).map_or(n + 1, |last| last + 1);
        found.push(n..end);
        n = end;
    }
    found
}

/// Whether line `at` no longer belongs to what starts on `start`.
fn leaves(lines: &[Line<'_>], start: usize, at: usize) -> bool {
    let (first, line) = (&lines[start], &lines[at]);
    if let Shape::Heading { level, .. } = first.shape {
        return matches!(line.shape, Shape::Heading { level: other, .. } if other <= level);
    }
    match line.shape {
        Shape::Blank | Shape::Code(_) | Shape::Comment => false,
        Shape::Heading { .. } => true,
        _ if line.indent > first.indent => false,
        // A hard-wrapped line whose author did not indent it.
        Shape::Text => lines[at - 1].shape == Shape::Blank || line.text.starts_with("---") || is_label(line.text),
        _ => true,
    }
}

/// `**Goal**: …`: a paragraph of its own, also when no blank line stands before it.
fn is_label(text: &str) -> bool {
    text.starts_with("**") || text.starts_with("__")
}

/// The most digits of a number that stands for a task; longer ones are dates, hashes and numbers of other things.
pub(crate) const ID_DIGITS: usize = 5;

/// A leading number such as `1.`, `1.2`, `1.2.3`, `0.1`: the number and the rest. `None` for versions and plain words.
pub(crate) fn numbered(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number = text[..end].trim_end_matches('.');
    let rest = &text[end..];
    let dotted = number.len() < end || number.contains('.');
    let parts = number.split('.').all(|part| (1..=ID_DIGITS).contains(&part.len()));
    let ends = rest.is_empty() || rest.starts_with([' ', '\t', '*', '\\', ':', ')']) || !rest.is_ascii();
    (dotted && parts && ends).then(|| (number, rest.trim_start()))
}

/// An id in front of a title, with marks of emphasis around it or not: a number with a dot (`1.2`, `3.`), or letters
/// and a number (`T1:`, `H1.2`, `TASK-3`). The id and the rest.
pub(crate) fn leading_id(text: &str) -> Option<(&str, &str)> {
    let marks = |c: char| matches!(c, '*' | '_' | '`' | '~' | '[' | ' ');
    let start = text.trim_start_matches(marks);
    // Marks close what they opened: those of the title behind are its own.
    let opened = &text[..text.len() - start.len()];
    let closing = |c: char| match c {
        '*' | '_' | '`' | '~' => opened.contains(c),
        c => matches!(c, ']' | ':' | '：' | '.' | ')' | ' ' | '—' | '–'),
    };
    if let Some((number, rest)) = numbered(start) {
        return Some((number, rest.trim_start_matches(closing)));
    }
    // The number of an issue.
    if let Some(rest) = start.strip_prefix('#') {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let ends =
            rest[digits..].is_empty() || rest[digits..].starts_with([' ', ':', '：', '*', '_', '`', ']', '.', ')']);
        if (1..=9).contains(&digits) && ends {
            return Some((&start[..=digits], rest[digits..].trim_start_matches(closing)));
        }
    }
    let letters = start.bytes().take_while(u8::is_ascii_uppercase).count();
    let dash = usize::from(start[letters..].starts_with(['-', '_']));
    let digits = start[letters + dash..].bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let id = start[..letters + dash + digits].trim_end_matches('.');
    let rest = &start[id.len()..];
    let numbers = id.len().saturating_sub(letters + dash);
    let ends = rest.is_empty() || rest.starts_with([' ', ':', '：', '*', '_', '`', '~', ']', '.', ')']);
    ((1..=8).contains(&letters) && (1..=12).contains(&numbers) && ends).then(|| (id, rest.trim_start_matches(closing)))
}

/// A task's title: plain, without links' addresses, ticks, cited criteria and requirements, and tags of stories.
pub(crate) fn task_title(text: &str) -> String {
    let text = &text[..text.floor_char_boundary(8 * MAX_TITLE)];
    let mut title = plain_title(&without_links(text));
    loop {
        let before = title.len();
        let trimmed = title.trim_end_matches(['✅', '✓', '✔', '☑', '⏳', '🔄', '🚧', '\u{fe0f}', ' ']);
        title.truncate(trimmed.len());
        if let Some(at) = trailing_citation(&title) {
            title.truncate(title[..at].trim_end_matches([' ', '-', '–', '—', '*', '_', '|']).len());
        }
        if title.len() == before {
            break;
        }
    }
    let start = title.trim_start_matches(['✅', '✓', '✔', '☑', '⏳', '🔄', '🚧', '⬜', '❌', '\u{fe0f}', ' ']);
    let start = without_date(start);
    if start.is_empty() { plain_title(text) } else { start.to_owned() }
}

/// A title without the time in front that a log has: `(2025-10-01 13:00Z) Dig`.
fn without_date(title: &str) -> &str {
    let inner = title.strip_prefix(['(', '[']).and_then(|rest| rest.split_once([')', ']']));
    let is_date = |text: &str| {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        digits >= 8
            && text.len() <= 30
            && text.starts_with("20")
            && text
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, '-' | ':' | '/' | '.' | ' ' | 'T' | 'Z' | '+' | 'U' | 'C'))
    };
    match inner {
        Some((date, rest)) if is_date(date) && rest.chars().any(char::is_alphanumeric) => {
            rest.trim_start_matches([' ', ':', '-', '–', '—'])
        }
        _ => title,
    }
}

/// Whether a title is struck out as a whole, a note behind it aside: `~~Dig~~ (dropped)`.
pub(crate) fn is_struck(text: &str) -> bool {
    let text = text.trim().trim_matches(['*', '_']);
    let after = match text.strip_prefix("~~") {
        Some(inner) => inner.split_once("~~").map(|(_, after)| after),
        // The marks stood around the box, too: `~~[ ] Dig~~`.
        None if text.matches("~~").count() == 1 => text.split_once("~~").map(|(_, after)| after),
        None => None,
    };
    let note = |rest: &str| {
        rest.is_empty() || rest.starts_with(['(', '[', '—', '–', '-', '→', ':', '.', ',', '✅', '❌', '（'])
    };
    after.is_some_and(|rest| note(rest.trim()))
}

/// Where a citation at the end of a title begins: `(AC: 1, 2)`, `[P]`, `[US1]`, `Validates: Requirements 2.1`,
/// `_Requirements: 1.1_`.
fn trailing_citation(title: &str) -> Option<usize> {
    if let Some(inner) = title.strip_suffix([')', ']', '）']) {
        let at = inner.rfind(['(', '[', '（'])?;
        let inner = inner[at..].trim_start_matches(['(', '[', '（']).trim();
        let story = inner.strip_prefix("US").is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
        let cites = ["AC:", "AC ", "ACs:", "ACs ", "AC#", "Requirements:", "Requirement:", "Req:", "Reqs:"]
            .iter()
            .any(|label| inner.starts_with(label));
        return (story || cites || inner == "P" || inner == "AC").then_some(at);
    }
    let lower = title.to_ascii_lowercase();
    let labels = ["validates: requirement", "validates requirement", "_requirements:", "requirements: "];
    let at = labels.iter().filter_map(|label| lower.rfind(label)).min()?;
    let value = title[at..].split_once([':', ' '])?.1;
    // Only numbers may follow, or else it is a sentence of the title.
    let numbers = value.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | ' ' | '*' | '_' | '-' | '–'))
        || value.trim_start().to_ascii_lowercase().starts_with("requirement");
    (at > 0 && numbers && title.is_char_boundary(at)).then_some(at)
}

/// The text with `[words](address)` as the words.
pub(crate) fn without_links(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('[') {
        let inner = &rest[at + 1..];
        let link = inner.find(']').and_then(|end| {
            let address = inner[end + 1..].strip_prefix('(')?;
            let close = address.find(')')?;
            Some((end, end + 2 + close + 1))
        });
        match link {
            Some((end, all)) if !inner[..end].contains('[') => {
                kept.push_str(&rest[..at]);
                kept.push_str(&inner[..end]);
                rest = &inner[all..];
            }
            _ => {
                kept.push_str(&rest[..=at]);
                rest = inner;
            }
        }
    }
    kept.push_str(rest);
    kept
}

/// A title without marks of emphasis, on one line, not too long. Code spans, globs (`src/**`) and names such as
/// `__init__` stay as they are written.
pub(crate) fn plain_title(text: &str) -> String {
    // A title's worth is looked at, however long its line.
    let text = &text[..text.floor_char_boundary(8 * MAX_TITLE)];
    let plain = ["**", "__", "~~"].iter().fold(text.to_owned(), |text, mark| without_emphasis(&text, mark));
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(MAX_TITLE) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

/// The text without the marks that open or close emphasis. One whose partner was cut off, as an id in front of a
/// title does, counts at the very ends only.
fn without_emphasis(text: &str, mark: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let before = kept.chars().next_back();
        if let Some(inside) = rest.strip_prefix(mark).filter(|_| may_open(before)) {
            if let Some((emphasized, after)) = closed(inside, mark) {
                kept.push_str(emphasized);
                rest = after;
                continue;
            }
            if kept.is_empty() && !inside.is_empty() && !inside.starts_with([' ', '/']) && !inside.contains(mark) {
                rest = inside;
                continue;
            }
        }
        let partnerless = !kept.contains(mark) && before.is_some_and(|c| !c.is_whitespace() && c != '/');
        if let Some(after) = rest.strip_prefix(mark).filter(|after| partnerless && ends_here(after)) {
            kept.push_str(after);
            break;
        }
        let taken = code_span(rest).unwrap_or_else(|| rest.chars().next().map_or(0, char::len_utf8));
        kept.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    kept
}

fn may_open(before: Option<char>) -> bool {
    before.is_none_or(|c| {
        c.is_whitespace() || matches!(c, '(' | '[' | '{' | '"' | '\'' | '*' | '_' | '~' | '-' | '–' | '—' | ':')
    })
}

fn ends_here(after: &str) -> bool {
    after.chars().next().is_none_or(|c| !c.is_alphanumeric() && c != '/')
}

/// What stands between an opening mark and the one that closes it, and what follows.
fn closed<'a>(inside: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    let mut at = 0;
    while at < inside.len() {
        let here = &inside[at..];
        if let Some(after) = here.strip_prefix(mark) {
            let content = &inside[..at];
            let whole = !content.is_empty() && !content.starts_with([' ', '/']) && !content.ends_with([' ', '/']);
            if ends_here(after) && whole {
                return (!(mark == "__" && is_reserved_name(content))).then_some((content, after));
            }
        }
        at += code_span(here).unwrap_or_else(|| here.chars().next().map_or(1, char::len_utf8));
    }
    None
}

/// `__init__`, `__main__`: with its underscores a name of Python's, far more often than an emphasized word.
fn is_reserved_name(content: &str) -> bool {
    content.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The length of the code span that begins here, if one does.
fn code_span(text: &str) -> Option<usize> {
    let ticks = text.bytes().take_while(|b| *b == b'`').count();
    let fence = &text[..ticks];
    (ticks > 0).then(|| text[ticks..].find(fence).map_or(ticks, |end| ticks + end + ticks))
}

#[cfg(test)]
mod tests {
    use super::super::lines::scan;
    use super::*;

    #[test]
    fn blocks_hold_what_is_indented() {
        let text = "- [ ] a\n  more\n\n    deeper\nlazy\n- [ ] b\n\nprose\n- [ ] c\n**Goal**: x\n# H\n## T1\nx\n### s\n## T2\n";
        let lines = scan(text);
        let found = blocks(&lines, |n| lines[n].boxed().is_some() || lines[n].text.starts_with("## T"));
        assert_eq!(found, [0..5, 5..6, 8..9, 11..14, 14..15]);
    }

    #[test]
    fn titles_lose_emphasis_and_nothing_else() {
        for (text, expected) in [
            ("**Set up** the shop", "Set up the shop"),
            ("Set up**", "Set up"),
            ("Audit** — `oracle`", "Audit — `oracle`"),
            ("**Set up", "Set up"),
            ("__Set up__ ~~now~~", "Set up now"),
            ("Add inflection/__init__.py", "Add inflection/__init__.py"),
            ("Call __init__ twice", "Call __init__ twice"),
            ("Take `**kwargs` in **all** of `a__b__c`", "Take `**kwargs` in all of `a__b__c`"),
            ("Format src/**/*.rs and lib/**", "Format src/**/*.rs and lib/**"),
            ("2 ** 3 ** 4", "2 ** 3 ** 4"),
            ("**`core`**: begin", "`core`: begin"),
            ("**Bold __and__ more**", "Bold __and__ more"),
            ("**", "**"),
            ("", ""),
            ("(**neu**) Größe **ändern**", "(neu) Größe ändern"),
        ] {
            assert_eq!(plain_title(text), expected, "{text}");
        }
    }

    #[test]
    fn titles_of_tasks_cite_nothing() {
        for (text, expected) in [
            ("Forge the hinges ✅", "Forge the hinges"),
            ("Hang the gate **Validates: Requirements 2.1, 2.2**", "Hang the gate"),
            ("Raise the pole (AC: 1, 2)", "Raise the pole"),
            ("Raise the pole (AC: #1)", "Raise the pole"),
            ("[#43](https://example.com/issues/43) Mend the crane", "#43 Mend the crane"),
            ("Cut the keel [P]", "Cut the keel"),
            ("Cut the keel [US2] [P] ✅", "Cut the keel"),
            ("✅ Cut the keel", "Cut the keel"),
            ("(2025-10-01 13:00Z) Cut the keel", "Cut the keel"),
            ("[2025-10-01] Cut the keel", "Cut the keel"),
            ("(20 m) Cut the keel", "(20 m) Cut the keel"),
            (
                "Write the page about requirements: colour and form",
                "Write the page about requirements: colour and form",
            ),
            ("Edit app/[id].ts (twice)", "Edit app/[id].ts (twice)"),
            ("✅", "✅"),
        ] {
            assert_eq!(task_title(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_in_front() {
        for (text, expected) in [
            ("1. Set up", Some(("1", "Set up"))),
            ("1.2 Child", Some(("1.2", "Child"))),
            ("12.7* Optional", Some(("12.7", "* Optional"))),
            ("2.1 (P) x", Some(("2.1", "(P) x"))),
            ("3 things", None),
            ("10.0.0.1x", None),
            ("2024.01.05-alpha", None),
        ] {
            assert_eq!(numbered(text), expected, "{text}");
        }
        for (text, expected) in [
            ("**H1.1.2 Set up**", Some(("H1.1.2", "Set up**"))),
            ("TASK-3: x", Some(("TASK-3", "x"))),
            ("`T1` x", Some(("T1", "x"))),
            ("1. `Buffer::new` x", Some(("1", "`Buffer::new` x"))),
            ("T2: *only* x", Some(("T2", "*only* x"))),
            ("**T3** `x`", Some(("T3", "`x`"))),
            ("**#42** Dredge", Some(("#42", "Dredge"))),
            ("#44: Paint", Some(("#44", "Paint"))),
            ("#4ever x", None),
            ("HTTP2x support", None),
            ("Add 3 things", None),
            ("SQLite 3", None),
        ] {
            assert_eq!(leading_id(text), expected, "{text}");
        }
    }
}
