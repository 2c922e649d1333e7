//! Twelve ways to get a false pass.

use git_orca::model::Verdict;
use serde_json::json;

use super::judgement;
use super::support::TestRepo;

const JUNIT_FAILED: &str =
    "<testsuite name=\"s\" failures=\"1\"><testcase name=\"a\"><failure message=\"no\"/></testcase></testsuite>";
const JUNIT_GOOD: &str = "<testsuite name=\"s\"><testcase name=\"a\"/></testsuite>";

#[test]
fn nothing_passes_by_accident() {
    use Verdict::{Fail, Unchecked};
    let junit = "report = { path = \"r.xml\", format = \"junit\" }";
    let writes = |text: &str| format!("printf '%s' '{text}' > r.xml");
    let gates: Vec<(&str, String, &str, Verdict, &str)> = vec![
        ("missing", "no-such-tool --check".into(), "", Unchecked, "a program is missing"),
        ("zero", writes("<testsuite name=\"s\" tests=\"0\"/>"), junit, Unchecked, "there is no test in it"),
        ("earlier", "true".into(), "report = { path = \"old.xml\", format = \"junit\" }", Unchecked, "wrote no report"),
        ("empty", ": > r.xml".into(), junit, Unchecked, "is empty"),
        ("outside", "printf '%s' \"$GOOD\" > ../r.xml; ln -s ../r.xml r.xml".into(), junit, Unchecked, "is a link"),
        ("killed", "kill -9 $$".into(), "", Unchecked, "killed by signal 9"),
        ("slow", "sleep 60".into(), "timeout = \"1s\"", Unchecked, "timed out"),
        ("lying", writes(JUNIT_FAILED), junit, Fail, "`a`: no"),
        (
            "audit",
            "printf '%s' '{\"dependencies\":[{\"name\":\"own\",\"skip_reason\":\"not found\"}]}' > r.json".into(),
            "report = { path = \"r.json\", format = \"json\" }",
            Unchecked,
            "could not be audited",
        ),
        ("edits", "echo more >> README.md".into(), "", Unchecked, "changed the tree"),
        ("commits", "git commit -q --allow-empty -m mine".into(), "", Unchecked, "`HEAD`"),
        ("dirty", "test -e ignored/cache".into(), "", Fail, "exit 1"),
        ("cut", writes(&JUNIT_GOOD[..JUNIT_GOOD.len() - 12]), junit, Unchecked, "cut off"),
    ];
    let bed = TestRepo::new();
    bed.write("old.xml", JUNIT_GOOD);
    let tables = gates.iter().map(|(name, run, more, ..)| {
        format!("[gates.{name}]\nrun = '''{run}'''\nrequired = false\non = \"task\"\n{more}\n")
    });
    bed.toml(&tables.collect::<String>());
    bed.commit("settings, and a report of long ago");
    bed.plan(json!([{"id": "A", "title": "a", "run": "mkdir -p ignored; touch ignored/cache; put a.txt a"}]));
    bed.execute(&[]).exits(0);
    for (name, _, _, verdict, words) in gates {
        let judged = judgement(&bed, "A", 1, name);
        assert_eq!(judged.verdict, verdict, "{name}: {}", judged.reason);
        assert!(judged.reason.contains(words), "{name}: {}", judged.reason);
    }
}

#[test]
fn a_good_report_passes_and_is_counted() {
    let bed = TestRepo::new();
    bed.toml(&format!(
        "[gates.test]\nrun = '''printf '%s' '{JUNIT_GOOD}' > r.xml'''\nreport = {{ path = \"r.xml\", format = \"junit\" }}\n"
    ));
    bed.commit("settings");
    bed.plan(json!([{"id": "A", "title": "a", "run": "put a.txt a"}]));
    bed.execute(&[]).exits(0);
    let judged = judgement(&bed, "A", 1, "test");
    assert_eq!((judged.verdict, judged.measured.tests.map(|tests| tests.passed)), (Verdict::Pass, Some(1)));
    let report = bed.orca(&["report", "--format", "json"]).exits(0).stdout;
    assert!(report.contains("\"passed\": 1"), "{report}");
}

#[test]
fn the_last_word_of_an_unchecked_gate_is_no_landing() {
    let bed = TestRepo::new();
    bed.toml("[gates.test]\nrun = \"no-such-tool\"\n");
    bed.commit("settings");
    bed.plan(json!([{"id": "A", "title": "a", "run": "put a.txt a"}]));
    bed.execute(&[]).exits(5);
    assert_eq!(bed.standings(), "A failed");
}

#[test]
fn acceptance_commands_run_on_the_commit() {
    let bed = TestRepo::new();
    bed.toml("[gates.accepted]\nkind = \"acceptance\"\n");
    bed.commit("settings");
    bed.plan(json!([
        {"id": "A", "title": "a", "run": "put a.txt a", "acceptance": ["`grep -q a a.txt`", "it reads well"]},
        {"id": "B", "title": "b", "run": "put b.txt b", "acceptance": ["`grep -q x b.txt`"]},
    ]));
    bed.execute(&[]).exits(5);
    assert_eq!(bed.standings(), "A landed, B failed");
    assert_eq!(judgement(&bed, "A", 1, "accepted").reason, "not checked: it reads well");
    assert!(judgement(&bed, "B", 1, "accepted").reason.starts_with("`grep -q x b.txt` failed"));
}
