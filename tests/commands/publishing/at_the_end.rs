//! `execute --pr`: pull requests at the end of a run.

use serde_json::Value;

use super::Shop;

#[test]
fn a_run_ends_with_its_pull_requests() {
    let shop = Shop::planned(2, "");
    let output = shop.bed.execute(&["--pr"]).exits(0);
    assert_eq!(shop.stands(), ["1 open main", "2 open layer/1"]);
    assert!(output.stdout.contains("https://github.com/ada/shop/pull/2"), "{}", output.stdout);
    shop.assert_exact(&[]);
    shop.assert_no_token();
}

#[test]
fn a_program_gets_one_document_with_the_pull_requests_in_it() {
    let shop = Shop::planned(2, "");
    let output = shop.bed.execute(&["--pr", "--json"]).exits(0);
    let lines: Vec<Value> = output.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (status, entries) = lines.split_last().unwrap();
    assert!(entries.iter().all(|entry| entry["seq"].is_number()), "entries, and one document");
    assert_eq!((&status["format"], &status["exit"]), (&1.into(), &0.into()));
    assert_eq!(status["publish"]["layers"][1]["pr"], 2, "{status}");
    assert_eq!(status["layers"][1]["pr"], 2);
    // Where nothing can be published the document is there all the same.
    let shop = Shop::planned(1, "[run]\nattempts = 1\n[gates.test]\nrun = \"false\"\n");
    let output = shop.bed.execute(&["--pr", "--json"]).exits(5);
    let status: Value = serde_json::from_str(output.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&status["exit"], &status["publish"]), (&5.into(), &Value::Null));
}

#[test]
fn what_landed_is_published_and_the_exit_code_is_the_run_s() {
    let shop = Shop::planned(2, "[run]\npr = true\nattempts = 1\n[gates.test]\nrun = \"test ! -e n2.txt\"\n");
    shop.bed.execute(&[]).exits(5);
    assert_eq!(shop.stands(), ["1 open main"]);
    // Once mended, what goes on publishes by the settings.
    shop.bed.toml("[run]\npr = true\n");
    shop.bed.commit("a gate less");
    assert!(shop.bed.orca(&["resume", "--yes"]).code != 0, "the gate of the run stays");
    assert_eq!(shop.stands(), ["1 open main"]);
}

#[test]
fn whoever_cannot_publish_is_told_before_an_agent_is_paid() {
    let mut shop = Shop::planned(1, "");
    shop.bed.set("GH_TOKEN", "");
    let output = shop.bed.execute(&["--pr"]).exits(7);
    assert!(output.stderr.contains("GH_TOKEN"), "{}", output.stderr);
    assert!(shop.github.writes().is_empty() && shop.bed.git(&["for-each-ref", "refs/heads/orca"]).is_empty());
}

#[test]
fn a_run_in_which_nothing_landed_opens_nothing() {
    let shop = Shop::planned(1, "[run]\nattempts = 1\n[gates.test]\nrun = \"false\"\n");
    let output = shop.bed.execute(&["--pr"]).exits(5);
    assert!(shop.stands().is_empty() && output.stderr.contains("no pull request was opened"), "{}", output.stderr);
}
