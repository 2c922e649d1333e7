//! What holds of any graph: order, readiness, schedules, reduction, selection.

use std::collections::{BTreeMap, HashSet};

use proptest::prelude::*;

use super::super::*;
use super::{id, task};
use crate::model::{Barrier, Edge, Place, Task, TaskId, Why};

fn any_graph() -> impl Strategy<Value = (Vec<Task>, Vec<Barrier>)> {
    (2usize..24).prop_flat_map(|n| {
        let edges = proptest::collection::vec((0..n, 0..n, 0usize..4), 0..30);
        let side = || proptest::collection::vec(0..n, 1..6);
        let barriers = proptest::collection::vec((side(), side(), 0usize..4), 0..5);
        let costs = proptest::collection::vec((0u8..5, 0u8..100, 0u32..3, 0u32..3), n);
        (edges, barriers, costs).prop_map(move |(edges, barriers, costs)| {
            let whys = [Why::Explicit, Why::Phase, Why::Files, Why::User];
            let mut all: Vec<Task> = (0..n).map(|k| task(&format!("T{k}"), k as u32 + 1)).collect();
            for (k, (estimate, priority, x, y)) in costs.into_iter().enumerate() {
                all[k].estimate = Some(f64::from(estimate));
                all[k].priority = priority;
                all[k].needs = BTreeMap::from([("x".to_owned(), x), ("y".to_owned(), y)]);
                all[k].optional = priority % 5 == 0;
                all[k].done = priority % 7 == 0;
            }
            for (from, to, why) in edges {
                let task = all[from].id.clone();
                all[to].after.push(Edge { task, why: whys[why], at: Place::new("p", 1) });
            }
            let ids = |side: Vec<usize>| side.into_iter().map(|k| id(&format!("T{k}"))).collect();
            let barriers = barriers
                .into_iter()
                .map(|(b, a, why)| Barrier { before: ids(b), after: ids(a), why: whys[why], at: Place::new("p", 2) })
                .collect();
            (all, barriers)
        })
    })
}

/// The same with everything turned to point forward.
fn acyclic_graph() -> impl Strategy<Value = (Vec<Task>, Vec<Barrier>)> {
    any_graph().prop_map(|(mut tasks, mut barriers)| {
        let number = |id: &TaskId| id.as_str()[1..].parse::<usize>().unwrap();
        let edges: Vec<(usize, Edge)> = tasks
            .iter()
            .enumerate()
            .flat_map(|(to, t)| t.after.iter().map(move |e| (to, e.clone())))
            .filter(|(to, e)| number(&e.task) != *to)
            .collect();
        tasks.iter_mut().for_each(|t| t.after.clear());
        for (to, edge) in edges {
            let (low, high) = (to.min(number(&edge.task)), to.max(number(&edge.task)));
            tasks[high].after.push(Edge { task: id(&format!("T{low}")), ..edge });
        }
        for barrier in &mut barriers {
            let mut all: Vec<TaskId> = barrier.before.drain(..).chain(barrier.after.drain(..)).collect();
            all.sort_by_key(number);
            all.dedup();
            barrier.after = all.split_off(all.len() / 2);
            barrier.before = all;
        }
        (tasks, barriers)
    })
}

/// Pairs (before, after) as written.
fn pairs(tasks: &[Task], barriers: &[Barrier]) -> HashSet<(TaskId, TaskId)> {
    let mut all: HashSet<(TaskId, TaskId)> = HashSet::new();
    for task in tasks {
        all.extend(task.after.iter().map(|e| (e.task.clone(), task.id.clone())));
    }
    for barrier in barriers {
        all.extend(barrier.before.iter().flat_map(|b| barrier.after.iter().map(|a| (b.clone(), a.clone()))));
    }
    all.retain(|(a, b)| a != b);
    all
}

fn closure(graph: &TaskGraph) -> HashSet<(u32, u32)> {
    graph.all().flat_map(|ix| graph.descendants(ix).into_iter().map(move |d| (ix.0, d.0))).collect()
}

proptest! {
    #[test]
    fn the_graph_holds_every_pair_that_is_written_or_says_that_it_dropped_it((tasks, barriers) in any_graph()) {
        let (graph, problems) = TaskGraph::build(&tasks, &barriers);
        let dropped: HashSet<(TaskId, TaskId)> =
            graph.dropped().iter().map(|d| (graph.id(d.after).clone(), graph.id(d.task).clone())).collect();
        for pair in pairs(&tasks, &barriers) {
            let (a, b) = (graph.ix(&pair.0).unwrap(), graph.ix(&pair.1).unwrap());
            prop_assert!(graph.layer(a) < graph.layer(b) || dropped.contains(&pair), "{pair:?}");
        }
        for ix in graph.all() {
            for before in graph.dependencies(ix) {
                prop_assert!(graph.layer(before) < graph.layer(ix));
            }
        }
        prop_assert_eq!(dropped.is_empty(), !problems.iter().any(|p| p.what.contains("waits for")));
    }

    #[test]
    fn ready_given_agrees_with_asking_each_dependency((tasks, barriers) in any_graph(), some in any::<u32>()) {
        let (graph, _) = TaskGraph::build(&tasks, &barriers);
        let satisfied = |ix: TaskIx| some >> (ix.0 % 32) & 1 == 1;
        let ready = graph.ready_given(satisfied);
        for ix in graph.all() {
            prop_assert_eq!(ready[ix.index()], graph.dependencies(ix).into_iter().all(satisfied));
        }
    }

    #[test]
    fn schedules_are_valid_and_within_the_bound((tasks, barriers) in any_graph(), jobs in 1usize..6) {
        let (graph, _) = TaskGraph::build(&tasks, &barriers);
        let capacities = BTreeMap::from([("x".to_owned(), 2), ("y".to_owned(), 3)]);
        let load = SimulatedLoad::new(&tasks, &capacities);
        let (own, best) = (graph.simulate(&load, jobs), graph.best_found(&load, jobs));
        prop_assert!(best == own || best.makespan < own.makespan);
        prop_assert_eq!(&best, &graph.best_found(&load, jobs), "the same answer each time");
        for result in [own, best] {
            prop_assert_eq!(result.schedule.len(), tasks.len());
            prop_assert!(result.makespan >= graph.shortest_possible(&load, jobs) - 1e-9);
            let placed: BTreeMap<u32, Placed> = result.schedule.iter().map(|p| (p.task.0, *p)).collect();
            for ix in graph.all() {
                for before in graph.dependencies(ix) {
                    prop_assert!(placed[&before.0].finish <= placed[&ix.0].start);
                }
            }
            for moment in result.schedule.iter().map(|p| p.start) {
                let at = |p: &&Placed| p.start <= moment && moment < p.finish;
                let running: Vec<_> = result.schedule.iter().filter(at).collect();
                prop_assert!(running.len() <= jobs);
                for (name, capacity) in &capacities {
                    let used: u32 = running.iter().map(|p| tasks[p.task.index()].needs[name]).sum();
                    prop_assert!(used <= *capacity);
                }
            }
        }
    }

    #[test]
    fn reduction_keeps_the_order((tasks, barriers) in any_graph()) {
        let (graph, _) = TaskGraph::build(&tasks, &barriers);
        let edges = graph.reduced();
        let shown: Vec<Task> = graph.all().map(|ix| {
            let mut one = task(graph.id(ix).as_str(), 1);
            one.after = edges.direct[ix.index()].iter()
                .map(|d| Edge { task: graph.id(d.task).clone(), why: d.origin.why, at: d.origin.at.clone() }).collect();
            one
        }).collect();
        let (again, problems) = TaskGraph::build(&shown, &[]);
        prop_assert!(problems.is_empty());
        prop_assert_eq!(closure(&again), closure(&graph));
    }

    #[test]
    fn selecting_keeps_the_order_among_what_stays((tasks, barriers) in acyclic_graph()) {
        let (graph, problems) = TaskGraph::build(&tasks, &barriers);
        prop_assert!(problems.is_empty());
        let selection = select(&graph, &tasks, &barriers, &TaskSelection::default());
        let (part, problems) = TaskGraph::build(&selection.tasks, &selection.barriers);
        prop_assert!(problems.is_empty());
        // Done tasks satisfy, so orders that only run through them do not count.
        let open: Vec<Task> = tasks.iter().filter(|t| !t.done).cloned().map(|mut t| {
            t.after.retain(|e| !tasks.iter().any(|d| d.done && d.id == e.task));
            t
        }).collect();
        let live = |ids: &[TaskId]| ids.iter().filter(|i| open.iter().any(|t| t.id == **i)).cloned().collect::<Vec<_>>();
        let barriers: Vec<Barrier> = barriers.iter()
            .map(|b| Barrier { before: live(&b.before), after: live(&b.after), ..b.clone() }).collect();
        let (whole, _) = TaskGraph::build(&open, &barriers);
        for a in part.all() {
            let reached: HashSet<&TaskId> = part.descendants(a).into_iter().map(|d| part.id(d)).collect();
            let ix = whole.ix(part.id(a)).unwrap();
            let expected: HashSet<&TaskId> =
                whole.descendants(ix).into_iter().map(|d| whole.id(d)).filter(|i| part.ix(i).is_some()).collect();
            prop_assert_eq!(reached, expected);
        }
    }
}
