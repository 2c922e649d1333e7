//! Markdown as lines: what each one is, with its place.
//!
//! Not a Markdown parser: plans nest boxes at any indentation, hard-wrap lines and break rules, and all that matters is
//! what a line starts with, whether it stands in a fence or comment, and how far it is indented.

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
    /// The character in the box.
    pub mark: char,
    /// What follows.
    pub text: &'a str,
}

impl Boxed<'_> {
    /// Whether the mark means done.
    pub fn is_done(&self) -> bool {
        matches!(self.mark, 'x' | 'X' | '✓' | '✔' | '✅')
    }
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
    if text.starts_with('|') { Shape::Row } else { Shape::Text }
}

fn heading(text: &str) -> Option<(u8, &str)> {
    let rest = text.trim_start_matches('#');
    let level = text.len() - rest.len();
    let spaced = rest.is_empty() || rest.starts_with([' ', '\t', '\u{3000}']);
    ((1..=6).contains(&level) && spaced).then(|| (level as u8, rest.trim().trim_end_matches('#').trim_end()))
}

/// The text after a bullet or number.
fn item(text: &str) -> Option<&str> {
    let rest = match text.strip_prefix(['-', '*', '+', '•']) {
        Some(rest) => rest,
        None => {
            let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
            let digits = text.len() - rest.len();
            rest.strip_prefix(['.', ')']).filter(|_| (1..=9).contains(&digits))?
        }
    };
    rest.starts_with([' ', '\t']).then(|| rest.trim_start())
}

fn boxed(text: &str) -> Option<Boxed<'_>> {
    let inner = item(text)?.strip_prefix('[')?;
    let mark = inner.chars().next()?;
    let text = inner[mark.len_utf8()..].strip_prefix(']')?;
    let known = matches!(mark, ' ' | 'x' | 'X' | '-' | '~' | '✓' | '✔' | '✅');
    // `[x](url)` is a link.
    (known && !text.starts_with('(')).then(|| Boxed { mark, text: text.trim() })
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
