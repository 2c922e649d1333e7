//! The base is judged before money is spent.

use crate::support::{TestRepo, until};
use git_orca::journal::{CheckState, Question, RunState, Subject};
use git_orca::model::Verdict;
use serde_json::{Value, json};

/// A gate whose tests are the lines of `tests.txt`: `name ok` or `name bad`.
const SUITE: &str = "#!/bin/sh\n\
    note suite \"$(cat tests.txt | tr '\\n' ' ')\"; n=0; rc=0\n\
    while read -r name how; do n=$((n+1)); case $how in ok) echo \"ok $n - $name\";; *) echo \"not ok $n - $name\"; rc=1;; esac; done < tests.txt\n\
    echo \"1..$n\"; exit $rc\n";

const REPORTED: &str = "[gates.test]\nrun = \"suite\"\nreport = { path = \"-\", format = \"tap\" }\n";

fn bed(tests: &str, toml: &str) -> TestRepo {
    let mut bed = TestRepo::new();
    bed.set("ORCA_BASE_RED", "");
    bed.program("suite", &SUITE.replace("note suite", &format!("{} suite", bed.root().join("bin/note").display())));
    bed.write("tests.txt", tests);
    bed.toml(toml);
    bed.plan(json!([{"id": "A", "title": "Add a", "run": "put a.txt a"}]));
    bed.commit("a suite");
    bed
}

fn status(bed: &TestRepo) -> Value {
    serde_json::from_str(&bed.orca(&["status", "--json"]).stdout).unwrap()
}

fn on_base(state: &RunState) -> Vec<(String, Verdict)> {
    let of = |subject: &Subject| matches!(subject, Subject::Base(_));
    let checks = state.checks.iter().filter(|((subject, _), _)| of(subject));
    checks
        .filter_map(|((_, gate), check)| match &check.state {
            CheckState::Judged(judgement) => Some((gate.to_string(), judgement.verdict)),
            CheckState::Open => None,
        })
        .collect()
}

#[test]
fn a_required_gate_that_fails_on_the_base_stops_the_start_before_any_agent() {
    let bed = bed("one ok\ntwo bad\nthree bad\n", REPORTED);
    let run = bed.orca(&["execute", "--yes"]).exits(5);
    let run = run.says(&["`suite` fails on your base: 2 tests: two, three", "git orca resume --base-red ok"]);
    assert!(run.stdout.contains("exit 5: `suite` fails on your base: 2 tests: two, three, so nothing else starts until that is fixed or accepted"));
    let state = bed.state();
    assert!(state.tasks[0].attempts.is_empty(), "an agent was started");
    assert_eq!(on_base(&state), [("test".to_owned(), Verdict::Fail)]);
    let shown = status(&bed);
    assert_eq!(shown["tasks"][0]["state"], "blocked");
    assert_eq!(shown["needs_you"][0]["command"], "git orca resume --base-red ok");
    // A person agrees later, and the very run goes on.
    bed.orca(&["resume", "--base-red", "ok"]).exits(0).says(&["landed"]);
    assert_eq!(bed.standings(), "A landed");
    bed.orca(&["status"]).exits(0);
}

#[test]
fn what_was_agreed_to_is_held_to_no_new_failures() {
    let bed = bed("one ok\ntwo bad\n", REPORTED);
    bed.plan(json!([
        {"id": "Good", "title": "Add a", "run": "put a.txt a"},
        {"id": "Mends", "title": "Add c", "run": "sed -i s/two.bad/two\\ ok/ tests.txt; announce tests.txt"},
        {"id": "Bad", "title": "Add b", "run": "sed -i s/one.ok/one\\ bad/ tests.txt; announce tests.txt"},
    ]));
    bed.commit("three tasks");
    bed.orca(&["execute", "--yes", "--base-red", "ok", "-j", "1"]).exits(5);
    assert_eq!(bed.standings(), "Good landed, Mends landed, Bad failed");
    let state = bed.state();
    let (_, judged) = state
        .checks
        .iter()
        .find(|((subject, _), _)| matches!(subject, Subject::Attempt(attempt) if attempt.task.as_str() == "Bad"))
        .unwrap();
    let CheckState::Judged(judged) = &judged.state else { panic!("not judged") };
    let messages: Vec<&str> = judged.findings.iter().map(|found| found.message.as_str()).collect();
    assert!(messages.len() == 1 && messages[0].contains("`one`"), "{messages:?}");
}

#[test]
fn without_a_report_nothing_is_called_checked_and_the_work_lands() {
    let bed = bed("one bad\n", "[gates.test]\nrun = \"suite\"\n");
    let run = bed.orca(&["execute", "--yes", "--base-red", "ok"]).exits(0);
    let run = run.says(&["fails on your base too"]);
    assert_eq!(bed.standings(), "A landed");
    assert!(run.stdout.contains("unchecked"), "{}", run.stdout);
}

#[test]
fn a_task_that_is_to_mend_it_starts_and_the_rest_follows() {
    let bed = bed("one bad\n", REPORTED);
    bed.plan(json!([
        {"id": "Page", "title": "Add a page", "run": "put a.txt a"},
        {"id": "Fix", "title": "Fix the failing tests", "run": "echo one ok > tests.txt; announce tests.txt"},
        {"id": "Next", "title": "Add b", "after": ["Fix"], "run": "put b.txt b"},
    ]));
    bed.commit("a plan that mends");
    bed.orca(&["execute", "--yes"]).exits(0);
    assert_eq!(bed.standings(), "Page landed, Fix landed, Next landed");
    let state = bed.state();
    let started = |i: usize| state.tasks[i].attempts[0].started;
    assert!(started(0) > state.tasks[1].landed.as_ref().unwrap().0, "it was built on a red base");
}

#[test]
fn a_task_that_is_to_mend_it_is_held_to_it() {
    let bed = bed("one bad\n", REPORTED);
    bed.plan(json!([{"id": "Fix", "title": "Fix the failing tests", "run": "put a.txt a"}]));
    bed.commit("a plan that says so");
    for more in [&["execute", "--yes"][..], &["execute", "--yes", "--new", "--base-red", "ok"][..]] {
        bed.orca(more).exits(5);
        assert_eq!(bed.standings(), "Fix failed", "{more:?}");
    }
}

#[test]
fn a_green_base_is_judged_once_for_all_runs() {
    let bed = bed("one ok\n", REPORTED);
    bed.orca(&["execute", "--yes"]).exits(0);
    assert_eq!(on_base(&bed.state()), [("test".to_owned(), Verdict::Pass)]);
    let ran = bed.notes("suite").len();
    bed.orca(&["execute", "--yes", "--new"]).exits(0);
    // The attempt leaves the same tree, too.
    assert_eq!(bed.notes("suite").len(), ran, "{:?}", bed.notes("suite"));
    assert_eq!(on_base(&bed.state()), [("test".to_owned(), Verdict::Pass)]);
}

#[test]
fn what_has_nothing_to_judge_stops_nobody() {
    let table = [
        "[gates.there]\nrun = \"test -s a.txt\"\n",
        "[gates.test]\nrun = \"false\"\nrequired = false\n",
        "[gates.test]\nrun = \"false\"\npaths = [\"api/**\"]\n",
        "[gates.accepted]\nkind = \"acceptance\"\n",
    ];
    for toml in table {
        let bed = bed("one ok\n", toml);
        bed.orca(&["execute", "--yes"]).exits(0);
        assert_eq!(bed.standings(), "A landed", "{toml}");
    }
    let off = bed("one bad\n", REPORTED);
    off.orca(&["execute", "--yes", "--dry-run"]).exits(0);
    assert!(off.notes("suite").is_empty(), "--dry-run ran a gate");
    off.orca(&["execute", "--yes", "--base-red", "off"]).exits(5);
    assert_eq!(off.state().tasks[0].attempts.len(), 1, "nobody asked");
}

#[test]
fn what_cannot_be_checked_here_is_said_at_once() {
    let bed = bed("one ok\n", "[gates.test]\nrun = \"no-such-tool --check\"\nrequired = false\n");
    bed.orca(&["execute", "--yes"]).exits(0).says(&["`no-such-tool --check` cannot be checked here"]);
}

#[test]
fn a_slow_gate_runs_beside_the_first_agents_and_stops_the_next_ones() {
    let bed = bed("one bad\n", REPORTED);
    let rounds = bed.out("rounds");
    let run = format!("note rounds x; test $(wc -l < {}) -gt 2 || block gate; false", rounds.display());
    bed.toml(&format!("[gates.test]\nrun = \"{run}\"\n"));
    let (gate, agent) = (bed.fifo("gate"), bed.fifo("agent"));
    bed.plan(json!([
        {"id": "A", "title": "Add a", "run": "note begun A; block agent; put a.txt a"},
        {"id": "B", "title": "Add b", "after": ["A"], "run": "note begun B; put b.txt b"},
    ]));
    bed.commit("a slow gate");
    let running = bed.spawn(&["execute", "--yes"]);
    let held = gate.wait();
    until("the first agent runs", || bed.notes("begun") == ["A"]);
    drop(held);
    // What is red runs once more before anybody is stopped by it.
    until("it runs again", || bed.notes("rounds").len() >= 2);
    drop(gate.wait());
    until("the base is known to be red", || {
        bed.try_state().is_some_and(|state| on_base(&state) == [("test".to_owned(), Verdict::Fail)])
    });
    drop(agent.wait());
    running.wait().exits(5).says(&["fails on your base"]);
    assert_eq!(bed.notes("begun"), ["A"], "another agent was started");
    let state = bed.state();
    let asked = state.unanswered().any(|it| matches!(&it.question, Question::BaseRed { gates } if gates.len() == 1));
    assert!(asked, "{:?}", state.approvals);
    // What the agent left is no worse than the base: with a person's leave it lands without another attempt.
    bed.orca(&["resume", "--base-red", "ok"]).exits(0);
    assert_eq!((bed.standings().as_str(), bed.notes("begun").len()), ("A landed, B landed", 2));
}

/// Two tasks, and a gate whose program is not there.
fn without_a_tool(more: &str) -> TestRepo {
    let bed = bed("one ok\n", &format!("[gates.lint]\nrun = \"no-such-tool --check\"\n{more}"));
    bed.plan(json!([
        {"id": "A", "title": "Add a", "run": "note begun A; put a.txt a"},
        {"id": "B", "title": "Add b", "after": ["A"], "run": "note begun B; put b.txt b"},
    ]));
    bed.commit("two tasks");
    bed
}

#[test]
fn what_cannot_be_judged_here_pauses_the_run_the_second_time_and_goes_on_when_it_is_there() {
    let bed = without_a_tool("");
    let run = bed.orca(&["execute", "--yes"]).exits(5);
    let run = run.says(&["`no-such-tool --check` cannot be checked here", "paused: gate lint cannot judge here"]);
    let end = run.stdout.lines().last().unwrap_or_default().to_owned() + &run.stderr;
    assert!(end.contains("install `no-such-tool`"), "{end}\n{}", run.stdout);
    let state = bed.state();
    assert_eq!((state.tasks[0].attempts.len(), bed.notes("begun")), (1, vec!["A".to_owned()]), "no attempt was used");
    assert_eq!(state.missing.len(), 1, "the pause is in the journal");
    assert_eq!(status(&bed)["needs_you"][0]["command"], "git orca resume");
    bed.orca(&["resume"]).exits(5);
    assert_eq!(bed.state().tasks[0].attempts.len(), 1, "it is still missing");
    bed.program("no-such-tool", "#!/bin/sh\n");
    bed.orca(&["resume"]).exits(0);
    assert_eq!(bed.standings(), "A landed, B landed");
    assert_eq!(bed.notes("begun"), ["A", "B"], "the work was judged as it was");
}

#[test]
fn what_the_change_broke_is_its_own_and_pauses_nothing() {
    let bed = bed("one ok\n", "[gates.test]\nrun = \"sh run.sh\"\n");
    bed.write("run.sh", "exec suite\n");
    bed.plan(json!([{"id": "A", "title": "Add a", "run": "echo exec no-such-tool > run.sh; announce run.sh"}]));
    bed.commit("a script");
    bed.orca(&["execute", "--yes"]).exits(5).says(&["gate test fails: a program is missing"]);
    assert!(bed.state().missing.is_empty());
}
