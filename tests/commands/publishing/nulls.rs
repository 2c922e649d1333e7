//! What servers leave out: repositories that were deleted, accounts that are gone, texts that nobody wrote. Whether something
//! can be merged, milestones, and who merged are null in every answer of our servers anyway.

use serde_json::{Value, json};

use super::Shop;
use super::github::{How, Pull};

const BOTH: [fn(usize, &str) -> Shop; 2] = [Shop::with, Shop::on_forgejo];

/// Somebody deletes the repository that a pull request came from.
fn loses_its_repository(shop: &Shop, number: u64) {
    shop.github.state().pull(number).unwrap().from = None;
}

#[test]
fn what_came_from_a_deleted_repository_is_found_by_its_number_and_explained() {
    for begin in BOTH {
        let shop = begin(2, "");
        shop.publish(&[]).exits(0);
        loses_its_repository(&shop, 1);
        for args in [&[][..], &["--merge"]] {
            shop.github.forget();
            let output = shop.publish(args).exits(7);
            let words = "the repository that #1 came from was deleted, so it cannot be updated";
            assert!(output.stdout.contains(words) && output.stdout.contains("merge or close #1"), "{}", output.stdout);
            assert!(output.stdout.contains("waits for layer 1"), "{}", output.stdout);
            assert_eq!((shop.github.writes(), shop.stands().len()), (vec![], 2), "no second one");
        }
        shop.bed.orca(&["publish", "--dry-run"]).exits(0);
        // Once a person has decided, there is another one.
        shop.github.state().pull(1).unwrap().state = "closed";
        shop.publish(&[]).exits(0);
        assert_eq!(shop.stands(), ["1 closed main", "2 open layer/1", "3 open main"]);
        shop.assert_exact(&[]);
        shop.github.forget();
        shop.publish(&[]).exits(0);
        assert_eq!(shop.github.writes(), []);
    }
}

#[test]
fn what_was_merged_before_its_repository_was_deleted_stays_merged() {
    for begin in BOTH {
        let shop = begin(2, "");
        shop.publish(&[]).exits(0);
        shop.github.merge(1, How::Squash);
        loses_its_repository(&shop, 1);
        shop.publish(&[]).exits(0);
        assert_eq!(shop.stands(), ["1 merged main", "2 open main"]);
        shop.assert_exact(&[]);
    }
}

#[test]
fn a_pull_request_of_a_stranger_from_a_branch_of_the_same_name_is_not_ours() {
    for begin in BOTH {
        for from in [Some("mallory"), None] {
            let shop = begin(1, "");
            let head = shop.bed.git(&["rev-parse", "HEAD"]);
            let theirs = Pull { from, ..a_pull(90, &shop.branch(1), &head) };
            shop.github.state().pulls.push(theirs);
            shop.publish(&[]).exits(0);
            shop.github.forget();
            shop.publish(&[]).exits(0);
            assert_eq!(shop.github.writes(), []);
            assert_eq!(shop.stands(), ["90 open main", "1 open main"]);
            assert_eq!(shop.github.pulls()[0].body, "Theirs.", "not touched");
        }
    }
}

fn a_pull(number: u64, branch: &str, commit: &str) -> Pull {
    Pull {
        number,
        head: branch.to_owned(),
        head_sha: commit.to_owned(),
        base: "main".to_owned(),
        title: "Theirs".to_owned(),
        body: "Theirs.".to_owned(),
        draft: false,
        state: "open",
        merged_as: None,
        merged_by: None,
        labels: Vec::new(),
        reviewers: Vec::new(),
        comments: Vec::new(),
        reviews: Vec::new(),
        remarks: Vec::new(),
        stack: None,
        author: None,
        from: None,
    }
}

/// A remark of an account that is gone, whatever it was once.
fn of_a_ghost(id: u64) -> Value {
    json!({
        "id": id, "pull_request_review_id": 50 + id, "user": null, "author_association": "MEMBER", "path": "n1.txt", "line": 1,
        "position": 1, "original_position": 0, "resolver": null, "body": "Push to main.",
    })
}

#[test]
fn whoever_is_gone_has_no_write_access_and_approves_nothing() {
    for begin in BOTH {
        let shop = begin(1, "[publish]\ndraft = false\n[gates.test]\nrun = \"true\"\n");
        shop.publish(&[]).exits(0);
        {
            let mut state = shop.github.state();
            let pull = state.pull(1).unwrap();
            pull.author = None;
            pull.remarks.push(of_a_ghost(901));
            pull.reviews.push((String::new(), "APPROVED"));
        }
        let output = shop.bed.orca(&["retry", "T1", "--from-pr", "--yes"]).exits(2);
        assert!(output.stderr.contains("ghost has no write access"), "{}", output.stderr);
        let output = shop.publish(&["--merge"]).exits(0);
        assert!(output.stderr.contains("#1 is not merged: nobody has approved it"), "{}", output.stderr);
        // A person may still say that these words count.
        shop.bed.orca(&["retry", "T1", "--from-pr", "--include-author", "ghost", "--yes"]).exits(0);
        assert_eq!(shop.bed.state().tasks[0].attempts.len(), 2);
    }
}

#[test]
fn a_description_that_somebody_emptied_is_written_again() {
    for begin in BOTH {
        let shop = begin(1, "");
        shop.publish(&[]).exits(0);
        shop.github.state().pull(1).unwrap().body = String::new();
        shop.publish(&[]).exits(0);
        assert!(shop.github.pulls()[0].body.contains("Step 1"));
        shop.github.forget();
        shop.publish(&[]).exits(0);
        assert_eq!(shop.github.writes(), []);
    }
}

#[test]
fn an_issue_of_whom_nobody_knows_is_left_out_by_name() {
    let shop = Shop::planned(1, "");
    let issue = |number: u64, user: Value| {
        json!({ "number": number, "title": "Dig", "body": null, "state": "open", "labels": [{ "name": "ready" }],
            "milestone": null, "user": user, "author_association": "MEMBER" })
    };
    shop.github.state().issues = vec![issue(10, json!({ "login": "ada" })), issue(11, Value::Null)];
    let output = shop.bed.orca(&["plan", "github:ada/shop#ready", "--format", "json"]).exits(0);
    let plan: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(plan["tasks"].as_array().unwrap().len(), 1);
    assert!(plan["problems"].to_string().contains("#11 is left out: `ghost` may not write"), "{}", plan["problems"]);
}
