//! Python's own runner of tests, for projects whose tests are all written for it.

use std::collections::BTreeSet;

use super::ecosystem::OtherRunner;
use super::tree::{ProjectTree, file_name, folder as folder_of, join};

/// Files of tests that are read at most.
const MOST: usize = 200;

/// How the tests of a folder run without pytest; none where some of them need it, or another runner.
pub(super) fn runner(tree: &ProjectTree<'_>, folder: &str, is_test: fn(&str) -> bool) -> Option<OtherRunner> {
    let tests: Vec<&str> = tree.below(folder).filter(|path| is_test(path)).collect();
    let is_others = |path: &str| matches!(file_name(path), "conftest.py" | "pytest.ini" | "manage.py");
    if tests.len() > MOST || tree.below(folder).any(is_others) {
        return None;
    }
    let texts: Vec<String> = tests.iter().filter_map(|path| tree.text(path)).collect();
    let is_own = |text: &String| !imports(text, "pytest") && (is_plain(text) || !has_tests(text));
    let all = texts.iter().all(is_own) && texts.iter().any(|text| is_plain(text));
    // By other names it finds nothing unless it is told to.
    let found = tests.iter().all(|path| file_name(path).starts_with("test"));
    let start = start(tree, folder, &tests).filter(|_| all && found)?;
    let run = match start.as_str() {
        "" => "python3 -m unittest".to_owned(),
        start => format!("python3 -m unittest discover -s {start}"),
    };
    Some(OtherRunner {
        run,
        framework: "unittest",
        tool: ("python3", "install Python: https://python.org"),
        unmeasured: Some("nothing measures the coverage of unittest (pip install pytest pytest-cov)"),
    })
}

fn imports(text: &str, module: &str) -> bool {
    text.lines().any(|line| {
        let mut words = line.split([' ', '.', ',']).filter(|word| !word.is_empty());
        matches!(words.next(), Some("import" | "from")) && words.next() == Some(module)
    })
}

/// Whether a file's tests are methods of unittest's cases.
fn is_plain(text: &str) -> bool {
    let has_cases = text.lines().any(|line| line.starts_with("class ") && line.contains("TestCase"));
    let has_functions = text.lines().any(|line| line.starts_with("def test") || line.starts_with("async def test"));
    imports(text, "unittest") && has_cases && !has_functions
}

fn has_tests(text: &str) -> bool {
    text.contains("def test")
}

/// The folder, below `folder`, from which all tests are found: it looks into folders that are packages, no others.
fn start(tree: &ProjectTree<'_>, folder: &str, tests: &[&str]) -> Option<String> {
    let places: BTreeSet<&str> = tests.iter().map(|path| folder_of(path)).collect();
    let below = |place: &str| place.strip_prefix(folder).unwrap_or(place).trim_start_matches('/').to_owned();
    let finds_all = |start: &str| {
        let root = if folder.is_empty() { start.to_owned() } else { join(folder, start) };
        let root = root.trim_end_matches('/');
        places.iter().all(|place| is_reached(tree, root, place))
    };
    let first = below(places.first()?);
    let is_plain = first.chars().all(|c| c.is_alphanumeric() || "_-./".contains(c));
    ["", first.as_str()].into_iter().find(|start| finds_all(start)).filter(|_| is_plain).map(str::to_owned)
}

fn is_reached(tree: &ProjectTree<'_>, root: &str, place: &str) -> bool {
    let mut at = place;
    while at != root {
        if !tree.has(at, "__init__.py") || at.is_empty() {
            return false;
        }
        at = folder_of(at);
    }
    true
}
