//! The fence around a command: a command around the command, made from data alone.

use std::path::{Path, PathBuf};

use super::seatbelt::{self, ProfilePlaces};
use crate::model::{CommandSpec, Fence, FenceKind, FenceScope};
use crate::process::Policy;
use crate::process::launch::{FENCED, SUBCOMMAND};

/// The places that matter to a fenced command; all paths absolute. What is not there is passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FencePaths {
    /// Nobody but the user may write here, wherever else one may.
    pub protected: Vec<PathBuf>,
    /// Neither here, unless the fence's `write` names it: the system, programs, what runs commands later.
    pub untouchable: Vec<PathBuf>,
    /// What is seen in place of a protected folder.
    pub view: Option<FenceView>,
    /// The command may write here, also inside what is protected.
    pub open: Vec<PathBuf>,
    /// Not even inside what is open.
    pub frozen: Vec<PathBuf>,
    /// Not even seen: keys of ours, sockets of services.
    pub hidden: Vec<PathBuf>,
    /// Its folder for temporary files; one of `open`.
    pub tmp: PathBuf,
    /// Whether the command runs as root: then it keeps what root needs to work with files of others.
    pub root: bool,
}

/// A folder that is seen in place of another, with some of that one's content shown in it, closed. Only bubblewrap can do
/// that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FenceView {
    /// Where it is seen.
    pub at: PathBuf,
    /// What is seen there; the command may write in it.
    pub own: PathBuf,
    /// Paths below `at` that are seen as they are.
    pub shown: Vec<PathBuf>,
    /// Paths below `at` where nothing can be made.
    pub shut: Vec<PathBuf>,
}

/// The file of bubblewrap, and ours for what has to be done from inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tools {
    /// `bwrap`.
    pub bwrap: PathBuf,
    /// This program.
    pub this: PathBuf,
}

/// Devices that programs write to.
const DEVICES: [&str; 9] = [
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
    "/dev/ptmx",
    "/dev/pts",
    "/dev/shm",
];

/// The command that runs `spec` inside the fence; `program` is the file of its program, looked up already, since a
/// missing one must be said in our words.
///
/// A fence that cannot be put up ends the command before it begins, with the reason in its log: never without it.
pub fn fenced(spec: CommandSpec, fence: &Fence, grounds: &FencePaths, program: &Path, tools: &Tools) -> CommandSpec {
    match fence.kind {
        FenceKind::Off => spec,
        FenceKind::Bwrap => {
            let mut args = mounts(fence, grounds);
            args.extend(["--chdir".to_owned(), text(&spec.cwd), "--".to_owned(), text(program)]);
            args.extend(spec.args);
            CommandSpec { program: text(&tools.bwrap), args, ..spec }
        }
        FenceKind::Landlock => {
            let more = fence.write.iter().map(PathBuf::from).chain(DEVICES.iter().map(PathBuf::from));
            let open = grounds.open.iter().flat_map(|path| without(path, &grounds.untouchable));
            // What is hidden inside the repository is closed for writing already; files that git replaces beside it must
            // stay readable.
            let within = |path: &&PathBuf| grounds.protected.iter().any(|closed| path.starts_with(closed));
            let hidden = grounds.hidden.iter().filter(|path| !within(path)).cloned().collect();
            let policy = Policy { write: open.chain(more).collect(), hidden };
            // Paths that are no text cannot be written down; they stay closed.
            let policy = serde_json::to_string(&policy).unwrap_or_else(|_| r#"{"write":[]}"#.to_owned());
            let mut args: Vec<String> = [SUBCOMMAND, FENCED].map(str::to_owned).into();
            args.extend([policy, text(program), spec.program]);
            args.extend(spec.args);
            CommandSpec { program: text(&tools.this), args, ..spec }
        }
        FenceKind::Seatbelt => {
            let places = ProfilePlaces { protected: &grounds.protected, open: &grounds.open, frozen: &grounds.frozen };
            let args = seatbelt::arguments(seatbelt::profile(fence, places), text(program), spec.args);
            CommandSpec { program: seatbelt::SANDBOX_EXEC.to_owned(), args, ..spec }
        }
    }
}

/// What root keeps: to work with files and processes of its own making that belong to other users, and to listen on low
/// ports. Nothing of it can mount, trace, or reach a device or a file by its number. `CAP_SETFCAP` is what the kernel wants
/// of root who makes a user namespace, as an agent with a sandbox of its own does.
const KEPT_BY_ROOT: [&str; 8] = [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_SETFCAP",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_NET_BIND_SERVICE",
];

/// Devices beyond the few that every command gets: computing and drawing, neither disks nor terminals of others.
const MORE_DEVICES: [&str; 8] = [
    "/dev/kvm",
    "/dev/dri",
    "/dev/kfd",
    "/dev/nvidia0",
    "/dev/nvidiactl",
    "/dev/nvidia-uvm",
    "/dev/nvidia-modeset",
    "/dev/snd",
];

/// What the kernel lets root change for the whole machine, by its number alone.
const KERNEL: [&str; 6] = ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs", "/proc/acpi"];

/// What every fence of bubblewrap has: an end with whoever started it, a process namespace of its own, in which no other
/// process is seen, traced or signaled; no capability that could undo a mount.
pub fn base_args(root: bool) -> Vec<&'static str> {
    let mut args = vec!["--die-with-parent", "--unshare-pid", "--cap-drop", "ALL"];
    args.extend(KEPT_BY_ROOT.iter().filter(|_| root).flat_map(|name| ["--cap-add", name]));
    args
}

/// The mounts, in the order in which they have to be made: later ones lie on top of earlier ones.
fn mounts(fence: &Fence, grounds: &FencePaths) -> Vec<String> {
    let mut args: Vec<String> = base_args(grounds.root).into_iter().map(str::to_owned).collect();
    let mut put = |words: &[&str]| args.extend(words.iter().map(|&word| word.to_owned()));
    let is_named = |path: &PathBuf| fence.write.iter().any(|named| path.starts_with(named));
    let made = |path: &PathBuf| is_made(path) && !path.starts_with("/sys");
    let closed: Vec<&PathBuf> = grounds.untouchable.iter().filter(|path| !is_named(path) && !made(path)).collect();
    let hidden: Vec<&PathBuf> = grounds.hidden.iter().filter(|path| !is_named(path)).collect();
    let around = matches!(fence.scope, FenceScope::Repository);
    put(&[if around { "--bind" } else { "--ro-bind" }, "/", "/", "--dev", "/dev", "--proc", "/proc"]);
    for device in MORE_DEVICES {
        put(&["--dev-bind-try", device, device]);
    }
    for path in KERNEL.iter().filter(|_| grounds.root) {
        put(&["--ro-bind-try", path, path]);
    }
    if around {
        // Shared memory is as free as the disk is.
        put(&["--bind-try", "/dev/shm", "/dev/shm"]);
        // A folder that is a mount of its own cannot be renamed: nothing else can be put in the place of what is below it.
        for path in pinned(&closed, &hidden, grounds) {
            put(&["--bind-try", &text(&path), &text(&path)]);
        }
        for path in outermost(&closed) {
            put(&["--ro-bind-try", &text(path), &text(path)]);
        }
    } else if owns_tmp(grounds) {
        put(&["--bind", &text(&grounds.tmp), "/tmp"]);
    }
    for path in &fence.write {
        put(&["--bind-try", path, path]);
    }
    for path in outermost(&grounds.protected.iter().collect::<Vec<_>>()) {
        put(&["--ro-bind-try", &text(path), &text(path)]);
    }
    if let Some(view) = &grounds.view {
        put(&["--bind", &text(&view.own), &text(&view.at)]);
        for path in view.shown.iter().filter(|path| !grounds.open.contains(path)) {
            put(&["--ro-bind-try", &text(path), &text(path)]);
        }
        for path in &view.shut {
            put(&["--ro-bind", "/dev/null", &text(path)]);
        }
    }
    for path in &grounds.open {
        put(&["--bind-try", &text(path), &text(path)]);
    }
    // An agent's own state is open; what in it runs commands later is not.
    let inside = |path: &&&PathBuf| grounds.open.iter().any(|open| path.starts_with(open));
    for path in grounds.frozen.iter().chain(closed.iter().filter(inside).copied()) {
        put(&["--ro-bind-try", &text(path), &text(path)]);
    }
    for path in hidden {
        // Nothing can be made in the place of it either: a message that nobody gets would look like one that was sent.
        match path.is_dir() {
            true => put(&["--tmpfs", &text(path), "--remount-ro", &text(path)]),
            false => put(&["--ro-bind", "/dev/null", &text(path)]),
        }
    }
    if !fence.network {
        put(&["--unshare-net"]);
    }
    args
}

/// Those that lie in no other of them. Closing a folder closes all that is in it, and each mount costs bubblewrap a look
/// at all mounts.
fn outermost<'a>(paths: &[&'a PathBuf]) -> Vec<&'a PathBuf> {
    // What a link leads to lies where that is.
    let real: Vec<Option<PathBuf>> = paths.iter().map(|path| path.canonicalize().ok()).collect();
    let within = |(n, path): (usize, &Option<PathBuf>), (other, outer): (usize, &Option<PathBuf>)| match (path, outer) {
        (Some(path), Some(outer)) => path.starts_with(outer) && (path != outer || other < n),
        _ => false,
    };
    let is_outer = |n: usize| !real.iter().enumerate().any(|outer| within((n, &real[n]), outer));
    paths.iter().enumerate().filter(|(n, _)| is_outer(*n)).map(|(_, path)| *path).collect()
}

/// Whether the kernel or the fence itself makes what lies there.
fn is_made(path: &Path) -> bool {
    ["/dev", "/proc", "/sys"].iter().any(|made| path.starts_with(made))
}

/// The folders above everything that is closed, the highest first, but for those that are closed themselves.
fn pinned(closed: &[&PathBuf], hidden: &[&PathBuf], grounds: &FencePaths) -> Vec<PathBuf> {
    let below =
        grounds.protected.iter().chain(&grounds.frozen).chain(closed.iter().copied()).chain(hidden.iter().copied());
    let shut = |path: &Path| closed.iter().copied().chain(&grounds.protected).any(|closed| path.starts_with(closed));
    let above = below
        .flat_map(|path| path.ancestors().skip(1))
        .filter(|path| path.parent().is_some() && !shut(path) && !is_made(path));
    // In their order a folder comes before what lies in it.
    above.map(Path::to_owned).collect::<std::collections::BTreeSet<PathBuf>>().into_iter().collect()
}

/// What can be opened of `open` by rules that only add: all of it, or what lies in it but for what is closed.
fn without(open: &Path, closed: &[PathBuf]) -> Vec<PathBuf> {
    if closed.iter().any(|closed| open.starts_with(closed)) {
        return Vec::new();
    }
    if !closed.iter().any(|closed| closed.starts_with(open)) {
        return vec![open.to_owned()];
    }
    let entries = std::fs::read_dir(open).into_iter().flatten().flatten();
    entries.flat_map(|entry| without(&entry.path(), closed)).collect()
}

/// Whether `/tmp` can be the command's own temporary folder: nothing that it needs lies there.
fn owns_tmp(grounds: &FencePaths) -> bool {
    let all = grounds.protected.iter().chain(&grounds.open).chain(&grounds.frozen).chain(&grounds.hidden);
    all.into_iter().all(|path| !path.starts_with("/tmp"))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Limits, Stdin};

    fn spec() -> CommandSpec {
        CommandSpec {
            program: "make".to_owned(),
            args: vec!["check".to_owned()],
            cwd: "/w/a1".into(),
            env: Default::default(),
            stdin: Stdin::None,
            log: "/log".into(),
            limits: Limits::default(),
        }
    }

    fn grounds(root: &str) -> FencePaths {
        let at = |path: &str| PathBuf::from(format!("{root}{path}"));
        FencePaths {
            protected: vec![at("/repo"), at("/w")],
            view: None,
            open: vec![at("/w/a1"), at("/w/.tmp/a1")],
            frozen: vec![at("/w/a1/.git")],
            untouchable: vec![at("/home/u/.bashrc"), at("/home/u/.cache/x")],
            hidden: vec![at("/home/u/.local/state/git-orca")],
            tmp: at("/w/.tmp/a1"),
            root: false,
        }
    }

    fn line(kind: FenceKind, scope: FenceScope, network: bool, root: &str) -> String {
        let fence = Fence { kind, scope, network, write: vec!["/home/u/.cache".to_owned()], why: String::new() };
        let tools = Tools { bwrap: "/usr/bin/bwrap".into(), this: "/bin/git-orca".into() };
        let made = fenced(spec(), &fence, &grounds(root), Path::new("/usr/bin/make"), &tools);
        format!("{} {}", made.program, made.args.join(" "))
    }

    #[test]
    fn off_changes_nothing() {
        assert_eq!(line(FenceKind::Off, FenceScope::Disk, false, ""), "make check");
    }

    /// The places where these words stand in a line, which must be there and in this order.
    fn in_order(line: &str, words: &[&str]) {
        let mut from = 0;
        for word in words {
            let at =
                line[from..].find(word).unwrap_or_else(|| panic!("`{word}` is missing, or stands too early: {line}"));
            from += at + word.len();
        }
    }

    #[test]
    fn what_lies_in_something_closed_is_closed_with_it() {
        let place = tempfile::tempdir().unwrap();
        let at = |path: &str| place.path().join(path);
        for folder in ["usr/bin", "usr-local", "elsewhere"] {
            std::fs::create_dir_all(at(folder)).unwrap();
        }
        std::os::unix::fs::symlink(at("elsewhere"), at("usr/link")).unwrap();
        std::os::unix::fs::symlink(at("usr/bin"), at("bin")).unwrap();
        let all = ["usr/bin", "usr", "usr", "usr-local", "usr/link", "bin", "missing", "missing/too"].map(at);
        let left: Vec<&PathBuf> = outermost(&all.iter().collect::<Vec<_>>());
        // What a link inside leads to lies outside, and what is not there yet may come.
        let expected = ["usr", "usr-local", "usr/link", "missing", "missing/too"].map(at);
        assert_eq!(left, expected.iter().collect::<Vec<_>>());
    }

    #[test]
    fn around_the_repository() {
        let made = line(FenceKind::Bwrap, FenceScope::Repository, true, "");
        in_order(
            &made,
            &[
                "/usr/bin/bwrap --die-with-parent --unshare-pid --cap-drop ALL --bind / / --dev /dev --proc /proc",
                "--bind-try /home /home --bind-try /home/u /home/u",
                "--bind-try /home/u/.local/state /home/u/.local/state",
                "--ro-bind-try /home/u/.bashrc /home/u/.bashrc",
                "--bind-try /home/u/.cache /home/u/.cache",
                "--ro-bind-try /repo /repo --ro-bind-try /w /w",
                "--bind-try /w/a1 /w/a1 --bind-try /w/.tmp/a1 /w/.tmp/a1",
                "--ro-bind-try /w/a1/.git /w/a1/.git",
                "/home/u/.local/state/git-orca",
                "--chdir /w/a1 -- /usr/bin/make check",
            ],
        );
        assert!(!made.contains("--ro-bind-try /home/u/.cache/x"), "the user named its folder: {made}");
        assert!(!made.contains("--bind-try /repo /repo --"), "{made}");
    }

    #[test]
    fn a_view_lies_between_what_is_closed_and_what_is_open() {
        let fence = Fence { kind: FenceKind::Bwrap, network: true, ..Fence::default() };
        let tools = Tools { bwrap: "/usr/bin/bwrap".into(), this: "/bin/git-orca".into() };
        let view = FenceView {
            at: "/repo/.git".into(),
            own: "/w/.tmp/a1.git".into(),
            shown: vec!["/repo/.git/objects".into()],
            shut: vec!["/repo/.git/gc.pid.lock".into()],
        };
        let grounds = FencePaths { view: Some(view), ..grounds("") };
        let made = fenced(spec(), &fence, &grounds, Path::new("/usr/bin/make"), &tools).args.join(" ");
        let order = [
            "--ro-bind-try /repo /repo",
            "--bind /w/.tmp/a1.git /repo/.git",
            "--ro-bind-try /repo/.git/objects /repo/.git/objects",
            "--ro-bind /dev/null /repo/.git/gc.pid.lock",
            "--bind-try /w/a1 /w/a1",
            "--ro-bind-try /w/a1/.git /w/a1/.git",
        ];
        let places: Vec<usize> =
            order.iter().map(|part| made.find(part).unwrap_or_else(|| panic!("{part}: {made}"))).collect();
        assert!(places.is_sorted(), "{made}");
    }

    #[test]
    fn around_the_disk() {
        let made = line(FenceKind::Bwrap, FenceScope::Disk, false, "");
        in_order(
            &made,
            &[
                "--unshare-pid --cap-drop ALL --ro-bind / / --dev /dev --proc /proc",
                "--bind /w/.tmp/a1 /tmp --bind-try /home/u/.cache /home/u/.cache",
                "--ro-bind-try /repo /repo --ro-bind-try /w /w --bind-try /w/a1 /w/a1",
                "--ro-bind-try /w/a1/.git /w/a1/.git",
                "--unshare-net --chdir",
            ],
        );
        let below = line(FenceKind::Bwrap, FenceScope::Disk, true, "/tmp/t");
        assert!(!below.contains(" /tmp ") && !below.contains("--unshare-net"), "{below}");
    }

    #[test]
    fn root_keeps_what_works_with_files_and_nothing_that_mounts() {
        let kept = base_args(true).join(" ");
        assert!(kept.starts_with("--die-with-parent --unshare-pid --cap-drop ALL --cap-add CAP_CHOWN"), "{kept}");
        for name in ["SYS_ADMIN", "SYS_PTRACE", "DAC_READ_SEARCH", "MKNOD", "SYS_CHROOT", "KILL"] {
            assert!(!kept.contains(name), "{name}");
        }
    }

    #[test]
    fn what_is_closed_inside_of_something_open_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        std::fs::create_dir_all(at("s/commands")).unwrap();
        std::fs::create_dir_all(at("s/todo")).unwrap();
        std::fs::write(at("s/settings.json"), "{}").unwrap();
        let mut open = without(&at("s"), &[at("s/commands"), at("s/settings.json")]);
        open.sort();
        assert_eq!(open, [at("s/todo")]);
        assert_eq!(without(&at("s"), &[at("other")]), [at("s")]);
        assert!(without(&at("s"), &[at("s")]).is_empty());
    }

    #[test]
    fn landlock_lists_what_is_open() {
        let made = line(FenceKind::Landlock, FenceScope::Disk, true, "");
        let words: Vec<&str> = made.split(' ').collect();
        assert_eq!(words[..3], ["/bin/git-orca", "__launch", "fenced"]);
        let policy: Policy = serde_json::from_str(words[3]).unwrap();
        assert!(policy.write.contains(&"/w/a1".into()) && policy.write.contains(&"/home/u/.cache".into()));
        assert!(policy.write.contains(&"/dev/null".into()) && !policy.write.contains(&"/repo".into()));
        assert_eq!(words[4..], ["/usr/bin/make", "make", "check"]);
    }
}
