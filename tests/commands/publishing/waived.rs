//! `approve TASK --despite GATE -m …`: a person lets work land that a gate refuses.

use git_orca::journal::{Event, Request};
use serde_json::Value;

use super::Shop;

/// Its gate refuses every file in which a line is bad.
const GATE: &str = "[run]\nattempts = 1\n[gates.words]\nrun = \"! grep -Hn bad *.txt\"\n";

/// A run in which the gate refuses the first of these tasks.
fn refused(texts: &[&str]) -> Shop {
    let shop = Shop::planned(texts.len(), GATE);
    let task = |(n, text): (usize, &&str)| {
        let after: Vec<String> = (1..=n).map(|n| format!("T{n}")).rev().take(1).collect();
        let (id, run) = (format!("T{}", n + 1), format!("put n{}.txt \"{text}\"", n + 1));
        serde_json::json!({ "id": id, "title": format!("Step {}", n + 1), "after": after, "run": run })
    };
    shop.bed.plan(Value::Array(texts.iter().enumerate().map(task).collect()));
    shop.bed.execute(&[]).exits(5);
    shop
}

fn waives(shop: &Shop) -> usize {
    let waives = |event: &Event| matches!(event, Event::Requested { request: Request::Waive(_), .. });
    shop.bed.journal().iter().filter(|entry| waives(&entry.event)).count()
}

#[test]
fn what_a_person_lets_pass_lands_and_stands_everywhere() {
    let shop = refused(&["bad", "good"]);
    let why = "the sample is @meant <!-- so -->";
    let output = shop.bed.orca(&["approve", "T1", "--despite", "words", "-m", why]).exits(0);
    assert!(output.stdout.contains("gate words waived by"), "{}", output.stdout);
    assert_eq!((shop.bed.standings().as_str(), waives(&shop)), ("T1 landed, T2 landed", 1));
    let status: Value = serde_json::from_str(&shop.bed.orca(&["status", "--json"]).exits(0).stdout).unwrap();
    let waived = &status["tasks"][0]["waived"][0];
    assert_eq!((&waived["gate"], &waived["note"]), (&"words".into(), &why.into()), "{status}");
    assert!(waived["by"].is_string() && status["tasks"][1].get("waived").is_none(), "{status}");
    for command in [&["status"][..], &["log"], &["report", "--format", "md"], &["report", "--format", "html"]] {
        let said = shop.bed.orca(command).exits(0).stdout;
        assert!(said.contains("gate words waived by"), "{command:?}: {said}");
    }
    let report: Value = serde_json::from_str(&shop.bed.orca(&["report", "--format", "json"]).exits(0).stdout).unwrap();
    assert_eq!(report["tasks"][0]["waived"], status["tasks"][0]["waived"], "{report}");
    assert!(report["merged"].as_array().unwrap().iter().any(|it| it["waived"] == true), "{report}");
    shop.publish(&[]).exits(0);
    let body = shop.github.pulls()[0].body.clone();
    assert!(body.contains("### Waived") && body.contains("T1, gate words, by"), "{body}");
    assert!(!body.contains("@meant") && !body.contains("<!-- so"), "a reason is text, and nothing else: {body}");
    assert!(!shop.github.pulls()[1].body.contains("Waived"), "where it landed");
}

/// What the statuses on the server say: state and description, layer by layer.
fn said(shop: &Shop) -> Vec<(String, String)> {
    let layer = |n: usize| {
        let head = shop.bed.git_in(&shop.hub(), &["rev-parse", &shop.branch(n)]);
        let state = shop.github.state();
        let of = |(commit, status): &(String, Value)| (*commit == head).then(|| status.clone());
        let status = state.statuses.iter().rev().find_map(of).unwrap_or_else(|| panic!("layer {n} has no status"));
        let text = |name: &str| status[name].as_str().unwrap().to_owned();
        (text("state"), text("description"))
    };
    (1..=shop.layers).map(layer).collect()
}

#[test]
fn a_waived_gate_says_so_on_the_head_and_holds_no_merge_up() {
    let shop = refused(&["bad", "good"]);
    shop.bed.git(&["config", "orca.publishDraft", "false"]);
    shop.bed.orca(&["approve", "T1", "--despite", "words", "-m", "a sample of @them"]).exits(0);
    shop.publish(&[]).exits(0);
    for (state, description) in said(&shop) {
        assert_eq!(state, "success", "{description}");
        assert!(description.starts_with("waived by ") && description.contains(": a sample of"), "{description}");
        assert!(!description.contains("@them") && !description.contains("passed"), "{description}");
    }
    let body = shop.github.pulls()[0].body.clone();
    assert!(body.contains("| words | fail, waived |"), "{body}");
    shop.github.forget();
    shop.publish(&[]).exits(0);
    assert_eq!(shop.github.writes(), []);
    for number in [1, 2] {
        shop.github.state().pull(number).unwrap().reviews.push(("bob".to_owned(), "APPROVED"));
    }
    let output = shop.publish(&["--merge"]).exits(0);
    assert_eq!(shop.stands(), ["1 merged main", "2 merged main"], "{output:?}");
    assert!(output.stderr.contains("#1  gate words refuses it, and was waived by "), "{}", output.stderr);
}

#[test]
fn what_others_push_beside_a_waived_finding_is_judged_for_itself() {
    let shop = refused(&["bad", "good"]);
    shop.bed.orca(&["approve", "T1", "--despite", "words", "-m", "a sample"]).exits(0);
    shop.publish(&[]).exits(0);
    shop.others_commit(&shop.branch(1), "review.md", "reviewed\n");
    let output = shop.publish(&[]).exits(0);
    assert!(output.stderr.contains("status git-orca/words: waived"), "{}", output.stderr);
    assert!(said(&shop).iter().all(|(state, words)| state == "success" && words.starts_with("waived by ")));
    let body = shop.github.pulls()[0].body.clone();
    assert!(body.contains("| words | fail, waived |"), "{body}");
    // Nobody has let this pass.
    shop.others_commit(&shop.branch(1), "more.txt", "bad, too\n");
    let output = shop.publish(&[]).exits(7);
    assert!(output.stdout.contains("do not pass: gate words"), "{}", output.stdout);
}

#[test]
fn what_was_not_let_pass_is_refused_as_before() {
    let shop = refused(&["bad", "bad too"]);
    shop.bed.orca(&["approve", "T1", "--despite", "words", "-m", "a sample"]).exits(5);
    let state = shop.bed.state();
    assert!(state.tasks[0].landed.is_some() && state.tasks[1].landed.is_none(), "{}", shop.bed.standings());
    shop.bed.orca(&["approve", "T2", "--despite", "words", "-m", "another sample"]).exits(0);
    assert_eq!(waives(&shop), 2);
}

#[test]
fn a_waiver_needs_a_reason_and_a_gate_that_refuses_work() {
    let shop = refused(&["bad", "good"]);
    for (args, words) in [
        (&["T1", "--despite", "words"][..], "--message"),
        (&["--despite", "words", "-m", "why"], "WHAT"),
        (&["T1", "--despite", "words", "-m", "  "], "the reason is empty"),
        (&["T1", "--despite", "tests", "-m", "why"], "it has words"),
        (&["T2", "--despite", "words", "-m", "why"], "there is no work to land"),
    ] {
        let output = shop.bed.orca(&[&["approve"], args].concat()).exits(2);
        assert!(output.stderr.contains(words), "{args:?}: {}", output.stderr);
    }
    let output = shop.bed.orca(&["reject", "T1", "--despite", "words", "-m", "why"]).exits(2);
    assert!(output.stderr.contains("goes with"), "{}", output.stderr);
    assert_eq!(waives(&shop), 0);
}

#[test]
fn no_attempt_waives_anything() {
    let shop = Shop::planned(2, GATE);
    let call = format!("{} approve T1 --despite words -m mine", env!("CARGO_BIN_EXE_git-orca"));
    shop.bed.plan(serde_json::json!([
        { "id": "T1", "title": "One", "run": "put n1.txt bad" },
        { "id": "T2", "title": "Two", "run": format!("{call} 2> said.txt || true; put n2.txt good") },
    ]));
    shop.bed.execute(&[]).exits(5);
    assert_eq!(waives(&shop), 0);
    let said = shop.bed.git(&["show", &format!("orca/{}/integration:said.txt", shop.bed.run())]);
    assert!(said.contains("this command is for people"), "{said}");
}
