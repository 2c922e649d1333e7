//! Set-up with the tools themselves, offline: what one task adds to the dependencies is there for the next and for gates.

use crate::support::{TestRepo, TestRequirement, in_cache};
use serde_json::json;

/// Task A adds a dependency with `adds`, task B and the gate need it with `uses`.
fn is_never_stale(bed: &TestRepo, setup: &str, adds: &str, uses: &str) {
    let count = bed.out("count").display().to_string();
    bed.toml(&format!(
        "[run]\njobs = 1\nfound-gates = false\n[worktree]\nsetup = '''{setup} && echo \"$ORCA_WORKTREE\" >> {count}'''\nteardown = \"true\"\n\
         [gates.uses]\nrun = '''{uses}'''\n"
    ));
    bed.commit("a project");
    bed.plan(json!([
        {"id": "first", "run": format!("{uses} && echo f > first.txt")},
        {"id": "adds", "after": ["first"], "run": adds},
        {"id": "uses", "after": ["adds"], "run": format!("{uses} && echo u > uses.txt")},
        {"id": "last", "after": ["uses"], "run": format!("{uses} && echo l > last.txt")},
    ]));
    let said = bed.execute(&["--attempts", "1", "--no-writeback"]).exits(0);
    assert_eq!(bed.standings(), "first landed, adds landed, uses landed, last landed", "{}", said.stderr);
    let own = bed.notes("count").iter().filter(|place| place.ends_with("/a1")).count();
    assert_eq!(own, 2, "for the agents' worktree once, and once more after the change: {:?}", bed.notes("count"));
}

#[test]
fn npm_installs_what_a_task_before_has_added() {
    let Some(cache) = in_cache("npm-cache", TestRequirement::NpmCache) else { return };
    let bed = TestRepo::new();
    let copied = "cp -r CACHE \"$TMPDIR/npm\"; trap 'rm -rf \"$TMPDIR/npm\"' EXIT";
    let copied = copied.replace("CACHE", &cache.display().to_string());
    let npm = "npm --offline --no-audit --no-fund --no-update-notifier --loglevel=error --cache \"$TMPDIR/npm\"";
    bed.write(
        "package.json",
        "{\"name\": \"app\", \"version\": \"1.0.0\", \"dependencies\": {\"isarray\": \"2.0.5\"}}\n",
    );
    bed.write(".gitignore", "node_modules/\n");
    let uses = "node -e \"Object.keys(require(process.cwd() + '/package.json').dependencies).forEach(it => require(process.cwd() + '/node_modules/' + it))\"";
    // The lock file as npm itself writes it.
    let lock = format!("TMPDIR={}; {copied}; {npm} install --package-lock-only", bed.root().join("tmp").display());
    assert!(bed.succeeds("sh", &["-c", &lock]), "no lock file could be made");
    is_never_stale(&bed, &format!("({copied}; {npm} ci)"), &format!("({copied}; {npm} install is-number@7.0.0)"), uses);
    assert!(bed.result("package.json").contains("is-number"));
}

#[test]
fn pip_installs_what_a_task_before_has_added() {
    let Some(wheels) = in_cache("wheels", TestRequirement::Wheels) else { return };
    let bed = TestRepo::new();
    bed.write("requirements.txt", "iniconfig==2.1.0\n");
    bed.write(".gitignore", ".venv/\n");
    // Stand-ins of version managers write into their own folders after an installation.
    let setup = format!(
        "python=$(python3 -c 'import sys; print(sys.executable)') && $python -m venv --without-pip .venv && \
         $python -m pip --python .venv/bin/python install --quiet \
         --disable-pip-version-check --no-index --find-links {} -r requirements.txt",
        wheels.display()
    );
    let uses =
        "sed 's/==.*//' requirements.txt | while read name; do .venv/bin/python -c \"import $name\" || exit 1; done";
    is_never_stale(&bed, &setup, "echo six==1.17.0 >> requirements.txt", uses);
}

/// A crate of a folder in place of the registry.
fn vendored(bed: &TestRepo, name: &str) {
    let folder = format!("vendor/{name}");
    bed.write(
        &format!("{folder}/Cargo.toml"),
        &format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2021\"\n"),
    );
    bed.write(&format!("{folder}/src/lib.rs"), &format!("pub const NAME: &str = \"{name}\";\n"));
    bed.write(&format!("{folder}/.cargo-checksum.json"), "{\"files\": {}}");
}

#[test]
fn cargo_builds_what_a_task_before_has_added() {
    let mut bed = TestRepo::new();
    bed.real_cargo();
    vendored(&bed, "one");
    vendored(&bed, "two");
    bed.write(
        ".cargo/config.toml",
        "[source.crates-io]\nreplace-with = \"here\"\n[source.here]\ndirectory = \"vendor\"\n",
    );
    bed.write(
        "Cargo.toml",
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\none = \"1\"\n",
    );
    bed.write("src/main.rs", "fn main() {\n    println!(\"{}\", one::NAME);\n}\n");
    bed.write("expect.txt", "one\n");
    bed.write(".gitignore", "target/\n");
    let cargo = "CARGO_HOME=\"$TMPDIR/cargo\" cargo build --offline --quiet";
    assert!(bed.succeeds("sh", &["-c", &format!("TMPDIR={} {cargo}", bed.root().join("tmp").display())]));
    let adds = format!(
        "echo 'two = \"1\"' >> Cargo.toml && sed -i 's/one::NAME/two::NAME/' src/main.rs && echo two > expect.txt && {cargo}"
    );
    is_never_stale(&bed, cargo, &adds, "test \"$(target/debug/app)\" = \"$(cat expect.txt)\"");
}
