//! `git orca stats`: all runs of a repository, for people and for programs.

use serde::Serialize;

use crate::report::facts::history::{HistoryRates, RunHistory, RunRecord};
use crate::report::facts::timing::WORTH_SAYING;
use crate::report::words::display::safe;
use crate::report::words::measure::{dollars, duration, plural, rough};
use crate::report::words::style::{self, paint};
use crate::report::words::table::{Cell, Table};

/// Runs that are listed; the rates are those of all.
const LISTED: usize = 20;

/// A run whose journal could not be read, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnreadRun {
    /// Its folder's name.
    pub run: String,
    /// One line.
    pub why: String,
}

/// The statistics as a document.
#[derive(Debug, Serialize)]
pub struct StatsDocument<'a> {
    format: u32,
    runs: &'a [RunRecord],
    all: HistoryRates,
    older_half: Option<HistoryRates>,
    newer_half: Option<HistoryRates>,
    /// Share of agents' attempts below which an alert is raised.
    success_alert: f64,
    /// That agents fail too often; null while they do not.
    alert: Option<String>,
    unread: &'a [UnreadRun],
}

/// The statistics for programs.
pub fn stats_json<'a>(history: &'a RunHistory, least: f64, unread: &'a [UnreadRun]) -> StatsDocument<'a> {
    StatsDocument {
        format: 1,
        runs: &history.runs,
        all: history.all,
        older_half: history.halves.map(|(older, _)| older),
        newer_half: history.halves.map(|(_, newer)| newer),
        success_alert: least,
        alert: alert(history, least),
        unread,
    }
}

/// That agents fail too often over all runs.
fn alert(history: &RunHistory, least: f64) -> Option<String> {
    let counts = history.all.counts;
    let rate = history.all.agent_success_rate.filter(|rate| *rate < least)?;
    Some(format!(
        "{} of {} produced a commit ({}; the alert is below {})",
        counts.results,
        plural(counts.attempts, "attempt"),
        percent(Some(rate)),
        percent(Some(least))
    ))
}

/// The statistics for people.
pub fn stats(history: &RunHistory, least: f64, unread: &[UnreadRun], columns: usize) -> String {
    let mut text = list(&history.runs, columns);
    text.push('\n');
    text.push_str(&rates(history, columns));
    if let Some(alert) = alert(history, least) {
        text.push_str(&format!("\n{}\n", paint(style::BAD, &alert)));
    }
    for UnreadRun { run, why } in unread {
        text.push_str(&format!("\nnot counted: run {}: {}\n", safe(run), safe(why)));
    }
    text
}

/// Columns from which the list has all its columns: an id is never cut, it is there to be typed.
const WIDE: usize = 96;

fn list(runs: &[RunRecord], columns: usize) -> String {
    let is_wide = columns >= WIDE;
    let mut table = Table::new().left("run").left("state").right("landed").right("attempts");
    if is_wide {
        table = table.right("gates").right("conflicts");
    }
    table = table.right("time");
    if is_wide {
        table = table.right("faster");
    }
    table = table.right("tokens").right("cost");
    let hidden = runs.len().saturating_sub(LISTED);
    for run in &runs[hidden..] {
        let counts = run.counts;
        let state = run.exit.filter(|exit| *exit != 0).map_or(run.state.to_owned(), |exit| format!("exit {exit}"));
        let of = |part: usize, whole: usize| if whole == 0 { "-".to_owned() } else { format!("{part}/{whole}") };
        let mut row =
            vec![run.run.to_string(), state, of(counts.landed, counts.tasks), of(counts.results, counts.attempts)];
        if is_wide {
            row.extend([of(counts.passed, counts.verdicts), of(counts.conflicts_solved, counts.conflicts)]);
        }
        row.push(duration(counts.wall));
        row.extend(is_wide.then(|| times(run.speed_up)));
        row.extend([rough(counts.tokens), dollars(counts.cost_usd)]);
        table.row(row.into_iter().map(Cell::from));
    }
    let earlier = if hidden == 0 { String::new() } else { format!("{} not listed\n", plural(hidden, "earlier run")) };
    earlier + &table.text(columns)
}

fn rates(history: &RunHistory, columns: usize) -> String {
    let mut table = Table::new().left("").right("all").right("older half").right("newer half");
    if history.halves.is_none() {
        table = Table::new().left("").right("all");
    }
    let mut row = |name: &str, of: &dyn Fn(&HistoryRates) -> String| {
        let halves = history.halves.iter().flat_map(|(older, newer)| [of(older), of(newer)]);
        table.row([name.to_owned(), of(&history.all)].into_iter().chain(halves).map(Cell::from));
    };
    row("runs", &|rates| rates.runs.to_string());
    row("tasks landed", &|rates| percent(rates.landed_rate));
    row("attempts that produced a commit", &|rates| percent(rates.agent_success_rate));
    row("gates passed", &|rates| percent(rates.gate_pass_rate));
    row("results with conflicts", &|rates| percent(rates.conflict_rate));
    row("speed-up over sequential", &|rates| times(rates.speed_up));
    row("cost per landed task", &|rates| rates.cost_per_task.map_or("-".to_owned(), dollars));
    table.text(columns)
}

/// A share in percent. What is not everything is never shown as 100 %.
fn percent(share: Option<f64>) -> String {
    match share {
        None => "-".to_owned(),
        Some(share) if share >= 1.0 => "100 %".to_owned(),
        Some(share) => format!("{} %", ((share * 1000.0).floor() / 10.0).min(99.9)),
    }
}

/// Where running tasks at once gained nothing there is nothing to say.
fn times(speed_up: Option<f64>) -> String {
    speed_up.filter(|times| *times >= WORTH_SAYING).map_or("-".to_owned(), |times| format!("{times:.1}x"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::WIDTH;
    use crate::report::facts::history::tests::record;
    use crate::report::testing::{inert, screen};

    #[test]
    fn runs_stand_side_by_side_with_their_trend() {
        let history = RunHistory::of(vec![record(0), record(1), record(2), record(2)]);
        insta::assert_snapshot!(screen(&stats(&history, 0.99, &[], WIDTH)));
    }

    #[test]
    fn what_could_not_be_read_is_named_and_cannot_act() {
        let history = RunHistory::of(vec![record(2)]);
        let unread = [UnreadRun { run: "20261120-1812-k3".into(), why: "line 4 \x1b[31mis torn".into() }];
        let text = stats(&history, 0.99, &unread, WIDTH);
        inert(&text);
        assert!(text.contains("not counted: run 20261120-1812-k3: line 4"), "{text}");
        assert!(!text.contains("older half") && !text.contains("expected"), "{text}");
        let document = serde_json::to_value(stats_json(&history, 0.99, &unread)).unwrap();
        assert_eq!((&document["all"]["landed_rate"], &document["alert"]), (&1.0.into(), &serde_json::Value::Null));
        assert_eq!(document["runs"][0]["landed"], 2);
    }

    #[test]
    fn a_share_is_never_rounded_up_to_everything() {
        let shown = [Some(1.0), Some(0.9999), Some(0.5), Some(0.0), None].map(percent);
        assert_eq!(shown, ["100 %", "99.9 %", "50 %", "0 %", "-"]);
        assert_eq!([Some(0.4), Some(2.25), None].map(times), ["-", "2.2x", "-"]);
    }
}
