//! Job arrays: what is ready at the same time is handed over in one call, and each element is an attempt of its own.

use git_orca::journal::FailClass;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::cluster::Cluster;
use crate::support::{Fifo, TestRepo, until};

/// What the controller has of our jobs, one a line: number, name, and the tasks of an array.
fn listed(cluster: &Cluster) -> Vec<[String; 4]> {
    let lines = cluster.asked("squeue", &["-h", "--array", "-o", "%i %F %j %k"]);
    let words = |line: &str| {
        let mut words = line.split_whitespace().map(str::to_owned);
        std::array::from_fn(|_| words.next().unwrap_or_default())
    };
    lines.lines().map(words).collect()
}

/// The element that is the attempt of a task.
fn element_of(cluster: &Cluster, task: &str) -> String {
    let jobs = listed(cluster);
    let [_, array, _, ids] = jobs.iter().find(|job| job[3].contains(&format!(".{task}."))).unwrap();
    let index = ids.split(',').position(|id| id.contains(&format!(".{task}."))).unwrap();
    format!("{array}_{index}")
}

fn classes(bed: &TestRepo, i: usize) -> Vec<Option<FailClass>> {
    let class = |it: &git_orca::journal::Attempt| it.failure().map(|(class, _)| class);
    bed.state().tasks[i].attempts.iter().map(class).collect()
}

/// Four tasks that wait for somebody at their first attempt, and one after them.
fn begin(bed: &TestRepo) -> [Fifo; 4] {
    let waits = |n: usize| {
        let run = format!("if [ \"$ORCA_ATTEMPT\" = 1 ]; then put half{n}.txt x; block f{n}; fi; put {n}.txt {n}");
        json!({"id": format!("T{n}"), "run": run})
    };
    let last = json!({"id": "T5", "after": ["T1", "T2", "T3", "T4"], "run": "put 5.txt 5"});
    bed.plan((1..=4).map(waits).chain([last]).collect::<Value>());
    // Counts what is asked of the controller.
    for program in ["sbatch", "scontrol", "squeue"] {
        let count = format!("echo {program} >> {}/calls", bed.root().display());
        bed.program(program, &format!("#!/bin/sh\n{count}\nexec /usr/bin/{program} \"$@\"\n"));
    }
    bed.commit("the beginning");
    [1, 2, 3, 4].map(|n| bed.fifo(&format!("f{n}")))
}

fn calls(bed: &TestRepo, program: &str) -> usize {
    let text = std::fs::read_to_string(bed.root().join("calls")).unwrap_or_default();
    text.lines().filter(|line| *line == program).count()
}

#[track_caller]
fn assert_all_landed(cluster: &Cluster) {
    for n in 1..=5 {
        assert_eq!(cluster.bed.landings().get(&format!("T{n}")), Some(&1), "{:?}", cluster.bed.landings());
    }
    cluster.bed.assert_lossless();
}

#[test]
fn four_at_once_are_one_array_and_one_that_is_cancelled_by_hand_is_made_again() {
    let Some(cluster) = Cluster::two("") else { return };
    let bed = &cluster.bed;
    let fifos = begin(bed);
    let running = bed.spawn(&["execute", "--yes", "-j", "4"]);
    let held: Vec<_> = fifos.iter().map(Fifo::wait).collect();
    let jobs = listed(&cluster);
    let array = format!("orca.{}.array", bed.run());
    assert!(jobs.len() == 4 && jobs.iter().all(|job| job[2] == array && job[1] == jobs[0][1]), "{jobs:?}");
    assert_eq!(calls(bed, "sbatch"), 1);
    cluster.asked("scancel", &[&element_of(&cluster, "T2")]);
    until("its attempt is made again, alone", || calls(bed, "sbatch") == 2);
    drop(held);
    running.wait().exits(0);
    let again = classes(bed, 1);
    assert!(matches!(again[..], [Some(FailClass::Stopped | FailClass::Lost), None]), "{again:?}");
    for i in [0, 2, 3, 4] {
        assert_eq!(classes(bed, i), [None], "task {i}");
    }
    assert_eq!(calls(bed, "sbatch"), 3, "who is ready alone waits for nobody, and goes alone");
    assert_all_landed(&cluster);
    cluster.assert_quiet();
}

#[test]
fn a_node_that_dies_costs_the_elements_that_ran_on_it_an_attempt() {
    let Some(mut cluster) = Cluster::two("") else { return };
    let fifos = begin(&cluster.bed);
    let running = cluster.bed.spawn(&["execute", "--yes", "-j", "4"]);
    let held: Vec<_> = fifos.iter().map(Fifo::wait).collect();
    let on_it = |node: &str| {
        let there = cluster.asked("squeue", &["-h", "--array", "-w", node, "-o", "%i"]);
        let ran = |n: &usize| there.lines().any(|it| it == element_of(&cluster, &format!("T{n}")));
        (1..=4).filter(ran).collect::<Vec<usize>>()
    };
    let lost = on_it("n1");
    assert_eq!(lost.len(), 2, "two places a node");
    cluster.kill_node("n1");
    drop(held);
    running.wait().exits(0);
    for n in 1..=4 {
        let expected = if lost.contains(&n) { vec![Some(FailClass::Lost), None] } else { vec![None] };
        assert_eq!(classes(&cluster.bed, n - 1), expected, "T{n}");
    }
    assert_all_landed(&cluster);
    until("no job works", || cluster.node_that_works().is_empty());
}

#[test]
fn killed_here_while_an_array_waits_its_elements_are_found_again_and_one_of_them_is_stopped() {
    let Some(cluster) = Cluster::two("") else { return };
    let bed = &cluster.bed;
    let fifos = begin(bed);
    let nodes = |state: &str| {
        for node in ["n1", "n2"] {
            let (node, state) = (format!("nodename={node}"), format!("state={state}"));
            assert_eq!(cluster.asked("scontrol", &["update", &node, &state, "reason=test"]), "");
        }
    };
    // Nothing begins, so that nothing can be told: the array is known to the controller alone.
    nodes("drain");
    let running = bed.spawn(&["execute", "--yes", "-j", "4"]);
    until("the array is handed over", || listed(&cluster).len() == 4);
    running.signal(Signal::SIGKILL);
    running.wait();
    let before = listed(&cluster);
    let resumed = bed.spawn(&["resume"]);
    let asked = calls(bed, "scontrol");
    until("each element is asked for", || calls(bed, "scontrol") >= asked + 8);
    assert_eq!((listed(&cluster), calls(bed, "sbatch")), (before, 1), "nothing is handed over twice");
    // One that waits is taken out; its neighbours, which wait as the same record of the controller, stay.
    let gone = element_of(&cluster, "T3");
    bed.orca(&["stop", "T3"]).exits(0);
    until("it waits no more", || listed(&cluster).iter().all(|job| job[0] != gone));
    assert_eq!(listed(&cluster).len(), 3);
    nodes("resume");
    let held = [0, 1, 3].map(|n| fifos[n].wait());
    drop(held);
    let code = resumed.wait().code;
    assert!(code != 0 && bed.landings().len() == 3, "{code} {:?}", bed.landings());
    bed.orca(&["retry", "T3", "--yes"]).exits(0);
    assert_all_landed(&cluster);
    for i in [0, 1, 3] {
        assert_eq!(classes(bed, i), [None], "task {i}");
    }
    cluster.assert_quiet();
}

#[test]
fn without_arrays_each_attempt_is_a_job_by_its_own_name() {
    let Some(cluster) = Cluster::two("[executors.slurm]\narrays = false") else { return };
    let bed = &cluster.bed;
    let fifos = begin(bed);
    let running = bed.spawn(&["execute", "--yes", "-j", "4"]);
    let held: Vec<_> = fifos.iter().map(Fifo::wait).collect();
    let jobs = listed(&cluster);
    for n in 1..=4 {
        let own = format!("orca.{}.T{n}.1.", bed.run());
        assert!(jobs.iter().any(|job| job[2].starts_with(&own) && job[0] == job[1]), "{jobs:?}");
    }
    assert_eq!(calls(bed, "sbatch"), 4);
    drop(held);
    running.wait().exits(0);
    assert_all_landed(&cluster);
    cluster.assert_quiet();
}
