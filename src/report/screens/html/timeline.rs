//! When what ran: a bar for each attempt, and one below it for its gates.

use super::escape::text;
use crate::journal::{Attempt, CheckState};
use crate::report::facts::picture::Picture;
use crate::report::words::measure::{duration, seconds};
use crate::schedule::TaskStatus;

/// Columns of the names.
const NAMES: f64 = 140.0;
/// Width of the time axis.
const AXIS: f64 = 900.0;
/// Height of a row.
const ROW: f64 = 20.0;
/// Rows that are drawn.
const DRAWN: usize = 400;

/// The drawing; nothing before something ran.
pub(super) fn timeline(picture: &Picture<'_>) -> String {
    let rows: Vec<usize> = (0..picture.len()).filter(|i| !picture.facts(*i).attempts.is_empty()).take(DRAWN).collect();
    let until = picture.state.finished.map_or(picture.now.min(picture.state.at), |(at, _)| at);
    let whole = seconds(picture.state.started, until);
    if rows.is_empty() || whole <= 0.0 {
        return String::new();
    }
    let height = ROW * (rows.len() as f64 + 1.5);
    let mut svg = format!(
        "<h2>Time</h2>\n<div class=\"wide\"><svg class=\"time\" xmlns=\"http://www.w3.org/2000/svg\" \
         width=\"{0}\" height=\"{height}\" viewBox=\"0 0 {0} {height}\">\n",
        NAMES + AXIS + 40.0
    );
    for quarter in 0..=4 {
        let x = NAMES + AXIS * f64::from(quarter) / 4.0;
        let label = duration(whole * f64::from(quarter) / 4.0);
        svg.push_str(&format!(
            "<line x1=\"{x:.1}\" y1=\"16\" x2=\"{x:.1}\" y2=\"{height}\"/><text x=\"{x:.1}\" y=\"11\">{label}</text>\n"
        ));
    }
    for (row, i) in rows.iter().enumerate() {
        let y = ROW * (row as f64 + 1.0);
        let id = text(picture.task(*i).id.as_str());
        svg.push_str(&format!("<text x=\"0\" y=\"{:.1}\">{id}</text>\n", y + 13.0));
        let attempts = &picture.facts(*i).attempts;
        attempts.iter().for_each(|attempt| bars(picture, *i, attempt, y, whole, &mut svg));
    }
    svg.push_str("</svg></div>\n");
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
    let x = NAMES + AXIS * (from / whole).clamp(0.0, 1.0);
    let width = (AXIS * ((to - from) / whole)).clamp(1.0, NAMES + AXIS - x + 1.0);
    format!(
        "<g><title>{title}</title><rect{class} x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height}\"/></g>\n"
    )
}
