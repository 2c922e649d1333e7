//! Projects as small maps of files.

use super::*;
use crate::model::{GateDef, GateKind, MapFiles, TOOLS};
use crate::settings::OrcaFile;

fn files(list: &[(&str, &str)]) -> MapFiles {
    MapFiles(list.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect())
}

const RUST: &[(&str, &str)] = &[
    ("AGENTS.md", "Use tabs."),
    ("CLAUDE.md", "Use tabs.\n"),
    ("Cargo.toml", "[package]\nname = 'a'\n[lints.clippy]\nall = 'warn'"),
    ("README.md", "# a\n[![x](y)](z)\n\nA small\nlibrary.\n\nMore."),
    ("src/lib.rs", "#[test]\nfn a() {}"),
    ("tests/fixtures/package.json", "{}"),
];
const PYTHON: &[(&str, &str)] =
    &[(".env.example", "A="), ("pyproject.toml", "[tool.ruff]"), ("shop/cart.py", ""), ("tests/test_cart.py", "")];
const CASE: &str = "from unittest import TestCase\n\nclass A(TestCase):\n    def test_a(self):\n        pass\n";
const UNITTEST: &[(&str, &str)] = &[("a.py", ""), ("tests/test_a.py", CASE)];
const LOCKED: &[(&str, &str)] =
    &[("pyproject.toml", ""), ("tests/test_a.py", CASE), ("uv.lock", "name = \"pytest-cov\"")];
const NODE: &[(&str, &str)] = &[
    ("package-lock.json", "{}"),
    ("package.json", r#"{"scripts": {"test": "vitest", "lint": "eslint ."}, "devDependencies": {"vitest": "4"}}"#),
    ("src/a.ts", ""),
    ("tsconfig.json", "{}"),
];
const PLAIN_NODE: &[(&str, &str)] = &[("package.json", r#"{"scripts": {"test": "tape test/all.js"}}"#), ("a.js", "")];
const GO: &[(&str, &str)] = &[("go.mod", "module a"), ("a.go", ""), ("a_test.go", "")];
const MIXED: &[(&str, &str)] = &[
    ("backend/pyproject.toml", ""),
    ("backend/test_a.py", ""),
    ("frontend/package.json", r#"{"scripts": {"test": "tape test/all.js"}}"#),
    ("frontend/a.js", ""),
    ("node_modules/x/package.json", r#"{"scripts": {"test": "jest"}}"#),
];

/// (project, installed, setup known) → gates as `name: run`, left out.
type Case = (
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
    bool,
    &'static [&'static str],
    &'static [&'static str],
);

const CASES: &[Case] = &[
    (RUST, &["cargo"], false, &["test: cargo test"], &[]),
    (RUST, &[], false, &[], &["cargo test: `cargo` is missing (install Rust: https://rustup.rs)"]),
    (
        &[("Cargo.toml", "[workspace]")],
        &["cargo"],
        false,
        &["test: cargo test --workspace"],
        &["tests: none found yet: `cargo test --workspace` proves only that everything compiles"],
    ),
    (PYTHON, &["pytest"], false, &["test: pytest"], &[]),
    (PYTHON, &["python3"], false, &[], &["pytest: `pytest` is missing (pip install pytest)"]),
    (UNITTEST, &["pytest", "python3"], false, &["test: pytest"], &[]),
    (UNITTEST, &["python3"], false, &["test: python3 -m unittest discover -s tests"], &[]),
    (
        &[("a.py", ""), ("tests/__init__.py", ""), ("tests/test_a.py", CASE)],
        &["python3"],
        false,
        &["test: python3 -m unittest"],
        &[],
    ),
    (LOCKED, &["uv", "pytest"], false, &["test: uv run pytest"], &[]),
    (LOCKED, &["pytest", "python3"], false, &["test: pytest"], &[]),
    (LOCKED, &["python3"], false, &["test: python3 -m unittest discover -s tests"], &[]),
    (LOCKED, &[], false, &[], &["uv run pytest: `uv` is missing (install uv: https://docs.astral.sh/uv)"]),
    (&[("setup.py", ""), ("a.py", "")], &["pytest"], false, &[], &["pytest: there are no tests yet"]),
    (NODE, &["npm"], true, &["test: CI=1 npm test"], &[]),
    (
        NODE,
        &["npm"],
        false,
        &[],
        &["CI=1 npm test: a fresh worktree needs `npm ci` first; put it into orca.toml: git orca init"],
    ),
    (PLAIN_NODE, &["npm"], false, &["test: npm test"], &[]),
    (&[("package.json", "{")], &["npm"], false, &[], &["tests: `package.json` cannot be read as JSON"]),
    (
        &[("package.json", "{}")],
        &["npm"],
        false,
        &[],
        &["tests: `package.json` has no test script; write one under \"scripts\""],
    ),
    (GO, &["go"], false, &["test: go test ./..."], &[]),
    (
        MIXED,
        &["pytest", "npm"],
        false,
        &["test-backend: (cd backend && pytest)", "test-frontend: (cd frontend && npm test)"],
        &[],
    ),
    (&[("main.c", "")], &["make"], false, &[], &[]),
];

#[test]
fn only_what_can_be_checked_here_is_on() {
    for (list, installed, has_setup, gates, left_out) in CASES {
        let project = read(&files(list)).unwrap();
        let found = detect(&project, &|tool| installed.contains(&tool), *has_setup);
        let tests = |gate: &&GateDef| gate.kind == GateKind::Command;
        let shown: Vec<String> =
            found.gates.iter().filter(tests).map(|gate| format!("{}: {}", gate.name, gate.run)).collect();
        assert_eq!(shown, *gates, "{list:?}");
        let proof = left_out_of_proof(&found);
        assert_eq!(proof, list.iter().any(|(_, text)| text.contains("tape ")) && !gates.is_empty(), "{list:?}");
        let tool = |left: &&UncheckedTool| {
            left.what == "coverage"
                || left.what.starts_with("proof by tests")
                || TOOLS.iter().any(|tool| tool.checks == left.what)
        };
        let left: Vec<String> = found
            .left_out
            .iter()
            .filter(|left| !tool(left))
            .map(|left| format!("{}: {}", left.what, left.how))
            .collect();
        assert_eq!(left, *left_out, "{list:?}");
    }
}

/// Whether it says that the worth of some tests cannot be proved here.
fn left_out_of_proof(found: &Detected) -> bool {
    found.left_out.iter().any(|left| left.how.contains("write [gates.tdd]"))
}

/// A gate that could never pass would block everything once `init` has written it down.
#[test]
fn tests_whose_report_nobody_knows_have_no_proof() {
    for (list, proves) in [(NODE, true), (PLAIN_NODE, false)] {
        let found = detect(&read(&files(list)).unwrap(), &|_| true, true);
        assert_eq!(found.gates.iter().any(|gate| gate.kind == GateKind::Tdd && !gate.only_reads), proves, "{list:?}");
        assert_eq!(left_out_of_proof(&found), !proves, "{list:?}");
    }
    for (script, proves) in [("eslint . && vitest run", true), ("tsc && vitest run", false)] {
        let text = serde_json::json!({"scripts": {"test": script}}).to_string();
        let found = detect(&read(&files(&[("package.json", &text), ("a.test.js", "")])).unwrap(), &|_| true, true);
        assert_eq!(left_out_of_proof(&found), !proves, "{script}");
        // What lints besides has to run as well.
        assert!(found.gates.iter().all(|gate| !gate.as_proof), "{script}");
    }
}

#[test]
fn gates_of_folders_apply_to_their_folders() {
    let project = read(&files(MIXED)).unwrap();
    let found = detect(&project, &|_| true, false);
    assert_eq!(found.gates[0].paths, ["backend/**"]);
}

#[test]
fn facts_of_a_project() {
    let project = read(&files(RUST)).unwrap();
    assert_eq!(project.in_words(), "Rust");
    assert_eq!(project.summary, "A small library.");
    assert_eq!(project.instructions.len(), 1, "the same text under two names counts once");
    assert_eq!(project.test_folders, Vec::<String>::new(), "fixtures are not the project's own");
    assert_eq!((project.layout["."], project.layout["src"]), (4, 1));
    assert_eq!(project.units[0].lint.as_deref(), Some("cargo clippy --all-targets"));
    let node = read(&files(NODE)).unwrap();
    assert_eq!(node.units[0].language, crate::source::Language::TypeScript);
    assert!(read(&files(PYTHON)).unwrap().wants_env);
    assert_eq!(read(&files(&[])).unwrap(), Project::default());
}

#[test]
fn the_written_file_is_valid_as_it_is_and_with_everything_switched_on() {
    for (list, installed, ..) in CASES {
        let project = read(&files(list)).unwrap();
        let detected = detect(&project, &|tool| installed.contains(&tool), true);
        let text = orca_toml(&project, &detected, Some("claude"));
        let (content, problems) = OrcaFile::read("orca.toml", &text, crate::gate::kinds());
        assert_eq!(problems, [], "{text}");
        let asked = |gate: &GateDef| GateDef { detected: false, as_proof: false, ..gate.clone() };
        let asked: Vec<GateDef> = detected.gates.iter().filter(|gate| !gate.only_reads).map(asked).collect();
        assert_eq!(content.gates.iter().map(|(gate, _)| gate.clone()).collect::<Vec<_>>(), asked);
        assert_eq!(content.worktree.setup, detected.setup);
        let all: Vec<String> = text.lines().map(switched_on).collect();
        let (content, problems) = OrcaFile::read("orca.toml", &all.join("\n"), crate::gate::kinds());
        assert_eq!(problems, [], "{}", all.join("\n"));
        assert!(content.agents.contains_key("mine") && content.deploy.is_some() && !content.gates.is_empty());
    }
}

fn switched_on(line: &str) -> String {
    match line.strip_prefix('#') {
        Some(setting) if !setting.starts_with(' ') => setting.to_owned(),
        _ => line.to_owned(),
    }
}

/// Names of a project's own gates with their tools or commands, and what is left out of them.
fn own_gates(list: &[(&str, &str)], installed: &[&str], has_setup: bool) -> (Vec<String>, Vec<String>) {
    let found = detect(&read(&files(list)).unwrap(), &|tool| installed.contains(&tool), has_setup);
    let own = found.gates.iter().filter(|gate| gate.kind != GateKind::Command);
    let shown = own.map(|gate| {
        let what = gate.tools.as_ref().map_or_else(|| gate.run.clone(), |tools| tools.join(" "));
        format!("{}: {what}", gate.name)
    });
    (shown.collect(), found.left_out.into_iter().map(|left| format!("{}: {}", left.what, left.how)).collect())
}

#[test]
fn security_performance_and_review_take_what_is_there_and_name_what_is_not() {
    let (gates, left) = own_gates(PYTHON, &["pytest", "ruff"], false);
    assert_eq!(gates, ["tdd: pytest", "security: ", "review: ruff"]);
    let coverage = "coverage: `pytest-cov` is missing (pip install pytest-cov)";
    assert_eq!(left, [coverage, "insecure Python: `bandit` is missing (pip install bandit)"]);
    let (gates, _) = own_gates(RUST, &["cargo", "cargo-fmt", "cargo-clippy"], false);
    assert_eq!(gates, ["tdd: cargo test", "security: ", "review: clippy rustfmt"]);
    let (gates, left) = own_gates(NODE, &["npm", "node"], false);
    assert_eq!(gates, ["security: npm-audit", "review: ", "tdd: "], "tests cannot run without setup, and are read");
    assert!(left.iter().any(|left| left.starts_with("CI=1 npm test: ")));
    let (gates, left) = own_gates(&[("main.c", "")], &["make"], false);
    assert!(gates.is_empty() && left.is_empty(), "no language that is known");
    let (gates, _) = own_gates(GO, &["go", "gofmt"], false);
    assert_eq!(gates, ["tdd: go test ./...", "security: ", "review: go-vet gofmt"]);
    let measured = detect(&read(&files(GO)).unwrap(), &|_| true, false).measurable.unwrap();
    assert_eq!(measured.run, "go test -count=1 ./...", "only where somebody asks for it");
    let (gates, _) = own_gates(MIXED, &["pytest", "npm", "pytest-cov"], false);
    assert_eq!(gates[0], "tdd: ", "it finds the part that a change belongs to");
}

#[test]
fn what_nobody_asked_for_blocks_only_when_it_fails() {
    use crate::model::Verdict;
    let found = detect(&read(&files(PYTHON)).unwrap(), &|_| true, false);
    let gate = |kind| found.gates.iter().find(|gate| gate.kind == kind).unwrap();
    let security = gate(GateKind::Security);
    assert!(security.lets_through(Verdict::Unchecked) && !security.lets_through(Verdict::Fail));
    assert!(found.gates.iter().all(|gate| gate.kind != GateKind::Performance), "nobody measures unasked");
    let asked = GateDef { detected: false, ..security.clone() };
    assert!(!asked.lets_through(Verdict::Unchecked));
}

#[test]
fn tools_that_somebody_chose_stay() {
    let project = read(&files(PYTHON)).unwrap();
    let mut gate = GateDef::new("review".parse().unwrap(), GateKind::Review);
    gate.tools = Some(vec!["mypy".to_owned()]);
    assert!(choose_tools(&project, &|_| false, false, &mut gate).is_empty());
    assert_eq!(gate.tools.as_deref(), Some(&["mypy".to_owned()][..]), "missing or not: it was asked for");
    gate.tools = None;
    assert_eq!(choose_tools(&project, &|_| false, false, &mut gate).len(), 1);
    assert_eq!(gate.tools, Some(Vec::new()));
}

#[test]
fn own_gates_leave_the_others_on() {
    let own = GateDef { run: "make test".into(), ..GateDef::new("test".parse().unwrap(), GateKind::Command) };
    let found = |list: &[(&str, &str)], own: &[GateDef]| {
        let found = beside(&read(&files(list)).unwrap(), own).gates;
        let word = |gate: &GateDef| {
            if gate.only_reads {
                "reads"
            } else if gate.required {
                "blocks"
            } else {
                "tells"
            }
        };
        found.iter().map(|gate| format!("{} {}", gate.name, word(gate))).collect::<Vec<_>>()
    };
    assert_eq!(found(RUST, std::slice::from_ref(&own)), ["tdd reads", "security tells", "review tells"]);
    let security = GateDef::new("safe".parse().unwrap(), GateKind::Security);
    assert_eq!(found(RUST, &[own.clone(), security]), ["tdd reads", "review tells"]);
    let taken = GateDef { kind: GateKind::Command, ..GateDef::new("TDD".parse().unwrap(), GateKind::Command) };
    assert_eq!(found(RUST, &[taken]), ["security tells", "review tells"], "its name is taken");
    assert_eq!(found(&[("main.c", "")], std::slice::from_ref(&own)), [""; 0]);
    let all = ["tdd reads", "security tells", "review tells"];
    assert_eq!(found(&[("tests/test_a.py", "")], std::slice::from_ref(&own)), all, "a project without a manifest");
    assert_eq!(found(&[("main.c", ""), ("test/a/test_a.py", "")], &[own]), ["tdd reads"], "it is about something else");
}

#[test]
fn coverage_is_what_the_environment_of_the_tests_can_measure() {
    let told = |list: &[(&str, &str)], installed: &[&str]| {
        let (_, left) = own_gates(list, installed, true);
        left.into_iter().find(|left| left.starts_with("coverage: ")).unwrap_or_default()
    };
    let test = ("tests/test_a.py", "");
    let python = |lock: &'static str, text: &'static str| [("pyproject.toml", ""), (lock, text), test];
    let all = ["pytest", "uv", "poetry", "pytest-cov", "npm"];
    let (without, with) = ("name = \"pytest\"\n", "name = \"pytest\"\n[[package]]\nname = \"pytest-cov\"\n");
    assert_eq!(
        told(&python("uv.lock", without), &all),
        "coverage: `pytest-cov` is not in uv.lock (uv add --dev pytest-cov)"
    );
    assert!(told(&python("poetry.lock", without), &all).contains("poetry add --group dev pytest-cov"));
    assert_eq!(told(&python("uv.lock", with), &["uv"]), "", "what the user has installed is no matter");
    assert_eq!(told(&python("a.txt", ""), &all), "");
    let node = |dev: &'static str| [("package.json", dev), ("a.test.js", "")];
    let bare = r#"{"scripts": {"test": "vitest run"}, "devDependencies": {"vitest": "4"}}"#;
    assert!(told(&node(bare), &all).contains("npm install -D @vitest/coverage-v8"));
    let has = r#"{"scripts": {"test": "vitest run"}, "devDependencies": {"vitest": "4", "@vitest/coverage-v8": "4"}}"#;
    assert_eq!(told(&node(has), &all), "");
    assert!(told(&node(r#"{"scripts": {"test": "node --test"}}"#), &all).contains("node --test"));
}

/// What only its own runner finds, or another one does, is not claimed.
#[test]
fn python_without_pytest_runs_what_its_own_runner_finds() {
    let run = |list: &[(&str, &str)]| {
        let project = read(&files(list)).unwrap();
        project.units[0].test.clone().unwrap().with(&|tool| tool == "python3").run
    };
    let (a, b) = (("tests/unit/test_a.py", CASE), ("tests/test_b.py", CASE));
    let package = |path: &'static str| (path, "");
    let asynchronous =
        "import unittest\nclass A(unittest.IsolatedAsyncioTestCase):\n    async def test_a(self): pass\n";
    let functions = "from unittest import mock, TestCase\nclass A(TestCase):\n    pass\n\ndef test_a():\n    pass\n";
    let table: &[(&[(&str, &str)], &str)] = &[
        (&[("test_a.py", CASE)], "python3 -m unittest"),
        (&[("test_a.py", asynchronous)], "python3 -m unittest"),
        (&[b, a, package("tests/unit/__init__.py")], "python3 -m unittest discover -s tests"),
        (&[b, a], "pytest"),
        (&[b, a, package("tests/unit/__init__.py"), package("tests/__init__.py")], "python3 -m unittest"),
        (&[("setup.py", ""), a], "python3 -m unittest discover -s tests/unit"),
        (&[b, ("tests/test_data.py", "X = 1\n")], "python3 -m unittest discover -s tests"),
        (&[b, ("tests/test_c.py", functions)], "pytest"),
        (&[b, ("tests/test_c.py", "def test_c():\n    assert 1\n")], "pytest"),
        (&[b, ("tests/test_c.py", "import unittest\nimport pytest\nclass A(unittest.TestCase): pass\n")], "pytest"),
        (&[b, ("tests/a_test.py", CASE)], "pytest"),
        (&[b, ("tests/conftest.py", "")], "pytest"),
        (&[("manage.py", ""), b], "pytest"),
        (&[("setup.py", ""), ("test_a.py", CASE), b], "pytest"),
    ];
    for (list, expected) in table {
        let mut list = list.to_vec();
        list.sort_unstable();
        assert_eq!(run(&list), *expected, "{list:?}");
    }
}

#[test]
fn lock_files_say_what_a_fresh_worktree_needs() {
    const DEPENDS: &str = r#"{"scripts": {"test": "vitest run"}, "devDependencies": {"vitest": "4"}}"#;
    const UNTESTED: &str = r#"{"dependencies": {"left-pad": "1"}}"#;
    let (py, rb) = (("pyproject.toml", ""), ("Gemfile", ""));
    let test = ("tests/test_a.py", CASE);
    let (package, untested) = (("package.json", DEPENDS), ("package.json", UNTESTED));
    // (files, programs that are installed) → setup
    type Row<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str], Option<&'a str>);
    let table: &[Row<'_>] = &[
        (&[py, ("uv.lock", ""), test], &["uv"], Some("uv sync")),
        (&[py, ("uv.lock", ""), test], &["pytest"], None),
        (&[py, ("poetry.lock", ""), test], &["poetry"], Some("poetry install")),
        (&[py, ("poetry.lock", "")], &["poetry"], Some("poetry install")),
        (&[("Pipfile", ""), ("Pipfile.lock", "{}"), test], &["pipenv", "pytest"], Some("pipenv sync --dev")),
        (&[rb, ("Gemfile.lock", ""), ("a.rb", "")], &["bundle"], Some("bundle install")),
        (&[rb, ("Gemfile.lock", ""), ("a.rb", "")], &[], None),
        (&[rb, ("a.rb", "")], &["bundle"], None),
        (&[("composer.json", "{}"), ("composer.lock", "{}")], &["composer"], Some("composer install")),
        (&[("mix.exs", ""), ("mix.lock", "")], &["mix"], Some("mix deps.get")),
        (&[package, ("package-lock.json", "{}")], &["npm"], Some("npm ci")),
        (&[package, ("pnpm-lock.yaml", "")], &["pnpm", "npm"], Some("pnpm install --frozen-lockfile")),
        (&[package, ("yarn.lock", "")], &["yarn", "npm"], Some("yarn install --immutable")),
        (&[package, ("bun.lock", "")], &["bun", "npm"], Some("bun install --frozen-lockfile")),
        (
            &[package, ("package-lock.json", "{}"), ("yarn.lock", "")],
            &["yarn", "npm"],
            Some("yarn install --immutable"),
        ),
        (&[untested, ("package-lock.json", "{}")], &["npm"], Some("npm ci")),
        (
            &[package, ("package-lock.json", "{}"), rb, ("Gemfile.lock", "")],
            &["npm", "bundle"],
            Some("npm ci && bundle install"),
        ),
        (
            &[("api/pyproject.toml", ""), ("api/uv.lock", ""), ("api/test_a.py", CASE)],
            &["uv"],
            Some("(cd api && uv sync)"),
        ),
    ];
    for (list, installed, expected) in table {
        let mut list = list.to_vec();
        list.sort_unstable();
        let found = detect(&read(&files(&list)).unwrap(), &|tool| installed.contains(&tool), false);
        assert_eq!(found.setup.as_deref(), *expected, "{list:?} with {installed:?}");
    }
}

#[test]
fn a_setup_that_cannot_run_here_is_not_written() {
    let project = read(&files(NODE)).unwrap();
    assert_eq!(detect(&project, &|tool| tool == "npm", true).setup.as_deref(), Some("npm ci"));
    let found = detect(&project, &|_| false, true);
    assert_eq!(found.setup, None);
    assert!(found.left_out.iter().any(|left| left.how.contains("`npm` is missing")), "{:?}", found.left_out);
}
