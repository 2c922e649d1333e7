//! Paths in manifests of Go and Rust that lead out of the tree: `replace x => ../x`, `x = { path = "../x" }`.

use super::answer::{Elsewhere, quoted, text};
use crate::gate::TreeFiles;

/// A dependency by a path that leaves the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outside {
    /// The manifest.
    manifest: String,
    /// The dependency's name.
    package: String,
    /// The path as written.
    path: String,
    /// Where it leads from the root of the tree, or an absolute path.
    target: String,
    /// Whether the tree has a package of that name itself.
    own: bool,
}

impl Outside {
    /// What follows from whether there is something at the path.
    pub(super) fn elsewhere(&self, fate: &str) -> Option<Elsewhere> {
        let Outside { manifest, package, path, own, .. } = self;
        let advice = if fate == "missing" {
            format!(
                "there is nothing at that path beside a worktree: let `{manifest}` name it by an absolute path or a version, or put it into this repository"
            )
        } else if *own {
            format!("let `{manifest}` name the one in this repository")
        } else {
            // Another project's code, and it is there.
            return None;
        };
        Some(Elsewhere { package: package.clone(), from: format!("`{path}`"), advice })
    }
}

/// Every such dependency of the manifests in a tree.
pub(super) fn outside(paths: &[String], tree: &TreeFiles) -> Vec<Outside> {
    let own_file = |path: &&String| !path.split('/').any(|part| matches!(part, "vendor" | "testdata" | "fixtures"));
    let manifests: Vec<(&String, String)> = paths
        .iter()
        .filter(own_file)
        .filter(|path| matches!(path.rsplit('/').next(), Some("go.mod" | "Cargo.toml")))
        .filter_map(|path| Some((path, text(&*tree.0, path)?)))
        .collect();
    let names: Vec<String> = manifests.iter().filter_map(|(path, text)| own_name(path, text)).collect();
    let mut found = Vec::new();
    for (manifest, text) in &manifests {
        let folder = manifest.rsplit_once('/').map_or("", |(folder, _)| folder);
        let pairs = if manifest.ends_with("go.mod") { replaced(text) } else { by_path(text) };
        for (package, path) in pairs {
            if let Some(target) = leaving(folder, &path) {
                let own = names.contains(&package);
                found.push(Outside { manifest: (*manifest).clone(), package, path, target, own });
            }
        }
    }
    found
}

/// Tells which of them are there.
pub(super) fn shell(all: &[Outside]) -> String {
    let ask = |(n, outside): (usize, &Outside)| {
        let target = quoted(&outside.target);
        format!("if [ -e {target} ]; then printf 'path\\t{n}\\tthere\\n'; else printf 'path\\t{n}\\tmissing\\n'; fi")
    };
    all.iter().enumerate().map(ask).collect::<Vec<_>>().join("\n")
}

/// The name that a manifest gives its own package.
fn own_name(path: &str, text: &str) -> Option<String> {
    if path.ends_with("go.mod") {
        let line = text.lines().find_map(|line| line.trim().strip_prefix("module "))?;
        return Some(line.trim().trim_matches('"').to_owned());
    }
    let parsed: toml::Table = text.parse().ok()?;
    Some(parsed.get("package")?.get("name")?.as_str()?.to_owned())
}

/// Where a path leads from the root of the tree, if it leaves it.
fn leaving(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return Some(path.to_owned());
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let mut above = 0;
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part != ".." {
            parts.push(part);
        } else if parts.pop().is_none() {
            above += 1;
        }
    }
    (above > 0).then(|| format!("{}{}", "../".repeat(above), parts.join("/")))
}

/// `replace a => ../b`, alone or in a block.
fn replaced(text: &str) -> Vec<(String, String)> {
    let (mut found, mut block) = (Vec::new(), false);
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default().trim();
        match line {
            "replace (" => block = true,
            ")" => block = false,
            _ => {
                let rest = line.strip_prefix("replace ").or(block.then_some(line));
                let Some((old, new)) = rest.and_then(|rest| rest.split_once("=>")) else { continue };
                let word = |text: &str| text.split_whitespace().next().unwrap_or_default().trim_matches('"').to_owned();
                let path = word(new);
                if path.starts_with('.') || path.starts_with('/') {
                    found.push((word(old), path));
                }
            }
        }
    }
    found
}

/// Every `path` below a table of dependencies or patches.
fn by_path(text: &str) -> Vec<(String, String)> {
    let Ok(parsed) = text.parse::<toml::Table>() else { return Vec::new() };
    let mut found = Vec::new();
    collect(&toml::Value::Table(parsed), false, "", &mut found, 0);
    found
}

/// Tables inside each other, at most: `target.x.dependencies.y` has four.
const DEEPEST: usize = 8;

fn collect(value: &toml::Value, dependencies: bool, name: &str, found: &mut Vec<(String, String)>, depth: usize) {
    let Some(table) = value.as_table().filter(|_| depth < DEEPEST) else { return };
    if let (true, Some(path)) = (dependencies, table.get("path").and_then(toml::Value::as_str)) {
        let package = table.get("package").and_then(toml::Value::as_str).unwrap_or(name);
        found.push((package.to_owned(), path.to_owned()));
        return;
    }
    for (key, inner) in table {
        let inside = dependencies || key.ends_with("dependencies") || key == "patch" || key == "replace";
        collect(inner, inside, key, found, depth + 1);
    }
}
