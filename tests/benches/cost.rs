//! What the found gates cost: for a task with code and for one with documents, as a multiple of the time that the
//! project's own suite takes. `cargo bench --bench cost [LANGUAGE…]`; what a language needs and is not here is said.

#![expect(clippy::unwrap_used, reason = "a bench that cannot set itself up has nothing to say")]

mod figures;
mod stopwatch;
mod support;

use std::collections::BTreeMap;
use std::path::Path;

use figures::{figure, median};
use git_orca::journal::{Entry, Event, Store, Subject, read_entries};
use stopwatch::timed;
use support::Bench;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    for project in PROJECTS {
        if wanted.is_empty() || wanted.iter().any(|name| name == project.language) {
            project.measure();
        }
    }
}

/// A project whose suite takes a known while, and a change to it.
struct ProjectFixture {
    language: &'static str,
    /// What must be there.
    program: &'static str,
    /// The suite, as people type it.
    suite: &'static str,
    base: &'static [(&'static str, &'static str)],
    change: &'static [(&'static str, &'static str)],
}

const PROJECTS: &[ProjectFixture] = &[PYTHON, JAVASCRIPT, GO, RUST];

const PYTHON: ProjectFixture = ProjectFixture {
    language: "python",
    program: "python3",
    suite: "pytest -q",
    base: &[
        (
            "pyproject.toml",
            "[project]\nname = \"shop\"\nversion = \"1\"\n[tool.pytest.ini_options]\ntestpaths = [\"tests\"]\npythonpath = [\".\"]\n",
        ),
        ("shop/__init__.py", ""),
        ("shop/sums.py", "def add(a, b):\n    return a + b\n"),
        ("tests/test_sums.py", "from shop.sums import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n"),
        ("tests/test_slow.py", "import time\n\n\ndef test_slow():\n    time.sleep(2)\n    assert time.time() > 0\n"),
    ],
    change: &[
        (
            "shop/sums.py",
            "def add(a, b):\n    return a + b\n\n\ndef scaled(a, factor):\n    if factor < 0:\n        raise ValueError(\"negative\")\n    total = a * factor\n    return total + 1\n",
        ),
        (
            "tests/test_sums.py",
            "import pytest\n\nfrom shop.sums import add, scaled\n\n\ndef test_add():\n    assert add(1, 2) == 3\n\n\n@pytest.mark.parametrize(\"a, factor, want\", [(1, 2, 3), (2, 2, 5), (0, 9, 1)])\ndef test_scaled(a, factor, want):\n    assert scaled(a, factor) == want\n\n\ndef test_negative():\n    with pytest.raises(ValueError):\n        scaled(1, -1)\n",
        ),
    ],
};

const JAVASCRIPT: ProjectFixture = ProjectFixture {
    language: "javascript",
    program: "node",
    suite: "node --test",
    base: &[
        (
            "package.json",
            "{\"name\": \"shop\", \"version\": \"1.0.0\", \"type\": \"module\", \"scripts\": {\"test\": \"node --test\"}}\n",
        ),
        ("src/sums.js", "export function add(a, b) {\n  return a + b;\n}\n"),
        (
            "test/sums.test.js",
            "import test from 'node:test';\nimport assert from 'node:assert';\nimport { add } from '../src/sums.js';\n\ntest('adds', () => {\n  assert.strictEqual(add(1, 2), 3);\n});\n",
        ),
        (
            "test/slow.test.js",
            "import test from 'node:test';\nimport assert from 'node:assert';\n\ntest('slow', async () => {\n  await new Promise((done) => setTimeout(done, 2000));\n  assert.ok(true);\n});\n",
        ),
    ],
    change: &[
        (
            "src/sums.js",
            "export function add(a, b) {\n  return a + b;\n}\n\nexport function scaled(a, factor) {\n  if (factor < 0) {\n    throw new RangeError('negative');\n  }\n  const total = a * factor;\n  return total + 1;\n}\n",
        ),
        (
            "test/sums.test.js",
            "import test from 'node:test';\nimport assert from 'node:assert';\nimport { add, scaled } from '../src/sums.js';\n\ntest('adds', () => {\n  assert.strictEqual(add(1, 2), 3);\n});\n\ntest('scales', () => {\n  assert.strictEqual(scaled(2, 2), 5);\n});\n\ntest('negative factors', () => {\n  assert.throws(() => scaled(1, -1), RangeError);\n});\n",
        ),
    ],
};

const GO: ProjectFixture = ProjectFixture {
    language: "go",
    program: "go",
    suite: "go test -count=1 ./...",
    base: &[
        ("go.mod", "module example.com/shop\n\ngo 1.18\n"),
        ("sums/sums.go", "package sums\n\n// Add adds.\nfunc Add(a, b int) int {\n\treturn a + b\n}\n"),
        (
            "sums/sums_test.go",
            "package sums\n\nimport \"testing\"\n\nfunc TestAdd(t *testing.T) {\n\tif Add(1, 2) != 3 {\n\t\tt.Fatal(\"no\")\n\t}\n}\n",
        ),
        ("slow/slow.go", "package slow\n\n// One is one.\nfunc One() int {\n\treturn 1\n}\n"),
        (
            "slow/slow_test.go",
            "package slow\n\nimport (\n\t\"testing\"\n\t\"time\"\n)\n\nfunc TestSlow(t *testing.T) {\n\ttime.Sleep(2 * time.Second)\n\tif One() != 1 {\n\t\tt.Fatal(\"no\")\n\t}\n}\n",
        ),
    ],
    change: &[
        (
            "sums/sums.go",
            "package sums\n\n// Add adds.\nfunc Add(a, b int) int {\n\treturn a + b\n}\n\n// Scaled scales.\nfunc Scaled(a, factor int) int {\n\tif factor < 0 {\n\t\treturn -1\n\t}\n\ttotal := a * factor\n\treturn total + 1\n}\n",
        ),
        (
            "sums/sums_test.go",
            "package sums\n\nimport \"testing\"\n\nfunc TestAdd(t *testing.T) {\n\tif Add(1, 2) != 3 {\n\t\tt.Fatal(\"no\")\n\t}\n}\n\nfunc TestScaled(t *testing.T) {\n\tfor _, c := range [][3]int{{1, 2, 3}, {2, 2, 5}, {1, -1, -1}} {\n\t\tif got := Scaled(c[0], c[1]); got != c[2] {\n\t\t\tt.Fatalf(\"%d: %d\", got, c[2])\n\t\t}\n\t}\n}\n",
        ),
    ],
};

const RUST: ProjectFixture = ProjectFixture {
    language: "rust",
    program: "cargo",
    suite: "cargo test --offline",
    base: &[
        ("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
        ("Cargo.lock", "version = 4\n\n[[package]]\nname = \"shop\"\nversion = \"0.1.0\"\n"),
        (".gitignore", "target/\n"),
        ("src/lib.rs", "//! Sums.\n\n/// Adds.\npub fn add(a: i64, b: i64) -> i64 {\n    a + b\n}\n"),
        ("tests/sums.rs", "use shop::add;\n\n#[test]\nfn adds() {\n    assert_eq!(add(1, 2), 3);\n}\n"),
        (
            "tests/slow.rs",
            "#[test]\nfn slow() {\n    std::thread::sleep(std::time::Duration::from_secs(2));\n    assert_eq!(shop::add(1, 1), 2);\n}\n",
        ),
    ],
    change: &[
        (
            "src/lib.rs",
            "//! Sums.\n\n/// Adds.\npub fn add(a: i64, b: i64) -> i64 {\n    a + b\n}\n\n/// Scales.\npub fn scaled(a: i64, factor: i64) -> i64 {\n    if factor < 0 {\n        return -1;\n    }\n    let total = a * factor;\n    total + 1\n}\n",
        ),
        (
            "tests/sums.rs",
            "use shop::{add, scaled};\n\n#[test]\nfn adds() {\n    assert_eq!(add(1, 2), 3);\n}\n\n#[test]\nfn scales() {\n    assert_eq!(scaled(2, 2), 5);\n    assert_eq!(scaled(1, -1), -1);\n}\n",
        ),
    ],
};

/// What gates took: seconds of the clock from the first question to the last answer, by subject.
#[derive(Debug, Default)]
struct Took {
    /// On the task's work.
    work: f64,
    /// On the merged tree.
    merged: f64,
    /// Commands and their own seconds, by gate.
    gates: BTreeMap<String, f64>,
    /// What a gate said that is no pass.
    refused: Vec<String>,
}

impl ProjectFixture {
    fn measure(&self) {
        let there = std::process::Command::new(self.program).arg("version").output();
        if there.is_err() {
            figure(&format!("{}: skipped: needs {}", self.language, self.program), "-".to_owned(), "-");
            return;
        }
        let bench = Bench::new(0);
        self.base.iter().for_each(|(path, text)| write(&bench, path, text));
        bench.git(&["add", "-A"]);
        bench.git(&["commit", "-q", "-m", "a project"]);
        let suite = || {
            let mut command = self.command(&bench, Path::new("sh"));
            let out = command.args(["-c", self.suite]).output().unwrap();
            assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
        };
        suite();
        let alone = median((0..3).map(|_| timed(suite) / 1000.0).collect());
        let code = self.execute(&bench, "code", self.change);
        let again = self.execute(&bench, "again", self.change);
        let documents = self.execute(&bench, "documents", &[("docs/page.md", "# A page\n")]);
        self.tell("code, first run", alone, &code, 3.0 * alone + 3.0);
        self.tell("code, again", alone, &again, 3.0 * alone + 3.0);
        self.tell("documents", alone, &documents, alone);
    }

    fn tell(&self, what: &str, alone: f64, took: &Took, limit: f64) {
        let all = took.work + took.merged;
        let gates: Vec<String> = took.gates.iter().map(|(name, seconds)| format!("{name} {seconds:.1}")).collect();
        let name = format!("{} (T = {alone:.1} s), {what}: {}", self.language, gates.join(", "));
        let value = format!("{:.1} T ({:.1} s work, {:.1} s merged)", all / alone, took.work, took.merged);
        figure(&name, value, &format!("{:.1} T", limit / alone));
        took.refused.iter().for_each(|said| figure(&format!("  not passed: {said}"), "-".to_owned(), "-"));
    }

    fn command(&self, bench: &Bench, program: &Path) -> std::process::Command {
        let mut command = bench.command(program);
        // Tool chains look into the user's home; caches of the bench stay its own.
        for (name, folder) in [("RUSTUP_HOME", ".rustup"), ("CARGO_HOME", ".cargo"), ("PYENV_ROOT", ".pyenv")] {
            if let (None, Some(home)) = (std::env::var_os(name), std::env::var_os("HOME")) {
                command.env(name, Path::new(&home).join(folder));
            }
        }
        command
    }

    fn execute(&self, bench: &Bench, task: &str, change: &[(&str, &str)]) -> Took {
        let from = bench.folder.path().join(format!("change-{task}"));
        let mut run = String::new();
        for (path, text) in change {
            // A second change that is another tree: what is kept of the first says nothing of it.
            let mark = if path.ends_with(".py") { "#" } else { "//" };
            let text = if task == "again" { format!("{text}{mark} again\n") } else { (*text).to_owned() };
            let file = from.join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, text).unwrap();
            run.push_str(&format!("mkdir -p $(dirname {path}) && cp {} {path}\n", file.display()));
        }
        let plan = serde_json::json!({"orca": 1, "tasks": [{"id": task, "title": "Scale sums", "run": run}]});
        let file = bench.folder.path().join("plan.json");
        std::fs::write(&file, plan.to_string()).unwrap();
        let mut command = self.command(bench, Path::new(env!("CARGO_BIN_EXE_git-orca")));
        let out = command.args(["execute", &file.display().to_string(), "--yes", "--quiet", "--new"]).output().unwrap();
        assert!(out.status.success() || out.status.code() == Some(5), "{}", String::from_utf8_lossy(&out.stderr));
        let store = Store::new(&bench.app().join(".git"));
        let journal = store.find(None).map(|paths| read_entries(&paths.journal()).unwrap());
        assert!(journal.is_ok(), "{}", String::from_utf8_lossy(&out.stderr));
        let took = took(&journal.unwrap());
        assert!(!took.gates.is_empty(), "no gate judged it: {}", String::from_utf8_lossy(&out.stdout));
        took
    }
}

fn write(bench: &Bench, path: &str, text: &str) {
    let file = bench.app().join(path);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, text).unwrap();
}

fn took(journal: &[Entry]) -> Took {
    let mut took = Took::default();
    let mut begun: BTreeMap<bool, f64> = BTreeMap::new();
    for entry in journal {
        let at = entry.at.as_microsecond() as f64 / 1e6;
        match &entry.event {
            Event::CheckIntended { subject, .. } if !matches!(subject, Subject::Base(_)) => {
                begun.entry(matches!(subject, Subject::Attempt(_))).or_insert(at);
            }
            Event::Judged { subject, gate, seconds, verdict, reason, .. } if !matches!(subject, Subject::Base(_)) => {
                let of_work = matches!(subject, Subject::Attempt(_));
                let since = at - begun[&of_work];
                if of_work {
                    took.work = took.work.max(since);
                    took.gates.insert(gate.to_string(), *seconds);
                } else {
                    took.merged = took.merged.max(since);
                }
                if !verdict.lets_through() {
                    took.refused.push(format!("{gate} {}: {reason}", verdict.word()));
                }
            }
            _ => {}
        }
    }
    took
}
