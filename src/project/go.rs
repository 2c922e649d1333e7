//! Go projects.

use super::ecosystem::{Ecosystem, ProjectUnit, Test};
use super::tree::ProjectTree;
use crate::source::Language;

pub(super) const GO: Ecosystem = Ecosystem { manifests: &["go.mod"], shown_by: |_| None, unit };

fn unit(tree: &ProjectTree<'_>, folder: &str, manifest: String) -> ProjectUnit {
    let linted = [".golangci.yml", ".golangci.yaml", ".golangci.toml"].iter().any(|name| tree.has(folder, name));
    ProjectUnit {
        folder: folder.to_owned(),
        language: Language::Go,
        manifest,
        test: Ok(Test {
            run: "go test ./...".to_owned(),
            framework: "go test",
            reports: true,
            reports_whole: true,
            tool: ("go", "install Go: https://go.dev/dl"),
            found: tree.below(folder).any(|path| path.ends_with("_test.go")),
            compiles: true,
            setup: None,
            unmeasured: None,
            otherwise: Vec::new(),
        }),
        build: Some("go build ./...".to_owned()),
        lint: Some(if linted { "golangci-lint run" } else { "go vet ./..." }.to_owned()),
        keep: None,
    }
}
