//! Python with pytest, pytest-cov, ruff, bandit, mypy and lizard.

use super::change::{Change, Good, good, spoiled, token, with};
use super::project::{Project, cached};
use super::settings::{ANY_TIME, LOOSE, Settings, USUAL};
use crate::support::{TestRequirement, needs};

const SETTINGS: Settings<'_> = Settings {
    worktree: "",
    tests: "pytest -q",
    scanners: &["bandit"],
    bench: "run = \"python bench.py\"",
    linters: &["ruff", "ruff-format", "mypy", "lizard"],
};

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
    ("bench.py", "import cart\n\ncart.total(range(10_000_000))\n"),
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
    let change = Good(counting());
    let (cart, tests) = (change.code(), change.tests());
    let test_total = "def test_total():\n    assert total([1, 2]) == 3\n    assert total([]) == 0\n\n\n";

    let cases: String = (0..20).map(|n| format!("    if key == {n}:\n        return {}\n", n * n)).collect();
    let complex = format!("{cart}\n\ndef pick(key: int) -> int:\n    \"\"\"Picks.\"\"\"\n{cases}    return 0\n");
    let picks = "\n\ndef test_pick():\n    assert [pick(n) for n in range(20)] == [n * n for n in range(20)]\n    assert pick(20) == 0\n";
    let picks = format!("{}{picks}", with(tests, "count, total", "count, pick, total"));

    let shell = format!(
        "{}\n\ndef run(command: str) -> int:\n    \"\"\"Runs.\"\"\"\n    return subprocess.run(command, shell=True).returncode\n",
        with(cart, "from coll", "import subprocess\nfrom coll")
    );
    let runs = format!(
        "{}\n\ndef test_run():\n    assert run(\"exit 3\") == 3\n",
        with(tests, "count, total", "count, run, total")
    );

    vec![
        change.as_it_is(),
        change.one(
            "passes-before",
            "tests/test_cart.py",
            format!("{TESTS}\n\ndef test_more():\n    assert total([3]) == 3\n"),
            "tdd not-red tests/test_cart.py:9",
        ),
        change.one("untested", "tests/test_cart.py", TESTS, "tdd unchecked"),
        // The name is looked up when the test runs: it fails without the change, and insists on nothing.
        change.one(
            "vacuous-late",
            "tests/test_cart.py",
            with(tests, "from cart import count, total", "import cart\nfrom cart import total")
                .replace("assert count([5, 6]) == 2", "cart.count([5, 6])"),
            "tdd unnoticed-mutant cart.py:13",
        ),
        change.in_tests("vacuous", "assert count([5, 6]) == 2", "count([5, 6])", "tdd unnoticed-mutant cart.py:13"),
        change.one(
            "deleted",
            "tests/test_cart.py",
            with(&with(tests, test_total, ""), "count, total", "count"),
            "tdd deleted-test tests/test_cart.py:4",
        ),
        change.in_tests(
            "weakened",
            "total([1, 2]) == 3",
            "total([1, 2]) >= 3",
            "tdd changed-expectation tests/test_cart.py:5",
        ),
        change.one(
            "skipped",
            "tests/test_cart.py",
            format!("import pytest\n\n{}", with(tests, "def test_total", "@pytest.mark.skip\ndef test_total")),
            "tdd skipped-test tests/test_cart.py:6",
        ),
        change.in_code(
            "uncovered",
            "    return len(prices)",
            "    if len(prices) > 100:\n        return 100\n    return len(prices)",
            "tdd coverage cart.py:14",
        ),
        change.in_code(
            "excluded",
            "-> int:\n    \"\"\"Counts.\"\"\"",
            "-> int:  # pragma: no cover\n    \"\"\"Counts.\"\"\"",
            "tdd coverage-excluded cart.py:11",
        ),
        change.below("leaked", &format!("\n\nTOKEN = \"{}\"\n", token()), "security npm-token cart.py:16"),
        change.below("bidi", "\n\nLIMIT = 10  # \u{202e} at most\n", "security bidi cart.py:16"),
        change.one("unpinned", "requirements.txt", "click==8.1.7\nrequests\n", "security unpinned requirements.txt:2"),
        change.one(
            "foreign",
            "requirements.txt",
            "--extra-index-url https://x.invalid/simple\nclick==8.1.7\n",
            "security foreign-source requirements.txt:1",
        ),
        change.both("complex", complex, picks, "review too-complex cart.py:16"),
        change.below("unused", "\n\nimport os  # noqa: E402\n", "review F401 cart.py:16"),
        change.in_code(
            "typed",
            "count(prices: Sequence[int]) -> int",
            "count(prices: Sequence[int]) -> str",
            "review return-value cart.py:13",
        ),
        change.in_code(
            "layout",
            "count(prices: Sequence[int])",
            "count( prices: Sequence[int] )",
            "review ruff-format cart.py:9",
        ),
        change.both(
            "silenced",
            with(&shell, ".returncode", ".returncode  # nosec"),
            runs.clone(),
            "security B602 cart.py:19",
        ),
        change.both("shell", shell, runs, "security B602 cart.py:19"),
    ]
}

/// Changes of what the benchmark runs that make it take three times as long, and ten times as much memory. Neither is where
/// the change begins.
fn slower_and_larger() -> [Change; 2] {
    let change = Good(counting());
    let one = |name, to: &str, refused| {
        let cart = with(change.code(), "    return sum(prices)", to);
        change.one(name, "cart.py", with(&cart, "\"\"\"A cart.\"\"\"", "\"\"\"A cart of prices.\"\"\""), refused)
    };
    let copies = "    copy = bytearray(200 << 20)\n    return sum(prices) + copy[0]";
    [
        one("slower", "    return max(sum(prices) for _ in range(3))", "performance slower cart.py:8"),
        one("larger", copies, "performance memory cart.py:8"),
    ]
}

#[test]
fn a_python_project_that_becomes_slow_or_large() {
    let Some(programs) = cached("python", "bin/pytest") else { return needs(TestRequirement::PythonTools) };
    let [slower, larger] = slower_and_larger();
    let programs = [programs.join("bin")];
    Project::new(&programs, FILES, &SETTINGS.toml(USUAL)).judge(&[good(counting()), slower]);
    Project::new(&programs, FILES, &SETTINGS.toml(ANY_TIME)).judge(&[larger]);
}

#[test]
fn changes_of_a_python_project() {
    let Some(programs) = cached("python", "bin/pytest") else { return needs(TestRequirement::PythonTools) };
    let project = Project::new(&[programs.join("bin")], FILES, &SETTINGS.toml(LOOSE));
    project.judge(&changes());
    let change = counting();
    let outside = spoiled(
        "outside",
        &change,
        &[("bench.py", "import cart\n\n# Not too few.\ncart.total(range(10_000_000))\n".into())],
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
