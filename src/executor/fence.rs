//! The fence around a command: a command around the command, made from data alone.

use std::path::{Path, PathBuf};

use crate::model::{CommandSpec, Fence, FenceKind, FenceScope};
use crate::process::Policy;
use crate::process::launch::{FENCED, SUBCOMMAND};

/// The places that matter to a fenced command; all paths absolute. What is not there is passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FencePaths {
    /// Nobody but the user may write here ([`FenceScope::Repository`]).
    pub protected: Vec<PathBuf>,
    /// What is seen in place of a protected folder.
    pub view: Option<FenceView>,
    /// The command may write here, also inside what is protected.
    pub open: Vec<PathBuf>,
    /// Not even inside what is open.
    pub frozen: Vec<PathBuf>,
    /// Its folder for temporary files; one of `open`.
    pub tmp: PathBuf,
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
            let policy = Policy { write: grounds.open.iter().cloned().chain(more).collect() };
            // Paths that are no text cannot be written down; they stay closed.
            let policy = serde_json::to_string(&policy).unwrap_or_else(|_| r#"{"write":[]}"#.to_owned());
            let mut args: Vec<String> = [SUBCOMMAND, FENCED].map(str::to_owned).into();
            args.extend([policy, text(program), spec.program]);
            args.extend(spec.args);
            CommandSpec { program: text(&tools.this), args, ..spec }
        }
    }
}

/// The mounts, in the order in which they have to be made: later ones lie on top of earlier ones.
fn mounts(fence: &Fence, grounds: &FencePaths) -> Vec<String> {
    let mut args = Vec::new();
    let mut put = |words: &[&str]| args.extend(words.iter().map(|&word| word.to_owned()));
    match fence.scope {
        FenceScope::Repository => {
            put(&["--dev-bind", "/", "/"]);
            for path in &grounds.protected {
                put(&["--ro-bind-try", &text(path), &text(path)]);
            }
        }
        FenceScope::Disk => {
            put(&["--unshare-pid", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]);
            if owns_tmp(grounds) {
                put(&["--bind", &text(&grounds.tmp), "/tmp"]);
            }
            for path in &fence.write {
                put(&["--bind-try", path, path]);
            }
        }
    }
    if let Some(view) = &grounds.view {
        put(&["--bind", &text(&view.own), &text(&view.at)]);
        for path in &view.shown {
            put(&["--ro-bind-try", &text(path), &text(path)]);
        }
        for path in &view.shut {
            put(&["--ro-bind", "/dev/null", &text(path)]);
        }
    }
    for path in &grounds.open {
        put(&["--bind-try", &text(path), &text(path)]);
    }
    for path in &grounds.frozen {
        put(&["--ro-bind-try", &text(path), &text(path)]);
    }
    if !fence.network {
        put(&["--unshare-net"]);
    }
    args
}

/// Whether `/tmp` can be the command's own temporary folder: nothing that it needs lies there.
fn owns_tmp(grounds: &FencePaths) -> bool {
    let all = grounds.protected.iter().chain(&grounds.open).chain(&grounds.frozen);
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
            tmp: at("/w/.tmp/a1"),
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

    #[test]
    fn around_the_repository() {
        assert_eq!(
            line(FenceKind::Bwrap, FenceScope::Repository, true, ""),
            "/usr/bin/bwrap --dev-bind / / --ro-bind-try /repo /repo --ro-bind-try /w /w --bind-try /w/a1 /w/a1 \
             --bind-try /w/.tmp/a1 /w/.tmp/a1 --ro-bind-try /w/a1/.git /w/a1/.git --chdir /w/a1 -- /usr/bin/make check"
        );
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
        assert!(
            made.starts_with(
                "/usr/bin/bwrap --unshare-pid --ro-bind / / --dev /dev --proc /proc --bind /w/.tmp/a1 /tmp"
            )
        );
        assert!(made.contains("--bind-try /home/u/.cache /home/u/.cache --bind-try /w/a1 /w/a1"));
        assert!(made.contains("--ro-bind-try /w/a1/.git /w/a1/.git --unshare-net --chdir"));
        assert!(!made.contains("--ro-bind-try /repo"), "all is read-only already: {made}");
        let below = line(FenceKind::Bwrap, FenceScope::Disk, true, "/tmp/t");
        assert!(!below.contains(" /tmp ") && !below.contains("--unshare-net"), "{below}");
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
