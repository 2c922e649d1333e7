//! Audits that reach nobody: what could not be audited is no pass, whatever the exit code says.

use std::path::Path;

use super::change::{Change, good, spoiled};
use super::project::{Project, cached};
use crate::support::{TestRequirement, needs};

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

const MANIFEST: &str = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\n";

/// A lock file with these packages of the registry.
fn lock(packages: &[(&str, &str)]) -> String {
    let digest = "a".repeat(64);
    let one = |(name, version): &(&str, &str)| {
        format!(
            "[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n\
             source = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"{digest}\"\n\n"
        )
    };
    let all: String = packages.iter().map(one).collect();
    let names: String = packages.iter().map(|(name, _)| format!(" \"{name}\",\n")).collect();
    format!("version = 4\n\n{all}[[package]]\nname = \"shop\"\nversion = \"0.1.0\"\ndependencies = [\n{names}]\n")
}

/// The change that brings in these packages.
fn takes(name: &'static str, packages: &[(&str, &str)], refused: &'static str) -> Change {
    let named: String = packages.iter().map(|(name, version)| format!("{name} = \"{version}\"\n")).collect();
    let files = [("Cargo.toml", format!("{MANIFEST}{named}")), ("Cargo.lock", lock(packages))];
    spoiled(name, &files, &[], refused)
}

/// What the test brings along in place of the database of RustSec, in its layout.
const ADVISORY: &str = r#"```toml
[advisory]
id = "RUSTSEC-2024-0001"
package = "left"
date = "2024-01-02"

[versions]
patched = [">= 1.2.0"]
```

# Reads past the end

Of its buffer.
"#;

/// A project that has `packages`, with cargo-audit, which is told of a database as its user does it.
fn crates(program: &Path, packages: &[(&str, &str)], database: Option<&str>) -> Project {
    let files = [("Cargo.toml", MANIFEST), ("Cargo.lock", &lock(packages)), ("src/lib.rs", "//! A shop.\n")];
    let project = Project::new(&[], &files, &settings("cargo-audit"));
    let text =
        format!("#!/bin/sh\nexport HTTPS_PROXY={NOBODY} HTTP_PROXY={NOBODY}\nexec {} \"$@\"\n", program.display());
    project.bed.program("cargo-audit", &text);
    if let Some(name) = database {
        let database = project.bed.out(name);
        let settings = format!("[database]\npath = \"{}\"\nfetch = false\nstale = true\n", database.display());
        let home = project.bed.root().join("home/.cargo");
        std::fs::create_dir_all(&home).unwrap();
        std::fs::write(home.join("audit.toml"), settings).unwrap();
        std::fs::create_dir_all(project.bed.out("empty/crates")).unwrap();
        std::fs::create_dir_all(project.bed.out("full/crates/left")).unwrap();
        std::fs::write(project.bed.out("full/crates/left/RUSTSEC-2024-0001.md"), ADVISORY).unwrap();
    }
    project
}

/// Not in CI, whatever is required there: it is built for minutes.
#[test]
fn cargo_audit_finds_holes_that_a_change_brings_in() {
    let Some(program) = std::env::var_os("ORCA_TEST_CARGO_AUDIT").map(std::path::PathBuf::from) else {
        return eprintln!("skipped: needs cargo-audit (ORCA_TEST_CARGO_AUDIT=path of the program)");
    };
    let clean = crates(&program, &[("right", "1.0.0")], Some("full"));
    clean.judge(&[
        takes("fixed", &[("left", "1.2.0"), ("right", "1.0.0")], ""),
        takes("hole", &[("left", "1.1.0"), ("right", "1.0.0")], "security RUSTSEC-2024-0001 Cargo.lock:4"),
    ]);
    let old = crates(&program, &[("left", "1.0.0")], Some("full"));
    old.judge(&[takes("more", &[("left", "1.0.0"), ("right", "1.0.0")], "")]);

    let brought = || takes("hole", &[("left", "1.1.0"), ("right", "1.0.0")], "");
    let answers = [
        (Some("empty"), "cargo-audit: its database of advisories is empty"),
        (Some("none"), "cargo-audit: error: error loading advisory database"),
        (None, "cargo-audit: error: couldn't fetch advisory database"),
    ];
    for (database, words) in answers {
        audited(&crates(&program, &[("right", "1.0.0")], database), &brought(), words);
    }
    let disarmed = "[advisories]\nignore = [\"RUSTSEC-2024-0001\"]\n".to_owned();
    let disarmed = spoiled(
        "disarmed",
        &brought().files,
        &[(".cargo/audit.toml", disarmed)],
        "security scanner-change .cargo/audit.toml:1",
    );
    crates(&program, &[("right", "1.0.0")], Some("full")).judge(&[disarmed]);
}
