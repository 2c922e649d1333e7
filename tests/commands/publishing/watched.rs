//! `publish --watch`: until checks and reviews of the server have decided.

use serde_json::{Value, json};

use super::Shop;
use crate::support::{Running, until};

fn shop(layers: usize) -> Shop {
    let shop = Shop::gated(layers);
    shop.bed.git(&["config", "orca.publishPoll", "1s"]);
    shop
}

/// What a check says of the head of a layer.
fn says(shop: &Shop, layer: usize, name: &str, status: &str, conclusion: Option<&str>) {
    let head = shop.bed.git(&["rev-parse", &shop.branch(layer)]);
    let mut state = shop.github.state();
    state.check_runs.retain(|(of, run)| *of != head || run["name"] != name);
    state.check_runs.push((head, json!({"name": name, "status": status, "conclusion": conclusion})));
}

fn review(shop: &Shop, number: u64, word: &'static str) {
    shop.github.state().pull(number).unwrap().reviews.push(("bob".to_owned(), word));
}

fn hears(running: &Running, line: &str) {
    until(&format!("`{line}` is said"), || running.said().contains(line));
}

#[test]
fn everything_is_told_once_until_all_is_decided() {
    let shop = shop(2);
    shop.publish(&[]).exits(0);
    says(&shop, 1, "build", "in_progress", None);
    let running = shop.bed.spawn(&["publish", "--yes", "--watch"]);
    hears(&running, "#1  build: pending");
    says(&shop, 1, "build", "completed", Some("success"));
    hears(&running, "#1  build: passed");
    shop.github.state().is_away = true;
    hears(&running, "asking again in 1 s");
    shop.github.state().is_away = false;
    review(&shop, 1, "APPROVED");
    hears(&running, "#1  approved by bob");
    review(&shop, 2, "APPROVED");
    let output = running.wait().exits(0);
    for line in ["#1  build: pending", "#1  build: passed", "#1  approved by bob", "#2  git-orca/test: passed"] {
        assert_eq!(output.stderr.matches(line).count(), 1, "{line}: {}", output.stderr);
    }
    assert!(!shop.bed.store().is_locked());
}

#[test]
fn the_exit_code_says_what_came_of_it() {
    let shop = shop(1);
    shop.publish(&[]).exits(0);
    review(&shop, 1, "CHANGES_REQUESTED");
    shop.publish(&["--watch"]).exits(7);
    says(&shop, 1, "build", "completed", Some("failure"));
    let output = shop.publish(&["--watch"]).exits(5);
    assert!(output.stderr.contains("not green: build"), "{}", output.stderr);
    let output = shop.publish(&["--watch", "--json"]).exits(5);
    let document: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(document["layers"][0]["review"], "changes requested");
    let build = &document["layers"][0]["checks"][0];
    assert_eq!((&build["name"], &build["state"]), (&json!("build"), &json!("failed")));
}

#[test]
fn what_the_server_requires_is_what_counts() {
    let shop = shop(1);
    shop.publish(&[]).exits(0);
    let check = json!({"type": "required_status_checks",
        "parameters": {"required_status_checks": [{"context": "build"}]}});
    shop.github.state().rules = Some(vec![check]);
    // No word of `lint` and no review is required.
    says(&shop, 1, "lint", "completed", Some("failure"));
    let running = shop.bed.spawn(&["publish", "--yes", "--watch"]);
    hears(&running, "#1  build: required, and nothing said yet");
    says(&shop, 1, "build", "completed", Some("success"));
    running.wait().exits(0);
}
