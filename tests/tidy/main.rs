//! What the structure promises: modules import upstream only, and dangerous things happen in one place each.

#![expect(clippy::unwrap_used, reason = "a test that cannot look has failed")]

mod circles;
mod imports;
mod names;
mod words;

use std::path::{Path, PathBuf};

/// The pipeline. A module may import itself and what stands before it.
const ORDER: [&str; 25] = [
    "model",
    "settings",
    "source",
    "project",
    "plan",
    "graph",
    "brief",
    "journal",
    "schedule",
    "process",
    "git",
    "wire",
    "symbols",
    "executor",
    "agent",
    "gate",
    "integrate",
    "publish",
    "tracker",
    "run",
    "report",
    "start",
    "serve",
    "page",
    "cli",
];

/// What may occur in one place only: the text, and the folder or file below `src` that may hold it.
const ONLY_IN: &[(&str, &str)] = &[
    ("git2::", "git/read"),
    ("petgraph::", "graph/"),
    ("tree_sitter", "source/"),
    ("sysinfo::", "process/"),
    ("std::process::Command", "process/"),
    ("tokio::process", "process/"),
    ("println!", "report/print/"),
    ("eprintln!", "report/print/"),
    ("anstream::", "report/"),
    ("crossterm::", "report/"),
    ("ratatui_core::", "report/"),
    ("hyper_rustls::", "wire/http.rs"),
    ("octocrab::", "publish/client.rs"),
];

fn sources() -> Vec<(PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut todo = vec![src.clone()];
    let mut found = Vec::new();
    while let Some(folder) = todo.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(&src).unwrap().to_owned(), text));
            }
        }
    }
    found.sort();
    assert!(found.len() > 50, "only {} files: is this the right folder?", found.len());
    found
}

/// The code of a file without its test modules and comments, with line numbers.
fn code(text: &str) -> Vec<(usize, &str)> {
    let mut lines = Vec::new();
    for (n, line) in text.lines().enumerate() {
        if line.starts_with("#[cfg(test)]")
            && !text.lines().nth(n + 1).is_some_and(|next| next.trim_end().ends_with(';'))
        {
            break;
        }
        if !line.trim_start().starts_with("//") {
            lines.push((n + 1, line));
        }
    }
    lines
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "testing")
        || ["tests.rs", "testing.rs", "simulation.rs"].iter().any(|name| path.ends_with(name))
}

#[test]
fn modules_import_upstream_only() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let module = path.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        let Some(here) = ORDER.iter().position(|name| *name == module) else { continue };
        if is_test(&path) {
            continue;
        }
        for (n, line) in code(&text) {
            for (at, _) in line.match_indices("crate::") {
                let name: String = line[at + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if ORDER.iter().position(|known| *known == name).is_some_and(|there| there > here) {
                    wrong.push(format!("src/{}:{n} {module} imports {name}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn dangerous_things_happen_in_one_place() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        for &(what, place) in ONLY_IN {
            if path.to_string_lossy().starts_with(place) || is_test(&path) {
                continue;
            }
            let used = code(&text).into_iter().filter(|(_, line)| line.contains(what));
            wrong
                .extend(used.map(|(n, _)| format!("src/{}:{n} uses {what}, which belongs to {place}", path.display())));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The packages that the project was given, each with a place that uses it.
const GIVEN: [(&str, &str); 10] = [
    ("git2", "git/read/mod.rs"),
    ("tokio", "process/supervise.rs"),
    ("clap", "cli/args/mod.rs"),
    ("serde", "journal/event.rs"),
    ("serde_json", "journal/file.rs"),
    ("petgraph", "graph/components.rs"),
    ("sysinfo", "process/machine.rs"),
    ("similar", "report/screens/trust.rs"),
    ("tracing", "run/engine/dispatch.rs"),
    ("tempfile", "journal/inbox.rs"),
];

#[test]
fn given_packages_are_used() {
    let all = sources();
    for (package, place) in GIVEN {
        let (_, text) =
            all.iter().find(|(path, _)| path == Path::new(place)).unwrap_or_else(|| panic!("no src/{place}"));
        let used = code(text).into_iter().any(|(_, line)| line.contains(&format!("{package}::")));
        assert!(used, "src/{place} does not use {package}");
    }
}

#[test]
fn every_module_is_on_the_map_and_says_what_it_is_for() {
    let all = sources();
    let page = &all.iter().find(|(path, _)| path == Path::new("lib.rs")).unwrap().1;
    for module in ORDER {
        assert!(page.contains(&format!("| [`{module}`] |")), "{module} is missing in lib.rs");
        let (_, text) = all.iter().find(|(path, _)| *path == Path::new(module).join("mod.rs")).unwrap();
        assert!(
            text.lines().take_while(|line| line.starts_with("//!")).count() >= 3,
            "{module}/mod.rs says too little"
        );
    }
}

#[test]
fn the_top_level_holds_what_it_may() {
    let allowed = ["Cargo.toml", "Cargo.lock", "src", "hooks", "tests", "fixtures", "README.md", "LICENSE", "target"];
    for entry in std::fs::read_dir(env!("CARGO_MANIFEST_DIR")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(name.starts_with('.') || allowed.contains(&name.as_str()), "{name} does not belong at the top level");
    }
}

#[test]
fn no_file_is_a_heap() {
    let long: Vec<String> = sources()
        .into_iter()
        .filter(|(_, text)| text.lines().count() > 600)
        .map(|(path, text)| format!("src/{}: {} lines", path.display(), text.lines().count()))
        .collect();
    assert!(long.is_empty(), "take the second idea out:\n{}", long.join("\n"));
}
