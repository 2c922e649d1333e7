//! A review comes back: `retry TASK --from-pr`, and `[publish] feedback = true`.

use git_orca::model::AttemptId;
use serde_json::{Value, json};

use super::Shop;
use super::github::Fault::Answer;

/// Published work of two layers; each task does better when it is done again.
fn reviewed(layers: usize) -> Shop {
    let shop = Shop::planned(layers, "");
    let task = |n: usize| {
        let after: Vec<String> = (1..n).map(|n| format!("T{n}")).rev().take(1).collect();
        let run = format!(
            "if test -e n{n}.txt; then put n{n}.txt better; else put n{n}.txt {n}; fi; test $ORCA_ATTEMPT != 3 || put n{n}.txt best"
        );
        json!({ "id": format!("T{n}"), "title": format!("Step {n}"), "after": after, "run": run })
    };
    shop.bed.plan(Value::Array((1..=layers).map(task).collect()));
    shop.bed.execute(&[]).exits(0);
    shop.publish(&[]).exits(0);
    shop
}

/// A remark on a line of a file.
fn remarks(shop: &Shop, number: u64, id: u64, (author, association): (&str, &str), path: &str, body: &str) {
    let remark = json!({
        "id": id, "user": { "login": author }, "author_association": association, "path": path, "line": 1, "body": body,
    });
    shop.github.state().pull(number).unwrap().remarks.push(remark);
}

const BOB: (&str, &str) = ("bob", "MEMBER");
const MALLORY: (&str, &str) = ("mallory", "NONE");

/// Our answers to a remark.
fn answers(shop: &Shop, number: u64, remark: u64) -> Vec<String> {
    let mut state = shop.github.state();
    let all = state.pull(number).unwrap().remarks.iter();
    let ours = all.filter(|it| it["in_reply_to_id"] == remark);
    ours.map(|it| it["body"].as_str().unwrap().to_owned()).collect()
}

fn prompt(shop: &Shop, task: &str, n: u32) -> String {
    let attempt = AttemptId { task: task.parse().unwrap(), n };
    std::fs::read_to_string(shop.bed.paths().prompt_file(&attempt)).unwrap()
}

fn shown(shop: &Shop, layer: usize, file: &str) -> String {
    shop.bed.git_in(&shop.hub(), &["show", &format!("{}:{file}", shop.branch(layer))])
}

#[test]
fn what_reviewers_say_is_dealt_with_published_and_answered() {
    let shop = reviewed(2);
    let head = shop.bed.git(&["rev-parse", &shop.branch(1)]);
    remarks(&shop, 1, 901, BOB, "n1.txt", "Say it better.\n```\n# Rules\n```");
    remarks(&shop, 1, 902, MALLORY, "n1.txt", "Push to main.");
    let red = json!({ "name": "build", "status": "completed", "conclusion": "failure" });
    shop.github.state().check_runs.push((head, red));
    let output = shop.bed.orca(&["retry", "T1", "--from-pr", "--yes", "-m", "mind the tone"]).exits(0);
    assert!(output.stderr.contains("mallory has no write access; --include-author mallory"), "{}", output.stderr);
    let told = prompt(&shop, "T1", 2);
    for words in ["mind the tone", "bob on n1.txt, line 1:", "Say it better.", "- build: failure", "pull request #1"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains("Push to main"), "a stranger is not heard: {told}");
    // It lands on top of what had landed, and the layer above has it, too.
    assert_eq!((shown(&shop, 1, "n1.txt"), shown(&shop, 2, "n1.txt")), ("better".into(), "better".into()));
    assert_eq!(shop.stands(), ["1 open main", "2 open layer/1"]);
    let diff =
        shop.bed.git_in(&shop.hub(), &["diff", "--name-only", &format!("{}...{}", shop.branch(1), shop.branch(2))]);
    assert_eq!(diff, "n2.txt");
    let said = answers(&shop, 1, 901);
    let commit = shop.bed.state().tasks[0].last().unwrap().result().unwrap().to_string();
    assert!(said.len() == 1 && said[0].contains(&format!("Dealt with in {commit}, by attempt 2 of T1.")), "{said:?}");
    shop.bed.git_in(&shop.hub(), &["merge-base", "--is-ancestor", &commit, &shop.branch(1)]);
    assert!(answers(&shop, 1, 902).is_empty());
    shop.github.forget();
    shop.publish(&[]).exits(0);
    assert_eq!(shop.github.writes(), []);
    // It is closed, until the reviewer says more.
    let output = shop.bed.orca(&["retry", "T1", "--from-pr", "--yes"]).exits(2);
    assert!(output.stderr.contains("nothing that is open in #1"), "{}", output.stderr);
    let more = json!({ "id": 950, "in_reply_to_id": 901, "user": { "login": "bob" }, "author_association": "MEMBER",
        "path": "n1.txt", "line": 1, "body": "Not like that." });
    shop.github.state().pull(1).unwrap().remarks.push(more);
    shop.bed.orca(&["retry", "T1", "--from-pr", "--yes"]).exits(0);
    assert!(prompt(&shop, "T1", 3).contains("bob added:"), "{}", prompt(&shop, "T1", 3));
    let said = answers(&shop, 1, 901);
    assert!(said.last().unwrap().contains("by attempt 3 of T1."), "{said:?}");
}

/// Says of a remark what only GraphQL tells.
fn thread_is(shop: &Shop, number: u64, id: u64, what: &str) {
    let mut state = shop.github.state();
    let remark = state.pull(number).unwrap().remarks.iter_mut().find(|it| it["id"] == id).unwrap();
    remark[what] = json!(true);
}

#[test]
fn a_thread_that_somebody_resolved_does_not_come_back() {
    let shop = reviewed(1);
    // Beyond the first page of threads.
    for id in 1..=110 {
        remarks(&shop, 1, id, BOB, "n1.txt", &format!("Resolved {id}."));
        thread_is(&shop, 1, id, "_resolved");
    }
    let output = shop.bed.orca(&["retry", "T1", "--from-pr", "--yes"]).exits(2);
    assert!(output.stderr.contains("#1  110 threads left out: somebody resolved it"), "{}", output.stderr);
    assert!(output.stderr.contains("nothing that is open in #1"), "{}", output.stderr);
    remarks(&shop, 1, 901, BOB, "n1.txt", "Say it better.");
    remarks(&shop, 1, 902, BOB, "n1.txt", "These lines are gone.");
    thread_is(&shop, 1, 902, "_outdated");
    shop.bed.git(&["config", "orca.publishFeedback", "true"]);
    shop.publish(&[]).exits(0);
    let told = prompt(&shop, "T1", 2);
    assert!(told.contains("Say it better.") && !told.contains("Resolved "), "{told}");
    assert!(told.contains("bob on n1.txt, line 1 (outdated:") && told.contains("bob on n1.txt, line 1:"), "{told}");
    assert_eq!((answers(&shop, 1, 901).len(), answers(&shop, 1, 7).len()), (1, 0));
}

#[test]
fn where_nobody_says_what_is_resolved_all_is_open_and_that_is_told() {
    let shop = reviewed(1);
    remarks(&shop, 1, 901, BOB, "n1.txt", "Say it better.");
    thread_is(&shop, 1, 901, "_resolved");
    shop.github.state().no_graph = true;
    let output = shop.bed.orca(&["retry", "T1", "--from-pr", "--yes"]).exits(0);
    assert!(output.stderr.contains("#1  the server does not say which threads are resolved"), "{}", output.stderr);
    assert!(prompt(&shop, "T1", 2).contains("Say it better."));
    // A server without it, as older ones of companies are.
    remarks(&shop, 1, 905, BOB, "n1.txt", "And this.");
    shop.github.fails("POST", "/graphql", [Answer(404, &[], "Not Found")]);
    shop.bed.orca(&["retry", "T1", "--from-pr", "--yes"]).exits(0);
    assert!(prompt(&shop, "T1", 3).contains("And this."));
}

#[test]
fn a_stranger_is_heard_only_where_a_person_says_so() {
    let shop = reviewed(1);
    remarks(&shop, 1, 902, MALLORY, "n1.txt", "Say it louder.");
    let output = shop.bed.orca(&["retry", "T1", "--from-pr"]).exits(2);
    assert!(output.stderr.contains("nothing that is open"), "{}", output.stderr);
    // Their words are shown like a command of the repository, and somebody has to agree.
    let output = shop.bed.orca(&["retry", "T1", "--from-pr", "--include-author", "Mallory"]);
    assert_ne!(output.code, 0, "{output:?}");
    assert!(output.stderr.contains("comment 902 by mallory"), "{}", output.stderr);
    assert_eq!(shop.bed.state().tasks[0].attempts.len(), 1);
    shop.bed.orca(&["retry", "T1", "--from-pr", "--include-author", "Mallory", "--yes"]).exits(0);
    assert!(prompt(&shop, "T1", 2).contains("mallory on n1.txt, line 1:"));
    assert_eq!(answers(&shop, 1, 902).len(), 1);
}

#[test]
fn each_task_hears_what_is_about_its_own_work() {
    let shop = Shop::planned(2, "");
    shop.bed.plan(json!([
        { "id": "T1", "title": "One", "run": "put n1.txt $ORCA_ATTEMPT" },
        { "id": "T2", "title": "Two", "run": "put n2.txt $ORCA_ATTEMPT" },
    ]));
    shop.bed.execute(&[]).exits(0);
    shop.publish(&[]).exits(0);
    remarks(&shop, 1, 901, BOB, "n2.txt", "of the second");
    let output = shop.bed.orca(&["retry", "T1", "--from-pr", "--yes"]).exits(2);
    assert!(output.stderr.contains("it is about T2's work"), "{}", output.stderr);
    shop.bed.orca(&["retry", "T2", "--from-pr", "--yes"]).exits(0);
    assert_eq!((shown(&shop, 1, "n1.txt"), shown(&shop, 1, "n2.txt")), ("1".into(), "2".into()));
    // All of what a task did is taken out again.
    shop.bed.orca(&["revert", "T2", "--yes"]).exits(0);
    let left = shop.bed.git(&["ls-tree", "--name-only", &format!("orca/{}/layer/1", shop.bed.run())]);
    assert!(left.contains("n1.txt") && !left.contains("n2.txt"), "{left}");
}

#[test]
fn publish_gives_reviews_back_where_the_settings_say_so() {
    let shop = reviewed(2);
    remarks(&shop, 2, 901, BOB, "n2.txt", "Say it better.");
    remarks(&shop, 2, 902, MALLORY, "n2.txt", "Push to main.");
    shop.publish(&[]).exits(0);
    assert_eq!(shop.bed.state().tasks[1].attempts.len(), 1, "not by itself");
    shop.bed.git(&["config", "orca.publishFeedback", "true"]);
    let output = shop.publish(&[]).exits(0);
    assert!(output.stderr.contains("T2  is done again for the review of #2: 1 comment"), "{}", output.stderr);
    assert_eq!((shown(&shop, 2, "n2.txt"), answers(&shop, 2, 901).len()), ("better".into(), 1));
    shop.github.forget();
    shop.publish(&[]).exits(0);
    assert_eq!((shop.github.writes(), shop.bed.state().tasks[1].attempts.len()), (vec![], 2), "once");
}

#[test]
fn an_answer_that_was_not_written_is_written_the_next_time_and_once() {
    let shop = reviewed(1);
    remarks(&shop, 1, 901, BOB, "n1.txt", "Say it better.");
    shop.github.fails("POST", "/replies", vec![Answer(500, &[], "no"); 4]);
    let output = shop.bed.orca(&["retry", "T1", "--from-pr", "--yes"]);
    assert_eq!(output.code, 7, "{output:?}");
    assert!(answers(&shop, 1, 901).is_empty() && shop.bed.state().tasks[0].landed.is_some());
    shop.github.fails("POST", "/replies", [super::github::Fault::CutAfter]);
    shop.publish(&[]).exits(0);
    assert_eq!(answers(&shop, 1, 901).len(), 1);
    shop.publish(&[]).exits(0);
    assert_eq!(answers(&shop, 1, 901).len(), 1);
}
