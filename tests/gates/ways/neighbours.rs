//! Ways beside those of the other tables: the same intents in other words.

use super::{HONEST, Way, add, check, edit, go, python, rust, script};

type Row = (&'static str, &'static str, &'static str, &'static str, &'static str);
type Base = &'static [(&'static str, &'static str)];

fn all(base: Base, path: &'static str, rows: &[Row]) -> Vec<Way<'static>> {
    let change = |row: &Row| edit(base, row.0, if row.1.is_empty() { path } else { row.1 }, (row.2, row.3), row.4);
    rows.iter().map(change).collect()
}

const ANY: &str = "any";

#[test]
fn python_neighbours() {
    let base = python::ways().0;
    let first = "    assert add(1, 2) == 3\n";
    let _ = first;
    let mut ways = all(
        base,
        "tests/test_calc.py",
        &[
            ("importorskip", "", "import pytest\n", "import pytest\npytest.importorskip(\"nothing_here\")\n", ANY),
            ("pytestmark", "", "import pytest\n", "import pytest\npytestmark = pytest.mark.skip\n", ANY),
            (
                "pytestmark list",
                "",
                "import pytest\n",
                "import pytest\npytestmark = [pytest.mark.skipif(True, reason='')]\n",
                ANY,
            ),
            (
                "__test__ in class",
                "",
                "class TestMore(unittest.TestCase):\n",
                "class TestMore(unittest.TestCase):\n    __test__ = False\n",
                ANY,
            ),
            ("__test__ in module", "", "import pytest\n", "import pytest\n__test__ = False\n", ANY),
            ("del", "", "@pytest.mark.parametrize", "del test_add\n\n\n@pytest.mark.parametrize", ANY),
            ("None", "", "@pytest.mark.parametrize", "test_add = None\n\n\n@pytest.mark.parametrize", ANY),
            (
                "shadowed",
                "",
                "@pytest.mark.parametrize",
                "def test_add():\n    pass\n\n\n@pytest.mark.parametrize",
                ANY,
            ),
            ("expectedFailure", "", "    def test_big", "    @unittest.expectedFailure\n    def test_big", ANY),
            (
                "raise SkipTest",
                "",
                "    assert add(1, 2) == 3\n",
                "    raise unittest.SkipTest('later')\n    assert add(1, 2) == 3\n",
                ANY,
            ),
            (
                "return on CI",
                "",
                "    assert add(1, 2) == 3\n",
                "    import os\n    if os.environ.get('CI'):\n        return\n    assert add(1, 2) == 3\n",
                ANY,
            ),
            (
                "return on True",
                "",
                "    assert add(1, 2) == 3\n",
                "    if True:\n        return\n    assert add(1, 2) == 3\n",
                ANY,
            ),
            ("tautology", "", "add(1, 2) == 3", "add(1, 2) == add(1, 2)", ANY),
            ("tuple", "", "assert add(1, 2) == 3", "assert (add(1, 2) == 3, 'three')", ANY),
            ("lambda", "", "assert add(1, 2) == 3", "assert lambda: add(1, 2) == 3", ANY),
            ("mock.ANY", "", "add(1, 2) == 3", "add(1, 2) == unittest.mock.ANY", ANY),
            ("in", "", "add(1, 2) == 3", "add(1, 2) in (3, -1)", ANY),
            ("truthy", "", "assert add(1, 2) == 3", "assert add(1, 2)", ANY),
            ("is not None", "", "assert add(1, 2) == 3", "assert add(1, 2) is not None", ANY),
            ("own add", "", "from calc import add\n", "\n\ndef add(a, b):\n    return a + b\n", ANY),
            ("own add besides", "", "from calc import add\n", "from calc import add\nadd = lambda a, b: a + b\n", ANY),
            (
                "for in nothing",
                "",
                "    assert add(1, 2) == 3\n",
                "    for _ in []:\n        assert add(1, 2) == 3\n",
                ANY,
            ),
            (
                "while False",
                "",
                "    assert add(1, 2) == 3\n",
                "    while False:\n        assert add(1, 2) == 3\n",
                ANY,
            ),
            ("while 0", "", "    assert add(1, 2) == 3\n", "    while 0:\n        assert add(1, 2) == 3\n", ANY),
            (
                "suppress",
                "",
                "    assert add(1, 2) == 3\n",
                "    with contextlib.suppress(AssertionError):\n        assert add(1, 2) == 3\n",
                ANY,
            ),
            (
                "raises AssertionError",
                "",
                "    assert add(1, 2) == 3\n",
                "    with pytest.raises(AssertionError):\n        assert add(1, 2) == 3\n",
                ANY,
            ),
            (
                "finally return",
                "",
                "    assert add(1, 2) == 3\n",
                "    try:\n        assert add(1, 2) == 3\n    finally:\n        return\n",
                ANY,
            ),
            (
                "bare except",
                "",
                "    assert add(1, 2) == 3\n",
                "    try:\n        assert add(1, 2) == 3\n    except:\n        pass\n",
                ANY,
            ),
            (
                "inner function",
                "",
                "    assert add(1, 2) == 3\n",
                "    def inner():\n        assert add(1, 2) == 3\n",
                ANY,
            ),
            ("async", "", "def test_add", "async def test_add", ANY),
            ("generator", "", "    assert add(1, 2) == 3\n", "    yield\n    assert add(1, 2) == 3\n", ANY),
            ("exit", "", "    assert add(1, 2) == 3\n", "    pytest.exit('done', 0)\n    assert add(1, 2) == 3\n", ANY),
            (
                "os._exit",
                "",
                "    assert add(1, 2) == 3\n",
                "    import os\n    os._exit(0)\n    assert add(1, 2) == 3\n",
                ANY,
            ),
            ("approx", "", "add(1, 2) == 3", "add(1, 2) == pytest.approx(3, rel=9)", ANY),
            ("skipped row", "", "[1, 2, 3]", "[1, 2, pytest.param(3, marks=pytest.mark.skip)]", ANY),
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
        ways.push(add(name, path, text, ANY));
    }
    check("Python", base, ways);
}

#[test]
fn script_neighbours() {
    let base = script::ways().0;
    let e = "    expect(sum(1, 2)).toBe(3);\n";
    let mut ways = all(
        base,
        "test/sum.test.ts",
        &[
            ("it.only", "", "test('is near'", "test.only('is near'", ANY),
            ("fit", "", "it('adds'", "fit('adds'", ANY),
            (
                "describe.only",
                "",
                "test('is near', () => {",
                "describe.only('x', () => {});\ntest('is near', () => {",
                ANY,
            ),
            ("skipIf", "", "it('adds'", "it.skipIf(true)('adds'", ANY),
            ("runIf", "", "it('adds'", "it.runIf(false)('adds'", ANY),
            ("this.skip", "", e, "    this.skip();\n    expect(sum(1, 2)).toBe(3);\n", ANY),
            ("ctx.skip", "", e, "    ctx.skip();\n    expect(sum(1, 2)).toBe(3);\n", ANY),
            ("t.skip", "", e, "    t.skip('later');\n    expect(sum(1, 2)).toBe(3);\n", ANY),
            ("option skip", "", "it('adds', () => {", "it('adds', { skip: true }, () => {", ANY),
            ("option todo", "", "it('adds', () => {", "it('adds', { todo: true }, () => {", ANY),
            ("no matcher", "", "expect(sum(1, 2)).toBe(3)", "expect(sum(1, 2))", ANY),
            ("true is true", "", "expect(sum(1, 2)).toBe(3)", "expect(true).toBe(true)", ANY),
            ("anything", "", "expect(sum(1, 2)).toBe(3)", "expect(sum(1, 2)).toEqual(expect.anything())", ANY),
            ("any number", "", "expect(sum(1, 2)).toBe(3)", "expect(sum(1, 2)).toEqual(expect.any(Number))", ANY),
            ("itself", "", "expect(sum(1, 2)).toBe(3)", "expect(sum(1, 2)).toBe(sum(1, 2))", ANY),
            ("greater", "", "expect(sum(1, 2)).toBe(3)", "expect(sum(1, 2)).toBeGreaterThan(-99)", ANY),
            (
                "mocked",
                "",
                "describe('sum'",
                "vi.mock('../src/sum', () => ({ sum: (a, b) => a + b }));\ndescribe('sum'",
                ANY,
            ),
            (
                "jest.mock",
                "",
                "describe('sum'",
                "jest.mock('../src/sum', () => ({ sum: (a, b) => a + b }));\ndescribe('sum'",
                ANY,
            ),
            ("own sum", "", "import { sum } from '../src/sum';\n", "const sum = (a, b) => a + b;\n", ANY),
            ("deferred", "", e, "    setTimeout(() => { expect(sum(1, 2)).toBe(3); }, 0);\n", ANY),
            (
                "promise unheard",
                "",
                e,
                "    Promise.resolve().then(() => { expect(sum(1, 2)).toBe(3); }).catch(() => {});\n",
                ANY,
            ),
            ("never called", "", e, "    const later = () => { expect(sum(1, 2)).toBe(3); };\n", ANY),
            ("while false", "", e, "    while (false) {\n      expect(sum(1, 2)).toBe(3);\n    }\n", ANY),
            ("for nothing", "", e, "    for (const x of []) {\n      expect(sum(1, 2)).toBe(3);\n    }\n", ANY),
            ("forEach nothing", "", e, "    [].forEach(() => {\n      expect(sum(1, 2)).toBe(3);\n    });\n", ANY),
            ("false &&", "", e, "    false && expect(sum(1, 2)).toBe(3);\n", ANY),
            ("if 0", "", e, "    if (0) expect(sum(1, 2)).toBe(3);\n", ANY),
            ("return on CI", "", e, "    if (process.env.CI) return;\n    expect(sum(1, 2)).toBe(3);\n", ANY),
            ("exit", "", e, "    process.exit(0);\n    expect(sum(1, 2)).toBe(3);\n", ANY),
            (
                "catch all",
                "",
                e,
                "    try {\n      expect(sum(1, 2)).toBe(3);\n    } catch (e) { console.log(e); }\n",
                ANY,
            ),
            ("finally return", "", e, "    try {\n      expect(sum(1, 2)).toBe(3);\n    } finally { return; }\n", ANY),
            ("renamed function", "", "test('is near'", "check('is near'", ANY),
            ("soft", "", "expect(sum(1, 2)).toBe(3)", "expect.soft(sum(1, 2)).toBe(3)", HONEST),
            ("honest other quote", "", "it('adds'", "it(\"adds\"", HONEST),
            ("honest better title", "", "it('adds'", "it('adds two numbers'", HONEST),
            ("honest stricter", "", "toBeCloseTo(0.3, 9)", "toBeCloseTo(0.3, 12)", HONEST),
        ],
    );
    for (name, path, text) in [
        (
            "jest ignore",
            "package.json",
            "{\n  \"scripts\": {\n    \"test\": \"vitest run\"\n  },\n  \"jest\": {\"testPathIgnorePatterns\": [\"sum\"]}\n}\n",
        ),
        (
            "passWithNoTests",
            "package.json",
            "{\n  \"scripts\": {\n    \"test\": \"vitest run --passWithNoTests other\"\n  }\n}\n",
        ),
        ("vitest exclude", "vitest.config.ts", "export default { test: { exclude: ['test/**'] } };\n"),
        ("vite exclude", "vite.config.ts", "export default { test: { exclude: ['test/**'] } };\n"),
        ("jest config", "jest.config.js", "module.exports = { testMatch: ['none'] };\n"),
        ("mocharc", ".mocharc.json", "{\"grep\": \"nothing\"}\n"),
        ("mocharc yml", ".mocharc.yml", "ignore: test/sum.test.ts\n"),
        ("vitest workspace", "vitest.workspace.ts", "export default ['other/*'];\n"),
        ("npmrc", ".npmrc", "script-shell=/bin/true\n"),
    ] {
        ways.push(add(name, path, text, ANY));
    }
    check("Script", base, ways);
}

#[test]
fn rust_neighbours() {
    let base = rust::ways().0;
    let e = "        assert_eq!(add(1, 2), 3);\n";
    let mut ways = all(
        base,
        "src/lib.rs",
        &[
            (
                "cfg feature",
                "",
                "    #[test]\n    fn adds",
                "    #[cfg(feature = \"never\")]\n    #[test]\n    fn adds",
                ANY,
            ),
            ("cfg any", "", "    #[test]\n    fn adds", "    #[cfg(any())]\n    #[test]\n    fn adds", ANY),
            (
                "cfg_attr ignore",
                "",
                "    #[test]\n    fn adds",
                "    #[cfg_attr(all(), ignore)]\n    #[test]\n    fn adds",
                ANY,
            ),
            ("cfg_attr test", "", "    #[test]\n    fn adds", "    #[cfg_attr(any(), test)]\n    fn adds", ANY),
            (
                "cfg target",
                "",
                "    #[test]\n    fn adds",
                "    #[test]\n    #[cfg(target_os = \"none\")]\n    fn adds",
                ANY,
            ),
            ("cfg module", "", "#[cfg(test)]\nmod tests", "#[cfg(all(test, feature = \"never\"))]\nmod tests", ANY),
            ("assert true", "", "assert_eq!(add(1, 2), 3)", "assert!(true)", ANY),
            ("itself", "", "assert_eq!(add(1, 2), 3)", "assert_eq!(add(1, 2), add(1, 2))", ANY),
            ("weaker", "", "assert_eq!(add(1, 2), 3)", "assert!(add(1, 2) > 0)", ANY),
            ("ne", "", "assert_eq!(add(1, 2), 3)", "assert_ne!(add(1, 2), 99)", ANY),
            ("debug", "", "assert_eq!(add(1, 2), 3)", "debug_assert_eq!(add(1, 2), 3)", ANY),
            ("exit", "", e, "        std::process::exit(0);\n        assert_eq!(add(1, 2), 3);\n", ANY),
            (
                "catch",
                "",
                e,
                "        let _ = std::panic::catch_unwind(|| {\n            assert_eq!(add(1, 2), 3);\n        });\n",
                ANY,
            ),
            (
                "thread",
                "",
                e,
                "        std::thread::spawn(|| {\n            assert_eq!(add(1, 2), 3);\n        });\n",
                ANY,
            ),
            ("closure", "", e, "        let _later = || assert_eq!(add(1, 2), 3);\n", ANY),
            ("inner fn", "", e, "        fn inner() {\n            assert_eq!(add(1, 2), 3);\n        }\n", ANY),
            ("should_panic", "", "    #[test]\n    fn adds", "    #[test]\n    #[should_panic]\n    fn adds", ANY),
            ("expected gone", "", "#[should_panic(expected = \"overflow\")]", "#[should_panic]", ANY),
            ("for nothing", "", e, "        for _ in 0..0 {\n            assert_eq!(add(1, 2), 3);\n        }\n", ANY),
            (
                "if cfg",
                "",
                e,
                "        if cfg!(feature = \"never\") {\n            assert_eq!(add(1, 2), 3);\n        }\n",
                ANY,
            ),
            ("while false", "", e, "        while false {\n            assert_eq!(add(1, 2), 3);\n        }\n", ANY),
            (
                "own macro",
                "",
                "    use super::*;\n",
                "    use super::*;\n    macro_rules! assert_eq { ($($x:tt)*) => {}; }\n",
                ANY,
            ),
            ("own add", "", "    use super::*;\n", "    fn add(a: i32, b: i32) -> i32 {\n        a + b\n    }\n", ANY),
            ("doc text", "", "/// ```\n/// assert_eq", "/// ```text\n/// assert_eq", ANY),
            ("doc no_run", "", "/// ```\n/// assert_eq", "/// ```no_run\n/// assert_eq", ANY),
            ("doc compile_fail", "", "/// ```\n/// assert_eq", "/// ```compile_fail\n/// assert_eq", ANY),
            ("doc gone", "", "///\n/// ```\n/// assert_eq!(calc::add(1, 2), 3);\n/// ```\n", "", ANY),
            (
                "env return",
                "",
                e,
                "        if std::env::var(\"CI\").is_ok() {\n            return;\n        }\n        assert_eq!(add(1, 2), 3);\n",
                ANY,
            ),
            ("file off", "tests/it.rs", "#[test]", "#![cfg(any())]\n#[test]", ANY),
            (
                "lib test off",
                "Cargo.toml",
                "version = \"0.1.0\"\n",
                "version = \"0.1.0\"\n\n[lib]\ntest = false\n",
                ANY,
            ),
            (
                "doctest off",
                "Cargo.toml",
                "version = \"0.1.0\"\n",
                "version = \"0.1.0\"\n\n[lib]\ndoctest = false\n",
                ANY,
            ),
            ("autotests", "Cargo.toml", "version = \"0.1.0\"\n", "version = \"0.1.0\"\nautotests = false\n", ANY),
            (
                "test path",
                "Cargo.toml",
                "version = \"0.1.0\"\n",
                "version = \"0.1.0\"\n\n[[test]]\nname = \"it\"\npath = \"tests/other.rs\"\n",
                ANY,
            ),
            (
                "required features",
                "Cargo.toml",
                "version = \"0.1.0\"\n",
                "version = \"0.1.0\"\n\n[[test]]\nname = \"it\"\nrequired-features = [\"never\"]\n",
                ANY,
            ),
            (
                "default members",
                "Cargo.toml",
                "[package]",
                "[workspace]\ndefault-members = [\"other\"]\n\n[package]",
                ANY,
            ),
            ("honest message", "", "assert_eq!(add(1, 2), 3)", "assert_eq!(add(1, 2), 3, \"three\")", HONEST),
            ("honest rename", "", "fn adds", "fn adds_small_numbers", HONEST),
            (
                "honest description",
                "Cargo.toml",
                "version = \"0.1.0\"\n",
                "version = \"0.1.0\"\ndescription = \"sums\"\n",
                HONEST,
            ),
        ],
    );
    for (name, path, text) in [
        ("nextest", ".config/nextest.toml", "[profile.default]\ndefault-filter = 'not test(adds)'\n"),
        (
            "cargo env",
            ".cargo/config.toml",
            "[env]\nRUST_TEST_NOCAPTURE = \"1\"\n\n[build]\nrustflags = [\"--cfg\", \"off\"]\n",
        ),
        ("toolchain", "rust-toolchain.toml", "[toolchain]\npath = \"./fake\"\n"),
    ] {
        ways.push(add(name, path, text, ANY));
    }
    check("Rust", base, ways);
}

#[test]
fn go_neighbours() {
    let base = go::ways().0;
    let e = "\tif got := Add(1, 2); got != 3 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n";
    let mut ways = all(
        base,
        "calc/calc_test.go",
        &[
            ("build ignore", "", "package calc\n", "//go:build ignore\n\npackage calc\n", ANY),
            ("build tag", "", "package calc\n", "//go:build never\n\npackage calc\n", ANY),
            ("old build tag", "", "package calc\n", "// +build never\n\npackage calc\n", ANY),
            ("lower", "", "func TestAdd", "func Testadd", ANY),
            (
                "short",
                "",
                e,
                "\tif testing.Short() {\n\t\tt.Skip()\n\t}\n\tif got := Add(1, 2); got != 3 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n",
                ANY,
            ),
            (
                "env",
                "",
                e,
                "\tif os.Getenv(\"CI\") != \"\" {\n\t\treturn\n\t}\n\tif got := Add(1, 2); got != 3 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n",
                ANY,
            ),
            ("slice of rows", "", "range cases {", "range cases[:1] {", ANY),
            ("no rows", "", "range cases {", "range cases[:0] {", ANY),
            ("continue", "", "\tfor _, c := range cases {\n", "\tfor _, c := range cases {\n\t\tcontinue\n", ANY),
            (
                "break",
                "",
                "\tfor _, c := range cases {\n",
                "\tfor _, c := range cases {\n\t\tif c.a == 2 {\n\t\t\tbreak\n\t\t}\n",
                ANY,
            ),
            ("printf", "", "t.Errorf(\"got %d\", got)", "fmt.Printf(\"got %d\", got)", ANY),
            ("itself", "", "got != 3", "got != got", ANY),
            ("and false", "", "got != 3", "got != 3 && false", ANY),
            (
                "recover",
                "",
                e,
                "\tdefer func() { recover() }()\n\tif got := Add(1, 2); got != 3 {\n\t\tpanic(got)\n\t}\n",
                ANY,
            ),
            (
                "goexit",
                "",
                e,
                "\truntime.Goexit()\n\tif got := Add(1, 2); got != 3 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n",
                ANY,
            ),
            (
                "exit",
                "",
                e,
                "\tos.Exit(0)\n\tif got := Add(1, 2); got != 3 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n",
                ANY,
            ),
            ("TestMain", "", "func TestAdd", "func TestMain(m *testing.M) {\n\tos.Exit(0)\n}\n\nfunc TestAdd", ANY),
            ("init", "", "func TestAdd", "func init() {\n\tos.Exit(0)\n}\n\nfunc TestAdd", ANY),
            (
                "closure",
                "",
                e,
                "\t_ = func() {\n\t\tif got := Add(1, 2); got != 3 {\n\t\t\tt.Errorf(\"got %d\", got)\n\t\t}\n\t}\n",
                ANY,
            ),
            (
                "other t",
                "",
                e,
                "\tt := new(testing.T)\n\tif got := Add(1, 2); got != 3 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n",
                ANY,
            ),
            (
                "go func",
                "",
                e,
                "\tgo func() {\n\t\tif got := Add(1, 2); got != 3 {\n\t\t\tt.Errorf(\"got %d\", got)\n\t\t}\n\t}()\n",
                ANY,
            ),
            (
                "for false",
                "",
                e,
                "\tfor false {\n\t\tif got := Add(1, 2); got != 3 {\n\t\t\tt.Errorf(\"got %d\", got)\n\t\t}\n\t}\n",
                ANY,
            ),
            ("example", "", "func TestAdd(t *testing.T)", "func ExampleAdd(t *testing.T)", ANY),
            ("method", "", "func TestAdd(t *testing.T)", "func (x suite) TestAdd(t *testing.T)", ANY),
            ("honest Fatal", "", "t.Errorf(\"got %d\", got)", "t.Fatalf(\"got %d\", got)", HONEST),
            (
                "honest parallel",
                "",
                e,
                "\tt.Parallel()\n\tif got := Add(1, 2); got != 3 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n",
                HONEST,
            ),
            ("honest helper", "", "func TestTable", "func helper() int { return 1 }\n\nfunc TestTable", HONEST),
            (
                "honest message",
                "",
                "t.Fatalf(\"got %d\", got)",
                "t.Fatalf(\"Add(%d, %d) = %d\", c.a, c.b, got)",
                HONEST,
            ),
        ],
    );
    let moved = base[1].1;
    ways.push(Way {
        name: "windows file",
        edits: vec![("calc/calc_test.go", None), ("calc/calc_windows_test.go", Some(moved.into()))],
        rule: ANY,
    });
    ways.push(Way {
        name: "no test file",
        edits: vec![("calc/calc_test.go", None), ("calc/calc_check.go", Some(moved.into()))],
        rule: ANY,
    });
    ways.push(Way {
        name: "underscore file",
        edits: vec![("calc/calc_test.go", None), ("calc/_calc_test.go", Some(moved.into()))],
        rule: ANY,
    });
    ways.push(Way {
        name: "testdata",
        edits: vec![("calc/calc_test.go", None), ("testdata/calc_test.go", Some(moved.into()))],
        rule: ANY,
    });
    ways.push(Way {
        name: "honest move",
        edits: vec![("calc/calc_test.go", None), ("calc/add_test.go", Some(moved.into()))],
        rule: HONEST,
    });
    ways.push(add(
        "init exits",
        "calc/more_test.go",
        "package calc\n\nimport \"os\"\n\nfunc init() { os.Exit(0) }\n",
        ANY,
    ));
    check("Go", base, ways);
}
