//! A plain drawing of its own, for machines without Graphviz: a column for each layer, edges as curves.

use std::fmt::Write as _;

use super::picture::GraphPicture;
use crate::graph::TaskIx;
use crate::model::Why;

const BOX_WIDTH: u32 = 220;
const BOX_HEIGHT: u32 = 40;
const COLUMN: u32 = 300;
const ROW: u32 = 56;
const MARGIN: u32 = 20;
/// Characters of a title that fit into a box at 11 px.
const FITS: usize = 36;

/// The picture as a self-contained SVG document.
pub fn svg(picture: &GraphPicture<'_>) -> String {
    let places = places(picture);
    let height = MARGIN * 2 + ROW * places.iter().map(|p| (p.1 - MARGIN) / ROW + 1).max().unwrap_or(1);
    let width = MARGIN * 2 + COLUMN * picture.graph.layer_count().max(1);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <style>{STYLE}</style>\n"
    );
    edges(picture, &places, &mut out);
    for ix in picture.graph.all() {
        let (x, y) = places[ix.index()];
        let class = class(picture, ix.index());
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "<g><title>{0} {1}</title><rect x=\"{x}\" y=\"{y}\" width=\"{BOX_WIDTH}\" height=\"{BOX_HEIGHT}\" \
             rx=\"5\"{class}/><text x=\"{2}\" y=\"{3}\" font-weight=\"bold\">{0}</text>\
             <text x=\"{2}\" y=\"{4}\">{5}</text></g>",
            escaped(picture.graph.id(ix).as_str()),
            escaped(&picture.title(ix.index())),
            x + 8,
            y + 16,
            y + 31,
            escaped(&picture.title(ix.index()).chars().take(FITS).collect::<String>()),
        );
    }
    out.push_str("</svg>\n");
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

/// Top left corner of each task's box.
fn places(picture: &GraphPicture<'_>) -> Vec<(u32, u32)> {
    let mut rows = vec![0u32; picture.graph.layer_count() as usize + 1];
    picture
        .graph
        .all()
        .map(|ix| {
            let layer = picture.graph.layer(ix);
            let row = rows[layer as usize];
            rows[layer as usize] += 1;
            (MARGIN + (layer - 1) * COLUMN, MARGIN + row * ROW)
        })
        .collect()
}

fn edges(picture: &GraphPicture<'_>, places: &[(u32, u32)], out: &mut String) {
    let right = |ix: TaskIx| (places[ix.index()].0 + BOX_WIDTH, places[ix.index()].1 + BOX_HEIGHT / 2);
    let left = |ix: TaskIx| (places[ix.index()].0, places[ix.index()].1 + BOX_HEIGHT / 2);
    for ix in picture.graph.all() {
        for edge in &picture.edges.direct[ix.index()] {
            curve(out, right(edge.task), left(ix), !matches!(edge.origin.why, Why::Explicit | Why::User));
        }
    }
    for span in &picture.edges.spans {
        let x = span.before.iter().map(|&ix| right(ix).0).max().unwrap_or(MARGIN) + 30;
        let ys: Vec<u32> = span.before.iter().chain(&span.after).map(|&ix| left(ix).1).collect();
        let middle =
            (x, ys.iter().map(|&y| u64::from(y)).sum::<u64>().checked_div(ys.len() as u64).unwrap_or(0) as u32);
        span.before.iter().for_each(|&ix| curve(out, right(ix), middle, true));
        span.after.iter().for_each(|&ix| curve(out, middle, left(ix), true));
    }
}

fn curve(out: &mut String, from: (u32, u32), to: (u32, u32), implied: bool) {
    let class = if implied { " class=\"implied\"" } else { "" };
    let bend = 30;
    let _ = writeln!(
        out,
        "<path{class} d=\"M{} {}C{} {} {} {} {} {}\"/>",
        from.0,
        from.1,
        from.0 + bend,
        from.1,
        to.0.saturating_sub(bend),
        to.1,
        to.0,
        to.1
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
