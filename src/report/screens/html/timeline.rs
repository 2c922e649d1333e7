//! When what ran: a bar for each attempt, and one below it for its gates.

use super::escape::text;
use crate::journal::{Attempt, CheckState};
use crate::report::facts::picture::Picture;
use crate::report::words::measure::{duration, seconds};
use crate::schedule::TaskStatus;

/// Height of a row: a name, and the bars below it.
const ROW: f64 = 34.0;
/// Height of the axis.
const AXIS: f64 = 18.0;
/// Rows that are drawn.
const DRAWN: usize = 400;

/// The drawing, as wide as the page: places on the axis are percentages, so that letters keep their size. Nothing before
/// something ran.
pub(super) fn timeline(picture: &Picture<'_>) -> String {
    let rows: Vec<usize> = (0..picture.len()).filter(|i| !picture.facts(*i).attempts.is_empty()).take(DRAWN).collect();
    let until = picture.state.finished.map_or(picture.now.min(picture.state.at), |(at, _)| at);
    let whole = seconds(picture.state.started, until);
    if rows.is_empty() || whole <= 0.0 {
        return String::new();
    }
    let height = AXIS + ROW * rows.len() as f64;
    let mut svg = format!(
        "<h2>Time</h2>\n<svg class=\"time\" xmlns=\"http://www.w3.org/2000/svg\" width=\"100%\" height=\"{height}\">\n"
    );
    for quarter in 0..=4 {
        let x = 25 * quarter;
        let anchor = ["start", "middle", "middle", "middle", "end"][quarter];
        let label = duration(whole * quarter as f64 / 4.0);
        svg.push_str(&format!(
            "<line x1=\"{x}%\" y1=\"{AXIS}\" x2=\"{x}%\" y2=\"{height}\"/>\
             <text x=\"{x}%\" y=\"12\" text-anchor=\"{anchor}\">{label}</text>\n"
        ));
    }
    for (row, i) in rows.iter().enumerate() {
        let y = AXIS + ROW * row as f64;
        let task = picture.task(*i);
        let name = format!("{} <tspan class=\"dim\">{}</tspan>", text(task.id.as_str()), text(&task.title));
        svg.push_str(&format!("<text x=\"2\" y=\"{:.1}\">{name}</text>\n", y + 14.0));
        let attempts = &picture.facts(*i).attempts;
        attempts.iter().for_each(|attempt| bars(picture, *i, attempt, y + 16.0, whole, &mut svg));
    }
    svg.push_str("</svg>\n");
    svg
}

fn bars(picture: &Picture<'_>, i: usize, attempt: &Attempt, y: f64, whole: f64, svg: &mut String) {
    let start = picture.state.started;
    let end = attempt.ended.as_ref().map_or(picture.state.at, |(at, _)| *at);
    let failed = attempt.ended.is_some() && attempt.result().is_none()
        || matches!(picture.standing(i), TaskStatus::Failed(_)) && picture.facts(i).last() == Some(attempt);
    let class = if failed { " class=\"failed\"" } else { "" };
    let id = text(picture.task(i).id.as_str());
    let title = format!("{id} attempt {}, {}", attempt.n, duration(seconds(attempt.started, end)));
    svg.push_str(&bar((seconds(start, attempt.started), seconds(start, end)), whole, y + 3.0, 8.0, class, &title));
    for word in picture.words(i, attempt) {
        if let Some(CheckState::Judged(judgement)) = word.check
            && !judgement.cached
        {
            let from = seconds(start, end);
            let verdict = judgement.verdict;
            let class = if verdict.lets_through() { " class=\"gate\"" } else { " class=\"failed\"" };
            let name = text(word.gate.name.as_str());
            let title = format!("{id} {name} {}, {}", verdict.word(), duration(judgement.seconds));
            svg.push_str(&bar((from, from + judgement.seconds), whole, y + 12.0, 4.0, class, &title));
        }
    }
}

fn bar((from, to): (f64, f64), whole: f64, y: f64, height: f64, class: &str, title: &str) -> String {
    let x = 100.0 * (from / whole).clamp(0.0, 0.998);
    let width = (100.0 * ((to - from) / whole)).clamp(0.2, 100.0 - x);
    format!(
        "<g><title>{title}</title><rect{class} x=\"{x:.2}%\" y=\"{y:.1}\" width=\"{width:.2}%\" height=\"{height}\"/></g>\n"
    )
}
