//! Commits of others.

use super::Shop;

#[test]
fn a_reviewers_commit_is_gated_taken_in_and_carried_forward() {
    let shop = Shop::new(3);
    shop.publish(&[]).exits(0);
    let commit = shop.others_commit(&shop.branch(1), "review.txt", "reviewed\n");
    let output = shop.publish(&[]).exits(0);
    assert!(output.stdout.contains("commits pushed onto layer 1 are taken in"), "{}", output.stdout);
    shop.assert_exact(&[(1, "reviewed")]);
    let all = shop.bed.git_in(&shop.hub(), &["rev-list", &shop.branch(3)]);
    assert!(all.contains(&commit), "every layer above holds it");
    assert_eq!(shop.bed.state().head(1).commit.as_str(), commit, "and the run knows it");
}

#[test]
fn a_reviewers_commit_that_does_not_pass_is_left_where_it_is() {
    let shop = Shop::gated(2);
    shop.publish(&[]).exits(0);
    let before = shop.bed.git(&["rev-parse", &shop.branch(1)]);
    shop.others_commit(&shop.branch(1), "broken.txt", "broken\n");
    let output = shop.publish(&[]);
    assert_eq!(output.code, 7, "{output:?}");
    assert!(output.stdout.contains("do not pass: gate test"), "{}", output.stdout);
    assert_eq!(shop.bed.git(&["rev-parse", &shop.branch(1)]), before);
}

#[test]
fn what_somebody_forced_is_refused_and_explained() {
    let shop = Shop::new(2);
    shop.publish(&[]).exits(0);
    let branch = format!("refs/heads/{}", shop.branch(1));
    shop.bed.git(&["push", "-q", "-f", "origin", &format!("main:{branch}")]);
    let other = shop.others_commit(&shop.branch(1), "theirs.txt", "theirs\n");
    let output = shop.publish(&[]);
    assert_eq!(output.code, 7, "{output:?}");
    assert!(output.stdout.contains("somebody replaced") && output.stdout.contains(&other[..7]), "{}", output.stdout);
    assert_eq!(shop.bed.git_in(&shop.hub(), &["rev-parse", &branch]), other, "theirs stays");
}

#[test]
fn heads_carry_what_their_gates_said() {
    let shop = Shop::gated(2);
    shop.publish(&[]).exits(0);
    let state = shop.github.state();
    let said: Vec<(&str, &str)> = state
        .statuses
        .iter()
        .map(|(_, status)| (status["context"].as_str().unwrap(), status["state"].as_str().unwrap()))
        .collect();
    assert!(!said.is_empty() && said.iter().all(|one| *one == ("git-orca/test", "success")), "{said:?}");
    let pulls = state.pulls.clone();
    drop(state);
    assert!(pulls.iter().all(|pull| pull.body.contains("| test | pass |")), "{}", pulls[0].body);
}

#[test]
fn what_gates_said_of_a_head_that_followed_the_server_is_remembered() {
    let shop = Shop::gated(2);
    shop.publish(&[]).exits(0);
    shop.others_commit(&shop.branch(1), "review.txt", "reviewed\n");
    shop.publish(&[]).exits(0);
    let bodies = |shop: &Shop| shop.github.pulls().iter().map(|pull| pull.body.clone()).collect::<Vec<_>>();
    let before = bodies(&shop);
    assert!(before.iter().all(|body| body.contains("| test | pass |")), "{}", before[0]);
    shop.github.forget();
    shop.publish(&[]).exits(0);
    assert_eq!((shop.github.writes(), bodies(&shop)), (vec![], before));
}
