//! Python.

use super::{HONEST, Way, add, check, edit, remove};

const T: &str = "tests/test_calc.py";

const BASE: [(&str, &str); 2] = [
    ("calc.py", "def add(a, b):\n    return a + b\n"),
    (
        T,
        "import unittest\n\nimport pytest\nfrom calc import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n    assert add(0, 0) == 0\n\n\n@pytest.mark.parametrize(\"a\", [1, 2, 3])\ndef test_same(a):\n    assert add(a, 0) == a\n\n\nclass TestMore(unittest.TestCase):\n    def test_big(self):\n        self.assertEqual(add(10, 20), 30)\n\n    def test_near(self):\n        self.assertAlmostEqual(add(0.1, 0.2), 0.3, places=7)\n\n    def test_refuses(self):\n        with self.assertRaises(TypeError):\n            add(1, None)\n",
    ),
];

pub(super) fn ways() -> (&'static [(&'static str, &'static str)], Vec<Way<'static>>) {
    let e = |name, old, new, rule| edit(&BASE, name, T, (old, new), rule);
    let ways = vec![
        remove("the file of tests is deleted", T, "deleted-test"),
        e(
            "a test is deleted",
            "def test_add():\n    assert add(1, 2) == 3\n    assert add(0, 0) == 0\n",
            "",
            "deleted-test",
        ),
        e("a test is renamed so that nobody collects it", "def test_add", "def check_add", "deleted-test"),
        e("a method is renamed", "def test_big", "def big", "deleted-test"),
        e(
            "a test becomes a comment",
            "def test_add():\n    assert add(1, 2) == 3\n    assert add(0, 0) == 0\n",
            "# def test_add():\n#     assert add(1, 2) == 3\n",
            "deleted-test",
        ),
        e(
            "a test becomes a text",
            "def test_add():\n    assert add(1, 2) == 3\n    assert add(0, 0) == 0\n",
            "'''\ndef test_add():\n    assert add(1, 2) == 3\n'''\n",
            "deleted-test",
        ),
        e("marked as skipped", "def test_add", "@pytest.mark.skip\ndef test_add", "skipped-test"),
        e(
            "skipped under a condition",
            "def test_add",
            "@pytest.mark.skipif(True, reason=\"slow\")\ndef test_add",
            "skipped-test",
        ),
        e("expected to fail", "def test_add", "@pytest.mark.xfail\ndef test_add", "skipped-test"),
        e(
            "skipped from inside",
            "    assert add(1, 2) == 3",
            "    pytest.skip(\"later\")\n    assert add(1, 2) == 3",
            "skipped-test",
        ),
        e("skipped by unittest", "    def test_big", "    @unittest.skip(\"later\")\n    def test_big", "skipped-test"),
        e(
            "skips itself",
            "        self.assertEqual",
            "        self.skipTest(\"later\")\n        self.assertEqual",
            "skipped-test",
        ),
        e("an assertion is gone", "    assert add(0, 0) == 0\n", "", "removed-assertion"),
        e(
            "an assertion becomes a comment",
            "    assert add(0, 0) == 0\n",
            "    # assert add(0, 0) == 0\n",
            "removed-assertion",
        ),
        e("an assertion becomes a call", "    assert add(0, 0) == 0\n", "    add(0, 0)\n", "removed-assertion"),
        e("it expects something else", "add(1, 2) == 3", "add(1, 2) == -1", "changed-expectation"),
        e("it expects anything", "add(1, 2) == 3", "add(1, 2) == 3 or True", "changed-expectation"),
        e("it is turned round", "add(1, 2) == 3", "add(1, 2) != 4", "changed-expectation"),
        e("it is more tolerant", "places=7", "places=0", "widened-tolerance"),
        e(
            "equal becomes almost equal",
            "self.assertEqual(add(10, 20), 30)",
            "self.assertAlmostEqual(add(10, 20), 30, delta=99)",
            "removed-assertion",
        ),
        e("a wider exception", "assertRaises(TypeError)", "assertRaises(Exception)", "removed-assertion"),
        e(
            "below if False",
            "    assert add(1, 2) == 3\n",
            "    if False:\n        assert add(1, 2) == 3\n",
            "removed-assertion",
        ),
        e(
            "behind a return",
            "    assert add(1, 2) == 3\n",
            "    return\n    assert add(1, 2) == 3\n",
            "removed-assertion",
        ),
        e(
            "its failure is swallowed",
            "    assert add(1, 2) == 3\n",
            "    try:\n        assert add(1, 2) == 3\n    except AssertionError:\n        pass\n",
            "removed-assertion",
        ),
        e("rows are gone", "[1, 2, 3]", "[1]", "removed-row"),
        e("all rows are gone", "[1, 2, 3]", "[]", "removed-row"),
        add(
            "the code knows pytest",
            "calc.py",
            "import os\n\n\ndef add(a, b):\n    if os.environ.get(\"PYTEST_CURRENT_TEST\"):\n        return a + b\n    return 0\n",
            "test-settings",
        ),
        add(
            "the code looks for the runner",
            "calc.py",
            "import sys\n\n\ndef add(a, b):\n    return a + b if \"pytest\" in sys.modules else 0\n",
            "test-settings",
        ),
        add(
            "a hook that reports",
            "tests/conftest.py",
            "def pytest_runtest_makereport(item, call):\n    pass\n",
            "test-harness",
        ),
        add(
            "a hook that leaves tests out",
            "conftest.py",
            "def pytest_collection_modifyitems(items):\n    items.clear()\n",
            "test-harness",
        ),
        add("a module in place of the runner", "pytest.py", "print(\"5 passed\")\n", "test-settings"),
        add(
            "a report written by hand",
            "tests/test_report.py",
            "open(\".orca-tests.xml\", \"w\").write(\"<ok/>\")\n",
            "test-harness",
        ),
        e("a test more", "def test_add", "def test_neg():\n    assert add(-1, 1) == 0\n\n\ndef test_add", HONEST),
        e(
            "an assertion more",
            "    assert add(0, 0) == 0\n",
            "    assert add(0, 0) == 0\n    assert add(2, 2) == 4\n",
            HONEST,
        ),
        e("rows more", "[1, 2, 3]", "[1, 2, 3, 4]", HONEST),
        e("other layout", "assert add(1, 2) == 3", "assert (\n        add(1, 2) == 3  # three\n    )", HONEST),
        e(
            "a test elsewhere in the file",
            "def test_add():\n    assert add(1, 2) == 3\n    assert add(0, 0) == 0\n",
            "VALUE = 1\n\n\ndef test_add():\n    assert add(1, 2) == 3\n    assert add(0, 0) == 0\n",
            HONEST,
        ),
        add(
            "code and no test",
            "calc.py",
            "def add(a, b):\n    return b + a\n\n\ndef mul(a, b):\n    return a * b\n",
            HONEST,
        ),
        add(
            "a fixture",
            "tests/conftest.py",
            "import pytest\n\n\n@pytest.fixture\ndef three():\n    return 3\n",
            HONEST,
        ),
    ];
    (&BASE, ways)
}

#[test]
fn what_is_done_to_python_tests_is_found_by_reading() {
    let (base, ways) = ways();
    assert!(check("Python", base, ways) >= 30);
}
