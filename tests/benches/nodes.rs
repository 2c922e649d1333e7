//! Two nodes against one, over ssh and over Slurm: a plan that two nodes could do in half the time. `cargo bench --bench
//! nodes`. Agents wait instead of working, so that it does not matter that all nodes are this machine.

#![expect(
    clippy::unwrap_used,
    dead_code,
    unused_imports,
    reason = "a bench that cannot set itself up has nothing to say, and takes of the tests' surroundings what it needs"
)]

#[path = "../runs/far/mod.rs"]
mod far;
mod figures;
mod stopwatch;
#[path = "../support/mod.rs"]
pub mod support;

use far::boxes::Boxes;
use far::cluster::Cluster;
use figures::figure;
use serde_json::json;
use stopwatch::timed;
use support::TestRepo;

/// Tasks, which need nobody: half of them for each place of two nodes with two places.
const TASKS: usize = 16;
/// Seconds that an agent waits.
const SECONDS: usize = 10;

fn main() {
    if let Some(boxes) = Boxes::two() {
        begin(&boxes.bed);
        let one = run(&boxes.bed, &[("ORCA_SSH_HOSTS", "box1 jobs=2")]);
        let two = run(&boxes.bed, &[]);
        told("ssh", one, two);
    }
    if let Some(cluster) = Cluster::two("") {
        begin(&cluster.bed);
        let node = |state: &str| cluster.asked("scontrol", &["update", "nodename=n2", state, "reason=bench"]);
        node("state=drain");
        let one = run(&cluster.bed, &[]);
        node("state=resume");
        let two = run(&cluster.bed, &[]);
        told("Slurm", one, two);
    }
}

fn begin(bed: &TestRepo) {
    let task = |n| json!({"id": format!("T{n}"), "run": format!("sleep {SECONDS}; put {n}.txt {n}")});
    bed.plan((0..TASKS).map(task).collect());
    bed.commit("the plan");
}

fn told(by: &str, one: f64, two: f64) {
    let bound = (TASKS * SECONDS * 1000) as f64;
    let what = format!("{by}: {TASKS} tasks of {SECONDS} s, two nodes against one");
    figure(&what, format!("{:.2}", one / two), ">= 1.9");
    let parts = format!("{:.1} s, {:.1} s", one / 1000.0, two / 1000.0);
    figure("  one node, two nodes", parts, "none");
    let over = format!("{:.2}, {:.2}", one / (bound / 2.0), two / (bound / 4.0));
    figure("  against the bound of so many places", over, "none");
}

/// Milliseconds of a run, with as many agents at once as it takes itself: as hosts have places, as a queue has patience.
fn run(bed: &TestRepo, env: &[(&str, &str)]) -> f64 {
    timed(|| drop(bed.spawn_with(&["execute", "--yes", "--new"], env).wait().exits(0)))
}
