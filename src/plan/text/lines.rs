//! Markdown as lines: what each one is, with its place.
//!
//! Not a Markdown parser: plans nest boxes at any indentation, hard-wrap lines and break rules, and all that matters is
//! what a line starts with, whether it stands in a fence or comment, and how far it is indented.

use super::pictured::{begins_with_box, is_empty_sign, pictured};

/// A line of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// Counts from 1.
    pub number: u32,
    /// Bytes of the document before the text, its byte order mark included.
    pub offset: usize,
    /// Columns of white space before the text; a tab goes to the next multiple of four.
    pub indent: usize,
    /// The text without indentation and line end.
    pub text: &'a str,
    /// What it is.
    pub shape: Shape<'a>,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape<'a> {
    /// Nothing but white space.
    Blank,
    /// `## Title`.
    Heading {
        /// 1–6.
        level: u8,
        /// Without marks around it.
        title: &'a str,
    },
    /// `- text`, `* text`, `+ text`, `1. text`, `1) text`.
    Item(&'a str),
    /// `- [ ] text`.
    Box(Boxed<'a>),
    /// A row of a table.
    Row,
    /// Inside a fence, fence marks included; a box in it, for those who count them.
    Code(Option<Boxed<'a>>),
    /// Inside `<!-- … -->`, when the line starts in it.
    Comment,
    /// Anything else.
    Text,
}

/// An item with a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Boxed<'a> {
    /// What stands between the brackets, spaces included; perhaps nothing.
    pub mark: &'a str,
    /// The number in front of the box, as in `1.2 [ ] text`; else empty.
    pub number: &'a str,
    /// What follows, on this line or, where nothing does, on the next.
    pub text: &'a str,
}

impl Boxed<'_> {
    /// Whether the mark means done.
    pub fn is_done(&self) -> bool {
        is_done_mark(self.mark)
    }

    /// Whether the mark is one that every reader of such lists knows.
    pub fn is_usual(&self) -> bool {
        self.is_done() || matches!(self.mark, " " | "-" | "~") || self.is_empty()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.mark.trim().is_empty() || is_empty_sign(self.mark)
    }
}

/// Whether what stands in a box means done.
fn is_done_mark(mark: &str) -> bool {
    let mark = mark.trim().trim_end_matches('\u{fe0f}');
    matches!(mark, "x" | "X" | "✓" | "✔" | "✅" | "☑")
        || ["done", "complete", "completed", "完了", "完成", "已完成", "fertig", "hecho", "feito"]
            .iter()
            .any(|word| mark.eq_ignore_ascii_case(word))
}

impl<'a> Line<'a> {
    /// The box of this line, outside fences and comments.
    pub fn boxed(&self) -> Option<Boxed<'a>> {
        if let Shape::Box(boxed) = self.shape { Some(boxed) } else { None }
    }

    /// The heading of this line.
    pub fn heading(&self) -> Option<(u8, &'a str)> {
        if let Shape::Heading { level, title } = self.shape { Some((level, title)) } else { None }
    }

    /// Whether the line says something: not blank, code or comment.
    pub fn is_prose(&self) -> bool {
        !matches!(self.shape, Shape::Blank | Shape::Code(_) | Shape::Comment)
    }
}

/// A fence that is open: its character and how many of it.
#[derive(Clone, Copy)]
struct Fence(char, usize);

/// The lines of `text`.
pub(crate) fn scan(text: &str) -> Vec<Line<'_>> {
    let whole = text.len();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mark = whole - text.len();
    // A comment that never ends is a stray mark, not a reason to lose the rest of the document.
    let last_end = text.rfind("-->");
    let mut lines = Vec::new();
    let mut fence: Option<Fence> = None;
    let mut comment = false;
    let mut offset = 0;
    for (n, raw) in text.split_inclusive('\n').enumerate() {
        let start = offset;
        offset += raw.len();
        let line = raw.trim_end_matches(['\n', '\r']);
        let body = line.trim_start_matches([' ', '\t']);
        let indent = columns(&line[..line.len() - body.len()]);
        let offset = mark + start + line.len() - body.len();
        let body = body.trim_end();
        let shape = if comment {
            comment = !body.contains("-->");
            Shape::Comment
        } else if let Some(open) = fence {
            if closes(open, body) {
                fence = None;
            }
            Shape::Code(boxed(body))
        } else if body.starts_with("<!--") && last_end.is_some_and(|end| end > start) {
            comment = !body.contains("-->");
            Shape::Comment
        } else if let Some(open) = opens(body) {
            fence = Some(open);
            Shape::Code(None)
        } else {
            shape(body)
        };
        lines.push(Line { number: n as u32 + 1, offset, indent, text: body, shape });
    }
    read_quoted(&mut lines);
    read_bare(&mut lines);
    join_titles(&mut lines);
    read_pictured(&mut lines);
    lines
}

fn columns(white: &str) -> usize {
    white.chars().fold(0, |at, c| if c == '\t' { (at / 4 + 1) * 4 } else { at + 1 })
}

fn opens(text: &str) -> Option<Fence> {
    let mark = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let rest = text.trim_start_matches(mark);
    let count = text.len() - rest.len();
    (count >= 3 && !(mark == '`' && rest.contains('`'))).then_some(Fence(mark, count))
}

fn closes(Fence(mark, count): Fence, text: &str) -> bool {
    let rest = text.trim_start_matches(mark);
    rest.trim().is_empty() && text.len() - rest.len() >= count
}

fn shape(text: &str) -> Shape<'_> {
    if text.is_empty() {
        return Shape::Blank;
    }
    if let Some((level, title)) = heading(text) {
        return Shape::Heading { level, title };
    }
    if let Some(boxed) = boxed(text) {
        return Shape::Box(boxed);
    }
    if let Some(item) = item(text) {
        return Shape::Item(item);
    }
    if let Some(boxed) = bare_box(text) {
        return Shape::Box(boxed);
    }
    if text.starts_with('|') { Shape::Row } else { Shape::Text }
}

/// A box without a bullet in front of it: `[ ] text`. Only the marks that nothing else is written with.
fn bare_box(text: &str) -> Option<Boxed<'_>> {
    let (mark, after) = boxed_at(text)?;
    let is_apart = text[mark.len() + 2..].starts_with([' ', '\t']);
    (matches!(mark, " " | "x" | "X") && is_apart && !after.is_empty()).then_some(Boxed {
        mark,
        number: "",
        text: after,
    })
}

fn heading(text: &str) -> Option<(u8, &str)> {
    let rest = text.trim_start_matches('#');
    let level = text.len() - rest.len();
    let spaced = rest.is_empty() || rest.starts_with([' ', '\t', '\u{3000}']);
    ((1..=6).contains(&level) && spaced).then(|| (level as u8, rest.trim().trim_end_matches('#').trim_end()))
}

/// The text after a bullet or number; the blank after it may be missing before a box (`-[ ] text`).
fn item(text: &str) -> Option<&str> {
    Some(numbered_item(text)?.1)
}

/// The number in front of an item, if it has one, and the text after it.
fn numbered_item(text: &str) -> Option<(&str, &str)> {
    if let Some(rest) = text.strip_prefix(['-', '*', '+', '•']) {
        let near = rest.starts_with('[') && boxed_at(rest).is_some();
        return (near || rest.starts_with([' ', '\t'])).then(|| ("", rest.trim_start()));
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number = text[..end].trim_end_matches('.');
    let dotted = number.contains('.');
    let digits = number.len();
    let plain = !dotted && (1..=9).contains(&digits);
    let after = &text[number.len()..];
    let rest = match after.strip_prefix(['.', ')']) {
        Some(rest) => rest,
        // `1.1 [x] text`: without the box this would be a sentence that begins with a number.
        None => {
            return (dotted && digits <= 12 && after.starts_with(' ') && boxed_at(after.trim_start()).is_some())
                .then(|| (number, after.trim_start()));
        }
    };
    let rest_is_box = dotted && digits <= 12 && boxed_at(rest.trim_start()).is_some();
    ((plain || rest_is_box) && rest.starts_with([' ', '\t'])).then(|| (number, rest.trim_start()))
}

fn boxed(text: &str) -> Option<Boxed<'_>> {
    let (number, rest) = numbered_item(text)?;
    // `~~[ ] text~~`: struck out with its box.
    let (mark, text) = boxed_at(rest.strip_prefix("~~").unwrap_or(rest))?;
    Some(Boxed { mark, number, text })
}

/// Reads odd marks without a bullet, `[-] text`, as boxes where others without one are.
fn read_bare(lines: &mut [Line<'_>]) {
    let bare = |line: &Line<'_>| line.boxed().is_some() && line.text.starts_with('[');
    if !lines.iter().any(bare) {
        return;
    }
    for line in lines.iter_mut().filter(|line| line.shape == Shape::Text) {
        if let Some((mark, text)) = boxed_at(line.text)
            && line.text[mark.len() + 2..].starts_with([' ', '\t'])
            && !text.is_empty()
        {
            line.shape = Shape::Box(Boxed { mark, number: "", text });
        }
    }
}

/// The box with words in a line that is a quotation: `> - [ ] text`.
pub(crate) fn quoted_box<'a>(line: &Line<'a>) -> Option<Boxed<'a>> {
    if line.shape != Shape::Text || !line.text.starts_with('>') {
        return None;
    }
    boxed(line.text.trim_start_matches(['>', ' ', '\t'])).filter(|boxed| !boxed.text.is_empty())
}

/// Reads quoted boxes as boxes, where no others are.
fn read_quoted(lines: &mut [Line<'_>]) {
    if lines.iter().any(|line| line.boxed().is_some()) {
        return;
    }
    for line in lines {
        if let Some(boxed) = quoted_box(line) {
            let inner = line.text.trim_start_matches('>');
            // The first blank belongs to the mark of the quotation.
            line.indent = columns(&inner[..inner.len() - inner.trim_start().len()]).saturating_sub(1);
            line.shape = Shape::Box(boxed);
        }
    }
}

/// Words that people write into a box for a task that is not done.
const STATES: [&str; 34] = [
    "wip",
    "todo",
    "to do",
    "tbd",
    "open",
    "new",
    "next",
    "doing",
    "started",
    "in progress",
    "in-progress",
    "in_progress",
    "progress",
    "active",
    "ongoing",
    "pending",
    "partial",
    "blocked",
    "stuck",
    "waiting",
    "hold",
    "on hold",
    "paused",
    "review",
    "skip",
    "skipped",
    "deferred",
    "later",
    "failed",
    "n/a",
    "cancelled",
    "canceled",
    "进行中",
    "未着手",
];

/// Characters of what a box may hold.
const MAX_MARK: usize = 16;

/// What stands in the box at the start of `text`, and what follows.
fn boxed_at(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('[')?;
    let end = inner.char_indices().take(MAX_MARK + 1).find(|(_, c)| *c == ']')?.0;
    let (mark, after) = (&inner[..end], &inner[end + 1..]);
    // `[x](url)` and `[x]: url` are links.
    (is_mark(mark) && !after.starts_with(['(', ':', '['])).then(|| (mark, after.trim()))
}

/// Whether this is something that people write into a box: nothing, a sign, a pictogram, a word for a state.
fn is_mark(mark: &str) -> bool {
    let word = mark.trim();
    let signs = !word.is_empty() && word.chars().count() <= 3 && word.chars().all(is_sign);
    word.is_empty() || signs || is_done_mark(word) || STATES.iter().any(|state| state.eq_ignore_ascii_case(word))
}

/// Signs and pictograms; not letters, digits, quotes, nor what a link or a footnote begins with.
fn is_sign(c: char) -> bool {
    match c {
        '~' | '-' | '!' | '>' | '?' | '/' | '.' | '*' | '+' | '=' | 'x' | 'X' | '–' | '—' | '…' => true,
        c => !c.is_ascii() && !c.is_alphanumeric(),
    }
}

/// A box with nothing behind it has its title on the next line, when that is a numbered item or plain text that stands deeper.
fn join_titles(lines: &mut [Line<'_>]) {
    for n in 1..lines.len() {
        let (before, rest) = lines.split_at_mut(n);
        let (above, line) = (&mut before[n - 1], &rest[0]);
        let Shape::Box(boxed) = &mut above.shape else { continue };
        let numbered = line.text.starts_with(|c: char| c.is_ascii_digit());
        let speaks = match line.shape {
            Shape::Text => !line.text.starts_with('_'),
            Shape::Item(_) => numbered,
            _ => false,
        };
        if boxed.text.is_empty() && line.indent > above.indent && speaks {
            boxed.text = line.text;
        }
    }
}

/// Reads items whose box is a pictogram as boxes, where some are nothing else and none is in brackets.
fn read_pictured(lines: &mut [Line<'_>]) {
    let sign = |line: &Line<'_>| match line.shape {
        Shape::Item(text) => begins_with_box(text),
        Shape::Text => begins_with_box(line.text),
        _ => false,
    };
    if lines.iter().any(|line| line.boxed().is_some()) || !lines.iter().any(sign) {
        return;
    }
    for line in lines {
        if let Some(boxed) = pictured_box(line) {
            line.shape = Shape::Box(boxed);
        }
    }
}

fn pictured_box<'a>(line: &Line<'a>) -> Option<Boxed<'a>> {
    let (mark, text) = match line.shape {
        Shape::Item(text) => pictured(text, true)?,
        Shape::Text => pictured(line.text, false)?,
        _ => return None,
    };
    Some(Boxed { mark, number: "", text })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes(text: &str) -> Vec<String> {
        scan(text)
            .iter()
            .map(|line| match line.shape {
                Shape::Box(b) => format!("[{}]{}", b.mark, b.text),
                Shape::Heading { level, title } => format!("h{level} {title}"),
                Shape::Item(text) => format!("- {text}"),
                Shape::Code(_) => "code".to_owned(),
                other => format!("{other:?}").to_lowercase(),
            })
            .collect()
    }

    #[test]
    fn every_line_is_something() {
        let text =
            "\u{feff}# A #\r\n\n- [x] one\n\t* [ ]* two\n1) three\n- [P] tasks = legend\n- [x](url)\n|a|b|\n#tag\n";
        let expected =
            ["h1 A", "blank", "[x]one", "[ ]* two", "- three", "- [P] tasks = legend", "- [x](url)", "row", "text"];
        assert_eq!(shapes(text), expected);
        assert_eq!(scan(text)[3].indent, 4);
        for line in scan(text) {
            assert_eq!(&text[line.offset..line.offset + line.text.len()], line.text);
        }
    }

    #[test]
    fn boxes_of_any_shape() {
        let text = "-[ ] near\n- [] empty\n- [ x ] wide\n- [❌] sign\n- [WIP] word\n- [>] moved\n1. [ ] one\n1.1 [x] two\n2) [X] three\n- [✔️] ok\n- [DONE] ok\n";
        let expected = [
            "[ ]near",
            "[]empty",
            "[ x ]wide",
            "[❌]sign",
            "[WIP]word",
            "[>]moved",
            "[ ]one",
            "[x]two",
            "[X]three",
            "[✔️]ok",
            "[DONE]ok",
        ];
        assert_eq!(shapes(text), expected);
        let done: Vec<bool> = scan(text).iter().filter_map(Line::boxed).map(|b| b.is_done()).collect();
        assert_eq!(done, [false, false, true, false, false, false, false, true, true, true, true]);
        let numbers: Vec<&str> = scan(text).iter().filter_map(Line::boxed).map(|b| b.number).collect();
        assert_eq!(numbers[6..9], ["1", "1.1", "2"]);
        let bare = |text| scan(text)[0].boxed().map(|boxed| (boxed.text, boxed.is_done()));
        assert_eq!((bare("[ ] Dig"), bare("[x] Dig")), (Some(("Dig", false)), Some(("Dig", true))));
        for none in ["[x](u)", "[ ]", "[-] x", "[x]: u", "[WIP] x", "[x]y"] {
            assert_eq!(bare(none), None, "{none}");
        }
        for none in
            ["- [P] x", "- [US1] x", "- [x](u)", "- [x]: u", "- [1] note", "- [^1] note", "- [plan] x", "1.2 [a]"]
        {
            assert!(scan(none)[0].boxed().is_none(), "{none}");
        }
    }

    #[test]
    fn quoted_and_struck_boxes() {
        let texts = |text| scan(text).iter().filter_map(Line::boxed).map(|b| b.text.to_owned()).collect::<Vec<_>>();
        assert_eq!(texts("> - [ ] Dig\n>   - [x] deep\n> words\n"), ["Dig", "deep"]);
        assert_eq!(scan("> - [ ] Dig\n>   - [x] deep\n").iter().map(|line| line.indent).collect::<Vec<_>>(), [0, 2]);
        assert_eq!(texts("> - [ ] as it looks\n- [ ] Dig\n"), ["Dig"]);
        assert_eq!(texts("[x] Dig\n[-] Fill\n[WIP] Rest\n[1] note\n"), ["Dig", "Fill", "Rest"]);
        assert_eq!(texts("- ~~[ ] Dig~~\n- [ ] ~~Fill~~\n"), ["Dig~~", "~~Fill~~"]);
    }

    #[test]
    fn a_title_may_stand_on_the_next_line() {
        let texts = |text| scan(text).iter().filter_map(Line::boxed).map(|b| b.text.to_owned()).collect::<Vec<_>>();
        assert_eq!(
            texts("- [ ] \n  1. Build\n- [x]\n  Paint it\n- [ ]\n  - File: a.rs\n- [ ]\nlazy"),
            ["1. Build", "Paint it", "", ""]
        );
    }

    #[test]
    fn fences_end_where_commonmark_says() {
        let text = "````\n```\n- [ ] no\n```\n````\n- [ ] yes\n~~~\n```\n~~~\n- [ ] yes\n``` a`b ```\n- [ ] yes";
        let expected =
            ["code", "code", "code", "code", "code", "[ ]yes", "code", "code", "code", "[ ]yes", "text", "[ ]yes"];
        assert_eq!(shapes(text), expected);
    }

    #[test]
    fn comments_hide_only_when_they_end() {
        assert_eq!(
            shapes("<!-- a\n- [ ] no\n-->\n- [ ] yes\n<!-- b\n- [ ] yes"),
            ["comment", "comment", "comment", "[ ]yes", "text", "[ ]yes"]
        );
    }
}
