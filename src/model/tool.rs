//! The scanners, linters and formatters that gates know how to run and read.

use super::GateKind;

/// One of them. How it is called and read is in `gate/tools`, which projects it fits in `project/tools`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tool {
    /// Its name in `tools = [...]` of a gate.
    pub name: &'static str,
    /// The gate that runs it.
    pub gate: GateKind,
    /// The program that must be there.
    pub program: &'static str,
    /// What is not checked without it.
    pub checks: &'static str,
    /// How to get it.
    pub get: &'static str,
}

const fn tool(
    name: &'static str,
    gate: GateKind,
    program: &'static str,
    checks: &'static str,
    get: &'static str,
) -> Tool {
    Tool { name, gate, program, checks, get }
}

/// Every tool, those of the security gate first.
pub static TOOLS: [Tool; 18] = [
    tool("bandit", GateKind::Security, "bandit", "insecure Python", "pip install bandit"),
    tool("semgrep", GateKind::Security, "semgrep", "the project's semgrep rules", "pip install semgrep"),
    tool(
        "cargo-audit",
        GateKind::Security,
        "cargo-audit",
        "known vulnerabilities in crates",
        "cargo install cargo-audit",
    ),
    tool("cargo-deny", GateKind::Security, "cargo-deny", "licenses and sources of crates", "cargo install cargo-deny"),
    tool(
        "npm-audit",
        GateKind::Security,
        "npm",
        "known vulnerabilities in npm packages",
        "install Node.js: https://nodejs.org",
    ),
    tool(
        "pip-audit",
        GateKind::Security,
        "pip-audit",
        "known vulnerabilities in Python packages",
        "pip install pip-audit",
    ),
    tool("ruff", GateKind::Review, "ruff", "Python lints", "pip install ruff"),
    tool("ruff-format", GateKind::Review, "ruff", "Python format", "pip install ruff"),
    tool("mypy", GateKind::Review, "mypy", "Python types", "pip install mypy"),
    tool("pylint", GateKind::Review, "pylint", "Python lints", "pip install pylint"),
    tool("lizard", GateKind::Review, "lizard", "complexity, by lizard", "pip install lizard"),
    tool("clippy", GateKind::Review, "cargo-clippy", "Rust lints", "rustup component add clippy"),
    tool("rustfmt", GateKind::Review, "cargo-fmt", "Rust format", "rustup component add rustfmt"),
    tool("eslint", GateKind::Review, "node", "JavaScript and TypeScript lints", "npm install --save-dev eslint"),
    tool("tsc", GateKind::Review, "node", "TypeScript types", "npm install --save-dev typescript"),
    tool("prettier", GateKind::Review, "node", "JavaScript format", "npm install --save-dev prettier"),
    tool("go-vet", GateKind::Review, "go", "Go lints", "install Go: https://go.dev/dl"),
    tool("gofmt", GateKind::Review, "gofmt", "Go format", "install Go: https://go.dev/dl"),
];

/// The tool of a name.
pub fn find_tool(name: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.name == name)
}
