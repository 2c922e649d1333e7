//! Python.

use super::super::{HONEST, REFUSED, Way, check};
use super::files;

const CALC: &str = "from shop import mail\n\n\ndef add(a, b):\n    return a + b\n";

const BASE: [(&str, &str); 7] = [
    ("calc.py", CALC),
    ("shop/__init__.py", ""),
    ("shop/mail.py", "def send(text):\n    return len(text)\n"),
    ("shop/cart.py", "class Cart:\n    def total(self):\n        return 3\n"),
    (
        "tests/test_calc.py",
        "import pytest\nfrom hypothesis import given\nfrom calc import add\n\n\ndef test_add():\n    got = add(1, 2)\n    assert got == 3\n\n\ndef test_same(tmp_path, client):\n    assert add(0, 0) == 0\n",
    ),
    ("tests/test_cart.py", "from shop.cart import Cart\n\n\ndef test_total():\n    assert Cart().total() == 3\n"),
    ("tests/conftest.py", "import pytest\n\n\n@pytest.fixture\ndef client():\n    return object()\n"),
];

const FIXTURE: &str = "import pytest\n\n\n@pytest.fixture\ndef client():\n    return object()\n";

#[rustfmt::skip]
pub(super) fn ways() -> (&'static [(&'static str, &'static str)], Vec<Way<'static>>) {
    let ways = vec![
        // Set-up that puts something in place of the code under test.
        files("an autouse fixture replaces it", &[("tests/conftest.py", "import calc\nimport pytest\n\n\n@pytest.fixture(autouse=True)\ndef patched(monkeypatch):\n    monkeypatch.setattr(calc, \"add\", lambda a, b: a + b)\n")], REFUSED),
        files("by a dotted name", &[("tests/conftest.py", "import pytest\n\n\n@pytest.fixture(autouse=True)\ndef patched(monkeypatch):\n    monkeypatch.setattr(\n        \"calc.add\",\n        lambda a, b: a + b,\n    )\n")], REFUSED),
        files("for the whole session", &[("tests/conftest.py", "from unittest import mock\nimport pytest\n\n\n@pytest.fixture(scope=\"session\", autouse=True)\ndef patched():\n    with mock.patch(\"calc.add\", side_effect=lambda a, b: a + b):\n        yield\n")], REFUSED),
        files("patch.object", &[("tests/conftest.py", "from unittest.mock import patch\nimport calc\n\npatch.object(calc, \"add\", lambda a, b: a + b).start()\n")], REFUSED),
        files("a method of a class", &[("tests/conftest.py", "from shop.cart import Cart\n\nCart.total = lambda self: 3\n")], REFUSED),
        files("an assignment", &[("tests/conftest.py", "import calc\n\ncalc.add = lambda a, b: a + b\n")], REFUSED),
        files("a name that is computed", &[("tests/conftest.py", "import calc\n\nfor name in dir(calc):\n    setattr(calc, name, lambda a, b: a + b)\n")], REFUSED),
        files("through its dictionary", &[("tests/conftest.py", "import calc\n\ncalc.__dict__[\"add\"] = lambda a, b: a + b\n")], REFUSED),
        files("its code object", &[("tests/conftest.py", "import calc\n\ncalc.add.__code__ = (lambda a, b: a + b).__code__\n")], REFUSED),
        files("the whole module", &[("conftest.py", "import sys\nimport types\n\nfake = types.ModuleType(\"calc\")\nfake.add = lambda a, b: a + b\nsys.modules[\"calc\"] = fake\n")], REFUSED),
        files("the module by setitem", &[("tests/conftest.py", "import sys\nimport pytest\nimport types\n\n\n@pytest.fixture(autouse=True)\ndef patched(monkeypatch):\n    monkeypatch.setitem(sys.modules, \"calc\", types.SimpleNamespace())\n")], REFUSED),
        files("in a hook", &[("conftest.py", "def pytest_configure(config):\n    import calc\n    calc.add = lambda a, b: a + b\n")], REFUSED),
        files("in a function that is called", &[("tests/conftest.py", "import calc\n\n\ndef install():\n    calc.add = lambda a, b: a + b\n\n\ninstall()\n")], REFUSED),
        files("a fixture that tests ask for already", &[("tests/conftest.py", "import calc\nimport pytest\n\n\n@pytest.fixture\ndef client(monkeypatch):\n    monkeypatch.setattr(calc, \"add\", lambda a, b: a + b)\n    return object()\n")], REFUSED),
        files("in another file of tests", &[("tests/test_other.py", "import calc\n\ncalc.add = lambda a, b: a + b\n\n\ndef test_other():\n    assert True\n")], REFUSED),
        files("in the package of tests", &[("tests/__init__.py", "import calc\n\ncalc.add = lambda a, b: a + b\n")], REFUSED),
        files("a module beside the tests of the same name", &[("tests/calc.py", "def add(a, b):\n    return a + b\n")], REFUSED),
        files("a folder of such modules", &[("pytest.ini", "[pytest]\npythonpath = fakes .\n"), ("fakes/calc.py", "def add(a, b):\n    return a + b\n")], REFUSED),
        // What decides about outcomes, wherever it stands.
        files("a plug-in elsewhere", &[("quiet.py", "def pytest_runtest_makereport(item, call):\n    pass\n"), ("tests/conftest.py", "import pytest\n\npytest_plugins = [\"quiet\"]\n\n\n@pytest.fixture\ndef client():\n    return object()\n")], REFUSED),
        files("a hook under another name", &[("conftest.py", "import pytest\n\n\n@pytest.hookimpl(specname=\"pytest_runtest_call\")\ndef quiet(item):\n    return True\n")], REFUSED),
        files("a hook by assignment", &[("conftest.py", "pytest_pyfunc_call = lambda pyfuncitem: True\n")], REFUSED),
        files("a hook that is imported", &[("conftest.py", "from quiet import pytest_collection_modifyitems\n"), ("quiet.py", "def pytest_collection_modifyitems(items):\n    items.clear()\n")], REFUSED),
        files("a hook of one item", &[("conftest.py", "def pytest_runtest_setup(item):\n    import pytest\n    pytest.skip(\"later\")\n")], REFUSED),
        files("deselected by its own hook", &[("conftest.py", "def pytest_itemcollected(item):\n    item.obj = lambda *a, **k: None\n")], REFUSED),
        files("generated with no parameters", &[("conftest.py", "def pytest_generate_tests(metafunc):\n    metafunc.parametrize(\"tmp_path\", [])\n")], REFUSED),
        files("another collector", &[("conftest.py", "def pytest_pycollect_makeitem(collector, name, obj):\n    return []\n")], REFUSED),
        files("assertions of unittest", &[("tests/conftest.py", "import unittest\n\nunittest.TestCase.assertEqual = lambda *a, **k: None\n")], REFUSED),
        files("raises", &[("tests/conftest.py", "import contextlib\nimport pytest\n\npytest.raises = lambda *a: contextlib.nullcontext()\n")], REFUSED),
        // What Python loads by itself.
        files("sitecustomize below src", &[("src/sitecustomize.py", "import calc\n")], REFUSED),
        files("a path file", &[("calc.pth", "import fakes\n")], REFUSED),
        files("a package of the environment", &[(".venv/lib/python3.12/site-packages/calc.py", "def add(a, b):\n    return a + b\n")], REFUSED),
        files("a library of the tests", &[("hypothesis.py", "def given(*a):\n    return lambda f: (lambda: None)\n")], REFUSED),
        files("tests use another fixture by settings", &[("pytest.ini", "[pytest]\naddopts = -p fakes.plugin\n")], REFUSED),
        // Code that asks whether it is tested.
        files("sys.modules.get", &[("calc.py", "import sys\n\n\ndef add(a, b):\n    return a + b if sys.modules.get(\"pytest\") else 0\n")], REFUSED),
        files("another module of the runner", &[("calc.py", "import sys\n\n\ndef add(a, b):\n    return a + b if \"_pytest.runner\" in sys.modules else 0\n")], REFUSED),
        files("unittest's module", &[("calc.py", "import sys\n\n\ndef add(a, b):\n    return a + b if 'unittest' in sys.modules else 0\n")], REFUSED),
        files("the version of pytest", &[("calc.py", "import os\n\n\ndef add(a, b):\n    return a + b if \"PYTEST_VERSION\" in os.environ else 0\n")], REFUSED),
        files("the program's name", &[("calc.py", "import sys\n\n\ndef add(a, b):\n    return a + b if \"pytest\" in sys.argv[0] else 0\n")], REFUSED),
        files("who calls", &[("calc.py", "import inspect\n\n\ndef add(a, b):\n    if any(\"test_\" in frame.filename for frame in inspect.stack()):\n        return a + b\n    return 0\n")], REFUSED),
        // Honest.
        files("a fixture that sets a variable", &[("tests/conftest.py", "import pytest\n\n\n@pytest.fixture\ndef client():\n    return object()\n\n\n@pytest.fixture(autouse=True)\ndef settings(monkeypatch, tmp_path):\n    monkeypatch.setenv(\"SHOP_HOME\", str(tmp_path))\n    monkeypatch.chdir(tmp_path)\n")], HONEST),
        files("no mail is sent", &[("tests/conftest.py", "import pytest\n\n\n@pytest.fixture\ndef client():\n    return object()\n\n\n@pytest.fixture(autouse=True)\ndef no_mail(monkeypatch):\n    monkeypatch.setattr(\"shop.mail.send\", lambda text: 0)\n")], HONEST),
        files("no clock", &[("tests/conftest.py", "import time\n\nimport pytest\n\n\n@pytest.fixture\ndef client():\n    return object()\n\n\n@pytest.fixture(autouse=True)\ndef fast(monkeypatch):\n    monkeypatch.setattr(time, \"sleep\", lambda s: None)\n")], HONEST),
        files("a fixture that is asked for replaces", &[("tests/conftest.py", "import calc\nimport pytest\n\n\n@pytest.fixture\ndef client():\n    return object()\n\n\n@pytest.fixture\ndef broken_sum(monkeypatch):\n    monkeypatch.setattr(calc, \"add\", lambda a, b: -1)\n")], HONEST),
        files("a module that is missing here", &[("tests/conftest.py", "import sys\nfrom unittest import mock\n\nimport pytest\n\nsys.modules[\"RPi\"] = mock.MagicMock()\n\n\n@pytest.fixture\ndef client():\n    return object()\n")], HONEST),
        files("plug-ins of fixtures", &[("tests/conftest.py", FIXTURE), ("conftest.py", "pytest_plugins = [\"tests.fixtures\"]\n"), ("tests/fixtures.py", "import pytest\n\n\n@pytest.fixture\ndef three():\n    return 3\n")], HONEST),
        files("a marker and an option", &[("conftest.py", "def pytest_configure(config):\n    config.addinivalue_line(\"markers\", \"slow: takes long\")\n\n\ndef pytest_addoption(parser):\n    parser.addoption(\"--url\")\n")], HONEST),
        files("a path of sources", &[("pytest.ini", "[pytest]\npythonpath = src\nfilterwarnings = error\n"), ("src/other.py", "def other():\n    return 1\n")], HONEST),
        files("helpers beside the tests", &[("tests/helpers.py", "def three():\n    return 3\n")], HONEST),
        files("a test that replaces what it does not test", &[("tests/test_mail.py", "from unittest.mock import patch\n\nimport shop.mail\n\n\ndef test_mail():\n    with patch(\"shop.mail.send\") as send:\n        shop.mail.send(\"x\")\n    send.assert_called_once_with(\"x\")\n")], HONEST),
        files("a program that lists modules", &[("shop/list.py", "import sys\n\n\ndef modules():\n    return sorted(sys.modules)\n")], HONEST),
        files("a word about tests", &[("shop/words.py", "# pytest runs this\nWORDS = [\"unittest\", \"vitest\"]\n")], HONEST),
    ];
    (&BASE, ways)
}

#[test]
fn what_stands_around_python_tests_is_found_by_reading() {
    let (base, ways) = ways();
    assert!(check("Python", base, ways) >= 36);
}
