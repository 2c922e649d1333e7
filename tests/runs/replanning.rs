//! The plan is edited while a run goes: shown, taken in at the next decision, taken back; nothing of it without a person.

use crate::support::{Output, TestRepo, until};
use git_orca::journal::RunState;
use serde_json::{Value, json};

/// What is shown: on stdout, whatever becomes of it.
fn shows(output: &Output, lines: &[&str]) {
    for line in lines {
        assert!(output.stdout.contains(line), "{line}\n{}", output.stdout);
    }
}

fn landed(state: &RunState, task: &str) -> bool {
    state.task(&task.parse().unwrap()).is_some_and(|facts| facts.landed.is_some())
}

fn task(id: &str, after: &[&str], run: &str) -> Value {
    json!({"id": id, "after": after, "run": run})
}

#[test]
fn an_edit_is_shown_and_taken_in_while_the_run_goes() {
    let bed = TestRepo::new();
    let a = task("A", &[], "block a; put a.txt a");
    bed.plan(json!([
        a,
        task("B", &["A"], "put b.txt b"),
        task("C", &["B"], "put c.txt c"),
        task("D", &["A"], "put d.txt d")
    ]));
    bed.commit("plan");
    let gate = bed.fifo("a");
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let held = gate.wait();
    shows(&bed.orca(&["replan"]).exits(0), &["the plan is as run", "has it"]);
    // A has begun; B says something else; C waits for E; D is gone; E is new and needs nothing.
    bed.plan(json!([
        task("A", &[], "put other.txt a"),
        task("B", &["A"], "put b.txt better"),
        task("C", &["B", "E"], "cat e.txt; put c.txt c"),
        task("E", &[], "put e.txt e"),
    ]));
    let shown = bed.orca(&["replan", "--dry-run"]).exits(0);
    shows(
        &shown,
        &[
            "+ E",
            "~ B  runs another text",
            "runs: put b.txt better",
            "~ C  runs another text; now waits for E",
            "- D  is no longer in the plan",
            "= A  changed in the plan",
        ],
    );
    bed.orca(&["replan"]).exits(2).says(&["nothing was changed", "git orca replan --yes"]);
    assert_eq!(bed.state().tasks.len(), 4, "shown only");
    bed.orca(&["replan", "--yes"]).exits(0).says(&["taken in", "git orca replan --undo"]);
    until("what is new runs beside what has begun", || landed(&bed.state(), "E"));
    shows(&bed.orca(&["replan", "--dry-run"]).exits(0), &["nothing in the plan can still be taken in", "= A"]);
    drop(held);
    running.wait().exits(0).says(&["E  added to the plan", "D  removed from"]);
    assert_eq!(bed.standings(), "A landed, B landed, C landed, D skipped, E landed");
    assert_eq!((bed.result("b.txt").as_str(), bed.result("a.txt").as_str()), ("better", "a"));
    bed.assert_lossless();
}

#[test]
fn what_was_taken_in_is_taken_back_as_far_as_it_has_not_begun() {
    let bed = TestRepo::new();
    let (a, b) = (task("A", &[], "block a; put a.txt a"), task("B", &["A"], "put b.txt b"));
    bed.plan(json!([a, b]));
    bed.commit("plan");
    let gate = bed.fifo("a");
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let held = gate.wait();
    bed.plan(json!([a, task("N", &[], "put n.txt n"), task("C", &["A"], "put c.txt c")]));
    bed.orca(&["replan", "--yes"]).exits(0);
    until("N has landed", || landed(&bed.state(), "N"));
    let undo = bed.orca(&["replan", "--undo", "--yes"]).exits(0);
    shows(&undo, &["taking the latest change of the plan back", "~ B  as it was before", "- C  came with that change"]);
    bed.orca(&["replan", "--undo", "--yes"]).exits(2).says(&["was not changed while"]);
    drop(held);
    running.wait().exits(0);
    assert_eq!(bed.standings(), "A landed, B landed, N landed, C skipped");
}

#[test]
fn a_task_that_the_plan_has_no_longer_is_no_failure_but_one_that_a_person_leaves_out_is() {
    let bed = TestRepo::new();
    let (a, b) = (task("A", &[], "block a; put a.txt a"), task("B", &["A"], "put b.txt b"));
    bed.plan(json!([a, b, task("C", &["A"], "put c.txt c"), task("D", &["A"], "put d.txt d")]));
    bed.commit("plan");
    let gate = bed.fifo("a");
    let running = bed.spawn(&["execute", "--yes"]);
    let held = gate.wait();
    bed.plan(json!([a, b, task("D", &["A"], "put d.txt d")]));
    bed.orca(&["replan", "--yes"]).exits(0);
    bed.orca(&["skip", "D"]).exits(0);
    until("D is left out", || bed.state().task(&"D".parse().unwrap()).is_some_and(|facts| facts.skipped));
    drop(held);
    running.wait().exits(4);
    assert_eq!(bed.standings(), "A landed, B landed, C skipped, D skipped");
    // With D gone from the plan, too, nobody misses anything: what was skipped stays a person's word.
    bed.plan(json!([a, b]));
    bed.orca(&["replan", "--yes"]);
    assert_eq!(bed.state().task(&"D".parse().unwrap()).map(|facts| facts.dropped), Some(false));
}

#[test]
fn a_run_of_which_nothing_but_dropped_tasks_is_left_ends_well_when_it_goes_on() {
    let bed = TestRepo::new();
    bed.plan(json!([task("A", &[], "put a.txt a"), task("B", &["A"], "exit 3"), task("C", &["B"], "put c.txt c")]));
    bed.commit("plan");
    bed.orca(&["execute", "--yes", "--only", "A"]).exits(0);
    bed.plan(json!([task("A", &[], "put a.txt a"), task("N", &["A"], "put n.txt n"), task("M", &[], "put m.txt m")]));
    bed.orca(&["replan", "--yes"]).exits(0);
    bed.plan(json!([task("A", &[], "put a.txt a"), task("M", &[], "put m.txt m")]));
    bed.orca(&["replan", "--yes"]).exits(0);
    bed.orca(&["resume"]).exits(0);
    assert_eq!(bed.standings(), "A landed, N skipped, M landed");
}

#[test]
fn groups_of_a_markdown_plan_are_put_in_another_order_and_lines_that_only_moved_are_no_change() {
    let bed = TestRepo::new();
    bed.toml("[run]\nagent = \"say\"\n[agents.say]\ncommand = [\"sh\", \"-c\", \"if [ $ORCA_TASK = T001 ]; then block go; fi; put $ORCA_TASK.txt x\"]\n");
    let plan = |one: &str, two: &str| {
        format!(
            "# Tasks\n\n## Phase 1: {one}\n- [ ] T001 first `a.txt`\n\n## Phase 2: {two}\n- [ ] T002 second `b.txt`\n- [ ] T003 [P] third `c.txt`\n"
        )
    };
    bed.write("specs/001-x/tasks.md", &plan("Setup", "Foundational"));
    bed.commit("plan");
    let gate = bed.fifo("go");
    let running = bed.spawn(&["execute", "--yes", "-j", "2", "specs/001-x"]);
    let held = gate.wait();
    bed.write("specs/001-x/tasks.md", &format!("A line above.\n\n{}", plan("Setup", "Foundational")));
    shows(&bed.orca(&["replan"]).exits(0), &["the plan is as run"]);
    let more = format!("{}- [ ] T004 fourth `d.txt`\n", plan("Setup", "Foundational"));
    bed.write("specs/001-x/tasks.md", &more);
    shows(&bed.orca(&["replan", "--yes"]).exits(0), &["+ T004  fourth"]);
    shows(&bed.orca(&["replan"]).exits(0), &["the plan is as run"]);
    drop(held);
    running.wait().exits(0);
    assert_eq!(bed.standings(), "T001 landed, T002 landed, T003 landed, T004 landed");
}

#[test]
fn an_agent_that_edits_the_plan_changes_nothing_of_its_run() {
    let bed = TestRepo::new();
    let own = bed.repo().join("tasks.json");
    let edit = format!(
        "put tasks.json '{{}}'; printf '{{\"tasks\":[{{\"id\":\"A\",\"run\":\"true\"}},{{\"id\":\"X\",\"run\":\"true\"}}]}}' > {}; \
         git-orca replan --yes 2> said.txt && exit 9; put a.txt a",
        own.display()
    );
    bed.plan(json!([task("A", &[], &edit), task("B", &["A"], "put b.txt b")]));
    bed.commit("plan");
    bed.orca(&["execute", "--yes", "--sandbox", "off"]).exits(0);
    assert_eq!(bed.standings(), "A landed, B landed");
    assert_eq!(bed.state().tasks.len(), 2);
}

#[test]
fn what_is_wrong_with_an_edit_is_said_and_nothing_of_it_is_taken_in() {
    let bed = TestRepo::new();
    bed.orca(&["replan"]).exits(1).says(&["there is no run in this repository yet"]);
    bed.plan(json!([task("A", &[], "put a.txt a")]));
    bed.orca(&["execute", "--yes"]).exits(0);
    for (plan, why) in [
        (json!([task("A", &[], "true"), {"id": "B", "details": "x"}]), "started without an agent"),
        (
            json!([task("A", &[], "true"), {"id": "B", "details": "x", "agent": "nobody"}]),
            "the run has no agent `nobody`",
        ),
        (json!({"orca": 1, "tasks": [{"id": 3, "run": ["x"]}]}), "tasks.json"),
    ] {
        bed.plan(plan);
        let output = bed.orca(&["replan", "--yes"]);
        assert!(output.code != 0 && output.stderr.contains(why), "{why}: {}", output.stderr);
        assert_eq!(bed.state().tasks.len(), 1);
    }
    std::fs::remove_file(bed.repo().join("tasks.json")).unwrap();
    assert_ne!(bed.orca(&["replan", "--yes"]).code, 0);
}

#[test]
fn a_run_that_is_over_goes_on_with_what_the_plan_has_more() {
    let bed = TestRepo::new();
    bed.plan(json!([task("A", &[], "put a.txt a")]));
    bed.orca(&["execute", "--yes"]).exits(0);
    bed.plan(json!([task("A", &[], "put a.txt a"), task("B", &["A"], "cat a.txt; put b.txt b")]));
    shows(&bed.orca(&["replan", "--yes"]).exits(0).says(&["is not active: git orca resume"]), &["+ B"]);
    bed.orca(&["resume"]).exits(0);
    assert_eq!(bed.standings(), "A landed, B landed");
}

#[test]
fn a_plan_that_grew_wider_gets_more_agents_at_once() {
    let bed = TestRepo::new();
    bed.plan(json!([task("A", &[], "block a; put a.txt a")]));
    let gate = bed.fifo("a");
    let running = bed.spawn(&["execute", "--yes"]);
    let held = gate.wait();
    assert_eq!(bed.state().info.options.jobs, 1, "nothing more to do at once");
    bed.orca(&["add", "--id", "B", "More", "--run", "put b.txt b"]).exits(0);
    until("the new task lands beside the first", || landed(&bed.state(), "B"));
    drop(held);
    running.wait().exits(0);
    assert_eq!(bed.state().info.options.jobs, 2);
}

#[test]
fn killed_anywhere_a_run_whose_plan_changed_goes_on_to_the_same_result() {
    let make = || {
        let bed = TestRepo::in_memory();
        bed.plan(json!([task("A", &[], "put a.txt a"), task("B", &["A"], "put b.txt b")]));
        bed.commit("plan");
        bed.orca(&["execute", "--yes", "--only", "A"]).exits(0);
        bed.plan(json!([
            task("A", &[], "put a.txt a"),
            task("N", &["A"], "put n.txt n"),
            task("M", &[], "put m.txt m")
        ]));
        bed.orca(&["replan", "--yes"]).exits(0);
        shows(&bed.orca(&["replan"]).exits(0), &["the plan is as run"]);
        bed.orca(&["replan", "--undo", "--yes"]).exits(0);
        shows(&bed.orca(&["replan", "--yes"]).exits(0), &["+ N", "+ M"]);
        bed
    };
    let first = make();
    let trace = first.out("trace");
    first.spawn_with(&["resume"], &[("ORCA_CRASH_TRACE", trace.to_str().unwrap())]).wait().exits(0);
    let (whole, points) = (first.standings(), first.notes("trace"));
    assert_eq!(whole, "A landed, N landed, M landed");
    for n in (1..=points.len()).step_by(points.len().div_ceil(9)) {
        let bed = make();
        let output = bed.spawn_with(&["resume"], &[("ORCA_CRASH_AT", &n.to_string())]).wait();
        if output.code != 0 {
            assert_eq!(output.code, 128 + 9, "{}", output.stderr);
            bed.orca(&["resume"]).exits(0);
        }
        assert_eq!(bed.standings(), whole, "killed at {}", points[n - 1]);
        let changes = bed.landings();
        assert!(changes.values().all(|times| *times == 1), "killed at {}: {changes:?}", points[n - 1]);
        bed.assert_lossless();
    }
}
