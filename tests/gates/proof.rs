//! The tdd gate on real projects: a good change, and changes that only look good.

use git_orca::model::Verdict;
use serde_json::json;

use super::judgement;
use super::support::{Bed, TestRequirement, needs};

/// A bed with a project of one language.
fn bed(files: &[(&str, &str)], toml: &str) -> Bed {
    let mut bed = Bed::new();
    bed.real_cargo();
    for (path, text) in files {
        bed.write(path, text);
    }
    bed.toml(toml);
    bed.commit("a project");
    bed
}

/// The run text that writes files.
fn writing(files: &[(&str, &str)]) -> String {
    let one = |(path, text): &(&str, &str)| {
        format!("mkdir -p \"$(dirname {path})\"\ncat > {path} <<'END_OF_FILE'\n{text}END_OF_FILE\n")
    };
    files.iter().map(one).collect()
}

/// What a case is called, the files it writes, and what the gate says of it: verdict, and the file, line and rule of its
/// first finding.
type Case<'a> = (&'a str, Vec<(&'a str, String)>, Verdict, &'a str);

fn all(bed: &Bed, cases: &[Case<'_>], gate: &str) {
    let tasks = cases.iter().map(|(id, files, ..)| {
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        json!({"id": id, "title": id, "run": writing(&files)})
    });
    bed.plan(json!(tasks.collect::<Vec<_>>()));
    bed.execute(&[]);
    for (id, _, verdict, place) in cases {
        let judged = judgement(bed, id, 1, gate);
        let found = judged.findings.first().map_or(String::new(), |f| format!("{}:{} {}", f.file, f.line, f.rule));
        assert_eq!(
            (judged.verdict, found.as_str()),
            (*verdict, *place),
            "{id}: {} {:?}",
            judged.reason,
            judged.findings
        );
    }
}

const LIB: &str = "pub fn add(a: i32, b: i32) -> i32 {
    a + b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds() {
        assert_eq!(add(1, 2), 3);
        assert_eq!(add(2, 2), 4);
    }
}
";

#[test]
fn rust_with_tests_inside_and_beside() {
    let manifest = "[package]\nname = \"calc\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
    let lock = "version = 4\n\n[[package]]\nname = \"calc\"\nversion = \"0.1.0\"\n";
    let toml = "[gates.tdd]\nkind = \"tdd\"\ncoverage = { min = 0 }\non = \"task\"\n[worktree]\nkeep = [\"target/\"]\n";
    let bed =
        bed(&[("Cargo.toml", manifest), ("Cargo.lock", lock), ("src/lib.rs", LIB), (".gitignore", "target/\n")], toml);
    let with = |product: &str, tests: &str| {
        let text = LIB.replace("    a + b\n}\n", &format!("    a + b\n}}\n{product}"));
        vec![(
            "src/lib.rs",
            text.replace(
                "        assert_eq!(add(2, 2), 4);\n    }\n",
                &format!("        assert_eq!(add(2, 2), 4);\n    }}\n{tests}"),
            ),
        )]
    };
    let sub = "\npub fn sub(a: i32, b: i32) -> i32 {\n    a - b\n}\n";
    let cases: Vec<Case<'_>> = vec![
        ("good", with(sub, "\n    #[test]\n    fn subs() {\n        assert_eq!(sub(3, 2), 1);\n    }\n"), Verdict::Pass, ""),
        (
            "fixed",
            vec![("src/lib.rs", LIB.replace("    a + b\n", "    a.saturating_add(b)\n").replace("        assert_eq!(add(2, 2), 4);\n    }\n", "        assert_eq!(add(2, 2), 4);\n    }\n\n    #[test]\n    fn saturates() {\n        assert_eq!(add(i32::MAX, 1), i32::MAX);\n    }\n"))],
            Verdict::Pass,
            "",
        ),
        ("before", with(sub, "\n    #[test]\n    fn more() {\n        assert_eq!(add(3, 2), 5);\n    }\n"), Verdict::Fail, "src/lib.rs:20 not-red"),
        ("vacuous", with(sub, "\n    #[test]\n    fn subs() {\n        sub(3, 2);\n    }\n"), Verdict::Fail, "src/lib.rs:6 unnoticed-mutant"),
        ("untested", with(sub, ""), Verdict::Unchecked, ""),
        ("weaker", vec![("src/lib.rs", LIB.replace("        assert_eq!(add(2, 2), 4);\n", ""))], Verdict::Fail, "src/lib.rs:9 removed-assertion"),
        ("ignored", vec![("src/lib.rs", LIB.replace("    #[test]\n", "    #[test]\n    #[ignore]\n"))], Verdict::Fail, "src/lib.rs:9 skipped-test"),
        ("failing", with(sub, "\n    #[test]\n    fn subs() {\n        assert_eq!(sub(3, 2), 2);\n    }\n"), Verdict::Fail, "src/lib.rs:22 test"),
        ("broken", vec![("src/lib.rs", LIB.replace("a + b", "a + c"))], Verdict::Fail, "src/lib.rs:2 "),
    ];
    all(&bed, &cases, "tdd");
}

const CALC: &str = "def add(a, b):\n    return a + b\n";
const TESTS: &str = "from calc import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n    assert add(2, 2) == 4\n";

#[test]
fn python_with_coverage() {
    if !Bed::new().succeeds("python3", &["-c", "import pytest, pytest_cov"]) {
        return needs(TestRequirement::Pytest);
    }
    let toml = "[gates.tdd]\nkind = \"tdd\"\nrun = \"python3 -m pytest -q -p no:cacheprovider\"\non = \"task\"\n";
    let ini = "[pytest]\npythonpath = .\n";
    let bed = bed(
        &[
            ("calc.py", CALC),
            ("tests/test_calc.py", TESTS),
            ("pytest.ini", ini),
            (".gitignore", "__pycache__/\n.coverage\n"),
        ],
        toml,
    );
    let sub = format!("{CALC}\n\ndef sub(a, b):\n    return a - b\n");
    let branch = format!("{CALC}\n\ndef sub(a, b):\n    if a > 100:\n        return 0\n    return a - b\n");
    let tests = |import: &str, more: &str| format!("{}{more}", TESTS.replace("import add", import));
    let good = tests("import add, sub", "\n\ndef test_sub():\n    assert sub(3, 2) == 1\n");
    let cases: Vec<Case<'_>> = vec![
        ("good", vec![("calc.py", sub.clone()), ("tests/test_calc.py", good.clone())], Verdict::Pass, ""),
        (
            "before",
            vec![
                ("calc.py", sub.clone()),
                ("tests/test_calc.py", tests("import add", "\n\ndef test_more():\n    assert add(3, 2) == 5\n")),
            ],
            Verdict::Fail,
            "tests/test_calc.py:9 not-red",
        ),
        (
            "vacuous",
            vec![
                ("calc.py", sub.clone()),
                ("tests/test_calc.py", tests("import add, sub", "\n\ndef test_sub():\n    sub(3, 2)\n")),
            ],
            Verdict::Fail,
            "calc.py:6 unnoticed-mutant",
        ),
        (
            "deleted",
            vec![
                ("calc.py", sub.clone()),
                (
                    "tests/test_calc.py",
                    "from calc import sub\n\n\ndef test_sub():\n    assert sub(3, 2) == 1\n".to_owned(),
                ),
            ],
            Verdict::Fail,
            "tests/test_calc.py:4 deleted-test",
        ),
        (
            "weaker",
            vec![("calc.py", sub.clone()), ("tests/test_calc.py", good.replace("add(2, 2) == 4", "add(2, 2) == 5"))],
            Verdict::Fail,
            "tests/test_calc.py:6 changed-expectation",
        ),
        (
            "skipped",
            vec![
                ("calc.py", sub),
                (
                    "tests/test_calc.py",
                    format!("import pytest\n{}", good.replace("def test_add", "@pytest.mark.skip\ndef test_add")),
                ),
            ],
            Verdict::Fail,
            "tests/test_calc.py:5 skipped-test",
        ),
        ("uncovered", vec![("calc.py", branch), ("tests/test_calc.py", good)], Verdict::Fail, "calc.py:7 coverage"),
        (
            "dodged",
            vec![
                ("calc.py", CALC.replace("a + b", "b + a")),
                ("pytest.ini", format!("{ini}addopts = --ignore=tests/test_calc.py\n")),
                ("tests/test_other.py", "def test_other():\n    assert True\n".to_owned()),
            ],
            Verdict::Fail,
            "tests/test_calc.py:4 deleted-test",
        ),
    ];
    all(&bed, &cases, "tdd");
    assert_eq!(judgement(&bed, "good", 1, "tdd").measured.coverage, Some(100.0));
}
