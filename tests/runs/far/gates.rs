//! Gates that run elsewhere: the same verdicts, and none from a place that was lost or from somebody else.

use std::path::Path;

use git_orca::journal::{Event, Subject};
use git_orca::model::Verdict;
use nix::sys::signal::Signal;
use serde_json::json;

use super::Boxes;
use super::cluster::Cluster;
use super::over_ssh::{RULES, assert_same_result, begin};
use crate::support::{TestRepo, until};

/// What the gate said of attempts, in order: verdict and reason.
fn verdicts(bed: &TestRepo) -> Vec<(Verdict, String)> {
    let said = |entry: git_orca::journal::Entry| match entry.event {
        Event::Judged { subject: Subject::Attempt(_), verdict, reason, .. } => Some((verdict, reason)),
        _ => None,
    };
    bed.journal().into_iter().filter_map(said).collect()
}

/// What was noticed, in one text.
fn noticed(bed: &TestRepo) -> String {
    let said = |entry: git_orca::journal::Entry| match entry.event {
        Event::Noticed { what, .. } => Some(what),
        _ => None,
    };
    bed.journal().into_iter().filter_map(said).collect::<Vec<_>>().join("\n")
}

fn gate(run: &str) -> String {
    format!("[gates.there]\nrun = '''{run}'''\n")
}

#[test]
fn agents_work_here_while_gates_judge_on_nodes() {
    let Some(cluster) = Cluster::of_gates("attempts = 1", &gate("echo it is judged; block a; test -e good.txt")) else {
        return;
    };
    let bed = &cluster.bed;
    let fifo = bed.fifo("a");
    bed.plan(json!([
        {"id": "T1", "run": "put good.txt 1; put here.txt \"$ORCA_WORKTREE\""},
        {"id": "T2", "run": "put bad.txt 2"},
    ]));
    bed.commit("the beginning");
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let mut held = Vec::new();
    until("both gates wait on nodes", || {
        held.extend(fifo.caught());
        cluster.asked("squeue", &["-h", "-t", "RUNNING", "-o", "%j"]).lines().count() == 2
    });
    let jobs = cluster.asked("squeue", &["-h", "-o", "%j"]);
    assert!(jobs.lines().all(|name| name.contains(".gate.")), "only gates are jobs: {jobs}");
    let slots = bed.state().info.slots.clone();
    until("they are let go", || {
        held.clear();
        held.extend(fifo.caught());
        verdicts(bed).len() == 2
    });
    drop(held);
    running.wait().exits(5);
    let mut said: Vec<Verdict> = verdicts(bed).into_iter().map(|(verdict, _)| verdict).collect();
    said.sort_by_key(|verdict| verdict.word());
    assert_eq!(said, [Verdict::Fail, Verdict::Pass]);
    assert_eq!(bed.landings().get("T1"), Some(&1));
    assert_eq!(bed.landings().get("T2"), None);
    assert!(bed.result("here.txt").starts_with(&slots), "its agent worked here: {}", bed.result("here.txt"));
    let log = bed.paths().root().join("logs/T1/1/gate-there.log");
    assert!(std::fs::read_to_string(log).unwrap().contains("it is judged"), "what it printed is here");
    assert_eq!(bed.git_in(&bed.root().join("hub.git"), &["for-each-ref"]), "", "nothing is left in the hub");
    bed.assert_lossless();
    cluster.assert_quiet();
}

#[test]
fn a_gate_whose_node_dies_is_asked_on_another() {
    let Some(mut cluster) = Cluster::of_gates("", &gate("block a; test -e one.txt")) else { return };
    let fifo = cluster.bed.fifo("a");
    cluster.bed.plan(json!([{"id": "T1", "run": "put one.txt 1"}]));
    cluster.bed.commit("the beginning");
    let running = cluster.bed.spawn(&["execute", "--yes"]);
    let held = fifo.wait();
    let node = cluster.node_that_works();
    cluster.kill_node(&node);
    drop(held);
    until("it is asked again", || fifo.caught().is_some());
    running.wait().exits(0);
    assert_eq!(verdicts(&cluster.bed), [(Verdict::Pass, String::new())]);
    assert!(noticed(&cluster.bed).contains("slurm lost the gate `there`"), "{}", noticed(&cluster.bed));
    assert_eq!(cluster.bed.state().tasks[0].attempts.len(), 1, "no agent was asked again");
    assert_eq!(cluster.bed.landings().get("T1"), Some(&1));
    until("no job works", || cluster.node_that_works().is_empty());
}

#[test]
fn a_gate_that_somebody_cancels_again_and_again_is_unchecked() {
    let Some(cluster) = Cluster::of_gates("attempts = 1", &gate("block a")) else { return };
    let bed = &cluster.bed;
    let fifo = bed.fifo("a");
    bed.plan(json!([{"id": "T1", "run": "put one.txt 1"}]));
    bed.commit("the beginning");
    let mut running = bed.spawn(&["execute", "--yes"]);
    let mut held = Vec::new();
    until("nobody asks any more", || {
        held.extend(fifo.caught());
        let job = cluster.asked("squeue", &["-h", "-t", "RUNNING", "-o", "%i"]);
        if !held.is_empty() && !job.is_empty() {
            cluster.asked("scancel", &[&job]);
            held.clear();
        }
        running.has_ended()
    });
    running.wait().exits(5);
    let said = verdicts(bed);
    assert!(matches!(&said[..], [(Verdict::Unchecked, why)] if why.contains("lost 3 times")), "{said:?}");
    assert_eq!(bed.landings().get("T1"), None, "it is no pass");
    cluster.assert_quiet();
}

#[test]
fn both_attempts_and_gates_over_ssh_come_to_the_tree_that_they_come_to_here() {
    let hub = |root: &Path| format!("gates = \"ssh\"\nhub = \"{}\"", root.join("hub.git").display());
    let Some(boxes) = Boxes::over(&hub, "executor = \"ssh\"", RULES) else { return };
    begin(&boxes.bed);
    boxes.bed.execute(&["-j", "4"]).exits(0);
    assert_same_result(&boxes.bed);
    boxes.assert_quiet();
}

fn gates_over_ssh(gate: &str) -> Option<Boxes> {
    let hub = |root: &Path| format!("gates = \"ssh\"\nhub = \"{}\"", root.join("hub.git").display());
    Boxes::over(&hub, "attempts = 1", gate)
}

/// The lease of the only gate in the hub.
fn lease(boxes: &Boxes) -> String {
    boxes
        .hub_refs()
        .into_iter()
        .find(|name| name.starts_with("refs/orca/far-gates/") && name.ends_with("/lease"))
        .unwrap()
}

#[test]
fn a_verdict_that_its_host_did_not_sign_does_not_count() {
    let Some(boxes) = gates_over_ssh(&gate("block a; test -e good.txt")) else { return };
    let bed = &boxes.bed;
    let fifo = bed.fifo("a");
    bed.plan(json!([{"id": "T1", "run": "put bad.txt 1"}]));
    bed.commit("the beginning");
    let running = bed.spawn(&["execute", "--yes"]);
    let held = fifo.wait();
    // Somebody who may push to the hub says that it passed.
    let hub = bed.root().join("hub.git");
    let commit = bed.state().tasks[0].last().unwrap().result().unwrap().to_string();
    let verdict = json!({"commit": commit, "verdict": "pass", "reason": "", "findings": [], "measured": {},
                         "seconds": 0.1, "log": ""});
    let word = json!({"judged": [verdict.to_string(), "0".repeat(64)]});
    std::fs::write(bed.root().join("told"), format!("{word}\n")).unwrap();
    let blob = bed.git_in(&hub, &["hash-object", "-w", &bed.root().join("told").display().to_string()]);
    let index = bed.root().join("forged-index");
    let git = |args: &[&str]| {
        let mut command = bed.command("git");
        command.current_dir(&hub).env("GIT_INDEX_FILE", &index).args(args);
        for name in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{name}_NAME"), "x").env(format!("GIT_{name}_EMAIL"), "x@x");
        }
        String::from_utf8_lossy(&command.output().unwrap().stdout).trim().to_owned()
    };
    git(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},told")]);
    let tree = git(&["write-tree"]);
    let name = lease(&boxes);
    until("the lease is forged", || {
        let tip = git(&["rev-parse", &name]);
        let forged = git(&["commit-tree", "-m", "forged", "-p", &tip, &tree]);
        git(&["update-ref", &name, &forged, &tip]);
        git(&["rev-parse", &name]) == forged
    });
    until("whoever had the lease gives up", || boxes.command_lines_with("block a").is_empty());
    drop(held);
    until("it is asked again", || fifo.caught().is_some());
    running.wait().exits(5);
    let said = verdicts(bed);
    assert!(matches!(&said[..], [(Verdict::Fail, _)]), "{said:?}");
    assert!(noticed(bed).contains("its host did not sign"), "{}", noticed(bed));
    assert_eq!(bed.landings().get("T1"), None);
    boxes.assert_quiet();
}

#[test]
fn killed_here_in_the_middle_of_a_gate_it_is_asked_again() {
    let Some(boxes) = gates_over_ssh(&gate("block a; test -e one.txt")) else { return };
    let bed = &boxes.bed;
    let fifo = bed.fifo("a");
    bed.plan(json!([{"id": "T1", "run": "put one.txt 1"}]));
    bed.commit("the beginning");
    let running = bed.spawn(&["execute", "--yes"]);
    let held = fifo.wait();
    running.signal(Signal::SIGKILL);
    running.wait();
    let first = lease(&boxes);
    let before = bed.git_in(&bed.root().join("hub.git"), &["rev-parse", &first]);
    let resumed = bed.spawn(&["resume"]);
    until("its lease is another's", || {
        let hub = bed.root().join("hub.git");
        let merged = bed.git_in(&hub, &["rev-list", "--count", &format!("{first}..{before}")]);
        merged != "0"
    });
    drop(held);
    // Whoever waits there: the one that has lost its lease and does not know yet, then the other.
    until("it has landed", || {
        drop(fifo.caught());
        !bed.landings().is_empty()
    });
    resumed.wait().exits(0);
    assert_eq!(verdicts(bed), [(Verdict::Pass, String::new())], "one verdict, not two");
    assert_eq!(bed.landings().get("T1"), Some(&1));
    assert_eq!(boxes.hub_refs(), Vec::<String>::new());
    boxes.assert_quiet();
    bed.assert_lossless();
}
