//! Real history, read: what the rules about that which stands around tests say of commits that nobody wrote to cheat.
//!
//! ```text
//! ORCA_READ=/path/to/repository.git[:/another…] cargo test --test gates ways::history -- --nocapture
//! ```
//!
//! prints each commit that is refused, and the share. Without it nothing is read.

use std::collections::BTreeMap;
use std::process::Command;

use super::{Edit, judged};

/// Commits of each repository.
const MOST: usize = 150;

/// Rules that are about more than a test's own text.
const RULES: [&str; 3] = ["stand-in", "test-settings", "test-harness"];

fn git(repo: &str, args: &[&str]) -> String {
    let output = Command::new("git").args(["-C", repo]).args(args).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The program texts and settings of a commit.
fn tree(repo: &str, commit: &str, known: &mut BTreeMap<String, String>) -> Vec<(String, String)> {
    let listed = git(repo, &["ls-tree", "-r", "-l", commit]);
    let mut files = Vec::new();
    for line in listed.lines() {
        let Some((meta, path)) = line.split_once('\t') else { continue };
        let words: Vec<&str> = meta.split_whitespace().collect();
        let small = words.get(3).and_then(|size| size.parse::<u64>().ok()).is_some_and(|size| size < 200_000);
        if words[1] == "blob" && small {
            let text = known.entry(words[2].to_owned()).or_insert_with(|| git(repo, &["cat-file", "blob", words[2]]));
            files.push((path.to_owned(), text.clone()));
        }
    }
    files
}

#[test]
fn real_history_is_not_taken_for_cheating() {
    let Ok(places) = std::env::var("ORCA_READ") else { return };
    let (mut all, mut refused) = (0, 0);
    for repo in places.split(':') {
        let mut known = BTreeMap::new();
        let commits = git(repo, &["rev-list", "--no-merges", "-n", &MOST.to_string(), "HEAD"]);
        for commit in commits.lines() {
            let before = tree(repo, &format!("{commit}^"), &mut known);
            let after: BTreeMap<String, String> = tree(repo, commit, &mut known).into_iter().collect();
            let old: BTreeMap<&str, &str> = before.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
            let changed = |path: &&str| old.get(*path).copied() != after.get(*path).map(String::as_str);
            let paths =
                old.keys().copied().chain(after.keys().map(String::as_str).filter(|path| !old.contains_key(path)));
            let edits: Vec<Edit<'_>> = paths.filter(changed).map(|path| (path, after.get(path).cloned())).collect();
            if edits.is_empty() || edits.len() > 60 {
                continue;
            }
            let base: Vec<(&str, &str)> = old.iter().map(|(path, text)| (*path, *text)).collect();
            let (_, rules) = judged(&base, &edits);
            all += 1;
            if rules.iter().any(|rule| RULES.contains(&rule.as_str())) {
                refused += 1;
                println!("{repo} {commit} {rules:?}");
            }
        }
    }
    println!("{refused} of {all} commits");
}
