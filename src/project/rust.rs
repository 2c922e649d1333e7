//! Rust projects.

use super::ecosystem::{Ecosystem, ProjectUnit, Test};
use super::tree::ProjectTree;
use crate::source::Language;

pub(super) const RUST: Ecosystem = Ecosystem { manifests: &["Cargo.toml"], shown_by: |_| None, unit };

fn unit(tree: &ProjectTree<'_>, folder: &str, manifest: String) -> ProjectUnit {
    let text = tree.text(&manifest).unwrap_or_default();
    let workspace = if text.contains("[workspace]") { " --workspace" } else { "" };
    let found =
        tree.any_contains(folder, |path| path.ends_with(".rs"), &["#[test]", "::test]", "#[rstest", "proptest!"]);
    let linted = ["clippy.toml", ".clippy.toml"].iter().any(|name| tree.has(folder, name))
        || ["[lints.clippy]", "[workspace.lints"].iter().any(|table| text.contains(table));
    ProjectUnit {
        folder: folder.to_owned(),
        language: Language::Rust,
        manifest,
        test: Ok(Test {
            run: format!("cargo test{workspace}"),
            framework: "cargo test",
            reports: true,
            reports_whole: true,
            tool: ("cargo", "install Rust: https://rustup.rs"),
            found,
            compiles: true,
            setup: None,
            unmeasured: None,
            otherwise: Vec::new(),
        }),
        build: Some(format!("cargo build{workspace}")),
        lint: linted.then(|| "cargo clippy --all-targets".to_owned()),
        keep: Some("target/"),
    }
}
