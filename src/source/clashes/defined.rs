//! Definitions: two of one name in one place are one too many, but for what a language means to be repeated.

use tree_sitter::Node;

use super::super::language::Language;
use super::super::names::{DefinitionKind, defined};
use super::super::parsed::{Parsed, line_of};
use super::kinds::ClashKind;
use super::marks::TextMark;

/// Nodes between a definition and the file that do not make it conditional or local.
const PLAIN: [&str; 34] = [
    "source_file",
    "module",
    "program",
    "export_statement",
    "expression_statement",
    "decorated_definition",
    "block",
    "class_definition",
    "class_declaration",
    "abstract_class_declaration",
    "class_body",
    "lexical_declaration",
    "enum_declaration",
    "enum_body",
    "ambient_declaration",
    "mod_item",
    "declaration_list",
    "impl_item",
    "trait_item",
    "struct_item",
    "union_item",
    "enum_item",
    "enum_variant",
    "enum_variant_list",
    "field_declaration_list",
    "foreign_mod_item",
    "type_declaration",
    "type_spec",
    "struct_type",
    "const_declaration",
    "const_spec",
    "var_declaration",
    "var_spec_list",
    "script",
];

/// Words in a decorator of a function that is one of several of its name.
const REPEATING: [&str; 10] =
    ["overload", "register", "dispatch", ".setter", ".getter", ".deleter", "given(", "when(", "then(", "step("];

/// Whether a definition stands in the open: where a second one of its name would be met always.
fn is_plain(above: &[Node<'_>]) -> bool {
    above.iter().all(|node| PLAIN.contains(&node.kind()))
}

/// The definitions of a text.
pub(super) fn definitions(parsed: &Parsed<'_>) -> Vec<TextMark> {
    let mut found = Vec::new();
    parsed.visit(|node, above| {
        if node.kind() == "enum_body" && is_plain(above) {
            found.extend(members(parsed, node, above));
        }
        for (kind, name) in defined(parsed.language, node, above) {
            if is_plain(above) && !may_repeat(parsed, kind, node, above) {
                let text = parsed.text_of(name);
                let detail = format!("{}{}", namespace(parsed, kind, node), conditions(parsed, node));
                found.push(mark(text, detail, container(parsed, node, above), line_of(name)));
            }
        }
    });
    found.retain(|mark| mark.name != "_" && !(parsed.language == Language::Go && mark.name == "init"));
    found
}

fn mark(name: &str, detail: String, container: String, line: u32) -> TextMark {
    TextMark { kind: ClashKind::Definition, name: name.to_owned(), detail, container, line }
}

/// Members of TypeScript's enums, which are no definitions to others.
fn members(parsed: &Parsed<'_>, body: Node<'_>, above: &[Node<'_>]) -> Vec<TextMark> {
    let within = above.last().map_or(String::new(), |owner| {
        container(parsed, body, above) + parsed.text_of(*owner).split('{').next().unwrap_or_default()
    });
    let children = (0..body.named_child_count()).filter_map(|n| body.named_child(n as u32));
    let name = |child: Node<'_>| {
        child.child_by_field_name("name").map_or_else(|| parsed.text_of(child), |name| parsed.text_of(name)).to_owned()
    };
    let is_member = |child: &Node<'_>| matches!(child.kind(), "property_identifier" | "enum_assignment" | "string");
    children
        .filter(is_member)
        .map(|child| mark(&name(child), "member".to_owned(), within.clone(), line_of(child)))
        .collect()
}

/// What a language lets stand several times.
fn may_repeat(parsed: &Parsed<'_>, kind: DefinitionKind, node: Node<'_>, above: &[Node<'_>]) -> bool {
    match parsed.language {
        Language::Rust => kind == DefinitionKind::Macro,
        Language::Python => {
            let in_class = above.iter().any(|outer| outer.kind() == "class_definition");
            (kind == DefinitionKind::Value && !in_class) || is_decorated_to_repeat(parsed, above)
        }
        // Overloads, and declarations that TypeScript puts together.
        Language::TypeScript | Language::JavaScript => matches!(
            node.kind(),
            "function_signature"
                | "method_signature"
                | "abstract_method_signature"
                | "interface_declaration"
                | "enum_declaration"
                | "internal_module"
                | "module"
        ),
        Language::Go | Language::Other => false,
    }
}

fn is_decorated_to_repeat(parsed: &Parsed<'_>, above: &[Node<'_>]) -> bool {
    let Some(around) = above.last().filter(|around| around.kind() == "decorated_definition") else { return false };
    let decorators = (0..around.named_child_count()).filter_map(|n| around.named_child(n as u32));
    let mut texts = decorators.filter(|child| child.kind() == "decorator").map(|child| parsed.text_of(child));
    texts.any(|text| REPEATING.iter().any(|word| text.contains(word)))
}

/// Types and values may share a name in Rust and TypeScript; a getter, a setter and a static member of a class anywhere.
fn namespace(parsed: &Parsed<'_>, kind: DefinitionKind, node: Node<'_>) -> String {
    let is_type = matches!(kind, DefinitionKind::Type | DefinitionKind::Module) && node.kind() != "class_declaration";
    let own = match parsed.language {
        Language::Rust | Language::TypeScript if is_type => "type ",
        _ => "",
    };
    let before_name = node
        .child_by_field_name("name")
        .map_or("", |name| parsed.text.get(node.start_byte()..name.start_byte()).unwrap_or_default());
    let has = |word: &str| before_name.split_whitespace().any(|it| it == word);
    let words = ["get", "set", "static"].into_iter().filter(|word| node.kind() == "method_definition" && has(word));
    words.fold(own.to_owned(), |text, word| text + word + " ")
}

/// Under which conditions of the build something is there: two of its name under other ones are twins.
fn conditions(parsed: &Parsed<'_>, node: Node<'_>) -> String {
    let mut found = Vec::new();
    let mut before = node.prev_sibling();
    while let Some(attribute) =
        before.filter(|it| matches!(it.kind(), "attribute_item" | "line_comment" | "block_comment"))
    {
        found.extend(Some(parsed.text_of(attribute)).filter(|text| text.contains("cfg")));
        before = attribute.prev_sibling();
    }
    found.concat()
}

/// What a definition stands in, with everything that makes that another: generics, trait, receiver, conditions.
fn container(parsed: &Parsed<'_>, node: Node<'_>, above: &[Node<'_>]) -> String {
    let mut text = String::new();
    for outer in above {
        let body = outer
            .child_by_field_name("body")
            .or_else(|| outer.child_by_field_name("type").filter(|_| outer.kind() == "type_spec"));
        if let Some(body) = body {
            let head = parsed.text.get(outer.start_byte()..body.start_byte()).unwrap_or_default();
            text.extend(head.split_whitespace().chain([conditions(parsed, *outer).as_str(), " / "]));
        }
    }
    if let Some(receiver) = node.child_by_field_name("receiver") {
        let names = parsed.text_of(receiver);
        text.push_str(names.rsplit([' ', '(', '*']).next().unwrap_or(names));
    }
    text
}
