//! What is derived from a run's start, once and again when its plan is changed: the graph, the weights, the order of preference.

use std::sync::Arc;

use crate::graph::{TaskGraph, TaskIx, estimated};
use crate::journal::RunStarted;
use crate::model::{Candidates, PickMode, Role, TaskKind, Tdd};

/// Prefix of resources that stand for exclusive paths. They are held from a task's start until it has landed, since a
/// second change of such a path must be made on top of the first.
pub const EXCLUSIVE: &str = "exclusive:";

/// The agent that executes `run` texts. It asks no model and uses no tokens.
pub const SCRIPT: &str = "script";

/// The agent that stands for a person's own commit.
pub const PERSON: &str = "person";

/// The phases, in their order.
pub const PHASES: [Role; 4] = [Role::Design, Role::Test, Role::Code, Role::Refactor];

/// Who makes the attempts of a task that are made at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contest<'a> {
    /// The agents, two at least.
    pub agents: Vec<&'a str>,
    /// How one of the attempts is chosen.
    pub pick: PickMode,
}

/// The course of a run: the same until its plan is changed.
#[derive(Debug)]
pub struct RunContext {
    /// What the run was told.
    pub info: Arc<RunStarted>,
    /// Its graph; positions are those of `info.tasks`.
    pub graph: TaskGraph,
    /// Positions in order of preference: longest remaining path, then priority, then the plan's order.
    pub preference: Vec<TaskIx>,
    /// Longest remaining path of each task, its own weight included.
    pub tails: Vec<f64>,
    /// Tasks that only a person can do.
    pub people: Vec<bool>,
}

impl RunContext {
    /// The course of a run that was started with `info`.
    pub fn new(info: Arc<RunStarted>) -> RunContext {
        let (graph, _) = TaskGraph::build(&info.tasks, &info.barriers);
        let weights = weights(&info);
        let tails = graph.tails(&weights);
        let mut preference: Vec<TaskIx> = (0..info.tasks.len()).map(|i| TaskIx(i as u32)).collect();
        preference.sort_by(|a, b| {
            let (ta, tb) = (&info.tasks[a.index()], &info.tasks[b.index()]);
            tails[b.index()].total_cmp(&tails[a.index()]).then(tb.priority.cmp(&ta.priority)).then(a.cmp(b))
        });
        let people =
            info.tasks.iter().map(|task| super::people::needs_person(task, info.options.judged_by_exit)).collect();
        RunContext { info, graph, preference, tails, people }
    }

    /// The agent of a task: `script` for one that brings its own `run` text, else the one it names, else the run's.
    pub fn agent(&self, i: usize) -> &str {
        let task = &self.info.tasks[i];
        if task.run.is_some() { SCRIPT } else { task.agent.as_deref().unwrap_or(&self.info.options.agent) }
    }

    /// The agent that does a task in this role: a phase may have one of its own.
    pub fn agent_for(&self, i: usize, role: Role) -> &str {
        if role == Role::Resolve {
            return self.resolver(i).unwrap_or_default();
        }
        let options = &self.info.options;
        let own = options.roles.get(&role).and_then(|pool| pool.agent.as_deref());
        own.filter(|_| self.is_staged(i)).unwrap_or_else(|| self.agent(i))
    }

    /// The agent that merges for a task: that of `[roles.resolve]`, else the task's own, where that is one that can.
    pub fn resolver(&self, i: usize) -> Option<&str> {
        let own = Some(self.agent(i)).filter(|agent| *agent != SCRIPT && !agent.is_empty());
        let options = &self.info.options;
        options.roles.get(&Role::Resolve).and_then(|pool| pool.agent.as_deref()).or(own)
    }

    /// Whether a task is done in phases: it changes something, and an agent does it.
    pub fn is_staged(&self, i: usize) -> bool {
        let task = &self.info.tasks[i];
        let by_agent = task.run.is_none() && !self.people[i];
        self.info.options.tdd == Tdd::Staged && task.kind == TaskKind::Change && by_agent
    }

    /// Who makes the attempts of a task at once, where several do: an agent changes something, not in phases. Where only tests
    /// are written, or a command is run, there is nothing to choose by.
    pub fn contest(&self, i: usize) -> Option<Contest<'_>> {
        let (task, options) = (&self.info.tasks[i], &self.info.options);
        let candidates = task.candidates.as_ref().unwrap_or(&options.candidates);
        let by_agent = task.run.is_none() && !self.people[i];
        if candidates.how_many() < 2 || !by_agent || task.kind != TaskKind::Change || self.is_staged(i) {
            return None;
        }
        let agents = match candidates {
            Candidates::Count(n) => vec![self.agent(i); *n as usize],
            Candidates::Agents(agents) => agents.iter().map(String::as_str).collect(),
        };
        Some(Contest { agents, pick: task.pick.unwrap_or(options.pick) })
    }

    /// Whom an agent asks; empty for `script`, which asks nobody.
    pub fn provider<'a>(&'a self, agent: &'a str) -> &'a str {
        match self.info.options.agents.get(agent) {
            _ if agent == SCRIPT => "",
            Some(def) => def.provider.as_deref().unwrap_or(agent),
            None => agent,
        }
    }
}

/// Minutes by task: as expected from earlier runs, else as the plan estimates them.
pub fn weights(info: &RunStarted) -> Vec<f64> {
    if info.expected.len() == info.tasks.len() { info.expected.clone() } else { estimated(&info.tasks) }
}
