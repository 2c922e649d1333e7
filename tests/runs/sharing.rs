//! Gates of a run that ask for the same command on the same tree run it once.

use crate::support::{TestRepo, TestRequirement, needs};
use git_orca::journal::Subject;
use git_orca::model::{AttemptId, Verdict};
use serde_json::json;

/// A Python project without any settings, whose test suite notes each of its runs outside of the repository.
fn project() -> Option<TestRepo> {
    let bed = TestRepo::new();
    if !bed.succeeds("python3", &["-c", "import pytest, pytest_cov"]) || !bed.succeeds("pytest", &["--version"]) {
        needs(TestRequirement::Pytest);
        return None;
    }
    bed.write(
        "pyproject.toml",
        "[project]\nname = \"calc\"\nversion = \"1\"\n[tool.pytest.ini_options]\npythonpath = \".\"\n",
    );
    bed.write("calc.py", "def add(a, b):\n    return a + b\n");
    bed.write("tests/test_calc.py", "from calc import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n");
    let runs = bed.out("runs").display().to_string();
    bed.write(
        "conftest.py",
        &format!(
            "import sys\nwith open({runs:?}, \"a\") as file:\n    file.write(\" \".join(sys.argv[1:]) + \"\\n\")\n"
        ),
    );
    bed.write(".gitignore", "__pycache__/\n.coverage\n.pytest_cache/\n");
    bed.commit("a project");
    Some(bed)
}

/// A task that adds a function with its test.
fn task(id: &str, name: &str) -> serde_json::Value {
    let code = format!("def {name}(a, b):\n    return a * b + 1\n");
    let test = format!("from {name} import {name}\n\n\ndef test_{name}():\n    assert {name}(3, 2) == 7\n");
    let write = |path: &str, text: &str| format!("cat > {path} <<'END_OF_FILE'\n{text}END_OF_FILE\n");
    let run = format!("{}{}", write(&format!("{name}.py"), &code), write(&format!("tests/test_{name}.py"), &test));
    json!({"id": id, "title": id, "run": run})
}

fn verdict(bed: &TestRepo, task: &str, gate: &str) -> Option<(Verdict, Option<u64>)> {
    let subject = Subject::Attempt(AttemptId { task: task.parse().unwrap(), n: 1 });
    let state = bed.state();
    let judgement = state.judgement(&subject, &gate.parse().unwrap())?;
    Some((judgement.verdict, judgement.measured.tests.map(|tests| tests.passed)))
}

#[test]
fn an_unconfigured_project_runs_its_tests_once_for_both_gates() {
    let Some(bed) = project() else { return };
    bed.plan(json!([task("A", "mul")]));
    bed.execute(&["--sandbox", "off"]).exits(0);
    assert_eq!(verdict(&bed, "A", "test"), Some((Verdict::Pass, Some(2))));
    assert_eq!(verdict(&bed, "A", "tdd"), Some((Verdict::Pass, Some(2))));
    let (proof, measured): (Vec<_>, Vec<_>) = bed.notes("runs").into_iter().partition(|run| run.contains("--junitxml"));
    // The head for `test` and `tdd` together, the base, the head without the change; wrong versions run the tests of the
    // change only.
    let (narrow, whole): (Vec<_>, Vec<_>) = proof.iter().partition(|run| run.contains("tests/test_mul.py"));
    assert_eq!((whole.len(), narrow.len()), (3, 3), "{proof:?}");
    // The rest is measured in pairs: `test` ran nothing of its own.
    assert!(measured.len().is_multiple_of(2), "{measured:?}");
}

#[test]
fn three_tasks_of_an_unconfigured_project_run_its_tests_where_nothing_else_would_tell() {
    let Some(bed) = project() else { return };
    bed.plan(json!([task("A", "mul"), task("B", "pow"), task("C", "neg")]));
    bed.execute(&["--sandbox", "off", "-j", "1"]).exits(0);
    let (proof, measured): (Vec<_>, Vec<_>) = bed.notes("runs").into_iter().partition(|run| run.contains("--junitxml"));
    let (covered, plain): (Vec<_>, Vec<_>) = proof.into_iter().partition(|run| run.contains("--cov=."));
    // Each head once, for `test` and `tdd` together; the merged trees that differ from it: the first does not.
    assert_eq!(covered.len(), 3 + 2, "{covered:?}");
    // The base once for all; each head without its change, and three times with its change wrong, where only its own tests
    // run, since its test cannot be collected without it.
    let (narrow, whole): (Vec<_>, Vec<_>) = plain.iter().partition(|run| run.contains("tests/test_"));
    assert_eq!((whole.len(), narrow.len()), (1 + 3, 3 * 3), "{plain:?}");
    // Time and memory are measured where somebody asks for it.
    assert!(measured.is_empty(), "{measured:?}");
}

#[test]
fn tasks_on_one_base_run_its_tests_once() {
    let Some(bed) = project() else { return };
    bed.toml("[gates.tdd]\nkind = \"tdd\"\nrun = \"pytest -q\"\non = \"task\"\n");
    bed.commit("one gate");
    bed.plan(json!([task("A", "mul"), task("B", "pow"), task("C", "neg")]));
    bed.execute(&["--sandbox", "off", "-j", "3"]).exits(0);
    // Each on its head, without its change, and with three wrong versions; the base once for all, which were three without
    // sharing.
    assert_eq!(bed.notes("runs").len(), 1 + 3 * 5);
}

#[test]
fn a_gate_that_was_written_down_runs_as_it_is_written() {
    let Some(bed) = project() else { return };
    bed.toml("[gates.test]\nrun = \"pytest -q\"\non = \"task\"\n[gates.again]\nrun = \"pytest -q\"\non = \"task\"\n");
    bed.commit("two gates of the same");
    bed.plan(json!([task("A", "mul")]));
    bed.execute(&["--sandbox", "off"]).exits(0);
    assert_eq!(verdict(&bed, "A", "test"), Some((Verdict::Pass, None)));
    assert_eq!(verdict(&bed, "A", "again"), Some((Verdict::Pass, None)));
    assert_eq!(bed.notes("runs").len(), 1);
}
