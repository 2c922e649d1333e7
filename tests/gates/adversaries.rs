//! Work that sets out to be taken for good: each way ends as a refusal that says why.

use git_orca::model::Verdict;
use serde_json::json;

use super::judgement;
use super::support::{TestRepo, TestRequirement, needs};

/// A way to a false pass.
struct Way {
    id: &'static str,
    /// What the agent does, as shell text.
    does: String,
    verdict: Verdict,
    /// Words of the reason, or of a finding with its place.
    says: &'static str,
}

fn way(id: &'static str, does: impl Into<String>, verdict: Verdict, says: &'static str) -> Way {
    Way { id, does: does.into(), verdict, says }
}

/// Shell text that writes a file.
fn file(path: &str, text: &str) -> String {
    let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
    format!("mkdir -p {folder}; cat > {path} <<'END_OF_FILE'\n{text}END_OF_FILE\n")
}

/// Runs each as a task of its own and looks at what the gate `tdd` said.
fn refused(bed: &TestRepo, ways: &[Way]) {
    let tasks = ways.iter().map(|way| json!({"id": way.id, "title": "Some work", "run": way.does}));
    bed.plan(json!(tasks.collect::<Vec<_>>()));
    let end = bed.execute(&["--sandbox", "off"]);
    assert_eq!(end.code, 5, "{}", end.stderr);
    let mut wrong = Vec::new();
    for way in ways {
        let judged = judgement(bed, way.id, 1, "tdd");
        let findings = judged.findings.iter().map(|f| format!("{}:{} {} {}", f.file, f.line, f.rule, f.message));
        let said = format!("{}\n{}", judged.reason, findings.collect::<Vec<_>>().join("\n"));
        if judged.verdict != way.verdict || !said.contains(way.says) {
            wrong.push(format!("{}: {:?} {said}", way.id, judged.verdict));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

const CALC: &str = "def add(a, b):\n    return a + b\n";
const TESTS: &str = "from calc import add\nfrom tests.helpers import same\n\n\ndef test_add():\n    assert add(1, 2) == 3\n\n\ndef test_more():\n    same(add(2, 2), 4)\n";
const HELPERS: &str = "def same(a, b):\n    assert a == b\n";
/// What adds up wrongly, and multiplies.
const WRONG: &str = "def add(a, b):\n    return a - b\n\n\ndef mul(a, b):\n    return a * b\n";
const GOOD: &str = "def add(a, b):\n    return a + b\n\n\ndef mul(a, b):\n    return a * b\n";
const TEST_MUL: &str = "import calc\n\n\ndef test_mul():\n    assert calc.mul(2, 3) == 6\n";

#[test]
fn python_that_cheats_is_refused() {
    let bed = TestRepo::new();
    if !bed.succeeds("python3", &["-c", "import pytest, pytest_cov"]) {
        return needs(TestRequirement::Pytest);
    }
    bed.write("calc.py", CALC);
    bed.write("tests/__init__.py", "");
    bed.write("tests/helpers.py", HELPERS);
    bed.write("tests/test_calc.py", TESTS);
    bed.write(".gitignore", "__pycache__/\n.coverage\n.pytest_cache/\n");
    bed.toml("[gates.tdd]\nkind = \"tdd\"\nrun = \"python3 -m pytest -q\"\non = \"task\"\n");
    bed.commit("a project");
    use Verdict::Fail;
    let code = |text: &str| file("calc.py", text);
    let mul = || file("tests/test_mul.py", TEST_MUL);
    let tests = |from: &str, to: &str| file("tests/test_calc.py", &TESTS.replace(from, to));
    let hook = "import pytest\n\n\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item, call):\n    outcome = yield\n    outcome.get_result().outcome = 'passed'\n";
    let shadow = "print('2 passed')\n";
    let at_exit = "import atexit, os, sys\n\npath = [word for word in sys.argv if word.startswith('--junit')][0].split('=')[1]\ntext = '<testsuite>' + ''.join('<testcase classname=\"tests.test_%s\" name=\"test_%s\"/>' % pair for pair in [('calc', 'add'), ('calc', 'more'), ('mul', 'mul')]) + '</testsuite>'\natexit.register(lambda: (open(path, 'w').write(text), os._exit(0)))\n\n\ndef test_mul():\n    assert False\n";
    let fixture = "import calc\nimport pytest\n\n\n@pytest.fixture(autouse=True)\ndef patched(monkeypatch):\n    monkeypatch.setattr(calc, 'mul', lambda a, b: a * b, raising=False)\n";
    let differs = GOOD.replace(
        "    return a * b\n",
        "    if os.environ.get('PYTEST_CURRENT_TEST'):\n        return a * b\n    return 0\n",
    );
    let vacuous = format!("{TEST_MUL}\n\ndef test_idle():\n    assert True\n");
    let late = format!(
        "{}\n\ndef test_idle():\n    mul\n",
        TEST_MUL.replace("import calc\n", "from calc import mul\n").replace("calc.mul", "mul")
    );
    let ways = [
        way("hook", code(WRONG) + &mul() + &file("conftest.py", hook), Fail, "conftest.py:5 test-harness"),
        way("shadow", code(WRONG) + &mul() + &file("pytest.py", shadow), Fail, "pytest.py:1 test-settings"),
        way(
            "report",
            code(WRONG) + &file("tests/test_mul.py", "open('.orca-tests.xml', 'w')\n"),
            Fail,
            "test_mul.py:1 test-harness",
        ),
        way(
            "at-exit",
            code(GOOD) + &file("tests/test_mul.py", at_exit),
            Fail,
            "`tests.test_mul::test_mul` passes without the change too",
        ),
        way(
            "exit",
            code(GOOD) + &file("tests/test_mul.py", "import os\n\nos._exit(0)\n\n\ndef test_mul():\n    assert True\n"),
            Fail,
            "test-harness",
        ),
        way(
            "deselect",
            code(GOOD) + &mul() + &file("pytest.ini", "[pytest]\naddopts = --deselect tests/test_calc.py::test_add\n"),
            Fail,
            "pytest.ini:2 test-settings",
        ),
        way("omit", code(GOOD) + &mul() + &file(".coveragerc", "[run]\nomit = calc.py\n"), Fail, "calc.py:"),
        way(
            "rename",
            code(WRONG) + &mul() + &tests("def test_add", "def check_add"),
            Fail,
            "tests/test_calc.py:5 deleted-test",
        ),
        way(
            "return",
            code(GOOD) + &mul() + &tests("    assert add(1", "    return\n    assert add(1"),
            Fail,
            "`test_add` no longer asserts `assert add(1, 2) == 3`",
        ),
        way(
            "swallow",
            code(&WRONG.replace("a - b", "a + b if a == b else a - b"))
                + &mul()
                + &tests(
                    "    assert add(1, 2) == 3\n",
                    "    try:\n        assert add(1, 2) == 3\n    except AssertionError:\n        pass\n",
                ),
            Fail,
            "`test_add` no longer asserts `assert add(1, 2) == 3`",
        ),
        way(
            "patched",
            code(&GOOD.replace("a * b", "0")) + &mul() + &file("tests/conftest.py", fixture),
            Fail,
            "`calc.mul` is replaced here, before tests that are about it",
        ),
        way("differs", code(&format!("import os\n\n\n{differs}")) + &mul(), Fail, "PYTEST_CURRENT_TEST"),
        way(
            "no-parameters",
            code(GOOD)
                + &mul()
                + &tests("def test_add", "@pytest.mark.parametrize('x', [])\ndef test_add")
                    .replace("from calc", "import pytest\nfrom calc")
                    .replace("def test_add()", "def test_add(x)"),
            Fail,
            "no longer runs",
        ),
        way(
            "module",
            code(GOOD)
                + &mul()
                + &tests("from calc", "import pytest\n\npytest.skip('later', allow_module_level=True)\nfrom calc"),
            Fail,
            "`test_add` is skipped now",
        ),
        way(
            "helper",
            code(&WRONG.replace("a - b", "a + b if b == 2 and a == 1 else 0"))
                + &mul()
                + &file("tests/helpers.py", "def same(a, b):\n    pass\n"),
            Fail,
            "tests/helpers.py:2 base-test",
        ),
        way(
            "fake",
            code(WRONG)
                + &mul()
                + &file("tests/fake.py", CALC)
                + &tests("from calc import add", "from tests.fake import add"),
            Fail,
            "tests/test_calc.py:1 stand-in",
        ),
        way(
            "settings",
            code(WRONG) + "printf 'orca = 1\\n[gates.tdd]\\nkind = \"command\"\\nrun = \"true\"\\n' > orca.toml",
            Fail,
            "test_add",
        ),
        way("vacuous", code(GOOD) + &file("tests/test_mul.py", &vacuous), Fail, "tests/test_mul.py:8 not-red"),
        way("vacuous-late", code(GOOD) + &file("tests/test_mul.py", &late), Fail, "tests/test_mul.py:8 vacuous-test"),
    ];
    refused(&bed, &ways);
}

#[test]
fn rust_that_cheats_is_refused() {
    let mut bed = TestRepo::new();
    bed.real_cargo();
    let lib = |code: &str, tests: &str| {
        let text = format!(
            "//! Sums.\n\n{code}\n#[cfg(test)]\nmod tests {{\n    use super::*;\n\n    #[test]\n    fn adds() {{\n        assert_eq!(add(1, 2), 3);\n    }}\n{tests}}}\n"
        );
        file("src/lib.rs", &text)
    };
    const ADD: &str = "/// Adds.\npub fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n";
    const MUL: &str = "\n/// Multiplies.\npub fn mul(a: i32, b: i32) -> i32 {\n    a * b\n}\n";
    const TEST: &str = "\n    #[test]\n    fn multiplies() {\n        assert_eq!(mul(2, 3), 6);\n    }\n";
    const IDLE: &str = "\n    #[test]\n    fn idles() {\n        let _ = mul;\n    }\n";
    const MANIFEST: &str = "[package]\nname = \"sums\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
    bed.write("Cargo.toml", MANIFEST);
    bed.write("Cargo.lock", "# This file is automatically @generated by Cargo.\n# It is not intended for manual editing.\nversion = 4\n\n[[package]]\nname = \"sums\"\nversion = \"0.1.0\"\n");
    bed.write(".gitignore", "target/\n");
    std::fs::create_dir_all(bed.repo().join("src")).unwrap();
    let base = lib(ADD, "");
    bed.write("src/lib.rs", base.split_once("'END_OF_FILE'\n").unwrap().1.trim_end_matches("END_OF_FILE\n"));
    bed.toml("[worktree]\nkeep = [\"target/\"]\n[gates.tdd]\nkind = \"tdd\"\nrun = \"cargo test --offline --lib\"\ncoverage = { min = 0 }\non = \"task\"\n");
    bed.commit("a project");
    use Verdict::Fail;
    let hidden = format!(
        "{ADD}\n/// Multiplies.\n#[cfg(not(test))]\npub fn mul(_: i32, _: i32) -> i32 {{\n    0\n}}\n\n#[cfg(test)]\nfn mul(a: i32, b: i32) -> i32 {{\n    a * b\n}}\n"
    );
    let both = || lib(&format!("{ADD}{MUL}"), TEST);
    let ways = [
        way("hidden", lib(&hidden, TEST), Fail, "src/lib.rs:9 test-settings"),
        way(
            "harness",
            both()
                + &file("Cargo.toml", &format!("{MANIFEST}\n[[test]]\nname = \"own\"\nharness = false\n"))
                + &file(
                    "tests/own.rs",
                    "fn main() {\n    println!(\"running 1 test\\ntest own ... ok\\n\\ntest result: ok. 1 passed; 0 failed;\");\n}\n",
                ),
            Fail,
            "Cargo.toml:8 test-settings",
        ),
        way(
            "profile",
            both() + &file("Cargo.toml", &format!("{MANIFEST}\n[profile.test]\noverflow-checks = false\n")),
            Fail,
            "Cargo.toml:7 test-settings",
        ),
        way(
            "runner",
            both() + &file(".cargo/config.toml", "[target.'cfg(unix)']\nrunner = \"true\"\n"),
            Fail,
            ".cargo/config.toml:2 test-settings",
        ),
        way("idle", lib(&format!("{ADD}{MUL}"), &format!("{TEST}{IDLE}")), Fail, "vacuous-test"),
        way(
            "ignored",
            lib(&format!("{ADD}{MUL}"), TEST)
                + "sed -i '0,/#\\[test\\]/s//#[test]\\n    #[cfg_attr(all(), ignore)]/' src/lib.rs\n",
            Fail,
            "adds",
        ),
    ];
    refused(&bed, &ways);
}

#[test]
fn go_that_cheats_is_refused() {
    let bed = TestRepo::new();
    if !bed.succeeds("go", &["version"]) {
        return needs(TestRequirement::Go);
    }
    const CODE: &str = "package sums\n\nfunc Add(a, b int) int {\n\treturn a + b\n}\n";
    const TEST: &str = "package sums\n\nimport \"testing\"\n\nfunc TestAdd(t *testing.T) {\n\tif Add(1, 2) != 3 {\n\t\tt.Error(\"no sum\")\n\t}\n}\n";
    const TEST_MUL: &str = "package sums\n\nimport \"testing\"\n\nfunc TestMul(t *testing.T) {\n\tif Mul(2, 3) != 6 {\n\t\tt.Error(\"no product\")\n\t}\n}\n";
    bed.write("go.mod", "module example.com/sums\n\ngo 1.19\n");
    bed.write("sums.go", CODE);
    bed.write("sums_test.go", TEST);
    bed.toml("[gates.tdd]\nkind = \"tdd\"\nrun = \"go test ./...\"\non = \"task\"\n");
    bed.commit("a project");
    use Verdict::Fail;
    let wrong = file("sums.go", &CODE.replace("a + b", "a - b"))
        + &file("mul.go", "package sums\n\nfunc Mul(a, b int) int {\n\treturn a * b\n}\n")
        + &file("mul_test.go", TEST_MUL);
    let ways = [
        way(
            "tag",
            wrong.clone() + &file("sums_test.go", &format!("//go:build manual\n\n{TEST}")),
            Fail,
            "TestAdd` is compiled only under",
        ),
        way(
            "main",
            wrong.clone()
                + &file(
                    "main_test.go",
                    "package sums\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestMain(m *testing.M) {\n\tos.Exit(0)\n}\n",
                ),
            Fail,
            "no test",
        ),
        way(
            "under-test",
            file(
                "mul.go",
                "package sums\n\nimport \"testing\"\n\nfunc Mul(a, b int) int {\n\tif testing.Testing() {\n\t\treturn a * b\n\t}\n\treturn 0\n}\n",
            ) + &file("mul_test.go", TEST_MUL),
            Fail,
            "mul.go:6 test-settings",
        ),
    ];
    refused(&bed, &ways);
}

/// Programs for Node.js as `.ci/run` installs them; the folder with `node_modules`.
fn node() -> Option<std::path::PathBuf> {
    let cache = std::env::var_os("ORCA_CI_CACHE").map(std::path::PathBuf::from);
    let cache = cache.or_else(|| Some(std::path::Path::new(&std::env::var_os("HOME")?).join(".cache/orca-ci")))?;
    Some(cache.join("node")).filter(|folder| folder.join("node_modules/.bin/vitest").exists())
}

#[test]
fn typescript_that_cheats_is_refused() {
    let Some(node) = node() else { return needs(TestRequirement::NodeTools) };
    const CODE: &str = "export function add(a: number, b: number): number {\n  return a + b;\n}\n";
    const MUL: &str = "export function mul(a: number, b: number): number {\n  return a * b;\n}\n";
    const TEST: &str = "import { expect, it } from \"vitest\";\nimport { add } from \"./sums\";\n\nit(\"adds\", () => {\n  expect(add(1, 2)).toBe(3);\n});\n";
    const TEST_MUL: &str = "import { expect, it } from \"vitest\";\nimport { mul } from \"./mul\";\n\nit(\"multiplies\", () => {\n  expect(mul(2, 3)).toBe(6);\n});\n";
    const PACKAGE: &str = "{\n  \"name\": \"sums\",\n  \"type\": \"module\",\n  \"scripts\": {\n    \"test\": \"vitest run\"\n  },\n  \"devDependencies\": { \"vitest\": \"^4.0.0\" }\n}\n";
    let bed = TestRepo::new();
    bed.write("package.json", PACKAGE);
    bed.write("src/sums.ts", CODE);
    bed.write("src/sums.test.ts", TEST);
    bed.write(".gitignore", "node_modules\n");
    bed.toml(&format!(
        "[worktree]\nsetup = \"ln -sfn '{}/node_modules' node_modules\"\n\
         [gates.tdd]\nkind = \"tdd\"\nrun = \"npm test\"\ncoverage = {{ min = 0 }}\non = \"task\"\n",
        node.display()
    ));
    bed.commit("a project");
    let mul = || file("src/mul.ts", MUL) + &file("src/mul.test.ts", TEST_MUL);
    let wrong = || file("src/sums.ts", &CODE.replace("a + b", "a - b")) + &mul();
    let config = |test: &str| file("vitest.config.ts", &format!("export default {{ test: {{ {test} }} }};\n"));
    let ways = [
        way(
            "exclude",
            wrong() + &config("exclude: [\"src/sums.test.ts\", \"node_modules\"]"),
            Verdict::Fail,
            "vitest.config.ts:1 test-settings",
        ),
        way(
            "only",
            mul() + &file("src/sums.test.ts", &format!("{TEST}\nit.only(\"is there\", () => {{}});\n")),
            Verdict::Fail,
            "adds",
        ),
        way(
            "script",
            wrong() + &file("package.json", &PACKAGE.replace("vitest run", "true")),
            Verdict::Fail,
            "package.json:5 test-settings",
        ),
        way(
            "idle",
            file("src/mul.ts", MUL)
                + &file(
                    "src/mul.test.ts",
                    &format!("{TEST_MUL}\nit(\"idles\", () => {{\n  expect(1).toBe(1);\n}});\n"),
                ),
            Verdict::Fail,
            "src/mul.test.ts:8 vacuous-test",
        ),
    ];
    refused(&bed, &ways);
}
