//! What a gate's command names: scripts, Makefiles, entries of `package.json`. One command gate, nothing else: its pass has
//! to hold with the base's judge, too.

use git_orca::gate::{self, CHANGED_JUDGE, Evidence, Probe, Step};
use git_orca::model::{GateDef, GateKind, Verdict};
use git_orca::process::End;

use super::{HONEST, Way, add, diff, edit, remove};

const BASE: [(&str, &str); 8] = [
    ("ci/check.sh", "sh ci/tests.sh\n"),
    ("ci/tests.sh", "python3 -m unittest\n"),
    ("Makefile", "check:\n\tsh ci/tests.sh\n"),
    (
        "package.json",
        "{\"scripts\": {\"test\": \"node test/run.js\", \"pretest\": \"node build.js\", \"start\": \"node a.js\"}}\n",
    ),
    ("test/run.js", "require('assert').strictEqual(1, 1);\n"),
    ("tox.ini", "[testenv]\ncommands = pytest\n"),
    ("conftest.py", "import pytest\n"),
    ("app.py", "x = 1\n"),
];

/// Ways with the gate's command, and with whether the base's judge refuses what they did.
fn table() -> Vec<(&'static str, Way<'static>)> {
    let e = |name, path, old, new, rule| edit(&BASE, name, path, (old, new), rule);
    vec![
        ("sh ci/check.sh", e("the script is emptied", "ci/check.sh", "sh ci/tests.sh", "exit 0", CHANGED_JUDGE)),
        ("sh ci/check.sh", e("a script of the script", "ci/tests.sh", "python3 -m unittest", "true", CHANGED_JUDGE)),
        (
            "./ci/check.sh --all",
            e("the script swallows its exit", "ci/check.sh", "tests.sh", "tests.sh || true", CHANGED_JUDGE),
        ),
        ("make check", e("the target does nothing", "Makefile", "sh ci/tests.sh", "true", CHANGED_JUDGE)),
        ("make check", add("another Makefile goes first", "GNUmakefile", "check:\n\ttrue\n", CHANGED_JUDGE)),
        ("make -s check", e("the target's script", "ci/tests.sh", "python3 -m unittest", "exit 0", CHANGED_JUDGE)),
        ("npm test", e("the entry does nothing", "package.json", "node test/run.js", "true", CHANGED_JUDGE)),
        ("npm run test", e("the entry before it", "package.json", "node build.js", "rm -rf test", CHANGED_JUDGE)),
        ("npm test", e("the program of the entry", "test/run.js", "strictEqual(1, 1)", "ok(true)", CHANGED_JUDGE)),
        (
            "node test/run.js",
            e("the test itself", "test/run.js", "require('assert').strictEqual(1, 1);", "", CHANGED_JUDGE),
        ),
        ("tox -e py", e("settings of tox", "tox.ini", "pytest", "true", CHANGED_JUDGE)),
        (
            "python3 -m pytest -q",
            e("fixtures that patch the code", "conftest.py", "import pytest", "import app\napp.x = 2", CHANGED_JUDGE),
        ),
        ("pytest", add("new fixtures", "tests/conftest.py", "import app\napp.x = 2\n", CHANGED_JUDGE)),
        (
            "pytest",
            add("settings that leave tests out", "pytest.ini", "[pytest]\naddopts = --ignore=tests\n", CHANGED_JUDGE),
        ),
        ("sh ci/check.sh", remove("the script is deleted", "ci/check.sh", CHANGED_JUDGE)),
        ("sh ci/check.sh", e("the code", "app.py", "x = 1", "x = 2", HONEST)),
        ("npm test", e("an entry that the gate does not use", "package.json", "node a.js", "node b.js", HONEST)),
        ("true", e("a script that the gate does not name", "ci/check.sh", "sh ci/tests.sh", "exit 0", HONEST)),
    ]
}

pub(super) fn ways() -> (&'static [(&'static str, &'static str)], Vec<Way<'static>>) {
    (&BASE, table().into_iter().map(|(_, way)| way).collect())
}

/// Green with its own judge; with the base's the command ends so.
fn judged(run: &str, way: &Way<'_>, with_base: i32) -> (Verdict, Vec<String>) {
    let def = GateDef { run: run.to_owned(), ..GateDef::new("test".parse().unwrap(), GateKind::Command) };
    let diff = diff(&BASE, &way.edits);
    let mut evidence: Vec<(Probe, Evidence)> = Vec::new();
    for _ in 0..4 {
        match gate::judge(&def, &diff, &evidence) {
            Step::Done(judged) => {
                return (judged.verdict, judged.findings.into_iter().map(|finding| finding.rule).collect());
            }
            Step::More(probes) => evidence.extend(probes.into_iter().map(|probe| {
                let code = if probe.label.starts_with("base-judge") { with_base } else { 0 };
                (probe, ended(code))
            })),
        }
    }
    panic!("{run}: asked too often")
}

fn ended(code: i32) -> Evidence {
    Evidence {
        end: End::Exited(code),
        output: String::new(),
        log: String::new(),
        seconds: 0.1,
        preparing: 0.0,
        cpu: 0.0,
        max_rss: 0,
        report: None,
        coverage: None,
        disturbed: None,
        prepared: true,
    }
}

#[test]
fn a_changed_judge_judges_twice() {
    for (run, way) in table() {
        let (refused, rules) = judged(run, &way, 1);
        if way.rule == HONEST {
            assert_eq!((refused, rules.len()), (Verdict::Pass, 0), "{}: no word about it: {rules:?}", way.name);
            continue;
        }
        assert_eq!(refused, Verdict::Fail, "{}", way.name);
        assert!(rules.iter().any(|rule| rule == CHANGED_JUDGE), "{}: {rules:?}", way.name);
        let (passed, rules) = judged(run, &way, 0);
        assert_eq!(passed, Verdict::Pass, "{}: both versions pass", way.name);
        assert!(rules.iter().any(|rule| rule == CHANGED_JUDGE), "{}: it is said: {rules:?}", way.name);
        assert_eq!(judged(run, &way, 127).0, Verdict::Unchecked, "{}", way.name);
    }
}
