//! Which names a program text defines and which it uses.

use std::collections::BTreeSet;

use tree_sitter::Node;

use super::language::Language;
use super::parsed::{Parsed, end_line_of, line_of};

/// What a definition defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum DefinitionKind {
    Function,
    /// Classes, structs, enums, traits, interfaces, aliases.
    Type,
    /// Modules and namespaces.
    Module,
    /// Constants and variables of a module or a class; fields.
    Value,
    Macro,
}

/// A name that a text defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The name.
    pub name: String,
    /// What encloses it, outermost first: `["Cart"]` for a method of `Cart`.
    pub within: Vec<String>,
    /// What it is.
    pub kind: DefinitionKind,
    /// Its first line from 1, with attributes, decorators and `export`.
    pub first_line: u32,
    /// Its last line.
    pub last_line: u32,
}

impl Definition {
    /// Its name with what encloses it: `Cart.total`.
    pub fn full_name(&self) -> String {
        self.within.iter().map(String::as_str).chain([self.name.as_str()]).collect::<Vec<_>>().join(".")
    }

    /// Whether other files can mean it by its name alone.
    pub fn is_top_level(&self) -> bool {
        self.within.is_empty()
    }

    /// Whether a line belongs to it.
    pub fn has_line(&self, line: u32) -> bool {
        (self.first_line..=self.last_line).contains(&line)
    }
}

/// A name that a text uses: whatever is no definition's own name, so parameters and local variables, too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NameUse {
    /// The name.
    pub name: String,
    /// Its line, from 1.
    pub line: u32,
}

impl Parsed<'_> {
    /// The names that it defines, in the order of the text. Local variables and parameters are left out.
    pub fn definitions(&self) -> Vec<Definition> {
        let mut found = Vec::new();
        self.visit(|node, above| {
            for (kind, name) in defined(self.language, node, above) {
                let (first_line, last_line) = lines(node, above);
                let name = self.text_of(name).to_owned();
                found.push(Definition { name, within: self.scope(node, above), kind, first_line, last_line });
            }
        });
        found
    }

    /// The names that it uses, in the order of the text.
    pub fn references(&self) -> Vec<NameUse> {
        let mut own = BTreeSet::new();
        let mut found = Vec::new();
        self.visit(|node, above| {
            own.extend(defined(self.language, node, above).into_iter().map(|(_, name)| name.start_byte()));
            if is_name(node) && !own.contains(&node.start_byte()) {
                found.push(NameUse { name: self.text_of(node).to_owned(), line: line_of(node) });
            }
        });
        found
    }

    /// The names of what encloses a definition.
    fn scope(&self, node: Node<'_>, above: &[Node<'_>]) -> Vec<String> {
        let mut names = Vec::new();
        for (n, outer) in above.iter().enumerate() {
            match outer.kind() {
                "impl_item" => names.extend(outer.child_by_field_name("type").map(|of| self.bare_type(of))),
                _ => names.extend(
                    defined(self.language, *outer, &above[..n])
                        .into_iter()
                        .filter(|(kind, _)| *kind != DefinitionKind::Value)
                        .map(|(_, name)| self.text_of(name).to_owned()),
                ),
            }
        }
        if node.kind() == "method_declaration" {
            names.extend(node.child_by_field_name("receiver").map(|receiver| self.bare_type(receiver)));
        }
        names
    }

    /// `Cart` of `Cart<T>`, `(c *Cart)` and `shop::Cart`.
    fn bare_type(&self, node: Node<'_>) -> String {
        let mut todo = vec![node];
        while let Some(node) = todo.pop() {
            if node.kind() == "type_identifier" {
                return self.text_of(node).to_owned();
            }
            let skipped = |child: &Node<'_>| child.kind() == "type_arguments";
            todo.extend((0..node.child_count()).rev().filter_map(|n| node.child(n)).filter(|c| !skipped(c)));
        }
        self.text_of(node).to_owned()
    }
}

/// Whether a node is a name.
fn is_name(node: Node<'_>) -> bool {
    node.child_count() == 0
        && matches!(
            node.kind(),
            "identifier"
                | "type_identifier"
                | "field_identifier"
                | "package_identifier"
                | "property_identifier"
                | "private_property_identifier"
                | "shorthand_field_identifier"
                | "shorthand_property_identifier"
                | "shorthand_property_identifier_pattern"
        )
}

/// Its lines, with what stands around or before it and belongs to it.
fn lines(node: Node<'_>, above: &[Node<'_>]) -> (u32, u32) {
    const WRAPPERS: [&str; 7] = [
        "decorated_definition",
        "export_statement",
        "lexical_declaration",
        "variable_declaration",
        "expression_statement",
        "const_declaration",
        "var_declaration",
    ];
    let mut outer = node;
    for around in above.iter().rev() {
        let single = around.named_child_count() == 1 || !around.kind().ends_with("_declaration");
        if !WRAPPERS.contains(&around.kind()) || !single {
            break;
        }
        outer = *around;
    }
    let mut first = outer;
    while let Some(before) = first.prev_sibling().filter(|before| is_attribute(before.kind())) {
        first = before;
    }
    (line_of(first), end_line_of(outer))
}

fn is_attribute(kind: &str) -> bool {
    matches!(kind, "attribute_item" | "decorator")
}

/// The definitions that a node makes, with the nodes of their names.
pub(super) fn defined<'t>(language: Language, node: Node<'t>, above: &[Node<'t>]) -> Vec<(DefinitionKind, Node<'t>)> {
    let named = |kind| node.child_by_field_name("name").map(|name| (kind, name)).into_iter().collect();
    match language {
        Language::Rust => rust(node.kind()).map(named).unwrap_or_default(),
        Language::Python => match node.kind() {
            "function_definition" => named(DefinitionKind::Function),
            "class_definition" => named(DefinitionKind::Type),
            "assignment" if !is_local(above) => targets(node),
            _ => Vec::new(),
        },
        Language::JavaScript | Language::TypeScript => script(node, above).map(named).unwrap_or_default(),
        Language::Go => go(node, above),
        Language::Other => Vec::new(),
    }
}

fn rust(kind: &str) -> Option<DefinitionKind> {
    Some(match kind {
        "function_item" | "function_signature_item" => DefinitionKind::Function,
        "struct_item" | "enum_item" | "union_item" | "trait_item" | "type_item" => DefinitionKind::Type,
        "mod_item" => DefinitionKind::Module,
        "const_item" | "static_item" | "enum_variant" | "field_declaration" => DefinitionKind::Value,
        "macro_definition" => DefinitionKind::Macro,
        _ => return None,
    })
}

fn script(node: Node<'_>, above: &[Node<'_>]) -> Option<DefinitionKind> {
    Some(match node.kind() {
        "function_declaration"
        | "generator_function_declaration"
        | "function_signature"
        | "method_definition"
        | "method_signature"
        | "abstract_method_signature" => DefinitionKind::Function,
        "class_declaration"
        | "abstract_class_declaration"
        | "interface_declaration"
        | "type_alias_declaration"
        | "enum_declaration" => DefinitionKind::Type,
        "internal_module" | "module" => DefinitionKind::Module,
        "public_field_definition" => DefinitionKind::Value,
        "variable_declarator" if !is_local(above) => {
            let function = node.child_by_field_name("value").is_some_and(|value| is_function_value(value.kind()));
            if function { DefinitionKind::Function } else { DefinitionKind::Value }
        }
        _ => return None,
    })
}

fn is_function_value(kind: &str) -> bool {
    matches!(kind, "arrow_function" | "function_expression" | "generator_function")
}

fn go<'t>(node: Node<'t>, above: &[Node<'t>]) -> Vec<(DefinitionKind, Node<'t>)> {
    let mut cursor = node.walk();
    let mut names = |kind| {
        node.children_by_field_name("name", &mut cursor)
            .filter(|name| name.is_named())
            .map(|name| (kind, name))
            .collect()
    };
    match node.kind() {
        "function_declaration" | "method_declaration" | "method_elem" => names(DefinitionKind::Function),
        "type_spec" | "type_alias" => names(DefinitionKind::Type),
        "const_spec" | "var_spec" if !is_local(above) => names(DefinitionKind::Value),
        "field_declaration" => names(DefinitionKind::Value),
        _ => Vec::new(),
    }
}

/// `a`, `a, b` and `a.b` on the left of Python's `=`: the plain names.
fn targets(assignment: Node<'_>) -> Vec<(DefinitionKind, Node<'_>)> {
    let Some(left) = assignment.child_by_field_name("left") else { return Vec::new() };
    let parts: Vec<Node<'_>> = match left.kind() {
        "pattern_list" | "tuple_pattern" | "list_pattern" => {
            (0..left.named_child_count() as u32).filter_map(|n| left.named_child(n)).collect()
        }
        _ => vec![left],
    };
    parts.into_iter().filter(|part| part.kind() == "identifier").map(|part| (DefinitionKind::Value, part)).collect()
}

/// Whether what stands inside of these is seen in a function only.
fn is_local(above: &[Node<'_>]) -> bool {
    above.iter().any(|outer| {
        matches!(
            outer.kind(),
            "function_definition"
                | "lambda"
                | "function_declaration"
                | "generator_function_declaration"
                | "function_expression"
                | "generator_function"
                | "arrow_function"
                | "method_definition"
                | "method_declaration"
                | "func_literal"
                | "class_static_block"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `name first-last`, by full name.
    fn defined_in(path: &str, text: &str) -> Vec<String> {
        let found = Parsed::read(path, text).unwrap().definitions();
        found.iter().map(|d| format!("{} {}-{}", d.full_name(), d.first_line, d.last_line)).collect()
    }

    #[test]
    fn rust_definitions() {
        let text = "#[derive(Debug)]\npub struct Cart<T> {\n    total: T,\n}\nimpl<T> Shop for shop::Cart<T> {\n    fn add(&mut self) {\n        let x = 1;\n    }\n}\nmod inner {\n    pub const A: u8 = 1;\n}\nmacro_rules! m { () => {} }\nenum E { One, Two(u8) }\n";
        let expected = [
            "Cart 1-4",
            "Cart.total 3-3",
            "Cart.add 6-8",
            "inner 10-12",
            "inner.A 11-11",
            "m 13-13",
            "E 14-14",
            "E.One 14-14",
            "E.Two 14-14",
        ];
        assert_eq!(defined_in("a.rs", text), expected);
    }

    #[test]
    fn python_definitions() {
        let text = "A, B = 1, 2\nx: int = 3\n@dec\n@dec(\n    2)\nclass Cart(Base):\n    size = 1\n    async def add(self, n):\n        local = n\n        def inner(): pass\n";
        let expected =
            ["A 1-1", "B 1-1", "x 2-2", "Cart 3-10", "Cart.size 7-7", "Cart.add 8-10", "Cart.add.inner 10-10"];
        assert_eq!(defined_in("a.py", text), expected);
    }

    #[test]
    fn script_definitions() {
        let text = "export const add = (a: number) => {\n  const local = a;\n  return local;\n};\nexport default class Cart {\n  size = 1;\n  @dec() total(): number { return 1; }\n}\nlet a = 1, b = 2;\ninterface I { f(): void }\ntype T = string;\nenum E { A }\nnamespace N { export function f() {} }\n";
        let expected = [
            "add 1-4",
            "Cart 5-8",
            "Cart.size 6-6",
            "Cart.total 7-7",
            "a 9-9",
            "b 9-9",
            "I 10-10",
            "I.f 10-10",
            "T 11-11",
            "E 12-12",
            "N 13-13",
            "N.f 13-13",
        ];
        assert_eq!(defined_in("a.ts", text), expected);
        let js =
            defined_in("a.jsx", "function A() {\n  return <b onClick={() => f()}>x</b>;\n}\nmodule.exports = { A };\n");
        assert_eq!(js, ["A 1-3"]);
    }

    #[test]
    fn go_definitions() {
        let text = "package a\n\ntype Cart[T any] struct {\n\ta, b int\n}\n\nfunc (c *Cart[T]) Add(n int) error {\n\tvar local = 1\n\treturn nil\n}\n\nconst (\n\tA = 1\n\tB, C = 2, 3\n)\n\nvar D = func() {}\n\ntype I interface {\n\tF() int\n}\n";
        let expected = [
            "Cart 3-5",
            "Cart.a 4-4",
            "Cart.b 4-4",
            "Cart.Add 7-10",
            "A 13-13",
            "B 14-14",
            "C 14-14",
            "D 17-17",
            "I 19-21",
            "I.F 20-20",
        ];
        assert_eq!(defined_in("a.go", text), expected);
    }

    #[test]
    fn names_in_use_are_no_definitions_and_no_words() {
        let used = |path: &str, text: &str| {
            let found = Parsed::read(path, text).unwrap().references();
            found.into_iter().map(|used| format!("{}:{}", used.name, used.line)).collect::<Vec<_>>()
        };
        assert_eq!(used("a.py", "# f()\ndef f(x):\n    return g(x, 'h').total\n"), ["x:2", "g:3", "x:3", "total:3"]);
        assert_eq!(used("a.rs", "use a::b;\nfn f() { m!(c, \"d\"); }\n"), ["a:1", "b:1", "m:2", "c:2"]);
        assert_eq!(
            used("a.ts", "import { a } from './b';\nexport const c = a<T>({ d });\n"),
            ["a:1", "a:2", "T:2", "d:2"]
        );
        assert_eq!(used("a.go", "package p\nfunc f() { g.H(x) }\n"), ["p:1", "g:2", "H:2", "x:2"]);
    }
}
