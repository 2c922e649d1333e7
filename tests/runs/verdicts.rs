//! Gates of a run and their verdicts: what each way to end counts for, which tree they see, and what is judged again.

use crate::support::TestRepo;
use git_orca::journal::{Event, Subject};
use git_orca::model::Verdict;
use serde_json::json;

/// The verdicts of all gates on what attempts left, by gate, first ones first.
fn verdicts(bed: &TestRepo) -> Vec<(String, Verdict, String)> {
    let mut found = Vec::new();
    for entry in bed.journal() {
        if let Event::Judged { subject: Subject::Attempt(_), gate, verdict, reason, .. } = entry.event {
            found.push((gate.to_string(), verdict, reason));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

#[test]
fn a_gate_passes_fails_or_is_unchecked_and_only_a_pass_lets_through() {
    let bed = TestRepo::new();
    bed.fifo("never");
    bed.toml(
        "[gates.a-pass]\nrun = \"true\"\non = \"task\"\n\
         [gates.b-fail]\nrun = \"echo a.txt:1: bad; false\"\non = \"task\"\nrequired = false\n\
         [gates.c-missing]\nrun = \"no-such-tool\"\non = \"task\"\nrequired = false\n\
         [gates.d-late]\nrun = \"block never\"\non = \"task\"\ntimeout = \"1s\"\nrequired = false\n\
         [gates.e-killed]\nrun = \"kill -9 $$\"\non = \"task\"\nrequired = false\n\
         [gates.f-edits]\nrun = \"echo more >> a.txt\"\non = \"task\"\nrequired = false\n\
         [gates.g-commits]\nrun = \"git commit -q --allow-empty -m no\"\non = \"task\"\nrequired = false\n\
         [gates.h-elsewhere]\nrun = \"false\"\non = \"task\"\npaths = [\"src/**\"]\n\
         [gates.i-litters]\nrun = \"echo new > litter\"\non = \"task\"\n",
    );
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.execute(&[]).exits(0);
    let found: Vec<(String, Verdict)> = verdicts(&bed).into_iter().map(|(gate, verdict, _)| (gate, verdict)).collect();
    let expected = [
        ("a-pass", Verdict::Pass),
        ("b-fail", Verdict::Fail),
        ("c-missing", Verdict::Unchecked),
        ("d-late", Verdict::Unchecked),
        ("e-killed", Verdict::Unchecked),
        ("f-edits", Verdict::Unchecked),
        ("g-commits", Verdict::Unchecked),
        ("h-elsewhere", Verdict::NotApplicable),
        ("i-litters", Verdict::Pass),
    ];
    assert_eq!(found, expected.map(|(gate, verdict)| (gate.to_owned(), verdict)));
    assert!(!bed.result_has("litter"));
    assert_eq!(bed.result("a.txt"), "a");
    bed.assert_no_processes();
}

#[test]
fn an_unchecked_required_gate_blocks_as_a_failed_one() {
    let bed = TestRepo::new();
    bed.toml("[gates.tool]\nrun = \"no-such-tool --check\"\n");
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}, {"id": "B", "after": ["A"], "run": "put b.txt b"}]));
    bed.execute(&[]).exits(5);
    assert_eq!(bed.standings(), "A failed, B blocked");
    let (_, verdict, reason) = verdicts(&bed).remove(0);
    assert!(verdict == Verdict::Unchecked && reason.contains("no-such-tool"), "{reason}");
}

#[test]
fn a_gate_sees_the_exact_commit_and_never_what_git_ignores() {
    let bed = TestRepo::new();
    bed.toml("[gates.exact]\nrun = \"test ! -e ignored/x && test ! -e x.secret && test -e a.txt && git diff --quiet HEAD\"\n");
    bed.plan(json!([{"id": "A", "run": "put ignored/x x; put x.secret s; put a.txt a"}, {"id": "B", "after": ["A"], "run": "put b b"}]));
    bed.execute(&[]).exits(0);
}

#[test]
fn a_tree_that_was_gated_is_not_gated_again_and_a_failure_is() {
    let bed = TestRepo::new();
    bed.toml("[gates.count]\nrun = \"note gate $(git rev-parse HEAD^{tree}); test ! -e bad.txt\"\n");
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.execute(&[]).exits(0);
    assert_eq!(bed.notes("gate").len(), 1, "the merged tree is the task's own");
    bed.execute(&["--new"]).exits(0);
    assert_eq!(bed.notes("gate").len(), 1, "nor in another run");
    bed.toml("[gates.count]\nrun = \"note gate again $(git rev-parse HEAD^{tree}); test ! -e bad.txt\"\n");
    bed.execute(&["--new"]).exits(0);
    assert_eq!(bed.notes("gate").len(), 2, "another definition is another gate");
    bed.plan(json!([{"id": "A", "run": "put bad.txt a"}]));
    bed.execute(&[]).exits(5);
    bed.execute(&["--new"]).exits(5);
    assert_eq!(bed.notes("gate").len(), 4, "a failure is not remembered");
}

#[test]
fn gates_of_the_end_judge_the_last_head_once() {
    let bed = TestRepo::new();
    bed.toml("[gates.whole]\nrun = \"note final $(ls *.txt | tr '\\n' ' ')\"\non = \"final\"\n[finish]\ndeploy = \"note deploy $(ls *.txt | tr '\\n' ' ')\"\n");
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}, {"id": "B", "after": ["A"], "run": "put b.txt b"}]));
    bed.execute(&[]).exits(0);
    assert_eq!(
        (bed.notes("final"), bed.notes("deploy")),
        (vec!["a.txt b.txt ".trim_end().to_owned()], vec!["a.txt b.txt".to_owned()])
    );
    bed.toml("[gates.whole]\nrun = \"false\"\non = \"final\"\n[finish]\ndeploy = \"note deploy again\"\n");
    bed.execute(&["--new"]).exits(5);
    assert_eq!(bed.notes("deploy").len(), 1, "only when all is well");
}
