//! How long, how deep and how branched functions are.
//!
//! Branching counts as McCabe does, except that a `switch` or `match` is one branch however many cases it has: a flat
//! table is easy to read.

use std::collections::BTreeMap;

use tree_sitter::Node;

use super::language::Language;
use super::parsed::{Parsed, end_line_of, line_of};

/// One function with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionShape {
    /// Its name; [`ANONYMOUS`] for those without.
    pub name: String,
    /// Its first line.
    pub line: u32,
    /// Its last line.
    pub end: u32,
    /// What was measured.
    pub size: FunctionSize,
}

/// What functions without a name are called.
pub const ANONYMOUS: &str = "(anonymous)";

/// What is measured of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FunctionSize {
    /// Lines, from its first to its last.
    pub lines: u32,
    /// Control structures inside each other, at most.
    pub depth: u32,
    /// Ways through it: 1 and one more for each decision.
    pub branches: u32,
}

impl FunctionSize {
    /// The larger of each.
    pub fn max(self, other: FunctionSize) -> FunctionSize {
        FunctionSize {
            lines: self.lines.max(other.lines),
            depth: self.depth.max(other.depth),
            branches: self.branches.max(other.branches),
        }
    }
}

impl Parsed<'_> {
    /// The functions with a body, in the order of their ends. What an inner one does is not counted for the outer one.
    pub fn functions(&self) -> Vec<FunctionShape> {
        // By the node's place: the end, and of several that end together the inner first.
        let mut found: BTreeMap<(usize, std::cmp::Reverse<usize>), FunctionShape> = BTreeMap::new();
        let key = |node: Node<'_>| (node.end_byte(), std::cmp::Reverse(node.start_byte()));
        self.visit(|node, above| {
            if is_function(node) {
                found.insert(key(node), self.shape(node, above));
                return;
            }
            let decides = decides(node, above, self.language);
            let control = is_control(node.kind());
            if !decides && !control {
                return;
            }
            let Some(at) = above.iter().rposition(|outer| is_function(*outer)) else { return };
            let Some(function) = found.get_mut(&key(above[at])) else { return };
            if decides {
                function.size.branches += 1;
            }
            if control {
                let depth = above[at..].iter().chain([&node]).zip(above[at..].iter().skip(1).chain([&node]));
                let depth = depth.filter(|(around, inner)| is_control(inner.kind()) && !is_else_if(**around, **inner));
                function.size.depth = function.size.depth.max(depth.count() as u32);
            }
        });
        found.into_values().collect()
    }

    fn shape(&self, node: Node<'_>, above: &[Node<'_>]) -> FunctionShape {
        let (line, end) = (line_of(node), end_line_of(node));
        let size = FunctionSize { lines: end + 1 - line, depth: 0, branches: 1 };
        let name = node.child_by_field_name("name").or_else(|| given_name(above));
        let name = name.map_or(ANONYMOUS, |name| self.text_of(name)).to_owned();
        FunctionShape { name, line, end, size }
    }
}

/// The largest function of each name.
pub fn largest_by_name(functions: &[FunctionShape]) -> BTreeMap<&str, FunctionSize> {
    let mut sizes: BTreeMap<&str, FunctionSize> = BTreeMap::new();
    for function in functions {
        let size = sizes.entry(&function.name).or_default();
        *size = size.max(function.size);
    }
    sizes
}

/// What the grammars call functions, but for arrows and closures.
pub(super) const FUNCTIONS: [&str; 9] = [
    "function_item",
    "function_definition",
    "function_declaration",
    "method_declaration",
    "func_literal",
    "generator_function_declaration",
    "function_expression",
    "generator_function",
    "method_definition",
];

/// Functions whose body is a block: an arrow with an expression and a lambda are expressions.
fn is_function(node: Node<'_>) -> bool {
    let body = || node.child_by_field_name("body");
    match node.kind() {
        kind if FUNCTIONS.contains(&kind) => body().is_some(),
        "arrow_function" => body().is_some_and(|body| body.kind() == "statement_block"),
        _ => false,
    }
}

/// The name that a function without one is given by what it is assigned to.
fn given_name<'t>(above: &[Node<'t>]) -> Option<Node<'t>> {
    let around = above.last()?;
    let field = match around.kind() {
        "variable_declarator" | "public_field_definition" => "name",
        "field_definition" => "property",
        "pair" => "key",
        "assignment_expression" => {
            let left = around.child_by_field_name("left")?;
            return left.child_by_field_name("property").or(Some(left));
        }
        _ => return None,
    };
    around.child_by_field_name(field)
}

/// Words that decide, and signs that do, where they stand for a decision.
fn decides(node: Node<'_>, above: &[Node<'_>], language: Language) -> bool {
    if node.child_count() > 0 || node.is_named() {
        return false;
    }
    let around = above.last().map_or("", |around| around.kind());
    match node.kind() {
        "if" | "while" | "&&" | "||" | "and" | "or" | "elif" | "except" => true,
        // `impl A for B` and `for<'a>` decide nothing.
        "for" => !matches!(around, "impl_item" | "higher_ranked_trait_bound" | "for_lifetimes"),
        "loop" | "match" => !language.is_script(),
        "switch" | "select" => true,
        "catch" | "??" => language.is_script(),
        // An optional member (`a?: b`) decides nothing.
        "?" => around == "ternary_expression",
        _ => false,
    }
}

/// Whether a node is a control structure.
fn is_control(kind: &str) -> bool {
    matches!(
        kind,
        "if_expression"
            | "for_expression"
            | "while_expression"
            | "loop_expression"
            | "match_expression"
            | "if_statement"
            | "for_statement"
            | "while_statement"
            | "with_statement"
            | "try_statement"
            | "match_statement"
            | "for_in_statement"
            | "do_statement"
            | "switch_statement"
            | "expression_switch_statement"
            | "type_switch_statement"
            | "select_statement"
    )
}

/// `else if` goes no deeper.
fn is_else_if(around: Node<'_>, inner: Node<'_>) -> bool {
    inner.kind().starts_with("if_")
        && (around.kind() == "else_clause"
            || around.kind() == "if_statement" && around.child_by_field_name("alternative") == Some(inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(text: &str, language: Language) -> Vec<(String, u32, u32, u32)> {
        let size = |f: FunctionShape| (f.name, f.size.lines, f.size.depth, f.size.branches);
        Parsed::of(language, text).unwrap().functions().into_iter().map(size).collect()
    }

    fn one(name: &str, lines: u32, depth: u32, branches: u32) -> (String, u32, u32, u32) {
        (name.to_owned(), lines, depth, branches)
    }

    #[test]
    fn rust() {
        let text = "
impl A {
    fn plain(&self) -> Vec<[u8; 2]> { vec![] }
    fn declared(&self) -> u8;
    pub fn deep<T>(x: T) -> u8 where T: Into<u8> {
        for a in b {
            if a && c || d {
                while let Some(x) = y { match x { A => {} B if c => {} } }
            } else if e { }
        }
        let f = |x| { x + 1 };
        f(1)?
    }
}
fn outer() { fn inner() { if a { } } loop { } }";
        let expected = [one("plain", 1, 0, 1), one("deep", 9, 4, 9), one("inner", 1, 1, 2), one("outer", 1, 1, 2)];
        assert_eq!(measured(text, Language::Rust), expected);
    }

    #[test]
    fn go() {
        let text = "
func (s *Server) Handle(x interface{}, f func(int) error) (map[string]struct{}, error) {
\tif x != nil && s.ok {
\t\tfor _, a := range b {
\t\t\tswitch a {
\t\t\tcase 1: return nil, nil
\t\t\tcase 2:
\t\t\t}
\t\t}
\t}
\tgo func() { if a { } }()
\treturn nil, nil
}
func plain() {}
";
        let expected = [one("(anonymous)", 1, 1, 2), one("Handle", 12, 3, 5), one("plain", 1, 0, 1)];
        assert_eq!(measured(text, Language::Go), expected);
    }

    #[test]
    fn typescript() {
        let text = "
export function a(x?: number, y = {}): { z: number } {
  return x ? y?.b ?? 1 : 2;
}
class C {
  async m(x: string): Promise<Map<string, number>> {
    try { if (x) { await f(x); } } catch (e) { throw e; }
  }
  get n() { return 1; }
}
const arrow = async (x: number) => {
  items.forEach((i) => { if (i) { g(); } });
};
switch (f(x)) { case f(1): { break; } }
if (f(x)) { g(); }
";
        let expected = [
            one("a", 3, 0, 3),
            one("m", 3, 2, 3),
            one("n", 1, 0, 1),
            one("(anonymous)", 1, 1, 2),
            one("arrow", 3, 0, 1),
        ];
        assert_eq!(measured(text, Language::TypeScript), expected);
    }

    #[test]
    fn python() {
        let text = "
def plain(): return 1

class A:
    async def deep(self, x=(1,
2)):
        '''if doc

        text'''
        for a in b:
            with c:
                if a and d or e:
                    pass
                elif f:
                    pass
        return [x for x in y if x]

    def after(self):
        match = 1
        try:
            pass
        except E:
            pass

    # a comment at the end
x = 1
";
        let expected = [one("plain", 1, 0, 1), one("deep", 12, 3, 8), one("after", 6, 1, 2)];
        assert_eq!(measured(text, Language::Python), expected);
    }

    #[test]
    fn broken_texts_are_measured_as_far_as_they_go() {
        for text in ["fn", "fn a(", "fn a() {", "}}}", "func (", "=> {", "a(", "a():", "def", "async def f(:\n x"] {
            for language in [Language::Rust, Language::Python, Language::TypeScript, Language::Go] {
                Parsed::of(language, text).unwrap().functions();
            }
        }
    }
}
