//! A test command made to run the tests of some files only: wrong versions of a change are many, and what they are tried with
//! are the tests that the change brings.

use std::collections::BTreeSet;

use super::unittest;
use crate::project::node_tests;

/// The command for these files, as its report names the same tests by the same names; none where nobody knows how.
pub(super) fn only(run: &str, files: &BTreeSet<String>) -> Option<String> {
    // Words that a shell would take apart, and commands of another folder, are left as they are.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '_' | '-');
    let plain = !files.is_empty() && files.iter().all(|file| !file.starts_with('-') && file.chars().all(is_plain));
    if !plain {
        return None;
    }
    if let Some(run) = unittest::only(run, files) {
        return Some(run);
    }
    if run.contains("cd ") {
        return None;
    }
    if let Some(at) = run.find("cargo test") {
        return cargo(run, at, files);
    }
    if run.contains("go test") {
        return go(run, files);
    }
    if run.contains([';', '|', '&', '\n']) {
        return None;
    }
    let words: Vec<&str> = run.split_whitespace().collect();
    let runner = |name: &str| words.iter().position(|word| word.rsplit('/').next() == Some(name));
    let from = match (runner("pytest"), runner("vitest"), runner("jest")) {
        (Some(at), ..) | (_, _, Some(at)) => at + 1,
        // `vitest run`
        (_, Some(at), _) if words.get(at + 1) == Some(&"run") => at + 2,
        _ => words.iter().position(|word| *word == "--test").filter(|_| node_tests(run).is_some())? + 1,
    };
    // A word without a dash is a path already, or the value of an option before it.
    let free = words[from..].iter().all(|word| word.starts_with("--"))
        || words[from..].iter().all(|word| word.starts_with("--") || matches!(*word, "-q" | "-x" | "-v" | "-s"));
    free.then(|| format!("{run} {}", listed(files)))
}

fn listed(files: &BTreeSet<String>) -> String {
    files.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// Test programs of the package at the root: `tests/NAME.rs`.
fn cargo(run: &str, at: usize, files: &BTreeSet<String>) -> Option<String> {
    let rest = &run[at + "cargo test".len()..];
    let chosen =
        ["--test", "--lib", "--bin", "--example", "--doc", "--all-targets", " -p ", "--package", "--workspace"];
    if chosen.iter().any(|option| rest.contains(option)) {
        return None;
    }
    let target = |file: &String| {
        let name = file.strip_prefix("tests/")?.strip_suffix(".rs")?;
        (!name.contains('/')).then(|| format!(" --test {name}"))
    };
    let targets: String = files.iter().map(target).collect::<Option<Vec<_>>>()?.concat();
    Some(format!("{}cargo test{targets}{rest}", &run[..at]))
}

/// The packages of the files.
fn go(run: &str, files: &BTreeSet<String>) -> Option<String> {
    let folder = |file: &String| file.rsplit_once('/').map_or("./".to_owned(), |(folder, _)| format!("./{folder}"));
    let packages: BTreeSet<String> = files.iter().map(folder).collect();
    let words = run.matches("./...").count();
    (words == 1 && !run.contains("=./...")).then(|| run.replace("./...", &listed(&packages)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_runners_take_files() {
        let table = [
            (
                "python3 -m pytest -q --junitxml=r.xml",
                "tests/test_a.py",
                Some("python3 -m pytest -q --junitxml=r.xml tests/test_a.py"),
            ),
            ("pytest tests --junitxml=r.xml", "tests/test_a.py", None),
            ("pytest -k fast --junitxml=r.xml", "tests/test_a.py", None),
            ("npx vitest run --reporter=junit", "src/a.test.ts", Some("npx vitest run --reporter=junit src/a.test.ts")),
            ("npx jest --json --outputFile=r", "a.test.js", Some("npx jest --json --outputFile=r a.test.js")),
            (
                "node --test --test-reporter=junit",
                "test/a.test.js",
                Some("node --test --test-reporter=junit test/a.test.js"),
            ),
            ("go test -json ./...", "sums/sums_test.go", Some("go test -json ./sums")),
            ("go test -json ./...", "main_test.go", Some("go test -json ./")),
            ("go test -json ./sums", "sums/sums_test.go", None),
            ("cargo test --offline", "tests/sums.rs", Some("cargo test --test sums --offline")),
            ("cargo test --offline", "src/lib.rs", None),
            ("cargo test --lib", "tests/sums.rs", None),
            ("cd web && pytest -q", "tests/test_a.py", None),
            ("pytest -q", "tests/$(touch x).py", None),
            ("make check", "tests/test_a.py", None),
        ];
        for (run, file, expected) in table {
            let files = BTreeSet::from([file.to_owned()]);
            assert_eq!(only(run, &files).as_deref(), expected, "{run} {file}");
        }
    }
}
