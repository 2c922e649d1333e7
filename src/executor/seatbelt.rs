//! The fence of macOS: a profile for `sandbox-exec`, made from the same places as Linux' mounts and Landlock's list. Pure;
//! written after sandbox-exec(1) and the profiles that macOS ships, and never run by those who wrote it.

use std::path::{Path, PathBuf};

use crate::model::{Fence, FenceScope};

/// Where macOS has it.
pub const SANDBOX_EXEC: &str = "/usr/bin/sandbox-exec";

/// Devices that programs write to.
const DEVICES: [&str; 6] = ["/dev/null", "/dev/zero", "/dev/tty", "/dev/ptmx", "/dev/dtracehelper", "/dev/fd"];

/// The places of a fenced command, as [`FencePaths`](super::FencePaths) has them.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProfilePlaces<'p> {
    /// Closed, where only the repository is protected.
    pub protected: &'p [PathBuf],
    /// Open, also inside what is protected.
    pub open: &'p [PathBuf],
    /// Closed, also inside what is open.
    pub frozen: &'p [PathBuf],
}

/// The profile. Of rules that fit the last one counts, so that what is frozen stands behind what is open.
pub fn profile(fence: &Fence, places: ProfilePlaces<'_>) -> String {
    let mut lines = vec!["(version 1)".to_owned(), "(allow default)".to_owned()];
    match fence.scope {
        FenceScope::Repository => lines.extend(rule("deny", places.protected)),
        FenceScope::Disk => {
            lines.push("(deny file-write*)".to_owned());
            let devices = DEVICES.iter().map(PathBuf::from);
            let more: Vec<PathBuf> = fence.write.iter().map(PathBuf::from).chain(devices).collect();
            lines.extend(rule("allow", &more));
        }
    }
    lines.extend(rule("allow", places.open));
    lines.extend(rule("deny", places.frozen));
    if !fence.network {
        lines.push("(deny network*)".to_owned());
    }
    lines.join("\n")
}

/// The arguments of `sandbox-exec` for a command.
pub fn arguments(profile: String, program: String, args: Vec<String>) -> Vec<String> {
    let mut all = vec!["-p".to_owned(), profile, program];
    all.extend(args);
    all
}

/// One rule over all of `paths`; none when there are none. A path that is no text cannot be written down: whatever would
/// be opened for it stays closed.
fn rule(what: &str, paths: &[PathBuf]) -> Option<String> {
    let filters: Vec<String> = paths.iter().flat_map(|path| names_of(path)).map(|path| subpath(&path)).collect();
    (!filters.is_empty()).then(|| format!("({what} file-write* {})", filters.join(" ")))
}

/// A path as it was given, and as the kernel sees it: three folders of the root are links into `/private`.
fn names_of(path: &Path) -> Vec<String> {
    let Some(text) = path.to_str() else { return Vec::new() };
    let linked = ["/tmp", "/var", "/etc"].iter().any(|folder| path.starts_with(folder));
    let mut names = vec![text.to_owned()];
    names.extend(linked.then(|| format!("/private{text}")));
    names
}

/// A folder with all below it, or a file. Quoted as the language of profiles wants it, which is Scheme's.
fn subpath(path: &str) -> String {
    format!("(subpath \"{}\")", path.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FenceKind;

    fn profile_of(fence: &Fence, open: &[&str], frozen: &[&str]) -> String {
        let paths = |texts: &[&str]| texts.iter().map(PathBuf::from).collect::<Vec<_>>();
        let (protected, open, frozen) = (paths(&["/repo", "/w"]), paths(open), paths(frozen));
        profile(fence, ProfilePlaces { protected: &protected, open: &open, frozen: &frozen })
    }

    const OPEN: [&str; 2] = ["/w/a1", "/tmp/a \"b\""];
    const FROZEN: [&str; 1] = ["/w/a1/.git"];

    fn fence(scope: FenceScope, network: bool) -> Fence {
        let write = vec!["/Users/u/.cache".to_owned()];
        Fence { kind: FenceKind::Seatbelt, scope, network, write, why: String::new() }
    }

    #[test]
    fn around_the_repository() {
        assert_eq!(
            profile_of(&fence(FenceScope::Repository, true), &OPEN, &FROZEN),
            "(version 1)\n(allow default)\n\
             (deny file-write* (subpath \"/repo\") (subpath \"/w\"))\n\
             (allow file-write* (subpath \"/w/a1\") (subpath \"/tmp/a \\\"b\\\"\") (subpath \"/private/tmp/a \\\"b\\\"\"))\n\
             (deny file-write* (subpath \"/w/a1/.git\"))"
        );
    }

    #[test]
    fn around_the_disk_without_network() {
        let made = profile_of(&fence(FenceScope::Disk, false), &OPEN, &FROZEN);
        let lines: Vec<&str> = made.lines().collect();
        assert_eq!(lines[2], "(deny file-write*)");
        assert!(
            lines[3].starts_with("(allow file-write* (subpath \"/Users/u/.cache\") (subpath \"/dev/null\")"),
            "{made}"
        );
        assert!(lines[5].starts_with("(deny file-write*"), "what is frozen stands behind what is open: {made}");
        assert_eq!(lines[6], "(deny network*)");
        assert!(!profile_of(&fence(FenceScope::Repository, true), &[], &[]).contains("(allow file-write* )"));
    }

    #[test]
    fn the_command_follows_the_profile() {
        let args = arguments("(version 1)".to_owned(), "/usr/bin/make".to_owned(), vec!["-p".to_owned()]);
        assert_eq!(args, ["-p", "(version 1)", "/usr/bin/make", "-p"]);
    }
}
