//! YAML as plans use it: maps, lists, texts in blocks and on lines, inline lists and maps. Every scalar stays text, so `010` is
//! not 8 and `no` is not false. Anchors, tags and tabs are refused with their line, so nothing can blow up or be misread.

use std::ops::Range;

/// Deepest nesting that is read.
pub(super) const DEEPEST: usize = 40;

/// A value with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct YamlNode {
    /// Its line, from 1.
    pub line: u32,
    /// Bytes of the document that a scalar on one line takes; empty for everything else.
    pub range: Range<usize>,
    /// What it is.
    pub value: YamlValue,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum YamlValue {
    /// A scalar; empty where nothing stands.
    Text(String),
    /// A list.
    List(Vec<YamlNode>),
    /// A map, in its order.
    Map(Vec<(String, YamlNode)>),
}

/// What is wrong, and its line.
type Wrong = (u32, String);

impl YamlNode {
    /// The member `name` of a map, in whatever case.
    pub fn get(&self, name: &str) -> Option<&YamlNode> {
        let YamlValue::Map(members) = &self.value else { return None };
        members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, node)| node)
    }

    /// The elements of a list.
    pub fn list(&self) -> Option<&[YamlNode]> {
        if let YamlValue::List(elements) = &self.value { Some(elements) } else { None }
    }

    /// The text of a scalar that says something.
    pub fn text(&self) -> Option<&str> {
        if let YamlValue::Text(text) = &self.value { Some(text.as_str()).filter(|text| !text.is_empty()) } else { None }
    }

    /// All texts in it: a scalar is one, of a list each; of maps in a list what names them.
    pub fn texts(&self) -> Vec<String> {
        match &self.value {
            YamlValue::Text(text) => Some(text.clone()).filter(|text| !text.is_empty()).into_iter().collect(),
            YamlValue::List(elements) => elements.iter().flat_map(YamlNode::texts).collect(),
            YamlValue::Map(members) => {
                let named = ["id", "task", "path", "text", "title", "name"].iter().find_map(|name| self.get(name));
                match (named, members.as_slice()) {
                    (Some(node), _) => node.texts(),
                    (None, [(key, node)]) => node.texts().iter().map(|text| format!("{key}: {text}")).collect(),
                    _ => Vec::new(),
                }
            }
        }
    }
}

/// A line that says something.
#[derive(Debug, Clone, Copy)]
struct YamlLine<'a> {
    number: u32,
    indent: usize,
    /// Bytes of the document before `text`.
    offset: usize,
    text: &'a str,
}

struct YamlReader<'a> {
    /// Every line, with blank ones, for texts in blocks.
    lines: Vec<YamlLine<'a>>,
    at: usize,
}

/// Reads a document.
///
/// # Errors
/// What is not understood, with its line.
pub(crate) fn yaml(text: &str) -> Result<YamlNode, Wrong> {
    let mut lines = Vec::new();
    let mut offset = 0;
    for (n, raw) in text.split_inclusive('\n').enumerate() {
        let line = raw.trim_end();
        let body = line.trim_start_matches([' ', '\u{feff}']);
        let number = n as u32 + 1;
        if body.starts_with('\t') {
            return Err((number, "a tab cannot indent in YAML".to_owned()));
        }
        let before = line.len() - body.len();
        lines.push(YamlLine { number, indent: before, offset: offset + before, text: body });
        offset += raw.len();
    }
    let mut reader = YamlReader { lines, at: 0 };
    let indent = reader.peek().map_or(0, |line| line.indent);
    let root = reader.block(indent, 0)?;
    match reader.peek() {
        Some(line) => Err((line.number, "this stands nowhere in what is above".to_owned())),
        None => Ok(root),
    }
}

impl<'a> YamlReader<'a> {
    /// The next line that says something.
    fn peek(&mut self) -> Option<YamlLine<'a>> {
        while let Some(line) = self.lines.get(self.at) {
            let aside = line.text.is_empty() || line.text.starts_with('#') || line.text == "---" || line.text == "...";
            if !aside {
                return Some(*line);
            }
            self.at += 1;
        }
        None
    }

    /// What begins on the next line, indented so.
    fn block(&mut self, indent: usize, depth: usize) -> Result<YamlNode, Wrong> {
        let Some(line) = self.peek().filter(|line| line.indent >= indent) else {
            return Ok(scalar_node(self.lines.get(self.at.saturating_sub(1)).map_or(1, |line| line.number), ""));
        };
        if depth > DEEPEST {
            return Err((line.number, "this is nested too deep".to_owned()));
        }
        if is_element(line.text) {
            return self.elements(line.indent, depth);
        }
        if member(line.text).is_some() {
            return self.members(line.indent, depth);
        }
        self.at += 1;
        self.inline(line, line.text, line.offset, line.indent, depth)
    }

    fn elements(&mut self, indent: usize, depth: usize) -> Result<YamlNode, Wrong> {
        let first = self.peek().map_or(0, |line| line.number);
        let mut found = Vec::new();
        while let Some(line) = self.peek().filter(|line| line.indent == indent && is_element(line.text)) {
            let rest = line.text[1..].trim_start();
            let inner = line.text.len() - rest.len();
            if rest.is_empty() || rest.starts_with('#') {
                self.at += 1;
                found.push(self.block(indent + 1, depth + 1)?);
            } else if is_element(rest) || member(rest).is_some() {
                // What stands behind the dash is the first line of the element.
                let own = &mut self.lines[self.at];
                (own.indent, own.offset, own.text) = (indent + inner, line.offset + inner, rest);
                found.push(self.block(indent + inner, depth + 1)?);
            } else {
                self.at += 1;
                found.push(self.inline(line, rest, line.offset + inner, indent, depth)?);
            }
        }
        Ok(YamlNode { line: first, range: 0..0, value: YamlValue::List(found) })
    }

    fn members(&mut self, indent: usize, depth: usize) -> Result<YamlNode, Wrong> {
        let first = self.peek().map_or(0, |line| line.number);
        let mut found = Vec::new();
        while let Some(line) = self.peek().filter(|line| line.indent == indent) {
            let Some((key, rest)) = member(line.text) else {
                return Err((line.number, "this is neither `name: value` nor an element `- …`".to_owned()));
            };
            self.at += 1;
            let rest = rest.trim_start();
            let offset = line.offset + line.text.len() - rest.len();
            let node = if rest.is_empty() || rest.starts_with('#') {
                match self.peek() {
                    Some(next) if next.indent > indent => self.block(next.indent, depth + 1)?,
                    Some(next) if next.indent == indent && is_element(next.text) => self.elements(indent, depth + 1)?,
                    _ => scalar_node(line.number, ""),
                }
            } else {
                self.inline(line, rest, offset, indent, depth)?
            };
            found.push((key, node));
        }
        Ok(YamlNode { line: first, range: 0..0, value: YamlValue::Map(found) })
    }

    /// A value that begins on a line behind something else: a scalar, perhaps over several lines, or an inline list or map.
    fn inline(
        &mut self,
        line: YamlLine<'a>,
        text: &'a str,
        offset: usize,
        indent: usize,
        depth: usize,
    ) -> Result<YamlNode, Wrong> {
        if text.starts_with(['&', '*', '!']) {
            return Err((line.number, "anchors, aliases and tags are not read".to_owned()));
        }
        if text.starts_with(['|', '>']) && text.len() <= 3 {
            return Ok(scalar_node(line.number, &self.folded(indent, text.starts_with('>'))));
        }
        if text.starts_with(['[', '{']) {
            let mut whole = text.to_owned();
            let mut open = OpenFlow::default();
            let mut closed = open.closes(text);
            while !closed {
                let Some(next) = self.peek() else {
                    return Err((line.number, "a bracket is not closed".to_owned()));
                };
                whole.push(' ');
                whole.push_str(next.text);
                closed = open.closes(next.text);
                self.at += 1;
            }
            let mut rest = whole.as_str();
            return flow(&mut rest, line.number, depth);
        }
        let bare = uncommented(text);
        let mut node = scalar_node(line.number, &unquoted(bare));
        node.range = offset..offset + bare.len();
        while let Some(next) = self.peek().filter(|next| next.indent > indent) {
            if member(next.text).is_some() && !bare.starts_with(['"', '\'']) {
                return Err((next.number, "this stands deeper than what is above, which has a value".to_owned()));
            }
            if let YamlValue::Text(own) = &mut node.value {
                own.push(' ');
                own.push_str(uncommented(next.text).trim_matches(['"', '\'']));
            }
            node.range = 0..0;
            self.at += 1;
        }
        Ok(node)
    }

    /// The text of a block below `indent`, line by line, or folded into paragraphs.
    fn folded(&mut self, indent: usize, fold: bool) -> String {
        let mut lines: Vec<(usize, &str)> = Vec::new();
        while let Some(line) = self.lines.get(self.at).filter(|it| it.text.is_empty() || it.indent > indent) {
            lines.push((line.indent, line.text));
            self.at += 1;
        }
        let least = lines.iter().filter(|(_, text)| !text.is_empty()).map(|(indent, _)| *indent).min().unwrap_or(0);
        let shown = |(indent, text): &(usize, &str)| {
            if text.is_empty() { String::new() } else { format!("{}{text}", " ".repeat(indent - least)) }
        };
        let text: Vec<String> = lines.iter().map(shown).collect();
        if !fold {
            return text.join("\n").trim_end().to_owned();
        }
        text.split(String::is_empty)
            .map(|paragraph| paragraph.join(" "))
            .collect::<Vec<_>>()
            .join("\n")
            .trim()
            .to_owned()
    }
}

fn scalar_node(line: u32, text: &str) -> YamlNode {
    let text = if matches!(text, "~" | "null") { "" } else { text };
    YamlNode { line, range: 0..0, value: YamlValue::Text(text.to_owned()) }
}

fn is_element(text: &str) -> bool {
    text == "-" || text.starts_with("- ")
}

/// `name: rest`, `"name": rest`, `name:`.
fn member(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    if let Some(quote) = quote {
        let (name, rest) = text[1..].split_once(quote)?;
        return rest.trim_start().strip_prefix(':').map(|rest| (name.to_owned(), rest));
    }
    if text.starts_with(['[', '{', '|', '>']) || is_element(text) {
        return None;
    }
    let at = text.find(": ").or_else(|| text.strip_suffix(':').map(str::len))?;
    let name = text[..at].trim();
    (!name.is_empty() && !name.contains(" #")).then(|| (name.to_owned(), &text[at + 1..]))
}

/// Without a comment at the end, unless it stands in quotes.
fn uncommented(text: &str) -> &str {
    let quoted = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    let start = quoted.and_then(|quote| text.rfind(quote)).unwrap_or(0);
    text[start..].find(" #").map_or(text, |at| text[..start + at].trim_end())
}

fn unquoted(text: &str) -> String {
    let inner = |quote: char| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    match (inner('"'), inner('\'')) {
        (Some(inner), _) => inner.replace("\\n", "\n").replace("\\\"", "\"").replace("\\\\", "\\"),
        (_, Some(inner)) => inner.replace("''", "'"),
        _ => text.to_owned(),
    }
}

/// How many brackets of an inline value are open, and the quote that is.
#[derive(Default)]
struct OpenFlow {
    brackets: i32,
    quote: Option<char>,
}

impl OpenFlow {
    /// Reads on; gives whether all is closed then.
    fn closes(&mut self, text: &str) -> bool {
        for c in text.chars() {
            match (self.quote, c) {
                (Some(mark), c) if mark == c => self.quote = None,
                (None, '"' | '\'') => self.quote = Some(c),
                (None, '[' | '{') => self.brackets += 1,
                (None, ']' | '}') => self.brackets -= 1,
                _ => {}
            }
        }
        self.brackets <= 0
    }
}

/// `[a, {b: c}]` from the start of `rest`.
fn flow(rest: &mut &str, line: u32, depth: usize) -> Result<YamlNode, Wrong> {
    let wrong = || (line, "this inline list or map is not understood".to_owned());
    if depth > DEEPEST {
        return Err((line, "this is nested too deep".to_owned()));
    }
    let text = rest.trim_start();
    let is_map = text.starts_with('{');
    if !is_map && !text.starts_with('[') {
        let end = end_of_scalar(text);
        *rest = &text[end..];
        return Ok(scalar_node(line, &unquoted(text[..end].trim())));
    }
    *rest = &text[1..];
    let (mut elements, mut members) = (Vec::new(), Vec::new());
    loop {
        *rest = rest.trim_start_matches([' ', ',']);
        if let Some(after) = rest.strip_prefix(if is_map { '}' } else { ']' }) {
            *rest = after;
            let value = if is_map { YamlValue::Map(members) } else { YamlValue::List(elements) };
            return Ok(YamlNode { line, range: 0..0, value });
        }
        if rest.is_empty() || rest.starts_with(['}', ']']) {
            return Err(wrong());
        }
        if is_map {
            let (name, after) = rest.split_once(':').ok_or_else(wrong)?;
            *rest = after;
            members.push((unquoted(name.trim()), flow(rest, line, depth + 1)?));
        } else {
            elements.push(flow(rest, line, depth + 1)?);
        }
    }
}

fn end_of_scalar(text: &str) -> usize {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    let closing = quote.and_then(|quote| text[1..].find(quote).map(|at| at + 2));
    closing.unwrap_or_else(|| text.find([',', ']', '}']).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_plans_use_is_read() {
        let text = "# plan\ntitle: \"Pond: one\"  # no\ntasks:\n- id: 010\n  title: Dig: deep\n  needs: [a, {id: b}]\n  text: |\n    one\n      two\n\n    three\n  flat: >\n    one\n    two\n- id: b\n  list:\n    - x\n    -\n      - y\n  more: first\n    second\n  none: ~\n";
        let root = yaml(text).unwrap();
        assert_eq!(root.get("title").unwrap().text(), Some("Pond: one"));
        let tasks = root.get("tasks").unwrap().list().unwrap();
        let of = |n: usize, name: &str| tasks[n].get(name).unwrap().clone();
        assert_eq!((of(0, "id").text(), of(0, "title").text()), (Some("010"), Some("Dig: deep")));
        assert_eq!(of(0, "needs").texts(), ["a", "b"]);
        assert_eq!(of(0, "text").text(), Some("one\n  two\n\nthree"));
        assert_eq!(of(0, "flat").text(), Some("one two"));
        assert_eq!(
            (of(1, "list").texts(), of(1, "more").text()),
            (vec!["x".to_owned(), "y".to_owned()], Some("first second"))
        );
        assert_eq!((of(1, "none").text(), of(1, "id").line), (None, 15));
        assert_eq!(&text[of(1, "id").range], "b");
    }

    #[test]
    fn what_is_not_read_is_refused_with_its_line() {
        for (text, line) in
            [("a: 1\n\tb: 2\n", 2), ("a: &x 1\n", 1), ("a: [1\n", 1), ("a: 1\n  b: 2\n", 2), ("a: 1\nb\n", 2)]
        {
            assert_eq!(yaml(text).map_err(|(line, _)| line), Err(line), "{text}");
        }
        let deep = format!("a: {}", "[".repeat(10_000) + &"]".repeat(10_000));
        assert!(yaml(&deep).is_err());
        assert!(yaml(&(0..200).map(|n| format!("{}a:\n", " ".repeat(n))).collect::<String>()).is_err());
    }
}
