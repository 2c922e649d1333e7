//! What becomes of a stack while it is reviewed.

use serde_json::json;

use super::github::How;

use super::Shop;

#[test]
fn each_layer_gets_a_draft_that_shows_its_work_alone() {
    let shop = Shop::new(3);
    let output = shop.publish(&[]).exits(0);
    assert_eq!(shop.stands(), ["1 open main", "2 open layer/1", "3 open layer/2"]);
    shop.assert_exact(&[]);
    let pulls = shop.github.pulls();
    assert!(pulls.iter().all(|pull| pull.draft), "drafts by default");
    assert_eq!(pulls[1].title, "[2/3] T2: Step 2");
    for words in ["layer 1: #1", "layer 2: #2 **(this one)**", "layer 3: #3", "T2", "git orca validate"] {
        assert!(pulls[1].body.contains(words), "{words}: {}", pulls[1].body);
    }
    assert!(output.stdout.contains("https://github.com/ada/shop/pull/3"), "{}", output.stdout);
    let status: serde_json::Value =
        serde_json::from_str(&shop.bed.orca(&["status", "--json"]).exits(0).stdout).unwrap();
    assert_eq!(status["layers"][2]["pr"], 3);
    // Again: nothing is sent that changes anything.
    shop.github.forget();
    let again = shop.publish(&[]).exits(0);
    assert_eq!(shop.github.writes(), []);
    assert!(again.stdout.contains("nothing to change"), "{}", again.stdout);
    shop.assert_no_token();
}

#[test]
fn a_dry_run_moves_and_sends_nothing() {
    let shop = Shop::new(2);
    let output = shop.publish(&["--dry-run"]).exits(0);
    assert!(output.stdout.contains("open a draft pull request onto main: [1/2] T1: Step 1"), "{}", output.stdout);
    assert!(shop.github.writes().is_empty() && shop.stands().is_empty());
    assert_eq!(shop.bed.git_in(&shop.hub(), &["for-each-ref", "--format=%(refname)"]), "refs/heads/main");
}

/// Merges the lowest one by one; after each the next is right against its new base, without a conflict or a forced push.
fn merges_one_after_another(how: How) {
    let shop = Shop::new(4);
    shop.bed.git_in(&shop.hub(), &["config", "core.logAllRefUpdates", "always"]);
    shop.publish(&[]).exits(0);
    for number in 1..=4 {
        let how = if number > 1 && how == How::Rebase { How::Squash } else { how };
        shop.github.merge(number, how);
        shop.others_commit("main", &format!("other{number}.txt"), "not ours\n");
        shop.publish(&[]).exits(0);
        let bases: Vec<String> = shop.stands().into_iter().skip(number as usize).take(1).collect();
        assert!(bases.iter().all(|stand| stand.ends_with("open main")), "{how:?} {number}: {:?}", shop.stands());
        shop.assert_exact(&[]);
        shop.github.forget();
        shop.publish(&[]).exits(0);
        assert_eq!(shop.github.writes(), [], "{how:?} {number}");
    }
    let tip = shop.bed.git_in(&shop.hub(), &["show", "main:shared.txt"]);
    assert_eq!(tip, "begin\nline 1\nline 2\nline 3\nline 4");
    shop.assert_nothing_forced();
}

#[test]
fn a_stack_is_merged_from_the_bottom() {
    merges_one_after_another(How::Merge);
}

#[test]
fn a_stack_is_squashed_from_the_bottom() {
    merges_one_after_another(How::Squash);
}

#[test]
fn a_stack_is_squashed_after_its_lowest_was_rebased() {
    // A head that took a rebased layer in has its commits twice, so that GitHub itself rebases it no more.
    merges_one_after_another(How::Rebase);
}

#[test]
fn two_layers_are_squashed_before_anybody_publishes_again() {
    let shop = Shop::new(3);
    shop.publish(&[]).exits(0);
    shop.github.merge(1, How::Squash);
    // The second one is still to be merged into the branch of the first: its work would be nowhere.
    shop.github.merge(2, How::Squash);
    shop.publish(&[]).exits(0);
    assert_eq!(shop.stands(), ["1 merged main", "2 merged layer/1", "3 open layer/2", "4 open main"]);
    shop.assert_exact(&[]);
    shop.assert_nothing_forced();
}

#[test]
fn a_stack_that_is_merged_downwards_is_understood() {
    let shop = Shop::new(3);
    shop.publish(&[]).exits(0);
    shop.github.merge(2, How::Squash);
    shop.github.merge(1, How::Squash);
    shop.publish(&[]).exits(0);
    assert_eq!(shop.stands(), ["1 merged main", "2 merged layer/1", "3 open main"]);
    shop.assert_exact(&[]);
    shop.assert_nothing_forced();
}

#[test]
fn one_that_a_person_closed_is_left_and_the_others_stay_right() {
    let shop = Shop::new(3);
    shop.publish(&[]).exits(0);
    shop.github.state().pull(2).unwrap().state = "closed";
    let output = shop.publish(&[]).exits(0);
    assert!(output.stdout.contains("#2 was closed without being merged"), "{}", output.stdout);
    assert_eq!(shop.stands(), ["1 open main", "2 closed layer/1", "3 open layer/2"]);
    shop.assert_exact(&[]);
}

#[test]
fn a_branch_that_was_deleted_after_its_merge_takes_nothing_along() {
    for how in [How::Merge, How::Squash] {
        let shop = Shop::new(3);
        shop.publish(&[]).exits(0);
        shop.github.merge(1, how);
        shop.bed.git_in(&shop.hub(), &["update-ref", "-d", &format!("refs/heads/{}", shop.branch(1))]);
        assert_eq!(shop.stands()[1], "2 closed layer/1", "GitHub closes what loses its base");
        shop.publish(&[]).exits(0);
        assert_eq!(
            shop.stands(),
            ["1 merged layer/1".replace("layer/1", "main"), "2 open main".into(), "3 open layer/2".into()]
        );
        shop.assert_exact(&[]);
        let left = shop.bed.git_in(&shop.hub(), &["for-each-ref", "--format=%(refname)", "refs/heads"]);
        assert!(!left.contains(&shop.branch(1)), "the bridge is gone again: {left}");
    }
}

#[test]
fn what_a_person_writes_around_our_part_stays() {
    let shop = Shop::new(2);
    shop.publish(&[]).exits(0);
    {
        let mut state = shop.github.state();
        let pull = state.pull(1).unwrap();
        pull.body = format!("Please look at the cart first.\n\n{}", pull.body.replace("Step 1", "Step one"));
        pull.title = "A better title".to_owned();
    }
    shop.publish(&[]).exits(0);
    let pulls = shop.github.pulls();
    assert!(pulls[0].body.starts_with("Please look at the cart first.\n\n<!-- git-orca:begin"), "{}", pulls[0].body);
    assert!(pulls[0].body.contains("Step 1") && pulls[0].title == "A better title");
}

#[test]
fn people_and_labels_are_given_once() {
    let shop = Shop::new(2);
    shop.bed.git(&["config", "orca.publishLabels", "agents,cart"]);
    shop.bed.git(&["config", "orca.publishReviewers", "bob"]);
    shop.publish(&[]).exits(0);
    let pulls = shop.github.pulls();
    assert!(pulls.iter().all(|pull| pull.labels == ["agents", "cart"] && pull.reviewers == ["bob"]), "{pulls:?}");
    shop.github.forget();
    shop.publish(&[]).exits(0);
    assert_eq!(shop.github.writes(), []);
}

#[test]
fn a_base_that_is_not_on_the_remote_is_named() {
    let shop = Shop::new(1);
    shop.bed.git_in(&shop.hub(), &["config", "receive.denyDeleteCurrent", "ignore"]);
    shop.bed.git(&["push", "-q", "origin", ":refs/heads/main", "HEAD:refs/heads/other"]);
    let output = shop.publish(&[]);
    assert_eq!(output.code, 7, "{output:?}");
    assert!(
        output.stderr.contains("has no branch `main`") && output.stderr.contains("git push origin main"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_base_that_was_never_pushed_is_named() {
    let shop = Shop::new(1);
    shop.bed.git(&["push", "-q", "-f", "origin", "HEAD~1:refs/heads/main"]);
    let output = shop.publish(&[]);
    assert_eq!(output.code, 7, "{output:?}");
    assert!(output.stderr.contains("is not in `main` of `origin` yet"), "{}", output.stderr);
    assert!(shop.github.writes().is_empty());
}

#[test]
fn stacks_of_the_server_are_used_where_it_has_them() {
    let shop = Shop::new(3);
    shop.github.state().has_stacks = true;
    shop.publish(&[]).exits(0);
    assert_eq!(shop.github.state().stacks.len(), 1);
    shop.github.forget();
    shop.publish(&[]).exits(0);
    assert_eq!(shop.github.writes(), []);
}

#[test]
fn patches_give_the_layers_trees() {
    let shop = Shop::new(2);
    let folder = shop.bed.root().join("mail");
    shop.publish(&["--patch", folder.to_str().unwrap()]).exits(0);
    for layer in 1..=2 {
        let place = folder.join(format!("layer-{layer}"));
        let mut patches: Vec<String> = std::fs::read_dir(&place)
            .unwrap()
            .map(|entry| entry.unwrap().path().display().to_string())
            .filter(|path| path.ends_with(".patch"))
            .collect();
        patches.sort();
        assert!(!patches.is_empty() && place.join("0000-cover-letter.txt").exists());
        let args: Vec<&str> = ["am", "-q"].into_iter().chain(patches.iter().map(String::as_str)).collect();
        shop.bed.git(&args);
        let tree = |rev: &str| shop.bed.git(&["rev-parse", &format!("{rev}^{{tree}}")]);
        assert_eq!(tree("HEAD"), tree(&shop.branch(layer)), "layer {layer}");
    }
    assert!(shop.github.state().sent.is_empty(), "no server is asked");
}

#[test]
fn what_is_approved_and_green_is_merged_from_the_bottom() {
    let shop = Shop::gated(3);
    shop.bed.git(&["config", "orca.publishDraft", "false"]);
    shop.github.state().merge_takes = 1;
    shop.publish(&[]).exits(0);
    for number in [1, 2] {
        shop.github.state().pull(number).unwrap().reviews.push(("bob".to_owned(), "APPROVED"));
    }
    let output = shop.publish(&["--merge"]).exits(0);
    assert!(output.stderr.contains("#3 is not merged: nobody has approved it"), "{}", output.stderr);
    assert_eq!(shop.stands(), ["1 merged main", "2 merged main", "3 open main"]);
    shop.assert_exact(&[]);
}

#[test]
fn what_a_check_of_the_server_does_not_pass_is_not_merged() {
    let shop = Shop::new(1);
    shop.bed.git(&["config", "orca.publishDraft", "false"]);
    shop.publish(&[]).exits(0);
    let head = shop.bed.git(&["rev-parse", &shop.branch(1)]);
    shop.github.state().pull(1).unwrap().reviews.push(("bob".to_owned(), "APPROVED"));
    let output = shop.publish(&["--merge"]).exits(0);
    assert!(output.stderr.contains("#1 is not merged: nothing has checked it"), "{}", output.stderr);
    let run = |name: &str, status: &str, conclusion: Option<&str>| {
        (head.clone(), json!({"name": name, "status": status, "conclusion": conclusion}))
    };
    // Beyond the first page: a hundred of them are green.
    let green = |n: usize| run(&format!("lint {n}"), "completed", Some(["success", "neutral", "skipped"][n % 3]));
    let green: Vec<_> = (0..100).map(green).collect();
    for (last, words) in [
        (run("build", "in_progress", None), "build is not green: in progress"),
        (run("build", "queued", None), "build is not green: queued"),
        (run("build", "completed", Some("failure")), "build is not green: failure"),
        (run("build", "completed", Some("timed_out")), "build is not green: timed out"),
        (run("build", "completed", Some("action_required")), "build is not green: action required"),
        (run("build", "completed", Some("cancelled")), "build is not green: cancelled"),
    ] {
        shop.github.state().check_runs = green.iter().cloned().chain([last]).collect();
        let output = shop.publish(&["--merge"]).exits(0);
        assert!(output.stderr.contains(&format!("#1 is not merged: {words}")), "{}", output.stderr);
        assert_eq!(shop.stands(), ["1 open main"]);
    }
    shop.github.state().check_runs = green.clone();
    shop.publish(&["--merge"]).exits(0);
    assert_eq!(shop.stands(), ["1 merged main"]);
}

#[test]
fn fifty_layers_cost_requests_in_proportion() {
    let requests = |layers: usize| {
        let shop = Shop::new(layers);
        shop.publish(&[]).exits(0);
        let sent = shop.github.state().sent.len();
        sent as f64 / layers as f64
    };
    let (few, many) = (requests(5), requests(50));
    eprintln!("requests a layer: {few:.1} with 5 layers, {many:.1} with 50");
    assert!(many <= few * 1.05, "{few} {many}");
}

#[test]
fn a_base_branch_that_moved_changes_nothing_for_reviewers() {
    let shop = Shop::new(2);
    shop.publish(&[]).exits(0);
    let tip = shop.others_commit("main", "other.txt", "not ours\n");
    shop.github.forget();
    shop.publish(&[]).exits(0);
    assert_eq!(shop.github.writes(), [], "nothing is to be done for it");
    shop.assert_exact(&[]);
    // Also where it goes on while the lowest is squashed, and where somebody takes it back to where the run began.
    shop.github.merge(1, How::Squash);
    shop.others_commit("main", "another.txt", "not ours\n");
    shop.publish(&[]).exits(0);
    assert_eq!(shop.stands(), ["1 merged main", "2 open main"]);
    shop.assert_exact(&[]);
    shop.assert_nothing_forced();
    assert_ne!(shop.bed.git_in(&shop.hub(), &["rev-parse", "main"]), tip);
}

#[test]
fn a_base_that_was_taken_back_beneath_the_run_is_named() {
    let shop = Shop::new(2);
    let before = shop.bed.git(&["rev-parse", "main~1"]);
    shop.bed.git_in(&shop.hub(), &["update-ref", "refs/heads/main", &before]);
    let output = shop.publish(&[]).exits(7);
    assert!(output.stderr.contains("is not in `main` of `origin` yet"), "{}", output.stderr);
    shop.bed.git(&["push", "-q", "origin", "main"]);
    shop.publish(&[]).exits(0);
    shop.assert_exact(&[]);
}

#[test]
fn templates_and_code_owners_of_the_repository_are_respected() {
    let shop = Shop::planned(2, "");
    shop.bed.write(".github/CODEOWNERS", "* @carla\n");
    shop.bed.write(".github/pull_request_template.md", "- [ ] I have read it\n");
    shop.bed.commit("how we work");
    shop.bed.git(&["push", "-q", "origin", "main"]);
    shop.bed.git(&["config", "orca.publishDraft", "false"]);
    shop.bed.git(&["config", "orca.publishReviewers", "bob"]);
    shop.bed.execute(&[]).exits(0);
    shop.publish(&[]).exits(0);
    for pull in shop.github.pulls() {
        assert_eq!(pull.reviewers, ["carla", "bob"], "owners are asked by the server, others by us");
        assert_eq!(pull.body.matches("- [ ] I have read it").count(), 1, "{}", pull.body);
    }
    // What a person ticked stays.
    let ticked = |text: &str| text.replace("- [ ] I", "- [x] I");
    let body = ticked(&shop.github.pulls()[0].body);
    shop.github.state().pull(1).unwrap().body = body;
    shop.github.forget();
    shop.publish(&[]).exits(0);
    assert_eq!(shop.github.writes(), []);
}
