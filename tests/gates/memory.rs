//! A gate cannot fill the machine: what its commands may have is limited, and who is to blame is told truly.

use crate::judgement;
use crate::support::{TestRepo, TestRequirement, needs};
use git_orca::model::Verdict;
use serde_json::json;

/// Keeps as many MiB as the file says; `tail` keeps what has no line's end.
const KEEPS: &str = "head -c $(cat size)M /dev/zero | tail | wc -c";

/// A project whose gate keeps so many MiB, and what the gate says of a task that makes it so many.
fn judged(settings: &str, before: &str, after: &str) -> (TestRepo, Verdict, String) {
    let bed = TestRepo::new();
    bed.toml(settings);
    bed.write("size", &format!("{before}\n"));
    bed.plan(json!([{"id": "A", "files": ["size"], "run": format!("put size {after}")}]));
    bed.commit("base");
    bed.execute(&["--base-red", "off", "--attempts", "1"]);
    let found = judgement(&bed, "A", 1, "keeps");
    (bed, found.verdict, found.reason)
}

#[test]
fn the_change_is_blamed_where_the_base_stays_below() {
    let of_gate = format!("[gates.keeps]\nrun = \"{KEEPS}\"\nmemory = \"64MB\"\n");
    let of_all = format!("[limits]\ngate-memory = \"64M\"\n[gates.keeps]\nrun = \"{KEEPS}\"\n");
    for settings in [&of_gate, &of_all] {
        let (bed, verdict, reason) = judged(settings, "1", "4000");
        assert_eq!(verdict, Verdict::Fail, "{reason}");
        let why = "it can be checked without the change, but not with it: it used more than 64 MB and was stopped";
        assert_eq!(reason, why);
        bed.orca(&["status"]).answers(&["used more than 64 MB and was stopped"]);
    }
}

#[test]
fn a_base_that_takes_as_much_leaves_it_unchecked() {
    let settings = format!("[gates.keeps]\nrun = \"{KEEPS}\"\nmemory = \"64MB\"\n");
    let (_, verdict, reason) = judged(&settings, "4000", "4001");
    assert_eq!((verdict, reason.as_str()), (Verdict::Unchecked, "it used more than 64 MB and was stopped"));
}

#[test]
fn a_gate_has_what_it_needs_and_its_own_word_goes_first() {
    let nothing_said = format!("[gates.keeps]\nrun = \"{KEEPS}\"\n");
    let own = format!("[limits]\ngate-memory = \"16M\"\n[gates.keeps]\nrun = \"{KEEPS}\"\nmemory = \"1G\"\n");
    for settings in [&nothing_said, &own] {
        let (_, verdict, reason) = judged(settings, "1", "100");
        assert_eq!(verdict, Verdict::Pass, "{reason}");
    }
}

#[test]
fn setting_up_has_a_ceiling_too() {
    let bed = TestRepo::new();
    bed.toml("[limits]\ngate-memory = \"64M\"\n[worktree]\nsetup = \"tail /dev/zero\"\n");
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.commit("base");
    let out = bed.execute(&["--attempts", "1"]);
    assert_ne!(out.code, 0);
    let said = format!("{}{}", out.stdout, out.stderr);
    assert!(said.contains("more than 64 MB of memory, the most that it may use"), "{said}");
}

/// What the change mends fills memory on the base: the proof looks at that, and at wrong versions that do the same.
const GROWS: &str =
    "def blocks(n):\n    out = []\n    while len(out) != n:\n        out.append(b'x' * 1000000)\n    return out\n";
const MENDED: &str = "def blocks(n):\n    out = []\n    if n <= 0:\n        return out\n    while len(out) != n:\n        out.append(b'x' * 1000000)\n    return out\n";

#[test]
fn a_proof_meets_versions_that_fill_memory_and_still_tells_good_tests_from_bad() {
    let bed = TestRepo::new();
    if !bed.succeeds("pytest", &["--version"]) {
        return needs(TestRequirement::Pytest);
    }
    bed.toml("[gates.tdd]\nkind = \"tdd\"\nrun = \"pytest -q\"\nmemory = \"600MB\"\ncoverage = { min = 0 }\n");
    bed.write("pyproject.toml", "[tool.pytest.ini_options]\npythonpath = [\".\"]\n");
    bed.write("grows.py", GROWS);
    bed.write("test_grows.py", "from grows import blocks\n\n\ndef test_two():\n    assert len(blocks(2)) == 2\n");
    let mend = |asserted: &str| {
        let test = format!("\n\ndef test_less_than_none():\n    {asserted}\n");
        format!(
            "printf '%s' \"$(cat test_grows.py)\" '{test}' > t && mv t test_grows.py && printf '%s' \"{MENDED}\" > grows.py"
        )
    };
    bed.plan(json!([
        {"id": "Good", "title": "Less than none", "files": ["grows.py", "test_grows.py"], "run": mend("assert blocks(-1) == []")},
        {"id": "Bad", "title": "Less than none", "files": ["grows.py", "test_grows.py"], "run": mend("assert True")},
    ]));
    bed.commit("base");
    bed.execute(&["--base-red", "off", "--attempts", "1", "-j", "1"]);
    let (good, bad) = (judgement(&bed, "Good", 1, "tdd"), judgement(&bed, "Bad", 1, "tdd"));
    assert_eq!(good.verdict, Verdict::Pass, "{}", good.reason);
    assert_ne!(bad.verdict, Verdict::Pass, "{}", bad.reason);
}
