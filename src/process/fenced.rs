//! `__launch fenced POLICY PROGRAM NAME ARGS…`: shuts itself in by Landlock and becomes the command.
//!
//! Landlock itself keeps whoever is inside from tracing or looking into processes outside, and from mounting.

use std::ffi::OsString;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What may be written, and what may not even be read; nothing else can be written, by the command and all it starts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Folders with all below them, and files. What is not there is passed over.
    pub write: Vec<PathBuf>,
    /// Files below cannot be read. Landlock only adds rights, so that everything beside is opened for reading: what is made
    /// later beside one of these, in a folder above it, cannot be read either.
    #[serde(default)]
    pub hidden: Vec<PathBuf>,
}

#[cfg(any(target_os = "linux", test))]
/// What may be read: everything that lies beside what is hidden, on each level above it.
fn readable(hidden: &[PathBuf]) -> Vec<PathBuf> {
    let hidden: Vec<PathBuf> = hidden.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let mut todo = vec![PathBuf::from("/")];
    let mut open = Vec::new();
    while let Some(folder) = todo.pop() {
        if hidden.contains(&folder) {
            continue;
        }
        if !hidden.iter().any(|hidden| hidden.starts_with(&folder)) {
            open.push(folder);
            continue;
        }
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        // A link is no place: what it leads to is found where it lies.
        todo.extend(entries.filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_symlink())).map(|e| e.path()));
    }
    open
}

/// Shuts itself in and becomes the command. Returns only the reason why not: then nothing was started.
///
/// Only the calling thread is shut in, so this must run before there is another.
pub(super) fn fenced(mut args: impl Iterator<Item = OsString>) -> std::io::Error {
    let policy = args.next().and_then(|text| serde_json::from_str::<Policy>(text.to_str()?).ok());
    let (Some(policy), Some(program), Some(name)) = (policy, args.next(), args.next()) else {
        return std::io::Error::other("incomplete arguments");
    };
    if let Err(why) = shut_in(&policy) {
        return std::io::Error::other(format!("the fence cannot be set up: {why}"));
    }
    let mut command = std::process::Command::new(program);
    std::os::unix::process::CommandExt::arg0(&mut command, name);
    std::os::unix::process::CommandExt::exec(command.args(args))
}

/// ABI 3 is the first that stops truncating by path: less would leave files outside open to it. That no process outside
/// can be signaled (ABI 6) is taken where it is there.
#[cfg(target_os = "linux")]
fn shut_in(policy: &Policy) -> Result<(), String> {
    use landlock::{
        ABI, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus, Scope,
        path_beneath_rules,
    };
    let write = AccessFs::from_write(ABI::V3);
    // Root could make a device and write to the disk through it.
    let granted = write & !(AccessFs::MakeChar | AccessFs::MakeBlock);
    let read = AccessFs::ReadFile;
    drop_capabilities()?;
    let enforce = || -> Result<_, landlock::RulesetError> {
        Ruleset::default()
            .set_compatibility(CompatLevel::HardRequirement)
            .handle_access(write | read)?
            .set_compatibility(CompatLevel::BestEffort)
            .scope(Scope::Signal)?
            .create()?
            .add_rules(path_beneath_rules(&policy.write, granted | read))?
            .add_rules(path_beneath_rules(readable(&policy.hidden), read))?
            .restrict_self()
    };
    match enforce() {
        Ok(status) if status.ruleset != RulesetStatus::NotEnforced && status.no_new_privs => Ok(()),
        Ok(_) => Err("the kernel does not enforce it".to_owned()),
        Err(why) => Err(format!("{why} (Landlock of Linux 6.2 is needed)")),
    }
}

/// Keeps root from everything but work with files; without new privileges, which Landlock demands, nothing gives them back.
#[cfg(target_os = "linux")]
fn drop_capabilities() -> Result<(), String> {
    use rustix::thread::{CapabilitySet, capabilities, set_capabilities};
    let kept = CapabilitySet::CHOWN
        | CapabilitySet::DAC_OVERRIDE
        | CapabilitySet::FOWNER
        | CapabilitySet::FSETID
        | CapabilitySet::SETGID
        | CapabilitySet::SETUID
        | CapabilitySet::NET_BIND_SERVICE;
    let failed = |error| format!("capabilities cannot be dropped ({error})");
    let mut sets = capabilities(None).map_err(failed)?;
    for set in [&mut sets.effective, &mut sets.permitted, &mut sets.inheritable] {
        *set &= kept;
    }
    set_capabilities(None, sets).map_err(failed)
}

#[cfg(not(target_os = "linux"))]
fn shut_in(_policy: &Policy) -> Result<(), String> {
    Err("Landlock exists on Linux only".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_beside_what_is_hidden_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for path in ["a/hidden/key", "a/beside", "b"] {
            std::fs::create_dir_all(root.join(path)).unwrap();
        }
        let open = readable(&[root.join("a/hidden"), root.join("nowhere")]);
        assert!(open.contains(&root.join("a/beside")) && open.contains(&root.join("b")), "{open:?}");
        assert!(open.iter().all(|path| !root.join("a/hidden/key").starts_with(path)), "{open:?}");
        assert_eq!(readable(&[]), [PathBuf::from("/")]);
    }
}
