//! `__launch fenced POLICY PROGRAM NAME ARGS…`: shuts itself in by Landlock and becomes the command.

use std::ffi::OsString;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What may be written; nothing else can be, by the command and all it starts. Reading stays free.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Folders with all below them, and files. What is not there is passed over.
    pub write: Vec<PathBuf>,
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
        return std::io::Error::other(format!("the fence cannot be put up: {why}"));
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
    let enforce = || -> Result<_, landlock::RulesetError> {
        Ruleset::default()
            .set_compatibility(CompatLevel::HardRequirement)
            .handle_access(write)?
            .set_compatibility(CompatLevel::BestEffort)
            .scope(Scope::Signal)?
            .create()?
            .add_rules(path_beneath_rules(&policy.write, write))?
            .restrict_self()
    };
    match enforce() {
        Ok(status) if status.ruleset != RulesetStatus::NotEnforced && status.no_new_privs => Ok(()),
        Ok(_) => Err("the kernel does not enforce it".to_owned()),
        Err(why) => Err(format!("{why} (Landlock of Linux 6.2 is needed)")),
    }
}

#[cfg(not(target_os = "linux"))]
fn shut_in(_policy: &Policy) -> Result<(), String> {
    Err("Landlock exists on Linux only".to_owned())
}
