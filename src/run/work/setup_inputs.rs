//! What a setup command reads, as far as it can be told: when one of these files changes, it runs again.

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use sha2::{Digest, Sha256};

use crate::git::Repo;
use crate::model::{Error, ErrorKind, Oid, Result};

/// Manifests and lock files of the package managers that people use, the versions of tools that they ask for, and the files
/// of programs that run a setup by its name; at any depth.
const MANIFESTS: &[&str] = &[
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    ".yarnrc.yml",
    ".npmrc",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "bun.lock",
    "bun.lockb",
    "deno.json",
    "deno.lock",
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain",
    "rust-toolchain.toml",
    "pyproject.toml",
    "requirements*.txt",
    "requirements*.in",
    "constraints*.txt",
    "setup.py",
    "setup.cfg",
    "poetry.lock",
    "uv.lock",
    "pdm.lock",
    "Pipfile",
    "Pipfile.lock",
    "environment.yml",
    "go.mod",
    "go.sum",
    "go.work",
    "Gemfile",
    "Gemfile.lock",
    "composer.json",
    "composer.lock",
    "mix.exs",
    "mix.lock",
    "pubspec.yaml",
    "pubspec.lock",
    "build.gradle*",
    "pom.xml",
    ".tool-versions",
    "deno.jsonc",
    ".pnpmfile.cjs",
    "lerna.json",
    ".nvmrc",
    ".node-version",
    "pylock.toml",
    "pixi.toml",
    "pixi.lock",
    "environment.yaml",
    "conda-lock.yml",
    "**/requirements/*.txt",
    "**/requirements/*.in",
    ".python-version",
    "go.work.sum",
    "*.gemspec",
    ".ruby-version",
    "Directory.Packages.props",
    "*.csproj",
    "*.fsproj",
    "packages.lock.json",
    "global.json",
    "nuget.config",
    "Package.swift",
    "Package.resolved",
    "Podfile",
    "Podfile.lock",
    "settings.gradle*",
    "gradle.properties",
    "gradle.lockfile",
    "libs.versions.toml",
    "build.sbt",
    "rebar.config",
    "rebar.lock",
    "stack.yaml",
    "stack.yaml.lock",
    "*.cabal",
    "flake.nix",
    "flake.lock",
    "Makefile",
    "GNUmakefile",
    "makefile",
    "justfile",
    "Justfile",
    "Taskfile.yml",
    "mise.toml",
];

/// Files that lie over a commit's: none as content where they are taken away.
pub(super) type Laid = BTreeMap<String, Option<Vec<u8>>>;

/// A digest of what setup reads in a commit with `laid` over it: the files that `inputs` match, without any the manifests and lock files of
/// package managers; in either case those that the command itself names, with all below a folder that it names.
///
/// # Errors
/// A pattern is malformed, or the commit cannot be read.
pub(super) fn digest(repo: &Repo, commit: &Oid, laid: &Laid, command: &str, inputs: &[String]) -> Result<String> {
    let set = patterns(command, inputs)?;
    let mut lines = String::new();
    for (path, blob) in repo.files_with_blobs(commit)? {
        if set.is_match(&path) && !laid.contains_key(&path) {
            lines.push_str(&format!("{blob} {path}\n"));
        }
    }
    for (path, content) in laid.iter().filter(|(path, _)| set.is_match(path.as_str())) {
        if let Some(content) = content {
            lines.push_str(&format!("laid {} {path}\n", hex(&Sha256::digest(content))));
        }
    }
    Ok(hex(&Sha256::digest(lines.as_bytes())))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn patterns(command: &str, inputs: &[String]) -> Result<GlobSet> {
    let mut set = GlobSetBuilder::new();
    let mut add = |pattern: &str| -> Result<()> {
        let clean = pattern.trim_start_matches("./").trim_start_matches('/').trim_end_matches('/');
        // As in .gitignore, a name without a slash matches at any depth, and a folder all that is in it.
        let deep = if clean.contains('/') { clean.to_owned() } else { format!("**/{clean}") };
        for text in [deep.clone(), format!("{deep}/**")] {
            let glob = GlobBuilder::new(&text).literal_separator(true).build();
            let doing = || format!("reading the pattern `{pattern}` of `worktree.inputs`");
            set.add(glob.map_err(|e| Error::new(ErrorKind::Usage, doing(), e.kind().to_string()))?);
        }
        Ok(())
    };
    for pattern in inputs {
        add(pattern)?;
    }
    if inputs.is_empty() {
        MANIFESTS.iter().try_for_each(|name| add(name))?;
    }
    for word in named(command) {
        add(&globset::escape(word))?;
    }
    set.build().map_err(|e| Error::failed("reading what setup depends on", e))
}

/// The words of a command that could be paths.
fn named(command: &str) -> impl Iterator<Item = &str> {
    let parts = command.split(|c: char| c.is_whitespace() || "&|;<>()'\"`$={},".contains(c));
    let is_path =
        |word: &&str| word.len() > 1 && !word.starts_with('-') && !word.starts_with('/') && !word.contains("..");
    parts.filter(is_path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_set_up_reads() {
        let table = [
            ("npm ci", "", "package-lock.json web/package.json", "src/index.js README.md"),
            ("pip install -r requirements/dev.txt", "", "requirements/dev.txt requirements.txt", "app.py"),
            ("cargo fetch --locked", "", "Cargo.lock crates/a/Cargo.toml", "src/lib.rs"),
            (
                "./tools/bootstrap.sh && make -C build",
                "",
                "tools/bootstrap.sh build/Makefile",
                "src/a.c tools/other.sh",
            ),
            // What a named file reads in turn, and what a program reads that runs a setup by its name.
            (
                "pip install -r requirements/dev.txt",
                "",
                "requirements/base.txt api/requirements/base.in",
                "docs/base.txt",
            ),
            ("make deps", "", "Makefile tools/Makefile", "tools/make.py"),
            ("just bootstrap", "", "justfile mise.toml", "just.md"),
            ("dotnet restore", "", "src/App/App.csproj Directory.Packages.props", "src/App/App.cs"),
            ("swift package resolve", "", "Package.swift Package.resolved", "Sources/a.swift"),
            ("./gradlew deps", "", "gradlew gradle/libs.versions.toml app/build.gradle.kts", "app/A.kt"),
            ("cp deps.txt .inst", "deps.txt", "deps.txt", "package.json"),
            ("sh x.sh", "schemas/**", "schemas/a/b.sql x.sh", "other.sql"),
            ("true", "proto/", "proto/a.proto", "a.proto"),
        ];
        for (command, inputs, read, not) in table {
            let inputs: Vec<String> = inputs.split_whitespace().map(str::to_owned).collect();
            let set = patterns(command, &inputs).unwrap();
            read.split(' ').for_each(|path| assert!(set.is_match(path), "{command}: {path}"));
            not.split(' ').for_each(|path| assert!(!set.is_match(path), "{command}: {path}"));
        }
    }
}
