//! Plans and starts of simulated runs.

use std::collections::{BTreeMap, BTreeSet};

use super::world::{Dice, oid};
use crate::journal::{FORMAT, Host, RunStarted};
use crate::model::{Edge, GateDef, GateKind, Place, RunOptions, Task, TaskId, Why};

pub(crate) fn task(n: usize, after: &[usize]) -> Task {
    let id = |n: usize| format!("T{n}").parse::<TaskId>().unwrap();
    let edge = |n: &usize| Edge { task: id(*n), why: Why::Explicit, at: Place::default() };
    Task {
        id: id(n),
        key: format!("T{n}"),
        title: format!("Task {n}"),
        kind: Default::default(),
        done: false,
        optional: false,
        at: Place::new("tasks.json", n as u32 + 1),
        group: String::new(),
        files: Vec::new(),
        needs: BTreeMap::new(),
        after: after.iter().map(edge).collect(),
        run: None,
        details: String::new(),
        acceptance: Vec::new(),
        named: crate::model::Named::default(),
        estimate: None,
        priority: 50,
        agent: None,
        model: None,
        role: None,
        candidates: None,
        labels: Vec::new(),
        pick: None,
    }
}

fn layers(tasks: &[Task]) -> Vec<u32> {
    let mut layers: Vec<u32> = Vec::new();
    for task in tasks {
        let of = |edge: &Edge| layers[edge.task.as_str()[1..].parse::<usize>().unwrap()];
        layers.push(task.after.iter().map(of).max().unwrap_or(0) + 1);
    }
    layers
}

pub(super) fn gate(name: &str) -> GateDef {
    GateDef { run: "true".into(), timeout: 60, ..GateDef::new(name.parse().unwrap(), GateKind::Command) }
}

pub(crate) fn started(tasks: Vec<Task>, options: RunOptions) -> RunStarted {
    RunStarted {
        unread: Vec::new(),
        format: FORMAT,
        run: "r1".parse().unwrap(),
        version: "0".into(),
        host: Host { host: "here".into(), pid: 1, start: 1, boot: "b".into(), space: String::new() },
        plan: crate::journal::PlanRef {
            path: "tasks.json".into(),
            paths: Vec::new(),
            kind: "orca".into(),
            digest: String::new(),
        },
        base: oid(0),
        base_tree: oid(0),
        base_name: "main".into(),
        layers: layers(&tasks),
        tasks,
        barriers: Vec::new(),
        left_out: Default::default(),
        slots: String::new(),
        marked: Vec::new(),
        left_alone: Vec::new(),
        not_chosen: Vec::new(),
        reading: None,
        tree: String::new(),
        expected: Vec::new(),
        options,
    }
}

pub(super) fn random_plan(dice: &mut Dice, n: usize) -> Vec<Task> {
    let mut tasks = Vec::new();
    for i in 0..n {
        let after: BTreeSet<usize> =
            (0..dice.below(3)).filter(|_| i > 0).map(|_| dice.below(i as u64) as usize).collect();
        let mut task = task(i, &after.into_iter().collect::<Vec<_>>());
        for name in ["a", "b", "exclusive:x"] {
            if dice.chance(20) {
                task.needs.insert(name.into(), 1);
            }
        }
        tasks.push(task);
    }
    tasks
}
