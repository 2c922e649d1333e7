//! Python projects.

use super::ecosystem::{Ecosystem, OtherRunner, ProjectUnit, Test};
use super::tree::{ProjectTree, file_name, join};
use super::unittest;
use crate::source::Language;

pub(super) const PYTHON: Ecosystem = Ecosystem {
    manifests: &["pyproject.toml", "setup.py", "setup.cfg", "pytest.ini", "tox.ini", "requirements.txt", "Pipfile"],
    // Of small projects it is all there is.
    shown_by: |tree| tree.paths().iter().find(|path| is_test(path) && path.matches('/').count() <= 1).cloned(),
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

const PYTEST: (&str, &str) = ("pytest", "pip install pytest");

/// pytest runs unittest's cases too; uv and poetry know the environment it must run in. Where they are missing, the one that
/// is installed serves: whoever works on the project without them has the packages there.
fn test(tree: &ProjectTree<'_>, folder: &str) -> Test {
    let (run, tool) = if tree.has(folder, "uv.lock") {
        ("uv run pytest", ("uv", "install uv: https://docs.astral.sh/uv"))
    } else if tree.has(folder, "poetry.lock") {
        ("poetry run pytest", ("poetry", "pip install poetry"))
    } else {
        ("pytest", PYTEST)
    };
    let setup = (tool.0 == "poetry").then(|| "poetry install".to_owned());
    let found = tree.below(folder).any(is_test);
    let unmeasured = unmeasured(tree, folder, tool.0);
    let pytest = OtherRunner { run: "pytest".to_owned(), framework: "pytest", tool: PYTEST, unmeasured: None };
    let otherwise = (tool != PYTEST).then_some(pytest).into_iter().chain(unittest::runner(tree, folder, is_test));
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
        otherwise: otherwise.collect(),
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
