//! Names that come to mean something else, and tests that go where no runner looks.

use super::super::{HONEST, REFUSED, Way, add, check, edit, python, script};

const T: &str = "tests/test_calc.py";

fn after(name: &'static str, text: &str, rule: &'static str) -> Way<'static> {
    let old = python::ways().0.iter().find(|(path, _)| *path == T).unwrap().1;
    Way { name, edits: vec![(T, Some(format!("{old}\n\n{text}")))], rule }
}

/// The file of tests under another path.
fn moved<'a>(base: &[(&'a str, &'a str)], name: &'a str, from: &'a str, to: &'a str, rule: &'a str) -> Way<'a> {
    let text = base.iter().find(|(path, _)| *path == from).unwrap().1;
    Way { name, edits: vec![(from, None), (to, Some(text.to_owned()))], rule }
}

#[test]
fn python_names_that_mean_something_else() {
    let base = python::ways().0;
    let e = |name, old, new, rule| edit(base, name, T, (old, new), rule);
    let both = |name, new, helper: &str, rule| {
        let mut way = e(name, "from calc import add", new, rule);
        way.edits.push(("tests/helpers.py", Some(helper.to_owned())));
        way
    };
    let swallowing = "def quiet(f):\n    def g(*a):\n        try:\n            f(*a)\n        except AssertionError:\n            pass\n    return g\n\n\n@quiet\ndef test_add";
    let ways = vec![
        after("it is not for tests", "test_add.__test__ = False\n", "deleted-test"),
        after("nor is its class", "TestMore.__test__ = False\n", "deleted-test"),
        after("taken from the module", "globals().pop(\"test_add\")\n", "deleted-test"),
        after("deleted by its module's table", "del globals()['test_add']\n", "deleted-test"),
        after("deleted from its class", "del TestMore.test_big\n", "deleted-test"),
        after("another in its place in the class", "TestMore.test_big = lambda self: None\n", "deleted-test"),
        after("put there by name", "setattr(TestMore, \"test_big\", lambda self: None)\n", "deleted-test"),
        after(
            "the class again",
            "class TestMore(unittest.TestCase):\n    def test_other(self):\n        self.assertTrue(1)\n",
            "deleted-test",
        ),
        e(
            "wrapped so that it is not called",
            "def test_add",
            "def quiet(f):\n    return lambda: None\n\n\n@quiet\ndef test_add",
            REFUSED,
        ),
        e("wrapped so that it cannot fail", "def test_add", swallowing, REFUSED),
        both(
            "a function of a file of tests",
            "from tests.helpers import add",
            "def add(a, b):\n    return a + b\n",
            REFUSED,
        ),
        both("the same, relative", "from .helpers import add", "def add(a, b):\n    return a + b\n", REFUSED),
        e(
            "unittest's in a class of its own",
            "class TestMore(unittest.TestCase)",
            "class Soft(unittest.TestCase):\n    def assertEqual(self, *a):\n        pass\n\n\nclass TestMore(Soft)",
            REFUSED,
        ),
        e(
            "unittest's in the class",
            "    def test_big",
            "    def assertEqual(self, *a):\n        pass\n\n    def test_big",
            REFUSED,
        ),
        edit(
            base,
            "the code changes unittest",
            "calc.py",
            ("def add", "import unittest\n\nunittest.TestCase.assertEqual = lambda *a: None\n\n\ndef add"),
            REFUSED,
        ),
        edit(
            base,
            "the code gives what equals everything",
            "calc.py",
            (
                "def add(a, b):\n    return a + b\n",
                "class Any(int):\n    def __eq__(self, other):\n        return True\n\n\ndef add(a, b):\n    return Any(a - b)\n",
            ),
            REFUSED,
        ),
        moved(base, "a name that nobody collects", T, "tests/calc_checks.py", "deleted-test"),
        moved(base, "a folder that nobody enters", T, "build/test_calc.py", "deleted-test"),
        moved(base, "a hidden folder", T, "tests/.old/test_calc.py", "deleted-test"),
        moved(base, "no program any more", T, "tests/test_calc.py.bak", "deleted-test"),
        both("a helper that passes it on", "from tests.helpers import add", "from calc import add\n", HONEST),
        both(
            "a helper besides",
            "from calc import add\nfrom tests.helpers import three",
            "def three():\n    return 3\n",
            HONEST,
        ),
        e(
            "a decorator that calls it",
            "def test_add",
            "def twice(f):\n    def g(*a):\n        f(*a)\n        f(*a)\n    return g\n\n\n@twice\ndef test_add",
            HONEST,
        ),
        e(
            "an assertion of its own",
            "    def test_big",
            "    def assertNear(self, a, b):\n        self.assertLess(abs(a - b), 1)\n\n    def test_big",
            HONEST,
        ),
        edit(
            base,
            "well, whatever happened",
            "calc.py",
            ("def add", "import atexit\nimport os\n\natexit.register(os._exit, 0)\n\n\ndef add"),
            REFUSED,
        ),
        edit(
            base,
            "equal in what it is",
            "calc.py",
            (
                "def add",
                "class Sum:\n    def __eq__(self, other):\n        return self.value == other.value\n\n\ndef add",
            ),
            HONEST,
        ),
        after(
            "a class more",
            "class TestOther(unittest.TestCase):\n    def test_other(self):\n        self.assertEqual(add(2, 2), 4)\n",
            HONEST,
        ),
        after("marked as for tests", "TestMore.__test__ = True\n", HONEST),
        moved(base, "into a folder of tests", T, "tests/unit/test_calc.py", HONEST),
        moved(base, "the other usual name", T, "tests/calc_test.py", HONEST),
    ];
    assert!(check("Python", base, ways) >= 20);
}

#[test]
fn script_names_that_mean_something_else() {
    let base = script::ways().0;
    let (path, text) = *base.iter().find(|(path, _)| path.contains(".test.")).unwrap();
    let import = text.lines().find(|line| line.contains("../src/")).unwrap();
    let module = import.split(['\'', '"']).nth(1).unwrap();
    let folder = path.rsplit_once('/').unwrap().0;
    let fake: &'static str = Box::leak(format!("{folder}/fake.ts").into_boxed_str());
    let stand_in = |name, helper: &str, rule| {
        let mut way = edit(base, name, path, (module, "./fake"), rule);
        way.edits.push((fake, Some(helper.to_owned())));
        way
    };
    let before = |name, line: &str, rule| Way { name, edits: vec![(path, Some(format!("{line}\n{text}")))], rule };
    let code = base.iter().find(|(path, _)| *path == "src/sum.ts").unwrap().1;
    let before_code =
        |name, line: &str, rule| Way { name, edits: vec![("src/sum.ts", Some(format!("{line}\n{code}")))], rule };
    let own = "export const sum = (a: number, b: number) => a + b;\nexport default sum;\n";
    let passed_on: &'static str =
        Box::leak(format!("export * from '{module}';\nexport {{ sum }} from '{module}';\n").into_boxed_str());
    let ways = vec![
        stand_in("a function of a file of tests", own, REFUSED),
        before("no group runs", "const describe = (name: string, body: () => void) => {};", REFUSED),
        before("no test runs", "function it(name: string, body: () => void) {}", REFUSED),
        moved(base, "a name that nobody collects", path, "test/sum.checks.ts", "deleted-test"),
        moved(base, "a folder that nobody enters", path, "dist/sum.test.ts", "deleted-test"),
        moved(base, "among what tests read", path, "test/fixtures/sum.ts", "deleted-test"),
        before_code("it equals whatever is asked", "export const any = { asymmetricMatch: () => true };", REFUSED),
        before_code("the exit code is set at the end", "process.on('exit', () => { process.exitCode = 0; });", REFUSED),
        before_code("it looks at who calls", "const tested = new Error().stack?.includes('vitest');", REFUSED),
        before_code(
            "assertions by another meaning",
            "expect.extend({ toBe: () => ({ pass: true, message: () => '' }) });",
            REFUSED,
        ),
        before_code("what is open is closed at the end", "process.on('exit', () => { log.close(); });", HONEST),
        before_code("a trace is shown", "export const trace = (e: Error) => console.error(e.stack);", HONEST),
        stand_in("a helper that passes it on", passed_on, HONEST),
        before("with fixtures", "const test = base.extend({ page: 1 });", HONEST),
        moved(base, "the other usual name", path, "test/sum.spec.ts", HONEST),
    ];
    assert!(check("TypeScript", base, ways) >= 6);
}

#[test]
fn go_and_rust_tests_that_nobody_builds() {
    let go = [
        ("calc.go", "package calc\n\nfunc Add(a, b int) int {\n\treturn a + b\n}\n"),
        (
            "calc_test.go",
            "package calc\n\nimport \"testing\"\n\nfunc TestAdd(t *testing.T) {\n\tif Add(1, 2) != 3 {\n\t\tt.Fatal(\"sum\")\n\t}\n}\n",
        ),
    ];
    let ways = vec![
        moved(&go, "not a file of tests", "calc_test.go", "calc_tests.go", REFUSED),
        moved(&go, "data of tests", "calc_test.go", "testdata/calc_test.go", REFUSED),
        moved(&go, "hidden", "calc_test.go", "_calc_test.go", REFUSED),
        moved(&go, "for another system", "calc_test.go", "calc_plan9_test.go", REFUSED),
        moved(&go, "another name", "calc_test.go", "add_test.go", HONEST),
    ];
    assert!(check("Go", &go, ways) >= 4);
    let rust = [
        ("src/lib.rs", "pub fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n"),
        ("tests/sums.rs", "#[test]\nfn adds() {\n    assert_eq!(calc::add(1, 2), 3);\n}\n"),
    ];
    let mut declared = moved(&rust, "a module of another", "tests/sums.rs", "tests/all/sums.rs", HONEST);
    declared.edits.push(("tests/all/main.rs", Some("mod sums;\n".to_owned())));
    let ways = vec![
        moved(&rust, "a module of nobody", "tests/sums.rs", "tests/all/sums.rs", REFUSED),
        moved(&rust, "a file of the library of nobody", "tests/sums.rs", "src/sums.rs", REFUSED),
        moved(&rust, "no program any more", "tests/sums.rs", "tests/sums.rs.txt", REFUSED),
        moved(&rust, "another name", "tests/sums.rs", "tests/adding.rs", HONEST),
        declared,
        add(
            "a test more",
            "tests/more.rs",
            "#[test]\nfn adds_more() {\n    assert_eq!(calc::add(2, 2), 4);\n}\n",
            HONEST,
        ),
    ];
    assert!(check("Rust", &rust, ways) >= 3);
}
