//! What git calls: the hidden `git orca __hook NAME`.

use std::ffi::OsString;

use super::{commit_msg, pre_commit, pre_push};
use crate::model::{Error, ErrorKind};
use crate::start::here::Refusal;

/// The hidden subcommand.
pub const SUBCOMMAND: &str = "__hook";

/// Does what the hook named first does.
///
/// # Errors
/// There is no such hook, or it cannot do its work. A hook that refuses gives its exit code and has said why.
pub fn called(mut words: impl Iterator<Item = OsString>) -> Result<u8, Refusal> {
    let name = words.next().unwrap_or_default();
    let words: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
    match name.to_str() {
        Some("pre-push") => pre_push::main(words.first().map_or("", String::as_str)),
        Some("commit-msg") => commit_msg::main(words.first().map(String::as_str)),
        Some("pre-commit") => pre_commit::main(),
        _ => {
            Err(Error::new(ErrorKind::Usage, "running a hook", format!("there is no hook `{}`", name.display())).into())
        }
    }
}
