//! Over Slurm: the same work, and what a cluster does to it.

use git_orca::journal::FailClass;
use nix::sys::signal::Signal;
use serde_json::json;

use super::cluster::Cluster;
use super::over_ssh::{RULES, assert_same_result, begin};
use crate::support::{TestRepo, until};

fn classes(bed: &TestRepo, i: usize) -> Vec<Option<FailClass>> {
    let class = |it: &git_orca::journal::Attempt| it.failure().map(|(class, _)| class);
    bed.state().tasks[i].attempts.iter().map(class).collect()
}

#[test]
fn twelve_tasks_as_jobs_come_to_the_tree_that_they_come_to_here() {
    let Some(cluster) = Cluster::two(RULES) else { return };
    begin(&cluster.bed);
    cluster.bed.execute(&["-j", "4"]).exits(0);
    assert_same_result(&cluster.bed);
    assert_eq!(cluster.nodes_used(), ["n1", "n2"], "both work");
    cluster.assert_quiet();
}

#[test]
fn a_node_that_does_not_reach_the_model_is_said_before_agents_start() {
    let Some(mut cluster) = Cluster::two("") else { return };
    cluster.bed.program("claude", "#!/bin/sh\ncase $1 in --version) echo 2.1.9;; auth) echo ok;; *) exit 1;; esac");
    let closed = super::boxes::free_port();
    cluster.bed.set("ANTHROPIC_BASE_URL", &format!("http://127.0.0.1:{closed}"));
    cluster.bed.git(&["config", "orca.agent", "claude"]);
    cluster.bed.plan(json!([{"id": "T1", "run": "put one.txt 1"}]));
    cluster.bed.commit("the beginning");
    cluster.bed.orca(&["trust", "--yes"]).exits(0);
    let said = cluster.bed.orca(&["doctor", "--executor", "slurm"]).stdout;
    let words = format!("a compute node: 127.0.0.1:{closed} cannot be reached from there: ");
    assert!(said.contains(&words) && said.contains("gates = \"slurm\" under [executors]"), "{said}");
    assert!(said.contains("a compute node: git orca ") && said.contains("disk free"), "{said}");
    cluster.bed.execute(&[]).exits(0).says(&[&words, "gates = \"slurm\""]);
    let _listening = std::net::TcpListener::bind(("127.0.0.1", closed)).unwrap();
    let said = cluster.bed.orca(&["doctor", "--executor", "slurm"]).stdout;
    assert!(!said.contains("cannot be reached"), "{said}");
    cluster.assert_quiet();
}

#[test]
fn a_hub_that_nobody_named_lies_where_nodes_have_the_same_home() {
    let Some(cluster) = Cluster::over(&|_| String::new(), "") else { return };
    let bed = &cluster.bed;
    bed.plan(json!([{"id": "T1", "run": "put one.txt 1"}]));
    bed.commit("the beginning");
    bed.execute(&[]).exits(0);
    assert_eq!(bed.landings().get("T1"), Some(&1));
    let hub = std::path::PathBuf::from(bed.state().info.options.far.clone().unwrap().hub);
    assert!(hub.starts_with(bed.root().join("state/git-orca/hubs")) && hub.join("HEAD").exists(), "{}", hub.display());
    // A node that has no such folder can tell nobody but by its exit code.
    let job = ["work", "--job", "/nowhere/hub.git", "refs/orca/far/20261120-1812-k3/T1/lease", "1", &"1".repeat(40)];
    let key = [("ORCA_WORK_KEY", "07".repeat(32))];
    let asked = bed.command(env!("CARGO_BIN_EXE_git-orca")).args(job).envs(key).output().unwrap();
    assert_eq!(asked.status.code(), Some(69), "{}", String::from_utf8_lossy(&asked.stderr));
    let cleaned = bed.orca(&["clean", "-f"]).exits(0).stdout;
    assert!(cleaned.contains(&format!("hub        {}", hub.display())), "{cleaned}");
    assert!(!hub.exists());
    cluster.assert_quiet();
}

#[test]
fn a_controller_that_restarts_is_waited_for_and_a_killed_run_goes_on() {
    let Some(mut cluster) = Cluster::two("") else { return };
    let fifo = cluster.bed.fifo("a");
    cluster.bed.plan(json!([{"id": "T1", "run": "block a; put one.txt 1"}]));
    cluster.bed.commit("the beginning");
    let running = cluster.bed.spawn(&["execute", "--yes"]);
    let held = fifo.wait();
    cluster.kill_controller();
    running.signal(Signal::SIGKILL);
    running.wait();
    cluster.start_controller();
    let resumed = cluster.bed.spawn(&["resume"]);
    drop(held);
    resumed.wait().exits(0);
    assert_eq!(classes(&cluster.bed, 0), [None], "the same attempt, not another");
    assert_eq!(cluster.bed.landings().get("T1"), Some(&1));
    cluster.bed.assert_lossless();
    cluster.assert_quiet();
}

#[test]
fn a_job_that_somebody_cancels_is_made_again() {
    let Some(cluster) = Cluster::two("") else { return };
    let fifo = cluster.bed.fifo("a");
    let run = "if [ \"$ORCA_ATTEMPT\" = 1 ]; then put half.txt half; block a; fi; put one.txt 1";
    cluster.bed.plan(json!([{"id": "T1", "run": run}]));
    cluster.bed.commit("the beginning");
    let running = cluster.bed.spawn(&["execute", "--yes"]);
    let _held = fifo.wait();
    let job = cluster.asked("squeue", &["-h", "-o", "%i"]);
    cluster.asked("scancel", &[&job]);
    running.wait().exits(0);
    let found = classes(&cluster.bed, 0);
    assert!(matches!(found[..], [Some(FailClass::Stopped | FailClass::Lost), None]), "{found:?}");
    assert_eq!(cluster.bed.landings().get("T1"), Some(&1));
    cluster.bed.assert_lossless();
    cluster.assert_quiet();
}

#[test]
fn a_node_that_dies_costs_an_attempt() {
    let Some(mut cluster) = Cluster::two("") else { return };
    let fifo = cluster.bed.fifo("a");
    let run = "if [ \"$ORCA_ATTEMPT\" = 1 ]; then block a; fi; put one.txt 1";
    cluster.bed.plan(json!([{"id": "T1", "run": run}]));
    cluster.bed.commit("the beginning");
    let running = cluster.bed.spawn(&["execute", "--yes"]);
    let held = fifo.wait();
    let node = cluster.node_that_works();
    cluster.kill_node(&node);
    drop(held);
    running.wait().exits(0);
    assert_eq!(classes(&cluster.bed, 0), [Some(FailClass::Lost), None]);
    assert_eq!(cluster.bed.landings().get("T1"), Some(&1));
    cluster.bed.assert_lossless();
    until("no job works", || cluster.node_that_works().is_empty());
}

#[test]
fn an_orphan_that_finishes_after_its_node_was_lost_is_kept_and_does_not_land() {
    let Some(mut cluster) = Cluster::two("") else { return };
    let (a, b) = (cluster.bed.fifo("a"), cluster.bed.fifo("b"));
    let run =
        "if [ \"$ORCA_ATTEMPT\" = 1 ]; then put half.txt half; block a; put late.txt late; else put one.txt 1; fi";
    cluster.bed.plan(json!([{"id": "T1", "run": run}, {"id": "T2", "after": ["T1"], "run": "block b; put two.txt 2"}]));
    cluster.bed.commit("the beginning");
    let running = cluster.bed.spawn(&["execute", "--yes"]);
    let held = a.wait();
    let node = cluster.node_that_works();
    // As when a node loses its network: the controller gives it up, and what runs on it knows nothing of that.
    cluster.kill_daemon(&node);
    until("it is made again elsewhere and lands", || {
        cluster.bed.try_state().is_some_and(|state| state.tasks[0].landed.is_some())
    });
    drop(held);
    let prefix = format!("refs/orca/runs/{}/left/T1/1", cluster.bed.run());
    let saved = || cluster.bed.git(&["for-each-ref", "--format=%(refname)", &prefix]);
    // It waits in the hub until the run takes it in, which may be at once.
    until("the orphan's work has come", || {
        cluster.hub_refs().iter().any(|name| name.contains("far-late")) || saved().contains("late-")
    });
    drop(b.wait());
    running.wait().exits(0);
    assert_eq!(classes(&cluster.bed, 0), [Some(FailClass::Lost), None]);
    assert_eq!(cluster.bed.landings().get("T1"), Some(&1), "exactly one result");
    assert!(cluster.bed.result_has("one.txt") && !cluster.bed.result_has("late.txt"));
    let late = saved();
    let has =
        |file: &str| late.lines().any(|name| cluster.bed.git_says(&["cat-file", "-e", &format!("{name}:{file}")]));
    assert!(has("late.txt") && has("half.txt"), "the orphan's work is among the saved work: {late}");
    assert_eq!(cluster.hub_refs(), Vec::<String>::new(), "nothing is left in the hub");
    cluster.bed.assert_lossless();
    until("no job works", || cluster.node_that_works().is_empty());
}

#[test]
#[ignore = "a minute and more: Slurm knows no shorter limit of time"]
fn a_job_whose_time_is_over_costs_an_attempt_and_no_work() {
    let Some(cluster) = Cluster::two("[executors.slurm]\nargs = [\"--time=1\", \"--signal=B:TERM@1\"]") else { return };
    let fifo = cluster.bed.fifo("a");
    let run = "if [ \"$ORCA_ATTEMPT\" = 1 ]; then put half.txt half; block a; fi; put one.txt 1";
    cluster.bed.plan(json!([{"id": "T1", "run": run}]));
    cluster.bed.commit("the beginning");
    let running = cluster.bed.spawn(&["execute", "--yes"]);
    let _held = fifo.wait();
    running.wait().exits(0);
    let found = classes(&cluster.bed, 0);
    assert!(matches!(found[..], [Some(FailClass::Stopped | FailClass::Lost), None]), "{found:?}");
    assert_eq!(cluster.bed.landings().get("T1"), Some(&1));
    cluster.bed.assert_lossless();
    cluster.assert_quiet();
}

#[test]
fn keys_are_in_no_script_and_in_no_command_line() {
    let more = "[agents.mine]\ncommand = [\"sh\", \"work.sh\"]\nenv = [\"MY_AGENT_KEY\"]";
    let Some(cluster) = Cluster::two(more) else { return };
    let bed = &cluster.bed;
    let fifo = bed.fifo("a");
    bed.write("work.sh", "test ${#MY_AGENT_KEY} = 16; test -z \"$ORCA_WORK_KEY\"; block a; put one.txt 1");
    bed.plan(json!([{"id": "T1", "title": "do it", "details": "anything"}]));
    bed.commit("the beginning");
    let running = bed.spawn_with(&["execute", "--yes", "--agent", "mine"], &[("MY_AGENT_KEY", "sesame-4711-open")]);
    let held = fifo.wait();
    let job = cluster.asked("squeue", &["-h", "-o", "%i"]);
    let script = cluster.asked("scontrol", &["write", "batch_script", &job, "-"]);
    assert!(script.contains("work") && script.contains("--job") && !script.contains("sesame"), "{script}");
    let own = std::fs::read(bed.root().join("state/git-orca/keys/far")).unwrap();
    let own: String = own.iter().map(|byte| format!("{byte:02x}")).collect();
    let listed = std::process::Command::new("ps").args(["-eo", "args"]).output().unwrap();
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(!listed.contains("sesame-4711") && !listed.contains(&own) && !script.contains(&own));
    drop(held);
    running.wait().exits(0);
    assert!(bed.result_has("one.txt"));
}
