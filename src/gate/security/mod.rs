//! The gate that looks for what an agent must not decide alone: secrets, risky changes, sources of packages, deceptive
//! text, and whatever the project's scanners find.
//!
//! The rules of our own are pure and fast: a difference and two trees in, findings out. Nothing is said about lines that
//! were there before. `allow.rs` has the way to exempt something.

mod allow;
mod locks;
mod manifests;
mod risky;
mod secrets;
#[cfg(test)]
pub(super) mod testing;
mod texts;
mod unicode;

use std::borrow::Cow;

use super::{Diff, Evidence, Kind, Probe, Step, TreeKind, tools};
use crate::git::{FileDiff, Line};
use crate::model::{Finding, GateDef, GateKind};
use crate::settings::GateKeys;

pub use allow::{ALLOW_FILE, MARK};

use super::found::found;
use allow::Allowed;
use texts::{Texts, text};

/// The row of the registry.
pub(super) static KIND: Kind = Kind {
    keys: GateKeys {
        kind: GateKind::Security,
        names: &["tools"],
        read: tools::read_tools,
        commands: |_| Vec::new(),
        wants: |def| format!("{WANTS}{}", tools::wanted_of_tools(def)),
    },
    about: "secrets in added lines, risky changes, foreign or open sources of packages, deceptive characters, and the scanners named in `tools`",
    looks_at_diff: true,
    judge,
};

const WANTS: &str =
    ": no secrets, no changes of CI, hooks or package sources that the task does not name, versions pinned";

/// Judges a change.
pub(super) fn judge(def: &GateDef, diff: &Diff, evidence: &[(Probe, Evidence)]) -> Step {
    let texts = Texts { base: &*diff.old.0, head: &*diff.new.0 };
    // On merged trees every task has been judged already, with its plan at hand.
    let declared = |path: &str| match &diff.task {
        Some(task) => task.files.iter().any(|file| {
            let named = file.path.as_str().trim_end_matches('/');
            path.strip_prefix(named).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }),
        None => diff.kind != TreeKind::Task,
    };
    let exempt = exempt(diff, texts);
    tools::judge(def, diff, findings(&diff.files, &texts, &declared), &exempt, evidence)
}

/// Which findings of scanners a person let pass: by the allow file, or by a mark of ours or the scanner's own on a line
/// that was there before. An agent's own mark exempts nothing.
fn exempt<'d>(diff: &'d Diff, texts: Texts<'d>) -> impl Fn(&Finding) -> bool + 'd {
    let allowed = Allowed::read(&text(texts.base, ALLOW_FILE));
    move |finding| {
        let Some(file) = diff.file(&finding.file) else { return allowed.covers(finding) };
        let line = file.added.iter().find(|line| line.number == finding.line).map_or("", |line| line.text.trim());
        let marked = [MARK, "nosec", "nosem"].iter().any(|mark| line.contains(mark));
        allowed.covers(finding) || marked && texts.base(file).lines().any(|old| old.trim() == line)
    }
}

/// What the change adds that a person should decide about. `declared` says whether the plan names a file for the task:
/// risky *places* are then what the task is about.
fn findings(diff: &[FileDiff], texts: &Texts<'_>, declared: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut allowed = Allowed::read(&text(texts.base, ALLOW_FILE));
    for file in diff.iter().filter(|file| file.added.iter().any(|line| line.text.contains(MARK))) {
        allowed.add_marked(&texts.base(file));
    }
    let start = |path: &str| texts.head.read(path).map(|bytes| head_of(&bytes)).unwrap_or_default();
    let mut findings = Vec::new();
    for file in diff.iter().filter(|file| file.new_mode != 0 || file.old_mode != 0) {
        findings.extend(risky::in_file(file, &start).into_iter().filter(|finding| {
            let place = finding.rule.ends_with("-change");
            !(place && declared(&file.path))
        }));
        findings.extend(locks::in_file(file, texts));
        findings.extend(manifests::in_file(file, texts));
        if file.link_target().is_none() && !file.is_submodule() {
            file.added.iter().for_each(|line| findings.extend(line_findings(file, line, &allowed)));
        }
        if file.truncated {
            let what = "the change is too large to be looked at line by line";
            findings.push(found(
                &file.path,
                0,
                "too-large",
                what,
                "split it, or keep generated data out of the repository",
            ));
        }
    }
    findings.retain(|finding| !allowed.covers(finding));
    findings
}

fn head_of(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().take(64).copied().collect()
}

/// Lines longer than this are data; looking at each of their characters again and again would take minutes.
const LONGEST: usize = 64 << 10;

fn line_findings(file: &FileDiff, line: &Line, allowed: &Allowed) -> Vec<Finding> {
    let text = clipped(&line.text);
    if allowed.has_line(&text) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let add = |rule: &str, what: &str, advice: &str| found(&file.path, line.number, rule, what, advice);
    for secret in secrets::in_line(&text, !locks::is_lock(&file.path)) {
        if !allowed.has_value(secret.value) {
            let what = format!("{} stands in the file", secret.what);
            findings.push(add(secret.rule, &what, REVOKE));
        }
    }
    let prose = is_prose(&file.path);
    if let Some(deceit) = unicode::in_line(&text, !prose) {
        findings.push(add(deceit.rule, &deceit.what, "write the character as an escape, or take it out"));
    }
    if !prose {
        findings.extend(risky::in_line(&file.path, line.number, &text));
        findings.extend(manifests::in_line(&file.path, line.number, &text));
    }
    findings
}

const REVOKE: &str = "read it from the environment or a file that git ignores; if it is real, it must be revoked";

fn clipped(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST {
        return Cow::Borrowed(text);
    }
    let mut end = LONGEST;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    Cow::Borrowed(&text[..end])
}

/// Files that people read: installation commands and right-to-left marks belong there.
fn is_prose(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let text = [".md", ".mdx", ".rst", ".adoc", ".po", ".arb", ".html", ".strings", ".ftl"];
    let plain = name.ends_with(".txt") && !name.contains("requirements") && !name.contains("constraints");
    plain || text.iter().any(|ending| name.ends_with(ending)) || name == "readme" || name == "license"
}

#[cfg(test)]
mod tests {
    use super::testing::{Trees, rules_of};
    use super::*;

    fn token() -> String {
        format!("{}{}", "npm_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8")
    }

    fn judged(trees: &Trees) -> Vec<(String, u32)> {
        rules_of(&findings(&trees.diff(), &trees.texts(), &|path| path == ".github/workflows/release.yml"))
    }

    #[test]
    fn only_what_a_change_adds_is_judged() {
        let old = format!("a = '{}'\n", token());
        let new = format!("{old}b = 1\n");
        assert_eq!(judged(&Trees::new(&[("a.py", &old)], &[("a.py", &new)])), []);
        let leak = format!("b = 1\n{old}");
        let found = judged(&Trees::new(&[("a.py", "b = 1\n")], &[("a.py", &leak)]));
        assert_eq!(found, [("npm-token".to_owned(), 2)]);
        let gone = Trees::new(&[("a.py", &old)], &[]);
        assert_eq!(judged(&gone), [], "taking one out is no finding");
    }

    #[test]
    fn what_the_plan_declares_is_not_risky() {
        let change = |path: &str| Trees::new(&[], &[(path, "on: push\n")]);
        assert_eq!(judged(&change(".github/workflows/release.yml")), []);
        assert_eq!(judged(&change(".github/workflows/other.yml")), [("ci-change".to_owned(), 1)]);
    }

    #[test]
    fn the_allow_file_counts_as_the_base_has_it() {
        let leak = format!("a = '{}'\n", token());
        let allow = "fixtures/** npm-token\n";
        let before = Trees::new(&[(ALLOW_FILE, allow)], &[(ALLOW_FILE, allow), ("fixtures/a.py", &leak)]);
        assert_eq!(judged(&before), []);
        let with_it = Trees::new(&[], &[(ALLOW_FILE, allow), ("fixtures/a.py", &leak)]);
        assert_eq!(judged(&with_it), [("gate-change".to_owned(), 1), ("npm-token".to_owned(), 1)]);
    }

    #[test]
    fn an_inline_mark_counts_on_lines_that_had_it() {
        let marked = format!("a = '{}'  # {MARK}: public\n", token());
        assert_eq!(judged(&Trees::new(&[], &[("a.py", &marked)])), [("npm-token".to_owned(), 1)]);
        let moved = format!("import x\n\n{marked}");
        let indented = moved.replace("a = ", "  a = ");
        assert_eq!(judged(&Trees::new(&[("a.py", &marked)], &[("a.py", &indented)])), []);
    }

    #[test]
    fn scanners_are_silenced_by_what_was_there_before_only() {
        let (old, new) = ("run()  # nosec\n", "x = 1\n  run()  # nosec\neval()  # nosec\n");
        let allow = (ALLOW_FILE, "Cargo.lock RUSTSEC-1\n");
        let trees = Trees::new(&[allow, ("a.py", old)], &[allow, ("a.py", new), ("Cargo.lock", "b\n")]);
        let diff = crate::gate::testing::diff(&[("a.py", old, new), ("Cargo.lock", "", "b\n")]);
        let exempt = exempt(&diff, trees.texts());
        let at = |file: &str, line, rule: &str| exempt(&found(file, line, rule, "", ""));
        assert!(at("a.py", 2, "B602") && at("Cargo.lock", 1, "RUSTSEC-1"));
        assert!(!at("a.py", 3, "B602") && !at("Cargo.lock", 1, "RUSTSEC-2"), "an agent exempts nothing");
    }

    #[test]
    fn prose_may_say_how_to_install() {
        let line = "curl -sSf https://sh.example | sh\n";
        assert_eq!(judged(&Trees::new(&[], &[("README.md", line)])), []);
        assert_eq!(judged(&Trees::new(&[], &[("setup.sh", line)])), [("fetch-and-run".to_owned(), 1)]);
    }

    #[test]
    fn long_lines_are_looked_at_in_part() {
        let line = format!("{}\n", "a=b ".repeat(100_000));
        assert_eq!(judged(&Trees::new(&[], &[("data.js", &line)])), []);
    }
}
