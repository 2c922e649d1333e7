//! The issues that a plan came from hear where their work is.

use serde_json::{Value, json};

use super::Shop;
use super::github::Fault::Answer;
use super::github::{How, Speaker};

const WRITER: &str = "[run]\nagent = \"mine\"\n[agents.mine]\ncommand = [\"sh\", \"-ec\", 'put t$ORCA_TASK.txt x']\n";

/// Two issues of a repository, one after the other, as the server shows them.
pub fn issues(repository: &str) -> Vec<Value> {
    let issue = |number: u64, title: &str, body: &str| {
        json!({
            "number": number, "title": title, "body": body, "state": "open", "labels": [{ "name": "ready" }],
            "milestone": null, "user": { "login": "ada" }, "author_association": "OWNER",
            "html_url": format!("https://github.com/{repository}/issues/{number}"),
        })
    };
    vec![issue(910, "Dig the @pond", "Wide."), issue(911, "Plant reeds", "Depends on #910.")]
}

/// Their work is done, in this repository or in another one.
fn done(repository: &str, toml: &str) -> Shop {
    let shop = Shop::planned(1, &format!("{WRITER}{toml}"));
    shop.github.state().issues = issues(repository);
    shop.bed.execute(&["github:ada/shop#ready"]).exits(0);
    shop
}

fn comments(shop: &Shop) -> Vec<(u64, String)> {
    shop.github.state().issue_comments.iter().map(|(number, _, text)| (*number, text.clone())).collect()
}

#[test]
fn each_issue_hears_once_where_its_work_is_and_what_became_of_it() {
    let shop = done("Ada/Shop", "");
    shop.publish(&[]).exits(0);
    let said = comments(&shop);
    assert_eq!(said.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [910, 911]);
    assert!(said[0].1.contains("is under review in #1 (1 file, +1 −0)"), "{}", said[0].1);
    assert!(!said[0].1.contains("@pond"), "a title is text: {}", said[0].1);
    assert!(shop.github.pulls().iter().all(|pull| !pull.body.contains("Closes #")), "not unless it is asked for");
    shop.github.forget();
    let again = shop.publish(&[]).exits(0);
    assert_eq!(shop.github.writes(), []);
    assert!(again.stdout.contains("nothing to change"), "{}", again.stdout);
    shop.github.merge(1, How::Squash);
    shop.publish(&[]).exits(0);
    let said = comments(&shop);
    assert_eq!(said.len(), 2, "the comment is rewritten: {said:?}");
    assert!(said[0].1.contains("was merged in #1") && said[1].1.contains("is under review in #2"), "{said:?}");
}

#[test]
fn pull_requests_close_them_where_that_is_asked_for() {
    let shop = done("ada/shop", "[publish]\nissues = \"close\"\n");
    shop.publish(&[]).exits(0);
    let pulls = shop.github.pulls();
    assert!(pulls[0].body.contains("\nCloses #910\n") && !pulls[0].body.contains("#911"), "{}", pulls[0].body);
    assert!(pulls[1].body.contains("\nCloses #911\n"), "{}", pulls[1].body);
}

#[test]
fn an_issue_of_another_repository_is_another_issue() {
    for (repository, toml) in [("ada/garden", ""), ("ada/shop", "[publish]\nissues = \"off\"\n")] {
        let shop = done(repository, toml);
        shop.publish(&[]).exits(0);
        assert_eq!(comments(&shop), [], "{repository}");
        assert!(shop.github.pulls().iter().all(|pull| !pull.body.contains("Closes #")));
    }
}

#[test]
fn an_issue_that_cannot_be_told_is_named_and_holds_nothing_up() {
    let shop = done("ada/shop", "");
    shop.github.fails("POST", "/issues/910/comments", [Answer(403, &[], "This issue is locked")]);
    let output = shop.publish(&[]).exits(0);
    assert!(output.stderr.contains("issue #910 was not told") && output.stderr.contains("locked"), "{}", output.stderr);
    assert_eq!(shop.stands().len(), 2);
    shop.publish(&[]).exits(0);
    assert_eq!(comments(&shop).len(), 2);
}

#[test]
fn a_strangers_copy_of_what_an_issue_is_told_stands_for_nothing() {
    for account in [Speaker::ADA, Speaker::EVE, Speaker::ACTIONS] {
        let shop = done("ada/shop", "");
        shop.github.state().account = account;
        let copied = format!("<!-- git-orca:issue run={} -->\nBuy this.", shop.bed.run());
        shop.github.state().comments(Speaker::MALLORY, 910, &copied);
        shop.publish(&[]).exits(0);
        shop.publish(&[]).exits(0);
        let said = comments(&shop);
        let of = |number: u64| said.iter().filter(|(it, _)| *it == number).count();
        assert_eq!((of(910), of(911)), (2, 1), "{account:?} {said:?}");
        assert_eq!(said[0].1, copied, "{account:?}");
    }
}
