//! How long, how deep and how branched functions are.
//!
//! Measured on tokens, not on syntax trees: a few languages, none of them in full, and the same yardstick before and
//! after a change. Branching counts as McCabe does, except that a `switch` or `match` is one branch however many cases
//! it has: a flat table is easy to read.

use std::collections::BTreeMap;

use super::tokens::{Token, tokens};
use crate::project::Language;

/// One function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Function {
    /// Its name; `(anonymous)` for those without.
    pub(super) name: String,
    /// Its first line.
    pub(super) line: u32,
    /// Its last line.
    pub(super) end: u32,
    /// What was measured.
    pub(super) size: Size,
}

/// What is measured of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Size {
    /// Lines, from its first to its last.
    pub(super) lines: u32,
    /// Control structures inside each other, at most.
    pub(super) depth: u32,
    /// Ways through it: 1 and one more for each decision.
    pub(super) branches: u32,
}

impl Size {
    /// The larger of each.
    pub(super) fn max(self, other: Size) -> Size {
        Size {
            lines: self.lines.max(other.lines),
            depth: self.depth.max(other.depth),
            branches: self.branches.max(other.branches),
        }
    }
}

/// The functions of a text, in the order of their ends.
pub(super) fn functions(text: &str, language: Language) -> Vec<Function> {
    let tokens = tokens(text, language);
    match language {
        Language::Python => Indented::default().read(&tokens),
        _ => Braced::new(&tokens, language).read(),
    }
}

/// The largest function of each name.
pub(super) fn by_name(functions: &[Function]) -> BTreeMap<&str, Size> {
    let mut sizes: BTreeMap<&str, Size> = BTreeMap::new();
    for function in functions {
        let size = sizes.entry(&function.name).or_default();
        *size = size.max(function.size);
    }
    sizes
}

/// Words that decide, and signs that do.
fn decides(token: &str, language: Language) -> bool {
    match token {
        "if" | "for" | "while" | "&&" | "||" => true,
        "loop" | "match" => language == Language::Rust,
        "switch" | "select" => language != Language::Rust,
        "catch" | "?" | "??" => matches!(language, Language::JavaScript | Language::TypeScript),
        _ => false,
    }
}

/// Words that open a control structure.
const CONTROL: [&str; 10] = ["if", "else", "for", "while", "loop", "match", "switch", "select", "try", "catch"];

/// What a brace opened.
enum Opened {
    Function(Function),
    Control,
    Other,
}

/// Reads languages with braces.
struct Braced<'a, 't> {
    tokens: &'a [Token<'t>],
    language: Language,
    stack: Vec<Opened>,
    done: Vec<Function>,
    /// Index of the brace that opens a function's body, to its name and first line.
    bodies: BTreeMap<usize, (String, u32)>,
    /// Whether a control word stands between the last boundary and here.
    control: bool,
}

impl<'a, 't> Braced<'a, 't> {
    fn new(tokens: &'a [Token<'t>], language: Language) -> Self {
        let (stack, done, bodies) = (Vec::new(), Vec::new(), BTreeMap::new());
        Braced { tokens, language, stack, done, bodies, control: false }
    }

    fn read(mut self) -> Vec<Function> {
        for n in 0..self.tokens.len() {
            let token = self.tokens[n];
            self.announce(n);
            match token.text {
                "{" => self.open(n),
                "}" => self.close(token.line),
                // What follows an arrow is a case's or a function's own.
                ";" | "=>" => self.control = false,
                word => {
                    // An optional member of a TypeScript type (`a?: b`) decides nothing.
                    let optional = word == "?" && [":", ",", ")"].contains(&self.text(n + 1));
                    if decides(word, self.language) && !optional {
                        self.branch();
                    }
                    self.control |= CONTROL.contains(&word);
                }
            }
        }
        self.done
    }

    fn text(&self, n: usize) -> &'t str {
        self.tokens.get(n).map_or("", |token| token.text)
    }

    /// Notes where the body of a function that begins at `n` opens.
    fn announce(&mut self, n: usize) {
        let found = match (self.language, self.text(n)) {
            (Language::Rust, "fn") => self.body(n + 1).map(|at| (at, self.text(n + 1))),
            (Language::Go, "func") => self.go_function(n),
            (Language::JavaScript | Language::TypeScript, "function") => {
                let name = if self.text(n + 1) == "*" { self.text(n + 2) } else { self.text(n + 1) };
                self.body(n + 1).map(|at| (at, name))
            }
            (Language::JavaScript | Language::TypeScript, "=>") if self.text(n + 1) == "{" => {
                Some((n + 1, self.assigned_before(n)))
            }
            (Language::JavaScript | Language::TypeScript, "(") => self.method(n),
            _ => None,
        };
        if let Some((at, name)) = found {
            let named = name.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '$');
            let name = if named { name } else { "(anonymous)" };
            self.bodies.entry(at).or_insert((name.to_owned(), self.tokens[n].line));
        }
    }

    /// The first brace outside of parentheses; none when the declaration has no body. Braces of types are skipped.
    fn body(&self, from: usize) -> Option<usize> {
        let mut depth = 0i32;
        let mut n = from;
        while n < self.tokens.len() {
            match self.text(n) {
                "(" | "[" => depth += 1,
                ")" | "]" => depth -= 1,
                "{" if depth <= 0 && ["interface", "struct", ":"].contains(&self.text(n - 1)) => n = self.closing(n)?,
                "{" if depth <= 0 => return Some(n),
                "{" => n = self.closing(n)?,
                ";" if depth <= 0 => return None,
                "}" => return None,
                _ => {}
            }
            n += 1;
        }
        None
    }

    fn closing(&self, open: usize) -> Option<usize> {
        let (up, down) = if self.text(open) == "{" { ("{", "}") } else { ("(", ")") };
        let mut depth = 0;
        (open..self.tokens.len()).find(|n| {
            match self.text(*n) {
                text if text == up => depth += 1,
                text if text == down => depth -= 1,
                _ => {}
            }
            depth == 0
        })
    }

    /// `func name(`, `func (receiver) name(`, `func (`.
    fn go_function(&self, n: usize) -> Option<(usize, &'t str)> {
        let mut name = n + 1;
        if self.text(name) == "(" {
            let after = self.closing(name)? + 1;
            let method = self.text(after).starts_with(char::is_alphabetic) && self.text(after + 1) == "(";
            name = if method { after } else { name };
        }
        self.body(name).map(|at| (at, self.text(name)))
    }

    /// `name(...) {` and `name(...): type {` that is no statement.
    fn method(&self, n: usize) -> Option<(usize, &'t str)> {
        let name = n.checked_sub(1).map(|n| self.text(n))?;
        let word = name.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '$');
        let statement = ["if", "for", "while", "switch", "catch", "with", "function", "return", "await", "of", "in"];
        let called = n.checked_sub(2).is_some_and(|n| [".", "?.", "=", "new", "function"].contains(&self.text(n)));
        if !word || statement.contains(&name) || called {
            return None;
        }
        let after = self.closing(n)? + 1;
        match self.text(after) {
            "{" => Some((after, name)),
            ":" => {
                let at = self.body(after + 1)?;
                // A type is short and holds no statement; `case f(x): {` and `a ? b(c) : d` are something else.
                let plain = (after..at).all(|n| ![";", "=", "=>", "case", "?"].contains(&self.text(n)));
                (plain && at - after < 24).then_some((at, name))
            }
            _ => None,
        }
    }

    /// The name in `name = (...) =>`, `name: (...) =>` and `const name = async x =>`.
    fn assigned_before(&self, arrow: usize) -> &'t str {
        let from = arrow.saturating_sub(40);
        let equals = (from..arrow).rev().find(|n| self.text(*n) == "=" || [";", "{", "}"].contains(&self.text(*n)));
        equals.filter(|n| self.text(*n) == "=" && *n > 0).map_or("", |n| {
            // `const name: Type =`: the name stands before the colon.
            let colon = (n.saturating_sub(8)..n).rev().find(|n| self.text(*n) == ":");
            colon.map_or_else(|| self.text(n - 1), |colon| self.text(colon.saturating_sub(1)))
        })
    }

    fn open(&mut self, n: usize) {
        let opened = match self.bodies.remove(&n) {
            Some((name, line)) => {
                Opened::Function(Function { name, line, end: line, size: Size { branches: 1, ..Size::default() } })
            }
            None if self.control => Opened::Control,
            None => Opened::Other,
        };
        self.stack.push(opened);
        self.control = false;
        let depth = self.stack.iter().rev().take_while(|one| !matches!(one, Opened::Function(_)));
        let depth = depth.filter(|one| matches!(one, Opened::Control)).count() as u32;
        if let Some(function) = self.inner() {
            function.size.depth = function.size.depth.max(depth);
        }
    }

    fn inner(&mut self) -> Option<&mut Function> {
        self.stack.iter_mut().rev().find_map(|one| match one {
            Opened::Function(function) => Some(function),
            _ => None,
        })
    }

    fn branch(&mut self) {
        if let Some(function) = self.inner() {
            function.size.branches += 1;
        }
    }

    fn close(&mut self, line: u32) {
        self.control = false;
        if let Some(Opened::Function(mut function)) = self.stack.pop() {
            function.end = line;
            function.size.lines = line + 1 - function.line;
            self.done.push(function);
        }
    }
}

/// Reads Python.
#[derive(Default)]
struct Indented {
    /// Open blocks with their indents.
    stack: Vec<(usize, Block)>,
    done: Vec<Function>,
    last_line: u32,
}

enum Block {
    Function(Function),
    Control,
    Other,
}

const PYTHON_CONTROL: [&str; 11] =
    ["if", "elif", "else", "for", "while", "try", "except", "finally", "with", "match", "case"];

impl Indented {
    fn read(mut self, tokens: &[Token<'_>]) -> Vec<Function> {
        let mut brackets = 0i32;
        for (n, token) in tokens.iter().enumerate() {
            let next = |ahead: usize| tokens.get(n + ahead).map_or("", |token| token.text);
            if let (Some(indent), 0) = (token.indent, brackets) {
                self.statement(indent, token, next(1), next(2));
            }
            match token.text {
                "(" | "[" | "{" => brackets += 1,
                ")" | "]" | "}" => brackets = (brackets - 1).max(0),
                "if" | "elif" | "for" | "while" | "except" | "and" | "or" | "match" => {
                    let name = token.text == "match" && ["=", ".", ",", ")", "("].contains(&next(1));
                    if let Some(function) = self.inner().filter(|_| !name) {
                        function.size.branches += 1;
                    }
                }
                _ => {}
            }
            self.last_line = token.line;
        }
        self.close_from(0);
        self.done
    }

    /// A statement begins: blocks at its indent or deeper are over.
    fn statement(&mut self, indent: usize, token: &Token<'_>, second: &str, third: &str) {
        self.close_from(indent);
        let is_async = token.text == "async";
        let (word, name) = if is_async { (second, third) } else { (token.text, second) };
        let block = match word {
            "def" => {
                let size = Size { branches: 1, ..Size::default() };
                let named = name.to_owned();
                Block::Function(Function { name: named, line: token.line, end: token.line, size })
            }
            word if PYTHON_CONTROL.contains(&word) && !["=", "."].contains(&second) => Block::Control,
            "class" => Block::Other,
            _ => return,
        };
        self.stack.push((indent, block));
        let blocks = self.stack.iter().rev().take_while(|(_, block)| !matches!(block, Block::Function(_)));
        let depth = blocks.filter(|(_, block)| matches!(block, Block::Control)).count() as u32;
        if let Some(function) = self.inner() {
            function.size.depth = function.size.depth.max(depth);
        }
    }

    fn inner(&mut self) -> Option<&mut Function> {
        self.stack.iter_mut().rev().find_map(|(_, block)| match block {
            Block::Function(function) => Some(function),
            _ => None,
        })
    }

    fn close_from(&mut self, indent: usize) {
        while self.stack.last().is_some_and(|(open, _)| *open >= indent) {
            if let Some((_, Block::Function(mut function))) = self.stack.pop() {
                function.end = self.last_line;
                function.size.lines = function.end + 1 - function.line;
                self.done.push(function);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(text: &str, language: Language) -> Vec<(String, u32, u32, u32)> {
        let size = |f: Function| (f.name, f.size.lines, f.size.depth, f.size.branches);
        functions(text, language).into_iter().map(size).collect()
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
                functions(text, language);
            }
        }
    }
}
