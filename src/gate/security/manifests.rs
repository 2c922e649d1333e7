//! Manifests: dependencies from other places than the language's registry, versions that are left open, commands that
//! run at installation.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::git::{FileDiff, Line};
use crate::model::Finding;

use super::texts::Texts;
use crate::gate::found::found;

const TAKE_REGISTRY: &str = "take it from the language's registry; otherwise a person allows the file in .orca/allow";

/// The findings of one manifest, by its name.
pub(super) fn in_file(file: &FileDiff, texts: &Texts<'_>) -> Vec<Finding> {
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    match name {
        "Cargo.toml" => by_line(file, cargo),
        "go.mod" => by_line(file, go),
        "pyproject.toml" | "Pipfile" | "setup.cfg" | "setup.py" => by_line(file, python),
        ".gitmodules" => by_line(file, gitmodules),
        "package.json" => package_json(file, texts),
        _ if is_requirements(&file.path) => requirements(file, texts),
        _ => Vec::new(),
    }
}

type Said = Option<(&'static str, String)>;

fn by_line(file: &FileDiff, rule: fn(&str) -> Said) -> Vec<Finding> {
    let judged = file.added.iter().filter_map(|line| {
        let (name, what) = rule(line.text.trim())?;
        Some(found(&file.path, line.number, name, &what, TAKE_REGISTRY))
    });
    judged.collect()
}

fn foreign(what: impl Into<String>) -> Said {
    Some(("foreign-source", what.into()))
}

fn cargo(line: &str) -> Said {
    if line.starts_with('#') {
        return None;
    }
    let key = |key: &str| line.split(['{', ',', ' ']).any(|word| word == key) && line.contains(&format!("{key} = \""));
    if key("git") {
        return foreign("a dependency from a git repository");
    }
    if key("registry") || key("registry-index") {
        return foreign("a dependency from another registry");
    }
    if ["[patch", "[replace", "[source."].iter().any(|table| line.starts_with(table)) {
        return foreign("a table that replaces where packages come from");
    }
    let open = line.ends_with("= \"*\"") || line.contains("version = \"*\"");
    open.then(|| ("unpinned", "a dependency without a version".to_owned()))
}

fn go(line: &str) -> Said {
    let replaces = line.contains("=>") && !line.starts_with("//");
    if replaces { foreign("a `replace`: another module takes this one's place") } else { None }
}

fn gitmodules(line: &str) -> Said {
    let url = line.strip_prefix("url").is_some_and(|rest| rest.trim_start().starts_with('='));
    url.then(|| ("submodule", "the address of a submodule is new or changed".to_owned()))
}

fn python(line: &str) -> Said {
    if line.starts_with('#') {
        return None;
    }
    let addressed = ["@ git+", "@ http", "@git+", "@https:", "@http:"].iter().any(|mark| line.contains(mark));
    if addressed || line.contains("git = \"") {
        return foreign("a dependency from an address");
    }
    let index = ["[[tool.poetry.source]]", "[[tool.uv.index]]", "[[tool.pdm.source]]", "[[source]]", "[tool.uv.pip]"];
    if index.contains(&line) || options(line) {
        return foreign("another package index");
    }
    let open = line.ends_with("= \"*\"") && !line.starts_with("python");
    open.then(|| ("unpinned", "a dependency without a version".to_owned()))
}

/// Options of pip and its settings that lead to other places.
fn options(line: &str) -> bool {
    ["index-url", "index_url", "find-links", "find_links", "trusted-host", "dependency_links", "default-index"]
        .iter()
        .any(|option| line.contains(option))
}

/// Options of installers in any program or script: rule `foreign-source`.
pub(super) fn in_line(path: &str, number: u32, line: &str) -> Option<Finding> {
    let installs = ["pip install", "pip3 install", "uv pip", "npm install", "npm i ", "yarn add", "pnpm add"];
    let elsewhere = ["--index-url", "--extra-index-url", "--trusted-host", "--find-links", "--registry"];
    let both = installs.iter().any(|word| line.contains(word)) && elsewhere.iter().any(|option| line.contains(option));
    both.then(|| found(path, number, "foreign-source", "installs from another package index", TAKE_REGISTRY))
}

fn is_requirements(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let folder = path.rsplit('/').nth(1).unwrap_or_default();
    let text = name.ends_with(".txt") || name.ends_with(".in");
    text && (name.contains("requirements") || name.starts_with("constraints") || folder == "requirements")
}

fn requirements(file: &FileDiff, texts: &Texts<'_>) -> Vec<Finding> {
    // A project that writes ranges on purpose is left its habit; an empty or new file has none yet.
    let before = texts.base(file);
    let old: Vec<&str> = before.lines().map(requirement).filter(|line| !line.is_empty()).collect();
    let habit = old.iter().filter(|line| !line.starts_with('-') && !is_pinned(line)).count() * 2 > old.len();
    file.added.iter().filter_map(|line| one_requirement(file, line, habit)).collect()
}

fn requirement(line: &str) -> &str {
    line.split(" #").next().unwrap_or(line).trim().trim_start_matches('#').trim()
}

fn is_pinned(line: &str) -> bool {
    line.contains("==") && !line.contains("*")
}

fn one_requirement(file: &FileDiff, line: &Line, habit: bool) -> Option<Finding> {
    let text = line.text.trim();
    if text.is_empty() || text.starts_with('#') {
        return None;
    }
    let text = requirement(text);
    let (rule, what) = if options(text) || text.starts_with("-i ") || text.starts_with("-f ") {
        ("foreign-source", "another package index".to_owned())
    } else if text.contains("git+") || text.contains("://") {
        ("foreign-source", "a package from an address".to_owned())
    } else if text.starts_with('-') || text.starts_with('.') || is_pinned(text) || habit {
        return None;
    } else {
        let name = text.split(|c: char| "<>=!~;[ ".contains(c)).next().unwrap_or(text);
        ("unpinned", format!("`{name}` is not pinned to one version"))
    };
    let advice = if rule == "unpinned" { "write name==version, as tested" } else { TAKE_REGISTRY };
    Some(found(&file.path, line.number, rule, &what, advice))
}

const DEPENDENCIES: [&str; 4] = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

/// Scripts that a package manager runs by itself.
const INSTALL_SCRIPTS: [&str; 6] = ["preinstall", "install", "postinstall", "prepare", "prepublish", "preprepare"];

fn package_json(file: &FileDiff, texts: &Texts<'_>) -> Vec<Finding> {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let (before, after) = (read(&texts.base(file)), read(&texts.head(file)));
    let entries = |package: &Value, table: &str| -> BTreeMap<String, String> {
        let table = package[table].as_object().into_iter().flatten();
        table.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
    };
    let line_of = |name: &str| {
        let quoted = format!("\"{name}\"");
        file.added.iter().find(|line| line.text.contains(&quoted)).map_or(0, |line| line.number)
    };
    let mut findings = Vec::new();
    for table in DEPENDENCIES.iter().chain(["overrides", "resolutions"].iter()) {
        let old = entries(&before, table);
        for (name, version) in entries(&after, table).into_iter().filter(|(name, now)| old.get(name) != Some(now)) {
            if let Some((rule, what)) = npm_version(&name, &version, *table == "peerDependencies") {
                findings.push(found(&file.path, line_of(&name), rule, &what, TAKE_REGISTRY));
            }
        }
    }
    let old = entries(&before, "scripts");
    for (name, script) in entries(&after, "scripts") {
        if INSTALL_SCRIPTS.contains(&name.as_str()) && old.get(&name) != Some(&script) {
            let what = format!("the script `{name}` runs automatically on each installation");
            findings.push(found(&file.path, line_of(&name), "install-script", &what, super::risky::DECLARE));
        }
    }
    findings
}

fn npm_version(name: &str, version: &str, peer: bool) -> Said {
    let address = ["://", "git+", "git@", "github:", "gitlab:", "bitbucket:", "gist:"];
    if address.iter().any(|mark| version.contains(mark)) {
        return foreign(format!("`{name}` comes from an address"));
    }
    let short = !version.starts_with(['@', 'n', 'w', 'f', 'l', 'c', 'p'])
        && version.contains('/')
        && !version.contains(char::is_whitespace);
    if short && !version.starts_with('.') {
        return foreign(format!("`{name}` comes from a git repository"));
    }
    let open = !peer && ["", "*", "x", "latest", "next"].contains(&version.trim());
    open.then(|| ("unpinned", format!("`{name}` has no version")))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Trees, rules_of};
    use super::*;

    fn judged(name: &str, base: &str, head: &str) -> Vec<(String, u32)> {
        let trees = Trees::new(&[(name, base)], &[(name, head)]);
        rules_of(&in_file(&trees.diff()[0], &trees.texts()))
    }

    fn one(rule: &str, line: u32) -> Vec<(String, u32)> {
        vec![(rule.to_owned(), line)]
    }

    #[test]
    fn cargo_manifests() {
        let base = "[dependencies]\n";
        let with = |line: &str| judged("Cargo.toml", base, &format!("{base}{line}\n"));
        assert_eq!(with("a = { git = \"https://example.org/a\" }"), one("foreign-source", 2));
        assert_eq!(with("git = \"https://example.org/a\""), one("foreign-source", 2));
        assert_eq!(with("a = { version = \"1\", registry = \"mine\" }"), one("foreign-source", 2));
        assert_eq!(with("[patch.crates-io]"), one("foreign-source", 2));
        assert_eq!(with("a = \"*\""), one("unpinned", 2));
        for fine in ["a = \"1.2\"", "git2 = \"0.21\"", "a = { path = \"../a\" }", "# a = { git = \"x\" }"] {
            assert_eq!(with(fine), [], "{fine}");
        }
    }

    #[test]
    fn requirements_of_python() {
        let with = |base: &str, line: &str| judged("requirements.txt", base, &format!("{base}{line}\n"));
        assert_eq!(with("flask==3.0\n", "requests"), one("unpinned", 2));
        assert_eq!(with("flask==3.0\n", "requests>=2"), one("unpinned", 2));
        assert_eq!(with("", "requests"), one("unpinned", 1));
        assert_eq!(with("flask\nclick>=8\n", "requests>=2"), [], "the project's habit");
        assert_eq!(with("flask==3.0\n", "--extra-index-url https://x.example/simple"), one("foreign-source", 2));
        assert_eq!(with("flask\nclick\n", "-i https://x.example/simple"), one("foreign-source", 3));
        assert_eq!(with("", "a @ git+https://x.example/a"), one("foreign-source", 1));
        assert_eq!(with("", "https://x.example/a.whl"), one("foreign-source", 1));
        for fine in ["requests==2.32.0", "# a comment", "-r base.txt", "requests==2.32.0 ; python_version > '3.8'"] {
            assert_eq!(with("flask==3.0\n", fine), [], "{fine}");
        }
        assert_eq!(judged("docs/notes.txt", "", "requests\n"), []);
    }

    #[test]
    fn python_projects_and_go() {
        let py = |line: &str| judged("pyproject.toml", "[project]\n", &format!("[project]\n{line}\n"));
        assert_eq!(py("  \"a @ git+https://x.example/a\","), one("foreign-source", 2));
        assert_eq!(py("[[tool.uv.index]]"), one("foreign-source", 2));
        assert_eq!(py("a = \"*\""), one("unpinned", 2));
        assert_eq!(py("dependencies = [\"requests>=2\"]"), []);
        assert_eq!(py("python = \"*\""), []);
        let go = judged("go.mod", "module m\n", "module m\nreplace a.example/x => b.example/y v1.0.0\n");
        assert_eq!(go, one("foreign-source", 2));
        assert_eq!(judged("go.mod", "module m\n", "module m\nrequire a.example/x v1.0.0\n"), []);
        let submodule = "[submodule \"x\"]\n\tpath = x\n\turl = https://x.example/x\n";
        assert_eq!(judged(".gitmodules", "", submodule), one("submodule", 3));
    }

    #[test]
    fn packages_of_node() {
        let base = r#"{
 "repository": "github:a/b",
 "scripts": {"test": "vitest"},
 "dependencies": {
  "a": "^1.0.0"
 }
}"#;
        let with = |from: &str, to: &str| judged("package.json", base, &base.replace(from, to));
        let dependency = |line: &str| with("\"a\": \"^1.0.0\"", &format!("\"a\": \"^1.0.0\",\n  {line}"));
        assert_eq!(dependency("\"b\": \"git+https://x.example/b\""), one("foreign-source", 6));
        assert_eq!(dependency("\"b\": \"someone/b\""), one("foreign-source", 6));
        assert_eq!(dependency("\"b\": \"latest\""), one("unpinned", 6));
        assert_eq!(dependency("\"b\": \"^2.0.0\""), []);
        assert_eq!(dependency("\"b\": \"npm:@c/d@^2.0.0\""), []);
        assert_eq!(dependency("\"b\": \"workspace:*\""), []);
        assert_eq!(with("\"vitest\"", "\"vitest\", \"postinstall\": \"node x.js\""), one("install-script", 3));
        assert_eq!(with("github:a/b", "github:c/d"), [], "no dependency");
    }

    #[test]
    fn installers_in_scripts() {
        let rule = |line: &str| in_line("ci.sh", 4, line).map(|finding| (finding.rule, finding.line));
        let found = Some(("foreign-source".to_owned(), 4));
        assert_eq!(rule("pip install --index-url https://x.example/simple a"), found);
        assert_eq!(rule("npm install --registry=https://x.example a"), found);
        assert_eq!(rule("pip install -r requirements.txt"), None);
        assert_eq!(rule("git clone --registry"), None);
    }
}
