//! Python projects.

use super::ecosystem::{Ecosystem, ProjectUnit, Test};
use super::tree::{ProjectTree, file_name, join};
use crate::source::Language;

pub(super) const PYTHON: Ecosystem = Ecosystem {
    manifests: &["pyproject.toml", "setup.py", "setup.cfg", "pytest.ini", "tox.ini", "requirements.txt", "Pipfile"],
    unit,
};

fn unit(tree: &ProjectTree<'_>, folder: &str, manifest: String) -> ProjectUnit {
    let pyproject = tree.text(&join(folder, "pyproject.toml")).unwrap_or_default();
    let ruff = pyproject.contains("[tool.ruff") || tree.has(folder, "ruff.toml") || tree.has(folder, ".ruff.toml");
    ProjectUnit {
        folder: folder.to_owned(),
        language: Language::Python,
        manifest,
        test: Ok(test(tree, folder)),
        build: None,
        lint: ruff.then(|| "ruff check".to_owned()),
        keep: tree.has(folder, "uv.lock").then_some(".venv/"),
    }
}

/// pytest runs unittest's cases too; uv and poetry know the environment it must run in.
fn test(tree: &ProjectTree<'_>, folder: &str) -> Test {
    let (run, tool) = if tree.has(folder, "uv.lock") {
        ("uv run pytest", ("uv", "install uv: https://docs.astral.sh/uv"))
    } else if tree.has(folder, "poetry.lock") {
        ("poetry run pytest", ("poetry", "pip install poetry"))
    } else {
        ("pytest", ("pytest", "pip install pytest"))
    };
    let setup = (tool.0 == "poetry").then(|| "poetry install".to_owned());
    let found = tree.below(folder).any(is_test);
    Test { run: run.to_owned(), framework: "pytest", tool, reports: true, found, compiles: false, setup }
}

fn is_test(path: &str) -> bool {
    let name = file_name(path);
    name.ends_with(".py") && (name.starts_with("test_") || name.ends_with("_test.py"))
}
