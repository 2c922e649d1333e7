//! Fresh machines: git, a shell and one language, an empty home, no tools of ours or others'. `init`, `doctor` and `execute` of
//! one honest task with a command agent: it lands, and what is not checked is said once.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::support::{TestRepo, TestRequirement, needs};

/// Programs that every machine has.
const COMMON: &str = "sh ls cat mkdir rm rmdir cp mv ln chmod touch env printf echo test [ true false sleep head tail sort uniq \
                      wc tr cut grep sed awk find xargs dirname basename date uname id tee mktemp readlink realpath stat expr \
                      seq git tar ps";

/// Files with their texts.
type Files = &'static [(&'static str, &'static str)];

/// A project in one language, and what its agent does.
struct Machine {
    /// Programs besides the common ones.
    programs: &'static [&'static str],
    project: Files,
    /// Files that the agent writes: code, and a test of it.
    work: Files,
    /// Gates that have to pass.
    passes: &'static [&'static str],
    /// What `init` says that it does not check.
    unchecked: &'static [&'static str],
}

/// Where a program of this machine is, through launchers that look for versions.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default();
    let folders = ["/usr/bin", "/bin", "/usr/local/bin"].into_iter().map(str::to_owned);
    let found = folders.chain(path.split(':').map(str::to_owned)).map(|folder| Path::new(&folder).join(name));
    found.into_iter().find(|path| path.is_file())
}

fn link(folder: &Path, name: &str) {
    if let Some(program) = program(name) {
        let _ = symlink(program, folder.join(name));
    }
}

/// A repository on a machine that has nothing but these programs.
fn machine(machine: &Machine, more: &[PathBuf]) -> TestRepo {
    let mut bed = TestRepo::new();
    let bin = bed.root().join("bin");
    COMMON.split_whitespace().chain(machine.programs.iter().copied()).for_each(|name| link(&bin, name));
    let folders = more.iter().map(|folder| folder.display().to_string()).chain([bin.display().to_string()]);
    bed.set("PATH", &folders.collect::<Vec<_>>().join(":"));
    bed.set("ORCA_BASE_RED", "");
    machine.project.iter().for_each(|(path, text)| bed.write(path, text));
    bed.commit("a project");
    bed
}

/// The program that does an agent's work.
fn agent(bed: &TestRepo, work: &[(&str, &str)]) {
    let work = work.iter().map(|(path, text)| {
        let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
        format!("mkdir -p {folder}\ncat > {path} <<'END_OF_FILE'\n{text}END_OF_FILE\n")
    });
    let agent = work.chain(["git add -A\ngit commit -qm Multiply\n".to_owned()]).collect::<String>();
    std::fs::write(bed.root().join("agent.sh"), agent).unwrap();
}

/// What a person types before the first run.
fn set_up(of: &Machine, more: &[PathBuf]) -> TestRepo {
    let bed = machine(of, more);
    let init = bed.orca(&["init", "--yes"]).exits(0);
    let said = format!("{}{}", init.stdout, init.stderr);
    for what in of.unchecked {
        assert_eq!(said.matches(what).count(), 1, "`{what}` is said once:\n{said}");
    }
    agent(&bed, of.work);
    let toml = std::fs::read_to_string(bed.repo().join("orca.toml")).unwrap();
    let own = format!("[agents.mine]\ncommand = [\"sh\", \"-e\", \"{}\"]\n", bed.root().join("agent.sh").display());
    bed.write("orca.toml", &(toml.replacen("#agent = \"claude\"", "agent = \"mine\"", 1) + &own));
    bed.write("PLAN.md", "# Plan\n\n- [ ] Multiply: calc multiplies two numbers, with a test\n");
    bed.commit("settings and a plan");
    bed
}

/// What a person types on the first day, and what comes of it.
fn first_day(of: &Machine, more: &[PathBuf]) {
    let bed = set_up(of, more);
    let doctor = bed.orca(&["doctor"]).exits(0);
    assert!(!format!("{}{}", doctor.stdout, doctor.stderr).contains("PROBLEM"), "{}{}", doctor.stdout, doctor.stderr);
    let run = bed.orca(&["execute", "PLAN.md", "--yes"]).exits(0);
    let state = bed.state();
    assert_eq!(state.tasks[0].attempts.len(), 1, "the first attempt is good:\n{}{}", run.stdout, run.stderr);
    let row = |gate: &str| {
        let line = run.stdout.lines().rev().find(|line| line.split_whitespace().next() == Some(gate));
        line.unwrap_or_else(|| panic!("{gate} is not in the summary:\n{}", run.stdout)).to_owned()
    };
    for gate in of.passes {
        assert!(row(gate).contains("1 pass"), "{gate}:\n{}", run.stdout);
    }
    // The closing summary names each gap in one line.
    let gaps: Vec<&str> = run.stdout.lines().filter(|line| line.starts_with("not passed")).collect();
    let mut once = gaps.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), gaps.len(), "{gaps:?}");
}

const ADD: (&str, &str) = ("calc.py", "def add(a, b):\n    return a + b\n");
const TEST_ADD: &str = "import unittest\n\nfrom calc import add\n\n\nclass TestAdd(unittest.TestCase):\n    def test_add(self):\n        self.assertEqual(add(1, 2), 3)\n";
const MUL: (&str, &str) = ("calc.py", "def add(a, b):\n    return a + b\n\n\ndef mul(a, b):\n    return a * b\n");
const TEST_MUL: &str = "import unittest\n\nfrom calc import mul\n\n\nclass TestMul(unittest.TestCase):\n    def test_mul(self):\n        self.assertEqual(mul(2, 3), 6)\n";

/// A project whose tests are written for the runner that comes with Python, as packages or found in their folder.
const PACKAGES: Files =
    &[ADD, ("tests/__init__.py", ""), ("tests/test_calc.py", TEST_ADD), (".gitignore", "__pycache__/\n")];
const FOLDER: Files = &[ADD, ("tests/test_calc.py", TEST_ADD), (".gitignore", "__pycache__/\n")];

fn only_python_has(project: Files) -> Machine {
    Machine {
        programs: &[],
        project,
        work: &[MUL, ("tests/test_mul.py", TEST_MUL)],
        passes: &["test", "tdd", "security", "review"],
        unchecked: &[
            "not checked  coverage: nothing measures the coverage of unittest (pip install pytest pytest-cov)",
        ],
    }
}

/// An interpreter with nothing installed beside it.
fn bare_python(folder: &Path) -> Option<PathBuf> {
    let made = std::process::Command::new("python3").args(["-m", "venv", "--without-pip"]).arg(folder).output().ok()?;
    made.status.success().then(|| folder.join("bin"))
}

#[test]
fn only_python() {
    let place = tempfile::tempdir().unwrap();
    let Some(bin) = bare_python(&place.path().join("python")) else { return needs(TestRequirement::Python) };
    for project in [PACKAGES, FOLDER] {
        first_day(&only_python_has(project), std::slice::from_ref(&bin));
    }
}

#[test]
fn without_pytest_tests_are_proved_all_the_same() {
    let place = tempfile::tempdir().unwrap();
    let Some(bin) = bare_python(&place.path().join("python")) else { return needs(TestRequirement::Python) };
    const IDLE: &str = "import unittest\n\nfrom calc import mul\n\n\nclass TestMul(unittest.TestCase):\n    def test_mul(self):\n        mul(2, 3)\n        self.assertTrue(True)\n";
    const SKIPPED: &str = "import unittest\n\nfrom calc import add\n\n\nclass TestAdd(unittest.TestCase):\n    @unittest.skip(\"later\")\n    def test_add(self):\n        self.assertEqual(add(1, 2), 3)\n";
    const GONE: &str = "import unittest\n";
    const BROKEN: (&str, &str) =
        ("calc.py", "def add(a, b):\n    return a - b\n\n\ndef mul(a, b):\n    return a * b\n");
    const LISTED: &str = "import unittest\n\nfrom calc import add\n\n\nclass TestAdd(unittest.TestCase):\n    def test_add(self):\n        self.assertEqual(add(1, 2), 3)\n\n\ndef load_tests(loader, tests, pattern):\n    return unittest.TestSuite()\n";
    let good = ("tests/test_mul.py", TEST_MUL);
    // Work that is no work, and words by which it is refused.
    let table: &[(&[(&str, &str)], &str)] = &[
        (&[MUL, ("tests/test_mul.py", IDLE)], "no new test notices"),
        (&[MUL, good, ("tests/test_calc.py", SKIPPED)], "skip"),
        (&[MUL, good, ("tests/test_calc.py", GONE)], "deleted"),
        (&[MUL, good, ("tests/test_calc.py", LISTED)], "load_tests"),
        (&[BROKEN, good], "-1 != 3"),
    ];
    let bed = set_up(&only_python_has(FOLDER), std::slice::from_ref(&bin));
    for (work, words) in table {
        agent(&bed, work);
        let run = bed.orca(&["execute", "PLAN.md", "--yes", "--attempts", "1"]).exits(5);
        assert!(run.stdout.contains("fail") && run.stdout.contains(words), "{words}:\n{}", run.stdout);
    }
}

#[test]
fn only_node() {
    if program("node").is_none() || program("npm").is_none() {
        return needs(TestRequirement::NodeTools);
    }
    let of = Machine {
        programs: &["node", "npm"],
        project: &[
            (
                "package.json",
                "{\n  \"name\": \"calc\",\n  \"version\": \"1.0.0\",\n  \"scripts\": {\n    \"test\": \"node --test\"\n  }\n}\n",
            ),
            ("calc.js", "exports.add = (a, b) => a + b;\n"),
            (
                "test/calc.test.js",
                "const test = require('node:test');\nconst assert = require('node:assert');\nconst { add } = require('../calc');\n\ntest('adds', () => {\n  assert.strictEqual(add(1, 2), 3);\n});\n",
            ),
        ],
        work: &[
            ("calc.js", "exports.add = (a, b) => a + b;\nexports.mul = (a, b) => a * b;\n"),
            (
                "test/mul.test.js",
                "const test = require('node:test');\nconst assert = require('node:assert');\nconst { mul } = require('../calc');\n\ntest('multiplies', () => {\n  assert.strictEqual(mul(2, 3), 6);\n});\n",
            ),
        ],
        passes: &["test", "tdd", "security", "review"],
        unchecked: &["not checked  coverage"],
    };
    first_day(&of, &[]);
}

#[test]
fn only_go() {
    if program("go").is_none() {
        return needs(TestRequirement::Go);
    }
    let of = Machine {
        programs: &["go", "gofmt"],
        project: &[
            ("go.mod", "module example.com/calc\n\ngo 1.19\n"),
            ("calc.go", "package calc\n\n// Add adds.\nfunc Add(a, b int) int {\n\treturn a + b\n}\n"),
            (
                "calc_test.go",
                "package calc\n\nimport \"testing\"\n\nfunc TestAdd(t *testing.T) {\n\tif got := Add(1, 2); got != 3 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n}\n",
            ),
        ],
        work: &[
            (
                "calc.go",
                "package calc\n\n// Add adds.\nfunc Add(a, b int) int {\n\treturn a + b\n}\n\n// Mul multiplies.\nfunc Mul(a, b int) int {\n\treturn a * b\n}\n",
            ),
            (
                "mul_test.go",
                "package calc\n\nimport \"testing\"\n\nfunc TestMul(t *testing.T) {\n\tif got := Mul(2, 3); got != 6 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n}\n",
            ),
        ],
        passes: &["test", "tdd", "security", "review"],
        unchecked: &[],
    };
    first_day(&of, &[]);
}

#[test]
fn only_rust() {
    let root = std::process::Command::new("rustc").args(["--print", "sysroot"]).output();
    let Some(root) = root.ok().and_then(|output| String::from_utf8(output.stdout).ok()) else {
        return needs(TestRequirement::Clippy);
    };
    const LIB: &str = "//! Sums.\n\n/// Adds.\npub fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n";
    const TESTS: &str = "\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn adds() {\n        assert_eq!(add(1, 2), 3);\n    }\n";
    const MUL: &str = "\n/// Multiplies.\npub fn mul(a: i32, b: i32) -> i32 {\n    a * b\n}\n";
    const MUL_TEST: &str = "\n    #[test]\n    fn multiplies() {\n        assert_eq!(mul(2, 3), 6);\n    }\n";
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let before = leak(format!("{LIB}{TESTS}}}\n"));
    let after = leak(format!("{LIB}{MUL}{TESTS}{MUL_TEST}}}\n"));
    let of = Machine {
        programs: &["cc", "ld", "as", "ar"],
        project: Box::leak(Box::new([
            ("Cargo.toml", "[package]\nname = \"calc\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
            (
                "Cargo.lock",
                "# This file is automatically @generated by Cargo.\n# It is not intended for manual editing.\nversion = 4\n\n[[package]]\nname = \"calc\"\nversion = \"0.1.0\"\n",
            ),
            ("src/lib.rs", before),
            (".gitignore", "target\n"),
        ])),
        work: Box::leak(Box::new([("src/lib.rs", after)])),
        passes: &["test", "tdd", "security", "review"],
        unchecked: &["not checked  coverage"],
    };
    first_day(&of, &[PathBuf::from(root.trim()).join("bin")]);
}
