//! What people do to a stack beside reviewing it.

use super::Shop;
use super::github::How;

#[test]
fn what_a_person_made_of_a_pull_request_stays_so() {
    let shop = Shop::new(2);
    shop.bed.git(&["config", "orca.publishLabels", "agents,cart"]);
    shop.bed.git(&["config", "orca.publishReviewers", "bob"]);
    shop.publish(&[]).exits(0);
    {
        let mut state = shop.github.state();
        let pull = state.pull(1).unwrap();
        // A label less, another reviewer, another title, ready for review.
        pull.labels = vec!["cart".to_owned()];
        pull.reviewers = vec!["eve".to_owned()];
        pull.title = "Carts".to_owned();
        pull.draft = false;
    }
    shop.github.forget();
    shop.publish(&[]).exits(0);
    assert_eq!(shop.github.writes(), []);
    shop.others_commit(&shop.branch(1), "review.txt", "reviewed\n");
    shop.publish(&[]).exits(0);
    let pull = shop.github.pulls()[0].clone();
    let kept = (pull.labels, pull.reviewers, pull.title.as_str(), pull.draft);
    assert_eq!(kept, (vec!["cart".to_owned()], vec!["eve".to_owned()], "Carts", false));
    shop.assert_exact(&[(1, "reviewed")]);
}

#[test]
fn a_description_whose_marks_a_person_took_away_is_not_lost() {
    let shop = Shop::new(1);
    shop.publish(&[]).exits(0);
    let whole = shop.github.pulls()[0].body.clone();
    for (theirs, left) in [
        ("Mine alone.".to_owned(), "Mine alone."),
        (whole.replace("<!-- git-orca:end -->", "Mine, behind it."), "Mine, behind it."),
        (whole.replace("<!-- git-orca:begin", "Mine, before it. <!-- begin"), "Mine, before it."),
        (String::new(), ""),
    ] {
        shop.github.state().pull(1).unwrap().body = theirs;
        shop.publish(&[]).exits(0);
        let body = shop.github.pulls()[0].body.clone();
        assert!(body.contains(left) && body.contains("<!-- git-orca:begin run="), "{body}");
        assert!(body.contains("<!-- git-orca:end -->"), "{body}");
        shop.github.forget();
        shop.publish(&[]).exits(0);
        assert_eq!(shop.github.writes(), [], "it settles: {left}");
    }
}

#[test]
fn a_base_branch_that_was_renamed_is_named_by_hand_once() {
    let shop = Shop::new(2);
    shop.publish(&[]).exits(0);
    // GitHub moves open pull requests along.
    shop.bed.git_in(&shop.hub(), &["branch", "-m", "main", "trunk"]);
    shop.github.state().pull(1).unwrap().base = "trunk".to_owned();
    let output = shop.publish(&[]).exits(7);
    assert!(output.stderr.contains("has no branch `main`") && output.stderr.contains("--onto"), "{}", output.stderr);
    assert_eq!(shop.stands(), ["1 open trunk", "2 open layer/1"]);
    shop.bed.git(&["config", "orca.publishOnto", "trunk"]);
    shop.publish(&[]).exits(0);
    assert_eq!(shop.stands(), ["1 open trunk", "2 open layer/1"]);
    let body = shop.github.pulls()[0].body.clone();
    assert!(body.contains("git fetch origin trunk"), "{body}");
    shop.assert_exact(&[]);
    shop.github.forget();
    shop.publish(&[]).exits(0);
    assert_eq!(shop.github.writes(), []);
}

#[test]
fn a_branch_that_the_server_protects_is_explained_and_done_later() {
    let shop = Shop::new(2);
    let hook = shop.hub().join("hooks/update");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(
        &hook,
        "#!/bin/sh\ncase $1 in */layer/2) echo 'GH006: Protected branch update failed' >&2; exit 1;; esac\n",
    )
    .unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let output = shop.publish(&[]).exits(7);
    assert!(output.stderr.contains("layer/2") && output.stderr.contains("Protected branch"), "{}", output.stderr);
    assert_eq!(shop.stands(), ["1 open main"]);
    std::fs::remove_file(hook).unwrap();
    shop.publish(&[]).exits(0);
    assert_eq!(shop.stands(), ["1 open main", "2 open layer/1"]);
    shop.assert_exact(&[]);
}

#[test]
fn layers_go_to_one_remote_and_pull_requests_to_another() {
    let shop = Shop::new(2);
    let upstream = shop.bed.root().join("upstream.git");
    shop.bed.git(&["clone", "-q", "--bare", shop.hub().to_str().unwrap(), upstream.to_str().unwrap()]);
    shop.bed.git(&["remote", "rename", "origin", "fork"]);
    shop.bed.git(&["remote", "add", "origin", upstream.to_str().unwrap()]);
    shop.bed.git(&["config", "orca.publishRemote", "fork"]);
    shop.publish(&[]).exits(0);
    assert_eq!(shop.stands(), ["1 open main", "2 open layer/1"]);
    let there =
        |place: &std::path::Path| shop.bed.git_in(place, &["for-each-ref", "--format=%(refname)", "refs/heads/orca"]);
    assert_eq!((there(&upstream).lines().count(), there(&shop.hub()).lines().count()), (0, 2));
    let body = shop.github.pulls()[0].body.clone();
    assert!(body.contains("git fetch fork main"), "{body}");
}

#[test]
fn a_stack_whose_branches_are_gone_is_left_to_people() {
    let shop = Shop::new(2);
    shop.publish(&[]).exits(0);
    // GitHub closes what loses its head, and nobody else decided that.
    for layer in 1..=2 {
        shop.bed.git_in(&shop.hub(), &["update-ref", "-d", &format!("refs/heads/{}", shop.branch(layer))]);
    }
    assert_eq!(shop.stands(), ["1 closed main", "2 closed layer/1"]);
    let output = shop.publish(&[]).exits(0);
    assert!(output.stdout.contains("#1 was closed without being merged"), "{}", output.stdout);
    assert_eq!(shop.github.state().pulls.len(), 2, "a closed one is a person's to open again");
}

#[test]
fn what_was_merged_by_hand_on_the_base_is_seen_as_merged() {
    let shop = Shop::new(2);
    shop.publish(&[]).exits(0);
    let head = shop.bed.git_in(&shop.hub(), &["rev-parse", &shop.branch(1)]);
    shop.bed.git_in(&shop.hub(), &["update-ref", "refs/heads/main", &head]);
    shop.publish(&[]).exits(0);
    assert_eq!(shop.stands(), ["1 merged main", "2 open main"]);
    shop.github.merge(2, How::Squash);
    shop.publish(&[]).exits(0);
    assert_eq!(shop.stands(), ["1 merged main", "2 merged main"]);
    shop.assert_nothing_forced();
}
