//! semgrep with rules of the project's own, which asks nobody.

use super::change::{Change, Good, good};
use super::project::{Project, cached, says};
use super::python;
use crate::support::{TestRequirement, needs};

const SETTINGS: &str = "[gates.security]\nkind = \"security\"\ntools = [\"semgrep\"]\n";

const RULES: &str = r#"rules:
  - id: no-eval
    languages: [python]
    severity: ERROR
    message: input must not be executed
    pattern: eval(...)
"#;

/// A project with rules, and semgrep behind a program that closes the way to the network and writes down how it is called.
fn project(rules: &[(&str, &str)]) -> Option<Project> {
    let Some(programs) = cached("python", "bin/semgrep") else {
        needs(TestRequirement::Semgrep);
        return None;
    };
    let files = [python::FILES, rules].concat();
    // Nobody listens there: whatever asks somebody fails.
    let project = Project::new(&[programs.join("bin")], &files, SETTINGS);
    let text = format!(
        "#!/bin/sh\nexport HTTPS_PROXY=http://127.0.0.1:9 HTTP_PROXY=http://127.0.0.1:9\n\
         echo \"$@\" >> {}\nexec {} \"$@\"\n",
        project.bed.out("calls").display(),
        programs.join("bin/semgrep").display()
    );
    project.bed.program("semgrep", &text);
    Some(project)
}

fn unchecked(project: &Project, change: &Change, words: &str) {
    let (passes, said) = project.validate(change);
    assert!(!passes && said[0].verdict == "unchecked", "{said:?}");
    assert!(said[0].reason.contains(words), "{said:?}");
}

#[test]
fn rules_of_the_project_refuse_an_added_line() {
    // One place is as old as the rule.
    let old = ("setup.py", "eval(\"1\")\n");
    let Some(project) = project(&[(".semgrep.yml", RULES), old]) else { return };
    let change = Good(python::counting());
    let silenced = "\n\nvalue = eval(input())  # nosemgrep\n";
    project.judge(&[
        change.as_it_is(),
        change.below("evil", "\n\nvalue = eval(input())\n", "security no-eval cart.py:16"),
        change.one("old", "setup.py", "eval(\"1\")\nx = 2\n", ""),
        change.below("silenced", silenced, "security no-eval cart.py:16"),
        change.one(
            "disarmed",
            ".semgrep.yml",
            RULES.replace("eval(...)", "exec(...)"),
            "security scanner-change .semgrep.yml:6",
        ),
    ]);
    let calls = std::fs::read_to_string(project.bed.out("calls")).unwrap();
    for call in calls.lines() {
        let offline = ["--metrics=off", "--disable-version-check", "--config .semgrep.yml "];
        assert!(offline.iter().all(|word| call.contains(word)), "{call}");
    }
    assert!(calls.lines().count() >= 4, "{calls}");
}

#[test]
fn rules_that_cannot_be_read_are_unchecked() {
    let Some(broken) = project(&[(".semgrep.yml", &RULES.replace("eval(...)", "eval(((..."))]) else { return };
    unchecked(&broken, &good(python::counting()), "semgrep: it failed with exit code 2");
    let Some(no_yaml) = project(&[(".semgrep.yml", "rules: [\n")]) else { return };
    unchecked(&no_yaml, &good(python::counting()), "semgrep: it failed with exit code 7");
    let Some(none) = project(&[]) else { return };
    unchecked(&none, &good(python::counting()), "the project has no rules for semgrep");
    let (_, said) = none.validate(&Change { name: "other", files: vec![("notes.md", "text\n".into())], refused: "" });
    says(&said, "security", "pass", "");
}
