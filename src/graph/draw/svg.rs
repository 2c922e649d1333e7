//! A plain drawing of its own, for machines without Graphviz: boxes, edges as curves.

use std::fmt::Write as _;

use super::fit::fitted;
use super::layout::{BOX_HEIGHT, BOX_WIDTH, DrawnPoint, GraphLayout};
use super::picture::GraphPicture;
use crate::model::Why;

/// Size of the letters.
const LETTERS: f64 = 11.0;
/// Pixels of a line within a box.
const ROOM: f64 = BOX_WIDTH as f64 - 16.0;

/// The picture as a self-contained SVG document, a column for each layer.
pub fn svg(picture: &GraphPicture<'_>) -> String {
    let layout = GraphLayout::in_columns(picture);
    let GraphLayout { width, height, .. } = layout;
    let head = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <style>{STYLE}</style>\n"
    );
    format!("{head}{}</svg>\n", inside(picture, &layout))
}

/// The picture for a page that has a style for it (class `graph`): never wider than `width`, but for a single box.
pub fn svg_within(picture: &GraphPicture<'_>, width: u32) -> String {
    let layout = GraphLayout::within(picture, width);
    let GraphLayout { width, height, .. } = layout;
    format!(
        "<svg class=\"graph\" xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\">\n{}</svg>\n",
        inside(picture, &layout)
    )
}

fn inside(picture: &GraphPicture<'_>, layout: &GraphLayout) -> String {
    let mut out = String::new();
    edges(picture, layout, &mut out);
    for ix in picture.graph.all() {
        let (x, y) = layout.corner(ix);
        let left = x + 8;
        let (id, title) = (picture.graph.id(ix).as_str(), picture.title(ix.index()));
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "<g><title>{} {}</title><rect x=\"{x}\" y=\"{y}\" width=\"{BOX_WIDTH}\" height=\"{BOX_HEIGHT}\" \
             rx=\"5\"{}/><text x=\"{left}\" y=\"{}\" font-weight=\"bold\">{}</text>\
             <text x=\"{left}\" y=\"{}\">{}</text></g>",
            escaped(id),
            escaped(&title),
            class(picture, ix.index()),
            y + 16,
            escaped(&fitted(id, ROOM, LETTERS, true)),
            y + 31,
            escaped(&fitted(&title, ROOM, LETTERS, false)),
        );
    }
    out
}

/// Light and dark, as the reader has it. Colours only repeat what the states say.
const STYLE: &str = "path{fill:none;stroke:#777}.implied{stroke-dasharray:4 3}rect{fill:#f6f8fa;stroke:#57606a}\
    .done,.landed{fill:#dafbe1}.failed,.conflicted{fill:#ffdcd7}.blocked,.skipped{fill:#fff1c2}\
    .running,.gating,.passed{fill:#ddf0ff}text{fill:#24292f}\
    @media(prefers-color-scheme:dark){path{stroke:#8b949e}rect{fill:#21262d;stroke:#8b949e}text{fill:#e6edf3}\
    .done,.landed{fill:#12391f}.failed,.conflicted{fill:#5a1e1a}.blocked,.skipped{fill:#4a3a0c}\
    .running,.gating,.passed{fill:#0f2f52}}";

/// The class of a task's box: the state it is in, or that the plan marks it as done.
fn class(picture: &GraphPicture<'_>, n: usize) -> String {
    let done = picture.tasks.get(n).is_some_and(|task| task.done).then_some("done");
    picture.states.get(n).copied().or(done).map(|word| format!(" class=\"{word}\"")).unwrap_or_default()
}

fn edges(picture: &GraphPicture<'_>, layout: &GraphLayout, out: &mut String) {
    for ix in picture.graph.all() {
        for edge in &picture.edges.direct[ix.index()] {
            let implied = !matches!(edge.origin.why, Why::Explicit | Why::User);
            curve(out, layout, layout.way_out(edge.task), layout.way_in(ix), implied);
        }
    }
    for span in &picture.edges.spans {
        let outs = span.before.iter().map(|&ix| layout.way_out(ix));
        let ins = span.after.iter().map(|&ix| layout.way_in(ix));
        let middle = middle(layout, outs.clone().collect(), ins.clone().collect());
        outs.for_each(|from| curve(out, layout, from, middle, true));
        ins.for_each(|to| curve(out, layout, middle, to, true));
    }
}

/// Where the edges of a wide barrier meet: behind all that come before, amid both.
fn middle(layout: &GraphLayout, outs: Vec<DrawnPoint>, ins: Vec<DrawnPoint>) -> DrawnPoint {
    let along = |point: &DrawnPoint| if layout.is_down { point.1 } else { point.0 };
    let across = |point: &DrawnPoint| u64::from(if layout.is_down { point.0 } else { point.1 });
    let behind = outs.iter().map(along).max().unwrap_or(0) + if layout.is_down { 20 } else { 30 };
    let all = outs.len() + ins.len();
    let amid = outs.iter().chain(&ins).map(across).sum::<u64>().checked_div(all as u64).unwrap_or(0) as u32;
    if layout.is_down { (amid, behind) } else { (behind, amid) }
}

fn curve(out: &mut String, layout: &GraphLayout, from: DrawnPoint, to: DrawnPoint, implied: bool) {
    let class = if implied { " class=\"implied\"" } else { "" };
    let bend = 30;
    let (leave, reach) = match layout.is_down {
        true => ((from.0, from.1 + bend), (to.0, to.1.saturating_sub(bend))),
        false => ((from.0 + bend, from.1), (to.0.saturating_sub(bend), to.1)),
    };
    let _ = writeln!(
        out,
        "<path{class} d=\"M{} {}C{} {} {} {} {} {}\"/>",
        from.0, from.1, leave.0, leave.1, reach.0, reach.1, to.0, to.1
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
