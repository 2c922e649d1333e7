//! `plan --format json` (DESIGN 10). Fields may be added, never renamed.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::graph::{BarrierSpan, OverlapKind, Placed, Reduced, Simulation, TaskDependency, TaskGraph};
use crate::model::{Named, Problem, Task, TaskKind, Why, is_test_path};
use crate::report::facts::plan_view::{AGENTS, PlanView};
use crate::report::words::measure::severity_word;
use crate::schedule::Expected;

#[derive(Serialize)]
struct PlanDocumentOut<'a> {
    format: u32,
    title: &'a str,
    sources: Vec<SourceOut<'a>>,
    tasks: Vec<TaskOut<'a>>,
    layers: Vec<Vec<&'a str>>,
    /// Orders among so many tasks that they are not spelled out under `after`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    barriers: Vec<BarrierOut<'a>>,
    /// Set when barriers are so many that the last ones list only what they name themselves, not what that follows.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    barriers_in_part: bool,
    problems: &'a [Problem],
    ignored: Vec<IgnoredOut<'a>>,
    companions: Vec<SourceOut<'a>>,
    forecast: Vec<OverlapOut<'a>>,
    parallel: ParallelOut,
    readings: Vec<ReadingOut>,
    schedule: ScheduleOut<'a>,
    /// The shortest schedule found; that of the run unless one is strictly shorter.
    best: BestOut<'a>,
    /// How long it will take, learned from earlier runs of the repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<ExpectedOut>,
}

#[derive(Serialize)]
struct SourceOut<'a> {
    path: &'a str,
    kind: &'a str,
}

#[derive(Serialize)]
struct TaskOut<'a> {
    id: &'a str,
    key: &'a str,
    title: &'a str,
    kind: TaskKind,
    done: bool,
    optional: bool,
    file: &'a str,
    line: u32,
    /// 0 for tasks that do not run.
    layer: u32,
    estimate: Option<f64>,
    /// Minutes, learned from earlier runs where the plan gives none.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<f64>,
    group: &'a str,
    priority: u8,
    files: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
    /// How one sees that it is done.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    acceptance: &'a [String],
    needs: &'a BTreeMap<String, u32>,
    /// What its words name beyond files; tools and services become `needs` where a capacity is set.
    #[serde(skip_serializing_if = "Named::is_empty")]
    named: &'a Named,
    after: Vec<AfterOut<'a>>,
}

#[derive(Serialize)]
struct AfterOut<'a> {
    task: &'a str,
    why: &'static str,
    /// `explicit`, `order`, `files`, `data` or `tests`.
    kind: &'static str,
    at: String,
    /// What both name, where that is why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    over: Vec<&'a str>,
    /// Written, but not used, since it would close a cycle.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dropped: bool,
}

#[derive(Serialize)]
struct BarrierOut<'a> {
    before: Vec<&'a str>,
    after: Vec<&'a str>,
    why: &'static str,
    kind: &'static str,
    at: String,
}

#[derive(Serialize)]
struct IgnoredOut<'a> {
    why: &'a str,
    count: usize,
    lines: Vec<u32>,
}

#[derive(Serialize)]
struct OverlapOut<'a> {
    kind: &'static str,
    tasks: [&'a str; 2],
    paths: Vec<&'a str>,
    /// Tests that both write, things that one makes and the other uses.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    names: &'a [String],
    severity: &'static str,
    suggestion: &'a str,
}

#[derive(Serialize)]
struct ParallelOut {
    /// Time of one agent over the time of any number of agents.
    factor: f64,
    /// Share of the tasks that have another one in their layer.
    share: f64,
}

#[derive(Serialize)]
struct ExpectedOut {
    jobs: usize,
    minutes: f64,
    low: f64,
    high: f64,
    attempts: u64,
}

#[derive(Serialize)]
struct ReadingOut {
    name: &'static str,
    times: BTreeMap<String, f64>,
}

#[derive(Serialize)]
struct ScheduleOut<'a> {
    jobs: usize,
    makespan: f64,
    lower_bound: f64,
    sequential: f64,
    tasks: Vec<PlacedOut<'a>>,
}

#[derive(Serialize)]
struct BestOut<'a> {
    jobs: usize,
    makespan: f64,
    tasks: Vec<PlacedOut<'a>>,
}

#[derive(Serialize)]
struct PlacedOut<'a> {
    id: &'a str,
    start: f64,
    finish: f64,
}

/// The answer as one line of JSON, without line end.
pub fn plan_json(view: &PlanView<'_>) -> String {
    let edges = view.whole.reduced();
    let answer = PlanDocumentOut {
        format: 1,
        title: &view.plan.title,
        sources: view.plan.sources.iter().map(|s| SourceOut { path: &s.path, kind: s.kind }).collect(),
        tasks: tasks(view, &edges),
        layers: layers(view),
        barriers: edges.spans.iter().map(|span| barrier(view, span)).collect(),
        barriers_in_part: !edges.spans_whole,
        problems: &view.problems,
        ignored: ignored(view),
        companions: view.plan.companions.iter().map(|c| SourceOut { path: &c.path, kind: &c.kind }).collect(),
        forecast: forecast(view),
        parallel: parallel(view),
        readings: readings(view),
        schedule: schedule(view),
        best: best(view),
        expected: view.expected.as_ref().map(expected),
    };
    // Every value above serialises; a map with text keys and numbers cannot fail.
    serde_json::to_string(&answer).unwrap_or_default()
}

fn tasks<'a>(view: &'a PlanView<'_>, edges: &Reduced<'a>) -> Vec<TaskOut<'a>> {
    let mut tasks: Vec<TaskOut<'a>> = Vec::with_capacity(view.plan.tasks.len());
    for (n, (task, edges)) in view.plan.tasks.iter().zip(&edges.direct).enumerate() {
        let ix = view.run.graph.ix(&task.id);
        let layer = ix.map_or(0, |ix| view.run.graph.layer(ix));
        tasks.push(TaskOut {
            id: task.id.as_str(),
            key: &task.key,
            title: &task.title,
            kind: task.kind,
            done: task.done,
            optional: task.optional,
            file: &task.at.file,
            line: task.at.line,
            layer,
            estimate: task.estimate,
            expected: ix.and_then(|ix| Some(view.expected.as_ref()?.tasks[ix.index()])),
            group: &task.group,
            priority: task.priority,
            files: task.files.iter().map(|file| file.path.as_str()).collect(),
            agent: task.agent.as_deref(),
            model: task.model.as_deref(),
            role: task.role.as_deref(),
            acceptance: view.criteria.get(n).unwrap_or(&task.acceptance),
            needs: &task.needs,
            named: &task.named,
            after: edges.iter().map(|edge| after(view, task, edge)).collect(),
        });
    }
    for dropped in view.whole.dropped() {
        tasks[dropped.task.index()].after.push(AfterOut {
            task: view.whole.id(dropped.after).as_str(),
            why: dropped.origin.why.origin(),
            kind: dropped.origin.why.kind(),
            at: dropped.origin.at.to_string(),
            over: Vec::new(),
            dropped: true,
        });
    }
    tasks
}

fn after<'a>(view: &'a PlanView<'_>, task: &'a Task, edge: &TaskDependency<'_>) -> AfterOut<'a> {
    let first = &view.plan.tasks[edge.task.index()];
    let why = edge.origin.why;
    AfterOut {
        task: view.whole.id(edge.task).as_str(),
        why: why.origin(),
        kind: why.kind(),
        at: edge.origin.at.to_string(),
        over: over(why, first, task),
        dropped: false,
    }
}

/// What two tasks both name, where that is why one waits for the other.
fn over<'a>(why: Why, first: &Task, second: &'a Task) -> Vec<&'a str> {
    let paths = || {
        let shared = |path: &&str| first.files.iter().any(|file| file.path.as_str() == *path);
        let paths = second.files.iter().map(|file| file.path.as_str()).filter(shared);
        paths.filter(|path| is_test_path(path) == (why == Why::Tests)).collect::<Vec<&str>>()
    };
    match why {
        Why::Files => paths(),
        Why::Tests => paths().into_iter().chain(common(&second.named.tests, &first.named.tests)).collect(),
        Why::Data => common(&second.named.uses, &first.named.makes),
        Why::Explicit | Why::Order | Why::Phase | Why::Wave | Why::User => Vec::new(),
    }
}

fn common<'a>(of: &'a [String], among: &[String]) -> Vec<&'a str> {
    of.iter().filter(|name| among.contains(name)).map(String::as_str).collect()
}

fn barrier<'a>(view: &'a PlanView<'_>, span: &BarrierSpan<'_>) -> BarrierOut<'a> {
    let ids = |ixs: &[crate::graph::TaskIx]| ixs.iter().map(|&ix| view.whole.id(ix).as_str()).collect();
    BarrierOut {
        before: ids(&span.before),
        after: ids(&span.after),
        why: span.origin.why.origin(),
        kind: span.origin.why.kind(),
        at: span.origin.at.to_string(),
    }
}

fn layers<'a>(view: &'a PlanView<'_>) -> Vec<Vec<&'a str>> {
    let graph = &view.run.graph;
    graph.layers().iter().map(|layer| layer.iter().map(|&ix| graph.id(ix).as_str()).collect()).collect()
}

fn ignored<'a>(view: &'a PlanView<'_>) -> Vec<IgnoredOut<'a>> {
    let one = |ignored: &'a crate::plan::Ignored| IgnoredOut {
        why: &ignored.why,
        count: ignored.count,
        lines: ignored.places.iter().map(|place| place.line).collect(),
    };
    view.plan.ignored.iter().map(one).collect()
}

fn forecast<'a>(view: &'a PlanView<'_>) -> Vec<OverlapOut<'a>> {
    let graph = &view.run.graph;
    let one = |overlap: &'a crate::graph::Overlap| OverlapOut {
        kind: match overlap.kind {
            OverlapKind::File => "file",
            OverlapKind::Test => "test",
            OverlapKind::Dependency => "dependency",
        },
        tasks: overlap.tasks.map(|ix| graph.id(ix).as_str()),
        paths: overlap.paths.iter().map(|path| path.as_str()).collect(),
        names: &overlap.names,
        severity: severity_word(overlap.severity),
        suggestion: overlap.suggestion,
    };
    view.forecast.iter().map(one).collect()
}

fn parallel(view: &PlanView<'_>) -> ParallelOut {
    let graph = &view.run.graph;
    let sequential = graph.work(&view.run.load.weights);
    let bound = graph.unlimited(&view.run.load);
    let beside: usize = graph.layers().iter().map(Vec::len).filter(|count| *count > 1).sum();
    ParallelOut {
        factor: if bound > 0.0 { sequential / bound } else { 1.0 },
        share: if graph.is_empty() { 0.0 } else { beside as f64 / graph.len() as f64 },
    }
}

fn expected(it: &Expected) -> ExpectedOut {
    ExpectedOut { jobs: it.jobs, minutes: it.minutes, low: it.low, high: it.high, attempts: it.attempts }
}

fn readings(view: &PlanView<'_>) -> Vec<ReadingOut> {
    let one = |times: &crate::report::facts::plan_view::Times| {
        let mut by: BTreeMap<String, f64> = AGENTS.iter().map(usize::to_string).zip(times.by_agents).collect();
        by.insert("any".to_owned(), times.bound);
        ReadingOut { name: times.mode.name(), times: by }
    };
    view.times.iter().map(one).collect()
}

fn schedule<'a>(view: &'a PlanView<'_>) -> ScheduleOut<'a> {
    let (graph, load) = (&view.run.graph, view.load());
    let simulation = graph.simulate(&load, view.jobs);
    ScheduleOut {
        jobs: view.jobs,
        makespan: simulation.makespan,
        lower_bound: graph.shortest_possible(&load, view.jobs),
        sequential: graph.work(&load.weights),
        tasks: placed(graph, &simulation),
    }
}

fn best<'a>(view: &'a PlanView<'_>) -> BestOut<'a> {
    let found = view.run.graph.best_found(&view.load(), view.jobs);
    BestOut { jobs: view.jobs, makespan: found.makespan, tasks: placed(&view.run.graph, &found) }
}

fn placed<'a>(graph: &'a TaskGraph, simulation: &Simulation) -> Vec<PlacedOut<'a>> {
    let one = |p: &Placed| PlacedOut { id: graph.id(p.task).as_str(), start: p.start, finish: p.finish };
    simulation.schedule.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::graph::TaskSelection;
    use crate::model::FolderFiles;
    use crate::plan::{Mode, PlanEntry, Reading, read};

    #[test]
    fn programs_read() {
        let files = FolderFiles::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/plans"));
        let plan = read(&files, &PlanEntry::new("native/tasks.json"), &Reading::default());
        let view = PlanView::new(&plan, Mode::Default, &TaskSelection::default(), Some(2), &[]);
        let answer: serde_json::Value = serde_json::from_str(&plan_json(&view)).unwrap();
        assert_eq!(answer["format"], 1);
        assert_eq!(answer["layers"], serde_json::json!([["schema"], ["api"], ["page"], ["check"]]));
        assert_eq!(
            answer["tasks"][1]["after"],
            serde_json::json!([
                { "task": "schema", "why": "explicit", "kind": "explicit", "at": "native/tasks.json:6" }
            ])
        );
        assert_eq!((&answer["tasks"][3]["layer"], &answer["tasks"][3]["done"]), (&0.into(), &true.into()));
        assert_eq!(answer["schedule"]["makespan"], 80.0, "20 minutes, and as much for each without an estimate");
        assert_eq!(answer["best"]["makespan"], 80.0);
        assert_eq!(answer["schedule"]["sequential"], 80.0);
        assert_eq!(answer["readings"].as_array().unwrap().len(), 3);
        assert_eq!(answer["readings"][0]["times"]["any"], 80.0);
        assert_eq!(answer["problems"][0]["line"], 9);
    }
}
