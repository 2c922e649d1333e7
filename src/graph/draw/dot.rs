//! Graphviz.

use std::fmt::Write as _;

use super::picture::GraphPicture;
use crate::model::Why;

/// The picture for `dot -Tsvg`.
pub fn dot(picture: &GraphPicture<'_>) -> String {
    let mut out = String::from("digraph plan {\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=sans];\n");
    for ix in picture.graph.all() {
        let id = picture.graph.id(ix).as_str();
        // Writing to a String cannot fail.
        let _ = writeln!(out, "  {} [label={}];", quoted(id), quoted(&format!("{id}\n{}", picture.title(ix.index()))));
    }
    for ix in picture.graph.all() {
        for edge in &picture.edges.direct[ix.index()] {
            let (from, to) = (quoted(picture.graph.id(edge.task).as_str()), quoted(picture.graph.id(ix).as_str()));
            let _ = writeln!(out, "  {from} -> {to}{};", style(edge.origin.why));
        }
    }
    for (n, span) in picture.edges.spans.iter().enumerate() {
        // A space cannot occur in an id, so this name is free.
        let node = format!("\"barrier {n}\"");
        let _ = writeln!(out, "  {node} [shape=point];");
        for &from in &span.before {
            let _ = writeln!(out, "  {} -> {node};", quoted(picture.graph.id(from).as_str()));
        }
        for &to in &span.after {
            let _ = writeln!(out, "  {node} -> {};", quoted(picture.graph.id(to).as_str()));
        }
    }
    out.push_str("}\n");
    out
}

/// Written edges are solid; implied ones are not.
fn style(why: Why) -> &'static str {
    match why {
        Why::Explicit | Why::User => "",
        Why::Files | Why::Data | Why::Tests => " [style=dotted]",
        Why::Order | Why::Phase | Why::Wave => " [style=dashed]",
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
