//! Over ssh: what runs elsewhere comes to what it comes to here.

use std::collections::BTreeSet;

use git_orca::integrate::names;
use serde_json::{Value, json};

use super::Boxes;
use crate::support::TestRepo;

/// Twelve tasks in four layers: committed and uncommitted work, a deletion, a file changed by two (solved by a rule), a
/// task that only verifies.
fn plan() -> Value {
    let task = |id: &str, after: &[&str], run: &str| json!({"id": id, "after": after, "run": run});
    json!([
        task("T01", &[], "put one.txt 1"),
        task("T02", &[], "put two.txt 2; git add two.txt; git commit -qm two; put two.txt '2 more'"),
        task("T03", &[], "put dir/three.txt 3; git rm -q old.txt"),
        task("T04", &["T01"], "cat one.txt; echo 4 >> log.md; announce log.md"),
        task("T05", &["T02"], "put five.txt \"$(cat two.txt)\"; echo 5 >> log.md; announce log.md"),
        task("T06", &["T01", "T03"], "put six.txt 6"),
        json!({"id": "T07", "kind": "verify", "after": ["T04", "T05"], "run": "grep -q 4 log.md; grep -q 5 log.md"}),
        task("T08", &["T06"], "put eight.txt 8; git add eight.txt"),
        task("T09", &["T07"], "put nine.txt \"$(cat five.txt)\""),
        task("T10", &["T08"], "put dir/three.txt 33"),
        task("T11", &["T09", "T10"], "put eleven.txt \"$(cat nine.txt dir/three.txt)\""),
        task("T12", &["T11"], "cat eleven.txt eight.txt; put twelve.txt 12"),
    ])
}

pub const RULES: &str = "[gates.there]\nrun = \"test -e log.md\"\n[conflicts]\nunion = [\"log.md\"]";

pub fn begin(bed: &TestRepo) {
    bed.write("log.md", "begin\n");
    bed.write("old.txt", "old\n");
    bed.plan(plan());
    bed.commit("the beginning");
}

/// The run came to what the same plan comes to here, with nothing left in the hub.
#[track_caller]
pub fn assert_same_result(bed: &TestRepo) {
    let here = TestRepo::new();
    here.toml(RULES);
    begin(&here);
    here.execute(&["-j", "4"]).exits(0);
    let sorted = |bed: &TestRepo| {
        let mut files = bed.files(&bed.integration());
        files.remove("orca.toml");
        let log = files.get_mut("log.md").unwrap();
        let mut lines: Vec<&str> = log.split('|').collect();
        lines.sort_unstable();
        *log = lines.join("|");
        files
    };
    assert_eq!(sorted(bed), sorted(&here));
    assert_eq!(bed.landings(), here.landings());
    let left = bed.git_in(&bed.root().join("hub.git"), &["for-each-ref"]);
    assert_eq!(left, "", "nothing is left in the hub");
    bed.assert_lossless();
}

#[test]
fn a_task_on_another_host_lands() {
    let Some(boxes) = Boxes::two() else { return };
    let bed = &boxes.bed;
    bed.plan(json!([{"id": "T1", "run": "put one.txt \"$PWD\"; echo hello from there"}]));
    bed.commit("the beginning");
    bed.execute(&[]).exits(0);
    let place = bed.result("one.txt");
    assert!(place.contains("/box1/") || place.contains("/box2/"), "{place}");
    assert_eq!(boxes.hosts_of("T1").len(), 1);
    let log = bed.paths().root().join("logs/T1/1/agent.log");
    assert!(std::fs::read_to_string(log).unwrap().contains("hello from there"));
    let status: Value = serde_json::from_str(&bed.orca(&["status", "--format", "json"]).stdout).unwrap();
    assert_eq!(status["tasks"][0]["host"], json!(boxes.hosts_of("T1")[0]));
    assert_eq!(boxes.hub_refs(), Vec::<String>::new(), "nothing is left in the hub");
    bed.assert_lossless();
    bed.assert_no_processes();
    boxes.assert_quiet();
}

#[test]
fn twelve_tasks_over_two_hosts_come_to_the_tree_that_they_come_to_here() {
    let Some(boxes) = Boxes::with("executor = \"ssh\"", RULES) else { return };
    begin(&boxes.bed);
    boxes.bed.execute(&["-j", "4"]).exits(0);
    assert_same_result(&boxes.bed);
    let hosts: BTreeSet<String> = (1..=12).flat_map(|n| boxes.hosts_of(&format!("T{n:02}"))).collect();
    assert_eq!(hosts, BTreeSet::from(["box1".to_owned(), "box2".to_owned()]));
    boxes.assert_quiet();
}

#[test]
fn set_up_and_ignored_files_are_there_and_a_gate_here_sends_it_back() {
    let more = "[worktree]\nsetup = \"mkdir -p ignored; echo made > ignored/setup\"\ncopy = [\"my.secret\"]\n\
                [agents.mine]\ncommand = [\"sh\", \"work.sh\"]\n[gates.done]\nrun = \"test -e done.txt\"";
    let Some(boxes) = Boxes::with("executor = \"ssh\"", more) else { return };
    let bed = &boxes.bed;
    bed.write("my.secret", "for worktrees only\n");
    let run = "grep -q only my.secret && echo copied; cat ignored/setup; put one.txt one; if [ \"$ORCA_ATTEMPT\" = 2 ]; then put done.txt yes; fi";
    bed.write("work.sh", run);
    bed.plan(json!([{"id": "T1", "title": "do it", "details": "anything"}]));
    bed.commit("the beginning");
    bed.execute(&["--agent", "mine"]).exits(0);
    assert_eq!(bed.state().tasks[0].attempts.len(), 2);
    assert!(bed.result_has("done.txt") && !bed.result_has("my.secret"));
    let log = std::fs::read_to_string(bed.paths().root().join("logs/T1/1/agent.log")).unwrap();
    assert!(log.contains("copied") && log.contains("made"), "{log}");
    assert_eq!(boxes.files_in_hub_with("for worktrees only"), 0);
}

#[test]
fn keys_reach_the_agent_and_stay_nowhere() {
    let more = "[agents.mine]\ncommand = [\"sh\", \"work.sh\"]\nenv = [\"MY_AGENT_KEY\"]";
    let Some(boxes) = Boxes::with("executor = \"ssh\"", more) else { return };
    let bed = &boxes.bed;
    let fifo = bed.fifo("open");
    bed.write("work.sh", "test ${#MY_AGENT_KEY} = 16; echo \"key $MY_AGENT_KEY\"; block open; put one.txt one");
    bed.plan(json!([{"id": "T1", "title": "do it", "details": "anything"}]));
    bed.commit("the beginning");
    let run = bed.spawn_with(&["execute", "--yes", "--agent", "mine"], &[("MY_AGENT_KEY", "sesame-4711-open")]);
    let held = fifo.wait();
    assert_eq!(boxes.command_lines_with("sesame-4711"), Vec::<String>::new());
    assert_eq!(
        boxes.files_with("sesame-4711"),
        Vec::<std::path::PathBuf>::new(),
        "what was sent is read once, and gone"
    );
    drop(held);
    run.wait().exits(0);
    assert!(bed.result_has("one.txt"));
    let log = std::fs::read_to_string(bed.paths().root().join("logs/T1/1/agent.log")).unwrap();
    assert!(log.contains("key ") && !log.contains("sesame-4711"), "{log}");
    assert_eq!(boxes.files_with("sesame-4711"), Vec::<std::path::PathBuf>::new());
    assert_eq!(boxes.files_in_hub_with("sesame-4711"), 0);
    let kept = std::process::Command::new("grep")
        .args(["-rl", "sesame-4711"])
        .arg(bed.root().join("state"))
        .arg(bed.repo())
        .output();
    assert_eq!(String::from_utf8_lossy(&kept.unwrap().stdout), "");
}

#[test]
fn a_host_with_another_version_or_without_the_program_is_refused_with_a_sentence() {
    let Some(boxes) = Boxes::two() else { return };
    let bed = &boxes.bed;
    bed.plan(json!([{"id": "T1", "run": "put one.txt 1"}]));
    bed.commit("the beginning");
    let says = r#"{"version":"0.0.1","host":"h","git":"git version 2.39","cpus":1,"memory":1,"disk":1,"programs":{},"hub":null}"#;
    bed.program("old-orca", &format!("#!/bin/sh\ncat > /dev/null\necho '{says}'\n"));
    let old = bed.spawn_with(&["execute", "--yes"], &[("ORCA_FAR_PROGRAM", "old-orca")]).wait();
    old.exits(1).says(&["git orca is 0.0.1 there and", "install git orca"]);
    let none = bed.spawn_with(&["execute", "--yes"], &[("ORCA_FAR_PROGRAM", "no-such-orca")]).wait();
    none.exits(1).says(&["`no-such-orca` does not answer there"]);
    let none = bed.spawn_with(&["execute", "--yes"], &[("ORCA_HUB", "/nonexistent/hub.git")]).wait();
    none.exits(1).says(&["ask the hub `/nonexistent/hub.git`"]);
    assert!(bed.try_state().is_none_or(|state| state.tasks[0].attempts.is_empty()));
}

#[test]
fn only_jobs_that_this_user_signed_are_done() {
    let Some(boxes) = Boxes::two() else { return };
    let bed = &boxes.bed;
    bed.plan(json!([{"id": "T1", "run": "put one.txt 1"}]));
    bed.commit("the beginning");
    let stranger = json!({
        "version": env!("CARGO_PKG_VERSION"), "run": "20261120-1812-k3", "work": {"attempt": {"task": "T1", "n": 1}}, "hub": "/hub",
        "claim": "0123456789012345678901234567890123456789", "key": "0123456789abcdef", "secrets": {}, "copies": []
    });
    let answer = boxes.on_host("box1", &["work", "--take"], &stranger.to_string());
    assert!(answer.contains("refused: no user of this account handed out that key"), "{answer}");
    let older = json!({"version": "0.0.1", "words": "of long ago"});
    let answer = boxes.on_host("box1", &["work", "--take"], &older.to_string());
    assert!(answer.contains("refused: git orca is") && answer.contains("0.0.1 here"), "{answer}");
    // Introduced, but the job in the hub is not what was signed.
    bed.orca(&["trust", "--yes"]).exits(0);
    bed.orca(&["doctor", "--executor", "ssh"]);
    let key = boxes.known_key("box1");
    let hub = bed.root().join("hub.git");
    bed.git_in(&bed.root(), &["clone", "-q", "hub.git", "forger"]);
    let forger = bed.root().join("forger");
    for file in ["job", "info", "signature"] {
        std::fs::write(forger.join(file), "{}").unwrap();
    }
    let id = ["-c", "user.name=x", "-c", "user.email=x@x"];
    bed.git_in(&forger, &["add", "."]);
    bed.git_in(&forger, &[&id[..], &["commit", "-qm", "forged"]].concat());
    bed.git_in(&forger, &["push", "-q", "origin", "HEAD:refs/orca/far/20261120-1812-k3/T1/lease"]);
    let mut forged = stranger.clone();
    forged["claim"] = json!(bed.git_in(&forger, &["rev-parse", "HEAD"]));
    forged["key"] = json!(key);
    forged["hub"] = json!(hub.display().to_string());
    let taken = boxes.on_host("box1", &["work", "--take"], &forged.to_string());
    let work = taken.trim().strip_prefix("taken: ").expect(&taken).to_owned();
    let state = boxes.on_host("box1", &["work", "--state", &work, "--wait", "60"], "");
    assert!(state.contains("refused") && state.contains("it is not signed by this user"), "{state}");
    boxes.assert_quiet();
}

#[test]
fn doctor_says_what_hosts_are_and_have() {
    let Some(mut boxes) = Boxes::two() else { return };
    boxes.bed.commit("the beginning");
    let untrusted = boxes.bed.orca(&["doctor", "--executor", "ssh"]);
    assert!(untrusted.stdout.contains("nobody agreed to the hosts of orca.toml"), "{}", untrusted.stdout);
    boxes.bed.orca(&["trust", "--yes"]).exits(0);
    let both = boxes.bed.orca(&["doctor", "--executor", "ssh"]).stdout;
    assert!(
        both.contains("box1: git orca ") && both.contains("box2: git orca ") && both.contains("disk free"),
        "{both}"
    );
    boxes.cut(1);
    let one = boxes.bed.orca(&["doctor", "--executor", "ssh"]);
    assert!(one.stdout.contains("cannot ask `box2`") && one.stdout.contains("box1: git orca "), "{}", one.stdout);
    assert_eq!(one.code, 1);
}

#[test]
fn doctor_says_what_agents_lack_on_a_host() {
    let Some(mut boxes) = Boxes::two() else { return };
    let claude =
        "#!/bin/sh\ncase \"$1 $HOME\" in --version*) echo 2.1.9;; *box2/home) echo Not logged in; exit 1;; esac";
    boxes.bed.program("claude", claude);
    let closed = super::boxes::free_port();
    boxes.bed.set("ANTHROPIC_BASE_URL", &format!("http://127.0.0.1:{closed}"));
    boxes.bed.commit("the beginning");
    boxes.bed.orca(&["trust", "--yes"]).exits(0);
    boxes.bed.git(&["config", "orca.agent", "claude"]);
    let doctor = |boxes: &Boxes| boxes.bed.orca(&["doctor", "--executor", "ssh"]);
    let said = doctor(&boxes).exits(1).stdout;
    assert!(said.contains("PROBLEM  box2: nobody is logged in to claude there"), "{said}");
    assert!(said.contains("on box2: run claude and type /login") && !said.contains("box1: nobody"), "{said}");
    for host in ["box1", "box2"] {
        let words = format!("PROBLEM  {host}: 127.0.0.1:{closed} cannot be reached from there: ");
        assert!(said.contains(&words), "{words} in {said}");
    }
    assert!(said.contains("gates = \"ssh\" under [executors]"), "{said}");
    let listening = std::net::TcpListener::bind(("127.0.0.1", closed)).unwrap();
    assert!(!doctor(&boxes).stdout.contains("cannot be reached"), "somebody listens now");
    drop(listening);
    boxes.hide_git(1);
    let said = doctor(&boxes).stdout;
    assert!(
        said.contains("PROBLEM  box2: git orca ") && said.contains("no git") && said.contains("install git"),
        "{said}"
    );
}

#[test]
fn a_run_keeps_to_the_names_that_it_has_here() {
    let Some(boxes) = Boxes::two() else { return };
    let bed = &boxes.bed;
    bed.plan(json!([{"id": "T1", "run": "git branch stray; put one.txt 1"}]));
    bed.commit("the beginning");
    bed.execute(&[]);
    let strays = bed.git(&["for-each-ref", "--format=%(refname)", "refs/heads"]);
    let own = names::task_branch(&bed.run(), &"T1".parse().unwrap());
    assert!(!strays.contains("stray") && strays.contains(&own), "{strays}");
    let far =
        bed.git(&["for-each-ref", "--format=%(refname)", "refs/orca/far", "refs/orca/far-late", "refs/orca/far-beat"]);
    assert_eq!(far, "", "nothing of the exchange is left here");
}
