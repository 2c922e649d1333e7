//! Folders that worktrees get whole (`worktree.reflink`): on a real XFS and btrfs, which share blocks, and where nothing does.

use std::path::{Path, PathBuf};
use std::process::Command;

use git_orca::journal::Event;
use serde_json::json;

use crate::support::{Options, TestRepo, TestRequirement, needs};

/// A file system of its own in a file, mounted.
struct Mounted {
    folder: tempfile::TempDir,
}

impl Mounted {
    fn new(kind: &str) -> Option<Mounted> {
        let it = Mounted { folder: tempfile::tempdir().unwrap() };
        let image = it.folder.path().join("image");
        std::fs::File::create(&image).unwrap().set_len(500 << 20).unwrap();
        std::fs::create_dir(it.point()).unwrap();
        let succeeds = |program: &str, args: &[&str]| {
            let call = Command::new(program).args(args).env("PATH", "/usr/sbin:/sbin:/usr/bin:/bin").output();
            call.is_ok_and(|out| out.status.success())
        };
        let (image, point) = (image.display().to_string(), it.point().display().to_string());
        let made = succeeds(&format!("mkfs.{kind}"), &["-q", &image]);
        (made && succeeds("mount", &["-o", "loop", &image, &point])).then_some(it)
    }

    fn point(&self) -> PathBuf {
        self.folder.path().join("mounted")
    }

    /// Bytes that are in use.
    fn used(&self) -> u64 {
        Command::new("sync").arg("-f").arg(self.point()).status().unwrap();
        let room = nix::sys::statvfs::statvfs(&self.point()).unwrap();
        (room.blocks() - room.blocks_free()) * room.fragment_size()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _may_be_none = Command::new("umount").arg("-l").arg(self.point()).output();
    }
}

/// Bytes of the large file.
const LARGE: usize = 30 << 20;

/// A repository with packages, links and a large file that git ignores, and three tasks that work beside each other: one
/// changes a package, one puts it into its commit by force.
fn bed(below: Option<PathBuf>) -> TestRepo {
    let bed = TestRepo::with(&Options { below, ..Options::default() });
    bed.write(".gitignore", "node_modules/\n.venv\ndata.bin\n");
    bed.write("fixtures/tracked.txt", "tracked\n");
    let there = "test -L node_modules/.bin/tool && test $(cat node_modules/.bin/tool) = one && test -s data.bin";
    let paths = ["node_modules", "data.bin", ".venv", "fixtures", "README.md"];
    bed.toml(&format!("[worktree]\nreflink = {}\n[gates.there]\nrun = \"{there}\"\n", json!(paths)));
    bed.commit("settings");
    bed.write("node_modules/pkg/index.js", "one\n");
    std::fs::create_dir_all(bed.repo().join("node_modules/.bin")).unwrap();
    std::os::unix::fs::symlink("../pkg/index.js", bed.repo().join("node_modules/.bin/tool")).unwrap();
    let noise: Vec<u8> = (0..LARGE).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    std::fs::write(bed.repo().join("data.bin"), noise).unwrap();
    let task =
        |id: &str, run: &str| json!({"id": id, "run": format!("{there} && block {id}; {run}; put {id}.txt {id}")});
    bed.plan(json!([
        task("A", "echo mine > node_modules/pkg/index.js; echo more >> data.bin"),
        task("B", "git add -f node_modules; git commit -qm packages"),
        task("C", "true"),
    ]));
    bed
}

/// Runs it, with `looked` while all three work, and sees that all that lay there is nobody's work and still whose it was.
fn runs(bed: &TestRepo, looked: impl FnOnce()) -> Vec<String> {
    let gates = ["A", "B", "C"].map(|id| bed.fifo(id));
    let running = bed.spawn(&["execute", "--yes", "-j", "3"]);
    let held = gates.each_ref().map(|fifo| fifo.wait());
    looked();
    drop(held);
    running.wait().exits(0);
    assert_eq!(bed.standings(), "A landed, B landed, C landed");
    let files = bed.git(&["ls-tree", "-r", "--name-only", &bed.integration()]);
    assert!(!files.contains("node_modules") && !files.contains("data.bin"), "{files}");
    assert_eq!(std::fs::read_to_string(bed.repo().join("node_modules/pkg/index.js")).unwrap(), "one\n");
    assert_eq!(std::fs::metadata(bed.repo().join("data.bin")).unwrap().len(), LARGE as u64);
    bed.assert_lossless();
    let noticed = |event: Event| match event {
        Event::Noticed { what, .. } if what.contains("reflink") || what.contains("as copies") => Some(what),
        _ => None,
    };
    bed.journal().into_iter().filter_map(|entry| noticed(entry.event)).collect()
}

#[test]
fn worktrees_share_blocks_where_the_file_system_can() {
    for kind in ["xfs", "btrfs"] {
        let Some(mounted) = Mounted::new(kind) else { return needs(TestRequirement::LoopMounts) };
        let bed = bed(Some(mounted.point()));
        let before = mounted.used();
        let said = runs(&bed, || {
            let grown = mounted.used().saturating_sub(before);
            assert!(grown < LARGE as u64, "{kind}: three worktrees took {grown} bytes more");
        });
        assert_eq!(said.iter().filter(|what| what.contains("as reflinks")).count(), 2, "{kind}: {said:?}");
        assert!(said.iter().all(|what| !what.contains("as copies")), "{kind}: {said:?}");
    }
}

#[test]
fn where_nothing_is_shared_copies_are_made_and_each_thing_is_said_once() {
    let memory = Path::new("/dev/shm");
    let bed = bed(memory.is_dir().then(|| memory.to_owned()));
    let said = runs(&bed, || {});
    let with = |words: &str| said.iter().filter(|what| what.contains(words)).count();
    assert_eq!(with("as copies (1 file"), 2, "{said:?}");
    assert_eq!(with("`.venv` of worktree.reflink is not in your checkout"), 1, "{said:?}");
    assert_eq!(with("`fixtures` of worktree.reflink was left out: git does not ignore it"), 1, "{said:?}");
    assert_eq!(with("`README.md` of worktree.reflink was left out: git does not ignore it"), 1, "{said:?}");
    assert_eq!(said.len(), 5, "{said:?}");
}

/// What an agent's worktree has stays for the next attempt there, until the user's own is made anew.
#[test]
fn packages_that_were_installed_anew_come_again_and_no_others_do() {
    let bed = TestRepo::new();
    bed.write(".gitignore", "node_modules/\n");
    bed.toml("[worktree]\nreflink = [\"node_modules/\"]\n");
    bed.commit("settings");
    bed.write("node_modules/version", "1\n");
    let run = |id: &str| {
        bed.plan(json!([{"id": id, "run": format!("put {id}.txt \"$(cat node_modules/version node_modules/own 2>/dev/null)\"; echo own > node_modules/own")}]));
        bed.commit(id);
        bed.execute(&["--new"]).exits(0);
        bed.result(&format!("{id}.txt"))
    };
    assert_eq!(run("A"), "1");
    assert_eq!(run("B"), "1\nown", "as with all that git ignores");
    std::fs::remove_dir_all(bed.repo().join("node_modules")).unwrap();
    bed.write("node_modules/version", "2\n");
    assert_eq!(run("C"), "2");
}
