//! Projects that configure no gate: what is found for them proves changes as well, and says what it could not check.

use std::path::PathBuf;

use super::change::{Change, Good, good, spoiled, with};
use super::project::{Project, cached, says};
use super::{go, python, rust, typescript};
use crate::support::{TestRepo, TestRequirement, needs};

/// A project without settings.
fn project(programs: &[PathBuf], files: &[(&str, &str)]) -> Project {
    Project::new(programs, files, "")
}

fn only_tests(name: &'static str, path: &'static str, text: String, good: &[(&'static str, String)]) -> Change {
    spoiled(name, good, &[(path, text)], "")
}

#[test]
fn a_python_project_is_proved_by_what_is_installed() {
    let Some(programs) = cached("python", "bin/pytest") else { return needs(TestRequirement::PythonTools) };
    // Nothing here is ignored: what the tools leave behind is no change of the tree that they judge.
    let files = python::FILES.iter().filter(|(path, _)| *path != ".gitignore" && *path != "requirements.txt");
    let project = project(&[programs.join("bin")], &files.copied().collect::<Vec<_>>());
    let change = python::counting();
    let (passes, said) = project.validate(&good(change.clone()));
    says(&said, "tdd", "pass", "");
    assert!(passes, "{said:?}");

    let empty = format!("{}\n\ndef test_more():\n    assert total([3]) == 3\n", python::TESTS);
    let (passes, said) = project.validate(&only_tests("passes-before", "tests/test_cart.py", empty, &change));
    says(&said, "tdd", "fail", "not-red tests/test_cart.py:9");
    says(&said, "test", "pass", "");
    assert!(!passes);

    let more = "\n\nimport os\nimport subprocess\n\nsubprocess.run(input(), shell=True)\n";
    let (passes, said) = project.validate(&only_tests("risky", "cart.py", format!("{}{more}", change[0].1), &change));
    says(&said, "security", "fail", "B602 cart.py:19");
    assert!(said.iter().any(|said| said.gate == "review" && said.verdict == "fail"), "{said:?}");
    assert!(!passes);

    // The plug-in that measures coverage is switched off: the rest of the proof stands, and is called no pass.
    let real = programs.join("bin/pytest");
    project.bed.program("pytest", &format!("#!/bin/sh\nexec {} -p no:pytest_cov \"$@\"\n", real.display()));
    let (passes, said) = project.validate(&Change { name: "unmeasured", ..good(change) });
    says(&said, "tdd", "unchecked", "");
    let proof = said.iter().find(|said| said.gate == "tdd").unwrap();
    assert!(
        proof
            .reason
            .starts_with("the tests fail without the change and pass with it, but coverage could not be measured"),
        "{proof:?}"
    );
    assert!(passes, "nobody asked for it: {said:?}");
}

#[test]
fn a_typescript_project_is_proved_by_what_is_installed() {
    let Some(node) = cached("node", "node_modules/.bin/vitest") else { return needs(TestRequirement::NodeTools) };
    // Only where the packages come from is said.
    let toml = format!("[worktree]\n{}\n", typescript::packages(&node));
    let project = Project::new(&[], typescript::FILES, &toml);
    let change = Good(typescript::counting());
    let (passes, said) = project.validate(&change.as_it_is());
    ["tdd", "test", "review", "security"].iter().for_each(|gate| says(&said, gate, "pass", ""));
    assert!(passes, "{said:?}");

    let refused = [
        (
            change.in_tests("passes-before", "count([5, 6])).toBe(2)", "total([5, 6])).toBe(11)", ""),
            "tdd",
            "not-red src/cart.test.ts:12",
        ),
        (change.in_code("uncovered", typescript::COUNTS, typescript::COUNTS_FEW, ""), "tdd", "coverage src/cart.ts:11"),
        (
            change.below("unused", "\nconst unused = 2;\n", ""),
            "review",
            "@typescript-eslint/no-unused-vars src/cart.ts:13",
        ),
    ];
    for (change, gate, first) in refused {
        let (passes, said) = project.validate(&change);
        says(&said, gate, "fail", first);
        assert!(!passes);
    }

    // Without the package that measures coverage the rest of the proof stands, and what it lacks is told.
    let package = with(typescript::PACKAGE, "    \"@vitest/coverage-v8\": \"^4.0.0\",\n", "");
    let files =
        typescript::FILES.iter().map(|(path, text)| (*path, if *path == "package.json" { &package } else { *text }));
    let project = Project::new(&[], &files.collect::<Vec<_>>(), &toml);
    let (passes, said) = project.validate(&change.as_it_is());
    says(&said, "tdd", "pass", "");
    assert!(passes, "nobody asked for coverage: {said:?}");
    let doctor = project.bed.orca(&["doctor"]).stdout;
    assert!(doctor.contains("not checked: coverage: `@vitest/coverage-v8` is not in package.json"), "{doctor}");
}

#[test]
fn a_go_project_is_proved_by_what_is_installed() {
    if !TestRepo::new().succeeds("go", &["version"]) {
        return needs(TestRequirement::Go);
    }
    let project = project(&[], go::FILES);
    let change = go::counting();
    let (passes, said) = project.validate(&good(change.clone()));
    says(&said, "tdd", "pass", "");
    assert!(passes, "{said:?}");

    let longer = with(
        &change[0].1,
        "\treturn len(prices)\n",
        "\tif len(prices) > 100 {\n\t\treturn 100\n\t}\n\treturn len(prices)\n",
    );
    let (passes, said) = project.validate(&only_tests("uncovered", "cart.go", longer, &change));
    says(&said, "tdd", "fail", "coverage cart.go:16");
    assert!(!passes);
}

#[test]
fn a_rust_project_without_a_coverage_tool_is_proved_as_far_as_that_goes() {
    let mut bed = TestRepo::new();
    bed.real_cargo();
    if !bed.succeeds("cargo", &["clippy", "--version"]) {
        return needs(TestRequirement::Clippy);
    }
    let project = project(&[], rust::FILES);
    // Whatever is installed here: these are not.
    ["cargo-llvm-cov", "cargo-tarpaulin"].iter().for_each(|tool| project.bed.program(tool, "#!/bin/sh\nexit 127\n"));
    let change = rust::counting();
    let (passes, said) = project.validate(&good(change.clone()));
    says(&said, "tdd", "unchecked", "");
    let proof = said.iter().find(|said| said.gate == "tdd").unwrap();
    assert!(proof.reason.contains("fail without the change and pass with it"), "{proof:?}");
    assert!(passes, "nobody asked for it: {said:?}");

    let empty = with(&change[0].1, "count(&[5, 6]), 2", "total(&[5, 6]), 11");
    let (passes, said) = project.validate(&only_tests("passes-before", "src/lib.rs", empty, &change));
    says(&said, "tdd", "fail", "not-red src/lib.rs:23");
    assert!(!passes);
}
