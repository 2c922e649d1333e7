//! The order of the tasks: drawn where the page is wide, as a list where it is not.

use super::escape::text;
use crate::graph::draw;
use crate::report::facts::picture::Picture;
use crate::report::words::measure;

/// Tasks up to which the graph is drawn: a larger picture shows nothing to anybody.
const DRAWN: usize = 400;
/// Pixels of the widest drawing: what a page of 1200 has beside its margins.
const WIDE: u32 = 1160;
/// Tasks before another one that are named in the list.
const NAMED: usize = 6;

/// The section.
pub(super) fn order(picture: &Picture<'_>) -> String {
    if picture.len() > DRAWN {
        let n = measure::plural(picture.len(), "task");
        return format!("<h2>Order</h2>\n<p class=\"dim\">{n}: too many to be drawn; git orca plan --format svg</p>\n");
    }
    let states = (0..picture.len()).map(|i| picture.state_word(i)).collect();
    let drawing = draw::GraphPicture::new(&picture.course.graph, &picture.state.info.tasks).with_states(states);
    let drawn = draw::svg_within(&drawing, WIDE);
    format!("<h2>Order</h2>\n<div class=\"drawn\" aria-hidden=\"true\">\n{drawn}</div>\n{}", listed(picture, &drawing))
}

fn listed(picture: &Picture<'_>, drawing: &draw::GraphPicture<'_>) -> String {
    let layers = &picture.state.info.layers;
    let mut html = "<div class=\"listed\">\n".to_owned();
    for layer in 1..=layers.iter().copied().max().unwrap_or(0) {
        html.push_str(&format!("<p class=\"dim\">layer {layer}</p>\n<ul>\n"));
        for i in (0..picture.len()).filter(|i| layers[*i] == layer) {
            let state = picture.state_word(i);
            html.push_str(&format!(
                "<li class=\"box {state}\"><code>{}</code> <span class=\"word\">{state}</span><br/>{}{}</li>\n",
                text(picture.task(i).id.as_str()),
                text(&picture.task(i).title),
                after(picture, drawing, i),
            ));
        }
        html.push_str("</ul>\n");
    }
    html.push_str("</div>\n");
    html
}

/// What a task waits for, as far as the drawing has edges for it.
fn after(picture: &Picture<'_>, drawing: &draw::GraphPicture<'_>, i: usize) -> String {
    let before = &drawing.edges.direct[i];
    if before.is_empty() {
        return String::new();
    }
    let ids = before.iter().map(|edge| text(picture.task(edge.task.index()).id.as_str()));
    let mut names: Vec<String> = ids.take(NAMED).collect();
    if before.len() > NAMED {
        names.push(format!("{} more", before.len() - NAMED));
    }
    format!(" <span class=\"dim\">after {}</span>", names.join(", "))
}
