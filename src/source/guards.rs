//! What decides whether, or how often, a part of a program runs, what keeps its failure to itself, and where a function
//! can end early: an assertion says less once more of that stands before it.

use std::ops::Range;

use tree_sitter::Node;

use super::language::Language;
use super::parsed::Parsed;

/// What stands before a part of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CodeGuard {
    /// What it stands before.
    pub(super) part: Range<usize>,
    /// Itself, without layout: `if x > 0`, `for row in rows`, `setTimeout(…)`.
    pub(super) head: String,
    /// It makes the part a function of its own, which somebody has to call.
    pub(super) is_function: bool,
}

/// A statement that may end a function, a loop or the program before what follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EarlyExit {
    pub(super) part: Range<usize>,
    /// The statement without layout.
    pub(super) text: String,
}

/// Functions whose callbacks run, and are heard when they fail.
const HEARD: [&str; 17] = [
    "it", "test", "describe", "suite", "context", "each", "waitFor", "act", "step", "poll", "Run", "Fuzz", "Test",
    "within", "with", "scope", "run",
];

/// Calls that end the program, the thread or the test.
const ENDINGS: [&str; 16] = [
    "os._exit(",
    "sys.exit(",
    "exit(",
    "quit(",
    "pytest.exit(",
    "pytest.skip(",
    "pytest.xfail(",
    "process.exit(",
    "process.abort(",
    "Deno.exit(",
    "os.Exit(",
    "runtime.Goexit(",
    "syscall.Exit(",
    "std::process::exit(",
    "process::exit(",
    "std::process::abort(",
];

impl Parsed<'_> {
    /// Everything that stands before something else.
    pub(super) fn guards(&self) -> Vec<CodeGuard> {
        let mut found = Vec::new();
        self.visit(|node, above| match node.kind() {
            "if_statement" | "if_expression" | "elif_clause" => found.extend(self.branches(node)),
            "while_statement" | "while_expression" | "for_statement" | "for_in_statement" | "for_expression" => {
                found.extend(self.looped(node));
            }
            "try_statement" if self.is_silent_try(node) => {
                found.extend(field(node, "body").map(|body| self.guard(body, "try".to_owned())));
            }
            "with_statement" => found.extend(self.context(node)),
            "match_arm" | "case_clause" | "switch_case" | "expression_case" | "type_case" => {
                let pattern = node.named_child(0).map_or("", |pattern| self.text_of(pattern));
                found.push(self.guard(node, format!("case {}", plain(pattern))));
            }
            "conditional_expression" | "ternary_expression" => {
                found.push(self.guard(node, plain(self.text_of(node))));
            }
            "boolean_operator" | "binary_expression" => found.extend(self.short_circuit(node)),
            "go_statement" | "defer_statement" => {
                found.push(self.guard(node, node.kind().trim_end_matches("_statement").to_owned()));
            }
            kind if is_function(self.language, kind) => found.extend(self.function(node, above)),
            _ => {}
        });
        found
    }

    fn guard(&self, part: Node<'_>, head: String) -> CodeGuard {
        CodeGuard { part: part.byte_range(), head, is_function: false }
    }

    fn branches(&self, node: Node<'_>) -> Vec<CodeGuard> {
        let Some(then) = field(node, "consequence") else { return Vec::new() };
        let head = plain(self.text.get(node.start_byte()..then.start_byte()).unwrap_or_default());
        let otherwise = children(node, "alternative");
        let otherwise = otherwise.into_iter().map(|part| self.guard(part, format!("else of {head}")));
        let mut found: Vec<CodeGuard> = otherwise.collect();
        found.push(self.guard(then, head));
        found
    }

    /// A loop, but for one over a list that stands there and has something in it.
    fn looped(&self, node: Node<'_>) -> Option<CodeGuard> {
        let body = field(node, "body")?;
        let head = plain(self.text.get(node.start_byte()..body.start_byte()).unwrap_or_default());
        (!runs_for_sure(&head)).then(|| self.guard(body, head))
    }

    /// A `try` that hears of a failed assertion and does not pass it on.
    fn is_silent_try(&self, node: Node<'_>) -> bool {
        let parts: Vec<Node<'_>> = (0..node.child_count()).filter_map(|n| node.child(n)).collect();
        parts.into_iter().any(|part| match part.kind() {
            "finally_clause" => self.text_of(part).split(|c: char| !c.is_alphanumeric()).any(|word| word == "return"),
            "except_clause" | "catch_clause" => {
                let text = self.text_of(part);
                let head = text.split([':', '{']).next().unwrap_or_default().trim();
                let everything = part.kind() == "catch_clause"
                    || ["except", "except Exception", "except BaseException"]
                        .iter()
                        .any(|all| head == *all || head.strip_prefix(all).is_some_and(|rest| rest.starts_with(" as ")))
                    || head.contains("AssertionError");
                let told = ["raise", "throw", "fail(", "expect(", "assert", "reject(", "done("];
                everything && !told.iter().any(|word| text[head.len()..].contains(word))
            }
            _ => false,
        })
    }

    /// A context that keeps failures to itself.
    fn context(&self, node: Node<'_>) -> Option<CodeGuard> {
        let body = field(node, "body")?;
        let head = plain(self.text.get(node.start_byte()..body.start_byte()).unwrap_or_default());
        ["suppress(", "raises(", "assertRaises"].iter().any(|word| head.contains(word)).then(|| self.guard(body, head))
    }

    fn short_circuit(&self, node: Node<'_>) -> Option<CodeGuard> {
        let (left, right) = (field(node, "left")?, field(node, "right")?);
        let between = self.text.get(left.end_byte()..right.start_byte())?.trim();
        let cuts = ["&&", "||", "??", "and", "or"].contains(&between);
        cuts.then(|| self.guard(right, format!("{} {between}", plain(self.text_of(left)))))
    }

    fn function(&self, node: Node<'_>, above: &[Node<'_>]) -> Option<CodeGuard> {
        let callee = called_with(node, above).map(|call| self.text_of(call));
        if callee.is_some_and(|callee| HEARD.contains(&callee.rsplit(['.', ':']).next().unwrap_or_default())) {
            return None;
        }
        let head = callee.map_or_else(|| "a function".to_owned(), |callee| format!("{}(…)", plain(callee)));
        Some(CodeGuard { part: node.byte_range(), head, is_function: true })
    }

    /// Everything that may end something early.
    pub(super) fn early_exits(&self) -> Vec<EarlyExit> {
        let mut found = Vec::new();
        self.visit(|node, above| {
            if self.is_exit(node, above) {
                found.push(EarlyExit { part: node.byte_range(), text: plain(self.text_of(node)) });
            }
        });
        found
    }

    fn is_exit(&self, node: Node<'_>, above: &[Node<'_>]) -> bool {
        let text = || self.text_of(node);
        match node.kind() {
            "return_statement" => !self.has_failed(node),
            "return_expression" => !text().starts_with("return Err"),
            "raise_statement" => text().contains("Skip"),
            "continue_statement" | "continue_expression" => true,
            "break_statement" | "break_expression" => {
                above.iter().rev().find_map(|outer| match outer.kind() {
                    "switch_case" | "switch_default" | "expression_case" | "default_case" | "type_case" => Some(false),
                    kind if kind.starts_with("for_") || kind.starts_with("while_") || kind.starts_with("loop_") => {
                        Some(true)
                    }
                    _ => None,
                }) != Some(false)
            }
            "yield" => self.language == Language::Python,
            "call" | "call_expression" => ENDINGS.iter().any(|ending| text().starts_with(ending)),
            _ => false,
        }
    }

    /// Whether the statement before has told a failure: `t.Errorf(…)` and `return` belong together.
    fn has_failed(&self, node: Node<'_>) -> bool {
        let before = node.prev_named_sibling().map_or("", |before| self.text_of(before));
        ["t.", "b.", "f.", "tb."].iter().any(|name| {
            before.strip_prefix(name).is_some_and(|call| ["Error", "Fatal", "Fail"].iter().any(|m| call.starts_with(m)))
        })
    }
}

fn field<'n>(node: Node<'n>, name: &str) -> Option<Node<'n>> {
    node.child_by_field_name(name)
}

fn children<'n>(node: Node<'n>, name: &str) -> Vec<Node<'n>> {
    node.children_by_field_name(name, &mut node.walk()).collect()
}

/// The function that is called with this one as an argument.
fn called_with<'n>(node: Node<'n>, above: &[Node<'n>]) -> Option<Node<'n>> {
    let [.., call, arguments] = above else { return None };
    let is_argument = matches!(arguments.kind(), "arguments" | "argument_list" | "keyword_argument");
    let named = field(*call, "function").filter(|function| function.id() != node.id())?;
    // `it.each(…)('…', () => …)`
    let named = field(named, "function").unwrap_or(named);
    is_argument.then_some(named)
}

fn is_function(language: Language, kind: &str) -> bool {
    match language {
        Language::Python => matches!(kind, "function_definition" | "lambda"),
        Language::Rust => matches!(kind, "closure_expression" | "function_item" | "async_block"),
        // A declared function is a test itself.
        Language::Go => kind == "func_literal",
        Language::JavaScript | Language::TypeScript => matches!(
            kind,
            "arrow_function"
                | "function_expression"
                | "function_declaration"
                | "generator_function"
                | "method_definition"
        ),
        Language::Other => false,
    }
}

/// A text without its layout.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches([':', '{']).trim_end().to_owned()
}

/// Whether a loop's head says that there is something to go over: `for x in [1, 2]`, `for _ in 0..3`, `range []int{1}`.
fn runs_for_sure(head: &str) -> bool {
    let Some(over) = [" in ", " of ", "range "].iter().find_map(|word| head.split_once(word).map(|(_, over)| over))
    else {
        return false;
    };
    let over = over.trim().trim_end_matches(')');
    let is_some = |inner: &str| !inner.trim().is_empty();
    let counted = |text: &str| text.trim_start_matches('(').parse::<u64>().ok();
    if let Some((from, to)) = over.split_once("..") {
        return matches!((counted(from), counted(to.trim_start_matches('='))), (Some(from), Some(to)) if from < to);
    }
    if let Some(count) = over.strip_prefix("range(") {
        return counted(count).is_some_and(|count| count > 0);
    }
    let listed = |open: char, close: char| {
        let inner = over.strip_prefix(open)?;
        Some(is_some(inner.split_once(close).map_or(inner, |(inner, _)| inner)) && !over.contains("]["))
    };
    if let Some((_, rows)) = over.strip_prefix("[]").and_then(|rest| rest.split_once('{')) {
        return is_some(rows.trim_end_matches('}'));
    }
    listed('[', ']').or_else(|| listed('(', ')')).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads(path: &str, text: &str, at: &str) -> Vec<String> {
        let parsed = Parsed::read(path, text).unwrap();
        let at = text.find(at).unwrap();
        parsed.guards().into_iter().filter(|guard| guard.part.contains(&at)).map(|guard| guard.head).collect()
    }

    #[test]
    fn what_stands_before_a_part() {
        let table: &[(&str, &str, &[&str])] = &[
            ("a.py", "if x:\n    HERE()\n", &["if x"]),
            ("a.py", "if x:\n    y()\nelse:\n    HERE()\n", &["else of if x"]),
            ("a.py", "for a in rows:\n    HERE()\n", &["for a in rows"]),
            ("a.py", "for a in [1, 2]:\n    HERE()\n", &[]),
            ("a.py", "for a in []:\n    HERE()\n", &["for a in []"]),
            ("a.py", "with suppress(AssertionError):\n    HERE()\n", &["with suppress(AssertionError)"]),
            ("a.py", "with self.subTest(a=1):\n    HERE()\n", &[]),
            ("a.py", "try:\n    HERE()\nexcept Exception as e:\n    print(e)\n", &["try"]),
            ("a.py", "try:\n    HERE()\nexcept Exception:\n    raise\n", &[]),
            ("a.py", "try:\n    HERE()\nfinally:\n    return\n", &["try"]),
            ("a.py", "x and HERE()\n", &["x and"]),
            ("a.ts", "setTimeout(() => { HERE(); }, 0);\n", &["setTimeout(…)"]),
            ("a.ts", "await waitFor(() => { HERE(); });\n", &[]),
            ("a.ts", "it.each([1])('a', () => { HERE(); });\n", &[]),
            ("a.ts", "const later = () => { HERE(); };\n", &["a function"]),
            ("a.ts", "if (0) HERE();\n", &["if (0)"]),
            ("a.ts", "false && HERE();\n", &["false &&"]),
            (
                "a.go",
                "package a\n\nfunc T() {\n\tfor _, c := range cases[:1] {\n\t\tHERE()\n\t}\n}\n",
                &["for _, c := range cases[:1]"],
            ),
            ("a.go", "package a\n\nfunc T() {\n\tt.Run(\"a\", func(t *testing.T) {\n\t\tHERE()\n\t})\n}\n", &[]),
            ("a.go", "package a\n\nfunc T() {\n\t_ = func() {\n\t\tHERE()\n\t}\n}\n", &["a function"]),
            ("a.rs", "fn t() {\n    for _ in 0..0 {\n        HERE();\n    }\n}\n", &["a function", "for _ in 0..0"]),
            ("a.rs", "fn t() {\n    for _ in 0..3 {\n        HERE();\n    }\n}\n", &["a function"]),
        ];
        for (path, text, expected) in table {
            assert_eq!(heads(path, text, "HERE"), *expected, "{text}");
        }
    }

    #[test]
    fn what_may_end_early() {
        let table: &[(&str, &str, &[&str])] = &[
            (
                "a.py",
                "def t():\n    if x:\n        return\n    raise unittest.SkipTest('a')\n",
                &["return", "raise unittest.SkipTest('a')"],
            ),
            ("a.py", "def t():\n    raise ValueError()\n", &[]),
            ("a.go", "package a\n\nfunc T() {\n\tif x {\n\t\tt.Error()\n\t\treturn\n\t}\n}\n", &[]),
            (
                "a.go",
                "package a\n\nfunc T() {\n\tif x {\n\t\treturn\n\t}\n\tos.Exit(0)\n}\n",
                &["return", "os.Exit(0)"],
            ),
            ("a.ts", "switch (x) {\n  case 1:\n    break;\n}\nfor (;;) { break; }\n", &["break;"]),
            ("a.rs", "fn t() {\n    return Err(1);\n}\n", &[]),
        ];
        for (path, text, expected) in table {
            let found: Vec<String> =
                Parsed::read(path, text).unwrap().early_exits().into_iter().map(|it| it.text).collect();
            assert_eq!(found, *expected, "{text}");
        }
    }
}
