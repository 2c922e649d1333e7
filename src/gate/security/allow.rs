//! `.orca/allow`: what a person decided to let pass.
//!
//! ```text
//! # path (a glob)            rule (all of them when none is named)
//! tests/fixtures/**
//! .github/workflows/docs.yml ci-change
//! *                          sha256:<digest of one value>
//! ```
//!
//! The file of the *base* counts, never that of the change: an agent cannot exempt itself. For the same reason an
//! inline mark ([`MARK`]) counts only on a line that the base has, too; moved lines keep it.

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobMatcher};
use sha2::{Digest, Sha256};

use crate::model::Finding;

/// Where exemptions lie.
pub const ALLOW_FILE: &str = ".orca/allow";

/// On a line that was there before: its findings count for nothing.
pub const MARK: &str = "orca: allow";

/// The exemptions of a repository.
#[derive(Debug, Default)]
pub(super) struct Allowed {
    entries: Vec<(GlobMatcher, Option<String>)>,
    digests: BTreeSet<String>,
    marked: BTreeSet<String>,
}

impl Allowed {
    /// Reads the file. Lines that are no globs allow nothing.
    pub(super) fn read(text: &str) -> Allowed {
        let mut allowed = Allowed::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let mut words = line.split_whitespace();
            let (Some(glob), rule) = (words.next(), words.next()) else { continue };
            if let Some(digest) = rule.and_then(|rule| rule.strip_prefix("sha256:")) {
                allowed.digests.insert(digest.to_ascii_lowercase());
            } else if let Ok(glob) = GlobBuilder::new(glob).literal_separator(true).build() {
                allowed.entries.push((glob.compile_matcher(), rule.map(str::to_owned)));
            }
        }
        allowed
    }

    /// Takes over the marked lines of a file of the base.
    pub(super) fn add_marked(&mut self, text: &str) {
        self.marked.extend(text.lines().filter(|line| line.contains(MARK)).map(|line| line.trim().to_owned()));
    }

    /// Whether a finding is exempt by its place and rule.
    pub(super) fn covers(&self, finding: &Finding) -> bool {
        self.entries
            .iter()
            .any(|(glob, rule)| glob.is_match(&finding.file) && rule.as_ref().is_none_or(|rule| *rule == finding.rule))
    }

    /// Whether this very value is exempt.
    pub(super) fn has_value(&self, value: &str) -> bool {
        !self.digests.is_empty() && self.digests.contains(&digest(value))
    }

    /// Whether a line carries a mark that it had before.
    pub(super) fn has_line(&self, line: &str) -> bool {
        line.contains(MARK) && self.marked.contains(line.trim())
    }
}

fn digest(value: &str) -> String {
    Sha256::digest(value.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::found::found;

    #[test]
    fn exemptions_by_path_rule_value_and_mark() {
        let text = format!("# why\n\ntests/fixtures/**\nsrc/*.rs aws-key\n* sha256:{}\n[\n", digest("public"));
        let mut allowed = Allowed::read(&text);
        let covers = |file: &str, rule: &str| allowed.covers(&found(file, 1, rule, "x", ""));
        assert!(covers("tests/fixtures/deep/a", "anything"));
        assert!(covers("src/a.rs", "aws-key"));
        assert!(!covers("src/a.rs", "npm-token") && !covers("src/deep/a.rs", "aws-key") && !covers("a", "aws-key"));
        assert!(allowed.has_value("public") && !allowed.has_value("private"));
        allowed.add_marked("  key = 'x'  # orca: allow, a public test key\nother");
        assert!(allowed.has_line("key = 'x'  # orca: allow, a public test key"));
        assert!(!allowed.has_line("key = 'y'  # orca: allow, a public test key") && !allowed.has_line("other"));
    }
}
