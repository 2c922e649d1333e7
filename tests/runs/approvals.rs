//! Questions to a person: put while a run lasts, answered from any terminal.

use crate::support::{TestRepo, until};
use git_orca::journal::{Event, Question};
use serde_json::{Value, json};

/// Waits until exactly these questions are open.
fn asked(bed: &TestRepo, ids: &[&str]) {
    until("the questions are put", || {
        let Some(state) = bed.try_state() else { return false };
        let mut open: Vec<String> = state.unanswered().map(|approval| approval.question.id()).collect();
        open.sort();
        open == ids
    });
}

fn status(bed: &TestRepo) -> Value {
    serde_json::from_str(&bed.orca(&["status", "--json"]).stdout).unwrap()
}

#[test]
fn a_checkpoint_waits_for_a_person_and_no_agent_touches_it() {
    let bed = TestRepo::new();
    bed.plan(json!([
        {"id": "A", "run": "put a.txt a"},
        {"id": "Look", "kind": "approval", "title": "Look at the page", "after": ["A"]},
        {"id": "B", "run": "put b.txt b", "after": ["Look"]},
    ]));
    let running = bed.spawn(&["execute", "--yes"]);
    asked(&bed, &["Look"]);
    let shown = status(&bed);
    assert_eq!(shown["needs_you"][0]["task"], "Look");
    assert_eq!(shown["needs_you"][0]["command"], "git orca approve Look");
    assert!(bed.state().tasks[1].attempts.is_empty() && bed.state().tasks[2].attempts.is_empty());
    bed.orca(&["approve", "Nothing"]).exits(1).says(&["waiting: Look"]);
    bed.orca(&["approve", "Look", "-m", "as it should be"]).exits(0).says(&["Look approved: as it should be"]);
    running.wait().exits(0);
    assert_eq!(bed.standings(), "A landed, Look landed, B landed");
    assert_eq!(bed.state().tasks[1].last().unwrap().agent, "person");
    bed.orca(&["approve"]).exits(1).says(&["is not waiting for an answer"]);
}

#[test]
fn a_rejected_checkpoint_fails_and_may_be_asked_again() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "Look", "kind": "approval"}, {"id": "B", "run": "put b.txt b", "after": ["Look"]}]));
    let running = bed.spawn(&["execute", "--yes"]);
    asked(&bed, &["Look"]);
    bed.orca(&["reject", "-m", "the page is empty"]).exits(0);
    running.wait().exits(4).says(&["Look rejected: the page is empty"]);
    let (_, reason) =
        bed.state().tasks[0].last().unwrap().failure().map(|(class, why)| (class, why.to_owned())).unwrap();
    assert_eq!(reason, "rejected: the page is empty");
    assert_eq!(bed.standings(), "Look failed, B blocked");
    let again = bed.spawn(&["retry", "Look"]);
    asked(&bed, &["Look"]);
    bed.orca(&["approve", "look"]).exits(0);
    again.wait().exits(0);
    assert_eq!(bed.standings(), "Look landed, B landed");
}

#[test]
fn each_layer_waits_and_an_answer_that_nobody_reads_counts_at_resume() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}, {"id": "B", "run": "put b.txt b", "after": ["A"]}]));
    let running = bed.spawn(&["execute", "--yes", "--approve", "layer"]);
    asked(&bed, &["layer:1"]);
    assert!(bed.state().tasks[0].attempts.is_empty(), "the first layer waits, too");
    bed.orca(&["approve", "layer:1"]).exits(0);
    asked(&bed, &["layer:2"]);
    assert_eq!(bed.standings(), "A landed, B ready");
    bed.orca(&["stop", "--now"]).exits(0);
    running.wait().exits(130).answers(&["start layer 2? git orca approve layer:2, then: git orca resume"]);
    bed.orca(&["status"]).exits(0).answers(&["needs you git orca approve layer:2"]);
    bed.orca(&["approve", "layer:2"]).exits(0).says(&["it takes effect when the run is resumed"]);
    bed.orca(&["status"]).exits(0).answers(&["git orca resume", "it takes in your 1 message"]);
    bed.orca(&["resume"]).exits(0);
    assert_eq!(bed.standings(), "A landed, B landed");
}

#[test]
fn each_landing_waits_and_what_is_rejected_tells_its_agent_why() {
    let mut bed = TestRepo::new();
    bed.set("EDITOR", "true");
    let script = r#"
        put out.txt "$ORCA_ATTEMPT"
        if [ "$ORCA_ATTEMPT" != 1 ]; then grep -o 'use tabs' "$ORCA_PROMPT_FILE" > hint.txt; fi
    "#;
    bed.toml(&format!("[run]\nagent = \"mine\"\n[agents.mine]\ncommand = [\"sh\", \"-ec\", '''{script}''']\n"));
    bed.plan(json!([{"id": "A"}, {"id": "B", "run": "put b.txt b"}]));
    let running = bed.spawn(&["execute", "--yes", "--approve", "task"]);
    asked(&bed, &["A", "B"]);
    assert!(bed.state().heads.is_empty(), "nothing lands unasked");
    bed.orca(&["reject", "A", "-m", "use tabs"]).exits(0);
    bed.orca(&["approve", "B"]).exits(0);
    running.wait().exits(4);
    assert_eq!(bed.standings(), "A failed, B landed");
    let again = bed.spawn(&["retry", "A"]);
    asked(&bed, &["A"]);
    bed.orca(&["approve", "A"]).exits(0);
    again.wait().exits(0);
    assert_eq!(bed.result("hint.txt"), "use tabs");
}

#[test]
fn a_word_to_a_running_agent_reaches_its_next_attempt() {
    let bed = TestRepo::new();
    let go = bed.fifo("go");
    let script = r#"
        if [ "$ORCA_ATTEMPT" = 1 ]; then block go; exit 1; fi
        grep -o 'mind the gap' "$ORCA_PROMPT_FILE" > hint.txt
    "#;
    bed.toml(&format!("[run]\nagent = \"mine\"\n[agents.mine]\ncommand = [\"sh\", \"-ec\", '''{script}''']\n"));
    bed.plan(json!([{"id": "A"}]));
    let running = bed.spawn(&["execute", "--yes"]);
    let held = go.wait();
    bed.orca(&["say", "A", "mind", "the", "gap"]).exits(0).says(&["will see it on its next attempt"]);
    until("it is told", || bed.state().tasks[0].words.len() == 1);
    drop(held);
    running.wait().exits(0);
    assert_eq!(bed.result("hint.txt"), "mind the gap");
}

#[test]
fn the_plan_waits_before_anything_starts_and_no_stops_the_run() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    let running = bed.spawn(&["execute", "--yes", "--approve", "plan"]);
    asked(&bed, &["plan"]);
    bed.orca(&["reject"]).exits(0);
    running.wait().exits(130);
    assert!(bed.state().tasks[0].attempts.is_empty());
    let put = |entry: &git_orca::journal::Entry| matches!(&entry.event, Event::ApprovalAsked(it) if it.question == Question::Plan);
    assert_eq!(bed.journal().iter().filter(|entry| put(entry)).count(), 1);
}

/// Waits until nobody has answered this question in time.
fn overdue(bed: &TestRepo, id: &str) {
    until("its time is over", || {
        bed.try_state().is_some_and(|state| state.approvals.get(id).is_some_and(|approval| approval.expired))
    });
}

#[test]
fn a_question_that_nobody_answers_holds_up_its_own_task_only() {
    let bed = TestRepo::new();
    let go = bed.fifo("go");
    bed.toml("[approvals.task]\ntimeout = \"1s\"\npriority = \"low\"\n");
    bed.plan(json!([
        {"id": "Look", "kind": "approval"},
        {"id": "A", "run": "block go; put a.txt a"},
        {"id": "B", "run": "put b.txt b", "after": ["A"]},
        {"id": "C", "run": "put c.txt c", "after": ["Look"]},
    ]));
    let running = bed.spawn(&["execute", "--yes"]);
    let held = go.wait();
    overdue(&bed, "Look");
    drop(held);
    until("the others land", || bed.state().tasks[2].landed.is_some());
    until("nothing is left but the question", || status(&bed)["state"] == "paused");
    let need = &status(&bed)["needs_you"][0];
    assert_eq!((&need["priority"], &need["fallback"]), (&json!("low"), &json!("pause")));
    assert!(need["deadline"].is_string(), "{need}");
    bed.orca(&["approve", "Look"]).exits(0);
    running.wait().exits(0).says(&["nobody answered Look in time; it still waits"]);
    let log = bed.orca(&["log"]).stdout;
    let line = log.lines().find(|line| line.contains("Look approved")).unwrap();
    let user = nix::unistd::User::from_uid(nix::unistd::geteuid()).unwrap().unwrap().name;
    assert!(line.contains(&format!("{user} at ")), "who answered, and from where: {line}");
}

#[test]
fn settings_answer_no_when_nobody_does() {
    let bed = TestRepo::new();
    bed.toml("[approvals.landing]\ntimeout = \"1s\"\nfallback = \"reject\"\n");
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.execute(&["--approve", "task"]).exits(4).says(&["A rejected: nobody answered in time"]);
    assert_eq!(bed.standings(), "A failed");
    assert!(bed.orca(&["log"]).stdout.contains("A rejected: nobody answered in time"));
}

#[test]
fn settings_answer_yes_only_where_every_gate_passed() {
    let bed = TestRepo::new();
    let gates = "[gates.must]\nrun = \"true\"\n[gates.nice]\nrun = \"test ! -e bad.txt\"\nrequired = false\n";
    bed.toml(&format!("{gates}[approvals.landing]\ntimeout = \"1s\"\nfallback = \"approve\"\npriority = \"high\"\n"));
    bed.plan(json!([{"id": "Good", "run": "put good.txt g"}, {"id": "Bad", "run": "put bad.txt b"}]));
    let running = bed.spawn(&["execute", "--yes", "--approve", "task"]);
    overdue(&bed, "Bad");
    until("what passed lands", || bed.state().tasks[0].landed.is_some());
    assert!(bed.state().tasks[1].landed.is_none(), "an optional gate refused it");
    bed.orca(&["reject", "Bad"]).exits(0);
    running.wait().exits(4).says(&["Good approved: nobody answered in time, and every gate passed"]);
}

#[test]
fn without_any_gate_nothing_is_approved_by_itself() {
    let bed = TestRepo::new();
    bed.toml("[approvals.landing]\ntimeout = \"1s\"\nfallback = \"approve\"\n");
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    let running = bed.spawn(&["execute", "--yes", "--approve", "task"]);
    overdue(&bed, "A");
    bed.orca(&["approve", "A"]).exits(0);
    running.wait().exits(0);
}

#[test]
fn a_layer_goes_on_by_itself_where_everything_below_passed() {
    let bed = TestRepo::new();
    bed.toml("[gates.must]\nrun = \"true\"\n[approvals.layer]\ntimeout = \"1s\"\nfallback = \"approve\"\n");
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}, {"id": "B", "run": "put b.txt b", "after": ["A"]}]));
    let running = bed.spawn(&["execute", "--yes", "--approve", "layer"]);
    overdue(&bed, "layer:1");
    bed.orca(&["approve", "layer:1"]).exits(0);
    running.wait().exits(0).says(&["layer:2 approved: nobody answered in time, and every gate passed"]);
}

#[test]
fn what_no_gate_can_answer_is_refused_in_the_settings() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    for (text, words) in [
        ("[approvals.plan]\nfallback = \"approve\"\n", "no gate can answer for you whether the plan may be run"),
        ("[approvals.plans]\ntimeout = \"1h\"\n", "unknown kind of approval `plans`"),
        ("[approvals.task]\ntimeout = \"soon\"\n", "approvals.task.timeout"),
        ("[approvals.task]\nfallbak = \"pause\"\n", "fallbak"),
    ] {
        bed.toml(text);
        bed.execute(&[]).exits(2).says(&[words, "orca.toml:"]);
    }
}
