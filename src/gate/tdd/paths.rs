//! What a path is for, by the habits of each language and by the gate's own globs.

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::model::GateDef;
use crate::source::{Language, ending, file_name, is_test_path};

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Tests, and what only tests use.
    Test,
    /// Code that is shipped; it may have tests inside.
    Source,
    /// What says how the project is built and which packages it takes.
    Manifest,
    /// Words for people: no test could show a difference.
    Document,
    /// Anything else a program may read.
    Data,
}

const MANIFESTS: [&str; 19] = [
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "requirements.txt",
    "poetry.lock",
    "uv.lock",
    "pytest.ini",
    "tox.ini",
    "package.json",
    "package-lock.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "tsconfig.json",
    "go.mod",
    "go.sum",
    "Makefile",
];

/// Whether cargo builds a path as a program of its own that no test can reach: an example, a benchmark, a build script.
pub(super) fn is_program_beside(path: &str) -> bool {
    let folders = || path.split('/').rev().skip(1);
    ending(path) == "rs"
        && (file_name(path) == "build.rs" || folders().any(|folder| folder == "examples" || folder == "benches"))
}

/// Tells what paths are for.
#[derive(Debug)]
pub(super) struct Paths {
    tests: GlobSet,
}

impl Paths {
    /// With the gate's own globs of test files. Malformed ones were refused with the settings.
    pub(super) fn new(def: &GateDef) -> Paths {
        let mut set = GlobSetBuilder::new();
        for glob in def.tests.iter().filter_map(|glob| Glob::new(glob).ok()) {
            set.add(glob);
        }
        Paths { tests: set.build().unwrap_or_default() }
    }

    pub(super) fn class(&self, path: &str) -> Class {
        let name = file_name(path);
        if self.tests.is_match(path) || is_test_path(path) {
            return Class::Test;
        }
        if MANIFESTS.contains(&name) || name.starts_with("vitest.config") || name.starts_with("jest.config") {
            return Class::Manifest;
        }
        if Language::of_path(path).is_some() {
            return Class::Source;
        }
        let words = matches!(ending(path), "md" | "rst" | "adoc" | "txt" | "svg" | "png");
        let known = ["LICENSE", "NOTICE", "AUTHORS", "CODEOWNERS", ".gitignore"].contains(&name);
        if words || known { Class::Document } else { Class::Data }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;
    use crate::model::GateKind;

    #[test]
    fn programs_beside_the_tests() {
        assert!(["examples/a.rs", "a/benches/b/main.rs", "build.rs"].into_iter().all(is_program_beside));
        assert!(!["src/a.rs", "examples/a.py", "src/examples.rs"].into_iter().any(is_program_beside));
    }

    #[test]
    fn what_paths_are_for() {
        let def = GateDef { tests: vec!["checks/**".into()], ..testing::gate(GateKind::Tdd, "") };
        let paths = Paths::new(&def);
        for (class, list) in [
            (
                Class::Test,
                "tests/it.rs src/a/tests.rs pkg/test_a.py a_test.go src/a.test.ts checks/x.sh conftest.py tests/data.json",
            ),
            (Class::Source, "src/lib.rs pkg/a.py main.go src/a.ts contest.py src/testing_ground.rs"),
            (Class::Manifest, "Cargo.toml web/package.json go.mod vitest.config.ts"),
            (Class::Document, "README.md docs/a.rst LICENSE"),
            (Class::Data, "src/words.json config.yaml"),
        ] {
            for path in list.split(' ') {
                assert_eq!(paths.class(path), class, "{path}");
            }
        }
    }
}
