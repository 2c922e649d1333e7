//! Parts of a program that never come to run, or whose failure nobody hears of, as far as that stands in the text: below
//! `if False`, behind an unconditional `return`, in a `try` whose handler does nothing.

use tree_sitter::Node;

use super::parsed::{Parsed, end_line_of, line_of};

impl Parsed<'_> {
    /// Such parts, as first and last lines from 1. Several may lie inside each other.
    pub fn unreached(&self) -> Vec<(u32, u32)> {
        let mut found = Vec::new();
        self.visit(|node, above| {
            let parts = match node.kind() {
                "if_statement" | "if_expression" if self.is_never(node.child_by_field_name("condition")) => {
                    node.child_by_field_name("consequence").into_iter().collect()
                }
                "while_statement" if self.is_never(node.child_by_field_name("condition")) => {
                    node.child_by_field_name("body").into_iter().collect()
                }
                "try_statement" if swallows(self, node) => node.child_by_field_name("body").into_iter().collect(),
                _ if is_way_out(self, node) && above.last().is_some_and(|outer| is_block(outer.kind())) => behind(node),
                _ => Vec::new(),
            };
            found.extend(parts.into_iter().map(|part: Node<'_>| (line_of(part), end_line_of(part))));
        });
        found
    }

    /// Whether a condition is false whatever happens.
    fn is_never(&self, condition: Option<Node<'_>>) -> bool {
        let Some(condition) = condition else { return false };
        let text = self.text_of(condition).trim();
        let bare = text.trim_start_matches('(').trim_end_matches(')').trim();
        matches!(
            bare,
            "False"
                | "false"
                | "0"
                | "None"
                | "null"
                | "undefined"
                | "not True"
                | "!true"
                | "''"
                | "\"\""
                | "[]"
                | "{}"
        ) && !(matches!(bare, "[]" | "{}") && self.language.is_script())
    }
}

/// Whether a `try` hears of a failed assertion and does nothing about it. `pytest.raises` and its like are no handlers.
fn swallows(parsed: &Parsed<'_>, node: Node<'_>) -> bool {
    let handlers = (0..node.child_count()).filter_map(|n| node.child(n));
    handlers.filter(|child| matches!(child.kind(), "except_clause" | "catch_clause")).any(|handler| {
        let text = parsed.text_of(handler);
        let head = text.split([':', '{']).next().unwrap_or_default();
        // Of one exception in particular a test may expect that it comes.
        let everything = handler.kind() == "catch_clause"
            || ["except", "except Exception", "except BaseException", "except AssertionError"].contains(&head.trim())
            || head.contains("AssertionError");
        let body = handler.named_children(&mut handler.walk()).last();
        let silent = body.is_none_or(|body| {
            let inside = parsed.text_of(body).trim().trim_matches(['{', '}']).trim();
            matches!(inside, "" | "pass" | "..." | "return" | "return;")
        });
        everything && silent
    })
}

/// Whether a statement always leaves its block.
fn is_way_out(parsed: &Parsed<'_>, node: Node<'_>) -> bool {
    match node.kind() {
        "return_statement" | "raise_statement" | "throw_statement" => true,
        "expression_statement" => {
            let text = parsed.text_of(node);
            node.named_child(0).is_some_and(|inner| inner.kind() == "return_expression")
                || ["os._exit(", "sys.exit(", "process.exit(", "std::process::exit("]
                    .iter()
                    .any(|w| text.starts_with(w))
        }
        "call_expression" => parsed.text_of(node).starts_with("os.Exit("),
        _ => false,
    }
}

fn is_block(kind: &str) -> bool {
    matches!(kind, "block" | "statement_block" | "statement_list" | "module" | "program")
}

/// The statements after one in its block.
fn behind(node: Node<'_>) -> Vec<Node<'_>> {
    let mut rest = Vec::new();
    let mut next = node.next_named_sibling();
    while let Some(sibling) = next {
        if !sibling.kind().ends_with("comment") && !sibling.kind().ends_with("definition") {
            rest.push(sibling);
        }
        next = sibling.next_named_sibling();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_runs_is_known() {
        type Lines<'a> = &'a [(u32, u32)];
        let table: &[(&str, &str, Lines<'_>)] = &[
            ("a.py", "def t():\n    if False:\n        assert f() == 1\n    assert g()\n", &[(3, 3)]),
            ("a.py", "def t():\n    return\n    assert f() == 1\n", &[(3, 3)]),
            ("a.py", "def t():\n    try:\n        assert f() == 1\n    except Exception:\n        pass\n", &[(3, 3)]),
            ("a.py", "def t():\n    try:\n        f()\n    except KeyError:\n        pass\n", &[]),
            ("a.py", "def t():\n    try:\n        f()\n    except Exception:\n        raise\n", &[]),
            ("a.py", "def t():\n    if x:\n        return\n    assert f() == 1\n", &[]),
            ("a.ts", "test('a', () => {\n  return;\n  expect(f()).toBe(1);\n});\n", &[(3, 3)]),
            ("a.ts", "test('a', () => {\n  try {\n    expect(f()).toBe(1);\n  } catch (e) {}\n});\n", &[(2, 4)]),
            ("a.ts", "test('a', () => {\n  if (false) {\n    expect(f()).toBe(1);\n  }\n});\n", &[(2, 4)]),
            ("a.go", "package a\n\nfunc T(t *testing.T) {\n\treturn\n\tt.Error()\n}\n", &[(5, 5)]),
            ("a.go", "package a\n\nfunc T(t *testing.T) {\n\tif false {\n\t\tt.Error()\n\t}\n}\n", &[(4, 6)]),
            ("a.rs", "fn t() {\n    return;\n    assert_eq!(f(), 1);\n}\n", &[(3, 3)]),
            ("a.rs", "fn t() {\n    if false {\n        assert_eq!(f(), 1);\n    }\n}\n", &[(2, 4)]),
        ];
        for (path, text, expected) in table {
            assert_eq!(Parsed::read(path, text).unwrap().unreached(), *expected, "{text}");
        }
    }
}
