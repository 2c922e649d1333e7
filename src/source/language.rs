//! Which language a file is in: the one table of endings.

use serde::{Deserialize, Serialize};

/// A programming language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are the languages'")]
pub enum Language {
    Rust,
    Python,
    JavaScript,
    TypeScript,
    Go,
    /// One without a grammar here, whose comments and strings look like C's.
    Other,
}

/// Endings, and what a file with one is written in. Components (`.vue`, `.svelte`) have scripts inside a page.
const ENDINGS: [(&str, Language); 33] = [
    ("rs", Language::Rust),
    ("py", Language::Python),
    ("pyi", Language::Python),
    ("js", Language::JavaScript),
    ("jsx", Language::JavaScript),
    ("mjs", Language::JavaScript),
    ("cjs", Language::JavaScript),
    ("vue", Language::JavaScript),
    ("svelte", Language::JavaScript),
    ("ts", Language::TypeScript),
    ("tsx", Language::TypeScript),
    ("mts", Language::TypeScript),
    ("cts", Language::TypeScript),
    ("go", Language::Go),
    ("c", Language::Other),
    ("h", Language::Other),
    ("cc", Language::Other),
    ("cpp", Language::Other),
    ("hpp", Language::Other),
    ("java", Language::Other),
    ("kt", Language::Other),
    ("cs", Language::Other),
    ("swift", Language::Other),
    ("scala", Language::Other),
    ("php", Language::Other),
    ("rb", Language::Other),
    ("sh", Language::Other),
    ("lua", Language::Other),
    ("ex", Language::Other),
    ("exs", Language::Other),
    ("dart", Language::Other),
    ("zig", Language::Other),
    ("m", Language::Other),
];

impl Language {
    /// The language of a path, by its ending; none for what is no program text.
    pub fn of_path(path: &str) -> Option<Language> {
        let ending = ending(path);
        ENDINGS.iter().find(|(known, _)| *known == ending).map(|(_, language)| *language)
    }

    /// The language of a path, if its texts can be read as syntax.
    pub fn with_grammar(path: &str) -> Option<Language> {
        Language::of_path(path).filter(|language| *language != Language::Other)
    }

    /// Its name as people write it.
    pub fn name(self) -> &'static str {
        match self {
            Language::Rust => "Rust",
            Language::Python => "Python",
            Language::JavaScript => "JavaScript",
            Language::TypeScript => "TypeScript",
            Language::Go => "Go",
            Language::Other => "another language",
        }
    }

    /// Whether it is JavaScript or TypeScript.
    pub fn is_script(self) -> bool {
        matches!(self, Language::JavaScript | Language::TypeScript)
    }
}

/// Folders whose files are tests in every language here.
const TEST_FOLDERS: [&str; 7] = ["tests", "test", "__tests__", "__mocks__", "spec", "testdata", "fixtures"];

/// Whether a path is that of a test, or of what only tests use, by the habits of its language.
pub fn is_test_path(path: &str) -> bool {
    let name = file_name(path);
    if path.split('/').rev().skip(1).any(|folder| TEST_FOLDERS.contains(&folder)) {
        return true;
    }
    match Language::of_path(path) {
        Some(Language::Python) => {
            name.starts_with("test_") || name.ends_with("_test.py") || name == "conftest.py" || name == "tests.py"
        }
        Some(Language::Go) => name.ends_with("_test.go"),
        Some(Language::JavaScript | Language::TypeScript) => {
            // As Node's own runner finds them, besides.
            let stem = name.split('.').next().unwrap_or_default();
            [".test.", ".spec.", ".test-d."].iter().any(|part| name.contains(part))
                || stem == "test"
                || stem.starts_with("test-")
                || ["-test", "_test"].iter().any(|end| stem.ends_with(end))
        }
        Some(Language::Rust) => name == "tests.rs" || name == "test.rs",
        Some(Language::Other) => {
            let stem = name.split('.').next().unwrap_or_default();
            stem.ends_with("Test") || stem.ends_with("Tests") || stem.ends_with("_test") || stem.ends_with("_spec")
        }
        None => false,
    }
}

/// Whether a path is that of a page with scripts inside.
pub(super) fn is_component(path: &str) -> bool {
    matches!(ending(path), "vue" | "svelte")
}

/// The ending of a path, without the dot; empty if it has none.
pub fn ending(path: &str) -> &str {
    file_name(path).rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// The last part of a path.
pub fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_stand_where_their_runners_find_them() {
        for path in ["test.js", "src/cart-test.mjs", "test-cart.cjs", "cart_test.ts", "index.test-d.ts", "a/test.ts"] {
            assert!(is_test_path(path), "{path}");
        }
        for path in ["testing.js", "contest.js", "latest.ts", "src/tester.ts", "test.json"] {
            assert!(!is_test_path(path), "{path}");
        }
    }

    #[test]
    fn endings_are_unique_and_known() {
        let names: std::collections::BTreeSet<&str> = ENDINGS.iter().map(|(ending, _)| *ending).collect();
        assert_eq!(names.len(), ENDINGS.len());
        for (path, language) in [
            ("src/a.rs", Some(Language::Rust)),
            ("a.b/c.tsx", Some(Language::TypeScript)),
            ("web/App.vue", Some(Language::JavaScript)),
            ("a.java", Some(Language::Other)),
            ("a.b/README", None),
            ("rs", None),
        ] {
            assert_eq!(Language::of_path(path), language, "{path}");
        }
        assert_eq!(Language::with_grammar("a.java"), None);
    }
}
