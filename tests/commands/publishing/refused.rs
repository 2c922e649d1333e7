//! What servers refuse beside wrong requests: each is told in words that say what to type, ends with 7, and leaves nothing that
//! the next call does not finish.

use serde_json::json;

use super::Shop;
use super::github::Fault::{Answer, Fine};
use crate::support::Output;

/// Refused with these words in its errors; then, once `mend` was done, the next call finishes `layers` layers.
fn told_and_finished(shop: &Shop, words: &[&str], mend: impl FnOnce(&Shop), layers: usize) -> Output {
    let output = shop.publish(&[]).exits(7);
    for word in words.iter().chain(&["git orca publish"]) {
        assert!(output.stderr.contains(word), "{word}: {}", output.stderr);
    }
    mend(shop);
    shop.publish(&[]).exits(0);
    assert_eq!(shop.stands().len(), layers, "{:?}", shop.stands());
    assert!(shop.stands().iter().all(|it| it.contains("open")), "{:?}", shop.stands());
    shop.assert_exact(&[]);
    shop.github.forget();
    shop.publish(&[]).exits(0);
    assert_eq!(shop.github.writes(), []);
    output
}

/// The remote refuses each push of which `when` (a command of the shell that knows `$1`, the ref, and `$3`, the commit) is true.
fn refuses_pushes(shop: &Shop, when: &str, words: &str) {
    let hook = shop.hub().join("hooks/update");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, format!("#!/bin/sh\nif {when}; then echo '{words}' >&2; exit 1; fi\n")).unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
}

fn takes_pushes(shop: &Shop) {
    std::fs::remove_file(shop.hub().join("hooks/update")).unwrap();
}

#[test]
fn an_archived_repository_is_named_as_such() {
    let words = "Repository was archived so is read-only.";
    for begin in [Shop::with, Shop::on_forgejo] {
        let shop = begin(2, "");
        shop.github.fails("POST", "/pulls", [Answer(403, &[], words)]);
        let output = told_and_finished(&shop, &["is archived", "unarchive"], |_| (), 2);
        assert!(!output.stderr.contains("write access"), "the token is not to blame: {}", output.stderr);
    }
    // Over git it is refused before anything is asked of the other interface.
    let shop = Shop::new(2);
    refuses_pushes(&shop, "true", "ERROR: This repository was archived so it is read-only.");
    told_and_finished(&shop, &["was archived", "unarchive"], takes_pushes, 2);
}

#[test]
fn a_single_sign_on_is_named_with_its_page() {
    let shop = Shop::new(2);
    let page = "https://github.com/orgs/acme/sso?authorization_request=A1B2";
    let header: &'static [(&str, &str)] =
        &[("x-github-sso", "required; url=https://github.com/orgs/acme/sso?authorization_request=A1B2")];
    shop.github.fails("GET", "/pulls", [Answer(403, header, "Resource protected by organization SAML enforcement.")]);
    told_and_finished(&shop, &["single sign-on", page], |_| (), 2);
    let shop = Shop::new(1);
    refuses_pushes(&shop, "true", "ERROR: The acme organization has enabled or enforced SAML SSO.");
    told_and_finished(&shop, &["SAML SSO", "authorize the key or token"], takes_pushes, 1);
}

#[test]
fn a_token_that_may_not_touch_workflows_is_told_which_scope_it_lacks() {
    let shop = Shop::planned(2, "");
    shop.bed.plan(json!([
        { "id": "T1", "title": "Step 1", "run": "put n1.txt 1 && echo line 1 >> shared.txt" },
        { "id": "T2", "title": "Step 2", "after": ["T1"],
            "run": "mkdir -p .github/workflows && put .github/workflows/ci.yml 2 && echo line 2 >> shared.txt" },
    ]));
    shop.bed.execute(&[]).exits(0);
    refuses_pushes(
        &shop,
        "git ls-tree -r --name-only $3 | grep -q ^.github/workflows/",
        "refusing to allow a Personal Access Token to create or update workflow `.github/workflows/ci.yml` without `workflow` scope",
    );
    let words = ["layer/2", "without `workflow` scope", "gh auth refresh --scopes workflow"];
    told_and_finished(&shop, &words, takes_pushes, 2);
}

#[test]
fn a_repository_that_was_renamed_is_named_as_it_is_called_now() {
    let shop = Shop::new(2);
    shop.publish(&[]).exits(0);
    shop.github.state().is_renamed = true;
    let words =
        ["the repository has moved to `ada/store`", "git config orca.githubRepo ada/store", "git remote set-url"];
    let mend = |shop: &Shop| drop(shop.bed.git(&["config", "orca.githubRepo", "ada/store"]));
    told_and_finished(&shop, &words, mend, 2);
}

#[test]
fn a_limit_in_the_middle_of_a_stack_is_gone_on_from() {
    for (after, faults) in [
        (0, vec![Answer(403, &[("retry-after", "7200")], "You have exceeded a secondary rate limit")]),
        (1, vec![Fine, Answer(403, &[("retry-after", "7200")], "You have exceeded a secondary rate limit")]),
    ] {
        let shop = Shop::gated(3);
        shop.github.fails("POST", "/pulls", faults);
        let mend = |shop: &Shop| assert_eq!(shop.stands().len(), after, "what was made stays");
        told_and_finished(&shop, &["rate limit is reached for another 120 minutes"], mend, 3);
    }
}

#[test]
fn a_token_that_ends_in_the_middle_of_a_stack_is_gone_on_from() {
    let shop = Shop::gated(3);
    shop.github.fails("POST", "/pulls", [Fine, Answer(401, &[], "Bad credentials")]);
    told_and_finished(&shop, &["does not accept the token (401)", "gh auth login"], |_| (), 3);
}

#[test]
fn a_remote_that_is_away_is_told_and_gone_on_from() {
    let shop = Shop::new(2);
    let (here, away) = (shop.hub(), shop.bed.root().join("away.git"));
    std::fs::rename(&here, &away).unwrap();
    told_and_finished(&shop, &["`origin`"], |_| std::fs::rename(&away, &here).unwrap(), 2);
}

#[test]
fn what_goes_into_a_merge_queue_is_left_to_it() {
    let shop = Shop::gated(2);
    shop.bed.git(&["config", "orca.publishDraft", "false"]);
    shop.publish(&[]).exits(0);
    shop.github.state().pull(1).unwrap().reviews.push(("bob".to_owned(), "APPROVED"));
    shop.github.state().queues = true;
    for _ in 0..2 {
        let output = shop.publish(&["--merge"]).exits(0);
        assert!(output.stderr.contains("#1 waits in the server's merge queue"), "{}", output.stderr);
        assert_eq!(shop.stands(), ["1 open main", "2 open layer/1"]);
    }
    shop.github.state().queues = false;
    shop.publish(&["--merge"]).exits(0);
    assert_eq!(shop.stands(), ["1 merged main", "2 open main"]);
}

#[test]
fn a_stack_of_the_server_grows_with_ours() {
    let shop = Shop::new(3);
    shop.github.state().has_stacks = true;
    shop.publish(&[]).exits(0);
    // A person took the last one out, and it is put back on top.
    {
        let mut state = shop.github.state();
        state.stacks[0].1.pop();
        state.pull(3).unwrap().stack = None;
        state.pull(2).unwrap().stack = None;
        state.pull(1).unwrap().stack = None;
    }
    shop.publish(&[]).exits(0);
    assert_eq!(shop.github.state().stacks[0].1, [1, 2, 3]);
}
