//! List scheduling by longest remaining path: what a run would do if every task took as long as estimated.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

use super::project::{self, Project, Starts};
use super::task_graph::TaskGraph;
use super::task_ix::TaskIx;
use crate::model::Task;

/// What tasks cost, need and matter; by task, in the graph's order.
#[derive(Debug, Clone, Default)]
pub struct SimulatedLoad {
    /// Minutes, as [`estimated`].
    pub weights: Vec<f64>,
    /// 0–100, higher first among equal remaining paths.
    pub priorities: Vec<u8>,
    /// Index into `classes`.
    class_of: Vec<u32>,
    /// Distinct needs: (resource, amount), each at most the capacity.
    classes: Vec<Vec<(u32, u32)>>,
    /// By resource.
    capacities: Vec<u32>,
}

impl SimulatedLoad {
    /// The load of `tasks` with resource `capacities`. A resource without capacity has 1; a need above the capacity
    /// counts as all of it, so that every task can run.
    pub fn new(tasks: &[Task], capacities: &BTreeMap<String, u32>) -> SimulatedLoad {
        let mut load = SimulatedLoad { weights: estimated(tasks), ..SimulatedLoad::default() };
        let mut names: HashMap<&str, u32> = HashMap::new();
        let mut classes: HashMap<Vec<(u32, u32)>, u32> = HashMap::new();
        for task in tasks {
            load.priorities.push(task.priority);
            let mut needs = Vec::with_capacity(task.needs.len());
            for (name, &amount) in task.needs.iter().filter(|(_, amount)| **amount > 0) {
                let next = names.len() as u32;
                let resource = *names.entry(name).or_insert(next);
                if resource == next {
                    load.capacities.push(capacities.get(name).copied().unwrap_or(1).max(1));
                }
                needs.push((resource, amount.min(load.capacities[resource as usize])));
            }
            let next = classes.len() as u32;
            load.class_of.push(*classes.entry(needs).or_insert(next));
        }
        load.classes = vec![Vec::new(); classes.len()];
        for (needs, class) in classes {
            load.classes[class as usize] = needs;
        }
        load
    }
}

/// Minutes by task as the plan estimates them; a task without an estimate counts as the mean of the others, or as 1 where
/// nothing is estimated.
pub fn estimated(tasks: &[Task]) -> Vec<f64> {
    let given = |task: &Task| task.estimate.filter(|minutes| minutes.is_finite() && *minutes >= 0.0);
    let (mut sum, mut count) = (0.0, 0u32);
    for minutes in tasks.iter().filter_map(given).filter(|minutes| *minutes > 0.0) {
        (sum, count) = (sum + minutes, count + 1);
    }
    let mean = if count > 0 { sum / f64::from(count) } else { 1.0 };
    tasks.iter().map(|task| given(task).unwrap_or(mean)).collect()
}

/// One task of a [`Simulation`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    /// The task.
    pub task: TaskIx,
    /// When it starts, from 0.
    pub start: f64,
    /// When it ends.
    pub finish: f64,
}

/// A schedule, ordered by start.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Simulation {
    /// Every task once.
    pub schedule: Vec<Placed>,
    /// When the last task ends.
    pub makespan: f64,
}

/// Classes of needs looked at for one start. Real plans have a handful; this bounds hostile ones.
const MAX_LOOKED_AT: usize = 1_000;

/// A ready task; the greatest goes first.
#[derive(Clone, Copy, PartialEq)]
struct ReadyTask {
    tail: f64,
    priority: u8,
    node: u32,
}

impl Eq for ReadyTask {}

impl Ord for ReadyTask {
    fn cmp(&self, other: &ReadyTask) -> Ordering {
        let key = |ready: &ReadyTask| (ready.priority, Reverse(ready.node));
        self.tail.total_cmp(&other.tail).then_with(|| key(self).cmp(&key(other)))
    }
}

impl PartialOrd for ReadyTask {
    fn partial_cmp(&self, other: &ReadyTask) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A running task by its end; the earliest is the greatest.
#[derive(PartialEq)]
struct Running {
    finish: f64,
    node: u32,
}

impl Eq for Running {}

impl Ord for Running {
    fn cmp(&self, other: &Running) -> Ordering {
        other.finish.total_cmp(&self.finish).then(other.node.cmp(&self.node))
    }
}

impl PartialOrd for Running {
    fn partial_cmp(&self, other: &Running) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The state of one simulation.
struct Floor<'a> {
    graph: &'a TaskGraph,
    load: &'a SimulatedLoad,
    tails: Vec<f64>,
    missing: Vec<u32>,
    /// Ready tasks by class of needs, so that a class that does not fit is looked at once, not task by task.
    ready: Vec<BinaryHeap<ReadyTask>>,
    /// The best ready task of each class that has one.
    heads: BTreeSet<ReadyTask>,
    free: Vec<u32>,
    running: BinaryHeap<Running>,
}

impl Floor<'_> {
    /// Something ended (or never had to wait): what waited only for it is ready now.
    fn release(&mut self, node: u32) {
        let mut todo = vec![node];
        while let Some(node) = todo.pop() {
            for &(next, _) in self.graph.network.after(node) {
                self.missing[next as usize] -= 1;
                if self.missing[next as usize] == 0 {
                    if self.graph.is_task(next) { self.enqueue(next) } else { todo.push(next) }
                }
            }
        }
    }

    fn class(&self, node: u32) -> usize {
        self.load.class_of[node as usize] as usize
    }

    fn enqueue(&mut self, node: u32) {
        let ready = ReadyTask { tail: self.tails[node as usize], priority: self.load.priorities[node as usize], node };
        let class = &mut self.ready[self.load.class_of[node as usize] as usize];
        if class.peek().is_none_or(|head| *head < ready) {
            if let Some(head) = class.peek() {
                self.heads.remove(head);
            }
            self.heads.insert(ready);
        }
        class.push(ready);
    }

    /// The best ready task whose needs are free.
    fn next(&mut self) -> Option<u32> {
        let fits =
            |node: u32| self.load.classes[self.class(node)].iter().all(|&(r, amount)| self.free[r as usize] >= amount);
        let best = self.heads.iter().rev().take(MAX_LOOKED_AT).find(|ready| fits(ready.node)).copied()?;
        self.heads.remove(&best);
        let class = self.class(best.node);
        self.ready[class].pop();
        self.heads.extend(self.ready[class].peek());
        Some(best.node)
    }

    fn take(&mut self, node: u32, now: f64) -> Placed {
        for &(resource, amount) in &self.load.classes[self.class(node)] {
            self.free[resource as usize] -= amount;
        }
        let finish = now + self.load.weights[node as usize].max(0.0);
        self.running.push(Running { finish, node });
        Placed { task: TaskIx(node), start: now, finish }
    }

    /// Ends everything that ends first; returns when that is.
    fn advance(&mut self) -> Option<f64> {
        let now = self.running.peek()?.finish;
        while let Some(first) = self.running.peek().filter(|first| first.finish <= now) {
            let node = first.node;
            self.running.pop();
            for &(resource, amount) in &self.load.classes[self.class(node)] {
                self.free[resource as usize] += amount;
            }
            self.release(node);
        }
        Some(now)
    }
}

impl TaskGraph {
    /// Schedules every task on `jobs` agents (at least 1): whenever one is free, the ready task with the longest
    /// remaining path whose needs are free, taken all at once, starts. Ties: priority, then order of the plan.
    pub fn simulate(&self, load: &SimulatedLoad, jobs: usize) -> Simulation {
        let nodes = self.network.len() as u32;
        let mut floor = Floor {
            graph: self,
            load,
            tails: self.node_tails(&load.weights),
            missing: (0..nodes).map(|node| self.network.before(node).len() as u32).collect(),
            ready: load.classes.iter().map(|_| BinaryHeap::new()).collect(),
            heads: BTreeSet::new(),
            free: load.capacities.clone(),
            running: BinaryHeap::new(),
        };
        for node in (0..nodes).filter(|&node| self.network.before(node).is_empty()) {
            if self.is_task(node) { floor.enqueue(node) } else { floor.release(node) }
        }
        let mut result = Simulation { schedule: Vec::with_capacity(self.len()), makespan: 0.0 };
        let mut now = 0.0;
        loop {
            while floor.running.len() < jobs.max(1)
                && let Some(node) = floor.next()
            {
                let placed = floor.take(node, now);
                result.makespan = result.makespan.max(placed.finish);
                result.schedule.push(placed);
            }
            match floor.advance() {
                Some(at) => now = at,
                None => return result,
            }
        }
    }

    /// The shortest schedule that is found within the limits of the search (so many starts, so many steps): that of [`TaskGraph::simulate`] unless
    /// a strictly shorter one is.
    pub fn best_found(&self, load: &SimulatedLoad, jobs: usize) -> Simulation {
        let own = self.simulate(load, jobs);
        let project = self.project(load, jobs);
        let mut first = Starts { at: vec![0.0; self.network.len()], makespan: own.makespan };
        own.schedule.iter().for_each(|placed| first.at[placed.task.index()] = placed.start);
        for &node in self.order.iter().filter(|node| !self.is_task(**node)) {
            let end = |before: u32| first.at[before as usize] + project.durations[before as usize];
            first.at[node as usize] = self.network.before(node).iter().map(|(n, _)| end(*n)).fold(0.0, f64::max);
        }
        let best = project::search(&project, first, self.shortest_possible(load, jobs));
        if best.makespan >= own.makespan {
            return own;
        }
        let placed = |node: u32| {
            let start = best.at[node as usize];
            Placed { task: TaskIx(node), start, finish: start + project.durations[node as usize] }
        };
        let mut schedule: Vec<Placed> = (0..self.len() as u32).map(placed).collect();
        schedule.sort_by(|a, b| a.start.total_cmp(&b.start).then(a.task.cmp(&b.task)));
        Simulation { schedule, makespan: best.makespan }
    }

    /// No schedule on `jobs` agents is shorter: neither the longest path nor the work of any resource allows it.
    pub fn shortest_possible(&self, load: &SimulatedLoad, jobs: usize) -> f64 {
        let mut work = vec![0.0; load.capacities.len()];
        for (weight, class) in load.weights.iter().zip(&load.class_of) {
            for &(resource, amount) in &load.classes[*class as usize] {
                work[resource as usize] += weight.max(0.0) * f64::from(amount);
            }
        }
        let resources = work.iter().zip(&load.capacities).map(|(work, capacity)| work / f64::from(*capacity));
        resources.fold(self.lower_bound(&load.weights, jobs), f64::max)
    }

    /// Joints take no time and need nothing; agents are one more resource where there are fewer of them than tasks.
    fn project(&self, load: &SimulatedLoad, jobs: usize) -> Project {
        let nodes = self.network.len() as u32;
        let agents = Some(jobs.max(1) as u32).filter(|jobs| (*jobs as usize) < self.len());
        let capacities: Vec<u32> = load.capacities.iter().copied().chain(agents).collect();
        let mut needs = vec![0; nodes as usize * capacities.len()];
        for node in 0..self.len() {
            let own = &mut needs[node * capacities.len()..][..capacities.len()];
            load.classes[load.class_of[node] as usize].iter().for_each(|(resource, n)| own[*resource as usize] = *n);
            agents.iter().for_each(|_| own[load.capacities.len()] = 1);
        }
        let near = |of: &dyn Fn(u32) -> Vec<u32>| (0..nodes).map(of).collect::<Vec<_>>();
        let weight = |node: u32| load.weights.get(node as usize).copied().filter(|it| *it > 0.0).unwrap_or(0.0);
        Project {
            durations: (0..nodes).map(weight).collect(),
            needs,
            capacities,
            before: near(&|node| self.network.before(node).iter().map(|(n, _)| *n).collect()),
            after: near(&|node| self.network.after(node).iter().map(|(n, _)| *n).collect()),
            order: self.order.clone(),
        }
    }

    /// The time with any number of agents: the critical path, unless resources hold tasks back.
    pub fn unlimited(&self, load: &SimulatedLoad) -> f64 {
        if load.classes.iter().all(Vec::is_empty) {
            self.lower_bound(&load.weights, usize::MAX)
        } else {
            self.simulate(load, self.len().max(1)).makespan
        }
    }

    /// The fewest agents that reach the time that any number of them would (within 1 %), and that time.
    ///
    /// List scheduling is not strictly monotone in the number of agents, hence the tolerance.
    pub fn useful_jobs(&self, load: &SimulatedLoad) -> (usize, f64) {
        let most = self.width(&load.weights).max(1);
        let best = self.unlimited(load);
        let enough = |jobs: usize| self.simulate(load, jobs).makespan <= best * 1.01;
        let (mut low, mut high) = (0, most);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if enough(middle) { high = middle } else { low = middle }
        }
        (high, best)
    }
}
