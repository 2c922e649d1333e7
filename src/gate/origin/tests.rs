//! What is asked of real interpreters and folders, and what follows from their answers.

use std::path::Path;
use std::process::Command;

use super::super::testing;
use super::*;
use crate::process::End;

/// A folder with these files, and a difference whose head has them.
struct Place {
    dir: tempfile::TempDir,
    diff: Diff,
}

impl Place {
    fn new(files: &[(&str, &str)]) -> Place {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            write(&dir.path().join("tree").join(path), text);
        }
        let all: Vec<(&str, &str, &str)> = files.iter().map(|(path, text)| (*path, "", *text)).collect();
        Place { dir, diff: testing::diff(&all) }
    }

    /// What the question is answered in the folder, with more variables.
    fn origins(&self, run: &str, env: &[(&str, &str)]) -> Origins {
        let def = testing::gate(GateKind::Command, run);
        let question = Question::of(&def, &self.diff).unwrap();
        let mut command = Command::new("sh");
        command.arg("-c").arg(&question.probe().run).current_dir(self.dir.path().join("tree"));
        command.env_remove("PYTHONPATH").env_remove("GOWORK").envs(env.iter().copied());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        question.read(&testing::evidence(End::Exited(0), &String::from_utf8_lossy(&output.stdout)))
    }

    fn outside(&self, path: &str) -> String {
        self.dir.path().canonicalize().unwrap().join(path).display().to_string()
    }
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn has_python() -> bool {
    Command::new("python3").arg("-V").output().is_ok_and(|output| output.status.success())
}

#[test]
fn the_judged_tree_goes_before_a_copy_of_python_packages() {
    if !has_python() {
        return;
    }
    for (layout, lead) in [("src/", "$PWD/src"), ("", "$PWD")] {
        let package = format!("{layout}calc_of_tests/__init__.py");
        let place = Place::new(&[(&package, "x = 1\n"), ("pyproject.toml", "[project]\nname = 'calc'\n")]);
        let alone = place.origins("pytest", &[]).told(Probe::of(&testing::gate(GateKind::Command, "pytest"), "head"));
        assert!(alone.run.starts_with(&format!("export PYTHONPATH=\"{lead}")), "nothing has it: {}", alone.run);
        write(&place.dir.path().join("site/calc_of_tests/__init__.py"), "x = 2\n");
        let site = place.outside("site");
        let origins = place.origins("pytest", &[("PYTHONPATH", &site)]);
        assert_eq!(origins.unchecked(), None);
        let told = origins.told(Probe::of(
            &testing::gate(GateKind::Command, "python3 -c 'import calc_of_tests as c; print(c.x)'"),
            "head",
        ));
        assert!(told.run.starts_with(&format!("export PYTHONPATH=\"{lead}")), "{}", told.run);
        let mut ran = Command::new("sh");
        ran.arg("-c").arg(&told.run).current_dir(place.dir.path().join("tree"));
        assert_eq!(String::from_utf8_lossy(&ran.env("PYTHONPATH", &site).output().unwrap().stdout).trim(), "1");
    }
}

#[test]
fn what_is_installed_from_the_tree_itself_is_left_alone() {
    if !has_python() {
        return;
    }
    let place =
        Place::new(&[("src/calc_of_tests/__init__.py", "x = 1\n"), ("pyproject.toml", "[project]\nname = 'calc'\n")]);
    let own = place.dir.path().join("tree/src").canonicalize().unwrap();
    assert_eq!(place.origins("pytest", &[("PYTHONPATH", own.to_str().unwrap())]), Origins::default());
}

#[test]
fn packages_that_must_be_built_are_unchecked_where_they_come_from_elsewhere() {
    if !has_python() {
        return;
    }
    let manifest = "[build-system]\nrequires = ['maturin']\n";
    let place = Place::new(&[("calc_of_tests/__init__.py", "x = 1\n"), ("pyproject.toml", manifest)]);
    write(&place.dir.path().join("site/calc_of_tests.py"), "");
    let judged = place.origins("pytest", &[("PYTHONPATH", &place.outside("site"))]).unchecked().unwrap();
    let words = ["`calc_of_tests` is loaded from", "site/calc_of_tests.py", "[worktree] setup"];
    assert!(words.iter().all(|word| judged.reason.contains(word)), "{}", judged.reason);
}

#[test]
fn a_file_with_the_name_of_a_module_of_python_is_left_alone() {
    if has_python() {
        let place = Place::new(&[
            ("calendar.py", "x = 1\n"),
            ("json.py", "raise SystemExit('loaded')\n"),
            ("x_of_tests.py", "x = 1\n"),
        ]);
        assert_eq!(place.origins("pytest", &[]), Origins::default());
    }
}

#[test]
fn a_linked_node_package_is_unchecked() {
    let package = r#"{"name": "@shop/calc"}"#;
    let place = Place::new(&[("packages/calc/package.json", package), ("package.json", r#"{"name": "shop"}"#)]);
    assert_eq!(place.origins("npm test", &[]), Origins::default());
    let link = |from: &str, to: &str| {
        let from = place.dir.path().join(from);
        std::fs::create_dir_all(from.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(to, from).unwrap();
    };
    write(&place.dir.path().join("checkout/calc/package.json"), package);
    link("node_modules/@shop/calc", "../../checkout/calc");
    let judged = place.origins("npm test", &[]).unchecked().unwrap();
    assert!(
        judged.reason.contains("`@shop/calc` is loaded from") && judged.reason.contains("/checkout/calc,"),
        "{judged:?}"
    );
    link("tree/node_modules/@shop/calc", "../../packages/calc");
    assert_eq!(place.origins("npm test", &[]), Origins::default(), "a workspace's own link is nearer");
}

#[test]
fn a_go_workspace_above_the_tree_is_switched_off() {
    if Command::new("go").arg("version").output().is_err() {
        return;
    }
    let place = Place::new(&[("go.mod", "module example.com/m\n\ngo 1.19\n"), ("m.go", "package m\n")]);
    let cache = place.outside("cache");
    let env = [("HOME", cache.as_str()), ("GOFLAGS", "-mod=mod")];
    assert_eq!(place.origins("go test ./...", &env), Origins::default());
    write(&place.dir.path().join("go.work"), "go 1.19\n\nuse ./checkout\n");
    let origins = place.origins("go test ./...", &env);
    assert_eq!((origins.lead.as_str(), origins.elsewhere.len()), ("export GOWORK=off; ", 0));
}

#[test]
fn paths_that_leave_the_tree_are_told_where_they_matter() {
    let cargo = "[package]\nname = 'a'\n[dependencies]\nown = { path = 'crates/own' }\nb = { path = '../b' }\n[patch.crates-io]\nown = { path = '../checkout/own' }\n";
    let place = Place::new(&[("Cargo.toml", cargo), ("crates/own/Cargo.toml", "[package]\nname = 'own'\n")]);
    write(&place.dir.path().join("checkout/own/Cargo.toml"), "");
    let origins = place.origins("cargo test", &[]);
    let told: Vec<&str> = origins.elsewhere.iter().map(|one| one.package.as_str()).collect();
    assert_eq!(told, ["b", "own"], "{origins:?}");
    write(&place.dir.path().join("b/Cargo.toml"), "");
    assert_eq!(place.origins("cargo test", &[]).elsewhere.len(), 1, "another project's code is no concern");
    let go =
        "module m\n\nreplace example.com/x => ../x\n\nreplace (\n\ty => ./y // inside\n\tz v1.0.0 => /nowhere/z\n)\n";
    let place = Place::new(&[("go.mod", go)]);
    let names: Vec<String> =
        manifests::outside(&place.diff.new.paths(), &place.diff.new).iter().map(|o| format!("{o:?}")).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn gates_without_commands_and_trees_without_packages_ask_nothing() {
    let place = Place::new(&[("README.md", "x")]);
    assert_eq!(Question::of(&testing::gate(GateKind::Command, "true"), &place.diff), None);
    let python = Place::new(&[("calc_of_tests.py", "x = 1\n")]);
    assert!(Question::of(&testing::gate(GateKind::Command, "true"), &python.diff).is_some());
    assert_eq!(Question::of(&testing::gate(GateKind::Review, ""), &python.diff), None);
    assert_eq!(Question::of(&testing::gate(GateKind::Command, "tox -e py"), &python.diff), None);
}
