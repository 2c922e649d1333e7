//! A commit graph of our own, for merges in memory: where two histories meet is found without reading every commit of a
//! run again. It lies in our own folder; the repository's objects stay as they are, and nobody else looks into it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::Repo;
use super::call::Call;
use crate::model::Oid;

/// Longest that a graph may take to be written: for a history for which it takes longer it is not written again.
const LONGEST: Duration = Duration::from_secs(3);

/// Whether it took longer than that.
static TOO_LONG: AtomicBool = AtomicBool::new(false);

/// The folder of the graph.
pub fn graph_folder(repo: &Repo) -> PathBuf {
    repo.common_dir().join("orca/graph")
}

/// What stands in for a folder of objects.
fn objects(repo: &Repo) -> PathBuf {
    graph_folder(repo).join("objects")
}

/// The variable that makes git look into a folder of objects besides the repository's own.
const BESIDES: &str = "GIT_ALTERNATE_OBJECT_DIRECTORIES";

/// Has a call look into the graph, if there is one.
pub(super) fn with_graph(repo: &Repo, call: Call) -> Call {
    let folder = objects(repo);
    // A colon would end the path, a quote begin another way to write it.
    let plain = !folder.to_string_lossy().contains([':', '"']);
    if plain && folder.join("info/commit-graph").exists() { call.env(BESIDES, folder) } else { call }
}

/// Notes the history of `tip`. Only worth having: merges come out the same without it. A repository that has a graph of its
/// own is left at that one, since git looks into one only.
pub fn note_history(repo: &Repo, tip: &Oid) {
    let own = repo.common_dir().join("objects/info");
    let has_own = ["commit-graph", "commit-graphs"].iter().any(|name| own.join(name).exists());
    if has_own || TOO_LONG.load(Ordering::Relaxed) {
        return;
    }
    let folder = objects(repo);
    // Of a writer that was killed: there is one at a time.
    let _may_be_missing = std::fs::remove_file(folder.join("info/commit-graph.lock"));
    let begun = Instant::now();
    let written = std::fs::create_dir_all(folder.join("info")).map_err(|error| error.to_string()).and_then(|()| {
        let call = Call::found_from(repo.common_dir(), "noting the history of a head").patience(LONGEST * 4);
        let call = call.env("GIT_DIR", repo.common_dir()).env(BESIDES, &folder).args([
            "commit-graph",
            "write",
            "--no-progress",
            "--stdin-commits",
        ]);
        let call = call.arg(format!("--object-dir={}", folder.display())).stdin(format!("{tip}\n"));
        call.run().map(drop).map_err(|error| error.cause)
    });
    if begun.elapsed() > LONGEST || written.is_err() {
        TOO_LONG.store(true, Ordering::Relaxed);
    }
    if let Err(why) = written {
        tracing::debug!(why, "merges go without a graph");
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fixture, git};
    use super::super::{MergeOutcome, MergeRules, commit_tree, merge_one};
    use super::*;

    #[test]
    fn merges_come_out_the_same_and_the_repository_gets_no_graph() {
        let fixture = Fixture::new();
        let repo = fixture.repo();
        let path = repo.work_tree().to_owned();
        let base: Oid = git(&path, &["rev-parse", "HEAD"]).parse().unwrap();
        let work = |n: u32, text: &str| -> Oid {
            git(&path, &["checkout", "-q", "--detach", base.as_str()]);
            std::fs::write(path.join(format!("n{n}")), text).unwrap();
            git(&path, &["add", "-A"]);
            git(&path, &["commit", "-q", "-m", &format!("work {n}")]);
            git(&path, &["rev-parse", "HEAD"]).parse().unwrap()
        };
        let mut head = base.clone();
        for n in 0..4 {
            let theirs = work(n, "x\n");
            let MergeOutcome::Clean { tree } = merge_one(&repo, &head, &theirs, &MergeRules::default()).unwrap() else {
                panic!("they do not meet")
            };
            head = commit_tree(&repo, &tree, &[head.clone(), theirs], "merge\n", jiff::Timestamp::UNIX_EPOCH).unwrap();
        }
        let last = [work(9, "y\n"), work(0, "another\n")];
        let merged = || last.clone().map(|theirs| merge_one(&repo, &head, &theirs, &MergeRules::default()).unwrap());
        let without = merged();
        note_history(&repo, &head);
        assert!(objects(&repo).join("info/commit-graph").exists());
        assert_eq!(merged(), without);
        assert!(matches!(without, [MergeOutcome::Clean { .. }, MergeOutcome::Conflict { .. }]));
        assert!(!repo.common_dir().join("objects/info/commit-graph").exists());
        // What is noted may be gone: a graph that is damaged costs nothing but its use.
        std::fs::remove_dir_all(graph_folder(&repo)).unwrap();
        assert_eq!(merged(), without);
    }
}
