//! Which repositories are taken, and what is read from them.

use std::fs;
use std::path::Path;

use super::super::testing::{Fixture, commit_left, git, try_git, write};
use super::super::*;
use crate::model::{ErrorKind, Files};

#[test]
fn it_is_found_from_every_folder_and_worktree() {
    let fixture = Fixture::new();
    let root = fixture.root();
    let linked = fixture.dir.path().canonicalize().unwrap().join("linked");
    fixture.git(&["worktree", "add", "-q", "--detach", linked.to_str().unwrap()]);
    for (from, here) in [
        (root.clone(), &root),
        (root.join("src/deep"), &root),
        (linked.join("src"), &linked),
        (root.join(".git"), &root),
    ] {
        let repo = Repo::discover(&from).unwrap();
        assert_eq!(repo.common_dir(), root.join(".git"), "{}", from.display());
        assert_eq!((repo.work_tree(), repo.main_tree()), (here.as_path(), Some(root.as_path())), "{}", from.display());
    }
    assert!(fixture.repo().git_version().starts_with("2."));
    assert!(format!("{:?}", fixture.repo()).contains("repo"));
}

#[test]
fn a_checkout_of_a_bare_repository_and_one_with_its_git_folder_elsewhere_work() {
    let fixture = Fixture::new();
    let dir = fixture.dir.path().canonicalize().unwrap();
    git(&dir, &["clone", "-q", "--bare", "repo", "bare.git"]);
    git(&dir.join("bare.git"), &["worktree", "add", "-q", "../co"]);
    let repo = Repo::discover(&dir.join("co/src")).unwrap();
    assert_eq!((repo.common_dir(), repo.work_tree()), (&*dir.join("bare.git"), &*dir.join("co")));
    uses_a_slot(&repo, &dir.join("slots"));
    git(&dir, &["clone", "-q", "--separate-git-dir=away.git", "repo", "apart"]);
    let repo = Repo::discover(&dir.join("apart")).unwrap();
    assert_eq!((repo.common_dir(), repo.work_tree()), (&*dir.join("away.git"), &*dir.join("apart")));
    uses_a_slot(&repo, &dir.join("more"));
}

#[test]
fn head_is_that_of_the_worktree_where_one_stands() {
    let fixture = Fixture::new();
    let dir = fixture.dir.path().canonicalize().unwrap();
    fixture.git(&["worktree", "add", "-q", "-b", "feature", "../linked"]);
    git(&dir.join("linked"), &["commit", "-q", "--allow-empty", "-m", "here"]);
    let feature = git(&dir.join("linked"), &["rev-parse", "HEAD"]);
    let (repo, main) = (Repo::discover(&dir.join("linked/src")).unwrap(), fixture.repo());
    let head = repo.head().unwrap();
    assert_eq!((head.branch.as_deref(), head.commit.as_str()), (Some("feature"), feature.as_str()));
    for rev in ["HEAD", "@", "HEAD^0"] {
        assert_eq!(repo.resolve(rev).unwrap().as_str(), feature, "{rev}");
    }
    assert_eq!((repo.main_head(), main.main_head()), (Some(main.head().unwrap().commit), repo.main_head()));
    assert_eq!(repo.checked_out("main").as_deref(), Some(fixture.root().as_path()));
    assert_eq!(main.checked_out("feature").as_deref(), Some(dir.join("linked").as_path()));
    write(&dir.join("linked"), "new.txt", "x");
    assert_eq!((repo.uncommitted().unwrap(), main.uncommitted().unwrap()), (vec!["new.txt".to_owned()], Vec::new()));
    // The user may remove the worktree while a run goes on that was begun there.
    fs::remove_dir_all(dir.join("linked")).unwrap();
    assert!(repo.identity().is_some() && commits_between(&repo, &main.head().unwrap().commit, &head.commit).is_ok());
}

fn uses_a_slot(repo: &Repo, parent: &Path) {
    let head = repo.head().unwrap().commit;
    let slot = create_slot(repo, parent, "s", &head).unwrap();
    reset_slot(repo, &slot, &SlotHead::Detached(head), &Ignored::Keep).unwrap();
    write(&slot.path, "a.txt", "changed");
    let left = commit_left(repo, &slot, &slot.head(repo).unwrap().unwrap(), &Baseline::default());
    assert!(matches!(left, Leftovers::Committed { .. }), "{left:?}");
}

/// Makes something at the path, and what opening it says. Gives `false` when this git cannot make it.
type Refusal = (&'static str, fn(&Path) -> bool, &'static str, &'static str);

#[test]
fn what_cannot_be_used_is_refused_with_what_to_type() {
    let table: &[Refusal] = &[
        ("no repository", |_| true, "not inside a git repository", "git init"),
        ("no commit", |d| try_git(d, &["init", "-q"]).0, "has no commit yet", "git commit"),
        ("bare", |d| try_git(d, &["init", "-q", "--bare"]).0, "it is bare", "git worktree add"),
        ("sha256", |d| try_git(d, &["init", "-q", "--object-format=sha256"]).0, "only SHA-1", ""),
        ("reftable", |d| try_git(d, &["init", "-q", "--ref-format=reftable"]).0, "reftable", "git refs migrate"),
        (
            "reftable, any git",
            |d| {
                git(d, &["init", "-q"]);
                git(d, &["config", "core.repositoryFormatVersion", "1"]);
                git(d, &["config", "extensions.refStorage", "reftable"]);
                true
            },
            "reftable",
            "git refs migrate",
        ),
    ];
    for (name, make, cause, hint) in table {
        let dir = tempfile::tempdir().unwrap();
        if make(dir.path()) {
            let error = Repo::discover(dir.path()).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Environment, "{name}: {error:?}");
            assert!(error.cause.contains(cause), "{name}: {error:?}");
            assert!(error.hints.join(" ").contains(hint), "{name}: {error:?}");
        }
    }
    let fresh = tempfile::tempdir().unwrap();
    git(fresh.path(), &["init", "-q"]);
    Repo::locate(fresh.path()).unwrap();
}

#[test]
fn commits_files_and_differences_are_read() {
    let fixture = Fixture::new();
    let repo = fixture.repo();
    let base = repo.head().unwrap();
    assert_eq!(base.branch.as_deref(), Some("main"));
    fs::rename(fixture.root().join("a.txt"), fixture.root().join("z.txt")).unwrap();
    fs::remove_file(fixture.root().join("b.txt")).unwrap();
    let next = fixture.commit("next", &[("src/lib.rs", "fn one() {}\nfn more() {}\n"), ("ü x", "new\n")]);
    let said: Vec<_> = repo
        .changed(&base.commit, &next)
        .unwrap()
        .into_iter()
        .map(|it| (it.path, it.kind, it.added, it.removed, it.old_path))
        .collect();
    let of = |path: &str, kind, added, removed, old: Option<&str>| {
        (path.to_owned(), kind, added, removed, old.map(str::to_owned))
    };
    let expected = [
        of("b.txt", ChangeKind::Deleted, 0, 1, None),
        of("src/lib.rs", ChangeKind::Modified, 1, 0, None),
        of("z.txt", ChangeKind::Renamed, 0, 0, Some("a.txt")),
        of("ü x", ChangeKind::Added, 1, 0, None),
    ];
    assert_eq!(said, expected);
    assert_eq!(repo.resolve("main~1").unwrap(), base.commit);
    assert_eq!(repo.resolve("nonsense").unwrap_err().kind, ErrorKind::NotFound);
    assert!(repo.is_ancestor(&base.commit, &next).unwrap() && repo.is_ancestor(&next, &next).unwrap());
    assert!(!repo.is_ancestor(&next, &base.commit).unwrap());
    assert_eq!(repo.merge_base(&base.commit, &next).unwrap(), Some(base.commit.clone()));
    assert_eq!(repo.file_at(&base.commit, "b.txt").unwrap(), b"b\n");
    assert_eq!(repo.file_at(&next, "b.txt").unwrap_err().kind, ErrorKind::NotFound);
    let files = CommitFiles::new(&repo, &base.commit).unwrap();
    assert_eq!(files.list("").unwrap(), [".gitignore", "a.txt", "b.txt", "src/deep/two.rs", "src/lib.rs"]);
    assert_eq!(files.list("src/").unwrap(), ["src/deep/two.rs", "src/lib.rs"]);
    assert_eq!(files.read("src/lib.rs").unwrap(), b"fn one() {}\n");
    assert!(files.exists("a.txt") && !files.exists("src") && !files.exists("../a.txt"));
    files.read("../a.txt").unwrap_err();
}

#[test]
fn the_users_checkout_and_settings_are_read() {
    let fixture = Fixture::new();
    let repo = fixture.repo();
    write(&fixture.root(), "a.txt", "x");
    write(&fixture.root(), "new/ü", "x");
    fixture.git(&["mv", "b.txt", "c.txt"]);
    assert_eq!(repo.uncommitted().unwrap(), ["a.txt", "b.txt", "c.txt", "new/ü"]);
    fixture.git(&["config", "orca.worktreeDir", "/x y"]);
    fixture.git(&["config", "orca.Some.Thing", "1\n2"]);
    let config = repo.config().unwrap();
    assert_eq!(config["orca.worktreedir"], "/x y");
    assert_eq!(config["orca.Some.thing"], "1\n2");
    assert!(!config.contains_key("core.hookspath"), "ours are not shown as theirs");
    assert_eq!(repo.identity(), Some(("Ada".to_owned(), "ada@example.org".to_owned())));
    assert_eq!(repo.upstream("main").unwrap(), None);
    let dir = fixture.dir.path();
    git(dir, &["clone", "-q", "repo", "clone"]);
    git(&dir.join("clone"), &["commit", "-q", "--allow-empty", "-m", "mine"]);
    fixture.git(&["commit", "-q", "--allow-empty", "-m", "theirs"]);
    git(&dir.join("clone"), &["fetch", "-q"]);
    let upstream = Repo::discover(&dir.join("clone")).unwrap().upstream("main").unwrap().unwrap();
    assert_eq!((&*upstream.name, upstream.ahead, upstream.behind), ("origin/main", 1, 1));
    assert!(upstream.fetched.is_some());
}

#[test]
fn what_would_fail_later_is_said_before() {
    let fixture = Fixture::new();
    let repo = fixture.repo();
    let parent = fixture.dir.path().join("room/for/slots");
    preflight(&repo, &parent).unwrap();
    write(fixture.dir.path(), "file", "");
    let error = preflight(&repo, &fixture.dir.path().join("file")).unwrap_err();
    assert_eq!(error.cause, "a file is in its place");
    assert_eq!(error.hints, ["git config orca.worktreeDir /another/folder"]);
    fixture.git(&["branch", "orca"]);
    assert_eq!(preflight(&repo, &parent).unwrap_err().hints, ["git branch -m orca orca-old"]);
    fixture.git(&["branch", "-m", "orca", "orca-old"]);
    fixture.git(&["config", "user.useConfigOnly", "true"]);
    fixture.git(&["config", "--unset", "user.email"]);
    if std::env::var_os("GIT_AUTHOR_EMAIL").is_none()
        && std::env::var_os("EMAIL").is_none()
        && repo.identity().is_none()
    {
        assert!(preflight(&repo, &parent).unwrap_err().cause.contains("name and email address"));
    }
}

#[test]
fn maintenance_leaves_everything_readable() {
    let fixture = Fixture::new();
    let repo = fixture.repo();
    write_commit_graph(&repo).unwrap();
    collect(&repo).unwrap();
    assert!(repo.common_dir().join("objects/info/commit-graph").exists());
    assert_eq!(fixture.git(&["fsck", "--strict"]), "");
}

#[test]
fn a_difference_line_by_line() {
    let fixture = Fixture::new();
    let root = fixture.root();
    write(&root, "src/one.txt", "a\nb\nc\n");
    write(&root, "old.txt", "the same\nfor all\nof these\nlines\n");
    fixture.git(&["add", "-A"]);
    fixture.git(&["commit", "-q", "-m", "before"]);
    let before = fixture.repo().head().unwrap().commit;
    write(&root, "src/one.txt", "a\nB\nc\nd\n");
    fs::rename(root.join("old.txt"), root.join("new.txt")).unwrap();
    std::os::unix::fs::symlink("../outside", root.join("link")).unwrap();
    fs::write(root.join("bytes.bin"), [0u8, 159, 146, 150]).unwrap();
    fixture.git(&["add", "-A"]);
    fixture.git(&["update-index", "--chmod=+x", "src/one.txt"]);
    fixture.git(&["commit", "-q", "-m", "after"]);
    let after = fixture.repo().head().unwrap().commit;
    let found = file_diffs(&fixture.repo(), &before, &after).unwrap();
    let of = |path: &str| found.iter().find(|file| file.path == path).unwrap();
    let lines = |lines: &[Line]| lines.iter().map(|line| (line.number, line.text.clone())).collect::<Vec<_>>();
    let one = of("src/one.txt");
    assert_eq!(lines(&one.added), [(2, "B".to_owned()), (4, "d".to_owned())]);
    assert_eq!(lines(&one.removed), [(2, "b".to_owned())]);
    assert!(one.became_executable() && !one.binary && !one.truncated);
    assert_eq!((of("new.txt").old_path.as_deref(), of("new.txt").kind), (Some("old.txt"), ChangeKind::Renamed));
    assert_eq!(of("link").link_target(), Some("../outside"));
    assert!(of("bytes.bin").binary);
    assert_eq!(found.len(), 4);
}
