//! `execute --approve layer --pr`: a layer starts when the pull request below it is approved or merged.

use git_orca::journal::{Answer, Event, Request};
use nix::sys::signal::Signal;

use super::Shop;
use super::github::How;
use crate::support::{Running, until};

const LAYERED: [&str; 5] = ["execute", "--yes", "--approve", "layer", "--pr"];

/// A run that looks at the server each second, and waits for the review of its first pull request.
fn waiting(layers: usize, toml: &str) -> (Shop, Running) {
    let shop = Shop::planned(layers, toml);
    shop.bed.git(&["config", "orca.publishPoll", "1s"]);
    let running = shop.bed.spawn(&LAYERED);
    waits_for(&shop, &running, 1);
    (shop, running)
}

#[test]
fn who_merged_need_not_be_known_for_the_next_layer_to_start() {
    let (shop, running) = waiting(2, "");
    {
        let mut state = shop.github.state();
        state.merge(1, How::Squash).unwrap();
        state.pull(1).unwrap().merged_by = None;
    }
    running.wait().exits(0);
    assert_eq!(shop.stands(), ["1 merged main", "2 open main"]);
    let by: Vec<String> = answers(&shop).into_iter().filter_map(|it| it.from.map(|from| from.user)).collect();
    assert_eq!(by, ["somebody"]);
}

/// Until the review of this one is waited for.
fn waits_for(shop: &Shop, running: &Running, number: u64) {
    let line = format!("nobody has approved or merged #{number}");
    until(&format!("#{number} is waited for"), || running.said().contains(&line));
    assert_eq!(shop.github.pulls().len() as u64, number, "nothing above it was begun");
}

fn approve(shop: &Shop, number: u64) {
    shop.github.state().pull(number).unwrap().reviews.push(("bob".to_owned(), "APPROVED"));
}

/// The answers in the journal.
fn answers(shop: &Shop) -> Vec<Answer> {
    let of = |event: Event| match event {
        Event::Requested { request: Request::Answer(answer), .. } => Some(answer),
        _ => None,
    };
    shop.bed.journal().into_iter().filter_map(|entry| of(entry.event)).collect()
}

#[test]
fn each_layer_waits_for_the_review_below_it() {
    let (shop, running) = waiting(3, "");
    let status = shop.bed.orca(&["status"]).exits(0);
    assert!(status.stdout.contains("paused") && status.stdout.contains("once #1 is approved"), "{}", status.stdout);
    assert!(!shop.bed.store().is_locked(), "nobody holds a run that waits");
    let looks = shop.github.state().unchanged;
    until("it looked twice more, at the price of nothing", || shop.github.state().unchanged > looks + 3);
    shop.github.state().pull(1).unwrap().reviews.push(("eve".to_owned(), "CHANGES_REQUESTED"));
    until("changes are asked for", || running.said().contains("a reviewer asks for changes in #1"));
    shop.github.state().pull(1).unwrap().reviews.push(("eve".to_owned(), "APPROVED"));
    waits_for(&shop, &running, 2);
    shop.github.merge(1, How::Squash);
    approve(&shop, 2);
    let output = running.wait().exits(0);
    assert_eq!(shop.stands(), ["1 merged main", "2 open main", "3 open layer/2"], "{output:?}");
    shop.assert_exact(&[]);
    let said: Vec<(String, String)> =
        answers(&shop).into_iter().map(|it| (it.id, it.from.map(|from| from.user).unwrap_or_default())).collect();
    assert_eq!(said, [("layer:2".to_owned(), "eve".to_owned()), ("layer:3".to_owned(), "bob".to_owned())]);
    shop.assert_no_token();
}

#[test]
fn killed_while_it_waits_resume_waits_on() {
    let (shop, running) = waiting(2, "");
    running.signal(Signal::SIGKILL);
    running.wait();
    let again = shop.bed.spawn(&["resume", "--yes"]);
    waits_for(&shop, &again, 1);
    again.signal(Signal::SIGINT);
    let output = again.wait().exits(130);
    assert!(output.stderr.contains("git orca resume"), "{}", output.stderr);
    // Approved while nobody waited.
    approve(&shop, 1);
    shop.bed.orca(&["resume", "--yes"]).exits(0);
    assert_eq!(shop.stands(), ["1 open main", "2 open layer/1"]);
    shop.assert_exact(&[]);
}

#[test]
fn what_a_reviewer_pushed_is_what_the_next_layer_starts_from() {
    for how in [None, Some(How::Merge), Some(How::Squash)] {
        let (shop, running) = waiting(2, "");
        shop.others_commit(&shop.branch(1), "review.txt", "reviewed\n");
        match how {
            Some(how) => shop.github.merge(1, how),
            None => approve(&shop, 1),
        }
        running.wait().exits(0);
        let by = how.map_or("#1 was approved by bob", |_| "#1 was merged by eve");
        assert_eq!(answers(&shop)[0].note.as_deref(), Some(by));
        shop.assert_exact(&[(1, "reviewed")]);
        starts_on_review(&shop);
        shop.github.forget();
        shop.publish(&[]).exits(0);
        assert_eq!(shop.github.writes(), [], "{how:?}");
    }
}

/// The second layer has begun on what the reviewer pushed.
fn starts_on_review(shop: &Shop) {
    let state = shop.bed.state();
    let base = state.tasks[1].attempts[0].base.to_string();
    assert_eq!(shop.bed.git(&["show", &format!("{base}:review.txt")]), "reviewed");
}

#[test]
fn a_server_that_is_away_only_delays() {
    let (shop, running) = waiting(2, "");
    shop.github.state().is_away = true;
    until("it says so", || running.said().contains("asking again in 1 s"));
    approve(&shop, 1);
    shop.github.state().is_away = false;
    running.wait().exits(0);
    assert_eq!(shop.stands(), ["1 open main", "2 open layer/1"]);
}

#[test]
fn a_person_can_answer_without_the_server() {
    let (shop, running) = waiting(2, "");
    shop.bed.orca(&["approve", "layer:2"]).exits(0);
    running.wait().exits(0);
    assert_eq!(shop.stands(), ["1 open main", "2 open layer/1"]);
    assert!(shop.github.state().pull(1).unwrap().reviews.is_empty());
}

#[test]
fn a_run_that_waits_can_be_stopped_and_rejected() {
    let (shop, running) = waiting(2, "");
    shop.bed.orca(&["stop"]).exits(0);
    let output = running.wait().exits(130);
    assert!(output.stderr.contains("another process went on"), "{}", output.stderr);
    let again = shop.bed.spawn(&["resume", "--yes"]);
    waits_for(&shop, &again, 1);
    shop.bed.orca(&["reject", "layer:2", "-m", "not this way"]).exits(0);
    assert_eq!(again.wait().code, 130);
    assert_eq!(shop.stands(), ["1 open main"]);
}

#[test]
fn a_layer_of_which_nothing_landed_holds_nobody_up() {
    let shop = Shop::planned(1, "[run]\nattempts = 1\n[gates.test]\nrun = \"false\"\n");
    shop.bed.spawn(&LAYERED).wait().exits(5);
    assert!(shop.stands().is_empty());
}
