//! Imports at the top of a file: two that bring one name.

use std::collections::BTreeSet;

use tree_sitter::Node;

use super::super::language::Language;
use super::super::parsed::{Parsed, line_of};
use super::kinds::ClashKind;
use super::marks::TextMark;

/// The names that a text imports, where nothing makes an import conditional.
pub(super) fn imports(parsed: &Parsed<'_>) -> Vec<TextMark> {
    let mut found = Vec::new();
    parsed.visit(|node, above| {
        // Go's imports may stand in a list.
        let is_top = above.iter().all(|outer| {
            matches!(outer.kind(), "source_file" | "module" | "program" | "import_declaration" | "import_spec_list")
        });
        if !is_top || before_is_attribute(node) {
            return;
        }
        let names: Vec<(String, String)> = match (parsed.language, node.kind()) {
            (Language::Rust, "use_declaration") => rust(parsed.text_of(node)),
            (Language::Python, "import_from_statement" | "import_statement") => python(parsed, node),
            (Language::JavaScript | Language::TypeScript, "import_statement") => script(parsed, node),
            (Language::Go, "import_spec") => go(parsed, node),
            _ => Vec::new(),
        };
        found.extend(names.into_iter().map(|(name, detail)| TextMark {
            kind: ClashKind::Import,
            name,
            detail,
            container: String::new(),
            line: line_of(node),
        }));
    });
    if parsed.language == Language::Python { from_several(found) } else { found }
}

/// An import that holds under a condition only, or that an attribute says more about.
fn before_is_attribute(node: Node<'_>) -> bool {
    node.prev_sibling().is_some_and(|before| before.kind() == "attribute_item")
}

/// Python takes the last one: two from one source do no harm.
fn from_several(mut found: Vec<TextMark>) -> Vec<TextMark> {
    let mut seen = BTreeSet::new();
    found.retain(|mark| seen.insert((mark.name.clone(), mark.detail.clone())));
    found.into_iter().map(|mark| TextMark { detail: String::new(), ..mark }).collect()
}

/// Full paths: two names that are equal may lie in two of Rust's namespaces.
fn rust(text: &str) -> Vec<(String, String)> {
    let Some(tree) = text.split_once("use ").map(|(_, rest)| rest.trim_end_matches(';')) else { return Vec::new() };
    let tree: String = tree.replace(" as ", "@").split_whitespace().collect();
    let mut found = Vec::new();
    expand("", &tree, &mut found, 0);
    let is_plain = |path: &String| !path.ends_with('*') && !path.ends_with("@_");
    found.into_iter().filter(is_plain).map(|path| (path.replace('@', " as "), String::new())).collect()
}

/// Nested braces are followed this deep.
const DEEPEST: usize = 16;

fn expand(before: &str, tree: &str, found: &mut Vec<String>, depth: usize) {
    match tree.split_once('{') {
        None => found.push(format!("{before}{tree}").trim_end_matches("::self").to_owned()),
        Some(_) if depth == DEEPEST => {}
        Some((head, rest)) => {
            let inner = rest.strip_suffix('}').unwrap_or(rest);
            let mut level = 0_i32;
            let parts = inner.split(|c| {
                level += i32::from(c == '{') - i32::from(c == '}');
                c == ',' && level == 0
            });
            parts
                .filter(|part| !part.is_empty())
                .for_each(|part| expand(&format!("{before}{head}"), part, found, depth + 1));
        }
    }
}

fn python(parsed: &Parsed<'_>, node: Node<'_>) -> Vec<(String, String)> {
    let source = node.child_by_field_name("module_name").map_or("", |module| parsed.text_of(module));
    let mut cursor = node.walk();
    let names: Vec<Node<'_>> = node.children_by_field_name("name", &mut cursor).collect();
    let one = |name: Node<'_>| {
        let field = |field| name.child_by_field_name(field).map(|part| parsed.text_of(part));
        let (of, bound) = match name.kind() {
            "aliased_import" => (field("name")?, field("alias")?),
            // `import a.b` brings `a`, as `import a.c` does.
            _ if source.is_empty() => return None,
            _ => (parsed.text_of(name), parsed.text_of(name)),
        };
        Some((bound.to_owned(), format!("{source}.{of}")))
    };
    names.into_iter().filter_map(one).collect()
}

fn script(parsed: &Parsed<'_>, node: Node<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut todo: Vec<Node<'_>> = (0..node.named_child_count()).filter_map(|n| node.named_child(n as u32)).collect();
    while let Some(part) = todo.pop() {
        match part.kind() {
            "import_specifier" => {
                let bound = part.child_by_field_name("alias").or_else(|| part.child_by_field_name("name"));
                found.extend(bound.map(|name| parsed.text_of(name).to_owned()));
            }
            "identifier" => found.push(parsed.text_of(part).to_owned()),
            "import_clause" | "named_imports" | "namespace_import" => {
                todo.extend((0..part.named_child_count()).filter_map(|n| part.named_child(n as u32)));
            }
            _ => {}
        }
    }
    found.into_iter().map(|name| (name, String::new())).collect()
}

fn go(parsed: &Parsed<'_>, node: Node<'_>) -> Vec<(String, String)> {
    let path = node.child_by_field_name("path").map_or("", |path| parsed.text_of(path));
    let alias = node.child_by_field_name("name").map_or("", |name| parsed.text_of(name));
    if matches!(alias, "_" | ".") {
        Vec::new()
    } else {
        vec![(path.trim_matches(['"', '`']).to_owned(), alias.to_owned())]
    }
}
