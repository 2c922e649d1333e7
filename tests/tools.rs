//! Real scanners, linters and formatters in real projects: a good change passes, bad ones are refused by the right gate at
//! the right line. `.ci/run` installs them into a cache outside the tree; without it these tests say that they are skipped.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod support;

use std::path::{Path, PathBuf};

use git_orca::journal::{Event, Subject};
use git_orca::model::Verdict;
use serde_json::json;
use support::{Bed, TestRequirement, needs};

/// A folder of the cache that `.ci/run` fills, if it has `program`.
fn cached(folder: &str, program: &str) -> Option<PathBuf> {
    let cache = std::env::var_os("ORCA_CI_CACHE").map(PathBuf::from);
    let cache = cache.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cache/orca-ci")))?;
    let folder = cache.join(folder);
    folder.join(program).exists().then_some(folder)
}

/// A project, the folder whose programs it uses, and its `orca.toml`.
struct Project {
    bed: Bed,
    path: String,
}

impl Project {
    fn new(programs: &Path, files: &[(&str, &str)], toml: &str) -> Project {
        let bed = Bed::new();
        bed.toml(toml);
        files.iter().for_each(|(path, text)| bed.write(path, text));
        bed.commit("a project");
        let own = bed.root().join("bin");
        let path = format!("{}:{}:{}", own.display(), programs.display(), std::env::var("PATH").unwrap());
        Project { bed, path }
    }

    /// Runs one task that writes these files; gives its exit code and what gates found: `gate rule file:line`, and
    /// `gate: reason` for what could not be checked.
    fn change(&self, files: &[(&str, &str)]) -> (i32, Vec<String>) {
        let mut run = String::new();
        for (n, (path, text)) in files.iter().enumerate() {
            // The shell's own quoting stays out of it: the texts lie beside the repository.
            let source = self.bed.out(&format!("new-{n}"));
            std::fs::write(&source, text).unwrap();
            run.push_str(&format!("mkdir -p \"$(dirname {path})\"; cp {} {path}; announce {path}\n", source.display()));
        }
        self.bed.plan(json!([{"id": "A", "run": run}]));
        let toolchain = ["RUSTUP_HOME", "CARGO_HOME", "RUSTUP_TOOLCHAIN"].map(|name| (name, std::env::var(name)));
        let mut env = vec![("PATH", self.path.as_str())];
        env.extend(toolchain.iter().filter_map(|(name, value)| Some((*name, value.as_deref().ok()?))));
        let output = self.bed.spawn_with(&["execute", "--yes", "--new"], &env).wait();
        let mut found = Vec::new();
        for entry in self.bed.journal() {
            let Event::Judged { subject: Subject::Attempt(_), gate, verdict, reason, findings, .. } = entry.event
            else {
                continue;
            };
            if verdict == Verdict::Unchecked {
                found.push(format!("{gate}: {reason}"));
            }
            let of_failure = findings.iter().filter(|_| verdict == Verdict::Fail);
            found.extend(of_failure.map(|found| format!("{gate} {} {}:{}", found.rule, found.file, found.line)));
        }
        (output.code, found)
    }

    #[track_caller]
    fn passes(&self, files: &[(&str, &str)]) {
        assert_eq!(self.change(files), (0, Vec::new()));
    }

    #[track_caller]
    fn refuses(&self, files: &[(&str, &str)], expected: &str) {
        let (code, found) = self.change(files);
        assert_eq!(code, 5, "{found:?}");
        assert!(found.iter().any(|one| one == expected), "{expected} is not in {found:?}");
        assert!(!found.iter().any(|one| one.contains(": ")), "something could not be checked: {found:?}");
    }
}

const CART: &str =
    "\"\"\"A cart.\"\"\"\n\n\ndef total(prices: list[int]) -> int:\n    \"\"\"Adds up.\"\"\"\n    return sum(prices)\n";

const PYTHON: &str = "[gates.security]\nkind = \"security\"\ntools = [\"bandit\"]\n\
    [gates.review]\nkind = \"review\"\ntools = [\"ruff\", \"ruff-format\", \"mypy\", \"pylint\", \"lizard\"]\n";

/// Far from its limits, because the machine may be busy.
const SPEED: &str = "[gates.performance]\nkind = \"performance\"\nrun = \"python bench.py\"\nlimit = 3\nmemory_limit = 3\nrepeats = 15\n";

fn python(toml: &str) -> Option<Project> {
    let programs = cached("python", "bin/ruff")?.join("bin");
    let files = [
        ("cart.py", CART),
        ("bench.py", "import cart\n\nfor _ in range(20):\n    cart.total(list(range(100_000)))\n"),
        ("pyproject.toml", "[project]\nname = \"shop\"\nversion = \"1\"\n"),
        ("requirements.txt", "click==8.1.7\n"),
        (".pylintrc", "[MESSAGES CONTROL]\ndisable=all\nenable=E\n"),
    ];
    Some(Project::new(&programs, &files, toml))
}

/// The cart with more below it.
fn cart_and(more: &str) -> String {
    format!("{CART}\n\n{more}")
}

#[test]
fn changes_of_a_python_project() {
    let Some(project) = python(PYTHON) else { return needs(TestRequirement::PythonTools) };
    let good = cart_and("def count(prices: list[int]) -> int:\n    \"\"\"Counts.\"\"\"\n    return len(prices)\n");
    project.passes(&[("cart.py", &good)]);

    let unused = format!("\"\"\"A cart.\"\"\"\n\nimport os\n{}", CART.split_once("\"\"\"\n").unwrap().1);
    project.refuses(&[("cart.py", &unused)], "review F401 cart.py:3");
    let typed = cart_and("def count(prices: list[int]) -> str:\n    \"\"\"Counts.\"\"\"\n    return len(prices)\n");
    project.refuses(&[("cart.py", &typed)], "review return-value cart.py:11");
    let format = cart_and("def count( prices: list[int] ) -> int:\n    \"\"\"Counts.\"\"\"\n    return len(prices)\n");
    project.refuses(&[("cart.py", &format)], "review ruff-format cart.py:7");
    let shell = cart_and("import subprocess\n\nsubprocess.run(input(), shell=True)\n");
    project.refuses(&[("cart.py", &shell)], "security B602 cart.py:11");
    let key = format!("KEY = \"{}{}\"\n", "npm_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    project.refuses(&[("settings.py", &key)], "security npm-token settings.py:1");
    project.refuses(&[("note.py", "X = 1  # \u{202e}\n")], "security bidi note.py:1");
    project.refuses(&[("requirements.txt", "click==8.1.7\nrequests\n")], "security unpinned requirements.txt:2");
    let foreign = "--extra-index-url https://x.invalid/simple\nclick==8.1.7\n";
    project.refuses(&[("requirements.txt", foreign)], "security foreign-source requirements.txt:1");
    let branches: String = (0..20).map(|n| format!("    if x == {n}:\n        return {n}\n")).collect();
    let complex = cart_and(&format!("def pick(x: int) -> int:\n    \"\"\"Picks.\"\"\"\n{branches}    return 0\n"));
    project.refuses(&[("cart.py", &complex)], "review too-complex cart.py:9");
}

#[test]
fn a_python_project_that_gets_slower_or_larger() {
    let Some(project) = python(SPEED) else { return needs(TestRequirement::PythonTools) };
    let slow = CART.replace("    return", "    for _ in range(60):\n        sum(prices)\n    return");
    project.refuses(&[("cart.py", &slow)], "performance slower cart.py:6");
    let large = CART.replace("    return", "    prices = prices * 200\n    return");
    let (_, found) = project.change(&[("cart.py", &large)]);
    assert!(found.contains(&"performance memory cart.py:6".to_owned()), "{found:?}");
}

#[test]
fn an_unconfigured_python_project_uses_what_is_installed() {
    let Some(programs) = cached("python", "bin/ruff") else { return needs(TestRequirement::PythonTools) };
    let files = [("pyproject.toml", "[project]\nname = \"shop\"\n"), ("cart.py", CART)];
    let project = Project::new(&programs.join("bin"), &files, "");
    let more = cart_and("import subprocess\n\nsubprocess.run(input(), shell=True)\n");
    project.refuses(&[("cart.py", &more)], "security B602 cart.py:11");
    project.refuses(&[("cart.py", &cart_and("import os\n"))], "review F401 cart.py:9");
}

#[test]
fn pip_audit_that_cannot_audit_is_unchecked() {
    let Some(programs) = cached("python", "bin/pip-audit") else { return needs(TestRequirement::PythonTools) };
    let toml = "[gates.security]\nkind = \"security\"\ntools = [\"pip-audit\"]\n";
    let project = Project::new(&programs.join("bin"), &[("requirements.txt", "")], toml);
    // An address that nobody listens at, so that nothing leaves this machine.
    let wrapper = project.bed.out("").parent().unwrap().join("bin/pip-audit");
    let real = programs.join("bin/pip-audit");
    let text = format!(
        "#!/bin/sh\nexport HTTPS_PROXY=http://127.0.0.1:9 HTTP_PROXY=http://127.0.0.1:9 PIP_INDEX_URL=http://127.0.0.1:9\n\
         exec {} --disable-pip --no-deps \"$@\"\n",
        real.display()
    );
    std::fs::write(&wrapper, text).unwrap();
    std::fs::set_permissions(&wrapper, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let (code, found) = project.change(&[("requirements.txt", "click==8.1.7\n")]);
    assert_eq!(code, 5);
    assert!(found.iter().any(|one| one.starts_with("security: pip-audit: ")), "{found:?}");
}

const WEB: &str = "[gates.review]\nkind = \"review\"\ntools = [\"eslint\", \"tsc\", \"prettier\"]\n[gates.security]\nkind = \"security\"\ntools = []\n";

#[test]
fn changes_of_a_typescript_project() {
    let Some(node) = cached("node", "node_modules/.bin/eslint") else { return needs(TestRequirement::NodeTools) };
    let files = [
        ("package.json", "{\n  \"name\": \"web\",\n  \"type\": \"module\"\n}\n"),
        (
            "tsconfig.json",
            "{ \"compilerOptions\": { \"strict\": true, \"noEmit\": true, \"types\": [] }, \"include\": [\"src\"] }\n",
        ),
        ("eslint.config.js", "export default [{ files: [\"**/*.js\"], rules: { \"no-unused-vars\": \"error\" } }];\n"),
        ("src/a.ts", "export const a: number = 1;\n"),
        ("src/b.js", "export const b = 1;\n"),
    ];
    let project = Project::new(&node.join("node_modules/.bin"), &files, WEB);
    project.passes(&[("src/a.ts", "export const a: number = 2;\n")]);
    project.refuses(
        &[("src/a.ts", "export const a: number = 1;\nexport const c: number = \"x\";\n")],
        "review TS2322 src/a.ts:2",
    );
    project.refuses(&[("src/b.js", "export const b = 1;\nconst unused = 2;\n")], "review no-unused-vars src/b.js:2");
    project
        .refuses(&[("src/a.ts", "export const a: number = 1;\nexport const   d = 1\n")], "review prettier src/a.ts:2");
    let package =
        "{\n  \"name\": \"web\",\n  \"type\": \"module\",\n  \"dependencies\": { \"x\": \"github:a/b\" }\n}\n";
    project.refuses(&[("package.json", package)], "security foreign-source package.json:4");
}

const RUST: &str = "[gates.review]\nkind = \"review\"\ntools = [\"clippy\", \"rustfmt\"]\n[gates.security]\nkind = \"security\"\ntools = []\n";

#[test]
fn changes_of_a_rust_project() {
    let clippy = std::process::Command::new("cargo").args(["clippy", "--version"]).output();
    if !clippy.is_ok_and(|output| output.status.success()) {
        return needs(TestRequirement::Clippy);
    }
    let lib = "//! Sums.\n\n/// Adds.\npub fn add(a: u8, b: u8) -> u8 {\n    a + b\n}\n";
    let files = [
        ("Cargo.toml", "[package]\nname = \"sums\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
        (
            "Cargo.lock",
            "# This file is automatically @generated by Cargo.\n# It is not intended for manual editing.\nversion = 4\n\n[[package]]\nname = \"sums\"\nversion = \"0.1.0\"\n",
        ),
        ("src/lib.rs", lib),
    ];
    let project = Project::new(Path::new("/nowhere"), &files, RUST);
    let ignore = std::fs::read_to_string(project.bed.repo().join(".gitignore")).unwrap();
    project.bed.write(".gitignore", &format!("{ignore}target/\n"));
    project.bed.commit("ignore builds");
    let with = |more: &str| format!("{lib}\n{more}");
    project.passes(&[("src/lib.rs", &with("/// Halves.\npub fn half(a: u8) -> u8 {\n    a / 2\n}\n"))]);
    let lint = with("/// Compares.\npub fn yes(a: bool) -> bool {\n    a == true\n}\n");
    project.refuses(&[("src/lib.rs", &lint)], "review clippy::bool_comparison src/lib.rs:10");
    project
        .refuses(&[("src/lib.rs", &with("/// Halves.\npub fn half(a:u8)->u8 {a/2}\n"))], "review rustfmt src/lib.rs:7");
    let manifest = "[package]\nname = \"sums\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\nx = { git = \"https://x.invalid/x\" }\n";
    let (code, found) = project.change(&[("Cargo.toml", manifest)]);
    assert_eq!((code, found), (5, vec!["security foreign-source Cargo.toml:7".to_owned()]));
}

const GO: &str = "[gates.review]\nkind = \"review\"\ntools = [\"go-vet\", \"gofmt\"]\n[gates.security]\nkind = \"security\"\ntools = []\n";

#[test]
fn changes_of_a_go_project() {
    if std::process::Command::new("go").arg("version").output().is_err() {
        return needs(TestRequirement::Go);
    }
    let text = "package sums\n\nimport \"fmt\"\n\n// Say says.\nfunc Say(n int) { fmt.Printf(\"%d\\n\", n) }\n";
    let project = Project::new(Path::new("/nowhere"), &[("go.mod", "module sums\n\ngo 1.19\n"), ("a.go", text)], GO);
    let with = |more: &str| format!("{text}\n{more}");
    project.passes(&[("a.go", &with("// More says more.\nfunc More() { Say(2) }\n"))]);
    project.refuses(
        &[("a.go", &with("// Bad says.\nfunc Bad() { fmt.Printf(\"%d\\n\", \"x\") }\n"))],
        "review go-vet a.go:9",
    );
    project.refuses(&[("a.go", &with("func  bad() {}\n"))], "review gofmt a.go:7");
    let replace = "module sums\n\ngo 1.19\n\nreplace a.invalid/x => b.invalid/y v1.0.0\n";
    project.refuses(&[("go.mod", replace)], "security foreign-source go.mod:5");
}
