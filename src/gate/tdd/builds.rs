//! Settings of Go and cargo, and build scripts, by which something else is built than everybody gets: a library of
//! assertions from the tree, another code in the profile of tests, sources written before they are compiled.

use std::sync::LazyLock;

use regex::Regex;
use toml::{Table, Value};

use super::super::{Diff, TreeFiles};
use super::allowed;
use super::called::Called;
use super::change::{Change, File};
use crate::model::Finding;
use crate::source::file_name;

/// Every such change.
pub(super) fn replacements(change: &Change, diff: &Diff, called: &Called<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in &change.files {
        let Some(new) = &file.new else { continue };
        let name = file_name(&file.path);
        if allowed::names(diff, name) {
            continue;
        }
        let told = match name {
            "go.mod" | "go.work" => of_go(file, new, diff, called),
            "Cargo.toml" => of_cargo(file, new, diff),
            "config.toml" | "config" if file.path.contains(".cargo/") => of_cargo_config(file, new, diff),
            "build.rs" => of_build_script(file, new, diff),
            _ => vendored(file, diff, called),
        };
        found.extend(told.into_iter().map(|(line, message)| finding(file, line, message)));
    }
    found
}

fn finding(file: &File, line: u32, message: String) -> Finding {
    let advice = "let tests build what everybody builds; this may only change when the task names it".to_owned();
    Finding { file: file.path.clone(), line, rule: "test-settings".to_owned(), message, advice }
}

/// Lines with what is wrong there.
type ToldLines = Vec<(u32, String)>;

/// The first line with a text, from 1.
fn line_of(text: &str, word: &str) -> u32 {
    text.lines().position(|line| line.contains(word)).map_or(1, |at| at as u32 + 1)
}

/// Whether a folder is new: the base has nothing below it.
fn is_new_folder(path: &str, old: &TreeFiles) -> bool {
    let below = format!("{}/", path.trim_start_matches("./").trim_end_matches('/'));
    !old.paths().iter().any(|known| known.starts_with(&below))
}

fn is_local(path: &str) -> bool {
    !path.starts_with('/') && !path.starts_with("..")
}

/// `replace github.com/stretchr/testify => ./fake`, of something that tests import, by a folder that the change brings.
fn of_go(file: &File, new: &str, diff: &Diff, called: &Called<'_>) -> ToldLines {
    let replaced = |line: &str| {
        let (what, by) = line.split_once("=>")?;
        let what = what.trim().trim_start_matches("replace").split_whitespace().next()?.to_owned();
        let by = by.split_whitespace().next()?.to_owned();
        (by.starts_with("./") || by.starts_with("../")).then_some((what, by))
    };
    let before: Vec<_> = file.old.iter().flat_map(|old| old.lines()).filter_map(replaced).collect();
    let of = |(number, line): (u32, &str)| {
        let (what, by) = replaced(line).filter(|it| !before.contains(it))?;
        let imported = called.is_imported(&|from| from == what || from.starts_with(&format!("{what}/")));
        let message = format!("`{what}`, which tests use, is replaced by a folder of the change");
        (imported && is_new_folder(&by, &diff.old)).then_some((number, message))
    };
    (1..).zip(new.lines()).filter_map(of).collect()
}

/// A package that tests use, changed where copies of packages lie, without the list of these copies.
fn vendored(file: &File, diff: &Diff, called: &Called<'_>) -> ToldLines {
    let Some(package) = file.path.strip_prefix("vendor/").filter(|path| path.ends_with(".go")) else {
        return Vec::new();
    };
    let folder = package.rsplit_once('/').map_or("", |(folder, _)| folder);
    let listed = diff.file("vendor/modules.txt").is_some();
    let used = !listed && called.is_imported(&|from| from == folder);
    if used { vec![(1, format!("`{folder}`, which tests use, is changed in its copy"))] } else { Vec::new() }
}

/// Each dependency that is taken from a folder: its name, and the folder.
fn local_dependencies(text: &str) -> Vec<(String, String)> {
    let Ok(manifest) = text.parse::<Table>() else { return Vec::new() };
    let mut found = Vec::new();
    let mut todo: Vec<(bool, &Table)> = vec![(false, &manifest)];
    while let Some((lists, table)) = todo.pop() {
        for (key, value) in table {
            let Value::Table(inner) = value else { continue };
            if let (true, Some(Value::String(path))) = (lists, inner.get("path")) {
                found.push((key.clone(), path.clone()));
            }
            todo.push((key.ends_with("dependencies") || table_is_patch(&manifest, table), inner));
        }
    }
    found
}

/// Whether a table is `[patch]`, whose members list packages.
fn table_is_patch(manifest: &Table, table: &Table) -> bool {
    manifest.get("patch").and_then(Value::as_table).is_some_and(|patch| std::ptr::eq(patch, table))
}

/// A dependency of the base that is now taken from a folder which the change brings.
fn of_cargo(file: &File, new: &str, diff: &Diff) -> ToldLines {
    let old = file.old.as_deref().unwrap_or_default();
    let known = local_dependencies(old);
    let of = |(name, path): (String, String)| {
        let was_needed = old.lines().any(|line| {
            let line = line.trim();
            line.split(['=', '.', ' ']).next().is_some_and(|key| key.trim_matches('"') == name)
                || line.ends_with(&format!("dependencies.{name}]"))
        });
        let folder = file.path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let new_folder = is_local(&path) && is_new_folder(&format!("{folder}{path}"), &diff.old);
        let message = format!("`{name}`, which was a package, is taken from a folder of the change");
        (was_needed && new_folder).then(|| (line_of(new, &format!("\"{path}\"")), message))
    };
    local_dependencies(new).into_iter().filter(|it| !known.contains(it)).filter_map(of).collect()
}

/// Packages from folders of the tree, and another compiler.
fn of_cargo_config(file: &File, new: &str, diff: &Diff) -> ToldLines {
    let parse = |text: &str| text.parse::<Table>().unwrap_or_default();
    let (before, after) = (parse(file.old.as_deref().unwrap_or_default()), parse(new));
    let mut told = ToldLines::new();
    for key in ["paths", "source"] {
        let changed = after.get(key).is_some() && before.get(key) != after.get(key);
        let local = after.get(key).is_some_and(|value| names_new_folder(value, diff));
        if changed && local {
            told.push((line_of(new, key), format!("`{key}` takes packages from a folder of the change")));
        }
    }
    let variables = after.get("env").and_then(Value::as_table).into_iter().flatten();
    for (name, value) in
        variables.filter(|(name, value)| before.get("env").and_then(|env| env.get(name)) != Some(value))
    {
        let builds = ["RUSTC", "RUSTDOC", "RUSTFLAGS", "CARGO_BUILD_", "CARGO_TARGET_", "CARGO_ENCODED_", "RUST_TEST_"];
        if builds.iter().any(|start| name.starts_with(start)) && !value.to_string().is_empty() {
            let threads = name == "RUST_TEST_THREADS" || name == "RUST_TEST_NOCAPTURE" || name == "CARGO_TARGET_DIR";
            told.extend(
                (!threads).then(|| (line_of(new, name), format!("`{name}` decides how tests are built and run"))),
            );
        }
    }
    told
}

/// Whether a value names a folder that the change brings.
fn names_new_folder(value: &Value, diff: &Diff) -> bool {
    let is_new = |path: &str| is_new_folder(path, &diff.old) && !is_new_folder(path, &diff.new);
    match value {
        Value::String(path) => is_local(path) && is_new(path),
        Value::Array(all) => all.iter().any(|value| names_new_folder(value, diff)),
        Value::Table(all) => all.iter().any(|(_, value)| names_new_folder(value, diff)),
        _ => false,
    }
}

/// A build script that knows the profile of tests, or that writes what is compiled.
fn of_build_script(file: &File, new: &str, diff: &Diff) -> ToldLines {
    static ASKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"env::var(?:_os)?\(\s*"(?:PROFILE|DEBUG|OPT_LEVEL|CARGO_CFG_TEST|CARGO_CFG_DEBUG_ASSERTIONS)""#)
            .ok()
    });
    static WRITES: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"(?:fs::write|write|File::create|create|OpenOptions|copy|rename|hard_link|symlink)\w*\s*\(.*"(?:\./)?(?:src|tests|benches)/"#).ok()
    });
    let (Some(asks), Some(writes)) = (ASKS.as_ref(), WRITES.as_ref()) else { return Vec::new() };
    let of = |line: &crate::git::Line| {
        let copies_from =
            ["copy(\"", "copy( \""].iter().any(|from| line.text.contains(from)) && line.text.contains("OUT_DIR");
        match () {
            () if asks.is_match(&line.text) && new.contains("rustc-cfg") => {
                Some((line.number, "the code would be another one in the profile of tests".to_owned()))
            }
            () if writes.is_match(&line.text) && !copies_from => {
                Some((line.number, "it writes what is compiled and tested".to_owned()))
            }
            () => None,
        }
    };
    diff.file(&file.path).into_iter().flat_map(|file| &file.added).filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_from_folders() {
        let text = "[dependencies]\na = { path = \"x\" }\nb = \"1\"\n\n[dev-dependencies.c]\npath = \"y\"\n\n[patch.crates-io]\nd = { path = \"z\" }\n\n[lib]\npath = \"src/a.rs\"\n\n[target.'cfg(unix)'.dependencies]\ne = { path = \"u\" }\n";
        let mut found = local_dependencies(text);
        found.sort();
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a", "c", "d", "e"]);
    }
}
