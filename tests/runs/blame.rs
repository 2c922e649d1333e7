//! Who is blamed where a merged tree is red: nobody for one red run, and not the innocent for what landed before them.

use crate::support::{Output, TestRepo, until};
use git_orca::journal::Event;
use serde_json::{Value, json};

fn gate(bed: &TestRepo, run: &str, more: &str) {
    bed.write("gate.sh", run);
    bed.toml(&format!("[gates.test]\nrun = \"sh gate.sh\"\non = \"merged\"\n{more}"));
}

/// Two tasks, whose merged tree is red once.
fn red_once(more: &str, code: i32) -> TestRepo {
    let bed = TestRepo::new();
    let once = bed.out("once");
    let run = format!(
        "test -e a.txt && test -e b.txt || exit 0\nnote ran on it\n! mkdir '{}' 2> /dev/null\n",
        once.display()
    );
    gate(&bed, &run, more);
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}, {"id": "B", "after": ["A"], "run": "put b.txt b"}]));
    bed.commit("a gate");
    bed.orca(&["execute", "--yes"]).exits(code);
    assert_eq!(bed.notes("ran").len(), 2, "it ran once more");
    bed
}

#[test]
fn what_is_red_once_and_then_green_is_flaky_and_blames_nobody() {
    let bed = red_once("", 0);
    assert_eq!(bed.standings(), "A landed, B landed");
    let said = |entry: &git_orca::journal::Entry| match &entry.event {
        Event::Noticed { what, .. } => what.contains("flaky"),
        _ => false,
    };
    assert!(bed.journal().iter().any(said));
    let bed = red_once("flaky = \"unchecked\"\n", 5);
    assert_eq!(bed.standings(), "A landed, B failed");
    let status = bed.orca(&["status", "--format", "json"]).stdout;
    assert!(status.contains("could not check it: flaky"), "{status}");
}

/// A first task that has landed before the others are through.
fn after_one<const N: usize>(others: [&str; N], run: &str) -> (TestRepo, Output) {
    let bed = TestRepo::new();
    gate(&bed, run, "");
    let go = others.map(|name| bed.fifo(name));
    let task = |id: &str| json!({"id": id.to_uppercase(), "run": format!("block {id}; put {id}.txt {id}")});
    let first = json!({"id": "A", "run": "put a.txt a"});
    let plan: Vec<Value> = [first].into_iter().chain(others.map(task)).collect();
    bed.plan(plan.into());
    bed.commit("a gate");
    let running = bed.spawn(&["execute", "--yes", "-j", &(N + 1).to_string()]);
    let held = go.each_ref().map(crate::support::Fifo::wait);
    until("the first has landed", || bed.standings().starts_with("A landed"));
    drop(held);
    let said = running.wait().exits(5);
    (bed, said)
}

#[test]
fn what_landed_first_and_alone_is_taken_out_again_when_three_are_red_on_top_of_it() {
    let (bed, said) = after_one(["b", "c", "d"], "test \"$(ls ?.txt | wc -l)\" -lt 2 || ! test -e a.txt\n");
    assert_eq!(bed.standings(), "A failed, B landed, C landed, D landed", "{}", said.stderr);
    assert!(!bed.result_has("a.txt") && bed.result_has("d.txt"));
    let log = bed.git(&["log", "--format=%B", &bed.integration()]);
    assert!(log.contains("Orca-Reverts: A"), "{log}");
    assert!(said.stderr.contains("`A` is taken out again"), "{}", said.stderr);
    assert!(bed.state().tasks[1..].iter().all(|task| task.last().unwrap().refused.is_none()));
    bed.assert_lossless();
    bed.assert_no_processes();
}

#[test]
fn what_landed_first_stays_where_the_others_are_red_without_it_too() {
    let (bed, said) = after_one(
        ["b", "c", "d"],
        "test \"$(ls ?.txt | wc -l)\" -lt 2\n! ls b.txt c.txt d.txt 2> /dev/null | grep .\n",
    );
    assert_eq!(bed.standings(), "A landed, B failed, C failed, D failed", "{}", said.stderr);
    assert!(bed.result_has("a.txt") && !bed.git(&["log", "--format=%B", &bed.integration()]).contains("Orca-Reverts"));
}

/// Two of the first three that are red are to blame as well: with each of them every batch is red, and still nobody else
/// stays out.
#[test]
fn two_more_culprits_among_the_first_that_are_red_keep_nobody_else_out() {
    let red = "test \"$(ls ?.txt | wc -l)\" -lt 2 || ! ls a.txt b.txt c.txt 2> /dev/null | grep .\n";
    let (bed, said) = after_one(["b", "c", "d", "e", "f"], red);
    let expected = "A failed, B failed, C failed, D landed, E landed, F landed";
    assert_eq!(bed.standings(), expected, "{}", said.stderr);
    assert!(["a.txt", "b.txt", "c.txt"].iter().all(|path| !bed.result_has(path)));
    bed.assert_lossless();
}
