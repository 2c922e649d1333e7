//! A server that refuses, fails, limits, or cuts the line after it acted.

use super::github::Fault::{Answer, CutAfter, CutBefore, LimitFor, Silent};
use serde_json::json;

use super::github::Sent;

use super::{Shop, TOKEN};
use crate::support::TestRepo;

/// Status and headers of a refusal, and words of its cause and its hint.
type RefusalCase = (u16, &'static [(&'static str, &'static str)], &'static str, &'static str);

/// Publishing with these faults at the first create still gives each layer one pull request.
fn one_each(faults: impl IntoIterator<Item = super::github::Fault>) -> Shop {
    let shop = Shop::new(2);
    shop.github.fails("POST", "/pulls", faults);
    shop.publish(&[]).exits(0);
    assert_eq!(shop.stands(), ["1 open main", "2 open layer/1"]);
    shop.assert_exact(&[]);
    shop
}

#[test]
fn a_line_that_is_cut_after_the_server_acted_makes_no_second_one() {
    let shop = one_each([CutAfter]);
    let made = |sent: &Sent| sent.method == "POST" && sent.path.ends_with("/pulls") && sent.status == 201;
    assert_eq!(shop.github.state().sent.iter().filter(|sent| made(sent)).count(), 2);
}

#[test]
fn a_server_that_fails_for_a_moment_is_asked_again() {
    one_each([Answer(502, &[], "Bad gateway"), CutBefore, Answer(500, &[], "")]);
}

#[test]
fn a_limit_is_waited_for() {
    let wait = &[("retry-after", "1")];
    let shop =
        one_each([Answer(403, wait, "You have exceeded a secondary rate limit"), Answer(429, wait, "Slow down")]);
    let log = shop.bed.orca(&["log"]).exits(0).stdout;
    assert_eq!(
        log.matches("waiting 1 s for GitHub: its rate limit is reached").count(),
        2,
        "it is in the journal: {log}"
    );
    shop.assert_no_token();
}

#[test]
fn an_hourly_limit_is_waited_for_by_the_server_s_clock_or_told() {
    one_each([LimitFor(1)]);
    let shop = Shop::new(1);
    shop.github.fails("GET", "/pulls", [LimitFor(3_500)]);
    let output = shop.publish(&[]).exits(7);
    assert!(output.stderr.contains("rate limit is reached for another 59 minutes"), "{}", output.stderr);
    shop.publish(&[]).exits(0);
    assert_eq!(shop.stands(), ["1 open main"]);
}

#[test]
fn refusals_are_told_with_what_to_type() {
    let cases: [RefusalCase; 5] = [
        (401, &[], "does not accept the token (401)", "gh auth login"),
        (403, &[], "does not allow this with the token (403)", "write access"),
        (404, &[], "finds nothing at", "orca.githubRepo"),
        (422, &[], "refuses the request (422)", "--dry-run"),
        (429, &[("retry-after", "7200")], "rate limit is reached for another 120 minutes", "git orca publish"),
    ];
    for (status, headers, cause, hint) in cases {
        let shop = Shop::new(1);
        shop.github.fails("POST", "/pulls", [Answer(status, headers, "no")]);
        let output = shop.publish(&[]);
        assert_eq!(output.code, 7, "{status}: {output:?}");
        assert!(output.stderr.contains(cause) && output.stderr.contains(hint), "{status}: {}", output.stderr);
        // Nothing is half done that the next call does not finish.
        shop.publish(&[]).exits(0);
        assert_eq!(shop.stands(), ["1 open main"], "{status}");
    }
}

#[test]
fn without_a_token_nothing_is_asked() {
    let mut shop = Shop::new(1);
    shop.bed.set("GH_TOKEN", "");
    shop.bed.program("gh", "#!/bin/sh\nexit 1\n");
    let output = shop.publish(&[]);
    assert_eq!(output.code, 7, "{output:?}");
    assert!(output.stderr.contains("gh auth login"), "{}", output.stderr);
    assert!(shop.github.state().sent.is_empty());
    // `gh` knows one.
    shop.bed.program("gh", &format!("#!/bin/sh\necho {TOKEN}\n"));
    shop.publish(&[]).exits(0);
    assert_eq!(shop.stands(), ["1 open main"]);
    std::fs::remove_file(shop.bed.root().join("bin/gh")).unwrap();
    shop.assert_no_token();
}

#[test]
fn two_publishers_make_one_each() {
    let shop = Shop::new(3);
    let both: Vec<_> = (0..2).map(|_| shop.bed.spawn(&["publish", "--yes"])).collect();
    let codes: Vec<i32> = both.into_iter().map(|running| running.wait().code).collect();
    assert!(codes.contains(&0), "{codes:?}");
    shop.publish(&[]).exits(0);
    assert_eq!(shop.stands(), ["1 open main", "2 open layer/1", "3 open layer/2"]);
}

#[test]
fn a_server_that_acts_and_says_nothing_is_looked_at_before_anything_is_repeated() {
    let shop = Shop::new(2);
    shop.bed.git(&["config", "orca.publishSilence", "1s"]);
    shop.github.fails("POST", "/pulls", [Silent(1_800)]);
    shop.github.fails("GET", "/pulls", [Silent(300), Silent(1_800)]);
    let output = shop.publish(&[]).exits(0);
    assert!(output.stderr.contains("it was silent for 1 s"), "{}", output.stderr);
    assert_eq!(shop.stands(), ["1 open main", "2 open layer/1"]);
    shop.assert_exact(&[]);
    // One that is slow and answers is waited for.
    shop.github.fails("GET", "/pulls", vec![Silent(300); 4]);
    shop.github.forget();
    shop.publish(&[]).exits(0);
    assert_eq!(shop.github.writes(), []);
}

#[test]
fn without_a_server_nothing_is_published_and_the_exit_code_says_so() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.execute(&[]).exits(0);
    for args in [&["publish", "--yes"][..], &["publish", "--watch"], &["publish", "--dry-run"]] {
        bed.orca(args).exits(7).says(&["no remote"]);
    }
}
