//! What others get: the package of the crate, and notices of a run.

use std::process::Command;

use serde_json::json;

use super::place::Place;

#[test]
fn the_package_holds_what_is_built_and_nothing_else() {
    let output = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let known = ["src/", "tests/", "fixtures/", "hooks/", "Cargo.", "README.md", "LICENSE", ".cargo_vcs_info.json"];
    let settings = [".clippy.toml", ".rustfmt.toml", ".gitignore"];
    for path in listed.lines() {
        let is_known = known.iter().any(|start| path.starts_with(start)) || settings.contains(&path);
        assert!(is_known && !path.contains("pending-snap") && !path.ends_with(".orig~"), "{path}");
    }
    for needed in
        ["src/main.rs", "README.md", "LICENSE", "fixtures/demo/tasks.json", "src/report/screens/html/style.css"]
    {
        assert!(listed.lines().any(|path| path == needed), "{needed} is missing");
    }
}

/// Nothing is warned about but the address of a home that the project does not have.
#[test]
fn packing_says_nothing_else() {
    let target = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["package", "--no-verify", "--allow-dirty", "--offline", "--target-dir"])
        .arg(target.path())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    let warned = said.lines().filter(|line| line.starts_with("warning"));
    assert!(
        warned.clone().all(|line| line == "warning: manifest has no documentation, homepage or repository"),
        "{said}"
    );
    assert!(target.path().join("package/git-orca-0.1.0.crate").is_file());
}

/// git turns `git orca --help` into the manual page `git-orca`, which is among those that are written.
#[test]
fn help_of_git_finds_the_manual_page() {
    let place = Place::bare();
    place.orca(&["man", "pages"]).exits(0);
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_git-orca")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let viewer = "man.echo.cmd=echo asked for";
    let output = Command::new("git")
        .args(["-c", "man.viewer=echo", "-c", viewer, "orca", "--help"])
        .current_dir(place.app())
        .env("PATH", path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(said.trim(), "asked for git-orca", "{}", String::from_utf8_lossy(&output.stderr));
    assert!(place.app().join("pages/git-orca.1").is_file());
}

#[test]
fn a_command_is_told_when_somebody_is_needed_and_at_the_end() {
    let plan = json!({"orca": 1, "tasks": [
        {"id": "A", "title": "a", "run": "echo a > a"},
        {"id": "B", "title": "b", "after": ["A"], "run": "exit 3"},
    ]});
    let place = Place::with(&[("tasks.json", &plan.to_string())]);
    let told = place.app().with_file_name("told");
    let command = format!("echo \"$ORCA_NOTICE: $ORCA_NOTICE_TITLE\" >> '{}'", told.display());
    place.git(&["config", "orca.notify", &command]);
    place.orca(&["execute", "--yes"]).exits(4);
    let text = std::fs::read_to_string(&told).unwrap();
    let last = text.lines().last().unwrap();
    assert!(last.starts_with("finished: 1 of 2 landed in "), "{text}");
    place.git(&["config", "orca.notify", "http://127.0.0.1:9/T0/secret-token"]);
    let said = place.orca(&["config"]).exits(0).out_has("https://127.0.0.1:9/…");
    assert!(!said.out.contains("secret-token"), "{}", said.out);
    let said = place.orca(&["execute", "--yes", "--new"]).exits(4).err_has("a notice did not reach 127.0.0.1:9");
    assert!(!said.err.contains("secret-token"), "{}", said.err);
}

#[test]
fn a_finished_run_leaves_its_reports_in_every_form() {
    let plan = json!({"orca": 1, "tasks": [{"id": "A", "title": "<b>a</b>", "run": "echo a > a"}]});
    let place = Place::with(&[("tasks.json", &plan.to_string())]);
    place.orca(&["execute", "--yes"]).exits(0);
    let html = place.orca(&["report", "--format", "html"]).exits(0).out_has("<!doctype html>").out_has("&lt;b&gt;a");
    assert!(!html.out.contains("<b>a</b>") && !html.out.contains("<script"), "{}", html.out);
    place.orca(&["report", "--format", "junit"]).exits(0).out_has("<testsuite ").out_has("tests=\"1\" failures=\"0\"");
    let runs = place.app().join(".git/orca/runs");
    let run = std::fs::read_dir(runs).unwrap().flatten().map(|entry| entry.path()).find(|path| path.is_dir()).unwrap();
    for file in ["report.md", "report.html", "report.json", "report.xml", "results/A.json"] {
        assert!(run.join(file).is_file(), "{file}");
    }
}
