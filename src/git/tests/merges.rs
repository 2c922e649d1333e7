//! Merges, their rules, and moving refs.

use std::fs;

use super::super::testing::{Fixture, git, noon, write};
use super::super::*;
use crate::model::{Error, Oid};

type Change = fn(&std::path::Path);

/// Name, our side, their side, the conflicts.
type Pair<'a> = (&'a str, Change, Change, &'a [(&'a str, ConflictKind)]);

fn paths(outcome: &MergeOutcome) -> Vec<(String, ConflictKind)> {
    match outcome {
        MergeOutcome::Clean { .. } => Vec::new(),
        MergeOutcome::Conflict { paths, .. } => paths.iter().map(|it| (it.path.clone(), it.kind.clone())).collect(),
    }
}

#[test]
fn one_batch_tells_clean_merges_from_every_kind_of_conflict() {
    let fixture = Fixture::new();
    let base = fixture.commit(
        "more",
        &[("bin", "\0\u{1}base"), ("old/one", "1\n1\n1\n"), ("old/two", "2\n2\n2\n"), ("old/three", "3\n3\n3\n")],
    );
    let nothing: &[(&str, ConflictKind)] = &[];
    let table: &[Pair<'_>] = &[
        ("apart", |d| write(d, "a.txt", "0\n2\n3\n4\n5\n"), |d| write(d, "a.txt", "1\n2\n3\n4\n9\n"), nothing),
        (
            "same line",
            |d| write(d, "a.txt", "1\nx\n3\n4\n5\n"),
            |d| write(d, "a.txt", "1\ny\n3\n4\n5\n"),
            &[("a.txt", ConflictKind::Contents)],
        ),
        ("both add", |d| write(d, "n", "x\n"), |d| write(d, "n", "y\n"), &[("n", ConflictKind::Contents)]),
        (
            "modify and delete",
            |d| write(d, "b.txt", "x\n"),
            |d| fs::remove_file(d.join("b.txt")).unwrap(),
            &[("b.txt", ConflictKind::ModifyDelete)],
        ),
        (
            "rename and change",
            |d| fs::rename(d.join("a.txt"), d.join("z.txt")).unwrap(),
            |d| write(d, "a.txt", "1\n2\n3\n4\n5\n6\n"),
            nothing,
        ),
        (
            "renamed to two names",
            |d| fs::rename(d.join("a.txt"), d.join("x.txt")).unwrap(),
            |d| fs::rename(d.join("a.txt"), d.join("y.txt")).unwrap(),
            &[("a.txt", ConflictKind::Rename)],
        ),
        ("binary", |d| write(d, "bin", "\0x"), |d| write(d, "bin", "\0y"), &[("bin", ConflictKind::Binary)]),
        (
            "file and folder",
            |d| write(d, "place", "file\n"),
            |d| write(d, "place/inside", "x\n"),
            &[("place", ConflictKind::FileDirectory)],
        ),
        (
            "file and link",
            |d| write(d, "kind", "file\n"),
            |d| std::os::unix::fs::symlink("a.txt", d.join("kind")).unwrap(),
            &[("kind", ConflictKind::Kinds)],
        ),
    ];
    let side = |change: &Change| fixture.branch(&base, change);
    let pairs: Vec<(Oid, Oid)> = table.iter().map(|(_, ours, theirs, _)| (side(ours), side(theirs))).collect();
    let repo = fixture.repo();
    let outcomes = merge_batch(&repo, &pairs, &MergeRules::default()).unwrap();
    for ((name, .., expected), outcome) in table.iter().zip(&outcomes) {
        let expected: Vec<_> = expected.iter().map(|(path, kind)| ((*path).to_owned(), kind.clone())).collect();
        // A path in two conflicts is named once by us; git may name the renamed file's other names as well.
        let found: Vec<_> =
            paths(outcome).into_iter().filter(|it| expected.contains(it) || expected.is_empty()).collect();
        assert_eq!(found, expected, "{name}: {outcome:?}");
    }
    let MergeOutcome::Clean { tree } = &outcomes[0] else { panic!("{outcomes:?}") };
    assert_eq!(repo.file_in_tree(tree, "a.txt").unwrap(), b"0\n2\n3\n4\n9\n");
    let MergeOutcome::Conflict { tree, .. } = &outcomes[1] else { panic!("{outcomes:?}") };
    let lines = Lines { first: 2, count: 1 };
    assert_eq!(hunks(&repo, tree, "a.txt", MarkerWidth::default()).unwrap(), [Hunk { ours: lines, theirs: lines }]);
    assert_eq!(merge_batch(&repo, &[], &MergeRules::default()).unwrap(), []);
}

#[test]
fn a_renamed_folder_without_a_clear_new_place_is_a_conflict() {
    let fixture = Fixture::new();
    let base = fixture.commit("more", &[("old/one", "1\n1\n1\n"), ("old/two", "2\n2\n2\n")]);
    let ours = fixture.branch(&base, |d| fs::rename(d.join("old"), d.join("new")).unwrap());
    let theirs = fixture.branch(&base, |d| write(d, "old/three", "3\n"));
    let outcome = &merge_batch(&fixture.repo(), &[(ours, theirs)], &MergeRules::default()).unwrap()[0];
    assert!(
        paths(outcome).iter().any(|(path, kind)| path == "new/three" && *kind == ConflictKind::DirectoryRename),
        "{outcome:?}"
    );
}

#[test]
fn union_rules_and_attributes_of_the_tree_hold_and_those_of_the_checkout_do_not() {
    let fixture = Fixture::new();
    let base = fixture.commit(
        "more",
        &[("LOG 1.md", "log\n"), ("docs/notes", "n\n"), ("docs/.gitattributes", "notes merge=union\n")],
    );
    let both = |text: &'static str| {
        fixture.branch(&base, move |d| {
            write(d, "LOG 1.md", &format!("log\n{text}\n"));
            write(d, "docs/notes", &format!("n\n{text}\n"));
        })
    };
    let pair = [(both("ours"), both("theirs"))];
    let repo = fixture.repo();
    // In the user's checkout, not committed: says nothing about a merge of commits.
    write(&fixture.root(), ".gitattributes", "*.md merge=ours\n");
    let plain = &merge_batch(&repo, &pair, &MergeRules::default()).unwrap()[0];
    assert_eq!(paths(plain), [("LOG 1.md".to_owned(), ConflictKind::Contents)]);
    let rules = MergeRules { union: vec!["LOG *.md".to_owned()], ..MergeRules::default() };
    let MergeOutcome::Clean { tree } = &merge_batch(&repo, &pair, &rules).unwrap()[0] else { panic!("not clean") };
    assert_eq!(repo.file_in_tree(tree, "LOG 1.md").unwrap(), b"log\nours\ntheirs\n");
    assert_eq!(repo.file_in_tree(tree, "docs/notes").unwrap(), b"n\nours\ntheirs\n");
    assert!(!fixture.root().join(".git/info/attributes").exists());
}

#[test]
fn unrelated_histories_do_not_end_a_batch_and_missing_commits_are_errors() {
    let fixture = Fixture::new();
    let base = fixture.repo().head().unwrap().commit;
    let tree = fixture.git(&["mktree", "--missing"]);
    let stranger: Oid = fixture.git(&["commit-tree", "-m", "alone", &tree]).parse().unwrap();
    let other = fixture.branch(&base, |d| write(d, "c.txt", "c\n"));
    let pairs = [(base.clone(), stranger), (base.clone(), other.clone())];
    let outcomes = merge_batch(&fixture.repo(), &pairs, &MergeRules::default()).unwrap();
    let trees: Vec<_> = [&base, &other].iter().map(|commit| fixture.repo().tree_of(commit).unwrap()).collect();
    assert_eq!(
        outcomes,
        [MergeOutcome::Clean { tree: trees[0].clone() }, MergeOutcome::Clean { tree: trees[1].clone() }]
    );
    let missing = "1234567890123456789012345678901234567890".parse().unwrap();
    merge_batch(&fixture.repo(), &[(base, missing)], &MergeRules::default()).unwrap_err();
}

#[test]
fn merges_in_a_shallow_clone_are_right() {
    let fixture = Fixture::new();
    fixture.commit("second", &[("c.txt", "c\n")]);
    let url = format!("file://{}", fixture.root().display());
    git(fixture.dir.path(), &["clone", "-q", "--depth=1", &url, "shallow"]);
    let clone = fixture.dir.path().join("shallow");
    let repo = Repo::discover(&clone).unwrap();
    assert!(repo.is_shallow() && !fixture.repo().is_shallow());
    let base = repo.head().unwrap().commit;
    let side = |path: &str| {
        git(&clone, &["checkout", "-q", "--detach", base.as_str()]);
        write(&clone, path, "x\n");
        git(&clone, &["add", "-A"]);
        git(&clone, &["commit", "-qm", path]);
        git(&clone, &["rev-parse", "HEAD"]).parse().unwrap()
    };
    let (ours, theirs) = (side("x"), side("y"));
    let MergeOutcome::Clean { tree } = &merge_batch(&repo, &[(ours, theirs)], &MergeRules::default()).unwrap()[0]
    else {
        panic!("not clean")
    };
    assert_eq!(git(&clone, &["ls-tree", "--name-only", tree.as_str(), "x", "y", "c.txt"]), "c.txt\nx\ny");
}

#[test]
fn commits_are_the_users_at_the_time_given() {
    let fixture = Fixture::new();
    let repo = fixture.repo();
    let base = repo.head().unwrap().commit;
    let tree = repo.tree_of(&base).unwrap();
    let commit =
        commit_tree(&repo, &tree, std::slice::from_ref(&base), "Land T1: title\n\nOrca-Task: T1\n", noon()).unwrap();
    let info = repo.commit_info(&commit).unwrap();
    let expected = CommitInfo {
        subject: "Land T1: title".to_owned(),
        body: "Orca-Task: T1".to_owned(),
        parents: vec![base],
        tree,
        time: noon(),
        author: "Ada".to_owned(),
    };
    assert_eq!(info, expected);
}

#[test]
fn refs_move_together_or_not_at_all() {
    let fixture = Fixture::new();
    let repo = fixture.repo();
    let one = repo.head().unwrap().commit;
    let two = fixture.commit("two", &[]);
    let change =
        |name: &str, old: Option<&Oid>, new: &Oid| RefChange { name: name.into(), old: old.cloned(), new: new.clone() };
    let (head, branch) = ("refs/orca/runs/r/head/1", "refs/heads/orca/r/layer/1");
    transact(&repo, &[change(head, None, &one), change(branch, None, &one)]).unwrap();
    assert_eq!(repo.read_ref(head).unwrap(), Some(one.clone()));
    // The second is not where it is expected, so the first does not move either.
    let error = transact(&repo, &[change(head, Some(&one), &two), change(branch, Some(&two), &one)]).unwrap_err();
    let moved = Moved { name: branch.into(), expected: Some(two.clone()), found: Some(one.clone()) };
    assert_eq!(error, RefError::Moved(vec![moved]));
    assert_eq!(repo.read_ref(head).unwrap(), Some(one.clone()));
    let error = transact(&repo, &[change(head, None, &two)]).unwrap_err();
    assert!(matches!(&error, RefError::Moved(refs) if refs[0].expected.is_none()), "{error:?}");
    // A folder in the way is no race.
    let error = transact(&repo, &[change("refs/orca/runs/r/head", None, &two)]).unwrap_err();
    assert!(matches!(error, RefError::Failed(_)), "{error:?}");
    transact(&repo, &[change(head, Some(&one), &two)]).unwrap();
    assert_eq!(fixture.git(&["rev-parse", &format!("{head}@{{1}}")]), one.as_str(), "it has a reflog");
    assert_eq!(repo.list_refs("refs/orca/").unwrap(), [(head.to_owned(), two.clone())]);
    fixture.git(&["pack-refs", "--all"]);
    assert_eq!(repo.list_refs("refs/orca/runs/").unwrap().len(), 1);
    delete_refs(&repo, &[(head.to_owned(), one.clone())]).unwrap_err();
    delete_refs(&repo, &[(head.to_owned(), two), (branch.to_owned(), one)]).unwrap();
    assert_eq!(repo.list_refs("refs/heads/").unwrap().len(), 1);
    transact(&repo, &[]).unwrap();
}

#[test]
fn locks_of_the_dead_are_removed_and_those_of_the_living_are_not() {
    let fixture = Fixture::new();
    let repo = fixture.repo();
    let common = repo.common_dir();
    let ours = ["refs/orca/runs/r/head/1.lock", "refs/heads/orca/r/layer/1.lock", "refs/notes/orca.lock"];
    let theirs = ["refs/heads/main.lock", "refs/notes/commits.lock", "packed-refs.lock", "index.lock"];
    ours.iter().chain(&theirs).for_each(|path| write(common, path, ""));
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(120);
    let head = repo.head().unwrap().commit;
    let landing = [RefChange { name: "refs/orca/runs/r/head/1".into(), old: None, new: head }];
    assert!(matches!(transact(&repo, &landing), Err(RefError::Failed(Error { .. }))));
    let mut removed = remove_stale_locks(&repo).unwrap();
    removed.sort();
    let mut expected: Vec<_> = ours.iter().map(|path| common.join(path)).collect();
    expected.sort();
    assert_eq!(removed, expected);
    transact(&repo, &landing).unwrap();
    fs::File::options().write(true).open(common.join("packed-refs.lock")).unwrap().set_modified(old).unwrap();
    assert_eq!(remove_stale_locks(&repo).unwrap(), [common.join("packed-refs.lock")]);
    assert!(common.join("index.lock").exists());
}
