//! A plan with everything that is computed from it, for [`crate::report::machine::plan_json`] and [`crate::report::screens::plan_text`].

use crate::graph::{Overlap, Selection, SimulatedLoad, TaskGraph, TaskSelection, overlaps, select};
use crate::model::{Problem, Severity};
use crate::plan::{Mode, Plan};
use crate::schedule::{Expected, Learned};

/// Numbers of agents for which times are given.
pub const AGENTS: [usize; 4] = [1, 2, 4, 8];
/// Agents at once when nothing is said: more hardly pay (DESIGN 5).
const DEFAULT_JOBS: usize = 5;

/// Expected times under one reading.
#[derive(Debug, Clone, PartialEq)]
pub struct Times {
    /// The reading.
    pub mode: Mode,
    /// By number of agents, as [`AGENTS`].
    pub by_agents: [f64; AGENTS.len()],
    /// With any number of agents.
    pub bound: f64,
}

/// The part of a plan that runs, as a graph with its load.
#[derive(Debug)]
pub struct Runnable {
    /// What runs and what does not.
    pub selection: Selection,
    /// The graph of what runs.
    pub graph: TaskGraph,
    /// What it costs.
    pub load: SimulatedLoad,
    /// Problems of the graph.
    pub problems: Vec<Problem>,
}

impl Runnable {
    /// The part of `plan` that is `wanted`; `whole` is the graph of all its tasks.
    pub fn of(plan: &Plan, whole: &TaskGraph, wanted: &TaskSelection) -> Runnable {
        let selection = select(whole, &plan.tasks, &plan.barriers, wanted);
        let graph = if selection.left_out.is_empty() {
            whole.clone()
        } else {
            TaskGraph::build(&selection.tasks, &selection.barriers).0
        };
        let load = SimulatedLoad::new(&selection.tasks, &plan.resources);
        let problems = selection.problems.clone();
        Runnable { selection, graph, load, problems }
    }

    /// Expected times under the reading that this came from.
    pub fn times(&self, mode: Mode) -> Times {
        times(&self.graph, &self.load, mode)
    }
}

fn times(graph: &TaskGraph, load: &SimulatedLoad, mode: Mode) -> Times {
    let by_agents = AGENTS.map(|jobs| match jobs {
        1 => graph.work(&load.weights),
        jobs => graph.simulate(load, jobs).makespan,
    });
    Times { mode, by_agents, bound: graph.unlimited(load) }
}

/// Expected times of `plan`, which was read as `mode`; cheaper than a whole [`Runnable`] where everything runs.
fn times_of(plan: &Plan, wanted: &TaskSelection, mode: Mode) -> Times {
    let (whole, _) = TaskGraph::build(&plan.tasks, &plan.barriers);
    if *wanted == TaskSelection::default() && !plan.tasks.iter().any(|task| task.done || task.optional) {
        times(&whole, &SimulatedLoad::new(&plan.tasks, &plan.resources), mode)
    } else {
        Runnable::of(plan, &whole, wanted).times(mode)
    }
}

/// Everything about a plan.
#[derive(Debug)]
pub struct PlanView<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The graph of all its tasks, done and optional ones included.
    pub whole: TaskGraph,
    /// What runs.
    pub run: Runnable,
    /// Agents that the schedule is for.
    pub jobs: usize,
    /// Problems of the plan and its graph.
    pub problems: Vec<Problem>,
    /// Unordered tasks that declare the same paths.
    pub forecast: Vec<Overlap>,
    /// Times under each reading that was asked for, this plan's own first.
    pub times: Vec<Times>,
    /// How long it will take, where earlier runs tell.
    pub expected: Option<Expected>,
    /// The criteria of each task, with those of the documents around the plan; empty where nobody looked.
    pub criteria: Vec<Vec<String>>,
}

impl<'a> PlanView<'a> {
    /// The view of `plan`, read as `mode`. `others` are the same documents under other readings; none when all agree.
    pub fn new(
        plan: &'a Plan,
        mode: Mode,
        wanted: &TaskSelection,
        jobs: Option<usize>,
        others: &[(Mode, Plan)],
    ) -> PlanView<'a> {
        let (whole, graph_problems) = TaskGraph::build(&plan.tasks, &plan.barriers);
        let run = Runnable::of(plan, &whole, wanted);
        let (forecast, notes) = overlaps(&run.graph, &run.selection.tasks);
        let mut problems = plan.problems.clone();
        problems.extend(graph_problems);
        problems.extend(run.problems.clone());
        problems.extend(unmet_needs(plan));
        problems.extend(notes);
        let jobs = jobs.unwrap_or_else(|| run.graph.width(&run.load.weights).clamp(1, DEFAULT_JOBS));
        let own = run.times(mode);
        let mut times = vec![own.clone()];
        if plan.states_order {
            times.extend(Mode::ALL.into_iter().filter(|m| *m != mode).map(|m| Times { mode: m, ..own.clone() }));
        }
        times.extend(others.iter().map(|(mode, other)| times_of(other, wanted, *mode)));
        times.sort_by_key(|times| times.mode);
        PlanView { plan, whole, run, jobs, problems, forecast, times, expected: None, criteria: Vec::new() }
    }

    /// With what earlier runs teach, when `agent` does the tasks that bring no `run` text.
    pub fn with_expected(mut self, learned: &Learned, agent: &str) -> PlanView<'a> {
        let run = &self.run;
        self.expected = learned.expect(&run.graph, &run.selection.tasks, &run.load, self.jobs, agent);
        self
    }

    /// With the criteria that documents hold for each task.
    pub fn with_criteria(self, criteria: Vec<Vec<String>>) -> PlanView<'a> {
        PlanView { criteria, ..self }
    }

    /// What the run goes by: what earlier runs teach, else the plan's estimates.
    pub fn load(&self) -> SimulatedLoad {
        let mut load = self.run.load.clone();
        if let Some(expected) = &self.expected {
            load.weights.clone_from(&expected.tasks);
        }
        load
    }

    /// Whether anything stops `execute`.
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }
}

/// Tasks that need more of a resource than the plan says there is.
fn unmet_needs(plan: &Plan) -> Vec<Problem> {
    let mut problems = Vec::new();
    for task in &plan.tasks {
        for (name, amount) in &task.needs {
            if let Some(capacity) = plan.resources.get(name).filter(|capacity| *capacity < amount) {
                let what = format!("`{}` needs {amount} of `{name}`, but there is only {capacity}", task.id);
                problems.push(Problem::new(Severity::Warning, task.at.clone(), what, "it will take all of it"));
            }
        }
    }
    problems.truncate(20);
    problems
}
