//! Projects as small maps of files.

use super::*;
use crate::model::MapFiles;
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
const NODE: &[(&str, &str)] = &[
    ("package-lock.json", "{}"),
    ("package.json", r#"{"scripts": {"test": "vitest", "lint": "eslint ."}, "devDependencies": {"vitest": "4"}}"#),
    ("src/a.ts", ""),
    ("tsconfig.json", "{}"),
];
const PLAIN_NODE: &[(&str, &str)] = &[("package.json", r#"{"scripts": {"test": "node --test"}}"#), ("a.js", "")];
const GO: &[(&str, &str)] = &[("go.mod", "module a"), ("a.go", ""), ("a_test.go", "")];
const MIXED: &[(&str, &str)] = &[
    ("backend/pyproject.toml", ""),
    ("backend/test_a.py", ""),
    ("frontend/package.json", r#"{"scripts": {"test": "node --test"}}"#),
    ("frontend/a.js", ""),
    ("node_modules/x/package.json", r#"{"scripts": {"test": "jest"}}"#),
];

/// (project, installed, set-up known) → gates as `name: run`, left out.
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
        let shown: Vec<String> = found.gates.iter().map(|gate| format!("{}: {}", gate.name, gate.run)).collect();
        assert_eq!(shown, *gates, "{list:?}");
        let left: Vec<String> = found.left_out.iter().map(|left| format!("{}: {}", left.what, left.how)).collect();
        assert_eq!(left, *left_out, "{list:?}");
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
    assert_eq!(node.units[0].language, Language::TypeScript);
    assert!(read(&files(PYTHON)).unwrap().wants_env);
    assert_eq!(read(&files(&[])).unwrap(), Project::default());
}

#[test]
fn the_written_file_is_valid_as_it_is_and_with_everything_switched_on() {
    for (list, installed, ..) in CASES {
        let project = read(&files(list)).unwrap();
        let detected = detect(&project, &|tool| installed.contains(&tool), true);
        let text = orca_toml(&project, &detected, Some("claude"));
        let (content, problems) = OrcaFile::read("orca.toml", &text);
        assert_eq!(problems, [], "{text}");
        assert_eq!(content.gates.iter().map(|(gate, _)| gate.clone()).collect::<Vec<_>>(), detected.gates);
        assert_eq!(content.worktree.setup, detected.setup);
        let all: Vec<String> = text.lines().map(switched_on).collect();
        let (content, problems) = OrcaFile::read("orca.toml", &all.join("\n"));
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
