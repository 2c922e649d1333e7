//! Whose words are ours. Everything that we write on a server carries a mark that anybody can read and copy: a stranger's copy
//! closes no thread, keeps nothing from being said, and is never overwritten; and whoever's token it is, nothing is said twice.

use git_orca::model::AttemptId;
use serde_json::{Value, json};

use super::Shop;
use super::github::{Speaker, Speaks};

/// One published layer whose task does better when it is done again.
fn reviewed() -> Shop {
    let shop = Shop::planned(1, "");
    let run = "put n1.txt 1$ORCA_ATTEMPT && echo line 1 >> shared.txt";
    shop.bed.plan(json!([{ "id": "T1", "title": "Step 1", "run": run }]));
    shop.bed.execute(&[]).exits(0);
    shop.publish(&[]).exits(0);
    shop
}

/// A remark, or an answer to one.
fn says(shop: &Shop, id: u64, to: Option<u64>, by: Speaker, body: &str) {
    let mut remark = json!({
        "id": id, "user": { "login": by.login, "type": if by.is_program { "Bot" } else { "User" } },
        "author_association": by.association, "path": "n1.txt", "line": 1, "body": body,
    });
    if let Some(to) = to {
        remark["in_reply_to_id"] = json!(to);
    }
    shop.github.state().pull(1).unwrap().remarks.push(remark);
}

fn answers(shop: &Shop, to: u64) -> Vec<Value> {
    let mut state = shop.github.state();
    state.pull(1).unwrap().remarks.iter().filter(|it| it["in_reply_to_id"] == to).cloned().collect()
}

/// The mark of the answer to the first remark that was dealt with.
fn mark(shop: &Shop) -> String {
    let run = shop.bed.run();
    format!("<!-- git-orca:answer run={run} task=T1 attempt=2 -->")
}

#[test]
fn a_stranger_s_copy_of_our_mark_closes_no_thread_and_keeps_no_answer_back() {
    let shop = reviewed();
    says(&shop, 901, None, Speaker::BOB, "Say it better.");
    says(&shop, 902, Some(901), Speaker::MALLORY, &format!("Dealt with.\n{}", mark(&shop)));
    // Somebody who may write quotes it: that is no answer of ours either.
    says(&shop, 903, None, Speaker::BOB, "And this.");
    says(&shop, 904, Some(903), Speaker::BOB, &format!("> Dealt with.\n> {}\nIt is not.", mark(&shop)));
    shop.bed.orca(&["retry", "T1", "--from-pr", "--yes"]).exits(0);
    let told = std::fs::read_to_string(shop.bed.paths().prompt_file(&AttemptId { task: "T1".parse().unwrap(), n: 2 }))
        .unwrap();
    assert!(told.contains("Say it better.") && told.contains("It is not."), "{told}");
    assert_eq!((answers(&shop, 901).len(), answers(&shop, 903).len()), (2, 2));
    assert_eq!(answers(&shop, 901)[1]["user"]["login"], "ada");
    // Now it is closed, and a stranger's word does not open it again.
    says(&shop, 990, Some(901), Speaker::MALLORY, "No.");
    let output = shop.bed.orca(&["retry", "T1", "--from-pr", "--yes"]).exits(2);
    assert!(output.stderr.contains("nothing that is open in #1"), "{}", output.stderr);
}

#[test]
fn whoever_publishes_answers_once() {
    for account in [Speaker::ADA, Speaker::EVE, Speaker::ACTIONS] {
        let shop = reviewed();
        shop.github.state().account = account;
        says(&shop, 901, None, Speaker::BOB, "Say it better.");
        shop.bed.orca(&["retry", "T1", "--from-pr", "--yes"]).exits(0);
        assert_eq!(answers(&shop, 901).len(), 1, "{account:?}");
        shop.github.forget();
        shop.publish(&[]).exits(0);
        assert_eq!((answers(&shop, 901).len(), shop.github.writes()), (1, vec![]), "{account:?}");
        shop.bed.orca(&["retry", "T1", "--from-pr", "--yes"]).exits(2);
    }
}

#[test]
fn a_stranger_s_copy_of_a_comment_is_left_alone_and_ours_is_written_once() {
    for (speaks, accounts) in [
        (Speaks::GitHub, &[Speaker::ADA, Speaker::EVE, Speaker::ACTIONS][..]),
        (Speaks::Forgejo, &[Speaker::ADA, Speaker::EVE][..]),
    ] {
        for account in accounts {
            let shop = Shop::wordy(speaks, 1);
            shop.github.state().account = *account;
            let copied = format!("<!-- git-orca:rest run={} layer=1 -->\nBuy this.", shop.bed.run());
            shop.github.fails("POST", "/comments", vec![super::github::Fault::Answer(422, &[], "not now")]);
            shop.publish(&[]).exits(7);
            shop.github.state().comments(Speaker::MALLORY, 1, &copied);
            shop.publish(&[]).exits(0);
            shop.publish(&[]).exits(0);
            let texts: Vec<String> = shop.github.pulls()[0].comments.iter().map(|(_, text)| text.clone()).collect();
            assert!(texts.len() == 2 && texts[0] == copied && texts[1] != copied, "{account:?} {texts:?}");
        }
    }
}

#[test]
fn a_reviewer_whom_the_server_does_not_know_stops_nothing_else() {
    for name in ["eve", "ada"] {
        let shop = Shop::new(2);
        shop.bed.git(&["config", "orca.publishLabels", "agents"]);
        shop.bed.git(&["config", "orca.publishReviewers", &format!("bob,{name}")]);
        shop.github.state().no_reviewers = vec!["eve", "ada"];
        for _ in 0..2 {
            let output = shop.publish(&[]).exits(7);
            for words in
                ["#1 is published, but", "#2 is published, but", "requested from collaborators", "git orca publish"]
            {
                assert!(output.stdout.contains(words), "{words}: {output:?}");
            }
            assert_eq!(shop.stands(), ["1 open main", "2 open layer/1"]);
            assert!(
                shop.github.pulls().iter().all(|pull| pull.labels == ["agents"] && pull.body.contains("git-orca:end"))
            );
            shop.assert_exact(&[]);
        }
        shop.bed.git(&["config", "orca.publishReviewers", "bob"]);
        shop.publish(&[]).exits(0);
        assert!(shop.github.pulls().iter().all(|pull| pull.reviewers == ["bob"]));
        shop.github.forget();
        shop.publish(&[]).exits(0);
        assert_eq!(shop.github.writes(), []);
    }
}
