//! A text through the user's pager.

use std::io::Write;
use std::process::{Command, Stdio};

use nix::sys::signal::{SigSet, Signal};

/// What git sets for its pagers, unless the user has set it: `less` ends by itself when all fits, shows colours, and
/// leaves the text on the screen.
const DEFAULTS: [(&str, &str); 2] = [("LESS", "FRX"), ("LV", "-c")];

/// What a shell exits with when a program is missing or cannot be executed.
const NOT_STARTED: [i32; 2] = [126, 127];

/// Runs `command` with `sh -c`, as git does, on our terminal, with `text` on its standard input, until the user leaves
/// it. Leaving early is no error.
///
/// A Ctrl-C is the pager's from now on, for the rest of this program: it must not end under the pager, which would be
/// left behind reading from a terminal that the shell has taken back.
///
/// # Errors
/// A sentence why the pager did not run; nothing was shown then.
pub fn page(command: &str, text: &str) -> Result<(), String> {
    let failed = |cause: &dyn std::fmt::Display| format!("the pager `{command}` cannot be started: {cause}");
    let unset = DEFAULTS.into_iter().filter(|(name, _)| std::env::var_os(name).is_none());
    let mut pager = Command::new("sh")
        .args(["-c", command])
        .envs(unset)
        .stdin(Stdio::piped())
        .spawn()
        .map_err(|cause| failed(&cause))?;
    // After the start: a blocked signal stays blocked in what is started.
    let _ = SigSet::from_iter([Signal::SIGINT]).thread_block();
    if let Some(mut input) = pager.stdin.take() {
        // The user may leave before having seen everything; how the pager ended says the rest.
        let _ = input.write_all(text.as_bytes());
    }
    let status = pager.wait().map_err(|cause| failed(&cause))?;
    match status.code() {
        Some(code) if NOT_STARTED.contains(&code) => Err(failed(&"it is not installed")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pager_gets_the_whole_text_or_as_much_as_it_wants() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("seen");
        let text = "line\n".repeat(100_000);
        page(&format!("cat > '{}'", file.display()), &text).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
        page("head -n 1 > /dev/null", &text).unwrap();
        assert_eq!(page("false", "x"), Ok(()), "a pager's own exit code is not ours to judge");
    }

    #[test]
    fn a_missing_pager_is_said() {
        let why = page("exec no-such-pager-anywhere 2> /dev/null", "x").unwrap_err();
        assert_eq!(why, "the pager `exec no-such-pager-anywhere 2> /dev/null` cannot be started: it is not installed");
    }
}
