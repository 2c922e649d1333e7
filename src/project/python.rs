//! Python projects.

use std::collections::BTreeSet;

use super::ecosystem::{Ecosystem, OtherRunner, ProjectUnit, Test};
use super::tree::{ProjectTree, file_name, join};
use crate::source::Language;

pub(super) const PYTHON: Ecosystem = Ecosystem {
    manifests: &["pyproject.toml", "setup.py", "setup.cfg", "pytest.ini", "tox.ini", "requirements.txt", "Pipfile"],
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
    let otherwise = (tool.0 == "pytest").then(|| unittest(tree, folder)).flatten();
    Test {
        run: run.to_owned(),
        framework: "pytest",
        tool,
        reports: true,
        reports_whole: true,
        found,
        compiles: false,
        setup,
        otherwise,
        unmeasured,
    }
}

/// Files of tests that are read at most.
const MOST: usize = 50;

/// The runner that comes with Python, where all tests are written for it.
fn unittest(tree: &ProjectTree<'_>, folder: &str) -> Option<OtherRunner> {
    let tests: Vec<&str> = tree.below(folder).filter(|path| is_test(path)).collect();
    let texts: Vec<String> = tests.iter().take(MOST).filter_map(|path| tree.text(path)).collect();
    let imports = |text: &str, module: &str| {
        text.lines().any(|line| {
            let mut words = line.split([' ', '.', ',']).filter(|word| !word.is_empty());
            matches!(words.next(), Some("import" | "from")) && words.next() == Some(module)
        })
    };
    let own = !texts.is_empty() && texts.iter().all(|text| imports(text, "unittest") && !imports(text, "pytest"));
    if !own || tree.below(folder).any(|path| matches!(file_name(path), "conftest.py" | "pytest.ini")) {
        return None;
    }
    let places: BTreeSet<&str> = tests.iter().map(|path| super::tree::folder(path)).collect();
    // Folders that are packages are looked through from the root.
    let is_found = |place: &&str| *place == folder || tree.has(place, "__init__.py");
    let run = match places.iter().find(|place| !is_found(place)) {
        None => "python3 -m unittest".to_owned(),
        Some(place) if places.len() == 1 => {
            let below = place.strip_prefix(&format!("{folder}/")).unwrap_or(place);
            format!("python3 -m unittest discover -s {below}")
        }
        Some(_) => return None,
    };
    Some(OtherRunner { run, framework: "unittest", tool: ("python3", "install Python: https://python.org") })
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
