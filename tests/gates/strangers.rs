//! A kind of gate that nothing but its own file and its line in the registry knows: `dummy`, with the option `forbid`.

use crate::judgement;
use crate::support::TestRepo;
use git_orca::model::Verdict;
use serde_json::json;

const FORBIDS: &str = "[gates.words]\nkind = \"dummy\"\nforbid = \"LATER\"\n";

#[test]
fn a_stranger_reads_its_option_judges_by_it_and_is_frozen_with_it() {
    let bed = TestRepo::new();
    bed.toml(FORBIDS);
    bed.plan(json!([
        {"id": "Good", "files": ["a.txt"], "run": "put a.txt now"},
        {"id": "Bad", "files": ["b.txt"], "run": "put b.txt one 'LATER: two'"},
    ]));
    bed.commit("plan");
    bed.orca(&["config"]).exits(0).answers(&["gates.words", "(dummy)"]);
    bed.execute(&[]).exits(5).says(&["gate words fails: b.txt:2 it holds LATER (dummy)"]);
    assert_eq!(judgement(&bed, "Good", 1, "words").verdict, Verdict::Pass);
    let refused = judgement(&bed, "Bad", 1, "words");
    assert_eq!(
        (refused.verdict, refused.findings[0].file.as_str(), refused.findings[0].line),
        (Verdict::Fail, "b.txt", 2)
    );
    let journal = std::fs::read_to_string(bed.paths().journal()).unwrap();
    assert!(journal.contains(r#""kind":"dummy""#) && journal.contains(r#""forbid":"LATER""#), "it is frozen");
    bed.orca(&["validate", "Good"]).exits(0).answers(&["words", "pass"]);
}

#[test]
fn the_keys_of_a_stranger_are_checked_like_any_other() {
    let table = [
        ("run = \"true\"\nforbid = \"x\"", "orca.toml:4", "`gates.a.forbid` is for gates of the kind dummy"),
        ("kind = \"dummy\"\nforbid = 7", "orca.toml:4", "must be text in quotes"),
        ("kind = \"dummy\"\nforbit = \"x\"", "orca.toml:4", "did you mean `forbid`?"),
        ("kind = \"dummy\"\nforbid = \"x\"\nlimit = 2", "orca.toml:5", "is for gates of the kind performance"),
        ("kind = \"dumy\"\nforbid = \"x\"", "orca.toml:3", "did you mean `dummy`?"),
    ];
    let bed = TestRepo::new();
    for (keys, at, why) in table {
        bed.toml(&format!("[gates.a]\n{keys}\n"));
        bed.orca(&["config"]).exits(2).says(&[at, why]);
    }
}
