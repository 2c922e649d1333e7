//! What stands in a list whose order says nothing: imports, definitions, members, fields, elements. Two sides may both add to
//! such a list.

use std::collections::BTreeSet;
use std::ops::Range;

use tree_sitter::Node;

use super::parsed::{Parsed, end_line_of, line_of};

/// Nodes whose children stand side by side.
const LISTS: [&str; 16] = [
    "declaration_list",
    "enum_variant_list",
    "field_declaration_list",
    "field_initializer_list",
    "use_list",
    "class_body",
    "enum_body",
    "interface_body",
    "object_type",
    "object",
    "dictionary",
    "named_imports",
    "export_clause",
    "import_spec_list",
    "const_declaration",
    "method_spec_list",
];

/// What may stand at the top of a file, or in a Python class, in any order.
const DECLARED: [&str; 28] = [
    "use_declaration",
    "mod_item",
    "function_item",
    "struct_item",
    "enum_item",
    "trait_item",
    "impl_item",
    "const_item",
    "static_item",
    "type_item",
    "attribute_item",
    "import_statement",
    "import_from_statement",
    "function_definition",
    "class_definition",
    "decorated_definition",
    "import_declaration",
    "function_declaration",
    "generator_function_declaration",
    "class_declaration",
    "interface_declaration",
    "type_alias_declaration",
    "enum_declaration",
    "export_statement",
    "method_declaration",
    "type_declaration",
    "line_comment",
    "comment",
];

impl Parsed<'_> {
    /// Whether these lines (from 1, the end not among them) are nothing but whole items of lists whose order says nothing.
    pub fn are_items(&self, lines: &Range<u32>) -> bool {
        let mut covered = BTreeSet::new();
        self.visit(|node, above| {
            let (first, last) = (line_of(node), end_line_of(node));
            let inside = lines.contains(&first) && lines.contains(&last);
            if inside && node.is_named() && above.last().is_some_and(|list| is_item(node, *list, above)) {
                covered.extend(first..=last);
            }
        });
        let blank = |line: &u32| self.text.lines().nth(*line as usize - 1).is_none_or(|text| text.trim().is_empty());
        lines.clone().all(|line| covered.contains(&line) || blank(&line))
    }
}

fn is_item(node: Node<'_>, list: Node<'_>, above: &[Node<'_>]) -> bool {
    let of_class = above.len() > 1 && above[above.len() - 2].kind() == "class_definition";
    match list.kind() {
        "source_file" | "module" | "program" => DECLARED.contains(&node.kind()),
        // In a Python class members that are values stand beside methods, each on a line of its own.
        "block" if of_class => {
            let is_value = node.kind() == "expression_statement"
                && node.named_child(0).is_some_and(|inner| matches!(inner.kind(), "assignment" | "type"));
            DECLARED.contains(&node.kind()) || is_value
        }
        kind => LISTS.contains(&kind) && node.kind() != "spread_element",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_items_are_told_from_statements_and_parts() {
        let table = [
            ("a.rs", "use a::b;\nuse c::d;\n\nfn e() {\n    f();\n}\n", 1..3, true),
            ("a.rs", "use a::b;\nuse c::d;\n\nfn e() {\n    f();\n}\n", 3..7, true),
            ("a.rs", "use a::b;\nuse c::d;\n\nfn e() {\n    f();\n}\n", 5..6, false),
            ("a.rs", "use a::b;\nuse c::d;\n\nfn e() {\n    f();\n}\n", 4..6, false),
            ("a.rs", "enum A {\n    B,\n    C,\n}\n", 2..3, true),
            ("a.rs", "fn a(x: u8) {\n    match x {\n        1 => b(),\n        _ => c(),\n    }\n}\n", 3..4, false),
            ("a.py", "class A:\n    B = 1\n\n    def c(self):\n        return 2\n", 2..3, true),
            ("a.py", "class A:\n    B = 1\n\n    def c(self):\n        return 2\n", 5..6, false),
            ("a.py", "run()\nstop()\n", 1..2, false),
            ("a.ts", "import { a } from './a';\nimport { b } from './b';\n", 1..2, true),
            ("a.js", "const x = {\n  a: 1,\n  b: 2,\n};\n", 2..3, true),
            ("a.go", "package a\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n", 4..5, true),
        ];
        for (path, text, lines, expected) in table {
            assert_eq!(Parsed::read(path, text).unwrap().are_items(&lines), expected, "{path} {lines:?}\n{text}");
        }
    }
}
