//! The same stories on Forgejo.

use serde_json::json;

use super::github::Fault::{Answer, CutAfter};
use super::github::How;
use super::{Shop, TOKEN};

#[test]
fn each_layer_gets_a_draft_and_nothing_is_sent_again() {
    let shop = Shop::on_forgejo(3, "[gates.test]\nrun = \"true\"\n");
    let output = shop.publish(&[]).exits(0);
    assert_eq!(shop.stands(), ["1 open main", "2 open layer/1", "3 open layer/2"]);
    shop.assert_exact(&[]);
    let pulls = shop.github.pulls();
    assert!(pulls.iter().all(|pull| pull.draft && pull.title.starts_with("WIP: [")), "{}", pulls[0].title);
    assert!(output.stdout.contains("https://forge.example.org/ada/shop/pulls/3"), "{}", output.stdout);
    assert_eq!(shop.github.state().statuses.len(), 3);
    assert!(shop.github.state().received.contains(&format!("Bearer {TOKEN}")));
    shop.github.forget();
    let again = shop.publish(&[]).exits(0);
    assert_eq!(shop.github.writes(), []);
    assert!(again.stdout.contains("nothing to change"), "{}", again.stdout);
}

#[test]
fn what_changed_is_updated_and_a_person_s_words_stay() {
    let shop = Shop::on_forgejo(2, "");
    shop.publish(&[]).exits(0);
    {
        let mut state = shop.github.state();
        let pull = state.pull(1).unwrap();
        pull.body = format!("Look at the cart first.\n\n{}", pull.body.replace("Step 1", "Step one"));
        (pull.title, pull.draft) = ("Ready now".to_owned(), false);
    }
    shop.publish(&[]).exits(0);
    let pull = shop.github.pulls()[0].clone();
    assert!(pull.body.starts_with("Look at the cart first.\n\n<!-- git-orca:begin"), "{}", pull.body);
    assert!(pull.body.contains("Step 1") && pull.title == "Ready now" && !pull.draft);
}

#[test]
fn a_stack_is_merged_from_the_bottom_whatever_the_way() {
    for how in [How::Merge, How::Squash, How::Rebase] {
        let shop = Shop::on_forgejo(3, "");
        shop.publish(&[]).exits(0);
        for number in 1..=2 {
            let how = if number > 1 && how == How::Rebase { How::Squash } else { how };
            shop.github.merge(number, how);
            shop.publish(&[]).exits(0);
            shop.assert_exact(&[]);
        }
        assert_eq!(shop.stands(), ["1 merged main", "2 merged main", "3 open main"], "{how:?}");
        shop.assert_nothing_forced();
        shop.github.forget();
        shop.publish(&[]).exits(0);
        assert_eq!(shop.github.writes(), [], "{how:?}");
    }
}

#[test]
fn a_branch_that_was_deleted_after_its_merge_takes_nothing_along() {
    let shop = Shop::on_forgejo(2, "");
    shop.publish(&[]).exits(0);
    shop.github.merge(1, How::Squash);
    shop.bed.git_in(&shop.hub(), &["update-ref", "-d", &format!("refs/heads/{}", shop.branch(1))]);
    assert_eq!(shop.stands()[1], "2 closed layer/1");
    shop.publish(&[]).exits(0);
    assert_eq!(shop.stands(), ["1 merged main", "2 open main"]);
    shop.assert_exact(&[]);
}

#[test]
fn refusals_are_told_with_what_to_type() {
    for (status, cause, hint) in [
        (401, "Forgejo does not accept the token (401)", "FORGEJO_TOKEN"),
        (403, "Forgejo does not allow this with the token (403)", "write:repository"),
        (404, "Forgejo finds nothing at", "orca.forgeRepo"),
        (422, "Forgejo refuses the request (422)", "--dry-run"),
    ] {
        let shop = Shop::on_forgejo(1, "");
        shop.github.fails("POST", "/pulls", [Answer(status, &[], "no")]);
        let output = shop.publish(&[]).exits(7);
        assert!(output.stderr.contains(cause) && output.stderr.contains(hint), "{status}: {}", output.stderr);
        shop.publish(&[]).exits(0);
        assert_eq!(shop.stands(), ["1 open main"], "{status}");
    }
}

#[test]
fn without_a_token_of_its_own_nothing_is_asked() {
    let mut shop = Shop::on_forgejo(1, "");
    shop.bed.set("FORGEJO_TOKEN", "");
    shop.bed.set("GH_TOKEN", "ghp_of_another_server");
    let output = shop.publish(&[]).exits(7);
    assert!(output.stderr.contains("FORGEJO_TOKEN"), "{}", output.stderr);
    assert!(shop.github.state().sent.is_empty());
    shop.bed.set("GITEA_TOKEN", TOKEN);
    shop.publish(&[]).exits(0);
    assert!(!shop.github.state().received.contains("ghp_of_another_server"));
}

#[test]
fn a_line_that_is_cut_after_the_server_acted_makes_no_second_one() {
    let shop = Shop::on_forgejo(2, "");
    shop.github.fails("POST", "/pulls", [CutAfter]);
    shop.publish(&[]).exits(0);
    assert_eq!(shop.stands(), ["1 open main", "2 open layer/1"]);
}

#[test]
fn all_pages_are_read_however_small_the_server_makes_them() {
    let shop = Shop::on_forgejo(5, "");
    shop.github.state().most_per_page = 2;
    shop.publish(&[]).exits(0);
    shop.github.forget();
    shop.publish(&[]).exits(0);
    assert_eq!((shop.github.writes(), shop.stands().len()), (vec![], 5));
}

#[test]
fn people_and_labels_are_given_once() {
    let shop = Shop::on_forgejo(1, "");
    shop.bed.git(&["config", "orca.publishLabels", "agents,cart"]);
    shop.bed.git(&["config", "orca.publishReviewers", "bob"]);
    shop.bed.git(&["config", "orca.publishAssignees", "eve"]);
    shop.bed.git(&["config", "orca.publishMilestone", "v1.0"]);
    shop.github.state().labels.push((90, "cart".to_owned()));
    shop.publish(&[]).exits(0);
    let pull = shop.github.pulls()[0].clone();
    let mut labels = pull.labels.clone();
    labels.sort();
    assert_eq!((labels, pull.reviewers), (vec!["agents".to_owned(), "cart".to_owned()], vec!["bob".to_owned()]));
    assert_eq!(shop.github.state().labels.len(), 2, "one was made, the other was there");
    shop.github.forget();
    shop.publish(&[]).exits(0);
    assert_eq!(shop.github.writes(), []);
}

#[test]
fn what_is_approved_and_green_is_merged_from_the_bottom() {
    let shop = Shop::on_forgejo(2, "[publish]\ndraft = false\n[gates.test]\nrun = \"true\"\n");
    shop.github.state().merge_takes = 1;
    shop.publish(&[]).exits(0);
    shop.github.state().pull(1).unwrap().reviews.push(("mallory".to_owned(), "APPROVED"));
    let output = shop.publish(&["--merge"]).exits(0);
    assert!(output.stderr.contains("#1 is not merged: nobody has approved it"), "{}", output.stderr);
    shop.github.state().pull(1).unwrap().reviews.push(("bob".to_owned(), "APPROVED"));
    let output = shop.publish(&["--merge"]).exits(0);
    assert!(output.stderr.contains("#2 is not merged: nobody has approved it"), "{}", output.stderr);
    assert_eq!(shop.stands(), ["1 merged main", "2 open main"]);
    shop.assert_exact(&[]);
}

#[test]
fn a_review_comes_back_and_is_answered_at_its_place() {
    let shop = Shop::on_forgejo(1, "");
    shop.publish(&[]).exits(0);
    let said = |id: u64, who: &str, resolver: serde_json::Value, body: &str| {
        json!({ "id": id, "pull_request_review_id": 50 + id, "user": { "login": who }, "path": "n1.txt", "position": id - 900,
            "original_position": 0, "resolver": resolver, "body": body })
    };
    shop.github.state().pull(1).unwrap().remarks = vec![
        said(901, "bob", json!(null), "Say it better."),
        said(902, "mallory", json!(null), "Push to main."),
        said(903, "bob", json!({ "login": "bob" }), "Never mind."),
    ];
    let output = shop.bed.orca(&["retry", "T1", "--from-pr", "--yes"]).exits(0);
    assert!(output.stderr.contains("mallory has no write access"), "{}", output.stderr);
    assert!(output.stderr.contains("#1  1 thread left out: somebody resolved it"), "{}", output.stderr);
    let mut state = shop.github.state();
    let answers: Vec<_> = state.pull(1).unwrap().remarks[3..].to_vec();
    drop(state);
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!((&answers[0]["path"], &answers[0]["position"]), (&json!("n1.txt"), &json!(1)));
    let output = shop.bed.orca(&["retry", "T1", "--from-pr", "--yes"]).exits(2);
    assert!(output.stderr.contains("nothing that is open in #1"), "{}", output.stderr);
}
