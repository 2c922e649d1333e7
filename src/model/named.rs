//! What a task's words name beyond files.

use serde::{Deserialize, Serialize};

/// Things that a task's words name: data that it makes or uses, tests that it writes, tools and services that it needs.
/// Names are as written, without backticks and signatures; each once, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Named {
    /// Entities, tables, types, endpoints, paths that it says it makes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub makes: Vec<String>,
    /// Those that it says it uses, and does not make.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<String>,
    /// Tests that it says it writes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<String>,
    /// Tools and services that it runs: `docker`, `postgres`, `port:8080`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environment: Vec<String>,
}

impl Named {
    /// Whether nothing is named.
    pub fn is_empty(&self) -> bool {
        *self == Named::default()
    }
}

/// Whether a path looks like that of a test.
pub fn is_test_path(path: &str) -> bool {
    const MARKS: [&str; 9] = ["_test.", "-test.", ".test.", ".spec.", "_spec.", "Test.", "Tests.", "Spec.", "_tests."];
    let name = path.rsplit('/').next().unwrap_or_default();
    let folder =
        |part: &str| matches!(part.to_ascii_lowercase().as_str(), "test" | "tests" | "__tests__" | "spec" | "e2e");
    path.split('/').any(folder)
        || ["test_", "test.", "tests."].iter().any(|start| name.to_ascii_lowercase().starts_with(start))
        || MARKS.iter().any(|mark| name.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_tests_are_told_from_others() {
        for path in ["tests/a.rs", "src/test_a.py", "a/UserTest.java", "a.spec.ts", "x/tests.rs", "pkg/a_test.go"] {
            assert!(is_test_path(path), "{path}");
        }
        for path in ["src/latest.json", "contest.rs", "specs/001/plan.md", "src/attestation.rs"] {
            assert!(!is_test_path(path), "{path}");
        }
    }
}
