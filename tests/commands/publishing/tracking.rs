//! The issues that a plan came from as a tracker (`orca.tracker = issues`): told in step, once, and waited for by nobody.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::json;

use super::Shop;
use super::echo::issues;
use super::github::Fault::{Answer, CutAfter, Silent};
use crate::support::{Fifo, until};

const WRITER: &str =
    "[run]\nagent = \"mine\"\n[agents.mine]\ncommand = [\"sh\", \"-ec\", 'block go; put t$ORCA_TASK.txt x']\n";

/// Two issues, one after the other, of `repository`, and somebody who listens.
fn shop(repository: &str) -> Shop {
    let shop = Shop::planned(1, WRITER);
    shop.github.state().issues = issues(repository);
    shop.bed.git(&["config", "orca.tracker", "issues"]);
    shop
}

fn comments(shop: &Shop) -> Vec<(u64, String)> {
    shop.github.state().issue_comments.iter().map(|(number, _, text)| (*number, text.clone())).collect()
}

/// Lets the first task go on, and the second once that has landed: whoever waits is another one then.
fn let_both_go(shop: &Shop, go: &Fifo) {
    drop(go.wait());
    second_goes(shop, go);
}

fn second_goes(shop: &Shop, go: &Fifo) {
    until("the first has landed", || {
        shop.bed.try_state().is_some_and(|state| state.tasks.first().is_some_and(|task| task.landed.is_some()))
    });
    drop(go.wait());
}

/// Of each issue the one comment that it has, once everything landed.
#[track_caller]
fn are_done(shop: &Shop) {
    let said = comments(shop);
    assert_eq!(said.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [910, 911], "{said:?}");
    assert!(said.iter().all(|(_, text)| text.contains("done; all its checks passed")), "{said:?}");
    assert!(said.iter().all(|(_, text)| !text.contains("@pond")), "{said:?}");
}

#[test]
fn each_issue_hears_every_step_by_one_comment_and_publishing_goes_on_with_it() {
    let shop = shop("ada/shop");
    let go = shop.bed.fifo("go");
    let running = shop.bed.spawn(&["execute", "--yes", "github:ada/shop#ready"]);
    let held = go.wait();
    until("the first hears that it is worked on", || {
        comments(&shop).iter().any(|(_, text)| text.contains(": in work."))
    });
    assert_eq!(comments(&shop).len(), 1, "the other waits");
    drop(held);
    second_goes(&shop, &go);
    running.wait().exits(0);
    are_done(&shop);
    assert_eq!(shop.github.writes().iter().filter(|sent| sent.method == "POST").count(), 2);
    shop.github.forget();
    shop.bed.orca(&["resume"]).exits(0);
    assert_eq!(shop.github.writes(), [], "what was told is not told again");
    shop.publish(&[]).exits(0);
    let said = comments(&shop);
    assert_eq!(said.len(), 2, "never a second one: {said:?}");
    assert!(said[0].1.contains("is under review in #"), "{said:?}");
    shop.assert_no_token();
}

#[test]
fn a_server_that_is_away_delays_no_run_and_is_told_by_the_next() {
    let shop = shop("ada/shop");
    let go = shop.bed.fifo("go");
    let running = shop.bed.spawn(&["execute", "--yes", "github:ada/shop#ready"]);
    let held = go.wait();
    shop.github.state().is_away = true;
    let begun = Instant::now();
    drop(held);
    second_goes(&shop, &go);
    let output = running.wait().exits(0);
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    assert!(output.stderr.contains("the next run here tells it the rest"), "{}", output.stderr);
    assert_eq!(output.stderr.matches("does not answer:").count(), 1, "{}", output.stderr);
    shop.github.state().is_away = false;
    shop.bed.plan(json!([{ "id": "X", "title": "More", "run": "block more; put x.txt x" }]));
    let more = shop.bed.fifo("more");
    let running = shop.bed.spawn(&["execute", "--yes", "--new", "tasks.json"]);
    let held = more.wait();
    until("the earlier run is told", || {
        comments(&shop).iter().filter(|(_, text)| text.contains("all its checks")).count() == 2
    });
    drop(held);
    running.wait().exits(0);
    are_done(&shop);
}

#[test]
fn killed_between_a_comment_and_its_note_no_issue_hears_twice() {
    let shop = shop("ada/shop");
    shop.github.fails("POST", "/issues/910/comments", [Silent(600_000)]);
    let go = shop.bed.fifo("go");
    let running = shop.bed.spawn(&["execute", "--yes", "github:ada/shop#ready"]);
    let held = go.wait();
    until("the comment is there", || comments(&shop).len() == 1);
    running.signal(Signal::SIGKILL);
    running.wait();
    drop(held);
    let running = shop.bed.spawn(&["resume", "--yes"]);
    let_both_go(&shop, &go);
    running.wait().exits(0);
    are_done(&shop);
    // Nor where the line is cut after the server has written it.
    shop.github.state().issue_comments.clear();
    shop.github.fails("POST", "/issues/910/comments", [CutAfter]);
    let running = shop.bed.spawn(&["execute", "--yes", "--new", "github:ada/shop#ready"]);
    let_both_go(&shop, &go);
    running.wait().exits(0);
    are_done(&shop);
}

#[test]
fn an_issue_that_cannot_be_told_is_named_and_the_others_are_told() {
    let shop = shop("ada/shop");
    let locked = || Answer(403, &[], "This issue is locked");
    shop.github.fails("POST", "/issues/910/comments", std::iter::repeat_with(locked).take(20));
    let go = shop.bed.fifo("go");
    let running = shop.bed.spawn(&["execute", "--yes", "github:ada/shop#ready"]);
    let_both_go(&shop, &go);
    let output = running.wait().exits(0);
    assert!(output.stderr.contains("refused that") && output.stderr.contains("locked"), "{}", output.stderr);
    let said = comments(&shop);
    assert!(said.len() == 1 && said[0].0 == 911 && said[0].1.contains("all its checks passed"), "{said:?}");
}

/// Nothing in a repository says whom to write to: a list of issues that lies in it is a plan, and no more.
#[test]
fn a_list_in_the_repository_makes_nobody_write_anywhere() {
    let shop = shop("ada/shop");
    let list =
        json!([{"number": 910, "title": "Dig", "state": "OPEN", "url": "https://github.com/bob/garden/issues/910"}]);
    shop.bed.write("issues.json", &list.to_string());
    shop.bed.commit("a list");
    let go = shop.bed.fifo("go");
    let running = shop.bed.spawn(&["execute", "--yes", "issues.json"]);
    drop(go.wait());
    running.wait().exits(0);
    assert_eq!((comments(&shop), shop.github.writes()), (vec![], vec![]));
}
