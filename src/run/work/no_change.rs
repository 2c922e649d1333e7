//! "Nothing needed changing": how an agent says it. It is worth nothing by itself: the task's acceptance commands have to
//! show it, or a person has to agree.

use std::fs;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::job::AttemptJob;
use crate::agent::{Agent, Ending};
use crate::process::End;

/// The file below `$TMPDIR` into which an agent writes why nothing needs changing.
pub const NO_CHANGE_FILE: &str = "orca-no-change";

/// The exit code with which an agent that is a program of the user's says the same; test runners use it for "skipped".
pub const NO_CHANGE_EXIT: i32 = 77;

/// Bytes that are read of the file.
const MOST: u64 = 4096;

/// Forgets what an earlier attempt in the same place said.
pub fn forget(tmp: &Path) {
    let _was_not_there = fs::remove_file(tmp.join(NO_CHANGE_FILE));
}

/// What an agent says at its end, in one line; and its ending, which is a good one if it said it by its exit code.
pub fn said(tmp: &Path, job: &AttemptJob, agent: &dyn Agent, end: &End, ending: Ending) -> (Ending, Option<String>) {
    let by_exit = agent.exit_is_evidence() && agent.name() == "command" && *end == End::Exited(NO_CHANGE_EXIT);
    let reason = read(&tmp.join(NO_CHANGE_FILE));
    let ending = if by_exit { Ending::Finished } else { ending };
    let claim = reason.or_else(|| by_exit.then(|| format!("`{}` gave no reason", job.agent)));
    (ending, claim)
}

/// Never waits, whatever lies there: a FIFO is not read, a link not followed.
fn read(file: &Path) -> Option<String> {
    file.symlink_metadata().ok().filter(fs::Metadata::is_file)?;
    let flags = (nix::fcntl::OFlag::O_NOFOLLOW | nix::fcntl::OFlag::O_NONBLOCK).bits();
    let opened = fs::OpenOptions::new().read(true).custom_flags(flags).open(file).ok()?;
    let mut bytes = Vec::new();
    opened.take(MOST).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(if line.is_empty() { "no reason was given".to_owned() } else { line })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_file_says_something() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(NO_CHANGE_FILE);
        assert_eq!(read(&file), None);
        fs::write(&file, "the option\n exists already\n").unwrap();
        assert_eq!(read(&file).as_deref(), Some("the option exists already"));
        forget(folder.path());
        assert_eq!(read(&file), None);
        fs::write(folder.path().join("other"), "x").unwrap();
        std::os::unix::fs::symlink(folder.path().join("other"), &file).unwrap();
        assert_eq!(read(&file), None);
        forget(folder.path());
        nix::unistd::mkfifo(&file, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert_eq!(read(&file), None);
    }
}
