//! The dirty states that an agent can leave its slot in, each made for real: afterwards the slot is clean, by git's own
//! words and byte for byte, or it is thrown away.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::super::testing::{Fixture, git, try_git, write};
use super::super::{Ignored, Slot, SlotHead, reset_slot};
use crate::model::Oid;

/// What a state is made in.
struct Scene<'a> {
    fixture: &'a Fixture,
    slot: &'a Slot,
}

impl Scene<'_> {
    fn git(&self, args: &[&str]) {
        git(&self.slot.path, args);
    }

    /// For commands that end in a conflict on purpose.
    fn conflicting(&self, args: &[&str]) {
        let (ok, said) = try_git(&self.slot.path, args);
        assert!(!ok, "git {args:?} was expected to stop in the middle: {said}");
    }

    fn write(&self, path: &str, content: &str) {
        write(&self.slot.path, path, content);
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.slot.path.join(path)
    }

    /// Two commits that clash: one on the slot's branch, one called `other`.
    fn clash(&self) {
        self.git(&["checkout", "-q", "-b", "other"]);
        self.write("a.txt", "1\nother\n3\n4\n5\n");
        self.git(&["commit", "-q", "-am", "other"]);
        self.git(&["checkout", "-q", "orca/r/task/s"]);
        self.write("a.txt", "1\nmine\n3\n4\n5\n");
        self.git(&["commit", "-q", "-am", "mine"]);
    }
}

type Make = fn(&Scene<'_>);

const STATES: &[(&str, Make)] = &[
    ("nothing at all", |_| {}),
    ("modified, staged, deleted and untracked files", |s| {
        s.write("a.txt", "x");
        s.write("b.txt", "staged");
        s.git(&["add", "b.txt"]);
        fs::remove_file(s.path("src/lib.rs")).unwrap();
        s.write("new/file.txt", "new");
    }),
    ("commits of its own", |s| {
        s.write("c.txt", "c");
        s.git(&["add", "-A"]);
        s.git(&["commit", "-qm", "c"]);
    }),
    ("same size, same time", |s| {
        let file = s.path("a.txt");
        let before = fs::metadata(&file).unwrap().modified().unwrap();
        s.write("a.txt", "1\n2\n9\n4\n5\n");
        fs::File::options().write(true).open(&file).unwrap().set_modified(before).unwrap();
    }),
    ("executable bit", |s| fs::set_permissions(s.path("a.txt"), fs::Permissions::from_mode(0o755)).unwrap()),
    ("nested repository without a commit", |s| s.git(&["init", "-q", "nested"])),
    ("nested repository with a commit", |s| {
        s.git(&["init", "-q", "nested"]);
        s.write("nested/f", "f");
        git(&s.path("nested"), &["add", "-A"]);
        git(&s.path("nested"), &["commit", "-qm", "f"]);
    }),
    ("nested repository in a tracked folder", |s| s.git(&["init", "-q", "src"])),
    ("nested repository, added as a gitlink", |s| {
        s.git(&["init", "-q", "nested"]);
        git(&s.path("nested"), &["commit", "-q", "--allow-empty", "-m", "f"]);
        s.git(&["add", "-A"]);
    }),
    ("nested worktree", |s| s.git(&["worktree", "add", "-q", "-b", "inner", "inner"])),
    ("skip-worktree bit", |s| {
        s.git(&["update-index", "--skip-worktree", "a.txt"]);
        s.write("a.txt", "hidden");
    }),
    ("assume-unchanged bit", |s| {
        s.git(&["update-index", "--assume-unchanged", "a.txt"]);
        s.write("a.txt", "hidden");
    }),
    ("intent to add", |s| {
        s.write("intended.txt", "x");
        s.git(&["add", "-N", "intended.txt"]);
    }),
    ("sparse checkout", |s| s.git(&["sparse-checkout", "set", "--no-cone", "/a.txt"])),
    ("split index", |s| s.git(&["update-index", "--split-index"])),
    ("bisect", |s| {
        s.write("c.txt", "c");
        s.git(&["add", "-A"]);
        s.git(&["commit", "-qm", "c"]);
        s.git(&["bisect", "start", "HEAD", "HEAD~1"]);
    }),
    ("rebase stopped at a conflict", |s| {
        s.clash();
        s.conflicting(&["rebase", "-q", "other"]);
    }),
    ("mailbox applied half way", |s| {
        s.clash();
        s.git(&["format-patch", "-q", "-1", "other"]);
        s.conflicting(&["am", "-q", "0001-other.patch"]);
    }),
    ("cherry-pick stopped at a conflict", |s| {
        s.clash();
        s.conflicting(&["cherry-pick", "other"]);
    }),
    ("revert stopped at a conflict", |s| {
        s.clash();
        s.conflicting(&["revert", "--no-edit", "other"]);
    }),
    ("merge stopped at a conflict", |s| {
        s.clash();
        s.conflicting(&["merge", "-q", "other"]);
    }),
    ("squash merge not committed", |s| {
        s.git(&["checkout", "-q", "-b", "side"]);
        s.write("c.txt", "c");
        s.git(&["add", "-A"]);
        s.git(&["commit", "-qm", "c"]);
        s.git(&["checkout", "-q", "orca/r/task/s"]);
        s.git(&["merge", "-q", "--squash", "side"]);
    }),
    ("index.lock", |s| fs::write(s.slot.admin.join("index.lock"), "").unwrap()),
    ("HEAD.lock", |s| fs::write(s.slot.admin.join("HEAD.lock"), "").unwrap()),
    ("index is garbage", |s| fs::write(s.slot.admin.join("index"), "garbage").unwrap()),
    ("index is cut", |s| {
        let index = s.slot.admin.join("index");
        let bytes = fs::read(&index).unwrap();
        fs::write(index, &bytes[..bytes.len() / 2]).unwrap();
    }),
    ("index has a flipped byte", |s| {
        let index = s.slot.admin.join("index");
        let mut bytes = fs::read(&index).unwrap();
        bytes[12 + 45] ^= 1;
        fs::write(index, bytes).unwrap();
    }),
    ("index is gone", |s| fs::remove_file(s.slot.admin.join("index")).unwrap()),
    (".git deleted", |s| fs::remove_file(s.path(".git")).unwrap()),
    (".git is a repository", |s| {
        fs::remove_file(s.path(".git")).unwrap();
        s.git(&["init", "-q"]);
        s.git(&["add", "-A"]);
        s.git(&["commit", "-qm", "own"]);
    }),
    (".git points elsewhere", |s| {
        fs::write(s.path(".git"), format!("gitdir: {}\n", s.fixture.root().join(".git").display())).unwrap();
    }),
    (".git is a link", |s| {
        fs::remove_file(s.path(".git")).unwrap();
        symlink(s.fixture.root().join(".git"), s.path(".git")).unwrap();
    }),
    ("gitdir and commondir changed", |s| {
        fs::write(s.slot.admin.join("gitdir"), "/elsewhere/.git\n").unwrap();
        fs::write(s.slot.admin.join("commondir"), "/elsewhere\n").unwrap();
    }),
    ("read-only folder", |s| {
        s.write("src/deep/new.txt", "x");
        fs::set_permissions(s.path("src/deep"), fs::Permissions::from_mode(0o555)).unwrap();
    }),
    ("unreadable folder", |s| {
        s.write("closed/new.txt", "x");
        fs::set_permissions(s.path("closed"), fs::Permissions::from_mode(0o000)).unwrap();
    }),
    ("detached elsewhere", |s| {
        s.write("c.txt", "c");
        s.git(&["add", "-A"]);
        s.git(&["commit", "-qm", "c"]);
        s.git(&["checkout", "-q", "--detach"]);
    }),
    ("on another branch", |s| s.git(&["checkout", "-q", "-b", "elsewhere"])),
    ("on a branch without a commit", |s| s.git(&["checkout", "-q", "--orphan", "empty"])),
    ("HEAD is garbage", |s| fs::write(s.slot.admin.join("HEAD"), "garbage").unwrap()),
    ("configuration of its own", |s| {
        s.git(&["config", "extensions.worktreeConfig", "true"]);
        s.git(&["config", "--worktree", "core.bare", "true"]);
    }),
    ("file replaced by a link", |s| {
        fs::remove_file(s.path("a.txt")).unwrap();
        symlink("b.txt", s.path("a.txt")).unwrap();
    }),
    ("file replaced by a folder", |s| {
        fs::remove_file(s.path("a.txt")).unwrap();
        s.write("a.txt/inside", "x");
    }),
    ("folder replaced by a file", |s| {
        fs::remove_dir_all(s.path("src")).unwrap();
        s.write("src", "x");
    }),
    ("folder replaced by a link to its copy", |s| {
        fs::rename(s.path("src"), s.path("moved")).unwrap();
        symlink("moved", s.path("src")).unwrap();
    }),
    ("renamed in case only", |s| s.git(&["mv", "b.txt", "B.txt"])),
    ("untracked file in a folder of ignored ones", |s| {
        s.write("mixed/x.log", "ignored");
        s.write("mixed/y.txt", "untracked");
    }),
    ("ignore rules changed", |s| {
        s.write(".gitignore", "*\n");
        s.write("c.txt", "hidden");
    }),
    // What many tools do with their caches: such a folder stays where ignored files do.
    ("folder that ignores itself", |s| {
        s.write("hidden/.gitignore", "*\n");
        s.write("hidden/c.txt", "hidden");
    }),
    ("deep untracked folders", |s| {
        for n in 0..300 {
            s.write(&format!("deep/{}/{n}.txt", "d/".repeat(n % 40)), "x");
        }
    }),
    ("pipe, socket and broken links", |s| {
        nix::unistd::mkfifo(&s.path("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        drop(std::os::unix::net::UnixListener::bind(s.path("src/socket")).unwrap());
        symlink("/nonexistent", s.path("broken")).unwrap();
        symlink(".", s.path("src/loop")).unwrap();
    }),
    ("pipe in place of a tracked file", |s| {
        fs::remove_file(s.path("a.txt")).unwrap();
        nix::unistd::mkfifo(&s.path("a.txt"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    }),
    ("odd file names", |s| {
        s.write("new\nline", "x");
        s.write("-f", "x");
        s.write("quo\"te", "x");
    }),
    ("attributes that rewrite files", |s| {
        s.write(".gitattributes", "*.txt text eol=crlf\n");
        s.git(&["add", "-A"]);
        s.git(&["commit", "-qm", "crlf"]);
        fs::remove_file(s.path("a.txt")).unwrap();
        s.git(&["checkout", "-q", "a.txt"]);
    }),
    ("empty folders", |s| fs::create_dir_all(s.path("empty/er")).unwrap()),
    ("entry gone", |s| fs::remove_dir_all(&s.slot.admin).unwrap()),
    ("folder gone", |s| fs::remove_dir_all(&s.slot.path).unwrap()),
];

/// States after which no slot can be saved.
const THROWN_AWAY: [&str; 2] = ["entry gone", "folder gone"];

#[test]
fn a_slot_is_clean_or_thrown_away_whatever_state_it_was_left_in() {
    for ignored in [Ignored::Keep, Ignored::Only(vec!["target/".to_owned()])] {
        let fixture = Fixture::new();
        let repo = fixture.repo();
        let base = repo.head().unwrap().commit;
        let next = fixture.commit("next", &[("a.txt", "1\n2\n3\n4\n5\n6\n"), ("src/three.rs", "fn three() {}\n")]);
        let expected: BTreeMap<_, _> = [&base, &next].map(|commit| (commit.clone(), files_of(&fixture, commit))).into();
        for (name, make) in STATES {
            let (slot, _) = fixture.slot(&repo, "s", &base).unwrap();
            write(&slot.path, "target/cache", "warm");
            make(&Scene { fixture: &fixture, slot: &slot });
            fixture.git(&["update-ref", "refs/heads/orca/r/task/s", next.as_str()]);
            let targets = [
                SlotHead::Branch { name: "orca/r/task/s".to_owned(), at: next.clone() },
                SlotHead::Detached(base.clone()),
                SlotHead::Detached(base.clone()),
            ];
            for to in targets {
                let result = reset_slot(&repo, &slot, &to, &ignored);
                if THROWN_AWAY.contains(name) {
                    assert!(result.is_err(), "{name}");
                } else {
                    result.unwrap_or_else(|error| panic!("{name}: {error}"));
                    assert_clean(&slot, &to, &expected[to.commit()], (name, &ignored));
                }
            }
            super::super::remove_slot(&repo, &slot).unwrap();
            forget_branches(&fixture);
        }
    }
}

fn forget_branches(fixture: &Fixture) {
    let (_, _) = try_git(&fixture.root(), &["config", "--unset", "extensions.worktreeConfig"]);
    for branch in fixture.git(&["for-each-ref", "--format=%(refname)", "refs/heads"]).lines() {
        if branch != "refs/heads/main" {
            fixture.git(&["update-ref", "-d", branch]);
        }
    }
}

/// Path and content of every file of a commit.
fn files_of(fixture: &Fixture, commit: &Oid) -> BTreeMap<String, String> {
    let list = fixture.git(&["ls-tree", "-r", "--name-only", commit.as_str()]);
    let show = |path: &str| fixture.git(&["show", &format!("{commit}:{path}")]);
    list.lines().map(|path| (path.to_owned(), show(path))).collect()
}

/// Asked without any of our own code: git in the slot, and the files themselves.
fn assert_clean(slot: &Slot, to: &SlotHead, expected: &BTreeMap<String, String>, (name, ignored): (&str, &Ignored)) {
    let say = |args: &[&str]| git(&slot.path, args);
    let status = say(&["status", "--porcelain", "--untracked-files=all", "--ignore-submodules=none"]);
    assert_eq!(status, "", "{name}");
    assert_eq!(say(&["rev-parse", "HEAD"]), to.commit().as_str(), "{name}");
    assert_eq!(say(&["rev-parse", "--show-toplevel"]), slot.path.display().to_string(), "{name}");
    let branch = try_git(&slot.path, &["symbolic-ref", "-q", "--short", "HEAD"]).1;
    match to {
        SlotHead::Branch { name: wanted, .. } => assert_eq!(&branch, wanted, "{name}"),
        SlotHead::Detached(_) => assert_eq!(branch, "", "{name}"),
    }
    assert!(say(&["ls-files", "-v"]).lines().all(|line| line.starts_with("H ")), "{name}");
    let mut found = BTreeMap::new();
    read_files(&slot.path, &slot.path, &mut found);
    assert_eq!(found.remove("target/cache").as_deref(), Some("warm"), "{name}");
    if *ignored == Ignored::Keep {
        found.retain(|path, _| path != "mixed/x.log" && !path.starts_with("hidden/"));
    }
    assert_eq!(&found, expected, "{name}");
    for item in fs::read_dir(&slot.admin).unwrap().flatten() {
        let file = item.file_name().into_string().unwrap();
        assert!(["HEAD", "commondir", "gitdir", "index", "locked", "logs", "refs"].contains(&&*file), "{name}: {file}");
    }
    assert!(!slot.admin.join("logs/refs").exists(), "{name}");
}

fn read_files(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
    for item in fs::read_dir(folder).unwrap().flatten() {
        let path = item.path();
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        if item.file_type().unwrap().is_dir() {
            read_files(root, &path, found);
        } else if name != ".git" {
            let text =
                if item.file_type().unwrap().is_file() { fs::read_to_string(&path).unwrap() } else { "?".into() };
            found.insert(name, text.trim_end().to_owned());
        }
    }
}
