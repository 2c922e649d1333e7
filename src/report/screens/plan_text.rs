//! `plan` for people (TRANSCRIPTS e): what was read, what it would take, why, what to change, what to type.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::graph::{PlanChange, TaskIx, WhyLeftOut, advise};
use crate::model::{Problem, Severity, TaskKind};
use crate::plan::Mode;
use crate::report::facts::plan_view::{AGENTS, PlanView, Times};
use crate::report::words::measure::{about, duration, severity_word};

/// Columns of a line.
const WIDTH: usize = 100;
/// Problems told one by one.
const MAX_PROBLEMS: usize = 12;
/// Tasks of the critical path.
const MAX_PATH: usize = 60;
/// Needs told one by one.
const MAX_NEEDS: usize = 8;
/// Lines of the forecast.
const MAX_FORECAST: usize = 6;
/// Below this speed-up parallel work is hardly worth a second agent.
const HARDLY: f64 = 1.5;

/// The answer, at most 100 columns wide; `shown` is how the user would name the plan to a shell.
pub fn plan_text(view: &PlanView<'_>, shown: &str) -> String {
    let mut out = String::new();
    head(view, shown, &mut out);
    if view.run.graph.is_empty() {
        nothing_to_run(view, &mut out);
    } else if !view.has_errors() {
        times(view, &mut out);
        schedules(view, &mut out);
        loose(view, &mut out);
        expected(view, &mut out);
        reasons(view, &mut out);
        forecast(view, &mut out);
    }
    ignored(view, &mut out);
    problems(view, &mut out);
    next(view, shown, &mut out);
    out
}

/// Appends a line.
macro_rules! line {
    ($out:expr, $($text:tt)*) => {
        // Writing to a String cannot fail.
        let _ = writeln!($out, $($text)*);
    };
}

fn head(view: &PlanView<'_>, shown: &str, out: &mut String) {
    let source = match &view.plan.sources[..] {
        [one] => format!("{} ({})", plain(if one.path.is_empty() { shown } else { &one.path }, 60), one.kind),
        [] => plain(shown, 60),
        many => format!("{} documents", many.len()),
    };
    let left = |why: WhyLeftOut| view.run.selection.left_out.iter().filter(|(_, other)| *other == why).count();
    let mut parts = Vec::new();
    for (count, words) in [
        (left(WhyLeftOut::Done), "done"),
        (left(WhyLeftOut::Optional), "optional (left out)"),
        (left(WhyLeftOut::Skipped) + left(WhyLeftOut::NotAsked), "not asked for"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {words}"));
        }
    }
    parts.push(format!("{} to run", view.run.graph.len()));
    line!(out, "{source}: {}: {}", counted(view.plan.tasks.len(), "task"), parts.join(", "));
    if view.plan.sources.len() > 1 {
        for source in view.plan.sources.iter().take(10) {
            line!(out, "  {} ({})", plain(&source.path, 80), source.kind);
        }
    }
    if view.run.graph.is_empty() {
        return;
    }
    let edges = view.run.graph.reduced();
    let kinds: Vec<String> = edges.by_why().iter().map(|(why, count)| format!("{count} {}", why.word())).collect();
    let layers = view.run.graph.layers();
    let widest = layers.iter().map(Vec::len).max().unwrap_or(0);
    let estimated = view.run.selection.tasks.iter().filter(|task| task.estimate.is_some()).count();
    let estimates = match estimated {
        0 => "no estimates: each task counts 1".to_owned(),
        n if n == view.run.graph.len() => "times in minutes, as estimated".to_owned(),
        n => format!("{}, in minutes; the others count as their mean", counted(n, "estimate")),
    };
    let edges =
        if kinds.is_empty() { "no edges".to_owned() } else { format!("edges {}: {}", edges.count(), kinds.join(", ")) };
    wrapped(out, "", &[edges, format!("layers {}, widest {widest}", layers.len()), estimates], "     ");
    environment(view, out);
    agents(view, out);
}

/// Tools and services that tasks say they need, and whether that holds them back.
fn environment(view: &PlanView<'_>, out: &mut String) {
    let mut users: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for task in &view.run.selection.tasks {
        for name in task.named.environment.iter().chain(task.needs.keys()) {
            let ids = users.entry(name).or_default();
            if ids.last() != Some(&task.id.as_str()) {
                ids.push(task.id.as_str());
            }
        }
    }
    // What one task needs is in nobody's way.
    users.retain(|_, ids| ids.len() > 1);
    for (n, (name, ids)) in users.iter().take(MAX_NEEDS).enumerate() {
        let label = if n == 0 { "needs     " } else { "          " };
        let shown = ids.iter().take(MAX_PATH).copied().collect::<Vec<_>>().join(" ");
        let more = if ids.len() > MAX_PATH { format!(" and {} more", ids.len() - MAX_PATH) } else { String::new() };
        let limit = match view.plan.resources.get(*name) {
            Some(1) => "one at a time".to_owned(),
            Some(capacity) => format!("{capacity} at a time"),
            None if view.run.selection.tasks.iter().any(|task| task.needs.contains_key(*name)) => {
                "one at a time".to_owned()
            }
            None => format!("not limited; [resources] {} = 1 in orca.toml would", key(name)),
        };
        let text = format!("{}: {shown}{more}  ({limit})", plain(name, 40));
        list(out, label, &text.split(' ').map(str::to_owned).collect::<Vec<_>>());
    }
    if users.len() > MAX_NEEDS {
        line!(out, "          and {} more: --format json", users.len() - MAX_NEEDS);
    }
}

/// Who does the tasks that name an agent, a model or a role of their own.
fn agents(view: &PlanView<'_>, out: &mut String) {
    let mut users: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for task in &view.run.selection.tasks {
        let agent = task.agent.as_deref().map(|name| plain(name, 40));
        let model = task.model.as_deref().map(|name| format!("model {}", plain(name, 60)));
        let role = task.role.as_deref().map(|name| format!("role {}", plain(name, 40)));
        let parts: Vec<String> = [agent, model, role].into_iter().flatten().collect();
        if !parts.is_empty() {
            users.entry(parts.join(", ")).or_default().push(task.id.as_str());
        }
    }
    for (n, (who, ids)) in users.iter().take(MAX_NEEDS).enumerate() {
        let label = if n == 0 { "agents    " } else { "          " };
        let more = if ids.len() > MAX_PATH { format!(" and {} more", ids.len() - MAX_PATH) } else { String::new() };
        let shown = ids.iter().take(MAX_PATH).copied().collect::<Vec<_>>().join(" ");
        list(out, label, &format!("{who}: {shown}{more}").split(' ').map(str::to_owned).collect::<Vec<_>>());
    }
}

/// A key as TOML wants it.
fn key(name: &str) -> String {
    let bare = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if bare { name.to_owned() } else { format!("\"{}\"", plain(name, 40)) }
}

fn nothing_to_run(view: &PlanView<'_>, out: &mut String) {
    let all_done = !view.plan.tasks.is_empty() && view.plan.tasks.iter().all(|task| task.done);
    if !view.plan.unread.is_empty() {
        let n = view.plan.unread.len();
        line!(out, "\nnothing that could be read is left to do, but {} not read: see below", counted_were(n, "line"));
    } else if all_done {
        line!(out, "\nnothing to do: every task is done; to run them again: --include-done");
    } else if !view.plan.tasks.is_empty() {
        line!(out, "\nnothing to do: what is left is optional; to run it: --include-optional");
    }
}

fn times(view: &PlanView<'_>, out: &mut String) {
    let mut header = format!("{:<22}", "agents");
    AGENTS.iter().for_each(|agents| header.push_str(&format!("{agents:>7}")));
    line!(out, "\n{header}    any number");
    let alike =
        view.times.windows(2).all(|pair| pair[0].by_agents == pair[1].by_agents && pair[0].bound == pair[1].bound);
    let shown = if alike { &view.times[..1] } else { &view.times[..] };
    for (n, times) in shown.iter().enumerate() {
        let name = match times.mode {
            _ if alike => "time".to_owned(),
            Mode::Default => "time, default reading".to_owned(),
            mode if n == 0 => format!("time, --{}", mode.name()),
            mode => format!("      --{}", mode.name()),
        };
        let note = if times.mode == Mode::Loose && !alike { "  each merge is tested; more conflicts" } else { "" };
        let numbers: String = times.by_agents.iter().map(|time| format!("{:>7}", number(*time))).collect();
        line!(out, "{name:<22}{numbers}    {} ({:.1}x){note}", number(times.bound), speed_up(times));
    }
}

/// What the run's own order takes, what the best found one would, and what none can beat.
fn schedules(view: &PlanView<'_>, out: &mut String) {
    let (graph, load) = (&view.run.graph, view.load());
    if graph.len() < 2 {
        return;
    }
    let [own, best] = [graph.simulate(&load, view.jobs), graph.best_found(&load, view.jobs)].map(|it| it.makespan);
    let agents = counted(view.jobs, "agent");
    // Times that were learned are no estimates of the plan's: they have a unit of their own.
    let shown = |minutes: f64| if view.expected.is_some() { duration(minutes * 60.0) } else { number(minutes) };
    let [own, best, bound] = [own, best, graph.shortest_possible(&load, view.jobs)].map(shown);
    line!(out, "with {agents}: {own} in the run's order; best schedule found {best}, lower bound {bound}");
}

/// What the loosest reading would give, and what speaks against it.
fn loose(view: &PlanView<'_>, out: &mut String) {
    let of = |mode: Mode| view.times.iter().find(|times| times.mode == mode).map(|times| times.by_agents[2]);
    let (Some(now), Some(loose)) = (of(Mode::Default), of(Mode::Loose)) else { return };
    let tasks = &view.run.selection.tasks;
    let silent = tasks.iter().filter(|task| task.files.is_empty() && task.kind == TaskKind::Change).count();
    if view.times[0].mode == Mode::Default && loose < now * 0.8 {
        let against = match silent {
            0 => "the order of the document would only be kept where tasks share files".to_owned(),
            1 => "1 task names no files, so it may depend on others".to_owned(),
            n => format!("{n} tasks name no files, so they may depend on each other"),
        };
        let text = format!("--loose would be {:.1} times as fast with 4 agents, but {against}", now / loose);
        list(out, "", &text.split(' ').map(str::to_owned).collect::<Vec<_>>());
    }
}

fn counted_were(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what} was") } else { format!("{n} {what}s were") }
}

/// What earlier runs of the repository say that it takes.
fn expected(view: &PlanView<'_>, out: &mut String) {
    if let Some(expected) = &view.expected {
        let agents = counted(expected.jobs, "agent");
        let attempts = counted(expected.attempts as usize, "attempt");
        let time = about(expected.low * 60.0, expected.minutes * 60.0, expected.high * 60.0);
        line!(out, "\n{time} with {agents}, learned from {attempts} in this repository");
    }
}

fn speed_up(times: &Times) -> f64 {
    if times.bound > 0.0 { times.by_agents[0] / times.bound } else { 1.0 }
}

fn reasons(view: &PlanView<'_>, out: &mut String) {
    let (graph, load, tasks) = (&view.run.graph, &view.run.load, &view.run.selection.tasks);
    let (enough, best) = graph.useful_jobs(load);
    let work = graph.work(&load.weights);
    let factor = if best > 0.0 { work / best } else { 1.0 };
    out.push('\n');
    if graph.len() == 1 {
        line!(out, "one task: one agent");
    } else if factor < 1.05 {
        line!(out, "parallel work will not pay here: every task waits for the one before it");
    } else if factor < HARDLY {
        line!(
            out,
            "parallel work will hardly pay here: {factor:.1}x with any number of agents; \"-j {enough}\" is enough"
        );
    } else {
        line!(out, "{factor:.1}x with any number of agents; \"-j {enough}\" is enough for that");
    }
    let path = graph.critical_path(&load.weights);
    let mut ids: Vec<String> = path.iter().take(MAX_PATH).map(|&ix| graph.id(ix).to_string()).collect();
    if path.len() > MAX_PATH {
        ids.extend(format!("… {} tasks in all", path.len()).split(' ').map(str::to_owned));
    }
    list(out, "critical path  ", &ids);
    let changes = advise(graph, tasks, &view.run.selection.barriers, load);
    for change in &changes {
        if let PlanChange::Split { path, tasks, .. } = change {
            let ids: Vec<String> = tasks.iter().map(|&ix| graph.id(ix).to_string()).collect();
            let tail = format!("all change {}, so they run one after another", plain(path.as_str(), 60));
            list(out, "why            ", &[ids, tail.split(' ').map(str::to_owned).collect()].concat());
        }
    }
    for (n, change) in changes.iter().enumerate() {
        let factor = work / change.time();
        let label = if n == 0 { "best change    " } else { "               or " };
        match change {
            PlanChange::Split { path, .. } => {
                line!(out, "{label}split {} first: up to {factor:.1}x", plain(path.as_str(), 60));
            }
            PlanChange::Drop { before, after, why, at, .. } => {
                let (first, second) = (graph.id(*before), graph.id(*after));
                let text = format!(
                    "drop {first} -> {second} ({}, {}), if {second} does not need it: {factor:.1}x",
                    why.word(),
                    plain(&at.to_string(), 60)
                );
                let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
                list(out, label, &words);
            }
        }
    }
}

fn forecast(view: &PlanView<'_>, out: &mut String) {
    if view.forecast.is_empty() {
        return;
    }
    out.push('\n');
    let graph = &view.run.graph;
    for (n, overlap) in view.forecast.iter().take(MAX_FORECAST).enumerate() {
        let label = if n == 0 { "forecast  " } else { "          " };
        let ids = overlap.tasks.map(|ix: TaskIx| graph.id(ix).to_string()).join(" ");
        let path = overlap.paths.first().map(|path| path.as_str());
        let path = path.or(overlap.names.first().map(String::as_str)).map(|name| plain(name, 60)).unwrap_or_default();
        let count = overlap.paths.len() + overlap.names.len();
        let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
        let text = format!("{ids}  {path}{more}  {}: {}", severity_word(overlap.severity), overlap.suggestion);
        list(out, label, &text.split(' ').map(str::to_owned).collect::<Vec<_>>());
    }
    if view.forecast.len() > MAX_FORECAST {
        line!(out, "          and {} more: --format json", view.forecast.len() - MAX_FORECAST);
    }
}

fn ignored(view: &PlanView<'_>, out: &mut String) {
    for (n, ignored) in view.plan.ignored.iter().enumerate() {
        let label = if n == 0 { "\nleft aside  " } else { "            " };
        let lines: Vec<String> = ignored.places.iter().take(6).map(|place| place.line.to_string()).collect();
        let more = if ignored.count > lines.len() { ", …" } else { "" };
        line!(out, "{label}{} (line {}{more})", ignored.in_words(), lines.join(", "));
    }
}

fn problems(view: &PlanView<'_>, out: &mut String) {
    let mut shown: Vec<&Problem> = view.problems.iter().filter(|p| p.severity > Severity::Info).collect();
    shown.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
    if !shown.is_empty() {
        out.push('\n');
    }
    for problem in shown.iter().take(MAX_PROBLEMS) {
        let label = if problem.severity == Severity::Error { "error     " } else { "warning   " };
        let place = if problem.at.file.is_empty() { String::new() } else { format!("{}  ", problem.at) };
        let text = format!("{}{}", plain(&place, 70), plain(&problem.what, 600));
        list(out, label, &text.split(' ').map(str::to_owned).collect::<Vec<_>>());
        if !problem.hint.is_empty() {
            list(out, "            ", &plain(&problem.hint, 300).split(' ').map(str::to_owned).collect::<Vec<_>>());
        }
    }
    if shown.len() > MAX_PROBLEMS {
        line!(out, "          and {} more: --format json", shown.len() - MAX_PROBLEMS);
    }
    // What was left aside stands above already.
    let notes = view.problems.len() - shown.len();
    if notes > view.plan.ignored.len() {
        line!(out, "{} more: --format json", counted(notes - view.plan.ignored.len(), "note"));
    }
}

fn next(view: &PlanView<'_>, shown: &str, out: &mut String) {
    let shown = plain(shown, 4_096);
    if view.has_errors() {
        line!(out, "\nnext: correct the errors, then: git orca plan {shown}");
    } else if !view.run.graph.is_empty() {
        let (jobs, _) = view.run.graph.useful_jobs(&view.run.load);
        let command = format!("next: git orca execute {shown} -j {}", jobs.clamp(1, 8));
        line!(out, "");
        wrapped(out, "", &[command, format!("layers and edges: git orca plan {shown} --format mermaid")], "       ");
    }
}

/// Words after a label, on as many lines as they need, the further ones indented below the first word.
fn list(out: &mut String, label: &str, words: &[String]) {
    let indent = " ".repeat(label.trim_start_matches('\n').chars().count());
    let mut line = label.to_owned();
    let mut used = indent.len();
    let mut first = true;
    for word in words {
        let width = unicode_width::UnicodeWidthStr::width(word.as_str());
        if !first && used + 1 + width > WIDTH {
            out.push_str(line.trim_end());
            out.push('\n');
            line.clone_from(&indent);
            used = indent.len();
            first = true;
        }
        if !first {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += width;
        first = false;
    }
    out.push_str(line.trim_end());
    out.push('\n');
}

/// Parts on one line, or on one each when they do not fit.
fn wrapped(out: &mut String, label: &str, parts: &[String], between: &str) {
    let whole = format!("{label}{}", parts.join(between));
    if unicode_width::UnicodeWidthStr::width(whole.as_str()) <= WIDTH {
        line!(out, "{whole}");
    } else {
        parts.iter().for_each(|part| list(out, label, &part.split(' ').map(str::to_owned).collect::<Vec<_>>()));
    }
}

fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// A time without needless digits.
fn number(value: f64) -> String {
    if (value - value.round()).abs() < 0.05 { format!("{value:.0}") } else { format!("{value:.1}") }
}

/// Text of a stranger's document on one line, without control characters and what turns the direction of writing.
fn plain(text: &str, width: usize) -> String {
    let clean: String = text
        .chars()
        .filter(
            |c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'),
        )
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    match clean.char_indices().nth(width) {
        Some((end, _)) => format!("{}…", &clean[..end]),
        None => clean,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::graph::TaskSelection;
    use crate::model::FolderFiles;
    use crate::plan::{PlanEntry, Reading, read};

    fn text(path: &str) -> String {
        let files = FolderFiles::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/plans"));
        let at = |mode| read(&files, &PlanEntry::new(path), &Reading { mode, ..Reading::default() });
        let plan = at(Mode::Default);
        let others = [(Mode::Strict, at(Mode::Strict)), (Mode::Loose, at(Mode::Loose))];
        let others = if plan.states_order { &others[..0] } else { &others[..] };
        plan_text(&PlanView::new(&plan, Mode::Default, &TaskSelection::default(), None, others), path)
    }

    #[test]
    fn people_read() {
        for path in ["speckit/specs/001-greet", "native/tasks.json", "native/broken.json", "sisyphus/plan.md"] {
            let text = text(path);
            let wide = text.lines().find(|line| unicode_width::UnicodeWidthStr::width(*line) > WIDTH);
            assert_eq!(wide, None);
            insta::assert_snapshot!(path.replace('/', "_"), text);
        }
    }
}
