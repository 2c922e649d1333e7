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
    let unmeasured = unmeasured(tree, folder, tool.0);
    Test {
        run: run.to_owned(),
        framework: "pytest",
        tool,
        reports: true,
        reports_whole: true,
        found,
        compiles: false,
        setup,
        unmeasured,
    }
}

/// Tests that run in an environment of the project's own have only what its lock file lists.
fn unmeasured(tree: &ProjectTree<'_>, folder: &str, program: &str) -> Option<String> {
    let (lock, add) = match program {
        "uv" => ("uv.lock", "uv add --dev pytest-cov"),
        "poetry" => ("poetry.lock", "poetry add --group dev pytest-cov"),
        _ => return None,
    };
    let listed = tree.text(&join(folder, lock)).is_some_and(|text| text.contains("name = \"pytest-cov\""));
    (!listed).then(|| format!("`pytest-cov` is not in {lock} ({add})"))
}

fn is_test(path: &str) -> bool {
    let name = file_name(path);
    name.ends_with(".py") && (name.starts_with("test_") || name.ends_with("_test.py"))
}
