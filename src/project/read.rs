//! Reading a project.

use std::collections::BTreeMap;

use super::ecosystem::{Ecosystem, ProjectUnit};
use super::locked::{LockedSetup, locked};
use super::registry::ECOSYSTEMS;
use super::tools;
use super::tree::{ProjectTree, file_name, folder, join};
use crate::model::{Files, Result};
use crate::source::{Language, is_test_path};

/// Folders this deep may hold units of their own: `packages/api` is 2.
const DEEPEST: usize = 2;

/// Units at most: a monorepo of hundreds needs its own `orca.toml`, not a hundred gates.
const MOST_UNITS: usize = 6;

/// Where projects keep standing instructions for agents, the common name first.
const INSTRUCTIONS: [&str; 4] = ["AGENTS.md", "CLAUDE.md", "GEMINI.md", ".github/copilot-instructions.md"];

/// A standing instruction for agents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// Its path.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// What a repository is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Project {
    /// Languages with their numbers of source files, most first.
    pub languages: Vec<(Language, usize)>,
    /// Buildable parts, the root's first.
    pub units: Vec<ProjectUnit>,
    /// What lock files say of a fresh worktree, beyond what its tests need.
    pub locked: Vec<LockedSetup>,
    /// Names of the [`TOOLS`](crate::model::TOOLS) that fit it, installed or not.
    pub tools: Vec<&'static str>,
    /// Folders of the root with their numbers of files, by name; files of the root itself under `.`.
    pub layout: BTreeMap<String, usize>,
    /// Whether there are files of tests in a language that can be read.
    pub has_tests: bool,
    /// Folders that hold tests, by name.
    pub test_folders: Vec<String>,
    /// Standing instructions; equal ones (links) once.
    pub instructions: Vec<Instruction>,
    /// The first paragraph of the README that is text.
    pub summary: String,
    /// Whether ignored environment files are expected: `.env.example` or its like lies in the root.
    pub wants_env: bool,
    /// Whether `.worktreeinclude` lies in the root.
    pub has_worktree_include: bool,
}

impl Project {
    /// Languages in words: `Rust`, `Python and TypeScript`; empty when none is known.
    pub fn in_words(&self) -> String {
        let names: Vec<&str> = self.languages.iter().map(|(language, _)| language.name()).collect();
        match names.as_slice() {
            [] => String::new(),
            [one] => (*one).to_owned(),
            [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
        }
    }
}

/// Reads the project in `files`.
///
/// # Errors
/// If the files cannot be listed. Files that cannot be read count as absent.
pub fn read(files: &dyn Files) -> Result<Project> {
    let tree = ProjectTree::new(files)?;
    let mut units: Vec<ProjectUnit> =
        ECOSYSTEMS.iter().flat_map(|ecosystem| units(&tree, ecosystem)).take(MOST_UNITS).collect();
    if units.is_empty() {
        units.extend(unit_of_files(&tree));
    }
    Ok(Project {
        languages: languages(&tree),
        tools: tools::fitting(&tree, &units),
        locked: locked(&tree, &units),
        units,
        layout: layout(&tree),
        has_tests: tree.paths().iter().any(|path| Language::with_grammar(path).is_some() && is_test_path(path)),
        test_folders: test_folders(&tree),
        instructions: instructions(&tree),
        summary: summary(&tree),
        wants_env: [".env.example", ".env.sample", ".env.template"].iter().any(|name| tree.has("", name)),
        has_worktree_include: tree.has("", ".worktreeinclude"),
    })
}

fn languages(tree: &ProjectTree<'_>) -> Vec<(Language, usize)> {
    let mut counts: BTreeMap<Language, usize> = BTreeMap::new();
    for path in tree.paths() {
        if let Some(language) = Language::with_grammar(path) {
            *counts.entry(language).or_default() += 1;
        }
    }
    let mut counts: Vec<(Language, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(language, n)| (std::cmp::Reverse(*n), *language));
    counts
}

/// The unit of the root, or else those of folders: a manifest in the root speaks for what lies below it.
fn units(tree: &ProjectTree<'_>, ecosystem: &Ecosystem) -> Vec<ProjectUnit> {
    let mut folders: Vec<(&str, &str)> = Vec::new();
    for path in tree.paths() {
        let (folder, name) = (folder(path), file_name(path));
        let rank = |name: &str| ecosystem.manifests.iter().position(|manifest| *manifest == name);
        if rank(name).is_none() || depth(folder) > DEEPEST {
            continue;
        }
        match folders.iter_mut().find(|(known, _)| *known == folder) {
            Some((_, best)) if rank(name) < rank(best) => *best = name,
            Some(_) => {}
            None => folders.push((folder, name)),
        }
    }
    folders.sort_by_key(|(folder, _)| (depth(folder), *folder));
    let top = folders.first().map_or(0, |(folder, _)| depth(folder));
    let chosen = folders.into_iter().filter(|(folder, _)| top > 0 || folder.is_empty());
    let mut units: Vec<ProjectUnit> = Vec::new();
    for (folder, manifest) in chosen {
        if !units.iter().any(|unit| folder.starts_with(&format!("{}/", unit.folder))) {
            units.push((ecosystem.unit)(tree, folder, join(folder, manifest)));
        }
    }
    units
}

/// A project without any manifest, in the language that most of its files are written in.
fn unit_of_files(tree: &ProjectTree<'_>) -> Option<ProjectUnit> {
    let (language, _) = *languages(tree).first()?;
    let shown = |ecosystem: &Ecosystem| Some((ecosystem.unit)(tree, "", (ecosystem.shown_by)(tree)?));
    ECOSYSTEMS.iter().find_map(|ecosystem| shown(ecosystem)).filter(|unit| unit.language == language)
}

fn depth(folder: &str) -> usize {
    if folder.is_empty() { 0 } else { folder.split('/').count() }
}

fn layout(tree: &ProjectTree<'_>) -> BTreeMap<String, usize> {
    let mut layout = BTreeMap::new();
    for path in tree.paths() {
        let top = path.split_once('/').map_or(".", |(top, _)| top);
        *layout.entry(top.to_owned()).or_default() += 1;
    }
    layout
}

fn test_folders(tree: &ProjectTree<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for path in tree.paths() {
        let parts: Vec<&str> = path.split('/').collect();
        let folders = &parts[..parts.len() - 1];
        if let Some(at) = folders.iter().position(|part| matches!(*part, "test" | "tests" | "__tests__" | "spec")) {
            let folder = folders[..=at].join("/");
            if found.last() != Some(&folder) && !found.contains(&folder) {
                found.push(folder);
            }
        }
    }
    found
}

fn instructions(tree: &ProjectTree<'_>) -> Vec<Instruction> {
    let mut found: Vec<Instruction> = Vec::new();
    for path in INSTRUCTIONS {
        let Some(text) = tree.text(path).filter(|text| !text.trim().is_empty()) else { continue };
        if !found.iter().any(|known| known.text.trim() == text.trim()) {
            found.push(Instruction { path: path.to_owned(), text });
        }
    }
    found
}

/// Badges, headings, markup and fences are skipped; one paragraph, as one line.
fn summary(tree: &ProjectTree<'_>) -> String {
    let names = ["README.md", "README.rst", "README.txt", "README", "readme.md", "Readme.md"];
    let text = names.iter().find_map(|name| tree.text(name)).unwrap_or_default();
    let mut fenced = false;
    let mut paragraph: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim).take(200) {
        let fence = line.starts_with("```") || line.starts_with("~~~");
        fenced ^= fence;
        let prose = line.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '*' | '_' | '`' | '"'));
        let underline = !line.is_empty() && line.chars().all(|c| matches!(c, '=' | '-' | '~'));
        if prose && !fenced && !fence {
            paragraph.push(line);
        } else if underline && paragraph.len() == 1 {
            paragraph.clear();
        } else if !paragraph.is_empty() {
            break;
        }
    }
    paragraph.join(" ")
}
