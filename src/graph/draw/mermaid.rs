//! Mermaid, which GitHub draws in Markdown.

use std::fmt::Write as _;

use super::picture::GraphPicture;
use crate::model::Why;

/// The picture as a mermaid flowchart.
pub fn mermaid(picture: &GraphPicture<'_>) -> String {
    let mut out = String::from("flowchart LR\n");
    // Nodes have numbers for names, since ids may be words of the language (`end`).
    for ix in picture.graph.all() {
        let label = format!("{} {}", picture.graph.id(ix), picture.title(ix.index()));
        // Writing to a String cannot fail.
        let _ = writeln!(out, "  t{}[\"{}\"]", ix.0, escaped(label.trim()));
    }
    for ix in picture.graph.all() {
        for edge in &picture.edges.direct[ix.index()] {
            let _ = writeln!(out, "  t{} {} t{}", edge.task.0, arrow(edge.origin.why), ix.0);
        }
    }
    for (n, span) in picture.edges.spans.iter().enumerate() {
        let _ = writeln!(out, "  b{n}(( ))");
        for from in &span.before {
            let _ = writeln!(out, "  t{} -.-> b{n}", from.0);
        }
        for to in &span.after {
            let _ = writeln!(out, "  b{n} -.-> t{}", to.0);
        }
    }
    out
}

fn arrow(why: Why) -> &'static str {
    match why {
        Why::Explicit | Why::User => "-->",
        Why::Files | Why::Data | Why::Tests | Why::Order | Why::Phase | Why::Wave => "-.->",
    }
}

/// Mermaid's own entities; everything that could end the label or start markup becomes one.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' | '#' | '<' | '>' | '&' | '`' | '[' | ']' | '{' | '}' | '|' | '\\' | ';' | '%' => {
                let _ = write!(out, "#{};", c as u32);
            }
            c => out.push(c),
        }
    }
    out
}
