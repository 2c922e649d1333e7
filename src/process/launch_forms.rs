//! The names by which this program calls itself.

use std::os::unix::process::CommandExt;

use super::system::program_file;

/// The hidden subcommand's name.
pub const SUBCOMMAND: &str = "__launch";

/// First argument of the form that sets limits and becomes the command.
pub(super) const LIMITED: &str = "limited";

/// First argument of the form that shuts itself in and becomes the command.
pub const FENCED: &str = "fenced";

/// First argument of the form that leaves the terminal and becomes this program again.
pub(super) const DETACHED: &str = "detached";

/// This very program, also when its file was replaced meanwhile: both sides of the pipes must be of one version.
pub(super) fn this_program() -> std::process::Command {
    let mut command = std::process::Command::new(program_file());
    command.arg0("git-orca");
    command
}
