//! Audits that reach nobody: what could not be audited is no pass, whatever the exit code says.

use super::change::{Change, good};
use super::project::{Project, cached};
use super::support::{TestRequirement, needs};

/// An address that nobody listens at, so that nothing leaves this machine.
const NOBODY: &str = "http://127.0.0.1:9";

fn settings(tool: &str) -> String {
    format!("[gates.security]\nkind = \"security\"\ntools = [\"{tool}\"]\n")
}

fn audited(project: &Project, change: &Change, words: &str) {
    let (passes, said) = project.validate(change);
    assert!(!passes && said.len() == 1, "{said:?}");
    assert_eq!(said[0].verdict, "unchecked", "{said:?}");
    assert!(said[0].reason.starts_with(words), "{said:?}");
}

#[test]
fn pip_audit_that_reaches_nobody_is_unchecked() {
    let Some(programs) = cached("python", "bin/pip-audit") else { return needs(TestRequirement::PythonTools) };
    let real = programs.join("bin/pip-audit");
    let project = Project::new(&[], &[("requirements.txt", "")], &settings("pip-audit"));
    let text = format!(
        "#!/bin/sh\nexport HTTPS_PROXY={NOBODY} HTTP_PROXY={NOBODY} PIP_INDEX_URL={NOBODY}\n\
         exec {} --disable-pip --no-deps \"$@\"\n",
        real.display()
    );
    project.bed.program("pip-audit", &text);
    audited(&project, &good(vec![("requirements.txt", "click==8.1.7\n".to_owned())]), "pip-audit: ");
}

#[test]
fn npm_audit_that_reaches_nobody_is_unchecked() {
    if cached("node", "node_modules/.bin/vitest").is_none() {
        return needs(TestRequirement::NodeTools);
    }
    let package = r#"{"name": "shop", "version": "1.0.0", "dependencies": {"left-pad": "1.3.0"}}"#;
    let lock = r#"{
  "name": "shop",
  "version": "1.0.0",
  "lockfileVersion": 3,
  "requires": true,
  "packages": {
    "": { "name": "shop", "version": "1.0.0", "dependencies": { "left-pad": "1.3.0" } },
    "node_modules/left-pad": { "version": "1.3.0" }
  }
}
"#;
    let files = [("package.json", package), ("package-lock.json", lock)];
    let project = Project::new(&[], &files, &settings("npm-audit"));
    let home = project.bed.root().join("home/.npmrc");
    std::fs::write(home, format!("registry={NOBODY}/\nfetch-retries=0\n")).unwrap();
    audited(&project, &good(vec![("package-lock.json", lock.replace("1.3.0", "1.2.0"))]), "npm-audit: ");
}
