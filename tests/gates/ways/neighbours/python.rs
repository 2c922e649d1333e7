//! Python.

use super::super::{HONEST, REFUSED, add, check, python};
use super::all;

#[test]
fn python_tests_that_say_less_in_other_words() {
    let base = python::ways().0;
    let mut ways = all(
        base,
        "tests/test_calc.py",
        &[
            ("importorskip", "", "import pytest\n", "import pytest\npytest.importorskip(\"nothing_here\")\n", REFUSED),
            ("pytestmark", "", "import pytest\n", "import pytest\npytestmark = pytest.mark.skip\n", REFUSED),
            (
                "pytestmark list",
                "",
                "import pytest\n",
                "import pytest\npytestmark = [pytest.mark.skipif(True, reason='')]\n",
                REFUSED,
            ),
            (
                "__test__ in class",
                "",
                "class TestMore(unittest.TestCase):\n",
                "class TestMore(unittest.TestCase):\n    __test__ = False\n",
                REFUSED,
            ),
            ("__test__ in module", "", "import pytest\n", "import pytest\n__test__ = False\n", REFUSED),
            ("del", "", "@pytest.mark.parametrize", "del test_add\n\n\n@pytest.mark.parametrize", REFUSED),
            ("None", "", "@pytest.mark.parametrize", "test_add = None\n\n\n@pytest.mark.parametrize", REFUSED),
            (
                "shadowed",
                "",
                "@pytest.mark.parametrize",
                "def test_add():\n    pass\n\n\n@pytest.mark.parametrize",
                REFUSED,
            ),
            ("expectedFailure", "", "    def test_big", "    @unittest.expectedFailure\n    def test_big", REFUSED),
            (
                "raise SkipTest",
                "",
                "    assert add(1, 2) == 3\n",
                "    raise unittest.SkipTest('later')\n    assert add(1, 2) == 3\n",
                REFUSED,
            ),
            (
                "return on CI",
                "",
                "    assert add(1, 2) == 3\n",
                "    import os\n    if os.environ.get('CI'):\n        return\n    assert add(1, 2) == 3\n",
                REFUSED,
            ),
            (
                "return on True",
                "",
                "    assert add(1, 2) == 3\n",
                "    if True:\n        return\n    assert add(1, 2) == 3\n",
                REFUSED,
            ),
            ("tautology", "", "add(1, 2) == 3", "add(1, 2) == add(1, 2)", REFUSED),
            ("tuple", "", "assert add(1, 2) == 3", "assert (add(1, 2) == 3, 'three')", REFUSED),
            ("lambda", "", "assert add(1, 2) == 3", "assert lambda: add(1, 2) == 3", REFUSED),
            ("mock.REFUSED", "", "add(1, 2) == 3", "add(1, 2) == unittest.mock.REFUSED", REFUSED),
            ("in", "", "add(1, 2) == 3", "add(1, 2) in (3, -1)", REFUSED),
            ("truthy", "", "assert add(1, 2) == 3", "assert add(1, 2)", REFUSED),
            ("is not None", "", "assert add(1, 2) == 3", "assert add(1, 2) is not None", REFUSED),
            ("own add", "", "from calc import add\n", "\n\ndef add(a, b):\n    return a + b\n", REFUSED),
            (
                "own add besides",
                "",
                "from calc import add\n",
                "from calc import add\nadd = lambda a, b: a + b\n",
                REFUSED,
            ),
            (
                "for in nothing",
                "",
                "    assert add(1, 2) == 3\n",
                "    for _ in []:\n        assert add(1, 2) == 3\n",
                REFUSED,
            ),
            (
                "while False",
                "",
                "    assert add(1, 2) == 3\n",
                "    while False:\n        assert add(1, 2) == 3\n",
                REFUSED,
            ),
            ("while 0", "", "    assert add(1, 2) == 3\n", "    while 0:\n        assert add(1, 2) == 3\n", REFUSED),
            (
                "suppress",
                "",
                "    assert add(1, 2) == 3\n",
                "    with contextlib.suppress(AssertionError):\n        assert add(1, 2) == 3\n",
                REFUSED,
            ),
            (
                "raises AssertionError",
                "",
                "    assert add(1, 2) == 3\n",
                "    with pytest.raises(AssertionError):\n        assert add(1, 2) == 3\n",
                REFUSED,
            ),
            (
                "finally return",
                "",
                "    assert add(1, 2) == 3\n",
                "    try:\n        assert add(1, 2) == 3\n    finally:\n        return\n",
                REFUSED,
            ),
            (
                "bare except",
                "",
                "    assert add(1, 2) == 3\n",
                "    try:\n        assert add(1, 2) == 3\n    except:\n        pass\n",
                REFUSED,
            ),
            (
                "inner function",
                "",
                "    assert add(1, 2) == 3\n",
                "    def inner():\n        assert add(1, 2) == 3\n",
                REFUSED,
            ),
            ("async", "", "def test_add", "async def test_add", REFUSED),
            ("generator", "", "    assert add(1, 2) == 3\n", "    yield\n    assert add(1, 2) == 3\n", REFUSED),
            (
                "exit",
                "",
                "    assert add(1, 2) == 3\n",
                "    pytest.exit('done', 0)\n    assert add(1, 2) == 3\n",
                REFUSED,
            ),
            (
                "os._exit",
                "",
                "    assert add(1, 2) == 3\n",
                "    import os\n    os._exit(0)\n    assert add(1, 2) == 3\n",
                REFUSED,
            ),
            ("approx", "", "add(1, 2) == 3", "add(1, 2) == pytest.approx(3, rel=9)", REFUSED),
            ("skipped row", "", "[1, 2, 3]", "[1, 2, pytest.param(3, marks=pytest.mark.skip)]", REFUSED),
            ("honest message", "", "assert add(1, 2) == 3", "assert add(1, 2) == 3, 'three'", HONEST),
            ("honest rename with a better name", "", "def test_add", "def test_add_small_numbers", HONEST),
            ("honest import", "", "import pytest\n", "import os\n\nimport pytest\n", HONEST),
            ("honest helper", "", "def test_add", "def three():\n    return 3\n\n\ndef test_add", HONEST),
        ],
    );
    for (name, path, text) in [
        ("pytest.ini -k", "pytest.ini", "[pytest]\naddopts = -k 'not add'\n"),
        (
            "pyproject deselect",
            "pyproject.toml",
            "[tool.pytest.ini_options]\naddopts = \"--deselect tests/test_calc.py::test_add\"\n",
        ),
        ("pyproject functions", "pyproject.toml", "[tool.pytest.ini_options]\npython_functions = \"check_*\"\n"),
        ("pyproject paths", "pyproject.toml", "[tool.pytest.ini_options]\ntestpaths = [\"other\"]\n"),
        ("setup.cfg", "setup.cfg", "[tool:pytest]\naddopts = --ignore=tests\n"),
        ("tox.ini", "tox.ini", "[pytest]\nnorecursedirs = tests\n"),
        ("pytest.toml", "pytest.toml", "[pytest]\naddopts = [\"--ignore=tests\"]\n"),
        ("sitecustomize", "sitecustomize.py", "import calc\n"),
        ("usercustomize", "usercustomize.py", "import calc\n"),
        ("collect_ignore", "tests/conftest.py", "collect_ignore = [\"test_calc.py\"]\n"),
        ("collect_ignore_glob", "conftest.py", "collect_ignore_glob = [\"*\"]\n"),
        (
            "runtest_call",
            "conftest.py",
            "import pytest\n\n\n@pytest.hookimpl(tryfirst=True)\ndef pytest_pyfunc_call(pyfuncitem):\n    return True\n",
        ),
        (
            "load_tests",
            "tests/__init__.py",
            "def load_tests(loader, tests, pattern):\n    return loader.suiteClass()\n",
        ),
        ("unittest shadow", "unittest.py", "class TestCase: pass\n"),
        ("unittest package shadow", "unittest/__init__.py", "class TestCase: pass\n"),
        ("tests conftest that exits", "tests/conftest.py", "import os\nos._exit(0)\n"),
    ] {
        ways.push(add(name, path, text, REFUSED));
    }
    assert!(check("Python", base, ways) >= 48);
}
