//! Which scanners, linters and formatters fit a project: by its languages, and by settings that ask for one.

use super::ecosystem::ProjectUnit;
use super::tree::{ProjectTree, join};
use crate::model::TOOLS;
use crate::source::Language;

/// Names of the [`TOOLS`] that fit, in their order. Whether they are installed is another question.
pub(super) fn fitting(tree: &ProjectTree<'_>, units: &[ProjectUnit]) -> Vec<&'static str> {
    let fits = |name: &str| units.iter().any(|unit| fits_unit(name, tree, unit)) || fits_tree(name, tree, units);
    TOOLS.iter().map(|tool| tool.name).filter(|name| fits(name)).collect()
}

fn fits_unit(tool: &str, tree: &ProjectTree<'_>, unit: &ProjectUnit) -> bool {
    let has = |names: &[&str]| names.iter().any(|name| tree.has(&unit.folder, name));
    let says = |file: &str, mark: &str| tree.text(&join(&unit.folder, file)).is_some_and(|text| text.contains(mark));
    let node = || {
        let package = tree.text(&join(&unit.folder, "package.json")).unwrap_or_default();
        move |name: &str| package.contains(&format!("\"{name}\""))
    };
    match (unit.language, tool) {
        (Language::Python, "bandit" | "ruff") => true,
        (Language::Python, "ruff-format") => {
            says("pyproject.toml", "[tool.ruff.format") || says("ruff.toml", "[format") || says(".ruff.toml", "[format")
        }
        (Language::Python, "mypy") => has(&["mypy.ini", ".mypy.ini"]) || says("pyproject.toml", "[tool.mypy"),
        (Language::Python, "pylint") => has(&[".pylintrc", "pylintrc"]) || says("pyproject.toml", "[tool.pylint"),
        (Language::Python, "pip-audit") => has(&["requirements.txt"]),
        (Language::Rust, "rustfmt") => true,
        (Language::Rust, "clippy") => unit.lint.is_some(),
        (Language::Rust, "cargo-audit") => has(&["Cargo.lock"]),
        (Language::Rust, "cargo-deny") => has(&["deny.toml"]),
        (Language::Go, "go-vet" | "gofmt") => true,
        (Language::JavaScript | Language::TypeScript, "npm-audit") => has(&["package-lock.json"]),
        (Language::JavaScript | Language::TypeScript, "eslint") => node()("eslint"),
        (Language::JavaScript | Language::TypeScript, "prettier") => node()("prettier"),
        (Language::TypeScript, "tsc") => node()("typescript"),
        _ => false,
    }
}

fn fits_tree(tool: &str, tree: &ProjectTree<'_>, units: &[ProjectUnit]) -> bool {
    let rules = [("", ".semgrep.yml"), ("", ".semgrep.yaml"), (".semgrep", "rules.yml")];
    tool == "semgrep" && !units.is_empty() && rules.iter().any(|(folder, name)| tree.has(folder, name))
}

/// Tools that are installed with a project, not on a machine: there once its setup command ran.
pub(super) fn is_local(tool: &str) -> bool {
    ["eslint", "tsc", "prettier"].contains(&tool)
}
