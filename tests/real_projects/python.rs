//! Python with pytest, pytest-cov, ruff, bandit, mypy and lizard.

use super::change::{Change, good, spoiled, token, with};
use super::project::{Project, cached};
use super::support::{TestRequirement, needs};

/// As somebody writes who has all gates block. The limits are far from the machine's moods.
pub const TOML: &str = r#"
[gates.tdd]
kind = "tdd"
run = "pytest -q"

[gates.security]
kind = "security"
tools = ["bandit"]

[gates.performance]
kind = "performance"
run = "python bench.py"
limit = 2.5
memory_limit = 3
repeats = 31
on = "task"

[gates.review]
kind = "review"
tools = ["ruff", "ruff-format", "mypy", "lizard"]
"#;

pub const CART: &str = r#""""A cart."""

from collections.abc import Sequence


def total(prices: Sequence[int]) -> int:
    """Adds up."""
    return sum(prices)
"#;

pub const TESTS: &str = "from cart import total


def test_total():
    assert total([1, 2]) == 3
    assert total([]) == 0
";

const PROJECT: &str = r#"[project]
name = "shop"
version = "1"

[tool.pytest.ini_options]
pythonpath = ["."]

[tool.ruff.lint]
select = ["E", "F"]
"#;

pub const FILES: &[(&str, &str)] = &[
    ("cart.py", CART),
    ("tests/test_cart.py", TESTS),
    ("bench.py", "import cart\n\ncart.total(range(5_000_000))\n"),
    ("pyproject.toml", PROJECT),
    ("requirements.txt", "click==8.1.7\n"),
    (".gitignore", "__pycache__/\n.coverage\n.pytest_cache/\n"),
];

const COUNT: &str = r#"

def count(prices: Sequence[int]) -> int:
    """Counts."""
    return len(prices)
"#;

/// The good change: a function, and a test of it.
pub fn counting() -> Vec<(&'static str, String)> {
    let tests = with(TESTS, "import total", "import count, total");
    vec![
        ("cart.py", format!("{CART}{COUNT}")),
        ("tests/test_cart.py", format!("{tests}\n\ndef test_count():\n    assert count([5, 6]) == 2\n")),
    ]
}

fn changes() -> Vec<Change> {
    let change = counting();
    let (cart, tests) = (change[0].1.clone(), change[1].1.clone());
    let one = |name, path, text, refused| spoiled(name, &change, &[(path, text)], refused);
    let in_cart = |name, from: &str, to: &str, refused| one(name, "cart.py", with(&cart, from, to), refused);
    let in_tests =
        |name, from: &str, to: &str, refused| one(name, "tests/test_cart.py", with(&tests, from, to), refused);
    let below = |name, more: &str, refused| one(name, "cart.py", format!("{cart}\n\n{more}"), refused);
    let test_total = "def test_total():\n    assert total([1, 2]) == 3\n    assert total([]) == 0\n\n\n";

    let cases: String = (0..20).map(|n| format!("    if key == {n}:\n        return {}\n", n * n)).collect();
    let complex = format!("{cart}\n\ndef pick(key: int) -> int:\n    \"\"\"Picks.\"\"\"\n{cases}    return 0\n");
    let picks = "\n\ndef test_pick():\n    assert [pick(n) for n in range(20)] == [n * n for n in range(20)]\n    assert pick(20) == 0\n";
    let picks = format!("{}{picks}", with(&tests, "count, total", "count, pick, total"));

    let shell = format!(
        "{}\n\ndef run(command: str) -> int:\n    \"\"\"Runs.\"\"\"\n    return subprocess.run(command, shell=True).returncode\n",
        with(&cart, "from coll", "import subprocess\nfrom coll")
    );
    let runs = format!(
        "{}\n\ndef test_run():\n    assert run(\"exit 3\") == 3\n",
        with(&tests, "count, total", "count, run, total")
    );

    vec![
        good(change.clone()),
        one(
            "passes-before",
            "tests/test_cart.py",
            format!("{TESTS}\n\ndef test_more():\n    assert total([3]) == 3\n"),
            "tdd not-red tests/test_cart.py:9",
        ),
        one("untested", "tests/test_cart.py", TESTS.into(), "tdd unchecked"),
        // The name is looked up when the test runs: it fails without the change, and insists on nothing.
        one(
            "vacuous-late",
            "tests/test_cart.py",
            with(&tests, "from cart import count, total", "import cart\nfrom cart import total")
                .replace("assert count([5, 6]) == 2", "cart.count([5, 6])"),
            "tdd unnoticed-mutant cart.py:13",
        ),
        in_tests("vacuous", "assert count([5, 6]) == 2", "count([5, 6])", "tdd unnoticed-mutant cart.py:13"),
        one(
            "deleted",
            "tests/test_cart.py",
            with(&with(&tests, test_total, ""), "count, total", "count"),
            "tdd deleted-test tests/test_cart.py:4",
        ),
        in_tests(
            "weakened",
            "total([1, 2]) == 3",
            "total([1, 2]) >= 3",
            "tdd changed-expectation tests/test_cart.py:5",
        ),
        one(
            "skipped",
            "tests/test_cart.py",
            format!("import pytest\n\n{}", with(&tests, "def test_total", "@pytest.mark.skip\ndef test_total")),
            "tdd skipped-test tests/test_cart.py:6",
        ),
        in_cart(
            "uncovered",
            "    return len(prices)",
            "    if len(prices) > 100:\n        return 100\n    return len(prices)",
            "tdd coverage cart.py:14",
        ),
        in_cart(
            "excluded",
            "-> int:\n    \"\"\"Counts.\"\"\"",
            "-> int:  # pragma: no cover\n    \"\"\"Counts.\"\"\"",
            "tdd coverage-excluded cart.py:11",
        ),
        below("leaked", &format!("TOKEN = \"{}\"\n", token()), "security npm-token cart.py:16"),
        below("bidi", "LIMIT = 10  # \u{202e} at most\n", "security bidi cart.py:16"),
        one("unpinned", "requirements.txt", "click==8.1.7\nrequests\n".into(), "security unpinned requirements.txt:2"),
        one(
            "foreign",
            "requirements.txt",
            "--extra-index-url https://x.invalid/simple\nclick==8.1.7\n".into(),
            "security foreign-source requirements.txt:1",
        ),
        in_cart(
            "slower",
            "    return sum(prices)",
            "    return max(sum(prices) for _ in range(8))",
            "performance slower cart.py:8",
        ),
        in_cart(
            "larger",
            "    return sum(prices)",
            "    copy = bytearray(150 << 20)\n    return sum(prices) + copy[0]",
            "performance memory cart.py:8",
        ),
        spoiled(
            "complex",
            &change,
            &[("cart.py", complex), ("tests/test_cart.py", picks)],
            "review too-complex cart.py:16",
        ),
        below("unused", "import os  # noqa: E402\n", "review F401 cart.py:16"),
        in_cart(
            "typed",
            "count(prices: Sequence[int]) -> int",
            "count(prices: Sequence[int]) -> str",
            "review return-value cart.py:13",
        ),
        in_cart(
            "layout",
            "count(prices: Sequence[int])",
            "count( prices: Sequence[int] )",
            "review ruff-format cart.py:9",
        ),
        spoiled("shell", &change, &[("cart.py", shell), ("tests/test_cart.py", runs)], "security B602 cart.py:19"),
    ]
}

#[test]
fn changes_of_a_python_project() {
    let Some(programs) = cached("python", "bin/pytest") else { return needs(TestRequirement::PythonTools) };
    let project = Project::new(&[programs.join("bin")], FILES, TOML);
    project.judge(&changes());
    let change = counting();
    let outside = spoiled(
        "outside",
        &change,
        &[("bench.py", "import cart\n\n# Not too few.\ncart.total(range(5_000_000))\n".into())],
        "review outside-task bench.py:3",
    );
    project.execute(&[(good(change.clone()), &["cart.py"]), (outside, &["cart.py"])]);
}

#[test]
fn pylint_is_read() {
    let Some(programs) = cached("python", "bin/pylint") else { return needs(TestRequirement::PythonTools) };
    let settings = "[gates.review]\nkind = \"review\"\ntools = [\"pylint\"]\n";
    let project = Project::new(&[programs.join("bin")], FILES, settings);
    let change = counting();
    let wrong = with(&change[0].1, "return len(prices)", "return length(prices)");
    project.judge(&[spoiled("named", &change, &[("cart.py", wrong)], "review pylint cart.py:13")]);
}
