//! Ways out of the fences, one by one: each is tried by an agent, by the user who runs the tests (root in CI, too), and is
//! stopped in each fence that the table of `src/executor/mod.rs` says it is stopped in.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::support::{TestRepo, fences};
use serde_json::json;

/// How it shows that a way out was one.
#[derive(Clone, Copy)]
enum Shows {
    /// The agent says so: the command ended with 0.
    ByItself,
    /// A file of the host is there, or has the word `escaped` in it, afterwards.
    At(&'static str),
}

use Shows::{At, ByItself};

/// A way out: its name, the fences that stop it (`r`epository, `b`wrap, `l`andlock), the commands, and how it shows.
/// `ROOT`, `REPO`, `OURS` and `HOST` stand for the bed's folder, its repository, our state folder and our process.
const WAYS: &[(&str, &str, &str, Shows)] = &[
    ("write into the checkout", "rbl", "echo escaped > REPO/planted", At("repo/planted")),
    ("replace a file of the checkout", "rbl", "mv REPO/README.md REPO/gone", At("repo/gone")),
    ("plant a hook", "rbl", "echo escaped > REPO/.git/hooks/post-checkout", At("repo/.git/hooks/post-checkout")),
    ("set an alias of the repository", "rbl", "git -C REPO config alias.x '!escaped'", At("repo/.git/config")),
    (
        "set a filter for this worktree",
        "rbl",
        "echo escaped >> REPO/.git/config.worktree",
        At("repo/.git/config.worktree"),
    ),
    (
        "write into info/attributes",
        "rbl",
        "mkdir -p REPO/.git/info; echo escaped >> REPO/.git/info/attributes",
        At("repo/.git/info/attributes"),
    ),
    ("write into another worktree", "rbl", "echo escaped > ROOT/repo.orca/planted", At("repo.orca/planted")),
    (
        "write into a gate's place",
        "rbl",
        "for d in ROOT/home/.local/share/checkouts/*/; do echo escaped > $d/planted || exit 1; done",
        ByItself,
    ),
    (
        "move the user's branch",
        "rbl",
        "git update-ref refs/heads/main HEAD~0 && git update-ref refs/heads/escaped HEAD",
        At("repo/.git/refs/heads/escaped"),
    ),
    ("rename the repository", "rbl", "mv REPO ROOT/moved", At("moved")),
    ("rename a folder above it", "rbl", "mv ROOT ROOT/../orca-test-moved", At("../orca-test-moved")),
    (
        "remount it writable",
        "rbl",
        "mount -o remount,rw,bind REPO; mount -o remount,rw REPO; echo escaped > REPO/remounted",
        At("repo/remounted"),
    ),
    ("remount the disk writable", "bl", "mount -o remount,rw /; echo escaped > ROOT/remounted", At("remounted")),
    ("unmount it", "rbl", "umount -l REPO; umount -l REPO/.git; echo escaped > REPO/unmounted", At("repo/unmounted")),
    (
        "mount in a namespace of its own",
        "rbl",
        "unshare -Urm sh -c 'mount -o remount,rw,bind REPO; umount REPO; echo escaped > REPO/unshared'",
        At("repo/unshared"),
    ),
    (
        "bind it elsewhere",
        "rbl",
        "mkdir -p $TMPDIR/m && mount --bind REPO $TMPDIR/m && echo escaped > $TMPDIR/m/bound",
        At("repo/bound"),
    ),
    ("make a device", "rbl", "mknod $TMPDIR/device b 8 0", ByItself),
    (
        "read a disk",
        "rb",
        "disk=$(sed -n 's/^ *[0-9]* *[0-9]* *[0-9]* \\([a-z].*\\)/\\1/p' /proc/partitions | head -1); test -n \"$disk\" && head -c 1 \"/dev/$disk\"",
        ByItself,
    ),
    ("enter by our process's root", "rbl", "echo escaped > /proc/HOST/root/REPO/entered", At("repo/entered")),
    ("enter by our process's folder", "rbl", "echo escaped > /proc/HOST/cwd/entered-cwd", At("repo/entered-cwd")),
    ("read our environment", "rbl", "grep -q ORCA_TEST_SECRET /proc/HOST/environ", ByItself),
    ("read our memory", "rbl", "head -c 1 /proc/HOST/mem; cat /proc/HOST/maps | grep -q .", ByItself),
    ("signal us", "rbl", "kill -0 HOST", ByItself),
    ("see other processes", "rb", "test -d /proc/HOST", ByItself),
    (
        "set the core pattern",
        "rbl",
        "cat /proc/sys/kernel/core_pattern > $TMPDIR/c && cat $TMPDIR/c > /proc/sys/kernel/core_pattern",
        ByItself,
    ),
    ("ask the kernel by sysrq", "rbl", "echo h > /proc/sysrq-trigger", ByItself),
    (
        "set a helper of the kernel",
        "rbl",
        "test -e /sys/kernel/uevent_helper && cat /sys/kernel/uevent_helper > $TMPDIR/u && cat $TMPDIR/u > /sys/kernel/uevent_helper",
        ByItself,
    ),
    ("read the key of the evidence", "rbl", "cat OURS/keys/*", ByItself),
    (
        "write a trust record",
        "rbl",
        "mkdir -p OURS/trust; echo escaped > OURS/trust/planted",
        At("state/git-orca/trust/planted"),
    ),
    ("find the control socket", "rb", "ls ROOT/runtime/git-orca/*.sock", ByItself),
    ("find another service's socket", "rb", "ls ROOT/runtime/bus", ByItself),
    (
        "leave a message in the inbox",
        "rbl",
        "for i in REPO/.git/orca/runs/*/inbox; do echo escaped > $i/x.json || exit 1; done",
        ByItself,
    ),
    ("approve with git orca", "rbl", "cd REPO && git-orca approve", ByItself),
    (
        "approve from an emptied environment",
        "rbl",
        "cd REPO && env -i PATH=\"$PATH\" HOME=ROOT/home XDG_STATE_HOME=ROOT/state XDG_RUNTIME_DIR=ROOT/runtime git-orca stop",
        ByItself,
    ),
    (
        "trust with git orca",
        "rbl",
        "cd REPO && env -i PATH=\"$PATH\" HOME=ROOT/home XDG_STATE_HOME=ROOT/state git-orca trust --yes tasks.json",
        ByItself,
    ),
    (
        "trust with git orca in another state folder of the user's",
        "rbl",
        "cd REPO && env -i PATH=\"$PATH\" HOME=ROOT/home git-orca trust --yes tasks.json",
        ByItself,
    ),
    (
        "set a limit of the kernel",
        "rbl",
        "cat /proc/sys/fs/file-max > $TMPDIR/f && cat $TMPDIR/f > /proc/sys/fs/file-max",
        ByItself,
    ),
    (
        "change where an interrupt goes",
        "rbl",
        "for f in /proc/irq/default_smp_affinity; do cat $f > $TMPDIR/i && cat $TMPDIR/i > $f; done",
        ByItself,
    ),
    (
        "mount another proc",
        "rbl",
        "unshare -Urpmf sh -c 'mount -t proc proc /proc && cat /proc/sys/kernel/core_pattern > $TMPDIR/p && cat $TMPDIR/p > /proc/sys/kernel/core_pattern'",
        ByItself,
    ),
    (
        "append to the journal",
        "rbl",
        "for j in REPO/.git/orca/runs/*/journal.jsonl; do echo escaped >> $j || exit 1; done",
        ByItself,
    ),
    ("change a shell's start file", "rbl", "echo escaped >> ROOT/home/.bashrc", At("home/.bashrc")),
    ("make a shell's start file", "rbl", "echo escaped > ROOT/home/.zshenv", At("home/.zshenv")),
    (
        "make a systemd unit",
        "rbl",
        "mkdir -p ROOT/home/.config/systemd/user; echo escaped > ROOT/home/.config/systemd/user/x.service",
        At("home/.config/systemd/user/x.service"),
    ),
    (
        "make an autostart entry",
        "rbl",
        "mkdir -p ROOT/home/.config/autostart; echo escaped > ROOT/home/.config/autostart/x.desktop",
        At("home/.config/autostart/x.desktop"),
    ),
    ("move a settings folder away", "rbl", "mv ROOT/home/.config ROOT/home/.config-old", At("home/.config-old")),
    ("write a key of ssh", "rbl", "echo escaped >> ROOT/home/.ssh/authorized_keys", At("home/.ssh/authorized_keys")),
    ("configure git for the user", "rbl", "echo escaped >> ROOT/home/.gitconfig", At("home/.gitconfig")),
    ("configure gh", "rbl", "echo escaped >> ROOT/home/.config/gh/config.yml", At("home/.config/gh/config.yml")),
    ("configure an editor", "rbl", "echo escaped >> ROOT/home/.vimrc", At("home/.vimrc")),
    ("configure an agent", "rbl", "echo escaped >> ROOT/home/.claude/settings.json", At("home/.claude/settings.json")),
    ("replace a program in PATH", "rbl", "echo escaped > ROOT/bin/announce", At("bin/announce")),
    (
        "replace a program of the system",
        "rbl",
        "echo escaped > /usr/bin/orca-test-escaped",
        At("/usr/bin/orca-test-escaped"),
    ),
    (
        "add a job of cron",
        "rbl",
        "echo escaped > /etc/cron.d/orca-test-escaped; echo escaped > /var/spool/orca-test-escaped",
        At("/etc/cron.d/orca-test-escaped"),
    ),
    ("delete packs", "rbl", "rm REPO/.git/objects/pack/*.pack", ByItself),
];

fn letter(fence: &str) -> &'static str {
    match fence {
        "repository" => "r",
        "bwrap" => "b",
        _ => "l",
    }
}

fn filled(bed: &TestRepo, text: &str) -> String {
    let root = bed.root().display().to_string();
    text.replace("REPO", &format!("{root}/repo"))
        .replace("OURS", &format!("{root}/state/git-orca"))
        .replace("ROOT", &root)
}

/// A bed whose agent tries them all, and notes in its own worktree which commands ended with 0.
fn trying() -> TestRepo {
    let mut bed = TestRepo::new();
    for folder in [".ssh", ".config/gh", ".claude", ".local/share", ".local/state/git-orca"] {
        std::fs::create_dir_all(bed.root().join("home").join(folder)).unwrap();
    }
    for file in
        [".bashrc", ".ssh/authorized_keys", ".gitconfig", ".config/gh/config.yml", ".vimrc", ".claude/settings.json"]
    {
        std::fs::write(bed.root().join("home").join(file), "").unwrap();
    }
    let root = bed.root();
    std::fs::write(root.join("runtime/bus"), "").unwrap();
    bed.set("GIT_CONFIG_GLOBAL", root.join("home/.gitconfig").to_str().unwrap());
    bed.set("ORCA_TEST_SECRET", "x");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_git-orca"), root.join("bin/git-orca")).unwrap();
    let mut script = "host=$(sed -n 's/.*\"pid\":\\([0-9]*\\).*/\\1/p' JOURNAL | head -1)\nmkdir -p shown\n".to_owned();
    script = script.replace("JOURNAL", &filled(&bed, "REPO/.git/orca/runs/*/journal.jsonl"));
    for (n, (_, _, commands, shows)) in WAYS.iter().enumerate() {
        let note = if matches!(shows, ByItself) { format!(" && echo out > shown/{n}") } else { String::new() };
        let commands = filled(&bed, commands).replace("HOST", "$host");
        script.push_str(&format!("( {commands} ) < /dev/null > /dev/null 2>&1{note} || true\n"));
    }
    script.push_str("echo done > done.txt; git add -A; git commit -qm tried\n");
    bed.plan(json!([{"id": "A", "run": script}]));
    bed.commit("plan");
    bed.git(&["gc", "-q"]);
    bed
}

/// The ways that were ways out.
fn found(bed: &TestRepo) -> BTreeSet<&'static str> {
    let shown = bed.git(&["ls-tree", "-r", "--name-only", &format!("orca/{}/integration", bed.run()), "shown"]);
    let by_itself: BTreeSet<usize> = shown.lines().filter_map(|path| path.rsplit('/').next()?.parse().ok()).collect();
    let out = |(n, (name, _, _, shows)): (usize, &(&'static str, &str, &str, Shows))| {
        let escaped = match shows {
            ByItself => by_itself.contains(&n),
            At(path) => is_escaped(&bed.root().join(path)),
        };
        escaped.then_some(*name)
    };
    WAYS.iter().enumerate().filter_map(out).collect()
}

fn is_escaped(path: &Path) -> bool {
    // What was there before counts only when it was changed.
    path.exists()
        && std::fs::read_to_string(path)
            .map_or(true, |text| text.is_empty() || text.contains("escaped") || text.contains("project"))
        && !before(path)
}

/// Files of the bed that are there, and empty, from the beginning.
fn before(path: &Path) -> bool {
    let begun = [".bashrc", "authorized_keys", ".gitconfig", "config.yml", ".vimrc", "settings.json"];
    let named = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| begun.contains(&name));
    named && std::fs::metadata(path).is_ok_and(|data| data.len() == 0)
}

#[test]
fn no_way_leads_out_of_a_fence() {
    assert!(WAYS.len() >= 40, "the table has {} rows", WAYS.len());
    for fence in fences().into_iter().filter(|fence| *fence != "off") {
        let bed = trying();
        let place = std::fs::metadata(bed.repo()).unwrap().ino();
        bed.execute(&["--sandbox", fence]).exits(0);
        assert_eq!(bed.result("done.txt"), "done", "{fence}: the agent did not get to its end");
        let open: Vec<&str> = WAYS
            .iter()
            .filter(|(name, stopped, ..)| stopped.contains(letter(fence)) && found(&bed).contains(name))
            .map(|(name, ..)| *name)
            .collect();
        assert_eq!(open, Vec::<&str>::new(), "{fence}");
        assert_eq!(std::fs::metadata(bed.repo()).unwrap().ino(), place, "{fence}: another folder is in its place");
        assert!(bed.git_says(&["fsck", "--no-dangling"]), "{fence}: the repository is damaged");
    }
}

/// The table says something: without a fence most of the ways lead out, where the user may do such things at all.
#[test]
fn without_a_fence_the_ways_are_ways() {
    let mut bed = trying();
    // Not what would break the machine or the bed.
    let harmless =
        ["write into the checkout", "plant a hook", "change a shell's start file", "read our environment", "signal us"];
    let mut script = "host=$(sed -n 's/.*\"pid\":\\([0-9]*\\).*/\\1/p' JOURNAL | head -1)\nmkdir -p shown\n".to_owned();
    script = script.replace("JOURNAL", &filled(&bed, "REPO/.git/orca/runs/*/journal.jsonl"));
    for (n, (_, _, commands, shows)) in WAYS.iter().enumerate().filter(|(_, way)| harmless.contains(&way.0)) {
        let note = if matches!(shows, ByItself) { format!(" && echo out > shown/{n}") } else { String::new() };
        script.push_str(&format!("( {} ) > /dev/null 2>&1{note}\n", filled(&bed, commands).replace("HOST", "$host")));
    }
    script.push_str("echo done > done.txt; git add -A; git commit -qm tried\n");
    bed.plan(json!([{"id": "A", "run": script}]));
    bed.commit("plan");
    bed.set("ORCA_TEST_SECRET", "x");
    bed.execute(&["--sandbox", "off"]);
    for name in ["write into the checkout", "change a shell's start file"] {
        let way = WAYS.iter().find(|way| way.0 == name).unwrap();
        let At(path) = way.3 else { panic!("{name}") };
        assert!(is_escaped(&bed.root().join(path)), "{name}");
    }
}
