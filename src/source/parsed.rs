//! A program text as a syntax tree.

use tree_sitter::{Node, Parser, Point, Range, Tree};

use super::language::{Language, ending, is_component};

/// Texts longer than this are data that somebody called a program (generated tables, bundles): reading them would cost
/// seconds and memory, and nobody merges or judges them by hand.
const MAX_LENGTH: usize = 2 << 20;

/// A program text and its syntax tree. Broken texts have one, too: what cannot be understood is told by
/// [`Parsed::errors`], the rest is read as usual.
#[derive(Debug)]
pub struct Parsed<'t> {
    pub(super) text: &'t str,
    pub(super) language: Language,
    tree: Tree,
}

/// A place that is not in the language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Its line, from 1.
    pub line: u32,
    /// What is missing there, or the text that does not fit (shortened).
    pub what: String,
}

impl<'t> Parsed<'t> {
    /// Reads the text of a file; none when its language has no grammar here or the text is longer than 2 MiB.
    pub fn read(path: &str, text: &'t str) -> Option<Parsed<'t>> {
        let named = Language::with_grammar(path)?;
        let scripts = if is_component(path) { Some(scripts(text)) } else { None };
        let typed = scripts.as_ref().is_some_and(|scripts| scripts.typed);
        let language = if typed { Language::TypeScript } else { named };
        let ranges = scripts.map(|scripts| scripts.ranges);
        parse(text, language, ending(path) == "tsx", ranges.as_deref())
    }

    /// Reads a text in a known language; `None` as for [`Parsed::read`].
    pub fn of(language: Language, text: &'t str) -> Option<Parsed<'t>> {
        parse(text, language, false, None)
    }

    /// Whether all of it is in the language.
    pub fn is_well_formed(&self) -> bool {
        !self.tree.root_node().has_error()
    }

    /// What is not in the language, in the order of the text.
    pub fn errors(&self) -> Vec<SyntaxError> {
        let mut found = Vec::new();
        if self.is_well_formed() {
            return found;
        }
        self.visit(|node, _| {
            if node.is_missing() {
                found.push(SyntaxError { line: line_of(node), what: format!("`{}` is missing", node.kind()) });
            } else if node.is_error() {
                let first = self.text_of(node).lines().next().unwrap_or_default();
                let short: String = first.chars().take(60).collect();
                found.push(SyntaxError { line: line_of(node), what: format!("`{short}` does not fit here") });
            }
        });
        found
    }

    /// The parts of the text that are in the language: all of it, or the scripts of a page.
    pub(super) fn ranges(&self) -> Vec<std::ops::Range<usize>> {
        self.tree.included_ranges().into_iter().map(|range| range.start_byte..range.end_byte).collect()
    }

    pub(super) fn text_of(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    /// Every node with those that enclose it, outermost first; each before what it holds. Not recursive: hostile nesting
    /// must not exhaust the stack.
    pub(super) fn visit<'s>(&'s self, mut enter: impl FnMut(Node<'s>, &[Node<'s>])) {
        let mut cursor = self.tree.walk();
        let mut above: Vec<Node<'s>> = Vec::new();
        loop {
            let node = cursor.node();
            enter(node, &above);
            if cursor.goto_first_child() {
                above.push(node);
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return;
                }
                above.pop();
            }
        }
    }
}

/// The first line of a node, from 1.
pub(super) fn line_of(node: Node<'_>) -> u32 {
    node.start_position().row as u32 + 1
}

/// The last line of a node, from 1; a line end that belongs to it begins no further line.
pub(super) fn end_line_of(node: Node<'_>) -> u32 {
    let end = node.end_position();
    let row = if end.column == 0 && end.row > node.start_position().row { end.row - 1 } else { end.row };
    row as u32 + 1
}

fn parse<'t>(text: &'t str, language: Language, tsx: bool, ranges: Option<&[Range]>) -> Option<Parsed<'t>> {
    let grammar = match language {
        Language::Rust => tree_sitter_rust::LANGUAGE,
        Language::Python => tree_sitter_python::LANGUAGE,
        Language::JavaScript => tree_sitter_javascript::LANGUAGE,
        Language::TypeScript if tsx => tree_sitter_typescript::LANGUAGE_TSX,
        Language::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
        Language::Go => tree_sitter_go::LANGUAGE,
        Language::Other => return None,
    };
    if text.len() > MAX_LENGTH {
        return None;
    }
    let mut parser = Parser::new();
    parser.set_language(&grammar.into()).ok()?;
    if let Some(ranges) = ranges {
        if ranges.is_empty() {
            return None;
        }
        parser.set_included_ranges(ranges).ok()?;
    }
    Some(Parsed { text, language, tree: parser.parse(text, None)? })
}

/// The scripts of a page.
struct Scripts {
    ranges: Vec<Range>,
    /// Whether one says that it is TypeScript.
    typed: bool,
}

/// What stands between `<script …>` and `</script>`.
fn scripts(text: &str) -> Scripts {
    let (mut ranges, mut typed, mut at) = (Vec::new(), false, 0);
    while let Some(tag) = text[at..].find("<script").map(|n| at + n) {
        let Some(open) = text[tag..].find('>').map(|n| tag + n + 1) else { break };
        let close = text[open..].find("</script").map_or(text.len(), |n| open + n);
        let head = &text[tag..open];
        typed |= ["lang=\"ts", "lang='ts", "lang=ts"].iter().any(|mark| head.contains(mark));
        ranges.push(Range {
            start_byte: open,
            end_byte: close,
            start_point: point(text, open),
            end_point: point(text, close),
        });
        at = close;
    }
    Scripts { ranges, typed }
}

fn point(text: &str, at: usize) -> Point {
    let before = &text[..at];
    let column = before.len() - before.rfind('\n').map_or(0, |n| n + 1);
    Point { row: before.matches('\n').count(), column }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_lines() {
        for (path, good, bad, line) in [
            ("a.rs", "fn a() {}\n", "fn a() {}\n<<<<<<< ours\nfn b() {}\n", 2),
            ("a.py", "def a():\n    return 1\n", "x = 1\ndef a(:\n    return 1\n", 2),
            ("a.js", "const a = <b>c</b>;\n", "const a = {\n", 1),
            ("a.ts", "const a: number = 1;\n", "let x = 1;\nfunction (a {\n", 2),
            ("a.tsx", "const a: N = <b>c</b>;\n", "const a = <b>c;\n", 1),
            ("a.go", "package a\n\nfunc A() {}\n", "package a\n\nfunc A( {}\n", 3),
            (
                "A.vue",
                "<p>{{ <</p>\n<script lang=\"ts\">\nlet a: T = 1;\n</script>",
                "<script>\nlet = = 1\n</script>",
                2,
            ),
        ] {
            assert!(Parsed::read(path, good).unwrap().is_well_formed(), "{path}: {good}");
            let broken = Parsed::read(path, bad).unwrap();
            assert!(!broken.is_well_formed(), "{path}: {bad}");
            assert_eq!(broken.errors()[0].line, line, "{path}: {:?}", broken.errors());
        }
    }

    #[test]
    fn what_has_no_grammar_is_not_read() {
        assert!(Parsed::read("a.java", "class A {}").is_none());
        assert!(Parsed::read("README.md", "# a").is_none());
        assert!(Parsed::read("A.vue", "<p>no script</p>").is_none());
        assert!(Parsed::read("a.py", &"x = 1\n".repeat(400_000)).is_none(), "longer than 2 MiB");
    }

    #[test]
    fn deep_nesting_is_survived() {
        let deep = format!("x = {}1{}\n", "(".repeat(50_000), ")".repeat(50_000));
        let parsed = Parsed::read("a.py", &deep).unwrap();
        let mut nodes = 0;
        parsed.visit(|_, _| nodes += 1);
        assert!(nodes > 50_000);
    }
}
