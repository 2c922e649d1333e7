//! Routes of web programs: two handlers for one method and path on one application.

use tree_sitter::Node;

use super::super::language::Language;
use super::super::parsed::{Parsed, line_of};
use super::kinds::ClashKind;
use super::marks::TextMark;

/// Methods by which routes are made, in lower case.
const VERBS: [&str; 8] = ["get", "post", "put", "delete", "patch", "head", "options", "route"];

/// How things are called that take routes. `client.get("/x")` asks for one.
const TAKERS: [&str; 12] =
    ["app", "router", "routes", "server", "api", "mux", "r", "bp", "blueprint", "fastify", "group", "e"];

fn takes_routes(receiver: &str) -> bool {
    let name = receiver.rsplit('.').next().unwrap_or(receiver).to_ascii_lowercase();
    TAKERS.contains(&name.as_str())
        || ["router", "_bp", "_app", "_api", "blueprint"].iter().any(|end| name.ends_with(end))
}

/// The routes of a text.
pub(super) fn routes(parsed: &Parsed<'_>) -> Vec<TextMark> {
    let mut found = Vec::new();
    parsed.visit(|node, above| {
        let named = match (parsed.language, node.kind()) {
            (Language::Python, "decorator") => node.named_child(0).and_then(|call| called(parsed, call, 1)),
            (Language::JavaScript | Language::TypeScript | Language::Go, "call_expression") => called(parsed, node, 2),
            (Language::Rust, "attribute_item") => attribute(parsed.text_of(node)),
            _ => None,
        };
        if let Some((name, receiver)) = named {
            found.push(TextMark {
                kind: ClashKind::Route,
                name,
                detail: receiver,
                container: block(above),
                line: line_of(node),
            });
        }
    });
    found
}

/// The nearest block around: routes in two branches are one or the other.
fn block(above: &[Node<'_>]) -> String {
    let around = above.iter().rev().find(|outer| outer.kind().ends_with("block") || outer.kind() == "function_body");
    around.map_or_else(String::new, |outer| outer.start_byte().to_string())
}

/// `app.get("/x", …)`: method and path, and on what. A path begins with `/`, and something handles it.
fn called(parsed: &Parsed<'_>, call: Node<'_>, arguments: usize) -> Option<(String, String)> {
    let function = call.child_by_field_name("function")?;
    let part = |names: &[&str]| names.iter().find_map(|name| function.child_by_field_name(name));
    let receiver = parsed.text_of(part(&["object", "operand"])?);
    let verb = parsed.text_of(part(&["attribute", "property", "field"])?);
    if !takes_routes(receiver) {
        return None;
    }
    let given = call.child_by_field_name("arguments")?;
    if given.named_child_count() < arguments {
        return None;
    }
    let first = given.named_child(0)?;
    let is_text = matches!(first.kind(), "string" | "interpreted_string_literal" | "raw_string_literal");
    let path = parsed.text_of(first).trim_matches(['"', '\'', '`']);
    let lower = verb.to_ascii_lowercase();
    let method = match lower.as_str() {
        // Go's own says the method before the path.
        "handlefunc" | "handle" if parsed.language == Language::Go => "",
        known if VERBS.contains(&known) => known,
        _ => return None,
    };
    let is_path = path.starts_with('/') || (method.is_empty() && path.split_once(" /").is_some());
    if !is_text || !is_path || path.contains("{}") {
        return None;
    }
    let methods = if method == "route" { listed_methods(parsed.text_of(given)) } else { method.to_ascii_uppercase() };
    Some((format!("{methods} {path}").trim().to_owned(), receiver.to_owned()))
}

/// `methods=["GET", "POST"]` of Flask; it is `GET` where nothing is said.
fn listed_methods(arguments: &str) -> String {
    let Some((_, rest)) = arguments.split_once("methods") else { return "GET".to_owned() };
    let list = rest.split([']', ')', '}']).next().unwrap_or_default();
    let mut words: Vec<String> = list
        .split(|c: char| !c.is_ascii_alphabetic())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_uppercase)
        .collect();
    words.sort();
    words.join(",")
}

/// `#[get("/x")]`.
fn attribute(text: &str) -> Option<(String, String)> {
    let (verb, rest) = text.trim_start_matches("#[").split_once('(')?;
    let path = rest.trim_start().strip_prefix('"')?.split('"').next()?;
    let is_route = VERBS.contains(&verb.trim()) && path.starts_with('/');
    is_route.then(|| (format!("{} {path}", verb.trim().to_ascii_uppercase()), String::new()))
}
